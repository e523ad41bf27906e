"""The exercises are what is made of the solutions, and their hidden tests trust nobody."""

import json
import re

import pytest

from tools.notebooks import exercises
from tools.notebooks.inputs import ROOT, source_of

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
    found = 0
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        graded = cell["metadata"].get("nbgrader", {})
        if not graded.get("grade") or graded["solution"]:
            continue
        visible, hidden = source_of(cell).split("### BEGIN HIDDEN TESTS")
        assert (
            'if name.partition(".")[0] == "ganlib"' in hidden and "del sys.modules[name]" in hidden
        )
        assert f"from ganlib.checks import lesson{path.stem[:2]} as checks" in hidden
        task = re.search(r"checks\.(\w+)\(", visible)[1]
        call = re.search(rf"checks\.{task}\(.*seed=(71|CLASS)\)", hidden)
        assert call, "the hidden call has other values, or those of the class"
        found += 1
    assert found >= 4
