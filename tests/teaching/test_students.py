"""The students' half of a private course: it works, and holds no solution."""

import json
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from tools import ROOT
from tools.teaching import students as module
from tools.teaching.students import LINK, copy, main, unlinked


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    folder = tmp_path_factory.mktemp("students") / "gans-2027"
    return folder, copy(folder)


def test_it_holds_lessons_exercises_and_the_library_and_no_solution(half):
    folder, names = half
    assert {name.split("/")[0] for name in names} >= {"notebooks", "exercises", "ganlib", "tools"}
    assert not {name.split("/")[0] for name in names} & {"solutions", "tests", "benchmarks"}
    assert not any("teaching" in name or name.startswith("INSTRUCTORS") for name in names)
    for name in names:
        if Path(name).suffix in (".ipynb", ".py", ".md") and not name.startswith("tools/"):
            text = (folder / name).read_text(encoding="utf-8")
            assert "### BEGIN SOLUTION" not in text, name


def prose_of(path: Path) -> str:
    """A Markdown file's text, or that of a notebook's cells of text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def test_no_link_leads_to_what_is_not_there(half):
    folder, names = half
    for name in names:
        if name.endswith((".md", ".ipynb")):
            for match in LINK.finditer(prose_of(folder / name)):
                target = match["target"]
                if not re.match(r"[a-z]+:", target) and "\\" not in target:
                    assert ((folder / name).parent / target).exists(), (name, target)


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "tools/course.py", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_has_the_commands_that_its_readme_names_and_no_others(half):
    folder, _ = half
    listed = re.findall(r"^    ([a-z-]+)(?: {2,}|$)", run(folder).stdout, re.MULTILINE)
    assert listed == ["lab", "lessons", "setup"]
    for name, wanted in (("lab", "jupyterlab"), ("lessons", "tools.notebooks.run_lessons")):
        done = run(folder, name, "--dry-run")
        assert done.returncode == 0, done.stderr
        assert wanted in done.stdout
    assert "invalid choice: 'grade'" in run(folder, "grade", "02").stderr
    text = (folder / "README.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"(?:^|`)(?:make|python tools/course\.py) ([a-z-]+)", text, re.MULTILINE)
    )
    assert "lab" in named and named <= set(listed)
    assert "**Students**" in text and "nstructors" not in text


def test_what_is_there_is_replaced_and_a_repository_stays(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text("new repository")
    copy(tmp_path)
    (tmp_path / "exercises" / "old.ipynb").write_text("{}")
    (tmp_path / "syllabus.md").write_text("mine")
    copy(tmp_path)
    assert (tmp_path / "syllabus.md").read_text() == "mine"
    assert not (tmp_path / "exercises" / "old.ipynb").exists()
    assert (tmp_path / ".git").is_dir()


@pytest.mark.parametrize("place", [ROOT, ROOT / "build" / "students", ROOT.parent])
def test_it_is_never_made_over_the_course_itself(place, capsys):
    assert main([str(place)]) == 1
    assert "outside of the course's own" in capsys.readouterr().err


def test_a_path_may_lead_through_the_folder_above(tmp_path, monkeypatch, capsys):
    """As INSTRUCTORS.md has it: ../gans-2027, seen from the course's folder."""
    root = tmp_path / "course"
    root.mkdir()
    monkeypatch.setattr(module, "ROOT", root)
    monkeypatch.setattr(module, "copy", lambda target: [str(target)])
    monkeypatch.chdir(root)
    assert main(["../gans-2027"]) == 0
    assert f"are in {tmp_path / 'gans-2027'}," in capsys.readouterr().out
    assert main(["../course/build"]) == 1


def test_it_is_never_made_over_something_else(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("years of work")
    assert main([str(tmp_path)]) == 1
    assert "holds thesis.tex" in capsys.readouterr().err
    assert (tmp_path / "thesis.tex").exists()


def test_it_is_never_made_over_another_fork(tmp_path, capsys):
    for name in ("ganlib", "exercises", "solutions"):
        (tmp_path / name).mkdir()
    assert main([str(tmp_path)]) == 1
    assert (tmp_path / "solutions").is_dir()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[a](../solutions/x.ipynb) b", "a b"),
        ("[a](../ganlib/gan.py#L3)", "[a](../ganlib/gan.py#L3)"),
        ("[a](../ganlib)", "[a](../ganlib)"),
        ("[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("[a](#here)", "[a](#here)"),
        ("![a](../solutions/x.png)", "![a](../solutions/x.png)"),
    ],
)
def test_links_become_words(text, wanted):
    assert unlinked(text, PurePosixPath("notebooks"), {"ganlib/gan.py"}) == wanted
