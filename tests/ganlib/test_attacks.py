"""Attacks against closed forms: of a linear model the worst case in the box is known exactly."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import zoo
from ganlib.society import attacks, queries
from ganlib.society.attacks import Victim

SHAPE = (6, 5, 3)
RNG = np.random.default_rng(7)
WEIGHTS = RNG.normal(size=SHAPE).astype(np.float32)
BYTES = RNG.integers(0, 256, (40, *SHAPE)).astype(np.uint8)
BYTES[:10] = RNG.choice([0, 255], (10, *SHAPE))  # at the edges of the range
FLOATS = BYTES.astype(np.float32) / 255
LABELS = RNG.integers(0, 2, 40)
EPSILON = 8 / 255


def score(images):
    """The logit of class 1; that of class 0 is 0."""
    images = images / 255 if images.dtype == np.uint8 else images
    return np.tensordot(images.astype(float) - 0.5, WEIGHTS.astype(float), 3)


def lead(images, labels):
    """How far the wrong one of two classes is ahead."""
    return np.where(labels == 1, -1, 1) * score(images)


def worst_case(labels, epsilon):
    """Each channel of each pixel goes to that end of [x - ε, x + ε] ∩ [0, 1] which hurts."""
    away = np.where(labels == 1, -1, 1)[:, None, None, None] * np.sign(WEIGHTS)
    return np.clip(FLOATS + epsilon * away, 0, 1)


@pytest.fixture(scope="module")
def linear():
    """Two classes, 0 and the sign of a weighted sum."""
    weights = tf.constant(WEIGHTS.reshape(-1, 1))

    def logits(images):
        scores = (tf.reshape(images, (-1, WEIGHTS.size)) - 0.5) @ weights
        return tf.concat([tf.zeros_like(scores), scores], axis=1)

    return Victim(logits, batch_size=16)


@pytest.fixture(scope="module")
def curved():
    """A small network with random weights and three classes."""
    network = keras.Sequential(
        [
            keras.Input(SHAPE),
            keras.layers.Conv2D(8, 3, activation="tanh", kernel_initializer=start(1)),
            keras.layers.Flatten(),
            keras.layers.Dense(3, kernel_initializer=start(2)),
        ]
    )
    return Victim(network)


def start(seed):
    return keras.initializers.RandomNormal(stddev=0.5, seed=seed)


# Closed forms -------------------------------------------------------------------------------------


@pytest.mark.parametrize("epsilon", [0.0, 1 / 255, EPSILON, 0.3, 1.0])
def test_one_step_reaches_the_exact_worst_case_of_a_linear_model(linear, epsilon):
    attacked = attacks.fgsm(linear, FLOATS, LABELS, epsilon)
    assert attacked.dtype == np.float32
    np.testing.assert_allclose(attacked, worst_case(LABELS, epsilon), atol=1e-6)


@pytest.mark.parametrize("loss", attacks.LOSSES)
def test_many_steps_reach_it_from_anywhere(linear, loss):
    attacked = attacks.pgd(linear, FLOATS, LABELS, EPSILON, steps=9, loss=loss)
    np.testing.assert_allclose(attacked, worst_case(LABELS, EPSILON), atol=1e-6)


def test_bytes_reach_it_too_and_stay_bytes(linear):
    for attacked in (
        attacks.fgsm(linear, BYTES, LABELS, EPSILON),
        attacks.pgd(linear, BYTES, LABELS, EPSILON, steps=9),
    ):
        assert attacked.dtype == np.uint8
        np.testing.assert_array_equal(attacked, np.rint(255 * worst_case(LABELS, EPSILON)))


def test_with_a_target_the_signs_turn_round(linear):
    toward = attacks.fgsm(linear, FLOATS, 1 - LABELS, EPSILON, targeted=True)
    np.testing.assert_array_equal(toward, attacks.fgsm(linear, FLOATS, LABELS, EPSILON))
    toward = attacks.pgd(linear, FLOATS, 1 - LABELS, EPSILON, steps=9, targeted=True)
    np.testing.assert_allclose(toward, worst_case(LABELS, EPSILON), atol=1e-6)


def test_random_signs_hurt_by_the_2_norm_and_an_attack_by_the_1_norm(linear):
    grey = np.full((4000, *SHAPE), 0.5, np.float32)
    noisy = score(attacks.random_signs(grey, EPSILON))
    assert noisy.std() == pytest.approx(EPSILON * np.linalg.norm(WEIGHTS), rel=0.05)
    attacked = attacks.fgsm(linear, grey[:1], np.zeros(1, int), EPSILON)
    assert score(attacked)[0] == pytest.approx(EPSILON * np.abs(WEIGHTS).sum(), rel=1e-5)


def test_the_gradient_is_that_of_finite_differences(curved):
    image, label = FLOATS[20:21], np.array([2])
    slope, _ = curved.direction("margin", image, label.astype(np.int32))
    places = [(0, 1, 1, 0), (0, 3, 2, 1), (0, 5, 4, 2), (0, 2, 0, 0)]
    for place in places:
        ends = []
        for step in (1e-2, -1e-2):
            moved = image.copy()
            moved[place] += step
            ends.append(attacks.ahead(curved.logits(np.clip(moved, 0, 1)), label).numpy()[0])
        assert np.sign(ends[0] - ends[1]) == slope.numpy()[place]


def test_ahead_is_the_largest_other_logit_minus_that_of_the_label():
    logits = np.array([[3.0, 1.0, -2.0], [3.0, 1.0, -2.0], [-1.0, -1.0, -5.0]], np.float32)
    assert attacks.ahead(logits, np.array([0, 2, 0])).numpy().tolist() == [-2.0, 5.0, 0.0]


# What must hold of any attack on any model --------------------------------------------------------


@pytest.mark.parametrize("images", [BYTES, FLOATS], ids=["bytes", "floats"])
@pytest.mark.parametrize("epsilon", [0.0, 2.6 / 255, 0.2])
def test_every_attack_stays_in_its_box(curved, images, epsilon):
    labels = LABELS + 1
    results = {
        "fgsm": attacks.fgsm(curved, images, labels, epsilon),
        "pgd": attacks.pgd(curved, images, labels, epsilon, steps=4, restarts=2),
        "square": queries.square_attack(curved, images, labels, epsilon, queries=20),
        "noise": attacks.random_signs(images, epsilon),
    }
    reach = np.floor(255 * epsilon) if images.dtype == np.uint8 else epsilon + 1e-6
    for name, attacked in results.items():
        assert attacked.dtype == images.dtype and attacked.shape == images.shape, name
        change = np.abs(attacked.astype(float) - images)
        assert change.max() <= reach, name
        assert epsilon == 0 or change.max() > 0.9 * reach, name
        assert attacked.max() <= images.max(), name


def test_more_steps_and_more_restarts_are_never_weaker(curved):
    def reached(**how):
        attacked = attacks.pgd(curved, FLOATS, LABELS, 0.1, step_size=0.02, **how)
        return attacks.ahead(curved.logits(attacked), LABELS).numpy()

    few, more, most = (reached(steps=steps) for steps in (1, 4, 12))
    assert (few <= more + 1e-5).all() and (more <= most + 1e-5).all() and (few < most).any()
    assert (most <= reached(steps=12, restarts=3) + 1e-5).all()


def test_what_an_attack_returns_is_what_it_reached(curved):
    before = attacks.ahead(curved.logits(FLOATS), LABELS).numpy()
    after = attacks.ahead(
        curved.logits(attacks.pgd(curved, FLOATS, LABELS, 0.1, loss="margin")), LABELS
    ).numpy()
    assert (after > before).all()
    fooled = attacks.right(curved, attacks.pgd(curved, FLOATS, LABELS, 1.0, steps=20), LABELS)
    assert fooled.mean() == 0  # without a bound any image can become any other


def test_answers_do_not_depend_on_the_batches(curved):
    small = Victim(curved.function, batch_size=7)
    for attack in (attacks.fgsm, attacks.pgd):
        np.testing.assert_allclose(
            attack(small, FLOATS, LABELS, 0.05), attack(curved, FLOATS, LABELS, 0.05), atol=1e-6
        )


def test_a_change_below_one_grey_level_does_not_survive_in_bytes(linear):
    tiny = 0.9 / 255
    np.testing.assert_array_equal(attacks.fgsm(linear, BYTES, LABELS, tiny), BYTES)
    np.testing.assert_array_equal(attacks.pgd(linear, BYTES, LABELS, tiny), BYTES)
    moved = attacks.fgsm(linear, FLOATS, LABELS, tiny)
    assert (lead(moved, LABELS) > lead(FLOATS, LABELS)).all()


# Hidden gradients ---------------------------------------------------------------------------------


def test_rounding_hides_the_gradient_and_straight_through_finds_it_again(linear):
    def rounded(images):
        return tf.round(images * 7) / 7

    hidden = Victim(lambda images: linear.function(rounded(images)))
    np.testing.assert_array_equal(attacks.fgsm(hidden, FLOATS, LABELS, 0.2), FLOATS)
    passing = attacks.straight_through(rounded)
    seen = Victim(lambda images: linear.function(passing(images)))
    np.testing.assert_allclose(seen.logits(FLOATS), hidden.logits(FLOATS), atol=1e-5)
    np.testing.assert_allclose(
        attacks.fgsm(seen, FLOATS, LABELS, 0.2), worst_case(LABELS, 0.2), atol=1e-6
    )


def test_squares_need_no_gradient_and_never_beat_the_worst_case(linear):
    def rounded(images):
        return linear.function(tf.round(images * 255) / 255)

    hidden = Victim(rounded)
    epsilon = 0.2
    sure = np.sign(score(FLOATS)) == np.where(LABELS == 1, 1, -1)
    images, labels = FLOATS[sure], LABELS[sure]
    exact = lead(worst_case(LABELS, epsilon)[sure], labels)
    best = [
        lead(queries.square_attack(hidden, images, labels, epsilon, queries=n), labels)
        for n in (1, 30, 300)
    ]
    assert (best[2] <= exact + 1e-4).all()
    assert (best[0] > 0).sum() < (best[1] > 0).sum() < (best[2] > 0).sum()
    possible = exact > 0.5
    assert possible.sum() >= 5 and (best[2][possible] > 0).mean() > 0.8


# The course's classifiers -------------------------------------------------------------------------


def test_a_classifier_of_bytes_becomes_one_with_a_gradient():
    network = zoo.features("classifier-shapes")
    pixels = RNG.integers(0, 256, (4, 32, 32, 3)).astype(np.uint8)
    expected = np.asarray(network.predict_on_batch(pixels)["logits"])
    np.testing.assert_allclose(Victim(network).logits(pixels), expected, rtol=1e-3, atol=1e-3)
    with pytest.raises(ValueError, match="must have one"):
        attacks.differentiable(keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]))


# Bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epsilon": 8}, r"epsilon=8 / 255"),
        ({"epsilon": -0.1}, "at least 0"),
        ({"images": FLOATS * 2 - 1}, r"\(images \+ 1\) / 2"),
        ({"images": FLOATS[0]}, "shape"),
        ({"images": BYTES.astype(int)}, "must be uint8 or floats"),
        ({"labels": LABELS[:3]}, "one class number for"),
        ({"labels": LABELS.astype(float)}, "whole numbers"),
        ({"labels": LABELS + 1}, "the victim has 2 logits"),
    ],
)
@pytest.mark.parametrize("attack", [attacks.fgsm, attacks.pgd, queries.square_attack])
def test_what_is_wrong_is_said(linear, attack, change, message):
    given = {"images": FLOATS, "labels": LABELS, "epsilon": EPSILON} | change
    with pytest.raises((TypeError, ValueError), match=message):
        attack(linear, **given)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"restarts": 0}, "restarts is 0"),
        ({"step_size": 0.0}, "above 0"),
        ({"loss": "hinge"}, "cross-entropy, margin"),
    ],
)
def test_the_numbers_of_pgd_are_checked(linear, change, message):
    with pytest.raises(ValueError, match=message):
        attacks.pgd(linear, FLOATS, LABELS, EPSILON, **change)


def test_squares_need_images(linear):
    with pytest.raises(ValueError, match="height, width, channels"):
        queries.square_attack(linear, FLOATS.reshape(40, -1), LABELS, EPSILON)
    with pytest.raises(ValueError, match="queries is 0"):
        queries.square_attack(linear, FLOATS, LABELS, EPSILON, queries=0)
