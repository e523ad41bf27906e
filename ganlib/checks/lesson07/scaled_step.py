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
    n, scale, rate = 12, 2.0**10, 0.1
    weights = trial.rng.normal(0, 1, n).astype(np.float32)
    gradients = (scale * trial.rng.normal(0, 0.5, n)).astype(np.float16)
    true = gradients.astype(np.float64) / scale
    half = np.float16(rate) * (gradients / np.float16(scale))
    new, after = _step(trial, weights, gradients, scale, rate)
    dtype = getattr(new, "dtype", None)  # a list has none
    trial.expect(
        trial.array(new, (n,), "the new weights"),
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
    kept = (
        (scale / 2, "The scale was halved though nothing overflowed."),
        (scale * 2, "The scale was doubled. The task asks for no growth."),
    )
    trial.expect(after, scale, usual=kept, otherwise="Without overflow the scale should stay.")

    for scale in (2.0**15, 2.0**16):
        tiny = trial.rng.uniform(0.5e-8, 2e-8, n)
        gradients = (scale * tiny).astype(np.float16)
        new, _ = _step(trial, np.zeros(n, np.float32), gradients, scale, 1.0)
        lost = (
            f"Gradients near 1e-8, scaled by {scale:.0f}, arrive well in float16, and your step "
            "loses them again: the weights do not move. In which dtype do you divide?"
        )
        trial.expect(
            -trial.array(new, (n,), "the new weights") / 1e-8,  # in units that can be compared
            gradients.astype(np.float64) / scale / 1e-8,
            usual=((np.zeros(n), lost),),
            otherwise="With gradients near 1e-8 the step is inexact. Of which dtype is each value?",
        )
    trial.award(1, "small gradients arrive in the weights")

    scale, scales = 2.0**15, []
    for bad in (np.inf, -np.inf, np.nan):
        gradients = (scale * trial.rng.normal(0, 0.5, n)).astype(np.float16)
        gradients[int(trial.rng.integers(n))] = bad
        new, after = _step(trial, weights, gradients, scale, rate)
        scales.append((bad, after))
        new = np.asarray(new.numpy() if hasattr(new, "numpy") else new, np.float64)
        if new.shape == (n,) and not np.isfinite(new).all():
            raise Wrong(
                f"One gradient is {bad}, and now one weight is inf or NaN, for ever. Which "
                "gradients does your test find, and what happens to the weights then?"
            )
        moved = weights - rate * gradients.astype(np.float64) / scale
        filled = weights - rate * np.nan_to_num(gradients).astype(np.float64) / scale
        trial.expect(
            trial.array(new, (n,), "the new weights"),
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
                    f"You put another number in the place of {bad}. Nobody knows the right one: "
                    "skip the whole step.",
                ),
            ),
            otherwise=f"One gradient is {bad}: the weights should come back as they were.",
        )
    trial.award(1, "a step that overflowed is skipped as a whole")
    for bad, after in scales:
        trial.expect(
            after,
            scale / 2,
            usual=(
                (
                    scale,
                    f"One gradient is {bad}, and the scale stays: the next step overflows again.",
                ),
                (2 * scale, "After an overflow the scale should fall, not grow."),
                (1.0, "The scale falls to 1 at once, and small gradients vanish from then on."),
                (scale / 4, "After one overflow the scale is halved twice."),
            ),
            otherwise=f"One gradient is {bad}: the scale should be halved.",
        )
    gradients = np.array([4e4, 4e4, 20], np.float16)
    new, after = _step(trial, weights[:3], gradients, scale, rate)
    moved = weights[:3] - rate * gradients.astype(np.float64) / scale
    own = "All gradients were finite; your test overflowed itself."
    trial.expect(
        trial.array(new, (3,), "the new weights"),
        moved,
        within=1e-6,
        usual=((weights[:3], own),),
        otherwise="With the gradients 40,000, 40,000 and 20 the new weights are not right. Is "
        "something too large for float16 on the way?",
    )
    trial.expect(
        after, scale, usual=((scale / 2, own),), otherwise="Without overflow it should stay."
    )
    gradients = np.array([65504, -65504, 20], np.float16)  # the largest numbers of float16
    new, after = _step(trial, weights[:3], gradients, scale, rate)
    trial.expect(
        np.append(trial.array(new, (3,), "the new weights"), after / scale),
        np.append(weights[:3] - rate * gradients.astype(np.float64) / scale, 1),
        within=1e-6,
        otherwise="65,504 is the largest number of float16 and still finite, but here it is taken "
        "for an overflow. np.isfinite tells the two apart.",
    )
    if dtype is not None and not str(getattr(dtype, "name", dtype)).endswith("float32"):
        raise Wrong(
            f"The values are right, but the new weights are {getattr(dtype, 'name', dtype)}. Asked "
            "for is float32, as they came; a network's weights do not change their dtype on the "
            "way."
        )
    trial.award(1, "the scale is halved then, and only then")


def _step(trial: Trial, *arguments: Any) -> tuple[Any, float]:
    result = trial.call(*arguments)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two things: return weights, scale.")
    if result[0] is None or isinstance(result[0], str):
        raise Wrong("The first thing it returns should be the new weights.")
    return result[0], trial.number(result[1], "the scale")
