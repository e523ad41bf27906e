"""What ``fit`` must know of its data set before the first step."""

from typing import Any

import tensorflow as tf

from ganlib.support.validation import whole_number

__all__ = ["steps_of_an_epoch"]


def steps_of_an_epoch(dataset: Any, steps_per_epoch: int | None) -> int | None:
    """How many batches an epoch has: as given, as the data set says, or None where it ends by itself.

    Raises:
        ValueError: the data set has no end and nothing says how long an epoch is.
    """
    if steps_per_epoch is not None:
        return whole_number(steps_per_epoch, "steps_per_epoch", 1)
    if (steps := getattr(dataset, "steps_per_epoch", None)) is not None:
        return steps
    if getattr(dataset, "cardinality", lambda: 0)() == tf.data.INFINITE_CARDINALITY:
        raise ValueError(
            "The data set has no end, so nothing says how long an epoch is. Give "
            "steps_per_epoch=number of samples // batch size, or make the data set with "
            "ganlib.data.dataset, which knows."
        )
    return None
