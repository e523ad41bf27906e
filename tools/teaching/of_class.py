"""Gives a class numbers of its own, makes its exercises, and the answers for whoever grades.

python tools/course.py class 7              class 7, hidden tests with a seed drawn once
python tools/course.py class 7 --seed 123   the same with this seed
python tools/course.py class                what is set now
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.utils import is_grade

from tools import ROOT
from tools.notebooks import exercises
from tools.notebooks.run_lessons import PATIENT
from tools.teaching import class_file

__all__ = ["answers", "main", "write_answers"]

SHOW = """for _key, _value in ({answer}()).items():
    print(f"{{_key}}: {{_value:.6g}}" if isinstance(_value, float) else f"{{_key}}: {{_value}}")"""


def answers(solution: Path, number: int) -> list[tuple[str, str, str]]:
    """The answers of a class to an exercise's tasks that depend on its number.

    Args:
        solution: the notebook.
        number: of the class.

    Returns:
        For each such task its name, what the cell with the number shows, and the right answers.

    Raises:
        RuntimeError: the solution does not earn all points with this number.
    """
    notebook = nbformat.read(solution, 4)
    exercises.ClassNumber(number=number).preprocess(notebook, {})
    cells, tasks, given = [], [], None
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if exercises.CLASS.search(cell.source):
            given = cell
        of_class = re.match(r"checks\.\w+\((\w+), seed=CLASS\)", cell.source)
        if is_grade(cell) and not of_class:
            continue
        cells.append(cell)
        if of_class:
            shown = new_code_cell(SHOW.format(answer=of_class[1]))
            cells.append(shown)
            tasks.append((of_class[1], given, cell, shown))
    if not tasks:
        return []
    notebook.cells = cells
    place = {"metadata": {"path": str(ROOT)}}
    client = NotebookClient(notebook, timeout=300, **PATIENT, resources=place)
    client.execute(stderr=subprocess.DEVNULL)  # a kernel's own warnings help nobody here
    right_answers = []
    for name, given, check, shown in tasks:
        points, most = _value(check), check.metadata.nbgrader.points
        if points != most:
            raise RuntimeError(
                f"{solution.name}: {name} earns {points} of {most} as class {number}"
            )
        right_answers.append((name, _printed(given), _printed(shown)))
    return right_answers


def _printed(cell: NotebookNode) -> str:
    return "".join(
        output.text for output in cell.outputs if output.output_type == "stream"
    ).rstrip()


def _value(cell: NotebookNode) -> float | None:
    values = [output.data["text/plain"] for output in cell.outputs if "data" in output]
    return float(values[-1]) if values else None


def write_answers(number: int, root: Path = ROOT) -> Path:
    """Writes the answers of a class, as Markdown, into ``build/``; the file."""
    path = root / "build" / f"answers-of-class-{number}.md"
    lines = [
        f"# Answers of class {number}",
        "",
        "For whoever grades: the tasks whose numbers depend on the class. The reasons are in the "
        "solutions, with the numbers of class 0.",
    ]
    for solution in exercises.sources(root):
        for name, given, right in answers(solution, number):
            lines += ["", f"## {solution.stem[:2]} · {name}", ""]
            lines += ["Given:", "", "```", given, "```", "", "Right:", "", "```", right, "```"]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def left_of_another_class(
    before: class_file.ClassFile, now: class_file.ClassFile, root: Path = ROOT
) -> list[str]:
    """What a class that had another number has left in the course's folder."""
    if before.number == now.number:
        return []
    names = ("submitted", "autograded", "feedback", "grading", "gradebook.db")
    dates = [f"the dates in {class_file.NAME}"] if now.due else []
    return [name for name in names if (root / name).exists()] + dates


def main(arguments: list[str]) -> int:
    """Sets the class, makes its exercises and its answers."""
    parser = argparse.ArgumentParser(prog="python tools/course.py class", description=__doc__)
    parser.add_argument("number", nargs="?", type=int, help="of the class, 1 or more; 0 for none")
    parser.add_argument("--seed", type=int, help="of the hidden tests")
    options = parser.parse_args(arguments)
    try:
        if options.number is None:
            now = class_file.load()
            print(f"This is class {now.number}; the hidden tests have the seed {now.seed}.")
            return 0
        if options.number < 0 or (options.seed is not None and options.seed < 0):
            parser.error("the number and the seed must be 0 or more")
        before = class_file.load()
        now = class_file.set_number(options.number, options.seed)
    except class_file.ClassFileError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{class_file.NAME}: class {now.number}, hidden tests with the seed {now.seed}.")
    left = left_of_another_class(before, now)
    if left:
        print(
            f"Left over from class {before.number}: {', '.join(left)}. For another year begin "
            "in a new clone, or put these away first; see *Next year* in INSTRUCTORS.md."
        )
    exercises.main([])
    print("Working out the answers takes a minute ...", flush=True)
    try:
        path = write_answers(now.number)
    except (RuntimeError, CellExecutionError) as problem:
        print(f"The answers could not be made: {problem}", file=sys.stderr)
        return 1
    print(f"The answers of this class are in {path.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
