"""Train four families on shapes for the same processor time, and count the modes that each draws.

    python -m tools.training.rivals_on_shapes 0 1
    python -m tools.training.rivals_on_shapes --collect

The first form trains all with each of these seeds and writes to runs/rivals-on-shapes. The families
take turns, a few steps each, so that what else the machine does slows all of them alike. The second
form gathers all runs into ganlib/rivals/records/shapes.json and .npz, which lesson 12 shows.
"""

import argparse
import json
import math
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for _threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[_threads] = "1"

MINUTES, CHUNK, BATCH_SIZE, EMA = 1.0, 10, 64, 0.995
IMAGES = 20_000
SAMPLES, PICTURES, SEED = 1200, 12, 12345
SURE = 0.9  # of the classifier's probability for its first choice
FEWEST = 2  # samples on a covered mode: a tenth of its fair share, which is 20 of 1,200
FOLDER = Path("runs/rivals-on-shapes")
SIZES = {
    "gan": {"latent_dim": 64, "width": 32, "kernel_size": 4},
    "vae": {"latent_dim": 32, "width": 32, "encoder_width": 32},
    "autoregressive": {"levels": 32, "width": 32, "reaches": [4, 2, 2, 2, 2]},
    "diffusion": {"widths": [32, 48, 64], "blocks": 1},
}
RATES = {"gan": 1e-3, "vae": 1e-3, "autoregressive": 2e-3, "diffusion": 2e-3}
WHAT = (
    f"of {SAMPLES:,} samples, by the classifier of shapes: covered modes have at least {FEWEST} "
    f"samples, counted among all samples and among the sure ones, whose first choice has a "
    f"probability of {SURE} or more; and the share of sure ones"
)


def build(family, seed):
    """A family's model, compiled."""
    import keras

    from ganlib.rivals import families
    from tools.training import recipes

    if family == "gan":
        recipe = recipes.changed(
            recipes.RECIPES["shapes"],
            gan={"ema": EMA},
            adam={"learning_rate": RATES["gan"]},
        )
        return recipes.build(recipe, seed)
    model = families.build(family, SIZES[family], ema=EMA, seed=seed)
    adam = keras.optimizers.Adam(RATES[family], beta_2=0.99, global_clipnorm=1.0)
    model.compile(adam, steps_per_execution=CHUNK)
    return model


class Training:
    """A family's model with its batches, and the processor time that it has used."""

    def __init__(self, family, seed, images):
        from ganlib import data

        self.model = build(family, seed)
        self.batches = data.dataset(images, batch_size=BATCH_SIZE, seed=seed)
        gan = family == "gan"
        pair = ("g_optimizer", "d_optimizer") if gan else ("optimizer",)
        self.optimizers = [getattr(self.model, name) for name in pair]
        self.rate, self.used, self.steps = RATES[family], 0.0, 0
        self.go_on()  # compiles, which is not counted
        self.used = 0.0

    def go_on(self):
        """A few steps; the learning rates fall to 0 along a cosine."""
        for optimizer in self.optimizers:
            share = math.cos(math.pi * min(1.0, self.used / (60 * MINUTES)))
            optimizer.learning_rate = self.rate * (1 + share) / 2
        started = time.process_time()
        batches = self.batches.starting_at(self.steps)
        self.model.fit(batches, steps_per_epoch=CHUNK, verbose=0)
        self.used += time.process_time() - started
        self.steps += CHUNK


def judged(images):
    """What the classifier of shapes says of images."""
    import numpy as np
    from keras import ops

    from ganlib import metrics, shapes

    logits = metrics.extract(images, "classifier-shapes").logits
    probabilities = ops.convert_to_numpy(ops.softmax(logits))
    seen, sure = probabilities.argmax(-1), probabilities.max(-1) >= SURE
    counts = [np.bincount(each, minlength=shapes.MODES) for each in (seen, seen[sure])]
    least = FEWEST * len(images) / SAMPLES
    modes, sure_modes = (int((each >= least).sum()) for each in counts)
    return {"modes": modes, "sure_modes": sure_modes, "sure": float(sure.mean())}


def run(seed, images):
    """All families with one seed: rows and pictures go to FOLDER."""
    import numpy as np

    from ganlib import data
    from ganlib.support import files

    trainings = {family: Training(family, seed, images) for family in SIZES}
    while (next_one := min(trainings.values(), key=lambda each: each.used)).used < 60 * MINUTES:
        next_one.go_on()
    rows, pictures = [], []
    for family, training in trainings.items():
        drawn = data.to_uint8(training.model.sample(SAMPLES, seed=SEED))
        row = {"family": family, "seed": seed, "minutes": MINUTES}
        rows.append(row | {"images": training.steps * BATCH_SIZE} | judged(drawn))
        pictures.append(drawn[:PICTURES])
        print(rows[-1], flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with files.replacing(FOLDER / f"{seed}.npz") as [target]:
        notes = np.frombuffer(json.dumps(rows).encode(), np.uint8)
        np.savez(target, pictures=np.stack(pictures), notes=notes)


def collect():
    """Gather all runs, and what the classifier says of images that no model drew."""
    import keras
    import numpy as np
    import tensorflow as tf

    from ganlib import data, records, rivals

    rows, pictures = [], []
    for path in sorted(FOLDER.glob("*.npz")):
        with np.load(path) as arrays:
            rows += json.loads(arrays["notes"].tobytes())
            pictures += [*arrays["pictures"]]
    noise = np.random.default_rng(SEED).integers(256, size=(SAMPLES, 32, 32, 3), dtype=np.uint8)
    manifest = {
        "name": "shapes",
        "what": WHAT,
        "controls": {
            "real test images": judged(data.load("shapes", "test", n=SAMPLES)),
            "photographs": judged(data.load("cifar10", "test", n=SAMPLES)),
            "noise": judged(noise),
        },
        "data": f"shapes, {IMAGES:,} training images",
        "processor_minutes": MINUTES,
        "sizes": SIZES,
        "learning_rates": RATES | {"schedule": "a cosine to 0"},
        "recipe": "the GAN's otherwise as shapes in tools/training/recipes.py; "
        "rivals with Adam, beta_2 0.99, clipped at 1",
        "batch_size": BATCH_SIZE,
        "ema": EMA,
        "machine": "one thread of a server CPU with AMX, shared with others; "
        "compiling and scoring not counted",
        "precision": keras.mixed_precision.global_policy().name,
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
    }
    curve = {key: [row[key] for row in rows] for key in rows[0]}
    records.write("shapes", manifest, curve, np.stack(pictures), rivals.RECORDS)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", nargs="*", type=int)
    parser.add_argument("--collect", action="store_true")
    arguments = parser.parse_args()

    from ganlib import course, data
    from ganlib.support import stderr

    with stderr.quiet():
        course.start("training")
    images = data.load("shapes", n=IMAGES)
    for seed in arguments.seeds:
        run(seed, images)
    if arguments.collect:
        collect()


if __name__ == "__main__":
    main()
