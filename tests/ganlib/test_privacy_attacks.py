"""Attacks, their scores, and what they prove."""

import numpy as np
import pytest
from scipy import stats

from ganlib.society import judging
from ganlib.society.privacy import accountant, attacks, audit


@pytest.fixture(scope="module")
def known():
    """Scores whose distributions are known: bells around 1 for members of easy examples."""
    rng = np.random.default_rng(1)
    models, n = 600, 50
    members = rng.random((models, n)) < 0.5
    gap, level = rng.uniform(0, 3, n), rng.normal(0, 5, n)
    scores = level + gap * members + rng.standard_normal((models, n))
    return scores, members, gap, level


def test_the_likelihood_ratio_is_that_of_the_bells(known):
    scores, members, gap, level = known
    online = attacks.lira(scores, members, target=7)
    z = scores[7] - level
    exact = z**2 / 2 - (z - gap) ** 2 / 2
    assert np.corrcoef(online, exact)[0, 1] > 0.99
    offline = attacks.lira(scores, members, target=7, online=False)
    np.testing.assert_allclose(offline, z, atol=0.5)


def test_the_answer_about_the_target_is_not_used(known):
    scores, members, *_ = known
    changed = members.copy()
    changed[7] = ~changed[7]
    np.testing.assert_array_equal(
        attacks.lira(scores, members, 7), attacks.lira(scores, changed, 7)
    )


def test_the_ratio_beats_raw_scores_where_examples_differ(known):
    scores, members, *_ = known
    found = {"raw": [], "ratio": []}
    for target in range(40):
        ratio = attacks.lira(scores, members, target)
        for name, values in (("raw", scores[target]), ("ratio", ratio)):
            inside = members[target]
            found[name].append(judging.auc(values[~inside], values[inside]))
    assert np.mean(found["raw"]) < 0.65 < 0.8 < np.mean(found["ratio"])


def test_nearest_distances_are_those_of_all_pairs():
    rng = np.random.default_rng(2)
    points, others = rng.normal(size=(1100, 3)), rng.normal(size=(70, 3))
    all_pairs = np.linalg.norm(points[:, None] - others, axis=2).min(axis=1)
    np.testing.assert_allclose(attacks.nearest_distance(points, others), all_pairs, rtol=1e-12)
    assert attacks.nearest_distance(others + 1e6, others + 1e6).max() == 0


def test_what_an_audit_proves_of_a_known_mechanism_is_true():
    """Gaussian noise on a bit: the proved ε is below the true one and not far from it."""
    rng = np.random.default_rng(3)
    noise, delta = 1.0, 1e-5
    guarantee = accountant.epsilon(noise, 1.0, 1, delta)
    unseen, seen = noise * rng.standard_normal((2, 4_000)) + [[0], [1]]
    proved = audit.epsilon_at_least(seen, unseen, delta)
    assert 0.8 < proved < guarantee
    assert audit.epsilon_at_least(unseen, unseen[::-1], delta) < 0.1


def test_an_audit_is_rarely_wrong():
    """Of a mechanism with ε = 0 it proves more than 0 in at most one of twenty trials."""
    rng = np.random.default_rng(4)
    proved = [audit.epsilon_at_least(*rng.standard_normal((2, 60)), 0.0) for _ in range(200)]
    assert np.mean(np.array(proved) > 0) <= 0.05


def test_an_audit_finds_the_test_that_is_sure_of_absence():
    """One in two trainings with the example can be told, none without: high TNR, low FNR."""
    rng = np.random.default_rng(5)
    seen = np.ones(2000)
    unseen = (rng.random(2000) < 0.5).astype(float)
    assert audit.epsilon_at_least(seen, unseen, 0.0) > 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: attacks.lira(np.zeros((3, 2)), np.ones((3, 2)), 0), "and members bool"),
        (lambda: attacks.lira(np.zeros((5, 2)), np.ones((5, 2), bool), 0), "did not see example 0"),
        (lambda: attacks.nearest_distance(np.zeros((2, 3)), np.zeros((2, 2))), "must have"),
        (lambda: attacks.nearest_distance(np.zeros((2, 3)), np.zeros((0, 3))), "at least 1"),
        (lambda: audit.epsilon_at_least(np.ones(9), np.ones(9), 0, 1), "confidence is 1, but"),
        (lambda: audit.epsilon_at_least([1.0], [0.0], 0.1), "n of at least 4"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_an_audit_of_counts_that_are_known_by_hand():
    """Every other score chooses the threshold; 15 of 20 and 2 of 20 of the rest lie above it."""
    seen, unseen = np.ones(40), np.zeros(40)
    seen[1::2], unseen[1::2] = np.arange(20) < 15, np.arange(20) < 2
    tpr = stats.binomtest(15, 20).proportion_ci(0.95).low
    fpr = stats.binomtest(2, 20).proportion_ci(0.95).high
    proved = audit.epsilon_at_least(seen, unseen, delta=0.1)
    assert proved == pytest.approx(np.log((tpr - 0.1) / fpr), abs=1e-6)


def test_the_ratio_of_five_models_by_hand():
    scores = np.array([[2.0], [0.0], [4.0], [1.0], [2.0]])  # the target, two that saw it, two not
    members = np.array([[True], [True], [True], [False], [False]])
    inside, outside = stats.norm(2.0, np.sqrt(8)), stats.norm(1.5, np.sqrt(0.5))
    expected = inside.logpdf(2.0) - outside.logpdf(2.0)
    assert attacks.lira(scores, members, 0)[0] == pytest.approx(expected)
    z = attacks.lira(scores, members, 0, online=False)[0]
    assert z == pytest.approx(np.sqrt(0.5))
