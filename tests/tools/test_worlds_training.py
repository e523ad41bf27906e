"""What ships with lesson 14 is what its scripts say."""

import json

import numpy as np
import pytest

from ganlib.worlds import measures, solids, trained
from tools.training import train_worlds, world_seeds


@pytest.fixture(scope="module")
def record():
    return trained.record(world_seeds.NAME)


def test_the_card_is_that_of_the_script():
    card = trained.card(train_worlds.NAME)
    for role, arguments in (
        ("generator", train_worlds.GENERATOR),
        ("discriminator", train_worlds.DISCRIMINATOR),
    ):
        assert card["networks"][role]["arguments"] == arguments
    assert card["gan"] == json.loads(json.dumps(train_worlds.GAN))
    assert card["steps"] == card["of"] == train_worlds.STEPS
    assert card["real"]["in one piece"] == card["real"]["right number of feet"] == 1
    size = (trained.FOLDER / f"{train_worlds.NAME}.npz").stat().st_size
    assert size < 2_000_000


@pytest.mark.slow
def test_the_shipped_generator_is_as_good_as_its_card_says():
    card = trained.card(train_worlds.NAME)
    gan = trained.load(train_worlds.NAME)
    n = card["samples"]
    asked = np.arange(n, dtype=np.int32) % train_worlds.CLASSES
    made = solids.to_solid(gan.sample(n, labels=asked, seed=12345))
    held_out, facts = solids.draw(n, seed=2)
    again = train_worlds.measured(made, asked, held_out, facts["kind"])
    for name in ("in one piece", "as asked", "right number of feet", "stands", "coverage"):
        assert again[name] == pytest.approx(card["measures"][name], abs=0.02), name
    assert again["1-NNA"] == pytest.approx(card["measures"]["1-NNA"], abs=0.03)


def test_every_seed_was_run(record):
    card, objects = record
    assert [run["seed"] for run in card["runs"]] == list(world_seeds.SEEDS)
    assert set(objects) == {str(seed) for seed in world_seeds.SEEDS}
    assert (card["rate"], card["batch_size"]) == (world_seeds.RATE, world_seeds.BATCH_SIZE)
    for run in card["runs"]:
        assert [row["step"] for row in run["rows"]] == list(world_seeds.MOMENTS)
        for row in run["rows"]:
            assert sum(row["shares"]) == pytest.approx(1, abs=1e-3)


def test_the_real_row_can_be_computed_again(record):
    card, _ = record
    assert world_seeds.real() == card["real"]


def test_the_kept_objects_are_like_their_row(record):
    """One piece in all of seed 1 is none; the kept objects are some of those measured."""
    card, objects = record
    for run in card["runs"]:
        made = objects[str(run["seed"])]
        assert made.shape == (world_seeds.KEPT, 16, 16, 16) and made.dtype == bool
        if run["rows"][-1]["in one piece"] == 0:
            assert (measures.pieces(made).count > 1).all()


@pytest.mark.slow
def test_the_scripts_build_gans_that_draw():
    gan = train_worlds.compiled(10)
    assert gan.sample(2, labels=[0, 7], seed=0).shape == (2, 16, 16, 16, 1)
