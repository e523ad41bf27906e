"""The rules for the form of notebooks: each is a function that says what is wrong with a notebook.

tests/test_notebooks_form.py applies them to every notebook. To see the same while writing one:
``python -m tools.notebooks.rules notebooks/06-first-image-gan.ipynb``
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
)
from tools.notebooks.inputs import ROOT, code_cells, code_hash, plain_python, source_of
from tools.notebooks.page import Page, printed, shows, where
from tools.notebooks.quoted import numbers, ticks

MOST_CODE_LINES = 30  # without blank lines and comments
MOST_LINES = 40
# The reading site, 1,200 pixels wide, cuts longer lines.
MOST_COLUMNS = {"notebooks": 79, "solutions": 88, "exercises": 88}
LARGEST_BYTES = 2_000_000
CLOSING = ("What you can do now", "Common mistakes", "Practise", "References")
WIDGET = "application/vnd.jupyter.widget-view+json"


def opening(page: Page) -> list[str]:
    """`# 06 · Title`, a line on what the reader will be able to do, and the small table."""
    text = "\n".join(source_of(cell) for cell in page.opening)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = title(page)
    if len(lines) < 2 or lines[1].startswith(("|", "#", "[", "-")):
        found.append(
            "under the title there is no line that says what the reader will be able to do"
        )
    table = "\n".join(line for line in lines if line.startswith("|")).lower()
    for entry in ("you will learn", "before you start", "time"):
        if not re.search(rf"\b{entry}\b", table):
            found.append(f"the table at the top has no entry '{entry.capitalize()}'")
    return found


def title(page: Page) -> list[str]:
    """The first line is `# NN · Title` with the number of the file's name."""
    first = (source_of(page.cells[0]).splitlines() or [""])[0] if page.cells else ""
    if (
        page.cells
        and page.cells[0]["cell_type"] == "markdown"
        and re.match(rf"# {page.lesson} · \S", first)
    ):
        return []
    return [f"it must begin with '# {page.lesson} · Title', not {first[:60]!r}"]


def colab_badge(page: Page) -> list[str]:
    """The badge of this very file stands once, before the set-up cell."""
    wanted = badge(repository(page.root / "pyproject.toml"), page.path)
    text = "\n".join(source_of(cell) for cell in page.opening)
    if text.count(wanted) == 1 and text.count("colab-badge.svg") == 1:
        return []
    return [f"before the set-up cell must stand this badge, once: {wanted}"]


def setup(page: Page) -> list[str]:
    """The first code cell, and no other, is the set-up cell; imports may be added to it."""
    wanted = setup_cell(repository(page.root / "pyproject.toml"), page.lesson)
    code = code_cells(page.notebook)
    found = []
    if not code or code[0].get("id") != "setup":
        found.append('the first code cell must be the set-up cell, with the id "setup"')
    else:
        fixed = wanted.splitlines()
        lines = source_of(code[0]).splitlines()
        lines = [re.sub(r'(start\("\d\d"), precision="\w+"\)', r"\1)", line) for line in lines]
        rest = [line for line in lines if line in fixed or not re.match(r"(import|from) ", line)]
        if [line for line in rest if line] != [line for line in fixed if line]:
            found.append(f"the set-up cell must say (imports may be added):\n{wanted}")
    for cell in code[1:]:
        if cell.get("id") == "setup" or re.search(
            r"find_spec\(|ganlib\.start\(|pip install", source_of(cell)
        ):
            found.append(f"{where(page, cell)} sets up again; one cell does, at the top")
    return found


def cell_size(page: Page) -> list[str]:
    """Code cells are narrow and not empty, and short unless they are folded away."""
    found = []
    columns = MOST_COLUMNS[page.path.partition("/")[0]]
    for cell in code_cells(page.notebook):
        lines = source_of(cell).splitlines()
        code = [line for line in lines if line.strip() and not line.strip().startswith("#")]
        wide = [line for line in lines if len(line) > columns and cell.get("id") != "setup"]
        if not code:
            found.append(f"{where(page, cell)} has no code")
        if not is_collapsed(cell) and (len(code) > MOST_CODE_LINES or len(lines) > MOST_LINES):
            found.append(
                f"{where(page, cell)} has {len(code)} lines of code, {len(lines)} in all; "
                f"at most {MOST_CODE_LINES} and {MOST_LINES}"
            )
        if wide:
            found.append(
                f"{where(page, cell)} is wider than {columns} columns: {wide[0].strip()[:50]!r}"
            )
    return found


def python(page: Page) -> list[str]:
    """Every code cell is Python (or IPython) that can be read."""
    found = []
    for cell in code_cells(page.notebook):
        try:
            ast.parse(plain_python(source_of(cell)))
        except SyntaxError as error:
            found.append(
                f"{where(page, cell)} is not valid Python: {error.msg}, line {error.lineno}"
            )
    return found


def prose_between(page: Page) -> list[str]:
    """Between any two code cells stands a Markdown cell, unless the second is folded away or
    graded.
    """
    return [
        f"{where(page, cell)} follows a code cell without a word between them"
        for before, cell in zip(page.cells, page.cells[1:], strict=False)
        if before["cell_type"] == cell["cell_type"] == "code"
        and not is_collapsed(cell)
        and not cell["metadata"].get("nbgrader", {}).get("grade")
    ]


def cell_ids(page: Page) -> list[str]:
    """Every cell has an id of its own."""
    ids = [cell.get("id") for cell in page.cells]
    found = [f"cell {index} has no id" for index, each in enumerate(ids) if not each]
    twice = sorted({each for each in ids if each and ids.count(each) > 1})
    return found + [f"two cells have the id {each!r}" for each in twice]


def file_size(page: Page) -> list[str]:
    """The file is small enough for GitHub and Colab to show it at once."""
    size = len((json.dumps(page.notebook, indent=1, ensure_ascii=False) + "\n").encode())
    return (
        [f"the file has {size / 1e6:.1f} MB, must be below 2 MB"] if size >= LARGEST_BYTES else []
    )


def links(page: Page) -> list[str]:
    """Relative links lead to files that exist."""
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", page.prose)
    folder = (page.root / page.path).parent
    return [
        f"the link to {target!r} leads nowhere"
        for target in targets
        if not re.match(r"[a-z]+:", target) and not (folder / target).exists()
    ]


def closing(page: Page) -> list[str]:
    """The closing sections are there, in order; `Practise` once there is an exercise."""
    headings = re.findall(r"^## (.+?)\s*$", page.prose, re.MULTILINE)
    practise = any((page.root / "exercises").glob(f"{page.lesson}-*/*.ipynb"))
    wanted = [name for name in CLOSING if name != "Practise" or practise]
    found = [f"the section '## {name}' is missing" for name in wanted if name not in headings]
    present = [heading for heading in headings if heading in CLOSING]
    if not found and (present != sorted(present, key=CLOSING.index) or headings[-1] not in CLOSING):
        found.append(f"the page must end with these sections in this order: {', '.join(CLOSING)}")
    return found


def saved_run(page: Page) -> list[str]:
    """The saved outputs come from a whole run of the present code at the cpu or gpu budget."""
    record = page.notebook["metadata"].get("ganlib")
    if not record:
        return ["its outputs were not saved by 'make lessons'"]
    found = []
    if record.get("budget") not in ("cpu", "gpu"):
        found.append(
            f"its outputs were saved at the budget {record.get('budget')!r}; "
            "'cpu' or 'gpu' is expected"
        )
    code = "".join(source_of(cell) for cell in code_cells(page.notebook))
    if record.get("data") == "shapes" and 'load("cifar10"' in code:
        found.append(
            "its outputs were saved without CIFAR-10: set GANLIB_DATA_DIR, then run 'make lessons'"
        )
    if record.get("inputs", {}).get("code") != code_hash(page.notebook):
        found.append("its code was changed after its outputs were saved: run 'make lessons'")
    counts = [cell.get("execution_count") for cell in code_cells(page.notebook)]
    if counts != list(range(1, len(counts) + 1)):
        found.append(
            "its cells were not all run, once each, from top to bottom: run 'make lessons'"
        )
    return found


def outputs(page: Page) -> list[str]:
    """No error, nothing on stderr, no path or memory address of the machine it ran on."""
    found = []
    for cell in code_cells(page.notebook):
        meant = "raises-exception" in cell["metadata"].get("tags", [])
        for output in cell["outputs"]:
            text = printed(output)
            if output["output_type"] == "error" and not meant:
                found.append(f"{where(page, cell)} ends in an error: {output.get('ename')}")
            if output.get("name") == "stderr":
                found.append(f"{where(page, cell)} writes to stderr: {text.strip()[:80]!r}")
            if re.search(
                r"(?<![\w.])/(?:tmp|root|home|work|Users|private|opt|usr)/\w|[A-Z]:\\\\?Users", text
            ):
                found.append(f"{where(page, cell)} shows a path of the machine it ran on")
            if re.match(r"Text\(|\[?<(Axes|matplotlib)", text):
                found.append(
                    f"{where(page, cell)} shows what a drawing function returned: {text[:40]!r}"
                )
            if re.search(r"\bat 0x[0-9a-f]{6,}", text):
                found.append(f"{where(page, cell)} shows a memory address: {text.strip()[:80]!r}")
    return found


def figures(page: Page) -> list[str]:
    """Below each figure stands its caption, checks apart; beside each widget a plain figure."""
    found = []
    cells = [cell for cell in page.cells if not checks_numbers(cell)]
    for index, cell in enumerate(cells):
        if shows(cell, IMAGE):
            below = cells[index + 1] if index + 1 < len(cells) else {"cell_type": "", "source": ""}
            caption = (
                re.match(r"\*Figure\b[^*]+\*?", source_of(below))
                if below["cell_type"] == "markdown"
                else None
            )
            if caption is None or len(source_of(below).split()) < 8:
                found.append(
                    f"{where(page, cell)} shows a figure; the next cell must begin with "
                    "'*Figure …*' and say what is to be seen, for those who do not see it"
                )
        if shows(cell, WIDGET):
            near = [each for each in cells[max(0, index - 2) : index + 3] if shows(each, IMAGE)]
            if not near:
                found.append(
                    f"{where(page, cell)} shows a widget, but no plain figure stands in or "
                    "beside it"
                )
    return found


EVERYWHERE = [title, colab_badge, setup, cell_size, prose_between, cell_ids, file_size, links]
LESSONS = [
    *(*EVERYWHERE, opening, closing, check_cells, collapsed_cells),
    *(saved_run, outputs, figures, numbers, ticks),
]


def problems(page: Page) -> list[str]:
    """All that is wrong with the form of a notebook; for lessons all rules hold, for exercises
    some.
    """
    unreadable = python(page)
    if unreadable:  # the other rules read the code
        return unreadable
    rules = LESSONS if page.path.startswith("notebooks/") else EVERYWHERE
    found = [problem for rule in rules for problem in rule(page)]
    return list(dict.fromkeys(found))


def read(path: Path, root: Path = ROOT) -> Page:
    """The notebook in a file."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return Page(path.resolve().relative_to(root).as_posix(), notebook, root)


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
