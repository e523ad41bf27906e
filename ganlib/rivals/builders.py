"""The networks of the rivals, for points in the plane and for images of 32 × 32."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from ganlib import networks
from ganlib.rivals.causal import Causal
from ganlib.support import keras_settings
from ganlib.support.building import glorot, he, seeds_from
from ganlib.support.validation import shape, whole_number, whole_numbers

__all__ = [
    "Waves",
    "causal_network",
    "encoder_for",
    "plane_network",
    "timed_plane_network",
    "u_net",
]

Tensor = keras.KerasTensor
WAVES = 32  # sines and cosines that tell a network the time


def plane_network(
    inputs: int, outputs: int, hidden: Sequence[int] = (128, 128), seed: int = 0
) -> keras.Model:
    """Dense layers with ReLU from ``(n, inputs)`` to ``(n, outputs)``, in float32."""
    seeds = seeds_from(seed)
    first = x = keras.Input((whole_number(inputs, "inputs", 1),))
    return keras.Model(first, _dense(x, hidden, outputs, "relu", seeds))


def timed_plane_network(hidden: Sequence[int] = (128, 128, 128), seed: int = 0) -> keras.Model:
    """Dense layers with SiLU for ``[points, times]`` in the plane, in float32."""
    seeds = seeds_from(seed)
    points, times = keras.Input((2,), name="points"), keras.Input((), name="times")
    waves = Waves(16, 10.0, dtype="float32")(times)
    x = layers.Concatenate(dtype="float32")([points, waves])
    return keras.Model([points, times], _dense(x, hidden, 2, "silu", seeds))


@keras_settings.usual()
def causal_network(
    image_shape: Sequence[int] = (32, 32, 3),
    levels: int = 32,
    width: int = 64,
    reaches: Sequence[int] = (4, 2, 2, 2, 2),
    seed: int = 0,
) -> keras.Model:
    """A network for ``Autoregressive``: each place sees only places before it.

    The first layer does not look at the place itself. Each block after it does, and adds what it
    finds. Within a place the channels come one after another, each of them told those before it.

    Args:
        image_shape: rows, columns, channels; a point in the plane has (1, 2, 1).
        levels: of which a value has one.
        width: channels of all layers.
        reaches: how far back the first layer sees, and that of each block.
        seed: fixes the starting weights.

    Returns:
        A model: floats ``(n, *image_shape)`` in [-1, 1] to logits ``(n, *image_shape, levels)``.
    """
    image_shape = shape(image_shape, "image_shape", (32, 32, 3))
    levels, width = whole_number(levels, "levels", 2), whole_number(width, "width", 1)
    reaches = whole_numbers(reaches, "reaches", 1, (4, 2, 2))
    if not reaches:
        raise ValueError("reaches is empty, but must hold one whole number at least.")
    seeds = seeds_from(seed)
    # What mixes the channels of one place is a convolution of 1 × 1. TensorFlow 2.20 cannot train
    # a Dense layer there if an image has a single row.
    values = keras.Input(image_shape, name="values")
    # Beyond the edges all is 0. The ones say where there is an image, else 0 would be a grey there.
    seen = layers.Concatenate()([values, ops.ones_like(values[..., :1])])
    x = Causal(width, reaches[0], itself=False, seed=next(seeds))(seen)
    for number, reach in enumerate(reaches[1:], 1):
        h = Causal(width, reach, itself=True, seed=next(seeds))(layers.ReLU()(x))
        h = layers.ReLU()(h)
        h = layers.Conv2D(width, 1, kernel_initializer="zeros", name=f"mix_{number}")(h)
        x = layers.Add()([x, h])
    logits = []
    for channel in range(image_shape[-1]):
        known = x
        if channel:
            start = glorot(seeds)
            tell = layers.Conv2D(width, 1, kernel_initializer=start, name=f"known_{channel}")
            known = layers.Add()([x, tell(values[..., :channel])])
        options = {"dtype": "float32", "kernel_initializer": glorot(seeds)}
        last = layers.Conv2D(levels, 1, name=f"levels_{channel}", **options)
        logits.append(last(layers.ReLU()(known)))
    return keras.Model(values, ops.stack(logits, axis=-2), name="causal_network")


@keras_settings.usual()
def encoder_for(latent_dim: int, width: int = 32, seed: int = 0) -> keras.Model:
    """A VAE's encoder of 32 × 32 images: the DCGAN discriminator with other numbers at its end."""
    body = networks.dcgan_discriminator((32, 32, 3), width, 0.0, 4, seed=seed)
    features = body.layers[-1].input
    start = glorot(seeds_from(seed + 1))
    options = {"dtype": "float32", "kernel_initializer": start, "name": "latents"}
    answer = layers.Dense(2 * whole_number(latent_dim, "latent_dim", 1), **options)(features)
    return keras.Model(body.input, answer, name="encoder")


@keras_settings.usual()
def u_net(widths: Sequence[int] = (64, 96, 128), blocks: int = 1, seed: int = 0) -> keras.Model:
    """A network of noise for 32 × 32 images: down to small images, up again, with bridges between.

    Each 2 × 2 pixels are one place from the start, which costs little: noise is told from image by
    what lies around.

    Args:
        widths: multiples of 8, channels at 16 × 16, 8 × 8 and so on.
        blocks: how many there are at each size on each way.
        seed: fixes the starting weights.

    Returns:
        A model: images ``(n, 32, 32, 3)`` and times ``(n,)`` to float32 ``(n, 32, 32, 3)``.
    """
    widths, blocks = whole_numbers(widths, "widths", 1), whole_number(blocks, "blocks", 1)
    if not widths or any(width % 8 for width in widths):
        raise ValueError(
            f"widths is {widths}, but must hold multiples of 8, one at least: channels are "
            "normalised in 8 groups."
        )
    seeds = seeds_from(seed)
    images, times = keras.Input((32, 32, 3), name="images"), keras.Input((), name="times")
    told = Waves(WAVES, 100.0, dtype="float32")(times)
    told = layers.Dense(2 * widths[0], activation="silu", kernel_initializer=he(seeds))(told)

    def convolution(x: Tensor, width: int, stride: int = 1, **options: Any) -> Tensor:
        options = {"kernel_initializer": he(seeds), **options}
        return layers.Conv2D(width, 3, stride, "same", **options)(x)

    def block(x: Tensor, width: int) -> Tensor:
        if x.shape[-1] != width:
            x = layers.Dense(width, kernel_initializer=glorot(seeds))(x)
        h = convolution(layers.Activation("silu")(normalised(x)), width)
        shift = layers.Dense(width, kernel_initializer=glorot(seeds))(told)
        h = layers.Add()([h, layers.Reshape((1, 1, width))(shift)])
        h = layers.Activation("silu")(normalised(h))
        return layers.Add()([x, convolution(h, width, kernel_initializer="zeros")])

    def normalised(x: Tensor) -> Tensor:
        return layers.GroupNormalization(8)(x)

    x = layers.Conv2D(widths[0], 2, 2, kernel_initializer=glorot(seeds))(images)
    bridges = []
    for level, width in enumerate(widths):
        if level:
            x = convolution(x, width, stride=2)
        for _ in range(blocks):
            x = block(x, width)
        bridges.append(x)
    for level, width in reversed([*enumerate(widths)]):
        if level < len(widths) - 1:
            x = layers.UpSampling2D(2)(layers.Dense(width)(x))
            x = layers.Concatenate()([x, bridges[level]])
        for _ in range(blocks):
            x = block(x, width)
    x = layers.Activation("silu")(normalised(x))
    start = "zeros"
    x = layers.Conv2DTranspose(3, 2, 2, kernel_initializer=start, dtype="float32")(x)
    return keras.Model([images, times], x, name="u_net")


@keras.saving.register_keras_serializable("ganlib")
class Waves(layers.Layer):
    """A time in [0, 1] as sines and cosines of many frequencies.

    Args:
        count: how many of each.
        highest: the highest frequency, in whole waves between 0 and 1; the lowest is a quarter.
        **options: those of every Keras layer.
    """

    def __init__(self, count: int, highest: float, **options: Any):
        super().__init__(**options)
        self.settings = {"count": count, "highest": highest}

    def call(self, times: Any) -> Any:
        """From ``(n,)`` to ``(n, 2 · count)``."""
        count, highest = self.settings["count"], self.settings["highest"]
        powers = ops.arange(count, dtype="float32") / (count - 1)
        angles = 2 * 3.14159265 * 0.25 * (4 * highest) ** powers * times[:, None]
        return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Sines and cosines side by side."""
        return (input_shape[0], 2 * self.settings["count"])

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return super().get_config() | self.settings


def _dense(x: Tensor, hidden: Sequence[int], outputs: int, kind: str, seeds: Any) -> Tensor:
    for units in whole_numbers(hidden, "hidden", 1):
        x = layers.Dense(units, kind, kernel_initializer=he(seeds), dtype="float32")(x)
    outputs = whole_number(outputs, "outputs", 1)
    return layers.Dense(outputs, kernel_initializer=glorot(seeds), dtype="float32")(x)
