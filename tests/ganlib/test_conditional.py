"""Labels enter a GAN in three ways, and each does what its paper says."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import ganlib
from ganlib import conditional, data, losses, networks, penalties

LINE = {"image_shape": (1, 1, 2), "hidden": (8,)}
LABELS = np.arange(6, dtype=np.int32) % 3


def samples(n=6, seed=0):
    return np.random.default_rng(seed).normal(0, 0.5, (n, 1, 1, 2)).astype(np.float32)


def auxiliary_gan(**options):
    d = conditional.auxiliary(networks.dense_discriminator(**LINE, seed=1), 3, seed=2)
    g = networks.dense_generator(4, **LINE, classes=3, seed=3)
    gan = conditional.AuxiliaryGAN(g, d, 4, seed=5, **options)
    gan.compile(g_optimizer=keras.optimizers.SGD(0.1), d_optimizer=keras.optimizers.SGD(0.1))
    return gan


def test_concatenation_puts_a_one_hot_plane_beside_the_image():
    inner = networks.dcgan_discriminator((16, 16, 3 + 4), width=2)
    outer = conditional.concatenated(inner, 4)
    images = np.random.default_rng(0).uniform(-1, 1, (5, 16, 16, 3)).astype(np.float32)
    labels = np.array([0, 3, 1, 2, 3], np.int32)
    planes = np.broadcast_to(np.eye(4)[labels][:, None, None], (5, 16, 16, 4))
    stacked = np.concatenate([images, planes], axis=-1).astype(np.float32)
    np.testing.assert_allclose(outer([images, labels]), inner(stacked), atol=1e-5)
    assert len(outer.trainable_variables) == len(inner.trainable_variables)


def test_conditional_norm_begins_as_the_plain_one_and_then_differs_by_class():
    plain = networks.dcgan_generator(8, (16, 16, 3), width=4)
    latents = np.random.default_rng(0).standard_normal((6, 8)).astype(np.float32)
    before = plain(latents, training=False).numpy()
    made = conditional.with_conditional_norm(plain, 3)
    np.testing.assert_allclose(made([latents, LABELS], training=False), before, atol=1e-5)
    tables = [each for each in made.layers if isinstance(each, layers.Embedding)]
    assert len(tables) == 2 * 2  # a scale and a shift for each of two norms
    scale = tables[0].embeddings
    scale.assign(scale.numpy() * np.array([[1], [2], [1]], np.float32))
    after = made([latents, LABELS], training=False).numpy()
    changed = np.abs(after - before).max(axis=(1, 2, 3))
    assert (changed[LABELS == 1] > 1e-4).all() and (changed[LABELS != 1] < 1e-6).all()


def test_conditional_norm_normalises_over_the_whole_batch():
    x = np.random.default_rng(1).normal(3, 2, (90, 4)).astype(np.float32)
    inputs = keras.Input((4,))
    plain = keras.Model(inputs, layers.BatchNormalization(epsilon=1e-6)(inputs))
    made = conditional.with_conditional_norm(plain, 3)
    out = made([x, np.arange(90) % 3], training=True).numpy()
    np.testing.assert_allclose(out.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(out.std(0), 1, atol=1e-2)


def test_labels_do_not_touch_the_logit_of_an_auxiliary_discriminator():
    plain = networks.dense_discriminator(**LINE)
    both = conditional.auxiliary(plain, 3)
    for labels in (LABELS, LABELS[::-1].copy()):
        np.testing.assert_allclose(both([samples(), labels]), plain(samples()), atol=1e-6)
    assert len(both.trainable_variables) == len(plain.trainable_variables) + 2


@pytest.mark.parametrize("options", [{}, {"penalties": {"r1": 0.5}}, {"loss": "relativistic"}])
@pytest.mark.parametrize("weight", [0.0, 2.0])
def test_a_step_is_that_of_the_paper(options, weight):
    """One step of SGD, compared with gradients that are computed here by hand."""
    gan, twin = auxiliary_gan(class_weight=weight, **options), auxiliary_gan()
    g, d = twin.generator, twin.discriminator
    both = keras.Model(d.inputs, [d.output, d.get_layer("class_logits").output])
    real, labels = tf.constant(samples(seed=1)), tf.constant(LABELS)
    latents = gan.draw_latents(6, gan.step.value * 1)
    loss = losses.get(options.get("loss", "non_saturating"))

    def entropy(logits):
        return -tf.reduce_mean(tf.gather(tf.nn.log_softmax(logits), labels, batch_dims=1))

    with tf.GradientTape() as tape:
        fake = g([latents, labels])
        (r, rc), (f, fc) = both([real, labels]), both([tf.stop_gradient(fake), labels])
        d_loss = loss.discriminator(r, f) + weight * (entropy(rc) + entropy(fc))
        if "penalties" in options:
            d_loss += 0.5 * penalties.r1(d, real, None, labels)
    for w, slope in zip(
        d.trainable_variables,
        tape.gradient(d_loss, d.trainable_variables, unconnected_gradients="zero"),
        strict=True,
    ):
        w.assign_sub(0.1 * tf.convert_to_tensor(slope))
    with tf.GradientTape() as tape:
        f, fc = both([g([latents, labels]), labels])
        r, _ = both([real, labels])
        g_loss = loss.generator(r if loss.generator_needs_real else None, f)
        g_loss += weight * entropy(fc)
    for w, slope in zip(
        g.trainable_variables, tape.gradient(g_loss, g.trainable_variables), strict=True
    ):
        w.assign_sub(0.1 * tf.convert_to_tensor(slope))

    gan.train_step((real, labels))
    for network, by_hand in ((gan.generator, g), (gan.discriminator, d)):
        for mine, theirs in zip(network.get_weights(), by_hand.get_weights(), strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_the_logits_of_an_auxiliary_discriminator_stay_in_float32(monkeypatch):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        both = conditional.auxiliary(networks.dense_discriminator(**LINE, seed=1), 3)
    finally:
        keras.config.set_dtype_policy("float32")
    assert both.outputs[0].dtype == "float32"


def test_an_auxiliary_gan_trains_saves_and_comes_back(tmp_path):
    gan = auxiliary_gan(class_weight=0.3, ema=0.9)
    batches = data.dataset(samples(64), np.arange(64, dtype=np.int32) % 3, batch_size=16)
    history = gan.fit(batches, epochs=2, verbose=0).history
    assert np.isfinite([v for values in history.values() for v in values]).all()
    gan.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras")
    assert again.class_weight == 0.3
    for seed in (0, 1):
        drawn = [each.sample(5, labels=2, seed=seed) for each in (gan, again)]
        np.testing.assert_allclose(*drawn, atol=1e-6)


def test_all_ways_train_as_a_gan():
    g = conditional.with_conditional_norm(networks.dcgan_generator(4, (16, 16, 3), width=2), 3)
    d = conditional.concatenated(networks.dcgan_discriminator((16, 16, 6), width=2), 3)
    gan = ganlib.GAN(g, d, 4, ema=0.9)
    gan.compile()
    assert gan.classes == 3
    images = np.random.default_rng(0).integers(0, 256, (16, 16, 16, 3), np.uint8)
    gan.fit(data.dataset(images, np.arange(16) % 3, batch_size=8), verbose=0)
    assert gan.sample(3, labels=[0, 1, 2], seed=0).shape == (3, 16, 16, 3)


def test_what_cannot_work_says_so():
    with pytest.raises(ValueError, match="must take the 5 of the label"):
        conditional.concatenated(networks.dcgan_discriminator((16, 16, 3), width=2), 5)
    with pytest.raises(ValueError, match="takes labels already"):
        conditional.auxiliary(networks.dense_discriminator(**LINE, classes=3), 3)
    with pytest.raises(ValueError, match="takes labels already"):
        conditional.with_conditional_norm(networks.dcgan_generator(4, classes=3, width=2), 3)
    with pytest.raises(ValueError, match="no batch norm"):
        conditional.with_conditional_norm(networks.dense_generator(4, **LINE), 3)
    d = conditional.auxiliary(networks.dense_discriminator(**LINE), 2)
    with pytest.raises(ValueError, match="built for 3 classes, the discriminator tells 2 apart"):
        conditional.AuxiliaryGAN(networks.dense_generator(4, **LINE, classes=3), d, 4)
    d = networks.dense_discriminator(**LINE, classes=3)
    with pytest.raises(ValueError, match=r"conditional\.auxiliary"):
        conditional.AuxiliaryGAN(networks.dense_generator(4, **LINE, classes=3), d, 4)
