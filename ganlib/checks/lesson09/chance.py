"""How often chance alone would set two recipes so far apart."""

import itertools

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["chance"]


def _shares(ours: list[float], theirs: list[float]) -> tuple[float, float, float]:
    """The share of splits at least as far apart, farther apart, and as far either way."""
    pooled, n = np.array([*ours, *theirs]), len(ours)
    seen = np.mean(ours) - np.mean(theirs)
    gaps = []
    for rows in itertools.combinations(range(len(pooled)), n):
        mine = np.isin(np.arange(len(pooled)), rows)
        gaps.append(pooled[mine].mean() - pooled[~mine].mean())
    gaps = np.array(gaps)
    return (
        float((gaps >= seen - 1e-9).mean()),
        float((gaps > seen + 1e-9).mean()),
        float((abs(gaps) >= abs(seen) - 1e-9).mean()),
    )


@task(
    points=3,
    hints=(
        "itertools.combinations(range(len(pooled)), len(ours)) gives the places of our runs in "
        "each split.",
        "A split is made by places, not by values: two runs with 8 modes are two runs.",
        "Count the splits whose difference of means is at least the one seen (allow 1e-9 for "
        "rounding), and divide by the number of splits.",
    ),
)
def chance(trial: Trial) -> None:
    """The share of all splits of the runs whose difference of means is at least the one seen."""
    with trial.part(1, "three runs against three"):
        for ours, theirs in (([15, 17, 16], [14, 17, 15]), ([8, 8, 8], [4, 4, 5])):
            _one(trial, ours, theirs)
    with trial.part(1, "other numbers of runs, and numbers that are not integers"):
        for n, m in ((3, 5), (1, 4), (4, 2)):
            # Eighths are exact in binary, so sums are the same in any order.
            ours = (trial.rng.integers(0, 80, n) / 8).tolist()
            theirs = (trial.rng.integers(0, 80, m) / 8).tolist()
            _one(trial, ours, theirs)
        _one(trial, [9.0, 2.0, 3.0], [1.0, 4.0, 5.0])  # by ranks it would be 0.5, not 0.4
        _one(trial, [0.1, 0.2, 0.3], [0.3, 0.1, 0.2])  # sums that depend on their order
    with trial.part(1, "where our runs are worse, and where all are equal"):
        _one(trial, [3.0, 2.5, 1.0], [4.0, 3.5, 6.0, 2.0])
        _one(trial, [5.0, 5.0, 5.0], [5.0, 5.0, 5.0])


def _one(trial: Trial, ours: list[float], theirs: list[float]) -> None:
    answer = trial.number(trial.call(ours, theirs), "the share")
    right, farther, either_way = _shares(ours, theirs)
    pairs = [one > other for one in ours for other in theirs]
    trial.expect(
        answer,
        right,
        within=1e-6,
        usual=(
            (farther, "The splits that are exactly as far apart are missing: at least, not more."),
            (either_way, "This counts differences both ways. The task asks for ours above."),
            (
                1 - farther,
                "This is the share of splits at most as far apart: is it <= where >= "
                "belongs, or have the two recipes changed places? Larger numbers are better.",
            ),
            (1 - right, "This is the share of the other splits, 1 − it."),
            (100 * right, "This is in percent. The task asks for a share, 0 to 1."),
            (np.mean(pairs), "This is the share of pairs that we win, not of splits."),
        ),
        otherwise=f"For {ours} against {theirs} the share is {right:.4g}, not {answer:.4g}. Go "
        "through all ways to choose the places of our runs among all runs, and allow 1e-9 for "
        "rounding.",
    )
