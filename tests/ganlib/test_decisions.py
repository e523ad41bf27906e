"""Base rates, removal and review, queues and appeals, against formulas and by hand."""

import numpy as np
import pytest

from ganlib.society import decisions


def test_precision_is_the_share_of_right_alarms():
    rng = np.random.default_rng(0)
    abusive = rng.random(2_000_000) < 0.01
    alarm = rng.random(len(abusive)) < np.where(abusive, 0.9, 0.05)
    assert decisions.precision(0.9, 0.05, 0.01) == pytest.approx(abusive[alarm].mean(), abs=0.003)
    assert decisions.precision(0.3, 0.3, 0.2) == pytest.approx(0.2)  # an alarm at random
    assert decisions.precision(1, 0, 1e-6) == 1
    assert np.isnan(decisions.precision(0, 0, 0.5))


def test_the_prevalence_behind_a_flagged_share_is_found_again():
    for prevalence in (0.0005, 0.2, 0.9):
        flagged = 0.8 * prevalence + 0.03 * (1 - prevalence)
        assert decisions.true_prevalence(flagged, 0.8, 0.03) == pytest.approx(prevalence)
    assert decisions.true_prevalence(0.01, 0.8, 0.03) == 0
    assert decisions.true_prevalence(0.9, 0.8, 0.03) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: decisions.precision(1.2, 0.1, 0.1), "tpr is 1.2, but must be"),
        (lambda: decisions.true_prevalence(0.1, 0.05, 0.05), "tpr is 0.05, but must be above"),
        (lambda: decisions.queue(0), "load is 0, but must be above 0"),
        (lambda: decisions.appeals_upheld(0.1, -1, 0, 1), "if_wrong is -1"),
        (lambda: decisions.moderate([True], [1.0, 2.0], [0.5]), "must all have the same"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Removal and review -------------------------------------------------------------------------------

ABUSIVE = np.array([True, False, True, False, True])
VIEWS = np.array([10.0, 20.0, 30.0, 40.0, 60.0])
PROBABILITY = np.array([0.9, 0.8, 0.3, 0.2, 0.1])


def test_what_is_removed_unseen_and_reviewed_adds_up():
    outcome = decisions.moderate(ABUSIVE, VIEWS, PROBABILITY, remove_above=0.5, reviews=1)
    # Removed: the first (10 of 100 abusive views) and one honest post. Reviewed: the third.
    assert outcome.removed_unseen == 2 and outcome.reviewed == 1
    assert outcome.prevented == pytest.approx((10 + 0.9 * 30) / 100)
    assert outcome.wrongly_removed == 1 and outcome.views_lost == 20
    assert outcome.rightly_removed == pytest.approx(1.9)


def test_urgency_decides_what_people_look_at():
    outcome = decisions.moderate(
        ABUSIVE, VIEWS, PROBABILITY, reviews=2, urgency=PROBABILITY * VIEWS
    )
    # 9, 16, 9, 8, 6: the second post, then one of two with 9.
    assert outcome.wrongly_removed == pytest.approx(0.02)
    assert outcome.prevented in (pytest.approx(0.9 * 0.1), pytest.approx(0.9 * 0.3))


def test_each_post_may_have_a_threshold_of_its_own():
    above = np.array([0.95, 0.5, 0.2, 0.5, 0.5])
    outcome = decisions.moderate(ABUSIVE, VIEWS, PROBABILITY, remove_above=above)
    assert outcome.removed_unseen == 2 and outcome.prevented == pytest.approx(0.3)


def test_at_both_ends_nothing_or_everything_happens():
    nothing = decisions.moderate(ABUSIVE, VIEWS, PROBABILITY)
    assert nothing == decisions.Outcome(0, 0, 0, 0, 0, 0)
    everything = decisions.moderate(ABUSIVE, VIEWS, PROBABILITY, remove_above=0)
    assert everything.prevented == 1 and everything.wrongly_removed == 2
    assert decisions.moderate(ABUSIVE, VIEWS, PROBABILITY, reviews=99).reviewed == 5


# Queues -------------------------------------------------------------------------------------------


def test_each_case_waits_as_lindley_says():
    waited = decisions.queue(0.9, 3_000, seed=5)[:, 0]
    rng = np.random.default_rng(5)
    gaps, takes = rng.exponential(1 / 0.9, 3_000), rng.exponential(1.0, 3_000)
    expected = [0.0]
    for n in range(1, 3_000):
        expected.append(max(0.0, expected[-1] + takes[n - 1] - gaps[n]))
    np.testing.assert_allclose(waited, expected, atol=1e-8)


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_the_mean_wait_is_that_of_theory(load):
    means = [decisions.queue(load, 60_000, seed=seed)[:, 0].mean() for seed in range(4)]
    assert np.mean(means) == pytest.approx(load / (1 - load), rel=0.08)


def test_who_goes_first_waits_as_in_a_queue_of_their_own():
    load, urgent = 0.8, 0.25
    runs = [decisions.queue(load, 60_000, urgent=urgent, seed=seed) for seed in range(4)]
    waited, first = np.concatenate(runs).T
    # Cobham 1954: what is left of the case in work, load, over 1 − the load of the urgent.
    ahead = load / (1 - urgent * load)
    assert waited[first == 1].mean() == pytest.approx(ahead, rel=0.06)
    assert waited[first == 0].mean() == pytest.approx(ahead / (1 - load), rel=0.12)


def test_above_the_capacity_the_wait_grows_with_the_day():
    waited = decisions.queue(1.25, 20_000, seed=1)[:, 0]
    # After n cases 0.8 n units have passed and n units of work have come.
    assert waited[-1] == pytest.approx(0.2 * 20_000, rel=0.15)


# Appeals ------------------------------------------------------------------------------------------


def test_a_share_of_upheld_appeals_is_counted():
    rng = np.random.default_rng(3)
    wrong = rng.random(1_000_000) < 0.04
    appeals = rng.random(len(wrong)) < np.where(wrong, 0.3, 0.02)
    upheld = np.where(rng.random(len(wrong)) < 0.9, wrong, ~wrong)[appeals]
    share = decisions.appeals_upheld(0.04, 0.3, 0.02, 0.9)
    assert share == pytest.approx(upheld.mean(), abs=0.01)
    assert np.isnan(decisions.appeals_upheld(0.1, 0, 0, 1))


def test_a_threshold_for_each_post_has_one_number_for_each_post():
    p = np.array([0.2, 0.6, 0.9])
    how = {"abusive": p > 0.5, "views": np.ones(3), "probability": p}
    assert decisions.moderate(**how, remove_above=np.array([0.1, 0.7, 0.5])).removed_unseen == 2
    with pytest.raises(ValueError, match=r"remove_above has the shape \(3, 1\)"):
        decisions.moderate(**how, remove_above=np.full((3, 1), 0.5))
