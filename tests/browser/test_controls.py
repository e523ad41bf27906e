"""The widgets of the lessons in JupyterLab: every control moves its picture."""

import pytest
from conftest import camera
from notebook_page import has_widget, widget_cells
from widget_cell import WidgetCell

from tools import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WITH_WIDGETS = [lesson for lesson in LESSONS if widget_cells(lesson)]


@pytest.mark.parametrize("lesson", WITH_WIDGETS, ids=lambda path: path.stem)
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
