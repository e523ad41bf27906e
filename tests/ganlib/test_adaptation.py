"""Contests over days, and models that learn from models: against theory, with controls."""

from math import comb

import numpy as np
import pytest

from ganlib.society.adaptation import FEATURES, REMOVED, _labelled, _trained, contest
from ganlib.society.generations import expected_spread, generations, modes_left


def caught(**settings) -> float:
    """The mean share caught over the second half of 30 days, over three seeds."""
    return np.mean([contest(30, seed=seed, **settings).caught[15:].mean() for seed in range(3)])


def test_without_copying_nothing_changes():
    never, own, all_ = (caught(copies=False, labels=name) for name in ("none", "removals", "all"))
    first = np.mean([contest(1, seed=seed).caught[0] for seed in range(10)])
    for share in (never, own, all_):
        assert share == pytest.approx(first, abs=0.06)


def test_copying_escapes_a_classifier_that_never_learns():
    assert caught(labels="none") < REMOVED


def test_learning_from_own_removals_is_as_blind_and_truth_is_not():
    assert caught(labels="removals") < REMOVED
    assert caught(labels="all") > 3 * REMOVED
    assert caught(labels="all", delay=10) < caught(labels="all")


def test_an_audit_labels_a_fraction():
    audit, everything = (contest(20, labels=labels, seed=1) for labels in ("audit", "all"))
    assert 0 < audit.labelled < 0.1 * everything.labelled
    assert contest(5, labels="none", seed=1).labelled == 0


def test_before_its_labels_arrive_a_classifier_is_the_first_one():
    late, never = (contest(8, labels=labels, delay=8, seed=2) for labels in ("all", "none"))
    assert np.array_equal(late.caught, never.caught)


def test_the_direction_is_that_of_fisher():
    rng = np.random.default_rng(0)
    spread = np.linalg.qr(rng.standard_normal((FEATURES, FEATURES)))[0] * np.arange(1, FEATURES + 1)
    truth = rng.random(200_000) < 0.5
    shift = rng.standard_normal(FEATURES)
    posts = rng.standard_normal((len(truth), FEATURES)) @ spread.T + truth[:, None] * shift
    weights = _trained([(posts, truth, np.ones(len(truth)))])
    best = np.linalg.solve(spread @ spread.T, shift)
    assert weights @ best / np.linalg.norm(weights) / np.linalg.norm(best) > 0.999


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"labels": "some"}, "none, all, removals, audit"), ({"delay": 0}, "delay is 0")],
)
def test_an_unknown_contest_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        contest(3, **changed)


# Generations --------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["replaced", "accumulated"])
def test_the_mean_spread_is_that_of_theory(data):
    spread = generations(data, points=20, steps=12, runs=4_000, seed=1)
    error = spread.std(axis=0) / np.sqrt(len(spread))
    gap = np.abs(spread.mean(axis=0) - expected_spread(data, 20, 12))
    assert (gap < 4 * error).all()


def test_replaced_data_collapse_and_accumulated_do_not():
    replaced, accumulated, sampled = (
        generations(data, points=20, steps=100, runs=30)[:, -1]
        for data in ("replaced", "accumulated", "sampled")
    )
    assert replaced.max() < 0.2 and accumulated.mean() > 0.7
    assert replaced.mean() < sampled.mean() < accumulated.mean()


def test_some_fresh_data_hold_a_chain():
    some = generations(points=20, steps=100, runs=30, fresh=0.2)[:, -1]
    assert 0.5 < some.mean() < 1.1
    real = generations(points=20, steps=30, runs=200, fresh=1.0)
    assert real.mean() == pytest.approx(0.95, abs=0.01)  # 1 − 1/n, and no chain at all


def test_a_kernel_spreads_as_its_width_says():
    spread = generations(points=50, steps=8, runs=400, model="kernel", seed=2).mean(axis=0)
    factor = (1 - 1 / 50) * (1 + 50 ** (-1 / 3))
    np.testing.assert_allclose(spread, factor ** np.arange(1, 10), rtol=0.08)


def test_a_long_chain_stays_finite():
    assert np.isfinite(generations(points=3, steps=400, runs=5)).all()


def test_kinds_are_lost_for_ever_when_data_are_replaced():
    shares = np.array([0.5, 0.3, 0.15, 0.04, 0.01])
    replaced = modes_left("replaced", shares, 100, 300, runs=100)
    assert (np.diff(replaced, axis=1) <= 0).all()
    accumulated = modes_left("accumulated", shares, 100, 300, runs=100)
    assert replaced[:, -1].mean() < 1.7 < 3.5 < accumulated[:, -1].mean()


def test_two_kinds_are_drawn_by_chance_as_wright_and_fisher_say():
    left = modes_left("replaced", np.array([0.5, 0.5]), 10, 20, runs=20_000)
    both = (left[:, -1] == 2).mean()
    n, states = 10, np.arange(11)
    p = states / n
    step = np.array([[comb(n, k) * q**k * (1 - q) ** (n - k) for k in states] for q in p])
    start = np.array([comb(n, k) * 0.5**n for k in states])
    end = start @ np.linalg.matrix_power(step, 20)
    assert both == pytest.approx(1 - end[0] - end[-1], abs=0.015)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: generations("kept"), "replaced, accumulated, sampled"),
        (lambda: generations(model="net"), "bell, kernel"),
        (lambda: generations("sampled", fresh=0.1), "fresh is 0.1, but must be 0"),
        (lambda: modes_left("replaced", np.array([0.5, 0.6]), 9, 9), "with the sum 1"),
        (lambda: expected_spread("sampled", 9, 9), "replaced, accumulated"),
    ],
)
def test_an_unknown_chain_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_what_an_audit_draws_stands_for_the_rest():
    removed, posts = np.arange(200_000) < 8_000, np.zeros((200_000, FEATURES))
    rng = np.random.default_rng(0)
    counts = _labelled(rng, "audit", posts, np.zeros(200_000, bool), removed)[2]
    assert (counts[removed] == 1).all()
    assert counts[~removed].sum() == pytest.approx(192_000, rel=0.06)


@pytest.mark.parametrize("data", ["accumulated", "sampled"])
def test_a_chain_that_forgets_its_real_points_is_one_that_began_with_drawn_ones(data):
    """Each variance is smaller by the factor of one more fit, on average, and no more than that."""
    spread = {
        kept: generations(data, points=20, steps=6, runs=4000, keep_real=kept)
        for kept in (True, False)
    }
    np.testing.assert_array_equal(spread[True][:, 0], spread[False][:, 0])
    if data == "accumulated":
        expected = (1 - 1 / 20) * expected_spread(data, 20, 5)
        np.testing.assert_allclose(spread[False][:, 1:].mean(axis=0), expected, rtol=0.02)
    assert spread[False][:, -1].mean() < spread[True][:, -1].mean() - 0.01
    with pytest.raises(ValueError, match="keep_real=False changes nothing"):
        generations("replaced", keep_real=False)
