"""Builders of the course's networks. Each returns a plain Keras model.

Generators take latents ``(n, latent_dim)`` and return float32 images in [-1, 1].
Discriminators take such images and return float32 logits ``(n, 1)``: no sigmoid at the end, the loss
holds it. With ``classes=k`` a network also takes integer labels ``(n,)``, and is called with a list
``[latents, labels]`` or ``[images, labels]``.

The layers come from ``keras.layers`` and the arithmetic from ``keras.ops``, so weights trained on
another Keras backend load here; where a layer is ``quick.``, it is Keras's of that name with less work
for a processor (``ganlib.support.cpu_layers``). Every random start and every dropout draws from ``seed``.
"""

from collections.abc import Iterator, Sequence

import keras
from keras import layers

from ganlib.spectral import SpectralConv2D, SpectralDense
from ganlib.support import cpu_layers

__all__ = [
    "dcgan_discriminator",
    "dcgan_generator",
    "dense_discriminator",
    "dense_generator",
    "image_classifier",
    "sn_discriminator",
]


def dense_generator(
    latent_dim: int = 100,
    image_shape: Sequence[int] = (32, 32, 3),
    hidden: Sequence[int] = (128, 128),
    classes: int = 0,
    seed: int = 0,
) -> keras.Model:
    """The generator of the first GANs: fully connected layers (Goodfellow et al. 2014).

    Args:
        latent_dim: numbers in one latent vector.
        image_shape: height, width and channels of an image.
        hidden: units of each hidden layer.
        classes: number of classes for a conditional generator, 0 for one without labels.
        seed: fixes the starting weights.

    Returns:
        A model: latents ``(n, latent_dim)`` to images ``(n, *image_shape)``, float32 in [-1, 1].

    Raises:
        ValueError: a size is not a positive integer.

    >>> dense_generator(8, hidden=(16,)).output_shape
    (None, 32, 32, 3)
    """
    _positive(latent_dim=latent_dim, hidden=hidden, image_shape=image_shape)
    seeds = _seeds(seed)
    inputs, x = _latents_and_labels(latent_dim, classes, seeds)
    for units in hidden:
        x = layers.Dense(units, kernel_initializer=_glorot(seeds))(x)
        x = layers.LeakyReLU(0.2)(x)
    height, width, channels = image_shape
    x = layers.Dense(height * width * channels, kernel_initializer=_glorot(seeds))(x)
    x = layers.Reshape(tuple(image_shape))(x)
    outputs = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(inputs, outputs, name="dense_generator")


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
        classes: number of classes for a conditional discriminator, 0 for one without labels.
        seed: fixes the starting weights.

    Returns:
        A model: images ``(n, *image_shape)`` to logits ``(n, 1)``, float32.

    Raises:
        ValueError: a size is not a positive integer.
    """
    _positive(hidden=hidden, image_shape=image_shape)
    seeds = _seeds(seed)
    images = keras.Input(tuple(image_shape), name="images")
    x = layers.Flatten()(images)
    for units in hidden:
        x = layers.Dense(units, kernel_initializer=_glorot(seeds))(x)
        x = layers.LeakyReLU(0.2)(x)
    return _logits(images, x, classes, layers.Dense, _glorot, seeds, "dense_discriminator")


def dcgan_generator(
    latent_dim: int = 100,
    width: int = 64,
    kernel_size: int = 5,
    batch_norm: bool = True,
    classes: int = 0,
    seed: int = 0,
) -> keras.Model:
    """The DCGAN generator for 32 × 32 × 3 (Radford et al. 2016, arXiv 1511.06434).

    A dense layer to 4 × 4 × 4·width, then three transposed convolutions with stride 2 that double the
    size each time; batch norm and ReLU between them, tanh at the end.

    Args:
        latent_dim: numbers in one latent vector.
        width: channels at 16 × 16; twice as many at 8 × 8, four times at 4 × 4.
        kernel_size: height and width of the kernels: 5 as in the paper, or 4, which the stride divides,
            so that every pixel is made by equally many weights.
        batch_norm: whether batch norm stands before each ReLU.
        classes: number of classes for a conditional generator, 0 for one without labels.
        seed: fixes the starting weights.

    Returns:
        A model: latents ``(n, latent_dim)`` to images ``(n, 32, 32, 3)``, float32 in [-1, 1].

    Raises:
        ValueError: a size is not a positive integer.
    """
    _positive(latent_dim=latent_dim, width=width, kernel_size=kernel_size)
    seeds = _seeds(seed)

    def activated(x):
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x) if batch_norm else x)

    bias = not batch_norm  # batch norm has one of its own
    inputs, x = _latents_and_labels(latent_dim, classes, seeds)
    x = layers.Dense(4 * 4 * 4 * width, use_bias=bias, kernel_initializer=_normal(seeds))(x)
    x = activated(layers.Reshape((4, 4, 4 * width))(x))
    for channels in (2 * width, width):
        x = cpu_layers.Conv2DTranspose(
            channels,
            kernel_size,
            2,
            padding="same",
            use_bias=bias,
            kernel_initializer=_normal(seeds),
        )(x)
        x = activated(x)
    x = cpu_layers.Conv2DTranspose(
        3, kernel_size, 2, padding="same", kernel_initializer=_normal(seeds)
    )(x)
    outputs = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(inputs, outputs, name="dcgan_generator")


def dcgan_discriminator(
    width: int = 64,
    dropout: float = 0.3,
    kernel_size: int = 5,
    classes: int = 0,
    seed: int = 0,
) -> keras.Model:
    """The DCGAN discriminator for 32 × 32 × 3, with dropout in the place of batch norm.

    Three convolutions with stride 2. Radford et al. (arXiv 1511.06434) put batch norm
    between them; then an image's logit depends on the other images of its batch, which no gradient
    penalty allows, so this one uses dropout.

    Args:
        width: channels at 16 × 16; twice as many at 8 × 8, four times at 4 × 4.
        dropout: share of activations set to 0 in training, in [0, 1).
        kernel_size: height and width of the kernels.
        classes: number of classes for a conditional discriminator, 0 for one without labels.
        seed: fixes the starting weights and the dropout's draws.

    Returns:
        A model: images ``(n, 32, 32, 3)`` to logits ``(n, 1)``, float32.

    Raises:
        ValueError: a size is not a positive integer.
    """
    _positive(width=width, kernel_size=kernel_size)
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout is {dropout!r}, but must lie in [0, 1): a share of activations.")
    seeds = _seeds(seed)
    images = x = keras.Input((32, 32, 3), name="images")
    for channels in (width, 2 * width, 4 * width):
        x = cpu_layers.Conv2D(
            channels, kernel_size, 2, padding="same", kernel_initializer=_normal(seeds)
        )(x)
        x = layers.LeakyReLU(0.2)(x)
        if dropout:
            x = cpu_layers.Dropout(dropout, seed=next(seeds))(x)
    x = layers.Flatten()(x)
    return _logits(images, x, classes, layers.Dense, _normal, seeds, "dcgan_discriminator")


def sn_discriminator(width: int = 64, classes: int = 0, seed: int = 0) -> keras.Model:
    """The spectrally normalised critic of Miyato et al. 2018 (arXiv 1802.05957, table 3).

    Seven convolutions, three of them with stride 2, and a dense layer, every kernel divided by its
    largest singular value. With classes, the embedding of the labels is left as it is.

    Args:
        width: channels at 32 × 32 (64 in the paper); doubled with each halving of the size.
        classes: number of classes for a conditional critic (projection, Miyato & Koyama 2018,
            arXiv 1802.05637), 0 for one without labels.
        seed: fixes the starting weights.

    Returns:
        A model: images ``(n, 32, 32, 3)`` to logits ``(n, 1)``, float32.

    Raises:
        ValueError: a size is not a positive integer.
    """
    _positive(width=width)
    seeds = _seeds(seed)
    images = x = keras.Input((32, 32, 3), name="images")
    stages = [(width, 3, 1)]
    for channels in (width, 2 * width, 4 * width):
        stages += [(channels, 4, 2), (2 * channels, 3, 1)]
    for channels, kernel_size, strides in stages:
        x = SpectralConv2D(
            channels, kernel_size, strides, padding="same", kernel_initializer=_glorot(seeds)
        )(x)
        x = layers.LeakyReLU(0.1)(x)
    x = layers.Flatten()(x)
    return _logits(images, x, classes, SpectralDense, _glorot, seeds, "sn_discriminator")


def image_classifier(
    classes: int = 10,
    widths: Sequence[int] = (32, 64, 112, 160),
    feature_dim: int = 128,
    residual: bool = False,
    seed: int = 0,
) -> keras.Model:
    """A small classifier whose features the course's metrics compare.

    It takes pixels as they are (uint8), so nobody can feed it the wrong range. Each width after the
    first is a stage of two 3 × 3 convolutions, the first of them with stride 2.

    Args:
        classes: number of classes.
        widths: channels of the stem and of each stage.
        feature_dim: length of the feature vector before the last layer.
        residual: whether a stage's second convolution adds to what came in, as in a ResNet.
        seed: fixes the starting weights.

    Returns:
        A model: uint8 images ``(n, 32, 32, 3)`` to a dictionary of float32 ``"features"``
        ``(n, feature_dim)``, not negative, and ``"logits"`` ``(n, classes)``.

    Raises:
        ValueError: a size is not a positive integer.
    """
    _positive(classes=classes, widths=widths, feature_dim=feature_dim)
    seeds = _seeds(seed)

    def convolution(x, channels, kernel_size=3, strides=1, activate=True):
        x = layers.Conv2D(
            channels,
            kernel_size,
            strides,
            padding="same",
            use_bias=False,
            kernel_initializer=_he(seeds),
        )(x)
        x = layers.BatchNormalization(momentum=0.95)(x)
        return layers.ReLU()(x) if activate else x

    images = keras.Input((32, 32, 3), dtype="uint8", name="pixels")
    x = convolution(layers.Rescaling(1 / 127.5, offset=-1.0)(images), widths[0])
    for channels in widths[1:]:
        x = convolution(x, channels, strides=2)
        if residual:
            branch = convolution(x, channels, activate=False)
            x = layers.ReLU()(layers.Add()([x, branch]))
        else:
            x = convolution(x, channels)
    x = convolution(x, feature_dim, 1)
    features = layers.GlobalAveragePooling2D(dtype="float32", name="features")(x)
    logits = layers.Dense(
        classes, dtype="float32", kernel_initializer=_glorot(seeds), name="logits"
    )(features)
    outputs = {"features": features, "logits": logits}
    return keras.Model(images, outputs, name="image_classifier")


def _latents_and_labels(latent_dim: int, classes: int, seeds: Iterator[int]):
    _check_classes(classes)
    latents = keras.Input((latent_dim,), name="latents")
    if not classes:
        return latents, latents
    labels = keras.Input((), dtype="int32", name="labels")
    embedded = layers.Embedding(
        classes,
        latent_dim,
        embeddings_initializer=keras.initializers.RandomNormal(seed=next(seeds)),
    )(labels)
    return [latents, labels], layers.Concatenate()([latents, embedded])


def _logits(images, features, classes: int, dense, initializer, seeds: Iterator[int], name: str):
    """The last layer of a discriminator; with classes, plus ⟨embedding of the label, features⟩."""
    _check_classes(classes)
    logits = dense(1, dtype="float32", kernel_initializer=initializer(seeds), name="logits")(
        features
    )
    if not classes:
        return keras.Model(images, logits, name=name)
    labels = keras.Input((), dtype="int32", name="labels")
    embedded = layers.Embedding(
        classes,
        features.shape[-1],
        dtype="float32",
        embeddings_initializer=keras.initializers.RandomNormal(stddev=0.02, seed=next(seeds)),
    )(labels)
    projection = layers.Dot(1, dtype="float32", name="projection")([embedded, features])
    logits = layers.Add(dtype="float32", name="conditional_logits")([logits, projection])
    return keras.Model([images, labels], logits, name=name)


def _seeds(seed: int) -> Iterator[int]:
    """An endless row of seeds, so that no two layers start alike."""
    number = 1000 * seed
    while True:
        yield number
        number += 1


def _glorot(seeds: Iterator[int]):
    return keras.initializers.GlorotUniform(seed=next(seeds))


def _he(seeds: Iterator[int]):
    return keras.initializers.HeNormal(seed=next(seeds))


def _normal(seeds: Iterator[int]):
    """The start of Radford et al. 2016: a normal distribution with standard deviation 0.02."""
    return keras.initializers.RandomNormal(stddev=0.02, seed=next(seeds))


def _positive(**sizes) -> None:
    for name, given in sizes.items():
        values = given if isinstance(given, Sequence) else (given,)
        if not all(isinstance(value, int) and value > 0 for value in values):
            raise ValueError(f"{name} is {given!r}, but must hold positive integers only.")
        if name == "image_shape" and len(values) != 3:
            raise ValueError(f"{name} is {given!r}, but must be (height, width, channels).")


def _check_classes(classes: int) -> None:
    if not isinstance(classes, int) or classes < 0:
        raise ValueError(f"classes is {classes!r}, but must be a number of classes, or 0 for none.")
