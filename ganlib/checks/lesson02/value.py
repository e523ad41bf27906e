"""V(D, G) from D's answers."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["value"]


@task(
    points=2,
    hints=(
        "V is a sum of two expectations, one over real and one over generated samples. What is an "
        "expectation of a sample?",
        "For real samples D should be high: log D. For generated samples D should be low: log(1 − "
        "D).",
        "np.log(d_real) is an array; its mean is the first term. The second has d_fake in it.",
    ),
)
def value(trial: Trial) -> None:
    """V(D, G) from D's answers, probabilities, on a real and on a generated batch."""
    with trial.part(1, "a discriminator that always says one half has −log 4"):
        _one_value(trial, np.full(4, 0.5), np.full(4, 0.5))
    with trial.part(1, "V of any other discriminator"):
        _one_value(trial, trial.rng.uniform(0.3, 0.95, 70), trial.rng.uniform(0.05, 0.6, 50))
        _one_value(trial, trial.rng.uniform(0.3, 0.95, 1), trial.rng.uniform(0.05, 0.6, 3))
        d_real, d_fake = np.array([1e-12, 1e-6, 0.5]), np.array([0.001, 1 - 2.0**-10])
        answer = trial.number(trial.call(d_real, d_fake), "V")
        trial.expect(
            answer,
            np.log(d_real).mean() + np.log(1 - d_fake).mean(),
            otherwise="With D = 1e-12 on a real sample V is not right. Log D is −27.6 there: does "
            "something clip the probabilities, or is something added to them?",
        )


def _one_value(trial: Trial, d_real: np.ndarray, d_fake: np.ndarray) -> None:
    answer = trial.number(trial.call(d_real, d_fake), "V")
    real, fake = np.log(d_real), np.log(1 - d_fake)
    right = real.mean() + fake.mean()
    trial.expect(
        answer,
        right,
        usual=(
            (-right, "The sign is turned round: this is D's loss −V. D wants a high V."),
            (
                right / 2,
                "Half of V, which is the sum of two expectations. Is one of them missing, or did "
                "you take their mean?",
            ),
            (-right / 2, "This is the binary cross-entropy, −V/2."),
            (real.sum() + fake.sum(), "You added up the samples. An expectation is a mean."),
            (
                np.concatenate([real, fake]).mean(),
                "You took one mean over both batches together; V adds two expectations.",
            ),
            (
                real.mean() + np.log(d_fake).mean(),
                "For generated samples you took log D. Which probability does D give to the right "
                "answer, 'generated'?",
            ),
            (
                np.log(1 - d_real).mean() + np.log(d_fake).mean(),
                "Real and generated samples have changed places (or their labels).",
            ),
            (
                np.log(d_real.mean()) + np.log(1 - d_fake.mean()),
                "You took the logarithm of a mean. V is the mean of logarithms.",
            ),
            (
                np.log10(d_real).mean() + np.log10(1 - d_fake).mean(),
                "This has logarithms with base 10; V has natural ones.",
            ),
            (
                np.log2(d_real).mean() + np.log2(1 - d_fake).mean(),
                "This has logarithms with base 2; V has natural ones.",
            ),
            (real.mean(), "The expectation over generated samples is missing."),
            (fake.mean(), "The expectation over real samples is missing."),
        ),
        otherwise="V is not right. Compare with the definition: one mean for each batch, added.",
    )
