"""What became of four trainings."""

import numpy as np

from ganlib.checks.formulas import sigmoid, softplus
from ganlib.checks.lesson06.trainings import EPOCHS, NAMES, logs_of_class
from ganlib.checks.other_class import expect_own_class
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["diagnose"]


_LOOK = {
    "healthy": "look which way the outputs move from line 2 to the last, and how far.",
    "D has won": "what becomes of L_D, and how sure is D of both kinds of images?",
    "not applied": "compare the first line with the last.",
    "two sigmoids": "look at the range of D's outputs, and whether L_D ever falls below 1.",
}


@task(
    points=4,
    hints=(
        "Look for what the table of common mistakes at the end of the lesson says about each.",
        "Logits may be any numbers. Leave aside the log that never changes: which of the others "
        "has none below 0 and none above 1?",
        "The probability that belongs to a logit is σ(l), and G pays softplus(−l) for it.",
    ),
)
def diagnose(trial: Trial) -> None:
    """What became of four trainings, and two numbers of the healthy one, as a dictionary."""
    logs = logs_of_class(trial.seed)
    keys = (*"ABCD", "probability", "loss at the mean")
    answer = trial.dictionary(keys)
    # The numbers of many classes are close to each other: of other classes one alone.
    expect_own_class(trial, answer, _right, classes=(0,))
    named = {letter: str(answer.get(letter)).strip().lower() for letter in "ABCD"}
    known = {name.lower() for name in NAMES}
    for letter, (name, _) in logs.items():
        with trial.part(0.5, f"{letter}: {name}" if named[letter] == name.lower() else letter):
            trial.entry(answer, letter)
            if named[letter] not in known:
                raise Wrong(f"{letter} is {named[letter]!r}. The names are: {', '.join(NAMES)}.")
            if list(named.values()).count(named[letter]) > 1:
                raise Wrong("Two trainings have the same name, but each name occurs once.")
            if named[letter] != name.lower():
                raise Wrong(f"{letter} is not {named[letter]!r}: {_LOOK[name]}")
    log = next(log for name, log in logs.values() if name == "healthy")
    real, fake = log[-1, 2:]
    with trial.part(1, "the probability at the mean logit"):
        right = sigmoid(fake)
        value = trial.number(trial.entry(answer, "probability"), '"probability"')
        trial.expect(
            value,
            right,
            within=0.006,
            usual=(
                *_rounded('"probability"', value, right),
                *(
                    (
                        sigmoid(row[3]),
                        f'"probability": this is epoch {number}; take the last line.',
                    )
                    for number, row in zip(EPOCHS[1:-1], log[1:-1], strict=True)
                ),
                (1 - right, '"probability" is that of being generated.'),
                (sigmoid(real), '"probability" belongs to the logit of real images.'),
                (100 * right, '"probability" is in percent. It lies between 0 and 1.'),
                (np.exp(fake), '"probability" is the quotient of two probabilities. Use σ.'),
                (sigmoid(log[0, 3]), '"probability" belongs to the first line.'),
            ),
            otherwise='"probability" is not right. What turns a logit into a probability?',
        )
    with trial.part(1, "the loss at the mean logit. L_G in the log is larger: softplus is convex"):
        right = float(softplus(-fake))
        value = trial.number(trial.entry(answer, "loss at the mean"), '"loss at the mean"')
        trial.expect(
            value,
            right,
            within=0.006,
            usual=(
                *_rounded('"loss at the mean"', value, right),
                (
                    log[-1, 1],
                    '"loss at the mean" is L_G in the log, the mean of the losses. The task asks '
                    "for the loss of the mean logit.",
                ),
                (softplus(fake), '"loss at the mean" is what D pays for such an image, not G.'),
                (softplus(-real), '"loss at the mean" belongs to the logit of real images.'),
                (-right, '"loss at the mean" has the wrong sign.'),
                (right / np.log(2), '"loss at the mean" has logarithms with base 2.'),
                *(
                    (
                        softplus(-row[3]),
                        f'"loss at the mean": this is epoch {number}; take the last line.',
                    )
                    for number, row in zip(EPOCHS[:-1], log[:-1], strict=True)
                ),
            ),
            otherwise='"loss at the mean" is not right. What does G pay for an image with this '
            "logit?",
        )
    last = {name: each[-1, 0] for name, each in logs.values()}
    print(
        f"  Your guess: by the last L_D alone, 'not applied' ({last['not applied']:.2f}), "
        f"'healthy' ({last['healthy']:.2f}) and 'two sigmoids' ({last['two sigmoids']:.2f}) could "
        "be confused."
    )


def _rounded(key: str, answer: float, right: float) -> list[tuple[float, str]]:
    """The usual mistake of a number with one decimal, if it is that."""
    coarse = round(float(right), 1)
    if abs(answer - coarse) > 1e-6:
        return []
    return [(coarse, f"{key} is rounded too far: give two decimals or more.")]


def _right(number: int) -> dict[str, float | str]:
    """What is right for a class."""
    logs = logs_of_class(number)
    mean = next(log for name, log in logs.values() if name == "healthy")[-1, 3]
    names = {letter: name for letter, (name, _) in logs.items()}
    return names | {"probability": sigmoid(mean), "loss at the mean": float(softplus(-mean))}
