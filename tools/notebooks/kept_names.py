"""Whether cells can be run again after later ones."""

import symtable

from tools.notebooks.course_notebook import CourseNotebook, where
from tools.notebooks.inputs import code_cells, plain_python, source_of

__all__ = ["kept_names"]


def kept_names(notebook: CourseNotebook) -> list[str]:
    """No cell gives a name another value that a cell before it takes over: whoever goes back and
    runs that one again would not get what it gave at first.
    """
    faults, cells = [], []
    for cell in code_cells(notebook.content):
        given, taken = _names(plain_python(source_of(cell)))
        for before, known, needed in cells:
            faults += [
                f"{where(notebook, cell)} gives {name!r} another value, and "
                f"{where(notebook, before)} needs the one before: choose another name"
                for name in sorted(given & known & needed)
            ]
        known = cells[-1][1] | given if cells else given
        cells.append((cell, known, taken))
    return faults


def _names(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell gives a value to, and those that it takes from cells before it."""
    top = symtable.symtable(source, "cell", "exec")
    given = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()}
    taken, scopes = set(), [top]
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        used = [one for one in scope.get_symbols() if one.is_referenced()]
        taken |= {one.get_name() for one in used if scope is top or one.is_global()}
    return given, taken - given
