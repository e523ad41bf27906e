"""A line that says how far a long piece of work is, and is gone when it is done."""

import sys
import time

__all__ = ["ProgressBar"]

WIDTH = 30
PATIENCE, EVERY = 2.0, 0.25  # seconds before it first appears, and between two looks


class ProgressBar:
    """A bar of text that appears when the work takes longer than two seconds.

    In a notebook and in a terminal alike it is drawn anew in its own line; where the output is a
    file, nothing is written.

    Args:
        total: how many things there are to do.
        what: what is done, in two or three words.
    """

    def __init__(self, total: int, what: str):
        self.total, self.what = max(total, 1), what
        self.started = self.drawn = time.monotonic()
        self.shown = 0
        self.visible = sys.stdout.isatty() or "ipykernel" in sys.modules

    def show(self, done: int) -> None:
        """Draw the bar for so many things done, if it is time."""
        now = time.monotonic()
        if not self.visible or now - self.started < PATIENCE or now - self.drawn < EVERY:
            return
        self.drawn, filled = now, WIDTH * done // self.total
        left = (now - self.started) * (self.total - done) / max(done, 1)
        line = f"{self.what} {'█' * filled}{'·' * (WIDTH - filled)} {done:,} of {self.total:,}"
        self._write(f"{line}, {left:,.0f} s left")

    def close(self) -> None:
        """Wipe the bar out."""
        if self.shown:
            self._write("")
            sys.stdout.write("\r")

    def _write(self, line: str) -> None:
        sys.stdout.write("\r" + line.ljust(self.shown))
        sys.stdout.flush()
        self.shown = len(line)
