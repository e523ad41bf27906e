"""Editing by projection: what you sketch in voxels becomes the nearest object of the generator.

Liu et al. 2017 (*Interactive 3D Modeling with a Generative Adversarial Network*, arXiv 1706.05170)
snap a user's voxels to what a 3D-GAN can make. They train a network for the way back; here
gradient descent moves latents, from several starts, until the generator's object fits the sketch.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ganlib import data
from ganlib.inversion import descend
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
    if not hasattr(gan, "drawing_network"):
        raise TypeError(f"gan is {type(gan).__name__}, but must be a ganlib.gan.GAN.")
    wanted, shape = data.to_network(to_samples(sketches)), gan.drawing_network().output_shape[1:]
    if wanted.shape[1:] != shape:
        raise ValueError(
            f"The sketches make samples of shape {wanted.shape[1:]}, but the generator makes "
            f"{shape}: draw them on its grid."
        )
    found = descend(gan, wanted, labels, starts, steps, learning_rate, seed, prior)
    latents, objects = found[0], to_solid(found[1].reshape(-1, *wanted.shape[1:]))
    alike = likeness_in_pairs(objects, np.repeat(sketches, starts, axis=0)).reshape(-1, starts)
    objects, best = objects.reshape(-1, starts, *objects.shape[1:]), alike.argmax(axis=1)
    each = np.arange(len(wanted)), best
    return Projected(latents[each], objects[each], -np.sort(-alike, axis=1))
