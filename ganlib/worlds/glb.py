"""GLB files: the binary form of glTF 2.0, which browsers, engines and telephones open.

A GLB file is a header of 12 bytes, a chunk of JSON that says what there is, and a chunk of bytes
with the numbers (Khronos Group, *glTF 2.0 Specification*, sections 3 and 4; ISO/IEC 12113:2022).
In glTF y is up, the front of an object looks along +z, one unit is a metre and a triangle turns
counterclockwise as seen from outside. So ``write`` exchanges axes: (x, y, z) becomes (x, z, -y).
"""

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ganlib import plots
from ganlib.support import files
from ganlib.worlds.meshes import Mesh, checked

__all__ = ["Item", "to_bytes", "write"]

MAGIC, VERSION = 0x46546C67, 2  # "glTF"
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942  # "JSON", "BIN" and a zero
FLOAT, SHORT, INT = 5126, 5123, 5125  # kinds of numbers, as in OpenGL
VERTICES, INDICES = 34962, 34963  # what a stretch of bytes is for
ROUGHNESS = 0.8


class Item(NamedTuple):
    """An object in a file.

    Attributes:
        name: what an editor calls it.
        mesh: in metres, z up, where it stands; ``ganlib.worlds.meshes.placed`` makes it so.
        colour: one that Matplotlib knows.
    """

    name: str
    mesh: Mesh
    colour: str = plots.FAKE


def write(path: str | Path, items: Sequence[Item]) -> Path:
    """Write objects to a file that ends in ``.glb``.

    Args:
        path: the file; what was there stays whole until the new one is.
        items: the objects.

    Returns:
        The path.

    Raises:
        TypeError, ValueError: another ending, or as ``to_bytes``.
        OSError: the file cannot be written.
    """
    path = Path(path).expanduser()
    if path.suffix != ".glb":
        raise ValueError(f"The file is {path.name}, but its name must end in .glb.")
    content = to_bytes(items)
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as [unfinished]:
        unfinished.write_bytes(content)
    return path


def to_bytes(items: Sequence[Item]) -> bytes:
    """The content of a GLB file with these objects.

    Raises:
        TypeError, ValueError: no list of ``Item``, no objects, or a mesh without triangles, with
            vertices that are not finite or indices that are not there.
    """
    if not items:
        raise ValueError("items is empty, but must hold one object at least.")
    binary, views, accessors = bytearray(), [], []

    def add(numbers: np.ndarray, kind: int, shape: str, target: int, **more: Any) -> int:
        """Append numbers to the bytes; the number of their accessor."""
        binary.extend(b"\0" * (-len(binary) % 4))
        content = np.ascontiguousarray(numbers).tobytes()
        views.append(
            {
                "buffer": 0,
                "byteOffset": len(binary),
                "byteLength": len(content),
                "target": target,
            }
        )
        binary.extend(content)
        count = numbers.size if shape == "SCALAR" else len(numbers)
        accessors.append(
            {"bufferView": len(views) - 1, "componentType": kind, "count": count, "type": shape}
            | more
        )
        return len(accessors) - 1

    meshes, materials, nodes = [], [], []
    for item in items:
        mesh = _checked(item)
        points = _upright(mesh.vertices)
        bounds = {"min": points.min(axis=0).tolist(), "max": points.max(axis=0).tolist()}
        attributes = {"POSITION": add(points, FLOAT, "VEC3", VERTICES, **bounds)}
        if mesh.normals is not None:
            attributes["NORMAL"] = add(_upright(mesh.normals), FLOAT, "VEC3", VERTICES)
        # The largest number of a kind is not allowed as an index.
        short = len(points) < 2**16
        triangles = mesh.triangles.astype("<u2" if short else "<u4")
        indices = add(triangles, SHORT if short else INT, "SCALAR", INDICES)
        primitive = {"attributes": attributes, "indices": indices, "material": len(materials)}
        meshes.append({"name": item.name, "primitives": [primitive]})
        materials.append(_material(item.colour))
        nodes.append({"name": item.name, "mesh": len(meshes) - 1})
    content = {
        "asset": {"version": "2.0", "generator": "ganlib.worlds.glb"},
        "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": materials,
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    text = json.dumps(content, separators=(",", ":")).encode()
    chunks = _chunk(JSON_CHUNK, text, b" ") + _chunk(BINARY_CHUNK, bytes(binary), b"\0")
    return struct.pack("<III", MAGIC, VERSION, 12 + len(chunks)) + chunks


def _chunk(kind: int, content: bytes, padding: bytes) -> bytes:
    """A chunk: its length, its kind, and its content, filled up to a multiple of 4."""
    content += padding * (-len(content) % 4)
    return struct.pack("<II", len(content), kind) + content


def _upright(vectors: np.ndarray) -> np.ndarray:
    """Vectors with z up as vectors with y up, turned by a quarter about the x axis."""
    x, y, z = vectors.T
    return np.stack([x, z, -y], axis=1).astype("<f4")


def _material(colour: str) -> dict[str, Any]:
    """A dull surface of a colour. glTF wants light itself, where a colour on a screen is a code."""
    from matplotlib.colors import to_rgb

    code = np.array(to_rgb(colour))
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    factors = {
        "baseColorFactor": [*(round(float(each), 6) for each in light), 1.0],
        "metallicFactor": 0.0,
        "roughnessFactor": ROUGHNESS,
    }
    return {"pbrMetallicRoughness": factors}


def _checked(item: Item) -> Mesh:
    """The mesh of an item, if a file may hold it."""
    if not isinstance(item, Item):
        raise TypeError(
            f"items hold a {type(item).__name__}, but must be a list that holds an "
            "Item(name, mesh) for each object."
        )
    mesh = checked(item.mesh, f"The mesh of {item.name!r}")
    vertices, triangles = np.asarray(mesh.vertices), np.asarray(mesh.triangles)
    if not len(triangles) or not np.isfinite(vertices).all():
        raise ValueError(
            f"The mesh of {item.name!r} has {len(triangles)} triangles and "
            f"{int(np.isfinite(vertices).all(axis=-1).sum())} of {len(vertices)} vertices that are "
            "finite, but must have triangles and finite vertices alone."
        )
    if triangles.min() < 0 or triangles.max() >= len(vertices):
        raise ValueError(
            f"The triangles of {item.name!r} name vertices {triangles.min()} to {triangles.max()}, "
            f"but must name 0 to {len(vertices) - 1}."
        )
    return Mesh(vertices, triangles, mesh.normals)
