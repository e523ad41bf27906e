"""Logbooks of trainings, recorded ones and such as are made up, and what is to be read in them."""

from typing import Any

import numpy as np

from ganlib.checks.trial import Trial

__all__ = ["RECORDED", "WORDS", "logbook", "made_up"]

WORDS = ("not finite", "exploded", "D has won", "D is blind", "one picture", "nothing seen")
REAL_SPREAD = 62.0  # of photographs: about that of a sound run
# The first three minutes of trainings that ship with the course: L_D, L_G, the mean logits on real
# and on generated images, the spread of sixteen images; and what is to be read there.
RECORDED = {
    "failure-unscaled-0": (
        ((0.001, 6.950, 110.9, -6.95, 2.0), (0.0, 8.681, 154.6, -8.67, 1.4)),
        (0.0, 9.652, 169.5, -9.64, 1.1),
        "D has won",
    ),
    "plain-64-0": (
        ((1.045, 1.519, 1.01, -0.63, 58.0), (1.019, 1.544, 1.13, -0.65, 61.2)),
        (1.086, 1.405, 0.84, -0.55, 61.6),
        "nothing seen",
    ),
    "failure-collapse-0": (
        ((1.386, 0.693, 0.0, 0.0, 2.5), (1.386, 0.693, 0.0, 0.0, 2.2)),
        (0.684, 2.299, 0.38, -2.12, 8.9),
        "D is blind",
    ),
    "learning-rate-2e-2-0": (
        ((3961.6, 18948.8, 21500.5, -14137.5, 69.7), (1439.6, 2864.2, 3091.2, -1578.7, 61.9)),
        (536.9, 1109.4, 1833.5, -647.5, 58.0),
        "exploded",
    ),
    "failure-discriminator-wins-0": (
        ((0.052, -0.014, 97.1, -6.27, 4.7), (0.049, -0.007, 254.7, -6.94, 5.2)),
        (0.104, -0.012, 197.6, -6.25, 18.4),
        "D has won",
    ),
}
COLUMNS = ("d_loss", "g_loss", "real_logits", "fake_logits", "spread")


def _as_run(rows) -> dict[str, Any]:
    columns = np.transpose(np.asarray(rows, np.float64))
    return {**dict(zip(COLUMNS, columns, strict=True)), "real_spread": REAL_SPREAD}


def recorded(name: str) -> tuple[dict[str, Any], str]:
    """The logbook of a recorded training, and the word for it."""
    first, last, word = RECORDED[name]
    return _as_run([*first, last]), word


def logbook(name: str) -> dict[str, Any]:
    """The logbook of a training that ships with the course.

    Args:
        name: of the record.

    Returns:
        "d_loss", "g_loss", "real_logits", "fake_logits" and "spread", float64 arrays with a number
        for each moment, and "real_spread", a number.
    """
    return recorded(name)[0]


def made_up(trial: Trial, word: str) -> dict[str, Any]:
    """A logbook of five rows that is to be read as this word, with other numbers for each seed."""
    rng = trial.rng
    rows = np.column_stack(
        [
            rng.uniform(0.9, 1.3, 5),
            rng.uniform(0.8, 1.6, 5),
            rng.uniform(0.3, 1.5, 5),
            rng.uniform(-1.5, -0.3, 5),
            rng.uniform(45, 70, 5),
        ]
    )
    if word == "not finite":
        rows[-1, 0] = 400.0  # it comes first, also where another word would hold
        rows[rng.integers(5), rng.integers(5)] = rng.choice([np.nan, np.inf, -np.inf])
    elif word == "exploded":
        rows[-1, rng.integers(2)] = rng.choice([-1, 1]) * rng.uniform(101, 5000)
        rows[-1, 2:] = (rng.uniform(6, 50), -rng.uniform(6, 50), 1.0)
    elif word == "D has won":
        rows[-1, 2:] = (rng.uniform(5.1, 50), -rng.uniform(5.1, 50), 1.0)
        rows[1, 2:4] = 0.0
    elif word == "D is blind":
        rows[rng.integers(5), 2:4] = rng.uniform(-0.009, 0.009, 2)
        rows[-1, 4] = 1.0
    elif word == "one picture":
        rows[-1, 4] = rng.uniform(10, 20)
    elif word == "nothing seen":
        rows[:-1, 4] = rng.uniform(0, 20, 4)  # it was one picture, and is no longer
        rows[:-1, :2] = 300.0  # and the losses have come back
    # Photographs differ more here and less there, so that no fixed bound will do.
    run, by = _as_run(rows), rng.uniform(*((2.1, 3) if word == "one picture" else (0.3, 0.45)))
    return run | {"spread": by * run["spread"], "real_spread": by * run["real_spread"]}
