"""What can be measured of objects made of voxels, one by one and as a set.

Of one object: is it in one piece, on how many feet does it stand, does it stand at all, is it
symmetric. Pictures have no equal of these. Of a set: is it told from a set of real objects, and how
many of those does it cover. The likeness of two objects is the volume that both fill over the
volume that either fills (intersection over union, IoU).

Objects are bool arrays ``(n, side, side, side)`` as in ``ganlib.worlds.solids``.
"""

from typing import Any, NamedTuple

import numpy as np

from ganlib.support.validation import real_number, whole_number

__all__ = [
    "Pieces",
    "best_likeness",
    "coverage",
    "feet",
    "likeness",
    "likeness_in_pairs",
    "nearest_kind",
    "one_nearest_neighbour",
    "pieces",
    "stands",
    "symmetry",
    "undecided",
    "volume",
]

_CHUNK = 256  # objects looked at together


class Pieces(NamedTuple):
    """What ``pieces`` found.

    Attributes:
        count: pieces of each object, int ``(n,)``; 0 for an empty one.
        largest: the share of its voxels in the largest piece, ``(n,)``; 0 for an empty one.
    """

    count: np.ndarray
    largest: np.ndarray


def pieces(objects: np.ndarray) -> Pieces:
    """Count the pieces of each object: voxels hold together where they share a face.

    Each voxel begins with a number of its own and takes the largest among its own and its six
    neighbours' until nothing changes; then a piece has one number.

    >>> two = np.zeros((1, 16, 16, 16), bool)
    >>> two[0, 2, 2, 2] = two[0, 3, 3, 3] = True  # they touch at a corner alone
    >>> pieces(two).count.tolist(), pieces(two).largest.tolist()
    ([2], [0.5])
    """
    objects = _objects(objects)
    counts, largest = np.zeros(len(objects), int), np.zeros(len(objects))
    for start in range(0, len(objects), _CHUNK):
        some = objects[start : start + _CHUNK]
        labels = _labels(some).reshape(len(some), -1)
        own = np.arange(1, labels.shape[1] + 1, dtype=labels.dtype)
        # The voxel whose own number won speaks for its piece.
        counts[start : start + len(some)] = (labels == own).sum(axis=1)
        for row, label in enumerate(labels):
            sizes = np.bincount(label)[1:]
            if sizes.sum():
                largest[start + row] = sizes.max() / sizes.sum()
    return Pieces(counts, largest)


def feet(objects: np.ndarray) -> np.ndarray:
    """In how many places each object touches the ground: pieces of its lowest layer, int ``(n,)``.

    The ground is where the lowest voxel of the object is.
    """
    objects = _objects(objects)
    filled = objects.any(axis=(1, 2))
    lowest = filled & (np.cumsum(filled, axis=1) == 1)
    return pieces(objects & lowest[:, None, None]).count


def volume(objects: np.ndarray) -> np.ndarray:
    """The share of the array that each object fills, ``(n,)``."""
    return _rows(objects).mean(axis=1)


def symmetry(objects: np.ndarray) -> np.ndarray:
    """How alike each object and its mirror image are, left to right or front to back, ``(n,)``.

    The better of the two likenesses; 1 for perfect symmetry. The mirror stands in the middle of the
    array.
    """
    objects = _objects(objects)
    mirrored = [likeness_in_pairs(objects, np.flip(objects, axis)) for axis in (1, 2)]
    return np.maximum(*mirrored)


def stands(objects: np.ndarray) -> np.ndarray:
    """Whether each object stays upright: its centre of mass lies over its support, bool ``(n,)``.

    The support is the convex hull of what the lowest layer touches. A point lies in the hull of
    others if, as seen from it, they leave no gap of more than half a turn. All voxels weigh alike,
    loose ones too; an empty object does not stand.
    """
    objects = _objects(objects)
    answers = np.zeros(len(objects), bool)
    for row, solid in enumerate(objects):
        places = np.argwhere(solid)
        if len(places):
            lowest = places[places[:, 2] == places[:, 2].min(), :2]
            corners = [lowest + corner for corner in ((0, 0), (0, 1), (1, 0), (1, 1))]
            seen = np.concatenate(corners) - (places[:, :2].mean(axis=0) + 0.5)
            angles = np.sort(np.arctan2(seen[:, 1], seen[:, 0]))
            gaps = np.diff(angles, append=angles[0] + 2 * np.pi)
            answers[row] = gaps.max() <= np.pi + 1e-9
    return answers


def undecided(samples: np.ndarray, within: float = 0.5) -> float:
    """The share of a generator's numbers that are neither matter nor air: nearer to 0 than this.

    Args:
        samples: floats in [-1, 1] of any shape.
        within: what counts as undecided, above 0 and at most 1; ½ means that a number would
            change sides if the threshold moved by a quarter of the range.
    """
    samples = np.asarray(samples)
    if samples.dtype.kind != "f" or not samples.size:
        raise TypeError(
            f"samples hold {samples.dtype.name} of the shape {samples.shape}, but must hold floats "
            "in [-1, 1], as a generator makes them before a threshold."
        )
    within = real_number(within, "within", above=0, most=1)
    if not np.isfinite(samples).all():
        raise ValueError("samples hold NaN or infinite values, but all must be in [-1, 1].")
    return float((np.abs(samples) < within).mean())


def likeness(some: np.ndarray, others: np.ndarray, turned: bool = False) -> np.ndarray:
    """Intersection over union of each of some objects with each of others, ``(n, m)``.

    Two empty objects count as alike.

    Args:
        some: bool ``(n, side, side, side)``.
        others: bool ``(m, side, side, side)``.
        turned: whether each of the others may be turned about the vertical axis by a quarter, a
            half or three quarters first: the best of the four likenesses. Voxels then go to voxels,
            so nothing is lost; any other angle would blur the object.

    Raises:
        ValueError: objects of other shapes, or with more voxels than the others.
    """
    some, others = _objects(some), _objects(others)
    if turned:
        quarters = [np.rot90(others, quarter, axes=(1, 2)) for quarter in range(4)]
        return np.max([likeness(some, each) for each in quarters], axis=0)
    if some.shape[1:] != others.shape[1:]:
        raise ValueError(
            f"Some objects have the shape {some.shape[1:]} and the others {others.shape[1:]}, but "
            "all must have one."
        )
    a, b = (_rows(each).astype(np.float32) for each in (some, others))
    both = a @ b.T
    either = a.sum(axis=1)[:, None] + b.sum(axis=1) - both
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def likeness_in_pairs(some: np.ndarray, partners: np.ndarray) -> np.ndarray:
    """Intersection over union of each object with its partner, ``(n,)``; 1 for two empty ones."""
    some, partners = _objects(some), _objects(partners)
    if some.shape != partners.shape:
        raise ValueError(
            f"The objects have the shape {some.shape} and their partners {partners.shape}, but "
            "must have one shape."
        )
    axes = (1, 2, 3)
    either = (some | partners).sum(axes)
    return np.where(either > 0, (some & partners).sum(axes) / np.maximum(either, 1), 1.0)


def nearest_kind(objects: np.ndarray, known: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """For each object the class of the known object that is most like it, ``(n,)``.

    Args:
        objects: what to judge.
        known: objects whose classes are known.
        kinds: their classes, ``(m,)``.
    """
    kinds, known = np.asarray(kinds), _some(known, "known")
    if kinds.shape != (len(known),):
        raise ValueError(
            f"kinds have the shape {kinds.shape}, but must have ({len(known)},): one for each of "
            "the known objects."
        )
    return kinds[likeness(objects, known).argmax(axis=1)]


def best_likeness(objects: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The likeness of each object to the one among others that is most like it, ``(n,)``."""
    return likeness(objects, _some(others, "others")).max(axis=1)


def one_nearest_neighbour(real: np.ndarray, fake: np.ndarray, turned: bool = False) -> float:
    """How often an object's nearest (most alike) neighbour is of its own kind, real or generated.

    Near ½ if the two sets are of one distribution; 1 if they can be told apart; below ½ if objects
    were copied (Lopez-Paz & Oquab 2017, arXiv 1610.06545; for shapes Yang et al. 2019, arXiv
    1906.12320). Where several are equally alike, each counts by its share.

    Args:
        real: objects that the generator has not seen.
        fake: as many generated ones.
        turned: as for ``likeness``: whether an object in another direction is still the same.

    Raises:
        ValueError: the two are not equally many, or fewer than two.
    """
    real, fake = _objects(real), _objects(fake)
    n = whole_number(len(real), "the number of real objects", 2)
    if len(fake) != n:
        raise ValueError(
            f"There are {n} real and {len(fake)} generated objects, but there must be as many "
            "of both: otherwise the larger set has more neighbours to offer."
        )
    among_real, across, among_fake = (
        likeness(*pair, turned) for pair in ((real, real), (real, fake), (fake, fake))
    )
    alike = np.block([[among_real, across], [across.T, among_fake]])
    np.fill_diagonal(alike, -1)
    nearest = alike >= alike.max(axis=1, keepdims=True) - 1e-6
    own = np.arange(2 * n) < n
    same = nearest & (own[:, None] == own)
    return float((same.sum(axis=1) / nearest.sum(axis=1)).mean())


def coverage(real: np.ndarray, fake: np.ndarray, turned: bool = False) -> float:
    """The share of real objects that are the nearest (most alike) one to some generated object.

    A set that repeats one object covers one (Achlioptas et al. 2018, arXiv 1707.02392). It says
    nothing of quality, and depends on how many objects there are: compare with ``coverage`` of
    further real ones.

    Args:
        real: objects that the generator has not seen.
        fake: generated ones.
        turned: as for ``likeness``.
    """
    real, fake = _some(real, "real"), _some(fake, "fake")
    return len(np.unique(likeness(fake, real, turned).argmax(axis=1))) / len(real)


def _objects(objects: Any) -> np.ndarray:
    objects = np.asarray(objects)
    if objects.dtype != bool or objects.ndim != 4 or 0 in objects.shape[1:]:
        raise ValueError(
            f"objects are {objects.dtype.name} of the shape {objects.shape}, but must be bool of "
            "the shape (n, side, side, side). One object: object[None]; of a generator: "
            "ganlib.worlds.solids.to_solid(samples)."
        )
    return objects


def _some(objects: Any, name: str) -> np.ndarray:
    """Objects of which there is one at least."""
    objects = _objects(objects)
    if not len(objects):
        raise ValueError(
            f"{name} has the shape {objects.shape}, but must hold one object at least."
        )
    return objects


def _rows(objects: Any) -> np.ndarray:
    """The voxels of each object in a row."""
    objects = _objects(objects)
    return objects.reshape(len(objects), int(np.prod(objects.shape[1:])))


def _labels(objects: np.ndarray) -> np.ndarray:
    """A number from 1 on for each voxel of an object, the same for all of a piece; 0 for air."""
    kind = np.int16 if objects[0].size < 2**15 else np.int32
    own = np.arange(1, objects[0].size + 1, dtype=kind).reshape(objects.shape[1:])
    labels = np.where(objects, own, kind(0))
    while True:
        spread = labels.copy()
        for axis in (1, 2, 3):
            last, first = (
                tuple(slice(None) if a != axis else part for a in range(4))
                for part in (slice(None, -1), slice(1, None))
            )
            np.maximum(spread[last], labels[first], out=spread[last])
            np.maximum(spread[first], labels[last], out=spread[first])
        spread[~objects] = 0
        if np.array_equal(spread, labels):
            return labels
        labels = spread
