"""What an attack proves about ε: a lower bound, from trainings with and without one example."""

import itertools
import math

import numpy as np

from ganlib.support.validation import real_number, whole_number

__all__ = ["epsilon_at_least", "rate_bounds"]


def rate_bounds(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Bounds for a rate after so many successes: Clopper and Pearson's interval.

    Args:
        successes: how often it happened.
        trials: of how many times.
        confidence: the true rate lies outside with at most 1 − this probability, half above and
            half below.

    Returns:
        The lower and the upper bound.

    Raises:
        TypeError, ValueError: a number out of range.

    >>> [round(bound, 4) for bound in rate_bounds(0, 100)]  # above: 1 − 0.025^(1/100)
    [0.0, 0.0362]
    """
    trials = whole_number(trials, "trials", 1)
    successes = whole_number(successes, "successes", 0, trials)
    tail = (1 - real_number(confidence, "confidence", above=0, below=1)) / 2
    low = 0.0 if successes == 0 else _solve(successes, trials, tail)
    # At most k successes at rate p are at least n − k failures at rate 1 − p.
    high = 1.0 if successes == trials else 1 - _solve(trials - successes, trials, tail)
    return low, high


def epsilon_at_least(
    seen: np.ndarray, unseen: np.ndarray, delta: float, confidence: float = 0.95
) -> float:
    """The ε that an attack rules out: the true one is larger, with this confidence.

    Every threshold gives a test with a true and a false positive rate, and (ε, δ)-differential
    privacy demands TPR ≤ e^ε·FPR + δ, and 1 − FPR ≤ e^ε·(1 − TPR) + δ. The threshold is chosen on
    every other training, and the rates are bounded on the rest, so choosing costs nothing.

    Args:
        seen: float ``(n,)``, the attack's scores on trainings that saw the example, in random
            order; n of at least 4.
        unseen: float ``(k,)``, on trainings that did not; k of at least 4.
        delta: δ, in [0, 1).
        confidence: that both rates lie within their bounds.

    Returns:
        A lower bound for ε, 0 or more.

    Raises:
        TypeError, ValueError: too few scores, some that are NaN, or a number out of range.
    """
    delta = real_number(delta, "delta", least=0, below=1)
    seen, unseen = np.asarray(seen, np.float64), np.asarray(unseen, np.float64)
    for scores, name in ((seen, "seen"), (unseen, "unseen")):
        if scores.ndim != 1 or len(scores) < 4 or np.isnan(scores).any():
            raise ValueError(
                f"{name} has the shape {scores.shape}, but must be at least 4 numbers (n,), none "
                "of them NaN."
            )

    def answers(half: slice, threshold: float, way: int) -> tuple[int, int, int, int]:
        """How often the attack is right and wrong, each with how often it was asked."""
        inside, outside = seen[half], unseen[half]
        if way:  # it says "not a member" below the threshold
            inside, outside, threshold = -outside, -inside, -threshold
        right, wrong = (int((scores > threshold).sum()) for scores in (inside, outside))
        return right, len(inside), wrong, len(outside)

    def promise(choice: tuple[float, int]) -> float:
        """A quick guess of the bound; three successes more is about where an interval ends."""
        right, inside, wrong, outside = answers(slice(0, None, 2), *choice)
        return max(right - 3, 0) / inside / ((wrong + 3) / outside)

    candidates = np.unique(np.concatenate([seen[::2], unseen[::2]]))
    best = max(itertools.product(candidates.tolist(), (0, 1)), key=promise)
    right, inside, wrong, outside = answers(slice(1, None, 2), *best)
    tpr, _ = rate_bounds(right, inside, confidence)
    _, fpr = rate_bounds(wrong, outside, confidence)
    return max(0.0, math.log((tpr - delta) / fpr)) if tpr > delta else 0.0


def _solve(successes: int, trials: int, tail: float) -> float:
    """The rate at which at least so many successes have the probability ``tail``."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_least(successes, trials, middle) < tail:
            low = middle
        else:
            high = middle
    return low


def _at_least(successes: int, trials: int, rate: float) -> float:
    """The probability of at least so many successes in so many trials."""
    k = np.arange(successes, trials + 1)
    if not 0 < rate < 1:
        return float(rate >= 1)
    ways = [math.lgamma(trials + 1) - math.lgamma(i + 1) - math.lgamma(trials - i + 1) for i in k]
    logs = np.array(ways) + k * math.log(rate) + (trials - k) * math.log1p(-rate)
    return float(np.exp(logs).sum())
