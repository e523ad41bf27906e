"""Train small GANs on few photographs, with remedies and without, and keep what lesson 13 shows.

    python -m tools.training.few_images "100 plain 0" "100 augmented 0"
    python -m tools.training.few_images --collect

The first form makes runs (how many images, what is changed, the seed) and writes them to
runs/few-images; a run that is there is not made again. The second adds them to
ganlib/experiments/few-images, in place of older runs of the same setting and seed: the numbers of
every run, the samples of the last moment of each run with seed 0.

All runs have the same networks and batches, and all but those called "longer" the same number of
steps. What augmentation costs beside, the entry "cpu_seconds" of each run tells.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

MOMENTS, BATCH_SIZE, RATE = (400, 800, 1600), 64, 1e-3
UNSCORED = 400  # too early for a distance
SIDE, LATENT_DIM, WIDTH = 16, 64, 32
SAMPLES, SEED, HELD_OUT, PICTURES = 1000, 12345, 500, 16
NETWORK, REFEREE = "classifier-cifar10", "referee-cifar10"
NAME, FOLDER = "few-images", Path("runs/few-images")
# What is changed; "plain" changes nothing.
KINDS = {
    "plain": {},
    "augmented": {"augment": True},
    "slower": {"rate": RATE / 3},
    "slower augmented": {"rate": RATE / 3, "augment": True},
    "dropout": {"dropout": 0.3},
    "longer": {"moments": (*MOMENTS, 2100)},  # as much processor time as 1,600 augmented steps
}
NOTES = {
    "what": f"Fréchet distances of {SAMPLES:,} samples, drawn by the average of the weights, to "
    "the 10,000 test images, all enlarged to 32 × 32 by repeating pixels, on features of the "
    "course's own networks; not FID, not comparable with papers. Logits: means over images, "
    "without augmentation, dropout off",
    "data": "CIFAR-10 at 16 × 16, means of 2 × 2 pixels: the first n training images; held out are "
    f"the first {HELD_OUT} test images",
    "networks": {"generator": "dcgan_generator", "discriminator": "dcgan_discriminator"},
    "arguments": {
        "image_shape": [SIDE, SIDE, 3],
        "latent_dim": LATENT_DIM,
        "width": WIDTH,
        "kernel_size": 4,
    },
    "gan": {"loss": "non_saturating", "ema": 0.999},
    "adam": {"learning_rate": RATE, "beta_1": 0.5},
    "batch_size": BATCH_SIZE,
    "kinds": KINDS,
    "machine": "two cores of a server CPU with AMX, shared with others: only the seconds of the "
    "runs on 100 images, augmented or plain, are comparable",
}


def players(kind: str, seed: int):
    """The GAN of a kind, compiled, and its bare discriminator."""
    import keras

    from ganlib import augment, networks
    from ganlib.gan import GAN

    shared = {"image_shape": (SIDE, SIDE, 3), "width": WIDTH, "kernel_size": 4, "seed": seed}
    generator = networks.dcgan_generator(LATENT_DIM, **shared)
    dropout = KINDS[kind].get("dropout", 0.0)
    discriminator = networks.dcgan_discriminator(dropout=dropout, **shared)
    judge = augment.augmented(discriminator, seed=seed) if KINDS[kind].get("augment") else None
    gan = GAN(
        generator,
        judge or discriminator,
        latent_dim=LATENT_DIM,
        ema=0.999,
        seed=seed,
    )
    rate = KINDS[kind].get("rate", RATE)
    gan.compile(
        g_optimizer=keras.optimizers.Adam(rate, beta_1=0.5),
        d_optimizer=keras.optimizers.Adam(rate, beta_1=0.5),
        steps_per_execution=20,
    )
    return gan, discriminator


def small(images):
    """Bytes of half the height and width: means of 2 × 2 pixels."""
    import numpy as np

    blocks = images.reshape(len(images), SIDE, 2, SIDE, 2, 3)
    return np.rint(blocks.mean((2, 4))).astype(np.uint8)


def large(images):
    """Each pixel as 2 × 2, for networks that take 32 × 32."""
    return images.repeat(2, axis=1).repeat(2, axis=2)


def logit(discriminator, images) -> float:
    """The mean logit of uint8 images, as the discriminator judges when it does not learn."""
    from ganlib import data

    return float(discriminator.predict(data.to_network(images), batch_size=250, verbose=0).mean())


def run(n: int, kind: str, seed: int) -> None:
    """One run, written to FOLDER."""
    import numpy as np

    from ganlib import data, metrics

    images, unseen = (small(data.load("cifar10", **each)) for each in ({"n": n}, {"split": "test"}))
    real = {network: kept_features(unseen, network) for network in (NETWORK, REFEREE)}
    batches = data.dataset(images, batch_size=BATCH_SIZE, seed=seed)
    gan, discriminator = players(kind, seed)
    rows, seconds, step = [], 0.0, 0
    for moment in KINDS[kind].get("moments", MOMENTS):
        started = time.process_time()
        history = gan.fit(batches.starting_at(step), steps_per_epoch=moment - step, verbose=0)
        seconds, step = seconds + time.process_time() - started, moment
        fakes = data.to_uint8(gan.sample(SAMPLES, seed=SEED))
        distances = dict.fromkeys((network.split("-")[0] for network in real), None)
        if step > UNSCORED:
            for network, each in real.items():
                score = metrics.classifier_frechet_distance(each, large(fakes), network)
                distances[network.split("-")[0]] = float(score)
        rows.append(
            {
                "step": step,
                **distances,
                "on_trained": logit(discriminator, images[:HELD_OUT]),
                "on_held_out": logit(discriminator, unseen[:HELD_OUT]),
                "on_generated": logit(discriminator, fakes[:HELD_OUT]),
                "d_loss": float(history.history["d_loss"][-1]),
                "g_loss": float(history.history["g_loss"][-1]),
            }
        )
        print(n, kind, seed, rows[-1], flush=True)
    pictures = data.to_uint8(gan.sample(PICTURES, seed=0))
    FOLDER.mkdir(parents=True, exist_ok=True)
    np.save(path_of(n, kind, seed).with_suffix(".npy"), pictures)
    content = {"n": n, "kind": kind, "seed": seed, "cpu_seconds": round(seconds, 1), "rows": rows}
    path_of(n, kind, seed).write_text(json.dumps(content), encoding="utf-8")


def kept_features(images, network: str):
    """What a network makes of the test images, computed once."""
    import numpy as np

    from ganlib import features, metrics, zoo

    path = FOLDER / f"test-{SIDE}-{network}-{zoo.card(network)['sha256'][:12]}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as archive:
            return features.Extracted(
                archive["features"], archive["logits"], str(archive["network"])
            )
    extracted = metrics.extract(large(images), network)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **vars(extracted))
    return extracted


def path_of(n: int, kind: str, seed: int) -> Path:
    """Where a run is kept."""
    return FOLDER / f"{n}-{kind.replace(' ', '-')}-{seed}.json"


def collect() -> None:
    """Add the runs, and their pictures, to those that ship."""
    import keras
    import numpy as np
    import tensorflow as tf

    from ganlib import experiments

    runs, pictures = {}, {}
    if NAME in experiments.names():
        card, pictures = experiments.load(NAME)
        runs = {(each["n"], each["kind"], each["seed"]): each for each in card["runs"]}
    for path in sorted(FOLDER.glob("[0-9]*.json")):
        new = json.loads(path.read_text("utf-8"))
        runs[new["n"], new["kind"], new["seed"]] = new
        if new["seed"] == 0:
            pictures[f"{new['n']} {new['kind']}"] = np.load(path.with_suffix(".npy"))
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    in_order = [runs[key] for key in sorted(runs)]
    experiments.write(NAME, {**NOTES, "versions": versions, "runs": in_order}, pictures)
    print(f"{len(runs)} runs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", help='such as "100 plain 0"')
    parser.add_argument("--collect", action="store_true", help="gather all runs for the package")
    arguments = parser.parse_args()

    from ganlib import course
    from ganlib.support import stderr

    with stderr.quiet():
        course.start("training")
    for each in arguments.runs:
        n, *kind, seed = each.split()
        if not path_of(int(n), " ".join(kind), int(seed)).exists():
            run(int(n), " ".join(kind), int(seed))
    if arguments.collect:
        collect()


if __name__ == "__main__":
    main()
