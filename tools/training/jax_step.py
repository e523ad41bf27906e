"""The training step of ``ganlib.GAN`` in JAX, for a machine that has a GPU and no TensorFlow.

The networks, the losses and the optimizers are the same Keras objects as in the library, on Keras's
JAX backend; what is written anew is the step, as a function from one state to the next, which is
what JAX compiles. A test holds it equal to the step of ``ganlib.GAN``: same latents, same losses,
gradients and averages.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import keras

from ganlib import losses

__all__ = ["GANState", "initial_state", "make_step", "to_networks", "train_chunk"]

GANState = dict[
    str, Any
]  # what training changes: lists of arrays by name, and the number of the step


def initial_state(
    generator: keras.Model,
    discriminator: keras.Model,
    g_optimizer: keras.optimizers.Optimizer,
    d_optimizer: keras.optimizers.Optimizer,
) -> GANState:
    """The state of a training that has not begun; builds both optimizers."""
    g_optimizer.build(generator.trainable_variables)
    d_optimizer.build(discriminator.trainable_variables)

    def values(variables) -> list[jax.Array]:
        # Copies, because JAX reuses the memory of a state that it has been given.
        return [jnp.array(variable.value) for variable in variables]

    return {
        "generator": values(generator.trainable_variables),
        "generator_state": values(generator.non_trainable_variables),
        "discriminator": values(discriminator.trainable_variables),
        "discriminator_state": values(discriminator.non_trainable_variables),
        "average": values(generator.trainable_variables),
        "g_optimizer": values(g_optimizer.variables),
        "d_optimizer": values(d_optimizer.variables),
        "step": jnp.zeros((), jnp.int32),
    }


def make_step(
    generator: keras.Model,
    discriminator: keras.Model,
    g_optimizer: keras.optimizers.Optimizer,
    d_optimizer: keras.optimizers.Optimizer,
    loss: str,
    penalties: Mapping[str, float] | None = None,
    ema: float | None = None,
) -> Callable[..., tuple[GANState, dict[str, jax.Array]]]:
    """One alternating step: an update of D, then one of G through the updated D.

    Args:
        generator: latents [and labels] to samples.
        discriminator: samples [and labels] to logits.
        g_optimizer: the generator's Keras optimizer, built.
        d_optimizer: the discriminator's, built.
        loss: a name from ``ganlib.losses.LOSSES``.
        penalties: name to weight: "r1", "r2" (each γ / 2 times the mean squared norm of the
            gradient) or "gradient_penalty".
        ema: decay of the running average of G's weights; None for no average.

    Returns:
        A function ``(state, real, labels, latents, epsilon)`` to ``(state, logs)``: real samples
        ``(n, ...)`` in network space, labels int32 ``(n,)`` or None, latents ``(n, latent_dim)``,
        and for "gradient_penalty" ``epsilon`` ``(n, 1, …)`` in [0, 1). The logs are float32
        scalars.
    """
    adversarial, penalties = losses.get(loss), dict(penalties or {})
    unknown = set(penalties) - {"r1", "r2", "gradient_penalty"}
    if unknown:
        raise ValueError(
            f"Penalties {sorted(unknown)} are not known here: r1, r2, gradient_penalty."
        )

    def call(network, weights, state, samples, labels):
        inputs = samples if labels is None else [samples, labels]
        return network.stateless_call(weights, state, inputs, training=True)

    def logits_and_gradients(weights, state, samples, labels):
        """D's logits, the gradient of each with respect to its own sample, and D's new state."""

        def total(samples):
            logits, new_state = call(discriminator, weights, state, samples, labels)
            return jnp.sum(logits.astype("float32")), (logits, new_state)

        gradients, (logits, new_state) = jax.grad(total, has_aux=True)(samples)
        return logits, gradients, new_state

    def judge(weights, state, samples, labels, penalty):
        """Logits, the penalty ``"r1"`` or ``"r2"`` where it is wanted, and D's new state."""
        if penalty not in penalties:
            logits, state = call(discriminator, weights, state, samples, labels)
            return logits, 0.0, state
        logits, gradients, state = logits_and_gradients(weights, state, samples, labels)
        return logits, 0.5 * penalties[penalty] * jnp.mean(squared_norms(gradients)), state

    def discriminator_loss(weights, state, real, fake, labels, epsilon):
        real_logits, real_penalty, state = judge(weights, state, real, labels, "r1")
        fake_logits, fake_penalty, state = judge(weights, state, fake, labels, "r2")
        value = adversarial.discriminator(real_logits, fake_logits)
        total = value + real_penalty + fake_penalty
        if "gradient_penalty" in penalties:
            between = epsilon * real + (1 - epsilon) * fake
            _, gradients, state = logits_and_gradients(weights, state, between, labels)
            norms = jnp.sqrt(squared_norms(gradients) + 1e-12)
            total += penalties["gradient_penalty"] * jnp.mean((norms - 1) ** 2)
        return total, (value, real_logits, fake_logits, state)

    def generator_loss(fake, weights, state, real, labels):
        fake_logits, state = call(discriminator, weights, state, fake, labels)
        real_logits = None
        if adversarial.generator_needs_real:
            real_logits, state = call(discriminator, weights, state, real, labels)
        return adversarial.generator(real_logits, fake_logits), state

    def step(state, real, labels, latents, epsilon=None):
        def draw(weights):
            return call(generator, weights, state["generator_state"], latents, labels)

        fake, pull_back, generator_state = jax.vjp(draw, state["generator"], has_aux=True)

        update = jax.value_and_grad(discriminator_loss, has_aux=True)
        (_, (d_loss, real_logits, fake_logits, discriminator_state)), gradients = update(
            state["discriminator"], state["discriminator_state"], real, fake, labels, epsilon
        )
        discriminator_weights, d_optimizer_state = d_optimizer.stateless_apply(
            state["d_optimizer"], gradients, state["discriminator"]
        )

        update = jax.value_and_grad(generator_loss, has_aux=True)
        (g_loss, discriminator_state), towards = update(
            fake, discriminator_weights, discriminator_state, real, labels
        )
        (gradients,) = pull_back(towards)
        generator_weights, g_optimizer_state = g_optimizer.stateless_apply(
            state["g_optimizer"], gradients, state["generator"]
        )

        average = generator_weights
        if ema is not None:
            number = state["step"].astype("float32")
            decay = jnp.minimum(ema, (1 + number) / (10 + number))
            average = [
                decay * mean + (1 - decay) * new
                for mean, new in zip(state["average"], generator_weights, strict=True)
            ]
        logs = {
            "d_loss": d_loss,
            "g_loss": g_loss,
            "real_logits": jnp.mean(real_logits),
            "fake_logits": jnp.mean(fake_logits),
        }
        return {
            "generator": generator_weights,
            "generator_state": generator_state,
            "discriminator": discriminator_weights,
            "discriminator_state": discriminator_state,
            "average": average,
            "g_optimizer": g_optimizer_state,
            "d_optimizer": d_optimizer_state,
            "step": state["step"] + 1,
        }, logs

    return step


def squared_norms(gradients: jax.Array) -> jax.Array:
    """‖∇‖² of each sample's gradient, float32 ``(n,)``."""
    return jnp.sum(jnp.square(gradients.reshape(len(gradients), -1)), axis=1)


@partial(jax.jit, static_argnames=("step", "batch_size", "latent_dim"), donate_argnames="state")
def train_chunk(step, state, images, labels, order, key, batch_size, latent_dim):
    """Many steps in one compiled loop, with all data on the device.

    Args:
        step: from ``make_step``.
        state: the state before; its memory is used up.
        images: uint8 ``(N, height, width, channels)``.
        labels: int32 ``(N,)``, or None.
        order: int32 ``(steps * batch_size,)``: which images come, one batch after the other.
        key: a JAX random key for the latents; each step folds its number into it.
        batch_size: images in a batch.
        latent_dim: numbers in one latent vector.

    Returns:
        The state after, and the means of the logs over the chunk.
    """

    def one(state, rows):
        real = images[rows].astype("float32") / 127.5 - 1.0
        own = jax.random.fold_in(key, state["step"])
        latents = jax.random.normal(own, (batch_size, latent_dim))
        shape = (batch_size,) + (1,) * (images.ndim - 1)
        epsilon = jax.random.uniform(jax.random.fold_in(own, 1), shape)
        return step(state, real, None if labels is None else labels[rows], latents, epsilon)

    state, logs = jax.lax.scan(one, state, order.reshape(-1, batch_size))
    return state, {name: jnp.mean(values) for name, values in logs.items()}


def to_networks(
    state: GANState, generator: keras.Model, discriminator: keras.Model, averaged: bool
) -> None:
    """Write a state's weights into the Keras models; G gets its average where ``averaged``."""
    chosen = state["average"] if averaged else state["generator"]
    for variables, values in (
        (generator.trainable_variables, chosen),
        (generator.non_trainable_variables, state["generator_state"]),
        (discriminator.trainable_variables, state["discriminator"]),
        (discriminator.non_trainable_variables, state["discriminator_state"]),
    ):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(jnp.array(value))  # a copy: Keras and JAX reuse the memory of either
