"""A running average of a generator's weights, and the batch-norm statistics that belong to it.

Averaged weights mostly draw better images than those of a single step (Yazıcı et al. 2019, arXiv
1806.04498), though not in the first minutes of every training (lesson 07). The means and variances
that batch norm divides by must not be averaged with them: an average of networks makes other
activations than any of the networks, so they are measured anew (as Izmailov et al. 2018, arXiv
1803.05407, section 3, do for an average of classifiers).
"""

import zlib

import keras
import numpy as np
from keras import layers, ops

from ganlib.support import players

__all__ = ["average_of", "measure_statistics", "statistics", "update"]

BATCHES, BATCH_SIZE = 12, 128


def average_of(network: keras.Model) -> keras.Model:
    """A copy of a network, with the same weights, for ``update`` to move."""
    average = keras.models.clone_model(network)
    average.set_weights(network.get_weights())
    average.trainable = False
    return average


def update(average: keras.Model, network: keras.Model, step, decay: float) -> None:
    """Move each averaged weight towards the network's: m ← decay · m + (1 − decay) · w.

    Args:
        average: a copy of the network that holds the averages.
        network: the network in training.
        step: how many updates came before; in the first ones the average follows more quickly, with
            a decay of (1 + step) / (10 + step) at most.
        decay: in (0, 1).
    """
    step = ops.cast(step, "float32")
    decay = ops.minimum(decay, (1.0 + step) / (10.0 + step))
    measured = {id(weight) for weight in statistics(network)}
    for mean, new in zip(average.weights, network.weights, strict=True):
        if id(new) not in measured:
            mean.assign(decay * mean + (1.0 - decay) * new)


def statistics(network: keras.Model) -> list:
    """The variables of a network that hold batch norm's means and variances."""
    return [
        variable
        for norm in _batch_norms(network)
        for variable in (norm.moving_mean, norm.moving_variance)
    ]


def measure_statistics(
    network: keras.Model, latent_dim: int, label_counts: list[int] | None = None
) -> None:
    """Set batch norm's means and variances to those of the network's own activations.

    They are averaged over 12 batches of 128 latents, always the same, so the result is a function
    of the weights alone; nothing is done where it was measured for these weights. A network without
    batch norm stays as it is.

    Args:
        network: a generator that takes latents, or latents and labels.
        latent_dim: numbers in one latent vector.
        label_counts: how often each class came in the training; None for equally often.

    Raises:
        ValueError: labels are needed, and nothing says which there are.
    """
    norms = _batch_norms(network)
    if not norms:
        return
    measured = {id(weight) for weight in statistics(network)}
    weights = [
        np.asarray(ops.convert_to_numpy(w)) for w in network.weights if id(w) not in measured
    ]
    known = zlib.crc32(repr(label_counts).encode())
    for weight in weights:
        known = zlib.crc32(np.ascontiguousarray(weight), known)
    if getattr(network, "statistics_of", None) == known:
        return
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal((BATCHES, BATCH_SIZE, latent_dim), np.float32)]
    if len(network.inputs) == 2:
        inputs.append(_labels(network, label_counts))
    states = players.random_states(network)
    before = [(norm.trainable, norm.momentum) for norm in norms]
    states_before = [np.array(ops.convert_to_numpy(state)) for state in states]
    for norm in norms:
        norm.trainable = True  # frozen, it does not measure
    for state in states:
        state.assign(np.zeros(state.shape))
    for batch in range(BATCHES):
        for norm in norms:
            norm.momentum = batch / (batch + 1)  # all batches count alike
        each = [array[batch] for array in inputs]
        network(each if len(each) == 2 else each[0], training=True)
    for norm, (trainable, momentum) in zip(norms, before, strict=True):
        norm.trainable, norm.momentum = trainable, momentum
    for state, value in zip(states, states_before, strict=True):
        state.assign(value)
    network.statistics_of = known


def _labels(network: keras.Model, counts: list[int] | None) -> np.ndarray:
    """As many labels of each class as its share, in any order: int32 ``(BATCHES, BATCH_SIZE)``."""
    if counts is None:
        known = players.classes(network)
        if known is None:
            raise ValueError(
                "The averaged generator has batch norm, whose statistics are measured with the "
                "labels of the training, and the network does not say which there are: call fit "
                "first."
            )
        counts = [1] * known
    n = BATCHES * BATCH_SIZE
    bounds = np.cumsum(counts) / np.sum(counts)
    labels = np.searchsorted(bounds, (np.arange(n) + 0.5) / n)
    return np.random.default_rng(1).permutation(labels.astype(np.int32)).reshape(BATCHES, -1)


def _batch_norms(network: keras.Model) -> list:
    every = network._flatten_layers()
    return [layer for layer in every if isinstance(layer, layers.BatchNormalization)]
