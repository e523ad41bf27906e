"""The game on a line: value function, best discriminator and divergences of densities.

A density is an array of its values at the points of an equally spaced grid ``x``, and an integral
is a sum over the grid times its spacing. Arrays may have more axes in front of that of the grid:
all functions work on the last axis. Logarithms are natural, so divergences are in nats.

>>> x = np.linspace(-20, 20, 4001)
>>> p_data, p_g = normal(x, 0, 1), normal(x, 1, 1)
>>> round(float(kullback_leibler(p_data, p_g, x)), 6)  # half the squared distance of the means
0.5
>>> best = value(p_data, p_g, optimal_discriminator(p_data, p_g), x)
>>> bool(np.isclose(best, -np.log(4) + 2 * jensen_shannon(p_data, p_g, x)))
True
"""

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "integral",
    "jensen_shannon",
    "kullback_leibler",
    "mixture",
    "normal",
    "optimal_discriminator",
    "uniform",
    "value",
    "wasserstein",
]

# Where a density is below this share of its peak, it counts as 0: far out a normal density
# underflows to 0 although it has no end, and 1 − D rounds to 0. What is lost is below 1e-9 nats, as
# long as the other density has not underflowed where this one counts.
_NOTICED = 1e-12


# Densities ----------------------------------------------------------------------------------------


def normal(x: ArrayLike, mean: ArrayLike, std: ArrayLike) -> np.ndarray:
    """The density of a normal distribution.

    Args:
        x: the grid ``(n,)``.
        mean: a number, or numbers ``(k, 1)`` for k densities at once.
        std: the standard deviation, above 0; a number, or numbers ``(k, 1)``.

    Returns:
        float64 ``(n,)`` or ``(k, n)``.

    Raises:
        ValueError: a standard deviation that is not above 0.
    """
    if not np.all(np.asarray(std) > 0):
        raise ValueError(f"std is {std}, but must be above 0.")
    x, mean, std = (np.asarray(values, np.float64) for values in (x, mean, std))
    return np.exp(-0.5 * ((x - mean) / std) ** 2) / (np.sqrt(2 * np.pi) * std)


def mixture(x: ArrayLike, means: ArrayLike, stds: ArrayLike, weights: ArrayLike) -> np.ndarray:
    """The density of a mixture of normal distributions.

    Args:
        x: the grid ``(n,)``.
        means: those of the k parts, ``(k,)``.
        stds: their standard deviations ``(k,)``, above 0.
        weights: their shares ``(k,)``, 0 or more, with the sum 1.

    Returns:
        float64 ``(n,)``.

    Raises:
        ValueError: the lists have different lengths, or the weights are not shares.
    """
    if not len(means) == len(stds) == len(weights):
        raise ValueError(
            f"There are {len(means)} means, {len(stds)} stds and {len(weights)} weights, but "
            "there must be one of each for every part."
        )
    if min(weights) < 0 or not np.isclose(sum(weights), 1):
        raise ValueError(
            f"weights are {np.asarray(weights).tolist()}, but must be shares: 0 or more, with the "
            "sum 1."
        )
    parts = zip(means, stds, weights, strict=True)
    return sum(weight * normal(x, mean, std) for mean, std, weight in parts)


def uniform(x: ArrayLike, low: float, high: float) -> np.ndarray:
    """The density that is the same everywhere from ``low`` to ``high`` and 0 elsewhere.

    Args:
        x: the grid ``(n,)``; ``low`` and ``high`` should be points of it.
        low: the left end, which belongs to it.
        high: the right end, which does not.

    Returns:
        float64 ``(n,)``.

    Raises:
        ValueError: ``low`` is not below ``high``.
    """
    if not low < high:
        raise ValueError(f"low is {low} and high is {high}, but low must be below high.")
    x = np.asarray(x, np.float64)
    rounding = 1e-6 * (x[1] - x[0])
    inside = (x >= low - rounding) & (x < high - rounding)
    return inside / (high - low)


# The game -----------------------------------------------------------------------------------------


def integral(f: ArrayLike, x: ArrayLike) -> np.ndarray:
    """The sum of ``f`` over the grid, times its spacing.

    Args:
        f: values ``(..., n)``.
        x: the grid ``(n,)``.

    Returns:
        float64 ``(...)``: one number for each density.

    Raises:
        ValueError: the grid is not equally spaced, or ``f`` has another length.
    """
    x = np.asarray(x, np.float64)
    if x.ndim != 1 or np.shape(f)[-1] != len(x):
        raise ValueError(
            f"The values have the shape {np.shape(f)} and the grid {x.shape}, but the last axis of "
            "the values must be that of the grid."
        )
    spacing = (x[-1] - x[0]) / (len(x) - 1)
    if not (spacing > 0 and np.allclose(np.diff(x), spacing)):
        raise ValueError("The grid must be equally spaced and rising; use numpy.linspace.")
    return np.sum(f, axis=-1) * spacing


def optimal_discriminator(p_data: ArrayLike, p_g: ArrayLike) -> np.ndarray:
    """D*(x) = p_data(x) / (p_data(x) + p_g(x)), the best discriminator for a fixed generator.

    Args:
        p_data: the density of the data, of any shape.
        p_g: the density of the generated samples at the same points.

    Returns:
        float64 probabilities of that shape. Where both densities are 0 the value of D does not
        matter; it is 0.5 there.

    Source: Goodfellow et al. 2014, arXiv 1406.2661, proposition 1.

    >>> optimal_discriminator(np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.0]))
    array([1. , 0.5, 0.5])
    """
    p_data, p_g = np.asarray(p_data, np.float64), np.asarray(p_g, np.float64)
    total = p_data + p_g
    return np.divide(p_data, total, out=np.full_like(total, 0.5), where=total > 0)


def value(p_data: ArrayLike, p_g: ArrayLike, d: ArrayLike, x: ArrayLike) -> np.ndarray:
    """V(D, G) = E[log D(x)] over the data + E[log(1 − D(x))] over the generated samples.

    Args:
        p_data: the density of the data ``(n,)``.
        p_g: the density of the generated samples ``(..., n)``.
        d: the discriminator's probabilities ``(..., n)``, in [0, 1].
        x: the grid ``(n,)``.

    Returns:
        float64 ``(...)``, 0 or less; −inf where D is certain and wrong.

    Raises:
        ValueError: densities that do not integrate to 1, or values of D outside [0, 1].

    Source: Goodfellow et al. 2014, arXiv 1406.2661, equation 1.
    """
    d = np.asarray(d, np.float64)
    if not (np.all(d >= 0) and np.all(d <= 1)):
        raise ValueError(
            f"d lies between {d.min():g} and {d.max():g}, but must be probabilities, in [0, 1]. "
            "Send logits through a sigmoid first."
        )
    _need_densities(p_data, p_g, x=x)
    return integral(_times_log(p_data, d) + _times_log(p_g, 1 - d), x)


# Divergences --------------------------------------------------------------------------------------


def kullback_leibler(p: ArrayLike, q: ArrayLike, x: ArrayLike) -> np.ndarray:
    """KL(p ‖ q) = ∫ p log(p / q): the mean, over p, of what q lacks in log density.

    Args:
        p: density ``(..., n)``.
        q: density ``(..., n)``.
        x: the grid ``(n,)``.

    Returns:
        float64 ``(...)`` in nats, 0 or more; inf where q is 0 and p is not. A normal q underflows
        to 0 beyond 38 standard deviations; then the result is inf although the divergence is
        finite.

    Raises:
        ValueError: densities that do not integrate to 1 on the grid.
    """
    _need_densities(p, q, x=x)
    return integral(_times_log(p, p) - _times_log(p, q), x)


def jensen_shannon(p: ArrayLike, q: ArrayLike, x: ArrayLike) -> np.ndarray:
    """JSD(p, q) = KL(p ‖ m) / 2 + KL(q ‖ m) / 2 with m = (p + q) / 2.

    Args:
        p: density ``(..., n)``.
        q: density ``(..., n)``.
        x: the grid ``(n,)``.

    Returns:
        float64 ``(...)`` in nats: 0 for equal densities, log 2 for densities that do not overlap.

    Raises:
        ValueError: densities that do not integrate to 1 on the grid.

    Source: Lin 1991, "Divergence measures based on the Shannon entropy", equation 4.1 with equal
    weights.
    """
    middle = (np.asarray(p) + np.asarray(q)) / 2
    return (kullback_leibler(p, middle, x) + kullback_leibler(q, middle, x)) / 2


def wasserstein(p: ArrayLike, q: ArrayLike, x: ArrayLike) -> np.ndarray:
    """The Wasserstein-1 distance: how far p must be moved on average to become q, at the least.

    On a line it is the area between the two distribution functions.

    Args:
        p: density ``(..., n)``.
        q: density ``(..., n)``.
        x: the grid ``(n,)``.

    Returns:
        float64 ``(...)`` in the unit of ``x``, 0 or more.

    Raises:
        ValueError: densities that do not integrate to 1 on the grid.

    Source: Vallender 1974, "Calculation of the Wasserstein distance between probability
    distributions on the line".
    """
    _need_densities(p, q, x=x)
    spacing = x[1] - x[0]
    difference = np.cumsum(np.asarray(p) - np.asarray(q), axis=-1) * spacing
    return integral(np.abs(difference), x)


def _times_log(p: ArrayLike, inner: ArrayLike) -> np.ndarray:
    """p · log(inner), and 0 where p is (nearly) 0: 0 · log 0 = 0."""
    p = np.asarray(p, np.float64)
    noticed = p > _NOTICED * p.max(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(noticed, p * np.log(inner), 0.0)


def _need_densities(*densities: ArrayLike, x: ArrayLike) -> None:
    """Refuse what is negative or does not integrate to 1."""
    for density in densities:
        mass = integral(density, x)
        if np.min(density) < 0 or not np.all(np.abs(mass - 1) < 0.01):
            worst = np.ravel(mass)[np.argmax(np.abs(np.ravel(mass) - 1))]
            raise ValueError(
                f"A density has the minimum {np.min(density):g} and integrates to {worst:g}, but "
                "must be 0 or more and integrate to 1. Is the grid wide and fine enough?"
            )
