"""How good a detector is: ranks, error rates at a threshold, probabilities that mean what they say.

A detector gives logits; larger means "generated". ``real`` and ``fake`` are its logits on images of
either kind.

>>> auc([0.0, 1.0], [2.0, 3.0]), auc([0.0, 1.0], [0.0, 1.0])
(1.0, 0.5)
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ganlib.society.signals import sigmoid
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
]


def auc(real: ArrayLike, fake: ArrayLike) -> float:
    """The probability that a generated image has the larger logit than a real one.

    Equal logits count one half. By ranks (Mann and Whitney), in n log n.

    Raises:
        ValueError: one of them is empty, or holds NaN.
    """
    real, fake = _logits(real, "real"), _logits(fake, "fake")
    both = np.concatenate([real, fake])
    _, place, count = np.unique(both, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count - 1) / 2  # the mean rank of equal values, from 1
    total = rank[place[len(real) :]].sum()
    return float((total - len(fake) * (len(fake) + 1) / 2) / (len(real) * len(fake)))


def threshold(real: ArrayLike, fpr: float) -> float:
    """The lowest threshold above which at most that share of real images lies.

    Args:
        real: logits of real images that chose nothing else.
        fpr: in (0, 1).

    Returns:
        A logit; an image raises an alarm if its logit is larger.

    >>> threshold([1.0, 2.0, 3.0, 4.0], 0.25)
    3.0
    """
    real = np.sort(_logits(real, "real"))
    allowed = math.floor(real_number(fpr, "fpr", above=0, below=1) * len(real) + 1e-9)
    return float(real[len(real) - 1 - allowed])


def rates(real: ArrayLike, fake: ArrayLike, at: float = 0.0) -> tuple[float, float]:
    """The true and the false positive rate at a threshold.

    Args:
        real: logits of real images.
        fake: of generated ones.
        at: an image with a larger logit raises an alarm.

    >>> rates([-1.0, 1.0], [0.5, 2.0], at=0.7)
    (0.5, 0.5)
    """
    return float((_logits(fake, "fake") > at).mean()), float((_logits(real, "real") > at).mean())


def rate_limit(alarms: int, n: int, sure: float = 0.95) -> float:
    """The largest rate that a count does not exclude (Clopper and Pearson 1934, one-sided).

    Args:
        alarms: how many false alarms were counted.
        n: among how many images, each judged by itself.
        sure: with which probability the limit holds, in (0, 1).

    Returns:
        The rate at which so few alarms or fewer have the probability 1 − ``sure``; for 0 alarms
        about 3 / n at 0.95.

    >>> round(1000 * rate_limit(0, 1000), 2)
    2.99
    """
    n = whole_number(n, "n", 1)
    alarms = whole_number(alarms, "alarms", 0, n)
    left = 1 - real_number(sure, "sure", above=0, below=1)
    if alarms == n:
        return 1.0
    ways = [
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(alarms + 1)
    ]

    def so_few(rate: float) -> float:
        """The probability of so few alarms or fewer."""
        log_rate, log_rest = math.log(rate), math.log1p(-rate)
        return math.fsum(
            math.exp(w + k * log_rate + (n - k) * log_rest) for k, w in enumerate(ways)
        )

    low, high = 0.0, 1.0
    for _ in range(60):  # halving: so_few falls from 1 to 0
        middle = (low + high) / 2
        low, high = (middle, high) if so_few(middle) > left else (low, middle)
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
    return _logits(logits, "logits") + moved


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
    logits, truth = _pair(logits, generated)
    if not 0 < truth.mean() < 1:
        raise ValueError("generated must hold both kinds, or the best shift would be infinite.")
    low, high = -logits.max() - 50.0, -logits.min() + 50.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if sigmoid(logits + middle).mean() < truth.mean() else (low, middle)
        )
    return (low + high) / 2


def _logits(values: ArrayLike, name: str) -> np.ndarray:
    values = np.asarray(values, np.float64)
    if values.ndim != 1 or not len(values) or np.isnan(values).any():
        raise ValueError(
            f"{name} has the shape {values.shape}, but must be logits (n,), at least one, and no "
            "NaN among them."
        )
    return values


def _pair(logits: ArrayLike, generated: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    logits, truth = _logits(logits, "logits"), np.asarray(generated, np.float64)
    if truth.shape != logits.shape or not np.isin(truth, (0, 1)).all():
        raise ValueError(
            f"generated has the shape {truth.shape}, but must have {logits.shape} and hold True "
            "(generated) and False."
        )
    return logits, truth
