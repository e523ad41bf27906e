"""A generator to order: the inverse of the Laplace distribution function."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["generator"]


def _laplace(z: np.ndarray, scale: float) -> np.ndarray:
    return -scale * np.sign(z - 0.5) * np.log(1 - 2 * np.abs(z - 0.5))


@task(
    points=3,
    hints=(
        "F(x) is the area under the density to the left of x. Work it out for x < 0 first. F(0) "
        "is ½, for the density is symmetric. For x > 0 take 1 minus the area on the right of x.",
        "F(x) = ½ exp(x/s) for x ≤ 0 and 1 − ½ exp(−x/s) for x ≥ 0. Solve F(x) = z for x, each "
        "piece for its own z.",
        "z < ½ belongs to x < 0. np.where(z < 0.5, ..., ...) chooses.",
    ),
)
def generator(trial: Trial) -> None:
    """G = F⁻¹ of the Laplace distribution: numbers between 0 and 1 become samples."""
    for low, high, which in ((0.5, 1.0, "above"), (0.0, 0.5, "below")):
        with trial.part(1, f"z {which} ½"):
            _one_side(trial, low, high, which)
    with trial.part(1, "all z together, and another scale"):
        _all_together(trial)


def _one_side(trial: Trial, low: float, high: float, which: str) -> None:
    z = trial.rng.uniform(low + 0.01, high - 0.01, 25)
    right = _laplace(z, 1.0)
    answer = trial.array(trial.call(z, 1.0), (25,), "G(z)")
    again = trial.array(trial.call(z, 1.0), (25,), "G(z)")
    if not np.array_equal(answer, again):
        raise Wrong(
            "For the same z it returns something else each time. All chance is in z: G is a fixed "
            "function of it."
        )
    x = np.abs(z)
    trial.expect(
        answer,
        right,
        within=1e-5,
        usual=(
            (
                -right,
                "Your G falls where it should rise, or its sign is turned round. F⁻¹(z) is the "
                "value below which a share z lies.",
            ),
            (
                -np.log(1 - z),
                "At z = ½ your G is 0.69 s; it should be 0, for F(0) = ½. Where did the factor ½ "
                "of the density go?",
            ),
            (
                np.log(z),
                "At z = ½ your G is −0.69 s; it should be 0, for F(0) = ½. Where is the factor ½ "
                "of the density?",
            ),
            (
                np.exp(-x) / 2,
                "This is the density p, taken at z. A generator returns samples x.",
            ),
            (
                1 - np.exp(-x) / 2,
                "This is F, taken at z. What is asked for is the x at which F(x) = z.",
            ),
            (right / 2, "Your samples have half the spread. Is the exponent |x|/s?"),
            (2 * right, "Your samples have twice the spread. Is the exponent |x|/s?"),
            (
                np.log(z / (1 - z)),
                "This is the logit of z, which makes the logistic distribution. Solve F(x) = z "
                "with the F of this density.",
            ),
        ),
        otherwise=f"For z {which} ½ it is not right. Put your x into F: you should get z.",
    )


def _all_together(trial: Trial) -> None:
    z = np.concatenate([trial.rng.uniform(0.01, 0.99, 37), [1e-6, 0.5, 0.999]])
    trial.expect(
        trial.array(trial.call(z, 1.0), (40,), "G(z)"),
        _laplace(z, 1.0),
        within=1e-5,
        usual=(
            (
                np.where(z < 0.5, np.log(z), -np.log(1 - z)),
                "The factor ½ of the density is missing.",
            ),
        ),
        otherwise="With z on both sides of ½ in one array, from 1e-6 to 0.999, it is not right. "
        "Does each z get the piece that it belongs to?",
    )
    scale = round(float(trial.rng.uniform(2, 5)), 2)
    trial.expect(
        trial.array(trial.call(z, scale), (40,), "G(z)"),
        _laplace(z, scale),
        within=1e-5,
        usual=(
            (_laplace(z, 1.0), "The scale has no effect. A larger s should give a larger spread."),
            (
                _laplace(z, 1 / scale),
                "You divided by the scale. A larger s should give a larger spread.",
            ),
        ),
        otherwise=f"With the scale 1 it is right, with the scale {scale} it is not. How does x "
        "enter into the density?",
    )
