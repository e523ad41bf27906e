"""What libraries write past Python straight to file descriptor 2, and what of it a learner sees."""

import contextlib
import os
import re
import sys
import threading

__all__ = ["leave_out_noise", "quiet"]

# Lines that TensorFlow's C++ parts write to file descriptor 2 though nothing is wrong. A notebook
# shows them under the cell, and some versions (2.20 is one) heed TF_CPP_MIN_LOG_LEVEL only in part.
NOISE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    # Information, as its first letter says: the version of cuDNN, "Compiled cluster using XLA!"
    rb"|I\d{4} \d\d:\d\d:[\d.]+ +\d+ [\w./-]+:\d+\] "
    # A pass that fuses layers leaves a graph as it is; the results are the same.
    rb"|E\d{4} \d\d:\d\d:[\d.]+ +\d+ [\w./-]*meta_optimizer\.cc:\d+\] remapper failed: "
)


@contextlib.contextmanager
def quiet():
    """Keep off the screen what libraries write straight to descriptor 2; errors still raise."""
    sys.stderr.flush()
    saved = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def leave_out_noise() -> None:
    """From now on keep the lines of NOISE from the screen; all else written to descriptor 2 is
    seen.

    A thread reads line by line what this process writes there, and passes it on. Twice is like
    once.
    """
    name = "stderr without noise"
    if any(thread.name == name for thread in threading.enumerate()):
        return
    screen = os.dup(2)
    read_end, write_end = os.pipe()
    os.dup2(write_end, 2)
    os.close(write_end)

    def pass_on() -> None:
        with open(read_end, "rb") as lines, open(screen, "wb") as out:
            for line in lines:
                if not NOISE.match(line):
                    out.write(line)
                    out.flush()

    threading.Thread(target=pass_on, name=name, daemon=True).start()
