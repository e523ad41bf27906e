"""The Jensen-Shannon divergence of discrete distributions."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["jensen_shannon", "jsd"]


def _kl(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p > 0, p * np.log(p / q), 0.0).sum(axis=-1)


def jsd(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """JSD(p, q) over the last axis, in nats."""
    m = (p + q) / 2
    return (_kl(p, m) + _kl(q, m)) / 2


@task(
    points=4,
    hints=(
        "m = (p + q)/2, then the mean of KL(p‖m) and KL(q‖m). Write a function for KL first.",
        "Where p is 0, p log(p/m) counts as 0. NumPy makes NaN of 0 · log 0: replace those places.",
        "For many pairs at once, add up over the last axis only: sum(axis=-1).",
    ),
)
def jensen_shannon(trial: Trial) -> None:
    """The JSD of two discrete distributions, over the last axis, in nats."""
    advice = (
        "It calls ganlib.theory, which computes just this. Write it yourself, with NumPy: that is "
        "the task."
    )
    with trial.part(1, "two distributions on six outcomes"), trial.without("ganlib.theory", advice):
        _one_pair(trial)
    with trial.part(2, "zeros: log 2 without overlap, 0 for equal ones"):
        with trial.without("ganlib.theory", advice):
            _zeros(trial)
    with trial.part(1, "five pairs at once"), trial.without("ganlib.theory", advice):
        _five_pairs(trial)


def _one_pair(trial: Trial) -> None:
    p, q = (trial.rng.dirichlet(np.ones(6)) for _ in range(2))
    m = (p + q) / 2
    right = float(jsd(p, q))
    answer = trial.array(trial.call(p, q), what="the JSD")
    if answer.shape == (6,):
        raise Wrong("It returns six numbers. A divergence adds up over the outcomes.")
    answer = trial.array(answer, (), "the JSD")
    trial.expect(
        answer,
        right,
        within=1e-6,
        usual=(
            (2 * right, "This is twice the JSD. It is the mean of two divergences, not their sum."),
            (
                np.sqrt(right),
                "This is the root of the JSD, which is a distance; SciPy's function of a similar "
                "name returns it.",
            ),
            (right / np.log(2), "This has logarithms with base 2; the task asks for nats."),
            (-right, "The sign is turned round. KL(p‖m) is the sum of p log(p/m)."),
            (_kl(p, q), "This is KL(p‖q). Where is the mixture m?"),
            (
                (_kl(p, q) + _kl(q, p)) / 2,
                "This is the mean of KL(p‖q) and KL(q‖p). The JSD compares both with their "
                "mixture m.",
            ),
            (right - np.log(2), "It is too small by log 2. Is m half of the sum of p and q?"),
            (
                (_kl(m, p) + _kl(m, q)) / 2,
                "KL has its arguments exchanged: it is KL(p‖m), not KL(m‖p).",
            ),
            (_kl(p, m), "This is one of the two halves, KL(p‖m)."),
            (right / 6, "You took a mean over the outcomes. A divergence adds them up."),
        ),
        otherwise="The JSD of two distributions without zeros is not right.",
    )


def _zeros(trial: Trial) -> None:
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.0, 1.0])
    result = np.asarray(trial.call(p, q), np.float64)
    if np.isnan(result).any():
        raise Wrong("With zeros it is NaN: 0 · log 0 must count as 0.")
    if np.isinf(result).any():
        raise Wrong(
            "With zeros it is infinite, but the JSD never exceeds log 2: m is 0 only where both "
            "are."
        )
    trial.expect(
        trial.number(result, "the JSD"),
        np.log(2),
        within=1e-6,
        otherwise="Two distributions that nowhere overlap should have the JSD log 2.",
    )
    trial.expect(
        trial.number(trial.call(p, p), "the JSD"),
        0.0,
        within=1e-9,
        otherwise="A distribution and itself should have the JSD 0.",
    )


def _five_pairs(trial: Trial) -> None:
    p, q = (trial.rng.dirichlet(np.ones(4), size=(5,)) for _ in range(2))
    right = jsd(p, q)
    result = trial.array(trial.call(p, q), what="the JSD of five pairs")
    if result.shape == ():
        raise Wrong(
            "For five pairs of distributions, arrays (5, 4), it returns one number. Add up over "
            "the last axis alone, so that five remain."
        )
    trial.expect(
        trial.array(result, (5,), "the JSD of five pairs"),
        right,
        within=1e-6,
        otherwise="For five pairs at once, arrays (5, 4), it is not right. Which axis is added up?",
    )
    trial.array(trial.call(p[:1], q[:1]), (1,), "the JSD of one pair, arrays (1, 4)")
