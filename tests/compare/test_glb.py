"""GLB files, read again by trimesh."""

import io

import numpy as np
import trimesh

from ganlib.worlds import glb, meshes, solids


def test_trimesh_reads_what_was_written():
    objects, _ = solids.draw(3, seed=4)
    made = [meshes.voxel_faces(solid) for solid in objects]
    made.append(meshes.smooth_surface(np.where(objects[0], 1.0, -1.0)))
    items = [
        glb.Item(f"object {n}", meshes.placed(mesh, 0.5 + n, at=(2.0 * n, 1.0)), "#0072B2")
        for n, mesh in enumerate(made)
    ]
    scene = trimesh.load(io.BytesIO(glb.to_bytes(items)), file_type="glb", process=False)
    assert set(scene.geometry) == {item.name for item in items}
    assert len(scene.graph.nodes_geometry) == len(items)
    for item in items:
        read = scene.geometry[item.name]
        x, y, z = item.mesh.vertices.T
        np.testing.assert_array_equal(read.vertices, np.stack([x, z, -y], axis=1))
        np.testing.assert_array_equal(read.faces, item.mesh.triangles)
        assert read.is_watertight or item is not items[-1]
        np.testing.assert_allclose(read.volume, meshes.enclosed(item.mesh), rtol=1e-4)
    low, high = scene.bounds
    assert abs(low[1]) < 1e-6 and abs(high[1] - 3.5) < 1e-6  # y is up


def test_trimesh_agrees_about_surfaces():
    objects, _ = solids.draw(6, seed=5)
    for solid in objects:
        mesh = meshes.voxel_faces(solid)
        theirs = trimesh.Trimesh(mesh.vertices, mesh.triangles, process=False)
        assert theirs.is_winding_consistent
        np.testing.assert_allclose(theirs.volume, solid.sum(), rtol=1e-6)
        smooth = meshes.smooth_surface(np.where(solid, 1.0, -1.0))
        theirs = trimesh.Trimesh(smooth.vertices, smooth.triangles, process=False)
        assert theirs.is_watertight and theirs.is_winding_consistent
        np.testing.assert_allclose(theirs.volume, meshes.enclosed(smooth), rtol=1e-5)
        alike = (theirs.vertex_normals * smooth.normals).sum(axis=1)
        assert np.median(alike) > 0.99
