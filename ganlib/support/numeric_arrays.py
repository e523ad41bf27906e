"""Checks of arrays of numbers that are no images: latents, directions, logits, points.

>>> finite([[1, 2]], "points", ("n", 2))
array([[1., 2.]])
>>> finite([1, 2], "points", ("n", 2))
Traceback (most recent call last):
ValueError: points: numbers of the shape (2,) were given, but must have the shape (n, 2).
"""

from typing import Any

import numpy as np

__all__ = ["finite", "numbers"]


def numbers(value: Any, name: str, shape: tuple[int | str, ...], least: int = 1) -> np.ndarray:
    """The value as float64 numbers of a shape, none of them NaN.

    Args:
        value: what a caller gave: an array, a tensor, or lists of numbers.
        name: what the argument is called.
        shape: the lengths of the axes; a letter or a word stands for any length.
        least: how long the first axis must be where any length will do.

    Raises:
        TypeError: it holds no numbers.
        ValueError: it has another shape, or some values are NaN.
    """
    wanted = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    try:
        array = np.asarray(value)
        if array.dtype.kind in "OSUcmM":
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError):  # lists of several lengths, or no numbers
        given = "None" if value is None else f"a {type(value).__name__}"
        raise TypeError(
            f"{name}: {given} that is no array of numbers was given, but must be numbers of the "
            f"shape {wanted}."
        ) from None
    fits = array.ndim == len(shape) and all(
        isinstance(length, str) or length == here
        for here, length in zip(array.shape, shape, strict=True)
    )
    if not fits or (array.ndim and isinstance(shape[0], str) and len(array) < least):
        more = f" with {shape[0]} of at least {least}" if fits else ""
        raise ValueError(
            f"{name}: numbers of the shape {array.shape} were given, but must have the shape "
            f"{wanted}{more}."
        )
    if bad := int(np.isnan(array).sum()):
        raise ValueError(f"{name}: {bad} of {array.size} values are NaN, but all must be numbers.")
    return array


def finite(value: Any, name: str, shape: tuple[int | str, ...], least: int = 1) -> np.ndarray:
    """As ``numbers``, and none of them infinite.

    Raises:
        TypeError: it holds no numbers.
        ValueError: it has another shape, or some values are NaN or infinite.
    """
    array = numbers(value, name, shape, least)
    if bad := int(np.isinf(array).sum()):
        raise ValueError(f"{name}: {bad} of {array.size} values are infinite, but none may be.")
    return array
