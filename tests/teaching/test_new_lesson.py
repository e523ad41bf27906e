"""The skeleton of a lesson has the form of all lessons, and its exercise passes its own tests."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from course_folder import copy_course

from tools import ROOT
from tools.teaching import new_lesson

pytestmark = pytest.mark.slow
STEM = "19-my-subject"
KINDS = ("solutions", "exercises")


@pytest.fixture(scope="module")
def course(tmp_path_factory, repository_files):
    """A copy of the course with a new lesson in it, and a way to run its commands."""
    root = tmp_path_factory.mktemp("new") / "course"
    copy_course(repository_files, root, without=("docs/vendor",))

    def run(*command, **variables):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=root,
            env=os.environ | {"PYTHONPATH": str(root), "GANLIB_BUDGET": "smoke"} | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code, said = run("tools.teaching.new_lesson", "19", "my-subject", "My subject")
    assert code == 0, said
    assert "make lessons LESSON=19" in said
    assert "COMING" not in said  # it was not announced
    code, said = run("tools.notebooks.run_lessons", "19", GANLIB_BUDGET="cpu", GANLIB_ASSERT="1")
    assert code == 0, said
    return root, run


@pytest.mark.parametrize("folder", ["notebooks", *(f"{kind}/{STEM}" for kind in KINDS)])
def test_its_notebooks_have_the_form_of_all(course, folder):
    _, run = course
    assert run("tools.notebooks.rules", f"{folder}/{STEM}.ipynb") == (0, "")


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("checks/test_checks.py", "19 or instructors"),
        ("tools/test_exercises.py", f"{STEM} or instructors"),
        ("course/test_texts.py", "every_lesson or notes or ninety"),
    ],
)
def test_it_passes_the_tests_of_all_lessons(course, file, wanted):
    _, run = course
    code, said = run("pytest", "-q", f"tests/{file}", "-k", wanted)
    assert code == 0, said
    assert "passed" in said


def test_it_stands_wherever_lessons_are_listed(course):
    root, _ = course
    assert "[19 · My subject][19]" in (root / "README.md").read_text("utf-8")
    assert "## 19 · My subject" in (root / "TEACHING.md").read_text("utf-8")
    assert f"{STEM}.ipynb" in (root / "notebooks" / "00-start-here.ipynb").read_text("utf-8")
    assert STEM in (root / "INSTRUCTORS.md").read_text("utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    listed = ["ganlib/checks/lesson19", "tests/checks/answers/lesson19.py"]
    for check in (["check"], ["format", "--check"]):
        subprocess.run([ruff, *check, "-q", *listed], cwd=root, check=True)


def test_a_lesson_between_others_is_listed_in_its_place(tmp_path):
    for name in ("README.md", "TEACHING.md", "pyproject.toml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    (tmp_path / "notebooks").mkdir()
    first = "notebooks/00-start-here.ipynb"
    shutil.copyfile(ROOT / first, tmp_path / first)
    for name in ("README.md", "TEACHING.md", first):
        path = tmp_path / name  # as if there were no lesson 05
        path.write_text(re.sub(r"(\b|\[)05 · |\[05", "xx", path.read_text("utf-8")), "utf-8")
    new_lesson.make("05", "mine", "Mine", tmp_path)
    for name, row in (("README.md", r"\| \["), ("TEACHING.md", "## "), (first, r"\| \[")):
        text = (tmp_path / name).read_text("utf-8")
        numbers = re.findall(rf"^\W*{row}(\d\d) · ", text, re.MULTILINE)
        assert "05" in numbers and numbers == sorted(numbers), name


def test_a_number_that_is_taken_and_a_name_that_cannot_be_are_told(capsys):
    assert new_lesson.main(["02", "again", "Again"]) == 1
    assert "There is a lesson 02" in capsys.readouterr().err
    for arguments in (["2", "a", "A"], ["19", "My Subject", "A"], ["19", "a--b", "A"]):
        assert new_lesson.main(arguments) == 1
        assert "two digits" in capsys.readouterr().out
    for title in ("Real | fake", " ", "[x]"):
        assert new_lesson.main(["19", "a", title]) == 1
        assert "without | and brackets" in capsys.readouterr().out
