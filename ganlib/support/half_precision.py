"""Weights in half precision, as they ship: half the size, and near enough for drawing."""

from collections.abc import Mapping

import numpy as np

__all__ = ["halved"]


def halved(name: str, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Weights as float16.

    Args:
        name: of the model they belong to, for the message.
        weights: arrays by name.

    Raises:
        ValueError: a weight is not finite, or too large for half precision.

    >>> halved("small", {"kernel": np.array([0.5, 2.0])})["kernel"].dtype.name
    'float16'
    """
    with np.errstate(over="ignore"):  # what is too large becomes infinite, which is told below
        half = {key: np.asarray(weight).astype(np.float16) for key, weight in weights.items()}
    for key, weight in half.items():
        if not np.isfinite(weight).all():
            raise ValueError(
                f"{name}: the weight {key} is not finite in half precision. Nothing was written; "
                "look at the training first."
            )
    return half
