"""A watermark: a secret pattern of signs, spread over many frequencies (Cox et al. 1997).

The owner of a generator adds it to every image that leaves it. Who knows the key can test any image
for it; without the key the signs look like noise.

>>> images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
>>> mark = Watermark("a key that nobody else has", strength=6.0)
>>> bool((mark.score(mark.add(images)) > mark.score(images)).all())
True
"""

import hashlib
import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ganlib.society.forensics import PLANES, dct_basis
from ganlib.support.byte_images import byte_squares
from ganlib.support.numeric_arrays import finite
from ganlib.support.validation import real_number

__all__ = ["Watermark", "proven_threshold", "threshold_for"]


@dataclass(frozen=True)
class Watermark:
    """A pattern of signs ±1 on the middle frequencies of the brightness.

    Attributes:
        key: the secret. Signs are drawn from its SHA-256.
        strength: what is added to, or taken from, each coefficient of the orthonormal cosine
            transform, in grey levels.
        band: frequencies i + j that carry a sign, from the first up to but not the second, as
            shares of the size.
    """

    key: str
    strength: float = 5.0
    band: tuple[float, float] = (0.25, 1.0)

    def __post_init__(self) -> None:
        real_number(self.strength, "strength", above=0)
        if not isinstance(self.key, str) or not self.key:
            raise TypeError(f"key is {self.key!r}, but must be a text that nobody can guess.")
        low, high = finite(self.band, "band", (2,))
        if not 0 <= low < high <= 2:
            raise ValueError(f"band is {self.band}, but must rise from 0 to 2, as in (0.25, 1.0).")

    def signs(self, size: int) -> np.ndarray:
        """The pattern, float64 ``(size, size)``: ±1 on the band, 0 elsewhere."""
        seed = int.from_bytes(hashlib.sha256(self.key.encode()).digest(), "big")
        drawn = np.random.default_rng(seed).choice((-1.0, 1.0), (size, size))
        frequency = np.add.outer(np.arange(size), np.arange(size)) / size
        return np.where((frequency >= self.band[0]) & (frequency < self.band[1]), drawn, 0.0)

    def pattern(self, size: int) -> np.ndarray:
        """What is added to each channel, in grey levels, float64 ``(size, size)``."""
        basis = dct_basis(size)
        return self.strength * (basis.T @ self.signs(size) @ basis)

    def add(self, images: np.ndarray) -> np.ndarray:
        """Marked copies of uint8 images ``(n, size, size, 3)``, rounded and cut to bytes.

        Raises:
            TypeError, ValueError: no square uint8 images of even size.
        """
        images = byte_squares(images, "images")
        marked = images + self.pattern(images.shape[1])[..., None]
        return np.round(marked).clip(0, 255).astype(np.uint8)

    def score(self, images: np.ndarray) -> np.ndarray:
        """How well each image agrees with the pattern, float64 ``(n,)``.

        Z = Σ wᵢcᵢ / √Σ cᵢ², with the signs w and the coefficients c on the band, each cut off at
        ± twice the strength: what is larger comes from the picture, and would drown the mark. For
        an image that has nothing to do with the key, and signs drawn at random, Z has mean 0 and
        variance 1, and is nearly normal.

        Raises:
            TypeError, ValueError: no square uint8 images of even size.
        """
        images = byte_squares(images, "images")
        size = images.shape[1]
        basis, signs = dct_basis(size), self.signs(size)
        coefficients = basis @ (images @ PLANES[:, 0]) @ basis.T
        product = coefficients.clip(-2 * self.strength, 2 * self.strength) * signs
        length = np.sqrt((product**2).sum(axis=(1, 2)))
        return product.sum(axis=(1, 2)) / np.maximum(length, 1e-9)


def threshold_for(fpr: float) -> float:
    """The score that an unmarked image exceeds with that probability, by the normal distribution.

    >>> round(threshold_for(0.01), 2), round(threshold_for(1e-6), 2)
    (2.33, 4.75)
    """
    return -NormalDist().inv_cdf(real_number(fpr, "fpr", above=0, below=1))


def proven_threshold(fpr: float) -> float:
    """A score that an unmarked image exceeds with at most that probability, for any image.

    Hoeffding's bound for random signs: P(Z > t) ≤ exp(−t²/2). The probability is over keys.

    >>> round(proven_threshold(1e-6), 2)
    5.26
    """
    return math.sqrt(-2 * math.log(real_number(fpr, "fpr", above=0, below=1)))
