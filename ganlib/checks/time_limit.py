"""A limit to the time that an answer may take."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

__all__ = ["TimeIsUp", "time_limit"]


class TimeIsUp(BaseException):
    """Not an Exception, so that an answer's own ``except Exception`` does not swallow it."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupts this thread after some seconds, again and again until it stops.

    By the signal that the Stop button sends, so it works wherever that does (on Windows too, though
    not while a library computes). In other threads than the main one there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    lock, over = threading.Lock(), threading.Event()
    up = threading.Event()

    def watch() -> None:
        wait = seconds
        while not over.wait(wait):
            with lock:
                if over.is_set():
                    return
                up.set()
                if hasattr(signal, "pthread_kill"):
                    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                else:
                    signal.raise_signal(signal.SIGINT)
            wait = 0.5

    def interrupt(number, frame) -> None:
        if over.is_set():
            return
        if up.is_set():
            raise TimeIsUp
        signal.default_int_handler(number, frame)

    def report(lost) -> None:  # raised where Python drops it, in a __del__ say: it comes again
        if lost.exc_type is not TimeIsUp:
            hook(lost)

    hook, sys.unraisablehook = sys.unraisablehook, report
    before = signal.signal(signal.SIGINT, interrupt)
    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()
        with lock:  # a signal that is on its way arrives now, and is ignored
            pass
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook
