"""Several machines on one: processes that find each other by addresses of the loopback device."""

import contextlib
import os
import socket
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 900  # far more than anything here takes; only keeps a test from waiting for ever


def addresses(n=2):
    """So many addresses with ports that are free."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]


@contextlib.contextmanager
def started(folder, commands, variables=None):
    """The processes of these commands, whose output goes to folder/0, folder/1, …; none outlives
    this.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    clean = {name: value for name, value in os.environ.items() if name != "TF_CONFIG"}
    clean["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), clean.get("PYTHONPATH")]))
    processes = []
    try:
        for number, command in enumerate(commands):
            with open(folder / str(number), "w") as log:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**clean, **(variables[number] if variables else {})},
                )
            processes.append(process)
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def finish(folder, processes):
    """Wait for the processes, all of which must end well."""
    for number, process in enumerate(processes):
        log = Path(folder) / str(number)
        try:
            code = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"machine {number} of {len(processes)} was still at work or waiting for the others "
                f"after {SECONDS} s; it said:\n{log.read_text()[-3000:]}"
            ) from None
        assert code == 0, log.read_text()[-3000:]
