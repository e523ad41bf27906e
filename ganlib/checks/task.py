"""What every check of an exercise does: call the answer safely, compare, explain, give points.

A task is a function that gets a ``Trial``. It calls the answer through the trial, looks at what comes
back, awards points for what is right, and raises ``Wrong`` with a message at the first thing that is not:

>>> import numpy as np
>>> @task(points=2, hints=("What is 2 doubled?",))
... def double(trial):
...     got = trial.array(trial.call(np.array([2.0])), shape=(1,))
...     trial.expect(got, np.array([4.0]), usual=[(np.array([2.0]), "Nothing was doubled.")])
...     trial.award(2, "doubles a number")
>>> double(lambda x: x)
✗ double: Nothing was doubled.
  0 of 2 points. A hint: checks.double(..., hint=1)
0.0
>>> double(lambda x: 2 * x)
✓ doubles a number
  double: 2 of 2 points
2.0
"""

import contextlib
import functools
import io
import os
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ganlib.checks.time_limit import TimeIsUp, time_limit
from ganlib.checks.trial import Trial, Wrong
from ganlib.support import stderr

__all__ = ["TIME_LIMIT", "task"]

# Seconds that all calls of one check may take together; a slow grading machine may need more.
TIME_LIMIT = float(os.environ.get("GANLIB_CHECK_SECONDS") or 20)


def task(points: float, hints: Sequence[str] = ()) -> Callable:
    """Make a check of a function that gets a ``Trial``.

    The check is called with the answer, and with ``hint=1, 2, …`` to read a hint in place of a check. It
    prints what is right and what is wrong, and returns the points as a Python float: that is what
    nbgrader takes as the score of the cell. It never raises because of the answer.
    """

    def make(examine: Callable[[Trial], None]) -> Callable:
        name = examine.__name__

        @functools.wraps(examine)
        def check(answer: Any = None, *, hint: int | None = None, seed: int = 0) -> float:
            if hint is not None:
                return _show_hint(name, hints, hint)
            trial = Trial(answer, seed)
            message = _examine(examine, trial)
            earned = float(min(trial.points, points))
            score = f"{earned:g} of {points:g} points"
            if message is None and earned < points:
                message = "This is right as far as it goes, but not all of it is there."
            if message is None:
                print(f"  {name}: {score}")
            else:
                print(f"{'·' if message is NOT_DONE else '✗'} {name}: {message}")
                more = f" A hint: checks.{name}(..., hint=1)" if hints else ""
                print(f"  {score}.{more}")
            return earned

        check.points, check.hints = float(points), tuple(hints)
        return check

    return make


NOT_DONE = "not done yet."


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
    except NotImplementedError:
        return NOT_DONE
    except Wrong as wrong:
        return str(wrong)
    except TimeIsUp:
        return (
            f"it was stopped after {TIME_LIMIT:g} seconds. Is there a loop that never ends, or far "
            "more work than needed?"
        )
    except (Exception, SystemExit) as problem:
        return _about_error(problem)
    return None


def _show_hint(name: str, hints: Sequence[str], number: int) -> float:
    if isinstance(number, int) and 1 <= number <= len(hints):
        last = ", the last" if number == len(hints) else ""
        print(f"Hint {number} of {len(hints)}{last}, for {name}: {hints[number - 1]}")
    else:
        print(f"{name} has hints 1 to {len(hints)}." if hints else f"{name} has no hints.")
    print("  A hint gives no points: take hint=... away to have the answer checked.")
    return 0.0


def _about_error(problem: BaseException) -> str:
    """What the student's code raised, and in which line."""
    said = f"{type(problem).__name__}: {str(problem).strip() or 'no message'}"
    if len(said) > 400:
        said = said[:400] + " …"
    here = os.path.dirname(os.path.abspath(__file__))
    frames = [
        frame
        for frame in traceback.extract_tb(problem.__traceback__)
        if not os.path.abspath(frame.filename).startswith(here)
    ]
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    if not own:
        wanted = " Does it take the arguments that the task names?"
        return f"calling it raised {said}.{wanted if isinstance(problem, TypeError) else ''}"
    line = (own[-1].line or "").strip()
    place = f", in the line: {line}" if line else f", in line {own[-1].lineno} of {own[-1].name}"
    return f"your code raised {said}{place}"
