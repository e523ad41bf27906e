"""Measures of objects, against values that can be worked out by hand, and against SciPy."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import ConvexHull

from ganlib.worlds import measures, solids


def grid(*filled, side=8):
    """One object with these voxels, or blocks given as slices."""
    solid = np.zeros((1, side, side, side), bool)
    for where in filled:
        solid[(0, *where)] = True
    return solid


@pytest.fixture(scope="module")
def noise():
    """Objects of random voxels: many pieces of many forms."""
    rng = np.random.default_rng(0)
    return rng.random((40, 12, 12, 12)) < rng.uniform(0.05, 0.6, (40, 1, 1, 1))


def test_pieces_are_those_of_scipy(noise):
    counted = measures.pieces(noise)
    for row, solid in enumerate(noise):
        labels, count = ndimage.label(solid)
        assert counted.count[row] == count
        assert counted.largest[row] == pytest.approx(
            np.bincount(labels.ravel())[1:].max() / solid.sum()
        )


def test_pieces_of_a_grid_with_more_voxels_than_a_short_number_counts():
    solid = np.zeros((1, 34, 34, 34), bool)
    solid[0, ::2, ::2, ::2] = True
    assert measures.pieces(solid).count[0] == 17**3


def test_a_snake_is_one_piece():
    """Its number has to go all the way along it."""
    solid = np.zeros((1, 9, 9, 9), bool)
    solid[0, ::2, :, 4] = True
    solid[0, 1::4, -1, 4] = solid[0, 3::4, 0, 4] = True
    assert measures.pieces(solid).count[0] == 1


def test_nothing_has_no_pieces_and_does_not_stand():
    empty = np.zeros((1, 8, 8, 8), bool)
    assert measures.pieces(empty).count[0] == 0 and measures.pieces(empty).largest[0] == 0
    assert measures.feet(empty)[0] == 0 and not measures.stands(empty)[0]
    assert measures.volume(empty)[0] == 0 and measures.symmetry(empty)[0] == 1


def test_feet_are_pieces_of_the_lowest_layer_alone():
    table = grid((slice(1, 7), slice(1, 7), 5))
    for x, y in ((1, 1), (1, 6), (6, 1), (6, 6)):
        table[0, x, y, 2:6] = True
    assert measures.feet(table)[0] == 4
    table[0, 1, 1, 2] = False
    assert measures.feet(table)[0] == 3
    table[0, 3, 3, 1] = True  # one leg that is longer: it alone touches the ground
    assert measures.feet(table)[0] == 1


def test_what_stands_and_what_falls():
    post = grid((4, 4, slice(0, 6)))
    assert measures.stands(post)[0]
    beam = post.copy()
    beam[0, 4:8, 4, 5] = True  # centre of mass 0.67 beyond the middle of the post
    assert not measures.stands(beam)[0]
    balanced = post.copy()
    balanced[0, 2:7, 4, 5] = True
    assert measures.stands(balanced)[0]
    two_legs = grid((1, 1, slice(0, 4)), (6, 6, slice(0, 4)), (slice(1, 7), slice(1, 7), 4))
    assert measures.stands(two_legs)[0]
    one_side = grid((1, 1, slice(0, 4)), (1, 6, slice(0, 4)), (slice(1, 7), slice(1, 7), 4))
    assert not measures.stands(one_side)[0]


def test_standing_agrees_with_the_hull_of_scipy(noise):
    answers = measures.stands(noise)
    for solid, answer in zip(noise, answers, strict=True):
        places = np.argwhere(solid)
        low = places[places[:, 2] == places[:, 2].min(), :2]
        corners = np.concatenate([low + c for c in ((0, 0), (0, 1), (1, 0), (1, 1))])
        middle = places[:, :2].mean(axis=0) + 0.5
        inside = (ConvexHull(corners).equations @ [*middle, 1] <= 1e-9).all()
        assert answer == inside


def test_symmetry_of_a_corner_and_of_a_wall():
    wall = grid((slice(2, 6), 3, slice(0, 4)))
    assert measures.symmetry(wall)[0] == 1
    corner = grid((1, 1, 1), (6, 1, 1), (2, 2, 2))
    # Left to right two of the three meet each other: 2 of 4. Front to back none.
    assert measures.symmetry(corner)[0] == 0.5


def test_likeness_by_hand():
    a, b = grid((0, 0, slice(0, 4))), grid((0, 0, slice(2, 6)))
    assert measures.likeness(a, b)[0, 0] == pytest.approx(2 / 6)
    both = np.concatenate([a, b, np.zeros_like(a)])
    alike = measures.likeness(both, both)
    np.testing.assert_allclose(np.diag(alike), 1)
    np.testing.assert_allclose(alike, alike.T)
    assert alike[0, 2] == 0
    np.testing.assert_allclose(measures.likeness_in_pairs(both, both[[1, 1, 2]]), [1 / 3, 1, 1])


@pytest.fixture(scope="module")
def with_a_front():
    """Tables, chairs, mugs and arches, twice."""
    kinds = (3, 4, 6, 7)
    return [solids.draw(100, seed=seed, kinds=kinds)[0] for seed in (2, 3)]


def test_an_object_in_another_direction_is_the_same_only_if_it_may_be_turned(with_a_front):
    objects, _ = with_a_front
    for quarter in (1, 2, 3):
        others = np.rot90(objects, quarter, axes=(1, 2))
        assert measures.likeness(objects, others, turned=True).diagonal() == pytest.approx(1)
        assert (measures.likeness(objects, others).diagonal() < 0.9).mean() > 0.2


def test_a_mirror_image_cannot_be_turned_into_the_object():
    """Nor can an object that lies down: turns are about the vertical axis alone."""
    corner = grid((1, 1, slice(0, 4)), (slice(2, 7), 1, 0), (1, slice(2, 4), 0))
    assert measures.likeness(corner, np.flip(corner, 1), turned=True)[0, 0] < 0.7
    assert measures.likeness(corner, np.rot90(corner, axes=(1, 3)), turned=True)[0, 0] < 0.7


def test_sets_may_be_compared_in_any_direction(with_a_front):
    real, others = with_a_front
    sideways = np.rot90(others, axes=(1, 2))
    for measure in (measures.one_nearest_neighbour, measures.coverage):
        assert measure(real, sideways, turned=True) == measure(real, others, turned=True)
    assert measures.one_nearest_neighbour(real, sideways) > 0.85
    assert abs(measures.one_nearest_neighbour(real, sideways, turned=True) - 0.5) < 0.1


def test_nearest_kind_reads_further_real_objects():
    known, factors = solids.draw(400, seed=1)
    others, of_others = solids.draw(200, seed=2)
    seen = measures.nearest_kind(others, known, factors["kind"])
    assert (seen == of_others["kind"]).mean() > 0.98


def test_one_nearest_neighbour_of_known_cases():
    real, _ = solids.draw(150, seed=1)
    others, _ = solids.draw(150, seed=2)
    assert abs(measures.one_nearest_neighbour(real, others) - 0.5) < 0.08
    tables, chairs = (solids.draw(150, seed=1, kinds=[kind])[0] for kind in (3, 4))
    assert measures.one_nearest_neighbour(tables, chairs) > 0.98
    assert measures.one_nearest_neighbour(real, real) < 0.1  # copies


def test_equally_alike_neighbours_count_by_their_share():
    one = grid((1, 1, 1))
    same = np.repeat(one, 3, axis=0)
    # Each of six equal objects has two equals of its own kind and three of the other.
    assert measures.one_nearest_neighbour(same, same) == pytest.approx(2 / 5)


def test_coverage_counts_what_is_chosen():
    real, _ = solids.draw(40, seed=1)
    assert measures.coverage(real, real) == 1
    assert measures.coverage(real, np.repeat(real[:1], 40, axis=0)) == 1 / 40


def test_undecided_is_a_share():
    assert measures.undecided(np.array([-1.0, -0.4, 0.2, 0.9])) == 0.5
    with pytest.raises(TypeError, match="before a threshold"):
        measures.undecided(np.array([True, False]))


def test_what_cannot_be_measured():
    real, _ = solids.draw(4, seed=0)
    with pytest.raises(ValueError, match=r"One object: object\[None\]"):
        measures.pieces(real[0])
    with pytest.raises(ValueError, match="as many of both"):
        measures.one_nearest_neighbour(real, real[:2])
    with pytest.raises(ValueError, match="all must have one"):
        measures.likeness(real, solids.draw(2, side=32)[0])
    with pytest.raises(ValueError, match="must have one shape"):
        measures.likeness_in_pairs(real, real[:2])
    with pytest.raises(ValueError, match="one for each of"):
        measures.nearest_kind(real, real, np.zeros(3))
