"""The set-up cell: one line, the right device, precision and budget; and the checks of numbers."""

import dataclasses
import io
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import course as course_module
from ganlib import data
from ganlib.support import machine

# The versions the text's numbers were measured with.
HERE = {library: course_module.REFERENCE[library] for library in ("tensorflow", "keras")}


def course(dataset="cifar10", **changes):
    settings = {
        "lesson": "06",
        "seed": 0,
        "device": "CPU",
        "device_name": "CPU with 2 cores",
        "precision": "float32",
        "budget_name": "cpu",
        "versions": HERE,
        "asserts": True,
        **changes,
    }
    made = course_module.Course(**settings)
    made.uses(dataset)
    return made


@pytest.fixture
def environment(monkeypatch):
    """No course variables set, and the precision policy put back afterwards."""
    for name in ("GANLIB_BUDGET", "GANLIB_PRECISION", "GANLIB_ASSERT"):
        monkeypatch.delenv(name, raising=False)
    yield monkeypatch
    keras.config.set_dtype_policy("float32")


# start --------------------------------------------------------------------------------------------


def run(code, **variables):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GANLIB_", "TF_CPP"))}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.slow
def test_start_prints_one_line_and_nothing_on_stderr():
    code = (
        "import ganlib; course = ganlib.start('06')\n"
        "import tensorflow as tf; tf.function(lambda: tf.random.normal((2, 2)) @ tf.ones((2, 2)))()"
    )
    done = run(code, GANLIB_PRECISION="float32", GANLIB_BUDGET="")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    device = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    (line,) = done.stdout.splitlines()
    assert line.startswith("Lesson 06 · ") and line.endswith(
        f"· float32 · budget: {device.lower()}"
    )


def test_importing_ganlib_is_quick_and_imports_no_tensorflow():
    code = (
        "import sys, time; start = time.perf_counter(); import ganlib; "
        "print(time.perf_counter() - start); "
        "print([m for m in ('tensorflow', 'keras', 'matplotlib') if m in sys.modules])"
    )
    done = run(code)
    seconds, loaded = done.stdout.splitlines()
    assert loaded == "[]"
    assert float(seconds) < 1.0  # far below 0.1 s on a machine that has nothing else to do


@pytest.mark.parametrize(("value", "expected"), [("smoke", 1), ("cpu", 8), ("gpu", 60)])
def test_the_budget_comes_from_the_environment(value, expected, environment):
    environment.setenv("GANLIB_BUDGET", value)
    made = course_module.start("06", precision="float32")
    assert made.budget_name == value
    assert made.budget(smoke=1, cpu=8, gpu=60) == expected


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_budget_the_device_decides(value, environment):
    if value is not None:
        environment.setenv("GANLIB_BUDGET", value)
    made = course_module.start("06", precision="float32")
    assert made.budget_name == made.device.lower()
    assert made.device == ("GPU" if tf.config.list_physical_devices("GPU") else "CPU")


@pytest.mark.parametrize(
    ("name", "value", "known"),
    [
        ("GANLIB_BUDGET", "tiny", "smoke, cpu, gpu"),
        ("GANLIB_BUDGET", "CPU", "smoke, cpu, gpu"),
        ("GANLIB_PRECISION", "float64", "float32, bfloat16, float16"),
        ("GANLIB_ASSERT", "yes", "0, 1"),
    ],
)
def test_unknown_settings_name_the_known_ones(name, value, known, environment):
    environment.setenv(name, value)
    with pytest.raises(ValueError) as error:
        course_module.start("06")
    assert name in str(error.value) and value in str(error.value) and known in str(error.value)


def test_an_unknown_precision_argument_is_refused(environment):
    with pytest.raises(ValueError, match="'half'"):
        course_module.start("06", precision="half")


@pytest.mark.parametrize(
    ("precision", "policy"),
    [("float32", "float32"), ("bfloat16", "mixed_bfloat16"), ("float16", "mixed_float16")],
)
def test_the_precision_in_the_environment_comes_first(precision, policy, environment):
    environment.setenv("GANLIB_PRECISION", precision)
    made = course_module.start("06", precision="float32")
    assert made.precision == precision
    assert keras.config.dtype_policy().name == policy


def test_the_precision_chosen_by_itself_is_one_the_device_has(environment):
    made = course_module.start("06")
    assert made.precision in course_module.PRECISIONS
    environment.setenv("GANLIB_PRECISION", "")  # as if it were not set
    assert course_module.start("06").precision == made.precision


def test_start_seeds_everything(environment):
    import random

    def drawn():
        return random.random(), np.random.rand(), float(keras.random.normal(()))  # noqa: NPY002

    course_module.start("06", seed=3)
    first = drawn()
    course_module.start("06", seed=3)
    assert drawn() == first
    course_module.start("06", seed=4)
    assert drawn() != first


# load ---------------------------------------------------------------------------------------------


@pytest.fixture
def photographs(monkeypatch):
    """A stand-in for CIFAR-10 that can be had, or cannot; the splits that were asked for."""
    load, asked = data.load, []

    def stand_in(name, split="train", labels=False, n=None):
        if name != "cifar10":
            return load(name, split, labels=labels, n=n)
        asked.append(split)
        if split in missing:
            raise data.DataUnavailable("There is no network. What to do: look for a cable.")
        images = np.full((n or 7, 32, 32, 3), 9, np.uint8)
        return (images, np.zeros(len(images), np.int32)) if labels else images

    missing = set()
    monkeypatch.setattr(data, "load", stand_in)
    return SimpleNamespace(missing=missing, asked=asked)


def test_a_lesson_gets_the_photographs_where_they_can_be_had(photographs, capsys):
    made = course(None)
    assert made.load("cifar10", otherwise="shapes").shape == (7, 32, 32, 3)
    images, labels = made.load("cifar10", otherwise="shapes", labels=True, n=3)
    assert images.shape == (3, 32, 32, 3) and labels.shape == (3,)
    assert made.dataset == "cifar10" and capsys.readouterr().out == ""


def test_a_lesson_goes_on_with_the_other_set_and_says_why(photographs, capsys):
    photographs.missing.add("train")
    made = course(None)
    images, labels = made.load("cifar10", otherwise="shapes", labels=True, n=3)
    for made_here, drawn in zip(
        (images, labels), data.load("shapes", labels=True, n=3), strict=True
    ):
        np.testing.assert_array_equal(made_here, drawn)
    reason, said = capsys.readouterr().out.splitlines()
    assert reason == "There is no network. What to do: look for a cable."
    assert "goes on with shapes" in said and made.dataset == "shapes"
    # The learner does what was said, and runs the cell again.
    photographs.missing.clear()
    assert (made.load("cifar10", otherwise="shapes", n=3) == 9).all()
    assert made.dataset == "cifar10" and capsys.readouterr().out == ""


@pytest.mark.parametrize("missing", ["train", "test"])
def test_all_splits_of_a_lesson_come_from_one_data_set(missing, photographs, capsys):
    made = course(None)
    both = made.load("cifar10", otherwise="shapes", split=("train", "test"), n=(3, 2))
    assert [len(images) for images in both] == [3, 2] and all((part == 9).all() for part in both)
    photographs.missing.add(missing)
    both = made.load("cifar10", otherwise="shapes", split=("train", "test"), n=2)
    for split, images in zip(("train", "test"), both, strict=True):
        np.testing.assert_array_equal(images, data.load("shapes", split, n=2))
    assert capsys.readouterr().out.count("What to do") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"first": "mnist"}, "no data set 'mnist'"),
        ({"otherwise": "squares"}, "no data set 'squares'"),
        ({"split": "validation"}, "no split 'validation'"),
        ({"split": ("train", "test"), "n": (1, 2, 3)}, "n holds 3 numbers, but must be one"),
        ({"n": 0}, "n is 0"),
    ],
)  # fmt: skip
def test_a_wrong_wish_is_no_reason_for_another_data_set(arguments, words, photographs):
    made = course(None)
    with pytest.raises(ValueError, match=words):
        made.load(**{"first": "shapes", **arguments})
    assert made.dataset is None


# check --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        0.83,
        np.float32(0.83),
        np.array(0.83),
        np.array([0.83]),
        np.array([[0.83]]),
        tf.constant(0.83),
        tf.constant([0.83]),
    ],
)
def test_a_number_that_agrees_is_said_in_a_line(value, capsys):
    made = course()
    made.check(value, 0.84, within=0.02, what="accuracy")
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("✓ accuracy: 0.83") and "0.84 ± 0.02" in line


@pytest.mark.parametrize(
    ("value", "expected", "within", "agrees"),
    [
        (1.0, 1.0, 0.0, True),
        (1.0 + 1e-12, 1.0, 0.0, True),
        (1.001, 1.0, 0.0, False),
        (1.5, 1.0, 0.5, True),
        (0.5, 1.0, 0.5, True),
        (1.51, 1.0, 0.5, False),
        (-0.3, 0.3, 0.1, False),
        (float("nan"), 1.0, 10.0, False),
        (float("inf"), 1.0, 10.0, False),
        (10, 10, 0, True),
    ],
)
def test_facts_are_asserted_everywhere(value, expected, within, agrees):
    settings = {"budget_name": "smoke", "device": "GPU", "versions": {}, "precision": "float16"}
    anywhere = course(**settings, asserts=False)
    for made in (course(), anywhere):
        if agrees:
            made.check(value, expected, within, what="a fact")
        else:
            with pytest.raises(AssertionError, match=r"a fact is .* but the text says"):
                made.check(value, expected, within, what="a fact")


def test_a_measured_number_is_asserted_where_it_was_measured():
    made = course()
    made.check(0.83, 0.83, what="accuracy", measured_on="cifar10")
    assert made.checks["accuracy"][-1]
    with pytest.raises(AssertionError, match=r"accuracy is 0\.7"):
        made.check(0.7, 0.83, within=0.05, what="accuracy", measured_on="cifar10")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"budget_name": "smoke"}, "at the cpu budget"),
        ({"device": "GPU", "budget_name": "cpu"}, "with device CPU"),
        ({"precision": "bfloat16"}, "in float32"),
        ({"dataset": "shapes"}, "on cifar10"),
        ({"dataset": None}, "on cifar10"),
        ({"versions": {**HERE, "tensorflow": "9.9"}}, f"with tensorflow {HERE['tensorflow']}"),
        ({"versions": {**HERE, "keras": "9.9"}}, f"with keras {HERE['keras']}"),
    ],
)
def test_elsewhere_a_measured_number_is_compared_kindly(change, said, capsys):
    made = course(**change)
    capsys.readouterr()
    made.check(0.7, 0.83, within=0.05, what="accuracy", measured_on="cifar10")
    (line,) = capsys.readouterr().out.splitlines()
    assert line == f"· accuracy: 0.7 here, 0.83 ± 0.05 in our run, {said}"
    made.check(0.83, 0.83, what="the same", measured_on="cifar10")
    assert capsys.readouterr().out.startswith("✓ the same")
    assert [asserted for *_, asserted in made.checks.values()] == [False, False]


@pytest.mark.parametrize("value", [None, "", "0", "1"])
def test_a_learner_is_told_and_not_stopped(value, environment, capsys):
    """Training is chaotic: a processor of another kind gives other numbers, and that is
    no fault.
    """
    if value is not None:
        environment.setenv("GANLIB_ASSERT", value)
    made = course_module.start("06", precision="float32")
    made = dataclasses.replace(made, budget_name="cpu", device="CPU", versions=HERE, dataset="toys")
    capsys.readouterr()
    if value == "1":
        with pytest.raises(AssertionError, match="please report it"):
            made.check(0.64, 0.19, within=0.04, what="by heart", measured_on="toys")
        return
    made.check(0.64, 0.19, within=0.04, what="by heart", measured_on="toys")
    assert capsys.readouterr().out == "· by heart: 0.64 here, 0.19 ± 0.04 in our run\n"
    assert made.checks == {"by heart": (0.64, 0.19, 0.04, False)}
    with pytest.raises(AssertionError, match="but the text says 2"):
        made.check(3, 2, what="a fact")


@pytest.mark.parametrize("what", ["accuracy", "values below 0 in all of the photographs"])
def test_a_check_says_one_short_line(what, capsys):
    made = course(budget_name="smoke", asserts=False)
    capsys.readouterr()
    for value in (-0.12345, 123_456.0, float("nan")):
        made.check(value, -0.1234, within=0.0005, what=what, measured_on="cifar10")
        (line,) = capsys.readouterr().out.splitlines()
        assert line.startswith(("✓ ", "· ")) and len(line) <= len(what) + 70


def test_a_lesson_that_runs_in_half_precision_is_held_to_it_there():
    # Its numbers were measured in bfloat16; the lesson says precision="auto".
    made = course(precision="bfloat16", measured_at="bfloat16")
    with pytest.raises(AssertionError):
        made.check(0.7, 0.83, what="accuracy", measured_on="cifar10")


@pytest.mark.parametrize(("dataset", "lines"), [("cifar10", 0), ("toys", 0), ("shapes", 1)])
def test_a_lesson_without_photographs_says_so(dataset, lines, capsys):
    course(dataset)
    out = capsys.readouterr().out
    assert out.count("\n") == lines and (not lines or ("shapes" in out and "photographs" in out))


def test_checks_are_kept_for_the_test_of_the_prose():
    made = course()
    made.check(2.0, 2.0, what="two")
    assert made.checks == {"two": (2.0, 2.0, 0.0, True)}


def test_a_table_checks_each_of_its_rows(capsys):
    single, table = course(), course()
    capsys.readouterr()
    single.check(2.0, 2.0, what="two")
    single.check(3.1, 3, 0.2, what="three", measured_on="shapes")
    one_by_one = capsys.readouterr().out
    table.check_all(("two", 2.0, 2.0, 0))
    table.check_all(("three", 3.1, 3, 0.2), measured_on="shapes")
    assert capsys.readouterr().out == one_by_one and table.checks == single.checks


def test_a_table_stops_at_the_first_row_that_does_not_hold():
    made = course()
    with pytest.raises(AssertionError, match=r"three is 4, but the text says 3"):
        made.check_all(("two", 2, 2, 0), ("three", 4, 3, 0.5), ("five", 5, 5, 0))
    assert list(made.checks) == ["two", "three"]


@pytest.mark.parametrize(
    ("expected", "within"), [(1.0, -0.1), (1.0, float("nan")), (float("nan"), 0.1)]
)
def test_a_check_that_checks_nothing_is_refused(expected, within):
    with pytest.raises(ValueError, match="must be 0 or more"):
        course().check(1.0, expected, within, what="nothing")


def test_more_than_one_number_is_refused():
    with pytest.raises((ValueError, TypeError)):
        course().check(np.array([1.0, 1.0]), 1.0, what="two numbers")


def test_a_check_costs_nothing():
    made, start = course(), time.perf_counter()
    for index in range(100):
        made.check(1.0, 1.0, what=str(index))
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("capability", "count", "name", "best"),
    [
        ((9, 0), 1, "H100", "bfloat16"),
        ((8, 0), 2, "2 × A100", "bfloat16"),
        ((7, 5), 1, "T4", "float16"),  # Colab's free one
        ((6, 1), 1, "GTX 1080", "float32"),
        (None, 1, "GPU", "float32"),  # what TensorFlow knows nothing about
    ],
)
def test_a_gpu_is_named_with_the_precision_in_which_it_is_fastest(capability, count, name, best):
    """A stand-in says what TensorFlow says of such a GPU; most machines have none."""
    details = {} if capability is None else {
        "device_name": name.removeprefix(f"{count} × "), "compute_capability": capability
    }  # fmt: skip
    config = SimpleNamespace(experimental=SimpleNamespace(get_device_details=lambda gpu: details))
    result = machine.describe(SimpleNamespace(config=config), ["GPU"] * count)
    assert result == ("GPU", name, best)


def test_where_the_processor_cannot_be_asked_it_is_float32(monkeypatch):
    def no_such_file(*arguments, **options):
        raise FileNotFoundError

    monkeypatch.setattr(machine, "open", no_such_file, raising=False)
    assert machine.describe(None, [])[2] == "float32"


@pytest.mark.parametrize(
    ("flags", "best"),
    [
        ("fpu avx512_bf16 sse", "bfloat16"),
        ("fpu amx_bf16", "bfloat16"),
        ("fpu avx512f amx_tile", "float32"),
        ("", "float32"),
    ],
)
def test_a_processor_that_multiplies_bfloat16_is_known_by_its_flags(flags, best, monkeypatch):
    told = f"processor\t: 0\nflags\t\t: {flags}\nprocessor\t: 1\n"
    monkeypatch.setattr(machine, "open", lambda *_, **__: io.StringIO(told), raising=False)
    assert machine.describe(None, [])[2] == best
