"""Shapes: images drawn by code, as many as you like, with every factor of each image known.

Each image shows one of 6 shapes in one of 10 hues (60 modes, so that the modes of a generator can
be counted) at a random place, size and angle, on a grey background with a gradient of brightness,
and a little pixel noise. A shape is drawn from its signed distance in pixels, negative inside and
positive outside: half a pixel on either side of the outline makes a soft edge.

>>> images, factors = draw(3, seed=0)
>>> images.shape, images.dtype.name, len(factors)
((3, 32, 32, 3), 'uint8', 3)
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ganlib.support.validation import whole_number

__all__ = [
    "COLOURS",
    "FACTORS",
    "HUE_NAMES",
    "MODES",
    "SHAPE_NAMES",
    "draw",
    "load",
    "mode_name",
    "modes",
]

SHAPE_NAMES = ("disk", "ring", "square", "triangle", "star", "cross")
HUE_NAMES = (
    *("red", "orange", "yellow", "lime", "green"),
    *("cyan", "azure", "blue", "violet", "pink"),
)
MODES = len(SHAPE_NAMES) * len(HUE_NAMES)
# Not evenly spaced around the colour circle: between greens, the eye needs wider steps.
COLOURS = (
    np.array(
        [
            *([230, 25, 25], [245, 130, 20], [250, 230, 40], [160, 225, 30], [20, 150, 50]),
            *([60, 225, 225], [40, 145, 245], [45, 55, 220], [140, 60, 215], [250, 110, 190]),
        ],
        np.float32,
    )
    / 255
)

FACTORS = np.dtype(
    [
        ("shape", np.uint8),  # index into SHAPE_NAMES
        ("hue", np.uint8),  # index into HUE_NAMES
        ("centre_x", np.float32),  # pixels from the left edge
        ("centre_y", np.float32),  # pixels from the upper edge
        ("size", np.float32),  # radius of the disk of about the same reach, pixels
        ("angle", np.float32),  # radians
        ("background", np.float32),  # grey in the middle of the image, 0 black to 1 white
        ("gradient", np.float32),  # grey levels (0..1) from one edge to the other
        ("gradient_angle", np.float32),  # radians
    ]
)
SIZES, SHIFT = (7.0, 11.5), 5.0
BACKGROUNDS, GRADIENTS = (0.1, 0.5), (0.0, 0.3)
NOISE = 4.0  # standard deviation, in grey levels of 0..255

_SIDE = 32
_REACH = 1.1  # the farthest that a shape of size 1 reaches from its centre
_CHUNK = 500  # images drawn at once: some 20 MB of memory
_SPLITS = {"train": (1, 0), "test": (1, 1)}  # streams that no `seed` of `draw` can meet


def draw(n: int, seed: int = 0, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Draw n fresh images.

    Args:
        n: how many; the first m of n images are those of ``draw(m, seed, weights)``.
        seed: 0 or more. No seed gives an image of the splits ``"train"`` and ``"test"`` of
            ``load``.
        weights: how often each mode appears: ``(60,)`` numbers of 0 or more in any unit, index
            ``shape * 10 + hue``, or the same as ``(6, 10)``. A weight of 0 leaves a mode out. None
            for equal weights.

    Returns:
        Images, uint8 ``(n, 32, 32, 3)``, and their factors, a structured array ``(n,)`` with the
        fields of ``FACTORS``: ``factors["hue"]``, ``factors["size"]``, …; ``modes(factors)`` gives
        the modes.

    Raises:
        TypeError, ValueError: n, the seed or the weights are out of range.
    """
    n = whole_number(n, "n", 1)
    seed = whole_number(seed, "seed", 0)
    return _draw(n, seed, (0, 0), _shares(weights))


def load(split: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The first n images of a split, uint8 ``(n, 32, 32, 3)``, and their modes, int32 ``(n,)``.

    Args:
        split: ``"train"`` or ``"test"``; each is the same at every call and has no end.
        n: how many.
    """
    images, factors = _draw(n, 0, _SPLITS[split], _shares(None))
    return images, modes(factors)


def modes(factors: np.ndarray) -> np.ndarray:
    """The mode ``shape * 10 + hue`` in 0 … 59 of each image, int32 ``(n,)``, from its factors."""
    return factors["shape"].astype(np.int32) * len(HUE_NAMES) + factors["hue"]


def mode_name(mode: int) -> str:
    """The name of a mode.

    >>> mode_name(42)
    'yellow star'
    """
    mode = whole_number(mode, "mode", 0, MODES - 1)
    return f"{HUE_NAMES[mode % len(HUE_NAMES)]} {SHAPE_NAMES[mode // len(HUE_NAMES)]}"


def _shares(weights: np.ndarray | None) -> np.ndarray:
    given = np.ones(MODES) if weights is None else np.asarray(weights, np.float64)
    if given.shape not in ((MODES,), (len(SHAPE_NAMES), len(HUE_NAMES))):
        raise ValueError(
            f"weights have the shape {given.shape}, but must have ({MODES},), one for each mode "
            f"shape * 10 + hue, or {len(SHAPE_NAMES), len(HUE_NAMES)}."
        )
    if not np.isfinite(given).all() or (given < 0).any() or not given.any():
        raise ValueError(
            f"weights lie between {given.min()} and {given.max()}, but must be finite numbers of 0 "
            "or more, not all of them 0."
        )
    return given.ravel() / given.sum()


def _draw(
    n: int, seed: int, stream: tuple[int, int], shares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    images = np.empty((n, _SIDE, _SIDE, 3), np.uint8)
    factors = np.empty(n, FACTORS)

    def fill(number: int, rows: slice) -> None:
        # Each chunk has its own random stream, so threads may draw them in any order.
        chance = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(*stream, number)))
        factors[rows] = _sample(chance, shares)[: rows.stop - rows.start]
        pixels = _paint(factors[rows]) * np.float32(255)
        pixels += np.float32(NOISE) * chance.standard_normal(pixels.shape, np.float32)
        images[rows] = np.clip(np.rint(pixels, out=pixels), 0, 255, out=pixels)

    chunks = [slice(start, min(start + _CHUNK, n)) for start in range(0, n, _CHUNK)]
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        list(pool.map(fill, range(len(chunks)), chunks))
    return images, factors


def _sample(chance: np.random.Generator, shares: np.ndarray) -> np.ndarray:
    """The factors ``(500,)`` of a whole chunk, however few are needed: a prefix stays a prefix."""
    columns: Iterator[np.ndarray] = iter(chance.random((len(FACTORS), _CHUNK)))

    def between(low: float, high: float) -> np.ndarray:
        return low + (high - low) * next(columns)

    factors = np.empty(_CHUNK, FACTORS)
    mode = np.searchsorted(np.cumsum(shares), next(columns), side="right")
    mode = np.minimum(mode, np.flatnonzero(shares)[-1])
    factors["shape"], factors["hue"] = np.divmod(mode, len(HUE_NAMES))
    factors["size"] = between(*SIZES)
    shift = np.minimum(SHIFT, _SIDE / 2 - 0.5 - _REACH * factors["size"])  # nothing sticks out
    factors["centre_x"] = _SIDE / 2 + shift * between(-1, 1)
    factors["centre_y"] = _SIDE / 2 + shift * between(-1, 1)
    factors["angle"] = between(0, 2 * np.pi)
    factors["background"] = between(*BACKGROUNDS)
    factors["gradient"] = between(*GRADIENTS)
    factors["gradient_angle"] = between(0, 2 * np.pi)
    return factors


def _paint(factors: np.ndarray) -> np.ndarray:
    """Draw factors ``(n,)`` without noise: float32 ``(n, 32, 32, 3)`` in [0, 1]."""

    def column(name: str) -> np.ndarray:
        return factors[name][:, None, None]

    def turned(angle: str, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        cos, sin = np.cos(column(angle)), np.sin(column(angle))
        return cos * x + sin * y, cos * y - sin * x

    x = np.arange(_SIDE, dtype=np.float32)[None, None, :] + np.float32(0.5)  # middles of the pixels
    y = np.arange(_SIDE, dtype=np.float32)[None, :, None] + np.float32(0.5)
    along, _ = turned("gradient_angle", (x - _SIDE / 2) / _SIDE, (y - _SIDE / 2) / _SIDE)
    grey = np.clip(column("background") + column("gradient") * along, 0, 1)

    u, v = turned("angle", x - column("centre_x"), y - column("centre_y"))
    u, v = u / column("size"), v / column("size")
    cover = np.empty(grey.shape, np.float32)
    for index, name in enumerate(SHAPE_NAMES):
        rows = factors["shape"] == index
        distance = _DISTANCES[name](u[rows], v[rows]) * column("size")[rows]
        cover[rows] = np.clip(0.5 - distance, 0, 1)
    ink = COLOURS[factors["hue"]][:, None, None, :]
    return grey[..., None] + cover[..., None] * (ink - grey[..., None])


# Signed distances of shapes of size 1 at the points (u, v). None reaches farther than _REACH.


def _disk(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.hypot(u, v) - np.float32(0.95)


def _ring(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.abs(np.hypot(u, v) - np.float32(0.75)) - np.float32(0.24)


def _square(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(u), np.abs(v)) - np.float32(0.78)


def _triangle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    # Three half-planes at 120 degrees, each as far from the centre as the inscribed circle.
    slanted = np.float32(np.sqrt(0.75)) * np.abs(u) - np.float32(0.5) * v
    return np.maximum(slanted, v) - np.float32(0.55)


def _star(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    # Ten mirror images of one edge, from a tip at radius 1.1 to a notch at 0.45, 36° further on.
    tip, notch, sector = _REACH, 0.45, np.pi / 5
    angle = np.abs((np.arctan2(v, u) + np.pi) % (2 * sector) - sector)
    edge = np.array([notch * np.cos(sector) - tip, notch * np.sin(sector)])
    normal = (np.array([edge[1], -edge[0]]) / np.hypot(*edge)).astype(np.float32)
    radius = np.hypot(u, v)
    across = np.cos(angle) * normal[0] + np.sin(angle) * normal[1]
    return radius * across - normal[0] * np.float32(tip)


def _cross(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    u, v = np.abs(u), np.abs(v)
    return np.maximum(np.minimum(u, v) - np.float32(0.3), np.maximum(u, v) - np.float32(1.0))


_DISTANCES = dict(zip(SHAPE_NAMES, (_disk, _ring, _square, _triangle, _star, _cross), strict=True))
