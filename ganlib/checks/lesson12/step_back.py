"""One step of a diffusion model's way back."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["step_back"]


@task(
    points=3,
    hints=(
        "First the guess of the sample: x = a x₀ + s ε, solved for x₀.",
        "Then mix anew with the weights of the next step, from the same two parts: the guess of "
        "the sample, and the guess of the noise.",
    ),
)
def step_back(trial: Trial) -> None:
    """From x at one noise level to x at a lower one, without new noise."""
    with trial.part(1, "where the noise is guessed rightly, the sample mixed with less of it"):
        sample, noise = trial.rng.normal(size=(2, 6, 2))
        _expect(trial, (5 * sample + 12 * noise) / 13, noise, 0.6, 0.8)
    with trial.part(1, "any x and any guess"):
        x, noise = trial.rng.normal(size=(2, 4, 3))
        _expect(trial, x, noise, 0.28, 0.96)
        _expect(trial, x[:1], noise[:1], 0.0, 1.0)
    with trial.part(1, "the last step returns the guess of the sample"):
        x, noise = trial.rng.normal(size=(2, 5, 2))
        _expect(trial, x, noise, 1.0, 0.0)


def _expect(trial: Trial, x: np.ndarray, noise: np.ndarray, a_next: float, s_next: float) -> None:
    a, s = 5 / 13, 12 / 13
    answer = trial.array(trial.call(x, noise, a, s, a_next, s_next), x.shape, "the result")
    guess = (x - s * noise) / a
    right = a_next * guess + s_next * noise
    if s_next and np.allclose(answer, guess):
        raise Wrong(
            "This is the guess of the sample. It is only a guess: mix it again with noise, as much "
            "as the next level has."
        )
    other = np.random.default_rng(0).standard_normal(x.shape)
    trial.expect(
        answer,
        right,
        usual=(
            (a_next * (x - s * noise) + s_next * noise, "The guess of the sample is not divided by "
             "a."),
            (a_next * (x - noise) / a + s_next * noise, "Take away s times the noise, not all of "
             "it."),
            (a_next * x + s_next * noise, "The noise must be taken out of x before it is mixed "
             "anew."),
            (a_next * guess + s * noise, "The noise has the old weight. At the next level it is "
             "weaker."),
            (a * guess + s_next * noise, "The sample has the old weight."),
            (s_next * guess + a_next * noise, "The weights are exchanged: a belongs to the sample, "
             "s to the noise."),
            (a_next * guess, "The noise of the next level is missing."),
            (a_next * guess - s_next * noise, "The sign of the noise is reversed."),
            (a_next * guess + s_next * other, "New noise was drawn. Here the guess of the noise is "
             "used again."),
        ),
        otherwise="The result is not right. Solve x = a·x0 + s·noise for x0, then mix again.",
    )  # fmt: skip
