"""Pictures of surfaces: what is in front hides what is behind; light comes from the left."""

import io

import matplotlib.image
import numpy as np
import pytest

from ganlib.worlds import meshes, solids, views


def box(low, high):
    """A block in a grid of 12."""
    solid = np.zeros((12, 12, 12), bool)
    solid[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = True
    return meshes.voxel_faces(solid)


FRAME = ((6.0, 6.0, 6.0), 6.0)


def drawn(*scene, azimuth=0.0, elevation=0.0, pixels=48, colours="red"):
    return views.render(list(scene), azimuth, elevation, pixels, colours, FRAME)


def where(picture):
    """Rows and columns that are not white."""
    return np.nonzero((picture < 255).any(axis=2))


def test_a_block_from_the_front_is_a_rectangle():
    rows, columns = where(drawn(box((2, 3, 1), (5, 9, 11))))
    # 4 pixels a voxel; x goes to the right, z up from the lower edge.
    assert (columns.min(), columns.max()) == (8, 19)
    assert (rows.min(), rows.max()) == (4, 43)
    assert len(rows) == 12 * 40, "and has no holes"


@pytest.mark.parametrize(
    ("azimuth", "axis", "sign"), [(0, 0, 1), (90, 1, 1), (180, 0, -1), (270, 1, -1)]
)
def test_from_each_side_other_things_are_on_the_left(azimuth, axis, sign):
    low, high = [5, 5, 5], [7, 7, 7]
    low[axis], high[axis] = 1, 3
    _, columns = where(drawn(box(low, high), azimuth=azimuth))
    assert (columns.mean() < 24) == (sign > 0)


def test_from_above_the_front_is_below():
    rows, _ = where(drawn(box((5, 1, 5), (7, 3, 7)), elevation=90))
    assert rows.min() > 24


def test_what_is_in_front_hides_what_is_behind():
    front, back = box((4, 1, 4), (8, 3, 8)), box((2, 9, 2), (10, 11, 10))
    for order in ((front, back), (back, front)):
        colours = ["blue" if each is front else "red" for each in order]
        picture = drawn(*order, colours=colours)
        middle, corner = picture[24, 24], picture[12, 12]
        assert middle[2] > middle[0] and corner[0] > corner[2]
        other_side = drawn(*order, azimuth=180, colours=colours)[24, 24]
        assert other_side[0] > other_side[2]


def test_a_surface_that_faces_the_light_is_brighter():
    cube = box((3, 3, 3), (9, 9, 9))
    picture = drawn(cube, azimuth=-45, elevation=35).astype(int)
    top, left, right = picture[14, 24, 0], picture[30, 16, 0], picture[30, 32, 0]
    assert left > right, "the light stands on the left"
    assert min(top, left, right) >= 255 * views.AMBIENT - 1
    assert len({top, left, right}) == 3


def test_smooth_surfaces_are_shaded_smoothly():
    at = np.indices((16, 16, 16)) + 0.5 - 8
    mesh = meshes.smooth_surface(6.0 - np.sqrt((at**2).sum(0)))
    smooth = views.render(mesh, pixels=64)
    flat = views.render(mesh._replace(normals=None), pixels=64)
    inside = slice(20, 44), slice(20, 44), 0
    steps = [np.abs(np.diff(each[inside].astype(int), axis=1)).max() for each in (smooth, flat)]
    assert steps[0] < steps[1]


def test_a_triangle_larger_than_the_picture_covers_it():
    big = meshes.Mesh(
        np.array([[-50, 0, -50], [50, 0, -50], [0, 0, 90]], np.float32), np.array([[0, 1, 2]])
    )
    assert (drawn(big) < 255).any(axis=2).all()
    behind = big._replace(triangles=big.triangles[:, ::-1])
    assert (drawn(behind) == 255).all(), "the back of a surface is not drawn"


def test_portraits_have_one_scale_and_bear_an_empty_object():
    objects, _ = solids.draw(3, seed=0)
    objects[1] = False
    pictures = views.portraits(objects, pixels=40)
    assert pictures.shape == (3, 40, 40, 3) and pictures.dtype == np.uint8
    assert (pictures[1] == 255).all() and (pictures[0] < 255).any()
    side = np.ones((1, 16, 16, 16), bool)
    filled = views.portraits(side, pixels=60)[0]
    assert (filled[[0, -1]] == 255).all() and (filled[:, [0, -1]] == 255).all()


def test_a_scene_turns_all_the_way_round():
    mesh = meshes.voxel_faces(solids.draw(1, seed=3, kinds=[6])[0][0])
    frames = views.turn_around(mesh, pixels=32)
    assert frames.shape == (360 // views.DEGREES, 32, 32, 3)
    np.testing.assert_array_equal(
        frames[6], views.render(mesh, 90, 25, 32, frame=views.around([mesh]))
    )
    assert len({frame.tobytes() for frame in frames}) == len(frames)
    assert (frames[:, [0, -1]] == 255).all(), "no view is cut off"


def test_the_viewer_shows_the_view_of_its_slider():
    frames = {
        name: np.full((3, 4, 4, 3), start, np.uint8)
        + np.arange(3, dtype=np.uint8)[:, None, None, None]
        for name, start in (("one", 10), ("two", 100))
    }
    scene, (slider, play), picture = (
        part if not hasattr(part, "children") else part.children
        for part in views.turntable(frames).children
    )

    def shown():
        return matplotlib.image.imread(io.BytesIO(picture.value))[0, 0, 0] * 255

    assert shown() == pytest.approx(10)
    slider.value = 2
    assert shown() == pytest.approx(12)
    scene.value = "two"
    assert shown() == pytest.approx(102)
    assert (slider.max, play.max) == (2, 2)
    assert "Run this cell" in repr(views.turntable(frames))


def test_what_cannot_be_drawn():
    mesh = box((0, 0, 0), (2, 2, 2))
    with pytest.raises(ValueError, match="one mesh at least"):
        views.render([])
    with pytest.raises(ValueError, match="one for each mesh"):
        views.render([mesh, mesh], colours=["red"])
    with pytest.raises(ValueError, match="elevation is 91"):
        views.render(mesh, elevation=91)
    with pytest.raises(ValueError, match="one scene at least"):
        views.turntable({})
    with pytest.raises(ValueError, match="as turn_around makes them"):
        views.turntable({"a": np.zeros((4, 4, 3), np.uint8)})
