"""Train the GAN of lesson 14 from several seeds, and keep what the lesson shows of them.

    python -m tools.training.world_seeds
    python -m tools.training.world_seeds --seed 2

Networks, batches and rates are those of the lesson's own training; seed and objects differ from run
to run. Every run's measures go to ganlib/worlds/seeds, with some objects of each; runs that stand
there already are left out.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

NAME, SEEDS = "seeds", (0, 1, 2)
OBJECTS, SAMPLES, KEPT = 4_000, 400, 8
MOMENTS, BATCH_SIZE, RATE, LATENT_DIM, WIDTH = (100, 200), 32, 1e-3, 32, 16
FOUR = (0, 1, 2, 3)


def train(seed):
    """One run: its row of the table, and some of its objects."""
    import keras

    from ganlib import data
    from ganlib.gan import GAN
    from ganlib.worlds import measures, networks, solids

    fine, _ = solids.draw(OBJECTS, seed=100 + seed, side=32, kinds=FOUR)
    held_out, of_held_out = solids.draw(SAMPLES, seed=200 + seed, kinds=FOUR)
    batches = data.dataset(solids.to_samples(fine, finer=2), batch_size=BATCH_SIZE, seed=seed)
    gan = GAN(
        networks.voxel_generator(LATENT_DIM, width=WIDTH, seed=seed),
        networks.voxel_discriminator(width=WIDTH, seed=seed),
        LATENT_DIM,
        penalties={"r1": 1.0},
        ema=0.98,
        seed=seed,
    )
    g_optimizer, d_optimizer = (
        keras.optimizers.Adam(RATE, beta_1=0.5, beta_2=0.99) for _ in range(2)
    )
    gan.compile(g_optimizer=g_optimizer, d_optimizer=d_optimizer, steps_per_execution=20)
    rows, seconds, step = [], 0.0, 0
    for moment in MOMENTS:
        started = time.process_time()
        gan.fit(batches.starting_at(step), steps_per_epoch=moment - step, verbose=0)
        seconds, step = seconds + time.process_time() - started, moment
        samples = gan.sample(SAMPLES, seed=12345)
        made = solids.to_solid(samples)
        row = {"step": step, "undecided": round(measures.undecided(samples), 4)}
        rows.append(row | measured(made, held_out, of_held_out["kind"]))
    run = {"seed": seed, "cpu_seconds": round(seconds, 1), "rows": rows}
    return run, made[:KEPT]


def measured(made, held_out, of_held_out):
    """Measures of objects against as many real ones that the training has not seen."""
    import numpy as np

    from ganlib.worlds import measures

    seen = measures.nearest_kind(made, held_out, of_held_out)
    return {
        "shares": [round(float((seen == kind).mean()), 4) for kind in FOUR],
        "in one piece": round(float((measures.pieces(made).count == 1).mean()), 4),
        "stands": round(float(np.mean(measures.stands(made))), 4),
        "likeness": round(float(measures.best_likeness(made, held_out).mean()), 4),
        "1-NNA": round(measures.one_nearest_neighbour(held_out, made), 4),
        "coverage": round(measures.coverage(held_out, made), 4),
    }


def real():
    """The same measures of further real objects: what a perfect generator would get."""
    from ganlib.worlds import solids

    held_out, facts = solids.draw(SAMPLES, 200, kinds=FOUR)
    return measured(solids.draw(SAMPLES, 300, kinds=FOUR)[0], held_out, facts["kind"])


def main():
    import keras
    import tensorflow as tf

    from ganlib import course
    from ganlib.support import stderr
    from ganlib.worlds import trained

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, help="only this one")
    arguments = parser.parse_args()
    with stderr.quiet():
        course.start("training", precision="float32")
    facts = {
        "what": "measures of objects that small GANs made, against as many real objects that no "
        "training has seen; the class is that of the most alike real one",
        "script": "tools/training/world_seeds.py",
        "data": f"{OBJECTS:,} objects of four classes, the means of 2 × 2 × 2 voxels",
        "batch_size": BATCH_SIZE,
        "rate": RATE,
        "penalties": {"r1": 1.0},
        "latent_dim": LATENT_DIM,
        "width": WIDTH,
        "samples": SAMPLES,
        "precision": "float32",
        "machine": "one core of a server CPU with AMX, shared with others",
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "real": real(),
    }
    runs, objects = [], {}
    if NAME in trained.names():
        earlier, objects = trained.record(NAME)
        runs = earlier["runs"]
    for seed in SEEDS if arguments.seed is None else [arguments.seed]:
        if str(seed) not in objects:
            run, made = train(seed)
            runs.append(run)
            objects[str(seed)] = made
            trained.write_record(NAME, facts | {"runs": runs}, objects)
            print(run, flush=True)


if __name__ == "__main__":
    main()
