"""Are generated images nearer to those seen in training than to others?"""

import math

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["copies"]

Z = 1.96


@task(
    points=3,
    hints=(
        "For each generated point you need two numbers: the distance to the nearest seen point "
        "and that to the nearest unseen one. Both are minima over an axis.",
        "Of two sets, the larger one has the nearer neighbour more often, even if nothing is "
        "copied. Cut both to the same length first.",
        "Wilson's interval has its middle at (share + e / 2) / (1 + e) with e = z² / n; its half "
        "width is z √(share (1 − share) / n + e / (4 n)) / (1 + e).",
    ),
)
def copies(trial: Trial) -> None:
    """The share of generated points nearer to seen ones, with its interval."""
    with trial.part(1, "the share, for equally many seen and unseen points"):
        generated, seen, unseen = _points(trial.rng, 45, 30, 30, 14)
        _expect_share(trial, generated, seen, unseen)
    with trial.part(1, "a fair comparison where there are more of one kind"):
        for n_seen, n_unseen in ((60, 20), (20, 60)):
            generated, seen, unseen = _points(trial.rng, 50, n_seen, n_unseen, 8)
            _expect_share(trial, generated, seen, unseen)
    with trial.part(1, "the interval, also where all are copied"):
        generated, seen, unseen = _points(trial.rng, 40, 30, 30, 28)
        _expect_interval(trial, generated, seen, unseen)
        _expect_interval(trial, seen + 1e-6, seen, unseen)


def _points(
    rng: np.random.Generator, n: int, n_seen: int, n_unseen: int, copied: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    seen, unseen = rng.normal(size=(n_seen, 4)), rng.normal(size=(n_unseen, 4))
    generated = rng.normal(size=(n, 4))
    generated[:copied] = seen[rng.integers(min(n_seen, n_unseen), size=copied)]
    generated[:copied] += rng.normal(0, 1e-3, (copied, 4))
    return rng.permutation(generated), seen, unseen


def _expect_share(
    trial: Trial, generated: np.ndarray, seen: np.ndarray, unseen: np.ndarray
) -> None:
    share, *_ = _three(trial, generated, seen, unseen)
    k = min(len(seen), len(unseen))
    right = _share(generated, seen[:k], unseen[:k])
    to_seen, to_unseen = (
        np.linalg.norm(generated[:, None] - points[:k], axis=-1) for points in (seen, unseen)
    )
    trial.expect(
        share,
        right,
        within=1e-6,
        usual=(
            (
                _share(generated, seen, unseen),
                "The two sets do not have the same number of points, and the larger one has the "
                "nearer neighbour more often, copied or not. Take as many of both, the first ones.",
            ),
            (1 - right, "This is the share that is nearer to the unseen points."),
            (
                (to_seen.mean(axis=1) < to_unseen.mean(axis=1)).mean(),
                "You compared mean distances. A copy has *one* point very near; take the minimum.",
            ),
            (
                (to_seen.min(axis=0) < to_unseen.min(axis=0)).mean(),
                "You took the minimum over the generated points. Each generated point has its own "
                "nearest seen and nearest unseen one: which axis?",
            ),
            (right * len(generated), "This is a number of points. The task asks for their share."),
        ),
        otherwise="The share is not right. Take one generated point, its nearest seen point and "
        "its nearest unseen one.",
        what="the share",
    )


def _expect_interval(
    trial: Trial, generated: np.ndarray, seen: np.ndarray, unseen: np.ndarray
) -> None:
    share, low, high = _three(trial, generated, seen, unseen)
    n = len(generated)
    right = _share(generated, seen, unseen)
    trial.expect(
        share,
        right,
        within=1e-6,
        otherwise="The share is not right, so the interval is not checked yet.",
    )
    plain = Z * math.sqrt(right * (1 - right) / n)
    coin = Z * 0.5 / math.sqrt(n)
    of_keys = _wilson(right, len(seen))
    trial.expect(
        [low, high],
        _wilson(right, n),
        within=2e-3,
        usual=(
            (
                [right - plain, right + plain],
                "This is the interval share ± 1.96 deviations at the measured share. Where all are "
                "copied it has no width. Wilson's interval takes the deviation at each rate.",
            ),
            (
                [max(right - plain, 0), min(right + plain, 1)],
                "This is the interval share ± 1.96 deviations at the measured share, cut off at 0 "
                "and 1. Wilson's interval takes the deviation at each rate.",
            ),
            (
                [right - coin, right + coin],
                "This is the share ± 1.96 deviations of a fair coin. That tests for one half; "
                "the task asks for Wilson's interval.",
            ),
            (
                of_keys,
                "The n of the interval is the number of generated points: they are the "
                "answers that are counted.",
            ),
            (_wilson(right, n)[::-1], "Lower and upper end have changed places."),
            (_wilson(right, n, 1.0), "The interval is too narrow: z is 1.96 for 95 %."),
        ),
        otherwise="The interval is not right. Try 8 of 10: it is 0.49 to 0.94.",
        what="the interval",
    )


def _share(generated: np.ndarray, seen: np.ndarray, unseen: np.ndarray) -> float:
    to_seen, to_unseen = (
        np.linalg.norm(generated[:, None] - points, axis=-1).min(axis=1)
        for points in (seen, unseen)
    )
    return float((to_seen < to_unseen).mean())


def _wilson(share: float, n: int, z: float = Z) -> list[float]:
    extra = z**2 / n
    middle = (share + extra / 2) / (1 + extra)
    half = z * math.sqrt(share * (1 - share) / n + extra / (4 * n)) / (1 + extra)
    return [middle - half, middle + half]


def _three(
    trial: Trial, generated: np.ndarray, seen: np.ndarray, unseen: np.ndarray
) -> tuple[float, float, float]:
    answer = trial.call(generated, seen, unseen)
    if getattr(answer, "shape", None) == (3,):
        answer = tuple(np.asarray(answer))
    if not isinstance(answer, tuple | list) or len(answer) != 3:
        raise Wrong("It should return three numbers: return share, low, high.")
    names = ("the share", "the lower end", "the upper end")
    return tuple(trial.number(value, name) for value, name in zip(answer, names, strict=True))
