"""The squared maximum mean discrepancy, without bias."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["discrepancy"]

NO_NEGATIVES = (
    "Negative values {}. Then the mean over samples is above 0, and that is a bias again: leave "
    "them as they are."
)


@task(
    points=3,
    hints=(
        "x @ y.T holds x_i · y_j for all pairs at once, (n, m). Divide by d, add 1, take the cube.",
        "Within a set, leave out the pairs of a point with itself: they lie on the diagonal. "
        "How many pairs are left? n (n − 1).",
        "Between the sets no pair is left out: the mean of all n · m, and twice that.",
    ),
)
def discrepancy(trial: Trial) -> None:
    """The squared maximum mean discrepancy, without bias."""
    with trial.part(1, "two different clouds, with different numbers of points"):
        a = trial.rng.normal(size=(30, 5))
        b = trial.rng.normal(0.4, 1.3, (21, 5))
        _expect_distance(trial, a, b)
    with trial.part(1, "two points and three, on a line"):
        _expect_distance(trial, trial.rng.normal(size=(2, 1)), trial.rng.normal(size=(3, 1)))
    with trial.part(1, "two samples of one distribution: 0 on average, and sometimes negative"):
        _expect_no_bias(trial)


def _expect_no_bias(trial: Trial) -> None:
    results = []
    for _ in range(40):
        a, b = trial.rng.normal(size=(2, 12, 3))
        results.append(trial.number(trial.call(a, b), "the distance"))
        trial.expect(
            results[-1],
            _value(a, b),
            within=1e-6,
            usual=(
                (max(_value(a, b), 0.0), NO_NEGATIVES.format("became 0")),
                (abs(_value(a, b)), NO_NEGATIVES.format("have lost their sign")),
            ),
            otherwise="For two samples of one distribution the value is not right.",
        )


def _expect_distance(trial: Trial, a: np.ndarray, b: np.ndarray) -> None:
    result = trial.number(trial.call(a, b), "the distance")
    d = a.shape[1]
    right = _value(a, b)

    def of(kernel) -> float:
        return _value(a, b, kernel)

    within = [_similarity(x, x) for x in (a, b)]
    between = _similarity(a, b)
    rows = [(pairs.sum() - np.trace(pairs)) / len(pairs) ** 2 for pairs in within]
    trial.expect(
        result,
        right,
        within=1e-6,
        usual=(
            (
                sum(pairs.mean() for pairs in within) - 2 * between.mean(),
                "The pairs of a point with itself are in it. A point is more similar to itself "
                "than to others, and that is the bias.",
            ),
            (max(right, 0.0), NO_NEGATIVES.format("became 0")),
            (abs(right), NO_NEGATIVES.format("have lost their sign")),
            (
                sum(rows) - 2 * between.mean(),
                "The diagonal is left out of the sum, but you still divide by n². Only n (n − 1) "
                "pairs are left.",
            ),
            (
                of(lambda x, y: (x @ y.T + 1) ** 3),
                "The kernel is (x · y / d + 1)³: the product is not divided by d.",
            )
            if d > 1
            else (np.inf, ""),
            (of(lambda x, y: (x @ y.T / d + 1) ** 2), "You took the square. The kernel is a cube."),
            (of(lambda x, y: (x @ y.T / d) ** 3), "The kernel has a + 1 inside of the cube."),
            (
                of(lambda x, y: (x @ y.T / len(x) + 1) ** 3),
                "d is the length of a point, its number "
                "of coordinates, and not the number of points.",
            ),
            (
                _inner(a) + _inner(b) - between.mean(),
                "You subtract the mean between the sets once; the formula subtracts it twice.",
            ),
            (
                2 * between.mean() - _inner(a) - _inner(b),
                "The sign is reversed: sets unlike each other are far apart.",
            ),
            (
                np.sqrt(abs(right)),
                "This is a root. The squared discrepancy is asked for; only it can be without "
                "bias.",
            ),
        ),
        otherwise="The value is not right. Compute it by a loop over all pairs of three points and "
        "two, and compare term by term.",
        what="the distance",
    )


def _similarity(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1) ** 3


def _inner(x: np.ndarray, kernel=_similarity) -> float:
    pairs = kernel(x, x)
    return float((pairs.sum() - np.trace(pairs)) / (len(x) * (len(x) - 1)))


def _value(a: np.ndarray, b: np.ndarray, kernel=_similarity) -> float:
    return _inner(a, kernel) + _inner(b, kernel) - 2 * float(kernel(a, b).mean())
