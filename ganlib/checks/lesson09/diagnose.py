"""One word for a logbook."""

from typing import Any

import numpy as np

from ganlib.checks.lesson09.logbooks import REAL_SPREAD, RECORDED, WORDS, made_up, recorded
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["diagnose"]

# What is looked at for a word; said where it was not seen, or was seen and is not there.
LOOKS = {
    "not finite": "any number in the logbook that is NaN or infinite, in any row",
    "exploded": "a loss of the last row whose size is above 100",
    "D has won": "the last row: logits above 5 on real and below −5 on generated images",
    "D is blind": "any row in which both mean logits lie within 0.01 of 0",
    "one picture": "the spread of the last row, below a third of that of real images",
    "nothing seen": "none of the others",
}


@task(
    points=4,
    hints=(
        "Go through the words in the order of the table and return the first that holds.",
        "np.isfinite looks at all numbers of an array; np.concatenate puts columns into one.",
        "'In some row both': (np.abs(real) < 0.01) & (np.abs(fake) < 0.01) has a truth value for "
        "each row, and .any() asks whether one is true.",
    ),
)
def diagnose(trial: Trial) -> None:
    """The first word of a table that holds for a logbook."""
    with trial.part(1, "the five recorded runs"):
        for name in RECORDED:
            _one(trial, *recorded(name))
    with trial.part(2, "other logbooks, and the order of the words"):
        for word in WORDS:
            for _ in range(3):
                _one(trial, made_up(trial, word), word)
    with trial.part(1, "the edges: exactly at a bound a word does not hold"):
        for run, word in _edges(trial):
            _one(trial, run, word)


def _edges(trial: Trial) -> list[tuple[dict[str, Any], str]]:
    def changed(column: str, row: int, value: float) -> dict[str, Any]:
        run = made_up(trial, "nothing seen")
        run["spread"][:], run["real_spread"] = 60.0, REAL_SPREAD
        run[column][row] = value
        return run

    at_bound = changed("d_loss", -1, 100.0)
    at_minus = changed("g_loss", -1, -100.0)
    real_at = changed("real_logits", -1, 5.0)
    real_at["fake_logits"][-1] = -9.0
    one_side = changed("real_logits", -1, 30.0)
    one_side["fake_logits"][-1] = 20.0
    half_blind = changed("real_logits", 1, 0.001)
    third = changed("spread", -1, 0.0)
    third["spread"][-1] = third["real_spread"] / 3
    half_fake = changed("fake_logits", 2, -0.001)
    by_turns = changed("real_logits", 1, 0.001)  # each near 0 once, never both in one row
    by_turns["fake_logits"][3] = -0.001
    was_ahead = changed("real_logits", 1, 30.0)  # D had won, and no longer has
    was_ahead["fake_logits"][1] = -20.0
    fake_at = changed("fake_logits", -1, -5.0)
    fake_at["real_logits"][-1] = 9.0
    blind_at = changed("real_logits", 1, 0.01)
    blind_at["fake_logits"][1] = -0.01
    real_far = changed("real_logits", -1, 30.0)
    single = {
        key: value[-1:] if np.ndim(value) else value
        for key, value in changed("spread", -1, 1).items()
    }
    none = (at_bound, at_minus, real_at, one_side, half_blind, third, half_fake, by_turns)
    none += (was_ahead, fake_at, blind_at, real_far)
    return [*((run, "nothing seen") for run in none), (single, "one picture")]


def _one(trial: Trial, run: dict[str, Any], word: str) -> None:
    given = {key: np.array(value) if np.ndim(value) else value for key, value in run.items()}
    answer = trial.call_function(
        (lambda: trial.answer(given)) if callable(trial.answer) else trial.answer
    )
    if any(not np.array_equal(given.get(key), run[key], equal_nan=True) for key in run):
        raise Wrong("It changes the logbook. Whoever called it may still need the numbers.")
    if not isinstance(answer, str):
        raise Wrong(f"It returns {answer!r}, but should return one of the words of the table.")
    if answer not in WORDS:
        known = ", ".join(repr(each) for each in WORDS)
        raise Wrong(f"It returns {answer!r}, which is not a word of the table. These are: {known}.")
    if answer == word:
        return
    shown = ", ".join(
        f"{key} {np.array2string(np.asarray(value), precision=2, threshold=5)}"
        for key, value in run.items()
    )
    if word == "nothing seen":
        why = f"For {answer!r} look at {LOOKS[answer]}."
    elif answer == "nothing seen" or WORDS.index(answer) > WORDS.index(word):
        why = f"{word!r} stands above it in the table: look at {LOOKS[word]}."
    else:
        why = f"{answer!r} does not hold here: it looks at {LOOKS[answer]}."
    raise Wrong(f"It returns {answer!r} where {word!r} is right. {why} The logbook: {shown}.")
