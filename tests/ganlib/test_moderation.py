"""The simulated platform: its shares, what depends on what, and that a seed fixes it."""

import dataclasses

import numpy as np
import pytest

from ganlib.society import moderation
from ganlib.society.moderation import KINDS, simulate


@pytest.fixture(scope="module")
def day():
    return simulate(200_000, seed=3)


def test_shares_are_those_that_were_asked_for(day):
    assert day.abusive.sum() == 100 and day.abusive.shape == (200_000,)
    honest = ~day.abusive
    assert day.generated[day.abusive].all()
    assert day.generated[honest].mean() == pytest.approx(moderation.GENERATED, abs=0.002)
    from_rings = KINDS.index("ring") == day.kind[day.author[day.abusive]]
    assert from_rings.mean() == moderation.FROM_RINGS
    assert np.median(day.views) == pytest.approx(moderation.VIEWS_MEDIAN, rel=0.03)


def test_the_detector_separates_generated_pictures_and_not_abuse(day):
    harmless = day.generated & ~day.abusive
    scores = day.filter_score
    assert scores[~day.generated].mean() == pytest.approx(0, abs=0.02)
    assert scores[~day.generated].std() == pytest.approx(1, abs=0.02)
    assert scores[harmless].mean() == pytest.approx(2, abs=0.06)
    assert scores[day.abusive].mean() == pytest.approx(2, abs=0.35)


def test_both_detectors_agree_within_a_kind_of_picture(day):
    photographs = ~day.generated
    both = np.corrcoef(day.filter_score[photographs], day.second_score[photographs])[0, 1]
    assert both == pytest.approx(moderation.AGREE, abs=0.01)


def test_what_looks_suspicious_is_reported_more_often(day):
    photographs = ~day.generated & ~day.brigaded
    reported = day.filter_score[photographs & (day.reports > 0)]
    # The mean of the look among reported posts is OBVIOUS; the score has COMMON of it.
    assert reported.mean() == pytest.approx(moderation.OBVIOUS * moderation.COMMON, abs=0.12)


def test_reports_of_posts_are_those_of_accounts(day):
    counted = np.bincount(day.report_post, minlength=len(day.reports))
    assert np.array_equal(counted, day.reports)
    by_brigades = day.kind[day.report_account] == KINDS.index("brigade")
    assert np.array_equal(np.unique(day.report_post[by_brigades]), np.flatnonzero(day.brigaded))
    assert not (day.brigaded & day.abusive).any()
    assert day.brigaded.sum() == 40 * moderation.BRIGADE_TARGETS


def test_groups_show_pictures_of_their_own(day):
    of = day.kind[day.author]
    pictures = {name: set(day.picture[of == number]) for number, name in enumerate(KINDS)}
    from_rings = set(day.picture[day.abusive & (of == KINDS.index("ring"))])
    assert not from_rings & (pictures["club"] | pictures["person"])
    assert not pictures["club"] & pictures["person"]


def test_a_seed_fixes_the_day_and_another_changes_it():
    one, same, other = (simulate(20_000, seed=seed) for seed in (1, 1, 2))
    for field in dataclasses.fields(one):
        value = getattr(one, field.name)
        assert np.array_equal(value, getattr(same, field.name)), field.name
        assert not np.array_equal(value, getattr(other, field.name)), field.name


def test_without_brigades_nobody_is_attacked():
    assert not simulate(20_000, brigades=0).brigaded.any()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"posts": 100}, "posts is 100, but must be a whole number of at least 20,000"),
        ({"prevalence": 0.5}, "prevalence is 0.5, but must be above 0 and at most 0.2"),
        ({"prevalence": 0}, "prevalence is 0, but must be above 0"),
        ({"separation": -1}, "separation is -1, but must be at least 0"),
        ({"brigades": -1}, "brigades is -1, but must be a whole number of at least 0"),
    ],
)
def test_what_cannot_be_simulated_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        simulate(**{"posts": 20_000, **changed})
