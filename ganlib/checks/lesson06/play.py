"""Two small players, and what each way to train makes of them."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["D_RATE", "G_RATE", "Game", "loss_of_d", "loss_of_g"]


D_RATE, G_RATE = 0.4, 0.3


@functools.cache
def _players() -> tuple[Any, Any]:
    """Two small networks; their weights are set anew for each trial."""
    import keras
    from keras import layers

    f32 = {"dtype": "float32"}  # whatever the precision of the lesson

    class OverTheBatch(layers.Layer):
        """Batch norm with a count of passes in place of averages: it minds the flag and the batch.

        Keras's own would also mind ``trainable``, which is no mistake in the turn of G.
        """

        def build(self, shape: tuple) -> None:
            self.passes = self.add_weight(name="passes", initializer="zeros", trainable=False)

        def call(self, inputs: Any, training: bool | None = None) -> Any:
            if not training:
                return inputs
            self.passes.assign(self.passes + 1)
            inputs = inputs - keras.ops.mean(inputs, axis=0)
            return inputs / keras.ops.sqrt(keras.ops.mean(inputs**2, axis=0) + 0.2)

    generator = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(8, **f32),
            layers.BatchNormalization(**f32),
            layers.LeakyReLU(0.2, **f32),
            layers.Dense(16, activation="tanh", **f32),
            layers.Reshape((4, 4, 1), **f32),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Flatten(**f32),
            layers.Dense(6, **f32),
            OverTheBatch(**f32),
            layers.LeakyReLU(0.2, **f32),
            layers.Dense(1, **f32),
        ]
    )
    return generator, discriminator


class Game:
    """Two players with given weights and batches, and what each way to train makes of them."""

    def __init__(self, rng: np.random.Generator):
        self.players = generator, discriminator = _players()
        self.start = []
        for model, scale in ((generator, 0.8), (discriminator, 0.6)):
            model.trainable = True
            self.start.append([_drawn(rng, each, scale) for each in model.weights])
        self.moving = [list(model.trainable_variables) for model in self.players]
        self.statistics = list(generator.non_trainable_variables)  # of G's batch norm
        (self.passes,) = discriminator.non_trainable_variables  # of D in training mode
        self.restore()

    def restore(self) -> None:
        """Both players as they were at the start."""
        for model, values in zip(self.players, self.start, strict=True):
            model.trainable = True
            for variable, value in zip(model.weights, values, strict=True):
                variable.assign(value)

    def where(self, player: int) -> np.ndarray:
        """All trainable weights of a player, in a row."""
        import keras

        weights = self.moving[player]
        return np.concatenate([keras.ops.convert_to_numpy(each).ravel() for each in weights])

    def play(
        self,
        batches: list,
        d_loss: Callable | None = None,
        g_loss: Callable | None = None,
        order: str = "both",
        d_training: bool = True,
        g_training: bool = True,
        flags: tuple[bool, bool, bool] = (True, True, True),
        joint: str = "",
    ) -> tuple[np.ndarray, np.ndarray, list[tuple[float, float]]]:
        """Train from the start by gradient descent; where D and G are then, and the losses.

        Args:
            batches: pairs of real images and latents.
            d_loss: another loss for D.
            g_loss: another loss for G.
            order: "both" at once, or one after the other: "DG", "GD" for G first.
            d_training: the flag for G in the turn of D.
            g_training: the flag for G in its own turn.
            flags: those for D: on real, on generated images, and in the turn of G.
            joint: "D", "G" or "DG": where D sees both kinds of images in one batch.
        """
        import tensorflow as tf

        generator, discriminator = self.players
        self.restore()

        def slopes(who: str, real: Any, latents: Any) -> tuple:
            training = d_training if who == "D" else g_training
            on_real, on_fake = flags[:2] if who == "D" else flags[2:] * 2
            with tf.GradientTape() as tape:
                fake = generator(latents, training=training)
                if who in joint:
                    both = discriminator(tf.concat([real, fake], 0), training=on_real)
                    real_logits, fake_logits = both[: len(real)], both[len(real) :]
                else:
                    fake_logits = discriminator(fake, training=on_fake)
                    real_logits = discriminator(real, training=on_real)
                if who == "D":
                    loss = (d_loss or loss_of_d)(real_logits, fake_logits)
                else:
                    loss = (g_loss or loss_of_g)(fake_logits)
            weights = self.moving["GD".index(who)]
            return loss, tape.gradient(loss, weights), weights

        said = []
        for real, latents in batches:
            answer = {}
            if order == "both":
                answer = {who: slopes(who, real, latents) for who in "DG"}
            for who in "DG" if order == "both" else order:
                loss, gradients, weights = answer.get(who) or slopes(who, real, latents)
                answer[who] = loss, gradients, weights
                for gradient, weight in zip(gradients, weights, strict=True):
                    rate = D_RATE if who == "D" else G_RATE
                    weight.assign(weight - rate * gradient)
            said.append((float(answer["D"][0]), float(answer["G"][0])))
        return self.where(1), self.where(0), said


def _drawn(rng: np.random.Generator, variable: Any, scale: float) -> np.ndarray:
    if variable.path.endswith(("gamma", "variance")):
        return rng.uniform(0.5, 2.0, variable.shape)
    return rng.normal(0, scale, variable.shape)


def loss_of_d(real_logits: Any, fake_logits: Any) -> Any:
    """L_D from logits."""
    import tensorflow as tf

    real, fake = tf.nn.softplus(-real_logits), tf.nn.softplus(fake_logits)
    return tf.reduce_mean(real) + tf.reduce_mean(fake)


def loss_of_g(fake_logits: Any) -> Any:
    """The non-saturating L_G from logits."""
    import tensorflow as tf

    return tf.reduce_mean(tf.nn.softplus(-fake_logits))
