"""Pictures of surfaces, drawn by NumPy with a z-buffer, and a viewer with a slider.

The camera looks from so far away that parallel lines stay parallel (orthographic projection). Each
triangle is laid over the pixels; where several cover a pixel, the one nearest to the camera stays.
A surface is the brighter the more it faces the light, which stands at the camera's upper left.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlib import plots
from ganlib.support.numeric_arrays import finite
from ganlib.support.validation import real_number, whole_number
from ganlib.widgets.explorer import explorer
from ganlib.widgets.latent import png
from ganlib.worlds.meshes import Mesh, checked, voxel_faces

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["DEGREES", "portraits", "render", "turn_around", "turntable"]

LIGHT = np.array([-0.4, -0.75, 0.55]) / np.linalg.norm([-0.4, -0.75, 0.55])
AMBIENT, DIRECT = 0.5, 0.75  # brightness of what turns away from the light, and what light adds
FINER = 2  # pixels are drawn so many times finer, then averaged: soft edges
DEGREES = 15  # between two views of a turntable
MILLISECONDS = 120  # how long the viewer shows one of them


def render(
    meshes: Mesh | Sequence[Mesh],
    azimuth: float = 30.0,
    elevation: float = 25.0,
    pixels: int = 96,
    colours: str | Sequence[str] = plots.FAKE,
    frame: tuple[Sequence[float], float] | None = None,
) -> np.ndarray:
    """Draw surfaces as the camera sees them.

    Args:
        meshes: one, or several in one scene, z up.
        azimuth: from where the camera looks, degrees around the vertical axis: 0 from the front,
            where y is low, 90 from the right.
        elevation: degrees above the horizon, -90 to 90.
        pixels: width and height of the picture.
        colours: a colour that Matplotlib knows, for all meshes or one for each.
        frame: the point in the middle of the picture, and the distance from it that is just
            inside; None for one that holds the scene from all sides.

    Returns:
        uint8 ``(pixels, pixels, 3)`` on white.

    Raises:
        TypeError, ValueError: no meshes, another number of colours, or a number out of range.
    """
    meshes = _meshes(meshes)
    shades = _shades(colours, len(meshes))
    azimuth = np.radians(real_number(azimuth, "azimuth"))
    elevation = np.radians(real_number(elevation, "elevation", least=-90, most=90))
    size = FINER * whole_number(pixels, "pixels", 8, 2048)
    middle, reach = around(meshes) if frame is None else _frame(frame)
    camera = _camera(azimuth, elevation)
    colour, depth = np.ones((size * size, 3)), np.full(size * size, -np.inf)
    for mesh, shade in zip(meshes, shades, strict=True):
        seen = (mesh.vertices - middle) @ camera.T / reach
        points = np.stack(
            [(1 + seen[:, 0]) / 2 * size, (1 - seen[:, 2]) / 2 * size, -seen[:, 1]], 1
        )
        brightness = np.minimum(AMBIENT + DIRECT * _lit(mesh, camera), 1)
        corners = points[mesh.triangles]
        for where, pixel, height, weights in _covered(corners, size):
            np.maximum.at(depth, pixel, height)
            nearest = height >= depth[pixel] - 1e-4
            light = (brightness[where] * weights).sum(axis=1)[nearest]
            colour[pixel[nearest]] = light[:, None] * shade
    picture = colour.reshape(pixels, FINER, pixels, FINER, 3).mean((1, 3))
    return np.rint(255 * picture).astype(np.uint8)


def portraits(
    objects: np.ndarray,
    azimuth: float = 30.0,
    elevation: float = 25.0,
    pixels: int = 96,
    colours: str | Sequence[str] = plots.FAKE,
) -> np.ndarray:
    """A picture of each object, all at one scale; for ``ganlib.plots.image_grid``.

    Args:
        objects: bool ``(n, side, side, side)``; an empty one gives an empty picture.
        azimuth: as for ``render``.
        elevation: as for ``render``.
        pixels: width and height of a picture.
        colours: one for all, or one for each.

    Returns:
        uint8 ``(n, pixels, pixels, 3)``.

    Raises:
        TypeError, ValueError: other objects, another number of colours, or a number out of range.
    """
    objects, pixels = np.asarray(objects), whole_number(pixels, "pixels", 8, 2048)
    if objects.dtype != bool or objects.ndim != 4:
        raise ValueError(
            f"objects are {objects.dtype.name} of the shape {objects.shape}, but must be bool of "
            "the shape (n, side, side, side). One object: object[None]."
        )
    shades = [colours] * len(objects) if isinstance(colours, str) else list(colours)
    if len(shades) != len(objects):
        raise ValueError(
            f"There are {len(shades)} colours, but there must be {len(objects)}, one for each "
            "object."
        )
    side = objects.shape[1]
    frame = (np.full(3, side / 2), side * 0.78)
    pictures = np.full((len(objects), pixels, pixels, 3), 255, np.uint8)
    for picture, solid, colour in zip(pictures, objects, shades, strict=True):
        if solid.any():
            picture[:] = render(voxel_faces(solid), azimuth, elevation, pixels, colour, frame)
    return pictures


def turn_around(
    meshes: Mesh | Sequence[Mesh],
    elevation: float = 25.0,
    pixels: int = 240,
    colours: str | Sequence[str] = plots.FAKE,
) -> np.ndarray:
    """Pictures of a scene from all sides, every 15 degrees: uint8 ``(24, pixels, pixels, 3)``."""
    meshes = _meshes(meshes)
    frame = around(meshes)
    return np.stack(
        [
            render(meshes, azimuth, elevation, pixels, colours, frame)
            for azimuth in range(0, 360, DEGREES)
        ]
    )


def turntable(scenes: Mapping[str, np.ndarray], scale: int = 1) -> "ipywidgets.VBox":
    """A viewer: choose a scene, turn it with the slider, or let it turn.

    All views are drawn beforehand, so it needs a kernel only to exchange one picture for the next.

    Args:
        scenes: name to pictures from all sides, as ``turn_around`` makes them.
        scale: screen pixels per pixel of a picture.

    Returns:
        An ipywidgets box.

    Raises:
        ValueError: no scenes, or pictures of another kind.
    """
    import ipywidgets

    if not scenes:
        raise ValueError("scenes is empty, but must hold one scene at least.")
    views = {name: [png(each[None], scale) for each in _views(name, scenes)] for name in scenes}
    last = min(map(len, views.values())) - 1
    names = list(views)
    wide = {"style": {"description_width": "60px"}, "layout": ipywidgets.Layout(width="360px")}
    scene = ipywidgets.Dropdown(options=names, value=names[0], description="object", **wide)
    slider = ipywidgets.IntSlider(value=0, min=0, max=last, description="view", **wide)
    play = ipywidgets.Play(value=0, min=0, max=last, interval=MILLISECONDS)
    ipywidgets.jslink((play, "value"), (slider, "value"))
    picture = ipywidgets.Image(format="png")

    def show(_: Any = None) -> None:
        picture.value = views[scene.value][slider.value]

    scene.observe(show, names="value")
    slider.observe(show, names="value")
    show()
    return explorer(scene, [slider, play], picture)


def around(meshes: Sequence[Mesh]) -> tuple[np.ndarray, float]:
    """The middle of a scene, and how far it reaches from there in any direction."""
    points = np.concatenate([mesh.vertices for mesh in meshes])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return middle, 1.04 * float(np.linalg.norm(points - middle, axis=1).max())


def _meshes(meshes: Mesh | Sequence[Mesh]) -> list[Mesh]:
    meshes = [meshes] if isinstance(meshes, Mesh) else list(meshes)
    if not meshes:
        raise ValueError("meshes is empty, but must hold one mesh at least.")
    return [checked(mesh, f"meshes[{k}]") for k, mesh in enumerate(meshes)]


def _frame(frame: tuple[Sequence[float], float]) -> tuple[np.ndarray, float]:
    if not isinstance(frame, tuple | list) or len(frame) != 2:
        raise TypeError(f"frame is {frame!r}, but must be a pair: the middle, and the distance.")
    return finite(frame[0], "frame[0]", (3,)), real_number(frame[1], "frame[1]", above=0)


def _views(name: str, scenes: Mapping[str, np.ndarray]) -> np.ndarray:
    views = np.asarray(scenes[name])
    if views.dtype != np.uint8 or views.ndim != 4 or views.shape[-1] != 3 or len(views) < 2:
        raise ValueError(
            f"The scene {name!r} is {views.dtype.name} of the shape {views.shape}, but must be "
            "pictures, uint8 (views, height, width, 3), two at least, as turn_around makes them."
        )
    return views


def _shades(colours: str | Sequence[str], count: int) -> np.ndarray:
    """Colours as numbers ``(count, 3)``."""
    from matplotlib.colors import to_rgb

    given = [colours] * count if isinstance(colours, str) else list(colours)
    if len(given) != count:
        raise ValueError(
            f"There are {len(given)} colours, but there must be {count}, one for each mesh."
        )
    return np.array([to_rgb(each) for each in given])


def _camera(azimuth: float, elevation: float) -> np.ndarray:
    """Rows: the directions to the right, away from the camera, and up, as the camera sees them."""
    right = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    level = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    away = np.cos(elevation) * level - np.sin(elevation) * up
    return np.stack([right, away, np.sin(elevation) * level + np.cos(elevation) * up])


def _lit(mesh: Mesh, camera: np.ndarray) -> np.ndarray:
    """How much of the light each corner of each triangle gets, ``(t, 3)``, 0 to 1."""
    if mesh.normals is not None:
        normals = mesh.normals[mesh.triangles]
    else:
        a, b, c = np.moveaxis(mesh.vertices[mesh.triangles].astype(float), 1, 0)
        across = np.cross(b - a, c - a)
        across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
        normals = np.repeat(across[:, None], 3, axis=1)
    return np.clip(normals @ camera.T @ LIGHT, 0, 1)


def _covered(corners: np.ndarray, size: int):
    """Which pixels triangles cover.

    Args:
        corners: ``(t, 3, 3)``: of each corner the column, the row and the height towards the
            camera.
        size: rows and columns of the picture.

    Yields:
        For triangles of about one size together: which triangle, which pixel ``(m,)``, the height
        there, and the weights of the three corners ``(m, 3)``.
    """
    corners = corners.astype(np.float32)
    flat = corners[:, :, :2]
    # The rows go down, so what turns counterclockwise in the world turns clockwise here.
    area = _turn(flat[:, 0], flat[:, 1], flat[:, 2])
    faces = np.flatnonzero(area < -1e-12)
    low = np.floor(flat[faces].min(axis=1)).astype(int)
    extent = (np.ceil(flat[faces].max(axis=1)).astype(int) - low).max(axis=1)
    group = -(-extent // 3) * 3
    for side in np.unique(group):
        of = faces[group == side]
        # So many triangles at a time that their pixels fit into memory.
        for some, begin in _batches(of, low[group == side], max(1, 2**18 // side**2)):
            places = begin[:, None] + np.stack(np.divmod(np.arange(side**2), side)[::-1], axis=1)
            middle = (places + 0.5).astype(np.float32)
            a, b, c = (flat[some, corner][:, None] for corner in range(3))
            weights = np.stack([_turn(b, c, middle), _turn(c, a, middle), _turn(a, b, middle)], 2)
            weights /= area[some, None, None]
            on = (weights >= 0).all(2) & ((places >= 0) & (places < size)).all(2)
            row, place = np.nonzero(on)
            weights, pixel = weights[row, place], places[row, place]
            height = (weights * corners[some[row], :, 2]).sum(axis=1)
            yield some[row], pixel[:, 1] * size + pixel[:, 0], height, weights


def _batches(triangles: np.ndarray, low: np.ndarray, count: int):
    for start in range(0, len(triangles), count):
        yield triangles[start : start + count], low[start : start + count]


def _turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Twice the area of the triangle a, b, c, positive if it turns from x towards y."""
    return (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (
        c[..., 0] - a[..., 0]
    )
