"""Control of a trained generator through its latents: directions and truncation.

A latent vector is a place; a direction says where to go from there. Directions come from the first
layer alone (``eigen_directions``), or from something measured in images (``direction``).
``effects`` says what a step along each does, wanted and unwanted.

>>> latents = np.random.default_rng(0).standard_normal((2000, 3))
>>> (direction(latents, 2 * latents[:, 1] + 5).round(6) + 0).tolist()  # no -0.0
[0.0, 1.0, 0.0]
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ganlib.support.numeric_arrays import finite
from ganlib.support.validation import images as checked_images
from ganlib.support.validation import real_number, whole_number

if TYPE_CHECKING:
    import keras

__all__ = [
    "MEASURES",
    "Effects",
    "apart",
    "direction",
    "effects",
    "eigen_directions",
    "first_kernel",
    "measure",
    "truncated",
]

COLOURFUL = 0.25  # how far the largest and the smallest channel of a pixel lie apart, of 0 … 1


# Directions ---------------------------------------------------------------------------------------


def first_kernel(generator: "keras.Model") -> np.ndarray:
    """The kernel of the dense layer that latents go into, float32 ``(latent_dim, units)``.

    Keras computes ``latents @ kernel``: papers that write $Az$ mean the transpose. Where labels go
    into the same layer, embedded beside the latents, only the rows of the latents are returned.

    Args:
        generator: such as ``networks.dcgan_generator()``, or ``gan.drawing_network()``.

    Raises:
        TypeError: it is no Keras model.
        ValueError: there is no dense layer, or it does not take the latents first.
    """
    from keras import layers

    if not getattr(generator, "inputs", None):
        advice = " A GAN's is gan.drawing_network()." * hasattr(generator, "drawing_network")
        raise TypeError(
            f"generator is {type(generator).__name__}, but must be a Keras model whose inputs are "
            f"known.{advice}"
        )
    latents, latent_dim = generator.inputs[0], generator.inputs[0].shape[-1]
    joined = [
        each.output
        for each in generator.layers
        if isinstance(each, layers.Concatenate) and each.input[0] is latents
    ]
    dense = next((each for each in generator.layers if isinstance(each, layers.Dense)), None)
    if dense is None or not any(dense.input is each for each in [latents, *joined]):
        raise ValueError(
            f"The generator must begin with a dense layer that takes its {latent_dim} latents, but "
            f"its layers are {', '.join(each.name for each in generator.layers)}."
        )
    return np.asarray(dense.kernel, np.float32)[:latent_dim]


def eigen_directions(generator: "keras.Model", n: int | None = None) -> tuple[np.ndarray, ...]:
    """The directions that the first layer stretches most (SeFa, Shen & Zhou 2021, 2007.06600).

    They are the eigenvectors of $K K^T$ for the first kernel $K$. Latents are standard normal, so
    they are also the principal components of what the first layer puts out, in latent space.

    Args:
        generator: a generator whose first layer is dense.
        n: how many; None for all.

    Returns:
        Unit vectors, float32 ``(n, latent_dim)``, the strongest first, each with its largest number
        positive, since the sign of an eigenvector means nothing; and the eigenvalues ``(n,)``,
        which are the variances of those principal components.

    Raises:
        TypeError, ValueError: n is out of range, or there is no such layer.
    """
    kernel = first_kernel(generator).astype(np.float64)
    n = len(kernel) if n is None else whole_number(n, "n", 1, len(kernel))
    values, vectors = np.linalg.eigh(kernel @ kernel.T)
    vectors = vectors.T[::-1][:n]
    largest = np.abs(vectors).argmax(axis=1)
    vectors = vectors * np.sign(vectors[np.arange(n), largest])[:, None]
    return vectors.astype(np.float32), values[::-1][:n].astype(np.float32)


def direction(latents: ArrayLike, values: ArrayLike) -> np.ndarray:
    """The direction along which something grows, by least squares over examples.

    For 0 and 1 in the place of values it is that of Fisher's linear discriminant.

    Args:
        latents: ``(n, latent_dim)``, more of them than numbers in one.
        values: what was measured in the image of each, numbers or truth values ``(n,)``.

    Returns:
        A unit vector, float32 ``(latent_dim,)``.

    Raises:
        TypeError, ValueError: shapes that do not fit, what is no finite number, too few examples,
            or latents or values that are all the same.
    """
    latents = finite(latents, "latents", ("n", "latent_dim"))
    n, latent_dim = latents.shape
    values = finite(values, "values", (n,))
    if n <= latent_dim + 1:
        raise ValueError(
            f"There are {n} examples, but a direction in {latent_dim} dimensions needs more than "
            f"{latent_dim + 1}, better ten times as many: draw more."
        )
    if np.ptp(values) == 0:
        raise ValueError("values are all the same, but must differ: nothing grows here.")
    centred = latents - latents.mean(axis=0)
    slope = np.linalg.lstsq(centred, values - values.mean(), rcond=None)[0]
    length = np.linalg.norm(slope)
    if not length > 0:
        raise ValueError("values do not change along the latents: there is no direction to find.")
    return (slope / length).astype(np.float32)


def apart(wanted: ArrayLike, *others: ArrayLike) -> np.ndarray:
    """A direction without its parts along others: what is left of it, as a unit vector.

    Args:
        wanted: a direction ``(latent_dim,)``.
        *others: directions along which nothing should move, of any length.

    Raises:
        TypeError, ValueError: what is no direction, another length, or nothing is left.
    """
    wanted = left = finite(wanted, "wanted", ("latent_dim",))
    if others:
        rows = [finite(o, f"others[{k}]", wanted.shape) for k, o in enumerate(others)]
        basis, sizes, _ = np.linalg.svd(np.stack(rows, axis=1), full_matrices=False)
        basis = basis[:, sizes > 1e-9 * sizes.max()]  # what the others span, in whatever order
        left = wanted - basis @ (basis.T @ wanted)
    length = np.linalg.norm(left)
    if not length > 1e-6 * np.linalg.norm(wanted):
        raise ValueError("Nothing is left of the direction: it is a mixture of the others.")
    return (left / length).astype(np.float32)


class Effects(NamedTuple):
    """What steps along directions do to images.

    Attributes:
        change: ``(directions, measures)``, the mean change of each measure, in units of its
            standard deviation over the images at the start.
        names: of the measures, in the order of the columns.
    """

    change: np.ndarray
    names: tuple[str, ...]


def effects(
    draw: Callable[[np.ndarray], np.ndarray],
    latents: ArrayLike,
    directions: Sequence[ArrayLike],
    amount: float = 1.0,
    measures: Mapping[str, Callable] | None = None,
) -> Effects:
    """How much a step along each direction changes each measure, wanted and unwanted alike.

    Args:
        draw: latents ``(n, latent_dim)`` to uint8 images.
        latents: where the steps begin.
        directions: unit vectors ``(latent_dim,)``.
        amount: the length of the step; half of it is taken backwards and half forwards, so that
            the images at both ends are equally unusual.
        measures: functions from images to numbers ``(n,)`` by name; None for ``MEASURES``.

    Raises:
        TypeError, ValueError: latents or directions of another kind or shape, or a measure that is
            the same for all images at the start.
    """
    latents = finite(latents, "latents", ("n", "latent_dim")).astype(np.float32)
    directions = finite(directions, "directions", ("directions", latents.shape[1]))
    amount = real_number(amount, "amount", above=0)
    measures = MEASURES if measures is None else measures
    if not isinstance(measures, Mapping):
        raise TypeError(
            f"measures is {type(measures).__name__}, but must be a dictionary of functions by name."
        )
    images = draw(latents)
    at_start = _measured(measures, images)
    start = {name: values.std() for name, values in at_start.items()}
    for name, values in at_start.items():
        if not np.ptp(values) > 0:  # the deviation of equal numbers may be a rounding above 0
            raise ValueError(
                f"The measure {name!r} is the same for all {len(latents)} images at the start, but "
                "must differ: changes are told in units of its standard deviation. Leave it out, "
                "or begin with more latents."
            )
    rows = []
    for each in directions.astype(np.float32):
        step = 0.5 * amount * each
        ends = [_measured(measures, draw(latents + way * step)) for way in (-1, 1)]
        rows.append([(ends[1][name] - ends[0][name]).mean() / start[name] for name in measures])
    return Effects(np.array(rows), tuple(measures))


def _measured(measures: Mapping[str, Callable], images: np.ndarray) -> dict[str, np.ndarray]:
    """What each measure says of images, as float64: differences of bytes would wrap around."""
    return {
        name: finite(measure(images), f"The measure {name!r}", (len(images),))
        for name, measure in measures.items()
    }


# What is read off an image of shapes --------------------------------------------------------------


def measure(images: np.ndarray) -> np.ndarray:
    """All of ``MEASURES`` of images, float64 ``(n, measures)``."""
    images = checked_images(images, "images")
    return np.stack([function(images) for function in MEASURES.values()], axis=1)


def _warmth(images: np.ndarray) -> np.ndarray:
    """Mean red less mean blue, in −1 … 1."""
    pixels = _pixels(images)
    return pixels[..., 0].mean((1, 2)) - pixels[..., 2].mean((1, 2))


def _ground(images: np.ndarray) -> np.ndarray:
    """How bright the edge of the image is, in 0 … 1."""
    pixels = _pixels(images).mean(-1)
    edge = np.concatenate([pixels[:, 0], pixels[:, -1], pixels[:, :, 0], pixels[:, :, -1]], axis=1)
    return edge.mean(1)


def _size(images: np.ndarray) -> np.ndarray:
    """The share of pixels with a colour, in 0 … 1."""
    return _coloured(images).mean((1, 2))


def _place(images: np.ndarray) -> np.ndarray:
    """How far right the coloured pixels lie, from −1 to 1; 0 where there are none."""
    coloured = _coloured(images)
    across = np.linspace(-1, 1, images.shape[2])
    count = coloured.sum((1, 2))
    return (coloured * across).sum((1, 2)) / np.maximum(count, 1)


MEASURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "warmth": _warmth,
    "ground": _ground,
    "size": _size,
    "place": _place,
}


def _pixels(images: np.ndarray) -> np.ndarray:
    images = checked_images(images, "images")
    if images.dtype != np.uint8 or images.shape[-1] != 3:
        raise TypeError(
            f"images are {images.dtype} of the shape {images.shape}, but must be uint8 with three "
            "channels: ganlib.data.to_uint8 makes bytes."
        )
    return images.astype(np.float32) / 255


def _coloured(images: np.ndarray) -> np.ndarray:
    pixels = _pixels(images)
    return pixels.max(-1) - pixels.min(-1) > COLOURFUL


# Latents ------------------------------------------------------------------------------------------


def truncated(n: int, latent_dim: int, bound: float, seed: int | None = None) -> np.ndarray:
    """Standard normal latents none of whose numbers is farther from 0 than ``bound``.

    Numbers outside are drawn again (the truncation trick, Brock et al. 2019, arXiv 1809.11096).

    Args:
        n: how many.
        latent_dim: numbers in one latent vector.
        bound: above 0.05; infinity for all latents as they come.
        seed: 0 or more: the same seed draws the same latents; None for new ones.

    Returns:
        float32 ``(n, latent_dim)``.

    Raises:
        TypeError, ValueError: a number is out of range.
    """
    shape = whole_number(n, "n", 1), whole_number(latent_dim, "latent_dim", 1)
    if bound != np.inf:
        bound = real_number(bound, "bound", least=0.05)
    rng = np.random.default_rng(None if seed is None else whole_number(seed, "seed", 0))
    latents = rng.standard_normal(shape, np.float32)
    while (outside := np.abs(latents) > bound).any():
        latents[outside] = rng.standard_normal(outside.sum(), np.float32)
    return latents
