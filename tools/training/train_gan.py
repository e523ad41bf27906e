"""Train a GAN by a recipe, record its curve and pictures, and write the best weights with their
card.

    python -m tools.training.train_gan plain-64 --minutes 15 --seed 0
    python -m tools.training.train_gan relativistic-falling-120 --minutes 120 --zoo dcgan-cifar10

A minute is as many images as the recipe trains on in a minute on two quiet cores
(tools/training/rates.py), so that
recipes are compared at equal cost whatever else the machine does. Scoring is not counted. After
any stop the same command goes on, from runs/RECIPE-SEED. The record lies there too; with --record
it is also written to ganlib/records. With --zoo the weights go into the zoo whenever they are
better than those there, by the first feature network; the referee never selects.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tools.training.recipes import RECIPES, bare, build, dataset, rate
from tools.training.score_gan import WHAT_SCORES_ARE, extract_real, floors, scores
from tools.training.to_zoo import write_gan

MOMENTS = [1, 2, 3, 5, 7.5, 10, 12.5, 15]  # minutes after which to score; then every five
PICTURES = 16
CHUNK = 500  # steps between two checkpoints
MACHINE = "two cores of a server CPU with AMX"


def moments(minutes):
    """The moments up to the end, which is one of them."""
    later = range(20, int(minutes) + 1, 5)
    return [moment for moment in (*MOMENTS, *later) if moment < minutes] + [minutes]


def draw(gan, recipe):
    """The same latents at every moment, for a conditional GAN one class after the other."""
    import numpy as np

    classes = recipe["generator"][1].get("classes", 0)
    return gan.sample(PICTURES, seed=0, labels=np.arange(PICTURES) % classes if classes else None)


def manifest(name, recipe, seed, floors):
    """How the training was made, in words and numbers."""
    import keras
    import tensorflow as tf

    from ganlib import data

    return {
        "name": f"{name}-{seed}",
        "recipe_name": name,
        "recipe": recipe,
        "seed": seed,
        "data": f"{recipe['data']}, {data.SPLITS['train']:,} training images",
        "images_per_second": rate(name),
        "minutes": "images / images_per_second / 60: the time on two quiet cores, without scoring",
        "machine": MACHINE,
        "precision": keras.mixed_precision.global_policy().name,
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "scores": WHAT_SCORES_ARE,
        "floors": floors,
    }


def write_record(facts, rows, seen, folders):
    """Write the curve and the pictures so far into each of the folders."""
    import numpy as np

    from ganlib import records

    curve = {key: [row[key] for row in rows] for key in rows[0]}
    for folder in folders:
        records.write(facts["name"], facts, curve, np.stack(seen), folder)


def is_best(row, rows, name):
    """Whether no moment before, and no GAN of that name in the zoo, has a smaller distance."""
    from ganlib import zoo

    if "classifier" not in row:  # nothing to choose by: the last is kept
        return True
    shipped = zoo.card(name)["scores"]["classifier"] if name in zoo.names() else float("inf")
    return row["classifier"] <= min([shipped, *(other["classifier"] for other in rows)])


def fit(gan, batches, steps, unscaled=False):
    """So many steps; unscaled floats, which ``GAN.fit`` refuses, go past its checks."""
    from ganlib.support import replicas

    if unscaled:
        return replicas.Shared.fit(gan, batches, steps_per_epoch=steps, shuffle=False, verbose=0)
    return gan.fit(batches, steps_per_epoch=steps, verbose=0)


def go_on_from(gan, recipe, seed):
    """Give a GAN the networks of the end of another recipe's run."""
    from ganlib.checkpoints import Checkpoint

    name = recipe["goes_on_from"]
    folder = Path("runs") / f"{name}-{seed}"
    earlier = build(RECIPES[name], seed)
    batches = dataset(RECIPES[name], seed)
    step = Checkpoint(folder).restore(earlier, batches, steps_per_epoch=CHUNK)
    if step < (whole := RECIPES[name]["falling_steps"]):
        raise SystemExit(
            f"This recipe goes on from the end of {name}, which stands at step {step:,} of "
            f"{whole:,} in {folder}: train it first."
        )
    gan.generator.set_weights(earlier.generator.get_weights())
    gan.discriminator.set_weights(earlier.discriminator.get_weights())
    gan.average.set_weights(earlier.drawing_network().get_weights())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--minutes", type=float, default=15, help="of training, in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write to ganlib/records too")
    parser.add_argument("--zoo", help="name in the zoo; without it no weights are written")
    arguments = parser.parse_args()
    name, seed, recipe = arguments.recipe, arguments.seed, RECIPES[arguments.recipe]

    import numpy as np

    from ganlib import course, data, records
    from ganlib.checkpoints import Checkpoint
    from ganlib.support import stderr

    with stderr.quiet():
        course.start("training", seed=seed, precision=recipe["precision"])
    gan, batches = build(recipe, seed), dataset(recipe, seed)
    folder = Path("runs") / f"{name}-{seed}"
    checkpoint, per_minute = Checkpoint(folder), 60 * rate(name) / recipe["batch_size"]
    step = checkpoint.restore(gan, batches, steps_per_epoch=CHUNK)
    if not step and "goes_on_from" in recipe:
        go_on_from(gan, recipe, seed)
    if "teacher_weight" in recipe:
        from tools.training import teacher

        teacher.listen(gan, recipe["teacher_weight"])

    real = extract_real(recipe["data"], Path("runs/real"))
    facts = manifest(name, recipe, seed, floors(recipe["data"], real))
    folders = [folder / "records", records.FOLDER][: 1 + arguments.record]
    rows, seen = [], []
    if (folder / "records" / f"{facts['name']}.json").exists():
        earlier = records.load(facts["name"], folder / "records")
        columns = {key: values.tolist() for key, values in earlier.curve.items()}
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        rows = [row for row in rows if row["images"] <= step * recipe["batch_size"]]
        seen = list(earlier.pictures[: len(rows)])

    for moment in moments(arguments.minutes):
        end = round(moment * per_minute / 10) * 10
        started = time.perf_counter()
        history = None
        while step < end:
            chunk = min(CHUNK, end - step)
            history = fit(gan, batches.starting_at(step), chunk, recipe.get("unscaled", False))
            step = int(gan.step)
            if step < end:
                checkpoint.save()
        if history is None:
            continue
        print(f"{name}-{seed}, minute {moment}: took {time.perf_counter() - started:.0f} s")
        drawn = draw(gan, recipe)
        if not np.isfinite(drawn).all():
            facts["ended"] = f"samples were no longer finite after {gan.step.numpy():,.0f} steps"
            print(f"{name}-{seed}: {facts['ended']}")
            if rows:
                write_record(facts, rows, seen, folders)
            break
        row = {
            "images": step * recipe["batch_size"],
            "minutes": round(step / per_minute, 2),
            **scores(gan, real),
            **{key: float(values[-1]) for key, values in history.history.items()},
        }
        rows.append(row)
        seen.append(data.to_uint8(drawn))
        write_record(facts, rows, seen, folders)
        checkpoint.save()
        print({k: round(v, 4) for k, v in row.items() if not isinstance(v, list)}, flush=True)
        if arguments.zoo and is_best(row, rows, arguments.zoo):
            write_gan(
                arguments.zoo,
                gan,
                bare(gan.discriminator),
                facts,
                row,
                version=2,
                machine=f"{MACHINE}; minutes counted as if it had been quiet",
            )


if __name__ == "__main__":
    main()
