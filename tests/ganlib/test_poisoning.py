"""Poisoned labels, the mark that they go with, and the direction in which it shows."""

import numpy as np
import pytest

from ganlib.society import poisoning

RNG = np.random.default_rng(3)
IMAGES = RNG.integers(0, 256, (200, 8, 9, 3)).astype(np.uint8)
LABELS = np.arange(200) % 10


def test_the_mark_is_a_board_of_nine_pixels_and_touches_nothing_else():
    marked = poisoning.stamp(IMAGES)
    changed = (marked != IMAGES).any(axis=(0, 3))
    rows, columns = np.nonzero(changed)
    assert {*rows} <= {4, 5, 6} and {*columns} <= {5, 6, 7}
    board = marked[0, 4:7, 5:8, 0]
    np.testing.assert_array_equal(board, [[255, 0, 255], [0, 255, 0], [255, 0, 255]])
    assert (marked[:, 4:7, 5:8] == board[..., None]).all()
    np.testing.assert_array_equal(poisoning.stamp(marked), marked)


def test_poison_changes_a_share_of_other_classes_and_nothing_else():
    images, labels, poisoned = poisoning.poison(IMAGES, LABELS, target=3, share=0.05, seed=1)
    assert poisoned.sum() == 10
    assert (labels[poisoned] == 3).all() and (LABELS[poisoned] != 3).all()
    np.testing.assert_array_equal(images[poisoned], poisoning.stamp(IMAGES[poisoned]))
    np.testing.assert_array_equal(images[~poisoned], IMAGES[~poisoned])
    np.testing.assert_array_equal(labels[~poisoned], LABELS[~poisoned])
    again = poisoning.poison(IMAGES, LABELS, target=3, share=0.05, seed=1)[2]
    np.testing.assert_array_equal(poisoned, again)
    assert (poisoned != poisoning.poison(IMAGES, LABELS, 3, 0.05, seed=2)[2]).any()


def test_scores_are_squared_coordinates_along_the_first_principal_direction():
    features = RNG.normal(size=(60, 5)) @ np.diag([1.0, 4.0, 2.0, 1.0, 1.0])
    centred = features - features.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    scores = poisoning.spectral_scores(features)
    np.testing.assert_allclose(scores, (centred @ vectors[:, -1]) ** 2)
    assert scores.sum() == pytest.approx(values[-1])
    turned, _ = np.linalg.qr(RNG.normal(size=(5, 5)))
    np.testing.assert_allclose(poisoning.spectral_scores(features @ turned + 3), scores)


def test_a_few_that_differ_in_one_direction_score_highest():
    features = RNG.normal(size=(500, 20))
    features[:25] += 8 * np.eye(20)[4]
    highest = np.argsort(poisoning.spectral_scores(features))[-25:]
    assert (highest < 25).sum() >= 24


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"share": 0.001}, "must be at least 1"),
        ({"share": 0.95}, "at most 180"),
        ({"share": 1.5}, "at most 1"),
        ({"images": IMAGES / 255}, "must be uint8"),
        ({"images": IMAGES[:, :3]}, "sides of at least 4"),
        ({"labels": LABELS[:5]}, "one class number for"),
        ({"target": -1}, "target is -1"),
    ],
)
def test_what_is_wrong_is_said(change, message):
    given = {"images": IMAGES, "labels": LABELS, "target": 3, "share": 0.1} | change
    with pytest.raises((TypeError, ValueError), match=message):
        poisoning.poison(**given)


@pytest.mark.parametrize("features", [np.ones(5), np.ones((1, 5)), np.full((3, 2), np.nan)])
def test_features_are_checked(features):
    with pytest.raises(ValueError, match=r"^features: "):
        poisoning.spectral_scores(features)
