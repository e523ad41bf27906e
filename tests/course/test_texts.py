"""README, CONTRIBUTING and the other texts: commands that exist, every lesson, no forbidden word."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ROOT
from tools.commands import main
from tools.notebooks import address

README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands_in(text: str) -> list[str]:
    """The command lines of a Markdown file's blocks."""
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_readme_gives_two_commands_with_make_and_without():
    lines = commands_in(README)
    assert {"make lab", "make test"} <= set(lines)
    assert {"python tools/course.py lab", "python tools/course.py test"} <= set(lines)


@pytest.mark.parametrize("line", [each for each in commands_in(README) if "course.py" in each])
def test_lines_without_make_run(line):
    """Each runs as the README has it, up to the commands that it would start."""
    python, *rest = line.split()
    assert python == "python"
    shown = subprocess.run(
        [sys.executable, *rest, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    module = {"lab": "-m jupyterlab", "test": "-m pytest"}[rest[1]]
    assert module in shown.stdout


def test_every_target_named_in_the_texts_exists():
    for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = {line.split()[1] for line in commands_in(text) if line.startswith("make ")}
        named |= set(re.findall(r"`make ([a-z-]+)", text))
        assert named and named <= set(main.COMMANDS), f"{name}: {named - set(main.COMMANDS)}"


def test_readme_lists_every_lesson():
    lessons = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    name = address.repository()
    for path in lessons:
        relative = path.relative_to(ROOT).as_posix()
        assert f"]({relative})" in README and address.badge(name, relative) in README
    listed = set(re.findall(r"\]\((notebooks/[^)]+)\)", README))
    assert listed == {path.relative_to(ROOT).as_posix() for path in lessons}


FORBIDDEN = {
    r"pip3? install (?:-\S+ )*[\"']?ganlib\b(?! @)": "the name on the package index is not ours",
    r"pypi\.org|pythonhosted": "no host of a package index",
    r"\b(?:TODO|FIXME)\b": "nothing is left for later",
    "^(?:<{7} |>{7} )": "a conflict that was not resolved",
}


def test_no_forbidden_words(repository_files):
    patterns = FORBIDDEN | {re.escape(str(ROOT)): "a path of this machine"}
    found = []
    for path in repository_files:
        if path.suffix in {".npz", ".png"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for pattern, reason in patterns.items():
            match = re.search(pattern, text, re.MULTILINE)
            if match:
                found.append(f"{path.relative_to(ROOT)}: {match[0]!r} ({reason})")
    assert not found


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("!pip install ganlib", True),
        ("%pip install --quiet ganlib", True),
        ('pip install "ganlib==0.1"', True),
        ('%pip install --quiet "ganlib @ git+https://github.com/a/b"', False),
    ],
)
def test_forbidden_install_line_is_seen(text, bad):
    assert bool(re.search(next(iter(FORBIDDEN)), text)) == bad
