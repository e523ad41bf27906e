"""Points out submissions with the same answers, for a person to look at; accuses nobody."""

import ast
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_solution

from tools.teaching.mending import grade_id

__all__ = ["groups", "same_answers"]

# Short answers are the same by chance: so many characters of code, without spaces, are hardly.
CODE_AT_LEAST = 300
TEXT_AT_LEAST = 120


def plain(source: str, cell_type: str) -> str:
    """An answer without what two people change who have the same: comments, layout, docstrings."""
    if cell_type != "code":
        return re.sub(r"\W+", " ", source).casefold().strip()
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return re.sub(r"\s+", "", source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and len(body) > 1 and _is_text(body[0]):
            del body[0]
    return re.sub(r"\s+", "", ast.unparse(tree))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str)


def answers(notebook: NotebookNode, exercise: NotebookNode) -> dict[str, tuple[str, str]]:
    """What was written in answer cells that are not as they were handed out: their type, and it."""
    untouched = {grade_id(cell): cell.source.strip() for cell in exercise.cells}
    return {
        grade_id(cell): (cell.cell_type, plain(cell.source, cell.cell_type))
        for cell in notebook.cells
        if is_solution(cell) and cell.source.strip() not in ("", untouched.get(grade_id(cell)))
    }


def groups(
    everybody: dict[str, dict[str, tuple[str, str]]],
) -> list[tuple[list[str], list[str]]]:
    """Who wrote the same, and where.

    Two count as alike if one open answer that is not short is in the other, or if the code of all
    tasks that both answered is the same, and not short either.

    Returns:
        For each group its members and the answers that all of them share.
    """
    alike: list[tuple[set[str], set[str]]] = []
    names = sorted(everybody)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            shared = same_answers(everybody[one], everybody[other])
            if not shared:
                continue
            known = next((group for group in alike if one in group[0] and shared & group[1]), None)
            if known:
                known[0].add(other)
                known[1].intersection_update(shared)
            else:
                alike.append(({one, other}, set(shared)))
    return [(sorted(who), sorted(where)) for who, where in alike]


def same_answers(one: dict[str, tuple[str, str]], other: dict[str, tuple[str, str]]) -> set[str]:
    """The answers that two students share, if these are more than chance; else none."""
    words, code, same_code = set(), set(), set()
    for name in set(one) & set(other):
        (kind, mine), (_, theirs) = one[name], other[name]
        if kind == "code":
            code.add(name)
            same_code |= {name} if mine == theirs else set()
        elif min(len(mine), len(theirs)) >= TEXT_AT_LEAST and (mine in theirs or theirs in mine):
            words.add(name)
    long = sum(len(one[name][1]) for name in code) >= CODE_AT_LEAST
    return words | code if code == same_code and long else words


def tell(name: str, exercise: NotebookNode, root: Path) -> list[str]:
    """Sentences on who handed in the same answers; the published solution is compared too."""
    everything = root / "autograded"
    graded = {
        folder.name: folder / name / f"{name}.ipynb"
        for folder in (everything.iterdir() if everything.is_dir() else ())
        if (folder / name / f"{name}.ipynb").exists()
    }
    graded["the published solution"] = root / "solutions" / name / f"{name}.ipynb"
    everybody = {who: answers(nbformat.read(graded[who], 4), exercise) for who in graded}
    return [
        f"The same answers to {', '.join(where)}: {', '.join(who)}."
        for who, where in groups(everybody)
    ]
