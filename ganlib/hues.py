"""Which of the ten hues an image of shapes has, by its colours alone: a judge that knows no shapes.

>>> from ganlib import shapes
>>> images, factors = shapes.draw(200, seed=0)
>>> bool((nearest_hue(images) == factors["hue"]).all())
True
"""

import numpy as np
from matplotlib.colors import rgb_to_hsv

from ganlib.shapes import COLOURS
from ganlib.support.byte_images import byte_squares

__all__ = ["nearest_hue"]


def nearest_hue(images: np.ndarray) -> np.ndarray:
    """The hue nearest to the mean colour of each image, in which grey pixels do not count.

    A pixel counts by its chroma, the distance between its largest and its smallest value, so the
    grey background hardly matters. Hues are compared as angles.

    Args:
        images: uint8 ``(n, size, size, 3)``, size an even number.

    Returns:
        int64 ``(n,)``, places in ``ganlib.shapes.HUE_NAMES``; 0 for an image that is all grey.

    Raises:
        TypeError, ValueError: no square uint8 images of even size.
    """
    images = byte_squares(images, "images")
    values = images.reshape(len(images), -1, 3) / 255
    chroma = values.max(axis=-1, keepdims=True) - values.min(axis=-1, keepdims=True)
    weight = chroma.sum(axis=1)
    colours = (values * chroma).sum(axis=1) / np.where(weight > 0, weight, 1)
    angle, known = rgb_to_hsv(colours)[:, :1], rgb_to_hsv(COLOURS)[:, 0]
    apart = np.abs(angle - known)
    return np.minimum(apart, 1 - apart).argmin(axis=1)
