"""A reader of GLB files that accepts nothing that the specification of glTF 2.0 does not allow.

It knows the part of the format that the course writes: meshes of indexed triangles in one buffer.
Each assertion is a "must" of the specification.
"""

import json
import struct

import numpy as np

KINDS = {5121: "<u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
SHAPES = {"SCALAR": 1, "VEC3": 3}


def chunks(content: bytes) -> tuple[dict, bytes]:
    """The JSON and the bytes of a file."""
    assert len(content) >= 20
    magic, version, length = struct.unpack_from("<4sII", content)
    assert (magic, version) == (b"glTF", 2)
    assert length == len(content) and length % 4 == 0
    found, at = [], 12
    while at < length:
        size, kind = struct.unpack_from("<I4s", content, at)
        assert size % 4 == 0, "chunks begin at multiples of 4"
        assert at + 8 + size <= length
        found.append((kind, content[at + 8 : at + 8 + size]))
        at += 8 + size
    assert at == length
    assert [kind for kind, _ in found] == [b"JSON", b"BIN\0"]
    text = found[0][1].decode("utf-8")
    assert not text.startswith("\ufeff")
    assert text.rstrip("\0") == text, "JSON is filled up with spaces"
    return json.loads(text, parse_constant=refused), found[1][1]


def refused(word: str) -> None:
    raise AssertionError(f"JSON has no {word}")


def read(content: bytes) -> list[dict]:
    """The objects in a file: name, vertices, triangles, normals or None, colour, in glTF's axes."""
    facts, binary = chunks(content)
    assert facts["asset"]["version"] == "2.0"
    known = {"asset", "scene", "scenes", "nodes", "meshes", "materials", "accessors"}
    assert set(facts) <= known | {"bufferViews", "buffers"}
    for name in set(facts) - {"asset", "scene"}:
        assert isinstance(facts[name], list) and facts[name], f"{name} must not be empty"
    [buffer] = facts["buffers"]
    assert "uri" not in buffer and 1 <= buffer["byteLength"] <= len(binary)
    assert len(binary) - buffer["byteLength"] < 4, "the chunk is at most 3 bytes longer"
    assert not any(binary[buffer["byteLength"] :]), "it is filled up with zeros"
    ends = 0
    for view in facts["bufferViews"]:
        assert view["buffer"] == 0 and view["byteLength"] >= 1
        assert view["byteOffset"] >= ends, "stretches of this course do not overlap"
        ends = view["byteOffset"] + view["byteLength"]
        assert ends <= buffer["byteLength"]
        assert view["target"] in (34962, 34963)
    nodes = facts["scenes"][facts["scene"]]["nodes"]
    assert len(set(nodes)) == len(nodes)
    return [node(facts, binary, facts["nodes"][number]) for number in nodes]


def node(facts: dict, binary: bytes, here: dict) -> dict:
    assert set(here) == {"name", "mesh"}
    mesh = facts["meshes"][here["mesh"]]
    [part] = mesh["primitives"]
    assert part.get("mode", 4) == 4
    attributes = part["attributes"]
    assert set(attributes) <= {"POSITION", "NORMAL"}
    vertices = numbers(facts, binary, attributes["POSITION"], 5126, "VEC3", 34962)
    accessor = facts["accessors"][attributes["POSITION"]]
    assert accessor["min"] == vertices.min(axis=0).tolist(), "bounds are required and exact"
    assert accessor["max"] == vertices.max(axis=0).tolist()
    normals = None
    if "NORMAL" in attributes:
        normals = numbers(facts, binary, attributes["NORMAL"], 5126, "VEC3", 34962)
        assert normals.shape == vertices.shape
        np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
    kind = facts["accessors"][part["indices"]]["componentType"]
    assert kind in (5121, 5123, 5125)
    indices = numbers(facts, binary, part["indices"], kind, "SCALAR", 34963)[:, 0]
    assert len(indices) >= 3 and len(indices) % 3 == 0
    assert indices.max() < len(vertices)
    assert indices.max() < np.iinfo(KINDS[kind]).max, "the largest number begins a new primitive"
    rough = facts["materials"][part["material"]]["pbrMetallicRoughness"]
    colour = rough["baseColorFactor"]
    assert len(colour) == 4 and all(0 <= each <= 1 for each in colour)
    assert 0 <= rough["metallicFactor"] <= 1 and 0 <= rough["roughnessFactor"] <= 1
    return {
        "name": here["name"],
        "vertices": vertices,
        "triangles": indices.reshape(-1, 3).astype(int),
        "normals": normals,
        "colour": colour,
    }


def numbers(facts, binary, number, kind, shape, target) -> np.ndarray:
    accessor = facts["accessors"][number]
    assert (accessor["componentType"], accessor["type"]) == (kind, shape)
    assert accessor["count"] >= 1 and not accessor.get("normalized", False)
    view = facts["bufferViews"][accessor["bufferView"]]
    assert view["target"] == target
    dtype, width = np.dtype(KINDS[kind]), SHAPES[shape]
    begin = view["byteOffset"] + accessor.get("byteOffset", 0)
    assert begin % dtype.itemsize == 0, "numbers lie at multiples of their size"
    if target == 34962:
        assert begin % 4 == 0 and dtype.itemsize * width % 4 == 0
    needed = accessor["count"] * width * dtype.itemsize
    assert accessor.get("byteOffset", 0) + needed <= view["byteLength"]
    values = np.frombuffer(binary, dtype, accessor["count"] * width, begin)
    assert np.isfinite(values).all()
    return values.reshape(accessor["count"], width)
