"""What each layer of ``ganlib.support.cpu_layers`` brings to a whole training step of the DCGAN.

    python benchmarks/layers_ablation.py

Sides that differ in one layer, Keras's own or the library's, take turns; each trains the same
networks with ``GAN.train_step`` on one batch that is ready. A layer is worth its lines where it
saves a tenth of a step. Processor time hardly depends on what else runs on the machine, real time
does.
"""

import argparse
import contextlib
import os
import statistics
import sys
import time
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

from training_step import LATENT_DIM, PRECISIONS, QUIET, Others, build, describe_machine

WORTH = 0.10  # share of a step
SIDES = {
    "Keras's own layers": (),
    "Dropout": ("Dropout",),
    "Conv2D": ("Conv2D",),
    "Conv2DTranspose": ("Conv2DTranspose",),
    "both convolutions": ("Conv2D", "Conv2DTranspose"),
    "all three": ("Conv2D", "Conv2DTranspose", "Dropout"),
}


class Side:
    """A compiled training step of the DCGAN in which only the layers ``ours`` are the library's."""

    def __init__(self, ours: tuple[str, ...], precision: str, batch_size: int):
        import keras
        import numpy as np
        import tensorflow as tf

        from ganlib.gan import GAN
        from ganlib.support import cpu_layers

        with contextlib.ExitStack() as swapped:
            for name in set(cpu_layers.__all__) - set(ours):
                swapped.enter_context(
                    mock.patch.object(cpu_layers, name, getattr(keras.layers, name))
                )
            gan = GAN(*build(precision), LATENT_DIM)
        used = {
            type(layer).__name__
            for network in (gan.generator, gan.discriminator)
            for layer in network.layers
            if type(layer).__module__ == cpu_layers.__name__
        }
        if used != set(ours):
            raise SystemExit(f"The networks hold the library's {used}, but must hold {ours}.")
        gan.compile()
        pixels = np.random.default_rng(0).integers(0, 256, (batch_size, 32, 32, 3), np.uint8)
        real = tf.constant(pixels)
        self.step = tf.function(lambda: gan.train_step(real))

    def measure(self, steps: int) -> tuple[float, float]:
        """Seconds of real time and of processor time a step."""
        real, processor = time.perf_counter(), time.process_time()
        for _ in range(steps):
            logs = self.step()
        logs["d_loss"].numpy()
        now = time.perf_counter(), time.process_time()
        return (now[0] - real) / steps, (now[1] - processor) / steps


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=10, help="of each side in a round")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--precisions", nargs="+", default=list(PRECISIONS), choices=PRECISIONS)
    parser.add_argument("--threads", type=int, help="of TensorFlow; all cores unless given")
    return parser.parse_args()


def compare(precision: str, batch_size: int, rounds: int, steps: int) -> list[float]:
    """Print the rows of one precision and batch size; return what share other programs took."""
    names = dict(SIDES)
    if precision == "float32":  # there the convolutions are Keras's own
        names = {name: SIDES[name] for name in ("Keras's own layers", "Dropout")}
    sides = {name: Side(ours, precision, batch_size) for name, ours in names.items()}
    for side in sides.values():  # compile, fill the caches
        side.measure(3)
    others, shares = Others(), []
    times = {name: [] for name in sides}
    for turn in range(rounds):
        for name in sorted(sides, key=list(sides).index, reverse=bool(turn % 2)):
            pair, share = others.during(sides[name], steps)
            times[name].append(pair)
            shares.append(share)
    plain = times["Keras's own layers"]
    for name, pairs in times.items():
        cells = []
        for clock in (0, 1):
            saved = [1 - new[clock] / old[clock] for new, old in zip(pairs, plain, strict=True)]
            middle = statistics.median(saved)
            cells.append(f"{1000 * statistics.median(pair[clock] for pair in pairs):.1f}")
            cells.append(f"{middle:+.1%} ({min(saved):+.1%} … {max(saved):+.1%})")
        print(f"| {precision} | {batch_size} | {name} | {' | '.join(cells)} |", flush=True)
    return shares


def main() -> None:
    arguments = options()
    from ganlib.support import stderr

    with stderr.quiet():
        import tensorflow as tf
    if arguments.threads:
        tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    describe_machine(None)
    print(
        f"\nMedians of {arguments.rounds} rounds of {arguments.steps} steps; saved: of a step with "
        f"Keras's own layers, round by round (lowest … highest)\n\n"
        "| precision | batch | the library's layers | ms | saved | processor ms | saved |\n"
        "|---|---|---|---|---|---|---|"
    )
    shares = []
    for precision in arguments.precisions:
        for batch_size in arguments.batch_sizes:
            shares += compare(precision, batch_size, arguments.rounds, arguments.steps)
    print(
        f"\nOther programs took {statistics.mean(shares):.0%} of the machine, {max(shares):.0%} at "
        f"most. A layer is worth keeping from {WORTH:.0%} on."
    )
    if max(shares) > QUIET:
        print("It was NOT quiet: the columns of real time are not to be quoted.")


if __name__ == "__main__":
    sys.exit(main())
