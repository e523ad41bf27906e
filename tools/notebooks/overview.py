"""The table of exercises in INSTRUCTORS.md, made from the exercises themselves."""

import re
from pathlib import Path

import nbformat
from nbgrader.utils import is_grade, is_solution

from tools import ROOT

__all__ = ["table", "with_table", "write"]

HEADER = "| exercise | minutes | points | of these by hand |\n|---|---|---|---|\n"
TABLE = re.compile(re.escape(HEADER) + r"(?:\|.*\n)*")
MINUTES = re.compile(r"^\| \*\*Time\*\* \| about (\d+) minutes", re.MULTILINE)


def table(solutions: list[Path]) -> str:
    """A line for each exercise: minutes from the table at its top, points from its cells."""
    lines = []
    for path in solutions:
        cells = nbformat.read(path, 4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        minutes = ", ".join(MINUTES.findall(text))
        graded = [cell for cell in cells if is_grade(cell)]
        points = sum(cell.metadata.nbgrader.points for cell in graded)
        by_hand = sum(cell.metadata.nbgrader.points for cell in graded if is_solution(cell))
        link = f"[{path.stem[:2]}](exercises/{path.stem}/{path.name})"
        lines.append(f"| {link} | {minutes} | {points:g} | {by_hand:g} |\n")
    return HEADER + "".join(lines)


def with_table(text: str, solutions: list[Path]) -> str:
    """INSTRUCTORS.md as it should be."""
    return TABLE.sub(lambda _: table(solutions), text, count=1)


def write(solutions: list[Path], path: Path = ROOT / "INSTRUCTORS.md") -> None:
    """Puts the table as it is now into INSTRUCTORS.md."""
    text = path.read_text(encoding="utf-8")
    if with_table(text, solutions) != text:
        path.write_text(with_table(text, solutions), encoding="utf-8")
        print(path.name)
