"""The watermark: what its statistics promise, and what it costs."""

import numpy as np
import pytest

from ganlib import shapes
from ganlib.society import marks


@pytest.fixture(scope="module")
def images():
    return shapes.draw(200, seed=5)[0]


def test_over_random_keys_the_score_of_an_unmarked_image_has_mean_0_and_variance_1(images):
    scores = np.array([marks.Watermark(f"key {n}").score(images[:2]) for n in range(1500)])
    assert np.abs(scores.mean(axis=0)).max() < 0.1
    assert np.abs(scores.var(axis=0) - 1).max() < 0.15
    for fpr in (0.1, 0.01):
        assert (scores > marks.proven_threshold(fpr)).mean() <= fpr


def test_the_proven_threshold_is_the_higher_one():
    for fpr in (0.1, 0.01, 1e-4, 1e-8):
        assert marks.proven_threshold(fpr) > marks.threshold_for(fpr)


def test_a_stronger_mark_is_easier_to_find_and_to_see(images):
    found, seen = [], []
    for strength in (1.0, 3.0, 9.0):
        mark = marks.Watermark("secret", strength)
        marked = mark.add(images)
        found.append(mark.score(marked).mean())
        seen.append(((marked.astype(float) - images) ** 2).mean())
    assert found == sorted(found) and seen == sorted(seen)
    # Orthonormal: the mean square in grey levels is strength² times the share of coefficients.
    mark = marks.Watermark("secret", 3.0)
    grey = np.full((1, 32, 32, 3), 128, np.uint8)
    change = ((mark.add(grey).astype(float) - 128) ** 2).mean()
    assert change == pytest.approx(9 * (mark.signs(32) ** 2).mean(), rel=0.05)


def test_another_key_does_not_find_it(images):
    marked = marks.Watermark("secret", 6.0).add(images)
    other = np.array([marks.Watermark(f"other {n}").score(marked).mean() for n in range(20)])
    assert np.abs(other).max() < 1.5
    assert marks.Watermark("secret").score(marked).mean() > 4


def test_the_signs_lie_on_the_band_and_come_from_the_key():
    mark = marks.Watermark("secret", band=(0.25, 0.5))
    signs = mark.signs(16)
    total = np.add.outer(np.arange(16), np.arange(16))
    assert np.array_equal(signs != 0, (total >= 4) & (total < 8))
    assert np.array_equal(signs, marks.Watermark("secret", 9.0, (0.25, 0.5)).signs(16))
    assert not np.array_equal(signs, marks.Watermark("Secret", band=(0.25, 0.5)).signs(16))


def test_marking_changes_a_copy(images):
    before = images.copy()
    marked = marks.Watermark("secret").add(images)
    assert np.array_equal(images, before) and marked.dtype == np.uint8


def test_an_image_without_any_pattern_has_the_score_0():
    assert marks.Watermark("secret").score(np.zeros((1, 8, 8, 3), np.uint8)) == 0


def test_other_input_is_refused_with_advice(images):
    with pytest.raises(TypeError, match="to_uint8"):
        marks.Watermark("secret").add(images / 255.0)
    with pytest.raises(ValueError, match="strength"):
        marks.Watermark("secret", 0.0)
    with pytest.raises(ValueError, match="band"):
        marks.Watermark("secret", band=(0.5, 0.2))
    with pytest.raises(ValueError, match="fpr"):
        marks.threshold_for(0)
