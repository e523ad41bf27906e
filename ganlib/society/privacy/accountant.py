"""What a training costs in privacy: Rényi differential privacy of the subsampled Gaussian.

A step of DP-SGD draws each example with probability q, adds up clipped gradients and adds noise.
One example more or less moves the noisy sum, in units of the clipping norm, from a bell p₀ around 0
to the mixture p₁ = (1 − q) p₀ + q · (the same bell around 1), or less far. With

    ρ(α) = log(E over p₀ of (p₁ / p₀)^α) / (α − 1)

T steps have T·ρ(α), which bounds ε for every order α > 1 (Mironov 2017, arXiv 1702.07476; Mironov,
Talwar and Zhang 2019, arXiv 1908.10530, who show that the other direction, p₀ against p₁, is never
worse).
"""

import math

import numpy as np

from ganlib.support.validation import real_number, whole_number

__all__ = ["ORDERS", "best_tpr", "epsilon", "noise_for", "rdp"]

# Small orders decide where ε is large, large ones where it is small.
ORDERS = (
    *np.arange(1.05, 3, 0.05).round(2).tolist(),
    *np.arange(3, 11, 0.25).tolist(),
    *range(11, 65),
    *(72, 80, 96, 128, 192, 256),
)
LEAST_NOISE, MOST_NOISE = 0.1, 1e4


def rdp(noise: float, rate: float, order: float) -> float:
    """The Rényi divergence ρ(α) of one step, by numerical integration.

    The trapezoid rule is exact to nearly all digits here, because the integrand is smooth and
    vanishes at both ends.

    Args:
        noise: the standard deviation of the noise over the clipping norm, from 0.1 to 10,000.
        rate: the probability with which each example is drawn, above 0 and at most 1.
        order: α, above 1 and at most 1,024; it need not be whole.

    Returns:
        ρ(α), 0 or more.

    Raises:
        TypeError, ValueError: a number out of range.

    >>> round(float(rdp(2.0, 1.0, 3.0)), 6)  # without sampling α / (2 σ²)
    0.375
    """
    noise = real_number(noise, "noise", least=LEAST_NOISE, most=MOST_NOISE)
    rate = real_number(rate, "rate", above=0, most=1)
    order = real_number(order, "order", above=1, most=1024)
    # The integrand is a bell around 0, one around α, or both. The ratio p₁ / p₀ has its zeros at a
    # distance of π σ² from the line, which limits the width of a step.
    width = min(noise / 16, noise**2 / 4)
    points = np.arange(-12 * noise, order + 12 * noise, width)
    log_p0 = -(points**2) / (2 * noise**2) - math.log(noise * math.sqrt(2 * math.pi))
    log_ratio = math.log(rate) + (2 * points - 1) / (2 * noise**2)
    if rate < 1:
        log_ratio = np.logaddexp(math.log1p(-rate), log_ratio)
    log_integrand = log_p0 + order * log_ratio
    largest = log_integrand.max()
    log_moment = largest + math.log(np.exp(log_integrand - largest).sum() * width)
    return max(0.0, log_moment / (order - 1))


def epsilon(noise: float, rate: float, steps: int, delta: float) -> float:
    """The ε that so many steps of DP-SGD guarantee, for one example added or removed.

    For each order ε = T·ρ(α) + log((α − 1) / α) − (log δ + log α) / (α − 1) holds (Canonne, Kamath
    and Steinke 2020, arXiv 2004.00010, proposition 12); the smallest of these is returned.

    Args:
        noise: as for ``rdp``; 0 has no guarantee.
        rate: as for ``rdp``.
        steps: T, how often data were used.
        delta: δ, between 0 and 1, much smaller than 1 / (number of examples).

    Returns:
        ε, 0 or more; infinite without noise.

    Raises:
        TypeError, ValueError: a number out of range.

    >>> round(float(epsilon(1.5, 0.04, 2250, 1e-5)), 2)
    7.33
    """
    steps = whole_number(steps, "steps", 1)
    delta = real_number(delta, "delta", above=0, below=1)
    rate = real_number(rate, "rate", above=0, most=1)
    if noise == 0:
        return math.inf
    bounds = (
        steps * rdp(noise, rate, order)
        + math.log1p(-1 / order)
        - (math.log(delta) + math.log(order)) / (order - 1)
        for order in ORDERS
    )
    return max(0.0, min(bounds))


def noise_for(target: float, rate: float, steps: int, delta: float) -> float:
    """The noise with which so many steps have the given ε, by bisection.

    Args:
        target: the ε wanted.
        rate: as for ``rdp``.
        steps: as for ``epsilon``.
        delta: as for ``epsilon``.

    Returns:
        The noise over the clipping norm: its ε is at most the target, and it is at most 0.02 % more
        than needed.

    Raises:
        TypeError, ValueError: a number out of range, or no noise from 0.1 to 10,000 will do.
    """
    target = real_number(target, "target", above=0)
    low, high = LEAST_NOISE, MOST_NOISE
    if epsilon(high, rate, steps, delta) > target or epsilon(low, rate, steps, delta) < target:
        raise ValueError(
            f"target is {target:g}, but must be an ε that some noise from {low:g} to {high:,.0f} "
            f"has: between {epsilon(high, rate, steps, delta):.3g} and "
            f"{epsilon(low, rate, steps, delta):.3g} here. A larger delta makes smaller ε possible."
        )
    while high / low > 1.0002:
        middle = math.sqrt(low * high)
        if epsilon(middle, rate, steps, delta) > target:
            low = middle
        else:
            high = middle
    return high


def best_tpr(fpr: np.ndarray | float, epsilon: float, delta: float) -> np.ndarray:
    """The largest true positive rate that any test for membership can have.

    With P the outputs of a training that has seen the example and Q those of one that has not,
    (ε, δ)-differential privacy says P(S) ≤ e^ε Q(S) + δ for every set S of outputs, and the same
    with P and Q exchanged. Let S be where the test says "member", and where it does not.

    Args:
        fpr: false positive rates, in [0, 1].
        epsilon: ε, 0 or more; may be infinite.
        delta: δ, in [0, 1].

    Returns:
        float64 of the shape of ``fpr``: min(1, e^ε·FPR + δ, 1 − e^−ε·(1 − δ − FPR)).

    >>> best_tpr(0.01, epsilon=1.0, delta=0.0).round(4).item()
    0.0272
    """
    try:
        fpr = np.asarray(fpr, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"fpr is {fpr!r}, but must be numbers in [0, 1].") from None
    if not ((fpr >= 0) & (fpr <= 1)).all():
        raise ValueError(f"fpr is {fpr}, but must be in [0, 1].")
    delta = real_number(delta, "delta", least=0, most=1)
    if epsilon == math.inf:
        return np.ones_like(fpr)
    epsilon = real_number(epsilon, "epsilon", least=0)
    rare = math.exp(min(epsilon, 700)) * fpr + delta
    common = 1 - math.exp(-epsilon) * (1 - delta - fpr)
    return np.minimum(1, np.minimum(rare, common))
