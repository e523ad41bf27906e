"""Small networks whose slopes are known, and what TensorFlow's usual complaints mean."""

import contextlib
import functools
from typing import Any

import numpy as np

from ganlib.checks.trial import Wrong

__all__ = [
    "DenseByHand",
    "expect_not_frozen",
    "expect_same_weights",
    "gradients_explained",
    "in_a_row",
    "network_of",
    "on_cpu",
]


class DenseByHand:
    """A discriminator with one hidden layer of tanh, by NumPy: logits, and slopes step by step."""

    def __init__(self, weights: list[np.ndarray]):
        self.weights = [np.asarray(weight, np.float64) for weight in weights]

    def logits(self, points: np.ndarray) -> np.ndarray:
        """What the network says of points."""
        kernel, bias, out, shift = self.weights
        return np.tanh(points @ kernel + bias) @ out + shift

    def slopes(self, points: np.ndarray, outer: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Slopes in the weights and in the points of a loss with the slopes ``outer`` in the
        logits.
        """
        kernel, bias, out, _ = self.weights
        hidden = np.tanh(points @ kernel + bias)
        back = outer @ out.T * (1 - hidden**2)
        inside = [points.T @ back, back.sum(axis=0), hidden.T @ outer, outer.sum(axis=0)]
        return inside, back @ kernel.T


@functools.cache
def _built(units: tuple[int, ...], norm: bool = False) -> Any:
    """A small Keras network, made once: it takes longer than most answers."""
    import keras

    stages = [keras.Input((units[0],))]
    if norm:
        stages.append(keras.layers.BatchNormalization(dtype="float32"))
    for number, count in enumerate(units[1:], start=2):
        bend = "tanh" if number < len(units) else None
        stages.append(
            keras.layers.Dense(count, activation=bend, dtype="float32", kernel_initializer="zeros")
        )
    return keras.Sequential(stages)


def network_of(rng: np.random.Generator, *units: int, norm: bool = False) -> Any:
    """The network with these numbers of units, with new weights; there is one of each kind.

    Args:
        rng: draws the weights.
        *units: from the input to the output.
        norm: whether batch norm comes first.
    """
    network = _built(units, norm)
    network.trainable = True  # whatever an answer has done to it
    network.set_weights([rng.normal(0, 0.9, weight.shape) for weight in network.weights])
    return network


@contextlib.contextmanager
def on_cpu():
    """Some GPUs compute products of matrices with fewer digits."""
    import tensorflow as tf

    with tf.device("CPU:0"):
        yield


@contextlib.contextmanager
def gradients_explained():
    """Says in plain words what TensorFlow and Keras say of the usual mistakes with gradients."""
    try:
        yield
    except Wrong as wrong:
        if "It returns None" not in str(wrong):
            raise
        raise Wrong(
            "It returns None. Either a line with return is missing, or the tape gave None: it "
            "knows nothing of points that it does not watch, nor of what is computed after its "
            "with block, such as a minus sign."
        ) from None
    except (AttributeError, TypeError, ValueError) as problem:
        said = str(problem)
        if "not tf.Tensor or tf.Variable" in said:
            raise Wrong(
                "The tape is asked to watch a NumPy array, and it can only watch a tensor. Make "
                "one of it first."
            ) from None
        if "has no attribute '_id'" in said:
            raise Wrong(
                "The tape is asked for the slope in a NumPy array. Make a tensor of it, let the "
                "tape watch that, and compute with it inside the tape."
            ) from None
        if "No gradients provided" in said:
            raise Wrong(
                "No gradient reaches the weights. What lies between them and the loss must be "
                "computed inside the tape, with tensors all the way."
            ) from None
        if "Unknown variable" in said:
            raise Wrong(
                "The optimizer was built for D's trainable weights, and it was handed others. "
                "Whose weights does this turn change?"
            ) from None
        if "NoneType" in said:
            raise Wrong(
                "Something is None where numbers should be, most likely a gradient. A tape knows "
                "nothing of a tensor that it does not watch, nor of what was computed outside of "
                "it."
            ) from None
        raise


def expect_same_weights(network: Any, before: list[np.ndarray], message: str) -> None:
    """Complains with the message if a network has other weights than before."""
    if any(
        not np.array_equal(one, other)
        for one, other in zip(before, network.get_weights(), strict=True)
    ):
        raise Wrong(message)


def expect_not_frozen(*networks: Any) -> None:
    """Complains of a network that an answer has frozen and left so."""
    for network in networks:
        if not all(each.trainable for each in (network, *network.layers)):
            raise Wrong(
                "Afterwards a network has trainable = False. It stays so for its own next turn. "
                "Nothing need be frozen: the list of weights decides who moves."
            )


def in_a_row(weights: list[np.ndarray]) -> np.ndarray:
    """All weights as one vector."""
    return np.concatenate([np.ravel(weight) for weight in weights]).astype(np.float64)
