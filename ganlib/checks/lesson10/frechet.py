"""The Fréchet distance of two clouds of points."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["frechet"]


@task(
    points=3,
    hints=(
        "np.cov(points, rowvar=False) is the covariance of points (n, d). For d = 1 it is a plain "
        "number; np.atleast_2d makes a matrix of it.",
        "The root of a symmetric matrix: values, vectors = np.linalg.eigh(matrix), then "
        "(vectors * np.sqrt(values)) @ vectors.T. The root of each entry is something else.",
        "Rounding makes eigenvalues that should be 0 slightly negative, and their root NaN: "
        "values.clip(0). The trace of a root is the sum of the roots of the eigenvalues.",
    ),
)
def frechet(trial: Trial) -> None:
    """The Fréchet distance of two clouds of points."""
    with trial.part(1, "points on a line"):
        a = trial.rng.normal(1, 2, (60, 1))
        b = trial.rng.normal(3, 0.5, (40, 1))
        _expect_distance(trial, a, b, "On a line it is (m_a − m_b)² + (s_a − s_b)². ")
    with trial.part(1, "points in space, with covariances that do not commute"):
        mixes = trial.rng.normal(size=(2, 4, 4))
        a = trial.rng.normal(size=(80, 4)) @ mixes[0]
        b = trial.rng.normal(size=(50, 4)) @ mixes[1] + trial.rng.normal(size=4)
        _expect_distance(trial, a, b, "")
    with trial.part(1, "fewer points than dimensions, and a cloud against itself"):
        few = trial.rng.normal(size=(6, 12))
        _expect_distance(trial, few, few + 1, "With fewer points than dimensions: ")
        other = 2 * trial.rng.normal(size=(7, 12))
        _expect_distance(trial, few, other, "With fewer points than dimensions: ")
        _expect_distance(trial, few, few, "Of a cloud and itself: ")


def _expect_distance(trial: Trial, a: np.ndarray, b: np.ndarray, where: str) -> None:
    advice = "ganlib.metrics does what the task asks for. Compute it with NumPy."
    with trial.without("ganlib.metrics", advice):
        result = trial.number(trial.call(a, b), "the distance")
    means, covariances = _moments(a, b, 1)
    gap = ((means[0] - means[1]) ** 2).sum()
    traces = [np.trace(covariance) for covariance in covariances]
    shared = _shared(*covariances)
    right = gap + sum(traces) - 2 * shared
    by_n = _moments(a, b, 0)[1]
    entries = np.trace(np.sqrt(np.abs(covariances[0] @ covariances[1])))
    apart = [np.sqrt(covariance.diagonal()).copy() for covariance in covariances]
    trial.expect(
        result,
        right,
        within=1e-5,
        usual=(
            (
                np.sqrt(max(right, 0.0)),
                "This is the root of the right value. The Fréchet distance of this course, as the "
                "FID, is the squared one.",
            ),
            (
                np.sqrt(gap) + sum(traces) - 2 * shared,
                "The distance of the means is not squared.",
            ),
            (
                np.abs(means[0] - means[1]).sum() + sum(traces) - 2 * shared,
                "The differences of the means are not squared.",
            ),
            (
                gap / len(means[0]) + sum(traces) - 2 * shared,
                "You took the mean of the squared differences of the means. It is their sum.",
            ),
            (
                gap + sum(traces) - shared,
                "You subtract the last trace once. The formula has a factor 2 before it.",
            ),
            (gap, "Only the means are in it. Where are the covariances?"),
            (sum(traces) - 2 * shared, "The means are not in it."),
            (
                gap + sum(traces) - 2 * np.trace(covariances[0] @ covariances[1]),
                "The root is missing: the last term is the trace of a root of a matrix.",
            ),
            (
                gap + sum(traces) - 2 * entries,
                "You took the root of each entry. The root of a matrix is the matrix whose product "
                "with itself it is: through the eigenvalues.",
            ),
            (
                gap + ((apart[0] - apart[1]) ** 2).sum(),
                "You used the variances of the coordinates alone. The covariances between them "
                "belong to it: here the clouds are turned against each other.",
            ),
            (
                gap + sum(map(np.trace, by_n)) - 2 * _shared(*by_n),
                "Your covariances are divided by n. Divide by n − 1, as np.cov does.",
            ),
        ),
        otherwise=f"{where}The distance is not right. Look at its four terms one by one.",
        what="the distance",
    )


def _moments(a: np.ndarray, b: np.ndarray, ddof: int) -> tuple[list, list]:
    means = [points.mean(axis=0) for points in (a, b)]
    centred = [points - mean for points, mean in zip((a, b), means, strict=True)]
    return means, [points.T @ points / (len(points) - ddof) for points in centred]


def _shared(first: np.ndarray, second: np.ndarray) -> float:
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    return float(np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum())
