"""Images like those of ganlib.shapes but without one of its shapes, for a judge that may say so.

Ground, ink and noise are as there; only what is inked is none of the six shapes:

- "nothing": the ground alone;
- "two": two different shapes of one hue that stick out of each other;
- "smeared": a shape whose outline is some six pixels wide instead of one;
- "blob": one patch with a sharp outline that goes in and out at random;
- "torn": the sixteen tiles of 8 × 8 pixels of a shape in another order;
- "ghost": two different shapes, each half as strong. No judge is trained with it, so it shows how
  one that was deals with what it has not seen.
"""

import numpy as np
from scipy import ndimage

from ganlib import shapes

NO_SHAPE = shapes.MODES  # the class after the modes
TRAINED, UNSEEN = ("nothing", "two", "smeared", "blob", "torn"), ("ghost",)
SMEAR = 3.0  # standard deviation, pixels
STICKS_OUT = 0.15  # of the larger shape's area, at least


def grounds(images: np.ndarray) -> np.ndarray:
    """The grey behind the shapes, float64 ``(n, 32, 32)`` in 0 … 255: the plane through the border,
    which no shape reaches.
    """
    side = images.shape[1]
    across = np.arange(side) - (side - 1) / 2
    x, y = np.meshgrid(across, across)
    planes = np.stack([np.ones_like(x), x, y], axis=-1)
    border = np.maximum(abs(x), abs(y)) == across[-1]
    grey = images[:, border].mean(axis=-1).T
    solved, *_ = np.linalg.lstsq(planes[border], grey, rcond=None)
    return np.clip(planes @ solved, 0, 255).transpose(2, 0, 1)


def covers(images: np.ndarray, hues: np.ndarray) -> np.ndarray:
    """How much of each pixel is inked, float64 ``(n, 32, 32)`` in 0 … 1."""
    ground = grounds(images)[..., None]
    ink = 255 * shapes.COLOURS[hues][:, None, None, :] - ground
    cover = ((images - ground) * ink).sum(axis=-1) / (ink**2).sum(axis=-1)
    return np.where(cover < 0.15, 0.0, np.clip(cover, 0, 1))  # below it lies noise


def without_a_shape(kind: str, n: int, seed: int) -> np.ndarray:
    """n images of a kind, uint8 ``(n, 32, 32, 3)``."""
    if kind not in TRAINED + UNSEEN:
        raise ValueError(f"{kind!r} is none of the kinds {', '.join(TRAINED + UNSEEN)}.")
    number = (TRAINED + UNSEEN).index(kind)
    chance = np.random.default_rng([seed, number])
    made: list[np.ndarray] = []
    while sum(map(len, made)) < n:
        images, factors = shapes.draw(2 * n, seed=int(chance.integers(2**31)))
        hues = factors["hue"]
        cover = covers(images, hues)
        keep = np.ones(n, bool)
        if kind == "nothing":
            inked = np.zeros((n, *cover.shape[1:]))
        elif kind == "smeared":
            inked = ndimage.gaussian_filter(cover[:n], (0, SMEAR, SMEAR))
        elif kind == "blob":
            inked = _blobs(factors[:n], chance)
        elif kind == "torn":
            inked, keep = _torn(cover[:n], chance)
        else:
            first, second = cover[:n], cover[n:]
            both = np.maximum(first, second)
            larger = np.maximum(first.sum(axis=(1, 2)), second.sum(axis=(1, 2)))
            keep = both.sum(axis=(1, 2)) > (1 + STICKS_OUT) * larger
            keep &= factors["shape"][:n] != factors["shape"][n:]
            inked = both if kind == "two" else (first + second) / 2
        ground, ink = grounds(images[:n])[..., None], 255 * shapes.COLOURS[hues[:n]][:, None, None]
        pixels = ground + inked[..., None] * (ink - ground)
        pixels += shapes.NOISE * chance.standard_normal(pixels.shape)
        made.append(np.clip(np.rint(pixels), 0, 255).astype(np.uint8)[keep])
    return np.concatenate(made)[:n]


def _blobs(factors: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """How much of each pixel a patch inks whose radius is a constant and five random waves."""
    middle = np.arange(32) + 0.5
    x = middle[None, None, :] - factors["centre_x"][:, None, None]
    y = middle[None, :, None] - factors["centre_y"][:, None, None]
    angle, radius = np.arctan2(y, x), np.hypot(x, y)
    waves = chance.standard_normal((len(factors), 5, 2))
    waves /= np.sqrt((waves**2).sum(axis=(1, 2), keepdims=True))  # as uneven, all of them
    outline = np.ones_like(radius)
    for times, wave in enumerate(waves.transpose(1, 2, 0)[..., None, None], start=2):
        outline += 0.3 * (wave[0] * np.cos(times * angle) + wave[1] * np.sin(times * angle))
    reach = 0.8 * factors["size"][:, None, None] * outline
    return np.clip(0.5 + reach - radius, 0, 1)


def _torn(cover: np.ndarray, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Tiles in another order, and which images look different for it."""
    tiles = cover.reshape(-1, 4, 8, 4, 8).transpose(0, 1, 3, 2, 4).reshape(-1, 16, 8, 8)
    order = np.argsort(chance.random(tiles.shape[:2]), axis=1)
    mixed = np.take_along_axis(tiles, order[..., None, None], axis=1)
    torn = mixed.reshape(-1, 4, 4, 8, 8).transpose(0, 1, 3, 2, 4).reshape(cover.shape)
    changed = abs(torn - cover).sum(axis=(1, 2)) > 0.5 * cover.sum(axis=(1, 2))
    return torn, changed
