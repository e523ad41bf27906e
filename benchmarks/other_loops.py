"""``GAN.fit`` against the training loops that a reader meets elsewhere, on the same networks.

    python benchmarks/other_loops.py
    python benchmarks/other_loops.py --quality 3        also three minutes of CIFAR-10 each

- *GAN.fit*: D learns on real and generated images, then G through the updated D on the same
  generated images.
- *both at once*, the rule of TensorFlow's DCGAN tutorial: both players' gradients are taken before
  either moves, so D runs forward once less.
- *new images for G*, the rule of Keras's DCGAN example: D learns on real and generated images
  joined to one batch, with noise on their labels; then G makes other images and learns through the
  updated D. As printed there the layers stand in inference mode (batch norm keeps the statistics
  it began with, dropout is off), because ``training=True`` is missing; so it runs in both modes.

The sides take turns; the table holds medians over the rounds, and divides by the work that each
rule asks for. ``--quality`` trains each for the same time at these speeds, with three seeds.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from training_step import (
    LATENT_DIM,
    PRECISIONS,
    QUIET,
    STEPS_PER_EXECUTION,
    FitSide,
    Others,
    build,
    describe_machine,
    products,
)

RULES = ("GAN.fit", "both at once", "new images for G", "new images for G, as printed")
SAMPLES = 5000


def flops(rule: str) -> int:
    """Floating-point operations of one step per real image; see ``training_step.step_flops``."""
    generator, discriminator = (products(network) for network in build("float32"))
    g, d = sum(generator), sum(discriminator)
    learn_d = 2 * (3 * d - discriminator[0])
    learn_g = 3 * g - generator[0] + 2 * d
    if rule == "both at once":
        learn_g -= d  # D's forward pass of the generated images serves both players
    if rule.startswith("new images for G"):
        learn_g += g  # the images that D saw are not those that G learns from
    return 2 * (learn_d + learn_g)


def optimizers(generator, discriminator):
    """An Adam for each player, with the course's settings."""
    import keras

    pair = [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2)]
    for optimizer, network in zip(pair, (generator, discriminator), strict=True):
        optimizer.build(network.trainable_variables)
    return pair


def both_at_once(generator, discriminator):
    """A step in which both players answer to the same pair of networks."""
    import tensorflow as tf

    g_adam, d_adam = optimizers(generator, discriminator)

    def step(real):
        latents = tf.random.normal((tf.shape(real)[0], LATENT_DIM))
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            on_real = discriminator(real, training=True)
            on_fake = discriminator(generator(latents, training=True), training=True)
            g_loss = tf.reduce_mean(tf.nn.softplus(-on_fake))
            d_loss = tf.reduce_mean(tf.nn.softplus(-on_real) + tf.nn.softplus(on_fake))
        g_slopes = g_tape.gradient(g_loss, generator.trainable_variables)
        d_slopes = d_tape.gradient(d_loss, discriminator.trainable_variables)
        g_adam.apply(g_slopes, generator.trainable_variables)
        d_adam.apply(d_slopes, discriminator.trainable_variables)

    return step


def new_images_for_g(generator, discriminator, training=True):
    """A step in which D sees one batch of both kinds, and G learns from images of its own."""
    import tensorflow as tf

    g_adam, d_adam = optimizers(generator, discriminator)

    def cross_entropy(labels, logits):
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))

    def step(real):
        n = tf.shape(real)[0]
        fake = generator(tf.random.normal((n, LATENT_DIM)), training=training)
        labels = tf.concat([tf.ones((n, 1)), tf.zeros((n, 1))], axis=0)
        # As there: the noise moves every label a little towards "generated".
        labels -= 0.05 * tf.random.uniform(tf.shape(labels))
        with tf.GradientTape() as tape:
            logits = discriminator(
                tf.concat([tf.cast(real, fake.dtype), fake], axis=0), training=training
            )
            d_loss = cross_entropy(labels, logits)
        variables = discriminator.trainable_variables
        d_adam.apply(tape.gradient(d_loss, variables), variables)
        latents = tf.random.normal((n, LATENT_DIM))
        with tf.GradientTape() as tape:
            logits = discriminator(generator(latents, training=training), training=training)
            g_loss = cross_entropy(tf.ones((n, 1)), logits)
        variables = generator.trainable_variables
        g_adam.apply(tape.gradient(g_loss, variables), variables)

    return step


class LoopSide:
    """A loop over the batches around a compiled step."""

    def __init__(self, rule: str, precision: str, batch_size: int, images, seed: int = 0):
        import tensorflow as tf

        self.generator, discriminator = build(precision, seed)
        make = both_at_once if rule == "both at once" else new_images_for_g
        options = {"training": False} if rule.endswith("as printed") else {}
        self.step = tf.function(make(self.generator, discriminator, **options))
        stream = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images), seed=seed)
        stream = stream.batch(batch_size, drop_remainder=True).repeat()
        stream = stream.map(lambda batch: tf.cast(batch, tf.float32) / 127.5 - 1.0)
        self.batches = iter(stream.prefetch(2))

    def measure(self, steps: int) -> float:
        start = time.perf_counter()
        for _ in range(steps):
            self.step(next(self.batches))
        self.generator.trainable_variables[0].numpy()
        return time.perf_counter() - start

    def sample(self, n: int):
        import tensorflow as tf

        latents = tf.random.stateless_normal((n, LATENT_DIM), seed=(0, 0))
        return self.generator.predict(latents, batch_size=100, verbose=0)


def side(rule: str, precision: str, batch_size: int, images, seed: int = 0):
    """One of the rules, with networks of its own."""
    import keras

    keras.utils.set_random_seed(seed)
    if rule == "GAN.fit":
        fitting = FitSide(precision, batch_size, images, seed)
        fitting.sample = lambda n: fitting.gan.sample(n, seed=0)
        return fitting
    return LoopSide(rule, precision, batch_size, images, seed)


def quality(rates: dict, minutes: float, precision: str, batch_size: int, seeds: int) -> None:
    """The Fréchet distances that each rule reaches in the same time, over the seeds."""
    from ganlib import data, metrics

    real = data.load("cifar10")
    names = ("classifier-cifar10", "referee-cifar10")
    extracted = {name: metrics.extract(real, name) for name in names}
    print(
        f"\nFréchet distances after {minutes:g} minutes at these speeds, {precision}, each seed:\n"
    )
    print("| rule | images | by the classifier | by the referee |\n|---|---|---|---|")
    for rule in RULES:
        steps = round(minutes * 60 * rates[rule] / batch_size / STEPS_PER_EXECUTION)
        steps *= STEPS_PER_EXECUTION
        rows = []
        for seed in range(seeds):
            trained = side(rule, precision, batch_size, real, seed)
            trained.measure(steps)
            fakes = data.to_uint8(trained.sample(SAMPLES))
            seen = {name: metrics.extract(fakes, name) for name in names}
            distance = metrics.classifier_frechet_distance
            rows.append([distance(extracted[name], seen[name]) for name in names])
        cells = [" ".join(f"{value:.1f}" for value in column) for column in zip(*rows, strict=True)]
        print(f"| {rule} | {steps * batch_size:,} | {' | '.join(cells)} |", flush=True)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20, help="per side and round")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--precisions", nargs="+", default=list(PRECISIONS), choices=PRECISIONS)
    parser.add_argument("--quality", type=float, metavar="MINUTES", help="train each so long too")
    parser.add_argument("--seeds", type=int, default=3, help="of --quality")
    return parser.parse_args()


def main() -> None:
    arguments = options()
    import numpy as np

    from ganlib.support import stderr

    with stderr.quiet():
        import tensorflow  # noqa: F401

        describe_machine(None)
    images = np.random.default_rng(0).integers(0, 256, (12800, 32, 32, 3), np.uint8)
    steps = -(-arguments.steps // STEPS_PER_EXECUTION) * STEPS_PER_EXECUTION
    work, others, shares = {rule: flops(rule) for rule in RULES}, Others(), []
    print("\n| precision | rule | images/s | MFLOP an image | against GAN.fit | … for equal work |")
    print("|---|---|---|---|---|---|")
    for precision in arguments.precisions:
        sides = {rule: side(rule, precision, arguments.batch_size, images) for rule in RULES}
        for one in sides.values():
            one.measure(STEPS_PER_EXECUTION)
        speeds = {rule: [] for rule in RULES}
        for _ in range(arguments.rounds):
            for rule, one in sides.items():
                seconds, share = others.during(one, steps)
                shares.append(share)
                speeds[rule].append(steps * arguments.batch_size / seconds)
        rates = {rule: statistics.median(values) for rule, values in speeds.items()}
        for rule in RULES:
            against = rates[rule] / rates["GAN.fit"]
            low, high = min(speeds[rule]), max(speeds[rule])
            print(
                f"| {precision} | {rule} | {rates[rule]:.0f} ({low:.0f}–{high:.0f}) | "
                f"{work[rule] / 1e6:.0f} | {against:.2f} | "
                f"{against * work[rule] / work['GAN.fit']:.2f} |",
                flush=True,
            )
    taken = statistics.mean(shares)
    print(f"\nOther programs took {taken:.0%} of the machine; below {QUIET:.0%} it was quiet.")
    if arguments.quality:
        settings = (arguments.precisions[-1], arguments.batch_size, arguments.seeds)
        quality(rates, arguments.quality, *settings)


if __name__ == "__main__":
    main()
