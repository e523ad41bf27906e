"""Writes a trained GAN into the zoo, with the card that both training scripts give it."""

from tools.training.score_gan import ON_A_CARD, SAMPLES

__all__ = ["write_gan"]

LIMITS = "32 × 32 images; see smallest_class for how fairly the classes come."


def write_gan(name, drawn_by, discriminator, facts, row, *, version, machine=None, folder=None):
    """The averaged generator where one is kept, the discriminator, and the card.

    Args:
        name: the name in the zoo.
        drawn_by: has the ``generator``, and its ``average`` or None: a ``ganlib.gan.GAN``, for one.
        discriminator: the Keras model.
        facts: how it was trained, as the scripts' ``manifest`` has it; with "floors" the card names
            them.
        row: the last row of the curve: images, minutes, scores.
        version: of the recipe's training, for the card.
        machine: in words, where the card says more than ``facts`` do.
        folder: where to write; the zoo's own if left out.
    """
    from ganlib import zoo

    recipe = facts["recipe"]
    generator = drawn_by.generator if drawn_by.average is None else drawn_by.average
    players = {"generator": generator, "discriminator": discriminator}
    scores = {
        "what": facts["scores"],
        **{key: value for key, value in row.items() if key in ON_A_CARD},
    }
    if "floors" in facts:
        scores["floors"] = facts["floors"]
        scores["floor"] = f"{SAMPLES:,} test images in the place of the samples"
    card = {
        "version": version,
        "gan": {key: value for key, value in recipe["gan"].items() if key != "ema"},
        **{key: facts[key] for key in ("data", "recipe_name", "recipe", "seed")},
        "images_seen": row["images"],
        "training_minutes": row["minutes"],
        "machine": machine or facts["machine"],
        "precision": facts["precision"],
        "scores": scores,
        "limits": LIMITS,
    }
    networks = {role: (model, *recipe[role]) for role, model in players.items()}
    zoo.write(name, networks, card, folder or zoo.FOLDER)
