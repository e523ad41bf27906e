"""Toy distributions against what mathematics says about Gaussian mixtures."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from ganlib import toys
from ganlib.support import seeds

EVERY = [make() for make in toys.TOYS.values()]
BY_NAME = pytest.mark.parametrize("toy", EVERY, ids=lambda toy: toy.name)


def test_toys_need_neither_tensorflow_nor_matplotlib():
    check = (
        "import sys; from ganlib import toys; toys.coverage(toys.ring(), toys.ring().sample(9, "
        "0)); "
        "print({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", check], text=True).strip() == "set()"


@BY_NAME
def test_density_integrates_to_one(toy):
    axis = np.arange(-3.5, 3.5, toy.std / 2)
    points = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    parts = [toy.density(part).sum() for part in np.array_split(points, 30)]
    assert sum(parts) * (toy.std / 2) ** 2 == pytest.approx(1, abs=1e-6)


def test_density_of_one_gaussian_is_the_textbook_formula():
    toy = toys.Toy("one", [[1.0, -1.0]], std=0.5)
    expected = np.exp(-(0.3**2 + 0.4**2) / (2 * 0.25)) / (2 * np.pi * 0.25)
    assert toy.density([[1.3, -0.6]]) == pytest.approx([expected])


def test_every_mode_weighs_the_same_in_the_density():
    toy = toys.ring(4)
    assert toy.density(toy.modes) == pytest.approx(1 / (4 * 2 * np.pi * 0.05**2))


@BY_NAME
def test_samples_have_the_density_they_claim(toy):
    """E[p(x)] under p is the integral of p²: for modes far apart 1 / (k · 4π · std²)."""
    samples = toy.sample(20_000, seed=1)
    expected = 1 / (len(toy.modes) * 4 * np.pi * toy.std**2)
    assert toy.density(samples).mean() == pytest.approx(expected, rel=0.02)


@BY_NAME
def test_samples_depend_on_the_seed_alone(toy):
    first, again, other = (toy.sample(64, seed=seed) for seed in (3, 3, 4))
    assert first.dtype == np.float32 and first.shape == (64, 2)
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_ring_lies_on_its_circle_evenly():
    toy = toys.ring(8, radius=2.0)
    assert np.linalg.norm(toy.modes, axis=1) == pytest.approx(2)
    sides = np.linalg.norm(toy.modes - np.roll(toy.modes, 1, axis=0), axis=1)
    assert sides == pytest.approx(2 * 2 * np.sin(np.pi / 8))


def test_grid_is_centred_and_evenly_spaced():
    toy = toys.grid(5, spacing=1.0)
    assert toy.modes.shape == (25, 2)
    assert toy.modes.mean(axis=0) == pytest.approx([0, 0])
    assert sorted(set(toy.modes[:, 0])) == [-2, -1, 0, 1, 2]


@BY_NAME
def test_modes_do_not_overlap(toy):
    gaps = np.linalg.norm(toy.modes[:, None] - toy.modes, axis=-1)
    gaps[np.diag_indices(len(gaps))] = np.inf
    assert gaps.min() > 6 * toy.std


def test_modes_of_the_spiral_are_about_equally_far_apart():
    steps = np.linalg.norm(np.diff(toys.spiral().modes, axis=0), axis=1)
    assert steps.max() / steps.min() < 1.5


def test_modes_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        toys.ring().modes[0] = 0


@BY_NAME
def test_coverage_of_true_samples_is_what_a_gaussian_has(toy):
    """Within three standard deviations lie 1 − exp(−9/2); the mean distance is std · √(π/2)."""
    result = toys.coverage(toy, toy.sample(40_000, seed=5))
    assert result.modes == result.modes_covered == len(toy.modes)
    assert result.high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.002)
    assert result.distance == pytest.approx(toy.std * np.sqrt(np.pi / 2), rel=0.01)
    assert result.shares.sum() == pytest.approx(result.high_quality)
    assert result.shares * len(toy.modes) == pytest.approx(result.high_quality, rel=0.12)


def test_a_collapsed_generator_covers_one_mode_with_full_quality():
    toy = toys.ring()
    result = toys.coverage(toy, np.repeat(toy.modes[2:3], 100, axis=0))
    assert (result.modes_covered, result.high_quality, result.distance) == (1, 1, 0)
    assert result.shares.argmax() == 2


def test_samples_between_the_modes_cover_nothing():
    result = toys.coverage(toys.ring(), np.zeros((10, 2)))
    assert (result.modes_covered, result.high_quality, result.distance) == (0, 0, 2)


@pytest.mark.parametrize(("strays", "covered"), [(12, 1), (13, 2)])
def test_a_mode_counts_from_a_tenth_of_its_fair_share(strays, covered):
    """Of 1,000 samples each of 8 modes is due 125; a tenth of that is 12.5."""
    modes = toys.ring().modes
    samples = np.concatenate(
        [np.repeat(modes[:1], 1000 - strays, 0), np.repeat(modes[1:2], strays, 0)]
    )
    assert toys.coverage(toys.ring(), samples).modes_covered == covered


def test_three_standard_deviations_are_the_border_of_high_quality():
    toy = toys.Toy("one", [[0.0, 0.0]], std=1.0)
    assert toys.coverage(toy, [[2.99, 0.0], [3.01, 0.0]]).high_quality == 0.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: toys.coverage(toys.ring(), np.zeros((5, 3))), r"\(5, 3\)"),
        (lambda: toys.coverage(toys.ring(), np.zeros((0, 2))), "n ≥ 1"),
        (lambda: toys.coverage(toys.ring(), [[np.nan, 0.0]]), "NaN"),
        (lambda: toys.ring().sample(0, seed=0), "n is 0, but must be a whole number"),
        (lambda: toys.ring(0), "modes is 0, but must be a whole number of at least 1"),
        (lambda: toys.grid(2.5), "side is 2.5 .float., but must be a whole number"),
        (lambda: toys.ring(8, "2"), "radius is '2' .str., but must be a number"),
        (lambda: toys.spiral(turns=0), "turns is 0, but must be above 0"),
        (lambda: toys.ring(std=0.0), "std is 0.0, but must be above 0"),
        (lambda: toys.Toy("three axes", np.zeros((4, 3)), 1.0), r"\(4, 3\)"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_numbers_of_numpy_and_lists_will_do():
    toy = toys.ring(np.int64(4), std=np.float32(0.5))
    assert toy.name == "ring of 4" and toy.sample(np.int32(3), seed=0).shape == (3, 2)
    assert toy.density([[2, 0], [0, 2]]).shape == (2,)
    generator, _ = toys.networks(np.int64(3), hidden=[np.int8(5)])
    assert generator.output_shape == (None, 2)


@BY_NAME
def test_points_of_a_training_are_those_of_the_distribution(toy):
    result = toys.coverage(toy, toy.batch(40_000, seed=5, step=7).numpy())
    assert result.high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.002)
    assert result.distance == pytest.approx(toy.std * np.sqrt(np.pi / 2), rel=0.01)
    assert result.shares * len(toy.modes) == pytest.approx(result.high_quality, rel=0.12)


def test_the_draws_of_one_step_have_nothing_in_common():
    noise = toys.Toy("one", [[0.0, 0.0]], 1.0).batch(2_000, seed=3, step=7).numpy().ravel()
    for use in set(seeds.USES) - {"noise around a mode"}:
        other = tf.random.stateless_normal((2_000, 2), seeds.at(3, 7, use)).numpy().ravel()
        assert abs(np.corrcoef(noise, other)[0, 1]) < 0.1, use
    assert len({*seeds.USES.values()}) == len(seeds.USES) and max(seeds.USES.values()) < 100
