"""Probabilities at another share of generated images."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["at_prevalence"]


@task(
    points=3,
    hints=(
        "The detector's logit is the log odds at the share that it was trained with. Bayes' rule "
        "multiplies odds by a factor. What does a factor become in log odds?",
        "New logit = logit + log(actual/(1 − actual)) − log(trained/(1 − trained)). Then the "
        "sigmoid makes a probability of it.",
        "np.exp(800) overflows. Write the sigmoid as 0.5 * (1 + np.tanh(0.5 * logit)), which "
        "never does.",
    ),
)
def at_prevalence(trial: Trial) -> None:
    """The probability that each image is generated."""
    with trial.part(1, "a detector trained half and half, used where fakes are rare"):
        for actual in (0.01, 0.2):
            _expect(trial, trial.rng.normal(0, 4, 50), 0.5, actual)
    with trial.part(1, "a detector that was trained at another share"):
        _expect(trial, trial.rng.normal(0, 3, 50), 0.9, 0.3)
        _expect(trial, trial.rng.normal(0, 3, 50), 0.25, 0.25)
    with trial.part(1, "logits that are very large or very small"):
        logits = np.array([-800.0, -40.0, 0.0, 40.0, 800.0])
        answer = trial.array(
            trial.call_without_warning(
                "np.tanh never overflows: the sigmoid of x is 0.5 * (1 + np.tanh(0.5 * x)).",
                logits,
                0.5,
                0.001,
            ),
            logits.shape,
        )
        trial.expect(
            answer,
            _sigmoid(logits + np.log(0.001 / 0.999)),
            within=1e-9,
            otherwise="For logits of ±800 the probabilities should be 0 and 1, and for a logit of "
            "0, trained at one half, the share that there is.",
        )


def _expect(trial: Trial, logits: np.ndarray, trained: float, actual: float) -> None:
    answer = trial.array(trial.call(logits, trained, actual), logits.shape)
    moved = np.log(actual / (1 - actual)) - np.log(trained / (1 - trained))
    right = _sigmoid(logits + moved)
    p = _sigmoid(logits)
    trial.expect(
        answer,
        right,
        within=1e-6,
        usual=(
            (logits + moved, "These are logits. The task asks for probabilities, the sigmoid of "
             "them."),
            (p, "The share of generated images makes no difference in your answer."),
            (_sigmoid(logits - moved), "The shift has the wrong sign: where fakes are rarer, an "
             "image is *less* likely to be one."),
            (p * actual, "A probability is not multiplied by the prevalence. Odds are multiplied, "
             "by a ratio of odds."),
            (np.minimum(1, p * actual / trained), "Probabilities are not multiplied by a ratio of "
             "shares. Odds are multiplied, by a ratio of odds."),
            (_sigmoid(logits + np.log(actual / trained)), "The shift is a difference of log "
             "*odds*: log(actual/(1 − actual)), not log(actual)."),
            (_sigmoid(logits + np.log(actual / (1 - actual))), "The share in training is missing: "
             "the logit already contains its log odds."),
            (1 - right, "This is the probability that an image is real."),
        ),
        otherwise="The probabilities are not right. Try a logit of 0 with trained = 0.5: the "
        "result must be actual.",
    )  # fmt: skip


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))
