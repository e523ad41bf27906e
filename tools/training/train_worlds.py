"""Train the GAN of objects that ships with lesson 14.

    python -m tools.training.train_worlds

Eight classes of objects, 16 × 16 × 16 voxels, conditional on the class. The training leaves a
checkpoint in runs/worlds; the same command goes on from there after any stop. Every 250 steps the
weights go to ganlib/worlds/eight-classes with a card that has their measures, so that no minute is
lost.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

NAME, FOLDER = "eight-classes", Path("runs/worlds")
SEED, OBJECTS, PART, HELD_OUT = 0, 16_000, 1_000, 400
BATCH_SIZE, STEPS, STEPS_BETWEEN = 32, 2_000, 250
LATENT_DIM, CLASSES, WIDTH = 32, 8, 16
GENERATOR = {"latent_dim": LATENT_DIM, "side": 16, "width": WIDTH, "classes": CLASSES}
DISCRIMINATOR = {"side": 16, "width": WIDTH, "classes": CLASSES}
GAN = {"latent_dim": LATENT_DIM, "penalties": {"r1": 1.0}, "ema": 0.99, "seed": SEED}
RATE, LAST = 1e-3, 1e-4  # of Adam: it falls in a straight line
ADAM = {"beta_1": 0.5, "beta_2": 0.99}


def compiled(steps):
    """The GAN before its first step."""
    import keras

    from ganlib.gan import GAN as Gan
    from ganlib.worlds import networks

    gan = Gan(
        networks.voxel_generator(**GENERATOR, seed=SEED),
        networks.voxel_discriminator(**DISCRIMINATOR, seed=SEED),
        **GAN,
    )
    g_optimizer, d_optimizer = (
        keras.optimizers.Adam(keras.optimizers.schedules.PolynomialDecay(RATE, steps, LAST), **ADAM)
        for _ in range(2)
    )
    gan.compile(g_optimizer=g_optimizer, d_optimizer=d_optimizer, steps_per_execution=10)
    return gan


def measured(objects, asked, held_out, kinds):
    """What the card says of generated objects.

    Args:
        objects: bool ``(n, 16, 16, 16)``, made for the classes ``asked``.
        asked: integers ``(n,)``.
        held_out: as many real objects that no training has seen.
        kinds: their classes.
    """
    import numpy as np

    from ganlib.worlds import measures, solids

    whole = measures.pieces(objects).count == 1
    seen = measures.nearest_kind(objects, held_out, kinds)
    feet = measures.feet(objects) == np.array(solids.FEET)[asked]
    return {
        "in one piece": float(whole.mean()),
        "as asked": float((seen == asked).mean()),
        "right number of feet": float(feet.mean()),
        "stands": float(measures.stands(objects).mean()),
        "best likeness": float(measures.best_likeness(objects, held_out).mean()),
        "1-NNA": measures.one_nearest_neighbour(held_out, objects),
        "coverage": measures.coverage(held_out, objects),
        "in one piece, by class": [
            round(float(whole[asked == kind].mean()), 3) for kind in range(CLASSES)
        ],
    }


def main():
    import keras
    import numpy as np
    import tensorflow as tf

    from ganlib import course, data
    from ganlib.support import stderr
    from ganlib.worlds import solids, trained

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=STEPS)
    steps = parser.parse_args().steps
    with stderr.quiet():
        course.start("training", precision="bfloat16")
    drawn = [solids.draw(PART, seed=10 + part, side=32) for part in range(OBJECTS // PART)]
    samples = np.concatenate([solids.to_samples(objects, finer=2) for objects, _ in drawn])
    labels = np.concatenate([factors["kind"] for _, factors in drawn]).astype(np.int32)
    held_out, of_held_out = solids.draw(HELD_OUT, seed=2)
    others, of_others = solids.draw(HELD_OUT, seed=3)
    asked = np.arange(HELD_OUT, dtype=np.int32) % CLASSES
    real = measured(others, of_others["kind"], held_out, of_held_out["kind"])
    batches = data.dataset(samples, labels, BATCH_SIZE, seed=SEED)
    gan, started = compiled(steps), time.process_time()

    class Keep(keras.callbacks.Callback):
        """Writes weights and card, and says how it goes."""

        def on_epoch_end(self, epoch, logs=None):
            step = int(gan.step.numpy())
            made = solids.to_solid(gan.sample(HELD_OUT, labels=asked, seed=12345))
            scores = measured(made, asked, held_out, of_held_out["kind"])
            facts = {
                "gan": GAN,
                "what": "objects of ganlib.worlds.solids, eight classes, not turned",
                "data": f"{OBJECTS:,} objects, solids.draw({PART}, seed=10 …, side=32), the "
                f"mean of 2 × 2 × 2 voxels; held out are {HELD_OUT:,} of side 16 and seed 2, the "
                "further real ones are of seed 3",
                "adam": {"learning_rate": RATE, "falls to": LAST, **ADAM},
                "batch_size": BATCH_SIZE,
                "steps": step,
                "of": steps,
                "measures": scores,
                "real": real,
                "samples": HELD_OUT,
                "script": "tools/training/train_worlds.py",
                "precision": "bfloat16",
                "machine": "one core of a server CPU with AMX, shared with others",
                "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
                "limits": "Small household objects as a program draws them, upright and never "
                "turned. Not a model of real things.",
            }
            arguments = {"generator": GENERATOR, "discriminator": DISCRIMINATOR}
            trained.write(NAME, gan, arguments, facts)
            seconds = time.process_time() - started
            told = {key: value for key, value in scores.items() if isinstance(value, float)}
            print(step, f"{seconds:.0f} s", {k: round(v, 3) for k, v in told.items()}, flush=True)

    gan.fit(
        batches,
        epochs=steps // STEPS_BETWEEN,
        steps_per_epoch=STEPS_BETWEEN,
        resume=FOLDER,
        callbacks=[Keep()],
        verbose=0,
    )


if __name__ == "__main__":
    main()
