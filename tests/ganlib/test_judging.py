"""Ranks, rates and probabilities, against values known from mathematics."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlib.society import judging
from ganlib.society.signals import sigmoid

LOGITS = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=20)


@given(LOGITS, LOGITS)
def test_auc_is_the_share_of_pairs_in_order(real, fake):
    real, fake = np.array(real), np.array(fake)
    pairs = (fake[:, None] > real).mean() + 0.5 * (fake[:, None] == real).mean()
    assert judging.auc(real, fake) == pytest.approx(pairs)
    assert judging.auc(fake, real) == pytest.approx(1 - pairs)


def test_auc_of_two_normal_distributions():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(0, 1, 40_000), rng.normal(1, 1, 40_000)
    assert judging.auc(real, fake) == pytest.approx(0.7602, abs=0.006)  # Φ(1/√2)


@given(LOGITS, st.floats(0.01, 0.99))
def test_no_more_real_images_than_allowed_lie_above_the_threshold(real, fpr):
    at = judging.threshold(real, fpr)
    assert (np.array(real) > at).mean() <= fpr + 1e-9
    lower = [value for value in real if value < at]
    if lower:  # the next lower value would allow too many
        assert (np.array(real) > max(lower)).mean() > fpr - 1e-9


@pytest.mark.parametrize(
    ("fpr", "expected"), [(0.0, 0.25), (0.24, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0)]
)
def test_no_more_negatives_are_accused_than_allowed(fpr, expected):
    assert judging.tpr_at(fpr, [-1, 1, 3, 5], [0, 2, 4, 9]) == expected


def test_a_threshold_on_a_tie_accuses_nobody_too_many():
    assert judging.tpr_at(0.5, [1, 1, 1, 1], [1, 1]) == 0
    assert judging.tpr_at(0.1, np.arange(100), np.arange(100)) == 0.1


def test_rates_count_what_lies_above():
    assert judging.rates([0.0, 1.0, 2.0, 3.0], [2.0, 5.0], at=2.0) == (0.5, 0.25)


@pytest.mark.parametrize(("alarms", "n"), [(0, 10), (3, 50), (40, 4000), (49, 50)])
def test_the_limit_of_a_rate_makes_the_count_as_rare_as_it_says(alarms, n):
    rate = judging.rate_limit(alarms, n)
    counts = np.random.default_rng(1).binomial(n, rate, 200_000)
    assert (counts <= alarms).mean() == pytest.approx(0.05, abs=0.002)


@pytest.mark.parametrize(("alarms", "n"), [(3, 10), (40, 1000), (999, 1000)])
@pytest.mark.parametrize("sure", [0.5, 0.95, 0.999999])
def test_the_limit_of_a_rate_is_where_so_few_are_as_rare_as_it_says(alarms, n, sure):
    rate = judging.rate_limit(alarms, n, sure)
    few = sum(math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(alarms + 1))
    assert few == pytest.approx(1 - sure, rel=1e-5)


def test_the_limit_of_a_rate_at_its_ends():
    assert judging.rate_limit(0, 1000) == pytest.approx(1 - 0.05 ** (1 / 1000))
    assert judging.rate_limit(7, 7) == 1.0
    assert judging.rate_limit(999, 1000, 1 - 1e-15) == pytest.approx(1)


def test_calibration_of_probabilities_that_are_right_and_of_some_that_are_not():
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, 100_000)
    truth = rng.random(len(logits)) < sigmoid(logits)
    right = judging.calibration(logits, truth)
    assert right.error < 0.006
    assert right.count.sum() == len(logits)
    assert np.abs(right.said - right.true).max() < 0.02
    sure = judging.calibration(3 * logits, truth)  # the same order, too sure
    assert sure.error > 0.1
    assert judging.calibration([0.0, 0.0], [True, False]).error == pytest.approx(0)
    assert judging.calibration([50.0], [False], bins=4).error == pytest.approx(1)


def test_a_new_prevalence_is_bayes_rule():
    rng = np.random.default_rng(3)
    n, share = 400_000, 0.02
    generated = rng.random(n) < share
    value = rng.normal(np.where(generated, 1.0, -1.0), 1.0)
    balanced = 2 * value  # the log odds of these two distributions at one half
    moved = judging.to_prevalence(balanced, 0.5, share)
    assert judging.calibration(moved, generated).error < 0.002
    assert judging.calibration(balanced, generated).error > 0.1
    assert np.array_equal(np.argsort(moved), np.argsort(balanced))


@given(st.floats(-20, 20))
def test_the_best_shift_undoes_a_shift(moved):
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 2, 400)
    truth = rng.random(400) < sigmoid(logits)
    first = judging.best_shift(logits, truth)
    assert judging.best_shift(logits - moved, truth) == pytest.approx(first + moved, abs=1e-6)

    def loss(shift):
        return (np.logaddexp(0, logits + shift) - truth * (logits + shift)).mean()

    assert loss(first) < min(loss(first + 0.05), loss(first - 0.05))


def test_other_input_is_refused_with_advice():
    with pytest.raises(ValueError, match="NaN"):
        judging.auc([0.0, np.nan], [1.0])
    with pytest.raises(ValueError, match="n of at least 1"):
        judging.rates([], [1.0])
    with pytest.raises(ValueError, match="fpr is 1"):
        judging.tpr_at(1.0, [1.0], [1.0])
    with pytest.raises(ValueError, match="both kinds"):
        judging.best_shift([0.0, 1.0], [True, True])
    with pytest.raises(ValueError, match="generated has the shape"):
        judging.calibration([0.0, 1.0], [True])
    with pytest.raises(ValueError, match="alarms"):
        judging.rate_limit(11, 10)
