"""Fills the grades of an exercise into a platform's own table, to be uploaded there again.

python tools/course.py fill 02 table.csv                the grades
python tools/course.py fill 02 table.csv archive.zip    the pages of feedback too

The table is what the platform gives out: Moodle's grading worksheet, or Canvas's gradebook export;
the archive that with all hand-ins.
"""

import argparse
import csv
import re
import sys
from pathlib import Path

from tools import ROOT
from tools.teaching import gradebook, grades_csv, pages_back, record, worksheet
from tools.teaching.archives import NotAnArchive
from tools.teaching.grade import name_of, no_such_exercise
from tools.teaching.worksheet import IDENTIFIER, TableError, number_of
from tools.teaching.worksheet import column as column_of

__all__ = ["TableError", "fill", "main"]

MOODLE = (IDENTIFIER, "Grade", "Maximum grade")
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def fill(name: str, table: Path, column: str = "", root: Path = ROOT) -> tuple[Path, list[str]]:
    """Writes a copy of a platform's table with the grades of an exercise.

    Only final grades are filled in: not those of students whose tasks wait for a person, or who
    could not be graded.

    Args:
        name: of the exercise, ``NN-name``.
        table: from Moodle or Canvas.
        column: the one to fill, where Canvas has several that could be meant.
        root: the course's folder.

    Returns:
        The copy, beside ``grades.csv``, and sentences on whoever is not in it.

    Raises:
        TableError: it is another table, or its points are others than the exercise's.
    """
    rows, dialect = worksheet.read(table)
    header = list(rows[0]) if rows else []
    final, told, most = _final_grades(name, root)
    moodle = [column_of(header, title) for title in MOODLE]
    if None not in moodle:
        filled = _moodle(rows, moodle, final, most)
    elif {"Student", "ID"} <= set(header):
        column = column or _canvas_column(header, name)
        if column not in header:
            raise TableError(f"{table.name} has no column {column!r}.")
        filled = _canvas(rows, column, final, most)
        header = [each for each in CANVAS if each in header] + [column]
        rows = [{key: row[key] for key in header} for row in rows]
    else:
        raise TableError(
            f"{table.name} is neither Moodle's grading worksheet ({', '.join(MOODLE)}: set Moodle "
            "to English first) nor Canvas's gradebook (Student, ID)."
        )
    told += [f"{student} is not in {table.name}" for student in sorted(set(final) - filled)]
    path = root / f"grades-{name[:2]}-for-upload.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, dialect=dialect, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path, told


def _final_grades(name: str, root: Path) -> tuple[dict[str, float], list[str], float]:
    """Everybody's grade that will not change, sentences on the others, and the most points."""
    scores, entries = gradebook.scores(name, root), record.load(name, root)
    final, told, most = {}, [], 0.0
    for student in sorted({*scores, *entries}):
        score, entry = scores.get(student), entries.get(student)
        most = score.most if score else most
        status = grades_csv.status_of(score, entry)
        if score and status == "graded":
            final[student] = max(0.0, score.points - score.penalty)
        else:
            told.append(f"{student} was left out: {status}")
    return final, told, most


def _find(final: dict[str, float], number: str, called: str, *names: str) -> str | None:
    """The student with this number of the platform's who may be called so, or with these names."""
    if number:
        # Canvas gives students without names other numbers than those in its table.
        numbered = [each for each in final if "_" in each and not each.startswith("anon_")]
        same = [each for each in numbered if number_of(each) == number]
        if len(same) == 1 and _may_be(same[0], called):
            return same[0]
    return next((each for each in (*names, called) if each in final), None)


def _may_be(student: str, called: str) -> bool:
    """False if a number is that of somebody else: of a group, or of another course's student."""
    words = [word for word in re.findall(r"\w+", called.casefold()) if len(word) > 1]
    name = student.casefold()
    return not words or name.startswith("participant") or any(word in name for word in words)


def _moodle(
    rows: list[dict[str, str]], columns: list[str], final: dict[str, float], most: float
) -> set[str]:
    """Fills in Moodle's worksheet, in place; the students who are in it."""
    filled = set()
    identifier, grade, maximum_grade = columns
    for row in rows:
        maximum = row[maximum_grade].replace(",", ".")
        names = (row.get("Full name", ""), row.get("Email address", ""), row.get("Username", ""))
        student = _find(final, number_of(row[identifier]), *names)
        if student is None:
            continue
        if maximum and float(maximum) != most:
            raise TableError(
                f"Moodle's maximum grade is {maximum}, but the exercise has {most:g} points. Set "
                f"it to {most:g} in the assignment's settings, and get the worksheet again."
            )
        row[grade] = f"{final[student]:.2f}"
        filled.add(student)
    return filled


def _canvas_column(header: list[str], name: str) -> str:
    """The column that must be meant: the one with the exercise's number in its title."""
    number = re.compile(rf"(?<!\d)0?{int(name[:2])}(?!\d)")
    titles = {each: re.sub(r"\s*\(\d+\)\s*$", "", each) for each in header}
    columns = [each for each in header if titles[each] != each and number.search(titles[each])]
    if len(columns) != 1:
        shown = ", ".join(repr(each) for each in columns or header)
        raise TableError(f"Which column is exercise {name[:2]}? Name it with --column: {shown}.")
    return columns[0]


def _canvas(
    rows: list[dict[str, str]], column: str, final: dict[str, float], most: float
) -> set[str]:
    """Fills in one column of Canvas's table, in place; the students who are in it."""
    filled = set()
    for row in rows:
        if row["Student"].strip() == "Points Possible":
            possible = row[column].strip()
            if possible and float(possible) != most:
                raise TableError(
                    f"{column} has {possible} points in Canvas, but the exercise has {most:g}. Set "
                    f"it to {most:g} there, and export the gradebook again."
                )
            continue
        names = (row["Student"], row.get("SIS Login ID", ""), row.get("SIS User ID", ""))
        student = _find(final, row["ID"].strip(), *names)
        if student is not None:
            row[column] = f"{final[student]:.2f}"
            filled.add(student)
    return filled


def main(arguments: list[str]) -> int:
    """Fills in the table that is named."""
    parser = argparse.ArgumentParser(prog="python tools/course.py fill", description=__doc__)
    parser.add_argument("number", help="of the exercise, such as 02")
    parser.add_argument(
        "files", nargs="+", type=Path, help="the platform's table (.csv), and its archive (.zip)"
    )
    parser.add_argument("--column", default="", help="Canvas's column, if several could be meant")
    options = parser.parse_args(arguments)
    name = name_of(options.number)
    if name is None:
        return no_such_exercise(options.number)
    given = [path.expanduser() for path in options.files]
    tables = [path for path in given if path.suffix.lower() != ".zip"]
    if len(tables) > 1:
        print(f"One table at a time: {', '.join(path.name for path in tables)}.", file=sys.stderr)
        return 1
    written, told = [], []
    try:
        for path in given:
            if path in tables:
                result = fill(name, path, options.column)
            else:
                result = pages_back.pack(name, path)
            written.append(result[0].name)
            told += result[1]
    except (TableError, NotAnArchive, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    for each in told:
        print(each)
    print(f"To be uploaded: {', '.join(written)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
