"""The training script of the records trains, stops, and goes on where it stood."""

import sys

import numpy as np
import pytest

from ganlib import course, data, records
from tools.training import recipes, train_gan

TINY = {
    "data": "shapes",
    "generator": ("dense_generator", {"latent_dim": 4, "hidden": [6]}),
    "discriminator": ("dense_discriminator", {"hidden": [5]}),
    "gan": {"latent_dim": 4, "ema": 0.9},
    "adam": {"learning_rate": 1e-3},
    "falling_steps": 40,
    "mirrored": True,
    "augment": ("translation",),
    "batch_size": 7,  # 200 images make 29 batches, which ten steps at once do not divide
    "precision": "float32",
}


def mean(gan, real):
    """In the place of the distances."""
    return {"mean": float(gan.sample(8, seed=1).mean())}


@pytest.fixture
def train(tmp_path, monkeypatch):
    """The script on 100 images and their mirror images, with a tiny GAN; a minute of it is twenty
    steps.
    """
    images = np.random.default_rng(0).integers(0, 256, (100, 32, 32, 3), dtype=np.uint8)
    monkeypatch.setattr(train_gan, "RECIPES", {"tiny": TINY})
    monkeypatch.setattr(train_gan, "rate", lambda name: 20 * 7 / 60)
    monkeypatch.setattr(train_gan, "extract_real", lambda name, folder: {})
    monkeypatch.setattr(train_gan, "floors", lambda name, real: {})
    monkeypatch.setattr(train_gan, "scores", mean)
    monkeypatch.setattr(data, "load", lambda name, labels=False: images)
    monkeypatch.setattr(course, "start", lambda *_, **__: None)

    def run(folder, minutes):
        (tmp_path / folder).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / folder)
        monkeypatch.setattr(sys, "argv", ["train_gan", "tiny", "--minutes", str(minutes)])
        train_gan.main()
        return records.load("tiny-0", tmp_path / folder / "runs" / "tiny-0" / "records")

    return run


def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(train):
    whole = train("whole", 2)
    train("in-parts", 1)
    parts = train("in-parts", 2)
    assert whole.curve["images"].tolist() == parts.curve["images"].tolist() == [140, 280]
    for name, values in whole.curve.items():
        assert parts.curve[name].tolist() == pytest.approx(values.tolist(), abs=1e-6), name
    assert np.array_equal(parts.pictures, whole.pictures)


def test_nothing_is_trained_when_the_minutes_are_over(train, capsys):
    train("once", 1)
    capsys.readouterr()
    train("once", 1)
    assert "took" not in capsys.readouterr().out


def test_learning_rates_fall_to_zero_in_a_straight_line():
    recipe = {"adam": {"learning_rate": 1e-3}, "g_adam": {"learning_rate": 2e-3}}
    for optimizer, start in zip(recipes.optimizers(recipe), (2e-3, 1e-3), strict=True):
        assert float(optimizer.learning_rate) == pytest.approx(start)
    falling = recipes.optimizers({**recipe, "falling_steps": 40})
    for optimizer, start in zip(falling, (2e-3, 1e-3), strict=True):
        for step, share in ((0, 1.0), (10, 0.75), (40, 0.0), (50, 0.0)):
            optimizer.iterations.assign(step)
            assert float(optimizer.learning_rate) == pytest.approx(share * start, abs=1e-9)


def test_mirrored_images_come_beside_the_others_with_the_same_labels():
    images, labels = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3), np.array([4, 7])
    twice, of_them = recipes.shown({"mirrored": True}, images, labels)
    assert twice.shape == (4, 2, 2, 3) and of_them.tolist() == [4, 7, 4, 7]
    np.testing.assert_array_equal(twice[:2], images)
    np.testing.assert_array_equal(twice[2:, :, 0], images[:, :, 1])
    np.testing.assert_array_equal(twice[2:, :, 1], images[:, :, 0])
    assert recipes.shown({}, images, None) == (images, None)


@pytest.mark.parametrize("changes", [{}, {"augment": ("translation",)}])
def test_weights_of_a_discriminator_are_kept_without_what_changes_its_images(changes):
    recipe = {key: TINY[key] for key in ("generator", "discriminator")} | changes
    _, discriminator = recipes.players(recipe, seed=3)
    kept = recipes.bare(discriminator)
    assert (kept is discriminator) == (not changes)
    images = np.random.default_rng(0).uniform(-1, 1, (64, 32, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(kept(images), discriminator(images), atol=1e-6)
    seen = np.asarray(discriminator(images, training=True))
    assert np.allclose(seen, kept(images), atol=1e-6) == (not changes)
    assert len(kept.get_weights()) == 4  # two layers' kernels and biases: as the zoo builds it
