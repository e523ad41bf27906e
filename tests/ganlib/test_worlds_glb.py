"""GLB files, read by a strict reader of the specification."""

import json
import struct

import numpy as np
import pytest
import strict_glb

from ganlib.worlds import glb, meshes, solids


@pytest.fixture(scope="module")
def items():
    objects, _ = solids.draw(3, seed=1)
    ways = (
        meshes.voxel_faces,
        meshes.merged_faces,
        lambda solid: meshes.smooth_surface(np.where(solid, 1.0, -1.0)),
    )
    return [
        glb.Item(f"number {n}", meshes.placed(way(solid), 0.5 + n, at=(2.0 * n, 1.0)), colour)
        for n, (solid, way, colour) in enumerate(
            zip(objects, ways, ("white", "#0072B2", "black"), strict=True)
        )
    ]


def test_a_strict_reader_gets_what_was_written(items):
    found = strict_glb.read(glb.to_bytes(items))
    assert [each["name"] for each in found] == [item.name for item in items]
    for each, item in zip(found, items, strict=True):
        x, y, z = item.mesh.vertices.T
        np.testing.assert_array_equal(each["vertices"], np.stack([x, z, -y], axis=1))
        np.testing.assert_array_equal(each["triangles"], item.mesh.triangles)
        mesh = meshes.Mesh(each["vertices"], each["triangles"])
        assert meshes.enclosed(mesh) == pytest.approx(meshes.enclosed(item.mesh), rel=1e-5)
        assert meshes.enclosed(mesh) > 0, "triangles turn counterclockwise as seen from outside"
        assert (each["normals"] is None) == (item.mesh.normals is None)
        assert each["vertices"][:, 1].min() == pytest.approx(0, abs=1e-6), "y is up"


def test_colours_are_light_and_not_codes(items):
    white, blue, black = (each["colour"] for each in strict_glb.read(glb.to_bytes(items)))
    assert white == [1, 1, 1, 1] and black == [0, 0, 0, 1]
    assert blue[1] == pytest.approx(0.168, abs=1e-3)  # 0x72 / 255 = 0.447 on the screen


def test_indices_grow_with_the_mesh():
    for count, kind in ((65_535, 5123), (65_536, 5125)):
        vertices = np.random.default_rng(0).random((count, 3), np.float32)
        triangles = np.array([[0, 1, count - 1]], np.int32)
        content = glb.to_bytes([glb.Item("many", meshes.Mesh(vertices, triangles))])
        facts, _ = strict_glb.chunks(content)
        assert facts["accessors"][1]["componentType"] == kind
        assert strict_glb.read(content)[0]["triangles"].tolist() == triangles.tolist()


def test_a_file_is_whole_or_as_it_was(items, tmp_path):
    path = glb.write(tmp_path / "new" / "scene.glb", items)
    assert path.read_bytes() == glb.to_bytes(items)
    assert [each.name for each in path.parent.iterdir()] == ["scene.glb"]
    with pytest.raises(ValueError, match=r"must end in \.glb"):
        glb.write(tmp_path / "scene.gltf", items)


def test_what_cannot_be_written(items):
    with pytest.raises(ValueError, match="one object at least"):
        glb.to_bytes([])
    mesh = items[0].mesh
    with pytest.raises(ValueError, match="must have triangles"):
        glb.to_bytes([glb.Item("none", mesh._replace(triangles=mesh.triangles[:0]))])
    with pytest.raises(ValueError, match="must name 0 to"):
        glb.to_bytes([glb.Item("out", mesh._replace(triangles=mesh.triangles + 9_999))])
    with pytest.raises(ValueError, match="finite"):
        glb.to_bytes([glb.Item("nan", mesh._replace(vertices=mesh.vertices * np.nan))])


def broken(content: bytes, change) -> bytes:
    """The file with another JSON."""
    facts, binary = strict_glb.chunks(content)
    change(facts)
    text = json.dumps(facts).encode()
    text += b" " * (-len(text) % 4)
    rest = struct.pack("<I4s", len(text), b"JSON") + text
    rest += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(rest)) + rest


CHANGES = {
    "no version": lambda facts: facts["asset"].pop("version"),
    "no bounds": lambda facts: facts["accessors"][0].pop("min"),
    "wrong bounds": lambda facts: facts["accessors"][0]["max"].__setitem__(0, 99.0),
    "too long": lambda facts: facts["accessors"][0].update(count=10**6),
    "not aligned": lambda facts: facts["bufferViews"][0].update(byteOffset=2),
    "outside the buffer": lambda facts: facts["buffers"][0].update(byteLength=8),
    "an empty list": lambda facts: facts["scenes"][0].update(nodes=[]) or facts.update(nodes=[]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_reader_is_strict(items, change):
    strict_glb.read(broken(glb.to_bytes(items), lambda facts: None))
    with pytest.raises((AssertionError, KeyError)):
        strict_glb.read(broken(glb.to_bytes(items), change))


def test_the_reader_looks_at_header_and_padding(items):
    content = glb.to_bytes(items)
    for damaged in (content + b"\0\0\0\0", b"glTX" + content[4:], content[:-4]):
        with pytest.raises(AssertionError):
            strict_glb.read(damaged)
