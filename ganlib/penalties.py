"""Penalties on the slopes of the discriminator's logits, as plain functions.

A penalty takes ``(critic, real, fake, labels, seed)`` and returns a float32 scalar, whatever the
precision of the networks; ``GAN(penalties={name: weight})`` adds it to the loss of D.

The slopes are gradients with respect to samples. ``Watched`` keeps what they need while D makes the
logits of its loss, so that ``r1`` and ``r2`` cost no further pass through D: they judge the logits
that the loss judges, under the same dropout. Only ``gradient_penalty``, which looks between the
samples, has to ask D again.
"""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from ganlib.support.players import refuse_batch_norm
from ganlib.support.validation import real_number

__all__ = [
    "PENALTIES",
    "Watched",
    "checked",
    "get",
    "gradient_penalty",
    "r1",
    "r2",
    "register",
    "squared_slopes",
]

Tensor = Any


def r1(critic, real: Tensor, fake: Tensor = None, labels: Tensor = None, seed=None) -> Tensor:
    """½ · mean of ‖∇ critic(real)‖² (Mescheder et al. 2018, arXiv 1801.04406, eq. 9).

    Its weight in the loss is the γ of the paper.

    Args:
        critic: a Keras model without batch norm, or a ``Watched`` one.
        real: real samples ``(n, ...)``, floats in network space.
        fake: not used; every penalty has the same arguments.
        labels: integer labels ``(n,)`` for a conditional critic.
        seed: not used.

    Returns:
        A float32 scalar, 0 or more.

    Raises:
        ValueError: the critic has batch norm, so there is no gradient of one sample's own logit.
    """
    return 0.5 * ops.mean(squared_slopes(critic, real, labels))


def r2(critic, real: Tensor, fake: Tensor, labels: Tensor = None, seed=None) -> Tensor:
    """½ · mean of ‖∇ critic(fake)‖²: ``r1`` on the other side, same arguments."""
    return 0.5 * ops.mean(squared_slopes(critic, fake, labels))


def gradient_penalty(
    critic, real: Tensor, fake: Tensor, labels: Tensor = None, seed=None
) -> Tensor:
    """Mean of (‖∇ critic(x̂)‖ − 1)² between real and fake (Gulrajani et al. 2017, arXiv 1704.00028).

    x̂ = ε · real + (1 − ε) · fake, with one ε per pair, uniform in [0, 1).

    Args:
        critic: a Keras model without batch norm, or a ``Watched`` one.
        real: real samples ``(n, ...)``, floats in network space.
        fake: as many generated ones.
        labels: integer labels ``(n,)`` for a conditional critic.
        seed: an integer, or two as a tensor, that fixes ε; None for new ones at each call.

    Returns:
        A float32 scalar, 0 or more; 1 where the critic is constant.

    Raises:
        ValueError: the critic has batch norm, or real and fake differ in shape.
    """
    real, fake = _floats(real), _floats(fake)
    if not real.shape.is_compatible_with(fake.shape):
        raise ValueError(
            f"Real samples have shape {tuple(real.shape)} and generated ones {tuple(fake.shape)}; "
            "the penalty looks between pairs, so both must be alike."
        )
    shape = tf.concat([tf.shape(real)[:1], tf.ones(len(real.shape) - 1, tf.int32)], 0)
    if seed is None:
        epsilon = tf.random.uniform(shape)
    else:
        seed = tf.convert_to_tensor([seed, 0] if isinstance(seed, int) else seed)
        epsilon = tf.random.stateless_uniform(shape, seed)
    real, fake = ops.cast(real, "float32"), ops.cast(fake, "float32")
    between = epsilon * real + (1 - epsilon) * fake
    # The root's own gradient is infinite at 0; the small number keeps it finite.
    norms = ops.sqrt(squared_slopes(critic, between, labels) + 1e-12)
    return ops.mean((norms - 1.0) ** 2)


PENALTIES: dict[str, Callable[..., Tensor]] = {
    function.__name__: function for function in (gradient_penalty, r1, r2)
}


def register(penalty: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Register a penalty of your own by name: write ``@register`` above its function.

    The function takes ``(critic, real, fake, labels, seed)`` and returns a float32 scalar, as a
    rule made from ``squared_slopes``. A program that reads the file of a GAN with
    this penalty must register it too.

    Raises:
        ValueError: its name is one of the course's penalties.

    >>> @register
    ... def steepest(critic, real, fake, labels=None, seed=None):
    ...     return ops.max(squared_slopes(critic, real, labels))
    >>> get("steepest") is steepest
    True
    """
    name = penalty.__name__
    if PENALTIES.get(name) in (gradient_penalty, r1, r2):
        raise ValueError(f"The name {name!r} belongs to a penalty of the course: take another.")
    PENALTIES[name] = penalty
    return penalty


def get(name: str) -> Callable[..., Tensor]:
    """The penalty of that name.

    Raises:
        ValueError: unknown name; the message lists the known ones.
    """
    if name not in PENALTIES:
        raise ValueError(
            f"There is no penalty {name!r}. Known penalties: {', '.join(PENALTIES)}. One of your "
            "own is made known by ganlib.penalties.register."
        )
    return PENALTIES[name]


def checked(weights: Mapping[str, float], critic: keras.Model) -> dict[str, float]:
    """Weights by name, as a dictionary of floats.

    Raises:
        TypeError, ValueError: an unknown name, a weight that is no positive number, or a critic
            with batch norm.
    """
    result = {}
    for name, weight in weights.items():
        get(name)
        refuse_batch_norm(critic)
        result[name] = real_number(weight, f"The weight of the penalty {name!r}", above=0)
    return result


class Watched:
    """A critic that remembers the samples it has judged, so that a penalty need not ask it again.

    Args:
        critic: a Keras model: samples [and labels] to logits ``(n, 1)``.
    """

    def __init__(self, critic: keras.Model):
        self.critic = critic
        self._judged: list[tuple[Tensor, Tensor | None, Tensor, tf.GradientTape]] = []

    def __call__(self, samples: Tensor, labels: Tensor | None = None) -> Tensor:
        """The logits of samples ``(n, ...)``, in training mode."""
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(samples)
            inputs = samples if labels is None else [samples, labels]
            logits = self.critic(inputs, training=True)
        self._judged.append((samples, labels, logits, tape))
        return logits

    def slopes(self, samples: Tensor, labels: Tensor | None) -> Tensor:
        """The gradient of each sample's logit with respect to that sample, of the
        samples' shape.
        """
        known = [
            (logits, tape)
            for judged, asked_with, logits, tape in self._judged
            if judged is samples and asked_with is labels
        ]
        if not known:
            self(samples, labels)
            known = [self._judged[-1][2:]]
        logits, tape = known[0]
        # The tape adds up the logits: the gradient of sample i's own logit is row i of one pass
        # back.
        return tape.gradient(logits, samples, unconnected_gradients="zero")


def squared_slopes(critic, samples: Tensor, labels: Tensor | None = None) -> Tensor:
    """‖∇ critic(x)‖² for each sample x: what penalties are made of.

    Args:
        critic: a Keras model without batch norm, or a ``Watched`` one.
        samples: ``(n, ...)``, floats in network space.
        labels: integer labels ``(n,)`` for a conditional critic.

    Returns:
        float32 ``(n,)``.

    Raises:
        TypeError: the samples are no floats.
        ValueError: the critic has batch norm.
    """
    critic = critic if isinstance(critic, Watched) else Watched(critic)
    refuse_batch_norm(critic.critic)
    samples, labels = _floats(samples), None if labels is None else tf.convert_to_tensor(labels)
    slopes = ops.cast(critic.slopes(samples, labels), "float32")
    slopes = tf.reshape(slopes, [tf.shape(samples)[0], -1])
    return tf.reduce_sum(tf.square(slopes), axis=1)


def _floats(samples: Tensor) -> Tensor:
    """Samples as a tensor; refuses bytes, which no critic is made for."""
    samples = tf.convert_to_tensor(samples)
    if not samples.dtype.is_floating:
        raise TypeError(
            f"The samples are {samples.dtype.name}, but a penalty takes floats in network space. "
            "For images in 0..255 use ganlib.data.to_network first."
        )
    return samples
