"""Has nbgrader grade one submission, and says what came of it."""

import io
import logging
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbgrader import converters
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning

from tools.notebooks import exercises
from tools.teaching import gradebook
from tools.teaching.reading import STAMP, HandedIn, stamp
from tools.teaching.record import Entry
from tools.teaching.scoring import answers

__all__ = ["ByPath", "autograde"]


class ByPath:
    """Has one of nbgrader's converters take a folder as it is named, brackets included."""

    def init_notebooks(self) -> None:
        """nbgrader would look with a pattern, in which ``[2026]`` is one character."""
        directory = self.coursedir
        folder = Path(self._format_source(directory.assignment_id, directory.student_id))
        notebook = folder / f"{directory.assignment_id}.ipynb"
        self.notebooks, self.assignments = [], {str(folder): [str(notebook)]}


class _Autograde(ByPath, converters.Autograde):
    """nbgrader's, which also hands on what the kernel did and what went wrong."""

    answers_before: dict[str, str] = {}
    resources: dict[str, Any] = {}
    problem: Exception | None = None

    def init_single_notebook_resources(self, notebook_filename: str) -> dict[str, Any]:
        resources = super().init_single_notebook_resources(notebook_filename)
        return resources | {"answers_before": self.answers_before}

    def convert_single_notebook(self, notebook_filename: str) -> None:
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as problem:
            self.problem = self.problem or problem
            raise

    def write_single_notebook(self, output: str, resources: dict[str, Any]) -> None:
        self.resources = resources
        super().write_single_notebook(output, resources)


def autograde(student: str, name: str, submission: HandedIn, root: Path) -> tuple[Entry, str]:
    """Grades a mended submission; the gradebook has its scores, ``autograded/`` the notebook.

    nbgrader works on a copy: what was handed in stays as it is. Several processes may do this at
    once.

    Returns:
        What came of it, and what nbgrader wrote.
    """
    written = io.StringIO()
    log = logging.getLogger("grading.student")
    log.propagate = False
    log.setLevel(logging.INFO)
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    log.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own way with its database
            entry = _autograde(student, name, submission, root, log)
    finally:
        log.removeHandler(handler)
    return entry, written.getvalue()


def _autograde(
    student: str, name: str, submission: HandedIn, root: Path, log: logging.Logger
) -> Entry:
    config = exercises.configuration(root)
    said = list(submission.said)
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        others = Path(folder, "source", name)
        _copy_all_but_notebooks(root / "solutions" / name, others)
        copy = Path(folder, "submitted", student, name, f"{name}.ipynb")
        # An answer may read a file that was handed in with it.
        _copy_all_but_notebooks(submission.folder, copy.parent)
        nbformat.write(submission.notebook, copy)
        written = copy.parent / STAMP
        if written.exists() and stamp(copy.parent) is None:
            text = written.read_text(encoding="utf-8", errors="replace").strip()
            written.unlink()
            said.append(f"{STAMP} holds no time ({text[:40]!r}), so nothing counts as late")
        directory = CourseDirectory(config=config, log=log, root=str(root))
        directory.submitted_directory = str(Path(folder, "submitted"))
        directory.source_directory = str(Path(folder, "source"))
        directory.assignment_id, directory.student_id = name, student
        app = _Autograde(coursedir=directory, config=config, log=log)
        app.force = True
        app.answers_before = _answers_before(root / "autograded" / student / name / copy.name)
        graded_before = student in gradebook.scores(name, root)
        try:
            app.start()
        except Exception as problem:
            log.exception("not graded: %s", student)
            if not graded_before:
                gradebook.forget(name, student, root)
            cause = app.problem or problem
            reason = (
                f"nbgrader stopped: {type(cause).__name__}: {' '.join(str(cause).split())[:200]}"
            )
            return Entry(said=said, reason=reason)
    undecided = [task for task in app.resources.get("undecided", {}) if task]
    for package in app.resources.get("lacking", []):
        said.append(f"{package} is not installed here, so a person looks at the task")
    return Entry(said=said, died=app.resources.get("died", []), undecided=undecided)


def _copy_all_but_notebooks(source: Path, target: Path) -> None:
    """What else a folder has, for the kernel to read."""
    hidden = shutil.ignore_patterns("*.ipynb*", ".*", "__MACOSX", "__pycache__", "runs")
    shutil.copytree(source, target, ignore=hidden)


def _answers_before(graded: Path) -> dict[str, str]:
    """The answers that were graded last time, for comparison."""
    return answers(nbformat.read(graded, 4)) if graded.exists() else {}
