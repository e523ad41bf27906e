"""Networks of objects: a DCGAN with a third dimension, as 3D-GAN is one.

Wu et al. 2016, arXiv 1610.07584.

A generator takes latents ``(n, latent_dim)`` and returns float32 ``(n, side, side, side, 1)`` in
[-1, 1], where more than 0 means matter. A discriminator takes such samples and returns float32
logits ``(n, 1)``. With ``classes=k`` both take labels ``(n,)`` too, integers in 0 … k - 1, in a
list ``[latents, labels]`` or ``[samples, labels]``.

Both are made of Keras's layers and go into ``ganlib.gan.GAN`` as networks of images do.
"""

from collections.abc import Iterator

import keras
from keras import layers

from ganlib.support import keras_settings
from ganlib.support.building import Tensor, normal, seeds_from
from ganlib.support.validation import real_number, whole_number

__all__ = ["voxel_discriminator", "voxel_generator"]

KERNEL = 4  # which the stride of 2 divides, so that every voxel is made from as many weights


@keras_settings.usual()
def voxel_generator(
    latent_dim: int = 32,
    side: int = 16,
    width: int = 32,
    classes: int = 0,
    seed: int = 0,
) -> keras.Model:
    """The generator: 4 × 4 × 4 places, doubled by transposed convolutions.

    Batch norm and ReLU stand between them, tanh at the end.

    Args:
        latent_dim: how many numbers a latent vector has.
        side: voxels along each edge: 8, 16, 32 or 64.
        width: channels at half the side; they double with each halving.
        classes: the number of classes of a conditional generator, 0 for one without labels; a label
            is embedded beside the latents.
        seed: fixes the starting weights; 0 or more.

    Returns:
        A model: latents to samples ``(n, side, side, side, 1)``, float32 in [-1, 1].

    Raises:
        TypeError, ValueError: a size is not a whole number, or not one of these.
    """
    widths, seeds = _widths(side, width), seeds_from(seed)
    latents = x = keras.Input((whole_number(latent_dim, "latent_dim", 1),), name="latents")
    inputs = latents
    if classes := whole_number(classes, "classes", 0):
        labels = keras.Input((), dtype="int32", name="labels")
        start = keras.initializers.RandomNormal(seed=next(seeds))
        embedded = layers.Embedding(classes, latent_dim, embeddings_initializer=start)(labels)
        inputs, x = [latents, labels], layers.Concatenate()([latents, embedded])

    def activated(x: Tensor) -> Tensor:
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    x = layers.Dense(4**3 * widths[-1], use_bias=False, kernel_initializer=normal(seeds))(x)
    x = activated(layers.Reshape((4, 4, 4, widths[-1]))(x))
    for channels in widths[-2::-1]:
        x = activated(_doubled(x, channels, seeds, bias=False))
    x = _doubled(x, 1, seeds, bias=True)
    outputs = layers.Activation("tanh", dtype="float32", name="voxels")(x)
    return keras.Model(inputs, outputs, name="voxel_generator")


@keras_settings.usual()
def voxel_discriminator(
    side: int = 16, width: int = 32, dropout: float = 0.0, classes: int = 0, seed: int = 0
) -> keras.Model:
    """The discriminator: convolutions with stride 2 halve the side until 4 × 4 × 4 places are left.

    Args:
        side: voxels along each edge, as for the generator.
        width: channels at half the side; they double with each halving.
        dropout: the share of activations set to 0 in training, in [0, 1).
        classes: the number of classes of a conditional discriminator, 0 for one without labels; it
            adds ⟨embedding of the label, features⟩ to its logit (projection, Miyato & Koyama 2018,
            arXiv 1802.05637).
        seed: fixes the starting weights and the dropout's draws.

    Returns:
        A model: samples to logits ``(n, 1)``, float32.

    Raises:
        TypeError, ValueError: a size, or the share, is out of range.
    """
    widths, seeds = _widths(side, width), seeds_from(seed)
    dropout = real_number(dropout, "dropout", least=0, below=1)
    samples = x = keras.Input((side, side, side, 1), name="voxels")
    for channels in widths:
        x = layers.Conv3D(channels, KERNEL, 2, "same", kernel_initializer=normal(seeds))(x)
        x = layers.LeakyReLU(0.2)(x)
        if dropout:
            x = layers.Dropout(dropout, seed=next(seeds))(x)
    features = layers.Flatten()(x)
    last = {"dtype": "float32", "kernel_initializer": normal(seeds), "name": "logits"}
    logits = layers.Dense(1, **last)(features)
    if not (classes := whole_number(classes, "classes", 0)):
        return keras.Model(samples, logits, name="voxel_discriminator")
    labels = keras.Input((), dtype="int32", name="labels")
    start = {"dtype": "float32", "embeddings_initializer": normal(seeds)}
    embedded = layers.Embedding(classes, features.shape[-1], **start)(labels)
    projection = layers.Dot(1, dtype="float32", name="projection")([embedded, features])
    logits = layers.Add(dtype="float32", name="conditional_logits")([logits, projection])
    return keras.Model([samples, labels], logits, name="voxel_discriminator")


def _doubled(x: Tensor, channels: int, seeds: Iterator[int], bias: bool) -> Tensor:
    """Twice as many places along each edge."""
    options = {"padding": "same", "use_bias": bias, "kernel_initializer": normal(seeds)}
    return layers.Conv3DTranspose(channels, KERNEL, strides=2, **options)(x)


def _widths(side: int, width: int) -> list[int]:
    """Channels at each size from half the side down to 4."""
    side, width = whole_number(side, "side", 1), whole_number(width, "width", 1)
    if side not in (8, 16, 32, 64):
        raise ValueError(f"side is {side}, but must be 8, 16, 32 or 64: four, doubled.")
    return [width * 2**stage for stage in range((side // 4).bit_length() - 1)]
