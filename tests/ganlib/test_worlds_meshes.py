"""Surfaces: closed, turned outwards, and as large as they must be."""

import numpy as np
import pytest

from ganlib.worlds import meshes, solids


@pytest.fixture(scope="module")
def objects():
    return solids.draw(24, seed=7)[0]


def area(mesh):
    a, b, c = np.moveaxis(mesh.vertices[mesh.triangles].astype(float), 1, 0)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2


@pytest.mark.parametrize("way", [meshes.voxel_faces, meshes.merged_faces])
def test_faces_enclose_the_voxels(objects, way):
    for solid in objects:
        mesh = way(solid)
        assert meshes.enclosed(mesh) == pytest.approx(solid.sum())
        padded = np.pad(solid, 1)
        seen = sum((padded & ~np.roll(padded, s, a)).sum() for a in range(3) for s in (1, -1))
        assert area(mesh) == pytest.approx(seen)


def test_faces_are_closed_and_merged_ones_are_fewer(objects):
    for solid in objects:
        faces, merged = meshes.voxel_faces(solid), meshes.merged_faces(solid)
        assert meshes.is_closed(faces)
        assert len(merged.triangles) < len(faces.triangles) / 2


def test_a_voxel_has_twelve_triangles_and_eight_corners():
    for way in (meshes.voxel_faces, meshes.merged_faces):
        mesh = way(np.ones((1, 1, 1), bool))
        assert mesh.triangles.shape == (12, 3) and mesh.vertices.shape == (8, 3)
        assert meshes.is_closed(mesh)
    block = meshes.merged_faces(np.ones((2, 3, 4), bool))
    assert len(block.triangles) == 12 and meshes.enclosed(block) == 24


def ball(side, radius, middle):
    at = np.indices((side, side, side)) + 0.5
    return (radius - np.sqrt(((at - np.reshape(middle, (3, 1, 1, 1))) ** 2).sum(0))).astype(float)


def test_a_smooth_ball_is_a_ball():
    middle, radius = np.array([10.2, 9.7, 10.4]), 7.3
    mesh = meshes.smooth_surface(ball(20, radius, middle))
    assert meshes.is_closed(mesh)
    out = mesh.vertices - middle
    distance = np.linalg.norm(out, axis=1)
    assert np.abs(distance - radius).max() < 0.12
    assert meshes.enclosed(mesh) == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.03)
    along = (mesh.normals * out).sum(axis=1) / distance
    assert along.min() > 0.97


def test_a_smooth_surface_is_closed_for_any_field():
    rng = np.random.default_rng(0)
    for _ in range(5):
        field = rng.standard_normal((9, 9, 9))
        mesh = meshes.smooth_surface(field, level=0.3)
        assert meshes.is_closed(mesh) and meshes.enclosed(mesh) > 0
        np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-5)


def test_a_level_can_be_any(objects):
    field = np.where(objects[0], 1.0, 0.0)
    low, high = (meshes.smooth_surface(field, level) for level in (0.2, 0.8))
    assert meshes.enclosed(low) > meshes.enclosed(high) > 0


def test_placed_in_metres(objects):
    mesh = meshes.voxel_faces(objects[0])
    there = meshes.placed(mesh, 0.75, at=(2.0, -1.0), turn=np.pi / 2)
    low, high = there.vertices.min(axis=0), there.vertices.max(axis=0)
    assert (low[2], high[2]) == pytest.approx((0, 0.75))
    np.testing.assert_allclose((low + high)[:2] / 2, [2, -1], atol=1e-6)
    size, before = high - low, np.ptp(mesh.vertices, axis=0)
    np.testing.assert_allclose(size, before[[1, 0, 2]] * 0.75 / before[2], rtol=1e-5)
    assert meshes.enclosed(there) == pytest.approx(
        meshes.enclosed(mesh) * (0.75 / before[2]) ** 3, rel=1e-4
    )


def test_turning_takes_normals_along():
    mesh = meshes.smooth_surface(ball(12, 4, [6, 6, 6]))
    turned = meshes.placed(mesh, 1.0, turn=1.0)
    out = turned.vertices - [0, 0, 0.5]
    assert ((turned.normals * out).sum(axis=1) / np.linalg.norm(out, axis=1)).min() > 0.97


def test_what_has_no_surface(objects):
    with pytest.raises(ValueError, match="it has no surface"):
        meshes.voxel_faces(np.zeros((4, 4, 4), bool))
    with pytest.raises(ValueError, match="must be one object"):
        meshes.merged_faces(objects)
    with pytest.raises(ValueError, match="finite floats"):
        meshes.smooth_surface(objects[0])
    with pytest.raises(ValueError, match="it has no surface"):
        meshes.smooth_surface(np.full((4, 4, 4), -1.0))
    with pytest.raises(ValueError, match="flat"):
        meshes.placed(meshes.Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]])), 1.0)
