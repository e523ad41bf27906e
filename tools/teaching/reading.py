"""Reads what students hand in: the one notebook that counts, however it was saved."""

import codecs
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import parse_utc

__all__ = ["STAMP", "HandedIn", "NotGradable", "handed_in", "notebook_of", "stamp"]

STAMP = "timestamp.txt"  # when a student handed in, in UTC

# Hidden files that macOS writes beside each file, and Jupyter's copies.
NOT_LOOKED_INTO = ("__MACOSX", ".ipynb_checkpoints")
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # begins as UTF-16's does, so it comes first
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class NotGradable(Exception):
    """What was handed in cannot be graded; the message says why, and what to do."""


@dataclass
class HandedIn:
    """The notebook of a student's folder that counts.

    Attributes:
        folder: ``submitted/STUDENT/NN-name``.
        path: the file.
        notebook: what is in it, in the present format.
        said: what was noticed on the way, for whoever grades.
    """

    folder: Path
    path: Path
    notebook: NotebookNode
    said: list[str] = field(default_factory=list)


def handed_in(folder: Path, name: str) -> HandedIn:
    """The notebook that counts in a student's folder for an exercise.

    Args:
        folder: ``submitted/STUDENT/NN-name``; folders in it are looked into.
        name: of the exercise, ``NN-name``.

    Raises:
        NotGradable: there is none, there are several of other names, or it cannot be read.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path))
    notebooks = [path for path in files if ".ipynb" in path.name.lower()]
    said = []
    if not notebooks:
        others = [path.name for path in files if path.name != STAMP]
        seen = f": there is {', '.join(others[:5])}" if others else ""
        raise NotGradable(f"no notebook was handed in{seen}")
    exact = [path for path in notebooks if path.name == f"{name}.ipynb"]
    if len(notebooks) > 1 and len(exact) != 1:
        names = ", ".join(str(path.relative_to(folder)) for path in notebooks)
        raise NotGradable(f"which notebook counts? Rename one to {name}.ipynb: {names}")
    counts = (exact or notebooks)[0]
    if counts.name != f"{name}.ipynb":
        said.append(f"{counts.name} was renamed")
    others = [path.name for path in notebooks if path != counts]
    if others:
        said.append(f"not looked at: {', '.join(others)}")
    notebook, how = notebook_of(counts.read_bytes(), counts.name)
    return HandedIn(folder, counts, notebook, said + ([how] if how else []))


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".") or any(part in NOT_LOOKED_INTO for part in path.parts)


def notebook_of(content: bytes, name: str) -> tuple[NotebookNode, str]:
    """A file's notebook, in the present format; and how it was read, where that was not as UTF-8.

    Raises:
        NotGradable: it is no notebook.
    """
    encoding = next(
        (each for mark, each in BYTE_ORDER_MARKS.items() if content.startswith(mark)), "utf-8"
    )
    if encoding == "utf-8" and content[:4].count(0):  # no mark, yet every other byte is 0
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    how = ""
    try:
        text = content.decode(encoding)
        if encoding == "utf-8-sig":
            how = "it begins with a byte order mark, which was left out"
        elif encoding != "utf-8":
            how = f"it was read as {encoding.upper()}"
    except UnicodeDecodeError:
        text, how = content.decode("cp1252", errors="replace"), "it was read as Windows-1252"
    try:
        if not isinstance(json.loads(text), dict):
            raise ValueError("it holds no dictionary")
        notebook = nbformat.reads(text, 4)
        if not notebook.cells:
            raise ValueError("it has no cells")
        for cell in notebook.cells:
            if cell.cell_type == "code":  # some programs leave these out
                cell.setdefault("outputs", [])
                cell.setdefault("execution_count", None)
        nbformat.writes(notebook).encode()  # what cannot be written cannot be graded
    except Exception as problem:  # whatever a broken file makes nbformat raise
        reason = " ".join(str(problem).split()) or type(problem).__name__
        shown = reason if len(reason) <= 120 else reason[:117] + "..."
        empty = "it is empty" if not content.strip() else shown
        raise NotGradable(f"{name} cannot be read as a notebook: {empty}") from None
    return notebook, how


def stamp(folder: Path) -> datetime | None:
    """When what is in a student's folder was handed in, in UTC; None if that is not known."""
    try:
        return parse_utc((folder / STAMP).read_text(encoding="utf-8").strip())
    except (OSError, ValueError, OverflowError):
        return None
