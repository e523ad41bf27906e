"""Points given by hand stay, whatever is graded again; a changed exercise is never graded half."""

import contextlib
import csv
import io
import shutil

import nbformat
import pytest
from course_folder import MOST, NAME, OPEN, hand_in, make_course, right
from nbformat.v4 import new_code_cell

from tools.notebooks.inputs import INSTALL
from tools.teaching import grade as grading
from tools.teaching import gradebook, record
from tools.teaching.grade import grade
from tools.teaching.record import Entry

pytestmark = pytest.mark.slow
ESSAY = "It bounds the divergence from below, on fresh data."


def graded(root, **options):
    """The exit code of grading, and what it said."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = grade(NAME, root, **options)
    return code, said.getvalue()


def give_by_hand(root, student, points, comment):
    """What the formgrader stores when a person fills in the field and the comment."""
    with gradebook.opened(root) as opened:
        grade = opened.find_grade("open-answer", NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        opened.find_comment("open-answer", NAME, NAME, student).manual_comment = comment
        opened.db.commit()


def row(root, student="ana"):
    with open(root / "grades.csv", newline="", encoding="utf-8-sig") as file:
        return next(row for row in csv.DictReader(file) if row["student_id"] == student)


def page(root, student="ana"):
    return (root / "feedback" / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")


def edited(root, change):
    """Changes the cells of the exercise's source."""
    path = root / "solutions" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, 4)
    change(notebook)
    nbformat.write(notebook, path)


def add_a_task(notebook):
    """A task of its own kind, graded by a plain assertion as nbgrader's documents do it."""
    place = next(n for n, cell in enumerate(notebook.cells) if cell.id == "open-task")
    about = {"schema_version": 3, "task": False}
    notebook.cells[place:place] = [
        new_code_cell(
            "def twice(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
            id="twice-answer",
            metadata={
                "nbgrader": about
                | {"grade": False, "solution": True, "locked": False, "grade_id": "twice-answer"}
            },
        ),
        new_code_cell(
            "assert twice(2) == 4",
            id="twice",
            metadata={
                "nbgrader": about
                | {
                    "grade": True,
                    "solution": False,
                    "locked": True,
                    "points": 2,
                    "grade_id": "twice",
                }
            },
        ),
    ]


def take_away(notebook):
    notebook.cells = [cell for cell in notebook.cells if cell.id not in ("slopes", "slopes-answer")]


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """A course in which one student was graded by machine and by hand."""
    root = make_course(tmp_path_factory.mktemp("changes"))
    hand_in(root, "ana", right(open_answer=ESSAY))
    code, _ = graded(root)
    assert code == 0
    first = page(root)
    give_by_hand(root, "ana", 3, "Say more about **fresh** data.")
    return root, first


def test_what_is_given_by_hand_reaches_table_and_feedback_without_grading_again(term):
    root, first = term
    assert "not graded yet" in first
    assert "4.0 are still to be given by a person" in first
    before = (root / "autograded" / "ana" / NAME / f"{NAME}.ipynb").stat().st_mtime_ns
    code, said = graded(root)
    assert (code, row(root)["score"], row(root)["pending"]) == (0, str(MOST + 3.0), "0.0")
    assert row(root)["status"] == "graded"
    assert "Feedback that is new or has changed: ana." in said
    assert "not graded yet" not in page(root)
    assert "Say more about <strong>fresh</strong> data." in page(root)
    assert (root / "autograded" / "ana" / NAME / f"{NAME}.ipynb").stat().st_mtime_ns == before


def test_grading_again_keeps_it_and_asks_again_only_for_another_answer(term):
    root, _ = term
    code, _ = graded(root, force=True)
    assert (code, row(root)["score"], row(root)["status"]) == (0, str(MOST + 3.0), "graded")
    hand_in(root, "ana", right(open_answer=ESSAY + " And there is more."))
    code, said = graded(root)
    assert "handed in again" in said
    assert row(root)["status"] == "a person has to grade open-answer"
    assert row(root)["score"] == str(MOST + 3.0)  # until then, what was given before
    give_by_hand(root, "ana", 4, "Better.")
    graded(root)
    assert (row(root)["score"], row(root)["pending"]) == (str(MOST + 4.0), "0.0")


def test_a_time_and_a_date_that_are_taken_away_cost_nothing_any_more(term):
    root, _ = term
    stamp = root / "submitted" / "ana" / NAME / "timestamp.txt"
    rules = root / "class.toml"
    stamp.write_text("2027-03-03 09:00:00 UTC")
    rules.write_text('late = 0.1\n[due]\n"02" = 2027-03-01T12:00:00Z\n')
    before = float(row(root)["score"])
    graded(root)
    assert float(row(root)["score"]) == pytest.approx(0.8 * before)
    stamp.unlink()
    graded(root)
    assert (float(row(root)["score"]), row(root)["timestamp"]) == (before, "")
    stamp.write_text("2027-03-03 09:00:00 UTC")
    rules.write_text("late = 0.1\n")
    graded(root)
    assert (float(row(root)["score"]), row(root)["duedate"]) == (before, "")
    stamp.unlink()
    rules.unlink()
    graded(root)


def test_another_tag_is_no_change_of_the_exercise(term):
    root, _ = term
    solution = root / "solutions" / NAME / f"{NAME}.ipynb"
    kept = solution.read_bytes()

    def other_tag(notebook):
        setup = next(cell for cell in notebook.cells if cell.id == "setup")
        install = INSTALL.search(setup.source)[0]
        other = install[: install.index("git+")] + 'git+https://github.com/a/b@v2"'
        setup.source = setup.source.replace(install, other)

    edited(root, other_tag)
    code, said = graded(root)
    solution.write_bytes(kept)
    assert (code, "cells were" in said) == (0, False), said


def test_after_a_change_nothing_is_graded_until_it_is_said_how(term):
    root, _ = term
    exercise = root / "exercises" / NAME / f"{NAME}.ipynb"
    solution = root / "solutions" / NAME / f"{NAME}.ipynb"
    kept, made, before = solution.read_bytes(), exercise.read_bytes(), row(root)

    def other_points(notebook):
        next(c for c in notebook.cells if c.id == "jsd").metadata.nbgrader.points = 5

    try:
        edited(root, other_points)
        hand_in(root, "ben", right())
        code, said = graded(root)
        assert code == 1
        assert "cells were changed: jsd." in said
        assert "ARGS=--force" in said
        assert set(gradebook.scores(NAME, root)) == {"ana"}
    finally:
        solution.write_bytes(kept)
        shutil.rmtree(root / "submitted" / "ben")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading, "checks_hash", lambda name: "of other checks")
        code, said = graded(root)
    assert (code, "its checks in ganlib/checks have changed" in said) == (1, True)
    assert "ARGS=--force" in said
    entries = record.load(NAME, root)
    record.save(NAME, entries | {"me": Entry(digest="x", checks="of other checks")}, root)
    assert graded(root)[0] == 0  # whose folder was taken away does not stop the others
    record.save(NAME, entries, root)

    edited(root, add_a_task)
    edited(root, take_away)
    for options in ({}, {"force": True}):
        code, said = graded(root, **options)
        assert code == 1
        assert "cells were added: twice-answer, twice; taken away: slopes, slopes-answer" in said
        assert "ARGS=--rebuild" in said
    assert row(root) == before
    assert exercise.read_bytes() == made  # never deleted, never half made


def test_a_gradebook_made_anew_keeps_points_and_comments_given_by_hand(term):
    root, _ = term
    hand_in(root, "ben", {"a.ipynb": b"no notebook"})
    code, said = graded(root, rebuild=True)
    assert code == 1  # for ben
    assert "The gradebook as it was is gradebook-" in said
    assert len(list(root.glob("gradebook-*.db"))) == 1
    score = gradebook.scores(NAME, root)["ana"]
    assert (score.points, score.most) == (
        MOST - 3 + 4,
        MOST - 3 + 2 + OPEN,
    )  # twice is not answered
    assert row(root)["status"] == "graded"
    assert "Better." in page(root)
    assert row(root, "ben")["score"] == ""
    assert row(root, "ben")["status"].startswith("not graded: a.ipynb cannot be read")
    code, said = graded(root)
    assert "cells were" not in said
