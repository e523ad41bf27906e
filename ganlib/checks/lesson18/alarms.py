"""What an alarm is worth, and how rare false alarms must be."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["alarms"]


@task(
    points=3,
    hints=(
        "Imagine a million posts. How many are abusive, and how many of those raise an alarm? How "
        "many honest posts do?",
        "Precision is right alarms over all alarms: TPR·π / (TPR·π + FPR·(1 − π)).",
        "For the second number set the precision to wanted and solve for FPR: FPR·(1 − π)·wanted = "
        "TPR·π·(1 − wanted).",
    ),
)
def alarms(trial: Trial) -> None:
    """The share of right alarms, and the false positive rate for a wanted share."""
    with trial.part(1, "the share of alarms that are right"):
        for case in ((0.9, 0.01, 0.0005, 0.5), (0.6, 0.2, 0.3, 0.9), (1.0, 0.0, 0.01, 0.5)):
            _expect_precision(trial, *case)
    with trial.part(1, "the false positive rate for a wanted share"):
        for case in ((0.9, 0.01, 0.0005, 0.5), (0.5, 0.1, 0.02, 0.8), (0.7, 0.1, 0.02, 1.0)):
            _expect_rate(trial, *case)
    with trial.part(1, "where no abuse raises an alarm, or nearly all posts are abusive"):
        precision, _ = _pair(trial, 0.0, 0.1, 0.2, 0.5)
        trial.expect(precision, 0.0, otherwise="With a TPR of 0 no alarm is right: precision 0.")
        precision, _ = _pair(trial, 0.8, 0.1, 0.999, 0.5)
        trial.expect(
            precision,
            0.8 * 0.999 / (0.8 * 0.999 + 0.1 * 0.001),
            within=1e-6,
            otherwise="Where nearly all posts are abusive, nearly all alarms are right.",
        )


def _pair(trial: Trial, *case: float) -> tuple[float, float]:
    result = trial.call(*case)
    if not isinstance(result, tuple | list | np.ndarray) or len(result) != 2:
        raise Wrong("It should return two numbers: the precision, and the false positive rate.")
    return trial.number(result[0], "the first number"), trial.number(result[1], "the second number")


def _expect_precision(
    trial: Trial, tpr: float, fpr: float, prevalence: float, wanted: float
) -> None:
    answer, _ = _pair(trial, tpr, fpr, prevalence, wanted)
    right, wrong = tpr * prevalence, fpr * (1 - prevalence)
    usual = [
        (tpr, "This is the TPR: the share of abusive posts that raise an alarm. The task asks for "
         "the share of alarms that are abusive."),
        (1 - fpr, "This is 1 − FPR, the share of honest posts that raise no alarm."),
        (right / (right + fpr), "The false alarms come from honest posts only: FPR·(1 − π)."),
        (right + wrong, "This is the share of posts that raise an alarm."),
        (wrong / (right + wrong), "This is the share of alarms that are wrong."),
        (right, "This is the share of all posts that raise a right alarm. Divide by all alarms."),
    ]  # fmt: skip
    if tpr + fpr:
        usual.append((tpr / (tpr + fpr), "This would be right if half of all posts were abusive."))
    trial.expect(
        answer,
        right / (right + wrong),
        within=1e-6,
        usual=usual,
        otherwise="The precision is not right. Count right alarms and false ones among a million "
        "posts.",
    )


def _expect_rate(trial: Trial, tpr: float, fpr: float, prevalence: float, wanted: float) -> None:
    _, answer = _pair(trial, tpr, fpr, prevalence, wanted)
    odds = tpr * prevalence / (1 - prevalence)
    inverse = odds * wanted / (1 - wanted) if wanted < 1 else 0.0
    trial.expect(
        1e3 * answer,  # so small a number that an absolute tolerance would miss a mistake
        1e3 * odds * (1 - wanted) / wanted,
        within=1e-4,
        usual=(
            (1e3 * inverse, "The wanted precision stands the wrong way round: a larger one needs "
             "a smaller FPR."),
            (1e3 * odds, "This FPR gives a precision of one half, whatever is wanted."),
            (1e3 * tpr * prevalence * (1 - wanted) / wanted, "1 − π is missing: only honest posts "
             "raise false alarms."),
            (1e3 * fpr, "This is the FPR that was given. The task asks for the one that would "
             "give the wanted precision."),
            (1e3 * prevalence * (1 - wanted) / wanted / (1 - prevalence), "The TPR is missing."),
        ),
        otherwise="The false positive rate is not right. Put it into the formula of the precision: "
        "the wanted precision must come out.",
    )  # fmt: skip
