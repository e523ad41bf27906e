"""The exercises are what is made of the solutions, and their hidden tests trust nobody."""

import re

import nbformat
import pytest

from tools.notebooks import exercises
from tools.notebooks.inputs import ROOT

SOLUTIONS = exercises.sources()


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_exercise_is_made_from_the_solution(path):
    made = ROOT / "exercises" / path.parent.name / path.name
    wanted = exercises.exercise(path, exercises.configuration())
    assert made.read_text(encoding="utf-8") == wanted, "run 'make exercises'"


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_students_get_no_answer_no_explanation_and_no_hidden_test(path):
    text = exercises.exercise(path, exercises.configuration())
    for secret in ("BEGIN SOLUTION", "HIDDEN TESTS", '"explanation"', "/solutions/", "Rubric"):
        assert secret not in text
    answers = text.count('"solution": true')
    assert text.count("raise NotImplementedError") + text.count('"Your answer."') >= answers


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_each_hidden_test_loads_the_checks_afresh_and_repeats_the_visible_call(path):
    notebook = nbformat.read(path, 4)
    assert "HIDDEN TESTS" not in path.read_text(encoding="utf-8"), "it is written by the command"
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    made, _ = exercises.HiddenTests().preprocess(notebook, {})
    found = 0
    for cell in made.cells:
        graded = cell.metadata.get("nbgrader", {})
        if not graded.get("grade") or graded["solution"]:
            continue
        visible, hidden = cell.source.split("### BEGIN HIDDEN TESTS")
        assert (
            'if name.partition(".")[0] == "ganlib"' in hidden and "del sys.modules[name]" in hidden
        )
        assert f"from ganlib.checks import lesson{path.stem[:2]} as checks" in hidden
        task, answer = re.fullmatch(
            r"checks\.(\w+)\((\w+)(?:, seed=CLASS)?\)", visible.strip()
        ).groups()
        seed = exercises.SEED
        if "CLASS" in visible:
            seed = int(re.search(r"^CLASS = (\d+)", code, re.MULTILINE)[1])
        *_, call, end = hidden.strip().splitlines()
        assert call == f"checks.{task}({answer}, seed={seed})"
        assert end == "### END HIDDEN TESTS"
        found += 1
    assert found >= 4
