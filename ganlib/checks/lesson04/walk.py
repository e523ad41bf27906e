"""A walk between two latent vectors on the shell."""

import math
from typing import Any

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["walk"]


def _lengths(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points, axis=1, keepdims=True)


def _same(found: Any, right: Any, within: float = 1e-4) -> bool:
    return np.shape(found) == np.shape(right) and np.allclose(found, right, rtol=0, atol=within)


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
    first, last = trial.rng.normal(0, 1, (2, 40))
    steps = 7
    try:
        result = trial.call(first, last, steps)
    except Exception as problem:
        if "broadcast" in str(problem) or "ncompatible shapes" in str(problem):
            raise Wrong(
                "Shapes do not fit: seven numbers for seven points of 40 must be a column, (7, "
                "1). Do the shares have a second axis, and the lengths keepdims=True?"
            ) from None
        raise
    found = trial.array(result, what="the walk")
    if found.shape == (40, steps):
        raise Wrong("The walk has shape (40, 7), but should have (7, 40): a point is a row.")
    if found.shape in ((steps - 2, 40), (steps + 1, 40), (steps - 1, 40)):
        raise Wrong(
            f"For steps=7 the walk has {len(found)} points. The two ends count among the 7."
        )
    found = trial.array(found, (steps, 40), "the walk")
    share = np.linspace(0, 1, steps)[:, None]
    line = (1 - share) * first + share * last
    right = line * math.sqrt(40) / _lengths(line)
    if _same(_unit(found)[::-1], _unit(right)):
        raise Wrong("The walk goes from the last vector to the first.")
    trial.expect(
        _unit(found),
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
                "the 40 columns. A point is a row: look at the axis.",
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
        otherwise="The directions of the points are not right. Look at the shares of both vectors in "
        "each: 1 and 0 at the start, 0 and 1 at the end.",
    )
    trial.award(1, "points in equal steps, with the right directions")
    trial.expect(
        found,
        right,
        usual=(
            (
                line,
                "The points lie on the straight line as it is. In its middle they are too short: "
                "their length is still to be changed.",
            ),
            (_unit(line), "The points have length 1. Which length do latent vectors have?"),
            (
                right * math.sqrt(40),
                "The points have length d. It is the squared length whose mean is d.",
            ),
            (
                line * math.sqrt(40) / np.linalg.norm(line),
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
        otherwise="The lengths of the points are not right. Print np.linalg.norm(points, axis=1).",
    )
    trial.award(1, "all on the shell")


def _unit(points: np.ndarray) -> np.ndarray:
    lengths = _lengths(points)
    return points / np.where(lengths > 0, lengths, 1)


def _arc(first: np.ndarray, last: np.ndarray, share: np.ndarray) -> np.ndarray:
    cosine = first @ last / np.linalg.norm(first) / np.linalg.norm(last)
    angle = np.arccos(np.clip(cosine, -1, 1))
    return (np.sin((1 - share) * angle) * first + np.sin(share * angle) * last) / np.sin(angle)
