"""Private gradients for any Keras model: clipped example by example, added up, with noise.

Abadi et al. 2016, arXiv 1607.00133. ``ganlib.society.privacy.accountant`` says what T such steps
guarantee, provided that every example is drawn with the same probability, independently of all
others (Poisson sampling).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ganlib.support.players import refuse_batch_norm
from ganlib.support.validation import real_number

if TYPE_CHECKING:
    import keras

__all__ = ["per_example_gradients", "private_gradients"]

Tensor = Any


def per_example_gradients(
    model: "keras.Model", loss: Callable[[Tensor], Tensor], samples: Tensor
) -> list[Tensor]:
    """The gradient of each example's own loss, for all weights that can be trained.

    The model must treat examples one by one: no batch norm, whose mean mixes them.

    Args:
        model: takes a batch of samples.
        loss: takes the outputs for a batch of one, and returns its loss, a scalar.
        samples: ``(n, ...)``.

    Returns:
        For each weight a tensor ``(n, ...)`` with the shape of the weight behind n.

    Raises:
        ValueError: the model has batch norm.
    """
    import tensorflow as tf

    refuse_batch_norm(model)

    def of_one(sample: Tensor) -> list[Tensor]:
        with tf.GradientTape() as tape:
            value = loss(model(sample[None], training=True))
        return tape.gradient(value, model.trainable_variables)

    return tf.vectorized_map(of_one, samples)


def private_gradients(
    model: "keras.Model",
    loss: Callable[[Tensor], Tensor],
    samples: Tensor,
    *,
    clip: float,
    noise: float,
    batch: float,
    seed: Tensor,
) -> list[Tensor]:
    """What DP-SGD puts in place of the mean gradient of a Poisson batch.

    Args:
        model: as for ``per_example_gradients``.
        loss: likewise.
        samples: the examples that were drawn, ``(n, ...)``; n differs from step to step and may be
            0.
        clip: C, the largest norm of an example's gradient over all weights together.
        noise: σ: noise of standard deviation σ·C is added to each number of the sum.
        batch: the *expected* number of examples in a batch, by which the sum is divided. The number
            that was drawn would tell something about the data.
        seed: two integers, never the same twice.

    Returns:
        For each weight (Σ g_i · min(1, C / ‖g_i‖) + noise) / batch.

    Raises:
        TypeError, ValueError: a number out of range, or a model with batch norm.
    """
    import tensorflow as tf

    clip = real_number(clip, "clip", above=0)
    noise = real_number(noise, "noise", least=0)
    batch = real_number(batch, "batch", above=0)
    samples = tf.convert_to_tensor(samples)
    weights = model.trainable_variables
    if samples.shape[0] == 0:
        sums = [tf.zeros_like(weight) for weight in weights]
    else:
        gradients = per_example_gradients(model, loss, samples)
        rows = [tf.reshape(each, (samples.shape[0], -1)) for each in gradients]
        norms = tf.norm(tf.concat(rows, axis=1), axis=1)
        scale = tf.minimum(1.0, clip / tf.maximum(norms, 1e-12))
        sums = [tf.tensordot(scale, each, 1) for each in gradients]
    seed = tf.cast(seed, tf.int64)
    drawn = [
        tf.random.stateless_normal(weight.shape, tf.add(seed, [0, number * 2**40]))
        for number, weight in enumerate(weights)
    ]
    return [(total + noise * clip * each) / batch for total, each in zip(sums, drawn, strict=True)]
