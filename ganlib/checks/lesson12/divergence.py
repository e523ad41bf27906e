"""The divergence of a VAE's latents from the standard normal distribution."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["divergence"]


@task(
    points=2,
    hints=(
        "It is E[log q − log p] under q, of two normal distributions. What are E[z²] and E[(z − "
        "μ)²] under q?",
        "For one latent: ½ (μ² + σ² − 1 − log σ²). The encoder gives log σ², so σ² is its "
        "exponential.",
        "Add up over the latents (axis 1). One number for each sample is left.",
    ),
)
def divergence(trial: Trial) -> None:
    """KL(N(mean, variance) ‖ N(0, 1)) of each sample."""
    with trial.part(1, "a standard normal distribution has none; one that is moved by 1 has ½"):
        _expect(trial, np.zeros((2, 3)), np.zeros((2, 3)))
        _expect(trial, np.array([[1.0], [-1.0]]), np.zeros((2, 1)))
    with trial.part(1, "any means and variances"):
        _expect(trial, trial.rng.normal(size=(5, 4)), trial.rng.normal(size=(5, 4)))
        _expect(trial, trial.rng.normal(size=(1, 2)), np.array([[-6.0, 3.0]]))


def _expect(trial: Trial, mean: np.ndarray, log_variance: np.ndarray) -> None:
    result = trial.call(mean, log_variance)
    answer = trial.array(result, None, "the divergence")
    each = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    right = each.sum(axis=1)
    if answer.shape == each.shape and answer.shape != right.shape:
        raise Wrong("There is a number for each latent. Add up over the latents: (n,).")
    answer = trial.array(answer, right.shape, "the divergence")
    spread = np.exp(log_variance / 2)
    trial.expect(
        answer,
        right,
        usual=(
            (2 * right, "It is twice too large: the factor ½ is missing."),
            (-right, "The sign is reversed. A divergence is never negative."),
            (each.mean(axis=1), "This is the mean over the latents. Their divergences add up."),
            (
                0.5 * (mean**2 + spread - 1 - log_variance).sum(axis=1),
                "exp(½ log σ²) is σ. The formula has σ².",
            ),
            (
                0.5 * (mean**2 + log_variance - 1 - np.log(np.abs(log_variance) + 1e-12)).sum(1),
                "The second argument is log σ² already. Take its exponential for σ².",
            ),
            (
                0.5 * (mean**2 + np.exp(log_variance) - log_variance).sum(axis=1),
                "The − 1 is missing: for a standard normal distribution the result must be 0.",
            ),
        ),
        otherwise="The divergence is not right. For mean 1 and log-variance 0 it is ½.",
        what="the divergence",
    )
