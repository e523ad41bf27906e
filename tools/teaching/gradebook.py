"""What nbgrader's gradebook holds of an exercise: cells, scores, what was given by hand."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from traitlets.config import Config

from tools.notebooks import exercises
from tools.notebooks.inputs import INSTALL

__all__ = [
    "ByHand",
    "Score",
    "apply_by_hand",
    "by_hand",
    "changes",
    "forget",
    "is_registered",
    "marks",
    "opened",
    "register",
    "remove",
    "saved_copy",
    "scores",
]

COURSE = "gan-course"


def database(root: Path) -> str:
    """The address of the gradebook, as nbgrader wants it."""
    return f"sqlite:///{root / 'gradebook.db'}"


@contextmanager
def opened(root: Path) -> Iterator[Gradebook]:
    """The gradebook of a course's folder, closed at the end."""
    here = str(Path(sys.executable).parent)  # where nbgrader finds alembic, to make a new gradebook
    if here not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = here + os.pathsep + os.environ.get("PATH", "")
    with Gradebook(database(root), COURSE) as gradebook:
        yield gradebook


def is_registered(name: str, root: Path) -> bool:
    """True if the gradebook has this exercise."""
    if not (root / "gradebook.db").exists():
        return False
    with opened(root) as gradebook:
        try:
            gradebook.find_notebook(name, name)
        except MissingEntry:
            return False
    return True


def _source(name: str, root: Path) -> tuple[Path, Config]:
    """An exercise's solution, and how nbgrader is set up."""
    return root / "solutions" / name / f"{name}.ipynb", exercises.configuration(root)


def register(name: str, root: Path) -> None:
    """Stores the exercise's cells as its solution has them now; touches no file of the exercise.

    Raises:
        RuntimeError: there are submissions, and cells came or went; ``changes`` says which.
    """
    with opened(root) as gradebook:
        gradebook.update_or_create_assignment(name)
    exercises.after(exercises.SAVING, *_source(name, root), database(root))


def changes(name: str, root: Path) -> tuple[list[str], list[str], list[str]]:
    """Cells that the solution has and the gradebook lacks, the reverse, and those that differ in
    more than the lines that install the course.
    """
    solution = exercises.after(exercises.LOCKING, *_source(name, root))
    now = {
        cell.metadata.nbgrader.grade_id: (
            cell.cell_type,
            INSTALL.sub("", cell.source),
            float(cell.metadata.nbgrader.get("points", 0)),
        )
        for cell in solution.cells
        if "nbgrader" in cell.metadata
    }
    with opened(root) as gradebook:
        notebook = gradebook.find_notebook(name, name)
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        before = {
            cell.name: (
                cell.cell_type,
                INSTALL.sub("", cell.source),
                points.get(cell.name, 0.0),
            )
            for cell in notebook.source_cells
        }
    changed = [each for each in now if each in before and now[each] != before[each]]
    return [each for each in now if each not in before], sorted(set(before) - set(now)), changed


@dataclass
class Score:
    """What a student has for one exercise.

    Attributes:
        points: so far.
        most: that can be had.
        pending: the most that tasks still bring which wait for a person.
        waiting: the names of these tasks.
        penalty: taken off for handing in late.
        seconds_late: how late it was.
        timestamp: when it was handed in, in UTC, if that is known.
        due: the date until which it was due, in UTC, if there is one.
    """

    points: float
    most: float
    pending: float
    waiting: list[str]
    penalty: float = 0.0
    seconds_late: float = 0.0
    timestamp: datetime | None = None
    due: datetime | None = None


def scores(name: str, root: Path) -> dict[str, Score]:
    """Everybody's score in an exercise."""
    if not is_registered(name, root):
        return {}
    with opened(root) as gradebook:
        return {
            submission.student.id: _score(submission)
            for submission in gradebook.assignment_submissions(name)
        }


def _score(submission: Any) -> Score:
    waiting = [
        grade
        for notebook in submission.notebooks
        for grade in notebook.grades
        if grade.needs_manual_grade
    ]
    return Score(
        points=submission.score,
        most=submission.max_score,
        pending=sum((grade.max_score - grade.score for grade in waiting), 0.0),
        waiting=sorted(grade.name for grade in waiting),
        penalty=submission.late_submission_penalty,
        seconds_late=submission.total_seconds_late,
        timestamp=submission.timestamp,
        due=submission.assignment.duedate,
    )


def marks(name: str, root: Path) -> dict[str, list]:
    """All of an exercise that a page of feedback shows and a person may change, by student."""
    shown = {}
    with opened(root) as gradebook:
        for submission in gradebook.notebook_submissions(name, name):
            grades = [
                (each.name, each.score, each.needs_manual_grade) for each in submission.grades
            ]
            comments = [(each.name, each.comment) for each in submission.comments]
            penalty = submission.late_submission_penalty
            shown[submission.student.id] = [sorted(grades), sorted(comments, key=str), penalty]
    return shown


def forget(name: str, student: str, root: Path) -> None:
    """Takes out a submission that nbgrader entered and could not grade: it would read as 0."""
    with opened(root) as gradebook:
        try:
            gradebook.remove_submission(name, student)
        except MissingEntry:
            return


@dataclass
class ByHand:
    """What a person gave one student: points, extra points and comments, by grade_id."""

    points: dict[str, float] = field(default_factory=dict)
    extra: dict[str, float] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)


def by_hand(name: str, root: Path) -> dict[str, ByHand]:
    """What was given by hand in an exercise, by student."""
    everybody: dict[str, ByHand] = {}
    with opened(root) as gradebook:
        for submission in gradebook.notebook_submissions(name, name):
            given = ByHand()
            for grade in submission.grades:
                if grade.manual_score is not None:
                    given.points[grade.name] = grade.manual_score
                if grade.extra_credit is not None:
                    given.extra[grade.name] = grade.extra_credit
            for comment in submission.comments:
                if comment.manual_comment:
                    given.comments[comment.name] = comment.manual_comment
            if given != ByHand():
                everybody[submission.student.id] = given
    return everybody


def apply_by_hand(name: str, student: str, given: ByHand, root: Path) -> list[str]:
    """Gives a student again what was given by hand; says what has no place any more."""
    lost = []
    with opened(root) as gradebook:
        submission = gradebook.find_submission_notebook(name, name, student)
        grades = {grade.name: grade for grade in submission.grades}
        comments = {comment.name: comment for comment in submission.comments}
        for task, points in given.points.items():
            if task not in grades:
                lost.append(f"{points:g} points given by hand for {task}, which is gone")
                continue
            grades[task].manual_score = points
            grades[task].needs_manual_grade = False
            if points > grades[task].max_score:
                most = f"{grades[task].max_score:g}"
                lost.append(
                    f"{points:g} points given by hand for {task}, which has only {most} now"
                )
                grades[task].needs_manual_grade = True
        for task, points in given.extra.items():
            if task in grades:
                grades[task].extra_credit = points
            else:
                lost.append(f"{points:g} extra points for {task}, which is gone")
        for task, text in given.comments.items():
            if task in comments:
                comments[task].manual_comment = text
            else:
                lost.append(f"a comment on {task}, which is gone: {text}")
        gradebook.db.commit()
    return lost


def remove(name: str, root: Path) -> None:
    """Takes an exercise's cells and submissions out of the gradebook; its due date stays."""
    with opened(root) as gradebook:
        for submission in gradebook.assignment_submissions(name):
            gradebook.remove_submission(name, submission.student.id)
        gradebook.remove_notebook(name, name)


def saved_copy(root: Path) -> Path:
    """Copies the gradebook beside itself, with the time in the name; the copy."""
    copy = root / f"gradebook-{datetime.now():%Y-%m-%d-%H%M%S}.db"
    shutil.copy2(root / "gradebook.db", copy)
    return copy
