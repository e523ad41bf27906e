"""A notebook with its place in the course, and how its parts are found."""

import re
from dataclasses import dataclass
from pathlib import Path

from tools.notebooks.inputs import ROOT, source_of


@dataclass(frozen=True)
class CourseNotebook:
    """A notebook with its place in the course, for example notebooks/06-first-image-gan.ipynb."""

    path: str
    content: dict
    root: Path = ROOT

    @property
    def lesson(self) -> str:
        """Its number: "06"."""
        return self.path.rpartition("/")[2][:2]

    @property
    def cells(self) -> list[dict]:
        return self.content["cells"]

    @property
    def opening(self) -> list[dict]:
        """The cells before the first code cell."""
        for index, cell in enumerate(self.cells):
            if cell["cell_type"] == "code":
                return self.cells[:index]
        return self.cells

    @property
    def prose(self) -> str:
        """All Markdown, without code and formulas."""
        text = "\n\n".join(
            source_of(cell) for cell in self.cells if cell["cell_type"] == "markdown"
        )
        text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
        return re.sub(r"`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$", "", text, flags=re.DOTALL)


def where(notebook: CourseNotebook, cell: dict) -> str:
    """How a writer finds a cell."""
    first = (source_of(cell).strip().splitlines() or ["(empty)"])[0]
    return f"cell {notebook.cells.index(cell)} (id {cell.get('id', '?')}: {first[:50]!r})"


def printed(output: dict) -> str:
    """The text of one output."""
    text = output.get("text", output.get("data", {}).get("text/plain", ""))
    return text if isinstance(text, str) else "".join(text)


def shows(cell: dict, kind: str) -> bool:
    """Whether a cell has a saved output of this MIME type."""
    return cell["cell_type"] == "code" and any(
        kind in output.get("data", {}) for output in cell["outputs"]
    )
