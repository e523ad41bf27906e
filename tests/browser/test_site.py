"""The reading site in a real browser: every page, wide and on a phone, by day and by night."""

import functools
import http.server
import json
import threading
from pathlib import Path

import pytest
from notebook_page import PATIENCE

from tools.notebooks import rules
from tools.notebooks.course_notebook import shows
from tools.notebooks.inputs import ROOT
from tools.publishing import build_site

SHOTS = ROOT / "build" / "browser" / "site"
PAGES = [Path(path).with_suffix(".html").as_posix() for path in build_site.notebooks()]
PAGES += ["index.html", "exercises/index.html", "solutions/index.html"]
PAGES += ["INSTRUCTORS.html", "CONTRIBUTING.html", "search.html"]
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
LONGEST = 4000  # pixels of a screenshot
LOOKS = Path(__file__).with_name("looks.js")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(built_site):
    """Its address on a server of this machine."""
    handler = functools.partial(Quiet, directory=str(built_site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def visit(browser, site):
    """Opens pages; none may ask another host, miss a file, or complain on the console."""
    complaints, contexts = [], []

    def watch(page, home: str) -> None:
        def request(asked):
            if not asked.url.startswith((home, "data:", "blob:")):
                complaints.append(f"asks another host: {asked.url}")

        def response(answer):
            if answer.status >= 400:
                complaints.append(f"{answer.status}: {answer.url}")

        def message(said):
            if said.type == "error":
                complaints.append(f"on the console: {said.text}")

        page.on("request", request)
        page.on("response", response)
        page.on("console", message)
        page.on("pageerror", lambda error: complaints.append(f"in a script: {error}"))

    def open_page(path: str, home: str = site, **options):
        context = browser.new_context(**{"viewport": WIDE, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(path=LOOKS)
        page = context.new_page()
        watch(page, home)
        page.goto(home + path, timeout=PATIENCE)
        settle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


def settle(page) -> None:
    """Waits until the page's formulas and widgets are drawn."""
    page.wait_for_load_state("load")
    page.evaluate("() => window.MathJax?.startup.promise.then(() => null)")
    page.wait_for_function(f"""() =>
        [...document.querySelectorAll('script[type="{rules.WIDGET}"]')].every(saved => {{
          const image = saved.parentElement.querySelector(".jupyter-widgets img");
          return image && image.complete;
        }})""")


def keep(page, path: str, kind: str) -> None:
    """Keeps a screenshot of the page, up to a length that can be looked at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    name = path.removesuffix(".html").replace("/", "-")
    height = page.evaluate("() => document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": min(height, LONGEST)}
    page.screenshot(path=SHOTS / f"{name}-{kind}.png", full_page=True, clip=clip, timeout=PATIENCE)


def saved(path: str) -> dict:
    """The notebook behind a page; without cells for a page of Markdown."""
    source = (ROOT / path).with_suffix(".ipynb")
    return json.loads(source.read_text(encoding="utf-8")) if source.exists() else {"cells": []}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_wide_and_narrow_by_day_and_by_night(visit, path):
    page = visit(path, color_scheme="light")
    formulas = page.evaluate("() => looks.formulas()")
    assert formulas["drawn"] == formulas["written"] and formulas["wrong"] == []
    assert formulas["raw"] == []
    pictures = page.evaluate(
        "() => [...document.querySelectorAll('main img')].map(i => [i.src, i.naturalWidth])"
    )
    assert all(width > 0 for _, width in pictures), pictures
    widgets = [cell for cell in saved(path)["cells"] if shows(cell, rules.WIDGET)]
    assert page.locator("main .widget-subarea").count() == len(widgets)
    for index in range(len(widgets)):
        area = page.locator("main .widget-subarea").nth(index)
        assert area.locator("input, select, button, .noUi-handle").count() > 0
        assert area.locator("img").evaluate("image => image.naturalWidth") > 0
    keep(page, path, "wide")
    assert page.evaluate("() => looks.faint()") == {}
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    assert page.evaluate("() => looks.faint()") == {}
    keep(page, path, "dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    page.wait_for_function(
        "() => document.documentElement.dataset.theme === 'light' && innerWidth === 390"
    )
    assert page.evaluate("() => looks.wide()") == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    keep(page, path, "phone")


def test_faint_text_and_wide_boxes_are_found(visit):
    """The two looks of the test above see what they look for."""
    page = visit("CONTRIBUTING.html", viewport=PHONE)
    page.locator("main article p").first.evaluate("one => { one.style.color = '#999' }")
    assert any(name.startswith("p.") for name in page.evaluate("() => looks.faint()"))
    page.locator("main article p").nth(1).evaluate("one => { one.style.width = '900px' }")
    assert any(name.startswith("p.") for name in page.evaluate("() => looks.wide()"))


def test_search_leads_to_the_page(visit):
    page = visit("index.html")
    page.locator(".search-button-field:visible").click()
    box = page.locator("input[type=search]:visible")
    box.fill("saturate")
    box.press("Enter")
    page.wait_for_url("**/search.html?q=saturate*")
    # The line "Search finished" and each excerpt push the links below them down.
    page.get_by_text("Search finished").wait_for()
    page.wait_for_function("""() =>
        [...document.querySelectorAll("#search-results li")].every(
          found => found.querySelector(".context"))""")
    page.locator("#search-results li a", has_text="02 · The minimax objective").first.click()
    page.wait_for_url("**/notebooks/02-minimax-objective.html*")
    settle(page)
    assert page.locator("main article h1").inner_text().startswith("02 · The minimax objective")


def test_the_button_switches_to_the_night_and_the_choice_stays(visit):
    page = visit("notebooks/01-generative-models.html", color_scheme="light")
    theme = "() => document.documentElement.dataset.theme"
    page.get_by_role("button", name="Color mode").locator("visible=true").click()
    page.locator(".theme-change-button[data-mode=dark]:visible").click()
    page.wait_for_function(f"{theme} === 'dark'")
    page.locator("main a", has_text="00 · Start here").first.click()
    page.wait_for_url("**/notebooks/00-start-here.html")
    settle(page)
    assert page.evaluate(theme) == "dark"


def test_a_phone_finds_the_next_lesson(visit):
    """As a phone lays it out, and touched: the menu opens and leads to a lesson."""
    phone = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
    page = visit("index.html", **phone)
    lesson = page.locator(".bd-sidebar-primary nav a", has_text="02 · The minimax objective").first
    assert not lesson.is_visible()
    page.locator("button.primary-toggle:visible").first.tap()
    lesson.tap()
    page.wait_for_url("**/notebooks/02-minimax-objective.html")
    settle(page)
    page.wait_for_function(
        "() => innerWidth === 390 && document.documentElement.scrollWidth === 390"
    )
    keep(page, "notebooks/02-minimax-objective.html", "real-phone")


def test_it_reads_from_a_folder_without_a_server(visit, built_site):
    """As from an unpacked archive: formulas, figures and widgets are drawn."""
    home = built_site.as_uri() + "/"
    page = visit("notebooks/05-two-dimensional-game.html", home=home)
    assert page.evaluate("() => looks.formulas()")["drawn"] > 100
    assert page.locator("main .widget-subarea img").evaluate("image => image.naturalWidth") > 0
