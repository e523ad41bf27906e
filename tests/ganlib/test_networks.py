"""Builders: shapes, ranges, sizes and starts; and the layers of Miyato et al. 2018
against NumPy.
"""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import data, networks, spectral
from ganlib.gan import GAN
from ganlib.support import classifiers

GENERATORS = {
    "dense": lambda **options: networks.dense_generator(8, hidden=(16,), **options),
    "dcgan": lambda **options: networks.dcgan_generator(8, width=4, **options),
}
DISCRIMINATORS = {
    "dense": lambda **options: networks.dense_discriminator(hidden=(16,), **options),
    "dcgan": lambda **options: networks.dcgan_discriminator(width=4, **options),
    "sn": lambda **options: networks.sn_discriminator(width=4, **options),
}
POLICIES = ["float32", "mixed_bfloat16", "mixed_float16"]


@pytest.fixture
def policy(request):
    """Sets a precision policy for one test."""
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy("float32")


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def images(n, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n, 32, 32, 3)).astype(np.float32)


# What goes in and comes out -----------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES, indirect=True)
@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_generators_draw_float32_images_between_minus_one_and_one(name, policy):
    generator = GENERATORS[name]()
    drawn = generator(noise(5, 8), training=True)
    assert drawn.shape == (5, 32, 32, 3) and drawn.dtype == tf.float32
    far = generator(1e4 * noise(5, 8)).numpy()
    assert far.min() >= -1 and far.max() <= 1
    assert far.min() < -0.9 and far.max() > 0.9  # the whole range can be reached


@pytest.mark.parametrize("policy", POLICIES, indirect=True)
@pytest.mark.parametrize("name", sorted(DISCRIMINATORS))
def test_discriminators_return_float32_logits_without_a_sigmoid(name, policy):
    discriminator = DISCRIMINATORS[name]()
    logits = discriminator(1e4 * images(20), training=True)
    assert logits.shape == (20, 1) and logits.dtype == tf.float32
    # A sigmoid would keep them between 0 and 1.
    assert logits.numpy().min() < 0 or logits.numpy().max() > 1
    doubled = discriminator(2e4 * images(20)).numpy()
    np.testing.assert_allclose(doubled, 2 * discriminator(1e4 * images(20)).numpy(), rtol=0.05)


@pytest.mark.parametrize("policy", POLICIES, indirect=True)
def test_half_precision_computes_in_half_and_keeps_weights_in_float32(policy):
    expected = {"mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}.get(policy, "float32")
    for network in (networks.dcgan_generator(8, width=4), networks.sn_discriminator(width=4)):
        convolutions = [layer for layer in network.layers if "conv" in layer.name]
        assert {layer.compute_dtype for layer in convolutions} == {expected}
        assert {weight.dtype for weight in network.weights} == {"float32"}


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        # dense layers: (inputs + 1) × units
        (
            lambda: networks.dense_generator(),
            101 * 128 + 129 * 128 + 129 * 3072,
        ),
        (lambda: networks.dense_discriminator(), 3073 * 128 + 129 * 128 + 129),
        # kernels 5 × 5 × in × out; batch norm has 4 numbers a channel and replaces the bias
        (
            lambda: networks.dcgan_generator(),
            100 * 4096 + 4 * 256 + 25 * 256 * 128 + 4 * 128 + 25 * 128 * 64 + 4 * 64
            + 25 * 64 * 3 + 3,
        ),
        (
            lambda: networks.dcgan_discriminator(),
            25 * 3 * 64 + 64 + 25 * 64 * 128 + 128 + 25 * 128 * 256 + 256 + 4 * 4 * 256 + 1,
        ),
        # table 3 of Miyato et al., width 4: 3×3 stride 1 and 4×4 stride 2 in turn; u has one number
        # an output channel
        (
            lambda: networks.sn_discriminator(width=4),
            9 * 3 * 4 + 4 + 16 * 4 * 4 + 4 + 9 * 4 * 8 + 8 + 16 * 8 * 8 + 8 + 9 * 8 * 16 + 16
            + 16 * 16 * 16 + 16 + 9 * 16 * 32 + 32 + 4 * 4 * 32 + 1
            + (4 + 4 + 8 + 8 + 16 + 16 + 32 + 1),
        ),
    ],
    ids=["dense G", "dense D", "dcgan G", "dcgan D", "sn D"],
)  # fmt: skip
def test_number_of_parameters(network, expected):
    assert network().count_params() == expected


def test_dcgan_generator_doubles_the_size_three_times():
    generator = networks.dcgan_generator(8, width=4)
    sides = [layer.output.shape[1] for layer in generator.layers if "transpose" in layer.name]
    channels = [layer.output.shape[3] for layer in generator.layers if "transpose" in layer.name]
    assert sides == [8, 16, 32] and channels == [8, 4, 3]


def test_dcgan_networks_take_kernels_that_the_stride_divides():
    generator = networks.dcgan_generator(8, width=4, kernel_size=4)
    discriminator = networks.dcgan_discriminator(width=4, kernel_size=4)
    kernels = [w for n in (generator, discriminator) for w in n.weights if len(w.shape) == 4]
    assert {w.shape[:2] for w in kernels} == {(4, 4)} and len(kernels) == 6
    assert generator(noise(2, 8)).shape == (2, 32, 32, 3)
    assert discriminator(images(2)).shape == (2, 1)


def test_a_dcgan_generator_without_batch_norm_draws_each_image_for_itself():
    alone = networks.dcgan_generator(8, width=4, batch_norm=False, seed=1)
    assert not [layer for layer in alone.layers if "batch" in layer.name]
    assert all(layer.use_bias for layer in alone.layers if hasattr(layer, "kernel"))
    latents = noise(6, 8)
    np.testing.assert_allclose(alone(latents, training=True)[:2], alone(latents[:2]), atol=1e-6)
    mixed = networks.dcgan_generator(8, width=4, seed=1)
    assert (
        np.abs(mixed(latents, training=True)[:2] - mixed(latents[:2], training=True)).max() > 1e-3
    )


@pytest.mark.parametrize(
    ("image_shape", "sides", "channels"),
    [
        ((16, 16, 3), [4, 8, 16], [8, 4, 3]),
        ((28, 28, 1), [7, 14, 28], [8, 4, 1]),
        ((32, 32, 1), [4, 8, 16, 32], [16, 8, 4, 1]),
        ((56, 56, 3), [7, 14, 28, 56], [16, 8, 4, 3]),
        ([64, 64, 3], [4, 8, 16, 32, 64], [32, 16, 8, 4, 3]),
        (np.array([128, 128, 1]), [4, 8, 16, 32, 64, 128], [64, 32, 16, 8, 4, 1]),
    ],
)
def test_dcgan_networks_of_other_sizes(image_shape, sides, channels):
    generator = networks.dcgan_generator(8, image_shape, width=4, classes=2)
    discriminator = networks.dcgan_discriminator(image_shape, width=4, classes=2)
    places = [layer.output.shape for layer in generator.layers if "transpose" in layer.name]
    assert [shape[1:] for shape in places] == [
        (side, side, number) for side, number in zip(sides[1:], channels[1:], strict=True)
    ]
    first = next(layer for layer in generator.layers if isinstance(layer, keras.layers.Dense))
    assert first.units == sides[0] ** 2 * channels[0]
    seen = [layer.output.shape for layer in discriminator.layers if "conv" in layer.name]
    assert [shape[1:] for shape in seen] == [
        (side, side, number) for side, number in zip(sides[-2::-1], channels[-2::-1], strict=True)
    ]
    labels = tf.constant([0, 1, 1])
    drawn = generator([tf.constant(noise(3, 8)), labels])
    assert drawn.shape == (3, *image_shape) and discriminator([drawn, labels]).shape == (3, 1)


def test_a_dcgan_of_64_has_the_channels_of_radford_et_al():
    """Figure 1 of arXiv 1511.06434: 1,024, 512, 256 and 128 channels."""
    generator = networks.dcgan_generator(100, (64, 64, 3), width=128)
    kernels = [w.shape for w in generator.weights if len(w.shape) == 4]
    assert [(shape[3], shape[2]) for shape in kernels] == [
        (1024, 512), (512, 256), (256, 128), (128, 3),
    ]  # fmt: skip


def test_grey_images_of_28_train():
    """As from keras.datasets.mnist, which has no axis for the one channel."""
    digits = np.random.default_rng(0).integers(0, 256, (9, 28, 28), np.uint8)
    shape = (28, 28, 1)
    players = networks.dcgan_generator(3, shape, 2), networks.dcgan_discriminator(shape, 2)
    gan = GAN(*players, latent_dim=3)
    gan.compile()
    history = gan.fit(data.dataset(digits[..., None], batch_size=4), verbose=0)
    assert int(gan.step.numpy()) == 3 and np.isfinite(history.history["d_loss"]).all()
    assert data.to_uint8(gan.sample(2, seed=0)).shape == (2, 28, 28, 1)


def test_dense_networks_take_other_image_shapes():
    generator = networks.dense_generator(3, image_shape=(5, 4, 1), hidden=(7, 6))
    discriminator = networks.dense_discriminator((5, 4, 1), hidden=())
    assert discriminator(generator(noise(2, 3))).shape == (2, 1)


def test_dcgan_discriminator_has_no_batch_norm_but_dropout_in_training_only():
    discriminator, same = networks.dcgan_discriminator(width=4), images(1).repeat(4, 0)
    names = [type(layer).__name__ for layer in discriminator.layers]
    assert "BatchNormalization" not in names and names.count("Dropout") == 3
    assert np.ptp(discriminator(same)) < 1e-7
    assert np.ptp(discriminator(same, training=True)) > 1e-6
    assert "Dropout" not in [
        type(layer).__name__ for layer in networks.dcgan_discriminator(width=4, dropout=0.0).layers
    ]


# Starts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", [*GENERATORS.values(), *DISCRIMINATORS.values()])
def test_a_seed_fixes_the_starting_weights(build):
    first, again, other = (build(seed=seed, classes=3).weights for seed in (1, 1, 2))
    for one, same, different in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one.numpy(), same.numpy())
        if one.trainable and np.ptp(one.numpy()) > 0:  # the others start at 0 or 1
            assert not np.allclose(one.numpy(), different.numpy())


@pytest.mark.parametrize("build", [*GENERATORS.values(), *DISCRIMINATORS.values()])
def test_no_two_layers_start_alike(build):
    kernels = [w.numpy().ravel() for w in build(classes=3).trainable_weights if len(w.shape) > 1]
    for index, one in enumerate(kernels):
        for other in kernels[:index]:
            n = min(16, len(one), len(other))
            assert n < 8 or abs(np.corrcoef(one[:n], other[:n])[0, 1]) < 0.99


def test_dcgan_starts_with_standard_deviation_002():
    for network in (networks.dcgan_generator(), networks.dcgan_discriminator()):
        for weight in network.trainable_weights:
            if len(weight.shape) > 1:
                assert np.std(weight.numpy()) == pytest.approx(0.02, rel=0.05)
                assert abs(np.mean(weight.numpy())) < 0.002


def test_dropout_draws_come_from_the_seed():
    one, same, other = (networks.dcgan_discriminator(width=4, seed=s) for s in (1, 1, 2))
    other.set_weights(one.get_weights())
    x = images(3)
    first = one(x, training=True).numpy()
    np.testing.assert_array_equal(first, same(x, training=True).numpy())
    assert not np.array_equal(first, other(x, training=True).numpy())
    assert not np.array_equal(first, one(x, training=True).numpy())  # the next draw is another


# Labels -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES, indirect=True)
@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_conditional_generators_use_their_labels(name, policy):
    generator = GENERATORS[name](classes=3)
    latents = tf.constant(noise(1, 8).repeat(3, 0))
    drawn = generator([latents, tf.constant([0, 1, 1])]).numpy()
    assert drawn.shape == (3, 32, 32, 3) and drawn.dtype == np.float32
    np.testing.assert_array_equal(drawn[1], drawn[2])
    assert not np.array_equal(drawn[0], drawn[1])


@pytest.mark.parametrize("policy", POLICIES, indirect=True)
@pytest.mark.parametrize("name", sorted(DISCRIMINATORS))
def test_conditional_discriminators_project_onto_the_label(name, policy):
    discriminator = DISCRIMINATORS[name](classes=3)
    same = tf.constant(images(1).repeat(3, 0))
    logits = discriminator([same, tf.constant([0, 1, 1])]).numpy()
    assert logits.shape == (3, 1) and logits.dtype == np.float32
    assert logits[1] == logits[2] != logits[0]
    # Projection: the logit is that of the unconditional head plus ⟨embedding of y, features⟩, so
    # the difference between two labels is linear in the embedding.
    embedding = next(layer for layer in discriminator.layers if "embedding" in layer.name)
    difference = logits[0, 0] - logits[1, 0]
    table, *rest = embedding.get_weights()
    embedding.set_weights([2 * table, *rest])
    logits = discriminator([same, tf.constant([0, 1, 1])]).numpy()
    factor = 1 if name == "sn" else 2  # spectral normalisation divides by twice as much
    assert logits[0, 0] - logits[1, 0] == pytest.approx(factor * difference, rel=1e-3)


# Arguments ----------------------------------------------------------------------------------------


def test_numbers_of_numpy_are_numbers_and_end_in_no_file_as_such(tmp_path):
    labels = np.array([0, 2, 1])
    generator = networks.dense_generator(
        np.int64(8), hidden=np.array([6]), classes=labels.max() + 1
    )
    assert generator([noise(3, 8), labels]).shape == (3, 32, 32, 3)
    critic = networks.dcgan_discriminator(
        np.array([16, 16, 3]),
        np.int32(2),
        np.float32(0.5),
        classes=labels.max() + 1,
        seed=np.int8(3),
    )
    for network in (generator, critic):
        network.save(tmp_path / "it.keras")
        assert len(keras.saving.load_model(tmp_path / "it.keras").weights) == len(network.weights)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: networks.dense_generator(0), "latent_dim is 0"),
        (lambda: networks.dense_generator(2.5), "latent_dim is 2.5"),
        (lambda: networks.dense_generator(True), "latent_dim is True"),
        (lambda: networks.dense_generator(hidden=(128, -1)), r"hidden\[1\] is -1"),
        (lambda: networks.dense_generator(hidden="abc"), "hidden is 'abc'"),
        (lambda: networks.dense_generator(hidden=128), r"hidden is 128 .*\(128, 128\)"),
        (lambda: networks.dense_generator(image_shape=(32, 32)), r"image_shape is \(32, 32\)"),
        (lambda: networks.dense_discriminator(image_shape=(32, 0, 3)), "image_shape"),
        (lambda: networks.dense_discriminator(image_shape=(4,)), "image_shape"),
        (lambda: networks.dcgan_generator(width=0), "width is 0"),
        (
            lambda: networks.dcgan_generator(image_shape=(30, 30, 3)),
            r"\(30, 30, 3\).*28, 32.*resize",
        ),
        (lambda: networks.dcgan_generator(image_shape=(14, 14, 1)), "from 16 on"),
        (lambda: networks.dcgan_generator(image_shape=(32, 64, 3)), "must be equal"),
        (lambda: networks.dcgan_generator(image_shape=(32, 32)), "must hold 3 whole numbers"),
        (lambda: networks.dcgan_generator(image_shape=64), r"image_shape is 64 .*\(32, 32, 3\)"),
        (lambda: networks.dcgan_generator(image_shape=(3, 32, 32)), r"come last: \(32, 32, 3\)"),
        (lambda: networks.dcgan_discriminator(image_shape=(96, 96, 3)), r"\(96, 96, 3\)"),
        (lambda: networks.dcgan_discriminator((2, 2, 3)), "from 16 on"),
        (lambda: networks.dcgan_generator(seed=-1), "seed is -1"),
        (lambda: networks.dcgan_generator(seed=1.0), "seed is 1.0"),
        (lambda: networks.dcgan_generator(classes=-1), "classes is -1"),
        (lambda: networks.dcgan_discriminator(width=None), "width is None"),
        (lambda: networks.dcgan_discriminator(width=2, dropout=1.0), "dropout is 1.0.*below 1"),
        (lambda: networks.dcgan_discriminator(width=2, dropout=-0.1), "dropout is -0.1"),
        (lambda: networks.sn_discriminator(width=-4), "width is -4"),
        (lambda: networks.sn_discriminator(width=2, classes=2.5), "classes is 2.5"),
        (lambda: classifiers.image_classifier(classes=0), "classes is 0"),
        (lambda: classifiers.image_classifier(widths=(8, 0)), "widths"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, named):
    with pytest.raises((TypeError, ValueError), match=named):
        call()


@pytest.mark.parametrize("network", [*GENERATORS.values(), *DISCRIMINATORS.values()])
def test_settings_of_keras_change_nothing_that_is_built(network):
    """As ~/.keras/keras.json sets them for all programs."""
    usual = network(classes=3, seed=1)
    keras.config.set_image_data_format("channels_first")
    keras.config.set_floatx("float16")
    keras.config.set_dtype_policy("float16")
    try:
        same = network(classes=3, seed=1)
        kept = keras.config.image_data_format(), keras.config.floatx()
        assert kept == ("channels_first", "float16")
        assert keras.config.dtype_policy().name == "float16"
        inputs = noise(2, 8) if network in GENERATORS.values() else images(2)
        outputs = same([inputs, np.array([0, 2])])
    finally:
        keras.config.set_image_data_format("channels_last")
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
    assert outputs.dtype == tf.float32
    assert {layer.compute_dtype for layer in same.layers} <= {"float32", "int32"}
    np.testing.assert_array_equal(outputs, usual([inputs, np.array([0, 2])]))


# The classifier -----------------------------------------------------------------------------------


@pytest.mark.parametrize("residual", [False, True])
def test_classifier_takes_bytes_and_returns_features_and_logits(residual):
    classifier = classifiers.image_classifier(4, (4, 6, 8), feature_dim=5, residual=residual)
    pixels = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    outputs = classifier(pixels)
    assert outputs["features"].shape == (3, 5) and outputs["logits"].shape == (3, 4)
    assert {value.dtype for value in outputs.values()} == {tf.float32}
    assert outputs["features"].numpy().min() >= 0
    kernel, bias = classifier.get_layer("logits").get_weights()
    expected = outputs["features"].numpy() @ kernel + bias
    np.testing.assert_allclose(outputs["logits"], expected, atol=1e-5)


# Spectral normalisation ---------------------------------------------------------------------------


def spectral_layers():
    dense = spectral.SpectralDense(6)
    dense.build((None, 9))
    convolution = spectral.SpectralConv2D(6, 3, padding="same")
    convolution.build((None, 8, 8, 4))
    return {"dense": (dense, noise(5, 9)), "convolution": (convolution, noise(2, 8, 8, 4))}


def train(network, inputs, calls):
    compiled = tf.function(lambda: network(inputs, training=True))
    for _ in range(calls):
        outputs = compiled()
    return outputs


def largest_singular_value(kernel):
    kernel = np.asarray(kernel)
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "scale"),
    [("dense", 1.0), ("dense", 30.0), ("convolution", 1.0), ("convolution", 0.01)],
)
def test_the_effective_kernel_gets_spectral_norm_one(kind, scale):
    layer, inputs = spectral_layers()[kind]
    stored = scale * layer.kernel.numpy()
    layer.kernel.assign(stored)
    train(layer, inputs, 300)
    assert largest_singular_value(layer.normalised_kernel()) == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_array_equal(layer.kernel.numpy(), stored)  # never changed itself
    expected = stored / largest_singular_value(stored)
    np.testing.assert_allclose(layer.normalised_kernel(), expected, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_one_training_call_is_one_power_iteration(kind):
    layer, inputs = spectral_layers()[kind]
    matrix = layer.kernel.numpy().reshape(-1, 6)
    u = layer.u.numpy()
    for _ in range(3):
        layer(inputs, training=True)
        v = matrix @ u / np.linalg.norm(matrix @ u)
        u = matrix.T @ v / np.linalg.norm(matrix.T @ v)
        np.testing.assert_allclose(layer.u.numpy(), u, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_the_output_is_that_of_the_plain_layer_with_the_normalised_kernel(kind):
    layer, inputs = spectral_layers()[kind]
    layer.bias.assign(noise(6, seed=3))
    outputs = layer(inputs).numpy()
    kernel = layer.normalised_kernel().numpy()
    if kind == "dense":
        expected = inputs @ kernel
    else:
        expected = tf.nn.conv2d(inputs, kernel, 1, "SAME").numpy()
    np.testing.assert_allclose(outputs, expected + layer.bias.numpy(), atol=1e-5)


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_inference_moves_nothing_and_never_underestimates_by_much(kind):
    layer, inputs = spectral_layers()[kind]
    before = layer.u.numpy()
    layer(inputs)
    layer(inputs, training=False)
    np.testing.assert_array_equal(layer.u.numpy(), before)
    # ‖W u‖ of a unit vector u is at most σ: even before any training the kernel is divided by a
    # number between the smallest and the largest singular value.
    singular = np.linalg.svd(layer.kernel.numpy().reshape(-1, 6), compute_uv=False)
    reached = singular[0] / largest_singular_value(layer.normalised_kernel())
    assert singular[-1] <= reached * 1.001 and reached <= singular[0] * 1.001


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_the_gradient_is_that_of_equation_12(kind):
    # Miyato et al.: ∂L(W̄)/∂W = (G − ⟨G, W̄⟩ ũ ṽᵀ) / σ with G = ∂L/∂W̄, and ũ, ṽ as constants.
    layer, inputs = spectral_layers()[kind]
    for _ in range(5):
        layer(inputs, training=True)
    matrix = layer.kernel.numpy().reshape(-1, 6).astype(np.float64)
    with tf.GradientTape() as tape:
        outputs = layer(inputs, training=True)
        target = tf.constant(noise(*outputs.shape, seed=4))
        loss = tf.reduce_sum(target * outputs) + tf.reduce_sum(outputs**2)
    gradient = tape.gradient(loss, layer.kernel).numpy().reshape(-1, 6)

    u = layer.u.numpy().astype(np.float64)  # that of this call: W̄'s left vector follows from it
    normalised = tf.Variable(layer.normalised_kernel())
    # One iteration goes u → v → u; undo the last half to get the v of the call.
    v = np.linalg.lstsq(matrix.T, u, rcond=None)[0]
    v /= np.linalg.norm(v)
    sigma = float((v.T @ matrix @ u)[0, 0])
    normalised.assign((matrix / sigma).reshape(layer.kernel.shape))
    with tf.GradientTape() as tape:
        if kind == "dense":
            outputs = inputs @ normalised
        else:
            outputs = tf.nn.conv2d(inputs, normalised, 1, "SAME")
        outputs = outputs + layer.bias.numpy()
        loss = tf.reduce_sum(target * outputs) + tf.reduce_sum(outputs**2)
    plain = tape.gradient(loss, normalised).numpy().reshape(-1, 6)
    expected = (plain - (plain * matrix / sigma).sum() * (v @ u.T)) / sigma
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())
    # Without a gradient through σ it would be plain / σ: the test must be able to see that.
    assert np.abs(plain / sigma - expected).max() > 0.05 * np.abs(expected).max()


def test_the_gradient_is_orthogonal_to_the_kernel_once_the_vectors_have_converged():
    # W̄ does not change when W grows, so the gradient has no part along W.
    layer, inputs = spectral_layers()["dense"]
    train(layer, inputs, 500)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.constant(noise(5, 6, seed=4)) * layer(inputs, training=True))
    gradient, kernel = tape.gradient(loss, layer.kernel).numpy(), layer.kernel.numpy()
    along = (gradient * kernel).sum() / np.linalg.norm(kernel)
    assert abs(along) < 1e-3 * np.linalg.norm(gradient)


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_a_kernel_of_zeros_is_left_as_it_is_and_can_learn(kind):
    layer, inputs = spectral_layers()[kind]
    layer.kernel.assign(0 * layer.kernel.numpy())
    before = layer.u.numpy()
    optimizer = keras.optimizers.SGD(0.1)
    for _ in range(2):
        np.testing.assert_array_equal(layer(inputs, training=True), 0 * layer(inputs))
    np.testing.assert_allclose(layer.u.numpy(), before / np.linalg.norm(before), rtol=1e-6)
    for _ in range(100):
        with tf.GradientTape() as tape:
            outputs = layer(inputs, training=True)
            loss = tf.reduce_mean((outputs - 1) ** 2)
        optimizer.apply(tape.gradient(loss, [layer.kernel.value]), [layer.kernel])
        assert np.isfinite(loss) and np.isfinite(layer.kernel.numpy()).all()
    assert largest_singular_value(layer.normalised_kernel()) == pytest.approx(1.0, abs=1e-3)


def test_the_embedding_of_labels_is_normalised_too():
    """As in the code of Miyato & Koyama 2018, whose discriminators hold an SNEmbedID."""
    critic = networks.sn_discriminator(width=4, classes=5)
    same, labels = tf.constant(images(1).repeat(5, 0)), tf.range(5)
    train(critic, [same, labels], 200)
    table = next(layer for layer in critic.layers if "embedding" in layer.name)
    assert isinstance(table, spectral.SpectralEmbedding) and table.embeddings.shape == (5, 512)
    effective = table.normalised_kernel()
    assert largest_singular_value(effective) == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_array_equal(table(tf.constant([3, 0])), tf.gather(effective, [3, 0]))


def test_a_spectral_critic_keeps_lipschitz_bounds_of_its_layers():
    critic = networks.sn_discriminator(width=4)
    train(critic, images(1), 100)
    for layer in critic.layers:
        if hasattr(layer, "normalised_kernel"):
            norm = largest_singular_value(layer.normalised_kernel())
            assert norm == pytest.approx(1.0, abs=0.02), layer.name


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"], indirect=True)
def test_spectral_layers_in_half_precision(policy):
    layer, inputs = spectral_layers()["dense"]
    outputs = train(layer, inputs, 100)
    assert outputs.dtype == policy.removeprefix("mixed_")
    assert layer.u.dtype == "float32"
    assert np.linalg.norm(layer.u.numpy()) == pytest.approx(1.0, abs=1e-5)
    kernel = tf.cast(layer.normalised_kernel(), tf.float32).numpy()
    assert largest_singular_value(kernel) == pytest.approx(1.0, abs=0.01)


# Files --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("name", ["dcgan G", "dcgan D", "sn D"])
def test_keras_files_hold_all_that_a_network_computes_with(name, classes, tmp_path):
    kind, player = name.split()
    network = (GENERATORS if player == "G" else DISCRIMINATORS)[kind](classes=classes)
    inputs = tf.constant(noise(6, 8) if player == "G" else images(6))
    inputs = [inputs, tf.constant([0, 1, 2, 0, 1, 2])] if classes else inputs
    for _ in range(3):  # moves batch norm's averages and the power iteration
        network(inputs, training=True)
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(loaded(inputs).numpy(), network(inputs).numpy())


@pytest.mark.slow
def test_a_keras_json_of_other_settings_changes_nothing_that_is_loaded_or_trained(tmp_path):
    """Without ``ganlib.start``: the backend, the order of channels and the precision are ours."""
    (tmp_path / "keras.json").write_text(
        '{"floatx": "float16", "backend": "numpy", "image_data_format": "channels_first"}'
    )
    code = (
        "import ganlib, keras, numpy as np; from ganlib import data, metrics, toys, zoo;"
        "print(keras.config.floatx(), keras.config.backend());"
        "gan = zoo.load('dcgan-cifar10'); print(gan.sample(2, seed=0).mean());"
        "print(metrics.extract(data.load('shapes', n=9)).features.mean());"
        "gan = ganlib.GAN(*toys.networks(), 2, penalties={'r1': 0.1}, ema=0.9); gan.compile();"
        "points = data.dataset(toys.ring().sample(64, 0), batch_size=16);"
        "print(gan.fit(points, verbose=0).history['d_loss'][0].__round__(5));"
        "gan.save('gan.keras'); back = keras.saving.load_model('gan.keras');"
        "print(back.fit(points, verbose=0).history['d_loss'][0].__round__(5));"
        "print({variable.dtype for variable in back.state()} - {'int64', 'uint32', 'int32'})"
    )
    said = []
    for home in (tmp_path, tmp_path / "none"):
        environment = {**os.environ, "KERAS_HOME": str(home)}
        environment.pop("KERAS_BACKEND", None)
        command = [sys.executable, "-c", code]
        run = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        said.append(run.stdout.split())
    assert said[0][:2] == ["float16", "tensorflow"] and said[1][:2] == ["float32", "tensorflow"]
    assert said[0][2:] == said[1][2:] and said[0][-1] == "{'float32'}"
