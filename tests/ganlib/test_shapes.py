"""The set drawn by code: known factors, areas from geometry, exact control of the modes."""

import colorsys
import math

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from ganlib import data, shapes


@pytest.fixture(scope="module")
def drawn():
    return shapes.draw(3_000, seed=4)


def one(shape, **changes):
    factors = np.zeros(1, shapes.FACTORS)
    factors["shape"] = shapes.SHAPE_NAMES.index(shape)
    factors["centre_x"] = factors["centre_y"] = 16
    factors["size"] = 11
    for name, value in changes.items():
        factors[name] = value
    return factors


def test_images_and_factors_have_the_promised_form(drawn):
    images, factors = drawn
    assert images.shape == (3_000, 32, 32, 3) and images.dtype == np.uint8
    assert factors.shape == (3_000,) and factors.dtype == shapes.FACTORS
    modes = shapes.modes(factors)
    assert modes.dtype == np.int32 and set(modes) == set(range(60))
    names = {shapes.mode_name(m) for m in range(60)}
    assert len(names) == 60 and "red disk" in names
    for name, (low, high) in {
        "size": shapes.SIZES,
        "background": shapes.BACKGROUNDS,
        "gradient": shapes.GRADIENTS,
        "angle": (0, 2 * math.pi),
        "centre_x": (16 - shapes.SHIFT, 16 + shapes.SHIFT),
    }.items():
        column = factors[name]
        assert low - 1e-5 <= column.min() and column.max() <= high + 1e-5
        # Spread over the whole range, not stuck in one place.
        assert column.std() > 0.2 * (high - low)


def test_same_seed_same_images_and_a_prefix_stays_a_prefix():
    images, factors = shapes.draw(1_100, seed=7)
    again, factors_again = shapes.draw(1_100, seed=7)
    few, factors_few = shapes.draw(13, seed=7)
    assert np.array_equal(images, again) and np.array_equal(factors, factors_again)
    assert np.array_equal(images[:13], few) and np.array_equal(factors[:13], factors_few)
    assert not np.array_equal(few, shapes.draw(13, seed=8)[0])
    # Chunks are different from each other.
    assert not np.array_equal(images[:100], images[500:600])


def test_number_of_threads_changes_nothing(monkeypatch):
    many = shapes.draw(1_600, seed=1)[0]
    monkeypatch.setattr(shapes.os, "cpu_count", lambda: 1)
    assert np.array_equal(many, shapes.draw(1_600, seed=1)[0])


def test_splits_share_no_image_with_each_other_or_with_small_seeds():
    sets = [shapes.load("train", 600)[0], shapes.load("test", 600)[0]]
    sets += [shapes.draw(600, seed=seed)[0] for seed in range(4)]
    hashes = {image.tobytes() for images in sets for image in images}
    assert len(hashes) == 600 * len(sets)


@pytest.mark.slow
def test_load_by_name_gives_modes_as_labels():
    images, labels = data.load("shapes", "test", labels=True, n=300)
    few, factors = shapes._draw(300, 0, shapes._SPLITS["test"], shapes._shares(None))
    assert np.array_equal(images, few)
    assert np.array_equal(labels, 10 * factors["shape"].astype(int) + factors["hue"])
    assert len(data.load("shapes", "test")) == 10_000


# Areas from school geometry, for a shape of size 1.
AREAS = {
    "disk": math.pi * 0.95**2,
    "ring": math.pi * (0.99**2 - 0.51**2),
    "square": 1.56**2,
    "triangle": 3 * math.sqrt(3) * 0.55**2,
    "star": 10 * 0.5 * 1.1 * 0.45 * math.sin(math.pi / 5),
    "cross": 2 * 2 * 0.6 - 0.6**2,
}


@pytest.mark.parametrize("shape", shapes.SHAPE_NAMES)
@pytest.mark.parametrize("angle", [0, 0.4, 2])
def test_area_is_that_of_the_shape(shape, angle):
    # Red on black: the red channel is the cover times the red of the ink.
    ink = shapes._paint(one(shape, angle=angle))[0, :, :, 0] / shapes.COLOURS[0, 0]
    assert ink.sum() == pytest.approx(AREAS[shape] * 11**2, rel=0.015)
    assert ((ink > 0.01) & (ink < 0.99)).sum() > 20  # soft edges


@pytest.mark.slow
def test_no_outline_leaves_the_image(drawn):
    _, factors = drawn
    # On grey, the spread of a pixel's channels is that of the ink, times the cover.
    inks = np.ptp(shapes.COLOURS[factors["hue"]], axis=1)
    cover = np.ptp(shapes._paint(factors), axis=-1) / inks[:, None, None]
    border = np.ones((32, 32), bool)
    border[1:-1, 1:-1] = False
    assert cover[:, border].max() < 0.55  # the middles of the outermost pixels lie outside
    assert cover.max() == pytest.approx(1)


def test_hue_can_be_read_from_the_noisy_image(drawn):
    images, factors = drawn
    pixels = images.reshape(len(images), -1, 3).astype(float) / 255
    saturation = np.ptp(pixels, axis=2)
    inked = np.argsort(saturation, axis=1)[:, -12:]  # the most colourful twelve
    ink = np.median(np.take_along_axis(pixels, inked[:, :, None], axis=1), axis=1)
    nearest = ((ink[:, None] - shapes.COLOURS) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == factors["hue"]).mean() > 0.99


def test_hues_are_far_apart():
    colours = shapes.COLOURS
    distances = np.linalg.norm(colours[:, None] - colours, axis=2) + 9 * np.eye(10)
    assert distances.min() > 0.3
    hues = [colorsys.rgb_to_hsv(*colour)[0] for colour in colours]
    assert hues == sorted(hues)


def test_centre_and_background_are_where_the_factors_say(drawn):
    _, factors = drawn
    rows = np.isin(factors["shape"], [0, 1])  # disks and rings: the centre of mass is the centre
    clean = shapes._paint(factors[rows])
    ink = np.ptp(clean, axis=-1)
    middle = np.arange(32) + 0.5
    x = (ink * middle).sum(axis=(1, 2)) / ink.sum(axis=(1, 2))
    y = (ink * middle[:, None]).sum(axis=(1, 2)) / ink.sum(axis=(1, 2))
    assert np.abs(x - factors["centre_x"][rows]).max() < 0.2
    assert np.abs(y - factors["centre_y"][rows]).max() < 0.2
    plain = shapes._paint(one("disk", background=0.3, gradient=0.2, size=7))[0, :, :, 1]
    assert plain[16, 0] == pytest.approx(0.3 - 0.1, abs=0.01)
    assert plain[16, -1] == pytest.approx(0.3 + 0.1, abs=0.01)


def test_noise_has_the_promised_size():
    images, factors = shapes.draw(200, seed=2)
    clean = shapes._paint(factors) * 255
    inside = (clean > 15) & (clean < 240)  # where nothing is clipped
    assert (images - clean)[inside].std() == pytest.approx(shapes.NOISE, rel=0.02)


@pytest.mark.slow
def test_weights_choose_the_modes():
    weights = np.zeros((6, 10))
    weights[4, 2], weights[0, 9] = 1, 3
    modes = shapes.modes(shapes.draw(4_000, weights=weights)[1])
    assert set(modes) == {9, 42}
    # 3/4 of 4,000 with standard deviation sqrt(4000 * 3/16) = 27
    assert abs((modes == 9).sum() - 3_000) < 4 * 28
    assert np.array_equal(modes, shapes.modes(shapes.draw(4_000, weights=weights.ravel() * 9)[1]))


def test_modes_come_alike_by_default(drawn):
    counts = np.bincount(shapes.modes(drawn[1]), minlength=60)
    chi_squared = ((counts - 50) ** 2 / 50).sum()  # 59 degrees of freedom: 59 ± 10.9
    assert chi_squared < 59 + 4 * 10.9


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"n": 0}, ValueError, "n is 0"),
        ({"n": -3}, ValueError, "at least 1"),
        ({"n": 2.5}, TypeError, "whole number"),
        ({"n": True}, TypeError, "whole number"),
        ({"n": 1, "seed": -1}, ValueError, "seed is -1"),
        ({"n": 1, "weights": np.ones(59)}, ValueError, r"\(59,\)"),
        ({"n": 1, "weights": np.zeros(60)}, ValueError, "not all of them 0"),
        ({"n": 1, "weights": -np.ones(60)}, ValueError, "0 or more"),
        ({"n": 1, "weights": np.full(60, np.nan)}, ValueError, "0 or more"),
    ],
)
def test_bad_input_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        shapes.draw(**arguments)


def test_each_hue_is_nearest_to_the_colour_of_its_name():
    usual = np.array([to_rgb(f"xkcd:{name}") for name in shapes.HUE_NAMES])
    apart = np.linalg.norm(usual[:, None] - shapes.COLOURS, axis=2)
    assert apart.argmin(axis=1).tolist() == list(range(10))
