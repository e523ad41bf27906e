"""What libraries write past Python: none of it in `quiet`, else only what means something."""

import os
import subprocess
import sys

import nbformat
import pytest

from ganlib.support import stderr
from tools.notebooks import run_lessons

# quiet --------------------------------------------------------------------------------------------


def test_quiet_swallows_descriptor_2_and_gives_it_back(capfd):
    with stderr.quiet():
        os.write(2, b"noise of a library\n")
        print("what Python says", file=sys.stderr)
        sys.stderr.flush()
    os.write(2, b"heard\n")
    with pytest.raises(KeyError), stderr.quiet():
        os.write(2, b"more noise\n")
        raise KeyError
    os.write(2, b"again\n")
    assert capfd.readouterr().err.replace("what Python says\n", "") == "heard\nagain\n"


def test_quiet_leaks_no_descriptor():
    def free():
        descriptor = os.dup(2)
        os.close(descriptor)
        return descriptor

    before = free()
    for _ in range(5):
        with stderr.quiet():
            pass
    assert free() == before


# What TensorFlow says to no purpose ---------------------------------------------------------------

# As TensorFlow 2.20 wrote them in lesson 07.
PURPOSELESS = [
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "I0000 00:00:1795447124.669114    6434 device_compiler.h:196] Compiled cluster using XLA!  "
    "This line is logged at most once for the lifetime of the process.",
    "E0000 00:00:1795447107.731787    5640 meta_optimizer.cc:967] remapper failed: "
    "INVALID_ARGUMENT: Mutation::Apply error: fanout 'LeakyReluGrad' exist for missing node "
    "'conv2d/BiasAdd'.",
]
WORTH_READING = [
    "E0000 00:00:1795447107.731787    5640 meta_optimizer.cc:967] layout failed: INVALID_ARGUMENT",
    "E0000 00:00:1795447107.731787    5640 cuda_dnn.cc:8579] Unable to register cuDNN factory",
    "W0000 00:00:1795447107.731787    5640 allocator.cc:501] Allocator ran out of memory",
    "F0000 00:00:1795447107.731787    5640 tensor.cc:99] Check failed: dtype() == expected",
    "2026-01-01 12:00:00.1: E tensorflow/core/x.cc:5] a message in the older form",
    "I have no more memory",
    "WARNING: this is not the line",
    "RuntimeError: remapper failed: said by a reader's own program",
    "",
]


@pytest.mark.parametrize("line", PURPOSELESS)
def test_noise_is_known(line):
    assert stderr.NOISE.match(line.encode())


@pytest.mark.parametrize("line", WORTH_READING)
def test_what_is_worth_reading_is_no_noise(line):
    assert not stderr.NOISE.match(line.encode())


def test_only_noise_is_left_out_and_nothing_is_held_back():
    """Each line arrives while the process goes on; a second call and `quiet` change nothing."""
    code = (
        "import os, sys\n"
        "from ganlib.support import stderr\n"
        "stderr.leave_out_noise()\n"
        "stderr.leave_out_noise()\n"
        "with stderr.quiet(): os.write(2, b'swallowed\\n')\n"
        "for line in sys.stdin.buffer: os.write(2, line)\n"
        "print('from Python', file=sys.stderr, flush=True)\n"
        "sys.stdin.close(); os.read(int(sys.argv[1]), 1)\n"
    )
    wait, done = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(wait)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[wait],
    )
    try:
        lines = [line for pair in zip(PURPOSELESS * 3, WORTH_READING, strict=True) for line in pair]
        process.stdin.write("\n".join(lines) + "\n")
        process.stdin.close()
        read = [process.stderr.readline() for _ in range(len(WORTH_READING) + 1)]
    finally:
        os.write(done, b".")
        process.wait(timeout=60)
        os.close(wait), os.close(done)
    assert [line.rstrip("\n") for line in read] == [*WORTH_READING, "from Python"]
    with process.stderr as rest:
        assert rest.read() == "" and process.returncode == 0


@pytest.mark.slow
def test_a_lesson_shows_errors_and_no_noise(tmp_path):
    """In a real kernel, whose stderr is the page: `start` is enough."""
    lines = "\n".join([*PURPOSELESS, "E0000 a real error", ""])
    source = "import os, time, ganlib\ncourse = ganlib.start('07')\n"
    source += f"os.write(2, {lines!r}.encode())\ntime.sleep(5)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    variables = {name: each for name, each in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    with pytest.raises(run_lessons.LessonFailed, match="It wrote to stderr"):
        run_lessons.execute(notebook, tmp_path, say=lambda line: None, variables=variables)
    assert run_lessons.stderr_of(notebook.cells[0]) == "E0000 a real error\n"
