"""Checks of arrays of images and labels; each returns what it was given, or says what is wrong."""

from typing import Any

import numpy as np

from ganlib.support.validation import stacked

__all__ = ["checked_images", "checked_labels", "finite_floats"]


def finite_floats(images: Any, caller: str) -> np.ndarray:
    """Images as finite float32, of any shape, for the function that was called.

    Raises:
        TypeError: they are not floats.
        ValueError: some values are NaN or infinite.
    """
    values = np.asarray(images)
    if values.dtype.kind != "f" and values.dtype.name != "bfloat16":  # NumPy calls bfloat16 a "V"
        hint = " They are bytes already: use them as they are." if values.dtype == np.uint8 else ""
        raise TypeError(
            f"{caller} was given {values.dtype}, but must be given floats in [-1, 1].{hint}"
        )
    values = values.astype(np.float32)
    if bad := int((~np.isfinite(values)).sum()):
        raise ValueError(
            f"{caller} was given {bad} (of {values.size}) values that are NaN or infinite, but "
            "must be given floats in [-1, 1]. A generator that draws NaN has diverged and its "
            "weights are lost: go back to an earlier checkpoint."
        )
    return values


def checked_images(images: Any) -> np.ndarray:
    """Images uint8 or floats ``(n, ...)``, with n of at least 1, as an array.

    Raises:
        TypeError: they are of another kind.
        ValueError: they have another shape, or values that are NaN or infinite.
    """
    if isinstance(images, tuple) and len(images) == 2 and np.ndim(images[0]) > np.ndim(images[1]):
        raise TypeError(
            "images are a pair, but must be one array. For images and labels write "
            "dataset(images, labels)."
        )
    images = stacked(images, "images")
    if images.dtype != np.uint8 and images.dtype.kind != "f":
        hint = " Whole numbers in 0 … 255: write images.astype('uint8')." * (
            images.dtype.kind in "iu"
        )
        raise TypeError(f"images are {images.dtype}, but must be uint8 or floats.{hint}")
    if images.ndim < 2 or images.size == 0:
        raise ValueError(
            f"images have the shape {images.shape}, but must have (n, height, width, channels), or "
            "(n, 2) for points in the plane, with n of at least 1."
        )
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise ValueError("images hold NaN or infinite values; remove those rows first.")
    return images


def checked_labels(labels: Any, n: int) -> np.ndarray:
    """Class numbers ``(n,)`` of 0 or more, one for each image, as an array.

    Raises:
        TypeError: they are not whole numbers.
        ValueError: there are not n of them, or some are negative or too large.
    """
    labels = np.asarray(labels)
    if labels.shape != (n,):
        hint = ""
        if labels.shape == (n, 1):
            hint = " Write labels[:, 0]."
        elif labels.ndim == 2 and len(labels) == n:
            hint = " If they are one-hot, write labels.argmax(1)."
        raise ValueError(
            f"labels have the shape {labels.shape}, but must have ({n},): one class number for "
            f"each image.{hint}"
        )
    if labels.dtype.kind not in "iu":
        hint = " Write labels.astype(int)." if labels.dtype.kind in "fb" else ""
        raise TypeError(f"labels are {labels.dtype}, but must be whole numbers from 0.{hint}")
    if labels.min() < 0 or labels.max() >= 2**31:
        raise ValueError(
            f"labels lie between {labels.min()} and {labels.max()}, but must be class numbers: "
            "0 … k - 1 for k classes."
        )
    return labels
