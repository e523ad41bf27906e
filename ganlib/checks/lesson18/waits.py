"""How long cases wait in a queue."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["waits"]


@task(
    points=3,
    hints=(
        "A case begins when it has arrived and the one before it is done. Which of the two comes "
        "later?",
        "Keep the moment at which the team is free again. begin = max(arrives[n], free); the wait "
        "is begin − arrives[n]; then free = begin + takes[n].",
    ),
)
def waits(trial: Trial) -> None:
    """First come, first served."""
    with trial.part(1, "four cases by hand"):
        _expect(trial, np.array([1.0, 2.0, 9.0, 10.0]), np.array([3.0, 2.0, 4.0, 2.0]))
    with trial.part(1, "two hundred cases, with idle times"):
        arrives = np.cumsum(trial.rng.exponential(1.2, 200))
        _expect(trial, arrives, trial.rng.exponential(1.0, 200))
    with trial.part(1, "a load above 1, and a single case"):
        arrives = np.cumsum(trial.rng.exponential(0.7, 200))
        _expect(trial, arrives, trial.rng.exponential(1.0, 200))
        _expect(trial, np.array([4.0]), np.array([2.0]))


def _expect(trial: Trial, arrives: np.ndarray, takes: np.ndarray) -> None:
    answer = trial.array(trial.call(arrives, takes), (len(arrives),), "the result")
    right, late, no_zero = np.zeros_like(arrives), np.zeros_like(arrives), np.zeros_like(arrives)
    gaps = np.diff(arrives)
    for n in range(1, len(arrives)):
        right[n] = max(0.0, right[n - 1] + takes[n - 1] - gaps[n - 1])
        late[n] = max(0.0, late[n - 1] + takes[n] - gaps[n - 1])
        no_zero[n] = no_zero[n - 1] + takes[n - 1] - gaps[n - 1]
    if (answer < -1e-9).any():
        if np.allclose(answer, no_zero):
            raise Wrong(
                "Some waits are negative: a team that is idle cannot begin before a case arrives."
            )
        raise Wrong("Some waits are negative. Nobody is served before they arrive.")
    alone = np.concatenate([[0.0], np.maximum(0, takes[:-1] - gaps)])
    trial.expect(
        answer,
        right,
        usual=(
            (right + takes, "The time of the case itself is in it. The task asks for the time "
             "until somebody begins."),
            (arrives + right, "These are the moments at which cases begin, not how long they "
             "waited."),
            (arrives + right + takes, "These are the moments at which cases end."),
            (late, "A case waits for the time that the one *before* it takes, not its own."),
            (alone, "Each case waits for the one before it, but that one has waited too."),
            (takes, "These are the times that cases take."),
        ),
        otherwise="The waits are not right. Do four cases by hand: they arrive at 1, 2, 9 and 10 "
        "and take 3, 2, 4 and 2.",
    )  # fmt: skip
