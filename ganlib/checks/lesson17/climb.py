"""Projected gradient ascent in a box."""

from collections.abc import Callable

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["climb"]


@task(
    points=4,
    hints=(
        "Keep the start, x, for the box, and a second array for the point that moves.",
        "In each of the steps: ask gradient for the slope where you are *now*, move by step along "
        "its sign, go back to the box.",
        "Back to the box: np.clip(point, x - epsilon, x + epsilon), then np.clip(…, 0, 1).",
    ),
)
def climb(trial: Trial) -> None:
    """The point after some steps along the sign of the gradient, each brought back to the box."""
    x = trial.rng.uniform(0.35, 0.65, (6, 5, 4, 3))
    w = trial.rng.normal(size=x.shape)
    middle = trial.rng.uniform(0.3, 0.7, x.shape)

    def slope(points: np.ndarray) -> np.ndarray:
        return w + 0 * points

    def hill(points: np.ndarray) -> np.ndarray:
        """Of a hill with its top at ``middle``: the sign turns round on the way."""
        return w**2 * (middle - points)

    def cliff(points: np.ndarray) -> np.ndarray:
        """Turns round where only a point outside of the box can be."""
        away = np.abs(points - x).sum(axis=-1, keepdims=True)
        return np.where(away > 0.17, -w, w)

    def outside(points: np.ndarray) -> np.ndarray:
        """Turns round where only a point outside of [0, 1] can be."""
        return np.where((points < 0) | (points > 1), -w, w)

    with trial.part(1, "steps inside the box"):
        _expect(trial, slope, x, 0.2, 0.04, 2)
        _expect(trial, slope, x, 0.1, 0.1, 1)
    with trial.part(1, "many steps, which reach the wall of the box"):
        _expect(trial, slope, x, 0.05, 0.2, 2)
        _expect(trial, slope, x, 0.1, 0.03, 9)
    with trial.part(1, "a gradient that turns round on the way"):
        _expect(trial, hill, x, 0.2, 0.03, 4)
        _expect(trial, cliff, x, 0.05, 0.03, 5)
    with trial.part(1, "images near black and white, no step, and a slope of 0"):
        edge = trial.rng.choice([0.0, 0.01, 0.99, 1.0], x.shape)
        _expect(trial, slope, edge, 0.1, 0.04, 4)
        _expect(trial, outside, edge, 0.1, 0.04, 4)
        _expect(trial, hill, x, 0.2, 0.03, 0)
        _expect(trial, lambda points: slope(points) * (points > 0.5), x, 0.1, 0.04, 5)


def _expect(
    trial: Trial, gradient: Callable, x: np.ndarray, epsilon: float, step: float, steps: int
) -> None:
    answer = trial.array(trial.call(gradient, x, epsilon, step, steps), x.shape, "the result")

    def run(
        move: Callable = lambda slope: step * np.sign(slope),
        walls: Callable = lambda point, last: np.clip(point, x - epsilon, x + epsilon),
        edges: Callable = lambda point: np.clip(point, 0, 1),
        where: Callable = lambda point: point,
        times: int = steps,
    ) -> np.ndarray:
        point = x
        for _ in range(times):
            moved = point + move(gradient(where(point)))
            point = edges(walls(moved, point))
        return point

    def within_last(point: np.ndarray, last: np.ndarray) -> np.ndarray:
        return np.clip(point, last - epsilon, last + epsilon)

    trial.expect(
        answer,
        run(),
        within=1e-6,
        usual=(
            (x, "Nothing has moved."),
            (run(move=lambda slope: -step * np.sign(slope)), "It goes down. An attack makes the "
             "loss larger."),
            (run(move=lambda slope: step * slope), "The step is the gradient itself. Move by step "
             "along its *sign*."),
            (run(move=lambda slope: epsilon * np.sign(slope)), "Each step has the size ε in place "
             "of step."),
            (np.clip(run(walls=lambda point, last: point), x - epsilon, x + epsilon), "The point "
             "is brought back to the box only at the end. Do it after every step: the gradient "
             "outside of the box is of no use."),
            (run(walls=lambda point, last: point), "The box is missing: after each step no number "
             "may be farther than ε from where it began."),
            (run(walls=within_last), "The box moves along. Its middle is the image at the start, "
             "not the last point."),
            (np.clip(run(edges=lambda point: point), 0, 1), "Values are cut off at 0 and 1 only at "
             "the end. Do it after every step: a point outside is no image."),
            (run(edges=lambda point: point), "Some values leave [0, 1]. Cut them off there too."),
            (run(where=lambda point: x), "The gradient is always that of the start. Ask for it "
             "where you are now."),
            (run(times=steps + 1), "It takes one step too many."),
            (run(times=max(steps - 1, 0)), "It takes one step too few."),
        ),
        otherwise="The point is not right. Follow two steps of one number by hand.",
    )  # fmt: skip
