"""Detectors of generated images, from a logistic regression on spectra to a small network.

A detector gives each image a logit: the larger, the more likely it takes it for generated. Real and
generated images must have come the same way, through the same files and sizes (see ``sharing``), or
the detector learns the way. Detectors take uint8 images ``(n, size, size, 3)``; the network
itself, which attacks need, takes floats in [-1, 1] and is an ordinary Keras model.

>>> rng = np.random.default_rng(0)
>>> real = rng.integers(0, 256, (40, 16, 16, 3), dtype=np.uint8)
>>> fake = real[:, ::2, ::2].repeat(2, axis=1).repeat(2, axis=2)
>>> detector = fit_linear(real, fake)
>>> bool(detector(fake).min() > detector(real).max())
True
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ganlib.society.signals import fit_logistic
from ganlib.support.byte_images import byte_squares
from ganlib.support.validation import whole_number

if TYPE_CHECKING:
    import keras

__all__ = [
    "Linear",
    "Network",
    "dct_basis",
    "detector_network",
    "fit_linear",
    "fit_network",
    "log_dct",
    "pooled",
    "rings",
]

# Brightness, and two colours against it.
PLANES = np.array([[0.299, 0.587, 0.114], [0.701, -0.587, -0.114], [-0.299, -0.587, 0.886]]).T


def rings(images: np.ndarray) -> np.ndarray:
    """The azimuthal spectrum: log power, averaged over rings of equal frequency (Durall et al.
    2020, arXiv 2003.01826).

    Args:
        images: uint8 ``(n, size, size, 3)``, size an even number.

    Returns:
        float64 ``(n, 3, size // 2)``: for brightness, red and blue against it, the log of 1 plus
        the mean power on the rings of radius 1, 2, … size/2. What lies farther out, in the
        corners, belongs to the last ring.

    Raises:
        TypeError, ValueError: no square uint8 images of even size.
    """
    images = byte_squares(images, "images")
    size = images.shape[1]
    planes = np.moveaxis(images @ PLANES, -1, 1)
    power = np.abs(np.fft.fft2(planes)) ** 2 / size**2
    frequency = np.fft.fftfreq(size, 1 / size)
    radius = np.round(np.hypot(frequency[:, None], frequency)).astype(int).clip(max=size // 2)
    means = [power[:, :, radius == ring].mean(axis=2) for ring in range(1, size // 2 + 1)]
    return np.log1p(np.stack(means, axis=2))


def log_dct(images: np.ndarray) -> np.ndarray:
    """The log size of each coefficient of the discrete cosine transform (Frank et al. 2020, arXiv
    2003.08685), for brightness alone.

    Args:
        images: uint8 ``(n, size, size, 3)``, size an even number.

    Returns:
        float64 ``(n, size, size)``; [:, 0, 0] is the mean, the last row and column the finest
        pattern.

    Raises:
        TypeError, ValueError: no square uint8 images of even size.
    """
    images = byte_squares(images, "images")
    basis = dct_basis(images.shape[1])
    return np.log(1e-1 + np.abs(basis @ (images @ PLANES[:, 0]) @ basis.T))


@functools.lru_cache(maxsize=8)
def dct_basis(size: int) -> np.ndarray:
    """The orthonormal cosine basis, ``(size, size)``, one wave a row: C x is the DCT of a column x.

    >>> basis = dct_basis(4)
    >>> bool(np.allclose(basis @ basis.T, np.eye(4)))
    True
    """
    size = whole_number(size, "size", 1)
    places = np.arange(size)
    basis = np.sqrt(2 / size) * np.cos(np.pi * places[:, None] * (places + 0.5) / size)
    basis[0] /= np.sqrt(2)
    return basis


@dataclass(frozen=True)
class Linear:
    """A logistic regression on numbers measured in an image. ``fit_linear`` makes one.

    Attributes:
        measure: uint8 images to an array with one row for each.
        mean: of each number among the images it was fitted on, ``(d,)``.
        deviation: the standard deviations.
        bias: of the logistic regression.
        weights: ``(d,)``, for numbers in units of their standard deviation.
    """

    measure: Callable[[np.ndarray], np.ndarray]
    mean: np.ndarray
    deviation: np.ndarray
    bias: float
    weights: np.ndarray

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Logits, float64 ``(n,)``."""
        rows = self.measure(images)
        rows = rows.reshape(len(rows), -1)
        if rows.shape[1:] != self.mean.shape:
            raise ValueError(
                f"{rows.shape[1]} numbers were measured in each image, but must be "
                f"{len(self.mean)}, as in those it was fitted on: are the images of another size?"
            )
        rows = (rows - self.mean) / self.deviation
        return self.bias + rows @ self.weights


def fit_linear(
    real: np.ndarray,
    fake: np.ndarray,
    measure: Callable[[np.ndarray], np.ndarray] = rings,
    ridge: float = 1.0,
) -> Linear:
    """Fit a logistic regression on spectra.

    Args:
        real: uint8 ``(n, size, size, 3)``.
        fake: likewise; as many, if logits are to mean log odds at a share of one half.
        measure: such as ``rings`` or ``log_dct``.
        ridge: how strongly large weights are punished, above 0.

    Raises:
        TypeError, ValueError: no images, or no ridge.
    """
    _callable(measure, "measure")
    measured = measure(real), measure(fake)
    if measured[0].shape[1:] != measured[1].shape[1:]:
        raise ValueError(
            f"real images have the shape {np.shape(real)} and fake ones {np.shape(fake)}, but both "
            "must have one size."
        )
    rows = np.concatenate(measured)
    rows = rows.reshape(len(rows), -1)
    mean, deviation = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-9)
    labels = np.arange(len(rows)) >= len(real)
    bias, weights = fit_logistic((rows - mean) / deviation, labels, ridge)
    return Linear(measure, mean, deviation, float(bias), weights)


def detector_network(width: int = 16, size: int = 32, seed: int = 0) -> "keras.Model":
    """A small convolutional detector, untrained.

    It looks at how each pixel differs from the mean of its surroundings: what gives images away is
    fine and faint, and a network that sees whole pixels looks at the subject of the picture first.
    Of three convolutions the first keeps the size and two halve it. Batch norm follows each, so
    only in training does a logit depend on the other images of its batch.

    Args:
        width: channels at full size; they double with each halving.
        size: height and width of the images, 8 or more.
        seed: fixes the starting weights.

    Returns:
        A model: float32 images in [-1, 1] ``(n, size, size, 3)`` to float32 logits ``(n, 1)``.

    Raises:
        TypeError, ValueError: a size is not a whole number, or too small.
    """
    import keras
    from keras import layers

    from ganlib.support import keras_settings
    from ganlib.support.building import he, seeds_from

    width, size = whole_number(width, "width", 1), whole_number(size, "size", 8)
    seeds = seeds_from(seed)
    with keras_settings.usual():
        images = keras.Input((size, size, 3), name="images")
        around = layers.AveragePooling2D(3, 1, "same", name="around")(images)
        x = layers.Rescaling(8.0, name="residual")(layers.Subtract()([images, around]))
        for channels, strides in ((width, 1), (2 * width, 2), (4 * width, 2)):
            options = {"padding": "same", "use_bias": False, "kernel_initializer": he(seeds)}
            x = layers.Conv2D(channels, 3, strides, **options)(x)
            x = layers.BatchNormalization(momentum=0.9)(x)
            x = layers.LeakyReLU(0.1)(x)
        x = layers.GlobalAveragePooling2D(dtype="float32")(x)
        logits = layers.Dense(1, dtype="float32", kernel_initializer=he(seeds), name="logits")(x)
        return keras.Model(images, logits, name="detector")


@dataclass(frozen=True)
class Network:
    """A convolutional detector. ``fit_network`` makes one.

    Attributes:
        model: float32 images in [-1, 1] to logits ``(n, 1)``; differentiable.
    """

    model: "keras.Model"

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Logits of uint8 images, float64 ``(n,)``."""
        from ganlib.data import to_network

        images = byte_squares(images, "images")
        parts = [
            self.model(to_network(images[first : first + 500]), training=False)
            for first in range(0, len(images), 500)
        ]
        return np.concatenate([np.asarray(part, np.float64)[:, 0] for part in parts])


def fit_network(
    real: np.ndarray,
    fake: np.ndarray,
    epochs: int = 6,
    width: int = 16,
    seed: int = 0,
    start: "keras.Model | None" = None,
) -> Network:
    """Train a convolutional detector: Adam at 0.001, falling to 0 as half a cosine, batches of 64.

    Args:
        real: uint8 ``(n, size, size, 3)``.
        fake: likewise; as many, if logits are to mean log odds at a share of one half.
        epochs: how often each image is seen.
        width: of ``detector_network``.
        seed: of the starting weights and of the order.
        start: a model to go on from, which is left as it is; None for a new one.

    Raises:
        TypeError, ValueError: no images, or a number out of range.
    """
    import keras

    from ganlib.data import dataset, to_network

    real, fake = byte_squares(real, "real"), byte_squares(fake, "fake")
    if real.shape[1:] != fake.shape[1:]:
        raise ValueError(
            f"real images have the shape {real.shape} and fake ones {fake.shape}, but both must "
            "have one size."
        )
    epochs = whole_number(epochs, "epochs", 1)
    model = detector_network(width, real.shape[1], seed)
    if start is not None:
        model = keras.models.clone_model(start)
        model.set_weights(start.get_weights())
    labels = np.repeat([0, 1], [len(real), len(fake)])
    batches = dataset(np.concatenate([real, fake]), labels, batch_size=64, seed=seed)
    steps = epochs * batches.steps_per_epoch
    falling = keras.optimizers.schedules.CosineDecay(1e-3, steps)
    model.compile(keras.optimizers.Adam(falling), keras.losses.BinaryCrossentropy(from_logits=True))
    stream = batches.map(lambda images, kind: (to_network(images), kind[:, None])).stream
    model.fit(stream, epochs=1, steps_per_epoch=steps, shuffle=False, verbose=0)
    return Network(model)


def pooled(
    sets: Sequence[np.ndarray], paths: Sequence[Callable[[np.ndarray], np.ndarray]]
) -> np.ndarray:
    """Each set of images sent along each path, all in one array: for training on many ways.

    Args:
        sets: arrays of uint8 images of one size.
        paths: functions, such as ``sharing.PATHS.values()``.

    Raises:
        TypeError, ValueError: no sets, no paths, or a path that is no function.
    """
    if not len(sets) or not len(paths):
        raise ValueError(
            f"There are {len(sets)} sets and {len(paths)} paths, but there must be at least one of "
            "each."
        )
    for path in paths:
        _callable(path, "each of paths")
    return np.concatenate([path(images) for path in paths for images in sets])


def _callable(value: object, name: str) -> None:
    if not callable(value):
        raise TypeError(f"{name} is {value!r}, but must be a function of uint8 images.")
