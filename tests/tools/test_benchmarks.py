"""The benchmarks that need no quiet machine: their tables are those published, their sums are
right.
"""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from ganlib import records, zoo
from tools.training import no_shape

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def test_the_published_tables_of_the_recipes_are_those_of_the_records():
    script = runpy.run_path(FOLDER / "recipe_comparison.py")
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for minutes in script["MOMENTS"]:
        assert f"After {minutes} minutes:\n\n{script['table'](minutes)}\n" in text
    for name, moments in script["CURVES"].items():
        assert script["curve"](name, moments) in text[text.index(f"\n*{name}*") :]


def test_the_average_leads_as_the_published_sentence_says():
    names = [*(f"conditional-falling-{seed}" for seed in range(3)), "conditional-falling-60-0"]
    runs = [records.load(name) for name in names]
    leads = [run.curve["unaveraged"] - run.curve["classifier"] for run in runs]
    early = [lead[run.at(5)] for run, lead in zip(runs, leads, strict=True)]
    assert [round(min(early), 1), round(max(early), 1)] == [1.0, 3.0]
    ends = [lead[-1] for lead in leads]
    assert 0 < min(ends[:3]) and max(ends[:3]) < 0.15
    assert ends[3] == pytest.approx(-0.09, abs=0.005)


def test_the_conditional_trainings_did_what_is_said_of_them_there_and_in_lesson_07():
    names = ("rate-1e-3", "unmirrored", "falling-60", "falling-100")
    runs = [records.load(f"conditional-{name}-0") for name in names]
    steady, plain, hour, longer = runs

    def at(run, minute, network="classifier"):
        return run.curve[network][run.at(minute)]

    # Without a fall: behind either change alone, with D near ln 2 on the way.
    assert steady.curve["classifier"].argmin() == steady.at(10)
    assert at(steady, 15) > 7.0 > at(records.load("conditional-0"), 15) > 6.6
    said = [round(at(steady, minute, "d_loss"), 2) for minute in (10, 12.5, 15)]
    assert said == pytest.approx([0.69, 0.69, 0.68])
    # Half the rate, and the mirror.
    assert at(hour, 15) - at(plain, 15) == pytest.approx(0.9, abs=0.05)
    assert at(plain, 15) - at(longer, 15) == pytest.approx(0.2, abs=0.05)
    left = 1 - plain.curve["images"][-1] / 64 / plain.manifest["recipe"]["falling_steps"]
    assert round(left, 2) == 0.85
    # Against the fall over an hour.
    for network, lead in (("classifier", 0.4), ("referee", 0.3)):
        ahead = {m: at(hour, m, network) - at(longer, m, network) for m in (5, 10, 15, 30, 60)}
        assert ahead[5] < 0 and abs(ahead[10]) < 0.2 and min(ahead[15], ahead[30]) > 0
        assert ahead[60] == pytest.approx(lead, abs=0.05)
    assert longer.curve["classifier"].argmin() == longer.at(85)


def test_a_teacher_did_what_is_said_of_it_there_and_in_lesson_11():
    names = ("falling-100", "untaught", "taught")
    before, untaught, taught = (records.load(f"conditional-{name}-0").curve for name in names)
    for network in ("classifier", "referee"):
        gained = before[network][-1] - taught[network]
        assert gained[-1] / before[network][-1] == pytest.approx(0.4, abs=0.03)
        assert gained[0] > 0.9 * gained[-1]  # nearly all of it in the first minute
        alone = before[network][-1] - untaught[network][-1]
        assert alone == pytest.approx(0.1 * before[network][-1], rel=0.3) and alone < gained[-1] / 3
    assert taught["classifier"].argmin() == records.load("conditional-taught-0").at(5)
    obeys = [curve["class_agreement"][-1] for curve in (before, untaught, taught)]
    assert obeys == pytest.approx([0.73, 0.74, 0.87], abs=0.006)


def test_the_long_training_without_labels_did_what_is_said_of_it():
    long, short = (
        records.load("relativistic-falling-120-0"),
        records.load("relativistic-kernel-4-0"),
    )
    labels = records.load("conditional-falling-100-0")
    for network, lead, with_labels in (("classifier", 2.4, 2.2), ("referee", 1.9, 1.7)):
        early, late = (
            short.curve[network][short.at(minute)] - long.curve[network][long.at(minute)]
            for minute in (15, 50)
        )
        assert early == pytest.approx(lead, abs=0.05)
        assert late == pytest.approx(0.2, abs=0.05)
        assert labels.curve[network][labels.at(60)] == pytest.approx(with_labels, abs=0.05)


def test_what_the_judges_of_shapes_say_stands_on_their_cards():
    text = " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())
    seen = zoo.card("referee-shapes")["no_shape_seen"]
    taught = [100 * seen[kind] for kind in no_shape.TRAINED]
    assert f"of {min(taught):.0f} % to {max(taught):.0f} % of the images without a shape" in text
    assert f"and of {100 * seen['ghost']:.0f} % of those of a kind that it was not" in text
    scores = zoo.card("dcgan-shapes")["scores"]
    floors = scores["floors"]
    assert f"it finds a shape in {100 * (1 - scores['no_shape']):.0f} %" in text
    assert (
        f"is {scores['referee']:.1f}, where real test images have {floors['referee']:.2f}" in text
    )
    assert f"{scores['classifier']:.1f} and {floors['classifier']:.2f}.)" in text
    stars = sum(scores["shown_shares"][40:50])
    assert f"of the samples, now {100 * stars:.1f} %" in text


def test_the_lead_of_the_better_recipe_shrinks_as_lesson_07_says():
    def distances(recipe, minutes):
        runs = [records.load(f"{recipe}-{seed}") for seed in range(3)]
        return [run.curve["classifier"][run.at(minutes)] for run in runs]

    leads = [
        sum(distances("relativistic-kernel-4", minutes)) / 3
        - sum(distances("conditional-falling", minutes)) / 3
        for minutes in (3, 7.5, 15)
    ]
    assert [round(lead, 1) for lead in leads] == [8.7, 7.1, 4.4]


@pytest.mark.slow
def test_the_profile_accounts_for_the_whole_step():
    command = [sys.executable, FOLDER / "step_profile.py", "--rounds", "1", "--batch-size", "16"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    rows = re.findall(r"^\| ([a-zA-Z].*?) \| (\d+)% \| (\d+)% \|$", shown.stdout, re.MULTILINE)
    shares = {name: (int(one), int(other)) for name, one, other in rows}
    for precision in (0, 1):
        whole = sum(pair[precision] for pair in shares.values())
        assert abs(whole - 100) <= len(shares) / 2  # each is rounded
        for name in ("products of convolutions and dense layers", "batch norm", "dropout", "Adam"):
            assert shares[name][precision] > 0, name
        assert shares["between the operations"][precision] < 50, "the trace lost operations"


def test_the_table_of_remedies_on_shapes_has_a_number_for_each_seed(capsys):
    script = runpy.run_path(FOLDER / "remedies_on_shapes.py")
    game = {"generator": {"modes": 12}, "average": {"modes": 34}, "moved": 0.567}
    setting = next(iter(script["SETTINGS"]))
    script["table"]({"games": {f"R1 and R2, {setting}, 1": game}})
    assert "| R1 and R2 | – 12 – (– 34 –) | – 0.57 – |" in capsys.readouterr().out


def test_lesson_09_shows_the_games_of_remedies_on_shapes():
    """The rows stand in the lesson in another order and under longer names."""
    script = runpy.run_path(FOLDER / "remedies_on_shapes.py")
    games = json.loads((FOLDER / "remedies_on_shapes.json").read_text(encoding="utf-8"))["games"]
    (lesson,) = (FOLDER.parent / "notebooks").glob("09-*.ipynb")
    cells = {cell.id: cell.source for cell in nbformat.read(lesson, as_version=4).cells}
    rows = [line.split(" | ")[1:] for line in cells["shapes-lost"].splitlines() if "| 0." in line]
    expected = []
    for name in script["REMEDIES"]:
        row = []
        for setting in script["SETTINGS"]:
            three = [games[f"{name}, {setting}, {seed}"] for seed in script["SEEDS"]]
            modes = " ".join(str(game["generator"]["modes"]) for game in three)
            row += [modes, f"{sum(game['moved'] for game in three) / len(three):.2f}"]
        expected.append(row)
    assert sorted(expected) == sorted([*row[:-1], row[-1].rstrip(" |")] for row in rows)


@pytest.mark.slow
def test_the_discriminators_of_remedies_on_shapes_differ_in_what_they_say(monkeypatch):
    import numpy as np

    monkeypatch.syspath_prepend(FOLDER)  # as for a script, which finds the files beside it
    build = runpy.run_path(FOLDER / "remedies_on_shapes.py")["discriminator"]
    images = np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 3)).astype(np.float32)
    same = np.repeat(images[:1], 4, axis=0)
    for kind in (None, "spread", "spectral"):
        critic = build(kind, 0)
        logits = [np.asarray(critic(batch))[0, 0] for batch in (images, same)]
        # Only the one that is told how much a batch differs sees the others of its batch.
        assert (abs(logits[0] - logits[1]) > 1e-5) == (kind == "spread")


@pytest.mark.slow
def test_the_seeds_of_other_loops_give_other_trainings(monkeypatch):
    import numpy as np

    monkeypatch.syspath_prepend(FOLDER)
    script = runpy.run_path(FOLDER / "other_loops.py")
    images = np.random.default_rng(0).integers(0, 256, (160, 32, 32, 3), np.uint8)
    for rule in script["RULES"]:
        drawn = []
        for seed in (0, 1):
            side = script["side"](rule, "float32", 8, images, seed)
            side.measure(10)
            drawn.append(np.asarray(side.sample(2)))
        assert np.abs(drawn[0] - drawn[1]).max() > 0.05, rule
