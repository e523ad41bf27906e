"""Train small conditional GANs that get the label in different ways, and record what they draw.

    python -m tools.training.compare_labels
    python -m tools.training.compare_labels projection --seed 0

The images are shapes at 16 × 16 pixels, the class is one of the ten hues. Everything but the place
of the label is the same: networks, loss, optimizers, latents, batches, number of steps. After some
steps 1,000 samples, 100 of each class, are judged by two judges that no training has seen: for each
class that was asked for, "classifier-shapes" says how often each of the 60 modes came, and a rule
that looks at colours alone how often each hue came. The table goes to ganlib/experiments; runs that
stand in it already are left out.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

NAME = "labels"
WAYS = ("concatenation", "auxiliary", "projection", "norm")
SEEDS = (0, 1, 2)
CLASSES, LATENT_DIM, BATCH_SIZE = 10, 64, 64
MOMENTS = (30, 60, 120, 250, 500, 1000)  # steps
SAMPLES, PICTURES = 1000, 20
G = {"latent_dim": LATENT_DIM, "image_shape": (16, 16, 3), "width": 32, "kernel_size": 4}
D = {"width": 32, "kernel_size": 4, "dropout": 0.0}
LEARNING_RATE = 5e-4


def halved(images):
    """Images with half the height and width: the means of 2 × 2 pixels, uint8."""
    import numpy as np

    n, height, width, channels = images.shape
    blocks = images.reshape(n, height // 2, 2, width // 2, 2, channels).astype(np.float32)
    return np.rint(blocks.mean((2, 4))).astype(np.uint8)


def doubled(images):
    """Images with each pixel as a square of 2 × 2, as the classifier takes them."""
    return images.repeat(2, axis=1).repeat(2, axis=2)


def build(way, seed):
    """The GAN that gets its label in this way, compiled."""
    import keras

    from ganlib import conditional, networks
    from ganlib.gan import GAN

    small, kind = (16, 16, 3), GAN
    generator = networks.dcgan_generator(classes=CLASSES, **G, seed=seed)
    if way == "concatenation":
        wider = networks.dcgan_discriminator((16, 16, 3 + CLASSES), **D, seed=seed)
        discriminator = conditional.concatenated(wider, CLASSES)
    elif way == "auxiliary":
        plain = networks.dcgan_discriminator(small, **D, seed=seed)
        discriminator = conditional.auxiliary(plain, CLASSES, seed=seed)
        kind = conditional.AuxiliaryGAN
    else:
        discriminator = networks.dcgan_discriminator(small, **D, classes=CLASSES, seed=seed)
    if way == "norm":
        plain = networks.dcgan_generator(**G, seed=seed)
        generator = conditional.with_conditional_norm(plain, CLASSES)
    gan = kind(generator, discriminator, LATENT_DIM, ema=0.99, seed=seed)
    g_optimizer, d_optimizer = (
        keras.optimizers.Adam(LEARNING_RATE, beta_1=0.5, beta_2=0.99) for _ in range(2)
    )
    gan.compile(g_optimizer=g_optimizer, d_optimizer=d_optimizer, steps_per_execution=10)
    return gan


def judged(images, labels):
    """How often each mode and each hue was seen in images of each class, and how much images of a
    class differ.

    The first two are uint8 ``(CLASSES, 60)`` and ``(CLASSES, CLASSES)``. The third is the variance
    of a pixel among images of one class, averaged over pixels and classes, for values in [-1, 1].
    """
    import numpy as np

    from ganlib import data, features, shapes
    from ganlib.hues import nearest_hue

    seen = features.extract(doubled(images), "classifier-shapes").logits.argmax(axis=1)
    counts = np.bincount(labels * shapes.MODES + seen, minlength=CLASSES * shapes.MODES)
    hues = np.bincount(labels * CLASSES + nearest_hue(images), minlength=CLASSES**2)
    pixels = data.to_network(images)
    variance = np.mean([pixels[labels == label].var(axis=0).mean() for label in range(CLASSES)])
    counts, hues = (each.reshape(CLASSES, -1).astype(np.uint8) for each in (counts, hues))
    return counts, hues, float(variance)


def train(way, seed, images, labels):
    """Train one GAN; its row of the table, modes and hues seen at each moment, pictures at the
    end.
    """
    import numpy as np

    from ganlib import data

    gan, step = build(way, seed), 0
    batches = data.dataset(images, labels, batch_size=BATCH_SIZE, seed=seed)
    weights = int(gan.generator.count_params() + gan.discriminator.count_params())
    row = {"way": way, "seed": seed, "weights": weights, "steps": [], "variance": []}
    modes_seen, hues_seen = [], []
    for moment in MOMENTS:
        gan.fit(batches.starting_at(step), steps_per_epoch=moment - step, verbose=0)
        step = moment
        asked = np.arange(SAMPLES, dtype=np.int32) % CLASSES
        drawn = data.to_uint8(gan.sample(SAMPLES, labels=asked, seed=12345))
        seen, hues, variance = judged(drawn, asked)
        row["steps"].append(step)
        modes_seen.append(seen)
        hues_seen.append(hues)
        row["variance"].append(variance)
    return row, np.stack(modes_seen), np.stack(hues_seen), drawn[:PICTURES]


def main():
    import keras
    import numpy as np
    import tensorflow as tf

    from ganlib import course, data, experiments
    from ganlib.support import stderr

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("way", nargs="?", choices=WAYS, help="only this one")
    parser.add_argument("--seed", type=int, help="only this one")
    arguments = parser.parse_args()
    with stderr.quiet():
        course.start("training", precision="float32")

    images, modes = data.load("shapes", labels=True, n=20_000)
    test, test_modes = data.load("shapes", "test", labels=True, n=SAMPLES)
    real_seen, real_hues, real_variance = judged(halved(test), test_modes % CLASSES)
    card = {
        "what": "Modes that the judge sees in samples of the average of the weights, by the class "
        'asked for (arrays "seen WAY-SEED": moment, class, mode); hues by their colours alone '
        '("hues WAY-SEED": moment, class, hue); and the variance of a pixel within a class',
        "script": "tools/training/compare_labels.py",
        "data": "20,000 images of ganlib.shapes, halved to 16 × 16; the class is the hue",
        "generator": G,
        "discriminator": D,
        "adam": {"learning_rate": LEARNING_RATE, "beta_1": 0.5, "beta_2": 0.99},
        "batch_size": BATCH_SIZE,
        "ema": 0.99,
        "precision": "float32",
        "machine": "two cores of a server CPU with AMX, shared with others",
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "judge": "classifier-shapes on samples doubled to 32 × 32",
        "hues": "ganlib.hues.nearest_hue on the samples as they are",
        "real": {"variance": real_variance, "images": SAMPLES},
    }
    runs, arrays = [], {"seen real": real_seen, "hues real": real_hues}
    if NAME in experiments.names():
        earlier, arrays = experiments.load(NAME)
        runs = earlier["runs"]
    for seed in SEEDS if arguments.seed is None else [arguments.seed]:
        for way in WAYS if arguments.way is None else [arguments.way]:
            name = f"{way}-{seed}"
            if name in arrays:
                continue
            row, seen, hues, drawn = train(way, seed, halved(images), modes % CLASSES)
            runs.append(row)
            arrays |= {name: drawn, f"seen {name}": seen, f"hues {name}": hues}
            experiments.write(NAME, card | {"runs": runs}, arrays)
            by_judge = seen[-1].reshape(CLASSES, 6, CLASSES).sum(axis=1)
            told = [np.trace(each) / SAMPLES for each in (by_judge, hues[-1])]
            print("{}: as asked {:.3f}, by colour {:.3f}".format(name, *told), flush=True)


if __name__ == "__main__":
    main()
