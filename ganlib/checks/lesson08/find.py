"""Which question finds a stranger's fault."""

from ganlib.checks.lesson08.strangers import faults_of_class
from ganlib.checks.other_class import expect_own_class
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["find"]


@task(
    points=4,
    hints=(
        "Write one function for each question that says yes or no of a program, and go through "
        "all programs with the first, then with the second. The tables of clinic hold all that is "
        "needed.",
        "Question 3: how many different images has a batch? Question 5: give who_is_updated one "
        "update at a time. Question 6: which losses should there be at logits 0?",
        "If a question can only be answered after another has been (no gradient, so no update), "
        "the first one counts. One program is sound: it passes all.",
    ),
)
def find(trial: Trial) -> None:
    """For each stranger the first question that finds its fault."""
    right = faults_of_class(trial.seed)
    answer = trial.dictionary(list(right))
    # Of other classes one alone, or an honest guess would now and then be taken for one.
    expect_own_class(trial, answer, faults_of_class, classes=(0,))
    value, problem = {}, None
    for name in right:
        try:
            value[name] = _question(trial, answer, name)
        except Wrong as wrong:
            problem = problem or wrong
    good = sum(number == right[name] for name, number in value.items())
    for number in range(4, 8):
        with trial.part(1, f"{number} of the seven programs"):
            if good < number:
                raise problem or Wrong(_about_questions(value, right, good))


def _question(trial: Trial, answer: dict, name: str) -> float:
    number = trial.number(trial.entry(answer, name), name)
    if number not in range(8):
        raise Wrong(
            f"{name} is {number:g}, but should be the number of a question, or 0 if it is sound."
        )
    return number


def _about_questions(answer: dict[str, float], right: dict[str, int], good: int) -> str:
    """What can be said without giving an answer away."""
    values = list(answer.values())
    no_path = next(name for name, fault in right.items() if fault == 4)
    if 7 in values:
        more = "Question 7 notices most faults, and names none. A cheaper one does."
    elif 0 not in values:
        more = "You call none of them sound."
    elif answer[no_path] == 5:
        more = "For at least one, a cheaper question finds the fault first."
    elif values.count(0) > 1:
        more = "You call more than one sound, but only one is."
    elif len(set(values)) < len(values):
        more = "One question stands there twice, but no two programs have the same fault."
    else:
        more = "Take the questions in their order, and put each to all programs."
    return f"{good} of seven are right. {more}"
