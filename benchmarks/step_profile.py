"""Where the time of a training step goes: TensorFlow's own trace of ``GAN.fit``, summed up by kind.

    python benchmarks/step_profile.py

The trace says of each operation how long it took. Here one operation runs at a time, on all cores,
so that the times add up to that of the step. The products' speed is the work that the shapes of the
networks give, over the time of those operations.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from training_step import (
    PEAK_SIZE,
    PRECISIONS,
    QUIET,
    STEPS_PER_EXECUTION,
    FitSide,
    Others,
    PeakSide,
    build,
    products,
    step_flops,
)

PRODUCTS = "products of convolutions and dense layers"
COPIES = "their biases, and copies for them"
REST = "latents, losses, means, and the rest"
BETWEEN = "between the operations"
# Part of an operation's path: what it is for. The first that fits.
LAYERS = {
    "batch_normalization": "batch norm",
    "dropout": "dropout",
    "re_lu": "activations",
    "images": "activations",  # the tanh of G's last layer
    "adam": "Adam",
    **dict.fromkeys(("conv2d", "dense", "logits"), COPIES),
}
COPYING = (
    "Pad",
    "Transpose",
    "ExtractImagePatches",
)  # of ganlib.support.cpu_layers, which names no layer


def kind(path: str, operation: str) -> str:
    """What an operation of the step is for, by its path in the graph and its type."""
    if "Conv2D" in operation or "MatMul" in operation:
        return PRODUCTS
    for part, name in LAYERS.items():
        if part in path:
            return name
    return COPIES if operation.endswith(COPYING) else REST


class TracedSide(FitSide):
    """``GAN.fit`` again, measured by a trace."""

    def measure(self, steps: int) -> tuple[float, Counter]:
        """Seconds of so many steps, and of each kind of operation in them."""
        import tensorflow as tf
        from tensorflow.tsl.profiler.protobuf import xplane_pb2

        with tempfile.TemporaryDirectory() as folder:
            tf.profiler.experimental.start(folder)
            try:
                seconds = super().measure(steps)
            finally:
                tf.profiler.experimental.stop()
            [path] = Path(folder).rglob("*.xplane.pb")
            space = xplane_pb2.XSpace.FromString(path.read_bytes())
        taken: Counter = Counter()
        for plane in space.planes:
            for line in plane.lines:
                for event in line.events:
                    name = plane.event_metadata[event.metadata_id].name
                    path, _, operation = name.rpartition(":")
                    if path.startswith("while/body"):  # the loop over the steps
                        taken[kind(path, operation)] += event.duration_ps / 1e12
        taken[BETWEEN] = seconds - sum(taken.values())
        return seconds, taken


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=128)
    return parser.parse_args()


def main() -> None:
    arguments = options()
    import numpy as np

    from ganlib.support import stderr

    with stderr.quiet():
        import tensorflow as tf

        tf.config.threading.set_inter_op_parallelism_threads(1)
    images = np.random.default_rng(0).integers(0, 256, (12800, 32, 32, 3), np.uint8)
    batch_size, others = arguments.batch_size, Others()
    rounds = {precision: [] for precision in PRECISIONS}
    peaks = {precision: [] for precision in PRECISIONS}
    busy = []
    with stderr.quiet():
        flops = step_flops(*map(products, build("float32")))
        sides = {name: TracedSide(name, batch_size, images) for name in PRECISIONS}
        squares = {name: PeakSide(name) for name in PRECISIONS}
        for side in (*sides.values(), *squares.values()):  # compile, fill the caches
            side.measure(STEPS_PER_EXECUTION)
        for _ in range(arguments.rounds):
            for name in PRECISIONS:
                profile, share = others.during(sides[name], STEPS_PER_EXECUTION)
                rounds[name].append(profile)
                seconds, other_share = others.during(squares[name], 3)
                peaks[name].append(2 * PEAK_SIZE**3 / seconds)
                busy += [share, other_share]
    report(rounds, peaks, flops, batch_size)
    print(f"\nOther programs took {max(busy):.0%} of the machine at most", end="")
    print("." if max(busy) <= QUIET else ": it was NOT quiet, and nothing here is to be quoted.")


def report(rounds: dict, peaks: dict, flops: int, batch_size: int) -> None:
    """The table of shares of the step's time, medians over the rounds, and the products' speed."""
    images = batch_size * STEPS_PER_EXECUTION
    shares = {
        name: {
            part: statistics.median(taken[part] / seconds for seconds, taken in profiles)
            for part in {part for _, taken in profiles for part in taken}
        }
        for name, profiles in rounds.items()
    }
    first = next(iter(shares))
    print(f"Share of a step's time, batch {batch_size}, medians of {len(rounds[first])} rounds:\n")
    print(f"| | {' | '.join(shares)} |\n|---|{'---|' * len(shares)}")
    for part in sorted(shares[first], key=shares[first].get, reverse=True):
        cells = [f"{each.get(part, 0):.0%}" for each in shares.values()]
        print(f"| {part} | {' | '.join(cells)} |")
    print()
    for name, profiles in rounds.items():
        peak = statistics.median(peaks[name])
        speed = statistics.median(images / seconds for seconds, _ in profiles)
        product = statistics.median(flops * images / taken[PRODUCTS] for _, taken in profiles)
        print(
            f"{name}: {speed:.0f} images/s; the products run at {product / 1e9:.0f} GFLOP/s, "
            f"{product / peak:.2f} of the {peak / 1e9:.0f} of a {PEAK_SIZE}² matrix product."
        )


if __name__ == "__main__":
    sys.exit(main())
