"""Answers that belong to the numbers of another class."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ganlib.checks.trial import Trial, Wrong

__all__ = ["expect_own_class"]


def expect_own_class(
    trial: Trial,
    answer: Mapping[str, Any],
    right_of: Callable[[int], Mapping[str, float | str]],
    classes: Iterable[int] = range(50),
) -> None:
    """Complain of an answer that is right throughout, but for the numbers of another class.

    Args:
        trial: of the answer; its seed is the number of the class.
        answer: what was returned.
        right_of: for the number of a class, what is right under each key.
        classes: those that are tried.

    Raises:
        Wrong: the answer is that of another class.
    """
    if _fits(answer, right_of(trial.seed)):
        return
    for number in classes:
        if number != trial.seed and _fits(answer, right_of(number)):
            raise Wrong(
                f"This is right for class {number}, and CLASS is {trial.seed}. Work with what the "
                "cell above prints."
            )


def _fits(answer: Mapping[str, Any], right: Mapping[str, float | str]) -> bool:
    for key, value in right.items():
        if isinstance(value, str):
            if str(answer.get(key)).strip().lower() != value.lower():
                return False
            continue
        try:
            given = float(answer[key])
        except (KeyError, TypeError, ValueError):
            return False
        if abs(given - value) > 0.006 * abs(value):
            return False
    return True
