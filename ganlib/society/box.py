"""The box that an attack may move in: at most ε away in every channel of every pixel.

Images are uint8 or floats in [0, 1]. Bytes stay whole grey levels: ε is rounded down to them and a
point to the nearest, so what an attack returns is what a file can hold.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ganlib.support.validation import real_number, stacked

__all__ = ["Box", "scaled"]

LEVELS = 255


@dataclass(frozen=True, eq=False)
class Box:
    """All images |x' − x| ≤ ε within [0, 1].

    Attributes:
        origin: x, float32 ``(n, ...)`` in [0, 1].
        epsilon: ε, in the unit of images in [0, 1]; for bytes a whole number of 255ths.
        whole: whether the images were bytes.

    >>> box = Box.around(np.array([[0, 100, 255]], np.uint8), 2.5 / 255)
    >>> box.as_given(box.nearest(np.array([[0.5, 0.0, 1.0]], np.float32))).tolist()
    [[2, 98, 255]]
    """

    origin: np.ndarray
    epsilon: float
    whole: bool

    @classmethod
    def around(cls, images: np.ndarray, epsilon: float) -> Self:
        """The box around images.

        Args:
            images: uint8, or floats in [0, 1], ``(n, ...)``.
            epsilon: 0 to 1.

        Raises:
            TypeError, ValueError: something else.
        """
        origin, whole = scaled(images)
        epsilon = real_number(epsilon, "epsilon", least=0)
        if epsilon > 1:
            raise ValueError(
                f"epsilon is {epsilon:g}, but must be at most 1: its unit is that of images in "
                f"[0, 1]. Grey levels: epsilon={epsilon:g} / 255."
            )
        if whole:
            epsilon = float(np.floor(LEVELS * epsilon + 1e-4)) / LEVELS
        return cls(origin, epsilon, whole)

    def step(self, size: float) -> np.float32:
        """A step size as it can be taken: for bytes whole grey levels, at least one."""
        return np.float32(max(1.0, np.rint(LEVELS * size)) / LEVELS if self.whole else size)

    def nearest(self, points: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
        """The points of the box next to these, float32; of bytes whole 255ths."""
        if self.whole:
            points = np.rint(points * LEVELS) / np.float32(LEVELS)
        origin, epsilon = self.origin[rows], np.float32(self.epsilon)
        return np.clip(np.clip(points, origin - epsilon, origin + epsilon), 0, 1)

    def as_given(self, points: np.ndarray) -> np.ndarray:
        """Points of the box with the dtype of the images: uint8 or float32."""
        return np.rint(points * LEVELS).astype(np.uint8) if self.whole else points


def scaled(images: np.ndarray) -> tuple[np.ndarray, bool]:
    """Images as float32 in [0, 1], and whether they were bytes.

    Args:
        images: uint8, or floats in [0, 1], ``(n, ...)``, or a list of images of one shape.

    Raises:
        TypeError, ValueError: another type, shape or range.
    """
    images = stacked(images, "images")
    if images.ndim < 2 or not len(images):
        raise ValueError(
            f"images have the shape {images.shape}, but must have (n, ...) with n of at least 1. A "
            "single image is a batch of one: image[None]."
        )
    if images.dtype == np.uint8:
        return images.astype(np.float32) / np.float32(LEVELS), True
    if images.dtype.kind != "f":
        raise TypeError(f"images are {images.dtype}, but must be uint8 or floats in [0, 1].")
    if not (images.min() >= 0 and images.max() <= 1):  # so NaN is refused too
        raise ValueError(
            f"images go from {images.min():.4g} to {images.max():.4g}, but must be in [0, 1]. For "
            "images in [-1, 1], write (images + 1) / 2, and halve ε too."
        )
    return images.astype(np.float32), False
