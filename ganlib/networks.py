"""Builders of the course's networks. Each returns a plain Keras model.

A generator takes latents ``(n, latent_dim)`` and returns float32 images in [-1, 1]. A discriminator
takes such images and returns float32 logits ``(n, 1)``: it does not end in a sigmoid, which is part
of the loss. With ``classes=k`` a network also takes labels ``(n,)``, integers in 0 … k - 1, and is
called with a list ``[latents, labels]`` or ``[images, labels]``.

All start from random weights fixed by ``seed``, which also fixes the draws of their dropout. They
compute in float32, or in half precision under one of Keras's mixed policies, with channels last.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
from keras import layers

from ganlib.spectral import SpectralConv2D, SpectralDense, SpectralEmbedding
from ganlib.support import cpu_layers, keras_settings
from ganlib.support.building import Tensor, glorot, hidden_layers, normal, seeds_from
from ganlib.support.validation import real_number, shape, whole_number

__all__ = [
    "dcgan_discriminator",
    "dcgan_generator",
    "dense_discriminator",
    "dense_generator",
    "sn_discriminator",
]


@keras_settings.usual()
def dense_generator(
    latent_dim: int = 100,
    image_shape: Sequence[int] = (32, 32, 3),
    hidden: Sequence[int] = (128, 128),
    classes: int = 0,
    seed: int = 0,
) -> keras.Model:
    """The generator of the first GANs: fully connected layers (Goodfellow et al. 2014).

    Args:
        latent_dim: how many numbers a latent vector has.
        image_shape: height, width and channels of an image.
        hidden: units of each hidden layer.
        classes: the number of classes of a conditional generator, 0 for one without labels.
        seed: fixes the starting weights; 0 or more.

    Returns:
        A model: latents ``(n, latent_dim)`` to images ``(n, *image_shape)``, float32 in [-1, 1].

    Raises:
        TypeError, ValueError: a size is not a positive whole number.
    """
    image_shape = shape(image_shape, "image_shape", (32, 32, 3))
    seeds = seeds_from(seed)
    inputs, x = _inputs(latent_dim, classes, seeds)
    x = hidden_layers(x, hidden, seeds)
    x = layers.Dense(math.prod(image_shape), kernel_initializer=glorot(seeds))(x)
    x = layers.Reshape(image_shape)(x)
    outputs = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(inputs, outputs, name="dense_generator")


@keras_settings.usual()
def dense_discriminator(
    image_shape: Sequence[int] = (32, 32, 3),
    hidden: Sequence[int] = (128, 128),
    classes: int = 0,
    seed: int = 0,
) -> keras.Model:
    """The discriminator of the first GANs: an image flattened into fully connected layers.

    Args:
        image_shape: height, width and channels of an image.
        hidden: units of each hidden layer.
        classes: the number of classes of a conditional discriminator, 0 for one without labels.
        seed: fixes the starting weights; 0 or more.

    Returns:
        A model: images ``(n, *image_shape)`` to logits ``(n, 1)``, float32.

    Raises:
        TypeError, ValueError: a size is not a positive whole number.
    """
    seeds = seeds_from(seed)
    images = keras.Input(shape(image_shape, "image_shape", (32, 32, 3)), name="images")
    x = hidden_layers(layers.Flatten()(images), hidden, seeds)
    return _with_logits(images, x, classes, seeds, "dense_discriminator")


@keras_settings.usual()
def dcgan_generator(
    latent_dim: int = 100,
    image_shape: Sequence[int] = (32, 32, 3),
    width: int = 64,
    kernel_size: int = 5,
    batch_norm: bool = True,
    classes: int = 0,
    seed: int = 0,
) -> keras.Model:
    """The DCGAN generator (Radford et al. 2016, arXiv 1511.06434).

    A dense layer makes 4 × 4 places, or 7 × 7; then transposed convolutions with stride 2 double
    the size until it is that of the images. Batch norm and ReLU stand between them, tanh at the
    end.

    Args:
        latent_dim: how many numbers a latent vector has.
        image_shape: height, width and channels of an image; height and width are equal, and 4 or 7
            times a power of two, from 16 on: 16, 28, 32, 56, 64 …
        width: channels at half the size of the images; they double with each halving of the size.
        kernel_size: height and width of the kernels: 5 as in the paper, or 4, which the stride
            divides, so that every pixel is made from the same number of weights.
        batch_norm: whether to put batch norm before each ReLU.
        classes: the number of classes of a conditional generator, 0 for one without labels.
        seed: fixes the starting weights; 0 or more.

    Returns:
        A model: latents ``(n, latent_dim)`` to images ``(n, *image_shape)``, float32 in [-1, 1].

    Raises:
        TypeError, ValueError: a size is not a positive whole number, or not one of these.
    """
    image_shape = shape(image_shape, "image_shape", (32, 32, 3))
    side, widths = _stages(image_shape, width)
    kernel_size = whole_number(kernel_size, "kernel_size", 1)
    seeds = seeds_from(seed)
    bias = not batch_norm  # batch norm adds one of its own

    def activated(x: Tensor) -> Tensor:
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x) if batch_norm else x)

    def doubled(x: Tensor, channels: int, bias: bool) -> Tensor:
        options = {"padding": "same", "use_bias": bias, "kernel_initializer": normal(seeds)}
        return cpu_layers.Conv2DTranspose(channels, kernel_size, strides=2, **options)(x)

    inputs, x = _inputs(latent_dim, classes, seeds)
    x = layers.Dense(side**2 * widths[-1], use_bias=bias, kernel_initializer=normal(seeds))(x)
    x = activated(layers.Reshape((side, side, widths[-1]))(x))
    for channels in widths[-2::-1]:
        x = activated(doubled(x, channels, bias))
    x = doubled(x, image_shape[-1], bias=True)
    outputs = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(inputs, outputs, name="dcgan_generator")


@keras_settings.usual()
def dcgan_discriminator(
    image_shape: Sequence[int] = (32, 32, 3),
    width: int = 64,
    dropout: float = 0.3,
    kernel_size: int = 5,
    classes: int = 0,
    seed: int = 0,
) -> keras.Model:
    """The DCGAN discriminator, with dropout in place of batch norm.

    Convolutions with stride 2 halve the size until 4 × 4 places are left, or 7 × 7. Radford et al.
    (2016, arXiv 1511.06434) put batch norm between them; then the logit of an image depends on the
    other images of its batch, which gradient penalties do not allow.

    Args:
        image_shape: height, width and channels of an image, as in ``dcgan_generator``.
        width: channels at half the size of the images; they double with each halving of the size.
        dropout: the share of activations set to 0 in training, in [0, 1).
        kernel_size: height and width of the kernels.
        classes: the number of classes of a conditional discriminator, 0 for one without labels.
        seed: fixes the starting weights and the dropout's draws.

    Returns:
        A model: images ``(n, *image_shape)`` to logits ``(n, 1)``, float32.

    Raises:
        TypeError, ValueError: a size, or the share, is out of range.
    """
    image_shape = shape(image_shape, "image_shape", (32, 32, 3))
    kernel_size = whole_number(kernel_size, "kernel_size", 1)
    dropout = real_number(dropout, "dropout", least=0, below=1)
    seeds = seeds_from(seed)
    images = x = keras.Input(image_shape, name="images")
    for channels in _stages(image_shape, width)[1]:
        start = normal(seeds)
        x = cpu_layers.Conv2D(channels, kernel_size, 2, "same", kernel_initializer=start)(x)
        x = layers.LeakyReLU(0.2)(x)
        if dropout:
            x = cpu_layers.Dropout(dropout, seed=next(seeds))(x)
    x = layers.Flatten()(x)
    return _with_logits(images, x, classes, seeds, "dcgan_discriminator", start=normal)


@keras_settings.usual()
def sn_discriminator(width: int = 64, classes: int = 0, seed: int = 0) -> keras.Model:
    """The spectrally normalised critic of Miyato et al. 2018 (arXiv 1802.05957, table 3).

    Seven convolutions, three of them with stride 2, and a dense layer. Every kernel is divided by
    its largest singular value, and so is the embedding of the labels, if there is one.

    Args:
        width: channels at 32 × 32, 64 in the paper; they double with each halving of the size.
        classes: the number of classes of a conditional critic (projection, Miyato & Koyama 2018,
            arXiv 1802.05637), 0 for one without labels.
        seed: fixes the starting weights; 0 or more.

    Returns:
        A model: images ``(n, 32, 32, 3)`` to logits ``(n, 1)``, float32.

    Raises:
        TypeError, ValueError: a size is not a positive whole number.
    """
    width = whole_number(width, "width", 1)
    seeds = seeds_from(seed)
    images = x = keras.Input((32, 32, 3), name="images")
    stages = [(width, 3, 1)]
    for channels in (width, 2 * width, 4 * width):
        stages += [(channels, 4, 2), (2 * channels, 3, 1)]
    for channels, kernel_size, strides in stages:
        start = glorot(seeds)
        x = SpectralConv2D(channels, kernel_size, strides, "same", kernel_initializer=start)(x)
        x = layers.LeakyReLU(0.1)(x)
    x = layers.Flatten()(x)
    last = {"dense": SpectralDense, "embedding": SpectralEmbedding}
    return _with_logits(images, x, classes, seeds, "sn_discriminator", **last)


# What the builders share ------------------------------------------------------------------------


def _stages(image_shape: tuple[int, ...], width: int) -> tuple[int, list[int]]:
    """The smallest side of a DCGAN, and its channels at each size from half the image's down."""
    height, image_width, _ = image_shape
    width = whole_number(width, "width", 1)
    for side in (4, 7):
        halvings = (height // side).bit_length() - 1
        if height == image_width == side * 2**halvings and height >= 16:
            return side, [width * 2**stage for stage in range(halvings)]
    remedy = "Resize, crop or pad the images, for example with keras.ops.image.resize."
    if image_shape[0] in (1, 3) and image_shape[1] == image_shape[2]:
        remedy = f"The channels come last: {(*image_shape[1:], image_shape[0])}."
    raise ValueError(
        f"image_shape is {image_shape}, but height and width must be equal, and 4 or 7 times a "
        f"power of two, from 16 on: 16, 28, 32, 56, 64, 112, 128 … {remedy}"
    )


def _inputs(latent_dim: int, classes: int, seeds: Iterator[int]) -> tuple[Any, Tensor]:
    """The inputs of a generator, and what its first layer sees: labels embedded beside latents."""
    latents = keras.Input((whole_number(latent_dim, "latent_dim", 1),), name="latents")
    if not (classes := whole_number(classes, "classes", 0)):
        return latents, latents
    labels = keras.Input((), dtype="int32", name="labels")
    start = keras.initializers.RandomNormal(seed=next(seeds))
    embedded = layers.Embedding(classes, latents.shape[1], embeddings_initializer=start)(labels)
    return [latents, labels], layers.Concatenate()([latents, embedded])


def _with_logits(
    images: Tensor,
    features: Tensor,
    classes: int,
    seeds: Iterator[int],
    name: str,
    start: Callable = glorot,
    dense: type = layers.Dense,
    embedding: type = layers.Embedding,
) -> keras.Model:
    """A discriminator: its last layer; with classes, plus ⟨embedding of the label, features⟩."""
    logits = dense(1, dtype="float32", kernel_initializer=start(seeds), name="logits")(features)
    if not (classes := whole_number(classes, "classes", 0)):
        return keras.Model(images, logits, name=name)
    labels = keras.Input((), dtype="int32", name="labels")
    options = {"dtype": "float32", "embeddings_initializer": normal(seeds)}
    embedded = embedding(classes, features.shape[-1], **options)(labels)
    projection = layers.Dot(1, dtype="float32", name="projection")([embedded, features])
    logits = layers.Add(dtype="float32", name="conditional_logits")([logits, projection])
    return keras.Model([images, labels], logits, name=name)
