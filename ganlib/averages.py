"""A running average of a generator's weights, and the batch-norm statistics that belong to it.

Averaged weights mostly draw better images than those of a single step (Yazıcı et al. 2019, arXiv
1806.04498), though not in the first minutes of every training (lesson 07). The means and variances
that batch norm divides by must not be averaged with them: an average of networks makes other
activations than any of the networks, so they are measured anew (as Izmailov et al. 2018, arXiv
1803.05407, section 3, do for an average of classifiers).
"""

import keras
import numpy as np
from keras import layers, ops

__all__ = ["measure_statistics", "update"]

BATCHES, BATCH_SIZE = 12, 128


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


def measure_statistics(network: keras.Model, latent_dim: int) -> None:
    """Set batch norm's means and variances to those of the network's own activations.

    They are averaged over 12 batches of 128 latents, always the same, so the result is a function of the
    weights alone. A network without batch norm stays as it is.

    Args:
        network: a generator that takes latents, or latents and labels.
        latent_dim: numbers in one latent vector.
    """
    norms = _batch_norms(network)
    if not norms:
        return
    embeddings = [layer for layer in network.layers if isinstance(layer, layers.Embedding)]
    classes = [layer.input_dim for layer in embeddings]
    rng = np.random.default_rng(0)
    before = network.trainable, [norm.momentum for norm in norms]
    network.trainable = True  # frozen, batch norm does not measure
    for batch in range(BATCHES):
        latents = rng.standard_normal((BATCH_SIZE, latent_dim), np.float32)
        labels = [np.arange(BATCH_SIZE, dtype=np.int32) % number for number in classes]
        for norm in norms:
            norm.momentum = batch / (batch + 1)  # all batches count alike
        network([latents, *labels] if labels else latents, training=True)
    network.trainable = before[0]
    for norm, momentum in zip(norms, before[1], strict=True):
        norm.momentum = momentum


def _batch_norms(network: keras.Model) -> list:
    every = network._flatten_layers()
    return [layer for layer in every if isinstance(layer, layers.BatchNormalization)]
