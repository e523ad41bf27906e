"""What every check of an exercise does: call the answer safely, compare, explain, give points.

A task is a function that gets a ``Trial``. It goes through the parts of an answer. In each it calls
the answer through the trial and looks at what comes back; ``Wrong``, with a message, ends that part
alone:

>>> import numpy as np
>>> @task(points=2, hints=("What is 2 doubled?",))
... def double(trial):
...     for number in (2.0, 0.0):
...         with trial.part(1, f"doubles {number:g}"):
...             answer = trial.number(trial.call(number))
...             trial.expect(answer, 2 * number, usual=[(number, "Nothing was doubled.")])
>>> double(lambda x: x)
✗ doubles 2: Nothing was doubled.
✓ doubles 0
  double: 1 of 2 points. A hint: checks.double(..., hint=1)
1.0
>>> double(lambda x: 2 * x)
✓ doubles 2
✓ doubles 0
  double: 2 of 2 points
2.0
"""

import contextlib
import functools
import inspect
import io
import os
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ganlib.checks.errors import about_error
from ganlib.checks.time_limit import TimeIsUp, time_limit
from ganlib.checks.trial import NOT_DONE, Trial, Wrong, is_not_done
from ganlib.support import stderr

__all__ = ["TIME_LIMIT", "task"]

# Seconds that all calls of one check may take together; a slow grading machine may need more.
TIME_LIMIT = float(os.environ.get("GANLIB_CHECK_SECONDS") or 20)


def task(points: float, hints: Sequence[str] = ()) -> Callable:
    """Make a check of a function that gets a ``Trial``.

    The check is called with the answer, and with ``hint=1, 2, …`` to read a hint in place of a
    check. It prints what is right and what is wrong, and returns the points as a Python float: that
    is what nbgrader takes as the score of the cell. It never raises because of the answer.
    """

    def make(examine: Callable[[Trial], None]) -> Callable:
        name = examine.__name__

        @functools.wraps(examine)
        def check(answer: Any = None, *, hint: int | None = None, seed: int = 0) -> float:
            if hint is not None:
                return _show_hint(name, hints, hint)
            trial = Trial(answer, seed)
            message = _examine(examine, trial)
            if message is not None:
                print(f"{'·' if message is NOT_DONE else '✗'} {name}: {message}")
            right = message is None and not trial.failed
            more = "" if right or not hints else f". A hint: checks.{name}(..., hint=1)"
            print(f"  {name}: {trial.points:g} of {points:g} points{more}")
            check.earned = float(trial.points)
            return check.earned

        check.points, check.hints = float(points), tuple(hints)
        check.earned = None  # by the last call
        return check

    return make


def _examine(examine: Callable[[Trial], None], trial: Trial) -> str | None:
    """Run a check; None if all is right, else what to tell."""
    said = io.StringIO()  # not on stderr, which would cost all points in nbgrader
    try:
        with (
            stderr.quiet(),
            contextlib.redirect_stderr(said),
            warnings.catch_warnings(),
            time_limit(TIME_LIMIT),
        ):
            warnings.simplefilter("ignore")
            if trial.answer is None or trial.answer is Ellipsis:
                raise NotImplementedError
            examine(trial)
    except Wrong as wrong:
        return str(wrong)
    except TimeIsUp:
        return (
            f"it was stopped after {TIME_LIMIT:g} seconds. Is there a loop that never ends, or far "
            "more work than needed?"
        )
    except (Exception, SystemExit) as problem:
        return _not_done(trial, problem) if is_not_done(problem) else about_error(problem)
    return None


def _not_done(trial: Trial, problem: BaseException) -> str:
    """Which function is not written: the answer, or one that it calls."""
    stub = traceback.extract_tb(problem.__traceback__)[-1].name
    if not inspect.isfunction(trial.answer) or stub in (trial.answer.__name__, _examine.__name__):
        return NOT_DONE
    return f"it calls {stub}, which is not written yet."


def _show_hint(name: str, hints: Sequence[str], number: int) -> float:
    if isinstance(number, int) and 1 <= number <= len(hints):
        last = ", the last" if number == len(hints) else ""
        print(f"Hint {number} of {len(hints)}{last}, for {name}: {hints[number - 1]}")
    else:
        print(f"{name} has hints 1 to {len(hints)}." if hints else f"{name} has no hints.")
    print("  A hint gives no points: take hint=... away to have the answer checked.")
    return 0.0
