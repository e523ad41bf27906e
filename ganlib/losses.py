"""Adversarial losses and gradient penalties, as plain functions.

A loss is a pair of functions of logits, the discriminator's outputs before any sigmoid:

>>> loss = get("non_saturating")
>>> float(loss.generator(None, keras.ops.zeros((4, 1)))) == float(keras.ops.log(2.0))
True

Each is a mean over the batch and a float32 scalar, whatever the precision of the networks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

__all__ = [
    "LOSSES",
    "PENALTIES",
    "AdversarialLoss",
    "get",
    "gradient_penalty",
    "penalty",
    "r1",
    "r2",
]

Tensor = Any


@dataclass(frozen=True)
class AdversarialLoss:
    """What each player minimises.

    Attributes:
        name: the name that ``get`` knows it by.
        discriminator: ``(real_logits, fake_logits)`` to a float32 scalar.
        generator: ``(real_logits, fake_logits)`` to a float32 scalar; ``real_logits`` may be None
            unless ``generator_needs_real``.
        generator_needs_real: whether the generator's loss looks at real logits too.
        won_below: a discriminator loss that stays below this means that the discriminator tells all
            real from all generated samples; None where the loss has no lower bound.
        source: where the loss comes from.
    """

    name: str
    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor | None, Tensor], Tensor]
    source: str
    generator_needs_real: bool = False
    won_below: float | None = None


def _logits(*tensors: Tensor | None) -> list[Tensor | None]:
    """Logits as float32; refuses what cannot be a batch of logits."""
    result = []
    for tensor in tensors:
        if tensor is None:
            result.append(None)
            continue
        tensor = ops.convert_to_tensor(tensor)
        shape = tuple(tensor.shape)
        if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1) or shape[0] == 0:
            raise ValueError(
                f"Logits have shape {shape}, but a loss takes one logit per sample: (n, 1) or (n,), "
                "with n ≥ 1. Look at the discriminator's last layer."
            )
        result.append(ops.cast(tensor, "float32"))
    return result


def _need_real(real_logits: Tensor | None, who: str) -> None:
    if real_logits is None:
        raise ValueError(
            f"{who} compares real with generated logits: real_logits must not be None."
        )


def _two_terms(
    name: str, on_real: Callable, on_fake: Callable
) -> Callable[[Tensor, Tensor], Tensor]:
    """The mean of ``on_real`` over real logits plus the mean of ``on_fake`` over generated ones."""

    def discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        _need_real(real_logits, f"The discriminator's {name} loss")
        real_logits, fake_logits = _logits(real_logits, fake_logits)
        return ops.mean(on_real(real_logits)) + ops.mean(on_fake(fake_logits))

    return discriminator


def _one_term(on_fake: Callable) -> Callable[[Tensor | None, Tensor], Tensor]:
    def generator(real_logits: Tensor | None, fake_logits: Tensor) -> Tensor:
        return ops.mean(on_fake(_logits(fake_logits)[0]))

    return generator


def _paired(sign: float) -> Callable[[Tensor, Tensor], Tensor]:
    """The mean of softplus(−sign · (real − fake)) over pairs."""

    def loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        _need_real(real_logits, "The relativistic loss")
        real_logits, fake_logits = _logits(real_logits, fake_logits)
        if not _may_be_alike(real_logits.shape, fake_logits.shape):
            raise ValueError(
                f"The relativistic loss compares in pairs, but there are real logits of shape "
                f"{tuple(real_logits.shape)} and generated ones of shape {tuple(fake_logits.shape)}. "
                "Draw as many latents as there are real samples."
            )
        return ops.mean(ops.softplus(-sign * (real_logits - fake_logits)))

    return loss


def _may_be_alike(shape: Sequence[int | None], other: Sequence[int | None]) -> bool:
    """Whether two shapes are the same, as far as they are known; on every Keras backend."""
    unknown_or_same = (a is None or b is None or a == b for a, b in zip(shape, other, strict=False))
    return len(shape) == len(other) and all(unknown_or_same)


# −log σ(l) = softplus(−l) and −log(1 − σ(l)) = softplus(l), without overflow for any l.
_cross_entropy = _two_terms("cross-entropy", lambda logits: ops.softplus(-logits), ops.softplus)

LOSSES: dict[str, AdversarialLoss] = {
    loss.name: loss
    for loss in (
        AdversarialLoss(
            "minimax",
            _cross_entropy,
            _one_term(lambda logits: -ops.softplus(logits)),
            "Goodfellow et al. 2014, arXiv 1406.2661, eq. 1: G minimises log(1 − D(G(z)))",
            won_below=0.02,
        ),
        AdversarialLoss(
            "non_saturating",
            _cross_entropy,
            _one_term(lambda logits: ops.softplus(-logits)),
            "Goodfellow et al. 2014, arXiv 1406.2661, section 3: G minimises −log D(G(z))",
            won_below=0.02,
        ),
        AdversarialLoss(
            "least_squares",
            _two_terms(
                "least-squares",
                lambda logits: 0.5 * (logits - 1) ** 2,
                lambda logits: 0.5 * logits**2,
            ),
            _one_term(lambda logits: 0.5 * (logits - 1) ** 2),
            "Mao et al. 2017, arXiv 1611.04076, eq. 9: targets 0, 1 and 1",
            won_below=0.005,
        ),
        AdversarialLoss(
            "wasserstein",
            _two_terms("Wasserstein", lambda logits: -logits, lambda logits: logits),
            _one_term(lambda logits: -logits),
            "Arjovsky et al. 2017, arXiv 1701.07875; needs a penalty or spectral normalisation",
        ),
        AdversarialLoss(
            "hinge",
            _two_terms(
                "hinge", lambda logits: ops.relu(1 - logits), lambda logits: ops.relu(1 + logits)
            ),
            _one_term(lambda logits: -logits),
            "Lim & Ye 2017, arXiv 1705.02894; Miyato et al. 2018, arXiv 1802.05957, eq. 16 and 17",
            won_below=0.02,
        ),
        AdversarialLoss(
            "relativistic",
            _paired(+1.0),
            _paired(-1.0),
            "Jolicoeur-Martineau 2019, arXiv 1807.00734; as in Huang et al. 2024 (R3GAN), "
            "arXiv 2501.05441, section 2",
            generator_needs_real=True,
            won_below=0.01,
        ),
    )
}


def get(name: str) -> AdversarialLoss:
    """The loss of that name.

    Args:
        name: one of ``LOSSES``: "minimax", "non_saturating", "least_squares", "wasserstein", "hinge",
            "relativistic".

    Raises:
        ValueError: unknown name; the message lists the known ones.
    """
    if isinstance(name, AdversarialLoss):
        return name
    if name not in LOSSES:
        raise ValueError(f"There is no loss {name!r}. Known losses: {', '.join(LOSSES)}.")
    return LOSSES[name]


def r1(critic, real: Tensor, fake: Tensor = None, labels: Tensor = None, seed=None) -> Tensor:
    """Mean of ‖∇ critic(real)‖² over real samples (Mescheder et al. 2018, arXiv 1801.04406, section 4.1).

    In a loss it is multiplied by γ / 2, which is what ``GAN(penalties={"r1": γ})`` does.

    Args:
        critic: a Keras model without batch norm.
        real: real samples ``(n, ...)``, floats in network space.
        fake: not used; every penalty has the same arguments.
        labels: integer labels ``(n,)`` for a conditional critic.
        seed: not used.

    Returns:
        A float32 scalar, 0 or more.

    Raises:
        ValueError: the critic has batch norm, so there is no gradient of one sample's own logit.
    """
    return ops.mean(_squared_norms(critic, real, labels))


def r2(critic, real: Tensor, fake: Tensor, labels: Tensor = None, seed=None) -> Tensor:
    """Mean of ‖∇ critic(fake)‖² over generated samples: ``r1`` on the other side, same arguments."""
    return ops.mean(_squared_norms(critic, fake, labels))


def gradient_penalty(
    critic, real: Tensor, fake: Tensor, labels: Tensor = None, seed=None
) -> Tensor:
    """Mean of (‖∇ critic(x̂)‖ − 1)² between real and fake (Gulrajani et al. 2017, arXiv 1704.00028).

    x̂ = ε · real + (1 − ε) · fake, with one ε per pair, uniform in [0, 1).

    Args:
        critic: a Keras model without batch norm.
        real: real samples ``(n, ...)``, floats in network space.
        fake: as many generated ones.
        labels: integer labels ``(n,)`` for a conditional critic.
        seed: an integer, or two as a tensor, that fixes ε; None for new ones at each call.

    Returns:
        A float32 scalar, 0 or more; 1 where the critic is constant.

    Raises:
        ValueError: the critic has batch norm, or real and fake differ in shape.
    """
    import tensorflow as tf

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
    between = epsilon * real + (1 - epsilon) * fake
    # The root's own gradient is infinite at 0; the small number keeps it finite.
    norms = ops.sqrt(_squared_norms(critic, between, labels) + 1e-12)
    return ops.mean((norms - 1.0) ** 2)


# name: (function, factor that stands before it in the loss beside its weight)
PENALTIES: dict[str, tuple[Callable[..., Tensor], float]] = {
    "gradient_penalty": (gradient_penalty, 1.0),
    "r1": (r1, 0.5),
    "r2": (r2, 0.5),
}


def penalty(name: str) -> tuple[Callable[..., Tensor], float]:
    """The penalty of that name and the factor before its weight: 1, or ½ for r1 and r2.

    Raises:
        ValueError: unknown name; the message lists the known ones.
    """
    if name not in PENALTIES:
        raise ValueError(f"There is no penalty {name!r}. Known penalties: {', '.join(PENALTIES)}.")
    return PENALTIES[name]


def refuse_batch_norm(critic) -> None:
    """Raise ValueError if a critic mixes the samples of a batch, which no gradient penalty allows."""
    layers = critic._flatten_layers() if isinstance(critic, keras.Layer) else ()
    for layer in layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            raise ValueError(
                f"The critic has batch norm ({layer.name}), so one sample's logit depends on the "
                "whole batch and its gradient is not its own, as a gradient penalty needs. Take a "
                "critic without batch norm: ganlib.networks.dcgan_discriminator or sn_discriminator."
            )


def _floats(samples: Tensor) -> Tensor:
    """Samples as float32; refuses bytes, which no critic is made for."""
    samples = ops.convert_to_tensor(samples)
    dtype = keras.backend.standardize_dtype(samples.dtype)
    if "float" not in dtype:
        raise TypeError(
            f"The samples are {dtype}, but a penalty takes floats in network space. For images in "
            "0..255 use ganlib.data.to_network first."
        )
    return ops.cast(samples, "float32")


def _squared_norms(critic, samples: Tensor, labels: Tensor | None) -> Tensor:
    """‖∇ critic(x)‖² for each sample x, float32 ``(n,)``."""
    import tensorflow as tf

    refuse_batch_norm(critic)
    samples = _floats(samples)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(samples)
        inputs = samples if labels is None else [samples, ops.convert_to_tensor(labels)]
        # A sum, because the gradient of sample i's logit is then row i of one backward pass.
        total = tf.reduce_sum(tf.cast(critic(inputs, training=True), tf.float32))
    gradients = tape.gradient(total, samples, unconnected_gradients="zero")
    gradients = tf.reshape(gradients, [tf.shape(samples)[0], -1])
    return tf.reduce_sum(tf.square(gradients), axis=1)
