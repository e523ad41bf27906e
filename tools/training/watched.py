"""A training on several machines that ends when it is told to, and waits for the others only so
long.

While TensorFlow waits for the other machines, Python stands still, and a SIGTERM is caught and
comes to nothing. So the training runs in a process of its own, and this one watches it.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

__all__ = ["die_with_parent", "reach_without_proxy", "watch"]

PR_SET_PDEATHSIG = 1  # of linux/prctl.h


def reach_without_proxy(addresses: list[str]) -> None:
    """Let TensorFlow reach these machines ("host:port") directly, whatever ``http_proxy`` says.

    Call it before TensorFlow connects. Other connections still take the proxy.
    """
    hosts = [address.rpartition(":")[0].strip("[]") for address in addresses]
    before = os.environ.get("no_grpc_proxy", "")
    os.environ["no_grpc_proxy"] = ",".join(filter(None, [before, *dict.fromkeys(hosts)]))


def die_with_parent() -> None:
    """On Linux, end this process when the one that started it does, however that came."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _run(train: Callable, arguments: Any, met: Any) -> None:
    die_with_parent()
    train(arguments, met.set)


def watch(train: Callable, arguments: Any, seconds: float, too_late: str) -> int:
    """Run ``train(arguments, met)`` in a process of its own; it calls ``met()`` when all have met.

    Args:
        train: a function of a module, which the other process imports.
        arguments: what it is given.
        seconds: how long the machines may take to meet.
        too_late: what to say when they have not.

    Returns:
        The exit code: 0 if the training came to its end, 1 if the machines did not meet, and as in
        a shell 128 and the number of the signal that ended the training.
    """
    context = multiprocessing.get_context("spawn")
    met = context.Event()
    process = context.Process(target=_run, args=(train, arguments, met))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    end = time.monotonic() + seconds
    process.start()
    try:
        while process.is_alive() and not met.wait(0.5):
            if time.monotonic() > end:
                print(too_late, file=sys.stderr)
                return 1
        process.join()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        process.kill()
        process.join()
    return process.exitcode if process.exitcode >= 0 else 128 - process.exitcode
