"""A walk between two latents that keeps to usual lengths."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["arc"]


@task(
    points=3,
    hints=(
        "First turn both latents into unit vectors. The angle between them comes from their "
        "product: cos θ = u · v.",
        "The direction at position t is (sin((1 − t) θ) u + sin(t θ) v) / sin θ, a unit vector.",
        "The length at position t lies between both lengths, at the share t. Where θ is 0 both "
        "directions are the same and nothing has to be turned, so do not divide by sin θ there. "
        "And rounding can make u · v a little larger than 1, of which arccos is NaN: "
        "np.clip(u @ v, -1, 1).",
    ),
)
def arc(trial: Trial) -> None:
    """The latents at some positions on the arc between two."""
    with trial.part(1, "a quarter of a circle"):
        start, end = np.array([1.0, 0.0]), np.array([0.0, 1.0])
        _expect(trial, start, end, np.array([0.0, 0.25, 0.5, 1.0]))
    with trial.part(1, "latents of any direction and length"):
        for dim in (3, 64):
            start, end = trial.rng.standard_normal((2, dim)) * [[1.0], [1.7]]
            _expect(trial, start, end, np.linspace(0, 1, 7))
    with trial.part(1, "two latents of one direction, and one position"):
        _expect_straight(trial, np.array([0.0, 2.0, 0.0]))  # u · v is 1
        _expect_straight(trial, _rounded_up(trial.rng))


def _rounded_up(rng: np.random.Generator) -> np.ndarray:
    """A latent whose unit vector, multiplied by itself, is a little more than 1."""
    while True:
        start = rng.standard_normal(5)
        unit, other = (z / np.linalg.norm(z) for z in (start, 3 * start))
        if unit @ other > 1:
            return start


def _expect_straight(trial: Trial, start: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        result = np.asarray(trial.call(start, 3 * start, np.array([0.5])), float)
    if not np.isfinite(result).all():
        raise Wrong(
            "It has NaN where both directions are the same. There sin θ is 0, by which nothing can "
            "be divided; or rounding has made u · v a little larger than 1, of which arccos is "
            "NaN: np.clip(u @ v, -1, 1)."
        )
    walk = trial.array(result, (1, len(start)), "the walk")
    trial.expect(walk, 2 * start[None], otherwise="Half-way from z to 3 z lies 2 z.")


def _expect(trial: Trial, start: np.ndarray, end: np.ndarray, positions: np.ndarray) -> None:
    t = positions[:, None]
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    u, v = start / lengths[0], end / lengths[1]
    angle = np.arccos(u @ v)
    turned = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle)
    length = (1 - t) * lengths[0] + t * lengths[1]
    straight = (1 - t) * start + t * end
    rescaled = straight / np.linalg.norm(straight, axis=1, keepdims=True) * length
    back = (np.sin(t * angle) * u + np.sin((1 - t) * angle) * v) / np.sin(angle)
    back = back * (t * lengths[0] + (1 - t) * lengths[1])
    classic = np.sin((1 - t) * angle) * start + np.sin(t * angle) * end
    walk = trial.array(trial.call(start, end, positions), (len(t), len(start)), "the walk")
    trial.expect(
        walk,
        turned * length,
        usual=(
            (straight, "This is the straight line: look at the lengths along the way."),
            (rescaled, "Lengths are right, but it does not turn evenly: equal steps in t should "
             "be equal angles."),
            (back, "It walks from the end to the start."),
            (turned, "The directions are right, but all lengths are 1."),
            (turned * lengths[0], "The directions are right, but the length stays that of the "
             "start."),
            (classic / np.sin(angle), "Between latents of different lengths this leaves the way: "
             "turn unit vectors, then give the result its length."),
            (turned * length * np.sin(angle), "A division by sin θ is missing."),
        ),
        otherwise="The walk is not right. Look at its first and last latent, then at the lengths, "
        "then at the angles between neighbours.",
    )  # fmt: skip
