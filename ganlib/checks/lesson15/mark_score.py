"""How well coefficients agree with a secret pattern of signs."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["mark_score"]


@task(
    points=3,
    hints=(
        "Two sums for each image: one over sign times coefficient, one over squares.",
        "A sign of 0 means that the coefficient carries no mark: leave it out of both sums.",
        "An image of one colour has only zeros there; 0/0 is no number. Give it the score 0: "
        "np.maximum(length, 1e-12) in the denominator does that.",
    ),
)
def mark_score(trial: Trial) -> None:
    """Z for each image."""
    with trial.part(1, "the score where every coefficient carries a sign"):
        signs = np.array([1.0, -1.0, 1.0, -1.0])
        _expect(trial, np.array([[3.0, -4.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]]), signs)
        _expect(trial, trial.rng.normal(0, 5, (20, 60)), _signs(trial, 60))
    with trial.part(1, "coefficients that carry none"):
        signs = _signs(trial, 60)
        signs[trial.rng.permutation(60)[:40]] = 0
        _expect(trial, trial.rng.normal(0, 5, (20, 60)), signs)
    with trial.part(1, "an image without any pattern"):
        coefficients = trial.rng.normal(0, 5, (3, 8))
        coefficients[1] = 0
        answer = trial.array(
            trial.call_without_warning(
                "Where all coefficients are 0, the score should be 0.", coefficients, np.ones(8)
            ),
            (3,),
        )
        trial.expect(
            answer,
            _right(coefficients, np.ones(8)),
            otherwise="Where all coefficients are 0, the score should be 0."
            if answer[1]
            else "The scores of the other images are not right: divide by the length of the "
            "products.",
        )


def _signs(trial: Trial, count: int) -> np.ndarray:
    return trial.rng.choice((-1.0, 1.0), count)


def _right(coefficients: np.ndarray, signs: np.ndarray) -> np.ndarray:
    length = np.sqrt((coefficients**2 * signs**2).sum(axis=1))
    return (coefficients * signs).sum(axis=1) / np.maximum(length, 1e-12)


def _expect(trial: Trial, coefficients: np.ndarray, signs: np.ndarray) -> None:
    answer = trial.array(trial.call(coefficients, signs), (len(coefficients),))
    product = coefficients * signs
    total, used = product.sum(axis=1), (signs != 0).sum()
    length = np.sqrt((product**2).sum(axis=1))
    full = np.sqrt((coefficients**2).sum(axis=1))
    trial.expect(
        answer,
        _right(coefficients, signs),
        within=1e-6,
        usual=(
            (total, "The division is missing: a picture with strong patterns would get a high "
             "score by chance."),
            (total / full, "Coefficients with the sign 0 count in the denominator. Leave them out "
             "of both sums."),
            (total / np.sqrt(used), "You divide by √k. That fits coefficients of size 1; divide by "
             "the root of the sum of squares."),
            (total / length**2, "The root is missing in the denominator."),
            (total / np.abs(product).sum(axis=1), "The denominator is the root of a sum of "
             "squares, not a sum of sizes."),
            (total / length / np.sqrt(used), "This is a correlation, between −1 and 1. The task "
             "asks for Z, which is √k times as large."),
            (np.abs(total) / length, "The size alone was kept. A score far below 0 speaks against "
             "the mark."),
        ),
        otherwise="The scores are not right. By hand: coefficients 3, −4, 0, 0 and signs 1, −1, 1, "
        "−1 give 7/5.",
    )  # fmt: skip
