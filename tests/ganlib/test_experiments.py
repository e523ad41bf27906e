"""What ships of small experiments says how it was made, and is whole."""

import numpy as np
import pytest

from ganlib import experiments, zoo


@pytest.mark.parametrize("name", experiments.names())
def test_every_experiment_says_what_was_run(name):
    card, arrays = experiments.load(name)
    for key in ("what", "data", "versions", "machine", "batch_size"):
        assert card[key], key
    assert any(images.ndim == 4 and images.shape[-1] == 3 for images in arrays.values())
    assert all(array.dtype == np.uint8 for array in arrays.values())


@pytest.mark.parametrize("name", experiments.names())
def test_a_person_can_read_every_card(name):
    assert (experiments.FOLDER / f"{name}.json").read_text(encoding="utf-8").count("\n") < 2500


def test_the_runs_on_few_images_are_complete():
    """Each setting that the lesson shows has three seeds, and all runs the same moments; those of
    equal processor time have one more.
    """
    card, pictures = experiments.load("few-images")
    assert set(pictures) <= {f"{run['n']} {run['kind']}" for run in card["runs"]}
    seeds = {}
    for run in card["runs"]:
        seeds.setdefault((run["n"], run["kind"]), []).append(run["seed"])
        steps = [row["step"] for row in run["rows"]]
        assert steps == [400, 800, 1600] + [2100] * (run["kind"] == "longer")
        assert run["kind"] in card["kinds"] and run["cpu_seconds"] > 0
        for network in ("classifier", "referee"):
            assert all(row[network] > 0 for row in run["rows"][1:])
    shown = [(n, kind) for n in (100, 1000, 10_000) for kind in ("plain", "augmented", "longer")]
    for setting in [*shown, (10_000, "dropout"), (10_000, "slower")]:
        assert sorted(seeds[setting]) == [0, 1, 2]


def test_the_starts_from_the_zoo_are_complete():
    """Each start has three seeds on each kind of image, and the weights are those that ship."""
    card, pictures = experiments.load("zoo-start")
    starts = ("zoo", "zoo, faster", "scratch", "scratch, faster")
    settings = {(of, start) for of in ("drawings", "photographs") for start in starts}
    assert set(pictures) == {f"{of} {start}" for of, start in settings}
    runs = [(run["images"], run["start"], run["seed"]) for run in card["runs"]]
    assert sorted(runs) == sorted((*each, seed) for each in settings for seed in range(3))
    assert card["weights"] == zoo.card("dcgan-shapes")["sha256"]
    for run in card["runs"]:
        assert [row["step"] for row in run["rows"]] == [60, 300, 900]
        assert all(row["classifier"] > 0 for row in run["rows"])


def test_what_lesson_13_says_of_the_starts_without_a_check_of_its_own():
    """How far the start leads on ships, by both networks; how a lead on drawings shrinks."""

    def ends(of, start, network, moment):
        runs = experiments.load("zoo-start")[0]["runs"]
        return [
            run["rows"][moment][network]
            for run in runs
            if (run["images"], run["start"]) == (of, start)
        ]

    times = {}
    for network in ("classifier", "referee"):
        for rate in ("", ", faster"):
            started, scratch = (
                ends("photographs", f"{start}{rate}", network, -1) for start in ("zoo", "scratch")
            )
            assert max(started) < min(scratch)
            times[network, rate] = np.mean(scratch) / np.mean(started)
    assert 3.3 < times["classifier", ""] < 3.7  # "three and a half times"
    assert 2 < times["classifier", ", faster"] < 2.5  # "more than twice"
    assert all(2 < times["referee", rate] < 3 for rate in ("", ", faster"))
    faster = [
        ends("drawings", f"{start}, faster", "classifier", -1) for start in ("zoo", "scratch")
    ]
    assert max(faster[0]) < min(faster[1])
    for rate in ("", ", faster"):
        leads = [
            np.mean(ends("drawings", f"scratch{rate}", "classifier", moment))
            / np.mean(ends("drawings", f"zoo{rate}", "classifier", moment))
            for moment in range(3)
        ]
        assert leads[0] > leads[1] > leads[2] > 1
    assert round(zoo.card("dcgan-shapes")["images_seen"] / 1e6, 1) == 2.7  # "2.7 million images"


def test_an_experiment_comes_back_and_needs_runs(tmp_path):
    images = np.zeros((2, 4, 4, 3), np.uint8)
    experiments.write("new", {"runs": [{"n": 1}]}, {"1 plain": images}, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.json", "new.npz"]
    with pytest.raises(ValueError, match="has no runs, but must have at least one"):
        experiments.write("empty", {"runs": []}, {}, tmp_path)
    with pytest.raises(ValueError, match="There is no experiment 'other'"):
        experiments.load("other")
