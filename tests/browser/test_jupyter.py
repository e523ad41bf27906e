"""The lessons in JupyterLab and in Notebook 7: what a learner opens and runs there."""

import os
import re
import subprocess
import sys

import psutil
import pytest
from conftest import camera, jupyter
from notebook_page import has_widget, widget_cells
from widget_cell import WidgetCell

from tools.commands import main
from tools.commands.environment import ROOT, Environment

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EXERCISE = ROOT / "exercises" / "02-minimax-objective" / "02-minimax-objective.ipynb"
FIRST = next(lesson for lesson in LESSONS if widget_cells(lesson))  # that has a widget


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
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


def test_lesson_works_after_a_restart_of_the_kernel(opened, lab):
    page = opened(lab, FIRST)
    page.run_all()
    page.restart()
    page.run_all()
    for index, cell in enumerate(page.cells()):
        if has_widget(cell):
            widget = WidgetCell(page, index)
            widget.move(*widget.controls[0], camera(page, FIRST, "restarted-"))
    assert page.complaints() == []


def test_lesson_works_in_notebook_7(opened, notebook7):
    page = opened(notebook7, FIRST, "notebooks")
    page.run_all()
    assert page.complaints() == []
    screenshot = camera(page, FIRST, "notebook7-")
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
        # Not those of the browser, which is no child of this process but of its driver.
        servers = [p for p in psutil.Process().children() if p not in others]
        family = servers + [child for p in servers for child in p.children(recursive=True)]
        raise KeyboardInterrupt
    assert family
    assert not [process for process in family if process.is_running()]
