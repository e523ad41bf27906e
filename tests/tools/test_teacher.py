"""The teacher of the conditional generator: what it changes in G's step, and what it needs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import networks
from ganlib.gan import GAN
from tools.training import recipes, teacher, train_gan

TAUGHT = recipes.RECIPES["conditional-taught"]


def trained(kind, weight=None, told=0):
    """A small conditional GAN after twenty steps, how much brighter its images have become, and the
    images that its teacher saw; the teacher takes bright images for class 3, dark ones for 4.
    """
    sizes = {"classes": 10, "width": 4, "kernel_size": 4, "seed": 0}
    gan = kind(
        networks.dcgan_generator(8, **sizes),
        networks.dcgan_discriminator(**sizes, dropout=0.0),
        latent_dim=8,
        loss="relativistic",
        ema=0.9,
        seed=0,
    )
    gan.compile(g_optimizer=keras.optimizers.Adam(5e-3), run_eagerly=True)
    seen = []

    def bright_or_dark(images):
        seen.append(images)
        brightness = 10.0 * tf.reduce_mean(images, axis=(1, 2, 3))[:, None]
        return brightness * (tf.one_hot(3, 10) - tf.one_hot(4, 10))

    if weight is not None:
        gan.teacher, gan.teacher_weight = bright_or_dark, weight
    images = np.random.default_rng(0).uniform(-1, 1, (6, 32, 32, 3)).astype(np.float32)
    labels = np.full(6, told, np.int32)
    before = gan.sample(64, labels=told, seed=0).mean()
    batches = tf.data.Dataset.from_tensors((images, labels)).repeat()
    gan.fit(batches, steps_per_epoch=20, verbose=0)
    gan.average = None
    return gan, gan.sample(64, labels=told, seed=0).mean() - before, seen


def test_with_the_weight_zero_it_is_the_plain_step():
    plain, _, _ = trained(GAN)
    taught, _, _ = trained(teacher.TaughtGAN, 0.0)
    weights = plain.generator.get_weights(), taught.generator.get_weights()
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("told", "sign"), [(3, 1), (4, -1)])
def test_the_generator_moves_to_where_the_teacher_sees_the_class_asked_for(told, sign):
    _, plain, _ = trained(GAN, told=told)
    _, taught, _ = trained(teacher.TaughtGAN, 10.0, told=told)
    assert sign * (taught - plain) > 0.05


def test_the_teacher_sees_mirrored_and_noisy_images(monkeypatch):
    changes = []
    for name in ("noisy", "mirrored_at_random"):
        monkeypatch.setattr(teacher, name, lambda images, name=name: changes.append(name) or images)
    _, _, seen = trained(teacher.TaughtGAN, 1.0)
    assert changes == ["mirrored_at_random", "noisy"] * 20 and len(seen) == 20


def test_a_teacher_takes_no_part_in_what_a_gan_saves_and_learns(tmp_path, monkeypatch):
    gan = recipes.build(TAUGHT, seed=0)
    known, trained = len(gan.state()), len(gan.trainable_variables)
    monkeypatch.setattr(teacher, "WEIGHTS", tmp_path / "teacher.weights.h5")
    with pytest.raises(SystemExit, match=r"python -m tools\.training\.teacher"):
        teacher.listen(gan, 0.05)
    network = teacher.network()
    network.save_weights(teacher.WEIGHTS)
    teacher.listen(gan, 0.05)
    assert (len(gan.state()), len(gan.trainable_variables)) == (known, trained)
    images = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(gan.teacher(images), network(images), atol=1e-5)
    assert gan.teacher(images).shape == (3, 10)


def test_noise_has_a_strength_of_its_own_in_each_image():
    keras.utils.set_random_seed(0)
    strengths = np.asarray(teacher.noisy(tf.zeros((500, 32, 32, 3)))).std(axis=(1, 2, 3))
    assert 0 <= strengths.min() < 0.05 and 0.55 < strengths.max() < 0.62
    assert strengths.mean() == pytest.approx(0.3, abs=0.03)


def test_about_half_of_the_images_are_mirrored_and_the_others_stay():
    keras.utils.set_random_seed(0)
    images = np.random.default_rng(0).uniform(-1, 1, (200, 4, 4, 3)).astype(np.float32)
    seen = np.asarray(teacher.mirrored_at_random(tf.constant(images)))
    turned = (seen == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert ((seen == images).all(axis=(1, 2, 3)) ^ turned).all() and 70 < turned.sum() < 130


def test_a_recipe_that_goes_on_begins_with_the_networks_of_the_other(tmp_path, monkeypatch):
    from ganlib.checkpoints import Checkpoint

    monkeypatch.chdir(tmp_path)
    small = {
        "data": "shapes",
        "generator": ("dense_generator", {"latent_dim": 4, "hidden": [6]}),
        "discriminator": ("dense_discriminator", {"hidden": [5]}),
        "gan": {"latent_dim": 4, "ema": 0.9},
        "adam": {"learning_rate": 1e-2},
        "falling_steps": 20,
        "batch_size": 10,
    }
    monkeypatch.setitem(train_gan.RECIPES, "first", small)
    images = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    monkeypatch.setattr("ganlib.data.load", lambda name, labels=False: images)
    second = recipes.changed(small, goes_on_from="first")
    gan = recipes.build(second, seed=1)
    first, batches = recipes.build(small, seed=1), recipes.dataset(small, seed=1)
    checkpoint = Checkpoint(tmp_path / "runs" / "first-1")
    checkpoint.restore(first, batches, steps_per_epoch=train_gan.CHUNK)
    for step in (0, 10):  # not begun, half-way
        with pytest.raises(SystemExit, match=f"first, which stands at step {step} of 20"):
            train_gan.go_on_from(gan, second, seed=1)
        first.fit(batches.starting_at(step), steps_per_epoch=10, verbose=0)
        checkpoint.save()
    train_gan.go_on_from(gan, second, seed=1)
    np.testing.assert_allclose(gan.sample(5, seed=2), first.sample(5, seed=2), atol=1e-6)
    for role in ("generator", "discriminator"):
        for one, other in zip(
            getattr(gan, role).get_weights(), getattr(first, role).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(one, other)
    assert int(gan.step.numpy()) == 0
