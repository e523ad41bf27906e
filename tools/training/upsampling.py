"""Train small GANs that differ in their last up-sampling alone, and keep what lesson 15 shows.

    python -m tools.training.upsampling transposed:0 nearest:0 bilinear:0
    python -m tools.training.upsampling --collect

The first form makes runs (the last up-sampling, the seed) and writes their samples to
runs/upsampling; a run that is there is not made again. The second fits detectors on the samples of
each run, judges the samples of every run with them, and gathers all into
ganlib/experiments/upsampling.

All runs have the same number of weights, the same discriminator, batches and number of steps.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

STEPS, BATCH_SIZE, RATE = 1600, 64, 1e-3
SIDE, LATENT_DIM, WIDTH, KERNEL = 16, 64, 32, 5
IMAGES, SAMPLES, SEED, PICTURES = 20_000, 2_000, 12345, 16
KINDS = ("transposed", "nearest", "bilinear")
FOLDER = Path("runs/upsampling")
NOTES = {
    "what": f"azimuthal spectra of {SAMPLES:,} samples of each run, and how well a detector that "
    "was fitted on half of one run's samples tells the other half of every run's from photographs "
    "(area under the curve)",
    "data": f"CIFAR-10 at 16 × 16, means of 2 × 2 pixels: the first {IMAGES:,} training images to "
    f"train on, the first {SAMPLES:,} test images to compare with",
    "generator": f"dcgan_generator of width {WIDTH}, kernels of {KERNEL}; its last layer is a "
    "transposed convolution, or repeats each pixel (nearest) or interpolates (bilinear) before an "
    "ordinary convolution of as many weights",
    "gan": {"loss": "non_saturating", "ema": 0.999},
    "adam": {"learning_rate": RATE, "beta_1": 0.5},
    "batch_size": BATCH_SIZE,
    "steps": STEPS,
    "machine": "two cores of a server CPU, shared with others",
}


def generator(kind: str, seed: int):
    """A small DCGAN generator whose last layer doubles the size in the way that ``kind`` says."""
    import keras
    from keras import layers

    from ganlib import networks

    whole = networks.dcgan_generator(
        LATENT_DIM, (SIDE, SIDE, 3), width=WIDTH, kernel_size=KERNEL, seed=seed
    )
    if kind == "transposed":
        return whole
    *_, doubling, last = whole.layers  # the last transposed convolution, and tanh
    x = layers.UpSampling2D(2, interpolation=kind)(doubling.input)
    start = keras.initializers.RandomNormal(stddev=0.02, seed=1000 * seed + 900)
    x = layers.Conv2D(3, KERNEL, padding="same", kernel_initializer=start)(x)
    return keras.Model(whole.input, last(x), name=f"generator_{kind}")


def small(images):
    """Bytes of half the height and width: means of 2 × 2 pixels."""
    import numpy as np

    blocks = images.reshape(len(images), SIDE, 2, SIDE, 2, 3)
    return np.rint(blocks.mean((2, 4))).astype(np.uint8)


def run(kind: str, seed: int) -> None:
    """One run; its samples are written to FOLDER."""
    import keras
    import numpy as np

    from ganlib import data, networks
    from ganlib.gan import GAN

    images = small(data.load("cifar10", n=IMAGES))
    made = generator(kind, seed)
    discriminator = networks.dcgan_discriminator(
        (SIDE, SIDE, 3), width=WIDTH, dropout=0.3, kernel_size=4, seed=seed
    )
    gan = GAN(made, discriminator, latent_dim=LATENT_DIM, ema=0.999, seed=seed)
    adam = {"learning_rate": RATE, "beta_1": 0.5}
    gan.compile(
        g_optimizer=keras.optimizers.Adam(**adam),
        d_optimizer=keras.optimizers.Adam(**adam),
        steps_per_execution=20,
    )
    started = time.process_time()
    gan.fit(
        data.dataset(images, batch_size=BATCH_SIZE, seed=seed), steps_per_epoch=STEPS, verbose=0
    )
    seconds = time.process_time() - started
    FOLDER.mkdir(parents=True, exist_ok=True)
    samples = data.to_uint8(gan.sample(SAMPLES, seed=SEED))
    np.savez(path_of(kind, seed), samples=samples, seconds=seconds, weights=made.count_params())
    print(kind, seed, f"{seconds:.0f} CPU seconds", flush=True)


def path_of(kind: str, seed: int) -> Path:
    """Where the samples of a run are kept."""
    return FOLDER / f"{kind}-{seed}.npz"


def collect() -> None:
    """Spectra, and the table of who is told by whose detector, into one card."""
    import keras
    import numpy as np
    import tensorflow as tf

    from ganlib import data, experiments
    from ganlib.society import forensics, judging

    real = small(data.load("cifar10", "test", n=SAMPLES))
    half = SAMPLES // 2
    keys = [(kind, seed) for kind in KINDS for seed in range(9) if path_of(kind, seed).exists()]
    kept = {key: np.load(path_of(*key)) for key in keys}
    samples = {key: each["samples"] for key, each in kept.items()}
    runs = []
    for kind, seed in keys:
        told = {}
        for name, measure in (("rings", forensics.rings), ("log_dct", forensics.log_dct)):
            detector = forensics.fit_linear(real[:half], samples[kind, seed][:half], measure)
            on_real = detector(real[half:])
            told[name] = {
                f"{other[0]} {other[1]}": round(
                    judging.auc(on_real, detector(samples[other][half:])), 4
                )
                for other in keys
            }
        runs.append(
            {
                "kind": kind,
                "seed": seed,
                "cpu_seconds": round(float(kept[kind, seed]["seconds"]), 1),
                "weights": int(kept[kind, seed]["weights"]),
                "rings": brightness(samples[kind, seed]),
                "auc": told,
            }
        )
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    card = {**NOTES, "versions": versions, "real_rings": brightness(real), "runs": runs}
    pictures = {kind: samples[kind, 0][:PICTURES] for kind in KINDS}
    experiments.write("upsampling", card, pictures)
    print(f"{len(runs)} runs")


def brightness(images) -> list[float]:
    """The mean azimuthal spectrum of brightness."""
    from ganlib.society import forensics

    return forensics.rings(images)[:, 0].mean(axis=0).round(4).tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", help="such as transposed:0")
    parser.add_argument("--collect", action="store_true", help="gather all runs for the package")
    arguments = parser.parse_args()

    from ganlib import course
    from ganlib.support import stderr

    with stderr.quiet():
        course.start("training", precision="float32")
    for each in arguments.runs:
        kind, _, seed = each.partition(":")
        if not path_of(kind, int(seed)).exists():
            run(kind, int(seed))
    if arguments.collect:
        collect()


if __name__ == "__main__":
    main()
