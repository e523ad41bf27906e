"""The table of all grades, ``grades.csv``: a line for each student and exercise."""

import csv
import re
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin

from ganlib.support import files
from tools import ROOT
from tools.teaching import gradebook, record
from tools.teaching.gradebook import Score
from tools.teaching.record import Entry

__all__ = ["COLUMNS", "Export", "status_of", "write"]

# nbgrader's columns, then three of ours.
COLUMNS = (
    "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,"
    "late_submission_penalty,score,max_score,pending,status,name"
).split(",")


def name_of(student: str) -> str:
    """A student's name without the platform's number; Moodle's is another for each assignment.

    >>> name_of("Ana Lopez_12345"), name_of("ana")
    ('Ana Lopez', 'ana')
    """
    return re.sub(r"_\d+$", "", student)


def status_of(score: Score | None, entry: Entry | None) -> str:
    """What a grade is worth: "graded", "not graded: …", or what it waits for."""
    if entry and entry.reason:
        return f"not graded: {entry.reason}"
    if score is None:
        return "nothing handed in"
    if entry and entry.died and set(entry.undecided) & set(score.waiting):
        open_ones = sorted(set(entry.undecided) & set(score.waiting))
        rest = f"{score.points:g} points so far; decide on {', '.join(open_ones)}"
        return f"not graded: {'; '.join(entry.died)}; {rest}"
    if score.waiting:
        return f"a person has to grade {', '.join(score.waiting)}"
    return "graded"


def write(root: Path = ROOT) -> Path:
    """Writes ``grades.csv``, also where somebody could not be graded; the file."""
    with gradebook.opened(root) as opened:
        people = {
            student.id: (student.last_name, student.first_name, student.email)
            for student in opened.students
        }
        due = {assignment.name: assignment.duedate for assignment in opened.assignments}
        most = {assignment.name: assignment.max_score for assignment in opened.assignments}
    lines = []
    for name in sorted({*due, *record.names(root)}):
        scores, entries = gradebook.scores(name, root), record.load(name, root)
        here = {name_of(student) for student in {*scores, *entries}}
        for student in sorted({*people, *entries}):
            score, entry = scores.get(student), entries.get(student)
            if score is None and entry is None:
                if name_of(student) in here:  # the same person, by the number of another exercise
                    continue
                here.add(name_of(student))
            status = status_of(score, entry)
            last, first, email = people.get(student, ("", "", ""))
            line = {
                "assignment": name,
                "duedate": due.get(name),
                "student_id": student,
                "last_name": last,
                "first_name": first,
                "email": email,
                "max_score": most.get(name),
                "status": status,
                "name": name_of(student),
            }
            if score:
                line |= {"timestamp": score.timestamp, "pending": score.pending}
            # An empty field is no 0: whoever could not be graded has no score yet.
            if score and not status.startswith("not graded"):
                line |= {
                    "raw_score": score.points,
                    "late_submission_penalty": score.penalty,
                    "score": max(0.0, score.points - score.penalty),
                }
            lines.append(line)
    path = root / "grades.csv"
    # With a mark at the beginning, by which Excel knows that names are in UTF-8.
    with files.replacing(path) as [unfinished]:
        with open(unfinished, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows(lines)
    return path


class Export(ExportPlugin):
    """The same table for ``nbgrader export``."""

    def export(self, gradebook: Gradebook) -> None:
        """Writes the course's ``grades.csv``."""
        write(Path(gradebook.engine.url.database).parent)
