"""Which question finds a stranger's fault."""

from ganlib.checks.lesson08.strangers import faults_of_class
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
    found = {name: trial.number(trial.entry(answer, name), name) for name in right}
    for name, number in found.items():
        if number not in range(8):
            raise Wrong(
                f"{name} is {number:g}, but should be the number of a question, or 0 if it is "
                "sound."
            )
    good = sum(found[name] == right[name] for name in right)
    if good > 3:
        trial.award(good - 3, f"{good} of the seven programs")
    if good == len(right):
        return
    count = f"{good} of seven are right."
    values = list(found.values())
    no_path = next(name for name, fault in right.items() if fault == 4)
    if 7 in values:
        raise Wrong(f"{count} Question 7 notices most faults, and names none. A cheaper one does.")
    if 0 not in values:
        raise Wrong(f"{count} You call none of them sound.")
    if found[no_path] == 5:
        raise Wrong(f"{count} For at least one, a cheaper question finds the fault first.")
    if values.count(0) > 1:
        raise Wrong(f"{count} You call more than one sound, but only one is.")
    if len(set(values)) < len(values):
        raise Wrong(
            f"{count} One question stands there twice, but no two programs have the same fault."
        )
    raise Wrong(f"{count} Take the questions in their order, and put each to all programs.")
