"""The slides of a lesson, in a real browser: they turn, show their notes, and ask no other host."""

import pytest
from notebook_page import PATIENCE

from tools import ROOT
from tools.teaching.slides import made

LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_slides_turn_and_need_no_network(path, browser, tmp_path):
    file = tmp_path / "slides.html"
    file.write_text(made(path), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(PATIENCE)
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(file.as_uri())
    count = page.locator("section").count()
    assert page.evaluate("here()") == 0
    for _ in range(8 * count):  # some are taller than the screen
        page.keyboard.press("ArrowRight")
        if page.evaluate("here()") == count - 1:
            break
    assert page.evaluate("here()") == count - 1
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("here()") == count - 2
    notes = page.locator("aside.notes").first
    assert not notes.is_visible()
    page.keyboard.press("n")
    assert notes.is_visible()
    broken = "[...document.images].filter(one => !one.complete || !one.naturalWidth).length"
    assert page.evaluate(broken) == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert faults == []
    page.close()
