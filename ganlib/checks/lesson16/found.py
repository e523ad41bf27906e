"""The share of members that are found while few others are accused."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["found"]


@task(
    points=3,
    hints=(
        "How many of the others may be accused, at most? A whole number: fpr times how many there "
        "are, rounded down.",
        "Sort the scores of the others from large to small. If m of them may be accused, the "
        "threshold is the one after the m largest, and only scores *above* it are accused.",
    ),
)
def found(trial: Trial) -> None:
    """TPR at a given FPR."""
    rng = trial.rng
    with trial.part(1, "scores that all differ"):
        others, members = rng.normal(0, 1, 200), rng.normal(1, 1.5, 150)
        for fpr in (0.01, 0.1, 0.333):
            _expect(trial, fpr, members, others)
        # Where a quantile lies between two scores it may happen to accuse as many.
        _expect(trial, 0.25, np.array([2.1, 2.2, 2.5, 0.0, 0.1]), np.arange(4.0))
        # 3.5 of ten may be accused, so three; between any two of the others lies a member.
        _expect(trial, 0.35, np.arange(10.0) + 0.5, np.arange(10.0))
    with trial.part(1, "no false alarm at all, and fewer others than 1 / fpr"):
        for fpr in (0.0, 0.01):  # nobody may be accused: 0.6 is rounded down
            _expect(trial, fpr, np.arange(60.0) + 0.5, np.arange(60.0))
        _expect(trial, 0.0, rng.normal(2, 1, 50), rng.normal(0, 1, 60))
        _expect(trial, 0.01, rng.normal(2, 1, 50), rng.normal(0, 1, 60))
    with trial.part(1, "equal scores"):
        _expect(trial, 0.5, np.array([1.0, 1.0, 2.0]), np.array([1.0, 1.0, 1.0, 0.0]))
        _expect(trial, 0.25, rng.integers(0, 4, 90) + 1.0, rng.integers(0, 4, 80) * 1.0)


def _expect(trial: Trial, fpr: float, members: np.ndarray, others: np.ndarray) -> None:
    answer = trial.number(trial.call(fpr, members, others))
    ranked = np.sort(others)[::-1]
    allowed = int(fpr * len(others) + 1e-9)
    threshold = ranked[allowed]
    lenient = ranked[max(allowed - 1, 0)]
    strict = ranked[min(allowed + 1, len(ranked) - 1)]
    swapped = np.sort(members)[::-1][int(fpr * len(members) + 1e-9)]
    low = np.sort(others)[allowed]
    trial.expect(
        answer,
        (members > threshold).mean(),
        within=1e-6,
        usual=(
            ((members >= threshold).mean(), "Scores *equal* to the threshold are accused too: then "
             "more of the others are accused than allowed."),
            ((members > lenient).mean(), "The threshold is one step too high: one more of "
             "the others may be accused."),
            ((members > strict).mean(), "The threshold is one step too low: one more of the others "
             "is accused than allowed. fpr · k is rounded *down*, also to 0."),
            ((members >= lenient).mean(), "The threshold is itself accused. Accuse only scores "
             "above it: where some are equal, that would be too many."),
            ((others > swapped).mean(), "members and others have changed places: the threshold "
             "comes from the others, the share from the members."),
            ((members > low).mean(), "The threshold is low: a share fpr of the others lies *below* "
             "it. It should lie above."),
            ((members <= threshold).mean(), "This is the share of members that are missed."),
            ((members > np.median(others)).mean(), "The threshold does not depend on fpr."),
        ),
        otherwise="The share is not right. Take ten scores by hand: which is the lowest threshold "
        "that accuses no more of the others than allowed?",
    )  # fmt: skip
