"""Solids: objects made of voxels and drawn by code, as many as you like, with known factors.

An object is an array ``(side, side, side)`` that is True where there is matter. Its axes are x to
the right, y to the back and z up. Each object stands on the ground, one sixteenth of the side above
the floor of the array, in the middle. It is drawn in a cube from -1 to 1, whatever the side: the
same seed draws the same objects on a finer grid.

The parts of each class are known: a table is a top on four legs, a mug a wall, a floor and a
handle. No part is thinner than two voxels of a grid of 16.

>>> objects, factors = draw(3, seed=0)
>>> objects.shape, objects.dtype.name, len(factors)
((3, 16, 16, 16), 'bool', 3)
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ganlib.support.validation import real_number, whole_number, whole_numbers

__all__ = [
    "CLASS_NAMES",
    "FACTORS",
    "FEET",
    "GROUND",
    "draw",
    "to_samples",
    "to_solid",
]

CLASS_NAMES = ("ball", "box", "ring", "table", "chair", "lamp", "mug", "arch")
# In how many places an object of each class touches the ground.
FEET = (1, 1, 1, 4, 4, 1, 1, 2)
FACTORS = np.dtype(
    [
        ("kind", np.uint8),  # index into CLASS_NAMES
        ("width", np.float32),  # along x, in the units of the cube, whose side is 2
        ("depth", np.float32),  # along y
        ("height", np.float32),
        ("thickness", np.float32),  # of legs, walls, tubes; 0 for a ball and a box
        ("turn", np.float32),  # about the vertical axis, radians
    ]
)
GROUND = -0.875  # z of the ground
THIN = 0.25  # two voxels of a grid of 16: a part of this thickness is never lost
# The least and the most of width, depth, height, thickness. A ball is as wide as it is high.
RANGES = {
    "ball": ((0.9, 1.6), (0, 0), (0, 0), (0, 0)),
    "box": ((0.8, 1.6), (0.8, 1.6), (0.5, 1.5), (0, 0)),
    "ring": ((1.3, 1.7), (0, 0), (0, 0), (0.38, 0.5)),
    "table": ((1.2, 1.7), (1.0, 1.5), (0.9, 1.5), (THIN, 0.3)),
    "chair": ((0.85, 1.2), (0.85, 1.2), (1.3, 1.75), (THIN, 0.3)),
    "lamp": ((1.0, 1.5), (0.6, 0.9), (1.3, 1.75), (THIN, 0.3)),
    "mug": ((0.9, 1.15), (0, 0), (0.9, 1.4), (THIN, 0.3)),
    "arch": ((1.2, 1.7), (0.5, 0.9), (1.1, 1.7), (THIN, 0.45)),
}

_CHUNK = 2**22  # points looked at together: some 16 MB a coordinate


def draw(
    n: int,
    seed: int = 0,
    kinds: Sequence[int] | None = None,
    side: int = 16,
    turn: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw n fresh objects.

    Args:
        n: how many.
        seed: 0 or more; other seeds draw other objects.
        kinds: indices into ``CLASS_NAMES`` of the classes to draw, equally often on average; None
            for all.
        side: voxels along each edge, at least 16.
        turn: objects are turned about the vertical axis by up to this angle to either side,
            in radians; 0 for none, π for all directions. Turned objects are a fifth narrower, so
            that no corner leaves the array.

    Returns:
        Objects, bool ``(n, side, side, side)``, and their factors, a structured array ``(n,)`` with
        the fields of ``FACTORS``.

    Raises:
        TypeError, ValueError: a number or a class out of range.
    """
    n, seed = whole_number(n, "n", 1), whole_number(seed, "seed", 0)
    side = whole_number(side, "side", 16, 128)
    turn = real_number(turn, "turn", least=0, most=np.pi)
    kinds = tuple(range(len(CLASS_NAMES))) if kinds is None else whole_numbers(kinds, "kinds", 0)
    if not kinds or max(kinds) >= len(CLASS_NAMES):
        raise ValueError(
            f"kinds is {kinds}, but must hold numbers from 0 to {len(CLASS_NAMES) - 1}, one at "
            f"least: {', '.join(f'{k} {name}' for k, name in enumerate(CLASS_NAMES))}."
        )
    factors = _factors(np.random.default_rng((14, seed)), n, kinds, turn)
    objects = np.empty((n, side, side, side), bool)
    together = max(1, _CHUNK // side**3)
    for kind in set(kinds):
        rows = np.flatnonzero(factors["kind"] == kind)
        for some in np.split(rows, range(together, len(rows), together)):
            objects[some] = _drawn(CLASS_NAMES[kind], factors[some], side)
    return objects, factors


def to_samples(objects: np.ndarray, finer: int = 1) -> np.ndarray:
    """Objects as bytes for ``ganlib.data.dataset``: 255 where there is matter, 0 elsewhere.

    Args:
        objects: bool ``(n, side, side, side)``.
        finer: how many voxels along each edge make one of the samples. With 2, a byte is the share
            of matter in 2 × 2 × 2 voxels: surfaces are soft, as the edges of a photograph are.

    Returns:
        uint8 ``(n, side / finer, …, 1)``; ``ganlib.data.to_network`` makes 1 of 255, and -1 of 0.
    """
    objects, finer = _checked(objects), whole_number(finer, "finer", 1)
    n, side = objects.shape[:2]
    if side % finer:
        raise ValueError(f"The side is {side}, but must be a multiple of finer, {finer}.")
    if finer == 1:
        return np.where(objects, np.uint8(255), np.uint8(0))[..., None]
    blocks = objects.reshape(n, *(side // finer, finer) * 3)
    shares = blocks.sum(axis=(2, 4, 6), dtype=np.int32) * np.float32(255 / finer**3)
    return np.rint(shares).astype(np.uint8)[..., None]


def to_solid(samples: ArrayLike, threshold: float = 0.0) -> np.ndarray:
    """What a generator made, as objects: matter where a number is above the threshold.

    Args:
        samples: floats in [-1, 1], ``(n, side, side, side, 1)``.
        threshold: a number in (-1, 1).

    Returns:
        bool ``(n, side, side, side)``.

    Raises:
        TypeError, ValueError: samples of another kind or shape.
    """
    samples = np.asarray(samples)
    threshold = real_number(threshold, "threshold", above=-1, below=1)
    if samples.dtype.kind != "f":
        raise TypeError(
            f"samples hold {samples.dtype.name}, but must hold floats in [-1, 1], as a generator "
            "makes them."
        )
    if samples.ndim != 5 or samples.shape[-1] != 1:
        raise ValueError(
            f"samples have the shape {samples.shape}, but must have (n, side, side, side, 1)."
        )
    if samples.size and not np.abs(samples).max() <= 1.001:  # so NaN is refused too
        raise ValueError(
            f"samples go from {samples.min():.4g} to {samples.max():.4g}, but must be in [-1, 1]. "
            "Convert bytes with ganlib.data.to_network."
        )
    return samples[..., 0] > threshold


def _checked(objects: np.ndarray) -> np.ndarray:
    objects = np.asarray(objects)
    if objects.dtype != bool or objects.ndim != 4 or len(set(objects.shape[1:])) != 1:
        raise ValueError(
            f"objects are {objects.dtype.name} of the shape {objects.shape}, but must be bool of "
            "the shape (n, side, side, side). One object: object[None]; of a generator: "
            "to_solid(samples)."
        )
    return objects


def _factors(rng: np.random.Generator, n: int, kinds: Sequence[int], turn: float) -> np.ndarray:
    """The factors of n objects."""
    factors = np.zeros(n, FACTORS)
    factors["kind"] = np.asarray(kinds)[rng.integers(len(kinds), size=n)]
    draws = rng.random((n, 4), np.float32)
    low, high = np.moveaxis(np.array([RANGES[name] for name in CLASS_NAMES]), 2, 0)
    values = low[factors["kind"]] + (high - low)[factors["kind"]] * draws
    for column, name in enumerate(("width", "depth", "height", "thickness")):
        factors[name] = values[:, column]
    if turn:
        factors["width"] *= 0.8
        factors["depth"] *= 0.8
    round_ones = np.isin(factors["kind"], [CLASS_NAMES.index(k) for k in ("ball", "ring", "mug")])
    factors["depth"][round_ones] = factors["width"][round_ones]
    for name, source in (("ball", "width"), ("ring", "thickness")):
        of = factors["kind"] == CLASS_NAMES.index(name)
        factors["height"][of] = factors[source][of]
    factors["turn"] = rng.uniform(-turn, turn, n)
    return factors


# The classes. Each function says which points (x, y, z) belong to an object; z is 0 on the ground,
# w, d, h and t are its width, depth, height and thickness, arrays that fit the coordinates.


def _drawn(name: str, factors: np.ndarray, side: int) -> np.ndarray:
    """Objects of one class."""
    centres = ((np.arange(side) + 0.5) * 2 / side - 1).astype(np.float32)
    w, d, h, t, turn = (
        factors[field].reshape(-1, 1, 1, 1)
        for field in ("width", "depth", "height", "thickness", "turn")
    )
    x, y = centres[:, None, None], centres[:, None]
    if turn.any():
        x, y = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    return _CLASSES[name](x, y, centres - GROUND, w, d, h, t)


def _slab(z, low, high):
    return (z >= low) & (z < high)


def _block(x, y, z, w, d, low, high):
    return (np.abs(x) < w / 2) & (np.abs(y) < d / 2) & _slab(z, low, high)


def _legs(x, y, z, w, d, t, high):
    """Four legs in the corners of a rectangle."""
    inner = (np.abs(x) >= w / 2 - t) & (np.abs(y) >= d / 2 - t)
    return inner & _block(x, y, z, w, d, 0, high)


def _ball(x, y, z, w, d, h, t):
    return x**2 + y**2 + (z - w / 2) ** 2 < (w / 2) ** 2


def _box(x, y, z, w, d, h, t):
    return _block(x, y, z, w, d, 0, h)


def _ring(x, y, z, w, d, h, t):
    around = np.sqrt(x**2 + y**2) - (w - t) / 2
    return around**2 + (z - t / 2) ** 2 < (t / 2) ** 2


def _table(x, y, z, w, d, h, t):
    return _legs(x, y, z, w, d, t, h) | _block(x, y, z, w, d, h - THIN, h)


def _chair(x, y, z, w, d, h, t):
    seat = h / 2
    back = _block(x, y - d / 2 + THIN / 2, z, w, THIN, seat - THIN, h)
    return _legs(x, y, z, w, d, t, seat) | _block(x, y, z, w, d, seat - THIN, seat) | back


def _lamp(x, y, z, w, d, h, t):
    """A foot of the diameter d, a pole, and a shade of the width w that narrows upwards."""
    radius = np.sqrt(x**2 + y**2)
    foot = (radius < d / 2) & _slab(z, 0, THIN)
    pole = (radius < np.maximum(t, THIN) / 1.9) & _slab(z, 0, h)
    up = (z - 0.55 * h) / (0.45 * h)
    shade = (radius < w / 2 * (1 - 0.5 * up)) & _slab(z, 0.55 * h, h)
    return foot | pole | shade


def _mug(x, y, z, w, d, h, t):
    """A wall, a floor and a handle on the right; the cup stands to the left of the middle."""
    x = x + 0.2
    radius = np.sqrt(x**2 + y**2)
    cup = (radius < w / 2) & _slab(z, 0, h) & ((radius >= w / 2 - t) | (z < THIN))
    across, up = x - w / 2, (z - h / 2) / 1.2
    loop = np.abs(np.sqrt(across**2 + up**2) - 0.3) < THIN / 1.8
    return cup | (loop & (np.abs(y) < THIN / 2) & (radius >= w / 2 - t) & _slab(z, 0, h))


def _arch(x, y, z, w, d, h, t):
    pillars = _block(x, y, z, w, d, 0, h) & (np.abs(x) >= w / 2 - t)
    return pillars | _block(x, y, z, w, d, h - t, h)


_CLASSES: dict[str, Callable[..., np.ndarray]] = {
    "ball": _ball,
    "box": _box,
    "ring": _ring,
    "table": _table,
    "chair": _chair,
    "lamp": _lamp,
    "mug": _mug,
    "arch": _arch,
}
