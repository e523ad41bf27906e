"""The table of GANs that get their label in different ways is that of the script as it stands."""

import json

import numpy as np
import pytest

from ganlib import experiments
from ganlib.hues import nearest_hue
from tools.training import compare_labels as script


@pytest.fixture(scope="module")
def table():
    return experiments.load(script.NAME)


def test_every_way_was_run_from_every_seed(table):
    card, arrays = table
    names = [f"{run['way']}-{run['seed']}" for run in card["runs"]]
    assert sorted(names) == sorted(f"{way}-{seed}" for way in script.WAYS for seed in script.SEEDS)
    counted = {f"{judge} {name}" for judge in ("seen", "hues") for name in (*names, "real")}
    assert set(arrays) == {*names, *counted}
    for name in names:
        assert arrays[name].shape == (script.PICTURES, 16, 16, 3)
    assert card["generator"] == json.loads(json.dumps(script.G))
    assert card["discriminator"] == script.D
    assert card["adam"]["learning_rate"] == script.LEARNING_RATE


def test_counts_are_of_all_samples(table):
    card, arrays = table
    for run in card["runs"]:
        assert tuple(run["steps"]) == script.MOMENTS
        seen = arrays[f"seen {run['way']}-{run['seed']}"]
        assert seen.shape == (len(script.MOMENTS), script.CLASSES, 60)
        hues = arrays[f"hues {run['way']}-{run['seed']}"]
        assert hues.shape == (len(script.MOMENTS), script.CLASSES, script.CLASSES)
        for counts in (seen, hues):
            assert (counts.sum(axis=2) == script.SAMPLES / script.CLASSES).all()
        assert len(run["variance"]) == len(script.MOMENTS)


@pytest.mark.parametrize("judge", ["seen", "hues"])
def test_both_judges_read_real_images_of_half_the_size(table, judge):
    card, arrays = table
    seen = arrays[f"{judge} real"].reshape(10, -1, 10).sum(axis=1)
    assert seen.sum() == card["real"]["images"]
    assert np.trace(seen) > 0.99 * seen.sum()


def test_the_pictures_that_ship_have_the_hues_that_were_asked_for(table):
    """So whoever says that half of them disobey cannot read such pictures."""
    _, arrays = table
    for way in script.WAYS:
        for seed in script.SEEDS:
            asked = np.arange(script.PICTURES) % script.CLASSES
            assert np.mean(nearest_hue(arrays[f"{way}-{seed}"]) == asked) >= 0.95


def test_halved_and_doubled_images():
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    np.testing.assert_array_equal(script.halved(script.doubled(images)), images)


@pytest.mark.slow
@pytest.mark.parametrize("way", script.WAYS)
def test_each_way_builds_a_gan_of_ten_classes(way, table):
    gan = script.build(way, 0)
    assert gan.sample(2, labels=[0, 9], seed=0).shape == (2, 16, 16, 3)
    weights = gan.generator.count_params() + gan.discriminator.count_params()
    told = {run["weights"] for run in table[0]["runs"] if run["way"] == way}
    assert told == {weights}
