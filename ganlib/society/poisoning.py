"""Poisoned training data: a few images carry a mark and a wrong label; and how to look for them."""

import numpy as np

from ganlib.support.image_arrays import checked_labels
from ganlib.support.numeric_arrays import finite
from ganlib.support.validation import images as checked_images
from ganlib.support.validation import real_number, whole_number

__all__ = ["poison", "spectral_scores", "stamp"]

_SIDE, _AWAY = 3, 1  # pixels: the mark, and from the lower right corner


def stamp(images: np.ndarray) -> np.ndarray:
    """Put the mark on images: three by three black and white pixels near the lower right corner.

    Args:
        images: uint8 ``(n, height, width, channels)``, with sides of at least 4.

    Returns:
        Marked copies.

    Raises:
        TypeError, ValueError: other images.
    """
    images = _bytes(images)
    marked = images.copy()
    rows, columns = np.mgrid[:_SIDE, :_SIDE]
    board = np.where((rows + columns) % 2, 0, 255).astype(np.uint8)
    end = -_AWAY - _SIDE
    marked[:, end:-_AWAY, end:-_AWAY] = board[..., None]
    return marked


def poison(
    images: np.ndarray, labels: np.ndarray, target: int, share: float, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mark some images of other classes and label them ``target`` (BadNets, Gu et al. 2017).

    arXiv 1708.06733.

    Args:
        images: uint8 ``(n, height, width, channels)``.
        labels: whole numbers ``(n,)``.
        target: the label that marked images get.
        share: of all images, how many are marked; at least one, at most all of other classes.
        seed: of the choice.

    Returns:
        Images and labels, in which the poisoned images take the places of their originals; and
        bools ``(n,)``, which say which images are poisoned.

    Raises:
        TypeError, ValueError: other images or labels, or too large a share.
    """
    images = _bytes(images)
    labels = checked_labels(labels, len(images))
    target = whole_number(target, "target", 0)
    count = round(len(images) * real_number(share, "share", above=0, most=1))
    others = np.flatnonzero(labels != target)
    if not 1 <= count <= len(others):
        raise ValueError(
            f"A share of {share:g} of {len(images):,} images is {count:,}, but must be at least 1 "
            f"and at most {len(others):,}, as many as have another label than {target}."
        )
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    chosen = rng.choice(others, count, replace=False)
    poisoned = np.zeros(len(images), bool)
    poisoned[chosen] = True
    images, labels = images.copy(), labels.copy()
    images[poisoned], labels[poisoned] = stamp(images[poisoned]), target
    return images, labels, poisoned


def spectral_scores(features: np.ndarray) -> np.ndarray:
    """How far each image of one class lies along the direction in which they differ most.

    If a few of them are there for another reason than the rest, that direction is often the one
    between the two kinds (spectral signatures, Tran, Li, Madry 2018, arXiv 1811.00636).

    Args:
        features: floats ``(n, d)``: what a trained classifier makes of the images that carry one
            label, before its last layer.

    Returns:
        float64 ``(n,)``: the squared coordinate along the first principal direction.

    Raises:
        TypeError, ValueError: no numbers, another shape, fewer than two rows, or values that are
            not finite.

    >>> spectral_scores(np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [4.0, 1.0]])).tolist()
    [1.0, 1.0, 1.0, 9.0]
    """
    features = finite(features, "features", ("n", "d"), least=2)
    centred = features - features.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    return (centred @ directions[0]) ** 2


def _bytes(images: np.ndarray) -> np.ndarray:
    images = checked_images(images, "images")
    if images.dtype != np.uint8:
        raise TypeError(f"images are {images.dtype}, but must be uint8: use ganlib.data.to_uint8.")
    if min(images.shape[1:3]) < _SIDE + _AWAY:
        raise ValueError(
            f"images are {images.shape[1]} × {images.shape[2]}, but must have sides of at least "
            f"{_SIDE + _AWAY} pixels to carry the mark."
        )
    return images
