"""Coverage, and what further real points would have."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["coverage"]


@task(
    points=4,
    hints=(
        "np.linalg.norm(real[:, None] - real, axis=-1) holds all distances among the real points. "
        "Sorted along an axis, place 0 is the point itself, so place k is its k-th neighbour.",
        "A ball is covered if the nearest generated point is at most as far as its reach: a "
        "minimum over the generated points, for each real one.",
        "The ball is not covered if the nearest k of all other points are real ones. There are "
        "n − 1 of them among n + m − 1 points; then one fewer of each, k times.",
    ),
)
def coverage(trial: Trial) -> None:
    """The share of real balls with a generated point inside, and its expectation."""
    with trial.part(1, "the coverage of a generator that misses a part"):
        _expect_coverage(trial)
    with trial.part(1, "k = 1, points on the edge of a ball, and copies"):
        _expect_edges(trial)
    for n_real, n_fake, k, what in (
        (60, 45, 3, "the expectation for numbers of the same order"),
        (80, 20, 5, "the expectation for four times as many real points"),
    ):
        with trial.part(1, what):
            _expect_expectation(trial, n_real, n_fake, k)


def _expect_coverage(trial: Trial) -> None:
    k, usual = 4, []
    while len({round(value, 9) for value, _ in usual}) < 8:  # each mistake has its own value
        real = trial.rng.normal(size=(70, 3)) + 2.5 * trial.rng.integers(0, 2, (70, 1))
        fake = trial.rng.normal(0.3, 0.8, (50, 3))
        right, *usual = _values(real, fake, k)
        usual = [(right, ""), *usual]
    result, _ = _both(trial, real, fake, k)
    trial.expect(
        result,
        right,
        within=1e-6,
        usual=usual[1:],
        otherwise="The coverage is not right. Take one real point, its k-th neighbour among the "
        "other real ones, and the nearest generated point.",
    )


def _values(real: np.ndarray, fake: np.ndarray, k: int) -> list:
    """The coverage, and what usual mistakes make of it, each with its message."""
    among = np.sort(np.linalg.norm(real[:, None] - real, axis=-1), axis=1)
    around_fake = np.sort(np.linalg.norm(fake[:, None] - fake, axis=-1), axis=1)
    between = np.linalg.norm(real[:, None] - fake, axis=-1)
    inside = between <= among[:, k][:, None]
    right = inside.any(axis=1).mean()
    return [
        right,
        (
            (between.min(axis=1) <= among[:, k - 1]).mean(),
            "Your balls are too small by one neighbour: a point is not a neighbour of itself.",
        ),
        (
            (between.min(axis=1) <= among[:, k + 1]).mean(),
            "Your balls are too large by one neighbour.",
        ),
        (
            inside.any(axis=0).mean(),
            "This is precision: the share of generated points inside of some real ball. Coverage "
            "is a share of the real ones.",
        ),
        (
            (between <= around_fake[:, k]).any(axis=1).mean(),
            "This is recall: your balls lie around the generated points.",
        ),
        (
            inside.sum(axis=0).mean() / k,
            "This is density. Coverage asks of each real ball whether it has any generated point.",
        ),
        (1 - right, "This is the share of the balls that are not covered."),
        (right * len(real), "This is a number of balls. The task asks for their share."),
    ]


def _expect_edges(trial: Trial) -> None:
    real = np.array([[0.0], [1.0], [3.0], [7.0]])  # reach with k = 1: 1, 1, 2, 4
    result, _ = _both(trial, real, np.array([[0.5], [11.0]]), 1)
    trial.expect(
        result,
        0.75,
        within=1e-6,
        usual=(
            (0.0, "A point is not a neighbour of itself: with k = 1 your balls have no size."),
            (
                0.5,
                "A generated point exactly as far away as the k-th neighbour lies in the ball: at "
                "most as far, not less.",
            ),
        ),
        otherwise="Real points at 0, 1, 3, 7 and generated ones at 0.5 and 11, with k = 1: three "
        "of the four balls are covered, one of them just at its edge.",
    )
    points = trial.rng.normal(size=(30, 4))
    result, _ = _both(trial, points, points.copy(), 3)
    trial.expect(result, 1.0, otherwise="Copies of the real points cover all balls.")


def _expect_expectation(trial: Trial, n_real: int, n_fake: int, k: int) -> None:
    real, fake = trial.rng.normal(size=(n_real, 2)), trial.rng.normal(size=(n_fake, 2))
    _, result = _both(trial, real, fake, k)
    i = np.arange(1, k + 1)
    right = 1 - np.prod((n_real - i) / (n_real + n_fake - i))
    from_zero = 1 - np.prod((n_real - i + 1) / (n_real + n_fake - i + 1))
    trial.expect(
        result,
        right,
        within=1e-6,
        usual=(
            (
                1 - 2.0**-k,
                "This is the value for equal numbers of very many points, 1 − 2⁻ᵏ. The task gives "
                "you the numbers.",
            ),
            (
                1 - (n_real / (n_real + n_fake)) ** k,
                "This is the approximation for many points. The exact product is asked for: with "
                "each neighbour that is taken, one is left fewer.",
            ),
            (
                from_zero,
                "The point itself is counted among its neighbours: n − 1 others are left, not n.",
            ),
            (1 - right, "This is the probability that a ball is not covered."),
            (
                1 - np.prod((n_fake - i) / (n_real + n_fake - i)),
                "The numbers of real and generated points have changed places.",
            ),
        ),
        otherwise="The expectation is not right. With what probability is the nearest of all other "
        "points a real one? And then the second nearest?",
        what="the expectation",
    )


def _both(trial: Trial, real: np.ndarray, fake: np.ndarray, k: int) -> tuple[float, float]:
    answer = trial.call(real, fake, k)
    if getattr(answer, "shape", None) == (2,):
        answer = tuple(np.asarray(answer))
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Wrong("It should return two numbers: return coverage, expected.")
    return (
        trial.number(answer[0], "the coverage"),
        trial.number(answer[1], "the expectation"),
    )
