"""Grades what students handed in: tidies the submissions, runs nbgrader, and says how it went.

python tools/course.py grade 02            all students of submitted/STUDENT/02-…/
python tools/course.py grade 02 --force    also those who were graded before

Submissions are programs by strangers: INSTRUCTORS.md says how to run this shut off from the rest.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import nbformat

from tools.notebooks.exercises import sources
from tools.notebooks.inputs import ROOT

CELL = "nbgrader"


class NotReadable(Exception):
    """A file that is no notebook."""


def read(path: Path):
    """A student's notebook, in the present format."""
    try:
        return nbformat.read(path, 4)
    except Exception as problem:  # whatever a broken file makes the reader raise
        raise NotReadable(f"{path.name} cannot be read as a notebook: {problem}") from None


def grade_id(cell) -> str | None:
    return cell.metadata.get(CELL, {}).get("grade_id")


def first_line(cell) -> str:
    """What a cell of an exercise can be known by when its metadata are lost."""
    return (cell.source.strip().splitlines() or [""])[0].strip()


def mend(notebook, exercise) -> list[str]:
    """Repairs what editors and students do to the cells of an exercise; says what was done.

    Lost metadata come back by the first line of the cell. Of several cells with one id the last
    answer counts, as it does when the notebook is run; the others become plain cells.
    """
    done = []
    known = [grade_id(cell) for cell in notebook.cells]
    for wanted in exercise.cells:
        name = grade_id(wanted)
        if name is None or name in known:
            continue
        found = [
            cell
            for cell in notebook.cells
            if grade_id(cell) is None
            and cell.cell_type == wanted.cell_type
            and first_line(cell) == first_line(wanted)
        ]
        if found:
            found[-1].metadata[CELL] = wanted.metadata[CELL]
            done.append(f"the metadata of {name} were lost, and restored")
        else:
            done.append(f"the cell {name} is missing")
    for name in sorted({each for each in known if each and known.count(each) > 1}):
        copies = [cell for cell in notebook.cells if grade_id(cell) == name]
        for cell in copies[:-1]:
            del cell.metadata[CELL]
        done.append(f"the cell {name} was there {len(copies)} times; the last one counts")
    return done


def tidy(folder: Path, exercise_path: Path) -> list[str]:
    """Makes a student's folder what nbgrader expects: one notebook with the exercise's name."""
    wanted = folder / exercise_path.name
    notebooks = sorted(path for path in folder.glob("*.ipynb"))
    if not notebooks:
        return ["no notebook was handed in"]
    done = []
    if wanted not in notebooks:
        if len(notebooks) > 1:
            names = ", ".join(path.name for path in notebooks)
            return [f"which notebook counts? Rename one to {wanted.name}: {names}"]
        notebooks[0].rename(wanted)
        done.append(f"{notebooks[0].name} was renamed")
    others = [path.name for path in notebooks if path != wanted and path.exists()]
    if others:
        done.append(f"not looked at: {', '.join(others)}")
    try:
        notebook, exercise = read(wanted), nbformat.read(exercise_path, 4)
    except NotReadable as problem:
        wanted.rename(wanted.with_suffix(".unreadable"))
        return [*done, str(problem)]
    mended = mend(notebook, exercise)
    if mended:
        nbformat.write(notebook, wanted)
    return done + mended


def scores(name: str, root: Path) -> dict[str, tuple[float, float, bool]]:
    """Of each student: points, the most there are, and whether a task waits for a person."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "gan-course") as gradebook:
        return {
            each.student.id: (each.score, each.max_score, each.needs_manual_grade)
            for each in gradebook.assignment_submissions(name)
        }


def nbgrader(*arguments: str, root: Path) -> str:
    """Runs one of nbgrader's commands; returns what it logged."""
    environment = dict(os.environ)
    environment["PATH"] = (
        str(Path(sys.executable).parent) + os.pathsep + environment.get("PATH", "")
    )
    environment.setdefault("GANLIB_BUDGET", "smoke")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def grade(name: str, root: Path = ROOT, force: bool = False) -> int:
    """Tidies, grades, writes feedback/ and grades.csv, and prints a line for each student."""
    exercise_path = root / "exercises" / name / f"{name}.ipynb"
    folders = sorted(path for path in (root / "submitted").glob(f"*/{name}") if path.is_dir())
    if not folders:
        print(
            f"Nothing is in submitted/STUDENT/{name}/. Put each student's notebook there as "
            f"{name}.ipynb (any name will do if it is the only one)."
        )
        return 1
    said = {folder.parent.name: tidy(folder, exercise_path) for folder in folders}
    log = ""
    if force or not known(name, root):
        log += nbgrader("generate_assignment", name, "--force", root=root)
    options = ["--force"] if force else []
    log += nbgrader("autograde", name, *options, root=root)
    log += nbgrader("generate_feedback", name, *options, root=root)
    log += nbgrader("export", root=root)
    (root / "grading.log").write_text(log, encoding="utf-8")
    graded = scores(name, root)
    for student, problems in said.items():
        points = "not graded"
        if student in graded:
            score, most, by_hand = graded[student]
            points = f"{score:g} of {most:g}" + (" + open tasks" if by_hand else "")
        print(f"{student:20} {points:24} {'; '.join(problems)}".rstrip())
    missing = [student for student in said if student not in graded]
    print("The feedback is in feedback/, all grades in grades.csv, details in grading.log.")
    return 1 if missing else 0


def known(name: str, root: Path) -> bool:
    """True if the gradebook has this exercise."""
    from nbgrader.api import Gradebook, MissingEntry

    if not (root / "gradebook.db").exists():
        return False
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "gan-course") as gradebook:
        try:
            gradebook.find_notebook(name, name)
        except MissingEntry:
            return False
    return True


def main(arguments: list[str]) -> int:
    """Grades the exercise with this number."""
    parser = argparse.ArgumentParser(prog="python tools/course.py grade", description=__doc__)
    parser.add_argument("number", help="of the exercise, such as 02")
    parser.add_argument("--force", action="store_true", help="grade everybody again")
    options = parser.parse_args(arguments)
    names = [path.stem for path in sources() if path.stem.startswith(f"{options.number}-")]
    if len(names) != 1:
        there = ", ".join(path.stem[:2] for path in sources())
        print(f"There is no exercise {options.number}. There are: {there}.")
        return 1
    return grade(names[0], force=options.force)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
