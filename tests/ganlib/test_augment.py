"""What augmentation does to images, that gradients pass through it, and that it acts in training
alone.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from ganlib import augment, data, networks, penalties
from ganlib.gan import GAN

SIZE = 8


def images(n=64, size=SIZE, channels=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (n, size, size, channels)).astype(np.float32)


def changed(function, values, seed=1):
    return ops.convert_to_numpy(function(ops.convert_to_tensor(values), seed))


def test_a_translation_moves_whole_pixels_and_fills_with_zeros():
    """Each image is one of the 3 × 3 that a reach of one pixel allows, and all of them come."""
    given = images(400)
    after = changed(augment.translation, given)
    padded = np.pad(given, [(0, 0), (1, 1), (1, 1), (0, 0)])
    moves = {}
    for number in range(len(given)):
        fits = [
            (y, x)
            for y in range(3)
            for x in range(3)
            if np.array_equal(after[number], padded[number, y : y + SIZE, x : x + SIZE])
        ]
        assert len(fits) == 1
        moves[fits[0]] = moves.get(fits[0], 0) + 1
    assert len(moves) == 9 and min(moves.values()) > 400 / 9 / 2


@pytest.mark.parametrize(("size", "reach"), [(32, 4), (64, 8), (28, 4), (16, 2)])
def test_the_reach_is_an_eighth_of_the_side(size, reach):
    given = np.zeros((500, size, size, 1), np.float32)
    given[:, size // 2, size // 2] = 1
    after = changed(augment.translation, given)
    places = np.argwhere(after[..., 0])[:, 1:] - size // 2
    assert places.min() == -reach and places.max() == reach


@pytest.mark.parametrize("size", [8, 32, 30])
def test_a_cutout_is_a_square_of_half_the_side_cut_by_the_edge(size):
    given = np.ones((600, size, size, 3), np.float32)
    after = changed(augment.cutout, given)
    hole, heights, corners = int(size / 2 + 0.5), set(), set()
    for image in after:
        rows, columns = (np.flatnonzero((image[..., 0] == 0).any(axis)) for axis in (1, 0))
        assert (image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] == 0).all()
        assert (image == 0).sum() == 3 * len(rows) * len(columns)
        for places in (rows, columns):
            whole = len(places) == hole
            assert whole or places[0] == 0 or places[-1] == size - 1
            assert -(-hole // 2) <= len(places) <= hole
        heights.add(len(rows))
        corners.add((rows[0] == 0, columns[0] == 0))
    assert hole in heights and -(-hole // 2) in heights and len(corners) == 4


def test_colour_moves_stretches_and_keeps_the_order_of_the_channels_of_a_pixel():
    given = images(300)
    after = changed(augment.colour, given)
    shift = after.mean((1, 2, 3)) - given.mean((1, 2, 3))
    assert -0.5 <= shift.min() < -0.4 and 0.4 < shift.max() < 0.5
    # What is left of an image without its mean is saturation × contrast of the colours, and
    # contrast of the greys.
    grey, after_grey = given.mean(-1, keepdims=True), after.mean(-1, keepdims=True)
    contrast = np.array([np.polyfit(a.ravel(), b.ravel(), 1)[0] for a, b in zip(grey, after_grey)])  # noqa: B905
    assert 0.5 <= contrast.min() < 0.6 and 1.4 < contrast.max() < 1.5
    hues, after_hues = given - grey, after - after_grey
    both = (hues * after_hues).sum((1, 2, 3)) / (hues**2).sum((1, 2, 3))
    saturation = both / contrast
    assert 0 <= saturation.min() < 0.1 and 1.9 < saturation.max() < 2.0 + 1e-4
    np.testing.assert_allclose(after_hues, both[:, None, None, None] * hues, atol=1e-5)


@pytest.mark.parametrize("kind", augment.KINDS)
def test_draws_follow_the_seed_and_differ_between_images(kind):
    same = np.repeat(images(1), 32, axis=0)
    function = augment.KINDS[kind]
    first = changed(function, same, 3)
    np.testing.assert_array_equal(first, changed(function, same, 3))
    assert not np.array_equal(first, changed(function, same, 4))
    assert len({image.tobytes() for image in first}) > 5
    generator = keras.random.SeedGenerator(0)
    assert not np.array_equal(
        changed(function, same, generator), changed(function, same, generator)
    )


@pytest.mark.parametrize("kind", augment.KINDS)
def test_gradients_pass_through(kind):
    """They are those of the same change written in NumPy by differences."""
    given, weights = images(5, 4).astype(np.float64), images(5, 4, seed=1).astype(np.float64)

    def value(x):
        return ops.sum(augment.KINDS[kind](x, 2) * ops.convert_to_tensor(weights))

    x = tf.constant(given)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = value(x)
    slopes = tape.gradient(total, x).numpy()
    rng = np.random.default_rng(0)
    for place in zip(*(rng.integers(0, side, 12) for side in given.shape), strict=True):
        step = np.zeros_like(given)
        step[place] = 1e-5
        slope = (value(tf.constant(given + step)) - value(tf.constant(given - step))) / 2e-5
        assert slopes[place] == pytest.approx(float(slope), abs=1e-6)


def watching(kinds=tuple(augment.KINDS), classes=0):
    discriminator = networks.dcgan_discriminator((16, 16, 3), 4, 0.0, 4, classes, seed=1)
    return discriminator, augment.augmented(discriminator, kinds, seed=5)


@pytest.mark.parametrize("classes", [0, 3])
def test_it_acts_in_training_alone_on_the_same_weights(classes):
    discriminator, judge = watching(classes=classes)
    real = images(6, 16)
    inputs = real if not classes else [real, np.arange(6, dtype=np.int32) % 3]
    np.testing.assert_array_equal(judge(inputs, training=False), discriminator(inputs))
    first, second = judge(inputs, training=True), judge(inputs, training=True)
    assert not np.allclose(first, discriminator(inputs)) and not np.allclose(first, second)
    assert [id(w) for w in judge.trainable_weights] == [
        id(w) for w in discriminator.trainable_weights
    ]


def trained(judge, seed=0, **options):
    gan = GAN(networks.dense_generator(4, (16, 16, 3), (8,)), judge, 4, seed=seed, **options)
    gan.compile()
    pixels = data.to_uint8(images(48, 16))
    gan.fit(data.dataset(pixels, batch_size=8), epochs=2, verbose=0)
    return gan


def test_without_change_the_step_is_the_plain_one(monkeypatch):
    """With the identity in the place of each change, a training is bit for bit the plain one."""
    plain = trained(watching()[0]).sample(3, seed=0)
    monkeypatch.setitem(augment.KINDS, "colour", lambda images, seed: images)
    _, judge = watching(["colour"])
    np.testing.assert_array_equal(trained(judge).sample(3, seed=0), plain)


def test_generated_images_are_changed_too_and_g_learns_through_the_change(monkeypatch):
    """Both players meet the change: three calls in a step, and a change that hides all stops G."""
    calls = []
    monkeypatch.setitem(
        augment.KINDS, "colour", lambda images, seed: calls.append(images) or images * 0.0
    )
    _, judge = watching(["colour"])
    gan = GAN(networks.dense_generator(4, (16, 16, 3), (8,)), judge, 4)
    gan.compile(run_eagerly=True)
    before = [weight.numpy() for weight in gan.generator.trainable_weights]
    gan.fit(data.dataset(data.to_uint8(images(8, 16)), batch_size=8), verbose=0)
    assert len(calls) == 3
    for old, new in zip(before, gan.generator.trainable_weights, strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.slow
def test_penalties_go_through_it():
    _, judge = watching()
    real = tf.constant(images(4, 16))
    assert float(penalties.r1(judge, real)) > 0
    trained(judge, penalties={"r1": 1.0})


@pytest.mark.slow
def test_a_file_of_a_gan_holds_it(tmp_path):
    _, judge = watching(["translation", "cutout"])
    gan = trained(judge)
    gan.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras")
    layer = next(e for e in again.discriminator.layers if isinstance(e, augment.Augment))
    assert layer.kinds == ("translation", "cutout") and layer.seed == 5
    np.testing.assert_array_equal(again.sample(2, seed=0), gan.sample(2, seed=0))


def test_what_cannot_be_augmented_is_refused():
    discriminator = networks.dense_discriminator()
    for kinds in ([], ["color"]):
        with pytest.raises(ValueError, match="must be one or more of: colour, translation, cutout"):
            augment.augmented(discriminator, kinds)
    plane = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"samples of shape \(2,\), but must take images"):
        augment.augmented(plane)
