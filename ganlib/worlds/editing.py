"""Editing by projection: what you sketch in voxels becomes the nearest object of the generator.

Liu et al. 2017 (*Interactive 3D Modeling with a Generative Adversarial Network*, arXiv 1706.05170)
snap a user's voxels to what a 3D-GAN can make. They train a network for the way back; here
gradient descent moves latents, from several starts, until the generator's object fits the sketch.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ganlib import data
from ganlib.support.players import generator_inputs
from ganlib.support.validation import real_number, whole_number
from ganlib.worlds.measures import likeness_in_pairs
from ganlib.worlds.solids import to_samples, to_solid

if TYPE_CHECKING:
    from ganlib.gan import GAN

__all__ = ["Projected", "project"]


class Projected(NamedTuple):
    """What ``project`` returns.

    Attributes:
        latents: float32 ``(n, latent_dim)``, the best of all starts for each sketch.
        objects: what the generator makes of them, bool ``(n, side, side, side)``.
        likeness: intersection over union with the sketch, ``(n, starts)``, the best first.
    """

    latents: np.ndarray
    objects: np.ndarray
    likeness: np.ndarray


def project(
    gan: "GAN",
    sketches: np.ndarray,
    labels: ArrayLike | None = None,
    starts: int = 8,
    steps: int = 100,
    learning_rate: float = 0.05,
    prior: float = 0.001,
    seed: int = 0,
) -> Projected:
    """Look for latents whose objects are nearest to sketches, by gradient descent on the latents.

    What becomes small is the mean squared difference of the voxels plus ``prior`` times the mean
    squared latent, which keeps latents where the generator has been trained. The weights stay.

    Args:
        gan: a GAN of objects.
        sketches: bool ``(n, side, side, side)``.
        labels: for a conditional GAN one integer for each sketch, or one for all.
        starts: random latents to begin from, for each sketch.
        steps: updates of the latents.
        learning_rate: Adam's.
        prior: the weight of the latents' length, 0 or more.
        seed: fixes the starts.

    Raises:
        TypeError, ValueError: sketches of another kind or side, labels that are missing or not
            wanted, or a number out of range.
    """
    import keras
    import tensorflow as tf

    if not hasattr(gan, "drawing_network"):
        raise TypeError(f"gan is {type(gan).__name__}, but must be a ganlib.gan.GAN.")
    network = gan.drawing_network()
    target = data.to_network(to_samples(sketches))
    if target.shape[1:] != network.output_shape[1:]:
        raise ValueError(
            f"sketches have {target.shape[1]} voxels along an edge, but the generator makes "
            f"{network.output_shape[1]}: draw them on its grid."
        )
    starts, steps = whole_number(starts, "starts", 1), whole_number(steps, "steps", 1)
    prior = real_number(prior, "prior", least=0)
    learning_rate = real_number(learning_rate, "learning_rate", above=0)
    n, rng = len(target), np.random.default_rng(whole_number(seed, "seed", 0))
    first = rng.standard_normal((n * starts, gan.latent_dim), np.float32)
    options = [gan.latent_dim, gan.conditional, gan.classes]
    numbers = generator_inputs(first[::starts], labels, *options)[1:]  # one for each sketch
    fixed = [tf.constant(np.repeat(numbers[0], starts))] if numbers else []
    latents, wanted = keras.Variable(first), tf.constant(np.repeat(target, starts, axis=0))
    optimizer = keras.optimizers.Adam(learning_rate, beta_2=0.99)
    optimizer.build([latents])

    def made() -> Any:
        return network([latents.value, *fixed] if fixed else latents.value, training=False)

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            differences = tf.reduce_mean(tf.square(made() - wanted), axis=(1, 2, 3, 4))
            lengths = tf.reduce_mean(tf.square(latents.value), axis=1)
            loss = tf.reduce_sum(differences + prior * lengths)
        optimizer.apply(tape.gradient(loss, [latents.value]), [latents])

    for _ in range(steps):
        step()
    objects = to_solid(made().numpy())
    alike = likeness_in_pairs(objects, np.repeat(sketches, starts, axis=0)).reshape(n, starts)
    best = np.arange(n) * starts + alike.argmax(axis=1)
    return Projected(np.asarray(latents)[best], objects[best], -np.sort(-alike, axis=1))
