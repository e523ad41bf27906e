"""The accountant against closed forms, published values and another way to integrate."""

import math

import numpy as np
import pytest
from scipy import stats

from ganlib.society.privacy import accountant


def by_binomial(noise: float, rate: float, order: int) -> float:
    """For whole orders the moment is a sum (Mironov, Talwar and Zhang 2019, section 3.3)."""
    logs = [
        math.log(math.comb(order, k))
        + (order - k) * math.log1p(-rate)
        + k * math.log(rate)
        + (k * k - k) / (2 * noise**2)
        for k in range(order + 1)
    ]
    largest = max(logs)
    return (largest + math.log(sum(math.exp(each - largest) for each in logs))) / (order - 1)


@pytest.mark.parametrize("order", [2, 3, 7, 32])
@pytest.mark.parametrize("noise", [0.3, 0.6, 1.1, 4.0, 40.0])
@pytest.mark.parametrize("rate", [1e-4, 0.0128, 0.3, 0.9])
def test_whole_orders_equal_the_binomial_sum(noise, rate, order):
    expected = by_binomial(noise, rate, order)
    # Tiny divergences come out of a logarithm near 1, whose digits end at 1e-16.
    assert accountant.rdp(noise, rate, order) == pytest.approx(expected, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("order", [1.05, 1.7, 9.3, 256])
@pytest.mark.parametrize("noise", [0.2, 1.0, 30.0])
def test_without_sampling_it_is_the_divergence_of_two_bells(noise, order):
    assert accountant.rdp(noise, 1.0, order) == pytest.approx(order / (2 * noise**2), rel=1e-9)


@pytest.mark.parametrize(
    ("order", "expected"), [(5, 2.18075656e-03), (50, 2.38460375e-02), (100, 1.67416308e02)]
)
def test_fifty_steps_have_the_values_that_the_library_dp_accounting_is_tested_with(order, expected):
    """Its rdp_privacy_accountant_test.py, noise multiplier 2.5 and sampling probability 0.01."""
    assert 50 * accountant.rdp(2.5, 0.01, order) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("order", "theirs"), [(1.5, 6.70579741e-04), (2.5, 1.08548710e-03)])
def test_fractional_orders_equal_a_finer_integral_without_cancellation(order, theirs):
    """The same tests expect a little more there, which is a bound as well."""
    noise, rate = np.longdouble(2.5), np.longdouble("0.01")
    points = np.linspace(-60, 60, 400_001).astype(np.longdouble)
    bell = np.exp(-(points**2) / (2 * noise**2)) / (noise * np.sqrt(2 * np.longdouble(np.pi)))
    above_one = rate * np.expm1((2 * points - 1) / (2 * noise**2))  # the ratio minus 1: mean 0
    terms = bell * (np.expm1(order * np.log1p(above_one)) - order * above_one)
    expected = float(np.log1p(terms.sum() * (points[1] - points[0]))) / (order - 1)
    assert accountant.rdp(2.5, 0.01, order) == pytest.approx(expected, rel=1e-8)
    assert expected <= theirs / 50 <= 1.04 * expected


@pytest.mark.parametrize(
    ("noise", "rate", "order"), [(0.8, 0.05, 1.3), (1.3, 0.01, 4.7), (0.5, 0.2, 2.15)]
)
def test_fractional_orders_equal_an_average_over_random_draws(noise, rate, order):
    """Draws come from the mixture, so that its ratio to the bell is averaged where it is large."""
    rng = np.random.default_rng(0)
    n = 4_000_000
    drawn = noise * rng.standard_normal(n) + (rng.random(n) < rate)
    ratio = 1 - rate + rate * np.exp((2 * drawn - 1) / (2 * noise**2))
    powers = ratio ** (order - 1)  # E over p₀ of r^α is E over p₁ of r^(α − 1)
    error = powers.std() / math.sqrt(n)
    moment = math.exp((order - 1) * accountant.rdp(noise, rate, order))
    assert abs(moment - powers.mean()) < 4 * error
    assert error < 0.2 * (powers.mean() - 1)


def test_an_epsilon_that_opacus_is_tested_with():
    """Its accountants test: noise 1.5, sample rate 0.04, 2,250 steps, delta 1e-5."""
    assert accountant.epsilon(1.5, 0.04, 2250, 1e-5) == pytest.approx(7.32911, abs=0.01)


def test_one_gaussian_with_a_published_noise():
    """Noise 4.530877117 is exactly (1, 1e-6) by this conversion (dp_accounting's tests)."""
    assert accountant.epsilon(4.530877117, 1.0, 1, 1e-6) == pytest.approx(1, abs=1e-3)


def test_a_guarantee_is_never_better_than_the_exact_one_of_a_gaussian():
    """Balle and Wang 2018, arXiv 1805.06530, theorem 8."""
    for noise in (0.5, 1.0, 3.0):
        for delta in (1e-3, 1e-6):
            epsilon = accountant.epsilon(noise, 1.0, 1, delta)
            bells = [math.erfc((noise * epsilon + s / (2 * noise)) / math.sqrt(2)) for s in (-1, 1)]
            exact = bells[0] / 2 - math.exp(epsilon) * bells[1] / 2
            assert 0 < exact <= delta
            assert exact > delta / 20


def test_more_noise_fewer_steps_and_rarer_draws_cost_less():
    usual = accountant.epsilon(1.0, 0.01, 1000, 1e-5)
    assert accountant.epsilon(1.2, 0.01, 1000, 1e-5) < usual
    assert accountant.epsilon(1.0, 0.01, 900, 1e-5) < usual
    assert accountant.epsilon(1.0, 0.009, 1000, 1e-5) < usual
    assert accountant.epsilon(1.0, 0.01, 1000, 1e-4) < usual
    assert accountant.epsilon(0, 0.01, 1000, 1e-5) == math.inf


@pytest.mark.parametrize("target", [0.5, 2.0, 10.0])
def test_the_noise_for_an_epsilon_has_it(target):
    noise = accountant.noise_for(target, 0.0128, 4000, 1e-5)
    assert accountant.epsilon(noise, 0.0128, 4000, 1e-5) <= target
    assert accountant.epsilon(noise / 1.0003, 0.0128, 4000, 1e-5) > target


def test_an_epsilon_out_of_reach_is_refused():
    with pytest.raises(ValueError, match="target is 1e-09, but must be an ε that some noise"):
        accountant.noise_for(1e-9, 0.5, 1000, 1e-5)


def test_the_best_attack_follows_from_the_definition():
    fpr = np.array([0.0, 0.01, 0.5, 1.0])
    bound = accountant.best_tpr(fpr, math.log(2), 0.001)
    np.testing.assert_allclose(bound, [0.001, 0.021, 1 - 0.499 / 2, 1], atol=1e-12)
    np.testing.assert_allclose(accountant.best_tpr(fpr, 0.0, 0.0), fpr)
    assert (accountant.best_tpr(fpr, math.inf, 0.0) == 1).all()
    assert accountant.best_tpr(0.5, 1000.0, 0.0) == 1


def test_a_private_mechanism_stays_below_the_bound():
    """The best test for one Gaussian is known: the threshold on its value (Dong et al. 2019)."""
    noise, delta = 1.2, 1e-3
    epsilon = accountant.epsilon(noise, 1.0, 1, delta)
    thresholds = np.linspace(-6, 7, 400)
    fpr = np.array([math.erfc(t / noise / math.sqrt(2)) / 2 for t in thresholds])
    tpr = np.array([math.erfc((t - 1) / noise / math.sqrt(2)) / 2 for t in thresholds])
    bound = accountant.best_tpr(fpr, epsilon, delta)
    assert (tpr <= bound).all()
    # It would not stay below the bound of half the ε: the test can fail.
    assert (tpr > accountant.best_tpr(fpr, epsilon / 2, delta)).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.05, 0.1, 2.0), "noise is 0.05, but must be at least 0.1"),
        ((1.0, 0.0, 2.0), "rate is 0.0, but must be above 0 and at most 1"),
        ((1.0, 1.5, 2.0), "rate is 1.5"),
        ((1.0, 0.1, 1.0), "order is 1.0, but must be above 1"),
    ],
)
def test_numbers_out_of_range_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        accountant.rdp(*arguments)


def test_rates_out_of_range_are_named():
    with pytest.raises(ValueError, match="fpr is"):
        accountant.best_tpr(1.2, 1.0, 0.0)
    with pytest.raises(ValueError, match="delta is 1"):
        accountant.epsilon(1.0, 0.1, 10, 1.0)
    with pytest.raises(TypeError, match="steps is 2"):
        accountant.epsilon(1.0, 0.1, 2.5, 1e-5)


def test_the_rates_that_lesson_16_names_below_its_curves():
    """At a false positive rate of 1 %: what the best test reaches, and what the promise allows."""
    rates = []
    for noise in (0.5, 1.0, 4.0):
        best = stats.norm.sf(stats.norm.isf(0.01) - 1 / noise)
        promise = accountant.epsilon(noise, rate=1.0, steps=1, delta=1e-5)
        rates += [best, accountant.best_tpr(0.01, promise, 1e-5)]
    assert np.round(rates, 2).tolist() == [0.37, 1.0, 0.09, 0.99, 0.02, 0.03]
