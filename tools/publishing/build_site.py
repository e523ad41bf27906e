"""Builds the reading site from the saved notebooks and the Markdown files: `make site`.

Sphinx gets copies that lie as in the repository, so that links between them hold and a download
gives the notebook itself. What the site alone needs is changed as Sphinx reads a page.
"""

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from tools.notebooks.address import BADGE_IMAGE, REVISION, repository
from tools.notebooks.collapsed import is_collapsed
from tools.notebooks.course_notebook import shows
from tools.notebooks.inputs import ROOT, source_of
from tools.notebooks.rules import WIDGET

SITE = ROOT / "build" / "site"
NOTEBOOKS = (
    "notebooks/[0-9]*.ipynb",
    "exercises/[0-9]*/[0-9]*.ipynb",
    "solutions/[0-9]*/[0-9]*.ipynb",
)
OTHERS = (
    "README.md",
    "INSTRUCTORS.md",
    "TEACHING.md",
    "CONTRIBUTING.md",
    "notebooks/*.md",
    "exercises/README.md",
    "solutions/README.md",
    "docs/cover.png",
    "LICENSE*",
)

LIST_OF_PAGES = "\n```{toctree}\n:glob:\n:maxdepth: 1\n\n*/*\n```\n"
PICTURE = (
    "The picture of the modules is drawn in "
    f"[the repository](https://github.com/{{name}}/blob/{REVISION}/CONTRIBUTING.md#the-house)."
)
WIDGET_NOTE = (
    "*The widget as it was saved. Its controls work only with a running kernel: "
    "[open the notebook in Colab]"
    "(https://colab.research.google.com/github/{name}/blob/{branch}/{path}), "
    "or in JupyterLab, and run it.*"
)
SOLUTION_NOTE = (
    "```{{warning}}\nThis page holds the answers. Try the [exercise]({exercise}) first: a wrong "
    "answer of your own teaches more than a right one of ours.\n```"
)


def notebooks(root: Path = ROOT) -> list[str]:
    """The notebooks in the order of the course: lessons, exercises, solutions."""
    paths = [path for pattern in NOTEBOOKS for path in sorted(root.glob(pattern))]
    return [path.relative_to(root).as_posix() for path in paths]


def stage(folder: Path, root: Path = ROOT) -> None:
    """Copies what becomes a page of the site; README.md of each folder is its first page."""
    for pattern in (*NOTEBOOKS, *OTHERS):
        for path in root.glob(pattern):
            copy = folder / path.relative_to(root)
            if copy.name == "README.md":
                copy = copy.with_name("index.md")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    contents = (root / "docs" / "contents.md").read_text(encoding="utf-8")
    with (folder / "index.md").open("a", encoding="utf-8") as index:
        index.write("\n" + contents)
    for name in ("exercises", "solutions"):
        with (folder / name / "index.md").open("a", encoding="utf-8") as index:
            index.write(LIST_OF_PAGES)


def markdown(text: str) -> str:
    """Markdown as the site shows it: a local badge, links to first pages, no diagram language."""
    text = re.sub(
        rf"\[!\[([^\]]*)\]\({re.escape(BADGE_IMAGE)}\)\]\(([^)]*)\)", r"[\1](\2){.colab}", text
    )
    text = re.sub(r"\[!\[([^\]]*)\]\[colab\]\](\[[^\]]*\])", r"[\1]\2{.colab}", text)
    text = re.sub(rf"^\[colab\]: {re.escape(BADGE_IMAGE)}\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"(\]\([\w./-]*)README\.md([)#])", r"\1index.md\2", text)
    picture = PICTURE.format(name=repository())
    return re.sub(r"^```mermaid\n.*?^```$", picture, text, flags=re.DOTALL | re.MULTILINE)


def markdown_cell(name: str, text: str) -> dict:
    """A cell that stands on the site alone."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def notebook(text: str, path: str) -> str:
    """A notebook as the site shows it.

    Folded code is named by its title; there is a note below each widget, and a warning above the
    answers.
    """
    page = json.loads(text)
    cells = []
    for cell in page["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = markdown(source_of(cell))
        if is_collapsed(cell):
            title, _, rest = source_of(cell).partition("\n")
            cell["source"] = rest
            prompt = title.removeprefix("# @title ")
            prompts = {"code_prompt_show": prompt, "code_prompt_hide": prompt}
            cell["metadata"] = cell["metadata"] | {"mystnb": prompts}
        cells.append(cell)
        if shows(cell, WIDGET):
            note = WIDGET_NOTE.format(name=repository(), branch=REVISION, path=path)
            cells.append(markdown_cell(f"{cell['id']}-note", note))
    if path.startswith("solutions/"):
        cells[0]["source"] = re.sub(
            r"\A(# .*): exercise$", r"\1: solution", cells[0]["source"], flags=re.M
        )
        exercise = "../../" + path.replace("solutions/", "exercises/")
        cells.insert(1, markdown_cell("answers-note", SOLUTION_NOTE.format(exercise=exercise)))
    page["cells"] = cells
    return json.dumps(page)


def read(app, name: str, source: list[str]) -> None:
    """What Sphinx calls with each page that it reads."""
    path = Path(app.env.doc2path(name))
    if path.suffix == ".ipynb":
        source[0] = notebook(source[0], path.relative_to(app.srcdir).as_posix())
    else:
        source[0] = markdown(source[0])


def build(site: Path = SITE) -> int:
    """Builds the site; returns Sphinx's exit code, 1 after any warning.

    The folder is replaced when all has gone well, and only if it is empty or holds such a site.
    """
    from sphinx.cmd.build import build_main  # here, for those who need the functions above alone

    site = site.resolve()  # behind a link, the folder that it leads to
    ours = (site / ".buildinfo").exists() and (site / "_static" / "course.css").exists()
    if site.exists() and not (site.is_dir() and (ours or not any(site.iterdir()))):
        print(f"{site} holds something else than this site: name another.", file=sys.stderr)
        return 1
    site.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="site-", dir=site.parent) as scratch:
        source, made = Path(scratch) / "source", Path(scratch) / "site"
        stage(source)
        options = ["-b", "html", "-c", str(ROOT / "docs"), "-d", str(Path(scratch) / "doctrees")]
        code = build_main([*options, "--fail-on-warning", "--quiet", str(source), str(made)])
        if code == 0:
            shutil.rmtree(site, ignore_errors=True)
            made.replace(site)
    return code


def main(arguments: list[str]) -> int:
    """Builds the site and says where it is. A folder may be named in place of build/site."""
    site = Path(arguments[0]).absolute() if arguments else SITE
    code = build(site)
    if code == 0:
        size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
        print(f"{site / 'index.html'}: open it in a browser ({size / 1e6:.0f} MB).")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
