"""The skeleton of a lesson has the form of all lessons, and its exercise passes its own tests."""

import os
import shutil
import subprocess
import sys

import pytest

from tools import ROOT
from tools.teaching import new_lesson

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course with a new lesson in it, and a way to run its commands."""
    root = tmp_path_factory.mktemp("new") / "course"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file() and not name.startswith("docs/vendor"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name)

    def run(*command):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=root,
            env=os.environ | {"PYTHONPATH": str(root), "GANLIB_BUDGET": "smoke"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code, said = run("tools.teaching.new_lesson", "19", "my-subject", "My subject")
    assert code == 0, said
    return root, run


def test_its_notebooks_have_the_form_of_all(course):
    _, run = course
    code, said = run("tools.notebooks.rules", "notebooks/19-my-subject.ipynb")
    # It was not run yet: nothing else is wrong.
    assert code == 1
    assert all("saved" in line for line in said.splitlines()), said
    for folder in ("solutions", "exercises"):
        path = f"{folder}/19-my-subject/19-my-subject.ipynb"
        assert run("tools.notebooks.rules", path) == (0, "")


def test_its_exercise_passes_the_tests_of_all_exercises(course):
    _, run = course
    wanted = "19-sample_mean or 19-my-subject"
    code, said = run("pytest", "-q", "tests/checks/test_checks.py", "-k", wanted)
    assert code == 0, said
    assert "passed" in said and "failed" not in said
    # But for the one that wants four tasks at least, which the author writes.
    wanted = "(19 and not visible_call) or instructors"
    code, said = run("pytest", "-q", "tests/tools/test_exercises.py", "-k", wanted)
    assert code == 0, said


def test_it_stands_wherever_lessons_are_listed(course):
    root, run = course
    code, said = run("pytest", "-q", "tests/course/test_texts.py", "-k", "every_lesson or notes")
    assert code == 0 or "readme" not in said, said  # the author adds sections to the notes
    assert "[19 · My subject][19]" in (root / "README.md").read_text("utf-8")
    assert "## 19 · My subject" in (root / "TEACHING.md").read_text("utf-8")
    assert "19-my-subject.ipynb" in (root / "notebooks" / "00-start-here.ipynb").read_text("utf-8")
    assert "19-my-subject" in (root / "INSTRUCTORS.md").read_text("utf-8")


def test_a_number_that_is_taken_and_a_name_that_cannot_be_are_told(capsys):
    assert new_lesson.main(["02", "again", "Again"]) == 1
    assert "There is a lesson 02" in capsys.readouterr().err
    for arguments in (["2", "a", "A"], ["19", "My Subject", "A"]):
        assert new_lesson.main(arguments) == 1
        assert "two digits" in capsys.readouterr().out
