"""The record of lesson 17 is what its script says, and the script runs."""

import json

import numpy as np
import pytest

from ganlib import experiments, shapes
from tools.training import attack_runs


@pytest.fixture(scope="module")
def record():
    return experiments.load(attack_runs.NAME)


def test_every_setting_was_run_with_every_seed(record):
    card, _ = record
    for key in ("settings", "steps", "batch_size", "data"):
        assert card[key] == json.loads(json.dumps(attack_runs.NOTES[key])), key
    made = [(run["part"], run["setting"], run["seed"]) for run in card["runs"]]
    assert made == [
        (part, setting, seed)
        for part, settings in attack_runs.SETTINGS.items()
        for setting in settings
        for seed in attack_runs.SEEDS
    ]


def shares(row):
    """All numbers of a row that are shares, at any depth."""
    for key, value in row.items():
        if isinstance(value, dict):
            yield from shares(value)
        elif key == "rows":
            for each in value:
                yield from shares({k: v for k, v in each.items() if k != "step"})
        elif isinstance(value, float) and key not in ("cpu_seconds", "size"):
            yield value


def test_shares_are_shares_and_first_networks_are_the_same_in_all_parts(record):
    card, _ = record
    starts = {}
    for run in card["runs"]:
        values = list(shares(run))
        assert values and all(0 <= value <= 1 for value in values)
        if run["part"] == "overfitting":
            steps = [row["step"] for row in run["rows"]]
            last, every = attack_runs.STEPS["overfitting"], attack_runs.WATCHED_EVERY
            assert steps == list(range(0, last + 1, every))
            starts.setdefault(run["seed"], set()).add(run["rows"][0]["clean"])
        if run["part"] == "cleaner":
            starts.setdefault(run["seed"], set()).add(run["bare, clean"])
        if run["part"] == "backdoor":
            share, _ = attack_runs.SETTINGS["backdoor"][run["setting"]]
            assert run["poisoned"] == round(share * attack_runs.TRAINED_ON)
    assert all(len(values) == 1 for values in starts.values())


def test_the_pictures_are_images_of_all_generators(record):
    card, drawn = record
    assert set(drawn) == {
        f"{setting}, seed {seed}"
        for setting in card["settings"]["generator"]
        for seed in attack_runs.SEEDS
    }
    # Two boxes around the same image overlap: no two generators are more than 2ε apart.
    first, *others = (each.astype(int) for each in drawn.values())
    assert first.shape == (attack_runs.DRAWN, 32, 32, 3)
    for other in others:
        assert 0 < np.abs(other - first).max() <= 16


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """Few images drawn by code, and two steps of everything."""

    def few(split, n):
        pixels, kind = shapes.load(split, min(n, 200))
        return pixels, kind % 10

    for cached in ("_first_weights", "photographs_and_fakes", "first_detector"):
        getattr(attack_runs, cached).cache_clear()
    monkeypatch.setattr(attack_runs, "images", few)
    monkeypatch.setattr(attack_runs, "STEPS", dict.fromkeys(attack_runs.STEPS, 2))
    for name, value in {
        "WATCHED_EVERY": 1,
        "DETECTOR_IMAGES": 40,
        "DETECTOR_HELD_OUT": 20,
        "FOLDER": tmp_path,
        "SEEDS": (0,),
    }.items():
        monkeypatch.setattr(attack_runs, name, value)
    yield tmp_path
    for cached in ("_first_weights", "photographs_and_fakes", "first_detector"):
        getattr(attack_runs, cached).cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("part", attack_runs.SETTINGS)
def test_a_part_gives_rows_like_those_of_the_record(tiny, record, part):
    for setting in attack_runs.SETTINGS[part]:
        attack_runs.run(part, setting, 0)
        attack_runs.run(part, setting, 0)  # is there already
    rows = [json.loads(path.read_text()) for path in sorted(tiny.glob("*.json"))]
    known = [run for run in record[0]["runs"] if run["part"] == part and run["seed"] == 0]
    assert [run.keys() for run in rows] == [run.keys() for run in known]
    assert bool(list(tiny.glob("*.npy"))) == (part == "generator")


def test_a_new_run_takes_its_place_among_those_that_ship(monkeypatch, tmp_path, record):
    card, drawn = record
    old = card["runs"][-1]
    new = {**old, "cpu_seconds": -1.0}
    place = list(attack_runs.SETTINGS[old["part"]]).index(old["setting"])
    path = tmp_path / f"{old['part']}-{place}-{old['seed']}.json"
    path.write_text(json.dumps(new), encoding="utf-8")
    written = []
    monkeypatch.setattr(experiments, "write", lambda *arguments: written.append(arguments))
    monkeypatch.setattr(attack_runs, "FOLDER", tmp_path)
    attack_runs.collect()
    ((name, made, pictures),) = written
    assert name == attack_runs.NAME
    assert made["runs"] == [*card["runs"][:-1], new]
    assert set(pictures) == set(drawn)
