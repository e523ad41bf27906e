"""A step from float16 gradients of a scaled loss."""

from typing import Any

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["scaled_step"]


@task(
    points=3,
    hints=(
        "Of which dtype is gradients / scale? Print it, and print what becomes of 3e-4 there.",
        "Turn the gradients into float32 first; then divide, and then look at them.",
        "np.isfinite is False for inf, for -inf and for NaN. If one value is not finite, the "
        "weights go back as they came.",
    ),
)
def scaled_step(trial: Trial) -> None:
    """One step of gradient descent from float16 gradients of a scaled loss."""
    n, rate = 12, 0.1
    weights = trial.rng.normal(0, 1, n).astype(np.float32)
    usual = trial.rng.normal(0, 0.5, n)
    tiny = trial.rng.uniform(0.5e-8, 2e-8, n)
    with trial.part(1, "a step arrives in the weights, with small gradients and with large ones"):
        _expect_ordinary_step(trial, weights, (2.0**10 * usual).astype(np.float16), 2.0**10, rate)
        for scale in (2.0**15, 2.0**16):
            _expect_tiny_step(trial, (scale * tiny).astype(np.float16), scale)
        for large in LARGE:
            _expect_large_step(trial, weights[:3], large, rate)
    overflows, scale = [], 2.0**15
    for bad in (np.inf, -np.inf, np.nan):
        gradients = (scale * usual).astype(np.float16)
        gradients[int(trial.rng.integers(n))] = bad
        overflows.append((bad, gradients))
    with trial.part(1, "a step that overflowed is skipped as a whole"):
        ordinary = (2.0**10 * usual).astype(np.float16)
        new = trial.array(_step(trial, weights, ordinary, 2.0**10, rate)[0], (n,), "new weights")
        if (new == weights).all():
            raise Wrong("The weights do not move, though all gradients are finite.")
        for bad, gradients in overflows:
            _expect_skipped(trial, weights, bad, gradients, scale, rate)
    with trial.part(1, "the scale is halved then, and only then"):
        after = _step(trial, weights, (2.0**10 * usual).astype(np.float16), 2.0**10, rate)[1]
        kept = (
            (2.0**9, "The scale was halved though nothing overflowed."),
            (2.0**11, "The scale was doubled. The task asks for no growth."),
        )
        otherwise = "Without overflow the scale should stay."
        trial.expect(after, 2.0**10, usual=kept, otherwise=otherwise)
        for bad, gradients in overflows:
            _expect_halved(trial, bad, _step(trial, weights, gradients, scale, rate)[1], scale)
        for gradients, message in LARGE.items():
            given = np.array(gradients, np.float16)
            after = _step(trial, weights[:3], given, scale, rate)[1]
            trial.expect(
                after, scale, usual=((scale / 2, message),), otherwise="It should stay here."
            )


# Finite gradients that are taken for an overflow, and what to say then.
LARGE = {
    (4e4, 4e4, 20): "All gradients were finite; your test overflowed itself.",
    (65504, -65504, 20): "65,504 is the largest number of float16 and still finite, but here it "
    "is taken for an overflow. np.isfinite tells the two apart.",
}


def _expect_ordinary_step(
    trial: Trial, weights: np.ndarray, gradients: np.ndarray, scale: float, rate: float
) -> None:
    """Neither too small nor too large anywhere, and float32 at the end."""
    true = gradients.astype(np.float64) / scale
    half = np.float16(rate) * (gradients / np.float16(scale))
    new, _ = _step(trial, weights, gradients, scale, rate)
    trial.expect(
        trial.array(new, weights.shape, "the new weights"),
        weights - rate * true,
        within=1e-6,
        usual=(
            (weights - rate * true * scale, "The gradients still carry the scale."),
            (
                weights - rate * true * scale**2,
                "You multiplied by the scale; it is in them already.",
            ),
            (weights + rate * true, "This step climbs: descent subtracts."),
            (weights - true, "The learning rate is missing."),
            (weights, "The weights do not move, though all gradients are finite."),
            (
                weights - half,
                "The update was computed in float16: of 1e-8, 2e-8 and 3e-8 there remain 0, 0 and "
                "6e-8.",
            ),
            ((weights - rate * true).astype(np.float16), "The new weights are rounded to float16."),
            (weights.astype(np.float16) - half, "The weights are float16 here. Keep them float32."),
        ),
        otherwise="The new weights of an ordinary step are not right: gradients divided by the "
        "scale, times the learning rate, subtracted.",
    )
    dtype = getattr(new, "dtype", None)  # a list has none
    if dtype is not None and not str(getattr(dtype, "name", dtype)).endswith("float32"):
        raise Wrong(
            f"The values are right, but the new weights are {getattr(dtype, 'name', dtype)}. Asked "
            "for is float32, as they came; a network's weights do not change their dtype on the "
            "way."
        )


def _expect_tiny_step(trial: Trial, gradients: np.ndarray, scale: float) -> None:
    new, _ = _step(trial, np.zeros(len(gradients), np.float32), gradients, scale, 1.0)
    lost = (
        f"Gradients near 1e-8, scaled by {scale:.0f}, arrive well in float16, and your step loses "
        "them again: the weights do not move. In which dtype do you divide?"
    )
    trial.expect(
        -trial.array(new, gradients.shape, "the new weights") / 1e-8,  # in comparable units
        gradients.astype(np.float64) / scale / 1e-8,
        usual=((np.zeros(len(gradients)), lost),),
        otherwise="With gradients near 1e-8 the step is inexact. Of which dtype is each value?",
    )


def _expect_large_step(trial: Trial, weights: np.ndarray, large: tuple, rate: float) -> None:
    scale, gradients = 2.0**15, np.array(large, np.float16)
    trial.expect(
        trial.array(_step(trial, weights, gradients, scale, rate)[0], (3,), "the new weights"),
        weights - rate * gradients.astype(np.float64) / scale,
        within=1e-6,
        usual=((weights, LARGE[large]),),
        otherwise=f"With the gradients {', '.join(f'{each:,.0f}' for each in large)} the new "
        "weights are not right. Is something too large for float16 on the way?",
    )


def _expect_skipped(
    trial: Trial, weights: np.ndarray, bad: float, gradients: np.ndarray, scale: float, rate: float
) -> None:
    new, _ = _step(trial, weights, gradients, scale, rate)
    new = np.asarray(new.numpy() if hasattr(new, "numpy") else new, np.float64)
    if new.shape == weights.shape and not np.isfinite(new).all():
        raise Wrong(
            f"One gradient is {bad}, and now one weight is inf or NaN, for ever. Which gradients "
            "does your test find, and what happens to the weights then?"
        )
    moved = weights - rate * gradients.astype(np.float64) / scale
    filled = weights - rate * np.nan_to_num(gradients).astype(np.float64) / scale
    trial.expect(
        trial.array(new, weights.shape, "the new weights"),
        weights,
        within=1e-6,
        usual=(
            (
                np.where(np.isfinite(moved), moved, weights),
                f"One gradient is {bad}, and you left out that one alone. Others may have gone "
                "wrong with it: skip the whole step.",
            ),
            (
                filled,
                f"You put another number in the place of {bad}. Nobody knows the right one: skip "
                "the whole step.",
            ),
        ),
        otherwise=f"One gradient is {bad}: the weights should come back as they were.",
    )


def _expect_halved(trial: Trial, bad: float, after: float, scale: float) -> None:
    trial.expect(
        after,
        scale / 2,
        usual=(
            (scale, f"One gradient is {bad}, and the scale stays: the next step overflows again."),
            (2 * scale, "After an overflow the scale should fall, not grow."),
            (1.0, "The scale falls to 1 at once, and small gradients vanish from then on."),
            (scale / 4, "After one overflow the scale is halved twice."),
        ),
        otherwise=f"One gradient is {bad}: the scale should be halved.",
    )


def _step(trial: Trial, *arguments: Any) -> tuple[Any, float]:
    result = trial.call(*arguments)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two things: return weights, scale.")
    if result[0] is None or isinstance(result[0], str):
        raise Wrong("The first thing it returns should be the new weights.")
    return result[0], trial.number(result[1], "the scale")
