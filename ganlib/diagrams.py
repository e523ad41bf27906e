"""Drawn diagrams: boxes with arrows between them, such as who learns from what in a step
of a GAN.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ganlib import plots

__all__ = ["KINDS", "diagram"]

# What a box stands for, in the colours of the course's other figures.
KINDS = {
    "real": plots.REAL,
    "fake": plots.FAKE,
    "discriminator": plots.DISCRIMINATOR,
    "generator": plots.GENERATOR,
    "plain": "#333333",
}
INSIDE = 0.2  # how much of its colour fills a box, so that words on it stay readable
STYLES = ("solid", "back", "shut")
BOW, HIGHEST_BOW = 0.35, 56  # how far an arrow is bowed: in its length, and in pixels at most
MARGINS = 0.6, 0.8  # beside and above the outermost boxes, in their units


def diagram(
    boxes: Mapping[str, tuple],
    arrows: Sequence[tuple] = (),
    size: tuple[float, float] = (9.0, 2.6),
    title: str | None = None,
) -> Figure:
    """Draw boxes at places, and arrows from box to box.

    Args:
        boxes: name to ``(x, y, text)`` or ``(x, y, text, kind)``. x and y are the middle of the
            box, y upwards, in any unit; kind is a name in ``KINDS``, or "text" for words without a
            box.
        arrows: ``(from, to)``, with a label and a style if wanted. A "solid" arrow is what flows
            forwards, a "back" arrow (dashed, bowed) a gradient, a "shut" arrow (the same with a
            cross) a way that no gradient takes.
        size: width and height in inches.
        title: what the diagram shows.

    Returns:
        A figure on a white ground.

    Raises:
        KeyError: an arrow leads to a box that is not there, or there is no such kind or style.

    >>> diagram({"z": (0, 0, "$z$"), "G": (1, 0, "$G$", "generator")}, [("z", "G")]).axes[0].axison
    False
    """
    figure, axes = plt.subplots(figsize=size, layout="constrained")
    axes.set_axis_off()
    drawn = {name: _box(axes, *box) for name, box in boxes.items()}
    places = [text.get_position() for text in drawn.values()]
    for set_limits, values, margin in zip(
        (axes.set_xlim, axes.set_ylim), zip(*places, strict=True), MARGINS, strict=True
    ):
        set_limits(min(values) - margin, max(values) + margin)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    figure.canvas.draw()  # from here on the boxes know how large they are
    for start, end, *label_and_style in arrows:
        _arrow(axes, drawn[start], drawn[end], *label_and_style)
    plt.close(figure)
    return figure


def _box(axes, x: float, y: float, text: str, kind: str = "plain"):
    """The words in the middle of a box, with the box."""
    frame = None
    if kind != "text":
        fill = "white" if kind == "plain" else (KINDS[kind], INSIDE)
        frame = {"boxstyle": "round,pad=0.45", "facecolor": fill, "edgecolor": KINDS[kind]}
    return axes.text(x, y, text, ha="center", va="center", fontsize=10, bbox=frame)


def _arrow(axes, start, end, label: str = "", style: str = "solid") -> None:
    """An arrow from the edge of one box to that of another, with its label beside the middle."""
    if style not in STYLES:
        raise KeyError(f"The style is {style!r}, but must be one of {', '.join(STYLES)}.")
    places = start.get_position(), end.get_position()
    # In pixels, because a bow is round on the screen and not in the units of x and y.
    (x0, y0), (x1, y1) = axes.transData.transform(places)
    length = np.hypot(x1 - x0, y1 - y0)
    bow = 0.0 if style == "solid" else min(BOW, HIGHEST_BOW / length)
    axes.annotate(
        "",
        places[1],
        places[0],
        arrowprops={
            "arrowstyle": "-|>",
            "color": KINDS["plain"],
            "linestyle": "solid" if style == "solid" else (0, (4, 3)),
            "connectionstyle": f"arc3,rad={-bow}",
            "patchA": start.get_bbox_patch(),
            "patchB": end.get_bbox_patch(),
            "shrinkA": 3,
            "shrinkB": 3,
            "mutation_scale": 13,
        },
    )
    # The middle of the curve lies half as far from the straight line as the point that bows it.
    middle = (x0 + x1) / 2 - bow / 2 * (y1 - y0), (y0 + y1) / 2 + bow / 2 * (x1 - x0)
    place = axes.transData.inverted().transform(middle)
    if style == "shut":
        axes.plot(*place, "x", color=plots.FAKE, markersize=11, markeredgewidth=2.5)
    if label:
        below = bow > 0 and x1 < x0
        axes.annotate(
            label,
            place,
            (0, -5 if below else 5),
            textcoords="offset points",
            annotation_clip=False,
            ha="center",
            va="top" if below else "bottom",
            fontsize=9,
        )
