"""The texts: commands and files that exist, every lesson, lines of a terminal, no bad word."""

import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from ganlib import data, networks
from tools import ROOT
from tools.commands import main
from tools.notebooks import address

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


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
    links = dict(re.findall(r"^\[([\w-]+)\]: (\S+)$", README, re.MULTILINE))
    for path in lessons:
        number, relative = path.name[:2], path.relative_to(ROOT).as_posix()
        title = json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"][0].strip("# \n")
        badge = f"[![Open in Colab][colab]][{number}-colab]"
        (row,) = [line for line in README.splitlines() if line.startswith(f"| [{number} · ")]
        assert row.startswith(f"| [{title}][{number}] |") and row.endswith(f" | {badge} |")
        whole = f"[![Open in Colab]({links['colab']})]({links[f'{number}-colab']})"
        assert links[number] == relative and whole == address.badge(name, relative)
    listed = {link for link in links.values() if link.startswith("notebooks/")}
    assert listed == {path.relative_to(ROOT).as_posix() for path in lessons}


def test_readme_shows_twenty_lines_that_train_sample_and_save(tmp_path, monkeypatch):
    """They run as they stand, on few images and with narrow networks."""
    (block,) = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert len(block.splitlines()) <= 20 and README.index(block) < README.index("## Lessons")
    monkeypatch.chdir(tmp_path)
    drawn = data.load("shapes", n=96)
    monkeypatch.setattr(data, "load", {"cifar10": drawn}.get)
    for name in ("dcgan_generator", "dcgan_discriminator"):
        monkeypatch.setattr(networks, name, functools.partial(getattr(networks, name), width=2))
    names: dict = {}
    exec(block, names)
    gan = names["gan"]
    assert int(gan.step.numpy()) == 20 * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gan.keras", "runs", "samples.png"]
    again = keras.saving.load_model("gan.keras")
    np.testing.assert_allclose(again.sample(4, seed=0), gan.sample(4, seed=0), atol=1e-6)


FORBIDDEN = {
    r"pip3? install (?:-\S+ )*[\"']?ganlib\b(?! @)": "the name on the package index is not ours",
    r"pypi\.org|pythonhosted": "no host of a package index",
    r"\b(?:TODO|FIXME)\b": "nothing is left for later",
    "^(?:<{7} |>{7} )": "a conflict that was not resolved",
}


def test_no_forbidden_words(repository_files):
    patterns = FORBIDDEN | {re.escape(str(ROOT)): "a path of this machine"}
    problems = []
    for path in repository_files:
        if path.suffix in {".npz", ".png"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for pattern, reason in patterns.items():
            match = re.search(pattern, text, re.MULTILINE)
            if match:
                problems.append(f"{path.relative_to(ROOT)}: {match[0]!r} ({reason})")
    assert not problems


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


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "INSTRUCTORS.md"])
def test_every_file_named_in_the_texts_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:\.?[\w-]+/)+[\w-]+\.(?:py|md|txt|json|yml|ipynb))`", text)
    missing = [each for each in named if "NN" not in each and not (ROOT / each).exists()]
    assert not missing


def test_no_prose_is_wider_than_a_terminal():
    for name in ("README.md", "CONTRIBUTING.md"):
        fence = False
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            fence ^= line.startswith("```")
            free = fence or re.match(r"\[[\w-]+\]: ", line)  # code, and the target of a link
            assert free or len(line) <= (200 if line.startswith("|") else 100), line


def test_contributing_begins_with_what_a_first_change_takes():
    first = CONTRIBUTING.partition("```bash\n")[2].partition("```")[0].splitlines()
    assert len(first) <= 5 and CONTRIBUTING.index(first[0]) < CONTRIBUTING.index("\n## ")
    assert any("nbdiff-web " in line for line in first)


def test_the_table_of_folders_lists_all(repository_files):
    listed = set(re.findall(r"^\| `(\w+)/` \|", CONTRIBUTING, re.MULTILINE))
    there = {path.relative_to(ROOT).parts[0] for path in repository_files if path.parent != ROOT}
    assert listed == {folder for folder in there if not folder.startswith(".")}


def test_the_teachers_notes_name_sections_that_are_there():
    text = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
    lessons = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    parts = dict(re.findall(r"^## (\d\d) · .*\n((?:(?!^## ).*\n?)*)", text, re.MULTILINE))
    assert sorted(parts) == [path.stem[:2] for path in lessons], "each lesson has notes"
    for path in lessons:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        headings = re.findall(
            r"^## (.*)$", "\n\n".join("".join(cell["source"]) for cell in cells), re.MULTILINE
        )
        named = re.findall(r"(?<!\*)\*([^*\n]+\?)\*(?!\*)", parts[path.stem[:2]])
        assert set(named) <= set(headings), path.stem
        assert len(named) >= 2 or path.stem.startswith("00")
        for wanted in (
            "| minutes |",
            "Where students get stuck.",
            "Questions.",
            "When you are late.",
        ):
            assert wanted in parts[path.stem[:2]]


def test_a_class_has_ninety_minutes():
    text = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
    for part in text.split("\n## ")[2:]:  # 00 is no class of its own
        minutes = [int(each) for each in re.findall(r"^\| (\d+) \|", part, re.MULTILINE)]
        assert sum(minutes) == 90, part[:20]


def test_lesson_15_names_the_shares_of_its_table():
    """Those of one false alarm in a million, after three changes and without one."""
    text = (ROOT / "notebooks" / "15-detecting-fakes.ipynb").read_text(encoding="utf-8")
    cells = {cell["id"]: cell for cell in json.loads(text)["cells"]}
    table = "".join("".join(out.get("text", "")) for out in cells["attacks"]["outputs"])
    shares = dict(re.findall(r"^(\S+(?: \d+)?) +found \S+ (\S+)$", table, re.MULTILINE))
    three = [shares[name] for name in ("JPEG 75", "resize", "screenshot")]
    said = f"leave {three[0]}, {three[1]} and {three[2]} of the images found, in place of "
    assert said + shares["exact"] in "".join(cells["marks-answer"]["source"])
