"""A walk between two latent vectors on the shell."""

import math
from typing import Any

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["walk"]


def _lengths(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points, axis=1, keepdims=True)


def _same(answer: Any, right: Any, within: float = 1e-4) -> bool:
    return np.shape(answer) == np.shape(right) and np.allclose(answer, right, rtol=0, atol=within)


@task(
    points=2,
    hints=(
        "np.linspace(0, 1, steps) gives the share of the last vector in each point. As a column, "
        "(steps, 1), it multiplies a vector to an array (steps, d).",
        "A vector divided by its length has length 1. Which length is usual in d dimensions?",
        "np.linalg.norm(points, axis=1, keepdims=True) has the length of each row, as a column.",
    ),
)
def walk(trial: Trial) -> None:
    """Points on the straight line between two latent vectors, each brought to length √d."""
    with trial.part(1, "points in equal steps, with the right directions"):
        for steps, d in ((7, 40), (7, 40), (2, 40), (3, 12)):
            first, last = trial.rng.normal(0, 1, (2, d))
            _expect_directions(trial, _walk(trial, first, last, steps), first, last, steps)
    with trial.part(1, "all on the shell"):
        for steps, d in ((7, 40), (2, 40), (7, 12)):
            first, last = trial.rng.normal(0, 1, (2, d))
            _expect_lengths(trial, _walk(trial, first, last, steps), first, last, steps)


def _walk(trial: Trial, first: np.ndarray, last: np.ndarray, steps: int) -> np.ndarray:
    d = len(first)
    try:
        result = trial.call(first, last, steps)
    except Exception as problem:
        if "broadcast" in str(problem) or "ncompatible shapes" in str(problem):
            raise Wrong(
                f"Shapes do not fit: {steps} numbers for {steps} points of {d} must be a column, "
                f"({steps}, 1). Do the shares have a second axis, and the lengths keepdims=True?"
            ) from None
        raise
    answer = trial.array(result, what="the walk")
    if answer.shape == (d, steps):
        raise Wrong(
            f"The walk has shape ({d}, {steps}), but should have ({steps}, {d}): a point is a row."
        )
    if answer.shape in ((steps - 2, d), (steps + 1, d), (steps - 1, d)):
        raise Wrong(
            f"For steps={steps} the walk has {len(answer)} points. The two ends count among them."
        )
    return trial.array(answer, (steps, d), "the walk")


def _expect_directions(
    trial: Trial, answer: np.ndarray, first: np.ndarray, last: np.ndarray, steps: int
) -> None:
    share = np.linspace(0, 1, steps)[:, None]
    line = (1 - share) * first + share * last
    right = line * math.sqrt(len(first)) / _lengths(line)
    if _same(_unit(answer)[::-1], _unit(right)):
        raise Wrong("The walk goes from the last vector to the first.")
    trial.expect(
        _unit(answer),
        _unit(right),
        usual=(
            (
                _unit(np.linspace(0, 1, steps, endpoint=False)[:, None] * (last - first) + first),
                "The walk does not arrive at the last vector: np.linspace includes its end unless "
                "told not to.",
            ),
            *(
                (
                    _unit(_arc(*ends, share)),
                    "You went along an arc in equal angles. Here the points lie in equal steps on "
                    "the straight line; only their length is changed afterwards.",
                )
                for ends in (
                    (first, last),
                    (first / np.linalg.norm(first), last / np.linalg.norm(last)),
                )
            ),
            (
                _unit(line / np.linalg.norm(line, axis=0)),
                "You divided by np.linalg.norm(points, axis=0), which is one length for each of "
                f"the {len(first)} columns. A point is a row: look at the axis.",
            ),
            (
                _unit(
                    (1 - share) * first / np.linalg.norm(first)
                    + share * last / np.linalg.norm(last)
                ),
                "You changed the length of the two ends first. The straight line goes between the "
                "vectors as they were given; then the points get their length.",
            ),
        ),
        otherwise="The directions of the points are not right. Look at the shares of both vectors "
        "in each: 1 and 0 at the start, 0 and 1 at the end.",
    )


def _expect_lengths(
    trial: Trial, answer: np.ndarray, first: np.ndarray, last: np.ndarray, steps: int
) -> None:
    share = np.linspace(0, 1, steps)[:, None]
    line = (1 - share) * first + share * last
    root = math.sqrt(len(first))
    right = line * root / _lengths(line)
    if np.allclose(_lengths(answer), root, rtol=0, atol=1e-4 * root):
        return  # where the points lie is the other part's business
    trial.expect(
        answer,
        right,
        usual=(
            (
                line,
                "The points lie on the straight line as it is. In its middle they are too short: "
                "their length is still to be changed.",
            ),
            (_unit(line), "The points have length 1. Which length do latent vectors have?"),
            (
                right * root,
                "The points have length d. It is the squared length whose mean is d.",
            ),
            (
                line * root / np.linalg.norm(line),
                "You divided all points by one number, the length of the whole array. Each point "
                "has a length of its own: look at the axis.",
            ),
            (
                _unit(line) * np.linalg.norm(first),
                "The points are as long as the first vector. The task names another length.",
            ),
            (
                _unit(line) * ((1 - share) * np.linalg.norm(first) + share * np.linalg.norm(last)),
                "The lengths go from that of the first vector to that of the last. The task names "
                "one length for all, the ends too.",
            ),
            (
                np.concatenate([line[:1], right[1:-1], line[-1:]]),
                "The two ends have kept their own lengths. The task asks for the same length "
                "everywhere.",
            ),
        ),
        otherwise=f"For vectors of {len(first)} numbers the lengths of the points are not right. "
        "Print np.linalg.norm(points, axis=1).",
    )


def _unit(points: np.ndarray) -> np.ndarray:
    lengths = _lengths(points)
    return points / np.where(lengths > 0, lengths, 1)


def _arc(first: np.ndarray, last: np.ndarray, share: np.ndarray) -> np.ndarray:
    cosine = first @ last / np.linalg.norm(first) / np.linalg.norm(last)
    angle = np.arccos(np.clip(cosine, -1, 1))
    return (np.sin((1 - share) * angle) * first + np.sin(share * angle) * last) / np.sin(angle)
