"""The cells whose code is folded away: those that check the text's numbers, those that only draw.

Both run like any other cell and show what they print or draw. Readers see the code that teaches,
and unfold the rest if they wish: in JupyterLab, in Colab and on the reading site.
"""

import ast

from tools.notebooks.course_notebook import CourseNotebook, shows, where
from tools.notebooks.inputs import code_cells, plain_python, source_of

__all__ = [
    "IMAGE",
    "TITLES",
    "check_cells",
    "checks_numbers",
    "collapsed_cells",
    "is_check",
    "is_collapsed",
    "metadata",
    "only_draws",
]

IMAGE = "image/png"
# The first line of such a cell, which Colab shows in place of its code.
TITLES = {"check": "# @title Check the numbers", "plot": "# @title Draw the figure"}


def kind(cell: dict) -> str:
    """``"check"``, ``"plot"``, or nothing for a cell that everybody reads."""
    tags = cell["metadata"].get("tags", [])
    return next((name for name in TITLES if name in tags), "")


def is_collapsed(cell: dict) -> bool:
    """Whether this is a code cell whose code is folded away."""
    return cell["cell_type"] == "code" and bool(kind(cell))


def checks_numbers(cell: dict) -> bool:
    """Whether this is a code cell of checks."""
    return cell["cell_type"] == "code" and kind(cell) == "check"


def only_draws(cell: dict) -> bool:
    """Whether this is a code cell that draws and teaches nothing by its code."""
    return cell["cell_type"] == "code" and kind(cell) == "plot"


def metadata(name: str) -> dict:
    """What folds a cell away: for Colab, for JupyterLab, and the tag of the reading site."""
    return {
        "cellView": "form",
        "jupyter": {"source_hidden": True},
        "tags": [name, "hide-input"],
    }


def is_check(node: ast.AST) -> bool:
    """Whether this is a call that checks numbers."""
    calls = ("course.check", "course.check_all")
    return isinstance(node, ast.Call) and ast.unparse(node.func) in calls


def _checks(node: ast.AST) -> bool:
    return any(map(is_check, ast.walk(node)))


def _belongs(statement: ast.stmt) -> bool:
    """Whether a statement may stand in a check cell: a check, a loop of them, a value they need."""
    if isinstance(statement, ast.For):
        return all(map(_belongs, statement.body))
    if isinstance(statement, ast.Expr):
        return is_check(statement.value)
    return isinstance(statement, ast.Assign) and not _checks(statement)


def check_cells(notebook: CourseNotebook) -> list[str]:
    """Checks stand in cells of their own, which hold nothing else."""
    faults = []
    for cell in code_cells(notebook.content):
        tree = ast.parse(plain_python(source_of(cell)))
        if kind(cell) == "check":
            strangers = [node for node in tree.body if not _belongs(node)]
            if strangers:
                faults.append(
                    f"{where(notebook, cell)} checks numbers; "
                    f"line {strangers[0].lineno} belongs to another cell: "
                    f"{ast.unparse(strangers[0]).splitlines()[0][:50]!r}"
                )
            if not _checks(tree):
                faults.append(f"{where(notebook, cell)} is tagged 'check', but checks nothing")
        elif _checks(tree):
            faults.append(
                f"{where(notebook, cell)} calls course.check among other code: "
                "move the checks to a cell below it "
                f"that begins with {TITLES['check']!r}, with the metadata {metadata('check')}"
            )
    return faults


def _bound(cell: dict) -> set[str]:
    """The names that a cell gives a value to, whether or not inside a function."""
    names = set()
    for node in ast.walk(ast.parse(plain_python(source_of(cell)))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(part.asname or part.name).split(".")[0] for part in node.names}
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


def _read(cell: dict) -> set[str]:
    """The names that a cell uses."""
    tree = ast.parse(plain_python(source_of(cell)))
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def collapsed_cells(notebook: CourseNotebook) -> list[str]:
    """A collapsed cell says so everywhere, a plot draws, and nobody needs what stands in one."""
    faults = []
    seen, hidden = set(), set()
    for cell in code_cells(notebook.content):
        name = kind(cell)
        if not name:
            missing = sorted(_read(cell) & hidden - seen - _bound(cell))
            if missing:
                faults.append(
                    f"{where(notebook, cell)} uses {', '.join(missing)}, which only a folded cell "
                    "defines"
                )
            seen |= _bound(cell)
            continue
        hidden |= _bound(cell)
        if cell["metadata"] != metadata(name):
            faults.append(f"{where(notebook, cell)} must have the metadata {metadata(name)}")
        if source_of(cell).splitlines()[:1] != [TITLES[name]]:
            faults.append(f"{where(notebook, cell)} must begin with the line {TITLES[name]!r}")
        if name == "plot" and not shows(cell, IMAGE):
            faults.append(f"{where(notebook, cell)} is tagged 'plot', but shows no figure")
    return faults
