"""A generator of small changes, as an attacker and as a cleaner."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import data, networks
from ganlib.society import attacks, perturber
from ganlib.support.classifiers import PixelModel

SHAPE, EPSILON = (16, 16, 3), 24 / 255
RNG = np.random.default_rng(2)
LABELS = np.arange(200) % 2
# Two classes of nearly even images that differ in brightness, by 36 grey levels.
LEVELS = 110 + 36 * LABELS + RNG.integers(-10, 11, 200)
IMAGES = (LEVELS[:, None, None, None] + RNG.integers(-5, 6, (200, *SHAPE))).astype(np.uint8)


@pytest.fixture(scope="module")
def classifier():
    """It reads the brightness, and can be misled by a chequered pattern that no image has."""
    pixels = keras.Input(SHAPE, dtype="uint8")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pixels))
    model = PixelModel(pixels, keras.layers.Dense(2)(x))
    rows, columns, _ = np.indices(SHAPE)
    weights = 40 / np.prod(SHAPE) * (1 + 4 * (-1.0) ** (rows + columns)).reshape(-1, 1)
    middle = 40 * (128 / 127.5 - 1)
    model.set_weights([weights * [-1, 1], np.array([middle, -middle])])
    return model


def share_right(classifier, images):
    return attacks.right(attacks.Victim(classifier), images, LABELS).mean()


def test_a_u_net_returns_changes_of_the_images_shape():
    network = perturber.u_net((20, 12, 1), width=4)
    changes = network.predict_on_batch(RNG.normal(size=(3, 20, 12, 1)).astype(np.float32))
    assert changes.shape == (3, 20, 12, 1) and np.abs(changes).max() <= 1
    with pytest.raises(ValueError, match="multiples of 4"):
        perturber.u_net((30, 32, 3))
    with pytest.raises(ValueError, match="width"):
        perturber.u_net(width=0)


@pytest.mark.parametrize("epsilon", [0.0, EPSILON, 0.03, 1.0])
def test_changes_stay_in_the_box_and_in_the_range(epsilon):
    network = perturber.u_net(SHAPE, width=4, seed=3)
    changed = perturber.apply(network, IMAGES, epsilon, batch_size=64)
    assert changed.dtype == np.uint8 and changed.shape == IMAGES.shape
    assert np.abs(changed.astype(int) - IMAGES).max() <= np.floor(255 * epsilon + 1e-4)
    network = data.to_network(IMAGES[:5])
    moved = perturber.perturbed(lambda x, training: 0 * x + 1, network, epsilon)
    np.testing.assert_allclose(moved, np.minimum(network + 2 * epsilon, 1), atol=1e-6)


@pytest.mark.slow
def test_an_attacker_learns_to_deceive_and_leaves_the_classifier_alone(classifier):
    assert share_right(classifier, IMAGES) == 1
    before = [weight.copy() for weight in classifier.get_weights()]
    generator = perturber.u_net(SHAPE, width=4, seed=1)
    discriminator = networks.dcgan_discriminator(SHAPE, width=4, dropout=0.0, seed=1)
    curves = perturber.train_attacker(
        generator,
        discriminator,
        classifier,
        IMAGES,
        LABELS,
        steps=150,
        epsilon=EPSILON,
        batch_size=32,
    )
    assert curves["deceived"].shape == curves["d_loss"].shape == (150,)
    assert curves["deceived"][-10:].mean() > 0.8
    attacked = perturber.apply(generator, IMAGES, EPSILON)
    assert share_right(classifier, attacked) < 0.3
    # The control: changes of the same size without a direction do nothing here.
    assert share_right(classifier, attacks.random_signs(IMAGES, EPSILON)) > 0.95
    for old, new in zip(before, classifier.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_without_realism_the_discriminator_has_no_say(classifier):
    weights = []
    for seed in (1, 2):
        generator = perturber.u_net(SHAPE, width=4, seed=1)
        discriminator = networks.dcgan_discriminator(SHAPE, width=4, dropout=0.0, seed=seed)
        perturber.train_attacker(
            generator,
            discriminator,
            classifier,
            IMAGES,
            LABELS,
            steps=2,
            epsilon=EPSILON,
            realism=0.0,
        )
        weights.append(generator.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.slow
def test_a_cleaner_learns_to_undo_attacks(classifier):
    attacked = attacks.fgsm(attacks.Victim(classifier), IMAGES, LABELS, EPSILON)
    assert share_right(classifier, attacked) < 0.5
    generator = perturber.u_net(SHAPE, width=4, seed=1)
    curve = perturber.train_cleaner(
        generator,
        classifier,
        IMAGES,
        LABELS,
        steps=200,
        epsilon=EPSILON,
        reach=2 * EPSILON,
        batch_size=32,
    )
    assert curve.shape == (200,) and curve[-10:].mean() < 0.6 * curve[:10].mean()
    cleaned = perturber.apply(generator, IMAGES, 2 * EPSILON)
    assert share_right(classifier, cleaned) > 0.9


def test_numbers_are_checked(classifier):
    generator = perturber.u_net(SHAPE, width=4)
    with pytest.raises(ValueError, match="steps is 0"):
        perturber.train_cleaner(
            generator, classifier, IMAGES, LABELS, steps=0, epsilon=EPSILON, reach=EPSILON
        )
    with pytest.raises(ValueError, match="at most 1"):
        perturber.apply(generator, IMAGES, 8)
    with pytest.raises(ValueError, match="realism"):
        perturber.train_attacker(
            generator,
            generator,
            classifier,
            IMAGES,
            LABELS,
            steps=1,
            epsilon=EPSILON,
            realism=-1,
        )


def test_a_step_of_the_attacker_follows_its_losses(classifier):
    """The first step of Adam goes against the sign of each slope."""

    def players():
        discriminator = networks.dcgan_discriminator(SHAPE, width=4, dropout=0.0, seed=1)
        return perturber.u_net(SHAPE, width=4, seed=1), discriminator

    old, new = players(), players()
    real = tf.constant(data.to_network(IMAGES))
    with tf.GradientTape(persistent=True) as tape:
        fake = tf.clip_by_value(real + 2 * EPSILON * old[0](real, training=True), -1.0, 1.0)
        logits = attacks.differentiable(classifier)(fake)
        lead = (logits[:, 1] - logits[:, 0]) * tf.constant(1.0 - 2 * LABELS, tf.float32)
        said, on_real = old[1](fake, training=True), old[1](real, training=True)
        g_loss = tf.reduce_mean(tf.nn.relu(2 - lead)) + 50 * tf.reduce_mean(tf.nn.softplus(-said))
        d_loss = tf.reduce_mean(tf.nn.softplus(-on_real)) + tf.reduce_mean(tf.nn.softplus(said))
    how = {"steps": 1, "epsilon": EPSILON, "realism": 50.0, "batch_size": len(IMAGES)}
    curves = perturber.train_attacker(*new, classifier, IMAGES, LABELS, **how)
    assert curves["d_loss"][0] == pytest.approx(float(d_loss), rel=1e-4)
    for before, after, loss in zip(old, new, (g_loss, d_loss), strict=True):
        slopes = tape.gradient(loss, before.trainable_variables)
        for a, b, slope in zip(
            before.trainable_variables, after.trainable_variables, slopes, strict=True
        ):
            slope, moved = np.asarray(slope), b.numpy() - a.numpy()
            clear = np.abs(slope) > 0.05 * np.abs(slope).max()
            assert (np.sign(moved) == -np.sign(slope))[clear].all()
