"""The test of people: fair pairs, an interval that covers, and buttons that count."""

import math

import numpy as np
import pytest

from ganlib import widgets


def sets(n_real=30, n_fake=20):
    """Real images are even numbers, generated ones odd."""
    real = 2 * np.arange(n_real, dtype=np.uint8)
    fake = 2 * np.arange(n_fake, dtype=np.uint8) + 1
    return [np.broadcast_to(x[:, None, None, None], (len(x), 4, 4, 3)).copy() for x in (real, fake)]


def test_each_pair_has_one_of_each_and_the_side_is_told():
    pairs, fake_left = widgets.image_pairs(*sets(), n=20, seed=3)
    values = pairs[..., 0, 0, 0].astype(int)
    assert pairs.shape == (20, 2, 4, 4, 3) and fake_left.dtype == bool
    assert ((values[:, 0] % 2 == 1) == fake_left).all()
    assert ((values[:, 1] % 2 == 1) != fake_left).all()
    assert 4 < fake_left.sum() < 16
    assert len(set(values.ravel())) == 40  # no image twice


def test_pairs_are_a_function_of_the_seed():
    one, other, again = (widgets.image_pairs(*sets(), 10, seed)[0] for seed in (1, 2, 1))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_more_pairs_than_images_show_each_before_any_comes_twice():
    pairs, _ = widgets.image_pairs(*sets(3, 5), n=6)
    values = pairs[..., 0, 0, 0].ravel().tolist()
    assert sorted(value for value in values if value % 2 == 0) == [0, 0, 2, 2, 4, 4]
    assert set(value for value in values if value % 2) == {1, 3, 5, 7, 9}


def test_the_interval_is_the_rates_that_the_share_does_not_contradict():
    for right, n in ((0, 5), (3, 10), (8, 10), (62, 100), (7, 7)):
        low, high = widgets.wilson_interval(right, n)
        rates = np.linspace(0, 1, 100_001)
        near = np.abs(right / n - rates) <= 1.959964 * np.sqrt(rates * (1 - rates) / n)
        assert low == pytest.approx(rates[near].min(), abs=2e-5)
        assert high == pytest.approx(rates[near].max(), abs=2e-5)


@pytest.mark.parametrize(("p", "n"), [(0.5, 10), (0.62, 50), (0.9, 30)])
def test_the_interval_holds_the_rate_about_as_often_as_it_says(p, n):
    held = 0.0
    for right in range(n + 1):
        low, high = widgets.wilson_interval(right, n)
        held += (low <= p <= high) * math.comb(n, right) * p**right * (1 - p) ** (n - right)
    assert held == pytest.approx(0.95, abs=0.035)  # counts are whole, so it cannot be exact


@pytest.mark.parametrize(("right", "n"), [(1, 0), (3, 2), (-1, 4)])
def test_impossible_counts_are_refused(right, n):
    with pytest.raises(ValueError, match="must be"):
        widgets.wilson_interval(right, n)


def test_the_buttons_count_right_answers_and_show_the_next_pair():
    real, fake = sets()
    _, fake_left = widgets.image_pairs(real, fake, len(real), seed=5)
    box = widgets.real_or_generated(real, fake, seed=5)
    picture, buttons, said = box.children
    left, right = buttons.children
    assert "Which?" in said.value
    for number in range(4):
        before = picture.value
        truth = left if fake_left[number] else right
        wrong = right if fake_left[number] else left
        (wrong if number == 2 else truth).click()
        assert picture.value != before
        assert said.value.startswith("Wrong" if number == 2 else "Right")
    assert "3 of 4 right" in said.value
    low, high = widgets.wilson_interval(3, 4)
    assert f"between {low:.2f} and {high:.2f}" in said.value
    for _ in range(40):  # more answers than pairs
        left.click()
    assert "of 44 right" in said.value


def test_sets_that_do_not_fit_are_refused():
    real, fake = sets()
    with pytest.raises(ValueError, match="one shape"):
        widgets.image_pairs(real, fake[:, :3], 2)
    with pytest.raises(TypeError, match=r"fake are float64.*to_uint8"):
        widgets.image_pairs(real, fake / 2, 2)
    with pytest.raises(ValueError, match="batch of one"):
        widgets.real_or_generated(real[0], fake)
