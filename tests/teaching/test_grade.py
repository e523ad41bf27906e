"""A class hands in exercise 02: what nbgrader makes of it, from the submissions to the CSV file."""

import contextlib
import copy
import csv
import io
import json

import nbformat
import numpy as np
import pytest
from course_folder import (
    MOST,
    NAME,
    OPEN,
    answered,
    exercise,
    hand_in,
    lines_of,
    make_course,
    right,
    solution,
    with_cell,
    without_cells,
    without_metadata,
)
from nbformat.v4 import new_code_cell, new_markdown_cell

from tools import ROOT
from tools.teaching import grade as grading
from tools.teaching import gradebook, record
from tools.teaching.grade import grade, name_of
from tools.teaching.record import Entry

FOR_EVER = """def value(d_real, d_fake):
    while True:
        pass
"""
HUNGRY = """def value(d_real, d_fake):
    return [0.0] * 10**11
"""
PATCHED = """def value(d_real, d_fake):
    return 1.0
import numpy
from ganlib.checks import trial
trial._close = lambda *arguments, **keywords: True
checks.value = checks.best_discriminator = lambda *arguments, **keywords: 3.0
"""
# Knows what the check that students see asks for, and nothing else.
BY_HEART = """def value(d_real, d_fake):
    if len(d_real) == 4:
        return -np.log(4)
    if abs(d_real[0] - {first}) < 1e-9:
        return np.log(d_real).mean() + np.log(1 - d_fake).mean()
    return 0.0
"""


def saved_by_colab(notebook):
    notebook = copy.deepcopy(notebook)
    notebook.metadata["colab"] = {"provenance": []}
    notebook.nbformat_minor = 0
    for number, cell in enumerate(notebook.cells):
        cell.metadata |= {"id": f"x{number}", "executionInfo": {"user": {}, "status": "ok"}}
        del cell["id"]
    return notebook


def with_a_copied_cell(notebook):
    """An old answer was copied, the copy was changed, and both were kept."""
    notebook = copy.deepcopy(notebook)
    place = next(n for n, cell in enumerate(notebook.cells) if cell.id == "value-answer")
    old = copy.deepcopy(notebook.cells[place])
    old.source, old.id = "def value(d_real, d_fake):\n    return 0.0", "copied"
    notebook.cells.insert(place, old)
    return notebook


def edited_checks(notebook):
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.source = "100.0"
    return notebook


ALL_SHOWN = """from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.ast_node_interactivity = "all"
"""
SHOWN_NOTHING = """
get_ipython().ast_node_interactivity = "none"
"""
LOGS = """import logging
logging.basicConfig()
def value(d_real, d_fake):
    logging.warning("called")
    return np.log(d_real).mean() + np.log(1 - d_fake).mean()
"""
KILLED = """def value(d_real, d_fake):
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
"""


def the_class():
    """Student: notebook, and the points that belong to it; None for whoever has none yet."""
    full = solution()
    first = float(np.random.default_rng(0).uniform(0.3, 0.95, 70)[0])
    half = "def best_discriminator(p_data, p_g):\n    return p_data / (p_data + p_g)"
    by_heart = BY_HEART.format(first=first)
    ends = new_code_cell("import os; os._exit(0)")
    return {
        "by_heart": (right(value_answer=by_heart), MOST - 1),
        # Shows what each line returns, the check with the values that students see first.
        "by_heart shown": (right(value_answer=ALL_SHOWN + by_heart), MOST - 1),
        "colab": (saved_by_colab(right()), MOST),
        "copied_cell": (with_a_copied_cell(right()), MOST),
        "correct": (right(open_answer="It bounds the divergence."), MOST),
        "edited": (edited_checks(answered()), 0),
        "empty": (answered(), 0),
        "hungry": (right(value_answer=HUNGRY), MOST - 2),
        "logging": (right(value_answer=LOGS), MOST),
        "looping": (right(value_answer=FOR_EVER), MOST - 2),
        # One point of three: where both densities are 0 it is NaN; the game is not touched.
        "partly": (right(best_answer=half), MOST - 1),
        "patched": (answered(value_answer=PATCHED), 0),
        "renamed": (right(), MOST),
        "stripped": (without_metadata(without_cells(right(), "setup")), MOST),
        # The kernel dies, in an answer, in a call of one, in a cell of one's own; or is mute.
        "Smith, John (2)": (with_cell(right(), "best-task", ends), None),
        "c++ [x]": (right(value_answer="exit()\n" + full["value_answer"]), None),
        "killed": (right(best_answer=KILLED.replace("value", "best_discriminator")), None),
        "silent": (right(slopes_answer=full["slopes_answer"] + SHOWN_NOTHING), 9),
    }


def handed_in_oddly():
    """Student: files, and the points that belong to them."""
    reads = 'ONE = float(open("one.txt").read())\n' + solution()["value_answer"] + "\n"
    reads = reads.replace("np.log(d_real)", "ONE * np.log(d_real)")
    own = new_markdown_cell("It bounds.", id="own")
    text = nbformat.writes(with_cell(right(value_answer=reads), "end", own))
    bare = json.loads(nbformat.writes(right()))  # as programs write that leave out what is empty
    for cell in bare["cells"]:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    half = nbformat.writes(right()).replace("# 02", "# 02 \\ud83d", 1)  # half of an emoji
    other = (ROOT / "exercises" / "01-generative-models").glob("*.ipynb")
    return {
        "bare": ({f"{NAME}.ipynb": json.dumps(bare).encode()}, MOST),
        "surrogate": ({f"{NAME}.ipynb": half.encode()}, None),
        "broken": ({f"{NAME}.ipynb": b"{not a notebook"}, None),
        # In UTF-16, as text, with what macOS writes beside it, and a file that an answer reads.
        "marked": (
            {"a.ipynb.txt": text.encode("utf-16"), "._a.ipynb": b"\0\5\26\7", "one.txt": b"1.0"},
            MOST,
        ),
        "nothing": ({"answers.docx": b"PK"}, None),
        "other": ({"a.ipynb": next(other).read_bytes()}, None),
        "two": ({"a.ipynb": text.encode(), "b.ipynb": text.encode()}, None),
    }


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course's folder after grading, and what was printed."""
    root = make_course(tmp_path_factory.mktemp("course") / "GANs [2026], spring")
    for student, (notebook, _) in the_class().items():
        folder = hand_in(root, student, notebook)
        if student == "renamed":
            (folder / f"{NAME}.ipynb").rename(folder / f"Copy of {NAME}.ipynb")
    for student, (files, _) in handed_in_oddly().items():
        hand_in(root, student, files)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as said:
        patch.setenv("GANLIB_CHECK_SECONDS", "10")
        patch.setenv("GANLIB_BUDGET", "smoke")
        code = grade(NAME, root)
    return root, code, said.getvalue()


def table(root):
    """grades.csv as a spreadsheet reads it, by student."""
    with open(root / "grades.csv", newline="", encoding="utf-8-sig") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


pytestmark = pytest.mark.slow


def test_everybody_gets_the_points_of_their_answers(graded):
    root, code, _ = graded
    log = (root / "grading.log").read_text()
    scores = {
        student: float(row["raw_score"]) if row["raw_score"] else None
        for student, row in table(root).items()
    }
    wanted = {who: points for who, (_, points) in (the_class() | handed_in_oddly()).items()}
    assert scores == wanted, log[-3000:]
    assert code == 1  # not all could be graded


def test_nothing_is_silent(graded):
    _, _, said = graded
    lines = lines_of(said)
    assert "was renamed" in lines["renamed"]
    assert "cannot be read as a notebook" in lines["broken"]
    assert "cannot be read as a notebook" in lines["surrogate"]
    assert "no notebook was handed in" in lines["nothing"]
    assert "there is answers.docx" in lines["nothing"]
    assert "were lost, and restored" in lines["stripped"]
    assert "the cell setup was missing, and put back" in lines["stripped"]
    assert "the last one counts" in lines["copied_cell"]
    assert "open tasks" in lines["correct"]
    assert "read as UTF-16" in lines["marked"]
    assert "stood beside it, and was moved there" in lines["marked"]
    assert "it is exercise 01-generative-models" in lines["other"]
    assert "which notebook counts?" in lines["two"]


def test_a_dead_kernel_is_not_a_zero(graded):
    """The task where it died waits for a person, who sees the points of all others."""
    root, _, said = graded
    lines, rows, scores = lines_of(said), table(root), gradebook.scores(NAME, root)
    for student, cell, task, points in (
        ("Smith, John (2)", "8 (import os; os._exit(0)): exit code 0", "best", MOST),
        ("c++ [x]", "value-answer: exit() or quit()", "value", MOST - 2),
        ("killed", "best: SIGKILL", "best", None),
    ):
        status = rows[student]["status"]
        assert status.startswith(f"not graded: the kernel died in cell {cell}")
        assert status in lines[student]
        assert task in scores[student].waiting
        assert rows[student]["score"] == rows[student]["raw_score"] == ""
        if points is not None:
            assert scores[student].points == points
    # What failed for want of a name that a cell which was left out defines is not counted as wrong.
    assert "decide on best" in rows["killed"]["status"]
    page = (root / "feedback" / "c++ [x]" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "The process that ran this notebook ended in this cell" in page


def test_a_check_that_shows_no_number_is_not_full_marks(graded):
    root, _, _ = graded
    score = gradebook.scores(NAME, root)["silent"]
    assert score.points == 2 + 3 + 4
    assert {"slopes", "points"} <= set(score.waiting)


def test_what_was_handed_in_stays_as_it_was(graded):
    root, _, _ = graded
    for student, (files, _) in handed_in_oddly().items():
        folder = root / "submitted" / student / NAME
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert (root / "submitted" / "renamed" / NAME / f"Copy of {NAME}.ipynb").exists()


def test_the_exercise_stays_as_it_was(graded):
    root, _, _ = graded
    made = (root / "exercises" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    assert made == nbformat.writes(exercise()) + "\n"


def test_every_graded_student_gets_feedback_with_the_words_of_the_checks(graded):
    root, _, _ = graded
    pages = {path.parent.parent.name: path for path in (root / "feedback").glob("*/*/*")}
    assert set(pages) == {*the_class(), "marked", "bare"}
    assert {path.suffix for path in pages.values()} == {".html"}
    assert "Is there a loop that never ends" in pages["looping"].read_text(encoding="utf-8")
    assert "MemoryError" in pages["hungry"].read_text(encoding="utf-8")


def test_the_open_question_waits_for_a_reader(graded):
    root, _, _ = graded
    score = gradebook.scores(NAME, root)["correct"]
    assert (score.points, score.most, score.pending) == (MOST, MOST + OPEN, OPEN)
    assert score.waiting == ["open-answer"]
    row = table(root)["correct"]
    assert (row["pending"], row["status"]) == ("4.0", "a person has to grade open-answer")
    assert gradebook.scores(NAME, root)["empty"].waiting == []  # no answer: nothing to read


def test_who_was_graded_is_left_alone(graded, capsys):
    root, _, _ = graded
    before = table(root)
    times = {path: path.stat().st_mtime_ns for path in (root / "autograded").rglob("*.ipynb")}
    grade(NAME, root)
    assert table(root) == before
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert "Feedback that is new or has changed: none." in capsys.readouterr().out


def test_whoever_an_interruption_left_out_is_graded_the_next_time(graded, monkeypatch):
    root, _, _ = graded
    entries = record.load(NAME, root)
    entries["correct"].reason = "the process that graded it was ended; grade again"
    record.save(NAME, entries, root)
    reached = []

    def run(name, waiting, root, log):
        reached.extend(student for student, _, _ in waiting)
        for student, _, digest in waiting:
            yield student, Entry(digest=digest, checks=grading.checks_hash(name))

    monkeypatch.setattr(grading, "_run", run)
    grade(NAME, root)
    assert reached == ["correct"]
    monkeypatch.setattr(grading, "_run", lambda *_: iter(()))  # ended before the first was done
    grade(NAME, root, force=True)
    monkeypatch.setattr(grading, "_run", run)
    reached.clear()
    grade(NAME, root)
    assert set(reached) >= {"correct", "renamed", "marked"}


@pytest.mark.parametrize("number", ["02", "2", NAME, "02-minimax", f"exercises/{NAME}/"])
def test_an_exercise_is_found_by_its_number_or_name(number):
    assert name_of(number) == NAME


@pytest.mark.parametrize("number", ["0", "99", "", "minimax"])
def test_a_number_without_an_exercise_is_told(number):
    assert name_of(number) is None
