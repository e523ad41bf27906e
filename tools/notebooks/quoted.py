"""The numbers of a lesson: those in bold in its prose are those that its cells check."""

import ast
import math
import re
from collections import Counter
from dataclasses import dataclass

from tools.notebooks import collapsed
from tools.notebooks.course_notebook import CourseNotebook, printed, where
from tools.notebooks.inputs import code_cells, plain_python, source_of

NUMBER = r"[-+−]?\d[\d,\u202f ]*(?:\.\d+)?(?:e[-+−]?\d+)?"
# A bold span that is a number: **0.83**, **0.83 ± 0.02**, **62 %**, **12 seconds**.
BOLD_NUMBER = re.compile(rf"({NUMBER})(?:\s*±\s*{NUMBER})?\s*(%|[^\W\d]+)?")


@dataclass(frozen=True)
class Check:
    """A number that a cell checks: in which words (None where they are put together), and what is
    expected (None where the cell has no plain number).
    """

    cell: dict
    what: str | None
    expected: float | None
    measured: bool


def _argument(call: ast.Call, place: int, name: str):
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[place] if place is not None and len(call.args) > place else None


def _in_table(row: ast.expr) -> tuple:
    """What a row of ``check_all`` is called and what it expects, if it is written out."""
    written_out = isinstance(row, ast.Tuple) and len(row.elts) == 4
    return (row.elts[0], row.elts[2]) if written_out else (None, None)


def _literal(node) -> float | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def checks(notebook: CourseNotebook) -> list[Check]:
    """All numbers that course.check and course.check_all check in the notebook."""
    found = []
    for cell in code_cells(notebook.content):
        for node in ast.walk(ast.parse(plain_python(source_of(cell)))):
            if not collapsed.is_check(node):
                continue
            on = _argument(node, None, "measured_on")
            measured = on is not None and not (isinstance(on, ast.Constant) and on.value is None)
            if ast.unparse(node.func) == "course.check":
                rows = [(_argument(node, None, "what"), _argument(node, 1, "expected"))]
            else:
                rows = [_in_table(row) for row in node.args]
            for what, expected in rows:
                words = what.value if isinstance(what, ast.Constant) else None
                found.append(Check(cell, words, _literal(expected), measured))
    return found


def bold_numbers(notebook: CourseNotebook) -> list[tuple[str, list[float]]]:
    """The numbers that the prose quotes in bold, and what they may mean (**62 %**: 62 or 0.62)."""
    quoted = []
    for span in re.findall(r"\*\*([^*\n]+?)\*\*", notebook.prose):
        match = BOLD_NUMBER.fullmatch(span.strip())
        if match:
            value = float(re.sub(r"[,\u202f ]", "", match[1]).replace("−", "-"))
            quoted.append((span, [value, value / 100] if match[2] == "%" else [value]))
    return quoted


def _same(left: float, right: float) -> bool:
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)


def numbers(notebook: CourseNotebook) -> list[str]:
    """Bold numbers in the prose and numbers in course.check are the same, and each saved check says
    ✓.
    """
    faults = []
    bold, made = bold_numbers(notebook), checks(notebook)
    for check in made:
        if check.measured and check.expected is None:
            faults.append(
                f"{where(notebook, check.cell)}: write what course.check expects as a plain number"
            )
        elif check.measured and not any(
            _same(check.expected, one) for _, values in bold for one in values
        ):
            faults.append(
                f"{where(notebook, check.cell)} checks {check.expected:g}; "
                "the prose must quote it in bold"
            )
    known = [check.expected for check in made if check.expected is not None]
    for span, values in bold:
        if not any(_same(one, other) for one in values for other in known):
            faults.append(f"the prose quotes **{span}**, but no course.check expects that number")
    return faults


def names_of_checks(notebook: CourseNotebook) -> list[str]:
    """No two checks say the same words, by which other machines' numbers are compared."""
    words = Counter(check.what for check in checks(notebook) if check.what is not None)
    return [f"{count} checks are called {what!r}" for what, count in words.items() if count > 1]


def ticks(notebook: CourseNotebook) -> list[str]:
    """The saved output of every check says ✓."""
    faults = []
    made = checks(notebook)
    for cell in code_cells(notebook.content):
        wanted = sum(check.cell is cell for check in made)
        seen = sum(
            line.startswith("✓")
            for output in cell["outputs"]
            for line in printed(output).splitlines()
        )
        if seen < wanted:
            faults.append(
                f"{where(notebook, cell)} has {wanted} checks, but its saved output only {seen} ✓"
            )
    return faults
