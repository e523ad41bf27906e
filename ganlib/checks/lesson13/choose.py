"""Choosing a checkpoint on one set, and reporting on another."""

import math

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["choose"]


@task(
    points=2,
    hints=(
        "Two dictionaries: which of them may decide, and which is only reported?",
        "min(values, key=values.get) gives the key of the smallest value. And with NaN?",
    ),
)
def choose(trial: Trial) -> None:
    """The epoch with the smallest value by the first measure, and its value by the second."""
    with trial.part(1, "the epoch is chosen by one set, the number comes from the other"):
        _one_choice(trial, {3: 5.0, 6: 2.0, 9: 4.0, 12: 6.0}, {3: 4.6, 6: 3.5, 9: 3.0, 12: 8.0})
        _one_choice(trial, {10: 7.5, 5: 7.0}, {10: 9.0, 5: 9.5})
        values = {epoch: float(trial.rng.uniform(3, 9)) for epoch in range(2, 22, 2)}
        reported = {epoch: value + float(trial.rng.normal()) for epoch, value in values.items()}
        _one_choice(trial, values, reported)
    with trial.part(1, "NaN is never chosen; of equal values the earliest is"):
        _one_choice(trial, {1: math.nan, 2: 4.0, 3: 3.0}, {1: 1.0, 2: 5.0, 3: 6.0})
        _one_choice(trial, {1: 4.0, 2: math.nan, 3: 5.0}, {1: 4.5, 2: 1.0, 3: 6.0})
        _one_choice(trial, {9: 2.0, 4: 2.0, 6: 3.0}, {9: 1.0, 4: 2.5, 6: 3.0})


def _one_choice(trial: Trial, values: dict, reported: dict) -> None:
    result = trial.call(values, reported)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Wrong("It should return two things: the epoch, and the value to report.")
    epoch = trial.number(result[0], "the epoch")
    usable = {key: value for key, value in values.items() if not math.isnan(value)}
    right = min(sorted(usable), key=usable.get)
    if epoch != right:
        if epoch in values and math.isnan(values[epoch]):
            raise Wrong("It chooses an epoch whose value is NaN: comparisons with NaN are False.")
        if usable.get(epoch) == usable[right]:
            raise Wrong("Of equal values the earliest epoch is wanted; keys come in any order.")
        if epoch == min(reported, key=reported.get):
            raise Wrong(
                "The epoch was chosen by the numbers that are to be reported. Then the reported "
                "number is flattered."
            )
        if epoch == max(usable, key=usable.get):
            raise Wrong("This is the epoch with the largest value. Smaller is better.")
        raise Wrong("The epoch is not the one with the smallest value.")
    trial.expect(
        trial.number(result[1], "the value to report"),
        reported[right],
        usual=(
            (values[right], "The reported value is the one by which you have chosen."),
            (min(reported.values()), "This is the best reported value of any epoch."),
        ),
        otherwise="The second is not the value of the chosen epoch in the second dictionary.",
    )
