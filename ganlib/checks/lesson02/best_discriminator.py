"""The best discriminator against two densities."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["best_discriminator"]


@task(
    points=3,
    hints=(
        "At each x, maximise a log d + b log(1 − d) over d. Where is the derivative 0?",
        "D* is the share of the real density in both together.",
        "Where both densities are 0, the quotient is 0/0. Compute there with another denominator "
        "and put ½ afterwards, for example with np.where.",
    ),
)
def best_discriminator(trial: Trial) -> None:
    """D* at the places of a grid, ½ where both densities are 0."""
    advice = (
        "It calls ganlib.theory, which computes just this. Write it yourself, with NumPy: that is "
        "the task."
    )
    with trial.part(1, "D* where both densities are above 0, however small"):
        with trial.without("ganlib.theory", advice):
            _above_zero(trial)
    with (
        trial.part(1, "0 and 1 where one of the densities is 0"),
        trial.without("ganlib.theory", advice),
    ):
        p_data, p_g = np.array([0.0, 0.7, 0.0, 1.2]), np.array([0.4, 0.0, 0.9, 1.2])
        trial.expect(
            trial.array(trial.call(p_data, p_g), (4,), "D*"),
            np.array([0.0, 1.0, 0.0, 0.5]),
            within=1e-6,
            otherwise="Where one density is 0, D* is not right: there D is sure.",
        )
        trial.call_without_warning(
            "Somewhere it divides by a density that is 0, or takes its logarithm.", p_data, p_g
        )
    with trial.part(1, "½ where both densities are 0"), trial.without("ganlib.theory", advice):
        _both_zero(trial)


def _above_zero(trial: Trial) -> None:
    p_data = trial.rng.uniform(0.1, 2.0, 40)
    p_g = trial.rng.uniform(0.1, 2.0, 40)
    right = p_data / (p_data + p_g)
    answer = trial.array(trial.call(p_data, p_g), (40,), "D*")
    trial.expect(
        answer,
        right,
        usual=(
            (
                1 - right,
                "This is high where p_g is high. D says how probable it is that x is real.",
            ),
            (p_data / p_g, "This is the ratio of the densities. D* is a probability, below 1."),
            (np.log(p_data / p_g), "This is the logit of D*. The task asks for the probability."),
            (right / right.sum(), "At each x the two probabilities add to 1, not over all x."),
            (
                p_data / (p_data + p_g) / 2,
                "Half of D*. The density of the urn is (p_data + p_g)/2.",
            ),
        ),
        otherwise="D* is not right where both densities are above 0. Derive it again at one x, "
        "with a = p_data(x) and b = p_g(x).",
    )
    thin = np.array([1e-9, 3e-30, 2e-12]), np.array([3e-9, 1e-30, 2e-12])
    trial.expect(
        trial.array(trial.call(*thin), (3,), "D*"),
        np.array([0.25, 0.75, 0.5]),
        within=1e-6,
        otherwise="Where both densities are small but not 0, such as 1e-9 and 3e-9, D* is not "
        "right: it is a ratio, and small numbers have ratios too.",
    )


def _both_zero(trial: Trial) -> None:
    p_data, p_g = np.array([0.0, 0.3, 0.0]), np.array([0.0, 0.1, 0.0])
    result = np.asarray(trial.call(p_data, p_g), np.float64)
    if np.isnan(result).any():
        raise Wrong("Where both densities are 0 your D* is NaN (0/0). The task asks for ½ there.")
    trial.expect(
        result,
        np.array([0.5, 0.75, 0.5]),
        within=1e-6,
        otherwise="Where both densities are 0 the task asks for ½, and for no change elsewhere.",
    )
    trial.call_without_warning(
        "0/0 is divided first, and ½ put there only afterwards (np.where, too, computes both of "
        "its branches everywhere). See hint 3.",
        p_data,
        p_g,
    )
