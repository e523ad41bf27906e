"""The lessons in JupyterLab and in Notebook 7: what a learner opens, runs and moves there."""

import contextlib
import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from conftest import RESULTS, Server, jupyter
from notebook_page import NotebookPage, has_widget
from widget_cell import WidgetCell

from tools.commands import main
from tools.commands.environment import ROOT, Environment

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EXERCISE = ROOT / "exercises" / "02-minimax-objective" / "02-minimax-objective.ipynb"
COPIES = RESULTS / "course"  # the servers serve the course's folder; the originals stay untouched
LAPTOP = {"width": 1440, "height": 900}


def widget_cells(notebook: Path) -> list[str]:
    """The ids of the cells whose saved output is a widget."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell["id"] for cell in cells if has_widget(cell)]


WITH_WIDGETS = [lesson for lesson in LESSONS if widget_cells(lesson)]


def copy(notebook: Path) -> Path:
    """A copy at the same place of another folder, whose cells have no numbers yet."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
    target = COPIES / notebook.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content), encoding="utf-8")
    return target


@pytest.fixture
def opened(browser, request):
    """Opens notebooks, each in a browser that has never been used; ends their kernels.

    What a page looked like at the end stays in build/browser, which helps where a test failed.
    """
    with contextlib.ExitStack() as stack:

        def open_notebook(server: Server, notebook: Path, application="lab/tree") -> NotebookPage:
            context = stack.enter_context(browser.new_context(viewport=LAPTOP))
            page = NotebookPage(context.new_page(), server.address(application, copy(notebook)))
            stack.callback(page.shut_down)
            last = re.sub(r"\W+", "-", f"{notebook.stem[:2]} last {request.node.originalname}")
            stack.callback(page.page.screenshot, path=RESULTS / f"{last}.png")
            return page

        yield open_notebook


def camera(page: NotebookPage, notebook: Path, prefix: str = ""):
    """Keeps what the page looks like in build/browser, numbered in the order of time."""
    numbers = itertools.count()
    for old in RESULTS.glob(f"{notebook.stem[:2]}-{prefix}*.png"):
        old.unlink()

    def screenshot(what: str) -> None:
        name = re.sub(r"\W+", "-", f"{prefix}{next(numbers):02}-{what}")
        page.page.screenshot(path=RESULTS / f"{notebook.stem[:2]}-{name}.png")

    return screenshot


def ids(selected):
    return [path.stem for path in selected]


@pytest.mark.parametrize("lesson", LESSONS, ids=ids(LESSONS))
def test_saved_outputs_show_before_anything_runs(opened, lab, lesson):
    page = opened(lab, lesson)
    screenshot = camera(page, lesson, "saved-")
    screenshot("top")
    pictures = 0
    for index, cell in enumerate(page.cells()):
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                pictures += 1
                image = page.show(index).locator("img").first
                assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 1
        if has_widget(cell):
            said = page.show(index).locator(".jp-Cell-outputArea").inner_text()
            screenshot(cell["id"])
            assert "Box(children=" not in said, f"{cell['id']} shows a reader: {said}"
    assert pictures > 0
    assert page.complaints() == []


@pytest.mark.parametrize("lesson", WITH_WIDGETS, ids=ids(WITH_WIDGETS))
def test_every_control_moves_the_picture(opened, lab, lesson):
    page = opened(lab, lesson)
    page.run_all()
    assert page.complaints() == []
    screenshot = camera(page, lesson, "run-")
    cells = page.cells()
    assert [cell["id"] for cell in cells if has_widget(cell)] == widget_cells(lesson)
    for index, cell in enumerate(cells):
        if has_widget(cell):
            widget = WidgetCell(page, index)
            screenshot(cell["id"])
            assert widget.unseen() == []
            assert widget.controls
            for kind, name, element in widget.controls:
                widget.move(kind, name, element, screenshot)
            page.run_cell(index)
            again = WidgetCell(page, index)
            assert [c[:2] for c in again.controls] == [c[:2] for c in widget.controls]
            again.move(*again.controls[0], screenshot)
    assert page.complaints() == []


def test_lesson_works_after_a_restart_of_the_kernel(opened, lab):
    lesson = WITH_WIDGETS[0]
    page = opened(lab, lesson)
    page.run_all()
    page.restart()
    page.run_all()
    for index, cell in enumerate(page.cells()):
        if has_widget(cell):
            widget = WidgetCell(page, index)
            widget.move(*widget.controls[0], camera(page, lesson, "restarted-"))
    assert page.complaints() == []


def test_lesson_works_in_notebook_7(opened, notebook7):
    lesson = WITH_WIDGETS[0]
    page = opened(notebook7, lesson, "notebooks")
    page.run_all()
    assert page.complaints() == []
    screenshot = camera(page, lesson, "notebook7-")
    for index, cell in enumerate(page.cells()):
        if has_widget(cell):
            # Here the arrow keys lead from heading to heading, also from within a slider.
            widget = WidgetCell(page, index, arrow_keys=False)
            screenshot(cell["id"])
            assert widget.unseen() == []
            for kind, name, element in widget.controls:
                widget.move(kind, name, element, screenshot)
    assert page.complaints() == []


def test_untouched_exercise_says_what_to_do(opened, lab):
    page = opened(lab, EXERCISE)
    page.run_all()
    cells = page.cells()
    checks = [cell for cell in cells if re.match(r"checks\.\w+\(\w+\)$", cell["source"])]
    assert len(checks) > 3
    for cell in checks:
        said = "".join(output.get("text", "") for output in cell["outputs"])
        assert "not done yet" in said and "hint=1" in said, f"{cell['id']} says: {said!r}"
    index = cells.index(checks[0])
    page.insert_below(index, checks[0]["source"].replace(")", ", hint=1)"))
    camera(page, EXERCISE, "exercise-")("hint")
    hint = "".join(output.get("text", "") for output in page.cells()[index + 1]["outputs"])
    assert "Hint 1" in hint
    assert page.complaints() == []


def test_without_a_browser_a_test_fails_and_says_what_to_install():
    # -rN: without the summary at the end, which repeats the message where CI is set.
    options = ["-p", "no:cacheprovider", "-rN", "-k", "exercise"]
    command = [sys.executable, "-m", "pytest", __file__, *options]
    variables = os.environ | {"CHROMIUM": "/no/such/browser"}
    result = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stdout.count("sudo apt install chromium") == 1
    assert "where CHROMIUM points, /no/such/browser" in result.stdout


def test_interrupted_server_leaves_no_process(tmp_path):
    command = main.lab_command(Environment(), [])
    others = psutil.Process().children(recursive=True)
    with pytest.raises(KeyboardInterrupt), jupyter([sys.executable, *command[1:]], tmp_path):
        family = [p for p in psutil.Process().children(recursive=True) if p not in others]
        raise KeyboardInterrupt
    assert family
    assert not [process for process in family if process.is_running()]
