"""Surfaces made of triangles: from voxels, or from the numbers that a generator makes.

A renderer or an engine draws triangles, not voxels. ``voxel_faces`` keeps the faces that can be
seen, ``merged_faces`` joins those that lie in one plane into rectangles, and ``smooth_surface``
lays a surface where the generator's numbers pass a level. The corners of a triangle go around
counterclockwise as seen from outside.

Axes are those of the voxels, z up; one unit is a voxel. ``placed`` makes metres of it.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ganlib.support.numeric_arrays import finite
from ganlib.support.validation import real_number

__all__ = [
    "Mesh",
    "checked",
    "enclosed",
    "is_closed",
    "merged_faces",
    "placed",
    "smooth_surface",
    "voxel_faces",
]


class Mesh(NamedTuple):
    """A surface.

    Attributes:
        vertices: points, float32 ``(v, 3)``.
        triangles: the three vertices of each triangle, int32 ``(t, 3)``.
        normals: of each vertex, unit vectors that point out of the matter, float32 ``(v, 3)``; None
            for triangles that are flat.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    normals: np.ndarray | None = None


def checked(mesh: Any, name: str = "mesh") -> Mesh:
    """A mesh as it was given.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(mesh, Mesh):
        raise TypeError(
            f"{name} is {type(mesh).__name__}, but must be a Mesh, as voxel_faces(solid) makes one "
            "of an object."
        )
    return mesh


def voxel_faces(solid: np.ndarray) -> Mesh:
    """The faces of voxels with air on their other side, two triangles for each.

    Args:
        solid: bool ``(side, side, side)``, or with edges of different lengths.

    Raises:
        ValueError: another kind or shape, or nothing in it.
    """
    padded = np.pad(_solid(solid), 1)
    rectangles = []
    for axis in range(3):
        for towards in (1, -1):
            seen = padded & ~np.roll(padded, -towards, axis)
            lows = np.argwhere(seen) - 1
            rectangles.append(_rectangles(lows, np.ones((len(lows), 2), int), axis, towards))
    return _joined(np.concatenate(rectangles))


def merged_faces(solid: np.ndarray) -> Mesh:
    """The same surface with fewer triangles: faces in one plane are joined into rectangles.

    In each layer a rectangle begins at the first face that no rectangle has, grows along one axis
    as far as it can, then along the other.

    Args:
        solid: as for ``voxel_faces``.
    """
    padded = np.pad(_solid(solid), 1)
    rectangles = []
    for axis in range(3):
        for towards in (1, -1):
            seen = padded & ~np.roll(padded, -towards, axis)
            # The layer first, then the other two axes in their cyclic order.
            order = (axis, (axis + 1) % 3, (axis + 2) % 3)
            lows, sizes = [], []
            for layer, mask in enumerate(seen.transpose(order)):
                for (u, v), size in _grown(mask):
                    low = np.empty(3, int)
                    low[list(order)] = layer, u, v
                    lows.append(low - 1)
                    sizes.append(size)
            if lows:
                rectangles.append(_rectangles(np.array(lows), np.array(sizes), axis, towards))
    return _joined(np.concatenate(rectangles))


def smooth_surface(field: ArrayLike, level: float = 0.0) -> Mesh:
    """The surface on which a field of numbers passes a level (surface nets, Gibson 1998).

    Each cube between eight neighbouring voxels that lie on both sides of the level gets one vertex:
    the mean of the points at which the cube's edges pass it, by linear interpolation. Each edge
    that passes it gets a rectangle between the four cubes around it.

    Args:
        field: floats ``(side, side, side)``, higher in matter, such as what a generator makes.
            Around it is air.
        level: what separates matter from air.

    Returns:
        A closed surface with normals.

    Raises:
        ValueError: another shape, NaN, or nothing above the level.
    """
    field = np.asarray(field)
    level = real_number(level, "level")
    if field.ndim != 3 or field.dtype.kind != "f" or not np.isfinite(field).all():
        raise ValueError(
            f"field is {field.dtype.name} of the shape {field.shape}, but must hold finite floats "
            "(side, side, side): of samples (n, side, side, side, 1) take samples[0, ..., 0]."
        )
    _solid(field > level)
    outside = min(float(field.min()), 2 * level - float(field.max()))
    f = np.pad(field.astype(np.float64), 1, constant_values=outside) - level
    inside = f > 0
    cells = tuple(size - 1 for size in f.shape)
    total, passes = np.zeros((*cells, 3)), np.zeros(cells)
    for axis in range(3):
        for u in (0, 1):
            for v in (0, 1):
                start = np.roll([0, u, v], axis)
                end = start + np.eye(3, dtype=int)[axis]
                a, b = (_part(f, at, cells) for at in (start, end))
                crosses = (a > 0) != (b > 0)
                share = np.divide(a, a - b, out=np.zeros(cells), where=crosses)
                total += crosses[..., None] * start
                total[..., axis] += crosses * share
                passes += crosses
    number = np.full(cells, -1)
    active = passes > 0
    number[active] = np.arange(active.sum())
    # Voxel i of the field is at i + 1 after padding, and its middle at i + 0.5.
    vertices = np.argwhere(active) + total[active] / passes[active, None] - 0.5
    quads = []
    for axis in range(3):
        ahead = np.roll(inside, -1, axis)
        u, v = np.eye(3, dtype=int)[[(axis + 1) % 3, (axis + 2) % 3]]
        for leaves, comes in ((True, False), (False, True)):
            low = np.argwhere((inside == leaves) & (ahead == comes))
            around = [low - u - v, low - v, low, low - u]
            corners = np.stack([number[tuple(each.T)] for each in around], axis=1)
            quads.append(corners if leaves else corners[:, ::-1])
    quads = np.concatenate(quads)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    mesh = Mesh(vertices.astype(np.float32), triangles.astype(np.int32))
    return mesh._replace(normals=_normals(mesh))


def placed(
    mesh: Mesh, height: float, at: tuple[float, float] = (0.0, 0.0), turn: float = 0.0
) -> Mesh:
    """A mesh in metres: so high, on the ground, the middle of its base at a place.

    Args:
        mesh: in any unit, z up.
        height: in metres.
        at: x and y of the middle in metres.
        turn: about the vertical axis, in radians.

    Raises:
        TypeError, ValueError: a number out of range, or a mesh without height.
    """
    mesh = checked(mesh)
    height, turn = real_number(height, "height", above=0), real_number(turn, "turn")
    x, y = finite(at, "at", (2,))
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    if not high[2] > low[2]:
        raise ValueError("The mesh is flat, but must have a height to be scaled.")
    middle = (low + high) / 2
    points = (mesh.vertices - [middle[0], middle[1], low[2]]) * (height / (high[2] - low[2]))
    rotation = np.array(
        [[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    )
    normals = None if mesh.normals is None else (mesh.normals @ rotation).astype(np.float32)
    points = points @ rotation + [x, y, 0]
    return Mesh(points.astype(np.float32), mesh.triangles, normals)


def enclosed(mesh: Mesh) -> float:
    """The volume inside of a closed mesh: ⅙ Σ a · (b × c) over the triangles (a, b, c)."""
    mesh = checked(mesh)
    a, b, c = np.moveaxis(mesh.vertices[mesh.triangles].astype(float), 1, 0)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def is_closed(mesh: Mesh) -> bool:
    """Whether the surface has no hole: each edge is passed as often one way as the other."""
    mesh = checked(mesh)
    starts, ends = mesh.triangles.ravel(), np.roll(mesh.triangles, -1, axis=1).ravel()
    count = len(mesh.vertices)
    there, back = starts.astype(np.int64) * count + ends, ends.astype(np.int64) * count + starts
    return bool(np.array_equal(np.sort(there), np.sort(back)))


def _solid(solid: Any) -> np.ndarray:
    solid = np.asarray(solid)
    if solid.dtype != bool or solid.ndim != 3:
        raise ValueError(
            f"solid is {solid.dtype.name} of the shape {solid.shape}, but must be one object: bool "
            "(side, side, side)."
        )
    if not solid.any():
        raise ValueError("The object is empty: it has no surface.")
    return solid


def _part(field: np.ndarray, start: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """A block of the field."""
    return field[tuple(slice(k, k + size) for k, size in zip(start, sizes, strict=True))]


def _grown(mask: np.ndarray) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Rectangles that cover what is True, each once: where each begins, and its sizes."""
    left, rectangles = mask.copy(), []
    for u, v in np.argwhere(mask):
        if left[u, v]:
            stop = v + 1
            while stop < mask.shape[1] and left[u, stop]:
                stop += 1
            end = u + 1
            while end < mask.shape[0] and left[end, v:stop].all():
                end += 1
            left[u:end, v:stop] = False
            rectangles.append(((u, v), (end - u, stop - v)))
    return rectangles


def _rectangles(lows: np.ndarray, sizes: np.ndarray, axis: int, towards: int) -> np.ndarray:
    """The corners ``(n, 4, 3)`` of faces of voxels, counterclockwise as seen from outside.

    Args:
        lows: the voxels with the lowest numbers that they belong to, ``(n, 3)``.
        sizes: how far they go along the two axes after ``axis``, in cyclic order, ``(n, 2)``.
        axis: what they stand across.
        towards: 1 if air is at higher numbers of the axis, -1 if at lower.
    """
    u, v = np.eye(3, dtype=int)[[(axis + 1) % 3, (axis + 2) % 3]]
    first = lows + (np.eye(3, dtype=int)[axis] if towards > 0 else 0)
    along, up = sizes[:, :1] * u, sizes[:, 1:] * v
    corners = np.stack([first, first + along, first + along + up, first + up], axis=1)
    return corners if towards > 0 else corners[:, ::-1]


def _joined(rectangles: np.ndarray) -> Mesh:
    """A mesh of rectangles ``(n, 4, 3)`` whose equal corners are one vertex."""
    vertices, numbers = np.unique(rectangles.reshape(-1, 3), axis=0, return_inverse=True)
    quads = numbers.reshape(-1, 4)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return Mesh(vertices.astype(np.float32), triangles.astype(np.int32))


def _normals(mesh: Mesh) -> np.ndarray:
    """The direction out of the matter at each vertex: the mean of its triangles', by area."""
    a, b, c = np.moveaxis(mesh.vertices[mesh.triangles].astype(float), 1, 0)
    across = np.cross(b - a, c - a)
    total = np.zeros(mesh.vertices.shape)
    for corner in range(3):
        np.add.at(total, mesh.triangles[:, corner], across)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    up = np.array([0.0, 0.0, 1.0])  # where two sheets touch, their directions may cancel
    return np.where(length > 1e-12, total / np.maximum(length, 1e-12), up).astype(np.float32)
