"""One answer on trial: call it safely, take its values apart, compare, say what is wrong."""

import contextlib
import copy
import gc
import importlib
import inspect
import io
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ganlib.checks.errors import about_error

__all__ = ["NOT_DONE", "Trial", "Wrong", "is_not_done"]

NOT_DONE = "not done yet."


class Wrong(Exception):
    """An answer is not right; the message says what is wrong and where to look."""


class Trial:
    """One answer on trial.

    Args:
        answer: what the student wrote, mostly a function.
        seed: for the values with which the answer is tried; grading uses another.

    Attributes:
        rng: NumPy's generator with that seed.
        points: awarded so far, a float.
        failed: whether anything was not right so far.
    """

    def __init__(self, answer: Any, seed: int = 0):
        self.answer = answer
        self.rng = np.random.default_rng(seed)
        self.seed = seed
        self.points = 0.0
        self.failed = False
        self._said: set[str] = set()

    @contextlib.contextmanager
    def part(self, points: float, what: str) -> Iterator[None]:
        """One part of an answer: tried, reported and scored, whatever becomes of the others.

        What is wrong in it is said and costs these points. An answer not begun ends the check.

        Args:
            points: for this part, if nothing in it is wrong.
            what: what is right then, in a few words.
        """
        try:
            yield
        except Wrong as wrong:
            self.complain(what, str(wrong))
        except (Exception, SystemExit) as problem:
            if is_not_done(problem):
                if not (self.points or self.failed):
                    raise
                self.complain(what, NOT_DONE)
            else:
                self.complain(what, about_error(problem))
        else:
            self.points += points
            print(f"✓ {what}")

    def complain(self, what: str, message: str) -> None:
        """Say what is wrong; what was said before is not said again."""
        print(f"✗ {what}: {'as above.' if message in self._said else message}")
        self._said.add(message)
        self.failed = True

    def call(self, *arguments: Any, **keywords: Any) -> Any:
        """Call the answer with copies of NumPy arguments; what it returns.

        Raises:
            Wrong: the answer is no function, returns None, or changes an argument in place.
        """
        return self.call_function(self.answer, *arguments, **keywords)

    def call_function(self, function: Any, *arguments: Any, **keywords: Any) -> Any:
        """As ``call``, for a function other than the answer itself."""
        if not callable(function):
            raise Wrong(
                f"This should be a function, but it is {_kind(function)}. Pass the function "
                "itself, without calling it."
            )
        given = [_copy(argument) for argument in arguments]
        result = function(*given, **keywords)
        if result is None:
            raise Wrong("It returns None. Is there a line with return?")
        for number, (before, after) in enumerate(zip(arguments, given, strict=True), start=1):
            if isinstance(before, np.ndarray | list | dict) and not _same(before, after):
                way = "a = a + b, not a += b"
                if isinstance(before, list | dict):
                    way = "for a list, no pop, append or sort"
                raise Wrong(
                    f"It changes its argument number {number} in place. Whoever called it may "
                    f"still need the old values: compute something new ({way})."
                )
        return result

    def call_without_warning(self, advice: str, *arguments: Any) -> Any:
        """As ``call``; where NumPy warns of 0/0, log 0 or an overflow, the answer is wrong.

        Args:
            advice: what to say then.
            *arguments: for the answer.
        """
        try:
            with np.errstate(divide="raise", invalid="raise", over="raise"):
                return self.call(*arguments)
        except FloatingPointError as problem:
            raise Wrong(f"NumPy warns: {problem}. {advice}") from None

    def array(
        self, value: Any, shape: tuple[int | None, ...] | None = None, what: str = "the result"
    ) -> np.ndarray:
        """An answer's value as float64, from NumPy, TensorFlow, Keras or plain numbers.

        Args:
            value: what came back.
            shape: what it must have; None for a length that may be any.
            what: what it is, for the message.

        Raises:
            Wrong: not numbers, another shape, NaN or infinite values.
        """
        if value is None:
            raise Wrong(f"{what} is None. Is there a line with return, or a value to fill in?")
        if isinstance(value, (str, bytes, dict, set)) or callable(value):
            raise Wrong(f"{what} is {_kind(value)}, but should be {_wanted(shape)}.")
        if hasattr(value, "numpy"):
            value = value.numpy()
        try:
            answer = np.asarray(value, np.float64)
        except (TypeError, ValueError):
            raise Wrong(f"{what} is {_kind(value)}, but should be {_wanted(shape)}.") from None
        except OverflowError:  # a whole number of Python's may be larger than any float
            raise Wrong(f"{what} has a number too large for a float.") from None
        if shape is not None and not _fits(answer.shape, shape):
            raise Wrong(_about_shape(what, answer.shape, shape))
        if not np.isfinite(answer).all():
            some = "NaN" if np.isnan(answer).any() else "infinite"
            raise Wrong(
                f"{what} has values that are {some}. Where does a logarithm or a division meet 0, "
                "a root a negative number, or an exponential a large one?"
            )
        return answer

    def number(self, value: Any, what: str = "the result", infinite: bool = False) -> float:
        """An answer's value that must be a single number, also one in an array with one element.

        Args:
            value: what came back.
            what: what it is, for the message.
            infinite: whether it may be infinite.

        Raises:
            Wrong: no number, several, NaN, or infinite where it may not be.
        """
        if infinite:
            with contextlib.suppress(TypeError, ValueError):
                number = float(np.reshape(value.numpy() if hasattr(value, "numpy") else value, ()))
                if np.isinf(number):
                    return number
        answer = self.array(value, what=what)
        if answer.size != 1:
            raise Wrong(
                f"{what} has shape {answer.shape}, but should be a single number. Is a mean or a "
                "sum missing?"
            )
        return float(answer.reshape(()))

    def entry(self, answer: dict, key: str) -> Any:
        """What a dictionary holds under a key; ``Wrong`` if that is nothing."""
        if answer.get(key) is None:
            raise Wrong(f"The dictionary has no value for {key!r}.")
        return answer[key]

    def dictionary(self, keys: Sequence[str]) -> dict:
        """What the answer returns, called without arguments, if that is a dictionary.

        Args:
            keys: that it should have, for the message; ``entry`` looks whether they are there.
        """
        answer = self.call()
        if not isinstance(answer, dict):
            raise Wrong(f"It should return a dictionary with the keys {', '.join(keys)}.")
        return answer

    def leaves_seeds_alone(self, *arguments: Any) -> None:
        """Complains if a call of the answer seeds the random numbers that everybody draws."""
        before, after = (np.random.get_state(), random.getstate()), []  # noqa: NPY002
        try:
            for seed in (1, 2):
                np.random.seed(seed)  # noqa: NPY002
                random.seed(seed)
                self.call(*arguments)
                after.append((np.random.get_state()[1].tobytes(), random.getstate()))  # noqa: NPY002
        finally:
            np.random.set_state(before[0])  # noqa: NPY002
            random.setstate(before[1])
        if any(one == other for one, other in zip(*after, strict=True)):
            raise Wrong(
                "It seeds the random numbers that the whole program draws: whoever calls it gets "
                "the same numbers again and again. Leave global seeds alone."
            )

    @contextlib.contextmanager
    def without(self, module: str, advice: str) -> Iterator[None]:
        """While the answer is called, the functions of a module refuse, however they were imported.

        Args:
            module: such as "ganlib.theory", whose functions do what is asked for.
            advice: what to say of an answer that calls one of them.
        """

        def refuses(*arguments: Any, **keywords: Any) -> None:
            raise AttributeError("what the task asks for")

        named = {
            (function.__module__, function.__qualname__)
            for function in vars(importlib.import_module(module)).values()
            if inspect.isfunction(function) and not function.__closure__
        }
        # All that were ever loaded, for a hidden test loads the module a second time.
        functions = {
            function: function.__code__
            for function in gc.get_objects()
            if inspect.isfunction(function)
            and (function.__module__, function.__qualname__) in named
        }
        try:
            for function in functions:
                function.__code__ = refuses.__code__
            yield
        except AttributeError as problem:
            if "what the task asks for" not in str(problem):
                raise
            raise Wrong(advice) from None
        finally:
            for function, code in functions.items():
                function.__code__ = code

    def of_class(self, show: Callable[[int], Any]) -> Any:
        """What a function that shows a class its numbers returns, without showing them."""
        with contextlib.redirect_stdout(io.StringIO()):
            return show(self.seed)

    def expect(
        self,
        answer: Any,
        right: Any,
        *,
        within: float = 1e-4,
        usual: Sequence[tuple[Any, str]] = (),
        otherwise: str = "",
        what: str = "the result",
    ) -> None:
        """Compare with the right values; a usual wrong one gets a message of its own.

        Args:
            answer: numbers that ``array`` or ``number`` returned.
            right: what they should be.
            within: how far off, relative to the largest right value or 1, whichever is larger.
            usual: wrong values that usual mistakes lead to, with what to say of each.
            otherwise: what to say of any other wrong value; it should say where to look.
            what: what the numbers are.

        Raises:
            Wrong: they are not equal.
        """
        if _close(answer, right, within):
            return
        for wrong, message in usual:
            # A mistake that makes no difference here must not be blamed.
            if not _close(wrong, right, within) and _close(answer, wrong, within):
                raise Wrong(message)
        shown = ""
        if np.size(answer) == 1:
            shown = f" It is {float(np.reshape(answer, ())):.4g} where it should not be."
        raise Wrong(otherwise or f"{what[:1].upper()}{what[1:]} is not right.{shown}")


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if inspect.isfunction(value):
        return f"the function {value.__name__}"
    name = type(value).__name__
    return f"a value of type {name}"


def _wanted(shape: tuple | None) -> str:
    return "numbers" if shape is None else f"an array of shape {_words(shape)}"


def _words(shape: tuple) -> str:
    inside = ", ".join("n" if length is None else str(length) for length in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def _fits(answer: tuple, wanted: tuple) -> bool:
    return len(answer) == len(wanted) and all(
        length is None or length == here for here, length in zip(answer, wanted, strict=True)
    )


def _about_shape(what: str, answer: tuple, wanted: tuple) -> str:
    message = f"{what} has shape {answer}, but should have {_words(wanted)}."
    numbers = [tuple(length for length in shape if length != 1) for shape in (answer, wanted)]
    if None not in wanted and numbers[0] == numbers[1]:
        return message + " The numbers are there; an axis of length 1 is missing or too many."
    if answer == ():
        return message + " Was a mean or a sum taken too early?"
    if None not in wanted and sorted(answer) == sorted(wanted):
        return message + " Two axes are exchanged."
    return message


def _close(answer: Any, right: Any, within: float) -> bool:
    answer, right = np.asarray(answer, np.float64), np.asarray(right, np.float64)
    if answer.shape != right.shape and answer.size != 1 and right.size != 1:
        return False
    with np.errstate(invalid="ignore"):
        finite = right[np.isfinite(right)]
        scale = max(1.0, float(np.abs(finite).max(initial=0.0)))
        same = np.isclose(answer, right, rtol=0, atol=within * scale)
    return bool(np.all(same))


def _copy(value: Any) -> Any:
    return copy.deepcopy(value) if isinstance(value, np.ndarray | list | dict) else value


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after, equal_nan=True)
    return before == after


def is_not_done(problem: BaseException) -> bool:
    """Whether an exception is that of a stub; libraries raise the same class, with a message."""
    return type(problem) is NotImplementedError and not str(problem)
