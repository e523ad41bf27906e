"""Checks of arguments: each returns the value it was given, or says what was given and must be.

NumPy's integers and floats are numbers everywhere, and Python's and NumPy's bools are not.

>>> whole_number(np.int64(3), "n", least=1)
3
>>> whole_number(0, "n", least=1)
Traceback (most recent call last):
ValueError: n is 0, but must be a whole number of at least 1.
"""

import math
import operator
from collections import Counter
from typing import Any

import numpy as np

__all__ = [
    "images",
    "real_number",
    "shape",
    "share_of",
    "stacked",
    "whole_number",
    "whole_numbers",
    "without_bfloat16",
]


def whole_number(value: Any, name: str, least: int, most: int = 2**63 - 1) -> int:
    """The value as an ``int`` in [least, most].

    Args:
        value: what a caller gave.
        name: what the argument is called.
        least: the smallest number allowed.
        most: the largest.

    Raises:
        TypeError: it is not a whole number.
        ValueError: it is out of range.
    """
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name} is {value!r} ({type(value).__name__}), but must be a whole number"
            f"{_whole_instead(value, name)}."
        ) from None
    if not least <= number <= most:
        limit = f"at least {least:,}" if number < least else f"at most {most:,}"
        raise ValueError(f"{name} is {number:,}, but must be a whole number of {limit}.")
    return number


def real_number(
    value: Any,
    name: str,
    *,
    least: float = -math.inf,
    above: float = -math.inf,
    below: float = math.inf,
    most: float = math.inf,
) -> float:
    """The value as a finite ``float`` with least ≤ value ≤ most and above < value < below.

    Args:
        value: what a caller gave.
        name: what the argument is called.
        least: the smallest number allowed.
        above: a bound that must be exceeded.
        below: a bound that must not be reached.
        most: the largest number allowed.

    Raises:
        TypeError: it is not a number.
        ValueError: it is NaN, infinite or out of range.
    """
    numeric = isinstance(value, int | float | np.integer | np.floating)
    if isinstance(value, bool | np.bool_) or not numeric:
        raise TypeError(f"{name} is {value!r} ({type(value).__name__}), but must be a number.")
    number = float(value)
    if math.isfinite(number) and least <= number <= most and above < number < below:
        return number
    limits = [
        f"{words} {limit:g}"
        for words, limit in (
            ("at least", least),
            ("above", above),
            ("below", below),
            ("at most", most),
        )
        if math.isfinite(limit)
    ]
    wanted = " and ".join(limits) or "finite"
    raise ValueError(f"{name} is {value!r}, but must be {wanted}.")


def _whole_instead(value: Any, name: str) -> str:
    """What to write for a float such as 32.0, which stands for a whole number."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return f": write {name}={int(value)}"
    return ""


def share_of(share: Any, name: str, n: int) -> int:
    """How many of n a share in [0, 1] is, rounded.

    Args:
        share: what a caller gave.
        name: what the argument is called.
        n: how many there are.

    Raises:
        TypeError: it is no number.
        ValueError: it is out of range, or more than 0 and yet not one of n.

    >>> share_of(0.2, "fresh", 50)
    10
    """
    share = real_number(share, name, least=0, most=1)
    count = round(share * n)
    if share and not count:
        raise ValueError(
            f"{name} is {share:g}, which rounds to 0 of {n:,}: it must be 0, or large enough to "
            "round to at least 1."
        )
    return count


def whole_numbers(
    value: Any, name: str, least: int, example: tuple[int, ...] = (128, 128)
) -> tuple[int, ...]:
    """The value as a tuple of whole numbers of at least ``least``; any sequence of them will do.

    Raises:
        TypeError: it is not a sequence of whole numbers.
        ValueError: one of them is too small.
    """
    try:
        if isinstance(value, str):
            raise TypeError
        numbers = tuple(value)
    except TypeError:
        raise TypeError(
            f"{name} is {value!r} ({type(value).__name__}), but must be a sequence of whole "
            f"numbers, for example {name}={example}."
        ) from None
    return tuple(
        whole_number(number, f"{name}[{index}]", least) for index, number in enumerate(numbers)
    )


def shape(value: Any, name: str, example: tuple[int, ...]) -> tuple[int, ...]:
    """The value as a tuple of as many positive whole numbers as ``example`` has.

    Raises:
        TypeError, ValueError: it is something else.
    """
    sizes = whole_numbers(value, name, 1, example)
    if len(sizes) != len(example):
        raise ValueError(
            f"{name} is {value!r}, but must hold {len(example)} whole numbers, as in {example}."
        )
    return sizes


def stacked(value: Any, name: str) -> np.ndarray:
    """The value as one array; items of a list are stacked, and must all have one shape.

    Raises:
        TypeError: it is no array at all, such as a path; or some items are uint8 and some floats.
        ValueError: an item of the list has another shape than most; says which, and what to do.

    >>> stacked([np.zeros((2, 2)), np.zeros(3)], "points")
    Traceback (most recent call last):
    ValueError: points[1] has the shape (3,), but must have (2, 2), as points[0] has.
    """
    boxed = isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 1
    if not (isinstance(value, list | tuple) or boxed) or not len(value):
        array = np.asarray(value)
        if array.ndim == 0 and array.dtype.kind in "OSU":
            given = "None" if value is None else f"a {type(value).__name__}"
            raise TypeError(f"{name}: {given} was given, but must be an array, or a list of them.")
        return array
    items = [np.asarray(item) for item in value]
    shapes = [item.shape for item in items]
    usual = Counter(shapes).most_common(1)[0][0]
    for index, item in enumerate(items):
        if item.shape != usual:
            raise ValueError(
                f"{name}[{index}] has the shape {item.shape}, but must have {usual}, as "
                f"{name}[{shapes.index(usual)}] has.{_remedy(item.shape, usual)}"
            )
        if {item.dtype.kind, items[0].dtype.kind} == {"u", "f"}:
            raise TypeError(
                f"{name}[{index}] holds {item.dtype} and {name}[0] holds {items[0].dtype}, but all "
                "must hold one type: bytes are in 0 … 255 and floats in [-1, 1]."
            )
    return np.stack(items)


def without_bfloat16(array: np.ndarray) -> np.ndarray:
    """The array, in float32 if it is bfloat16, which NumPy does not count among its floats."""
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def images(value: Any, name: str) -> np.ndarray:
    """The value as an array ``(n, height, width, 3)`` or ``(n, height, width, 1)`` of any dtype.

    Args:
        value: an array, or a list of images of one shape.
        name: what the argument is called.

    Raises:
        ValueError: it has another shape; says which, and what to do.
    """
    array = stacked(value, name)
    if array.ndim == 4 and array.shape[-1] in (1, 3) and array.size:
        return array
    hint = ""
    if array.ndim == 3 and array.shape[-1] in (1, 3, 4):
        hint = " A single image is a batch of one: image[None]."
    elif array.ndim == 3:
        hint = " Grey images need an axis for their one channel: images[..., None]."
    elif array.ndim == 4 and array.shape[-1] == 4:
        hint = " The fourth channel, transparency, is left out with images[..., :3]."
    elif array.ndim == 4 and array.shape[1] in (1, 3):
        hint = " The channels come last: np.moveaxis(images, 1, -1)."
    raise ValueError(
        f"{name} have the shape {array.shape}, but must have (n, height, width, 3), or "
        f"(n, height, width, 1) if they are grey, with n of at least 1.{hint}"
    )


def _remedy(given: tuple[int, ...], usual: tuple[int, ...]) -> str:
    """How an image of the shape ``given`` gets the shape ``usual``, where that is known."""
    if len(usual) == 3 and usual[-1] == 3 and given in (usual[:2], (*usual[:2], 1)):
        image = "image" if len(given) == 2 else "image[..., 0]"
        return f" It is grey: np.stack([{image}] * 3, axis=-1) makes it RGB."
    if len(usual) == len(given) == 3 and given[-1] == 4 and usual[-1] == 3:
        return " Its fourth channel, transparency, is left out with image[..., :3]."
    if 2 <= len(usual) == len(given) <= 3:
        return " Crop or resize images to one size first, for example with keras.ops.image.resize."
    return ""
