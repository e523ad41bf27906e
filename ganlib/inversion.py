"""The way back: which latent vector belongs to an image?

There is no formula for it, but the generator has gradients: keep its weights, and move latents
downhill on the difference of the images. An image that the generator cannot draw is not found, and
neither is one whose every start leads into a dip of its own.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ganlib import data
from ganlib.support.players import generator_inputs
from ganlib.support.validation import images as checked_images
from ganlib.support.validation import real_number, whole_number

if TYPE_CHECKING:
    from ganlib.gan import GAN

__all__ = ["Inverted", "descend", "invert"]


class Inverted(NamedTuple):
    """What ``invert`` returns.

    Attributes:
        latents: float32 ``(n, latent_dim)``, the best of all starts for each image.
        images: what the generator makes of them, uint8.
        errors: root mean square differences from the images that were given, in grey levels,
            ``(n, starts)``, in order, the best first.
    """

    latents: np.ndarray
    images: np.ndarray
    errors: np.ndarray


def invert(
    gan: "GAN",
    images: np.ndarray,
    labels: ArrayLike | None = None,
    starts: int = 8,
    steps: int = 300,
    learning_rate: float = 0.05,
    seed: int = 0,
) -> Inverted:
    """Look for latents whose images are nearest to given ones, by gradient descent on the latents.

    The weights of the generator stay as they are. From each start Adam makes the mean squared
    difference of the pixels small; nothing says that it finds the smallest.

    Args:
        gan: a ``ganlib.gan.GAN``.
        images: uint8 ``(n, height, width, channels)``, as the generator makes them.
        labels: for a conditional GAN, one integer per image, or one for all.
        starts: random latents to begin from, for each image.
        steps: updates of the latents.
        learning_rate: Adam's, above 0.
        seed: fixes the starts; 0 or more.

    Raises:
        TypeError, ValueError: images of another kind or shape, labels that are missing or not
            wanted, or a number out of range.
    """
    if not hasattr(gan, "drawing_network"):
        raise TypeError(f"gan is {type(gan).__name__}, but must be a ganlib.gan.GAN.")
    images = checked_images(images, "images")
    shape = gan.drawing_network().output_shape[1:]
    if images.shape[1:] != shape:
        raise ValueError(
            f"images have the shape {images.shape}, but the generator makes {shape}: resize them."
        )
    wanted = data.to_network(images)
    latents, samples = descend(gan, wanted, labels, starts, steps, learning_rate, seed)
    squares = np.square(samples - wanted[:, None]).mean(axis=(2, 3, 4))
    best = np.arange(len(images)), squares.argmin(axis=1)
    made = data.to_uint8(samples[best], clip=True)
    return Inverted(latents[best], made, np.sort(127.5 * np.sqrt(squares), axis=1))


def descend(
    gan: "GAN",
    wanted: np.ndarray,
    labels: ArrayLike | None,
    starts: int,
    steps: int,
    learning_rate: float,
    seed: int,
    prior: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Move random latents by gradient descent until the generator's samples resemble given ones.

    For each start Adam lowers the mean squared difference between its sample and the wanted one,
    plus ``prior`` times the mean square of the latent's numbers. The generator's weights stay.

    Args:
        gan: a ``ganlib.gan.GAN``.
        wanted: float32 samples ``(n, ...)``, of the shape and range of the generator's.
        labels: for a conditional GAN, one integer per sample, or one for all.
        starts: random latents to begin from, for each sample.
        steps: updates of the latents.
        learning_rate: Adam's, above 0.
        seed: fixes the starts; 0 or more.
        prior: how much long latents cost, 0 or more; it keeps them where the generator was trained.

    Returns:
        The latents, float32 ``(n, starts, latent_dim)``, and the generator's samples of them,
        ``(n, starts, ...)``.

    Raises:
        TypeError, ValueError: labels that are missing or not wanted, or a number out of range.
    """
    import keras
    import tensorflow as tf

    starts, steps = whole_number(starts, "starts", 1), whole_number(steps, "steps", 1)
    learning_rate = real_number(learning_rate, "learning_rate", above=0)
    prior, n = real_number(prior, "prior", least=0), len(wanted)
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    first = rng.standard_normal((n * starts, gan.latent_dim), np.float32)
    options = [gan.latent_dim, gan.conditional, gan.classes]
    numbers = generator_inputs(first[::starts], labels, *options)[1:]  # one for each, or none
    fixed = [tf.constant(np.repeat(numbers[0], starts))] if numbers else []
    latents, target = keras.Variable(first), tf.constant(np.repeat(wanted, starts, axis=0))
    network, optimizer = gan.drawing_network(), keras.optimizers.Adam(learning_rate, beta_2=0.99)
    optimizer.build([latents])

    def made() -> Any:
        return network([latents.value, *fixed] if fixed else latents.value, training=False)

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            difference = tf.reduce_mean(tf.square(made() - target), axis=[*range(1, wanted.ndim)])
            length = tf.reduce_mean(tf.square(latents.value), axis=1)
            loss = tf.reduce_sum(difference + prior * length)
        optimizer.apply(tape.gradient(loss, [latents.value]), [latents])

    for _ in range(steps):
        step()
    found = np.asarray(latents), made().numpy()
    return tuple(array.reshape(n, starts, *array.shape[1:]) for array in found)
