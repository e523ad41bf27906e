"""Images as files hold them: bytes, three channels.

>>> byte_images(np.zeros((1, 4, 4, 3), np.uint8), "images").shape
(1, 4, 4, 3)
"""

from typing import Any

import numpy as np

from ganlib.support.validation import images as checked_shape

__all__ = ["byte_images", "byte_squares"]


def byte_images(value: Any, name: str) -> np.ndarray:
    """The value as an array uint8 ``(n, height, width, 3)``.

    Raises:
        TypeError: it holds something else than bytes, or has one channel.
        ValueError: it has another shape.
    """
    images = checked_shape(value, name)
    if images.dtype != np.uint8 or images.shape[-1] != 3:
        raise TypeError(
            f"{name} are {images.dtype} with {images.shape[-1]} channels, but must be uint8 with "
            "3: files hold bytes. Convert floats in [-1, 1] with ganlib.data.to_uint8(images)."
        )
    return images


def byte_squares(value: Any, name: str) -> np.ndarray:
    """The value as an array uint8 ``(n, size, size, 3)`` with an even size.

    Raises:
        TypeError, ValueError: as ``byte_images``; or they are not square, or of an odd size.
    """
    images = byte_images(value, name)
    _, height, width, _ = images.shape
    if height != width or height % 2:
        raise ValueError(
            f"{name} have the shape {images.shape}, but must have (n, size, size, 3) with an even "
            "size. ganlib.folders.from_folder makes squares of files."
        )
    return images
