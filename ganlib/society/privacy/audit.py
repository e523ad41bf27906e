"""What an attack proves about ε: a lower bound, from trainings with and without one example."""

import itertools
import math

import numpy as np

from ganlib.society.judging import rate_limit
from ganlib.support.numeric_arrays import numbers
from ganlib.support.validation import real_number

__all__ = ["epsilon_at_least"]


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
        confidence: with which the bound holds. Each of the two rates is bounded against the attack,
            and errs with at most half of the doubt.

    Returns:
        A lower bound for ε, 0 or more.

    Raises:
        TypeError, ValueError: too few scores, some that are NaN, or a number out of range.
    """
    delta = real_number(delta, "delta", least=0, below=1)
    confidence = real_number(confidence, "confidence", above=0, below=1)
    seen, unseen = numbers(seen, "seen", ("n",), 4), numbers(unseen, "unseen", ("k",), 4)

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
    each = (1 + confidence) / 2
    tpr = 1 - rate_limit(inside - right, inside, each)
    fpr = rate_limit(wrong, outside, each)
    return max(0.0, math.log((tpr - delta) / fpr)) if tpr > delta else 0.0
