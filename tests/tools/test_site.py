"""The reading site as files: whole, in order, asking no other host."""

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tools.notebooks import collapsed, rules
from tools.notebooks.address import BADGE_IMAGE, REVISION, badge, repository
from tools.notebooks.inputs import ROOT, code_cells
from tools.publishing import build_site, vendor

NOTEBOOKS = build_site.notebooks()
LESSONS = [path for path in NOTEBOOKS if path.startswith("notebooks/")]
COLAB = f"https://colab.research.google.com/github/{repository()}/blob/{REVISION}/"


# What a page's source is changed to


def test_badge_becomes_a_link_without_a_picture_from_elsewhere():
    shown = build_site.markdown(f"| {badge(repository(), 'notebooks/07-a.ipynb')} |")
    assert shown == f"| [Open in Colab]({COLAB}notebooks/07-a.ipynb){{.colab}} |"


def test_badge_by_reference_becomes_a_link_too():
    link = f"[07-colab]: https://colab.research.google.com/github/a/b/blob/{REVISION}/c.ipynb\n"
    text = f"| [![Open in Colab][colab]][07-colab] |\n\n[colab]: {BADGE_IMAGE}\n{link}"
    assert build_site.markdown(text) == f"| [Open in Colab][07-colab]{{.colab}} |\n\n{link}"


def test_links_to_a_readme_lead_to_the_first_page_of_its_folder():
    text = "[a](../solutions/README.md), [b](README.md#data), README.md, [c](MY_README.txt)"
    shown = "[a](../solutions/index.md), [b](index.md#data), README.md, [c](MY_README.txt)"
    assert build_site.markdown(text) == shown


def test_a_diagram_becomes_a_link_to_where_it_is_drawn():
    shown = build_site.markdown("Before.\n\n```mermaid\nflowchart TD\n    a --> b\n```\n\nAfter.\n")
    assert "flowchart" not in shown and "```" not in shown
    assert shown.startswith("Before.") and shown.endswith("After.\n")
    assert f"https://github.com/{repository()}/blob/{REVISION}/CONTRIBUTING.md" in shown


def page(*cells: dict) -> str:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def cells_of(text: str, path: str) -> list[dict]:
    return json.loads(build_site.notebook(text, path))["cells"]


def test_under_a_widget_stands_where_it_can_be_used():
    view = {"output_type": "display_data", "data": {rules.WIDGET: {"model_id": "1"}}}
    widget = {"cell_type": "code", "id": "play", "metadata": {}, "source": "", "outputs": [view]}
    plain = widget | {"id": "plain", "outputs": []}
    cells = cells_of(page(widget, plain), "notebooks/05-a.ipynb")
    assert [cell["id"] for cell in cells] == ["play", "play-note", "plain"]
    assert f"{COLAB}notebooks/05-a.ipynb" in cells[1]["source"]


def test_folded_code_says_what_it_does():
    cell = {
        "cell_type": "code",
        "id": "numbers",
        "metadata": collapsed.metadata("check"),
        "source": collapsed.TITLES["check"] + "\ncourse.check(1, 1)",
        "outputs": [],
    }
    open_cell = cell | {"id": "open", "metadata": {}}
    shown, unchanged = cells_of(page(cell, open_cell), "notebooks/05-a.ipynb")
    assert shown["metadata"]["mystnb"]["code_prompt_show"] == "Check the numbers"
    assert shown["source"] == "course.check(1, 1)"
    assert unchanged == open_cell


def test_a_solution_says_what_it_is_and_warns():
    title = build_site.markdown_cell("title", "# 02 · Name: exercise\n\nYou will.")
    path = "solutions/02-a/02-a.ipynb"
    first, second = cells_of(page(title), path)
    assert first["source"] == "# 02 · Name: solution\n\nYou will."
    assert "{warning}" in second["source"]
    assert "(../../exercises/02-a/02-a.ipynb)" in second["source"]
    assert cells_of(page(title), "exercises/02-a/02-a.ipynb") == [title]


@pytest.mark.parametrize("name", ["thesis.txt", ".buildinfo"])  # the second: another site's
@pytest.mark.parametrize("link", [False, True])
def test_a_folder_with_something_else_is_left_alone(tmp_path, capsys, name, link):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name).write_text("mine")
    given = folder
    if link:
        given = tmp_path / "link"
        given.symlink_to(folder)
    for place in (given, folder / name):
        assert build_site.main([str(place)]) == 1
        assert f"{place.resolve()} holds something else" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == [name]


# The scripts of others


def test_scripts_of_others_are_those_of_the_packages():
    """Unchanged since they were fetched: README.md there has the hashes that the tool saw."""
    assert (vendor.VENDOR / "README.md").read_text(encoding="utf-8") == vendor.table()
    listed = {
        path
        for package, *_, files in vendor.PACKAGES
        for name in files
        for path in vendor.places(package, name)
    }
    there = {path for path in vendor.VENDOR.rglob("*") if path.is_file()}
    assert there == {vendor.VENDOR / name for name in ("README.md", *listed)}


def test_the_script_of_the_saved_widgets_finds_its_fonts():
    """Its two modules look for them beside themselves: `@jupyter-widgets/html-manager`, which is a
    file of that name, and `@jupyter-widgets/html-manager/dist/libembed-amd`. Which of the two
    draws the icons depends on the order in which the browser gets ready.
    """
    dist = vendor.VENDOR / "@jupyter-widgets" / "html-manager" / "dist"
    script = (dist / "embed-amd.js").read_text(encoding="utf-8")
    asked = set(re.findall(r'\w\.p\+"(\w+\.woff2)"', script))
    modules = re.findall(r'define\("(@jupyter-widgets/html-manager[\w/-]*)"', script)
    assert asked and len(modules) == 2
    for module in modules:
        folder = (vendor.VENDOR / module).parent
        assert asked == {path.name for path in folder.glob("*.woff2")}, folder


# The site that is built


class Page(HTMLParser):
    """A page's links, what it loads, its anchors and its text."""

    def __init__(self, text: str):
        super().__init__()
        self.links, self.loads, self.ids, self.words, self.navigation = [], [], set(), "", []
        self.open = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids |= {values[name] for name in ("id", "name") if values.get(name)}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
            if "internal" in (values.get("class") or "") and "nav" in self.open:
                self.navigation.append(values["href"])
        elif tag not in ("a", "form"):
            named = [values.get(name) for name in ("src", "href", "data", "poster", "srcset")]
            self.loads += [name for name in named if name]
            self.loads += re.findall(r"url\(['\"]?([^'\")]+)", values.get("style") or "")
        if tag in ("nav", "script", "style"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data):
        if "script" not in self.open:
            self.words += data


def read(site: Path) -> dict[Path, Page]:
    """All pages; the theme's own snippets in _static are none."""
    paths = [path for path in sorted(site.rglob("*.html")) if site / "_static" not in path.parents]
    return {path: Page(path.read_text(encoding="utf-8")) for path in paths}


def broken(pages: dict[Path, Page]) -> list[str]:
    """Links and anchors within the site that lead nowhere."""
    problems = []
    for path, content in pages.items():
        for link in content.links + content.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if not target.is_file():
                problems.append(f"{path.name}: {link} leads nowhere")
            elif anchor and target in pages and anchor not in pages[target].ids:
                problems.append(f"{path.name}: {link} has no such anchor")
    return problems


def from_elsewhere(pages: dict[Path, Page]) -> list[str]:
    """What a page loads from another host. (A link that a reader may follow is none.)"""
    loads = [(path.name, load) for path, content in pages.items() for load in content.loads]
    return [f"{name}: {load}" for name, load in loads if re.match(r"(https?:)?//", load)]


@pytest.mark.parametrize(
    ("html", "finds", "wrong"),
    [
        ('<a href="no.html">', broken, True),
        ('<a href="a.html#no">', broken, True),
        ('<img src="no.png">', broken, True),
        ('<a href="a.html#yes">', broken, False),
        ('<a href="#yes">', broken, False),
        ('<script src="https://x.org/a.js">', from_elsewhere, True),
        ('<link rel="stylesheet" href="//x.org/a.css">', from_elsewhere, True),
        ('<p style="background: url(https://x.org/a.png)">', from_elsewhere, True),
        ('<img srcset="https://x.org/a.png 2x">', from_elsewhere, True),
        ('<a href="https://x.org">', from_elsewhere, False),
        ('<img src="data:image/png;base64,AA==">', from_elsewhere, False),
    ],
)
def test_what_is_wrong_is_found(tmp_path, html, finds, wrong):
    (tmp_path / "a.html").write_text(f'<p id="yes">{html}', encoding="utf-8")
    assert bool(finds(read(tmp_path))) == wrong


@pytest.fixture(scope="module")
def pages(built_site):
    return read(built_site)


def html(built_site: Path, notebook: str) -> Path:
    return built_site / Path(notebook).with_suffix(".html")


@pytest.mark.slow
def test_every_link_and_anchor_leads_somewhere(pages):
    assert len(pages) > len(NOTEBOOKS) and broken(pages) == []


@pytest.mark.slow
def test_nothing_is_loaded_from_elsewhere(built_site, pages):
    assert from_elsewhere(pages) == []
    assert all(BADGE_IMAGE not in path.read_text(encoding="utf-8") for path in pages)
    for style in built_site.rglob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", style.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"""(url\(|@import)\s*['"]?(https?:)?//""", text), style


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_page_shows_all_of_its_notebook(built_site, pages, notebook):
    source = json.loads((ROOT / notebook).read_text(encoding="utf-8"))
    content = pages[html(built_site, notebook)]
    outputs = [output for cell in code_cells(source) for output in cell["outputs"]]
    figures = [output for output in outputs if rules.IMAGE in output.get("data", {})]
    drawn = [load for load in content.loads if "_images/" in load]
    assert len(drawn) == len(figures)
    words = re.sub(r"\s", "", content.words)
    for cell in code_cells(source):
        # Of a figure or a widget the text is for those who see nothing else.
        plain = [
            output
            for output in cell["outputs"]
            if not {rules.IMAGE, rules.WIDGET} & set(output.get("data", {}))
        ]
        source_text = "".join(cell["source"])
        for title in collapsed.TITLES.values():
            source_text = source_text.removeprefix(title)
        for text in [source_text, *map(rules.printed, plain)]:
            assert re.sub(r"\s", "", text) in words, text


@pytest.mark.slow
@pytest.mark.parametrize("notebook", LESSONS)
def test_a_page_folds_what_the_notebook_folds(built_site, notebook):
    source = json.loads((ROOT / notebook).read_text(encoding="utf-8"))
    text = html(built_site, notebook).read_text(encoding="utf-8")
    folded = [cell for cell in code_cells(source) if collapsed.is_collapsed(cell)]
    assert text.count('<details class="admonition hide above-input">') == len(folded) > 0
    for title in collapsed.TITLES.values():
        cells = sum(cell["source"][0].strip() == title for cell in folded)
        prompt = f'<p class="collapsed admonition-title">{title.removeprefix("# @title ")}</p>'
        assert text.count(prompt) == cells


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_page_opens_its_own_notebook_on_colab(built_site, pages, notebook):
    opens = {link for link in pages[html(built_site, notebook)].links if link.startswith(COLAB)}
    assert opens == {COLAB + notebook}
    launch = html(built_site, notebook).read_text(encoding="utf-8").count(f'"{COLAB}{notebook}"')
    assert launch >= 2, "one in the page's bar, one where the notebook has its badge"


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_page_offers_its_notebook_unchanged(built_site, pages, notebook):
    assert any(
        link.endswith(f"_sources/{notebook}") for link in pages[html(built_site, notebook)].links
    )
    offered = (built_site / "_sources" / notebook).read_bytes()
    assert (
        hashlib.sha256(offered).digest() == hashlib.sha256((ROOT / notebook).read_bytes()).digest()
    )


@pytest.mark.slow
def test_pages_stand_in_the_course_s_order(built_site, pages):
    here = (built_site / "index.html").parent
    listed = [
        (here / link).resolve().relative_to(built_site.resolve()).as_posix()
        for link in pages[built_site / "index.html"].navigation
        if "#" not in link
    ]
    wanted = [Path(lesson).with_suffix(".html").as_posix() for lesson in LESSONS]
    assert [link for link in listed if link.startswith("notebooks/")] == [
        *wanted,
        *(f"notebooks/{page}.html" for page in ("glossary", "project", "pytorch")),
    ]
    for name in ("exercises", "solutions"):
        wanted = [
            Path(each).with_suffix(".html").as_posix()
            for each in NOTEBOOKS
            if each.startswith(name)
        ]
        assert [link for link in listed if link.startswith(f"{name}/")] == [
            f"{name}/index.html",
            *wanted,
        ]
    assert listed[-3:] == ["INSTRUCTORS.html", "TEACHING.html", "CONTRIBUTING.html"]


@pytest.mark.slow
def test_the_front_page_is_the_readme(pages, built_site):
    shown = re.sub(r"\s", "", pages[built_site / "index.html"].words)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", readme, re.MULTILINE)
    assert headings and all(re.sub(r"\s", "", heading) in shown for heading in headings)
