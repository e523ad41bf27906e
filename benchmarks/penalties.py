"""What it brings that r1 and r2 judge the logits of the loss, in place of a pass of their own.

    python benchmarks/penalties.py

``GAN.fit`` with the DCGAN and each set of penalties, twice: as it is, and with a critic that
forgets what it has judged, so that each penalty sends its samples through D once more. The sides
take turns; the table holds medians over the rounds. Both learn the same in float32, which is tried
first.
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
    Others,
    describe_machine,
)

SETS = {"none": {}, "r1": {"r1": 0.1}, "r1 and r2": {"r1": 0.1, "r2": 0.1}}
SETS["gradient penalty"] = {"gradient_penalty": 10.0}


class PenaltySide:
    """``GAN.fit`` with penalties, by a critic that remembers or one that forgets."""

    def __init__(self, weights: dict, remembers: bool, precision: str, batch_size: int, images):
        import keras

        from ganlib import data, networks, penalties
        from ganlib.gan import GAN

        class Forgetful(penalties.Watched):
            def slopes(self, samples, labels):
                self._judged.clear()
                return super().slopes(samples, labels)

        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(PRECISIONS[precision])
        players = networks.dcgan_generator(LATENT_DIM), networks.dcgan_discriminator(dropout=0.0)
        keras.config.set_dtype_policy(before)
        self.gan = GAN(*players, LATENT_DIM, loss="relativistic", penalties=weights)
        self.gan.compile(steps_per_execution=STEPS_PER_EXECUTION)
        self.dataset = data.dataset(images, batch_size=batch_size)
        watched = penalties.Watched
        penalties.Watched = watched if remembers else Forgetful
        try:
            self.measure(STEPS_PER_EXECUTION)  # compiles the step, with this critic
        finally:
            penalties.Watched = watched

    def measure(self, steps: int) -> float:
        start = time.perf_counter()
        self.gan.fit(self.dataset, steps_per_epoch=steps, verbose=0)
        return time.perf_counter() - start


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20, help="per side and round")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--precisions", nargs="+", default=list(PRECISIONS), choices=PRECISIONS)
    return parser.parse_args()


def main() -> None:
    arguments = options()
    import numpy as np

    from ganlib.support import stderr

    with stderr.quiet():
        import tensorflow  # noqa: F401

        describe_machine(None)
    images = np.random.default_rng(0).integers(0, 256, (1280, 32, 32, 3), np.uint8)
    steps = -(-arguments.steps // STEPS_PER_EXECUTION) * STEPS_PER_EXECUTION
    sides = {
        (precision, name, remembers): PenaltySide(
            weights, remembers, precision, arguments.batch_size, images
        )
        for precision in arguments.precisions
        for name, weights in SETS.items()
        for remembers in (True, False)
        if remembers or "r1" in weights
    }
    for (precision, name, remembers), side in sides.items():
        if precision == "float32" and not remembers:
            pairs = zip(
                side.gan.get_weights(), sides[precision, name, True].gan.get_weights(), strict=True
            )
            apart = max(float(np.abs(one - other).max()) for one, other in pairs)
            print(
                f"{name}: weights differ by {apart:.1e} at most after {STEPS_PER_EXECUTION} steps"
            )
    others, measured = Others(), {key: [] for key in sides}
    for turn in range(arguments.rounds):
        for key, side in list(sides.items())[:: 1 if turn % 2 == 0 else -1]:
            measured[key].append(others.during(side, steps))
    report(measured, steps * arguments.batch_size)


def report(measured: dict, images: int) -> None:
    """The table: images per second, and how much the penalties cost."""
    speed = {
        key: statistics.median(images / seconds for seconds, _ in pairs)
        for key, pairs in measured.items()
    }
    print("\n| precision | penalties | images/s | with passes of their own | gain |")
    print("|---|---|---|---|---|")
    for (precision, name, remembers), value in speed.items():
        if remembers:
            other = speed.get((precision, name, False))
            rest = f"{other:.0f} | {value / other - 1:+.0%}" if other else "– | –"
            print(f"| {precision} | {name} | {value:.0f} | {rest} |")
    if max(share for pairs in measured.values() for _, share in pairs) > QUIET:
        print("\nOther programs ran meanwhile: not to be quoted.")


if __name__ == "__main__":
    main()
