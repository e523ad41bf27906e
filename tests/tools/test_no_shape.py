"""Images without a shape: ground, hue and noise as in ganlib.shapes, and none of its shapes."""

import numpy as np
import pytest

from ganlib import shapes
from tools.training import no_shape
from tools.training.train_classifier import with_no_shape

KINDS = no_shape.TRAINED + no_shape.UNSEEN


def inked(images):
    """The share of pixels that are clearly coloured."""
    return (np.ptp(images.astype(int), axis=-1) > 60).mean(axis=(1, 2))


def test_the_ground_is_found_behind_the_shape():
    images, factors = shapes.draw(500, seed=3)
    middle = no_shape.grounds(images)[:, 15:17, 15:17].mean(axis=(1, 2)) / 255
    straight = (factors["background"] > 0.2) & (factors["background"] + 0.15 < 1)
    assert middle[straight] == pytest.approx(factors["background"][straight], abs=0.02)


def test_the_cover_of_a_disk_has_its_area():
    only_disks = np.repeat([1, 0], [10, 50])
    images, factors = shapes.draw(200, seed=4, weights=only_disks)
    area = no_shape.covers(images, factors["hue"]).sum(axis=(1, 2))
    assert area == pytest.approx(np.pi * (0.95 * factors["size"]) ** 2, rel=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_the_same_for_the_same_seed_and_as_many_as_asked(kind):
    images = no_shape.without_a_shape(kind, 40, seed=5)
    assert images.shape == (40, 32, 32, 3) and images.dtype == np.uint8
    assert (images == no_shape.without_a_shape(kind, 40, seed=5)).all()
    assert (images != no_shape.without_a_shape(kind, 40, seed=6)).any(axis=(1, 2, 3)).all()
    if kind == "nothing":
        assert inked(images).max() < 0.01
    else:
        assert np.median(inked(images)) > 0.08


def test_what_is_smeared_has_no_sharp_edge_and_a_blob_has():
    def steepest(images):
        return abs(np.diff(images.astype(int), axis=1)).max(axis=(1, 2, 3)).mean()

    smeared, blob = (no_shape.without_a_shape(kind, 100, seed=7) for kind in ("smeared", "blob"))
    assert steepest(smeared) < 0.4 * steepest(blob)
    assert steepest(blob) > 0.8 * steepest(shapes.draw(100, seed=7)[0])


def test_a_ghost_has_a_hue_at_two_strengths():
    ghosts = no_shape.without_a_shape("ghost", 100, seed=8)
    plain = shapes.draw(100, seed=8)[0]

    def halfway(images):  # of the coloured pixels, those about half as colourful as the best
        colourful = np.ptp(images.astype(int), axis=-1).reshape(len(images), -1)
        strength = colourful / colourful.max(axis=1, keepdims=True)
        return ((strength > 0.35) & (strength < 0.65)).sum() / (strength > 0.35).sum()

    assert halfway(ghosts) > 2 * halfway(plain)


def test_another_kind_is_named():
    with pytest.raises(ValueError, match="'blot' is none of the kinds nothing, two, "):
        no_shape.without_a_shape("blot", 1, seed=0)


def test_the_judge_is_taught_each_kind_equally_often():
    images, labels = shapes.load("train", 20)
    more, taught = with_no_shape(images, labels, 10, seed=0)
    assert (more[:20] == images).all() and (taught[:20] == labels).all()
    assert taught[20:].tolist() == [no_shape.NO_SHAPE] * 10 and len(more) == 30
    for number, kind in enumerate(no_shape.TRAINED):
        each = more[20 + 2 * number : 22 + 2 * number]
        assert (each == no_shape.without_a_shape(kind, 2, seed=0)).all()
