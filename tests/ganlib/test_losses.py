"""Losses against values from the papers and from calculus."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from scipy import stats
from scipy.special import expit

from ganlib import losses

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


# Adversarial losses -------------------------------------------------------------------------------

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


# Losses beside those of the papers ----------------------------------------------------------------


def test_one_sided_smoothing_is_cross_entropy_with_the_target_nine_tenths():
    loss = losses.get("smoothed")
    real = 0.9 * softplus(-REAL) + 0.1 * softplus(REAL)  # against the target 0.9,
    expected = real.mean() + softplus(FAKE).mean()  # generated ones against 0: one side alone
    assert float(loss.discriminator(REAL, FAKE)) == pytest.approx(expected, rel=1e-5)
    assert float(loss.generator(None, FAKE)) == pytest.approx(softplus(-FAKE).mean(), rel=1e-5)
    best = np.full((4, 1), np.log(9), np.float32)  # σ(log 9) = 0.9
    np.testing.assert_allclose(slope(lambda x: loss.discriminator(x, FAKE), best), 0, atol=1e-6)
    far = np.full((4, 1), -20, np.float32)
    entropy = -0.9 * np.log(0.9) - 0.1 * np.log(0.1)
    won = float(loss.discriminator(best, far))
    assert won == pytest.approx(entropy, abs=1e-5) and won < loss.won_below < 2 * np.log(2) / 3


def own_loss(name="own", **parts):
    parts = {
        "discriminator": lambda real, fake: ops.mean(fake - real),
        "generator": lambda real, fake: -ops.mean(fake),
    } | parts
    return losses.AdversarialLoss(name, source="a test", **parts)


def test_a_loss_of_ones_own_is_known_by_its_name():
    first, second = own_loss("mine"), own_loss("mine")
    assert losses.get(first) is first and losses.get("mine") is first
    assert losses.register(second) is second and losses.get("mine") is second  # a cell run again
    with pytest.raises(ValueError, match="'hinge' belongs"):
        losses.get(own_loss("hinge"))
    with pytest.raises(TypeError, match="AdversarialLoss"):
        losses.register(lambda real, fake: 0.0)


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_a_loss_of_ones_own_must_be_one_number(player):
    with pytest.raises(ValueError, match=rf"{player}.*\(2, 1\).*one number"):
        losses.register(own_loss(**{player: lambda real, fake: fake}))
