"""Bits per dimension of images from a density on [-1, 1]."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["bits"]

SCALE = np.log2(127.5)


@task(
    points=2,
    hints=(
        "From nats to bits: divide by log 2. From an image to a value: divide by their number.",
        "One step of a byte is 1/127.5 in [-1, 1]. A density per byte is 127.5 times lower, which "
        "costs log₂ 127.5 bits for each value.",
    ),
)
def bits(trial: Trial) -> None:
    """Bits for each byte, from −log p(x) in nats of a whole image."""
    with trial.part(1, "a density that is even needs 8 bits, whatever the size of the image"):
        for values in (1, 3072):
            _expect(trial, values * np.log(256 / 127.5), values)
    with trial.part(1, "other densities, also those below 0 nats"):
        for values in (12, 3072):
            _expect(trial, float(trial.rng.uniform(-2.5, -1.5) * values), values)


def _expect(trial: Trial, nats: float, values: int) -> None:
    answer = trial.number(trial.call(nats, values), "the number of bits")
    plain = nats / values
    trial.expect(
        answer,
        plain / np.log(2) + SCALE,
        usual=(
            (plain / np.log(2), "The change of scale is missing: the density belongs to [-1, 1], "
             "not to bytes."),
            (plain + np.log(127.5), "These are nats. Divide by log 2."),
            (plain + SCALE, "−log p is still in nats: divide it by log 2."),
            (plain / np.log(2) - SCALE, "The scale has the wrong sign. Stretching a density makes "
             "it lower, which costs bits."),
            (plain / np.log(2) + np.log(127.5), "log 127.5 is in nats. Take log₂."),
            (nats / np.log(2) + SCALE, "−log p of the whole image must be divided by the number of "
             "values."),
            (nats / np.log(2) + values * SCALE, "These are the bits of the whole image. Divide by "
             "the number of values."),
            (plain / np.log(2) + 7, "[-1, 1] has a length of 2, but the 256 bytes fill 256/127.5, "
             "a little more: one step is 1/127.5."),
            (plain / np.log(2) + 8, "log₂ 256 is not the scale: [-1, 1] has a length of 2."),
            (plain / np.log(2) + np.log2(255), "One step of a byte is 1/127.5 in [-1, 1], since "
             "the interval has a length of 2."),
        ),
        otherwise="The number of bits is not right. For −log p = n log(256/127.5) it must be 8.",
        what="the number of bits",
    )  # fmt: skip
