"""However a cell ends the kernel, the rest of the notebook runs, and what is left open is told."""

import importlib.util
import os
import sys
import time
import zipfile

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools.teaching.execution import Execute

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="processes end in other ways on Windows"),
]

ENDS = {
    "_exit": ("import os; os._exit(3)", "exit code 3"),
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    "terminated": ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "SIGTERM"),
    "crash": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "abort": ("import os; os.abort()", "SIGABRT"),
    "exit": ("exit()", "exit() or quit()"),
    "quit": ("quit()", "exit() or quit()"),
    "stopped": ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "no longer answered"),
    "stubborn": (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "no longer answered",
    ),
    "thread": (
        "import os, threading, time\nthreading.Timer(0.2, os._exit, [0]).start()\ntime.sleep(9)",
        "exit code 0",
    ),
}
HARMLESS = {
    "sys.exit": "import sys; sys.exit(1)",
    "thread": "import sys, threading; threading.Thread(target=sys.exit).start()",
    "interrupt": "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    "input": "input()",
}


def graded(name, source):
    metadata = {"grade": True, "solution": False, "locked": True, "points": 1, "grade_id": name}
    return new_code_cell(source, metadata={"nbgrader": metadata})


def run(*cells, **options):
    """What came of these cells: the notebook, and the resources."""
    notebook, resources = new_notebook(cells=list(cells)), {"metadata": {}}
    options = {
        "timeout": 60,
        "iopub_timeout": 30,
        "error_on_timeout": {"ename": "CellTimeoutError", "evalue": "", "traceback": []},
    } | options
    Execute(**options).preprocess(notebook, resources)
    return notebook, resources


def shown(cell):
    return [output.data["text/plain"] for output in cell.outputs if "data" in output]


@pytest.mark.parametrize("kind", ENDS)
def test_the_rest_runs_without_the_cell_that_ended_the_kernel(kind):
    source, how = ENDS[kind]
    endless = how.startswith("no longer")
    start = time.monotonic()
    notebook, resources = run(
        new_code_cell("number = 1.0"),
        graded("first", "number"),
        new_code_cell(source),
        graded("second", "number + 1"),
        graded("third", "number + 2"),
        **({"timeout": 4, "iopub_timeout": 2} if endless else {"timeout": 300}),
    )
    assert time.monotonic() - start < 60  # of 300 seconds for a cell nothing is waited
    line = source.splitlines()[0]
    assert resources["died"] == [f"the kernel died in cell 3 ({line}): {how}"] or (
        endless and how in resources["died"][0]
    )
    assert list(resources["undecided"]) == ["second"]
    assert [shown(cell) for cell in notebook.cells] == [[], ["1.0"], [], ["2.0"], ["3.0"]]
    assert notebook.cells[2].outputs[-1].ename == "DeadKernel"


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_the_kernel_survives_is_an_error_like_any_other(kind):
    notebook, resources = run(new_code_cell(HARMLESS[kind]), graded("first", "1.0"))
    assert resources["died"] == []
    assert shown(notebook.cells[1]) == ["1.0"]


def test_what_is_not_installed_here_leaves_its_task_to_a_person():
    _, resources = run(
        graded("first", "1.0"),
        new_code_cell("import not_there.deep"),
        graded("second", "float(answer)"),
    )
    assert resources["undecided"] == {"second": "not_there is not installed here"}
    assert (resources["died"], resources["lacking"]) == ([], ["not_there"])


def test_a_package_that_an_answer_asks_for_in_a_function_leaves_its_task_to_a_person():
    said = "✗ your code raised ModuleNotFoundError: No module named 'not_there'"
    _, resources = run(graded("first", f"print({said!r})\n0.0"))
    assert resources["undecided"] == {"first": "not_there is not installed here"}


def test_an_endless_loop_that_prints_does_not_fill_the_memory():
    endless = new_code_cell('for _ in range(200): print("x" * 10**5, flush=True)')
    notebook, _ = run(endless, new_code_cell('print("after")'), characters=10**6)
    # A kernel may send what one print writes, the text and the end of the line, in two messages.
    first, second = (
        "".join(out.get("text", "") for out in cell.outputs) for cell in notebook.cells
    )
    assert 10**5 < len(first) <= 10**6
    assert second == "after\n"
    endless = new_code_cell('for _ in range(200): display("x" * 10**4)')
    notebook, _ = run(endless, characters=10**4)
    assert 10 < len(notebook.cells[0].outputs) < 30


def test_a_submission_cannot_change_what_is_installed(tmp_path):
    """pip says what it would do; the wheel is one that it would install without a network."""
    wheel = tmp_path / "harmless_wheel-1.0-py3-none-any.whl"
    about = "harmless_wheel-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.writestr("harmless_wheel.py", "")
        opened.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: harmless-wheel\nVersion: 1.0\n"
        )
        opened.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        opened.writestr(f"{about}/RECORD", "")
    notebook, _ = run(new_code_cell(f"%pip install --no-index {wheel}"), timeout=120)
    said = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    assert "Would install" in said
    assert importlib.util.find_spec("harmless_wheel") is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_a_kernel_cannot_take_all_memory():
    notebook, _ = run(new_code_cell("block = bytearray(1 << 30)"), gigabytes=1)
    assert notebook.cells[0].outputs[0].ename == "MemoryError"
    notebook, _ = run(new_code_cell("block = bytearray(1 << 30)"), timeout=60)
    assert notebook.cells[0].outputs == []


def test_a_check_that_ends_the_kernel_is_left_undecided_and_no_check_runs_twice():
    notebook, resources = run(
        new_code_cell("runs = []"),
        graded("first", "runs.append(1) or float(len(runs))"),
        graded("second", "import os; os._exit(1)"),
        graded("third", "float(len(runs))"),
    )
    assert list(resources["undecided"]) == ["second"]
    assert shown(notebook.cells[1]) == ["1.0"]
    assert shown(notebook.cells[3]) == ["0.0"]


def test_after_three_deaths_the_rest_is_not_run_and_is_undecided():
    ends = [graded(f"task-{n}", "import os; os._exit(1)") for n in range(5)]
    _, resources = run(*ends)
    assert len(resources["died"]) == 3
    assert list(resources["undecided"]) == [f"task-{n}" for n in range(5)]
    assert "was not run" in resources["undecided"]["task-4"]


def test_what_a_dead_kernel_has_started_ends_with_it(tmp_path):
    file = tmp_path / "pid"
    source = (
        "import os, pathlib, subprocess\n"
        f"child = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(file)!r}).write_text(str(child.pid))\n"
        "os._exit(0)"
    )
    run(new_code_cell(source))
    pid = int(file.read_text())
    for _ in range(300):
        try:
            with open(f"/proc/{pid}/stat") as status:
                if status.read().split(")")[1].split()[0] == "Z":
                    return
        except FileNotFoundError:
            return
        time.sleep(0.1)
    pytest.fail("it is still there")
