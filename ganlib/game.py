"""One step of the game: algorithm 1 of Goodfellow et al. 2014 (arXiv 1406.2661).

    k times:  draw m latents z and m real samples x,
              move D uphill on   mean of log D(x) + log(1 − D(G(z)))
    once:     draw m latents z,
              move G downhill on mean of log(1 − D(G(z)))

The step of this module differs from it in five points:

- Each player moves by its own optimizer, as a rule Adam, downhill on its own loss. That of D is
  minus the value above for the losses of the paper; that of G is −log D(G(z)) unless another one
  was asked for, since it does not saturate (section 3 of the paper).
- D's loss may have penalties beside it.
- k is ``discriminator_steps``. A batch is cut into k parts, one for each move of D.
- G learns from the latents that D has learned from last, so it runs once for both. They are no
  longer new to D; but neither are the real samples of a second epoch.
- A network in training mode draws and remembers: dropout, batch norm.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from ganlib import averages, penalties
from ganlib.data import to_network
from ganlib.losses import AdversarialLoss
from ganlib.support import seeds

__all__ = ["Game", "Minibatch"]

Tensor = Any


class Minibatch(NamedTuple):
    """What one move of D learns from.

    Attributes:
        real: samples of the data set, floats ``(m, ...)`` in network space.
        labels: int32 ``(m,)``, or None.
        latents: float32 ``(m, latent_dim)``, standard normal.
        seed: two numbers for what a penalty draws.
    """

    real: Tensor
    labels: Tensor | None
    latents: Tensor
    seed: Tensor


class Game(keras.Model):
    """Two networks and the rule by which they learn from each other; see ``ganlib.gan.GAN``."""

    generator: keras.Model
    discriminator: keras.Model
    average: keras.Model | None
    adversarial_loss: AdversarialLoss
    penalties: dict[str, float]
    latent_dim: int
    conditional: bool
    discriminator_steps: int
    ema: float | None
    seed: int
    step: keras.Variable
    means: dict[str, keras.metrics.Mean]
    g_optimizer: keras.optimizers.Optimizer
    d_optimizer: keras.optimizers.Optimizer

    def train_step(self, data) -> dict[str, Tensor]:
        """``discriminator_steps`` moves of D, then one of G; the means of the epoch so far."""
        for batch in self.minibatches(*_samples_and_labels(data, self.conditional)):
            with tf.GradientTape() as tape:
                fake = forward(self.generator, batch.latents, batch.labels)
            self.move_discriminator(batch, tf.stop_gradient(fake))
        self.move_generator(batch, fake, tape)
        self.step.assign_add(1)
        return {name: mean.result() for name, mean in self.means.items()}

    def move_discriminator(self, batch: Minibatch, fake: Tensor) -> None:
        """D learns to tell real samples from generated ones."""
        critic = penalties.Watched(self.discriminator)
        with tf.GradientTape() as tape:
            real_logits = critic(batch.real, batch.labels)
            fake_logits = critic(fake, batch.labels)
            loss = total = self.adversarial_loss.discriminator(real_logits, fake_logits)
            for name, weight in self.penalties.items():
                penalty = penalties.get(name)
                total += weight * penalty(critic, batch.real, fake, batch.labels, batch.seed)
        self.descend(self.discriminator, self.d_optimizer, tape, total, batch)
        self.note(batch, d_loss=loss, real_logits=real_logits, fake_logits=fake_logits)

    def move_generator(self, batch: Minibatch, fake: Tensor, tape: tf.GradientTape) -> None:
        """G learns to make D, which has just moved, take its samples for real ones."""
        with tape:  # it has seen how G made the samples, and goes on to see what D says of them
            loss, total = self.generator_losses(batch, fake)
        self.descend(self.generator, self.g_optimizer, tape, total, batch)
        self.note(batch, g_loss=loss)
        if self.average is not None:
            averages.update(self.average, self.generator, self.step, self.ema)

    def generator_losses(self, batch: Minibatch, fake: Tensor) -> tuple[Tensor, Tensor]:
        """The loss that G has from D, and the one that it moves by: here the same."""
        real_logits = None
        fake_logits = forward(self.discriminator, fake, batch.labels)
        if self.adversarial_loss.generator_needs_real:
            real_logits = forward(self.discriminator, batch.real, batch.labels)
        loss = self.adversarial_loss.generator(real_logits, fake_logits)
        return loss, loss

    # How it is done on one device -----------------------------------------------------------------

    def minibatches(self, real: Tensor, labels: Tensor | None) -> Iterator[Minibatch]:
        """The parts of a batch, each with latents of its own."""
        for part in range(self.discriminator_steps):
            rows = rows_of_part(tf.shape(real)[0], part, self.discriminator_steps)
            number = self.step.value * self.discriminator_steps + part
            yield self.minibatch(real[rows], None if labels is None else labels[rows], number)

    def minibatch(self, real: Tensor, labels: Tensor | None, number: Tensor) -> Minibatch:
        """Samples with the latents and the seed of D's move with that number."""
        latents = self.draw_latents(tf.shape(real)[0], number)
        return Minibatch(real, labels, latents, self.draw_seed(number))

    def draw_latents(self, n: Tensor, number: Tensor) -> Tensor:
        """Latents ``(n, latent_dim)``, always the same for the same number."""
        seed = seeds.at(self.seed, number, "latents")
        return tf.random.stateless_normal((n, self.latent_dim), seed)

    def draw_seed(self, number: Tensor) -> Tensor:
        """Two integers for what penalties draw."""
        return seeds.at(self.seed, number, "penalties")

    def descend(self, network, optimizer, tape: tf.GradientTape, loss: Tensor, batch) -> None:
        """Move a network's weights downhill on its loss."""
        weights = network.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)

    def note(self, batch: Minibatch, **values: Tensor) -> None:
        """Take losses and logits into the means of the epoch."""
        for name, value in values.items():
            self.means[name].update_state(value)


def forward(network: keras.Model, samples: Tensor, labels: Tensor | None) -> Tensor:
    """A network's answer in training mode."""
    return network(samples if labels is None else [samples, labels], training=True)


def rows_of_part(n: Tensor, part: int, parts: int) -> slice:
    """Which rows of a batch of n belong to a part of it; never none."""
    first = tf.minimum(part * n // parts, n - 1)
    return slice(first, tf.maximum((part + 1) * n // parts, first + 1))


def _samples_and_labels(data, conditional: bool) -> tuple[Tensor, Tensor | None]:
    """A batch as Keras hands it over, with bytes turned into floats of network space."""
    real, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
    if conditional and labels is None:
        raise ValueError(
            "This GAN is conditional, but the data set holds no labels: make it with "
            "ganlib.data.dataset(images, labels, ...)."
        )
    if real.dtype == tf.uint8:
        real = to_network(real)
    elif not real.dtype.is_floating:
        raise TypeError(
            f"The data set holds {real.dtype.name}, but must hold uint8 images in 0..255 or floats "
            "in network space."
        )
    return real, labels if conditional else None
