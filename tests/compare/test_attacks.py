"""Attacks against those of the Adversarial Robustness Toolbox, on models of the course."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from art.attacks.evasion import FastGradientMethod, ProjectedGradientDescent
from art.estimators.classification import TensorFlowV2Classifier

from ganlib import shapes, zoo
from ganlib.society import attacks

IMAGES, FACTORS = shapes.draw(32, seed=11)
LABELS = shapes.modes(FACTORS).astype(np.int32)
FLOATS = IMAGES.astype(np.float32) / 255
EPSILON = 4 / 255


@pytest.fixture(scope="module")
def victim():
    return attacks.Victim(zoo.load("classifier-shapes"))


@pytest.fixture(scope="module")
def linear():
    """Two classes, whose worst case every correct attack reaches."""
    weights = tf.constant(np.random.default_rng(1).normal(size=(3072, 1)), tf.float32)

    def logits(images):
        score = (tf.reshape(images, (-1, 3072)) - 0.4) @ weights
        return tf.concat([-score, score], axis=1)

    return attacks.Victim(logits)


def by_art(attack, victim, labels, classes, **options):
    estimator = TensorFlowV2Classifier(
        lambda images, training=False: victim.function(tf.convert_to_tensor(images)),
        nb_classes=classes,
        input_shape=(32, 32, 3),
        loss_object=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        clip_values=(0, 1),
    )
    return attack(estimator, eps=EPSILON, **options).generate(FLOATS, labels)


def test_one_step_along_the_sign(victim):
    theirs = by_art(FastGradientMethod, victim, LABELS, shapes.MODES)
    ours = attacks.fgsm(victim, FLOATS, LABELS, EPSILON)
    # Where the gradient is nearly 0, rounding decides about its sign.
    assert (np.abs(ours - theirs) < 1e-6).mean() > 0.99


def test_one_step_towards_a_target(victim):
    wanted = (LABELS + 1) % shapes.MODES
    theirs = by_art(FastGradientMethod, victim, wanted, shapes.MODES, targeted=True)
    ours = attacks.fgsm(victim, FLOATS, wanted, EPSILON, targeted=True)
    assert (np.abs(ours - theirs) < 1e-6).mean() > 0.99


def test_many_steps_on_a_linear_model(linear):
    labels = np.arange(len(FLOATS)) % 2
    how = {"eps_step": EPSILON / 2, "max_iter": 6, "num_random_init": 1, "verbose": False}
    theirs = by_art(ProjectedGradientDescent, linear, labels, 2, **how)
    ours = attacks.pgd(linear, FLOATS, labels, EPSILON, steps=6, step_size=EPSILON / 2)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_many_steps_on_a_network_reach_as_far(victim):
    """Ours keeps the best point on the way, so it may reach farther, and never much less far."""

    def reached(images):
        return attacks.ahead(victim.logits(images), LABELS).numpy()

    how = {"eps_step": EPSILON / 4, "max_iter": 20, "num_random_init": 1, "verbose": False}
    theirs = reached(by_art(ProjectedGradientDescent, victim, LABELS, shapes.MODES, **how))
    ours = reached(attacks.pgd(victim, FLOATS, LABELS, EPSILON, steps=20))
    clean = reached(FLOATS)
    assert (ours > clean).all()
    gained = theirs.mean() - clean.mean()
    assert gained > 0 and abs(ours.mean() - theirs.mean()) < 0.1 * gained
    assert ours.mean() > theirs.mean() - 0.03 * gained
