"""An attack that asks for answers only: squares of colour, kept where they help."""

import numpy as np

from ganlib.society.attacks import Victim, checked_victim
from ganlib.society.box import Box
from ganlib.support.validation import whole_number

__all__ = ["square_attack"]

# The share of an image that a square covers falls to half at these shares of all queries, as in the
# paper's schedule, which begins at 0.8.
_FIRST_SHARE = 0.8
_HALVED_AT = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)


def square_attack(
    victim: Victim,
    images: np.ndarray,
    labels: np.ndarray,
    epsilon: float,
    *,
    queries: int = 200,
    seed: int = 0,
) -> np.ndarray:
    """Random search without a gradient: the Square Attack (Andriushchenko et al. 2020, 1912.00049).

    It begins with vertical stripes of ±ε. Then a square of the image is set to +ε or -ε in each
    channel, at a random place; that stays if it brings a wrong answer farther ahead. The squares
    shrink.

    Args:
        victim: what is attacked; only its logits are used.
        images: uint8, or floats in [0, 1], ``(n, height, width, channels)``.
        labels: the true labels, whole numbers ``(n,)``.
        epsilon: the largest change, in the unit of images in [0, 1].
        queries: how often the victim is asked about each image.
        seed: of the draws.

    Returns:
        Attacked images, shape and dtype those of ``images``.

    Raises:
        TypeError, ValueError: images, labels or numbers out of range.
    """
    box, labels = Box.around(images, epsilon), checked_victim(victim).labels(labels, images)
    if box.origin.ndim != 4:
        raise ValueError(
            f"images have the shape {box.origin.shape}, but must have (n, height, width, channels)."
        )
    queries = whole_number(queries, "queries", 1)
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    n, height, width, channels = box.origin.shape
    size = np.float32(box.epsilon)

    def lead(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
        parts = [
            victim.direction("none", images[rows], labels[rows])[1].numpy()
            for rows in victim.batches(len(labels))
        ]
        return np.concatenate(parts)

    stripes = rng.choice([-size, size], (n, 1, width, channels))
    best = box.nearest(box.origin + stripes)
    ahead = lead(best, labels)
    for query in range(1, queries):
        left = np.flatnonzero(ahead <= 0)  # who is answered wrongly is left in peace
        if not len(left):
            break
        share = _FIRST_SHARE / 2 ** sum(query >= part * queries for part in _HALVED_AT)
        side = int(np.clip(np.rint(np.sqrt(share * height * width)), 1, min(height, width)))
        tried = best[left]
        for row, image in zip(left, tried, strict=True):
            top, start = rng.integers(height - side + 1), rng.integers(width - side + 1)
            place = np.s_[top : top + side, start : start + side]
            image[place] = box.origin[row][place] + rng.choice([-size, size], channels)
        tried = np.clip(tried, 0, 1)
        after = lead(tried, labels[left])
        better = after > ahead[left]
        best[left[better]], ahead[left[better]] = tried[better], after[better]
    return box.as_given(best)
