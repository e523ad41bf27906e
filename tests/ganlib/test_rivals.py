"""The rivals against what is known exactly: Gaussians, uniform densities, the chain rule."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from ganlib import data, records, rivals
from ganlib.rivals import builders, families, likelihood
from ganlib.rivals.autoencoder import VAE, gaussian_log_density, kl_from_standard
from ganlib.rivals.autoregressive import Autoregressive, _AtOnePlace
from ganlib.rivals.diffusion import LEAST_SIGNAL, Diffusion, cosine_schedule
from ganlib.rivals.flow import Flow
from ganlib.rivals.learning import draw

MEAN, STD = 0.7, 0.5  # of the normal distributions that the best networks are known for


def small_causal(**changes):
    options = {"levels": 4, "width": 8, "reaches": (1, 1, 2), "seed": 3}
    return builders.causal_network((3, 4, 2), **{**options, **changes})


def moved(network, seed=0):
    """The network with other weights, none of which is 0."""
    rng = np.random.default_rng(seed)
    network.set_weights([0.3 * rng.standard_normal(w.shape) for w in network.get_weights()])
    return network


# The autoencoder ----------------------------------------------------------------------------------


def test_the_divergence_from_the_standard_normal_is_that_of_many_samples():
    mean, log_variance = np.array([[0.3, -1.2]]), np.log(np.array([[0.5, 2.0]]))
    z = mean + np.exp(log_variance / 2) * np.random.default_rng(0).standard_normal((400_000, 2))
    q = gaussian_log_density(z, mean, log_variance / 2)
    p = gaussian_log_density(z, 0.0 * mean, 0.0 * log_variance)
    exact = float(kl_from_standard(mean, log_variance)[0])
    assert exact == pytest.approx(float(ops.mean(q - p)), abs=0.01)
    assert float(kl_from_standard(0 * mean, 0 * log_variance)[0]) == 0


class Linear(keras.layers.Layer):
    """x ↦ factor · x + shift, with further constant outputs beside it."""

    def __init__(self, factor, shift, beside=()):
        super().__init__(dtype="float32")
        self.factor, self.shift, self.beside = factor, shift, beside

    def call(self, x):
        parts = [self.factor * x + self.shift, *(0 * x + each for each in self.beside)]
        return ops.concatenate(parts, axis=-1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] * (1 + len(self.beside)))


def as_model(layer, *shapes):
    inputs = [keras.Input(shape) for shape in shapes]
    inputs = inputs[0] if len(inputs) == 1 else inputs
    return keras.Model(inputs, layer(inputs))


def linear_vae(encoder_factor_off=0.0):
    """x = ¾ z + 0.2 + 0.4 n, with the exact encoder, or one that is off."""
    slope, shift, std = 0.75, 0.2, 0.4
    precision = 1 + slope**2 / std**2
    factor = slope / std**2 / precision + encoder_factor_off
    encoder = as_model(Linear(factor, -factor * shift, [-np.log(precision)]), (1,))
    model = VAE(encoder, as_model(Linear(slope, shift), (1,)))
    model.log_std.assign(np.log(std))
    return model, shift, np.sqrt(slope**2 + std**2)


def test_the_bound_is_the_likelihood_with_the_exact_encoder_and_below_it_with_another():
    x = np.linspace(-1, 1.5, 5, dtype=np.float32)[:, None]
    many = np.repeat(x, 4000, axis=0)
    model, mean, std = linear_vae()
    exact = -np.asarray(gaussian_log_density(x, mean, np.log(std)))
    losses = model.judge(many).reshape(5, -1).mean(axis=1)
    assert losses == pytest.approx(exact, abs=0.06)
    off = linear_vae(0.4)[0].judge(many).reshape(5, -1).mean(axis=1)
    # It is off by the divergence of the two posteriors: ½ (difference of means)² · precision.
    precision = 1 + 0.75**2 / 0.4**2
    expected = exact + 0.5 * (0.4 * (x[:, 0] - mean)) ** 2 * precision
    assert off == pytest.approx(expected, abs=0.15)
    assert (off > losses - 0.1).all() and off[-1] > losses[-1] + 0.3


def test_a_vae_draws_means_or_samples_with_noise():
    model = linear_vae()[0]
    means, samples = model.sample(20_000, seed=1), model.sample(20_000, seed=1, noise=True)
    assert means.std() == pytest.approx(0.75, abs=0.02)
    assert samples.std() == pytest.approx(np.hypot(0.75, 0.4), abs=0.02)
    assert (model.sample(7, seed=1) == means[:7]).all()


def test_encoder_and_decoder_must_fit():
    with pytest.raises(ValueError, match=r"must return \(4,\)"):
        VAE(builders.plane_network(2, 2), builders.plane_network(2, 2))


# The autoregressive model -------------------------------------------------------------------------


def test_no_answer_depends_on_what_comes_later():
    network = moved(small_causal())
    x = tf.constant(np.random.default_rng(1).uniform(-1, 1, (1, 3, 4, 2)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = tf.reduce_sum(tf.reshape(network(x), (24, 4)) ** 2, axis=-1)
    slopes = tf.reshape(tape.jacobian(logits, x), (24, 24)).numpy()
    assert (np.triu(slopes) == 0).all()  # place i, channel by channel, knows only j < i
    assert np.abs(np.diag(slopes, -1)).min() > 0 or np.abs(slopes[:, 0]).sum() > 0
    assert (np.abs(slopes).sum(axis=1)[1:] > 0).all()  # and it does use what came before


def test_a_mask_that_sees_itself_would_be_found():
    layer = builders.Causal(3, 1, itself=True)
    x = tf.constant(np.random.default_rng(1).uniform(-1, 1, (1, 2, 2, 1)), tf.float32)
    layer(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = tf.reduce_sum(tf.reshape(layer(x), (4, 3)) ** 2, axis=-1)
    slopes = tf.reshape(tape.jacobian(outputs, x), (4, 4)).numpy()
    assert (np.diag(slopes) != 0).all() and (np.triu(slopes, 1) == 0).all()


def test_place_by_place_gives_the_answers_of_the_whole_pass():
    network = moved(small_causal())
    model = Autoregressive(network)
    levels = np.random.default_rng(0).integers(4, size=(2, 3, 4, 2))
    values = np.asarray(model.middles(levels))
    whole = np.asarray(network(values))
    steps = _AtOnePlace(network, 2)
    for row in range(3):
        for column in range(4):
            features = steps.features(row, column)
            for channel in range(2):
                logits = steps.logits(features, values[:, row, column], channel)
                assert logits == pytest.approx(whole[:, row, column, channel], abs=1e-4)
            steps.write(values[:, row, column], row, column)


def test_no_dense_layer_works_on_images():
    """TensorFlow 2.20 writes past the end of its memory when one learns from images of one row."""
    assert not any(isinstance(each, keras.layers.Dense) for each in small_causal().layers)


def test_samples_come_as_often_as_the_model_says():
    """Two values of two levels: four images, whose probabilities the loss tells."""
    network = moved(builders.causal_network((1, 2, 1), 2, 4, (1, 1), seed=1), seed=4)
    model = Autoregressive(network, limit=1.0)
    corners = np.array([[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]], np.float32)
    probabilities = np.exp(-model.judge(corners))  # density times an area of 1 for each level pair
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    drawn = model.sample(20_000, seed=0)
    counts = np.bincount(2 * (drawn[:, 0] > 0) + (drawn[:, 1] > 0), minlength=4) / len(drawn)
    assert counts == pytest.approx(probabilities, abs=0.015)
    assert np.abs(drawn).max() <= 1 and (model.sample(20_000, seed=0) == drawn).all()


def test_every_byte_lies_in_the_level_that_it_belongs_to():
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    model = Autoregressive(builders.causal_network((16, 16, 1), 32, 4, (1, 1)))
    levels = np.floor((data.to_network(every) / model.limit + 1) / 2 * 32).astype(int)
    assert (levels == every // 8).all()


# Diffusion and flow -------------------------------------------------------------------------------


class BestNoise(keras.layers.Layer):
    """The best guess of the noise for samples of N(MEAN, STD²)."""

    def call(self, inputs):
        x, times = inputs
        angles = (times[:, None] + 0.008) / 1.008 * np.pi / 2
        a = tf.cos(angles) / np.cos(0.008 / 1.008 * np.pi / 2)
        s = tf.sqrt(1 - a**2)
        return s * (x - a * MEAN) / (a**2 * STD**2 + s**2)

    def compute_output_shape(self, shapes):
        return shapes[0]


def best_diffusion(steps=1000):
    return Diffusion(as_model(BestNoise(dtype="float32"), (1,), ()), steps)


def test_one_jump_has_the_distribution_of_many_small_steps():
    signal, noise = cosine_schedule(50)
    rng = np.random.default_rng(0)
    x = np.full(100_000, 1.5)
    for step in range(30):
        new = 1 - (signal[step] / (signal[step - 1] if step else 1)) ** 2
        x = np.sqrt(1 - new) * x + np.sqrt(new) * rng.standard_normal(len(x))
    model = best_diffusion(50)
    samples = tf.fill((100_000, 1), 1.5)
    noises = tf.constant(rng.standard_normal((100_000, 1)), tf.float32)
    jump = model.at(samples, noises, tf.fill((100_000,), 29)).numpy()
    assert jump.mean() == pytest.approx(x.mean(), abs=0.01)
    assert jump.std() == pytest.approx(x.std(), abs=0.01)
    assert signal**2 + noise**2 == pytest.approx(np.ones(50))


@pytest.mark.parametrize(("evaluations", "fresh"), [(100, 0.0), (100, 1.0), (1000, 1.0)])
def test_with_the_best_network_samples_have_the_right_distribution(evaluations, fresh):
    n = 4000 if evaluations < 1000 else 1000
    drawn = best_diffusion().sample(n, seed=0, evaluations=evaluations, fresh=fresh)
    assert drawn.mean() == pytest.approx(MEAN, abs=0.05)
    assert drawn.std() == pytest.approx(STD, abs=0.04)


def test_without_fresh_noise_each_start_has_its_own_end():
    """The way of DDIM follows an equation whose solution is known: it keeps (x − a MEAN) / σ."""
    model = best_diffusion()
    drawn = model.sample(200, seed=5, evaluations=900, fresh=0.0)[:, 0]
    start = np.random.default_rng(5).standard_normal((200, 1), np.float32)[:, 0]
    a = model.signal[model.signal > LEAST_SIGNAL][-1]
    kept = (start - a * MEAN) / np.sqrt(a**2 * STD**2 + 1 - a**2)
    assert drawn == pytest.approx(MEAN + STD * kept, abs=0.03)


def test_the_best_network_has_the_smallest_loss():
    samples = (MEAN + STD * np.random.default_rng(0).standard_normal((4000, 1))).astype(np.float32)
    model = best_diffusion()
    best = model.judge(samples).mean()
    signal, noise = model.signal, model.noise
    expected = (signal**2 * STD**2 / (signal**2 * STD**2 + noise**2)).mean()
    assert best == pytest.approx(expected, abs=0.02)
    worse = Diffusion(as_model(Shifted(BestNoise(dtype="float32")), (1,), ()))
    assert worse.judge(samples).mean() == pytest.approx(best + 0.01, abs=0.006)


class Shifted(keras.layers.Layer):
    """Another layer's answer, 0.1 off."""

    def __init__(self, layer):
        super().__init__(dtype="float32")
        self.layer = layer

    def call(self, inputs):
        return self.layer(inputs) + 0.1

    def compute_output_shape(self, shapes):
        return shapes[0]


class BestVelocity(keras.layers.Layer):
    """The mean velocity of all straight lines from N(0, 1) to N(MEAN, STD²) through a point."""

    def call(self, inputs):
        x, t = inputs[0], inputs[1][:, None]
        variance = t**2 * STD**2 + (1 - t) ** 2
        return MEAN + (t * STD**2 - (1 - t)) / variance * (x - t * MEAN)

    def compute_output_shape(self, shapes):
        return shapes[0]


def test_a_flow_with_the_known_velocities_arrives():
    flow = Flow(as_model(BestVelocity(dtype="float32"), (1,), ()))
    drawn = flow.sample(300, seed=2, evaluations=400)[:, 0]
    start = np.random.default_rng(2).standard_normal((250, 1), np.float32)[:, 0]
    assert drawn[:250] == pytest.approx(MEAN + STD * start, abs=0.02)
    samples = (MEAN + STD * np.random.default_rng(0).standard_normal((8000, 1))).astype(np.float32)
    t = np.linspace(0, 1, 1001)
    least = np.mean(STD**2 / (t**2 * STD**2 + (1 - t) ** 2))
    assert flow.judge(samples).mean() == pytest.approx(least, abs=0.03)
    worse = Flow(as_model(Shifted(BestVelocity(dtype="float32")), (1,), ()))
    assert worse.judge(samples).mean() > flow.judge(samples).mean() + 0.004


# Bits ---------------------------------------------------------------------------------------------


def test_who_knows_nothing_needs_eight_bits():
    images = np.random.default_rng(0).integers(256, size=(3, 8, 8, 3), dtype=np.uint8)
    network = builders.causal_network((8, 8, 3), 32, 4, (1, 1))
    network.set_weights([0 * w for w in network.get_weights()])
    bits = likelihood.bits_per_dimension(Autoregressive(network), images)
    assert bits == pytest.approx(8, abs=1e-4)
    assert likelihood.bits_of(np.log(256 / 127.5), 1) == pytest.approx(8)


def test_bytes_that_are_dequantised_round_back():
    images = np.arange(256, dtype=np.uint8).reshape(4, 8, 8, 1)
    floats = likelihood.dequantised(images, seed=1)
    assert (data.to_uint8(floats) == images).all() and floats.std() > 0
    with pytest.raises(TypeError, match="must be uint8"):
        likelihood.dequantised(floats)


def test_the_bound_of_the_best_diffusion_is_close_above_the_entropy():
    samples = (MEAN + STD * np.random.default_rng(1).standard_normal((4000, 1))).astype(np.float32)
    exact = -np.asarray(gaussian_log_density(samples, MEAN, np.log(STD)))
    bound = likelihood.diffusion_bound(best_diffusion(), samples, draws=64)
    assert exact.mean() - 0.06 < bound.mean() < exact.mean() + 0.06
    worse = Diffusion(as_model(Shifted(BestNoise(dtype="float32")), (1,), ()))
    assert likelihood.diffusion_bound(worse, samples, draws=64).mean() > bound.mean() + 0.02


def test_a_generator_has_no_bits():
    generator = families.build("gan", {"width": 4})
    with pytest.raises(TypeError, match="Generator, but must be one with a density"):
        likelihood.bits_per_dimension(generator, np.zeros((1, 32, 32, 3), np.uint8))


# Learning -----------------------------------------------------------------------------------------


def plane_models(seed=0):
    return {
        "vae": VAE(builders.plane_network(2, 2, (32,)), builders.plane_network(1, 2, (32,))),
        "autoregressive": Autoregressive(
            builders.causal_network((1, 2, 1), 32, 32, (1, 1)), limit=4.0
        ),
        "diffusion": Diffusion(builders.timed_plane_network((32,)), limit=5.0, ema=0.9),
        "flow": Flow(builders.timed_plane_network((32,)), ema=0.9),
    }


@pytest.mark.parametrize("name", ["vae", "autoregressive", "diffusion", "flow"])
def test_a_rival_learns_in_the_plane_the_same_way_twice(name):
    rng = np.random.default_rng(0)
    points = (rng.standard_normal((2000, 2)) * [0.3, 1.0] + [1.5, 0.0]).astype(np.float32)

    def trained():
        model = plane_models()[name]
        model.compile(keras.optimizers.Adam(3e-3), steps_per_execution=20)
        before = model.judge(points).mean()
        history = model.fit(data.dataset(points, batch_size=128), steps_per_epoch=200, epochs=2)
        return model, before, history.history["loss"]

    model, before, losses = trained()
    assert len(losses) == 2 and int(model.step) == 400
    assert model.judge(points).mean() < before
    drawn = model.sample(600, seed=3)
    assert drawn.shape == (600, 2) and drawn.dtype == np.float32
    assert abs(drawn[:, 0].mean() - 1.5) < 0.4
    assert losses == trained()[2]


def test_the_average_draws_and_judges():
    model = plane_models()["diffusion"]
    model.compile(keras.optimizers.Adam(1e-2))
    points = np.ones((64, 2), np.float32)
    model.fit(data.dataset(points, batch_size=32), steps_per_epoch=3)
    average, network = model.drawn_by["network"], model.networks["network"]
    pairs = zip(average.get_weights(), network.get_weights(), strict=True)
    assert any((a != b).any() for a, b in pairs)
    expected = model.losses(model.drawn_by, tf.constant(points), draw(0, 0)).numpy()
    assert model.judge(points) == pytest.approx(expected, rel=1e-4)


def test_fit_says_what_it_takes():
    model = plane_models()["flow"]
    model.compile(keras.optimizers.Adam())
    with pytest.raises(TypeError, match=r"must be what ganlib\.data\.dataset"):
        model.fit(np.ones((4, 2), np.float32), steps_per_epoch=1)
    with pytest.raises(TypeError, match="without labels"):
        images = np.zeros((4, 32, 32, 3), np.uint8)
        model.fit(data.dataset(images, np.zeros(4, int)), steps_per_epoch=1)


# What lesson 12 shows ----------------------------------------------------------------------------


def shown(name):
    """What a cell of the lesson defines."""
    path = Path(__file__).resolve().parents[2] / "notebooks" / "12-rivals.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    namespace = {"tf": tf}
    exec("".join(next(each["source"] for each in cells if each["id"] == name)), namespace)
    return namespace


def test_the_lesson_shows_the_loss_of_the_vae(monkeypatch):
    vae_losses = shown("vae-loss")["vae_losses"]
    model, points = plane_models()["vae"], tf.constant(np.eye(2), tf.float32)
    model.log_std.assign(-0.3)
    expected = model.losses(model.networks, points, draw(0, 5))
    noise = tf.random.stateless_normal((2, 1), draw(0, 5))
    monkeypatch.setattr(tf.random, "normal", lambda shape: noise)
    networks = model.networks
    found = vae_losses(networks["encoder"], networks["decoder"], model.log_std, points)
    assert found.numpy() == pytest.approx(expected.numpy(), rel=1e-5)


def test_the_lesson_shows_the_step_of_the_library():
    points = tf.constant(np.random.default_rng(0).standard_normal((16, 2)), tf.float32)
    one, other = plane_models()["flow"], plane_models()["flow"]
    for model in (one, other):
        model.compile(keras.optimizers.Adam(1e-2))
    one.train_step(points)
    shown("step")["train_step"](other, points, draw(0, 0))
    for a, b in zip(one.trainable_variables, other.trainable_variables, strict=True):
        assert a.numpy() == pytest.approx(b.numpy(), abs=1e-6)


# What ships ---------------------------------------------------------------------------------------


def test_a_model_comes_back_from_its_file(tmp_path, monkeypatch):
    sizes = {"latent_dim": 4, "width": 4, "encoder_width": 4}
    model = families.build("vae", sizes, seed=5)
    rivals.write("vae-test", families.drawing_weights(model), {"family": "vae", "sizes": sizes},
                 tmp_path)  # fmt: skip
    monkeypatch.setattr(rivals, "FOLDER", tmp_path)
    again = rivals.load("vae-test")
    assert rivals.names() == ["vae-test"]
    assert again.sample(2, seed=0) == pytest.approx(model.sample(2, seed=0), abs=1e-3)
    with pytest.raises(ValueError, match="There is no rival 'gan-test'"):
        rivals.load("gan-test")
    with pytest.raises(ValueError, match="not finite in half precision"):
        rivals.write("big", {"x": np.array([1e9])}, {}, tmp_path)
    with pytest.raises(ValueError, match="must be one of gan, vae"):
        families.build("flow", {})


def test_the_four_that_ship_are_small_and_say_how_they_were_made():
    names = [f"{family}-cifar10" for family in sorted(families.FAMILIES)]
    assert rivals.names() == names
    assert sum((rivals.FOLDER / f"{name}.npz").stat().st_size for name in names) < 6 * 2**20
    for name in names:
        card = rivals.card(name)
        assert {"seed", "data", "recipe", "machine", "parameters", "trained", "scores"} <= {*card}
        assert card["scores"]["referee"] > 0


@pytest.mark.parametrize("name", ["shapes", "seeds"])
def test_the_records_over_seeds_compare_all_families_at_one_cost(name):
    record = records.load(name, rivals.RECORDS)
    runs = list(zip(record.curve["family"], record.curve["seed"], strict=True))
    assert sorted(runs) == sorted((each, seed) for each in families.FAMILIES for seed in range(3))
    assert len({*record.curve["minutes"]}) == 1


def test_the_record_of_shapes_counts_modes_and_has_controls():
    record = records.load("shapes", rivals.RECORDS)
    assert (record.curve["sure_modes"] <= record.curve["modes"]).all()
    real, noise = (record.manifest["controls"][each] for each in ("real test images", "noise"))
    assert real["modes"] == real["sure_modes"] == 60 and real["sure"] > 0.9 > noise["sure"]
    sure = {
        family: record.curve["sure_modes"][np.array(record.curve["family"]) == family]
        for family in families.FAMILIES
    }
    # As lesson 12 says: level among the sure samples, and the VAE behind both.
    assert max(sure["vae"]) < min(sure["gan"]) <= max(sure["diffusion"])
    assert max(sure["vae"]) < min(sure["diffusion"]) <= max(sure["gan"])


@pytest.mark.slow
@pytest.mark.parametrize("name", rivals.names())
def test_what_ships_draws_images(name):
    model = rivals.load(name)
    drawn = model.sample(2, seed=0)
    assert drawn.shape == (2, 32, 32, 3) and drawn.dtype == np.float32
    pixels = data.to_uint8(drawn)  # refuses what lies outside of [-1, 1]
    assert pixels.std() > 5 and (pixels[0] != pixels[1]).any()
    sizes = families.drawing_weights(model).values()
    assert abs(sum(weight.size for weight in sizes) - rivals.card(name)["parameters"]) < 2000
