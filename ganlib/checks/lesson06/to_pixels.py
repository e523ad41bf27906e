"""Images in [-1, 1] back to bytes."""

from typing import Any

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["dtype", "to_pixels"]


def dtype(value: Any) -> str:
    """The name of an array's or a tensor's dtype; "" for what has none."""
    dtype = getattr(value, "dtype", "")
    return getattr(dtype, "name", None) or str(dtype)


def _scaled(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float32) / np.float32(127.5) - np.float32(1)


@task(
    points=2,
    hints=(
        "Solve x = pixel/127.5 − 1 for the pixel.",
        "astype cuts the fraction off. Round to the nearest whole number first, with np.rint.",
        "np.clip(values, 0, 255) holds values within their range. It must happen before uint8, in "
        "which a 256 cannot be told from a 0.",
    ),
)
def to_pixels(trial: Trial) -> None:
    """Images in [-1, 1] back to uint8, rounded to the nearest and clipped."""
    with trial.part(1, "all 256 values, and those between them"):
        every = trial.rng.permutation(256).reshape(4, 8, 8)
        x = _scaled(every)
        answer = _pixels(trial, trial.call(x), every.shape)
        exact = (x + np.float32(1)) * np.float32(127.5)
        trial.expect(
            answer,
            every,
            within=1e-6,
            usual=(
                (
                    np.trunc(exact),
                    "Some pixels come back one step too dark. The fraction was cut off, not "
                    "rounded.",
                ),
                (
                    np.clip(np.rint(x * 255), 0, 255),
                    "All that is below the middle has become black: this is the way back from [0, "
                    "1].",
                ),
                (
                    np.rint(x * 255).astype(int) % 256,
                    "This is the way back from [0, 1], and what is below 0 has wrapped round.",
                ),
                (
                    np.trunc(x * 255).astype(int) % 256,
                    "This is the way back from [0, 1], and what is below 0 has wrapped round.",
                ),
                (
                    np.clip(np.rint((x + 1) * 128), 0, 255),
                    "Some pixels are off by one: the factor is not that of the formula in the "
                    "task.",
                ),
                (
                    np.rint((x - x.min()) / np.ptp(x) * 254),
                    "The largest value does not become 255.",
                ),
                (255 - every, "Dark and bright have changed places."),
            ),
            otherwise="Not all 256 values come back as they were. Put −1, 0 and 1 into your "
            "formula.",
        )
        middle = trial.rng.integers(60, 200, 20)
        x = ((middle + trial.rng.uniform(-0.4, 0.4, 20)) / 127.5 - 1).astype(np.float32)
        trial.expect(
            _pixels(trial, trial.call(x), (20,)),
            middle,
            within=1e-6,
            usual=(
                (np.trunc((x + 1) * 127.5), "Values between two pixels are cut off, not rounded."),
                (np.ceil((x + 1) * 127.5), "Values between two pixels are always rounded up."),
                (
                    np.rint((x - x.min()) / np.ptp(x) * 255),
                    "An image without black and white was stretched to the whole range. The scale "
                    "is the same for all images.",
                ),
            ),
            otherwise="Values between two pixels do not go to the nearest.",
        )
    with trial.part(1, "what lies outside is black or white"):
        x = np.array([[-1.02, -1.3, 1.003], [1.02, 1.3, 0.0039]], np.float32)
        right = np.array([[0, 0, 255], [255, 255, 128]])
        answer = _pixels(trial, trial.call(x), x.shape)
        wrapped = np.rint((x + 1) * 127.5).astype(int) % 256
        saturated = np.where(x < 0, wrapped, right)
        trial.expect(
            answer,
            right,
            within=1e-6,
            usual=(
                (
                    wrapped,
                    "What lies outside of [−1, 1] has wrapped round: a value just above 1 became "
                    "0.",
                ),
                (saturated, "What lies below −1 has wrapped round, and became bright."),
                (
                    np.where(x > 0, wrapped, right),
                    "What lies above 1 has wrapped round, and became black.",
                ),
            ),
            otherwise="Values a little outside of [−1, 1] are not right: below −1 is black, above "
            "1 white.",
        )


def _pixels(trial: Trial, value: Any, shape: tuple) -> np.ndarray:
    answer = trial.array(value, shape, "the result")
    if dtype(value) != "uint8":
        kind = dtype(value) or type(value).__name__
        raise Wrong(f"The result is of type {kind}, but pixels are uint8, one byte each.")
    return answer
