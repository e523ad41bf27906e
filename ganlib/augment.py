"""Differentiable augmentation (Zhao et al. 2020, arXiv 2006.10738): more images for D out of few.

Where real images are few, D learns them by heart. Moved, recoloured and partly covered they are
harder to learn; but if D saw only real images like that, G would learn to draw grey holes. So the
same kind of change T is made to real and generated images alike, in every move of either player: D
learns from D(T(x)) and D(T(G(z))), and G's gradient goes back through T. Hence T is made of
differentiable operations, and G is never shown what T does to its images.

``augmented`` puts T in front of a discriminator, as a layer that acts in training alone. The
training step, penalties and files stay what they were.

>>> from ganlib import networks
>>> discriminator = networks.dense_discriminator()
>>> watching = augmented(discriminator, seed=1)
>>> watching.count_params() == discriminator.count_params()
True
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers, ops

from ganlib.support import keras_settings
from ganlib.support.validation import whole_number

__all__ = ["KINDS", "Augment", "augmented", "colour", "cutout", "translation"]

Tensor = Any
Seed = int | keras.random.SeedGenerator

SHIFT = 0.125  # of the side: how far an image moves at most, 4 pixels of 32
HOLE = 0.5  # of the side: how large the covered square is


def colour(images: Tensor, seed: Seed) -> Tensor:
    """Change brightness, saturation and contrast of each image by amounts of its own.

    Args:
        images: floats ``(n, height, width, channels)``, in [-1, 1] as a rule. The result may pass
            that range.
        seed: an integer, or a generator of seeds for another draw at each call.

    Returns:
        Images of the same shape. First every value moves by one number in [-0.5, 0.5); then the
        distance of each channel from the mean of its pixel is multiplied by a number in [0, 2);
        then the distance of each value from the mean of its image by one in [0.5, 1.5).
    """
    draws = keras.random.uniform((ops.shape(images)[0], 1, 1, 3), seed=seed, dtype="float32")
    brightness, saturation, contrast = ops.split(ops.cast(draws, images.dtype), 3, axis=-1)
    images = images + brightness - 0.5
    grey = ops.mean(images, axis=-1, keepdims=True)
    images = grey + (images - grey) * (2.0 * saturation)
    middle = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return middle + (images - middle) * (contrast + 0.5)


def translation(images: Tensor, seed: Seed) -> Tensor:
    """Move each image by up to an eighth of its sides; what comes in from outside is 0.

    Args:
        images: floats ``(n, height, width, channels)``; height and width are known numbers.
        seed: as for ``colour``.

    Returns:
        Images of the same shape, each moved by whole pixels.
    """
    height, width = images.shape[1:3]
    draws = keras.random.uniform((ops.shape(images)[0], 2), seed=seed, dtype="float32")
    # Row i of the new image is row i + shift of the old one: a product with a matrix of zeros and
    # ones, which any backend can differentiate. A place outside gives a row of zeros.
    rows = _moved(draws[:, 0], height, images.dtype)
    columns = _moved(draws[:, 1], width, images.dtype)
    images = ops.einsum("nij,njwc->niwc", rows, images)
    return ops.einsum("nij,nhjc->nhic", columns, images)


def cutout(images: Tensor, seed: Seed) -> Tensor:
    """Cover a square of half the side in each image by 0; its middle lies anywhere in the image.

    Args:
        images: floats ``(n, height, width, channels)``; height and width are known numbers.
        seed: as for ``colour``.

    Returns:
        Images of the same shape.
    """
    height, width = images.shape[1:3]
    draws = keras.random.uniform((ops.shape(images)[0], 2), seed=seed, dtype="float32")
    covered_rows = _covered(draws[:, 0], height)[:, :, None, None]
    covered_columns = _covered(draws[:, 1], width)[:, None, :, None]
    covered = ops.logical_and(covered_rows, covered_columns)
    return images * ops.cast(ops.logical_not(covered), images.dtype)


KINDS: dict[str, Callable[[Tensor, Seed], Tensor]] = {
    "colour": colour,
    "translation": translation,
    "cutout": cutout,
}


@keras.saving.register_keras_serializable("ganlib")
class Augment(layers.Layer):
    """Changes images at random in training mode, and passes them on as they are otherwise.

    Args:
        kinds: names in ``KINDS``, in the order in which they act.
        seed: fixes the draws; 0 or more.

    Raises:
        ValueError: no kind, or one that is not known.
    """

    def __init__(self, kinds: Sequence[str] = tuple(KINDS), seed: int = 0, **options):
        super().__init__(**options)
        self.kinds, self.seed = checked(kinds), whole_number(seed, "seed", 0)
        self.draws = keras.random.SeedGenerator(self.seed)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The images, changed in training."""
        if training:
            for kind in self.kinds:
                images = KINDS[kind](images, self.draws)
        return images

    def compute_output_shape(self, input_shape):
        """That of the images."""
        return input_shape

    def get_config(self):
        """What a ``.keras`` file needs to build this layer again."""
        return {**super().get_config(), "kinds": list(self.kinds), "seed": self.seed}


@keras_settings.usual()
def augmented(
    discriminator: keras.Model, kinds: Sequence[str] = tuple(KINDS), seed: int = 0
) -> keras.Model:
    """A discriminator that sees changed images in training; the weights are those of the given one.

    Args:
        discriminator: images ``(n, height, width, channels)`` [and labels] to logits ``(n, 1)``.
        kinds: names in ``KINDS``, in the order in which they act.
        seed: fixes the draws; 0 or more.

    Returns:
        A Keras model with the same inputs, for ``ganlib.GAN``. Called with ``training=False`` it
        gives the logits of the given discriminator.

    Raises:
        ValueError: it takes no images, or there is no kind, or one that is not known.
    """
    shape = tuple(discriminator.inputs[0].shape)[1:]
    if len(shape) != 3 or None in shape:
        raise ValueError(
            f"The discriminator takes samples of shape {shape}, but must take images of a known "
            "shape (height, width, channels) to be augmented."
        )
    images = keras.Input(shape, name="images")
    changed = Augment(kinds, seed, dtype="float32")(images)
    if len(discriminator.inputs) == 1:
        return keras.Model(images, discriminator(changed), name=f"augmented_{discriminator.name}")
    labels = keras.Input((), dtype="int32", name="labels")
    outputs = discriminator([changed, labels])
    return keras.Model([images, labels], outputs, name=f"augmented_{discriminator.name}")


def checked(kinds: Sequence[str]) -> tuple[str, ...]:
    """Kinds of changes as a tuple of names.

    Raises:
        ValueError: there is none, or one is not in ``KINDS``.
    """
    names = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    unknown = [name for name in names if name not in KINDS]
    if unknown or not names:
        said = f"{', '.join(map(repr, unknown))} among them" if unknown else "none"
        raise ValueError(f"kinds hold {said}, but must be one or more of: {', '.join(KINDS)}.")
    return names


def _moved(draws: Tensor, side: int, dtype: str) -> Tensor:
    """Matrices ``(n, side, side)`` that move rows by whole pixels; draws lie in [0, 1)."""
    reach = int(side * SHIFT + 0.5)
    shifts = ops.floor(draws * (2 * reach + 1)) - reach
    wanted = ops.arange(side, dtype="float32")[None, :] + shifts[:, None]
    there = ops.arange(side, dtype="float32")
    return ops.cast(wanted[:, :, None] == there[None, None, :], dtype)


def _covered(draws: Tensor, side: int) -> Tensor:
    """Which of the rows ``(n, side)`` a hole covers; draws lie in [0, 1)."""
    hole = int(side * HOLE + 0.5)
    middles = ops.floor(draws * (side + 1 - hole % 2))
    places = ops.arange(side, dtype="float32")[None, :] - (middles - hole // 2)[:, None]
    return ops.logical_and(places >= 0, places < hole)
