"""The checks of the exercises: right answers of all kinds pass, usual mistakes get their own word.

The answers stand in tests/checks/answers/, a module for each lesson: RIGHT and WRONG, by task.
"""

import ast
import contextlib
import importlib
import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest

from ganlib.checks import task as task_module
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong
from tools.notebooks.exercises import HiddenTests
from tools.notebooks.inputs import code_cells, plain_python, source_of

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted(path.name[-2:] for path in (ROOT / "ganlib" / "checks").glob("lesson??"))


def module(lesson):
    return importlib.import_module(f"ganlib.checks.lesson{lesson}")


def answers(lesson):
    return importlib.import_module(f"answers.lesson{lesson}")


def tasks(lesson):
    answer = vars(module(lesson))
    return sorted(name for name in answer if hasattr(answer[name], "points"))


def tried(lesson, name, answer, **options):
    """The score, and what was printed; nothing may be written to stderr."""
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        score = getattr(module(lesson), name)(answer, **options)
    assert type(score) is float, f"a {type(score)} would earn full marks"
    assert not complained.getvalue()
    return score, said.getvalue()


def said_by(function):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        function()
    return said.getvalue()


ALL = [(lesson, name) for lesson in LESSONS for name in tasks(lesson)]
QUICK = (
    "02"  # the lesson whose answers are all tried by `make quick`; of the others one of each kind
)


def cases(kind):
    """Each answer of a kind, as lesson, task and number."""
    return [
        pytest.param(
            lesson, name, number, marks=[] if lesson == QUICK or not number else pytest.mark.slow
        )
        for lesson, name in ALL
        for number in range(len(getattr(answers(lesson), kind)[name]))
    ]


@pytest.mark.parametrize(("lesson", "name", "number"), cases("RIGHT"))
def test_right_answers_get_all_points(lesson, name, number):
    answer = answers(lesson).RIGHT[name][number]
    classes = (0,) if name in getattr(answers(lesson), "OF_ONE_CLASS", ()) else (0, 71)
    for seed in classes:
        score, said = tried(lesson, name, answer, seed=seed)
        assert score == getattr(module(lesson), name).points, said
        assert "✗" not in said


LOADED_AGAIN = """
import importlib, sys
from ganlib import theory
for name in [name for name in sys.modules if name.partition(".")[0] == "ganlib"]:
    del sys.modules[name]
checks = importlib.import_module("ganlib.checks.lesson02")
print(checks.best_discriminator(theory.optimal_discriminator, seed=3))
"""


def test_what_the_task_asks_for_is_refused_by_hidden_tests_too():
    """They load the library a second time, and the answer still has the first."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED_AGAIN], capture_output=True, text=True, check=True
    )
    assert "ganlib.theory" in done.stdout
    assert done.stdout.splitlines()[-1] == "0.0"


@pytest.mark.parametrize(("lesson", "name", "number"), cases("WRONG"))
def test_usual_mistakes_are_refused_with_their_own_word(lesson, name, number):
    answer, word = answers(lesson).WRONG[name][number]
    score, said = tried(lesson, name, answer)
    assert score < getattr(module(lesson), name).points
    assert word in said.split("✗")[1].split("✓")[0], said
    assert "NameError" not in said and "UnboundLocalError" not in said, said


def first_point_wins(row, column, nearness, brightness, pixels):
    picture = np.ones((pixels, pixels))
    picture[row[::-1], column[::-1]] = brightness[::-1]
    return picture


def waits_of_a_clock_that_never_stands_still(arrives, takes):
    return np.maximum(0, np.cumsum([0, *takes[:-1]]) - arrives)


def linked_by_any_picture(account, picture, accounts, shared):
    return answers("18").groups(account, picture, accounts, 1)


NOT_MADE = {
    ("04", "walk"): (
        lambda first, last, steps: answers("04").RIGHT["walk"][0](last, first, steps),
        "the lengths of the points are not right",
    ),
    ("06", "batch"): (answers("06").drops_the_last, "what else went into it"),
    ("07", "train"): (
        answers("07").train_by(when=lambda step, until: step == until),
        "Does it read the file",
    ),
    ("14", "draw"): (first_point_wins, "The farthest point is shown"),
    ("15", "alarm_rates"): (
        lambda choosing, *rest: answers("15").alarm_rates(np.append(choosing, 1e9), *rest),
        "flatters themselves",
    ),
    ("17", "suspicious"): (
        lambda accuracy: answers("17").suspicious(accuracy) & {"steps", "unbounded"},
        "the wrong way round",
    ),
    ("18", "groups"): (linked_by_any_picture, "counts twice"),
    ("18", "waits"): (waits_of_a_clock_that_never_stands_still, "takes, not its own"),
}


@pytest.mark.parametrize(("lesson", "name"), NOT_MADE)
def test_nobody_is_blamed_for_a_mistake_they_did_not_make(lesson, name):
    answer, blame = NOT_MADE[lesson, name]
    score, said = tried(lesson, name, answer)
    assert score < getattr(module(lesson), name).points
    assert blame not in said, said


OF_CLASSES = [
    (lesson, name) for lesson in LESSONS for name in getattr(answers(lesson), "OF_ONE_CLASS", ())
]


@pytest.mark.parametrize(("lesson", "name"), OF_CLASSES)
def test_the_right_answer_of_another_class_is_told_so(lesson, name):
    score, said = tried(lesson, name, answers(lesson).RIGHT[name][0], seed=71)
    assert score == 0.0
    assert "This is right for class 0, and CLASS is 71." in said


@pytest.mark.parametrize(("lesson", "name"), ALL)
def test_each_task_was_tried_in_several_ways(lesson, name):
    assert len(answers(lesson).RIGHT[name]) >= 2
    words = [word for _, word in answers(lesson).WRONG[name]]
    assert len(words) >= 4
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("lesson", "name"),
    [pytest.param(*each, marks=[] if each[0] == QUICK else pytest.mark.slow) for each in ALL],
)
def test_whatever_is_no_answer_gets_a_word_and_no_points(lesson, name, monkeypatch):
    def not_done(*arguments, **keywords):
        raise NotImplementedError

    def fails(*arguments, **keywords):
        return {}["key"]

    def leaves(*arguments, **keywords):
        sys.exit(1)

    def loops(*arguments, **keywords):
        while True:
            try:
                time.sleep(0.01)
            except Exception:
                pass

    def nothing(*arguments, **keywords):
        return None

    def text(*arguments, **keywords):
        return "0.5"

    took = 0.0
    for answer, word in (
        (not_done, "not done yet"),
        (None, "not done yet"),
        (fails, "KeyError"),
        (leaves, "SystemExit"),
        (loops, "stopped after"),
        (nothing, "returns None"),
        (text, "✗"),
        (3.0, "✗"),
    ):
        # More than the check itself took, for the answer before.
        limit = 0.3 + 3 * took if answer is loops else 60
        monkeypatch.setattr(task_module, "TIME_LIMIT", limit)
        began = time.monotonic()
        score, said = tried(lesson, name, answer)
        took = time.monotonic() - began
        assert score == 0.0
        assert word in said, (answer, said)


def test_an_answer_that_calls_what_is_not_written_is_not_called_unwritten():
    @task_module.task(points=1)
    def both(trial):
        trial.call()

    def stub():
        raise NotImplementedError

    assert "it calls stub, which is not written yet." in said_by(lambda: both(lambda: stub()))
    assert "not done yet." in said_by(lambda: both(stub))


ODD = {
    "an empty array": lambda: np.zeros(0),
    "an empty list": list,
    "a number": lambda: np.array(0.0),
    "NaN": lambda: float("nan"),
    "an array of NaN": lambda: np.full((3, 3), np.nan),
    "arrays of different lengths": lambda: [np.zeros(2), np.zeros(3)],
    "four axes": lambda: np.zeros((1, 2, 3, 4)),
    "texts": lambda: np.array(["a", "b"]),
    "bytes": lambda: b"0.5",
    "a dictionary": lambda: {"a": 1},
    "a set": lambda: {1.0, 2.0},
    "a generator": lambda: (number for number in (1, 2)),
    "nothing twice": lambda: (None, None),
    "three things": lambda: ("a", None, np.zeros((2, 2))),
    "an imaginary number": lambda: 1j,
    "an object": object,
    "True": lambda: True,
    "a function": lambda: len,
    "a hidden array": lambda: np.ma.masked_all(3),
}


@pytest.mark.slow
@pytest.mark.parametrize(("lesson", "name"), ALL)
def test_answers_of_odd_shapes_get_a_word_and_no_points(lesson, name):
    for kind, value in ODD.items():
        score, said = tried(lesson, name, lambda *arguments, _value=value, **keywords: _value())
        assert score == 0.0, (kind, said)
        assert "✗" in said and "Traceback" not in said, (kind, said)


@pytest.mark.parametrize(("lesson", "name"), ALL)
def test_hints_come_one_by_one_and_give_no_points(lesson, name):
    check = getattr(module(lesson), name)
    assert 2 <= len(check.hints) <= 3
    right = answers(lesson).RIGHT[name][0]
    for number, hint in enumerate(check.hints, start=1):
        score, said = tried(lesson, name, right, hint=number)
        assert score == 0.0
        assert hint in said
    assert "hints 1 to" in tried(lesson, name, right, hint=9)[1]


@pytest.mark.parametrize("lesson", LESSONS)
def test_checks_use_no_module_that_a_student_may_have_changed(lesson):
    files = sorted((ROOT / "ganlib" / "checks" / f"lesson{lesson}").glob("*.py"))
    assert len(files) > len(tasks(lesson))
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = []
            if isinstance(node, ast.ImportFrom):
                named = [node.module]
            elif isinstance(node, ast.Import):
                named = [alias.name for alias in node.names]
            assert all(
                not each.startswith("ganlib") or each.startswith("ganlib.checks.") for each in named
            )


def scores(path):
    """Run a notebook with its hidden tests; what each check returned, and what it should."""
    notebook, _ = HiddenTests().preprocess(nbformat.read(path, 4), {})
    namespace, answer = {}, {}
    for cell in code_cells(notebook):
        tree = ast.parse(plain_python(source_of(cell)))
        graded = cell["metadata"].get("nbgrader", {})
        if not graded.get("grade"):
            exec(compile(tree, str(path), "exec"), namespace)
            continue
        last = ast.Expression(tree.body.pop().value)
        exec(compile(tree, str(path), "exec"), namespace)
        score = eval(compile(last, str(path), "eval"), namespace)
        assert type(score) is float
        answer[graded["grade_id"]] = (score, graded["points"])
    return answer


SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.ipynb"))


@pytest.fixture
def ganlib_as_it_was():
    """Graded cells load ganlib afresh; the tests that follow get the modules they had, and Keras
    the classes that those registered.
    """
    import keras

    registered = dict(keras.saving.get_custom_objects())
    before = {
        name: each for name, each in sys.modules.items() if name.partition(".")[0] == "ganlib"
    }
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "ganlib"]:
        del sys.modules[name]
    sys.modules.update(before)
    keras.saving.get_custom_objects().update(registered)


@pytest.mark.slow
@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_solution_gets_full_marks_and_the_empty_exercise_none(
    path, ganlib_as_it_was, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANLIB_BUDGET", "smoke")
    solved = scores(path)
    assert solved and all(score == points for score, points in solved.values()), solved
    empty = scores(ROOT / "exercises" / path.parent.name / path.name)
    assert set(empty) == set(solved)
    assert not any(score for score, _ in empty.values()), empty


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_points_and_minutes_are_those_of_the_guide(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    graded = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    graded = [each for each in graded if each.get("grade")]
    for each in graded:
        if not each["solution"]:
            names = {name: getattr(module(path.stem[:2]), name) for name in tasks(path.stem[:2])}
            assert each["points"] in [check.points for check in names.values()]
    total = sum(each["points"] for each in graded)
    by_hand = sum(each["points"] for each in graded if each["solution"])
    minutes = re.search(r"about (\d+) minutes", source_of(cells[1]))[1]
    table = said_by(module(path.stem[:2]).table)
    assert table.splitlines()[-1].endswith(
        f" of {total - by_hand}, and up to {by_hand} by a reader"
    )
    link = f"[{path.stem[:2]}](exercises/{path.stem}/{path.name})"
    row = f"| {link} | {minutes} | {total} | {by_hand} |"
    assert row in (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_time_limit_outlasts_an_answer_that_catches_everything(monkeypatch):
    monkeypatch.setattr(task_module, "TIME_LIMIT", 0.2)

    @task(points=1)
    def stubborn(trial):
        trial.call()

    caught = []

    def catches():
        while len(caught) < 2:
            try:
                while True:
                    time.sleep(0.01)
            except BaseException:
                caught.append(True)
        while True:
            time.sleep(0.01)

    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert stubborn(catches) == 0.0
    assert "stopped after" in said.getvalue()
    time.sleep(0.6)  # no late interrupt arrives


@pytest.mark.parametrize("another_error", [False, True])
def test_a_limit_that_python_drops_is_not_shown_and_comes_again(another_error, monkeypatch, capfd):
    monkeypatch.setattr(task_module, "TIME_LIMIT", 1.0)
    heard = []
    monkeypatch.setattr(sys, "unraisablehook", heard.append)

    class Slow:
        def __del__(self):
            if another_error:
                raise ValueError
            time.sleep(30)

    @task(points=1)
    def stubborn(trial):
        trial.call()

    def loops():
        Slow()
        while True:
            time.sleep(0.01)

    started = time.monotonic()
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert stubborn(loops) == 0.0
    assert "stopped after" in said.getvalue()
    assert time.monotonic() - started < 10
    assert [each.exc_type for each in heard] == ([ValueError] if another_error else [])
    assert sys.unraisablehook == heard.append
    assert capfd.readouterr().err == ""


def test_the_stop_button_still_stops(monkeypatch):
    import signal

    @task(points=1)
    def waits(trial):
        trial.call()

    with pytest.raises(KeyboardInterrupt), contextlib.redirect_stdout(io.StringIO()):
        waits(lambda: signal.raise_signal(signal.SIGINT))


def test_a_number_may_come_from_any_library():
    import tensorflow as tf
    from keras import ops

    trial = Trial(None)
    for value in (2, 2.0, np.float32(2), np.array([2.0]), tf.constant(2.0), ops.ones(1) * 2, [2]):
        assert trial.number(value) == 2.0
    for value, word in (
        ("2", "text"),
        (np.ones(3), "single number"),
        (np.nan, "NaN"),
        ({}, "dict"),
        (lambda: 2, "function"),
    ):
        with pytest.raises(Wrong, match=word):
            trial.number(value)


def test_a_usual_mistake_is_not_blamed_where_it_makes_no_difference():
    trial = Trial(None)
    with pytest.raises(Wrong, match="look there"):
        trial.expect(3.0, 1.0, usual=[(1.0, "blamed")], otherwise="look there")
    trial.expect(1.0, 1.0, usual=[(1.0, "blamed")])


def test_every_part_is_tried_said_and_scored():
    @task(points=4)
    def four(trial):
        for number in range(4):
            with trial.part(1, f"number {number}"):
                value = trial.number(trial.call(number))
                trial.expect(value, number, otherwise=f"{number} is not right.")

    def answer(number):
        if number == 2:
            return {}["key"]
        return 7 if number == 0 else number

    said = said_by(lambda: four(answer)).splitlines()
    assert said[0] == "✗ number 0: 0 is not right."
    assert said[1] == "✓ number 1"
    assert said[2].startswith("✗ number 2: your code raised KeyError: 'key', in the line")
    assert said[3:] == ["✓ number 3", "  four: 2 of 4 points"]
    assert four.earned == 2.0


def test_what_was_said_is_not_said_again():
    @task(points=2)
    def two(trial):
        for number in (1, 2):
            with trial.part(1, f"number {number}"):
                trial.number(trial.call(number))

    said = said_by(lambda: two(lambda number: "text"))
    assert said.count("is the text 'text'") == 1
    assert "✗ number 2: as above." in said


def test_a_part_that_is_not_begun_is_told_from_an_answer_that_is_not():
    @task(points=2)
    def two(trial):
        for number in (1, 2):
            with trial.part(1, f"number {number}"):
                trial.number(trial.call(number))

    def half(number):
        if number == 2:
            raise NotImplementedError
        return number

    def by_a_library(number):
        raise NotImplementedError("cannot convert a symbolic tensor")

    assert "✗ number 2: not done yet." in said_by(lambda: two(half))
    assert "cannot convert" in said_by(lambda: two(by_a_library))


def test_an_answer_may_not_change_what_it_is_given():
    trial = Trial(lambda values: values.pop())
    with pytest.raises(Wrong, match="changes its argument number 1 in place"):
        trial.call([1, 2, 3])
    trial = Trial(lambda values: values[0].append(1) or 1)
    with pytest.raises(Wrong, match="changes its argument"):
        trial.call([[1], [2]])


def test_the_useful_line_of_a_keras_exception_is_told():
    import keras

    from ganlib.checks.errors import useful_line

    layer = keras.layers.Conv2D(3, 5)
    with pytest.raises(ValueError) as caught:
        layer(np.zeros((1, 3, 3, 1)))
    said = useful_line(caught.value)
    assert "size" in said and "Arguments received" not in said and "\x1b" not in said
    assert (
        useful_line(ValueError("Exception encountered when calling X.call().\n\nIt is odd."))
        == "It is odd."
    )


def test_a_picture_waits_for_the_answers_it_needs():
    from ganlib.checks.table import picture

    def draws(problem):
        with picture():
            raise problem

    assert "No picture yet" in said_by(lambda: draws(NotImplementedError()))
    with pytest.raises(NotImplementedError, match="symbolic"):
        draws(NotImplementedError("symbolic"))
    with pytest.raises(ValueError):
        draws(ValueError("wrong"))


def test_one_wrong_part_costs_its_own_points():
    """A wrong table of exercise 05's games, a key that exercise 02's dictionary lacks."""
    games, points = answers("05").games, answers("02").points
    for answer, right in (
        (games(), 4.0),
        (games(A="idle G"), 3.5),
        (games(C=None), 3.5),
        (games(A="fast G", D="fast D"), 3.0),
        (games(A="idle G", L_D=None), 3.0),
        (games(best_D=6 / 14, L_D=0.0, JSD=None), 2.0),
    ):
        score, said = tried("05", "games", answer)
        assert score == right, said
    for answer, right in (
        (points(), 3.0),
        (points(**{"D(0)": None}), 2.0),
        (points(V=None), 2.0),
        (points(JSD=None), 2.0),
        (points(V=None, JSD=None), 1.0),
    ):
        score, said = tried("02", "three_points", answer)
        assert score == right, said
