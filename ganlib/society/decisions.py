"""What a platform does with probabilities: base rates, costs, reviewers, queues and appeals."""

import heapq
from dataclasses import dataclass

import numpy as np

from ganlib.support.validation import real_number, whole_number

__all__ = [
    "Outcome",
    "appeals_upheld",
    "moderate",
    "precision",
    "queue",
    "true_prevalence",
]

# A reviewer is sometimes wrong too: the share of abusive and of honest posts judged rightly.
SENSITIVITY, SPECIFICITY = 0.9, 0.98


def precision(tpr: float, fpr: float, prevalence: float) -> float:
    """The share of alarms that are right: Bayes' rule.

    Args:
        tpr: share of the abusive posts that raise an alarm, in [0, 1].
        fpr: share of the honest posts that raise one, in [0, 1].
        prevalence: share of abusive posts, in [0, 1].

    Returns:
        TPR·π / (TPR·π + FPR·(1 − π)); NaN if there is no alarm at all.

    >>> round(precision(0.99, 0.01, 0.001), 3)
    0.09
    """
    tpr, fpr, prevalence = (
        real_number(value, name, least=0, most=1)
        for value, name in ((tpr, "tpr"), (fpr, "fpr"), (prevalence, "prevalence"))
    )
    right, wrong = tpr * prevalence, fpr * (1 - prevalence)
    return right / (right + wrong) if right + wrong else float("nan")


def true_prevalence(flagged: float, tpr: float, fpr: float) -> float:
    """The prevalence behind a share of flagged posts (Rogan and Gladen 1978).

    Args:
        flagged: share of all posts that were flagged.
        tpr: the detector's true positive rate, above ``fpr``.
        fpr: its false positive rate.

    Returns:
        (flagged − FPR) / (TPR − FPR), cut off at 0 and 1.

    >>> round(true_prevalence(0.5 * 0.9 + 0.5 * 0.1, 0.9, 0.1), 6)
    0.5
    """
    flagged = real_number(flagged, "flagged", least=0, most=1)
    fpr = real_number(fpr, "fpr", least=0, below=1)
    tpr = real_number(tpr, "tpr", above=fpr, most=1)
    return min(1.0, max(0.0, (flagged - fpr) / (tpr - fpr)))


@dataclass(frozen=True)
class Outcome:
    """What a day of moderation came to, on average over the reviewers' mistakes.

    Attributes:
        prevented: share of the views of abusive posts that did not happen.
        wrongly_removed: honest posts that were removed.
        views_lost: the views that those would have had.
        rightly_removed: abusive posts that were removed.
        reviewed: posts that a person looked at.
        removed_unseen: posts that were removed without a person.
    """

    prevented: float
    wrongly_removed: float
    views_lost: float
    rightly_removed: float
    reviewed: int
    removed_unseen: int


def moderate(
    abusive: np.ndarray,
    views: np.ndarray,
    probability: np.ndarray,
    *,
    remove_above: float | np.ndarray = 1.0,
    reviews: int = 0,
    urgency: np.ndarray | None = None,
) -> Outcome:
    """Remove what is certain enough, let people judge as much of the rest as they can, leave the
    others.

    Args:
        abusive: bool ``(n,)``, the truth, which only the outcome uses.
        views: float ``(n,)``, the views each post would have.
        probability: float ``(n,)``, how likely the platform thinks it abusive; any score will do
            that is larger for likelier abuse, if ``remove_above`` is given on the same scale
            (infinity: remove none unseen).
        remove_above: a post is removed unseen if its probability is larger; a number, or one for
            each post.
        reviews: how many of the others people look at.
        urgency: float ``(n,)``; the largest are looked at first. None for the probability.

    Returns:
        The ``Outcome``. Reviewers find nine of ten abusive posts, and take one in fifty honest ones
        for abusive.

    Raises:
        ValueError: the arrays do not have one shape.
    """
    abusive, views = np.asarray(abusive, bool), np.asarray(views, float)
    probability = np.asarray(probability, float)
    urgency = probability if urgency is None else np.asarray(urgency, float)
    if not abusive.shape == views.shape == probability.shape == urgency.shape:
        shapes = ", ".join(str(each.shape) for each in (abusive, views, probability, urgency))
        raise ValueError(
            f"abusive, views, probability and urgency have the shapes {shapes}, but must all have "
            "the same."
        )
    if np.shape(remove_above) not in ((), probability.shape):
        raise ValueError(
            f"remove_above has the shape {np.shape(remove_above)}, but must be a number, or have "
            f"{probability.shape}, one for each post."
        )
    removed = probability > remove_above
    left = np.flatnonzero(~removed)
    reviews = min(whole_number(reviews, "reviews", 0), len(left))
    seen = np.zeros(len(abusive), bool)
    if reviews:
        seen[left[np.argpartition(-urgency[left], reviews - 1)[:reviews]]] = True
    caught = removed + SENSITIVITY * seen  # the probability that a post goes, if it is abusive
    taken = removed + (1 - SPECIFICITY) * seen  # the same, if it is honest
    total = views[abusive].sum()
    return Outcome(
        prevented=float((caught * views)[abusive].sum() / total) if total else 0.0,
        wrongly_removed=float(taken[~abusive].sum()),
        views_lost=float((taken * views)[~abusive].sum()),
        rightly_removed=float(caught[abusive].sum()),
        reviewed=reviews,
        removed_unseen=int(removed.sum()),
    )


def queue(load: float, cases: int = 20_000, *, urgent: float = 0.0, seed: int = 0) -> np.ndarray:
    """How long cases wait for one team that takes one at a time.

    Cases come at random moments (a Poisson process) and take exponentially distributed times, one
    unit on average.

    Args:
        load: how many cases come in a unit of time, above 0; the team can do 1.
        cases: how many.
        urgent: share of cases that go first; each that waits is taken before the others.
        seed: of NumPy's generator.

    Returns:
        float64 ``(cases, 2)``: how long each waited, in units of the mean time a case takes, and
        whether it was urgent (1) or not (0).

    Raises:
        TypeError, ValueError: a number out of range.
    """
    load = real_number(load, "load", above=0)
    cases = whole_number(cases, "cases", 1)
    urgent = real_number(urgent, "urgent", least=0, most=1)
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    arrives = np.cumsum(rng.exponential(1 / load, cases))
    takes = rng.exponential(1.0, cases)
    first = rng.random(cases) < urgent
    waited, waiting, free, coming = np.zeros(cases), [], 0.0, 0
    for _ in range(cases):
        if not waiting and coming < cases:
            free = max(free, arrives[coming])
        while coming < cases and arrives[coming] <= free:
            heapq.heappush(waiting, (not first[coming], coming))
            coming += 1
        _, case = heapq.heappop(waiting)
        waited[case] = free - arrives[case]
        free += takes[case]
    return np.stack([waited, first], axis=1)


def appeals_upheld(wrong: float, if_wrong: float, if_right: float, judged_right: float) -> float:
    """The share of appeals that succeed, which is what transparency reports can count.

    Args:
        wrong: share of the removals that were wrong.
        if_wrong: share of the wrongly removed who appeal.
        if_right: share of the rightly removed who appeal.
        judged_right: share of appeals that are decided as they should be.

    Returns:
        Upheld appeals divided by appeals; NaN if nobody appeals.

    >>> appeals_upheld(0.1, 0.5, 0.5, 1.0)
    0.1
    """
    wrong, if_wrong, if_right, judged_right = (
        real_number(value, name, least=0, most=1)
        for value, name in (
            (wrong, "wrong"),
            (if_wrong, "if_wrong"),
            (if_right, "if_right"),
            (judged_right, "judged_right"),
        )
    )
    honest, others = wrong * if_wrong, (1 - wrong) * if_right
    if not honest + others:
        return float("nan")
    return (honest * judged_right + others * (1 - judged_right)) / (honest + others)
