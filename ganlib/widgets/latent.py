"""A walk through latent space, on a slider."""

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ganlib.data import to_uint8
from ganlib.support.validation import real_number, whole_number
from ganlib.widgets.explorer import explorer

if TYPE_CHECKING:
    import ipywidgets

    from ganlib.gan import GAN

__all__ = ["between", "latent_slider", "png", "walk"]


def between(start: ArrayLike, end: ArrayLike, position: float) -> np.ndarray:
    """The latent vector between two others, on the path that keeps to usual lengths.

    Latents of a standard normal distribution have lengths near the root of their dimension; the
    middle of a straight line between two is shorter than nearly all of them. This takes the great
    circle instead ("slerp"; White 2016, arXiv 1609.04468) and the lengths in proportion.

    Args:
        start: latents ``(..., latent_dim)`` at position 0.
        end: latents of the same shape, at position 1.
        position: between 0 and 1.

    Returns:
        float32 latents of that shape.

    Raises:
        ValueError: shapes that differ, zeros, opposite directions, or a position outside of [0, 1].

    >>> between([1.0, 0.0], [0.0, 1.0], 0.5).round(3).tolist()
    [0.7070000171661377, 0.7070000171661377]
    """
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    if start.shape != end.shape:
        raise ValueError(
            f"start has the shape {start.shape} and end {end.shape}, but they must be alike."
        )
    position = real_number(position, "position", least=0, most=1)
    lengths = [np.linalg.norm(side, axis=-1, keepdims=True) for side in (start, end)]
    if not all((length > 0).all() for length in lengths):
        raise ValueError("A latent vector of zeros has no direction; take another one.")
    units = [start / lengths[0], end / lengths[1]]
    angle = np.arccos(np.clip((units[0] * units[1]).sum(-1, keepdims=True), -1, 1))
    sine = np.sin(angle)
    straight = np.abs(sine) < 1e-6  # the same direction, so there is nothing to turn
    if (straight & (angle > 1)).any():
        raise ValueError(
            "start and end point in opposite directions, so there is no shortest path between "
            "them: take another latent."
        )
    safe = np.where(straight, 1.0, sine)
    weights = [
        np.where(straight, 1 - position, np.sin((1 - position) * angle) / safe),
        np.where(straight, position, np.sin(position * angle) / safe),
    ]
    length = (1 - position) * lengths[0] + position * lengths[1]
    return ((weights[0] * units[0] + weights[1] * units[1]) * length).astype(np.float32)


def latent_slider(
    gan: "GAN", latents: ArrayLike, scale: int = 4, labels: ArrayLike | None = None
) -> "ipywidgets.VBox":
    """A slider that walks through latent vectors and shows what the generator makes of them.

    Args:
        gan: a ``ganlib.gan.GAN``.
        latents: stops of the walk, ``(stops, latent_dim)`` for one image or
            ``(stops, images, latent_dim)`` for several that change together; at least two stops.
        scale: screen pixels per image pixel.
        labels: for a conditional GAN, one integer per image.

    Returns:
        An ipywidgets box: the slider, and the images under it.

    Raises:
        ValueError: fewer than two stops, or latents of another shape.
    """
    import ipywidgets

    latents = np.asarray(latents, np.float32)
    if latents.ndim == 2:
        latents = latents[:, None]
    if latents.ndim != 3 or len(latents) < 2:
        raise ValueError(
            f"latents have the shape {latents.shape}, but must have (stops, latent_dim) or "
            "(stops, images, latent_dim) with at least two stops."
        )
    scale = whole_number(scale, "scale", 1)
    picture = ipywidgets.Image(format="png")
    slider = ipywidgets.FloatSlider(
        value=0.0,
        min=0.0,
        max=len(latents) - 1.0,
        step=0.05,
        description="position",
        continuous_update=True,
        layout=ipywidgets.Layout(width="420px"),
    )

    def show(change) -> None:
        picture.value = png(walk(gan, latents, change["new"], labels), scale)

    slider.observe(show, names="value")
    show({"new": 0.0})
    return explorer(slider, picture)


def walk(
    gan: "GAN", latents: np.ndarray, position: float, labels: ArrayLike | None = None
) -> np.ndarray:
    """Images at a position of a walk, between stop number ``int(position)`` and the next.

    Args:
        gan: a ``ganlib.gan.GAN``.
        latents: ``(stops, images, latent_dim)``.
        position: between 0 and stops − 1.
        labels: for a conditional GAN, one integer per image.

    Returns:
        uint8 images ``(images, height, width, channels)``; values outside [-1, 1], from a generator
        without tanh, are drawn as the nearest colour.
    """
    stop = min(int(position), len(latents) - 2)
    there = between(latents[stop], latents[stop + 1], position - stop)
    return to_uint8(gan.generate(there, labels), clip=True)


def png(images: np.ndarray, scale: int) -> bytes:
    """Images side by side as a PNG file, each pixel a square of ``scale`` × ``scale``.

    Args:
        images: uint8 ``(n, height, width, 3)`` or ``(n, height, width, 1)``.
        scale: screen pixels per image pixel.
    """
    import matplotlib.image

    row = np.concatenate(list(images), axis=1)
    row = row.repeat(scale, axis=0).repeat(scale, axis=1)
    row = np.broadcast_to(row, (*row.shape[:2], 3))
    file = io.BytesIO()
    matplotlib.image.imsave(file, np.ascontiguousarray(row), format="png")
    return file.getvalue()
