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

__all__ = ["Inverted", "invert"]


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
    import keras
    import tensorflow as tf

    if not hasattr(gan, "drawing_network"):
        raise TypeError(f"gan is {type(gan).__name__}, but must be a ganlib.gan.GAN.")
    images = checked_images(images, "images")
    network = gan.drawing_network()
    if images.shape[1:] != network.output_shape[1:]:
        raise ValueError(
            f"images have the shape {images.shape}, but the generator makes "
            f"{network.output_shape[1:]}: resize them."
        )
    starts, steps = whole_number(starts, "starts", 1), whole_number(steps, "steps", 1)
    learning_rate = real_number(learning_rate, "learning_rate", above=0)
    n, rng = len(images), np.random.default_rng(whole_number(seed, "seed", 0))
    first = rng.standard_normal((n * starts, gan.latent_dim), np.float32)
    latents = keras.Variable(first)
    wanted = tf.constant(np.repeat(data.to_network(images), starts, axis=0))
    options = [gan.latent_dim, gan.conditional, gan.classes]
    numbers = generator_inputs(first[::starts], labels, *options)[1:]  # one for each image, or none
    asked: Any = tf.constant(np.repeat(numbers[0], starts)) if numbers else None
    optimizer = keras.optimizers.Adam(learning_rate, beta_2=0.99)
    optimizer.build([latents])

    def differences() -> Any:
        made = network(latents.value if asked is None else [latents.value, asked], training=False)
        return tf.reduce_mean(tf.square(made - wanted), axis=(1, 2, 3))

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(differences())
        optimizer.apply(tape.gradient(loss, [latents.value]), [latents])

    for _ in range(steps):
        step()
    errors = 127.5 * np.sqrt(differences().numpy().reshape(n, starts))
    best = np.arange(n) * starts + errors.argmin(axis=1)
    nearest = np.asarray(latents)[best]
    made = data.to_uint8(gan.generate(nearest, *numbers), clip=True)
    return Inverted(nearest, made, np.sort(errors, axis=1))
