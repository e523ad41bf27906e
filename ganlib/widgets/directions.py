"""Sliders that move latents along directions."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ganlib.data import to_uint8
from ganlib.support.validation import real_number, whole_number
from ganlib.widgets.explorer import explorer
from ganlib.widgets.latent import png

if TYPE_CHECKING:
    import ipywidgets

    from ganlib.gan import GAN

__all__ = ["direction_sliders"]


def direction_sliders(
    gan: "GAN", latents: ArrayLike, directions: ArrayLike, reach: float = 4.0, scale: int = 5
) -> "ipywidgets.VBox":
    """A slider for each direction; the image shows the latents moved along all of them.

    Args:
        gan: a ``ganlib.gan.GAN`` without labels.
        latents: where the sliders stand at 0, ``(images, latent_dim)``.
        directions: unit vectors ``(directions, latent_dim)``.
        reach: how far a slider goes to either side.
        scale: screen pixels per image pixel.

    Returns:
        An ipywidgets box: the sliders, and the images under them.

    Raises:
        TypeError, ValueError: shapes that do not fit, or a number out of range.
    """
    import ipywidgets

    latents, directions = np.asarray(latents, np.float32), np.asarray(directions, np.float32)
    if latents.ndim != 2 or directions.ndim != 2 or latents.shape[1] != directions.shape[1]:
        raise ValueError(
            f"latents have the shape {latents.shape} and directions {directions.shape}, but must "
            "have (images, latent_dim) and (directions, latent_dim)."
        )
    reach, scale = real_number(reach, "reach", above=0), whole_number(scale, "scale", 1)
    picture = ipywidgets.Image(format="png")
    sliders = [
        ipywidgets.FloatSlider(
            value=0.0,
            min=-reach,
            max=reach,
            step=0.1,
            description=f"direction {number}",
            layout=ipywidgets.Layout(width="420px"),
        )
        for number in range(1, len(directions) + 1)
    ]

    def show(change: object = None) -> None:
        amounts = np.array([slider.value for slider in sliders], np.float32)
        picture.value = png(to_uint8(gan.generate(latents + amounts @ directions), True), scale)

    for slider in sliders:
        slider.observe(show, names="value")
    show()
    return explorer(*sliders, picture)
