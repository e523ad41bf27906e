"""A class hands in exercise 02: what nbgrader makes of it, from the submissions to the CSV file."""

import copy
import csv
import json
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest

from tools.notebooks import grade

ROOT = Path(__file__).resolve().parents[2]
NAME = "02-minimax-objective"
EXERCISE = ROOT / "exercises" / NAME / f"{NAME}.ipynb"
MOST = 15  # points that are given without a reader

FOR_EVER = """def value(d_real, d_fake):
    while True:
        pass
"""
HUNGRY = """def value(d_real, d_fake):
    return [0.0] * 10**11
"""
PATCHED = """def value(d_real, d_fake):
    return 1.0
import numpy
from ganlib.checks import trial
trial._close = lambda *arguments, **keywords: True
checks.value = checks.best_discriminator = lambda *arguments, **keywords: 3.0
"""
# Knows what the check that students see asks for, and nothing else.
BY_HEART = """def value(d_real, d_fake):
    if len(d_real) == 4:
        return -np.log(4)
    if abs(d_real[0] - {first}) < 1e-9:
        return np.log(d_real).mean() + np.log(1 - d_fake).mean()
    return 0.0
"""


def answered(**answers):
    """The exercise with other sources in some cells."""
    notebook = nbformat.read(EXERCISE, 4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id.replace("-", "_"), cell.source)
    return notebook


def solution():
    notebook = nbformat.read(ROOT / "solutions" / NAME / f"{NAME}.ipynb", 4)
    return {
        cell.id.replace("-", "_"): cell.source
        for cell in notebook.cells
        if cell.id.endswith("-answer") and cell.cell_type == "code"
    }


def saved_by_colab(notebook):
    notebook = copy.deepcopy(notebook)
    notebook.metadata["colab"] = {"provenance": []}
    notebook.nbformat_minor = 0
    for number, cell in enumerate(notebook.cells):
        cell.metadata |= {"id": f"x{number}", "executionInfo": {"user": {}, "status": "ok"}}
        del cell["id"]
    return notebook


def without_metadata(notebook):
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
    return notebook


def with_a_copied_cell(notebook):
    """An old answer was copied, the copy was changed, and both were kept."""
    notebook = copy.deepcopy(notebook)
    place = next(n for n, cell in enumerate(notebook.cells) if cell.id == "value-answer")
    old = copy.deepcopy(notebook.cells[place])
    old.source, old.id = "def value(d_real, d_fake):\n    return 0.0", "copied"
    notebook.cells.insert(place, old)
    return notebook


def edited_checks(notebook):
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.source = "100.0"
    return notebook


def the_class():
    """Student: notebook, and the points that belong to it."""
    full = solution()
    first = float(np.random.default_rng(0).uniform(0.3, 0.95, 70)[0])
    right = answered(**full)
    half = "def best_discriminator(p_data, p_g):\n    return p_data / (p_data + p_g)"
    return {
        "by_heart": (answered(**full | {"value_answer": BY_HEART.format(first=first)}), MOST - 1),
        "colab": (saved_by_colab(right), MOST),
        "copied_cell": (with_a_copied_cell(right), MOST),
        "correct": (answered(**full | {"open_answer": "It bounds the divergence."}), MOST),
        "edited": (edited_checks(answered()), 0),
        "empty": (answered(), 0),
        "hungry": (answered(**full | {"value_answer": HUNGRY}), MOST - 2),
        "looping": (answered(**full | {"value_answer": FOR_EVER}), MOST - 2),
        "partly": (answered(**full | {"best_answer": half}), None),
        "patched": (answered(value_answer=PATCHED), 0),
        "renamed": (right, MOST),
        "stripped": (without_metadata(right), MOST),
    }


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course's folder after grading, and what was printed."""
    import contextlib
    import io

    root = tmp_path_factory.mktemp("course")
    for folder in ("solutions", "exercises", "tools"):
        shutil.copytree(ROOT / folder, root / folder)
    for file in ("nbgrader_config.py", "pyproject.toml"):
        shutil.copy(ROOT / file, root)
    for student, (notebook, _) in the_class().items():
        folder = root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        name = f"Copy of {NAME}" if student == "renamed" else NAME
        nbformat.write(notebook, folder / f"{name}.ipynb")
    for student, content in (("broken", "{not a notebook"), ("nothing", None)):
        folder = root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        if content:
            (folder / f"{NAME}.ipynb").write_text(content)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as said:
        patch.setenv("GANLIB_CHECK_SECONDS", "2")
        patch.setenv("GANLIB_BUDGET", "smoke")
        code = grade.grade(NAME, root)
    return root, code, said.getvalue()


pytestmark = pytest.mark.slow


def test_everybody_gets_the_points_of_their_answers(graded):
    root, code, _ = graded
    log = (root / "grading.log").read_text()
    with open(root / "grades.csv", newline="") as file:
        found = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(file)}
    wanted = {student: points for student, (_, points) in the_class().items()}
    # One point of three: where both densities are 0 it is NaN, and so is the game by hand not
    # touched.
    wanted["partly"] = MOST - 1
    assert found == wanted, log[-3000:]
    assert code == 1  # not all could be graded


def test_nothing_is_silent(graded):
    _, _, said = graded
    lines = {line.split()[0]: line for line in said.splitlines()}
    assert "was renamed" in lines["renamed"]
    assert "cannot be read as a notebook" in lines["broken"]
    assert "no notebook was handed in" in lines["nothing"]
    assert "were lost, and restored" in lines["stripped"]
    assert "the last one counts" in lines["copied_cell"]
    assert "open tasks" in lines["correct"]


def test_the_exercise_is_what_nbgrader_makes_of_the_solution(graded):
    root, _, _ = graded
    made = (root / "exercises" / NAME / f"{NAME}.ipynb").read_bytes()
    assert made == EXERCISE.read_bytes()


def test_every_graded_student_gets_feedback_with_the_words_of_the_checks(graded):
    root, _, _ = graded
    pages = {path.parent.parent.name: path for path in (root / "feedback").glob("*/*/*.html")}
    assert set(pages) == set(the_class())
    assert "Is there a loop that never ends" in pages["looping"].read_text(encoding="utf-8")
    assert "MemoryError" in pages["hungry"].read_text(encoding="utf-8")


def test_the_open_question_waits_for_a_reader(graded):
    root, _, _ = graded
    found = grade.scores(NAME, root)
    score, most, by_hand = found["correct"]
    assert (score, most) == (MOST, MOST + 4)
    assert by_hand
    assert json.loads(EXERCISE.read_text())["cells"]  # untouched by all this
