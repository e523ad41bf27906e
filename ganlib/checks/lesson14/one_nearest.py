"""The one-nearest-neighbour test of two sets."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["one_nearest"]


@task(
    points=3,
    hints=(
        "Nobody is a neighbour of themselves: what must stand on the diagonal, so that it is "
        "never the largest?",
        "argmax along a row gives the most alike object. The first n are real: an object i is "
        "real if i < n.",
        "np.fill_diagonal changes its argument; work on likeness.copy().",
    ),
)
def one_nearest(trial: Trial) -> None:
    """How often the nearest other one is of an object's own kind."""
    with trial.part(1, "two sets of one distribution, and two that overlap"):
        _expect(trial, _alike(trial.rng.normal(size=80)))
        mixed = np.concatenate([trial.rng.normal(size=60), trial.rng.normal(2.0, 1.0, 60)])
        _expect(trial, _alike(mixed))
    with trial.part(1, "two sets that lie apart, and copies"):
        _expect(trial, _alike(np.array([0.0, 1.0, 2.1, 50.0, 51.0, 52.1])))
        _expect(trial, _alike(np.array([0.0, 10.0, 21.0, 0.1, 10.1, 21.1])))
    with trial.part(1, "a set whose nearest neighbours are not mutual, and one of each"):
        _expect(trial, _alike(np.array([0.0, 3.0, 3.9, 2.2, 9.0, 9.4])))
        _expect(trial, _alike(np.array([0.0, 1.0])))


def _alike(places: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.abs(places[:, None] - places))


def _expect(trial: Trial, likeness: np.ndarray) -> None:
    answer = trial.number(trial.call(likeness))
    n = len(likeness) // 2
    own = np.arange(2 * n) < n
    others = likeness.copy()
    np.fill_diagonal(others, -np.inf)
    right = (own[others.argmax(axis=1)] == own).mean()
    far = likeness.copy()
    np.fill_diagonal(far, np.inf)
    real_alone = (own[others[:n].argmax(axis=1)] == own[:n]).mean()
    generated_alone = (own[others[n:].argmax(axis=1)] == own[n:]).mean()
    trial.expect(
        answer,
        right,
        usual=(
            (1.0, "This is 1 for every two sets: an object is the most alike to itself. Leave the "
             "diagonal out."),
            (1 - right, "This is how often the nearest one is of the *other* kind."),
            ((own[far.argmin(axis=1)] == own).mean(), "This looks at the *least* alike object."),
            (real_alone, "These are the real objects alone. The generated ones are asked too."),
            (generated_alone, "These are the generated objects alone. Real ones are asked too."),
            (right * 2 * n, "This is a count. Divide by the number of objects."),
            (right * 2, "Divide by the number of all objects, real and generated."),
        ),
        otherwise="Take three objects on a line and find their nearest neighbours by hand.",
    )  # fmt: skip
