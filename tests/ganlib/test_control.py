"""Directions, truncation, inversion: values from mathematics, on networks small enough to know."""

import keras
import numpy as np
import pytest
from keras import layers

import ganlib
from ganlib import control, data, inversion, networks, shapes, zoo


def normal(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


def generator(classes=0):
    return networks.dense_generator(6, (8, 8, 3), hidden=(20,), classes=classes, seed=3)


def test_the_first_kernel_is_that_of_the_latents_alone():
    plain = generator()
    np.testing.assert_array_equal(control.first_kernel(plain), plain.layers[1].kernel)
    conditional = generator(classes=4)
    kernel = control.first_kernel(conditional)
    assert kernel.shape == (6, 20)
    dense = next(each for each in conditional.layers if isinstance(each, layers.Dense))
    latents, label = normal(2, 6), np.array([1, 1])
    first = keras.Model(conditional.inputs, dense.output)
    change = np.subtract(*first([latents, label]).numpy())
    np.testing.assert_allclose(change, (latents[0] - latents[1]) @ kernel, atol=1e-5)


def test_without_a_dense_layer_there_is_no_first_kernel():
    inputs = keras.Input((6,))
    with pytest.raises(ValueError, match="begin with a dense layer"):
        control.first_kernel(keras.Model(inputs, layers.Reshape((1, 2, 3))(inputs)))
    late = layers.Dense(12)(layers.Flatten()(layers.Reshape((1, 2, 3))(inputs)))
    with pytest.raises(ValueError, match="begin with a dense layer"):
        control.first_kernel(keras.Model(inputs, late))


def test_eigenvectors_are_the_principal_components_of_the_first_activations():
    network = generator()
    vectors, values = control.eigen_directions(network)
    kernel = control.first_kernel(network)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(6), atol=1e-5)
    np.testing.assert_allclose(np.sum((vectors @ kernel) ** 2, axis=1), values, rtol=1e-4)
    assert (np.diff(values) <= 0).all()
    of_activations = np.linalg.eigvalsh(kernel.T @ kernel)[::-1][:6]
    np.testing.assert_allclose(values, of_activations, rtol=1e-4)
    largest = np.abs(vectors).argmax(axis=1)
    assert (vectors[np.arange(6), largest] > 0).all()
    few, strongest = control.eigen_directions(network, 2)
    np.testing.assert_array_equal(few, vectors[:2])
    np.testing.assert_array_equal(strongest, values[:2])
    # No other direction is stretched more than the first.
    others = normal(200, 6)
    stretched = np.linalg.norm(others @ kernel, axis=1) / np.linalg.norm(others, axis=1)
    assert stretched.max() <= np.sqrt(values[0]) + 1e-4


@pytest.mark.parametrize("n", [0, 7, 1.5])
def test_the_number_of_directions_is_checked(n):
    with pytest.raises((TypeError, ValueError), match="n is"):
        control.eigen_directions(generator(), n)


def test_a_direction_is_found_in_noise_and_for_truth_values():
    latents, true = normal(5000, 8), normal(1, 8, seed=1)[0]
    true /= np.linalg.norm(true)
    noisy = latents @ true + 0.5 * normal(5000, 1, seed=2)[:, 0]
    assert control.direction(latents, noisy) @ true > 0.99
    assert control.direction(latents, noisy > 0.4) @ true > 0.98
    assert control.direction(latents, -3 * noisy + 100) @ true < -0.99


def test_a_direction_needs_enough_examples_that_differ():
    with pytest.raises(ValueError, match="more than 9"):
        control.direction(normal(9, 8), np.arange(9))
    with pytest.raises(ValueError, match="nothing grows"):
        control.direction(normal(50, 8), np.ones(50))
    with pytest.raises(ValueError, match="must have"):
        control.direction(normal(50, 8), np.ones(49))


def test_apart_leaves_what_is_at_right_angles():
    a, b, c = normal(3, 5)
    left = control.apart(a, b, 3 * c, b)  # one of them twice
    np.testing.assert_allclose(control.apart(a, b, b, 0 * b, 3 * c), left, atol=1e-5)
    np.testing.assert_allclose([left @ b, left @ c], 0, atol=1e-5)
    assert np.linalg.norm(left) == pytest.approx(1, abs=1e-5)
    assert left @ a > 0
    np.testing.assert_allclose(control.apart(a), a / np.linalg.norm(a), rtol=1e-5)
    with pytest.raises(ValueError, match="Nothing is left"):
        control.apart(a + b, a, b)


def test_effects_of_a_known_generator():
    def draw(latents):  # red follows the first number, blue the second
        grey = np.zeros((len(latents), 2, 2, 3))
        grey[..., 0] = 128 + 10 * latents[:, 0, None, None]
        grey[..., 2] = 128 + 10 * latents[:, 1, None, None]
        return np.rint(grey).astype(np.uint8)

    measures = {name: lambda x, i=i: x[..., i].mean((1, 2)) for name, i in (("r", 0), ("b", 2))}
    table = control.effects(draw, normal(800, 2), np.eye(2), 1.5, measures)
    assert table.names == ("r", "b")
    np.testing.assert_allclose(table.change, 1.5 * np.eye(2), atol=0.12)


def test_a_measure_that_never_changes_is_refused_in_spite_of_rounding():
    assert np.full(3, 0.1).std() > 0
    with pytest.raises(ValueError, match="'still' is the same for all 3 images"):
        control.effects(
            lambda z: np.zeros((len(z), 2, 2, 3), np.uint8),
            np.zeros((3, 2)),
            np.eye(2),
            measures={"still": lambda images: np.full(len(images), 0.1)},
        )


def test_the_measures_of_shapes():
    images, factors = shapes.draw(600, seed=3)
    measured = dict(zip(control.MEASURES, control.measure(images).T, strict=True))
    place = np.corrcoef(measured["place"], factors["centre_x"])[0, 1]
    ground = np.corrcoef(measured["ground"], factors["background"])[0, 1]
    disks = factors["shape"] == 0
    size = np.corrcoef(measured["size"][disks], factors["size"][disks] ** 2)[0, 1]
    assert place > 0.97 and ground > 0.9 and size > 0.95
    names = np.array(shapes.HUE_NAMES)[factors["hue"]]
    warm, cold = measured["warmth"][names == "red"], measured["warmth"][names == "blue"]
    assert warm.min() > 0 > cold.max()
    with pytest.raises(TypeError, match="to_uint8"):
        control.measure(images.astype(np.float32))


def test_truncated_latents_are_normal_within_the_bound():
    latents = control.truncated(4000, 5, 0.8, seed=1)
    assert latents.dtype == np.float32 and np.abs(latents).max() <= 0.8
    # The variance of a normal number given |z| ≤ b is 1 − 2 b φ(b) / (2 Φ(b) − 1).
    density = np.exp(-0.32) / np.sqrt(2 * np.pi)
    inside = 0.5762892  # the probability of |z| ≤ 0.8
    assert latents.var() == pytest.approx(1 - 2 * 0.8 * density / inside, abs=0.01)
    np.testing.assert_array_equal(latents, control.truncated(4000, 5, 0.8, seed=1))
    whole = control.truncated(50, 5, np.inf, seed=2)
    same = np.random.default_rng(2).standard_normal((50, 5), np.float32)
    np.testing.assert_array_equal(whole, same)
    with pytest.raises((TypeError, ValueError), match="bound is"):
        control.truncated(5, 5, 0.0)


def gan_of(network, classes=0):
    d = networks.dense_discriminator((8, 8, 3), (4,), classes=classes)
    return ganlib.GAN(network, d, latent_dim=6)


@pytest.mark.parametrize("classes", [0, 3])
def test_inversion_finds_what_the_generator_drew(classes):
    gan = gan_of(generator(classes), classes)
    labels = np.array([2, 0, 1]) if classes else None
    images = data.to_uint8(gan.generate(normal(3, 6, seed=4), labels))
    before = [w.copy() for w in gan.generator.get_weights()]
    inverted = inversion.invert(gan, images, labels, starts=4, steps=300, learning_rate=0.1)
    assert inverted.errors.shape == (3, 4) and (np.diff(inverted.errors, axis=1) >= 0).all()
    assert inverted.errors[:, 0].max() < 1.5
    assert np.abs(inverted.images.astype(int) - images).max() < 12
    again = data.to_uint8(gan.generate(inverted.latents, labels))
    np.testing.assert_array_equal(inverted.images, again)
    off = gan.generate(inverted.latents, labels) - data.to_network(images)
    grey = 127.5 * np.sqrt((off**2).mean((1, 2, 3)))
    np.testing.assert_allclose(inverted.errors[:, 0], grey, rtol=1e-2, atol=1e-3)
    for old, new in zip(before, gan.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_prior_keeps_latents_short():
    gan = gan_of(generator())
    wanted = gan.generate(normal(2, 6, seed=4))
    found = [inversion.descend(gan, wanted, None, 4, 100, 0.05, 0, p)[0] for p in (0.0, 1.0)]
    assert np.square(found[1]).mean() < 0.5 * np.square(found[0]).mean()


def test_inversion_checks_what_it_is_given():
    gan = gan_of(generator())
    with pytest.raises(ValueError, match="the generator makes"):
        inversion.invert(gan, np.zeros((1, 4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="knows no labels"):
        inversion.invert(gan, np.zeros((1, 8, 8, 3), np.uint8), labels=[0])
    with pytest.raises(TypeError, match="to_network"):
        inversion.invert(gan, np.zeros((1, 8, 8, 3), np.float32))


def test_the_shipped_painter_has_the_directions_that_the_lesson_shows():
    painter = zoo.load("dcgan-shapes")
    vectors, values = control.eigen_directions(painter.drawing_network(), 3)
    np.testing.assert_allclose(values, [401.13, 268.65, 261.11], atol=0.01)
    assert vectors.shape == (3, 64)


def test_effects_of_a_measure_in_bytes_do_not_wrap_around():
    def draw(latents):
        return np.tile((100 - 40 * latents[:, :1, None, None]).clip(0, 255), 3).astype(np.uint8)

    latents = normal(20, 2, seed=3)
    found = [
        control.effects(draw, latents, [[1, 0]], measures={"p": measure}).change
        for measure in (lambda x: x[:, 0, 0, 0], lambda x: x[:, 0, 0, 0] / 1.0)
    ]
    np.testing.assert_allclose(*found)
    assert -2 < found[0][0, 0] < -0.5
    with pytest.raises(ValueError, match=r"The measure .p.: 20 of 20 values are NaN"):
        control.effects(draw, latents, [[-1, 0]], measures={"p": lambda x: np.full(len(x), np.nan)})
