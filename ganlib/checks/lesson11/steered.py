"""Latents moved along a taste, with their lengths kept."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["steered"]


@task(
    points=3,
    hints=(
        "A step of length `amount` needs a unit vector: w can have any length.",
        "After the step, divide each latent by its new length and multiply it by its old one.",
        "np.linalg.norm(latents, axis=1, keepdims=True) has one length for each latent.",
    ),
)
def steered(trial: Trial) -> None:
    """Latents moved along w, with the length that each had before."""
    with trial.part(2, "moved by the amount, then brought back to the old length"):
        latents = trial.rng.standard_normal((4, 6))
        _expect(trial, latents, 3 * trial.rng.standard_normal(6), 2.0)
        _expect(trial, latents[:1] * 5, 0.2 * trial.rng.standard_normal(6), -1.5)
    with trial.part(
        1, "an amount of 0 changes nothing; after a huge one only the direction of w is left"
    ):
        w = trial.rng.standard_normal(6)
        _expect(trial, latents, w, 0.0)
        _expect(trial, latents, w, 1e6)


def _expect(trial: Trial, latents: np.ndarray, w: np.ndarray, amount: float) -> None:
    lengths = np.linalg.norm(latents, axis=1, keepdims=True)
    unit = w / np.linalg.norm(w)

    def back(moved: np.ndarray, to: np.ndarray | float = lengths) -> np.ndarray:
        return moved * to / np.linalg.norm(moved, axis=1, keepdims=True)

    answer = trial.array(trial.call(latents, w, amount), latents.shape, "what comes back")
    trial.expect(
        answer,
        back(latents + amount * unit),
        usual=(
            (latents + amount * unit, "Moved, but the lengths have changed: the generator knows "
             "latents of the old lengths."),
            (back(latents + amount * w), "The step depends on the length of w. Make it a unit "
             "vector first."),
            (latents + amount * w, "The step depends on the length of w, and the lengths of the "
             "latents have changed."),
            (back(latents - amount * unit), "It moves against w."),
            (back(latents + amount * unit, lengths.mean()), "All have the same length now; each "
             "should keep its own."),
            (back(latents + amount * unit, 1.0), "All have the length 1 now; each should keep its "
             "own."),
            (back(latents + amount * unit, np.sqrt(latents.shape[1])), "All have the usual length "
             "√d now; each should keep its own."),
        ),
        otherwise="The latents are not right. Look at the lengths first, then at what was added.",
    )  # fmt: skip
