"""How good a detector or an attack is: ranks, error rates at a threshold, honest probabilities.

A detector gives logits; larger means "generated". An attack on privacy gives scores; larger means
"in the training data". Functions take first the scores of the negatives, which should be small
(photographs; those who were not in the data), then those of the positives.

>>> auc([0.0, 1.0], [2.0, 3.0]), auc([0.0, 1.0], [0.0, 1.0])
(1.0, 0.5)
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ganlib.society.signals import sigmoid
from ganlib.support.numeric_arrays import finite, numbers
from ganlib.support.validation import real_number, whole_number

__all__ = [
    "Calibration",
    "auc",
    "best_shift",
    "calibration",
    "rate_limit",
    "rates",
    "threshold",
    "to_prevalence",
    "tpr_at",
]


def auc(negatives: ArrayLike, positives: ArrayLike) -> float:
    """The probability that a positive has the larger score than a negative; a tie counts half.

    Args:
        negatives: such as the logits of photographs, ``(n,)``.
        positives: such as those of generated images, ``(k,)``.

    Raises:
        ValueError: one of them is empty, or holds NaN.

    >>> auc([1, 2], [3, 2])
    0.875
    """
    negatives, positives = np.sort(_scores(negatives, "negatives")), _scores(positives, "positives")
    below = np.searchsorted(negatives, positives, "left")
    not_above = np.searchsorted(negatives, positives, "right")
    return float((below + not_above).mean() / (2 * len(negatives)))


def threshold(negatives: ArrayLike, fpr: float) -> float:
    """The lowest threshold above which at most that share of the negatives lies.

    Args:
        negatives: scores of negatives that were not used to choose anything else.
        fpr: the false positive rate that is allowed, from 0 to below 1.

    Returns:
        A score; a larger one raises an alarm.

    >>> threshold([1.0, 2.0, 3.0, 4.0], 0.25)
    3.0
    """
    negatives = np.sort(_scores(negatives, "negatives"))
    allowed = math.floor(real_number(fpr, "fpr", least=0, below=1) * len(negatives) + 1e-9)
    return float(negatives[len(negatives) - 1 - allowed])


def rates(negatives: ArrayLike, positives: ArrayLike, at: float = 0.0) -> tuple[float, float]:
    """The true and the false positive rate at a threshold.

    Args:
        negatives: such as the logits of photographs, ``(n,)``.
        positives: such as those of generated images, ``(k,)``.
        at: a larger score raises an alarm.

    >>> rates([-1.0, 1.0], [0.5, 2.0], at=0.7)
    (0.5, 0.5)
    """
    positives, negatives = _scores(positives, "positives"), _scores(negatives, "negatives")
    at = float(numbers(at, "at", ()))
    return float((positives > at).mean()), float((negatives > at).mean())


def tpr_at(fpr: float, negatives: ArrayLike, positives: ArrayLike) -> float:
    """The share of the positives that is found if at most a share ``fpr`` of the negatives is.

    The threshold is chosen on the negatives that are judged: with few of them that flatters.

    Args:
        fpr: the false positive rate that is allowed, from 0 to below 1.
        negatives: such as the scores of those who were not in the data, ``(n,)``.
        positives: such as those of members, ``(k,)``.

    >>> tpr_at(0.5, [1, 2], [3, 2])
    1.0
    """
    return rates(negatives, positives, threshold(negatives, fpr))[0]


def rate_limit(alarms: int, n: int, sure: float = 0.95) -> float:
    """The largest rate that a count does not exclude (Clopper and Pearson 1934, one-sided).

    Args:
        alarms: how many alarms were counted.
        n: among how many images, each judged by itself.
        sure: with which probability the limit holds, in (0, 1).

    Returns:
        The rate at which so few alarms or fewer have the probability 1 − ``sure``; for 0 alarms
        about 3 / n at 0.95. The smallest rate that is not excluded is 1 less the limit of the
        images without alarm.

    Raises:
        TypeError, ValueError: a number out of range.

    >>> round(1000 * rate_limit(0, 1000), 2)
    2.99
    """
    n = whole_number(n, "n", 1)
    alarms = whole_number(alarms, "alarms", 0, n)
    sure = real_number(sure, "sure", above=0, below=1)
    if alarms == n:
        return 1.0
    k = np.arange(alarms + 1)
    log_ways = [math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in k]
    low, high = 0.0, 1.0
    for _ in range(50):  # halving: the probability of so few falls from 1 to 0
        rate = (low + high) / 2
        so_few = np.exp(log_ways + k * math.log(rate) + (n - k) * math.log1p(-rate)).sum()
        low, high = (rate, high) if so_few > 1 - sure else (low, rate)
    return high


class Calibration(NamedTuple):
    """Bins of images by the probability they were given.

    Attributes:
        said: the mean probability in each bin that holds images.
        true: the share of generated images in it.
        count: how many images it holds.
        error: the expected calibration error, the mean of |said − true| over all images.
    """

    said: np.ndarray
    true: np.ndarray
    count: np.ndarray
    error: float


def calibration(logits: ArrayLike, generated: ArrayLike, bins: int = 10) -> Calibration:
    """Do probabilities mean what they say? (Naeini et al. 2015; Guo et al. 2017, arXiv 1706.04599)

    Args:
        logits: of images of both kinds, ``(n,)``.
        generated: bool ``(n,)``, the truth.
        bins: bins of equal width between 0 and 1.

    Raises:
        ValueError: shapes that do not fit.
    """
    probability, truth = _pair(logits, generated)
    bins = whole_number(bins, "bins", 1)
    probability = sigmoid(probability)
    place = np.minimum((probability * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    kept = count > 0
    said = np.bincount(place, probability, bins)[kept] / count[kept]
    true = np.bincount(place, truth, bins)[kept] / count[kept]
    error = (count[kept] * np.abs(said - true)).sum() / len(truth)
    return Calibration(said, true, count[kept], float(error))


def to_prevalence(logits: ArrayLike, trained: float, actual: float) -> np.ndarray:
    """Logits that hold at another share of generated images than the detector was trained with.

    logit' = logit + logit(actual) − logit(trained), which is Bayes' rule in log odds: it is exact
    if the images of each kind are the same as before, and only their shares have changed.

    Args:
        logits: ``(n,)``.
        trained: the share of generated images in training, in (0, 1).
        actual: the share where the detector is used, in (0, 1).

    >>> float(np.round(sigmoid(to_prevalence([0.0], 0.5, 0.001)), 6)[0])
    0.001
    """
    trained = real_number(trained, "trained", above=0, below=1)
    actual = real_number(actual, "actual", above=0, below=1)
    moved = math.log(actual / (1 - actual)) - math.log(trained / (1 - trained))
    return _scores(logits, "logits") + moved


def best_shift(logits: ArrayLike, generated: ArrayLike) -> float:
    """The one number that, added to all logits, makes them fit the truth best.

    The number b for which the mean of σ(logit + b) is the share of generated images: there the
    slope of the cross-entropy is 0.

    Args:
        logits: of some labelled images from where the detector is to be used, ``(n,)``.
        generated: bool ``(n,)``, the truth; both kinds.

    Raises:
        ValueError: shapes that do not fit, or labels of one kind only.
    """
    logits, truth = _pair(finite(logits, "logits", ("n",)), generated)
    if not 0 < truth.mean() < 1:
        raise ValueError("generated must hold both kinds, or the best shift would be infinite.")
    low, high = -logits.max() - 50.0, -logits.min() + 50.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if sigmoid(logits + middle).mean() < truth.mean() else (low, middle)
        )
    return (low + high) / 2


def _scores(values: ArrayLike, name: str) -> np.ndarray:
    return numbers(values, name, ("n",))


def _pair(logits: ArrayLike, generated: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    logits, truth = _scores(logits, "logits"), np.asarray(generated)
    if truth.shape != logits.shape or not np.isin(truth, (0, 1)).all():
        raise ValueError(
            f"generated has the shape {truth.shape}, but must have {logits.shape} and hold True "
            "(generated) and False."
        )
    return logits, truth.astype(np.float64)
