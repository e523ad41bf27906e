"""Whether cells can be run again after later ones."""

import ast
import symtable

from tools.notebooks.course_notebook import CourseNotebook, where
from tools.notebooks.inputs import code_cells, plain_python, source_of

__all__ = ["kept_names"]


def kept_names(notebook: CourseNotebook) -> list[str]:
    """No cell gives a new value to a name that an earlier cell needs: run again, the earlier cell
    would give another result. Nor does a mere value take the name of a function, class or module,
    which a reader may want to use again.
    """
    faults, cells, made = [], [], set()
    for cell in code_cells(notebook.content):
        given, taken, brought = _names(plain_python(source_of(cell)))
        if lost := sorted(given & made - brought):
            faults.append(
                f"{where(notebook, cell)} only assigns a value, but gives {', '.join(lost)} "
                "another meaning: choose another name"
            )
        made |= brought
        for before, known, needed in cells:
            faults += [
                f"{where(notebook, cell)} gives {name!r} a new value, but "
                f"{where(notebook, before)} needs the old one: choose another name"
                for name in sorted(given & known & needed)
            ]
        known = cells[-1][1] | given if cells else given
        cells.append((cell, known, taken))
    return faults


def _names(source: str) -> tuple[set[str], set[str], set[str]]:
    """The names that a cell gives a value to, those that it takes from cells before it, and those
    of the functions, classes and modules among the first.
    """
    tree = _NotInlined().visit(ast.parse(source))
    top = symtable.symtable(ast.unparse(tree), "cell", "exec")
    symbols = [one for one in top.get_symbols() if one.is_assigned() or one.is_imported()]
    given = {one.get_name() for one in symbols}
    brought = {one.get_name() for one in symbols if one.is_imported() or one.is_namespace()}
    taken, scopes = set(), [top]
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        used = [one for one in scope.get_symbols() if one.is_referenced()]
        taken |= {one.get_name() for one in used if scope is top or one.is_global()}
    return given, taken - given, brought


class _NotInlined(ast.NodeTransformer):
    """Generators in the place of comprehensions, whose names Python 3.12 and later count as the
    cell's own.
    """

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp) -> ast.GeneratorExp:
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node: ast.DictComp) -> ast.GeneratorExp:
        self.generic_visit(node)
        pair = ast.Tuple([node.key, node.value], ast.Load())
        return ast.GeneratorExp(pair, node.generators)
