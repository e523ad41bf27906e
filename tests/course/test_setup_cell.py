"""The set-up cell under odd environment variables: a working course, or one message that says what
to do.

Most variables are tried in this process, where TensorFlow is there already; what matters before it
is imported is tried in real processes and in a real kernel.
"""

import contextlib
import importlib.util
import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import keras
import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

from ganlib import course as course_module
from ganlib import data
from ganlib.support import cifar
from tools.notebooks.inputs import ROOT, code_cells, source_of
from tools.notebooks.run_lessons import PATIENT


def set_up_cells() -> dict[str, str]:
    """The set-up cell of every notebook, as plain Python: IPython's %pip is a call there."""
    paths = [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "solutions").glob("*/*.ipynb")]
    cells = {}
    for path in sorted(paths):
        cell = code_cells(json.loads(path.read_text(encoding="utf-8")))[0]
        cells[path.relative_to(ROOT).as_posix()] = TransformerManager().transform_cell(
            source_of(cell)
        )
    return cells


CELLS = set_up_cells()
CELL = CELLS["notebooks/00-start-here.ipynb"]
KNOWN = {
    "GANLIB_BUDGET": course_module.BUDGETS,
    "GANLIB_PRECISION": ("auto", *course_module.PRECISIONS),
    "GANLIB_ASSERT": ("0", "1"),
}


def run(cell: str, **names) -> tuple[dict, str, str]:
    """What a cell defines, and what it writes to stdout and to stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        exec(compile(cell, "the set-up cell", "exec"), names)
    return names, out.getvalue(), err.getvalue()


@pytest.fixture
def variables():
    """A function that puts back the environment, which a test may spoil; the precision too."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (*KNOWN, "GANLIB_DATA_DIR"):
            patch.delenv(name, raising=False)
        before = dict(os.environ)

        def put_back():
            os.environ.clear()
            os.environ.update(before)

        yield put_back
        put_back()
    keras.config.set_dtype_policy("float32")


# In this process ----------------------------------------------------------------------------------

# What stands in an environment variable: any text, but no zero character.
TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=30)
PLACES = st.one_of(
    TEXT,
    st.sampled_from(["", " ", "/", ".", "..", "~", "~nobody", "nowhere/ä", "$HOME", "x" * 300]),
    st.just(__file__),
)  # fmt: skip
ODD = {
    "GANLIB_BUDGET": st.one_of(TEXT, st.sampled_from(["CPU", "cpu ", " gpu", "smoke", "0", "a,b"])),
    "GANLIB_PRECISION": st.one_of(TEXT, st.sampled_from(["half", "Float32", "bfloat16 ", "auto"])),
    "GANLIB_ASSERT": st.one_of(TEXT, st.sampled_from(["yes", "True", "1 ", "0", "-1"])),
    "GANLIB_DATA_DIR": PLACES,
    "KERAS_BACKEND": st.one_of(TEXT, st.sampled_from(["jax", "torch", "numpy", "theano", ""])),
    "KERAS_HOME": PLACES,
    "HOME": PLACES,
    "USERPROFILE": PLACES,
    "XDG_CACHE_HOME": PLACES,
    "TMPDIR": PLACES,
    "TF_CPP_MIN_LOG_LEVEL": TEXT,
    "MPLBACKEND": st.one_of(TEXT, st.sampled_from(["Agg", "TkAgg", "module://nowhere", ""])),
    "CUDA_VISIBLE_DEVICES": st.one_of(TEXT, st.sampled_from(["", "-1", "9", "0,0"])),
    "OMP_NUM_THREADS": st.one_of(TEXT, st.sampled_from(["abc", "-3", "0"])),
    "COLAB_GPU": TEXT,
    "COLAB_RELEASE_TAG": TEXT,
    "LANG": st.sampled_from(["C", "tlh_KX.UTF-8", ""]),
}  # fmt: skip
UNSET = st.none()


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    odd=st.dictionaries(st.sampled_from(sorted(ODD)), st.none(), max_size=6).flatmap(
        lambda names: st.fixed_dictionaries({name: UNSET | ODD[name] for name in names})
    )
)
def test_any_environment_gives_a_course_or_names_the_variable(odd, variables, tmp_path_factory):
    variables()
    for name, value in odd.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    wrong = [
        name for name, known in KNOWN.items() if (odd.get(name) or "").strip() not in ("", *known)
    ]
    try:
        names, out, err = run(CELL)
    except ValueError as error:
        (named,) = [name for name in wrong if name in str(error)]
        assert repr(odd[named].strip()) in str(error)
        assert all(value in str(error) for value in KNOWN[named])
        assert f'os.environ["{named}"] = ' in str(error)
        return
    assert not wrong
    course = names["course"]
    assert course.asserts == ((odd.get("GANLIB_ASSERT") or "").strip() == "1")
    assert course.budget_name == (odd.get("GANLIB_BUDGET") or course.device.lower()).strip()
    assert out.count("\n") == 1 and out.startswith("Lesson 00 · ") and err == ""
    assert os.environ["KERAS_BACKEND"] == "tensorflow"

    # The cell that follows in a lesson: images, or one message and nothing else.
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.getbasetemp())
        patch.setattr(cifar, "URL", "http://127.0.0.1:9/nobody-listens")
        patch.setattr(cifar, "tempfile", SimpleNamespace(gettempdir=lambda: "/nowhere"))
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                assert data.load("cifar10", n=1).shape == (1, 32, 32, 3)
            except data.DataUnavailable as problem:
                place = (odd.get("GANLIB_DATA_DIR") or "").strip()
                assert ("GANLIB_DATA_DIR is set to" in str(problem)) == bool(place)
                assert repr(place) in str(problem) or not place
                assert "What to do" in str(problem)


@pytest.mark.parametrize("path", CELLS)
def test_every_set_up_cell_gives_its_course(path, variables):
    names, out, err = run(CELLS[path])
    lesson = Path(path).name[:2]
    assert names["course"].lesson == lesson
    assert out.startswith(f"Lesson {lesson} · ") and out.count("\n") == 1 and err == ""


def test_where_ganlib_is_missing_it_is_fetched_once(variables, monkeypatch):
    spec, calls = [None], []

    def find_spec(name):
        assert name == "ganlib"
        return spec[0]

    def fetch(*arguments):
        calls.append(arguments)
        spec[0] = "there"

    shell = SimpleNamespace(run_line_magic=fetch)
    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    for _ in range(2):
        names, _, err = run(CELL, get_ipython=lambda: shell)
        assert names["course"].lesson == "00" and err == ""
    ((magic, line),) = calls
    assert magic == "pip" and line.startswith('install --quiet "ganlib @ git+https://')


def test_keras_that_runs_on_something_else_is_told(variables, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RuntimeError) as error:
        run(CELL)
    for words in ("'jax'", "needs TensorFlow", "Restart the kernel", "KERAS_BACKEND"):
        assert words in str(error.value)


# In a process of its own --------------------------------------------------------------------------


def clean() -> dict[str, str]:
    mine = ("GANLIB_", "KERAS_", "TF_CPP", "MPL")
    return {name: value for name, value in os.environ.items() if not name.startswith(mine)}


def python(code: str, odd: dict[str, str | None]) -> subprocess.CompletedProcess:
    """Runs code in a new Python under these variables; None takes one away."""
    values = {name: value for name, value in (clean() | odd).items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=values,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.fixture
def odd_places(tmp_path) -> list[str]:
    """A file, a folder that is not there, one with a name of many letters, one with Keras's
    settings.
    """
    a_file, named, keras_home = tmp_path / "file", tmp_path / "für die Übung 学", tmp_path / "keras"
    a_file.write_text("not a folder")
    named.mkdir()
    keras_home.mkdir()
    settings = {"backend": "torch", "image_data_format": "channels_first", "floatx": "float16"}
    (keras_home / "keras.json").write_text(json.dumps(settings))
    return [str(a_file), str(tmp_path / "nowhere" / "at all"), str(named), str(keras_home)]


# After the course: Keras as the lessons need it, and a figure.
USE = """
import keras, numpy as np, matplotlib.pyplot
from ganlib import networks
assert keras.config.image_data_format() == "channels_last" and keras.config.floatx() == "float32"
assert networks.dcgan_generator(width=2)(np.zeros((1, 100), "float32")).shape == (1, 32, 32, 3)
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_new_python_starts_a_course_in_an_odd_environment(seed, odd_places):
    draw = random.Random(seed)
    odd = {
        "KERAS_BACKEND": draw.choice(["jax", "torch", "nonsense", "", None]),
        "TF_CPP_MIN_LOG_LEVEL": draw.choice(["weird", "0", "-1"]),
        "CUDA_VISIBLE_DEVICES": draw.choice(["9", "abc", ""]),
        "OMP_NUM_THREADS": draw.choice(["abc", "-1", "0"]),
        "PYTHONWARNINGS": draw.choice(["error", "default", "nonsense"]),
        "LANG": "C",
        "LC_ALL": draw.choice(["C", "xx_XX", None]),
        "COLAB_GPU": "0",
        "COLAB_RELEASE_TAG": "nightly",
        "KERAS_HOME": odd_places[3],
        **{
            name: draw.choice([*odd_places[:3], "", None])
            for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR")
        },
    }
    done = python(CELL + USE, odd)
    assert done.returncode == 0, (odd, done.stderr)
    # Python itself says that it does not know this filter; before any cell is run.
    err = done.stderr.replace("Invalid -W option ignored: invalid action: 'nonsense'\n", "")
    assert err == "", odd
    (line,) = done.stdout.splitlines()
    assert line.startswith("Lesson 00 · ") and "float32" in line


def test_a_backend_that_matplotlib_does_not_know_is_told():
    done = python(CELL, {"MPLBACKEND": "nonsense"})
    assert done.returncode == 1 and done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ValueError: The environment variable MPLBACKEND is 'nonsense'")
    assert 'os.environ["MPLBACKEND"] = ' in last
    assert done.stderr.count("Traceback") == 1 and "site-packages" not in done.stderr


# In a kernel --------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["Agg", "nonsense"])
def test_a_notebook_shows_figures_and_no_complaint(backend, odd_places, tmp_path):
    figure = (
        "import numpy as np\nfrom ganlib import plots\n"
        "plots.image_grid(np.zeros((2, 4, 4, 3), np.uint8), title='two')"
    )
    cells = [nbformat.v4.new_code_cell(source) for source in (CELL, figure)]
    odd = {"MPLBACKEND": backend, "MPLCONFIGDIR": odd_places[0], "KERAS_BACKEND": "nonsense"}
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(tmp_path)}}
    client = NotebookClient(
        notebook, timeout=300, coalesce_streams=True, **PATIENT, resources=resources
    )
    client.execute(env=clean() | odd)
    (line,), (shown,) = (cell.outputs for cell in notebook.cells)
    assert line.name == "stdout" and line.text.startswith("Lesson 00 · ")
    assert "image/png" in shown.data
