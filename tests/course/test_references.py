"""What notebooks say of other lessons: numbers and titles of those that are there or are
to come.
"""

import json

import pytest

from tools.notebooks.course_notebook import CourseNotebook
from tools.notebooks.inputs import ROOT
from tools.notebooks.references import COMING, lessons, references


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Lessons 00 and 02, four that are to come, and a function that makes a page of lesson 02."""
    to_come = {"10": "Measuring", "11": "Control", "12": "Rivals", "14": "Worlds"}
    monkeypatch.setattr("tools.notebooks.references.COMING", to_come)
    for number, title in (("00", "Start here"), ("02", "The game")):
        path = tmp_path / "notebooks" / f"{number}-name.ipynb"
        path.parent.mkdir(exist_ok=True)
        cell = {"cell_type": "markdown", "source": f"# {number} · {title}\n\nYou will."}
        path.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")

    def page(text: str) -> CourseNotebook:
        cells = [{"cell_type": "markdown", "source": f"# 02 · The game\n\n{text}"}]
        return CourseNotebook("notebooks/02-name.ipynb", {"cells": cells}, tmp_path)

    return page


@pytest.mark.parametrize(
    "text",
    [
        "As lesson 00 showed, and lessons 00 and 02, or lessons 00 to 02.",
        "[00 · Start here](00-name.ipynb) and | 02 · The game | here |",
        "See lesson 10 (to come), lesson 10, *Measuring* (to come), and lesson 00.",
        "See lessons 00, 10, *Measuring* (to come), and 12, *Rivals* (to come).",
        "| 10 · Measuring (to come) | and | 11 · Control (to come), 14 · Worlds (to come) |",
        "Here are 32 · 32 · 3 numbers, `lesson 99`, $05 · 7$.",
        "It is lesson\n10, *Measuring*\n(to come).",
    ],
)
def test_references_that_hold(course, text):
    assert references(course(text)) == []


@pytest.mark.parametrize(
    "text, problem",
    [
        ("See lesson 01.", "there is no lesson 01, and none is to come"),
        ("See lessons 00 and 01.", "there is no lesson 01"),
        ("See lesson 19, *More* (to come).", "there is no lesson 19"),
        ("[00 · The start](a)", "lesson 00 is called 'Start here', not 'The start'"),
        ("See lesson 10.", "lesson 10 is not there yet: write 'lesson 10 (to come)'"),
        ("See lesson 10, *Rivals* (to come).", "lesson 10 is not there yet"),
        ("| 10 · Measuring |", "lesson 10 is not there yet"),
        ("| 10 · Rivals (to come) |", "lesson 10 is not there yet"),
        ("See lesson 00, *Start here* (to come).", "lesson 00 is there, but is said to be"),
        ("| 02 · The game (to come) |", "lesson 02 is there, but is said to be"),
    ],
)
def test_references_that_do_not(course, text, problem):
    problems = references(course(text))
    assert len(problems) == 1 and problem in problems[0], problems


def test_a_lesson_that_has_come_is_no_longer_to_come():
    there = lessons(ROOT)
    assert "00" in there and not set(there) & set(COMING)


def test_the_map_names_all_lessons_that_are_there_and_that_are_to_come():
    path = next((ROOT / "notebooks").glob("00-*.ipynb"))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "".join(next(cell for cell in cells if cell["id"] == "map")["source"])
    for number, title in lessons(ROOT).items():
        assert f"{number} · {title}" in text
    for number, title in COMING.items():
        assert f"{number} · {title}" in text
