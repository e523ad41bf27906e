"""What a GAN asks of its networks, optimizers and inputs before it uses them."""

from typing import Any

import keras
import numpy as np

__all__ = ["check_shapes", "generator_inputs", "optimizer_for"]


def check_shapes(generator: keras.Model, discriminator: keras.Model, latent_dim: int) -> None:
    """Whether the generator takes such latents, and the discriminator what the generator makes.

    Raises:
        ValueError: they do not fit.
    """
    if generator.inputs[0].shape[1:] != (latent_dim,):
        raise ValueError(
            f"latent_dim is {latent_dim}, but the generator takes inputs of shape "
            f"{tuple(generator.inputs[0].shape)}: give it (None, {latent_dim}), or change latent_dim."
        )
    made, taken = generator.output_shape[1:], tuple(discriminator.inputs[0].shape)[1:]
    if made != taken:
        raise ValueError(
            f"The generator makes samples of shape {made}, the discriminator takes {taken}: "
            "build both for the same shape."
        )
    if tuple(discriminator.output_shape) != (None, 1):
        raise ValueError(
            f"The discriminator's output has shape {discriminator.output_shape}, but must be one "
            "logit per sample, (None, 1)."
        )
    if len(generator.inputs) != len(discriminator.inputs):
        raise ValueError(
            "One of the two networks takes labels and the other does not: build both with the "
            "same number of classes."
        )


def optimizer_for(network: keras.Model, optimizer: Any) -> keras.optimizers.Optimizer:
    """A player's optimizer, built for its weights; with loss scaling where the network needs it.

    Args:
        network: the player.
        optimizer: what Keras takes for one; None for Adam(2e-4, beta_1=0.5).
    """
    optimizer = keras.optimizers.get(optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5))
    half = any(layer.compute_dtype == "float16" for layer in network.layers)
    if half and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        # float16 turns small gradients into 0 unless the loss is scaled up first.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(network.trainable_variables)
    return optimizer


def generator_inputs(
    latents: Any, labels: Any, latent_dim: int, conditional: bool
) -> list[np.ndarray]:
    """Latents as float32 ``(n, latent_dim)`` and, for a conditional generator, labels as int32 ``(n,)``.

    Raises:
        ValueError: they have another shape or kind, or labels are missing or not wanted.
    """
    latents = np.asarray(latents, np.float32)
    if latents.ndim != 2 or latents.shape[1] != latent_dim or not len(latents):
        raise ValueError(
            f"latents have shape {latents.shape}, but must have (n, {latent_dim}), n ≥ 1."
        )
    if not np.isfinite(latents).all():
        raise ValueError("latents hold NaN or infinity; they must be finite numbers.")
    if not conditional:
        if labels is not None:
            raise ValueError(
                "This GAN knows no labels: it was built without classes. Leave them out."
            )
        return [latents]
    if labels is None:
        raise ValueError("This GAN is conditional: give labels, an integer per sample.")
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu" or labels.shape not in ((), (len(latents),)):
        raise ValueError(
            f"labels are {labels.dtype} of shape {labels.shape}, but must be integers: one, or "
            f"({len(latents)},), one per sample."
        )
    return [latents, np.broadcast_to(labels.astype(np.int32), len(latents))]
