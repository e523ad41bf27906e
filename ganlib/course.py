"""The start of every lesson: which machine is this, and how much may be computed on it.

>>> import ganlib
>>> course = ganlib.start("00")  # doctest: +SKIP
Lesson 00 · CPU with 2 cores · float32 · budget: cpu
"""

import math
import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ganlib.support import machine, stderr

__all__ = ["BUDGETS", "PRECISIONS", "Course", "start"]

BUDGETS = ("smoke", "cpu", "gpu")
# What a learner says: what Keras calls it.
PRECISIONS = {
    "float32": "float32",
    "bfloat16": "mixed_bfloat16",
    "float16": "mixed_float16",
}
# The setting in which the numbers of the text were measured.
REFERENCE = {"budget": "cpu", "device": "CPU", "tensorflow": "2.21", "keras": "3.15"}


@dataclass
class Course:
    """What a lesson knows of the machine it runs on. Made by ``start``.

    Attributes:
        lesson: the lesson's number, for example "06".
        seed: the seed that Python, NumPy and Keras were given.
        device: "CPU" or "GPU".
        device_name: the device in words.
        precision: "float32", "bfloat16" or "float16".
        budget_name: "smoke", "cpu" or "gpu".
        versions: major and minor versions of TensorFlow and Keras.
        measured_at: the precision in which the text's numbers were measured.
        asserts: a measured number that differs is an error, not a line (GANLIB_ASSERT=1).
        dataset: the data set that ``load`` or ``uses`` settled on, or None.
        checks: what ``check`` has seen: what → (value, expected, within, asserted).
    """

    lesson: str
    seed: int
    device: str
    device_name: str
    precision: str
    budget_name: str
    versions: dict[str, str]
    measured_at: str = "float32"
    asserts: bool = False
    dataset: str | None = None
    checks: dict[str, tuple] = field(default_factory=dict)

    def budget(self, *, smoke: Any, cpu: Any, gpu: Any) -> Any:
        """The one of three values that belongs to the budget in force.

        >>> course = Course("00", 0, "CPU", "CPU", "float32", "cpu", {})
        >>> course.budget(smoke=1, cpu=8, gpu=60)
        8
        """
        return {"smoke": smoke, "cpu": cpu, "gpu": gpu}[self.budget_name]

    def load(
        self,
        first: str = "cifar10",
        otherwise: str = "shapes",
        split: str | tuple[str, ...] = "train",
        *,
        labels: bool = False,
        n: int | tuple[int, ...] | None = None,
    ) -> Any:
        """Load the lesson's images: one data set, or another one where the first cannot be had.

        Says in the second case why and what to do, and notes which set is used, as ``uses`` does.

        Args:
            first: the name of the data set that the lesson's text is about.
            otherwise: the name of the one to go on with; one that needs neither file nor network.
            split: "train" or "test"; or several, all of which then come from the same data set.
            labels: also return the labels.
            n: only the first n images; for several splits one number for all, or one for each.

        Returns:
            What ``data.load`` returns for these arguments: images, or the pair (images, labels).
            For several splits a list of that, in their order.

        Raises:
            TypeError, ValueError: an unknown name or split, or n out of range.
        """
        from ganlib import data

        splits = (split,) if isinstance(split, str) else tuple(split)
        counts = tuple(n) if isinstance(n, tuple | list) else (n,) * len(splits)
        if len(counts) != len(splits):
            raise ValueError(
                f"n holds {len(counts)} numbers, but must be one number or {len(splits)}, "
                "one for each split."
            )
        for name in (first, otherwise):
            if name not in data.NAMES:
                known = ", ".join(map(repr, data.NAMES))
                raise ValueError(f"There is no data set {name!r}. Known: {known}.")

        def load_all(name: str) -> list:
            return [
                data.load(name, part, labels=labels, n=count)
                for part, count in zip(splits, counts, strict=True)
            ]

        try:
            loaded, used = load_all(first), first
        except data.DataUnavailable as problem:
            print(problem)
            loaded, used = load_all(otherwise), otherwise
        self.uses(used)
        return loaded[0] if isinstance(split, str) else loaded

    def uses(self, dataset: str) -> None:
        """Note which data set the lesson runs on: numbers measured on another are only compared."""
        self.dataset = dataset
        if dataset == "shapes":
            print(
                "This lesson goes on with shapes drawn by code in place of the photographs: every "
                "cell runs, the figures show shapes, the numbers in the text belong to the "
                "photographs."
            )

    def check(
        self,
        value: float,
        expected: float,
        within: float = 0.0,
        *,
        what: str,
        measured_on: str | None = None,
    ) -> None:
        """Compare a number with the one that the text quotes, and say so in a line.

        Args:
            value: the number that was just computed; any one-element array will do.
            expected: the number in the text.
            within: how far they may lie apart (absolute).
            what: what the number is, in words.
            measured_on: None for a fact of mathematics or of the data, which holds everywhere. The
                name of a data set for a number that a training or another experiment gave: other
                processors, precisions and versions give other ones, so a reader is told both. It
                is asserted only where the course runs its own lessons (``asserts``), and there
                only in the setting it belongs to (that data set, the cpu budget on a CPU, the
                lesson's precision, the same versions of TensorFlow and Keras).

        Raises:
            AssertionError: a fact that does not hold; a measured number that differs where it is
                asserted.
            ValueError: ``within`` is negative or ``expected`` no finite number.
        """
        if hasattr(value, "shape"):
            value = np.asarray(value).item()
        value, expected = float(value), float(expected)
        if not within >= 0 or not math.isfinite(expected):
            raise ValueError(f"within={within} must be 0 or more, expected={expected} finite.")
        slack = within + 1e-9 * abs(expected)
        agrees = math.isfinite(value) and abs(value - expected) <= slack
        differences = [] if measured_on is None else self._differs_from_reference(measured_on)
        asserted = measured_on is None or (self.asserts and not differences)
        told = _number(expected) + (f" ± {within:g}" if within else "")
        self.checks[what] = (value, expected, within, asserted)
        if agrees:
            print(f"✓ {what}: {_number(value)} (text: {told})")
        elif not asserted:
            where = "".join(f", {difference}" for difference in differences[:1])
            print(f"· {what}: {_number(value)} here, {told} in our run{where}")
        else:
            raise AssertionError(
                f"{what} is {_number(value)}, but the text says {told}. If you changed the cells "
                "above, that is why. If not, the text is wrong: please report it."
            )

    def check_all(
        self, *rows: tuple[str, float, float, float], measured_on: str | None = None
    ) -> None:
        """``check`` for several numbers, as a table.

        Args:
            rows: for each number ``(what, value, expected, within)``.
            measured_on: of all of them.

        Raises:
            AssertionError, ValueError: as ``check``, at the first row that gives cause.
        """
        for what, value, expected, within in rows:
            self.check(value, expected, within, what=what, measured_on=measured_on)

    def _differs_from_reference(self, measured_on: str) -> list[str]:
        """In which respects this run is not the one that the text's numbers come from."""
        here = {"budget": self.budget_name, "device": self.device, **self.versions}
        differences = [
            f"at the {wanted} budget" if key == "budget" else f"with {key} {wanted}"
            for key, wanted in REFERENCE.items()
            if here.get(key) != wanted
        ]
        if self.dataset != measured_on:
            differences.insert(0, f"on {measured_on}")
        if self.precision != self.measured_at:
            differences.append(f"in {self.measured_at}")
        return differences


def start(lesson: str, seed: int = 0, precision: str = "auto") -> Course:
    """Make ready for a lesson: quiet imports, seeds, device, precision and budget; says them in a
    line.

    Args:
        lesson: the lesson's number, for example "06".
        seed: for Python's, NumPy's and Keras's random numbers.
        precision: "float32", "bfloat16", "float16", or "auto" for the best that the device computes
            with. The environment variable GANLIB_PRECISION, where it is set, comes first.

    Returns:
        The ``Course``. The budget in force is GANLIB_BUDGET if set ("smoke", "cpu" or "gpu"), else
        "gpu" where there is a GPU, else "cpu". With GANLIB_ASSERT=1, as where the course tests
        itself, measured numbers are asserted; see ``Course.check``.

    Raises:
        ValueError: an unknown precision or budget, or a Matplotlib that cannot draw where it is
            told to.
        RuntimeError: Keras was imported before, and not on TensorFlow.
    """
    known = ("auto", *PRECISIONS)
    if precision not in known:
        raise ValueError(f"precision is {precision!r}, but must be one of {', '.join(known)}.")
    wanted = machine.setting("GANLIB_PRECISION", known) or precision
    budget = machine.setting("GANLIB_BUDGET", BUDGETS)
    asserts = machine.setting("GANLIB_ASSERT", ("0", "1")) == "1"
    with stderr.quiet():
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        machine.settle_figures()
        machine.settle_keras()
        import keras
        import tensorflow as tf

        tf.get_logger().setLevel("ERROR")
        gpus = tf.config.list_physical_devices("GPU")
        tf.zeros(1)  # the first operation writes its own lines; let it do so here
    if machine.in_notebook():  # what is written to descriptor 2 appears on the page
        stderr.leave_out_noise()
    device, name, best = machine.describe(tf, gpus)
    chosen = best if wanted == "auto" else wanted
    keras.utils.set_random_seed(seed)
    keras.mixed_precision.set_global_policy(PRECISIONS[chosen])
    course = Course(
        lesson=str(lesson),
        seed=seed,
        device=device,
        device_name=name,
        precision=chosen,
        budget_name=budget or device.lower(),
        versions={"tensorflow": _short(tf.__version__), "keras": _short(keras.__version__)},
        measured_at="float32" if precision == "float32" else "bfloat16",
        asserts=asserts,
    )
    print(f"Lesson {lesson} · {name} · {chosen} · budget: {course.budget_name}")
    return course


def _number(value: float) -> str:
    """Whole numbers in full, others with four digits."""
    return f"{value:,.0f}" if value.is_integer() else f"{value:.4g}"


def _short(version: str) -> str:
    return ".".join(version.split(".")[:2])
