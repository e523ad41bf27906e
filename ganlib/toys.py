"""Distributions in the plane with known modes and density, so that samples can be judged exactly.

Each is a mixture of round Gaussians of equal weight. Drawing from them needs NumPy alone;
``networks`` imports Keras and ``Toy.batch`` TensorFlow when it is called.

>>> toy = ring()
>>> toy.sample(3, seed=0).shape
(3, 2)
>>> coverage(toy, toy.sample(10_000, seed=0)).modes_covered
8
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ganlib.support import seeds
from ganlib.support.validation import real_number, whole_number

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

__all__ = ["TOYS", "Coverage", "Toy", "coverage", "grid", "networks", "ring", "spiral"]


@dataclass(frozen=True, eq=False)
class Toy:
    """A mixture of Gaussians of equal weight in the plane.

    Attributes:
        name: what it is called in figures.
        modes: float64 ``(k, 2)``, the centres of the Gaussians.
        std: the standard deviation of each, the same in all directions.

    Raises:
        TypeError, ValueError: the modes are not points, or the standard deviation is not above 0.
    """

    name: str
    modes: np.ndarray
    std: float

    def __post_init__(self) -> None:
        modes = np.array(self.modes, np.float64)
        if modes.ndim != 2 or modes.shape[1] != 2 or not len(modes) or not np.isfinite(modes).all():
            raise ValueError(
                f"modes have the shape {modes.shape}, but must be finite numbers (k, 2), k ≥ 1: "
                "the centre of each mode."
            )
        object.__setattr__(self, "std", real_number(self.std, "std", above=0))
        modes.flags.writeable = False
        object.__setattr__(self, "modes", modes)

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Draw points.

        Args:
            n: how many.
            seed: 0 or more; the same seed draws the same points.

        Returns:
            float32 ``(n, 2)``.

        Raises:
            TypeError, ValueError: n is not a positive whole number.
        """
        n = whole_number(n, "n", 1)
        rng = np.random.default_rng(seed)
        centres = self.modes[rng.integers(len(self.modes), size=n)]
        return (centres + self.std * rng.standard_normal((n, 2))).astype(np.float32)

    def batch(self, n: int, seed: int, step: "int | tf.Tensor") -> "tf.Tensor":
        """Draw points inside a compiled training loop, in a way that seed and step fix.

        Args:
            n: how many.
            seed: an integer; a ``GAN`` with the same seed draws other random numbers.
            step: the number of the training step, an integer or a tensor.

        Returns:
            A float32 tensor ``(n, 2)``.
        """
        import tensorflow as tf

        modes = tf.constant(self.modes, tf.float32)
        which = seeds.at(seed, step, "modes of a toy")
        which = tf.random.stateless_uniform((n,), which, 0, len(self.modes), tf.int32)
        noise = tf.random.stateless_normal((n, 2), seeds.at(seed, step, "noise around a mode"))
        return tf.gather(modes, which) + self.std * noise

    def density(self, points: ArrayLike) -> np.ndarray:
        """The probability density at points ``(n, 2)``: float64 ``(n,)``, per unit of area."""
        squared = _distances(self, points) ** 2
        bells = np.exp(-squared / (2 * self.std**2)) / (2 * np.pi * self.std**2)
        return bells.mean(axis=1)


def ring(modes: int = 8, radius: float = 2.0, std: float = 0.05) -> Toy:
    """Modes evenly spaced on a circle, the first to the right of its centre.

    >>> ring(4).modes.round(3).tolist()
    [[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [-0.0, -2.0]]
    """
    modes = whole_number(modes, "modes", 1)
    radius = real_number(radius, "radius")
    angles = 2 * np.pi * np.arange(modes) / modes
    return Toy(f"ring of {modes}", radius * _directions(angles), std)


def grid(side: int = 5, spacing: float = 1.0, std: float = 0.05) -> Toy:
    """Modes on a square grid of ``side`` × ``side``, ``spacing`` apart, around the origin."""
    side = whole_number(side, "side", 1)
    spacing = real_number(spacing, "spacing")
    places = spacing * (np.arange(side) - (side - 1) / 2)
    modes = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    return Toy(f"grid of {side} × {side}", modes, std)


def spiral(modes: int = 20, turns: float = 1.5, radius: float = 2.0, std: float = 0.05) -> Toy:
    """Modes on an Archimedean spiral that ends at ``radius``, about equally far apart."""
    modes = whole_number(modes, "modes", 1)
    turns, radius = real_number(turns, "turns", above=0), real_number(radius, "radius")
    # The length of the curve grows nearly as the square of the angle.
    angles = 2 * np.pi * turns * np.sqrt((1 + np.arange(modes)) / modes)
    return Toy(
        f"spiral of {modes}",
        radius / (2 * np.pi * turns) * angles[:, None] * _directions(angles),
        std,
    )


TOYS = {"ring": ring, "grid": grid, "spiral": spiral}


@dataclass(frozen=True)
class Coverage:
    """How well samples cover the modes of a toy distribution.

    Every sample belongs to the mode that is nearest to it, and is of high quality if it lies within
    three standard deviations of that mode's centre. A mode is covered if the high-quality samples
    that belong to it are at least a tenth of its fair share, which is one k-th of all samples.

    Attributes:
        modes: how many modes there are, k.
        modes_covered: how many of them are covered.
        high_quality: share of all samples that are of high quality; 1 − exp(−9/2) ≈ 0.989 on
            average for samples of the distribution itself.
        distance: mean distance of the samples from their modes' centres; std · √(π/2) on average
            for samples of the distribution itself.
        shares: for each mode its high-quality samples, as a share of all samples, float64 ``(k,)``.
    """

    modes: int
    modes_covered: int
    high_quality: float
    distance: float
    shares: np.ndarray = field(repr=False, compare=False)


def coverage(toy: Toy, samples: ArrayLike) -> Coverage:
    """Judge samples ``(n, 2)`` by the modes of a toy distribution; see ``Coverage``.

    The share within three standard deviations is the usual measure (Srivastava et al. 2017, arXiv
    1705.07761; Lin et al. 2018, arXiv 1712.04086); both papers count a mode from the first such
    sample.

    Raises:
        ValueError: samples of another shape, or none, or some that are not finite.
    """
    distances = _distances(toy, samples)
    k = len(toy.modes)
    nearest = distances.argmin(axis=1)
    distance = distances.min(axis=1)
    good = distance <= 3 * toy.std
    shares = np.bincount(nearest[good], minlength=k) / len(distance)
    return Coverage(
        modes=k,
        modes_covered=int((shares >= 0.1 / k).sum()),
        high_quality=float(good.mean()),
        distance=float(distance.mean()),
        shares=shares,
    )


def networks(
    latent_dim: int = 2, hidden: Sequence[int] = (64, 64), seed: int = 0
) -> "tuple[keras.Model, keras.Model]":
    """A generator and a discriminator for points in the plane: dense layers with LeakyReLU(0.2).

    Args:
        latent_dim: how many numbers a latent vector has. With two, the generator maps a plane to a
            plane, which can be drawn.
        hidden: units of each hidden layer, in both networks.
        seed: fixes the starting weights; 0 or more.

    Returns:
        Two Keras models: latents ``(n, latent_dim)`` to points ``(n, 2)``, and points ``(n, 2)`` to
        logits ``(n, 1)``, both float32.

    Raises:
        TypeError, ValueError: a size is not a positive whole number.
    """
    import keras

    from ganlib.support import keras_settings
    from ganlib.support.building import glorot, hidden_layers, seeds_from

    latent_dim = whole_number(latent_dim, "latent_dim", 1)
    starts = seeds_from(seed)

    @keras_settings.usual()
    def dense_network(inputs: int, outputs: int, name: str) -> keras.Model:
        first = keras.Input((inputs,))
        x = hidden_layers(first, hidden, starts)
        x = keras.layers.Dense(outputs, dtype="float32", kernel_initializer=glorot(starts))(x)
        return keras.Model(first, x, name=name)

    return dense_network(latent_dim, 2, "generator"), dense_network(2, 1, "discriminator")


def _distances(toy: Toy, points: ArrayLike) -> np.ndarray:
    """The distances from each point to each mode, float64 ``(n, k)``."""
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(
            f"The points have the shape {points.shape}, but must have (n, 2) with n ≥ 1."
        )
    if not np.isfinite(points).all():
        raise ValueError(
            "Some points are NaN or infinite, but must be finite numbers. Has the network that "
            "made them diverged?"
        )
    return np.linalg.norm(points[:, None] - toy.modes, axis=-1)


def _directions(angles: np.ndarray) -> np.ndarray:
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)
