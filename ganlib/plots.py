"""The course's figures. Real is always blue and a circle, generated always orange and a cross.

The two colours are told apart by colour-blind readers too (Okabe & Ito 2008). Every function returns a
Matplotlib figure and shows nothing by itself: in a notebook, leave it as a cell's last line.
"""

from collections.abc import Mapping, Sequence

import numpy as np

__all__ = ["FAKE", "REAL", "histogram", "image_grid", "losses", "progress", "strip"]

REAL = "#0072B2"
FAKE = "#D55E00"
# The players, in colours of their own: a loss is neither real nor generated.
DISCRIMINATOR = "#444444"
GENERATOR = "#CC79A7"


def image_grid(
    images,
    columns: int = 8,
    scale: int = 2,
    title: str | None = None,
    captions: Sequence[str] | None = None,
):
    """Images side by side, each pixel drawn as a square of ``scale`` × ``scale``, without smoothing.

    Args:
        images: uint8, or floats in [-1, 1]; ``(n, height, width, 3)`` or ``(n, height, width, 1)``.
        columns: images in a row.
        scale: screen pixels per image pixel, a positive integer.
        title: what the figure shows.
        captions: a word under each image.

    Returns:
        A figure.

    Raises:
        ValueError: no images, or images of another shape, type or range.
    """
    pixels = _pixels(images)
    if not isinstance(scale, int) or scale < 1 or columns < 1:
        raise ValueError(f"columns={columns} and scale={scale} must be positive integers.")
    if captions is not None and len(captions) != len(pixels):
        raise ValueError(f"There are {len(pixels)} images but {len(captions)} captions.")
    columns = min(columns, len(pixels))
    gap, below = 2, 0 if captions is None else 9
    canvas = _canvas(pixels, columns, scale, gap, below)
    figure, axes = _exact_figure(canvas, title)
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


def strip(grids: Sequence, captions: Sequence[str], scale: int = 2, title: str | None = None):
    """Rows of images over time: one row for each of ``grids``, with its caption on the left.

    Args:
        grids: arrays of images as for ``image_grid``, all with as many images.
        captions: what stands before each row.
        scale: screen pixels per image pixel.
        title: what the figure shows.

    Returns:
        A figure.
    """
    rows = [_pixels(grid) for grid in grids]
    if len(rows) != len(captions):
        raise ValueError(f"There are {len(rows)} rows but {len(captions)} captions.")
    pixels = np.concatenate(rows)
    columns, gap = len(rows[0]), 2
    figure, axes = _exact_figure(_canvas(pixels, columns, scale, gap, 0), title, left=80)
    height = pixels.shape[1] + gap
    for index, caption in enumerate(captions):
        axes.text(-8, (index + 0.5) * height * scale, caption, ha="right", va="center", fontsize=9)
    return figure


def losses(history, title: str | None = None):
    """Both losses, and the mean logits on real and generated samples, over epochs.

    Args:
        history: what ``GAN.fit`` returns, or a dictionary of lists with the same names.
        title: what the figure shows.

    Returns:
        A figure with two panels.
    """
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
    _draw_losses(panels, _curves(history))
    if title:
        figure.suptitle(title)
    plt.close(figure)
    return figure


def progress(history, images, title: str | None = None):
    """Samples on the left, losses and logits on the right: how a training stands.

    Args:
        history: as for ``losses``.
        images: as for ``image_grid``.
        title: what the figure shows.

    Returns:
        A figure.
    """
    import matplotlib.pyplot as plt

    pixels = _pixels(images)
    canvas = _canvas(pixels, max(1, round(len(pixels) ** 0.5)), 1, 2, 0)
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


def histogram(real, fake=None, bins=64, label: str = "value", title: str | None = None):
    """How often values occur among real and, if given, generated samples; both as shares of all.

    Args:
        real: numbers of any shape.
        fake: numbers of any shape, or None.
        bins: as for ``numpy.histogram``.
        label: the axis label, with the unit.
        title: what the figure shows.

    Returns:
        A figure.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
    for values, colour, name, style in ((real, REAL, "real", "-"), (fake, FAKE, "generated", "--")):
        if values is not None:
            counts, edges = np.histogram(np.ravel(values), bins)
            axes.stairs(
                counts / counts.sum(),
                edges,
                color=colour,
                label=name,
                linestyle=style,
                linewidth=1.5,
            )
    axes.set(xlabel=label, ylabel="share of all values", title=title or "")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    plt.close(figure)
    return figure


def _draw_losses(panels, curves: Mapping[str, Sequence[float]]) -> None:
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


def _curves(history) -> Mapping[str, Sequence[float]]:
    curves = getattr(history, "history", history)
    missing = {"d_loss", "g_loss", "real_logits", "fake_logits"} - set(curves)
    if missing:
        raise ValueError(
            f"The history lacks {', '.join(sorted(missing))}; give what GAN.fit returned."
        )
    return curves


def _pixels(images) -> np.ndarray:
    """uint8 ``(n, height, width, 3)`` of anything that can be shown."""
    from ganlib.data import to_uint8

    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or not images.size:
        raise ValueError(
            f"Images have shape {images.shape}, but must have (n, height, width, 3) with n ≥ 1, or one "
            "channel for grey. For a single image use images[None]."
        )
    if images.dtype != np.uint8:
        images = to_uint8(images)
    return np.broadcast_to(images, (*images.shape[:3], 3))


def _canvas(pixels: np.ndarray, columns: int, scale: int, gap: int, below: int) -> np.ndarray:
    """One white picture with all images on it; ``gap`` and ``below`` are free pixels around each."""
    n, height, width, _ = pixels.shape
    rows = -(-n // columns)
    cells = np.full((rows * columns, height + gap + below, width + gap, 3), 255, np.uint8)
    cells[:n, gap // 2 : gap // 2 + height, gap // 2 : gap // 2 + width] = pixels
    canvas = cells.reshape(rows, columns, height + gap + below, width + gap, 3).swapaxes(1, 2)
    canvas = canvas.reshape(rows * (height + gap + below), columns * (width + gap), 3)
    return canvas.repeat(scale, axis=0).repeat(scale, axis=1)


def _exact_figure(canvas: np.ndarray, title: str | None, left: int = 0):
    """A figure in which every pixel of the canvas is one pixel of the screen."""
    import matplotlib.pyplot as plt

    height, width = canvas.shape[:2]
    above, dpi = (28 if title else 0), 100
    total = (max(width + left, 7 * len(title or "")), height + above)
    figure = plt.figure(figsize=(total[0] / dpi, total[1] / dpi), dpi=dpi)
    axes = figure.add_axes((left / total[0], 0, width / total[0], height / total[1]))
    axes.imshow(canvas, interpolation="nearest", extent=(0, width, height, 0))
    axes.set_axis_off()
    if title:
        figure.text(left / total[0], 1 - 8 / total[1], title, va="top", fontsize=11)
    plt.close(figure)
    return figure, axes
