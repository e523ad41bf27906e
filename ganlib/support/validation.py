"""Checks of arguments: each returns the value it was given, or says what was given and what must be.

NumPy's integers and floats are numbers everywhere, and Python's and NumPy's bools are not.

>>> whole_number(np.int64(3), "n", least=1)
3
>>> whole_number(0, "n", least=1)
Traceback (most recent call last):
ValueError: n is 0, but must be a whole number of at least 1.
"""

import math
import operator
from typing import Any

import numpy as np

__all__ = ["real_number", "shape", "whole_number"]


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
            f"{name} is {value!r} ({type(value).__name__}), but must be a whole number, for example "
            f"{name}={max(least, 1)}."
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


def shape(value: Any, name: str, rank: int) -> tuple[int, ...]:
    """The value as a tuple of ``rank`` positive integers; any sequence of them will do.

    Raises:
        TypeError, ValueError: it is no sequence of positive whole numbers, or of another length.
    """
    try:
        sizes = tuple(value)
    except TypeError:
        raise TypeError(
            f"{name} is {value!r}, but must be {rank} whole numbers, for example "
            f"{name}={(32, 32, 3)[:rank]}."
        ) from None
    if len(sizes) != rank:
        raise ValueError(f"{name} is {value!r}, but must hold {rank} whole numbers.")
    return tuple(whole_number(size, f"each number of {name}", 1) for size in sizes)
