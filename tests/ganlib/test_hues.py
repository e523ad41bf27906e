"""The hue of an image by its colours: shapes, grounds and speckle do not matter."""

import numpy as np
import pytest

from ganlib import shapes
from ganlib.hues import nearest_hue


@pytest.mark.parametrize("hue", range(10))
def test_a_patch_of_a_hue_on_any_grey_has_that_hue(hue):
    colour = np.rint(255 * shapes.COLOURS[hue]).astype(np.uint8)
    for grey in (0, 60, 128, 255):
        image = np.full((1, 8, 8, 3), grey, np.uint8)
        image[0, 2:5, 3:6] = colour
        assert nearest_hue(image) == [hue]


def test_speckle_of_grey_and_of_colour_changes_little():
    images, factors = shapes.draw(100, seed=3)
    rng = np.random.default_rng(0)
    grey = rng.normal(0, 20, (100, 32, 32, 1))
    coloured = rng.normal(0, 20, (100, 32, 32, 3))
    for noise in (grey, coloured):
        noisy = np.clip(images + noise, 0, 255).astype(np.uint8)
        assert np.mean(nearest_hue(noisy) == factors["hue"]) > 0.9


def test_red_lies_next_to_pink_on_both_sides_of_the_circle():
    just_below = np.full((1, 2, 2, 3), (230, 25, 40), np.uint8)  # hue angle a little below 1
    assert nearest_hue(just_below) == [0]


def test_grey_images_have_no_hue_and_no_error():
    assert nearest_hue(np.full((2, 4, 4, 3), 90, np.uint8)).tolist() == [0, 0]


def test_floats_and_single_images_are_refused():
    with pytest.raises(TypeError, match="images"):
        nearest_hue(np.zeros((2, 4, 4, 3)))
    with pytest.raises(ValueError, match="images"):
        nearest_hue(np.zeros((4, 4, 3), np.uint8))


def test_a_faint_tint_of_the_ground_counts_little():
    image = np.full((1, 8, 8, 3), (120, 120, 140), np.uint8)
    image[0, 2:5, 3:6] = (230, 25, 25)
    assert nearest_hue(image) == [0]
