"""The rules for the form of notebooks: each is a function that says what is wrong with a notebook.

tests/course/test_notebook_rules.py applies them to every notebook. To see the same while writing
one: ``python -m tools.notebooks.rules notebooks/06-first-image-gan.ipynb``
"""

import ast
import json
import re
import sys
from pathlib import Path

from tools.notebooks.address import badge, repository, setup_cell
from tools.notebooks.collapsed import (
    IMAGE,
    check_cells,
    checks_numbers,
    collapsed_cells,
    is_collapsed,
    only_draws,
)
from tools.notebooks.course_notebook import CourseNotebook, printed, shows, where
from tools.notebooks.inputs import ROOT, code_cells, code_hash, plain_python, source_of
from tools.notebooks.kept_names import kept_names
from tools.notebooks.quoted import names_of_checks, numbers, ticks
from tools.notebooks.references import references

MOST_CODE_LINES = 30  # without blank lines and comments
MOST_LINES = 40
# The reading site, 1,200 pixels wide, cuts longer lines.
MOST_COLUMNS = {"notebooks": 79, "solutions": 88, "exercises": 88}
LARGEST_BYTES = 2_000_000
CLOSING = ("What you can do now", "Common mistakes", "Practise", "References")
WIDGET = "application/vnd.jupyter.widget-view+json"


def opening(notebook: CourseNotebook) -> list[str]:
    """`# 06 · Title`, a line on what the reader will be able to do, and the small table."""
    text = "\n".join(source_of(cell) for cell in notebook.opening)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    faults = title(notebook)
    if len(lines) < 2 or lines[1].startswith(("|", "#", "[", "-")):
        faults.append(
            "under the title there is no line that says what the reader will be able to do"
        )
    table = "\n".join(line for line in lines if line.startswith("|")).lower()
    for entry in ("you will learn", "before you start", "time"):
        if not re.search(rf"\b{entry}\b", table):
            faults.append(f"the table at the top has no entry '{entry.capitalize()}'")
    return faults


def title(notebook: CourseNotebook) -> list[str]:
    """The first line is `# NN · Title` with the number of the file's name."""
    first = (source_of(notebook.cells[0]).splitlines() or [""])[0] if notebook.cells else ""
    if (
        notebook.cells
        and notebook.cells[0]["cell_type"] == "markdown"
        and re.match(rf"# {notebook.lesson} · \S", first)
    ):
        return []
    return [f"it must begin with '# {notebook.lesson} · Title', not {first[:60]!r}"]


def colab_badge(notebook: CourseNotebook) -> list[str]:
    """The badge of this very file stands once, before the set-up cell."""
    wanted = badge(repository(notebook.root / "pyproject.toml"), notebook.path)
    text = "\n".join(source_of(cell) for cell in notebook.opening)
    if text.count(wanted) == 1 and text.count("colab-badge.svg") == 1:
        return []
    return [f"before the set-up cell must stand this badge, once: {wanted}"]


def setup(notebook: CourseNotebook) -> list[str]:
    """The first code cell, and no other, is the set-up cell; imports may be added to it."""
    wanted = setup_cell(repository(notebook.root / "pyproject.toml"), notebook.lesson)
    code = code_cells(notebook.content)
    faults = []
    if not code or code[0].get("id") != "setup":
        faults.append('the first code cell must be the set-up cell, with the id "setup"')
    else:
        fixed = wanted.splitlines()
        lines = source_of(code[0]).splitlines()
        lines = [re.sub(r'(start\("\d\d"), precision="\w+"\)', r"\1)", line) for line in lines]
        rest = [line for line in lines if line in fixed or not re.match(r"(import|from) ", line)]
        if [line for line in rest if line] != [line for line in fixed if line]:
            faults.append(f"the set-up cell must say (imports may be added):\n{wanted}")
    for cell in code[1:]:
        if cell.get("id") == "setup" or re.search(
            r"find_spec\(|ganlib\.start\(|pip install", source_of(cell)
        ):
            faults.append(f"{where(notebook, cell)} sets up again; one cell does, at the top")
    return faults


def cell_size(notebook: CourseNotebook) -> list[str]:
    """Code cells are narrow and not empty, and short unless they are folded away."""
    faults = []
    columns = MOST_COLUMNS[notebook.path.partition("/")[0]]
    for cell in code_cells(notebook.content):
        lines = source_of(cell).splitlines()
        code = [line for line in lines if line.strip() and not line.strip().startswith("#")]
        wide = [line for line in lines if len(line) > columns and cell.get("id") != "setup"]
        if not code:
            faults.append(f"{where(notebook, cell)} has no code")
        if not is_collapsed(cell) and (len(code) > MOST_CODE_LINES or len(lines) > MOST_LINES):
            faults.append(
                f"{where(notebook, cell)} has {len(code)} lines of code, {len(lines)} in all; "
                f"at most {MOST_CODE_LINES} and {MOST_LINES}"
            )
        if wide:
            faults.append(
                f"{where(notebook, cell)} is wider than {columns} columns: {wide[0].strip()[:50]!r}"
            )
    return faults


def python(notebook: CourseNotebook) -> list[str]:
    """Every code cell is Python (or IPython) that can be read."""
    faults = []
    for cell in code_cells(notebook.content):
        try:
            ast.parse(plain_python(source_of(cell)))
        except SyntaxError as error:
            faults.append(
                f"{where(notebook, cell)} is not valid Python: {error.msg}, line {error.lineno}"
            )
    return faults


def prose_between(notebook: CourseNotebook) -> list[str]:
    """Between any two code cells stands a Markdown cell, unless the second is folded away or
    graded.
    """
    return [
        f"{where(notebook, cell)} follows a code cell without a word between them"
        for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False)
        if before["cell_type"] == cell["cell_type"] == "code"
        and not is_collapsed(cell)
        and not cell["metadata"].get("nbgrader", {}).get("grade")
    ]


def cell_ids(notebook: CourseNotebook) -> list[str]:
    """Every cell has an id of its own."""
    ids = [cell.get("id") for cell in notebook.cells]
    faults = [f"cell {index} has no id" for index, each in enumerate(ids) if not each]
    twice = sorted({each for each in ids if each and ids.count(each) > 1})
    return faults + [f"two cells have the id {each!r}" for each in twice]


def file_size(notebook: CourseNotebook) -> list[str]:
    """The file is small enough for GitHub and Colab to show it at once."""
    size = len((json.dumps(notebook.content, indent=1, ensure_ascii=False) + "\n").encode())
    return (
        [f"the file has {size / 1e6:.1f} MB, must be below 2 MB"] if size >= LARGEST_BYTES else []
    )


def links(notebook: CourseNotebook) -> list[str]:
    """Relative links lead to files that exist."""
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", notebook.prose)
    folder = (notebook.root / notebook.path).parent
    return [
        f"the link to {target!r} leads nowhere"
        for target in targets
        if not re.match(r"[a-z]+:", target) and not (folder / target).exists()
    ]


def closing(notebook: CourseNotebook) -> list[str]:
    """The closing sections are there, in order; `Practise` once there is an exercise."""
    headings = re.findall(r"^## (.+?)\s*$", notebook.prose, re.MULTILINE)
    practise = any((notebook.root / "exercises").glob(f"{notebook.lesson}-*/*.ipynb"))
    wanted = [name for name in CLOSING if name != "Practise" or practise]
    faults = [f"the section '## {name}' is missing" for name in wanted if name not in headings]
    present = [heading for heading in headings if heading in CLOSING]
    if not faults and (
        present != sorted(present, key=CLOSING.index) or headings[-1] not in CLOSING
    ):
        faults.append(f"the page must end with these sections in this order: {', '.join(CLOSING)}")
    return faults


def saved_run(notebook: CourseNotebook) -> list[str]:
    """The saved outputs come from a whole run of the present code at the cpu or gpu budget."""
    record = notebook.content["metadata"].get("ganlib")
    if not record:
        return ["its outputs were not saved by 'make lessons'"]
    faults = []
    if record.get("budget") not in ("cpu", "gpu"):
        faults.append(
            f"its outputs were saved at the budget {record.get('budget')!r}; "
            "'cpu' or 'gpu' is expected"
        )
    code = "".join(source_of(cell) for cell in code_cells(notebook.content))
    if record.get("data") == "shapes" and 'load("cifar10"' in code:
        faults.append(
            "its outputs were saved without CIFAR-10: set GANLIB_DATA_DIR, then run 'make lessons'"
        )
    if record.get("inputs", {}).get("code") != code_hash(notebook.content):
        faults.append("its code was changed after its outputs were saved: run 'make lessons'")
    counts = [cell.get("execution_count") for cell in code_cells(notebook.content)]
    if counts != list(range(1, len(counts) + 1)):
        faults.append(
            "its cells were not all run, once each, from top to bottom: run 'make lessons'"
        )
    return faults


def outputs(notebook: CourseNotebook) -> list[str]:
    """No error, nothing on stderr, no path or memory address of the machine it ran on."""
    faults = []
    for cell in code_cells(notebook.content):
        meant = "raises-exception" in cell["metadata"].get("tags", [])
        for output in cell["outputs"]:
            text = printed(output)
            if output["output_type"] == "error" and not meant:
                faults.append(f"{where(notebook, cell)} ends in an error: {output.get('ename')}")
            if output.get("name") == "stderr":
                faults.append(f"{where(notebook, cell)} writes to stderr: {text.strip()[:80]!r}")
            if re.search(
                r"(?<![\w.])/(?:tmp|root|home|work|Users|private|opt|usr)/\w|[A-Z]:\\\\?Users", text
            ):
                faults.append(f"{where(notebook, cell)} shows a path of the machine it ran on")
            if re.match(r"Text\(|\[?<(Axes|matplotlib)", text):
                faults.append(
                    f"{where(notebook, cell)} shows what a drawing function returned: {text[:40]!r}"
                )
            if re.search(r"\bnp\.(float|int|bool|str_|True_|False_)\w*\b", text):
                faults.append(
                    f"{where(notebook, cell)} shows NumPy's type in place of a number: "
                    f"{text.strip()[:80]!r}; format the number"
                )
            if re.search(r"\bat 0x[0-9a-f]{6,}", text):
                faults.append(
                    f"{where(notebook, cell)} shows a memory address: {text.strip()[:80]!r}"
                )
    return faults


def figures(notebook: CourseNotebook) -> list[str]:
    """Below each figure stands its caption, checks apart; beside each widget a plain figure."""
    faults = []
    cells = [cell for cell in notebook.cells if not checks_numbers(cell)]
    for index, cell in enumerate(cells):
        if shows(cell, IMAGE):
            # A figure drawn in a folded cell that follows at once shares the caption.
            after = [each for each in cells[index + 1 :] if not only_draws(each)]
            below = after[0] if after else {"cell_type": "", "source": ""}
            caption = (
                re.match(r"\*Figure\b[^*]+\*?", source_of(below))
                if below["cell_type"] == "markdown"
                else None
            )
            if caption is None or len(source_of(below).split()) < 8:
                faults.append(
                    f"{where(notebook, cell)} shows a figure; the next cell must begin with "
                    "'*Figure …*' and say what is to be seen, for those who do not see it"
                )
        if shows(cell, WIDGET):
            near = [each for each in cells[max(0, index - 2) : index + 3] if shows(each, IMAGE)]
            if not near:
                faults.append(
                    f"{where(notebook, cell)} shows a widget, but no plain figure stands in or "
                    "beside it"
                )
    return faults


EVERYWHERE = [
    *(title, colab_badge, setup, cell_size, kept_names, prose_between),
    *(cell_ids, file_size, links, references),
]
SAVED = [saved_run, outputs, figures]
RULES = {
    "exercises": EVERYWHERE,
    "solutions": [*EVERYWHERE, *SAVED],
    "notebooks": [
        *(*EVERYWHERE, opening, closing, check_cells, collapsed_cells),
        *(*SAVED, numbers, names_of_checks, ticks),
    ],
}


def problems(notebook: CourseNotebook) -> list[str]:
    """All that is wrong with the form of a notebook; for lessons all rules hold, for others
    some.
    """
    unreadable = python(notebook)
    if unreadable:  # the other rules read the code
        return unreadable
    rules = RULES[notebook.path.partition("/")[0]]
    faults = [problem for rule in rules for problem in rule(notebook)]
    return list(dict.fromkeys(faults))


def read(path: Path, root: Path = ROOT) -> CourseNotebook:
    """The notebook in a file."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return CourseNotebook(path.resolve().relative_to(root).as_posix(), notebook, root)


def main(arguments: list[str]) -> int:
    """Prints what is wrong with the notebooks named; returns 1 if anything is."""
    bad = 0
    for name in arguments:
        for problem in problems(read(Path(name))):
            print(f"{name}: {problem}")
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
