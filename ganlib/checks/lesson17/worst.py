"""The exact worst case of a linear classifier."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["worst"]


@task(
    points=3,
    hints=(
        "The score is a sum with one term for each number of the image. Make each term as bad as "
        "it can be, alone.",
        "For y = 1 a number moves by ε against the sign of its weight; for y = -1 along it.",
        "x - ε·y·sign(w), with y as a column: y[:, None]. Then cut off at 0 and 1.",
    ),
)
def worst(trial: Trial) -> None:
    """The image of the box for which y·(w·x + b) is smallest."""
    n, d = 40, 12
    w = trial.rng.normal(size=d)
    y = trial.rng.choice([-1.0, 1.0], n)
    inside = trial.rng.uniform(0.3, 0.7, (n, d))
    with trial.part(1, "images far from black and white"):
        _expect(trial, inside, y, w, 0.1)
        _expect(trial, inside, y, 40 * w, 8 / 255)
    with trial.part(1, "images that reach 0 and 1"):
        _expect(trial, trial.rng.choice([0.0, 0.02, 0.5, 0.99, 1.0], (n, d)), y, w, 0.1)
        _expect(trial, inside, y, w, 1.0)
    with trial.part(1, "weights that are 0, an ε of 0, a single image"):
        some = w * (trial.rng.random(d) < 0.5)
        _expect(trial, inside, y, some, 0.1)
        _expect(trial, inside, y, w, 0.0)
        _expect(trial, inside[:1], y[:1], w, 0.1)


def _expect(trial: Trial, x: np.ndarray, y: np.ndarray, w: np.ndarray, epsilon: float) -> None:
    answer = trial.array(trial.call(x, y, w, epsilon), x.shape, "the result")
    column, small = y[:, None], 1e-6

    def lead(points: np.ndarray) -> np.ndarray:
        return y * (points @ w)

    def cut(points: np.ndarray) -> np.ndarray:
        return np.clip(points, 0, 1)

    uncut = x - epsilon * column * np.sign(w)
    if (
        epsilon
        and np.abs(uncut - answer).max() < small
        and np.abs(cut(uncut) - uncut).max() > small
    ):
        raise Wrong("Some values leave [0, 1]: such an image cannot be shown. Cut them off there.")
    if answer.min() < -small or answer.max() > 1 + small:
        raise Wrong("Some values are not in [0, 1], so this is no image.")
    moved, left_box = np.abs(answer - x).max(), ""
    if moved > epsilon + small:
        left_box = f"A number moved by {moved:.3g}, but ε is {epsilon:.3g}: the image left the box."
    length = np.sqrt((w**2).sum())
    trial.expect(
        lead(answer),
        lead(cut(uncut)),
        within=1e-6,
        usual=(
            (lead(x), "The images were not changed."),
            (lead(cut(x + epsilon * column * np.sign(w))), "These are the *best* images of the "
             "box: the sign is the wrong way round."),
            (lead(cut(x - epsilon * np.sign(w))), "All images moved the same way. Where y is -1, "
             "a larger score hurts."),
            (lead(cut(x - epsilon * column * w)), "The weights stand in the change in place of "
             "their signs. The largest change is allowed for every number, also one with a small "
             "weight."),
            (lead(cut(x - epsilon * column * w / length)), "This is the worst change of the "
             "*length* ε (the 2-norm). Here each number may move by ε."),
            (lead(cut(x - epsilon / 255 * column * np.sign(w))), "ε was divided by 255. It is in "
             "the unit of the images already."),
            (lead(cut(x - 255 * epsilon * column * np.sign(w))), "All numbers went to 0 or 1. "
             "No number may move by more than ε, which is in the unit of the images already."),
        ),
        otherwise=left_box
        or "The scores y·w·x are not the smallest in the box. Take an image of two numbers and do "
        "it by hand.",
    )  # fmt: skip
    if left_box:
        raise Wrong(left_box)
