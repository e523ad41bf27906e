"""The mask of a convolution that sees only what comes before."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["mask"]


@task(
    points=2,
    hints=(
        "Begin with ones of shape (size, size). Which rows come later? Those below the middle one.",
        "In the middle row, all columns to the right of the middle come later. The middle itself "
        "is seen only if itself is True.",
    ),
)
def mask(trial: Trial) -> None:
    """1 where a weight may be, 0 where it would see the future."""
    with trial.part(1, "the first layer, which does not see the place itself"):
        for size in (3, 5, 1):
            _expect(trial, size, False)
    with trial.part(1, "later layers, which do"):
        for size in (3, 7, 1):
            _expect(trial, size, True)


def _expect(trial: Trial, size: int, itself: bool) -> None:
    answer = trial.array(trial.call(size, itself), (size, size), "the mask")
    right = _mask(size, itself)
    others = (
        (_mask(size, not itself), "The middle is the wrong way round: it is 1 only if itself is "
         "True."),
        (right[::-1, ::-1], "It is turned round: it sees what comes later, and not what came "
         "before."),
        (right.T, "Rows and columns are exchanged: images are read row by row."),
        (1 - right, "Ones and zeros are exchanged."),
        (np.tril(np.ones((size, size)), 0 if itself else -1), "This is a triangle. In a row above "
         "the middle every column has been read, those on the right too."),
        (_half(size), "The middle row is left out: what stands to the left of the place has been "
         "read."),
        (right * (np.arange(size) <= size // 2), "The columns to the right are 0 in every row. In "
         "the rows above the middle they have been read: only in the middle row do they come "
         "later."),
        (_whole_row(size), "In the middle row, the places to the right have not been read yet."),
    )  # fmt: skip
    usual = tuple(each for each in others if not np.array_equal(each[0], right))
    trial.expect(
        answer,
        right,
        usual=usual,
        otherwise=f"The mask is not right for size={size}, itself={itself}. Write down for each of "
        "the weights whether its place comes before the middle, row by row.",
        what="the mask",
    )


def _mask(size: int, itself: bool) -> np.ndarray:
    order = np.arange(size**2).reshape(size, size)
    middle = size**2 // 2
    return (order <= middle if itself else order < middle).astype(float)


def _half(size: int) -> np.ndarray:
    rows = np.arange(size)[:, None] < size // 2
    return np.repeat(rows, size, axis=1).astype(float)


def _whole_row(size: int) -> np.ndarray:
    rows = np.arange(size)[:, None] <= size // 2
    return np.repeat(rows, size, axis=1).astype(float)
