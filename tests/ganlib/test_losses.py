"""Losses and penalties against values from the papers and from calculus."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from scipy import stats
from scipy.special import expit

from ganlib import losses, networks

ALL = sorted(losses.LOSSES)
REAL = np.array([[0.0], [1.0], [-2.0], [3.0]], np.float32)
FAKE = np.array([[0.5], [-1.0], [2.0], [0.0]], np.float32)


def softplus(x):
    return np.logaddexp(0.0, x)


def slope(function, logits):
    """The gradient of a scalar function in each logit, times their number: that of one sample."""
    logits = tf.convert_to_tensor(logits, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = function(logits)
    return tf.convert_to_tensor(tape.gradient(value, logits)).numpy() * len(logits)


# Adversarial losses ---------------------------------------------------------------------------------

CROSS_ENTROPY = softplus(-REAL).mean() + softplus(FAKE).mean()
EXPECTED = {  # name: (discriminator, generator), written out from the papers' equations
    "minimax": (CROSS_ENTROPY, np.log(1 - expit(FAKE)).mean()),
    "non_saturating": (CROSS_ENTROPY, -np.log(expit(FAKE)).mean()),
    "least_squares": (
        0.5 * ((REAL - 1) ** 2).mean() + 0.5 * (FAKE**2).mean(),
        0.5 * ((FAKE - 1) ** 2).mean(),
    ),
    "wasserstein": (FAKE.mean() - REAL.mean(), -FAKE.mean()),
    "hinge": (
        np.maximum(0, 1 - REAL).mean() + np.maximum(0, 1 + FAKE).mean(),
        -FAKE.mean(),
    ),
    "relativistic": (-np.log(expit(REAL - FAKE)).mean(), -np.log(expit(FAKE - REAL)).mean()),
}


@pytest.mark.parametrize("name", ALL)
def test_values_are_those_of_the_papers(name):
    loss = losses.get(name)
    assert float(loss.discriminator(REAL, FAKE)) == pytest.approx(EXPECTED[name][0], rel=1e-5)
    assert float(loss.generator(REAL, FAKE)) == pytest.approx(EXPECTED[name][1], rel=1e-5)


def test_every_loss_has_an_expected_value_here():
    assert set(EXPECTED) == set(losses.LOSSES)


def test_at_chance_the_cross_entropy_is_two_log_two():
    zeros = np.zeros((5, 1), np.float32)
    loss = losses.get("minimax")
    assert float(loss.discriminator(zeros, zeros)) == pytest.approx(2 * np.log(2), rel=1e-6)
    assert float(loss.generator(None, zeros)) == pytest.approx(-np.log(2), rel=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("minimax", lambda x: -expit(x)),  # vanishes where D is sure that a sample is generated
        ("non_saturating", lambda x: -(1 - expit(x))),  # does not
        ("least_squares", lambda x: x - 1),
        ("wasserstein", lambda x: -np.ones_like(x)),
        ("hinge", lambda x: -np.ones_like(x)),
    ],
)
def test_gradient_of_the_generators_loss_in_a_logit(name, expected):
    logits = np.linspace(-8, 8, 33, dtype=np.float32)[:, None]
    gradient = slope(lambda x: losses.get(name).generator(None, x), logits)
    np.testing.assert_allclose(gradient, expected(logits), rtol=1e-5, atol=1e-6)


def test_where_the_discriminator_is_sure_only_the_saturating_gradient_vanishes():
    sure = np.array([[-10.0]], np.float32)
    assert abs(slope(lambda x: losses.get("minimax").generator(None, x), sure)) < 1e-4
    assert abs(slope(lambda x: losses.get("non_saturating").generator(None, x), sure)) > 0.999


def test_gradient_of_the_discriminators_cross_entropy():
    logits = np.linspace(-8, 8, 33, dtype=np.float32)[:, None]
    discriminator = losses.get("minimax").discriminator
    on_real = slope(lambda x: discriminator(x, FAKE), logits)
    on_fake = slope(lambda x: discriminator(REAL, x), logits)
    np.testing.assert_allclose(on_real, expit(logits) - 1, atol=1e-6)
    np.testing.assert_allclose(on_fake, expit(logits), atol=1e-6)


def test_the_best_discriminator_is_p_over_p_plus_q():
    # Four points with probabilities p and q, as ten real and ten generated samples.
    p, q = np.array([4, 3, 2, 1]), np.array([1, 1, 3, 5])
    points = np.arange(4)
    real, fake = np.repeat(points, p), np.repeat(points, q)

    def loss(logits):
        return losses.get("minimax").discriminator(tf.gather(logits, real), tf.gather(logits, fake))

    best = np.log(p / (p + q)) - np.log(1 - p / (p + q))  # the logit of D* = p / (p + q)
    np.testing.assert_allclose(slope(loss, best), 0, atol=1e-6)
    lowest = float(loss(best))
    p, q = p / 10, q / 10
    middle = (p + q) / 2
    divergence = (stats.entropy(p, middle) + stats.entropy(q, middle)) / 2
    assert lowest == pytest.approx(2 * np.log(2) - 2 * divergence, rel=1e-5)  # −max V
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert float(loss(best + rng.normal(size=4))) > lowest


def test_the_best_least_squares_discriminator_is_p_over_p_plus_q_too():
    p, q = np.array([4, 3, 2, 1]), np.array([1, 1, 3, 5])
    real, fake = np.repeat(np.arange(4), p), np.repeat(np.arange(4), q)
    discriminator = losses.get("least_squares").discriminator
    gradient = slope(lambda x: discriminator(tf.gather(x, real), tf.gather(x, fake)), p / (p + q))
    np.testing.assert_allclose(gradient, 0, atol=1e-6)


def test_hinge_ignores_what_is_beyond_the_margin():
    discriminator = losses.get("hinge").discriminator
    far = np.array([[1.5], [40.0]], np.float32)
    assert float(discriminator(far, -far)) == 0.0
    np.testing.assert_array_equal(slope(lambda x: discriminator(x, -far), far), 0)


def test_wasserstein_is_unmoved_when_all_logits_shift():
    discriminator = losses.get("wasserstein").discriminator
    assert float(discriminator(REAL + 7, FAKE + 7)) == pytest.approx(
        float(discriminator(REAL, FAKE)), abs=1e-5
    )


def test_relativistic_loss_looks_at_differences_only():
    loss = losses.get("relativistic")
    for who in (loss.discriminator, loss.generator):
        assert float(who(REAL, REAL)) == pytest.approx(np.log(2), rel=1e-6)
        assert float(who(REAL + 5, FAKE + 5)) == pytest.approx(float(who(REAL, FAKE)), rel=1e-5)
    # Paired: not the mean over all pairs, so the order within a batch matters.
    assert float(loss.discriminator(REAL, FAKE[::-1])) != pytest.approx(
        float(loss.discriminator(REAL, FAKE)), rel=1e-3
    )
    assert float(loss.generator(REAL, FAKE)) == pytest.approx(
        float(loss.discriminator(FAKE, REAL)), rel=1e-6
    )


def test_relativistic_loss_refuses_pairs_that_are_none():
    for who in (losses.get("relativistic").discriminator, losses.get("relativistic").generator):
        with pytest.raises(ValueError, match=r"pairs.*\(4, 1\).*\(3, 1\)"):
            who(REAL, FAKE[:3])
        with pytest.raises(ValueError, match="pairs"):
            who(REAL, FAKE[:, 0])  # (4, 1) with (4,) would spread to all 16 differences


def test_relativistic_loss_takes_batches_whose_size_is_known_on_one_side_only():
    signature = [tf.TensorSpec([None, 1]), tf.TensorSpec([4, 1])]
    compiled = tf.function(losses.get("relativistic").discriminator, input_signature=signature)
    assert float(compiled(REAL, FAKE)) == pytest.approx(EXPECTED["relativistic"][0], rel=1e-5)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_extreme_logits_stay_finite_with_their_gradients(name, size):
    logits = tf.fill((3, 1), tf.constant(size, tf.float32))
    loss = losses.get(name)
    for function in (
        lambda x: loss.discriminator(x, -x),
        lambda x: loss.discriminator(x, x),
        lambda x: loss.generator(-x, x),
    ):
        assert np.isfinite(float(function(logits)))
        assert np.isfinite(slope(function, logits)).all()


def test_extreme_logits_have_the_exact_limits():
    big = np.array([[1e4]], np.float32)
    assert float(losses.get("minimax").discriminator(-big, big)) == pytest.approx(2e4)
    assert float(losses.get("minimax").discriminator(big, -big)) == 0.0
    assert float(losses.get("non_saturating").generator(None, -big)) == pytest.approx(1e4)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64"])
def test_result_is_a_float32_scalar_whatever_the_precision(name, dtype):
    real, fake = ops.cast(REAL, dtype), ops.cast(FAKE, dtype)
    for value in (
        losses.get(name).discriminator(real, fake),
        losses.get(name).generator(real, fake),
    ):
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
        assert tuple(value.shape) == ()


def test_half_precision_logits_are_summed_in_float32():
    # 4096 times 1.5 in float16 would round and overflow.
    logits = ops.cast(np.full((4096, 1), 300.0), "float16")
    assert float(losses.get("least_squares").generator(None, logits)) == pytest.approx(
        0.5 * 299**2, rel=1e-6
    )


@pytest.mark.parametrize("name", ALL)
def test_one_column_or_flat_is_the_same(name):
    loss = losses.get(name)
    for who in (loss.discriminator, loss.generator):
        assert float(who(REAL[:, 0], FAKE[:, 0])) == pytest.approx(float(who(REAL, FAKE)))


@pytest.mark.parametrize("name", ALL)
def test_real_logits_may_be_missing_where_they_are_not_needed(name):
    loss = losses.get(name)
    with pytest.raises(ValueError, match="real_logits must not be None"):
        loss.discriminator(None, FAKE)
    if loss.generator_needs_real:
        with pytest.raises(ValueError, match="real_logits must not be None"):
            loss.generator(None, FAKE)
    else:
        assert float(loss.generator(None, FAKE)) == float(loss.generator(REAL, FAKE))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("shape", [(4, 2), (4, 1, 1), (), (0, 1), (0,)])
def test_what_is_no_batch_of_logits_is_refused(name, shape):
    loss, wrong = losses.get(name), np.zeros(shape, np.float32)
    for call in (
        lambda: loss.discriminator(wrong, FAKE),
        lambda: loss.discriminator(REAL, wrong),
        lambda: loss.generator(REAL, wrong),
    ):
        with pytest.raises(ValueError, match=r"one logit per sample"):
            call()


def test_unknown_names_list_the_known_ones():
    with pytest.raises(ValueError) as error:
        losses.get("bce")
    assert "'bce'" in str(error.value) and all(name in str(error.value) for name in ALL)
    with pytest.raises(ValueError) as error:
        losses.penalty("r3")
    assert all(name in str(error.value) for name in ("gradient_penalty", "r1", "r2"))


@pytest.mark.parametrize("name", ALL)
def test_a_loss_tells_a_won_game_from_one_at_chance(name):
    loss = losses.get(name)
    if loss.won_below is None:
        # Unbounded below: the larger the logits, the lower, so no value means anything by itself.
        assert float(loss.discriminator(REAL * 0 + 1e3, FAKE * 0)) < -900
        return
    right, wrong = (1.0, 0.0) if name == "least_squares" else (8.0, -8.0)
    ones = np.ones((4, 1), np.float32)
    assert float(loss.discriminator(right * ones, wrong * ones)) < loss.won_below
    chance = 0.5 if name == "least_squares" else 0.0
    assert float(loss.discriminator(chance * ones, chance * ones)) > 10 * loss.won_below


# Penalties ------------------------------------------------------------------------------------------


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
    value = float(losses.gradient_penalty(critic, real, fake, seed=0))
    assert value == pytest.approx((norm - 1) ** 2, abs=1e-5)
    assert float(losses.r1(critic, real, fake)) == pytest.approx(norm**2, rel=1e-5)
    assert float(losses.r2(critic, real, fake)) == pytest.approx(norm**2, rel=1e-5)


def test_the_norm_runs_over_all_of_an_image():
    weights = batch(4, 4, 3)
    value = losses.r1(linear(weights), batch(5, 4, 4, 3))
    assert float(value) == pytest.approx((weights**2).sum(), rel=1e-5)


def test_r1_looks_at_real_and_r2_at_generated_samples():
    critic, real, fake = bowl((3,), 2.0), batch(6, 3), batch(6, 3, seed=1)
    assert float(losses.r1(critic, real, fake)) == pytest.approx(
        (4 * (real**2).sum(1)).mean(), rel=1e-5
    )
    assert float(losses.r2(critic, real, fake)) == pytest.approx(
        (4 * (fake**2).sum(1)).mean(), rel=1e-5
    )
    assert float(losses.r1(critic, real)) == float(losses.r1(critic, real, fake))


def test_gradients_belong_to_single_samples_not_to_the_batch():
    # The gradient of a mean over n samples would be n times smaller, its square n² times.
    critic = bowl((2,), 1.0)
    one = np.array([[3.0, 4.0]], np.float32)
    for n in (1, 2, 10):
        assert float(losses.r1(critic, np.repeat(one, n, 0))) == pytest.approx(25.0, rel=1e-5)


def test_constant_critic_has_penalty_one_and_no_nan():
    critic = linear([0.0, 0.0])
    real, fake = batch(5, 2), batch(5, 2, seed=1)
    with tf.GradientTape() as tape:
        value = losses.gradient_penalty(critic, real, fake, seed=0)
    assert float(value) == pytest.approx(1.0, abs=1e-5)
    (gradient,) = tape.gradient(value, critic.trainable_variables)
    assert np.isfinite(gradient.numpy()).all()

    inputs = keras.Input((2,))
    detached = keras.Model(inputs, ops.zeros_like(inputs[:, :1]) + 3.0)
    assert float(losses.gradient_penalty(detached, real, fake, seed=0)) == pytest.approx(
        1.0, abs=1e-5
    )
    assert float(losses.r1(detached, real)) == 0.0


def interpolation_weight(seed):
    """ε of a batch of one, read off a critic whose gradient is x̂ / 8, with real 1 and fake 0."""
    real, fake = np.ones((1, 4, 4, 1), np.float32), np.zeros((1, 4, 4, 1), np.float32)
    value = float(losses.gradient_penalty(bowl_of_images, real, fake, seed=seed))
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
        value = float(losses.gradient_penalty(bowl((1,), 1.0), real, fake, seed=seed))
        assert value == pytest.approx(1 / 3, abs=0.03)


def test_the_interpolation_lies_between_the_members_of_a_pair():
    # Same real and fake: nothing to interpolate, whatever ε is.
    real = batch(6, 3)
    expected = ((np.linalg.norm(real, axis=1) - 1) ** 2).mean()
    for seed in (0, 1):
        value = float(losses.gradient_penalty(bowl((3,), 1.0), real, real, seed=seed))
        assert value == pytest.approx(expected, rel=1e-4)


def test_a_seed_fixes_the_interpolation():
    critic, real, fake = bowl((3,), 1.0), batch(6, 3), batch(6, 3, seed=1)

    def value(seed):
        return float(losses.gradient_penalty(critic, real, fake, seed=seed))

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
        return (norms**2).mean() if name == "r1" else ((norms - 1) ** 2).mean()

    function, _ = losses.penalty(name)
    with tf.GradientTape() as tape:
        result = function(critic, samples, samples, seed=0)  # alike, so that ε does not matter
    assert float(result) == pytest.approx(value(kernel), rel=1e-5)
    gradient = tape.gradient(result, critic.trainable_variables[0]).numpy()
    for index in np.ndindex(kernel.shape):
        step = np.zeros_like(kernel)
        step[index] = 1e-5
        difference = (value(kernel + step) - value(kernel - step)) / 2e-5
        assert gradient[index] == pytest.approx(difference, rel=1e-3, abs=1e-4)


def test_r1_and_r2_count_half_and_the_gradient_penalty_whole():
    assert losses.penalty("r1") == (losses.r1, 0.5)
    assert losses.penalty("r2") == (losses.r2, 0.5)
    assert losses.penalty("gradient_penalty") == (losses.gradient_penalty, 1.0)


@pytest.mark.parametrize("name", sorted(losses.PENALTIES))
def test_batch_norm_is_refused_wherever_it_hides(name):
    function, _ = losses.penalty(name)
    inner = keras.Sequential([keras.Input((2,)), keras.layers.BatchNormalization()])
    critic = keras.Sequential([keras.Input((2,)), inner, keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"batch norm.*dcgan_discriminator"):
        function(critic, batch(4, 2), batch(4, 2))


@pytest.mark.parametrize("name", sorted(losses.PENALTIES))
def test_a_conditional_critic_is_asked_with_its_labels(name):
    critic = networks.dense_discriminator((2, 2, 1), hidden=(), classes=3)
    weights = [batch(*w.shape, seed=index) for index, w in enumerate(critic.get_weights())]
    critic.set_weights(weights)
    by_shape = {w.shape: w for w in weights}
    kernel, embedding = by_shape[4, 1], by_shape[3, 4]
    labels = np.array([0, 2, 2, 1, 0])
    # Without hidden layers the logit is (w + e_y) · x + b, so the gradient is w + e_y.
    norms = np.linalg.norm(kernel[:, 0] + embedding[labels], axis=1)
    expected = ((norms - 1) ** 2).mean() if name == "gradient_penalty" else (norms**2).mean()
    function, _ = losses.penalty(name)
    value = function(critic, batch(5, 2, 2, 1), batch(5, 2, 2, 1, seed=1), labels, seed=0)
    assert float(value) == pytest.approx(expected, rel=1e-4)


def test_pairs_of_different_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 2\).*\(3, 2\)"):
        losses.gradient_penalty(linear([1.0, 2.0]), batch(4, 2), batch(3, 2))


@pytest.mark.parametrize("name", sorted(losses.PENALTIES))
def test_bytes_are_refused(name):
    function, _ = losses.penalty(name)
    images = np.zeros((4, 2), np.uint8)
    with pytest.raises(TypeError, match=r"uint8.*to_network"):
        function(linear([1.0, 2.0]), images, images)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_norms_are_float32_under_half_precision(policy):
    critic = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(1, use_bias=False, dtype=policy)]
    )
    critic.set_weights([np.array([[1.0], [2.0], [2.0]], np.float32)])
    value = losses.gradient_penalty(critic, batch(4, 3), batch(4, 3, seed=1), seed=0)
    assert value.dtype == tf.float32
    assert float(value) == pytest.approx(4.0, rel=1e-5)
    # ‖w‖² = 90,000 is more than float16 holds.
    critic.set_weights([np.array([[300.0], [0.0], [0.0]], np.float32)])
    assert float(losses.r1(critic, batch(4, 3))) == pytest.approx(9e4, rel=1e-2)


def test_penalties_work_in_a_compiled_function_with_any_batch_size():
    critic = linear([3.0, 4.0])
    compiled = tf.function(
        lambda real, fake: losses.gradient_penalty(critic, real, fake, seed=0),
        input_signature=[tf.TensorSpec([None, 2]), tf.TensorSpec([None, 2])],
    )
    for n in (1, 3):
        assert float(compiled(batch(n, 2), batch(n, 2, seed=1))) == pytest.approx(16.0, rel=1e-5)
