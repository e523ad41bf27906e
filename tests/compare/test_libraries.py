"""The libraries are those that were asked for, and find what they need."""

import re
from importlib.metadata import distribution, version

import keras
import numpy as np
import pytest
import tensorflow as tf
from art.attacks.evasion import FastGradientMethod
from art.estimators.classification import TensorFlowV2Classifier
from packaging.requirements import Requirement

from ganlib import data, shapes, zoo
from tools.commands.compare import VERSIONS

LINES = [
    line for line in VERSIONS.read_text("utf-8").splitlines() if line and not line.startswith("#")
]


@pytest.mark.parametrize("line", LINES)
def test_each_is_the_version_of_the_list_with_all_that_it_needs(line):
    """They are installed without their dependencies, which the environment or the list has."""
    name, number = re.fullmatch(r"([\w.-]+)==([\w.]+)", line).groups()
    assert version(name) == number
    for text in distribution(name).requires or []:
        needed = Requirement(text)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            assert needed.specifier.contains(version(needed.name)), text


def test_the_toolbox_attacks_a_network_of_the_course():
    """Its gradient is that of our networks: one step along its sign is the attack FGSM."""
    images, factors = shapes.draw(16, seed=0)
    classifier = zoo.load("classifier-shapes")
    scaled = classifier.layers[1].output  # the network takes bytes, which have no gradient
    network = keras.Model(scaled, classifier.output)
    x, y = data.to_network(images), shapes.modes(factors)
    target = TensorFlowV2Classifier(
        network,
        nb_classes=shapes.MODES,
        input_shape=x.shape[1:],
        loss_object=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        clip_values=(-1, 1),
    )
    by_toolbox = FastGradientMethod(target, eps=0.1).generate(x, y)
    with tf.GradientTape() as tape:
        inputs = tf.constant(x)
        tape.watch(inputs)
        losses = keras.losses.sparse_categorical_crossentropy(y, network(inputs), from_logits=True)
    slope = tape.gradient(losses, inputs).numpy()
    sure = np.abs(slope) > 1e-6 * np.abs(slope).max()  # where rounding does not decide
    assert sure.mean() > 0.5
    by_hand = np.clip(x + 0.1 * np.sign(slope), -1, 1)
    np.testing.assert_allclose(by_toolbox[sure], by_hand[sure], atol=1e-6)
