"""Makes the skeleton of a lesson: the notebook, its exercise with a check and answers, its places.

python tools/course.py new 19 my-subject "My subject"

What it makes passes every test once `make lessons LESSON=19` has run it. Then write your own in its
place; what is still to be done elsewhere is printed.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from nbformat import NotebookNode, write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import ROOT
from tools.notebooks import address, exercises

__all__ = ["main", "make"]

TEMPLATES = Path(__file__).with_name("templates") / "lesson"
KERNEL = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
FOLDED = {
    "cellView": "form",
    "jupyter": {"source_hidden": True},
    "tags": ["check", "hide-input"],
}
REFERENCES = (
    "## References\n\n- I. Goodfellow and others, *Generative Adversarial Networks*, 2014, arXiv "
    "1406.2661. The idea of the game."
)


def lesson(number: str, slug: str, title: str, name: str) -> NotebookNode:
    """A lesson that says one true thing, in the form that every lesson has."""
    path = f"notebooks/{number}-{slug}.ipynb"
    return new_notebook(
        metadata=KERNEL,
        cells=[
            new_markdown_cell(
                f"# {number} · {title}\n\nYou will compute a mean, and see how fast it settles.",
                id="title",
            ),
            new_markdown_cell(
                "| | |\n|---|---|\n"
                "| **You will learn to** | compute a mean · say how far it is from the truth |\n"
                "| **Before you start** | [00 · Start here](00-start-here.ipynb) |\n"
                "| **Time** | ten minutes to read |",
                id="contents",
            ),
            new_markdown_cell(address.badge(name, path), id="badge"),
            new_code_cell(address.setup_cell(name, number), id="setup"),
            new_markdown_cell(
                "## How fast does a mean settle?\n\nBefore you run the next cell: with a hundred "
                "times as many numbers, how much nearer is their mean?",
                id="question",
            ),
            new_code_cell(
                "import matplotlib.pyplot as plt\nimport numpy as np\n\n"
                "sizes = np.array([10, 100, 1000, 10_000])\n"
                "rng = np.random.default_rng(1)\n"
                "errors = [\n"
                "    np.abs(rng.standard_normal((200, size)).mean(axis=1)).mean()\n"
                "    for size in sizes\n]\n\n"
                "figure, axes = plt.subplots(figsize=(5, 3))\n"
                'axes.loglog(sizes, errors, "o-")\n'
                'axes.set(xlabel="numbers", ylabel="distance from 0")\n'
                'axes.set_title("A hundred times the numbers, a tenth of the error")\n'
                "plt.show()",
                id="errors",
            ),
            new_markdown_cell(
                "*Figure 1. How far the mean of normal numbers is from 0, for four sizes of a "
                "sample. The line falls by a factor of ten for a hundred times as many numbers.*",
                id="errors-caption",
            ),
            new_code_cell(
                "# @title Check the numbers\n"
                "course.check(\n"
                "    errors[0] / errors[2],\n    10,\n    within=2,\n"
                '    what="gain from a hundred times the numbers",\n)',
                id="errors-check",
                metadata=FOLDED,
            ),
            new_markdown_cell(
                "<details><summary>The answer</summary>\n\nTen times nearer: the error falls with "
                "the square root of the number.\n\n</details>",
                id="answer",
            ),
            new_markdown_cell(
                "## What you can do now\n\n- Compute a mean, and say how far off it is.", id="now"
            ),
            new_markdown_cell(
                "## Common mistakes\n\n| What you see | What it often is |\n|---|---|\n"
                "| the line does not fall | the numbers are drawn with one seed for all sizes |",
                id="mistakes",
            ),
            new_markdown_cell(
                f"## Practise\n\n[Exercise {number}](../exercises/{number}-{slug}/{number}-{slug}"
                ".ipynb): a mean of your own.",
                id="practise",
            ),
            new_markdown_cell(REFERENCES, id="references"),
        ],
    )


def solution(number: str, slug: str, title: str, name: str) -> NotebookNode:
    """The source of its exercise: a task with a check, and an open question."""
    path = f"solutions/{number}-{slug}/{number}-{slug}.ipynb"

    def about(grade_id: str, **more: object) -> dict:
        start = {"grade": False, "grade_id": grade_id, "locked": True, "schema_version": 3}
        return {"nbgrader": start | {"solution": False, "task": False} | more}

    return new_notebook(
        metadata=KERNEL,
        cells=[
            new_markdown_cell(
                f"# {number} · {title}: exercise\n\nYou will write a mean yourself.", id="title"
            ),
            new_markdown_cell(
                "| | |\n|---|---|\n"
                "| **You practise** | turning a sum into a mean |\n"
                f"| **Before you start** | [{number} · {title}](../../notebooks/{number}-{slug}"
                ".ipynb) |\n"
                "| **Time** | about 15 minutes; each task says its own |\n\n"
                "Write your code in place of the two lines `# Your code` and `raise "
                "NotImplementedError`, run the cell, then run the check below it. "
                "`checks.sample_mean(hint=1)` shows a first hint.",
                id="how",
            ),
            new_markdown_cell(address.badge(name, path), id="badge"),
            new_code_cell(
                address.setup_cell(name, number)
                + f"\n\nimport numpy as np\n\nfrom ganlib.checks import lesson{number} as checks",
                id="setup",
                metadata=about("setup"),
            ),
            new_markdown_cell(
                "## 1. A mean (5 minutes, 2 points)\n\n- `samples`: float array `(n,)`.\n"
                "- Returns a number.",
                id="sample-mean-task",
            ),
            new_code_cell(
                'def sample_mean(samples):\n    """The mean of the samples."""\n'
                "    ### BEGIN SOLUTION\n    return np.sum(samples) / len(samples)\n"
                "    ### END SOLUTION",
                id="sample-mean-answer",
                metadata=about("sample-mean-answer", locked=False, solution=True),
            ),
            new_code_cell(
                "checks.sample_mean(sample_mean)",
                id="sample-mean",
                metadata=about("sample-mean", grade=True, points=2),
            ),
            new_markdown_cell(
                "**Why.** Each number counts with the share that it has of the sample.",
                id="sample-mean-why",
                metadata={"tags": ["explanation"]},
            ),
            new_markdown_cell(
                "## 2. What does a mean not say? (10 minutes, 2 points)\n\nName two samples with "
                f"the same mean that a reader must not confuse.\n\n{exercises.COMPARE}",
                id="open-task",
            ),
            new_markdown_cell(
                "**Rubric** (2 points): 1 point for two samples with the same mean, 1 point for "
                "what is lost.\n\n**A model answer.** $(0, 0)$ and $(-1, 1)$: the mean says "
                "nothing of the spread.",
                id="open-answer",
                metadata=about("open-answer", locked=False, solution=True, grade=True, points=2),
            ),
            new_markdown_cell(
                "## Your points\n\nWhat the checks gave last. The open question is for a reader.",
                id="your-points",
            ),
            new_code_cell("checks.table()", id="points-table", metadata=about("points-table")),
            new_markdown_cell("## Where to go on\n\nBack to the lesson.", id="end"),
        ],
    )


def make(number: str, slug: str, title: str, root: Path = ROOT) -> list[Path]:
    """Writes all files of a new lesson, and its rows in the README, the map and the notes.

    Returns:
        The files that were written or changed.

    Raises:
        FileExistsError: there is a lesson with this number.
    """
    taken = [*(root / "notebooks").glob(f"{number}-*"), *(root / "solutions").glob(f"{number}-*")]
    if taken:
        raise FileExistsError(f"There is a lesson {number}: {taken[0].relative_to(root)}.")
    name = address.repository(root / "pyproject.toml")
    stem = f"{number}-{slug}"
    made = {
        f"ganlib/checks/lesson{number}/__init__.py": _template("lesson", number),
        f"ganlib/checks/lesson{number}/sample_mean.py": _template("check", number),
        f"tests/checks/answers/lesson{number}.py": _template("answers", number),
    }
    for path, text in made.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    notebooks = {
        f"notebooks/{stem}.ipynb": lesson(number, slug, title, name),
        f"solutions/{stem}/{stem}.ipynb": solution(number, slug, title, name),
    }
    for path, notebook in notebooks.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        write(notebook, root / path)
    _add_rows(number, slug, title, name, root)
    changed = ("README.md", "TEACHING.md", "notebooks/00-start-here.ipynb")
    return [root / path for path in (*made, *notebooks, *changed)]


def _template(name: str, number: str) -> str:
    return (TEMPLATES / f"{name}.py.txt").read_text(encoding="utf-8").replace("NUMBER", number)


def _add_rows(number: str, slug: str, title: str, name: str, root: Path) -> None:
    """Puts the lesson where all lessons are listed: README, the map in lesson 00, the notes."""
    path = root / "README.md"
    text = path.read_text(encoding="utf-8")
    row = (
        f"| [{number} · {title}][{number}] | say what a mean tells | 10 min, seconds | "
        f"[![Open in Colab][colab]][{number}-colab] |\n"
    )
    link = address.badge(name, f"notebooks/{number}-{slug}.ipynb").rsplit("(", 1)[1][:-1]
    text = _after_last(r"^\| \[\d\d · .*\n", text, row)
    text = _after_last(
        r"^\[\d\d-colab\]: .*\n?",
        text,
        f"[{number}]: notebooks/{number}-{slug}.ipynb\n[{number}-colab]: {link}\n",
    )
    path.write_text(text, encoding="utf-8")

    path = root / "TEACHING.md"
    notes = (
        f"\n## {number} · {title}\n\n| minutes | what |\n|---|---|\n"
        "| 90 | *How fast does a mean settle?* |\n\n"
        "**Where students get stuck.** \n\n**Questions.** \n\n**When you are late.** \n"
    )
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n" + notes, "utf-8")

    path = root / "notebooks" / "00-start-here.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(each for each in notebook["cells"] if each["id"] == "map")
    row = f"| [{number} · {title}]({number}-{slug}.ipynb) | say what a mean tells |\n"
    text = _after_last(r"^\| \[\d\d · .*\n", "".join(cell["source"]), row)
    cell["source"] = text.splitlines(keepends=True)
    written = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(written + "\n", encoding="utf-8")


def _after_last(pattern: str, text: str, addition: str) -> str:
    """The text with lines added after the last that matches."""
    *_, last = re.finditer(pattern, text, re.MULTILINE)
    before = text[: last.end()]
    return before + ("" if before.endswith("\n") else "\n") + addition + text[last.end() :]


def main(arguments: list[str]) -> int:
    """Makes the skeleton, and says what is left to do."""
    parser = argparse.ArgumentParser(prog="python tools/course.py new", description=__doc__)
    parser.add_argument("number", help="such as 19")
    parser.add_argument("slug", help="for the files' names, such as my-subject")
    parser.add_argument("title", help='such as "My subject"')
    options = parser.parse_args(arguments)
    if not re.fullmatch(r"\d\d", options.number) or not re.fullmatch(r"[a-z0-9-]+", options.slug):
        print("Write two digits, then small letters and hyphens: new 19 my-subject 'My subject'.")
        return 1
    try:
        made = make(options.number, options.slug, options.title)
    except FileExistsError as problem:
        print(problem, file=sys.stderr)
        return 1
    for path in made:
        print(path.relative_to(ROOT))
    exercises.main([])
    print(
        f"Now: write the lesson, then make lessons LESSON={options.number} and make test. An "
        "exercise has four tasks with checks at least. A lesson that was announced as to come "
        "leaves COMING in tools/notebooks/references.py. The term's plan is in INSTRUCTORS.md."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
