"""Diagrams: boxes stand where they should, arrows reach from edge to edge, and mistakes are
refused.
"""

import matplotlib.pyplot as plt
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ganlib.diagrams import KINDS, diagram

BOXES = {
    "z": (0, 0, "latents $z$"),
    "G": (2, 0, "$G$", "generator"),
    "word": (1, 1, "a word", "text"),
}


def drawn(arrows, **options):
    figure = diagram(BOXES, arrows, **options)
    FigureCanvasAgg(figure).draw()  # a closed figure has no canvas that draws
    return figure.axes[0]


def arrow_of(axes):
    return next(text for text in axes.texts if getattr(text, "arrow_patch", None)).arrow_patch


def test_every_box_stands_at_its_place_with_its_words():
    axes = drawn([])
    assert [(text.get_text(), *text.get_position()) for text in axes.texts] == [
        ("latents $z$", 0, 0),
        ("$G$", 2, 0),
        ("a word", 1, 1),
    ]
    frames = [text.get_bbox_patch() for text in axes.texts]
    assert frames[2] is None
    assert plt.matplotlib.colors.to_hex(frames[1].get_edgecolor()) == KINDS["generator"].lower()


@pytest.mark.parametrize("style", ["solid", "back", "shut"])
def test_an_arrow_leads_from_the_edge_of_a_box_to_the_edge_of_another(style):
    axes = drawn([("z", "G", "", style)])
    arrow = arrow_of(axes).get_window_extent()
    z, g = (text.get_bbox_patch().get_window_extent() for text in axes.texts[:2])
    assert z.x1 <= arrow.x0 < z.x1 + 10 and g.x0 - 10 < arrow.x1 <= g.x0


def test_a_gradient_is_bowed_and_a_shut_way_is_crossed():
    crosses = {
        style: len(drawn([("z", "G", "", style)]).lines) for style in ("solid", "back", "shut")
    }
    assert crosses == {"solid": 0, "back": 0, "shut": 1}
    heights = {
        style: arrow_of(drawn([("z", "G", "", style)])).get_window_extent().height
        for style in ("solid", "back")
    }
    assert heights["back"] > 2 * heights["solid"]


def test_a_label_stands_beside_the_middle_of_its_arrow():
    axes = drawn([("G", "z", "learns", "back")])
    label = next(text for text in axes.texts if text.get_text() == "learns")
    arrow, words = arrow_of(axes).get_window_extent(), label.get_window_extent()
    assert abs((words.x0 + words.x1) / 2 - (arrow.x0 + arrow.x1) / 2) < 20
    assert words.y1 < (arrow.y0 + arrow.y1) / 2


@pytest.mark.parametrize("arrow", [("z", "D"), ("z", "G", "", "dotted")])
def test_an_unknown_box_or_style_is_refused(arrow):
    with pytest.raises(KeyError):
        diagram(BOXES, [arrow])


def test_a_diagram_is_shown_once():
    before = plt.get_fignums()
    diagram(BOXES, [("z", "G")], title="A way")
    assert plt.get_fignums() == before
