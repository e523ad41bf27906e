"""The pattern that a transposed convolution draws where its input is constant."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["constant_answer"]


def _phases(kernel: np.ndarray, stride: int) -> np.ndarray:
    each = range(stride)
    return np.array([[kernel[a::stride, b::stride].sum() for b in each] for a in each])


@task(
    points=3,
    hints=(
        "Take one row first, kernel 5 and stride 2. Stamps begin at every second cell. Which "
        "weights meet at an even cell, which at an odd one?",
        "At a cell that lies a cells after the start of a stamp, the weights a, a + s, a + 2s, … "
        "meet.",
        "A slice with a step takes just these: kernel[a::stride].",
    ),
)
def constant_answer(trial: Trial) -> None:
    """The block (s, s) that repeats where the input of a transposed convolution is 1."""

    with trial.part(1, "a stride that divides the kernel"):
        for k, stride in ((4, 2), (6, 3), (3, 1), (8, 2)):
            said = f"For kernel {k} and stride {stride} it is not right."
            if stride == 1:
                said += " The output repeats itself in every cell: the block is one number."
            _examine(trial, trial.rng.normal(0, 1, (k, k)), stride, said)
    with trial.part(1, "a stride that does not"):
        for k, stride in ((5, 2), (7, 3), (7, 2), (9, 4), (9, 2)):
            said = (
                f"For kernel {k} and stride {stride} it is not right. Not every cell gets equally "
                f"many weights; along a row up to {-(-k // stride)} stamps meet."
            )
            _examine(trial, trial.rng.normal(0, 1, (k, k)), stride, said)
    with trial.part(1, "a stride larger than the kernel"):
        _examine(
            trial,
            trial.rng.uniform(1, 2, (2, 2)),
            3,
            "For kernel 2 and stride 3 it is not right: what do cells hold that no stamp reaches?",
        )
    if not trial.failed:
        print("  For a kernel of ones these values count the stamps that cover a cell.")


def _examine(trial: Trial, kernel: np.ndarray, stride: int, otherwise: str) -> None:
    answer = trial.array(trial.call(kernel, stride), what="the block")
    k, right = len(kernel), _phases(kernel, stride)
    if answer.shape in ((k, k), ((k - 1) * stride + k,) * 2) and answer.shape != right.shape:
        raise Wrong(
            f"For kernel {k} and stride {stride} the result has shape {answer.shape}, but after "
            "how many rows does the output repeat itself?"
        )
    answer = trial.array(answer, right.shape, "the block")
    counts = _phases(np.ones_like(kernel), stride)
    shifted = np.roll(right, (-((k - stride) // 2),) * 2, axis=(0, 1))
    blocks = _blocks(kernel, stride)
    trial.expect(
        answer,
        right,
        usual=(
            (right.T, "Rows and columns have changed places."),
            (
                counts,
                "This counts the weights that meet at each cell. With an input of ones their "
                "values are added.",
            ),
            (
                right / np.where(counts > 0, counts, 1),
                "This is the mean of the weights that meet. Stamps are added.",
            ),
            (
                np.full(right.shape, right.mean()),
                "This is the same value everywhere, the mean. Each cell has a sum of its own.",
            ),
            (
                np.full(right.shape, kernel.sum()),
                "You added all weights of the kernel. At one cell only some of them meet.",
            ),
            (
                right[::-1, ::-1],
                "The block is upside down and reversed. It begins where a stamp begins.",
            ),
            (np.roll(right, 1, axis=(0, 1)), "The block does not begin where a stamp begins."),
            (np.roll(right, -1, axis=(0, 1)), "The block does not begin where a stamp begins."),
            (
                shifted,
                "The block does not begin where a stamp begins: this one begins after the cut of "
                "'same'.",
            ),
            (
                kernel[:stride, :stride],
                "This is one corner of the kernel. Other stamps reach these cells too.",
            ),
            (
                blocks,
                "You added up square blocks of neighbouring weights. Which weights meet at a "
                "cell: neighbours, or those that lie a stride apart?",
            ),
        ),
        otherwise=otherwise,
    )


def _blocks(kernel: np.ndarray, stride: int) -> np.ndarray:
    """Sums of neighbours: what a reshape in the wrong order gives, where it can be done."""
    k = len(kernel)
    if k % stride:
        return np.full((stride, stride), np.inf)
    return kernel.reshape(stride, k // stride, stride, k // stride).sum(axis=(1, 3))
