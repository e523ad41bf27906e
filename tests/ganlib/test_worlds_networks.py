"""Networks of objects, in the course's GAN; what ships; and the way back from a sketch."""

import numpy as np
import pytest

from ganlib import data
from ganlib.gan import GAN
from ganlib.worlds import editing, networks, solids, trained


def small(classes=0, **options):
    generator = networks.voxel_generator(8, side=16, width=4, classes=classes)
    discriminator = networks.voxel_discriminator(side=16, width=4, classes=classes)
    return GAN(generator, discriminator, latent_dim=8, **options)


@pytest.mark.parametrize("side", [8, 16, 32])
def test_a_generator_makes_what_a_discriminator_takes(side):
    generator = networks.voxel_generator(5, side=side, width=2)
    samples = generator(np.zeros((3, 5), np.float32))
    assert samples.shape == (3, side, side, side, 1)
    logits = networks.voxel_discriminator(side, width=2, dropout=0.3)(samples)
    assert logits.shape == (3, 1)
    assert samples.dtype == logits.dtype == "float32"


def test_channels_double_with_each_halving():
    generator = networks.voxel_generator(5, side=32, width=4)
    kernels = [w.shape for w in generator.trainable_weights if len(w.shape) == 5]
    assert kernels == [(4, 4, 4, 8, 16), (4, 4, 4, 4, 8), (4, 4, 4, 1, 4)]


def test_sizes_that_cannot_be():
    with pytest.raises(ValueError, match="must be 8, 16, 32 or 64"):
        networks.voxel_generator(side=12)
    with pytest.raises(ValueError, match="must be 8, 16, 32 or 64"):
        networks.voxel_discriminator(side=4)
    with pytest.raises(ValueError, match="dropout is 1"):
        networks.voxel_discriminator(dropout=1)


@pytest.mark.slow
def test_the_game_of_images_trains_them():
    objects, factors = solids.draw(64, seed=0)
    gan = small(classes=8, ema=0.9)
    gan.compile()
    batches = data.dataset(solids.to_samples(objects), factors["kind"].astype(int), batch_size=16)
    before = [w.copy() for w in gan.generator.get_weights()]
    history = gan.fit(batches, verbose=0)
    assert np.isfinite(history.history["d_loss"]).all()
    assert any((a != b).any() for a, b in zip(before, gan.generator.get_weights(), strict=True))
    assert solids.to_solid(gan.sample(3, labels=[0, 3, 7], seed=1)).shape == (3, 16, 16, 16)


@pytest.mark.slow
def test_a_labelled_discriminator_tells_classes_apart_by_its_projection():
    discriminator = networks.voxel_discriminator(classes=8, width=4)
    samples = data.to_network(solids.to_samples(solids.draw(2, seed=0)[0]))
    first, second = (np.asarray(discriminator([samples, np.full(2, k)])) for k in (0, 1))
    assert not np.allclose(first, second)


@pytest.mark.slow
def test_what_is_written_is_what_is_loaded(tmp_path, monkeypatch):
    gan = small(ema=0.9)
    arguments = {
        "generator": {"latent_dim": 8, "side": 16, "width": 4},
        "discriminator": {"side": 16, "width": 4},
    }
    trained.write("tiny", gan, arguments, {"gan": {"latent_dim": 8, "ema": 0.9}}, tmp_path)
    monkeypatch.setattr(trained, "_shelf", lambda folder=None: shelf)
    shelf = trained.Shelf(tmp_path, "trained world", ("name",))
    again = trained.load("tiny")
    np.testing.assert_allclose(again.sample(4, seed=0), gan.sample(4, seed=0), atol=2e-3)
    with pytest.raises(ValueError, match="is a network"):
        trained.record("tiny")
    trained.write_record("runs", {"runs": [{"seed": 0}]}, {"a": np.zeros(2)}, tmp_path)
    assert trained.record("runs")[0]["runs"] == [{"seed": 0}]
    with pytest.raises(ValueError, match="is a record"):
        trained.load("runs")
    with pytest.raises(ValueError, match="one at least"):
        trained.write_record("none", {"runs": []}, {}, tmp_path)
    gan.discriminator.weights[0].assign(np.full(gan.discriminator.weights[0].shape, 1e6))
    with pytest.raises(ValueError, match="not finite in half precision"):
        trained.write("bad", gan, arguments, {"gan": {"latent_dim": 8}}, tmp_path)
    assert trained.names() == ["runs", "tiny"]


@pytest.mark.slow
def test_a_projection_finds_what_the_generator_made():
    gan = trained.load("eight-classes")
    labels = np.arange(8)
    made = solids.to_solid(gan.sample(8, labels=labels, seed=6))
    found = editing.project(gan, made, labels, starts=4, steps=80)
    assert found.latents.shape == (8, gan.latent_dim) and found.likeness.shape == (8, 4)
    assert found.likeness[:, 0].mean() > 0.85 and found.likeness.min() > 0.3
    assert (np.diff(found.likeness, axis=1) <= 0).all()
    np.testing.assert_array_equal(
        solids.to_solid(gan.generate(found.latents, labels)), found.objects
    )
    before = gan.generator.get_weights()
    again = editing.project(gan, made[:1], 1, starts=1, steps=2)
    assert again.objects.shape == (1, 16, 16, 16)
    assert all((a == b).all() for a, b in zip(before, gan.generator.get_weights(), strict=True))


def test_sketches_that_cannot_be_projected():
    gan = small()
    with pytest.raises(ValueError, match="draw them on its grid"):
        editing.project(gan, np.zeros((1, 8, 8, 8), bool))
    with pytest.raises(ValueError, match="knows no labels"):
        editing.project(gan, np.zeros((1, 16, 16, 16), bool), labels=1)
    with pytest.raises(TypeError, match=r"learning_rate is 'fast'.*must be a number"):
        editing.project(gan, np.zeros((1, 16, 16, 16), bool), learning_rate="fast")
    with pytest.raises(TypeError, match=r"seed is None.*must be a whole number"):
        editing.project(gan, np.zeros((1, 16, 16, 16), bool), seed=None)
    with pytest.raises(ValueError, match=r"labels have shape \(2,\).*one integer for all"):
        editing.project(small(classes=8), np.zeros((3, 16, 16, 16), bool), [0, 1])
    with pytest.raises(ValueError, match="give labels"):
        editing.project(small(classes=8), np.zeros((1, 16, 16, 16), bool))
