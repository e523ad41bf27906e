"""Penalties against values from the papers and from calculus."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from scipy import stats

from ganlib import data, networks, penalties

LESSON = Path(__file__).resolve().parents[2] / "notebooks" / "07-dcgan-on-gpu.ipynb"
ALL = sorted(penalties.PENALTIES)


def linear(weights):
    """critic(x) = w · x, whose gradient is w everywhere."""
    weights = np.asarray(weights, np.float32)
    critic = keras.Sequential(
        [
            keras.Input(weights.shape),
            keras.layers.Flatten(),
            keras.layers.Dense(1, use_bias=False),
        ]
    )
    critic.set_weights([weights.reshape(-1, 1)])
    return critic


def bowl(shape, scale):
    """critic(x) = scale / 2 · ‖x‖², whose gradient is scale · x."""
    inputs = keras.Input(shape)
    flat = keras.layers.Flatten()(inputs)
    return keras.Model(inputs, 0.5 * scale * ops.sum(ops.square(flat), axis=1, keepdims=True))


def batch(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("weights", [[3.0, 4.0], [0.6, 0.8], [0.0, 0.1]])
def test_penalties_of_a_linear_critic(weights):
    critic, norm = linear(weights), np.linalg.norm(weights)
    real, fake = batch(7, 2), batch(7, 2, seed=1)
    value = float(penalties.gradient_penalty(critic, real, fake, seed=0))
    assert value == pytest.approx((norm - 1) ** 2, abs=1e-5)
    assert float(penalties.r1(critic, real, fake)) == pytest.approx(norm**2 / 2, rel=1e-5)
    assert float(penalties.r2(critic, real, fake)) == pytest.approx(norm**2 / 2, rel=1e-5)


def test_the_norm_runs_over_all_of_an_image():
    weights = batch(4, 4, 3)
    value = penalties.r1(linear(weights), batch(5, 4, 4, 3))
    assert float(value) == pytest.approx((weights**2).sum() / 2, rel=1e-5)


def test_r1_looks_at_real_and_r2_at_generated_samples():
    critic, real, fake = bowl((3,), 2.0), batch(6, 3), batch(6, 3, seed=1)
    assert float(penalties.r1(critic, real, fake)) == pytest.approx(
        (2 * (real**2).sum(1)).mean(), rel=1e-5
    )
    assert float(penalties.r2(critic, real, fake)) == pytest.approx(
        (2 * (fake**2).sum(1)).mean(), rel=1e-5
    )
    assert float(penalties.r1(critic, real)) == float(penalties.r1(critic, real, fake))


def test_gradients_belong_to_single_samples_not_to_the_batch():
    # The gradient of a mean over n samples would be n times smaller, its square n² times.
    critic = bowl((2,), 1.0)
    one = np.array([[3.0, 4.0]], np.float32)
    for n in (1, 2, 10):
        assert float(penalties.r1(critic, np.repeat(one, n, 0))) == pytest.approx(12.5, rel=1e-5)


def test_constant_critic_has_penalty_one_and_no_nan():
    critic = linear([0.0, 0.0])
    real, fake = batch(5, 2), batch(5, 2, seed=1)
    with tf.GradientTape() as tape:
        value = penalties.gradient_penalty(critic, real, fake, seed=0)
    assert float(value) == pytest.approx(1.0, abs=1e-5)
    (gradient,) = tape.gradient(value, critic.trainable_variables)
    assert np.isfinite(gradient.numpy()).all()

    inputs = keras.Input((2,))
    detached = keras.Model(inputs, ops.zeros_like(inputs[:, :1]) + 3.0)
    assert float(penalties.gradient_penalty(detached, real, fake, seed=0)) == pytest.approx(
        1.0, abs=1e-5
    )
    assert float(penalties.r1(detached, real)) == 0.0


def interpolation_weight(seed):
    """ε of a batch of one, read off a critic whose gradient is x̂ / 8, with real 1 and fake 0."""
    real, fake = np.ones((1, 4, 4, 1), np.float32), np.zeros((1, 4, 4, 1), np.float32)
    value = float(penalties.gradient_penalty(bowl_of_images, real, fake, seed=seed))
    norm = 1 - value**0.5  # ‖x̂‖ / 8 = 4 ε / 8 ≤ 1/2, so the root is 1 − norm
    return 2 * norm


bowl_of_images = bowl((4, 4, 1), 1 / 8)


@pytest.mark.slow
def test_the_interpolation_is_uniform_with_one_weight_for_all_pixels_of_a_sample():
    drawn = np.array([interpolation_weight(seed) for seed in range(200)])
    assert drawn.min() >= -1e-5 and drawn.max() < 1 + 1e-5
    assert stats.kstest(drawn, "uniform").pvalue > 1e-3  # a normal, or one per pixel, gives 1e-20


def test_every_sample_of_a_batch_has_its_own_interpolation():
    real, fake = np.ones((3000, 1), np.float32), np.zeros((3000, 1), np.float32)
    for seed in range(3):
        # E (ε − 1)² = 1/3 for ε ~ U(0, 1); one ε for all would scatter between 0 and 1.
        value = float(penalties.gradient_penalty(bowl((1,), 1.0), real, fake, seed=seed))
        assert value == pytest.approx(1 / 3, abs=0.03)


def test_the_interpolation_lies_between_the_members_of_a_pair():
    # Same real and fake: nothing to interpolate, whatever ε is.
    real = batch(6, 3)
    expected = ((np.linalg.norm(real, axis=1) - 1) ** 2).mean()
    for seed in (0, 1):
        value = float(penalties.gradient_penalty(bowl((3,), 1.0), real, real, seed=seed))
        assert value == pytest.approx(expected, rel=1e-4)


def test_a_seed_fixes_the_interpolation():
    critic, real, fake = bowl((3,), 1.0), batch(6, 3), batch(6, 3, seed=1)

    def value(seed):
        return float(penalties.gradient_penalty(critic, real, fake, seed=seed))

    assert value(5) == value(5) == value(tf.constant([5, 0]))
    assert value(5) != value(6)
    assert value(None) != value(None)


def small_critic():
    """critic(x) = v · tanh(W x): smooth, so that differences of its gradient can be trusted."""
    critic = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, activation="tanh", use_bias=False),
            keras.layers.Dense(1, use_bias=False),
        ]
    )
    critic.set_weights([batch(3, 4, seed=2), batch(4, 1, seed=3)])
    return critic


@pytest.mark.parametrize("name", ["r1", "gradient_penalty"])
def test_gradient_in_the_weights_equals_numerical_differences(name):
    critic, samples = small_critic(), batch(5, 3)
    kernel, last = (weight.astype(np.float64) for weight in critic.get_weights())

    def value(kernel):  # float64, by hand: ∇ critic(x) = W (v · (1 − tanh²(x W)))
        slopes = last[:, 0] * (1 - np.tanh(samples @ kernel) ** 2)
        norms = np.linalg.norm(slopes @ kernel.T, axis=1)
        return (norms**2).mean() / 2 if name == "r1" else ((norms - 1) ** 2).mean()

    function = penalties.get(name)
    with tf.GradientTape() as tape:
        result = function(critic, samples, samples, seed=0)  # alike, so that ε does not matter
    assert float(result) == pytest.approx(value(kernel), rel=1e-5)
    gradient = tape.gradient(result, critic.trainable_variables[0]).numpy()
    for index in np.ndindex(kernel.shape):
        step = np.zeros_like(kernel)
        step[index] = 1e-5
        difference = (value(kernel + step) - value(kernel - step)) / 2e-5
        assert gradient[index] == pytest.approx(difference, rel=1e-3, abs=1e-4)


def test_unknown_names_list_the_known_ones():
    with pytest.raises(ValueError) as error:
        penalties.get("r3")
    assert all(name in str(error.value) for name in ("gradient_penalty", "r1", "r2"))


class Counting(keras.layers.Layer):
    """Passes samples on and counts how often it was asked."""

    asked = 0

    def call(self, inputs):
        self.asked += 1
        return inputs


def counted(critic):
    counting = Counting()
    inputs = keras.Input(critic.input_shape[1:])
    return counting, keras.Model(inputs, critic(counting(inputs)))


def test_a_watched_critic_is_not_asked_again_about_samples_that_it_has_judged():
    counting, critic = counted(small_critic())
    real, fake = tf.constant(batch(5, 3)), tf.constant(batch(5, 3, seed=1))
    apart = [float(penalties.get(name)(critic, real, fake, seed=0)) for name in ALL]
    counting.asked = 0
    watched = penalties.Watched(critic)
    logits = watched(real), watched(fake)
    assert counting.asked == 2
    np.testing.assert_array_equal(logits[0], critic(real))
    together = [float(penalties.get(name)(watched, real, fake, seed=0)) for name in ALL]
    assert together == pytest.approx(apart, rel=1e-6)
    assert counting.asked == 3 + 1  # one by this test, one between real and fake
    assert float(penalties.r1(watched, real)) == together[ALL.index("r1")]


def test_a_watched_critic_is_asked_again_with_other_labels():
    critic = networks.dense_discriminator((2, 2, 1), hidden=(), classes=3)
    watched, samples = penalties.Watched(critic), tf.constant(batch(4, 2, 2, 1))
    labels, others = tf.constant([0, 1, 2, 0]), tf.constant([1, 2, 0, 1])
    watched(samples, labels)
    for given in (labels, others):
        assert float(penalties.r1(watched, samples, labels=given)) == pytest.approx(
            float(penalties.r1(critic, samples, labels=given)), rel=1e-6
        )


def test_r1_judges_the_network_that_dropout_has_left():
    """With x = 1 the logit is twice the sum of the weights that stay, and names them:
    powers of 2.
    """
    weights, half = np.array([1.0, 2.0, 4.0, 8.0], np.float32), keras.layers.Dropout(0.5, seed=1)
    inputs = keras.Input((4,))
    critic = keras.Model(inputs, linear(weights)(half(inputs)))
    ones, seen = tf.ones((1, 4)), set()
    for _ in range(12):
        watched = penalties.Watched(critic)
        logit = int(watched(ones)[0, 0])
        stay = np.array([logit // 2 & int(weight) for weight in weights])
        assert float(penalties.r1(watched, ones)) == (2.0 * stay) @ (2.0 * stay) / 2
        seen.add(logit)
    assert len(seen) > 3


@pytest.mark.parametrize("name", ALL)
def test_batch_norm_is_refused_wherever_it_hides(name):
    function = penalties.get(name)
    inner = keras.Sequential([keras.Input((2,)), keras.layers.BatchNormalization()])
    critic = keras.Sequential([keras.Input((2,)), inner, keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"batch norm.*dcgan_discriminator"):
        function(critic, batch(4, 2), batch(4, 2))


@pytest.mark.parametrize("name", ALL)
def test_a_conditional_critic_is_asked_with_its_labels(name):
    critic = networks.dense_discriminator((2, 2, 1), hidden=(), classes=3)
    weights = [batch(*w.shape, seed=index) for index, w in enumerate(critic.get_weights())]
    critic.set_weights(weights)
    by_shape = {w.shape: w for w in weights}
    kernel, embedding = by_shape[4, 1], by_shape[3, 4]
    labels = np.array([0, 2, 2, 1, 0])
    # Without hidden layers the logit is (w + e_y) · x + b, so the gradient is w + e_y.
    norms = np.linalg.norm(kernel[:, 0] + embedding[labels], axis=1)
    expected = ((norms - 1) ** 2).mean()
    if name != "gradient_penalty":
        expected = (norms**2).mean() / 2
    function = penalties.get(name)
    value = function(critic, batch(5, 2, 2, 1), batch(5, 2, 2, 1, seed=1), labels, seed=0)
    assert float(value) == pytest.approx(expected, rel=1e-4)


def test_pairs_of_different_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 2\).*\(3, 2\)"):
        penalties.gradient_penalty(linear([1.0, 2.0]), batch(4, 2), batch(3, 2))


@pytest.mark.parametrize("name", ALL)
def test_bytes_are_refused(name):
    function = penalties.get(name)
    images = np.zeros((4, 2), np.uint8)
    with pytest.raises(TypeError, match=r"uint8.*to_network"):
        function(linear([1.0, 2.0]), images, images)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_norms_are_float32_under_half_precision(policy):
    critic = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(1, use_bias=False, dtype=policy)]
    )
    critic.set_weights([np.array([[1.0], [2.0], [2.0]], np.float32)])
    value = penalties.gradient_penalty(critic, batch(4, 3), batch(4, 3, seed=1), seed=0)
    assert value.dtype == tf.float32
    assert float(value) == pytest.approx(4.0, rel=1e-5)
    # ‖w‖² = 90,000 is more than float16 holds.
    critic.set_weights([np.array([[300.0], [0.0], [0.0]], np.float32)])
    assert float(penalties.r1(critic, batch(4, 3))) == pytest.approx(4.5e4, rel=1e-2)


def test_penalties_work_in_a_compiled_function_with_any_batch_size():
    critic = linear([3.0, 4.0])
    compiled = tf.function(
        lambda real, fake: penalties.gradient_penalty(critic, real, fake, seed=0),
        input_signature=[tf.TensorSpec([None, 2]), tf.TensorSpec([None, 2])],
    )
    for n in (1, 3):
        assert float(compiled(batch(n, 2), batch(n, 2, seed=1))) == pytest.approx(16.0, rel=1e-5)


def test_lesson_07_shows_the_r1_of_the_library():
    """The lesson's R1 has no ½, which its γ/2 brings in; same critic and images, same numbers."""
    cells = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
    source = "".join(next(cell for cell in cells if cell["id"] == "penalty")["source"])
    images = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), np.uint8)
    lesson = {"data": data, "images": images, "networks": networks, "tf": tf}
    exec(source, lesson)
    critic = lesson["critic"]
    with tf.GradientTape() as tape:
        r1 = penalties.r1(critic, lesson["real"])
    gradients = tape.gradient(r1, critic.trainable_variables)
    assert float(lesson["r1"]) > 0
    np.testing.assert_allclose(r1, lesson["r1"] / 2, rtol=1e-5)
    # The bias of the last layer has no part in a slope: None in both.
    pairs = list(zip(gradients, lesson["gradients"], strict=True))
    assert sum(ours is not None for ours, _ in pairs) >= 4
    for ours, theirs in pairs:
        assert (ours is None) == (theirs is None)
        if ours is not None:
            np.testing.assert_allclose(ours, theirs / 2, rtol=1e-4, atol=1e-7)
