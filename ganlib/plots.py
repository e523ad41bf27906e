"""The course's figures. Real is always blue and a circle, generated always orange and a cross.

Colour-blind readers can tell the two colours apart too (Okabe & Ito 2008). Every function returns a
Matplotlib figure and shows nothing by itself: in a notebook, leave it as a cell's last line.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ganlib.data import to_uint8
from ganlib.support import validation
from ganlib.support.canvas import canvas_of, exact_figure

if TYPE_CHECKING:
    import keras
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    History = keras.callbacks.History | Mapping[str, Sequence[float]]

__all__ = [
    "DISCRIMINATOR",
    "FAKE",
    "GENERATOR",
    "REAL",
    "histogram",
    "image_grid",
    "progress",
    "strip",
]

REAL = "#0072B2"
FAKE = "#D55E00"
# The players, in colours of their own: a loss is neither real nor generated.
DISCRIMINATOR = "#444444"
GENERATOR = "#CC79A7"


def image_grid(
    images: ArrayLike,
    columns: int = 8,
    scale: int = 2,
    title: str | None = None,
    captions: Sequence[str] | None = None,
) -> "Figure":
    """Images side by side, each pixel a square of ``scale`` × ``scale``, without smoothing.

    Args:
        images: uint8, or floats in [-1, 1]; ``(n, height, width, 3)`` or ``(n, height, width, 1)``,
            or a list of images of one shape.
        columns: images in a row.
        scale: screen pixels per image pixel.
        title: what the figure shows.
        captions: a word under each image.

    Returns:
        A figure.

    Raises:
        TypeError, ValueError: no images, images of another shape, type or range, or another number
            of captions than of images.
    """
    pixels = _pixels(images)
    columns = validation.whole_number(columns, "columns", 1)
    scale = validation.whole_number(scale, "scale", 1)
    if captions is not None and len(captions) != len(pixels):
        raise ValueError(
            f"There are {len(captions)} captions, but there must be {len(pixels)}, one each."
        )
    columns = min(columns, len(pixels))
    gap, below = 2, 0 if captions is None else 9
    canvas = canvas_of(pixels, columns, scale, gap, below)
    figure, axes = exact_figure(canvas, title)
    if captions is not None:
        height, width = pixels.shape[1:3]
        for index, caption in enumerate(captions):
            row, column = divmod(index, columns)
            axes.text(
                ((column + 0.5) * (width + gap)) * scale,
                ((row + 1) * (height + gap + below) - below / 2) * scale,
                caption,
                ha="center",
                va="center",
                fontsize=8,
            )
    return figure


def strip(
    grids: Sequence[ArrayLike], captions: Sequence[str], scale: int = 2, title: str | None = None
) -> "Figure":
    """Rows of images over time: one row for each of ``grids``, with its caption on the left.

    Args:
        grids: arrays of images as for ``image_grid``, all with as many images of one size.
        captions: what stands before each row.
        scale: screen pixels per image pixel.
        title: what the figure shows.

    Returns:
        A figure.

    Raises:
        TypeError, ValueError: as ``image_grid``, or rows that differ in shape.
    """
    rows = validation.stacked([_pixels(grid) for grid in grids], "grids")
    scale = validation.whole_number(scale, "scale", 1)
    if not len(rows) or len(rows) != len(captions):
        raise ValueError(
            f"There are {len(captions)} captions and {len(rows)} grids, but there must be one "
            "caption for each grid, and at least one."
        )
    pixels = rows.reshape(-1, *rows.shape[2:])
    columns, gap = rows.shape[1], 2
    figure, axes = exact_figure(canvas_of(pixels, columns, scale, gap, 0), title, left=80)
    height = pixels.shape[1] + gap
    for index, caption in enumerate(captions):
        axes.text(-8, (index + 0.5) * height * scale, caption, ha="right", va="center", fontsize=9)
    return figure


def progress(history: "History", images: ArrayLike, title: str | None = None) -> "Figure":
    """Samples on the left, losses and logits on the right: the state of a training.

    Args:
        history: what ``GAN.fit`` returns, or a dictionary of lists with the same names.
        images: as for ``image_grid``; floats outside [-1, 1] are drawn as the nearest colour,
            because a generator without tanh may pass the range while it learns.
        title: what the figure shows.

    Returns:
        A figure.

    Raises:
        TypeError, ValueError: no history, a curve missing, or images that cannot be shown.
    """
    import matplotlib.pyplot as plt

    pixels = _pixels(images, clip=True)
    canvas = canvas_of(pixels, max(1, round(len(pixels) ** 0.5)), 1, 2, 0)
    scale = max(1, 300 // len(canvas))
    canvas = canvas.repeat(scale, axis=0).repeat(scale, axis=1)
    dpi, height, width = 100, max(300, len(canvas) + 70), canvas.shape[1] + 700
    figure = plt.figure(figsize=(width / dpi, height / dpi), dpi=dpi)
    box = (0, (height - 50 - len(canvas)) / height)
    grid = figure.add_axes((*box, canvas.shape[1] / width, len(canvas) / height))
    grid.imshow(canvas, interpolation="nearest")
    grid.set_axis_off()
    panels = figure.subplots(
        1,
        2,
        gridspec_kw={
            "left": (canvas.shape[1] + 70) / width,
            "right": 0.99,
            "bottom": 50 / height,
            "top": 1 - 60 / height,
            "wspace": 0.3,
        },
    )
    _draw_losses(panels, _curves(history))
    if title:
        figure.suptitle(title)
    plt.close(figure)
    return figure


def histogram(
    real: ArrayLike,
    fake: ArrayLike | None = None,
    bins: int | Sequence[float] = 64,
    label: str = "value",
    title: str | None = None,
) -> "Figure":
    """How often values occur among real and, if given, generated samples; both as shares of all.

    Args:
        real: finite numbers of any shape.
        fake: likewise, or None.
        bins: edges of the cells, or how many cells there are between the smallest and the largest
            of all values.
        label: the axis label, with the unit.
        title: what the figure shows.

    Returns:
        A figure.

    Raises:
        TypeError: not numbers, or one uint8 and the other floats, which have different ranges.
        ValueError: no values, or a value is NaN or infinite.
    """
    import matplotlib.pyplot as plt

    columns = [np.ravel(real)] if fake is None else [np.ravel(real), np.ravel(fake)]
    for name, values in zip(("real", "fake"), columns, strict=False):
        if values.dtype.kind not in "biuf":
            raise TypeError(f"{name} holds {values.dtype}, but must hold real numbers.")
        if not values.size or not np.isfinite(values).all():
            raise ValueError(
                f"{name} has {values.size} values, of which {np.isfinite(values).sum()} are "
                "finite, but must have at least one and finite ones alone."
            )
    if len({values.dtype == np.uint8 for values in columns}) > 1:
        raise TypeError(
            f"real is {columns[0].dtype} and fake is {columns[1].dtype}, but must both be bytes or "
            "both be floats: ganlib.data.to_network(bytes) makes floats in [-1, 1] of bytes."
        )
    edges = np.histogram_bin_edges(np.concatenate(columns), bins)
    figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
    for values, colour, name, style in zip(
        columns, (REAL, FAKE), ("real", "generated"), ("-", "--"), strict=False
    ):
        shares = np.histogram(values, edges)[0] / values.size
        axes.stairs(shares, edges, color=colour, label=name, linestyle=style, linewidth=1.5)
    axes.set(xlabel=label, ylabel="share of all values", title=title or "")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    plt.close(figure)
    return figure


def _draw_losses(panels: "Sequence[Axes]", curves: Mapping[str, Sequence[float]]) -> None:
    epochs = np.arange(1, 1 + len(curves["d_loss"]))
    named = (
        (panels[0], "d_loss", DISCRIMINATOR, "discriminator", "s-"),
        (panels[0], "g_loss", GENERATOR, "generator", "^--"),
        (panels[1], "real_logits", REAL, "on real", "o-"),
        (panels[1], "fake_logits", FAKE, "on generated", "x--"),
    )
    for axes, name, colour, label, style in named:
        axes.plot(epochs, curves[name], style, color=colour, label=label, markersize=4)
    panels[0].set(xlabel="epoch", ylabel="loss", title="Losses")
    panels[1].set(xlabel="epoch", ylabel="mean logit", title="The discriminator's logits")
    panels[1].axhline(0, color="0.7", linewidth=0.8, zorder=0)
    for axes in panels:
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8)


def _curves(history: "History") -> Mapping[str, Sequence[float]]:
    curves = getattr(history, "history", history)
    if not isinstance(curves, Mapping):
        raise TypeError(f"The history is {curves!r}, but must be what GAN.fit returned.")
    missing = {"d_loss", "g_loss", "real_logits", "fake_logits"} - set(curves)
    if missing:
        raise ValueError(
            f"The history lacks {', '.join(sorted(missing))}, but must have them. Give what "
            "GAN.fit returned."
        )
    return curves


def _pixels(images: ArrayLike, clip: bool = False) -> np.ndarray:
    """Anything that can be shown, as uint8 ``(n, height, width, 3)``."""
    images = validation.images(images, "images")
    if images.dtype.kind in "biu" and images.dtype != np.uint8:
        raise TypeError(
            f"images are {images.dtype}, but must be uint8 or floats in [-1, 1]. Whole numbers in "
            "0 … 255: images.astype('uint8')."
        )
    if images.dtype != np.uint8:
        images = to_uint8(images, clip=clip)
    return np.broadcast_to(images, (*images.shape[:3], 3))
