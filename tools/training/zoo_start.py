"""Start a GAN on few images from the zoo's weights for shapes, and from scratch; over seeds.

    python -m tools.training.zoo_start 0 1 2
    python -m tools.training.zoo_start --collect

The first form trains with each of these seeds on two folders' worth of images: drawings of three
shapes, which are near to what the zoo's networks have learned, and photographs of ships, which are
far from it. It writes to runs/zoo-start; a run that is there is not made again. The second form
gathers all runs into ganlib/experiments/zoo-start, which lesson 13 shows.

All runs have the same networks, batches and number of steps; each start has two learning rates.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

MOMENTS, BATCH_SIZE, IMAGES, SAMPLES, PICTURES, SEED = (60, 300, 900), 32, 420, 500, 8, 12345
NAME, FOLDER, START = "zoo-start", Path("runs/zoo-start"), "dcgan-shapes"
# What is trained on, with the networks that measure the distance to images that were held out.
NETWORKS = {
    "drawings": ("classifier-shapes",),
    "photographs": ("classifier-cifar10", "referee-cifar10"),
}
LATENT_DIM, WIDTH = 64, 32
# Whether a run starts from the zoo's weights, and its learning rate.
STARTS = {
    "zoo": (True, 2e-4),
    "zoo, faster": (True, 1e-3),
    "scratch": (False, 2e-4),
    "scratch, faster": (False, 1e-3),
}
SHIP = 8
NOTES = {
    "what": f"Fréchet distances of {SAMPLES:,} samples, drawn by the average of the weights, to "
    "images that were held out, on features of the course's own networks; not FID, not comparable "
    "with papers",
    "data": {
        "drawings": f"rings, stars and crosses: {IMAGES} to train on, {SAMPLES} held out",
        "photographs": f"ships of CIFAR-10: the first {IMAGES} of its training images, all test "
        "images held out",
    },
    "start": f"the zoo's {START}, generator and discriminator, or fresh weights",
    "gan": "as in lesson 13: non-saturating loss, augmentation, ema 0.99, Adam with beta_1 0.5",
    "starts": {start: {"learning_rate": rate} for start, (_, rate) in STARTS.items()},
    "batch_size": BATCH_SIZE,
    "machine": "two cores of a server CPU with AMX",
}


def images_of(name):
    """Images to train on, and held-out ones."""
    import numpy as np

    from ganlib import data, shapes

    if name == "drawings":
        weights = np.zeros((6, 10))
        weights[[1, 4, 5]] = 1  # rings, stars and crosses, in ten hues
        drawn = shapes.draw(IMAGES + SAMPLES, 13, weights)[0]
        return drawn[:IMAGES], drawn[IMAGES:]
    ships = []
    for split in ("train", "test"):
        images, labels = data.load("cifar10", split, labels=True)
        ships.append(images[labels == SHIP])
    return ships[0][:IMAGES], ships[1]


def images_and_real(name):
    """Images to train on, and by network what it makes of the held-out ones."""
    from ganlib import metrics

    images, unseen = images_of(name)
    return images, {network: metrics.extract(unseen, network) for network in NETWORKS[name]}


def new_gan(start, seed):
    """The GAN of lesson 13, compiled, with the zoo's weights or fresh ones."""
    import keras

    import ganlib
    from ganlib import augment, networks, zoo

    settings = {"image_shape": (32, 32, 3), "width": WIDTH, "kernel_size": 4, "seed": seed}
    generator = networks.dcgan_generator(LATENT_DIM, **settings)
    discriminator = networks.dcgan_discriminator(dropout=0.0, **settings)
    from_zoo, rate = STARTS[start]
    if from_zoo:
        trained = zoo.load(START)
        generator.set_weights(trained.generator.get_weights())
        discriminator.set_weights(trained.discriminator.get_weights())
    judge = augment.augmented(discriminator, seed=seed)
    gan = ganlib.GAN(generator, judge, latent_dim=LATENT_DIM, ema=0.99, seed=seed)
    g_optimizer, d_optimizer = (keras.optimizers.Adam(rate, beta_1=0.5) for _ in range(2))
    gan.compile(g_optimizer=g_optimizer, d_optimizer=d_optimizer, steps_per_execution=20)
    return gan


def run(name, start, seed):
    """One run, written to FOLDER."""
    import numpy as np

    from ganlib import data
    from tools.training.score_gan import distances

    images, real = images_and_real(name)
    batches = data.dataset(images, batch_size=BATCH_SIZE, seed=seed)
    gan, step, rows = new_gan(start, seed), 0, []
    for moment in MOMENTS:
        gan.fit(batches.starting_at(step), steps_per_epoch=moment - step, verbose=0)
        step = moment
        drawn = data.to_uint8(gan.sample(SAMPLES, seed=SEED))
        rows.append({"step": step, **distances(real, drawn)})
        print(name, start, seed, rows[-1], flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    np.save(path_of(name, start, seed).with_suffix(".npy"), drawn[:PICTURES])
    content = {"images": name, "start": start, "seed": seed, "rows": rows}
    path_of(name, start, seed).write_text(json.dumps(content), encoding="utf-8")


def path_of(name, start, seed):
    """Where a run is kept."""
    return FOLDER / f"{name}-{start.replace(', ', '-')}-{seed}.json"


def controls(name):
    """The distances of real images, and of the zoo's samples before any training, by network."""
    from ganlib import data, zoo
    from tools.training.score_gan import distances

    images, real = images_and_real(name)
    drawn = data.to_uint8(zoo.load(START).sample(SAMPLES, seed=SEED))
    seen, untrained = distances(real, images), distances(real, drawn)
    return {
        network: {"training images": seen[network], "zoo, untrained": untrained[network]}
        for network in seen
    }


def collect():
    """Gather all runs, and pictures of seed 0, into the package."""
    import keras
    import numpy as np
    import tensorflow as tf

    from ganlib import experiments, zoo

    runs, pictures = [], {}
    for path in sorted(FOLDER.glob("*.json")):
        runs.append(json.loads(path.read_text("utf-8")))
        if runs[-1]["seed"] == 0:
            key = f"{runs[-1]['images']} {runs[-1]['start']}"
            pictures[key] = np.load(path.with_suffix(".npy"))
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    precision = keras.mixed_precision.global_policy().name
    notes = {**NOTES, "weights": zoo.card(START)["sha256"], "precision": precision}
    notes["controls"] = {name: controls(name) for name in NETWORKS}
    experiments.write(NAME, {**notes, "versions": versions, "runs": runs}, pictures)
    print(f"{len(runs)} runs")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", nargs="*", type=int)
    parser.add_argument("--collect", action="store_true", help="gather all runs for the package")
    arguments = parser.parse_args()

    from ganlib import course
    from ganlib.support import stderr

    with stderr.quiet():
        course.start("training")
    for seed in arguments.seeds:
        for name in NETWORKS:
            for start in STARTS:
                if not path_of(name, start, seed).exists():
                    run(name, start, seed)
    if arguments.collect:
        collect()


if __name__ == "__main__":
    main()
