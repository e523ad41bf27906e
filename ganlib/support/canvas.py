"""Many small images in one picture, pixel by pixel, on the screen or in a film."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ganlib.support import files
from ganlib.support.validation import real_number, whole_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["canvas_of", "exact_figure", "write_gif"]


def canvas_of(pixels: np.ndarray, columns: int, scale: int, gap: int, below: int) -> np.ndarray:
    """All images in one white picture, ``gap`` pixels apart, with ``below`` more under each."""
    n, height, width, _ = pixels.shape
    rows = -(-n // columns)
    cells = np.full((rows * columns, height + gap + below, width + gap, 3), 255, np.uint8)
    cells[:n, gap // 2 : gap // 2 + height, gap // 2 : gap // 2 + width] = pixels
    canvas = cells.reshape(rows, columns, height + gap + below, width + gap, 3).swapaxes(1, 2)
    canvas = canvas.reshape(rows * (height + gap + below), columns * (width + gap), 3)
    return canvas.repeat(scale, axis=0).repeat(scale, axis=1)


def exact_figure(canvas: np.ndarray, title: str | None, left: int = 0) -> "tuple[Figure, Axes]":
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


def write_gif(grids: Sequence[np.ndarray], path, columns: int, seconds: float) -> None:
    """Write grids of images, uint8 ``(n, height, width, 1 or 3)`` each, as a film.

    Args:
        grids: what is shown one after the other; the last one stays four times as long.
        path: a file that ends in ``.gif``.
        columns: images side by side.
        seconds: how long each grid is shown.

    Raises:
        ValueError: the file's name has another ending.
        OSError: it cannot be written.
    """
    from PIL import Image

    path = Path(path).expanduser()
    if path.suffix != ".gif":
        raise ValueError(f"{path} must end in .gif.")
    columns = whole_number(columns, "columns", 1)
    each = round(1000 * real_number(seconds, "seconds", above=0))
    pictures = (np.broadcast_to(grid, (*grid.shape[:3], 3)) for grid in grids)
    first, *others = [Image.fromarray(canvas_of(one, columns, 2, 2, 0)) for one in pictures]
    durations = [each] * len(others) + [4 * each]
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as [unfinished]:
        first.save(unfinished, save_all=True, append_images=others, duration=durations, loop=0)
