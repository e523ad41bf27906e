"""Train a GAN of the zoo by a recipe, keep its curve, and write the best weights with their card.

    python tools/train_gan.py plain-64 --minutes 30 --zoo dcgan-cifar10

Resumes after any stop from runs/RECIPE-SEED. Scores are taken between chunks of training and are not
counted in the minutes. With --zoo the best weights so far, by the distance on the selecting network, go
into the zoo as they come; the referee network is scored beside it and never selects.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

DCGAN = {
    "generator": ("dcgan_generator", {"latent_dim": 100, "width": 64}),
    "discriminator": ("dcgan_discriminator", {"width": 64, "dropout": 0.3}),
    "gan": {"latent_dim": 100, "loss": "non_saturating", "ema": 0.999},
    "adam": {"learning_rate": 2e-4, "beta_1": 0.5},
    "batch_size": 64,
}
NO_DROPOUT = ("dcgan_discriminator", {"width": 64, "dropout": 0.0})


def changed(**changes):
    """The plain recipe with other entries; "gan" and "adam" are merged."""
    recipe = {**DCGAN, **changes}
    for key in ("gan", "adam"):
        recipe[key] = {**DCGAN[key], **changes.get(key, {})}
    return recipe


RECIPES = {
    "plain-64": DCGAN,
    "plain-128": changed(batch_size=128),
    "r1": changed(discriminator=NO_DROPOUT, gan={"penalties": {"r1": 0.1}}),
    "relativistic-r1-r2": changed(
        discriminator=NO_DROPOUT,
        gan={"loss": "relativistic", "penalties": {"r1": 0.1, "r2": 0.1}},
        adam={"beta_1": 0.0, "beta_2": 0.99},
    ),
    "wgan-gp": changed(
        discriminator=NO_DROPOUT,
        gan={
            "loss": "wasserstein",
            "penalties": {"gradient_penalty": 10.0},
            "discriminator_steps": 3,
        },
        adam={"learning_rate": 1e-4, "beta_1": 0.0, "beta_2": 0.9},
        batch_size=192,
    ),
    "spectral-hinge": changed(
        discriminator=("sn_discriminator", {"width": 32}), gan={"loss": "hinge"}
    ),
}
CHUNK = 500  # steps between two looks at the clock
SAMPLES = 5000


def build(recipe, seed):
    import keras

    from ganlib import networks
    from ganlib.gan import GAN

    parts = {
        role: getattr(networks, recipe[role][0])(**recipe[role][1], seed=seed)
        for role in ("generator", "discriminator")
    }
    gan = GAN(**parts, **recipe["gan"], seed=seed)
    gan.compile(
        *(keras.optimizers.Adam(**recipe["adam"]) for _ in range(2)), steps_per_execution=10
    )
    return gan


def scores(gan, real):
    """Both distances and how the classes are covered, on SAMPLES samples with a fixed seed."""
    import numpy as np

    from ganlib import data, metrics

    fakes = data.to_uint8(gan.sample(SAMPLES, seed=12345))
    seen = {network: metrics.extract(fakes, network) for network in real}
    row = {
        network.split("-")[0]: float(
            metrics.classifier_frechet_distance(real[network], seen[network])
        )
        for network in real
    }
    classes = np.argmax(seen["classifier-cifar10"].logits, -1)
    row["smallest_class"] = float(np.bincount(classes, minlength=10).min() / SAMPLES)
    return row


def write(name, recipe, gan, seed, row):
    """The best so far into the zoo: the averaged generator, where one is kept."""
    from ganlib import zoo

    generator = gan.generator if gan.average is None else gan.average
    kinds = {"generator": generator, "discriminator": gan.discriminator}
    settings = {key: value for key, value in recipe["gan"].items() if key != "ema"}
    zoo.write(
        name,
        {role: (model, *recipe[role]) for role, model in kinds.items()},
        {
            "version": 1,
            "gan": settings,
            "data": "CIFAR-10 training set, 50,000 images",
            "recipe": recipe,
            "seed": seed,
            "images_seen": row["images"],
            "training_minutes": round(row["seconds"] / 60, 1),
            "machine": "two cores of a server CPU, bfloat16, not always alone on the machine",
            "scores": {
                "n": f"{SAMPLES} samples against 50,000 training images",
                "what": "Fréchet distances on features of the named networks; not FID, not "
                "comparable with papers",
                **{key: row[key] for key in ("classifier", "referee") if key in row},
                "smallest_class": row["smallest_class"],
            },
            "limits": "32 × 32 images; no labels; whole objects are rare.",
        },
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--minutes", type=float, default=30, help="of training, in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--score-every", type=float, default=5, help="minutes of training")
    parser.add_argument("--zoo", help="name in the zoo; without it only the curve is kept")
    arguments = parser.parse_args()
    recipe = RECIPES[arguments.recipe]

    from ganlib import data, metrics, runtime, zoo

    with runtime.quiet():
        runtime.start("training", seed=arguments.seed)
        gan = build(recipe, arguments.seed)
    from ganlib.checkpoints import Checkpoint

    images = data.load("cifar10")
    dataset = data.dataset(images, batch_size=recipe["batch_size"], seed=arguments.seed)
    networks = [n for n in ("classifier-cifar10", "referee-cifar10") if n in zoo.names()]
    real = {network: metrics.extract(images, network) for network in networks}

    folder = Path("runs") / f"{arguments.recipe}-{arguments.seed}"
    checkpoint = Checkpoint(folder, dataset)
    checkpoint.set_model(gan)
    step = checkpoint.restore(gan)
    curve = folder / "curve.json"
    rows = json.loads(curve.read_text()) if curve.exists() else []
    rows = [row for row in rows if row["images"] <= step * recipe["batch_size"]]
    seconds = rows[-1]["seconds"] if rows else 0.0
    due = seconds + 60 * arguments.score_every
    while seconds < 60 * arguments.minutes:
        start = time.perf_counter()
        history = gan.fit(dataset.starting_at(step), steps_per_epoch=CHUNK, verbose=0)
        seconds += time.perf_counter() - start
        step = int(gan.step)
        if seconds < due and seconds < 60 * arguments.minutes:
            continue
        due = seconds + 60 * arguments.score_every
        logs = {key: float(values[-1]) for key, values in history.history.items()}
        row = {
            "seconds": round(seconds, 1),
            "images": step * recipe["batch_size"],
            **scores(gan, real),
            **logs,
        }
        checkpoint.save()
        rows.append(row)
        curve.write_text(json.dumps(rows, indent=1))
        print({key: round(value, 4) for key, value in row.items()}, flush=True)
        best = min(rows, key=lambda other: other["classifier"])
        if best is row and arguments.zoo:
            write(arguments.zoo, recipe, gan, arguments.seed, row)


if __name__ == "__main__":
    main()
