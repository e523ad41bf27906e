"""A page of feedback stays small, needs no other host, and says no more than it should."""

import html
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tools import ROOT
from tools.notebooks import exercises
from tools.teaching import feedback
from tools.teaching.feedback import Page
from tools.teaching.formulas import mathml
from tools.teaching.output_size import LimitSize

FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)


def formulas(path):
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "markdown":
            for formula in FORMULA.finditer(re.sub(r"`[^`]*`", "", cell.source)):
                yield formula[1] or formula[2]


@pytest.mark.parametrize("path", exercises.sources(), ids=lambda path: path.stem)
def test_every_formula_of_the_exercises_is_drawn_without_a_script(path):
    unread = [each for each in formulas(path) if mathml(each).startswith("<code>")]
    assert unread == []


@pytest.mark.parametrize(
    ("formula", "inside"),
    [
        (r"\tfrac12", "<mn>1</mn><mn>2</mn>"),
        (r"\frac57", "<mn>5</mn><mn>7</mn>"),
        (r"\frac{1}2", "<mn>1</mn><mn>2</mn>"),
        (r"x_1, \dots, x_n", "…"),
        (r"a < b", "&lt;"),
    ],
)
def test_formulas_say_what_tex_says(formula, inside):
    assert inside in mathml(formula)


@pytest.mark.parametrize(
    "formula", [r"\undefined{x}", r"\frac{1}", "{", "}", "^", r"\left(", "", "&"]
)
def test_what_is_no_formula_is_shown_as_it_was_written(formula):
    made = mathml(formula)
    assert made.startswith("<math") or made == f"<code>{html.escape(formula)}</code>"


def test_many_pictures_make_no_large_page():
    picture, cells = new_output("display_data", {"image/png": "x" * 800_000}), []
    for _ in range(6):
        cells.append(new_code_cell("plots", outputs=[picture] * 80))
        number = new_output("execute_result", {"text/plain": "1.0"})
        cells.append(new_code_cell("1.0", outputs=[number]))
    notebook, _ = LimitSize().preprocess(new_notebook(cells=cells), {})
    assert len(nbformat.writes(notebook)) < 13 << 20
    first = notebook.cells[0].outputs
    assert [output.output_type for output in first] == ["display_data"] * 3 + ["stream"]
    assert first[-1].text.startswith("77 more pictures were left out")
    assert all(each.outputs[0].data["text/plain"] == "1.0" for each in notebook.cells[1::2])


def test_a_page_runs_no_script_and_asks_no_host():
    page, _ = Page(
        template_name="course_feedback",
        extra_template_basedirs=[str(ROOT / "tools" / "teaching" / "templates")],
    ).from_notebook_node(
        new_notebook(cells=[nbformat.v4.new_markdown_cell("$x$ and $$y$$"), new_code_cell("1")]),
        {"nbgrader": {"title": "T", "score": 1, "max_score": 2, "late_penalty": 0, "pending": 0}},
    )
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!#)', page) == []
    assert page.count("<math") == 2


def test_a_page_carries_what_the_exchange_needs_to_give_it_back_and_nothing_else(tmp_path):
    graded, given = tmp_path / "autograded", tmp_path / "feedback"
    graded.mkdir()
    for name in ("timestamp.txt", "submission_secret.txt", "x.ipynb", "one.txt"):
        (graded / name).write_text(name)
    feedback.copy_stamps(graded, given)
    assert {path.name for path in given.iterdir()} == {"timestamp.txt", "submission_secret.txt"}
    (graded / "submission_secret.txt").unlink()
    feedback.copy_stamps(graded, given)
    assert {path.name for path in given.iterdir()} == {"timestamp.txt"}
