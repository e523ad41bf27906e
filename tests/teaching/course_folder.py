"""A course's folder to play in, and submissions to exercise 02 for it."""

import copy
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import ROOT
from tools.notebooks import exercises

OTHER = "01-generative-models"
NAME = "02-minimax-objective"
MOST = 15  # points that are given without a reader
OPEN = 4  # and by one
# The class in these tests, whatever class the exercises in the repository are for.
NO_CLASS = exercises.configuration_for(0, True)


def exercise(name: str = NAME) -> NotebookNode:
    """An exercise as students of no class get it."""
    return exercises.notebook(name, NO_CLASS)


def make_course(root: Path) -> Path:
    """Copies to this folder what grading needs of the course."""
    for name in (OTHER, NAME):
        shutil.copytree(ROOT / "solutions" / name, root / "solutions" / name)
        made = root / "exercises" / name / f"{name}.ipynb"
        made.parent.mkdir(parents=True)
        made.write_text(nbformat.writes(exercise(name)) + "\n", encoding="utf-8")
    shutil.copytree(ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("nbgrader_config.py", "pyproject.toml"):
        shutil.copy(ROOT / file, root)
    return root


def copy_course(files: list[Path], root: Path, without: tuple[str, ...]) -> None:
    """Copies the project's files to this folder, except those whose names begin so."""
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(without):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, root / name)


def hand_in(root: Path, student: str, handed: NotebookNode | dict[str, bytes]) -> Path:
    """Puts a notebook, or files by name, where a student's submission belongs; the folder."""
    folder = root / "submitted" / student / NAME
    if isinstance(handed, NotebookNode):
        handed = {f"{NAME}.ipynb": nbformat.writes(handed).encode()}
    for name, content in handed.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def key(cell: NotebookNode) -> str:
    return cell.id.replace("-", "_")


def solution(root: Path = ROOT, name: str = NAME) -> dict[str, str]:
    """The right answers in code: {"value_answer": …}."""
    notebook = nbformat.read(root / "solutions" / name / f"{name}.ipynb", 4)
    return {
        key(cell): cell.source
        for cell in notebook.cells
        if cell.id.endswith("-answer") and cell.cell_type == "code"
    }


def answered(root: Path = ROOT, name: str = NAME, **answers: str) -> NotebookNode:
    """The exercise with other sources in some cells."""
    path = root / "exercises" / name / f"{name}.ipynb"
    notebook = exercise(name) if root == ROOT else nbformat.read(path, 4)
    for cell in notebook.cells:
        cell.source = answers.get(key(cell), cell.source)
    return notebook


def right(root: Path = ROOT, name: str = NAME, **answers: str) -> NotebookNode:
    """All right answers in code, but for these."""
    return answered(root, name, **solution(root, name) | answers)


def with_cell(notebook: NotebookNode, before: str, *cells: NotebookNode) -> NotebookNode:
    """A copy with further cells before the one with this id."""
    notebook = copy.deepcopy(notebook)
    place = next(n for n, cell in enumerate(notebook.cells) if cell.id == before)
    notebook.cells[place:place] = cells
    return notebook


def without_cells(notebook: NotebookNode, *ids: str) -> NotebookNode:
    """A copy without these cells."""
    notebook = copy.deepcopy(notebook)
    notebook.cells = [cell for cell in notebook.cells if cell.id not in ids]
    return notebook


def without_metadata(notebook: NotebookNode) -> NotebookNode:
    """A copy as an editor leaves it that keeps neither metadata nor ids."""
    notebook = copy.deepcopy(notebook)
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.metadata = NotebookNode()
        del cell["id"]
    return notebook


def lines_of(said: str) -> dict[str, str]:
    """What ``grade`` printed, by student: names may hold spaces, and are followed by two."""
    return {line.split("  ")[0]: line for line in said.splitlines() if "  " in line}
