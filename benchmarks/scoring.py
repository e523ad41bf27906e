"""How long it takes to score generated images, and where the time goes.

    python benchmarks/scoring.py

Scores 10,000 random images (the time does not depend on what they show) against the features of as
many others, in float32 and in bfloat16. Rows: the classifier as it was trained, the classifier with
its batch norms folded into the convolutions (``ganlib.metrics.extract`` uses this one), and each
measure on features that are there. Medians of rounds in which all rows take turns; needs a quiet
machine. Processor time, which counts all cores, depends less on what else runs.

Aim: at most 3 s for the Fréchet distance of 10,000 images, which is the second row and the third.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

BATCH = 100


def rows(n: int) -> dict:
    """What is timed, by name."""
    import numpy as np

    from ganlib import metrics, precision_recall, zoo
    from ganlib.features import NETWORK

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 32, 32, 3), np.uint8)
    trained = zoo.load(NETWORK)
    ours = metrics.extract(images).features
    others = np.roll(ours, 1, axis=1)  # as large, and not the same

    def pass_through_trained():
        for start in range(0, n, BATCH):
            trained.predict_on_batch(images[start : start + BATCH])

    return {
        "the classifier as trained": pass_through_trained,
        "extract": lambda: metrics.extract(images),
        "Fréchet distance": lambda: metrics.classifier_frechet_distance(ours, others),
        "kernel distance": lambda: metrics.kernel_distance(ours, others),
        "precision, recall, density, coverage": (
            lambda: precision_recall.precision_recall_density_coverage(ours, others)
        ),
    }


def measure(n: int, rounds: int, precision: str) -> dict[str, tuple[float, float]]:
    """Seconds on the clock and of the processor for each row."""
    from ganlib import course
    from ganlib.support import stderr

    with stderr.quiet():
        course.start("scoring", precision=precision)
    timed = rows(n)
    times = {name: [] for name in timed}
    for turn in range(rounds + 1):  # the first one compiles
        for name, call in timed.items():
            clock, processor = time.perf_counter(), time.process_time()
            call()
            if turn:
                spent = time.perf_counter() - clock, time.process_time() - processor
                times[name].append(spent)
    return {
        name: tuple(map(statistics.median, zip(*values, strict=True)))
        for name, values in times.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", help="measure this one alone, in this process")
    arguments = parser.parse_args()
    if arguments.precision:
        measured = measure(arguments.images, arguments.rounds, arguments.precision)
        print(f"\n{arguments.precision}, {arguments.images:,} images, {platform.machine()}\n")
        print("| | seconds | of the processor |\n|---|---|---|")
        for name, (clock, processor) in measured.items():
            print(f"| {name} | {clock:.2f} | {processor:.2f} |")
        return
    options = ["--images", str(arguments.images), "--rounds", str(arguments.rounds)]
    for precision in ("float32", "bfloat16"):
        subprocess.run([sys.executable, __file__, *options, "--precision", precision], check=True)


if __name__ == "__main__":
    main()
