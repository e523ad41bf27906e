"""The alternating step against one written by hand, and what surrounds it."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import averages, data, game, losses, networks, penalties
from ganlib.gan import GAN

LATENT = 2


def points_networks(seed=0, classes=0):
    """Two tiny dense networks that play with points in the plane."""
    rng = np.random.default_rng(seed)
    latents, points = keras.Input((LATENT,)), keras.Input((2,))
    g_inputs, d_inputs, g, d = latents, points, latents, points
    if classes:
        g_labels, d_labels = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
        g_inputs, d_inputs = [latents, g_labels], [points, d_labels]
        g = keras.layers.Concatenate()([g, keras.layers.Embedding(classes, 2)(g_labels)])
        d = keras.layers.Concatenate()([d, keras.layers.Embedding(classes, 2)(d_labels)])
    g = keras.layers.Dense(5, "tanh")(g)
    generator = keras.Model(g_inputs, keras.layers.Dense(2, dtype="float32")(g))
    d = keras.layers.Dense(6, "tanh")(d)
    discriminator = keras.Model(d_inputs, keras.layers.Dense(1, dtype="float32")(d))
    for network in (generator, discriminator):
        network.set_weights(
            [rng.normal(scale=0.7, size=w.shape).astype(np.float32) for w in network.weights]
        )
    return generator, discriminator


def points_gan(seed=0, classes=0, rate=0.1, **options):
    gan = GAN(*points_networks(classes=classes), LATENT, seed=seed, **options)
    gan.compile(
        g_optimizer=keras.optimizers.SGD(rate),
        d_optimizer=keras.optimizers.SGD(2 * rate),
        run_eagerly=True,
    )
    return gan


def points(n, seed=0):
    return np.random.default_rng(seed).normal((1.0, -1.0), 0.5, (n, 2)).astype(np.float32)


def weights_of(gan):
    return [weight.copy() for weight in gan.get_weights()]


def assert_same(ours, theirs, exactly=True):
    for one, other in zip(ours, theirs, strict=True):
        if exactly:
            np.testing.assert_array_equal(one, other)
        else:
            np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-6)


# One step, by hand --------------------------------------------------------------------------------


class ByHand:
    """Goodfellow et al. 2014, algorithm 1, on plain arrays: G and D have one tanh layer each."""

    def __init__(self, gan):
        self.gan, self.step = gan, 0
        self.g = [tf.Variable(weight) for weight in gan.generator.get_weights()]
        self.d = [tf.Variable(weight) for weight in gan.discriminator.get_weights()]
        self.average = [weight.numpy() for weight in self.g]
        self.sums = {name: [] for name in ("d_loss", "g_loss", "real_logits", "fake_logits")}

    @staticmethod
    def network(weights, x):
        kernel, bias, last_kernel, last_bias = weights
        return tf.tanh(x @ kernel + bias) @ last_kernel + last_bias

    def latents(self, part, n):
        seed = [self.gan.seed * 100, self.step * self.gan.discriminator_steps + part]
        return tf.random.stateless_normal((n, LATENT), tf.constant(seed, tf.int64))

    def penalty(self, name, real, fake):
        samples = {"r1": real, "r2": fake}[name]
        with tf.GradientTape() as tape:
            tape.watch(samples)
            logits = self.network(self.d, samples)
        return 0.5 * tf.reduce_mean(tf.reduce_sum(tape.gradient(logits, samples) ** 2, 1))

    def run(self, batch, parts, rate):
        for part, rows in enumerate(parts):
            real = tf.constant(batch[rows])
            latents = self.latents(part, len(batch[rows]))
            fake = self.network(self.g, latents)
            with tf.GradientTape() as tape:
                on_real, on_fake = self.network(self.d, real), self.network(self.d, fake)
                loss = -tf.reduce_mean(tf.math.log_sigmoid(on_real)) - tf.reduce_mean(
                    tf.math.log_sigmoid(-on_fake)
                )
                total = loss
                for name, weight in self.gan.penalties.items():
                    total += weight * self.penalty(name, real, fake)
            for weight, gradient in zip(self.d, tape.gradient(total, self.d), strict=True):
                weight.assign_sub(2 * rate * gradient)
            self.sums["d_loss"].append(float(loss))
            self.sums["real_logits"].extend(on_real.numpy().ravel())
            self.sums["fake_logits"].extend(on_fake.numpy().ravel())
        with tf.GradientTape() as tape:  # one tape through G and the updated D
            on_fake = self.network(self.d, self.network(self.g, latents))
            loss = -tf.reduce_mean(tf.math.log_sigmoid(on_fake))
        for weight, gradient in zip(self.g, tape.gradient(loss, self.g), strict=True):
            weight.assign_sub(rate * gradient)
        self.sums["g_loss"].append(float(loss))
        if self.gan.ema:
            decay = min(self.gan.ema, (1 + self.step) / (10 + self.step))
            self.average = [
                decay * old + (1 - decay) * new.numpy()
                for old, new in zip(self.average, self.g, strict=True)
            ]
        self.step += 1


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({}, [slice(0, 7)]),
        ({"discriminator_steps": 2}, [slice(0, 3), slice(3, 7)]),
        ({"discriminator_steps": 3}, [slice(0, 2), slice(2, 4), slice(4, 7)]),
        ({"penalties": {"r1": 0.8, "r2": 0.3}}, [slice(0, 7)]),
        ({"ema": 0.4, "seed": 3}, [slice(0, 7)]),
        (
            {"discriminator_steps": 2, "penalties": {"r1": 1.5}, "ema": 0.9, "seed": 1},
            [slice(0, 3), slice(3, 7)],
        ),
    ],
    ids=["plain", "two parts", "three parts", "penalties", "average", "all"],
)
def test_steps_equal_those_written_by_hand(options, parts):
    gan = points_gan(rate=0.1, **options)
    by_hand = ByHand(gan)
    for seed in range(4):
        batch = points(7, seed)
        logs = gan.train_step(tf.constant(batch))
        by_hand.run(batch, parts, rate=0.1)
    assert int(gan.step) == 4
    assert_same(gan.generator.get_weights(), [w.numpy() for w in by_hand.g], exactly=False)
    assert_same(gan.discriminator.get_weights(), [w.numpy() for w in by_hand.d], exactly=False)
    if gan.ema:
        assert_same(gan.average.get_weights(), by_hand.average, exactly=False)
    for name, values in by_hand.sums.items():
        assert float(logs[name]) == pytest.approx(np.mean(values), rel=1e-4, abs=1e-6)


def test_gradient_penalty_in_a_step_has_its_weight_and_no_half():
    # With a rate so small that weights hardly move, the discriminator's change is that of two
    # terms.
    def change(penalties):
        gan = points_gan(rate=1e-3, penalties=penalties)
        before = gan.discriminator.get_weights()
        gan.train_step(tf.constant(points(6)))
        return [new - old for new, old in zip(gan.discriminator.get_weights(), before, strict=True)]

    gan = points_gan(penalties={"gradient_penalty": 10.0})
    real = tf.constant(points(6))
    fake = gan.generator(gan.draw_latents(6, 0))
    with tf.GradientTape() as tape:
        value = penalties.gradient_penalty(gan.discriminator, real, fake, seed=gan.draw_seed(0))
    gradients = tape.gradient(value, gan.discriminator.trainable_variables)
    with_penalty, without = change({"gradient_penalty": 10.0}), change(None)
    for one, other, gradient in zip(with_penalty, without, gradients, strict=True):
        if gradient is None:  # the last bias: no gradient in the samples depends on it
            gradient = np.zeros_like(one)
        expected = -2e-3 * 10 * np.asarray(gradient)
        np.testing.assert_allclose(one - other, expected, rtol=1e-2, atol=1e-6)


def test_the_generator_learns_through_the_updated_discriminator():
    # With a discriminator that starts constant there is no gradient until it has been updated.
    generator, discriminator = points_networks()
    last = discriminator.layers[-1]
    last.set_weights([np.zeros_like(weight) for weight in last.get_weights()])
    gan = GAN(generator, discriminator, LATENT)
    gan.compile(g_optimizer=keras.optimizers.SGD(0.1), d_optimizer=keras.optimizers.SGD(0.1))
    before = generator.get_weights()
    gan.train_step(tf.constant(points(8)))
    assert any(
        np.abs(new - old).max() > 1e-6
        for new, old in zip(generator.get_weights(), before, strict=True)
    )


def test_the_generator_alone_learns_in_its_own_update():
    gan = points_gan(rate=0.0)
    before = weights_of(gan)
    gan.train_step(tf.constant(points(4)))
    for variable, old in zip(gan.weights, before, strict=True):
        if "step" not in variable.path:
            np.testing.assert_array_equal(variable.numpy(), old)


@pytest.mark.parametrize("loss", sorted(losses.LOSSES))
def test_every_loss_trains_and_logs_means(loss):
    gan = points_gan(loss=loss, rate=0.01)
    logs = gan.train_step(tf.constant(points(5)))
    assert set(logs) == {"d_loss", "g_loss", "real_logits", "fake_logits"}
    assert all(np.isfinite(float(value)) for value in logs.values())


def batch_norm_gan(**arguments):
    generator = keras.Sequential(
        [
            keras.Input((LATENT,)),
            keras.layers.Dense(5),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.Dense(2),
        ]
    )
    gan = GAN(generator, points_networks()[1], LATENT, **arguments)
    gan.compile(g_optimizer=keras.optimizers.SGD(0.5), d_optimizer=keras.optimizers.SGD(0.5))
    return gan


def test_batch_norm_of_the_generator_keeps_its_averages():
    gan = batch_norm_gan()
    gan.train_step(tf.constant(points(64)))
    assert np.abs(gan.generator.layers[1].moving_mean.numpy()).max() > 0


def test_averaged_weights_get_the_batch_norm_statistics_of_their_own_activations():
    gan = batch_norm_gan(ema=0.99)
    for _ in range(5):
        gan.train_step(tf.constant(points(64)))
    gan.sample(1)
    # Latents are standard normal, so a dense layer's outputs have mean b and variance Σ w².
    dense, norm = gan.average.layers[:2]
    mean, variance = dense.bias.numpy(), (dense.kernel.numpy() ** 2).sum(0)
    np.testing.assert_allclose(norm.moving_mean, mean, atol=0.15 * variance.max() ** 0.5)
    np.testing.assert_allclose(norm.moving_variance, variance, rtol=0.15)
    assert norm.momentum == 0.9 and not gan.average.trainable


def test_measuring_statistics_leaves_frozen_what_was():
    generator = batch_norm_gan().generator
    for layer in generator.layers[:2]:
        layer.trainable = False
    frozen = [layer.trainable for layer in generator.layers]
    averages.measure_statistics(generator, LATENT)
    assert [layer.trainable for layer in generator.layers] == frozen
    assert np.abs(generator.layers[1].moving_variance.numpy() - 1).max() > 0.01


@pytest.mark.slow
def test_statistics_of_the_average_are_a_function_of_its_weights_alone():
    gan, latents = batch_norm_gan(ema=0.9), np.ones((2, LATENT), np.float32)
    other = batch_norm_gan(ema=0.9)
    other.set_weights(gan.get_weights())
    for step in range(4):
        batch = tf.constant(points(64))
        gan.train_step(batch)
        other.train_step(batch)
        if step == 1:
            gan.sample(3)  # drawing on the way changes nothing
    np.testing.assert_array_equal(gan.generate(latents), other.generate(latents))
    before = gan.average.layers[1].moving_variance.numpy()
    gan.train_step(tf.constant(points(64)))
    gan.sample(1)
    assert np.abs(gan.average.layers[1].moving_variance.numpy() - before).max() > 0


@pytest.mark.slow
def test_predict_after_fit_draws_what_generate_draws():
    gan, latents = batch_norm_gan(ema=0.9), np.ones((2, LATENT), np.float32)
    gan.fit(tf.data.Dataset.from_tensor_slices(points(64)).batch(16), verbose=0)
    drawn = gan.predict(latents, verbose=0)
    np.testing.assert_allclose(drawn, gan.generate(latents), atol=1e-6)


# Batches ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_bytes_and_their_floats_train_alike():
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 4, 1), np.uint8)
    results = []
    for batch in (images, data.to_network(images), data.to_network(images).astype(np.float64)):
        gan = GAN(
            networks.dense_generator(3, (4, 4, 1), (5,)),
            networks.dense_discriminator((4, 4, 1), (5,)),
            3,
            penalties={"r1": 1.0},
        )
        gan.compile(g_optimizer=keras.optimizers.SGD(0.1), d_optimizer=keras.optimizers.SGD(0.1))
        gan.train_step(tf.constant(batch))
        results.append(weights_of(gan))
    assert_same(results[0], results[1])
    assert_same(results[0], results[2], exactly=False)


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("parts", [1, 2, 5])
def test_any_batch_size_goes_with_any_number_of_parts(n, parts):
    gan = points_gan(discriminator_steps=parts)
    rows = [game.rows_of_part(tf.constant(n), part, parts) for part in range(parts)]
    seen = [list(range(n))[slice(int(row.start), int(row.stop))] for row in rows]
    assert all(seen)  # no update without samples
    if n >= parts:
        assert [row for part in seen for row in part] == list(range(n))  # once each, in order
    gan.train_step(tf.constant(points(n)))
    assert all(np.isfinite(weight).all() for weight in weights_of(gan))


def test_an_epoch_has_a_smaller_last_batch_and_sees_all():
    gan = points_gan(rate=0.01)
    history = gan.fit(data.dataset(points(10), batch_size=4), epochs=2, verbose=0)
    assert int(gan.step) == 6
    assert history.epoch == [0, 1] and len(history.history["d_loss"]) == 2
    # The mean logit is one over samples, so the small batch does not count more.
    assert int(gan.means["real_logits"].count) == 10
    assert int(gan.means["d_loss"].count) == 3


def test_plain_finite_datasets_work_and_endless_ones_need_a_length():
    finite = tf.data.Dataset.from_tensor_slices(points(8)).batch(4)
    gan = points_gan(rate=0.01)
    gan.fit(finite, epochs=2, verbose=0)
    assert int(gan.step) == 4
    with pytest.raises(ValueError, match=r"no end.*steps_per_epoch"):
        gan.fit(finite.repeat(), epochs=2, verbose=0)
    gan.fit(finite.repeat(), epochs=2, steps_per_epoch=3, verbose=0)
    assert int(gan.step) == 10


@pytest.mark.slow
def test_compiled_eager_and_several_steps_at_once_are_the_same():
    results, curves = [], []
    for options in ({"run_eagerly": True}, {}, {"steps_per_execution": 3}):
        gan = points_gan(discriminator_steps=2, penalties={"gradient_penalty": 1.0}, ema=0.9)
        gan.compile(
            g_optimizer=keras.optimizers.SGD(0.1), d_optimizer=keras.optimizers.SGD(0.1), **options
        )
        history = gan.fit(data.dataset(points(15), batch_size=5), epochs=2, verbose=0)
        results.append(weights_of(gan))
        curves.append(np.array(list(history.history.values())))
    assert_same(results[0], results[1], exactly=False)
    assert_same(results[0], results[2], exactly=False)
    np.testing.assert_allclose(curves[0], curves[1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(curves[0], curves[2], rtol=1e-4, atol=1e-6)


# Randomness ---------------------------------------------------------------------------------------


def test_a_seed_fixes_training_and_another_changes_it():
    def train(seed):
        gan = points_gan(seed=seed, penalties={"gradient_penalty": 1.0})
        for index in range(3):
            gan.train_step(tf.constant(points(5, index)))
        return weights_of(gan)

    assert_same(train(0), train(0))
    assert any(
        not np.array_equal(one, other) for one, other in zip(train(0), train(1), strict=True)
    )


def test_latents_differ_between_steps_parts_and_seeds_and_are_normal():
    drawn, penalty_seeds = {}, set()
    for seed in (0, 1):
        gan = points_gan(seed=seed, discriminator_steps=2)
        for step in (0, 1):
            gan.step.assign(step)
            batches = gan.minibatches(tf.zeros((2000, 2)), None)
            for part, batch in enumerate(batches):
                drawn[seed, step, part] = batch.latents.numpy()
                penalty_seeds.add(tuple(batch.seed.numpy().tolist()))
    assert len(penalty_seeds) == len(drawn)
    keys = list(drawn)
    for index, key in enumerate(keys):
        assert abs(drawn[key].mean()) < 0.1 and drawn[key].std() == pytest.approx(1, abs=0.05)
        for other in keys[:index]:
            correlation = np.corrcoef(drawn[key].ravel(), drawn[other].ravel())[0, 1]
            assert abs(correlation) < 0.1, (key, other)


@pytest.mark.slow
def test_sampling_never_moves_the_training():
    def train(between):
        gan = GAN(
            networks.dcgan_generator(3, width=1),
            networks.dcgan_discriminator(width=1, dropout=0.5),
            3,
            ema=0.9,
        )
        gan.compile()
        batch = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
        for _ in range(2):
            gan.train_step(tf.constant(batch))
            between(gan)
        return [variable.numpy() for variable in gan.state()]

    def sample(gan):
        gan.sample(3)
        gan.sample(3, seed=5)
        gan.generate(np.zeros((2, 3)))
        gan(np.zeros((2, 3), np.float32))

    assert_same(train(lambda gan: None), train(sample))


def test_the_same_seed_samples_the_same_latents():
    gan = points_gan()
    np.testing.assert_array_equal(gan.sample(4, seed=1), gan.sample(4, seed=1))
    assert not np.array_equal(gan.sample(4, seed=1), gan.sample(4, seed=2))
    assert not np.array_equal(gan.sample(4), gan.sample(4))
    # More of them begin with the same ones, also beyond what goes through the network at once.
    np.testing.assert_allclose(gan.sample(1203, seed=1)[:4], gan.sample(4, seed=1), atol=1e-6)


# Drawing ------------------------------------------------------------------------------------------


def test_samples_come_from_the_averaged_weights_where_they_are_kept():
    gan = points_gan(ema=0.9)
    latents = np.random.default_rng(0).normal(size=(3, LATENT))
    before = gan.generate(latents)
    gan.generator.set_weights([weight + 1 for weight in gan.generator.get_weights()])
    np.testing.assert_array_equal(gan.generate(latents), before)
    np.testing.assert_array_equal(gan(latents.astype(np.float32)).numpy(), before)
    gan.average.set_weights(gan.generator.get_weights())
    expected = gan.generator(latents.astype(np.float32)).numpy()
    np.testing.assert_allclose(gan.generate(latents), expected, atol=1e-6)


def test_samples_are_float32_arrays_and_use_inference_mode():
    gan = GAN(networks.dcgan_generator(3, width=1), networks.dcgan_discriminator(width=1), 3)
    drawn = gan.sample(5, seed=0)
    assert drawn.shape == (5, 32, 32, 3) and drawn.dtype == np.float32
    assert isinstance(drawn, np.ndarray)
    # With batch statistics a sample would depend on its neighbours.
    latents = np.random.default_rng(0).normal(size=(4, 3))
    np.testing.assert_allclose(gan.generate(latents)[:1], gan.generate(latents[:1]), atol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda gan: gan.sample(0), "n is 0.*at least 1"),
        (lambda gan: gan.sample(2.0), "n is 2.0.*whole number"),
        (lambda gan: gan.sample(-1), "n is -1"),
        (lambda gan: gan.sample(2, labels=[0, 1]), "knows no labels"),
        (lambda gan: gan.generate(np.zeros((2, 3))), r"\(2, 3\).*\(n, 2\)"),
        (lambda gan: gan.generate(np.zeros(2)), r"\(2,\)"),
        (lambda gan: gan.generate(np.zeros((0, 2))), r"\(0, 2\)"),
        (lambda gan: gan.generate(np.full((2, 2), np.nan)), "NaN"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(points_gan())


# Labels -------------------------------------------------------------------------------------------


def test_a_conditional_gan_trains_and_draws_by_label():
    gan = points_gan(classes=3, penalties={"r1": 0.1}, discriminator_steps=2)
    before = weights_of(gan)
    labels = np.array([0, 1, 2, 0, 1])
    gan.fit(data.dataset(points(5), labels, batch_size=3), epochs=2, verbose=0)
    changed = [not np.array_equal(*pair) for pair in zip(weights_of(gan), before, strict=True)]
    assert all(changed)
    latents = np.zeros((3, LATENT))
    drawn = gan.generate(latents, [0, 1, 1])
    np.testing.assert_array_equal(drawn[1], drawn[2])
    assert not np.array_equal(drawn[0], drawn[1])
    np.testing.assert_array_equal(gan.generate(latents, 1), gan.generate(latents, [1, 1, 1]))
    assert gan.sample(2, labels=0, seed=1).shape == (2, 2)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "conditional: give labels"),
        ([0.0, 1.0], "float64.*integers"),
        ([0, 1, 2], r"\(3,\).*\(2,\)"),
        ([[0], [1]], r"\(2, 1\)"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        points_gan(classes=3).sample(2, labels=labels)


def test_a_conditional_gan_needs_labels_in_its_data():
    with pytest.raises(ValueError, match="holds no labels"):
        points_gan(classes=3).fit(data.dataset(points(4), batch_size=4), verbose=0)


# Refusals -----------------------------------------------------------------------------------------


def with_batch_norm():
    return keras.Sequential(
        [keras.Input((2,)), keras.layers.BatchNormalization(), keras.layers.Dense(1)]
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"latent_dim": 0}, "latent_dim is 0"),
        ({"latent_dim": 2.0}, "latent_dim is 2.0"),
        ({"latent_dim": 3}, r"latent_dim is 3.*\(None, 2\)"),
        ({"loss": "bce"}, "no loss 'bce'.*hinge"),
        ({"penalties": {"r3": 1.0}}, "no penalty 'r3'.*gradient_penalty"),
        ({"penalties": {"r1": -1.0}}, "'r1' is -1.0.*above 0"),
        ({"penalties": {"r1": float("nan")}}, "'r1' is nan.*above 0"),
        ({"penalties": {"r1": 1.0}, "discriminator": with_batch_norm()}, "batch norm"),
        ({"discriminator_steps": 0}, "discriminator_steps is 0"),
        ({"ema": 1.0}, "ema is 1.0"),
        ({"ema": -0.1}, "ema is -0.1"),
        ({"seed": 0.5}, "seed is 0.5"),
        ({"discriminator": networks.dense_discriminator((2, 1, 1), (3,))}, "same shape"),
        ({"discriminator": points_networks(classes=2)[1]}, "takes labels and the other does not"),
        (
            {"discriminator": keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])},
            r"one logit per sample",
        ),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_at_once(options, message):
    generator, discriminator = points_networks()
    arguments = {"generator": generator, "discriminator": discriminator, "latent_dim": 2, **options}
    with pytest.raises((TypeError, ValueError), match=message):
        GAN(**arguments)


def test_batch_norm_is_fine_without_a_penalty():
    generator, _ = points_networks()
    GAN(generator, with_batch_norm(), LATENT)


def test_both_players_need_their_own_optimizer():
    gan, same = points_gan(), keras.optimizers.Adam()
    with pytest.raises(ValueError, match="same optimizer object"):
        gan.compile(g_optimizer=same, d_optimizer=same)
    gan.compile(g_optimizer="adam", d_optimizer="adam")  # the same name makes two objects
    assert gan.g_optimizer is not gan.d_optimizer


def test_the_default_optimizers_are_those_of_radford():
    gan = points_gan()
    gan.compile()
    for optimizer in (gan.g_optimizer, gan.d_optimizer):
        assert isinstance(optimizer, keras.optimizers.Adam)
        assert float(optimizer.learning_rate) == pytest.approx(2e-4)
        assert optimizer.beta_1 == 0.5
    assert gan.optimizer is None  # no third one is trained or saved


def test_fit_before_compile_says_what_to_do():
    gan = GAN(*points_networks(), LATENT)
    with pytest.raises(ValueError, match=r"call gan.compile\(\)"):
        gan.fit(data.dataset(points(4), batch_size=2))


def test_whole_numbers_that_are_no_bytes_are_refused():
    images = np.zeros((4, 2), np.int32)
    with pytest.raises(TypeError, match=r"int32.*uint8"):
        points_gan().fit(tf.data.Dataset.from_tensor_slices(images).batch(2), verbose=0)


def test_samples_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"(?i)shape"):
        points_gan().fit(data.dataset(np.zeros((4, 3), np.float32), batch_size=2), verbose=0)


# Half precision -----------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_a_step_in_half_precision_is_that_in_float32_up_to_rounding(policy):
    def change(policy):
        keras.config.set_dtype_policy(policy)
        try:
            gan = points_gan(penalties={"gradient_penalty": 1.0}, ema=0.9)
        finally:
            keras.config.set_dtype_policy("float32")
        before = weights_of(gan)
        logs = gan.train_step(tf.constant(points(32)))
        assert {value.dtype for value in logs.values()} == {tf.float32}
        after = weights_of(gan)
        return gan, [new - old for new, old in zip(after, before, strict=True)]

    _, exact = change("float32")
    gan, rounded = change(policy)
    scaled = isinstance(gan.d_optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (policy == "mixed_float16")
    for one, other in zip(exact, rounded, strict=True):
        assert np.abs(one - other).max() < 0.03 * max(np.abs(one).max(), 0.01)
    drawn = gan.sample(3)
    assert drawn.dtype == np.float32


def test_float16_skips_a_step_whose_gradients_overflow_and_goes_on():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        gan = points_gan()
    finally:
        keras.config.set_dtype_policy("float32")
    for optimizer in (gan.g_optimizer, gan.d_optimizer):
        optimizer.dynamic_scale.assign(1e30)  # no float16 gradient is finite at such a scale
    before = gan.generator.get_weights()
    gan.train_step(tf.constant(points(8)))
    assert_same(gan.generator.get_weights(), before)
    assert float(gan.d_optimizer.dynamic_scale) < 1e30
    for optimizer in (gan.g_optimizer, gan.d_optimizer):
        optimizer.dynamic_scale.assign(1024.0)
    gan.train_step(tf.constant(points(8)))
    assert all(np.isfinite(weight).all() for weight in weights_of(gan))
    assert not np.array_equal(gan.generator.get_weights()[0], before[0])


# Files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"ema": 0.9, "penalties": {"gradient_penalty": 2.0}, "discriminator_steps": 2},
        pytest.param({"classes": 3, "loss": "relativistic", "seed": 4}, marks=pytest.mark.slow),
    ],
)
def test_a_keras_file_goes_on_training_where_it_was_quietly(options, tmp_path, capfd):
    gan = points_gan(**options)
    # Adam, because its averages of gradients must be in the file as well.
    gan.compile(
        g_optimizer=keras.optimizers.Adam(0.02, beta_1=0.3), d_optimizer=keras.optimizers.Adam(0.01)
    )
    batch = tf.constant(points(6))
    batch = (batch, tf.constant([0, 1, 2, 0, 1, 2])) if "classes" in options else batch
    for _ in range(3):
        gan.train_step(batch)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        gan.save(tmp_path / "gan.keras")
        loaded = keras.saving.load_model(tmp_path / "gan.keras")
    output = capfd.readouterr()
    assert output.out == "" and output.err == ""
    assert isinstance(loaded, GAN) and int(loaded.step) == 3
    assert_same(weights_of(loaded), weights_of(gan))
    labels = 1 if "classes" in options else None
    np.testing.assert_array_equal(loaded.sample(3, labels, seed=0), gan.sample(3, labels, seed=0))
    for _ in range(2):
        for one in (gan, loaded):
            one.train_step(batch)
    assert_same(weights_of(loaded), weights_of(gan))
    loaded.fit(data.dataset(points(6), [0, 1, 2] * 2, batch_size=3), verbose=0)


def test_a_file_of_a_gan_that_was_never_compiled_loads(tmp_path):
    gan = GAN(*points_networks(), LATENT)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert_same(weights_of(loaded), weights_of(gan))
    with pytest.raises(ValueError, match="compile"):
        loaded.fit(data.dataset(points(4), batch_size=2))


def test_loss_scaling_survives_a_file(tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        gan = points_gan()
    finally:
        keras.config.set_dtype_policy("float32")
    gan.train_step(tf.constant(points(8)))
    gan.d_optimizer.dynamic_scale.assign(512.0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert isinstance(loaded.d_optimizer, keras.optimizers.LossScaleOptimizer)
    assert not isinstance(loaded.d_optimizer.inner_optimizer, keras.optimizers.LossScaleOptimizer)
    assert float(loaded.d_optimizer.dynamic_scale) == 512.0
    loaded.train_step(tf.constant(points(8)))


# It learns ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]
)
def test_training_moves_the_generated_mean_to_the_real_one(seed):
    real = np.random.default_rng(seed).normal((2.0, -1.0), 0.5, (2048, 2)).astype(np.float32)
    generator = keras.Sequential(
        [keras.Input((LATENT,)), keras.layers.Dense(2, kernel_initializer="identity")]
    )
    initializer = keras.initializers.GlorotUniform(seed=seed)
    discriminator = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(16, "leaky_relu", kernel_initializer=initializer),
            keras.layers.Dense(1, kernel_initializer=initializer),
        ]
    )
    gan = GAN(generator, discriminator, LATENT, penalties={"r1": 0.1}, ema=0.95, seed=seed)
    gan.compile(
        g_optimizer=keras.optimizers.Adam(0.02, beta_1=0.5),
        d_optimizer=keras.optimizers.Adam(0.02, beta_1=0.5),
        steps_per_execution=32,
    )
    before = gan.sample(2000, seed=0)
    assert np.linalg.norm(before.mean(0) - (2, -1)) > 2
    history = gan.fit(data.dataset(real, batch_size=64, seed=seed), epochs=10, verbose=0)
    after = gan.sample(2000, seed=0)
    assert np.linalg.norm(after.mean(0) - (2, -1)) < 0.3
    # At chance both mean logits meet.
    assert abs(history.history["real_logits"][-1] - history.history["fake_logits"][-1]) < 0.5


@pytest.mark.parametrize(("step", "kept"), [(0, 0.1), (4, 5 / 14), (5, 0.4), (1000, 0.4)])
def test_an_average_follows_quickly_at_first_and_then_with_its_decay(step, kept):
    average, network = (
        keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
        for _ in range(2)
    )
    average.set_weights([np.ones((1, 1))])
    network.set_weights([np.zeros((1, 1))])
    averages.update(average, network, step, 0.4)
    assert float(average.get_weights()[0][0, 0]) == pytest.approx(kept, rel=1e-5)
