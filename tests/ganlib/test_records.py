"""Records are written and read whole; what ships with the package says how it was made."""

import json

import numpy as np
import pytest

from ganlib import records
from tools.training import recipes

CURVE = {"images": [100, 200], "minutes": [1.0, 2.0], "class_shares": [[0.5, 0.5], [0.4, 0.6]]}


def pictures(rows=2):
    return np.random.default_rng(0).integers(0, 256, (rows, 3, 32, 32, 3), np.uint8)


def write(folder, curve=CURVE, images=None, name="test-0"):
    images = pictures() if images is None else images
    records.write(name, {"name": name, "seed": 0}, curve, images, folder)


def test_a_record_comes_back_whole(tmp_path):
    write(tmp_path / "new")
    record = records.load("test-0", tmp_path / "new")
    assert record.manifest == {"name": "test-0", "seed": 0}
    assert set(record.curve) == set(CURVE)
    for column, values in CURVE.items():
        np.testing.assert_array_equal(record.curve[column], values)
    np.testing.assert_array_equal(record.pictures, pictures())
    assert sorted(path.suffix for path in (tmp_path / "new").iterdir()) == [".json", ".npz"]
    assert repr(record) == "test-0: 2 minutes, 200 images, 2 moments"


@pytest.mark.parametrize(
    "curve, rows",
    [({}, 0), ({"images": []}, 0), ({"images": [1], "minutes": [1, 2]}, 2), ({"images": [1]}, 2)],
)
def test_what_does_not_fit_together_is_not_written(curve, rows, tmp_path):
    with pytest.raises(ValueError, match="as many in each column as pictures"):
        write(tmp_path, curve, pictures(rows))
    assert list(tmp_path.iterdir()) == []


def test_unknown_names_list_the_known_ones(tmp_path):
    write(tmp_path)
    with pytest.raises(ValueError, match=r"no record 'plain'; there are: test-0"):
        records.load("plain", tmp_path)


@pytest.mark.parametrize(
    "damage", ["no pictures", "cut pictures", "others", "cut curve", "other length"]
)
def test_damaged_records_are_an_oserror_with_advice(damage, tmp_path):
    write(tmp_path)
    curve, archive = tmp_path / "test-0.json", tmp_path / "test-0.npz"
    if damage == "no pictures":
        archive.unlink()
    elif damage == "cut pictures":
        archive.write_bytes(archive.read_bytes()[:500])
    elif damage == "others":
        write(tmp_path, images=pictures()[::-1], name="test-1")
        archive.write_bytes((tmp_path / "test-1.npz").read_bytes())
    elif damage == "cut curve":
        curve.write_bytes(curve.read_bytes()[:50])
    else:
        content = json.loads(curve.read_text())
        content["curve"]["minutes"].append(3.0)
        curve.write_text(json.dumps(content))
    with pytest.raises(OSError, match=r"'test-0'.*Install the package again"):
        records.load("test-0", tmp_path)


def test_the_row_of_a_moment_is_the_nearest_one():
    minutes = np.array([0.98, 2.02, 3.0, 7.5])
    record = records.Record({"name": "test-0"}, {"minutes": minutes}, pictures(4))
    assert [record.at(minute) for minute in (1, 2.0, np.float32(3), np.int64(3), 7.5)] == [
        0,
        1,
        2,
        2,
        3,
    ]
    assert type(record.at(1)) is int


@pytest.mark.parametrize("minute", [0, 2.5, 15, -1, 1e9])
def test_a_moment_without_a_row_is_refused_with_those_that_have_one(minute, tmp_path):
    write(tmp_path)
    with pytest.raises(ValueError, match=r"'test-0' has rows only for the minutes 1, 2\."):
        records.load("test-0", tmp_path).at(minute)


@pytest.mark.parametrize("minute", ["3", None, True, float("nan")])
def test_a_moment_is_a_number(minute, tmp_path):
    write(tmp_path)
    with pytest.raises((TypeError, ValueError), match="minutes is"):
        records.load("test-0", tmp_path).at(minute)


@pytest.mark.parametrize("name", records.names())
def test_every_shipped_record_says_how_it_was_made(name):
    record = records.load(name)
    manifest, curve = record.manifest, record.curve
    assert name == manifest["name"] == f"{manifest['recipe_name']}-{manifest['seed']}"
    for key in ("recipe", "data", "machine", "versions", "precision", "scores", "floors"):
        assert manifest[key], key
    rate = manifest["images_per_second"]
    for column in ("images", "minutes"):
        assert (np.diff(curve[column]) > 0).all()
    np.testing.assert_allclose(curve["images"] / rate / 60, curve["minutes"], atol=0.02)
    np.testing.assert_allclose(curve["class_shares"].sum(1), 1)
    np.testing.assert_allclose(curve["class_shares"].min(1), curve["smallest_class"])
    assert record.pictures.shape == (len(curve["images"]), 16, 32, 32, 3)
    assert record.pictures.dtype == np.uint8
    distances = [network for network in manifest["floors"] if network in curve]
    assert distances
    for network in distances:
        assert (curve[network] > manifest["floors"][network]).all()


@pytest.mark.parametrize("name", records.names())
def test_every_shipped_record_is_of_a_recipe_as_it_stands(name):
    manifest = records.load(name).manifest
    recipe = recipes.RECIPES[manifest["recipe_name"]]
    assert manifest["recipe"] == json.loads(json.dumps(recipe))
    assert manifest["images_per_second"] == recipes.rate(manifest["recipe_name"])


@pytest.mark.slow
@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_recipe_makes_a_gan(name):
    gan = recipes.build(recipes.RECIPES[name], seed=0)
    assert gan.g_optimizer is not gan.d_optimizer
    labels = [0, 9] if gan.conditional else None
    assert gan.sample(2, seed=0, labels=labels).shape == (2, 32, 32, 3)
