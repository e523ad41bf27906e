"""Makes slides of a lesson: its headings, formulas, figures and code; the prose becomes notes.

python tools/course.py slides 02          build/slides/02-minimax-objective.html
python tools/course.py slides             all lessons

They are one file, which any browser shows without a network: → and ← turn the slides, n shows and
hides the notes, and it prints one slide a page.
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from tools import ROOT
from tools.notebooks.address import BADGE_IMAGE
from tools.teaching.feedback import TEMPLATES, Page, still

__all__ = ["made", "main", "slides"]

# A paragraph of more words is for the speaker; what is shown is what a class can read.
MOST_WORDS = 35
MOST_LINES = 8  # of code below prose; more stand on a slide of their own
LEFT_OUT = ("Practise", "References")
FIGURE = re.compile(r"^\*Figure \d+\.")


def slides(notebook: NotebookNode) -> NotebookNode:
    """A lesson with its cells grouped into slides, as their metadata say."""
    cells: list[NotebookNode] = []
    skipping = False
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            skipping = cell.source[3:].strip().startswith(LEFT_OUT)
        if skipping or cell.get("id") == "setup" or BADGE_IMAGE in cell.source or "check" in tags:
            continue
        if cell.cell_type == "markdown":
            cells += _markdown(cell.source, bool(cells))
        elif cell.cell_type == "code":
            cells.append(_code(cell, tags))
    cells[0].metadata.slide = "first"
    made = nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)
    made.metadata.pop("widgets", None)
    return made


def _markdown(source: str, begun: bool) -> list[NotebookNode]:
    """The slides of a cell of prose: one for each heading; long paragraphs in the notes."""
    cells = []
    for part in re.split(r"^(?=## )", source, flags=re.MULTILINE):
        shown, notes = [], []
        for block in filter(None, re.split(r"\n\s*\n", part.strip())):
            plain = not re.match(r"[#|>*\-$<\d]", block) or FIGURE.match(block)
            long = len(block.split()) > MOST_WORDS
            (notes if plain and long else shown).append(block)
        if not shown and not notes:
            continue
        cell = new_markdown_cell("\n\n".join(shown))
        cell.metadata.notes = "\n\n".join(notes)
        if part.startswith("## ") and (begun or cells):
            cell.metadata.slide = "next"
        cells.append(cell)
    return cells


def _code(cell: NotebookNode, tags: list[str]) -> NotebookNode:
    """A cell of code with what it shows; one with a picture begins a slide."""
    cell.outputs = [still(output) for output in cell.outputs]
    cell.outputs = [output for output in cell.outputs if output.get("data") or "text" in output]
    pictures = any("image/png" in output.get("data", {}) for output in cell.outputs)
    cell.metadata.without_code = pictures or bool({"plot", "hide-input"} & set(tags))
    if pictures or len(cell.source.splitlines()) > MOST_LINES:
        cell.metadata.slide = "next"
    if pictures:
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                output.data.pop("text/plain", None)
    return cell


def made(lesson: Path) -> str:
    """The page of a lesson's slides."""
    notebook = slides(nbformat.read(lesson, 4))
    title = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    exporter = Page(template_name="course_slides", extra_template_basedirs=[str(TEMPLATES)])
    exporter.register_preprocessor(CSSHTMLHeaderPreprocessor(), enabled=True)
    page, _ = exporter.from_notebook_node(notebook, {"slides": {"title": title}})
    return page


def main(arguments: list[str]) -> int:
    """Makes the slides of the lessons that are named, or of all."""
    parser = argparse.ArgumentParser(prog="python tools/course.py slides", description=__doc__)
    parser.add_argument("numbers", nargs="*", help="of lessons, such as 02")
    options = parser.parse_args(arguments)
    lessons = {path.stem[:2]: path for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))}
    wanted = [number.zfill(2) for number in options.numbers] or list(lessons)
    unknown = [number for number in wanted if number not in lessons]
    if unknown:
        print(f"There is no lesson {', '.join(unknown)}. There are: {', '.join(lessons)}.")
        return 1
    folder = ROOT / "build" / "slides"
    folder.mkdir(parents=True, exist_ok=True)
    for number in wanted:
        path = folder / f"{lessons[number].stem}.html"
        path.write_text(made(lessons[number]), encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
