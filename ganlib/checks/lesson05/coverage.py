"""Modes covered and the share of high quality."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["coverage"]


@task(
    points=4,
    hints=(
        "points[:, None] - modes has shape (n, k, 2): each point minus each centre. The lengths "
        "of these differences are the distances, (n, k).",
        "argmin over the modes says to which mode a point belongs, min how far away that is. A "
        "point is of high quality if it lies within 3 std of its own mode.",
        "np.bincount(nearest[good], minlength=k) counts the good points of each mode, 0 included. "
        "Compare with a tenth of n / k.",
    ),
)
def coverage(trial: Trial) -> None:
    """How many modes points cover, and which share of the points is of high quality."""
    with trial.part(1, "the share of high quality"):
        _expect_share(trial)
    with trial.part(1, "the number of covered modes"):
        _expect_covered(trial)
    with trial.part(1, "circles that overlap, and points on the boundary"):
        _overlaps(trial)
        _boundaries(trial)
    with trial.part(1, "few points for many modes"):
        _few_points(trial)


def _expect_share(trial: Trial) -> None:
    points, modes, std = _scattered(trial.rng)
    _, share = _judged(trial, points, modes, std)
    n = len(points)
    differences = points[:, None] - modes
    distances = np.linalg.norm(differences, axis=-1)
    nearest, distance = distances.argmin(axis=1), distances.min(axis=1)
    good = distance <= 3 * std
    inside = np.abs(differences[np.arange(n), nearest]) <= 3 * std
    trial.expect(
        share,
        good.mean(),
        within=1e-6,
        usual=(
            (
                inside.all(axis=1).mean(),
                "You compared the two coordinates one by one, and that is a square around each "
                "centre. Its corners are further away than 3 std.",
            ),
            (
                (distance <= std).mean(),
                "You took the points within one std. High quality is three.",
            ),
            (
                (distance <= 2 * std).mean(),
                "You took the points within two std. High quality is three.",
            ),
            (
                (distance**2 <= 3 * std).mean(),
                "You compared squared distances with 3 std. Is a root missing?",
            ),
            (
                (distance <= 3 * std**2).mean(),
                "You took 3 std² for the radius. std is the standard deviation already, not the "
                "variance.",
            ),
            (1 - good.mean(), "This is the share of the points that are too far away."),
            (
                100 * good.mean(),
                "This is a percentage. The task asks for a share, between 0 and 1.",
            ),
            (good.sum(), "This is a number of points. The task asks for their share."),
            (
                (distances.min(axis=0) <= 3 * std).mean(),
                "You took the minimum over the points, and so you have the nearest point of each "
                "mode. Which axis is that of the modes?",
            ),
        ),
        otherwise="The share of high quality is not right. It is the share of all points whose "
        "distance from the nearest centre is at most 3 std.",
    )


def _expect_covered(trial: Trial) -> None:
    points, modes, std = _scattered(trial.rng)
    covered, _ = _judged(trial, points, modes, std)
    n, k = len(points), len(modes)
    distances = np.linalg.norm(points[:, None] - modes, axis=-1)
    nearest, distance = distances.argmin(axis=1), distances.min(axis=1)
    good = distance <= 3 * std
    counts = np.bincount(nearest[good], minlength=k)
    every = np.bincount(nearest, minlength=k)
    trial.expect(
        covered,
        (counts >= 0.1 * n / k).sum(),
        within=1e-6,
        usual=(
            (
                (counts > 0).sum(),
                "You count a mode from its first good point. It needs a tenth of its fair share.",
            ),
            (
                (counts >= 0.1 * n).sum(),
                "You ask for a tenth of all points on a mode. The fair share of a mode is one "
                "k-th of them, and a tenth of that is enough.",
            ),
            (
                (counts >= 0.1 * n / 8).sum(),
                f"Your threshold is that of eight modes; there are {k}.",
            ),
            ((counts >= n / k).sum(), "You ask for the whole fair share. A tenth of it is enough."),
            (
                (counts >= 0.1 * good.sum() / k).sum(),
                "Your fair share is one k-th of the good points. It is one k-th of all points.",
            ),
            (
                (every >= 0.1 * n / k).sum(),
                "You count points that are near to no mode. Only those of high quality make a "
                "mode covered.",
            ),
            ((counts < 0.1 * n / k).sum(), "This is the number of modes that are not covered."),
        ),
        otherwise="The number of covered modes is not right. Print how many good points each mode "
        "has, and a tenth of its fair share.",
    )


def _overlaps(trial: Trial) -> None:
    angles = trial.rng.uniform(0, 2 * np.pi, 60)
    side = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points = np.array([1.6, 0.0]) + 0.3 * side  # within 3 of both centres, all nearer to the first
    modes = np.array([[0.0, 0.0], [4.0, 0.0]])
    _expect_both(
        trial,
        (points, modes, 1.0),
        (1, 1),
        "Two modes whose circles overlap, and points within both circles, all nearer to the first "
        "centre: then the result is not right.",
        (
            (2, 2),
            "Where the circles of two modes overlap you count a point twice. It belongs to the "
            "nearest mode alone.",
        ),
        (
            (2, 1),
            "Where the circles of two modes overlap you let a point cover both. It belongs to the "
            "nearest mode alone.",
        ),
    )
    here, there = points[:40], points[40:] + np.array([0.8, 0.0])  # nearer to the second
    _expect_both(
        trial,
        (np.concatenate([here, there]), modes, 1.0),
        (2, 1),
        "Points within both of two circles, 40 of them nearer to the first centre and 20 nearer to "
        "the second: each belongs to the nearest one, not to the first or the last in reach.",
    )


def _boundaries(trial: Trial) -> None:
    """Both words of the task, "at most" and "at least", where just that is the case."""
    modes = np.array([[0.0, 0.0], [16.0, 0.0]])
    points = np.concatenate([np.zeros((38, 2)), modes[1] + np.array([[0.25, 0.0], [0.0, 0.5]])])
    _expect_both(
        trial,
        (points, modes, 0.5),
        (2, 1),
        "38 points on one of two modes and 2 on the other: then the result is not right.",
        (
            (1, 1),
            "Two of 40 points lie on one of two modes. That is exactly a tenth of its fair share, "
            "and 'at least a tenth' is enough.",
        ),
    )
    points = np.concatenate([np.zeros((20, 2)), modes[1] + np.tile([0.0, 1.5], (20, 1))])
    _expect_both(
        trial,
        (points, modes, 0.5),
        (2, 1),
        "With points at exactly 3 std from their centre the result is not right.",
        (
            (1, 0.5),
            "Points at a distance of exactly 3 std are of high quality: 'at most 3 std' takes them "
            "in.",
        ),
    )


def _few_points(trial: Trial) -> None:
    modes = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1).reshape(-1, 2)
    points = modes[trial.rng.permutation(25)[:8]].repeat(3, axis=0) + 0.01
    _expect_both(
        trial,
        (points, modes, 0.05),
        (8, 1),
        "24 points for 25 modes, three on each of eight: then the result is not right. A tenth of "
        "the fair share is about 0.1 points here.",
        (
            (25, 1),
            "24 points for 25 modes, and you say that all modes are covered. Some have no point at "
            "all: is a tenth of the fair share rounded down to 0?",
        ),
    )


def _expect_both(
    trial: Trial,
    arguments: tuple[np.ndarray, np.ndarray, float],
    right: tuple[float, float],
    otherwise: str,
    *usual: tuple[tuple[float, float], str],
) -> None:
    """Compare both numbers, for points whose numbers are known beforehand."""
    answer = _judged(trial, *arguments)
    trial.expect(answer, right, within=1e-6, usual=usual, otherwise=otherwise)


def _scattered(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """900 points around nine modes, such that each usual mistake gives another number."""
    std = rng.uniform(0.06, 0.09)
    order = 2 * np.pi * (rng.permutation(9) + rng.uniform(0, 1)) / 9
    directions = np.stack([np.cos(order), np.sin(order)], axis=1)
    modes = rng.normal(0, 1, 2) + 3 * directions
    well = [200 + rng.integers(20), 11, 8, 2, 95, 180, 1, 92, 13]
    badly = [0, 0, 0, 100, 0, 0, 60, 0, 0]
    badly[0] = 900 - 40 - sum(well) - sum(badly)
    points = []
    for mode, direction, near, far in zip(modes, directions, well, badly, strict=True):
        for many, (least, most) in ((near, (0.2, 2.9)), (far, (3.6, 8.0))):
            # Only outwards, so that no other mode is nearer.
            angles = np.arctan2(*direction[::-1]) + rng.uniform(-1.2, 1.2, many)
            lengths = std * rng.uniform(least, most, many)
            points.append(mode + lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1))
    points.append(modes[0] + std * rng.uniform(2.3, 2.8, (40, 2)) * np.sign(directions[0]))
    points = np.concatenate(points)
    return rng.permutation(points), modes, float(std)


def _judged(trial: Trial, points: np.ndarray, modes: np.ndarray, std: float) -> tuple[float, float]:
    advice = "It calls ganlib.toys, whose coverage does just this. Write it with NumPy."
    with trial.without("ganlib.toys", advice):
        result = trial.call(points, modes, std)
    if getattr(result, "shape", None) == (2,):  # an array or a tensor with both
        result = tuple(np.asarray(result))
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two numbers: return covered, high_quality.")
    first, second = result
    if np.size(first) == len(modes) != 1:
        raise Wrong(
            "The first result has a value for each mode. The task asks how many are covered."
        )
    covered = trial.number(first, "the number of covered modes")
    share = trial.number(second, "the share of high quality")
    if 0 < covered < 1 < share:
        raise Wrong("The two results have changed places: return covered, high_quality.")
    return covered, share
