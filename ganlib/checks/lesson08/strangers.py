"""Seven programs that you know only by asking."""

import string
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganlib.checks.lesson08.generators import in_float32

__all__ = ["Stranger", "faults_of_class", "strangers"]


class Stranger:
    """A small GAN for images (4, 4, 3) that you know only by asking.

    Attributes:
        generator, discriminator: Keras models; latents have 8 numbers.
        networks: both by name, for ``clinic``.

    ``batches()`` is one epoch, a list of 6 batches of 16; ``play(real)`` returns real images,
    generated ones, and both logits; ``losses(real)`` returns L_D and L_G; ``d_loss`` and ``g_loss``
    take logits; ``update_discriminator(real)``, ``update_generator(real)`` and ``train_step(real)``
    train.
    """

    @in_float32()
    def __init__(self, fault: int, seed: int):
        rng = np.random.default_rng([88, seed])
        tones = rng.uniform(-0.9, 0.9, (96, 1, 1, 3))
        images = np.clip(tones + rng.normal(0, 0.3, (96, 4, 4, 3)), -1, 1).astype(np.float32)
        images[:, 0, 0], images[:, 3, 3] = 1, -1  # two corners that all images share
        size = 16

        def start() -> Any:
            return keras.initializers.GlorotNormal(seed=int(rng.integers(1 << 30)))

        wide = keras.initializers.RandomNormal(0, 1, seed=seed)
        last = {"kernel_initializer": wide} if fault == 2 else {"activation": "tanh"}
        self.generator = keras.Sequential(
            [
                keras.Input((8,)),
                layers.Dense(32, activation="leaky_relu", kernel_initializer=start()),
                layers.Dense(48, **({"kernel_initializer": start()} | last)),
                layers.Reshape((4, 4, 3)),
            ]
        )
        self.discriminator = keras.Sequential(
            [
                keras.Input((4, 4, 3)),
                layers.Flatten(),
                layers.Dense(32, activation="leaky_relu", kernel_initializer=start()),
                layers.Dense(2 if fault == 1 else 1, kernel_initializer=start()),
            ]
        )
        self.networks = {"D": self.discriminator, "G": self.generator}
        optimizers = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
        d_weights = list(self.discriminator.trainable_variables)
        g_weights = list(self.generator.trainable_variables)

        def batches() -> list[tf.Tensor]:
            order = rng.permutation(len(images))
            if fault == 3:
                order = np.repeat(order[: len(images) // size], size)
            return [tf.constant(images[each]) for each in order.reshape(-1, size)]

        def d_loss(real_logits: Any, fake_logits: Any) -> Any:
            real = tf.reduce_mean(tf.math.softplus(-real_logits))
            return (2 * real if fault == 6 else real) + tf.reduce_mean(
                tf.math.softplus(fake_logits)
            )

        def g_loss(real_logits: Any, fake_logits: Any) -> Any:
            return tf.reduce_mean(tf.math.softplus(-fake_logits))

        def play(real: Any) -> tuple:
            fake = self.generator(rng.standard_normal((len(real), 8), np.float32))
            return real, fake, self.discriminator(real), self.discriminator(fake)

        def both(real: Any) -> tuple:
            _, fake, real_logits, fake_logits = play(real)
            judged = self.discriminator(tf.stop_gradient(fake)) if fault == 4 else fake_logits
            return d_loss(real_logits, fake_logits), g_loss(real_logits, judged)

        def update(player: int, real: Any) -> Any:
            weights = g_weights if player else d_weights
            if player and fault == 5:
                weights = g_weights + d_weights
            with tf.GradientTape() as tape:
                loss = both(real)[player]
            pairs = zip(tape.gradient(loss, weights), weights, strict=True)
            pairs = [pair for pair in pairs if pair[0] is not None]
            if pairs:
                optimizers[player].apply_gradients(pairs)
            return loss

        self.batches, self.play, self.losses, self.d_loss, self.g_loss = (
            batches,
            play,
            both,
            d_loss,
            g_loss,
        )
        self.update_discriminator = lambda real: update(0, real)
        self.update_generator = lambda real: update(1, real)
        self.train_step = lambda real: (update(0, real), update(1, real))


def faults_of_class(seed: int) -> dict[str, int]:
    """For each stranger the question that finds its fault; 0 for the sound one."""
    order = np.random.default_rng([808, seed]).permutation(7)
    return {name: int(fault) for name, fault in zip(string.ascii_uppercase, order, strict=False)}


def strangers(seed: int) -> dict[str, Stranger]:
    """The seven programs of the task ``find`` for one class, by name."""
    answer = {
        name: Stranger(fault, 100 * seed + number)
        for number, (name, fault) in enumerate(faults_of_class(seed).items())
    }
    print("programs:", *answer)
    return answer
