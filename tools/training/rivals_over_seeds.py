"""Train four families for the same processor time, with several seeds, on shapes and photographs.

    python -m tools.training.rivals_over_seeds shapes 0 1 2
    python -m tools.training.rivals_over_seeds cifar10 0 1 2
    python -m tools.training.rivals_over_seeds --collect

The first two train all families with each of these seeds and write to runs/rivals-over-seeds. The
families take turns, a few steps each, so that what else the machine does slows all of them alike.
On shapes a classifier counts the modes that each draws; on photographs two networks measure the
distance. The last form gathers all runs into ganlib/rivals/records/shapes and .../seeds, which
lesson 12 shows.
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

CHUNK, BATCH_SIZE, EMA, PICTURES, SEED = 10, 64, 0.995, 8, 12345
MINUTES = {"shapes": 3.0, "cifar10": 2.0}
IMAGES = {"shapes": 20_000, "cifar10": 50_000}
SAMPLES = {"shapes": 1200, "cifar10": 500}
RECORDS = {"shapes": "shapes", "cifar10": "seeds"}
SURE = 0.9  # of the classifier's probability for its first choice
FEWEST = 2  # samples on a covered mode: a tenth of its fair share, which is 20 of 1,200
FOLDER = Path("runs/rivals-over-seeds")
GAN = {"shapes": "shapes", "cifar10": "relativistic-rate-1e-3"}  # recipes; the networks as below
SIZES = {
    "gan": {"latent_dim": 64, "width": 32, "kernel_size": 4},
    "vae": {"latent_dim": 32, "width": 32, "encoder_width": 32},
    "autoregressive": {"levels": 32, "width": 32, "reaches": [4, 2, 2, 2, 2]},
    "diffusion": {"widths": [32, 48, 64], "blocks": 1},
}
RATES = {"gan": 1e-3, "vae": 1e-3, "autoregressive": 2e-3, "diffusion": 2e-3}
WHAT = {
    "shapes": f"of {SAMPLES['shapes']:,} samples, by the classifier of shapes: covered modes have "
    f"at least {FEWEST} samples, counted among all samples and among the sure ones, whose first "
    f"choice has a probability of {SURE} or more; and the share of sure ones",
    "cifar10": f"distances of {SAMPLES['cifar10']:,} samples to all training images; not FID",
}


def build(family, name, seed):
    """A family's model for a data set, compiled."""
    import keras

    from ganlib.rivals import families
    from tools.training import recipes

    if family == "gan":
        size = {key: value for key, value in SIZES["gan"].items() if key != "latent_dim"}
        recipe = recipes.changed(
            recipes.RECIPES[GAN[name]],
            generator=("dcgan_generator", SIZES["gan"]),
            discriminator=("dcgan_discriminator", {**size, "dropout": 0.0}),
            gan={"ema": EMA, "latent_dim": SIZES["gan"]["latent_dim"]},
            adam={"learning_rate": RATES["gan"]},
        )
        return recipes.build(recipe, seed)
    model = families.build(family, SIZES[family], ema=EMA, seed=seed)
    adam = keras.optimizers.Adam(RATES[family], beta_2=0.99, global_clipnorm=1.0)
    model.compile(adam, steps_per_execution=CHUNK)
    return model


class Training:
    """A family's model with its batches, and the processor time that it has used."""

    def __init__(self, family, name, seed, images, minutes):
        from ganlib import data

        self.model = build(family, name, seed)
        self.batches = data.dataset(images, batch_size=BATCH_SIZE, seed=seed)
        pair = ("g_optimizer", "d_optimizer") if family == "gan" else ("optimizer",)
        self.optimizers = [getattr(self.model, each) for each in pair]
        self.rate, self.planned, self.used, self.steps = RATES[family], 60 * minutes, 0.0, 0
        self.go_on()  # compiles, which is not counted
        self.used = 0.0

    def go_on(self):
        """A few steps; the learning rates fall to 0 along a cosine."""
        for optimizer in self.optimizers:
            share = math.cos(math.pi * min(1.0, self.used / self.planned))
            optimizer.learning_rate = self.rate * (1 + share) / 2
        started = time.process_time()
        batches = self.batches.starting_at(self.steps)
        self.model.fit(batches, steps_per_epoch=CHUNK, verbose=0)
        self.used += time.process_time() - started
        self.steps += CHUNK


def modes(images):
    """How many modes the classifier of shapes sees in images, and of how many it is sure."""
    import numpy as np
    from keras import ops

    from ganlib import metrics, shapes

    logits = metrics.extract(images, "classifier-shapes").logits
    probabilities = ops.convert_to_numpy(ops.softmax(logits))
    seen, sure = probabilities.argmax(-1), probabilities.max(-1) >= SURE
    counts = [np.bincount(each, minlength=shapes.MODES) for each in (seen, seen[sure])]
    least = FEWEST * len(images) / SAMPLES["shapes"]
    all_modes, sure_modes = (int((each >= least).sum()) for each in counts)
    return {"modes": all_modes, "sure_modes": sure_modes, "sure": float(sure.mean())}


def judged(name, images):
    """The scores of images on a data set."""
    from tools.training.score_gan import distances, extract_real

    if name == "shapes":
        return modes(images)
    return distances(extract_real("cifar10", Path("runs/real")), images)


def run(name, seed, images):
    """All families with one seed: rows and pictures go to FOLDER."""
    import numpy as np

    from ganlib import data
    from ganlib.support import files

    minutes = MINUTES[name]
    trainings = {family: Training(family, name, seed, images, minutes) for family in SIZES}
    while (next_one := min(trainings.values(), key=lambda each: each.used)).used < 60 * minutes:
        next_one.go_on()
    rows, pictures = [], []
    for family, training in trainings.items():
        drawn = data.to_uint8(training.model.sample(SAMPLES[name], seed=SEED))
        row = {"family": family, "seed": seed, "minutes": minutes}
        rows.append(row | {"images": training.steps * BATCH_SIZE} | judged(name, drawn))
        pictures.append(drawn[:PICTURES])
        print(rows[-1], flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with files.replacing(FOLDER / f"{name}-{seed}.npz") as [target]:
        notes = np.frombuffer(json.dumps(rows).encode(), np.uint8)
        np.savez(target, pictures=np.stack(pictures), notes=notes)


def controls(name):
    """Scores of images that no model drew."""
    import numpy as np

    from ganlib import data

    shape = (SAMPLES[name], 32, 32, 3)
    noise = np.random.default_rng(SEED).integers(256, size=shape, dtype=np.uint8)
    others = {"shapes": ("photographs", "cifar10"), "cifar10": ("shapes", "shapes")}
    what, other = others[name]
    unseen, others_unseen = (data.load(each, "test", n=SAMPLES[name]) for each in (name, other))
    return {
        "real test images": judged(name, unseen),
        what: judged(name, others_unseen),
        "noise": judged(name, noise),
    }


def collect(name):
    """Gather all runs on a data set, and how images score that no model drew."""
    import keras
    import numpy as np
    import tensorflow as tf

    from ganlib import records, rivals

    rows, pictures = [], []
    for path in sorted(FOLDER.glob(f"{name}-*.npz")):
        with np.load(path) as arrays:
            rows += json.loads(arrays["notes"].tobytes())
            pictures += [*arrays["pictures"]]
    manifest = {
        "name": RECORDS[name],
        "what": WHAT[name],
        "controls": controls(name),
        "data": f"{name}, {IMAGES[name]:,} training images",
        "processor_minutes": MINUTES[name],
        "sizes": SIZES,
        "learning_rates": RATES | {"schedule": "a cosine to 0"},
        "recipe": f"the GAN's otherwise as {GAN[name]} in tools/training/recipes.py; "
        "rivals with Adam, beta_2 0.99, clipped at 1",
        "batch_size": BATCH_SIZE,
        "ema": EMA,
        "machine": "one thread of a server CPU with AMX, shared with others; "
        "compiling and scoring not counted",
        "precision": keras.mixed_precision.global_policy().name,
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
    }
    curve = {key: [row[key] for row in rows] for key in rows[0]}
    records.write(RECORDS[name], manifest, curve, np.stack(pictures), rivals.RECORDS)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", choices=MINUTES)
    parser.add_argument("seeds", nargs="*", type=int)
    parser.add_argument("--collect", action="store_true")
    arguments = parser.parse_args()

    from ganlib import course, data
    from ganlib.support import stderr

    with stderr.quiet():
        course.start("training")
    if arguments.data:
        images = data.load(arguments.data, n=IMAGES[arguments.data])
        for seed in arguments.seeds:
            run(arguments.data, seed, images)
    if arguments.collect:
        for name in MINUTES:
            collect(name)


if __name__ == "__main__":
    main()
