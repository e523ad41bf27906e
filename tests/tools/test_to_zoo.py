"""A trained GAN goes into the zoo with its card, from either training script."""

from types import SimpleNamespace

import pytest

from ganlib import networks, zoo
from tools.training.to_zoo import write_gan

GENERATOR, DISCRIMINATOR = {"latent_dim": 4, "hidden": [6]}, {"hidden": [5]}
FACTS = {
    "data": "shapes, 20 training images",
    "recipe_name": "small",
    "recipe": {
        "generator": ["dense_generator", GENERATOR],
        "discriminator": ["dense_discriminator", DISCRIMINATOR],
        "gan": {"latent_dim": 4, "loss": "hinge", "ema": 0.9},
    },
    "seed": 1,
    "machine": "a machine",
    "precision": "float32",
    "scores": "of few samples",
}
ROW = {"images": 640, "minutes": 0.5, "classifier": 3.0, "d_loss": 1.3}


@pytest.mark.parametrize("averaged", [False, True])
def test_the_averaged_generator_is_stored_where_one_is_kept(averaged, tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "FOLDER", tmp_path)
    raw, average = (networks.dense_generator(**GENERATOR, seed=seed) for seed in (3, 4))
    drawn_by = SimpleNamespace(generator=raw, average=average if averaged else None)
    judge = networks.dense_discriminator(**DISCRIMINATOR)
    write_gan("small", drawn_by, judge, FACTS, ROW, version=2)
    stored = zoo.load("small")
    wanted = (average if averaged else raw).get_weights()
    for one, other in zip(stored.generator.get_weights(), wanted, strict=True):
        assert one == pytest.approx(other, abs=1e-3)
    assert stored.adversarial_loss.name == "hinge"


def test_the_card_has_what_is_known_and_no_losses(tmp_path):
    raw = networks.dense_generator(**GENERATOR)
    drawn_by = SimpleNamespace(generator=raw, average=None)
    judge = networks.dense_discriminator(**DISCRIMINATOR)
    about = {"version": 3, "machine": "a quiet machine", "folder": tmp_path}
    write_gan("small", drawn_by, judge, FACTS | {"floors": {"classifier": 0.2}}, ROW, **about)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zoo, "FOLDER", tmp_path)
        card = zoo.card("small")
    assert card["gan"] == {"latent_dim": 4, "loss": "hinge"}
    assert (card["images_seen"], card["training_minutes"], card["version"]) == (640, 0.5, 3)
    assert card["machine"] == "a quiet machine"
    assert card["scores"] == {
        "what": "of few samples",
        "classifier": 3.0,
        "floors": {"classifier": 0.2},
        "floor": "5,000 test images in the place of the samples",
    }
