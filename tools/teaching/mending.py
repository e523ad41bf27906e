"""Repairs what editors and students do to the cells of an exercise, and says what was done.

nbgrader knows a cell by its metadata alone. Editors drop them, students copy, delete and retype
cells; each of these would cost points without a word.
"""

import ast
import difflib
from collections.abc import Callable
from copy import deepcopy

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.utils import is_grade, is_locked, is_solution

from tools.notebooks.exercises import OPEN
from tools.notebooks.inputs import INSTALL

__all__ = ["grade_id", "likeness", "mend"]


def grade_id(cell: NotebookNode) -> str | None:
    """What nbgrader knows a cell by."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def first_line(cell: NotebookNode) -> str:
    """What a cell of an exercise can be known by when its metadata are lost."""
    lines = (line.strip() for line in cell.source.splitlines())
    return next((line for line in lines if line and not line.startswith("<")), "")


# The ways in which a cell without metadata is recognised, the surest first.
LIKENESS: tuple[Callable[[NotebookNode], str], ...] = (
    lambda cell: cell.get("id", ""),
    lambda cell: cell.source.strip(),
    first_line,
)


def _alike(wanted: NotebookNode, cells: list[NotebookNode]) -> NotebookNode | None:
    """The last of the cells that is most like this one, if any is."""
    for key in LIKENESS:
        same = [
            cell
            for cell in cells
            if cell.cell_type == wanted.cell_type and key(cell) and key(cell) == key(wanted)
        ]
        if same:
            return same[-1]
    return None


def likeness(notebook: NotebookNode, exercise: NotebookNode) -> float:
    """Which share of an exercise's answers and checks is in a notebook, 0 to 1."""
    wanted = [cell for cell in exercise.cells if is_grade(cell) or is_solution(cell)]
    return sum(_like(cell, notebook) is not None for cell in wanted) / len(wanted)


def _like(
    wanted: NotebookNode, notebook: NotebookNode, exercise: NotebookNode | None = None
) -> NotebookNode | None:
    """The cell that is this one of the exercise, or was; None if there is none."""
    known = [cell for cell in notebook.cells if grade_id(cell) == grade_id(wanted)]
    if known and grade_id(wanted):
        return known[-1]
    return _alike(wanted, [cell for cell in notebook.cells if not grade_id(cell)])


def mend(notebook: NotebookNode, exercise: NotebookNode) -> list[str]:
    """Makes a submission's cells those of the exercise, in place; says what was done.

    - Lost metadata come back, and so do cells that are gone; but for answers in code, which may
      stand in another cell, where the exercise's empty one would hide them.
    - Of several cells with one id the last counts, as it does when the notebook is run.
    - Lines that were added to a locked cell are kept in a cell of their own.
    - An open answer that stands beside the cell that was meant for it counts as the answer.
    """
    done = _single(notebook, exercise)
    restored = []
    # By what a cell says first, then by its place among those that are known.
    for recognised in (_like, _in_its_place):
        for wanted in _lacking(notebook, exercise):
            cell = recognised(wanted, notebook, exercise)
            if cell is not None:
                cell.metadata["nbgrader"] = deepcopy(wanted.metadata["nbgrader"])
                restored.append(grade_id(wanted))
    for wanted in _lacking(notebook, exercise):
        if is_locked(wanted) or wanted.cell_type == "markdown":
            _insert(wanted, notebook, exercise)
            done.append(f"the cell {grade_id(wanted)} was missing, and put back")
        else:
            done.append(f"the cell {grade_id(wanted)} is missing")
    if restored:
        done.append(f"the metadata of {', '.join(restored)} were lost, and restored")
    done += _keep_additions(notebook, exercise)
    done += _gather_answers(notebook, exercise)
    _name_cells(notebook)
    return done


def _name_cells(notebook: NotebookNode) -> None:
    """Gives every cell an id of its own, as the present format wants it."""
    notebook.nbformat_minor = max(5, notebook.nbformat_minor)
    names: set[str] = set()
    for number, cell in enumerate(notebook.cells):
        if not cell.get("id") or cell.id in names:
            cell.id = f"cell-{number}"
        names.add(cell.id)


def _lacking(notebook: NotebookNode, exercise: NotebookNode) -> list[NotebookNode]:
    """The cells of the exercise that nbgrader would not find."""
    known = {grade_id(cell) for cell in notebook.cells}
    return [cell for cell in exercise.cells if grade_id(cell) and grade_id(cell) not in known]


def _single(notebook: NotebookNode, exercise: NotebookNode) -> list[str]:
    """Takes the metadata from all but the last cell of each id, and from foreign cells."""
    done, names = [], {grade_id(cell) for cell in exercise.cells}
    known = [grade_id(cell) for cell in notebook.cells]
    for name in sorted({each for each in known if each}):
        copies = [cell for cell in notebook.cells if grade_id(cell) == name]
        for cell in copies[:-1] if name in names else copies:
            del cell.metadata["nbgrader"]
        if name in names and len(copies) > 1:
            done.append(f"the cell {name} was there {len(copies)} times; the last one counts")
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata and not grade_id(cell):
            del cell.metadata["nbgrader"]
    return done


def _neighbours(
    wanted: NotebookNode, notebook: NotebookNode, exercise: NotebookNode
) -> tuple[int, int]:
    """Between which places of the submission a cell of the exercise belongs."""
    place = exercise.cells.index(wanted)
    before, after = 0, len(notebook.cells)
    for cell in reversed(exercise.cells[:place]):
        there = _place(cell, notebook)
        if there is not None:
            before = there + 1
            break
    for cell in exercise.cells[place + 1 :]:
        there = _place(cell, notebook)
        if there is not None and there >= before:
            after = there
            break
    return before, after


def _place(wanted: NotebookNode, notebook: NotebookNode) -> int | None:
    """Where a cell of the exercise is in the submission, prose included."""
    same = _like(wanted, notebook) if not grade_id(wanted) else None
    for number, cell in reversed(list(enumerate(notebook.cells))):
        if cell is same or (grade_id(wanted) and grade_id(cell) == grade_id(wanted)):
            return number
    return None


def _in_its_place(
    wanted: NotebookNode, notebook: NotebookNode, exercise: NotebookNode
) -> NotebookNode | None:
    """An answer: the last cell of its type between its neighbours, if one is there."""
    if is_locked(wanted):
        return None
    before, after = _neighbours(wanted, notebook, exercise)
    cells = [
        cell
        for cell in notebook.cells[before:after]
        if not grade_id(cell) and cell.cell_type == wanted.cell_type and cell.source.strip()
    ]
    return cells[-1] if cells else None


def _insert(wanted: NotebookNode, notebook: NotebookNode, exercise: NotebookNode) -> None:
    """Puts a cell of the exercise back: a check after the answer, all else before it."""
    before, after = _neighbours(wanted, notebook, exercise)
    cell = deepcopy(wanted)
    notebook.cells.insert(after if is_grade(wanted) else before, cell)


def _keep_additions(notebook: NotebookNode, exercise: NotebookNode) -> list[str]:
    """Keeps lines that were written into a locked cell, which is restored, beside it."""
    done = []
    for wanted in exercise.cells:
        place = _place(wanted, notebook)
        if not is_locked(wanted) or wanted.cell_type != "code" or place is None:
            continue
        cell = notebook.cells[place]
        before, after = _lines(wanted), _lines(cell)
        added = _added(before, after)
        cell.source = wanted.source
        if before == after or not added.strip():
            continue
        try:
            ast.parse(TransformerManager().transform_cell(added))
        except SyntaxError:
            done.append(f"the cell {grade_id(wanted)} was changed, and put back as it was")
            continue
        # What a check needs comes before it; what uses the imports of a set-up cell after it.
        notebook.cells.insert(place if is_grade(wanted) else place + 1, new_code_cell(added))
        done.append(f"lines added to the cell {grade_id(wanted)} now stand in a cell of their own")
    return done


def _lines(cell: NotebookNode) -> list[str]:
    """A cell's lines, without what editors change at their ends; the lines that install the course
    are left out, for the course's address and tag are the grader's affair.
    """
    return [line.rstrip() for line in INSTALL.sub("", cell.source).strip().splitlines()]


def _gather_answers(notebook: NotebookNode, exercise: NotebookNode) -> list[str]:
    """Finds the answer to an open task whose cell was left as it was: in one beside it."""
    done = []
    for wanted in exercise.cells:
        if not (is_grade(wanted) and is_solution(wanted) and wanted.cell_type == "markdown"):
            continue
        place = _place(wanted, notebook)
        if place is None or notebook.cells[place].source.strip() not in ("", wanted.source.strip()):
            continue
        own, written = _own_words(notebook, exercise, place)
        if written:
            notebook.cells[place].source = "\n\n".join(written)
            notebook.cells = [cell for cell in notebook.cells if not any(cell is o for o in own)]
            done.append(f"the answer to {grade_id(wanted)} stood beside it, and was moved there")
    return done


def _own_words(
    notebook: NotebookNode, exercise: NotebookNode, place: int
) -> tuple[list[NotebookNode], list[str]]:
    """What a student wrote around an open task: cells that are theirs alone, and all words."""
    graded = [number for number, cell in enumerate(notebook.cells) if is_grade(cell)]
    before = max((number for number in graded if number < place), default=-1)
    after = min((number for number in graded if number > place), default=len(notebook.cells))
    prose = [cell for cell in exercise.cells if cell.cell_type == "markdown" and not grade_id(cell)]
    own, written = [], []
    for number in range(before + 1, after):
        cell = notebook.cells[number]
        if cell.cell_type != "markdown" or grade_id(cell) or OPEN in cell.source:
            continue
        original = _alike(cell, prose)
        if original is not None:
            added = _added(_lines(original), _lines(cell))
            written += [added] if len(added) > 20 else []  # not a word that somebody corrected
        elif cell.source.strip() and number > place:
            own.append(cell)
            written.append(cell.source)
    return own, written


def _added(before: list[str], after: list[str]) -> str:
    """The lines that are new."""
    steps = difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
    new = [
        line for kind, _, _, i, j in steps if kind in ("insert", "replace") for line in after[i:j]
    ]
    return "\n".join(new).strip("\n")
