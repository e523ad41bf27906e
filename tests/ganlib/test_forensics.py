"""Detectors: spectra whose values are known, and networks that learn what is there to learn."""

import keras
import numpy as np
import pytest

from ganlib import data, shapes
from ganlib.society import forensics, judging


def noise(n, seed, size=16):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


def doubled(images):
    """Every second pixel, shown twice each way: fine patterns are gone."""
    return images[:, ::2, ::2].repeat(2, axis=1).repeat(2, axis=2)


def test_the_rings_of_a_wave_are_where_its_frequency_is():
    size, frequency = 32, 5
    wave = 128 + 100 * np.cos(2 * np.pi * frequency * np.arange(size) / size)
    image = np.broadcast_to(wave[None, :, None, None], (1, size, size, 3)).astype(np.uint8)
    spectrum = forensics.rings(image)[0, 0]
    assert spectrum.argmax() == frequency - 1
    # Two of the coefficients of that ring hold n²·50² each, divided by n².
    frequencies = np.fft.fftfreq(size, 1 / size)
    on_ring = (np.round(np.hypot(frequencies[:, None], frequencies)) == frequency).sum()
    assert spectrum.max() == pytest.approx(np.log1p(2 * size**2 * 50**2 / on_ring), abs=0.02)


def test_white_noise_has_a_flat_spectrum_and_doubling_takes_the_fine_part():
    images = noise(300, 0)
    brightness = forensics.rings(images)[:, 0].mean(axis=0)
    assert np.ptp(brightness[1:]) < 0.3
    assert forensics.rings(doubled(images))[:, 0, -1].mean() < brightness[-1] - 1


def test_settings_of_keras_change_nothing_that_is_built():
    usual = forensics.detector_network(4, size=16, seed=1)
    keras.config.set_image_data_format("channels_first")
    try:
        same = forensics.detector_network(4, size=16, seed=1)
    finally:
        keras.config.set_image_data_format("channels_last")
    images = data.to_network(noise(3, 0))
    np.testing.assert_array_equal(same(images), usual(images))


def test_grey_images_have_no_power_in_colour():
    grey = np.repeat(noise(4, 1)[..., :1], 3, axis=-1)
    assert forensics.rings(grey)[:, 1:].max() < 1e-6


def test_the_cosine_basis_is_orthonormal_and_the_transform_finds_its_waves():
    basis = forensics.dct_basis(16)
    assert np.allclose(basis @ basis.T, np.eye(16))
    wave = 128 + 60 * np.outer(basis[3], basis[7]) / np.abs(np.outer(basis[3], basis[7])).max()
    image = np.round(np.repeat(wave[None, ..., None], 3, -1)).astype(np.uint8)
    size = forensics.log_dct(image)[0]
    size[0, 0] = 0  # the mean
    assert np.unravel_index(size.argmax(), size.shape) == (3, 7)


@pytest.mark.parametrize("measure", [forensics.rings, forensics.log_dct])
def test_the_spectral_detector_tells_what_has_no_fine_pattern(measure):
    detector = forensics.fit_linear(noise(200, 2), doubled(noise(200, 3)), measure)
    real, fake = detector(noise(100, 4)), detector(doubled(noise(100, 5)))
    assert real.shape == (100,) and real.dtype == np.float64
    assert judging.auc(real, fake) == 1.0


def test_the_spectral_detector_is_at_chance_where_there_is_no_difference():
    detector = forensics.fit_linear(noise(300, 6), noise(300, 7), ridge=100.0)
    assert judging.auc(detector(noise(300, 8)), detector(noise(300, 9))) == pytest.approx(
        0.5, abs=0.1
    )


@pytest.fixture(scope="module")
def trained():
    return forensics.fit_network(noise(300, 10), doubled(noise(300, 11)), epochs=6, width=4)


def test_the_network_learns_the_same(trained):
    assert judging.auc(trained(noise(100, 12)), trained(doubled(noise(100, 13)))) > 0.99


def test_the_same_seed_gives_the_same_detector(trained):
    again = forensics.fit_network(noise(300, 10), doubled(noise(300, 11)), epochs=6, width=4)
    images = noise(20, 14)
    assert np.allclose(trained(images), again(images), atol=1e-4)
    other = forensics.fit_network(noise(300, 10), doubled(noise(300, 11)), 6, 4, seed=1)
    assert not np.allclose(trained(images), other(images), atol=1e-2)


def test_a_logit_does_not_depend_on_the_other_images(trained):
    images = noise(30, 15)
    assert np.allclose(trained(images)[:3], trained(images[:3]), atol=1e-4)


def test_the_logit_has_a_slope_at_every_pixel(trained):
    import tensorflow as tf

    images = tf.constant(data.to_network(noise(2, 16)))
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = trained.model(images)
    slope = tape.gradient(logits, images).numpy()
    assert slope.shape == (2, 16, 16, 3) and np.isfinite(slope).all()
    assert (np.abs(slope) > 0).mean() > 0.9


def test_going_on_leaves_the_first_detector_as_it_is(trained):
    before = [weight.copy() for weight in trained.model.get_weights()]
    more = forensics.fit_network(noise(64, 17), noise(64, 18), 1, start=trained.model)
    assert all(
        np.array_equal(one, other)
        for one, other in zip(before, trained.model.get_weights(), strict=True)
    )
    assert any(
        not np.array_equal(one, other)
        for one, other in zip(before, more.model.get_weights(), strict=True)
    )


def test_pooling_sends_each_set_along_each_path():
    sets = [noise(2, 19), noise(3, 20)]
    both = forensics.pooled(sets, [lambda images: images, lambda images: 255 - images])
    assert len(both) == 10
    assert np.array_equal(both[:5], np.concatenate(sets))
    assert np.array_equal(both[5:], 255 - np.concatenate(sets))


def test_other_input_is_refused_with_advice():
    images, _ = shapes.draw(2, seed=0)
    with pytest.raises(TypeError, match="to_uint8"):
        forensics.rings(images / 255.0)
    with pytest.raises(ValueError, match="even"):
        forensics.rings(images[:, :31, :31])
    with pytest.raises(ValueError, match="epochs"):
        forensics.fit_network(images, images, epochs=0)
    with pytest.raises(ValueError, match="size"):
        forensics.detector_network(size=4)
