"""The page that each student gets: what they wrote, what the checks said, points and comments."""

import hashlib
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbgrader import converters, preprocessors
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_task
from traitlets import default
from traitlets.config import Config

from tools.notebooks.address import BADGE_IMAGE
from tools.teaching import gradebook
from tools.teaching.autograding import ByPath
from tools.teaching.formulas import mathml
from tools.teaching.record import Entry

__all__ = ["TEMPLATES", "GetGrades", "Page", "copy_stamps", "make", "still"]

TEMPLATES = Path(__file__).with_name("templates")
HIDDEN = "### BEGIN HIDDEN TESTS"
NOT_SHOWN = "# Then the hidden test: the same check again, mostly with other values."


class _Renderer(IPythonRenderer):
    """Markdown with formulas that no script has to draw."""

    def block_math(self, body: str) -> str:
        return f"<p>{mathml(body.strip(), block=True)}</p>\n"

    def inline_math(self, body: str) -> str:
        return mathml(body.strip())

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")


class Page(HTMLExporter):
    """The page; it looks the same from our command and from nbgrader's."""

    @default("template_name")
    def _template_name_default(self) -> str:
        return "course_feedback"

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        """nbconvert's filter, with MathML."""
        attachments = context.get("cell", {}).get("attachments", {})
        renderer = _Renderer(escape=False, attachments=attachments, exclude_anchor_links=True)
        return MarkdownWithMath(renderer=renderer).render(source)


class GetGrades(preprocessors.GetGrades):
    """As nbgrader's, with what waits for a person, and without what only grading should see."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Puts points, comments and headings into the notebook."""
        resources["nbgrader"]["title"] = _heading(nb.cells, len(nb.cells), "# ")
        nb, resources = super().preprocess(nb, resources)
        nb.cells = [cell for cell in nb.cells if BADGE_IMAGE not in cell.source]
        pending = 0.0
        for index, cell in enumerate(nb.cells):
            if is_grade(cell) or is_task(cell):
                about = cell.metadata.nbgrader
                about.heading = _heading(nb.cells[:index], index, "## ") or about.grade_id
                pending += about.points - about.score if about.waits else 0
            if cell.cell_type == "code":
                visible, hidden, _ = cell.source.partition(HIDDEN)
                cell.source = visible + NOT_SHOWN if hidden else visible
                cell.outputs = [still(output) for output in cell.outputs]
        resources["nbgrader"]["pending"] = pending
        return nb, resources

    def _get_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._get_score(cell, resources)
        name = cell.metadata.nbgrader.grade_id
        grade = self.gradebook.find_grade(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        cell.metadata.nbgrader.waits = grade.needs_manual_grade


def _heading(cells: list[NotebookNode], until: int, mark: str) -> str:
    """The last heading of a level before a place (the first, if of the whole notebook)."""
    lines = [
        line[len(mark) :].strip()
        for cell in cells[:until]
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith(mark)
    ]
    return lines[0 if mark == "# " else -1] if lines else ""


def still(output: NotebookNode) -> NotebookNode:
    """An output without what needs a script: a widget is left as its text, a formula is drawn."""
    if "data" in output:
        for kind in [each for each in output.data if "widget" in each or "javascript" in each]:
            del output.data[kind]
        if "text/latex" in output.data and "text/html" not in output.data:
            formula = output.data["text/latex"].strip().strip("$")
            output.data["text/html"] = f"<p>{mathml(formula, block=True)}</p>"
    return output


class _GenerateFeedback(ByPath, converters.GenerateFeedback):
    """nbgrader's, for one student by name."""


def make(
    name: str, root: Path, entries: dict[str, Entry], config: Config, log: logging.Logger
) -> list[str]:
    """Writes ``feedback/STUDENT/NN-name/NN-name.html`` for everybody who was graded.

    A page is made again if anything on it has changed: notebook, points, comments, template.

    Returns:
        The students whose page is new or another one than before.
    """
    new = []
    for student, marks in sorted(gradebook.marks(name, root).items()):
        graded = root / "autograded" / student / name / f"{name}.ipynb"
        if not graded.exists():
            continue
        path = root / "feedback" / student / name / f"{name}.html"
        digest = _digest(graded, marks)
        entry = entries.setdefault(student, Entry())
        if path.exists() and digest == entry.page:
            continue
        copy_stamps(graded.parent, path.parent)
        page = _page(name, student, root, config, log)
        if not path.exists() or path.read_bytes() != page:
            path.write_bytes(page)
            new.append(student)
        entry.page = digest
    return new


def _page(name: str, student: str, root: Path, config: Config, log: logging.Logger) -> bytes:
    with tempfile.TemporaryDirectory(prefix="feedback-") as folder:
        directory = CourseDirectory(config=config, log=log, root=str(root))
        directory.feedback_directory = folder
        directory.assignment_id, directory.student_id = name, student
        _GenerateFeedback(coursedir=directory, config=config, log=log).start()
        return Path(folder, student, name, f"{name}.html").read_bytes()


def _digest(graded: Path, marks: list) -> str:
    """What changes when a page must be made again."""
    made_by = [Path(__file__), *sorted(TEMPLATES.rglob("*.j2"))]
    content = [graded.read_bytes(), repr(marks).encode(), *(path.read_bytes() for path in made_by)]
    return hashlib.sha256(b"".join(content)).hexdigest()[:16]


def copy_stamps(graded: Path, feedback: Path) -> None:
    """By these nbgrader's exchange knows which hand-in the feedback belongs to."""
    feedback.mkdir(parents=True, exist_ok=True)
    for each in ("timestamp.txt", "submission_secret.txt"):
        (feedback / each).unlink(missing_ok=True)
        if (graded / each).exists():
            shutil.copyfile(graded / each, feedback / each)
