"""Makes the skeleton of a lesson: the notebook, its exercise with a check and answers, its places.

python tools/course.py new 19 my-subject "My subject"

What it makes passes every test once `make lessons LESSON=19` has run it: a small lesson about means
with five tasks. Then write your own in its place.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from nbformat import NotebookNode, write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import ROOT
from tools.notebooks import address, collapsed, exercises
from tools.notebooks.references import COMING

__all__ = ["main", "make"]

TEMPLATES = Path(__file__).with_name("templates") / "lesson"
KERNEL = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
TASKS = ("sample_mean", "deviation", "error_of_mean", "how_many")
ABLE = "say how far a mean is off, and how fast it settles"
NOTES = """
| minutes | what |
|---|---|
| 45 | *How fast does a mean settle?*: everybody predicts, then runs |
| 45 | *How far is one mean off?*: by hand for three numbers |

**Where students get stuck.** They divide by $n$ where the root of $n$ belongs.

**Questions.** What do a hundred times as many numbers gain? *One digit.*

**When you are late.** Skip *How far is one mean off?*.
"""


def notebook(template: str, words: dict[str, str]) -> NotebookNode:
    """The notebook that a template describes, with these words in place of those in capitals.

    A line such as ``%% code sample-mean points=2`` begins a cell: its kind, its id, and what it is
    to students, if anything: ``answer``, ``points=2`` (a check), ``open=2`` (an open question),
    ``locked``, ``explanation`` (of the solution alone), ``check`` (folded away).
    """
    text = _filled(template, words)
    cells = []
    for head, source in re.findall(r"^%% (.*)\n((?:(?!%% ).*\n)*)", text, re.MULTILINE):
        kind, name, *role = head.split()
        new = new_code_cell if kind == "code" else new_markdown_cell
        cells.append(new(source.strip("\n"), id=name, metadata=_metadata(name, *role)))
    return new_notebook(metadata=KERNEL, cells=cells)


def _metadata(name: str, role: str = "") -> dict:
    word, _, points = role.partition("=")
    start = {"grade": False, "grade_id": name, "locked": True, "schema_version": 3}
    start |= {"solution": False, "task": False}
    graded = {"grade": True, "points": int(points or 0)}
    written = {"locked": False, "solution": True}
    return {
        "": {},
        "check": collapsed.metadata("check"),
        "explanation": {"tags": ["explanation"]},
        "locked": {"nbgrader": start},
        "answer": {"nbgrader": start | written},
        "points": {"nbgrader": start | graded},
        "open": {"nbgrader": start | graded | written},
    }[word]


def make(number: str, slug: str, title: str, root: Path = ROOT) -> list[Path]:
    """Writes all files of a new lesson, and its rows in the README, the map and the notes.

    Returns:
        The files that were written or changed.

    Raises:
        FileExistsError: there is a lesson with this number.
    """
    folders = ("notebooks", "solutions", "ganlib/checks")
    taken = [path for folder in folders for path in (root / folder).glob(f"*{number}*")]
    taken = [path for path in taken if re.match(rf"(lesson)?{number}(-|$)", path.name)]
    if taken:
        raise FileExistsError(f"There is a lesson {number}: {taken[0].relative_to(root)}.")
    name = address.repository(root / "pyproject.toml")
    stem = f"{number}-{slug}"
    words = {
        "NUMBER": number,
        "STEM": stem,
        "TITLE": title,
        "SETUP": address.setup_cell(name, number),
        "COMPARE": exercises.COMPARE,
    }
    checks = f"ganlib/checks/lesson{number}"
    made = {
        f"{checks}/__init__.py": "init",
        **{f"{checks}/{task}.py": task for task in TASKS},
        f"tests/checks/answers/lesson{number}.py": "answers",
    }
    for path, template in made.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(_filled(f"{template}.py.txt", words), encoding="utf-8")
    notebooks = {
        f"notebooks/{stem}.ipynb": "lesson.txt",
        f"solutions/{stem}/{stem}.ipynb": "solution.txt",
    }
    for path, template in notebooks.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        write(notebook(template, words | {"BADGE": address.badge(name, path)}), root / path)
    _add_rows(number, title, name, f"notebooks/{stem}.ipynb", root)
    changed = ("README.md", "TEACHING.md", "notebooks/00-start-here.ipynb")
    return [root / path for path in (*made, *notebooks, *changed)]


def _filled(template: str, words: dict[str, str]) -> str:
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    return re.sub(rf"(?<![A-Z])({'|'.join(words)})(?![A-Z])", lambda word: words[word[1]], text)


def _add_rows(number: str, title: str, name: str, path: str, root: Path) -> None:
    """Puts the lesson where all lessons are listed: README, the map in lesson 00, the notes."""
    link = address.badge(name, path).rsplit("(", 1)[1][:-1]
    row = (
        f"| [{number} · {title}][{number}] | {ABLE} | 10 min, seconds | "
        f"[![Open in Colab][colab]][{number}-colab] |\n"
    )
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    text = _in_order(r"^\| \[(\d\d) · .*\n", text, number, row)
    links = f"[{number}]: {path}\n[{number}-colab]: {link}\n"
    text = _in_order(r"^\[(\d\d)-colab\]: .*\n", text, number, links)
    readme.write_text(text, encoding="utf-8")

    notes = root / "TEACHING.md"
    text = notes.read_text(encoding="utf-8").rstrip("\n") + "\n\n"
    section = r"^## (\d\d) · .*\n(?:(?!## ).*\n)*"
    text = _in_order(section, text, number, f"## {number} · {title}\n{NOTES}\n")
    notes.write_text(text.rstrip("\n") + "\n", encoding="utf-8")

    first = root / "notebooks" / "00-start-here.ipynb"
    start = json.loads(first.read_text(encoding="utf-8"))
    cell = next(each for each in start["cells"] if each["id"] == "map")
    row = f"| [{number} · {title}]({Path(path).name}) | {ABLE} |\n"
    text = _in_order(r"^\| \[(\d\d) · .*\n", "".join(cell["source"]), number, row)
    cell["source"] = text.splitlines(keepends=True)
    written = json.dumps(start, indent=1, ensure_ascii=False, sort_keys=True)
    first.write_text(written + "\n", encoding="utf-8")


def _in_order(pattern: str, text: str, number: str, addition: str) -> str:
    """The text with lines added after those of the lesson that comes before."""
    before = [each for each in re.finditer(pattern, text, re.MULTILINE) if each[1] < number]
    place = before[-1].end()
    return text[:place] + addition + text[place:]


def main(arguments: list[str]) -> int:
    """Makes the skeleton, and says what is left to do."""
    parser = argparse.ArgumentParser(prog="python tools/course.py new", description=__doc__)
    parser.add_argument("number", help="such as 19")
    parser.add_argument("slug", help="for the files' names, such as my-subject")
    parser.add_argument("title", help='such as "My subject"')
    options = parser.parse_args(arguments)
    number, slug, title = options.number, options.slug, options.title.strip()
    if not re.fullmatch(r"\d\d", number) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        print("Write two digits, then small letters and hyphens: new 19 my-subject 'My subject'.")
        return 1
    if not title or re.search(r"[|\[\]\n]", title):
        print(f"The title is {title!r}, but must be a line without | and brackets.")
        return 1
    try:
        made = make(number, slug, title)
    except FileExistsError as problem:
        print(problem, file=sys.stderr)
        return 1
    for path in made:
        print(path.relative_to(ROOT))
    exercises.main([])
    print(f"Now run `make lessons LESSON={number}`. Then all of `make test` passes.")
    if number in COMING:
        print(
            f"But first remove {number} from COMING in tools/notebooks/references.py, and change "
            'every text that calls the lesson "to come"; the tests name the places.'
        )
    print(
        "Then write yours in place of what is there, a piece at a time; the tests say what is "
        "missing. The plan of the term in INSTRUCTORS.md is yours to change."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
