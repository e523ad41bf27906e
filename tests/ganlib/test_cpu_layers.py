"""The cpu_layers layers against Keras's own, and their dropout against its definition."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import networks
from ganlib.support import cpu_layers


def both(kind, shape, dtype, **options):
    """Keras's layer and ours, with the same weights."""
    pair = [getattr(module, kind)(**options, dtype=dtype) for module in (keras.layers, cpu_layers)]
    rng = np.random.default_rng(0)
    for layer in pair:
        layer.build((None, *shape))
    weights = [rng.normal(0, 0.2, weight.shape) for weight in pair[0].get_weights()]
    for layer in pair:
        layer.set_weights(weights)
    return pair


@pytest.mark.parametrize("kind", ["Conv2D", "Conv2DTranspose"])
def test_images_of_any_size_are_those_of_keras(kind):
    theirs, ours = both(kind, (None, None, 3), "mixed_bfloat16", filters=4, kernel_size=3)
    images = tf.random.stateless_normal((2, 6, 5, 3), (0, 1))
    any_size = tf.TensorSpec((None, None, None, 3))
    results = [tf.function(layer, input_signature=[any_size])(images) for layer in (theirs, ours)]
    np.testing.assert_array_equal(*(tf.cast(result, tf.float32) for result in results))


CASES = [
    ("Conv2D", (8, 8, 6), {"filters": 5, "kernel_size": 5, "strides": 2}),
    ("Conv2D", (7, 8, 6), {"filters": 5, "kernel_size": (3, 5), "strides": 2}),
    ("Conv2D", (4, 4, 6), {"filters": 5, "kernel_size": 3, "strides": 1}),
    ("Conv2D", (9, 9, 3), {"filters": 5, "kernel_size": 2, "strides": 3}),
    (
        "Conv2DTranspose",
        (4, 4, 6),
        {"filters": 5, "kernel_size": 5, "strides": 2, "use_bias": False},
    ),
    (
        "Conv2DTranspose",
        (3, 4, 6),
        {"filters": 5, "kernel_size": 3, "strides": 3, "use_bias": False},
    ),
    (
        "Conv2DTranspose",
        (4, 4, 6),
        {"filters": 5, "kernel_size": 2, "strides": 2, "use_bias": False},
    ),
]


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "float32"])
@pytest.mark.parametrize(("kind", "shape", "options"), CASES)
def test_outputs_and_gradients_are_those_of_keras(kind, shape, options, dtype):
    x = tf.constant(np.random.default_rng(0).normal(size=(16, *shape)), tf.float32)
    results = []
    for layer in both(kind, shape, dtype, padding="same", **options):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x)
            total = tf.reduce_sum(tf.sin(tf.cast(outputs, tf.float32)))
        results.append([outputs, *tape.gradient(total, [x, *layer.trainable_variables])])
    tolerance = 2e-2 if dtype == "mixed_bfloat16" else 1e-5
    for theirs, ours in zip(*results, strict=True):
        theirs, ours = (np.asarray(tf.cast(array, tf.float32)) for array in (theirs, ours))
        assert theirs.shape == ours.shape
        assert np.abs(theirs - ours).max() <= tolerance * np.abs(theirs).max()


def test_the_bias_of_a_transposed_convolution_learns_in_half_precision_too():
    """Keras sums its gradient in bfloat16, where 256 + 1 is 256: not what is wanted here."""
    x = tf.constant(np.random.default_rng(0).normal(size=(64, 4, 4, 3)), tf.float32)
    layer = cpu_layers.Conv2DTranspose(2, 5, 2, padding="same", dtype="mixed_bfloat16")
    layer.build(x.shape)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.cast(layer(x), tf.float32))
    gradient = tape.gradient(total, layer.bias.value).numpy()
    np.testing.assert_allclose(gradient, 64 * 8 * 8, rtol=1e-2)


def test_a_penalty_on_the_gradient_reaches_the_kernel():
    """The gradient of a gradient's norm, as R1 needs it."""
    x = tf.constant(np.random.default_rng(1).normal(size=(8, 8, 8, 3)), tf.float32)
    results = []
    for layer in both(
        "Conv2D", (8, 8, 3), "mixed_bfloat16", filters=4, kernel_size=5, strides=2, padding="same"
    ):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                total = tf.reduce_sum(tf.cast(layer(x), tf.float32) ** 2)
            penalty = tf.reduce_sum(inner.gradient(total, x) ** 2)
        results.append(outer.gradient(penalty, layer.kernel.value).numpy())
    theirs, ours = results
    assert np.abs(theirs - ours).max() <= 3e-2 * np.abs(theirs).max()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_dropout_drops_its_share_and_keeps_the_mean(dtype):
    layer = cpu_layers.Dropout(0.3, seed=1, dtype=dtype)
    kept = np.asarray(tf.cast(layer(tf.ones((400, 7, 9)), training=True), tf.float32))
    values = np.unique(kept)
    np.testing.assert_allclose(values, [0.0, 256 / 179], rtol=5e-3)  # 77 of 256 are dropped
    share, n = (kept == 0).mean(), kept.size
    assert abs(share - 77 / 256) < 5 * np.sqrt(0.3 * 0.7 / n)
    for axis in ((0, 1), (0, 2), (1, 2)):  # no place and no sample is favoured
        shares = (kept == 0).mean(axis)
        deviation = np.sqrt(0.3 * 0.7 / (n / shares.size))
        assert np.abs(shares - 77 / 256).max() < 5 * deviation
    pairs = np.corrcoef(kept.reshape(400, -1).T)[np.triu_indices(63, 1)]
    assert abs(pairs.mean()) < 0.01 and np.abs(pairs).max() < 5 / np.sqrt(400)


def test_dropout_is_nothing_outside_training_and_follows_its_seed():
    x = tf.ones((3, 5))
    assert np.array_equal(cpu_layers.Dropout(0.5, seed=1)(x, training=False), x)
    one, same, other = (cpu_layers.Dropout(0.5, seed=seed) for seed in (1, 1, 2))
    draws = [np.asarray(layer(tf.ones((64, 5)), training=True)) for layer in (one, same, other)]
    assert np.array_equal(draws[0], draws[1]) and not np.array_equal(draws[0], draws[2])
    assert not np.array_equal(draws[0], np.asarray(one(tf.ones((64, 5)), training=True)))


def test_a_file_brings_the_layers_back(tmp_path):
    inputs = keras.Input((8, 8, 3))
    x = cpu_layers.Dropout(0.3)(cpu_layers.Conv2D(4, 5, 2, padding="same")(inputs))
    model = keras.Model(inputs, cpu_layers.Conv2DTranspose(3, 5, 2, padding="same")(x))
    model.save(tmp_path / "model.keras")
    back = keras.models.load_model(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype(np.float32)
    np.testing.assert_array_equal(model(x), back(x))
    assert [type(layer) for layer in back.layers] == [type(layer) for layer in model.layers]


def test_the_generator_that_lesson_13_publishes_needs_keras_alone(tmp_path):
    """The lesson's function puts Keras's layers in; another process opens the file without ours."""
    lesson = Path(__file__).resolve().parents[2] / "notebooks" / "13-your-own-images.ipynb"
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    (export,) = (cell["source"] for cell in cells if cell["id"] == "export")
    tree = ast.parse("".join(export))
    (function,) = (each for each in tree.body if isinstance(each, ast.FunctionDef))
    names = {"keras": keras}
    exec(ast.unparse(function), names)
    drawing = networks.dcgan_generator(6, width=2, kernel_size=4, seed=1)
    public = keras.models.clone_model(drawing, clone_function=names["plain"])
    public.set_weights(drawing.get_weights())
    public.save(tmp_path / "generator.keras")
    latents = np.random.default_rng(0).standard_normal((3, 6), np.float32)
    np.save(tmp_path / "latents.npy", latents)
    stranger = (
        "import sys; sys.modules['ganlib'] = None\n"
        "import keras, numpy as np\n"
        "model = keras.saving.load_model('generator.keras')\n"
        "np.save('images.npy', model.predict_on_batch(np.load('latents.npy')))"
    )
    subprocess.run([sys.executable, "-c", stranger], cwd=tmp_path, check=True, timeout=600)
    drawn = np.load(tmp_path / "images.npy")
    np.testing.assert_allclose(drawn, drawing.predict_on_batch(latents), rtol=0, atol=1e-5)
