"""Slides show a lesson's headings, formulas, figures and code, in a file that needs no network."""

import re

import nbformat
import pytest

from tools import ROOT
from tools.teaching.slides import made, main, slides

LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_lesson_has_slides(path):
    notebook = nbformat.read(path, 4)
    headings = [
        line[3:].strip()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("## ") and not line.startswith(("## Practise", "## References"))
    ]
    pictures = sum(
        "image/png" in output.get("data", {})
        for cell in notebook.cells
        if cell.cell_type == "code" and "check" not in cell.metadata.get("tags", [])
        for output in cell.outputs
    )
    page = made(path)
    assert page.count("<h2") == len(headings)
    assert page.count("<section>") == page.count("</section>") > len(headings)
    assert page.count("<img") >= pictures
    assert not re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?!data:)', page)
    assert "course.check" not in re.sub(r"<[^>]+>", "", page)
    assert "find_spec" not in page


def cells_of(*cells):
    return slides(nbformat.v4.new_notebook(cells=list(cells))).cells


def test_long_prose_is_for_the_speaker_and_formulas_are_for_the_class():
    long = "word " * 60
    title, cell = cells_of(
        nbformat.v4.new_markdown_cell("# 02 · Title"),
        nbformat.v4.new_markdown_cell(f"## Why?\n\n{long}\n\n$$x^2$$\n\n| a |\n|---|\n\nShort."),
    )
    assert (title.metadata.slide, cell.metadata.slide) == ("first", "next")
    assert "word" not in cell.source
    assert cell.metadata.notes.strip() == long.strip()
    assert "$$x^2$$" in cell.source and "| a |" in cell.source and "Short." in cell.source


def test_a_picture_begins_a_slide_without_its_code():
    picture = nbformat.v4.new_output("display_data", {"image/png": "AA", "text/plain": "<Figure>"})
    _, plain, drawn = cells_of(
        nbformat.v4.new_markdown_cell("# 02 · Title"),
        nbformat.v4.new_code_cell("x = 1"),
        nbformat.v4.new_code_cell("plots.grid(x)", outputs=[picture]),
    )
    assert not plain.metadata.without_code
    assert drawn.metadata.without_code and drawn.metadata.slide == "next"
    assert "text/plain" not in drawn.outputs[0].data


def test_a_lesson_that_is_not_there_is_told(capsys):
    assert main(["99"]) == 1
    assert "There is no lesson 99" in capsys.readouterr().out
