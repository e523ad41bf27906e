"""The public address: the same everywhere, in no code, and changed by one command."""

import json
from pathlib import Path

import nbformat
import pytest

from tools import ROOT
from tools.notebooks import address
from tools.notebooks.inputs import INSTALL

README = (ROOT / "README.md").read_text(encoding="utf-8")


def badge_notebook(name: str) -> dict:
    notebook = nbformat.v4.new_notebook()
    path = "notebooks/06-first-image-gan.ipynb"
    notebook.cells = [
        nbformat.v4.new_markdown_cell(f"# 06 · Title\n\n{address.badge(name, path)}"),
        nbformat.v4.new_code_cell(address.setup_cell(name, "06"), id="setup"),
        nbformat.v4.new_markdown_cell(
            "[Theirs](https://colab.research.google.com/github/tensorflow/docs/blob/main/a.ipynb) "
            f"of https://github.com/tensorflow/docs. Report it: https://github.com/{name}/issues."
        ),
    ]
    return notebook


def test_address_is_the_same_everywhere():
    name = address.repository()
    stale = [
        path.name
        for path in address.files()
        if address.rewritten(path, name) != path.read_text("utf-8")
    ]
    assert not stale, "run: python tools/course.py address"
    assert README.count(f"git clone https://github.com/{name}\n") == 1


def test_address_stands_in_no_code(repository_files):
    name = address.repository()
    allowed = {".md", ".ipynb"}
    holding = [
        path.relative_to(ROOT).as_posix()
        for path in repository_files
        if path.suffix in {".py", ".yml", ".toml", ".cfg", ""} | allowed
        and name in path.read_text("utf-8", errors="replace")
    ]
    assert {each for each in holding if Path(each).suffix not in allowed} == {"pyproject.toml"}


def test_fork_changes_the_address_with_one_command():
    old, new = "old--owner/gan-course", "anna/my.gans-2"
    text = json.dumps(badge_notebook(old), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    changed = address.readdressed_notebook(text, new)
    assert old not in changed
    assert json.loads(changed) == badge_notebook(new) | {"cells": json.loads(changed)["cells"]}
    cells = [cell["source"] for cell in json.loads(changed)["cells"]]
    assert cells == [cell["source"] for cell in badge_notebook(new).cells]
    assert "github/tensorflow/docs/blob" in cells[2] and f"github.com/{new}/issues" in cells[2]
    assert address.readdressed_notebook(changed, new) == changed, "a second call changes nothing"
    assert address.readdressed_notebook(changed, old) == text, "and back"


@pytest.mark.parametrize(
    "lines",
    [
        'if importlib.util.find_spec("ganlib") is None:\n    %pip install "ganlib @ git+https://github.com/a/b"',
        'if (\n    importlib.util.find_spec("ganlib") is None\n):  # fetch it\n'
        '    %pip install --quiet "ganlib @ git+https://github.com/c/d"',
    ],
)
def test_installing_lines_are_written_anew(lines):
    notebook = badge_notebook("a/b")
    before = notebook.cells[1].source
    notebook.cells[1].source = INSTALL.sub(lines, before)
    assert notebook.cells[1].source != before
    changed = json.loads(address.readdressed_notebook(json.dumps(notebook), "a/b"))
    assert changed["cells"][1]["source"] == before


def test_address_keeps_a_notebook_that_needs_no_change():
    text = json.dumps(badge_notebook("a/b"), indent=4)
    assert address.readdressed_notebook(text, "a/b") == text


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("https://github.com/a/b", "a/b"),
        ("https://github.com/a/b.git", "a/b"),
        ("https://github.com/a/b.c/", "a/b.c"),
    ],
)
def test_address_of_pyproject(tmp_path, written, name):
    file = tmp_path / "pyproject.toml"
    file.write_text(
        f'[project.urls]\nRepository = "{written}"\n'.replace(
            "[project.urls]", "[project]\n[project.urls]"
        )
    )
    assert address.repository(file) == name


def test_address_elsewhere_than_github_is_refused(tmp_path):
    file = tmp_path / "pyproject.toml"
    file.write_text('[project.urls]\nRepository = "https://example.org/a/b"\n')
    with pytest.raises(ValueError, match="Colab opens notebooks from GitHub"):
        address.repository(file)


@pytest.fixture
def pinned(monkeypatch):
    """As if pyproject.toml named a tag."""
    monkeypatch.setattr(address, "REVISION", "v1.2")


def test_a_tag_stands_in_badges_and_set_up_cells(monkeypatch, pinned):
    notebook = badge_notebook("a/b")
    assert "/a/b/blob/v1.2/notebooks/" in notebook.cells[0].source
    assert '"ganlib @ git+https://github.com/a/b@v1.2"' in notebook.cells[1].source
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    monkeypatch.setattr(address, "REVISION", "main")
    after_the_term = address.readdressed_notebook(text, "a/b")
    assert "v1.2" not in after_the_term
    assert "github/tensorflow/docs/blob/" in after_the_term
    monkeypatch.setattr(address, "REVISION", "v1.2")
    assert address.readdressed_notebook(after_the_term, "c/d") == text.replace("a/b", "c/d")


def test_a_tag_stands_in_links_of_markdown_and_nowhere_else(pinned):
    text = f"{address.badge('a/b', 'c.ipynb')} and https://github.com/a/b/blob/main/README.md"
    changed = address.readdressed(text.replace("v1.2", "main"), "a/b")
    assert changed == text


@pytest.mark.parametrize(
    "lines", ["\ncd gan-course\n", " && cd gan-course\n", ".git\ncd gan-course\n"]
)
def test_who_clones_a_fork_enters_its_folder(lines):
    text = "cd gan-course is said elsewhere\ngit clone https://github.com/a/gan-course" + lines
    changed = address.readdressed(text, "anna/my.gans-2")
    assert "git clone https://github.com/anna/my.gans-2" in changed
    assert changed.count("cd my.gans-2\n") == 1
    assert changed.startswith("cd gan-course is said elsewhere")
    assert address.readdressed(changed, "a/gan-course") == text


@pytest.mark.parametrize("written", ['"release/2"', '""', "3", '"a b"'])
def test_a_revision_that_no_link_can_hold_is_refused(tmp_path, written):
    file = tmp_path / "pyproject.toml"
    file.write_text(f"[tool.gan-course]\nrevision = {written}\n")
    with pytest.raises(ValueError, match="must be a branch or a tag"):
        address.revision(file)


def test_without_a_revision_it_is_the_main_branch(tmp_path):
    file = tmp_path / "pyproject.toml"
    file.write_text("[project]\n")
    assert address.revision(file) == "main"
