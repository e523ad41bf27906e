"""Objects drawn by code: their parts are where their factors say, on every grid."""

import numpy as np
import pytest

from ganlib import data
from ganlib.worlds import measures, solids


@pytest.fixture(scope="module", params=[16, 32])
def drawn(request):
    return solids.draw(240, seed=5, side=request.param)


def test_each_object_is_one_piece_on_its_feet_and_stands(drawn):
    objects, factors = drawn
    assert (measures.pieces(objects).count == 1).all()
    np.testing.assert_array_equal(measures.feet(objects), np.array(solids.FEET)[factors["kind"]])
    assert measures.stands(objects).all()
    assert set(factors["kind"]) == set(range(len(solids.CLASS_NAMES)))


def test_each_object_is_a_mirror_image_of_itself(drawn):
    np.testing.assert_array_equal(measures.symmetry(drawn[0]), 1.0)


def test_objects_are_as_large_as_their_factors_say(drawn):
    objects, factors = drawn
    side = objects.shape[1]
    for axis, name in ((3, "height"), (2, "depth"), (1, "width")):
        others = tuple(a for a in (1, 2, 3) if a != axis)
        extent = objects.any(axis=others).sum(axis=1) * 2 / side
        kinds = [solids.CLASS_NAMES[kind] for kind in factors["kind"]]
        same = np.array([(kind, name) not in UNLIKE for kind in kinds])
        assert (np.abs(extent - factors[name])[same] <= 4 / side + 1e-6).all()


# The handle makes a mug wider; what a lamp is deep is its foot.
UNLIKE = {("mug", "width"), ("lamp", "depth")}


def test_objects_stay_off_the_walls_and_stand_on_the_ground(drawn):
    objects, _ = drawn
    side = objects.shape[1]
    for axis in (1, 2):
        faces = np.moveaxis(objects, axis, 1)
        assert not faces[:, [0, -1]].any()
    ground = round((solids.GROUND + 1) / 2 * side)
    assert not objects[..., :ground].any() and objects[..., ground].any(axis=(1, 2)).all()
    assert not objects[..., -1].any()


def test_a_finer_grid_shows_the_same_objects():
    coarse, factors = solids.draw(60, seed=1)
    fine, same = solids.draw(60, seed=1, side=32)
    np.testing.assert_array_equal(factors, same)
    shares = fine.reshape(60, 16, 2, 16, 2, 16, 2).mean((2, 4, 6))
    assert (np.abs(shares - coarse) <= 0.5).mean() > 0.97


def test_volumes_are_those_of_the_formulas():
    objects, factors = solids.draw(400, seed=2, kinds=[0, 1, 2], side=64)
    w, d, h, t = (factors[name] for name in ("width", "depth", "height", "thickness"))
    formulas = np.stack([np.pi / 6 * w**3, w * d * h, np.pi**2 / 4 * t**2 * (w - t)])
    expected = formulas[factors["kind"], np.arange(400)] / 8
    np.testing.assert_allclose(measures.volume(objects), expected, rtol=0.07)


def test_turned_objects_are_whole_too():
    objects, factors = solids.draw(200, seed=3, turn=np.pi)
    assert (measures.pieces(objects).count == 1).all() and measures.stands(objects).all()
    assert not objects[:, [0, -1]].any() and not objects[:, :, [0, -1]].any()
    assert np.abs(factors["turn"]).max() > 3
    again, _ = solids.draw(200, seed=3)
    assert not np.array_equal(objects, again)


def test_a_seed_fixes_the_objects_and_their_number_does_not_change_them():
    many, _ = solids.draw(30, seed=4)
    np.testing.assert_array_equal(many, solids.draw(30, seed=4)[0])
    assert not np.array_equal(many, solids.draw(30, seed=5)[0])


def test_kinds_alone_are_drawn():
    _, factors = solids.draw(50, seed=0, kinds=[3, 6])
    assert set(factors["kind"]) == {3, 6}


def test_samples_go_to_the_network_and_back():
    objects, _ = solids.draw(4, seed=0)
    samples = solids.to_samples(objects)
    assert samples.shape == (4, 16, 16, 16, 1) and samples.dtype == np.uint8
    floats = data.to_network(samples)
    assert set(np.unique(floats)) == {-1.0, 1.0}
    np.testing.assert_array_equal(solids.to_solid(floats), objects)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"n": 0}, "n is 0"),
        ({"n": 2, "side": 8}, "side is 8"),
        ({"n": 2, "kinds": [8]}, "0 to 7"),
        ({"n": 2, "kinds": []}, "one at least"),
        ({"n": 2, "turn": 4.0}, "turn is 4.0"),
    ],
)
def test_what_cannot_be_drawn(arguments, said):
    with pytest.raises(ValueError, match=said):
        solids.draw(**arguments)


def test_what_are_no_objects_or_samples():
    objects, _ = solids.draw(2, seed=0)
    with pytest.raises(ValueError, match=r"One object: object\[None\]"):
        solids.to_samples(objects[0])
    with pytest.raises(ValueError, match="must be bool"):
        solids.to_samples(objects.astype(float))
    with pytest.raises(TypeError, match="must hold floats"):
        solids.to_solid(solids.to_samples(objects))
    with pytest.raises(ValueError, match="side, side, side, 1"):
        solids.to_solid(objects.astype(np.float32))


def test_soft_samples_are_shares_of_matter():
    fine, _ = solids.draw(6, seed=0, side=32)
    soft = solids.to_samples(fine, finer=2)
    assert soft.shape == (6, 16, 16, 16, 1) and soft.dtype == np.uint8
    np.testing.assert_allclose(soft.mean() / 255, fine.mean(), atol=1e-3)
    block = np.zeros((1, 16, 16, 16), bool)
    block[0, :2, :2, 0] = block[0, 4:6, 4:6, 4:6] = True
    shares = solids.to_samples(block, finer=2)[0, ..., 0]
    assert (shares[0, 0, 0], shares[2, 2, 2], shares[1, 1, 1]) == (128, 255, 0)
    with pytest.raises(ValueError, match="must be a multiple"):
        solids.to_samples(block, finer=3)
