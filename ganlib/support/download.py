"""A download that ends with a message when the network fails, and that survives a full disk.

What is received stays in memory until the caller has checked it; then ``keep`` puts it on the disk
in one step. So nobody ever sees half a file, not even when two programs do this at once.
"""

# pooch and keras.utils.get_file do less: neither resumes a download that was cut off, gives up on
# one that drips or has no end, or delivers the data where nothing can be written (a full disk, a
# read-only home). pooch's progress bar writes to stderr, which a graded cell must not; get_file
# never times out.

import contextlib
import http.client
import io
import os
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

__all__ = ["DownloadFailed", "download", "keep"]

TIMEOUT = 20.0  # seconds without a byte after which the network counts as dead
WINDOW, SLOWEST = 60.0, 300_000  # seconds, and the fewest bytes that must arrive in them
ATTEMPTS = 3  # each resumes where the last one was cut off


class DownloadFailed(Exception):
    """A download failed; the message names the address and says why."""


def download(url: str, title: str, largest: int) -> io.BytesIO:
    """Fetch a file into memory, with a line of progress on stdout.

    Args:
        url: where it is.
        title: what to call it on the screen.
        largest: the number of bytes after which to give up.

    Returns:
        The whole file, in memory.

    Raises:
        DownloadFailed: there is no connection, or the server refuses, hangs, is far too slow or
            breaks off again and again.
    """
    received = io.BytesIO()
    began = time.monotonic()
    print(f"Downloading {title} (only once) from {url} …", end="", flush=True)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _receive(received, url, title, largest, began)
            break
        except (OSError, http.client.HTTPException, ValueError) as fault:
            refused = isinstance(fault, urllib.error.HTTPError) and fault.code < 500
            if refused or attempt == ATTEMPTS or not received.tell():
                times = f" (attempt {attempt})" if attempt > 1 else ""
                raise DownloadFailed(f"{url}: {_reason(fault)}{times}") from fault
        finally:
            print()
    received.seek(0)
    return received


def keep(content: io.BytesIO, target: Path) -> str:
    """Put a download in its place in one step.

    Args:
        content: the whole file.
        target: its place; missing folders are made.

    Returns:
        A sentence that says where the file is kept, or why it could not be.
    """
    part = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as file:
            part = file.name
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except OSError as fault:
        if part is not None:
            with contextlib.suppress(OSError):
                os.unlink(part)
        why = fault.strerror or fault
        return f"It has been loaded, but could not be kept for the next time ({target}: {why})."
    return f"It is kept in {target}."


def _receive(received: io.BytesIO, url: str, title: str, largest: int, began: float) -> None:
    """Append to ``received`` the part of the file that is still missing, or raise an OSError."""
    headers = {"User-Agent": "ganlib"}
    if received.tell():
        headers["Range"] = f"bytes={received.tell()}-"
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
        if response.status != 206:  # the server starts from the beginning
            received.seek(0)
            received.truncate()
        total = received.tell() + int(response.headers.get("Content-Length") or 0)
        window = shown = time.monotonic()
        before = received.tell()
        while chunk := response.read1(1 << 18):
            received.write(chunk)
            if received.tell() > largest:
                raise DownloadFailed(f"{url}: sent more than the {largest:,} bytes it should have")
            now = time.monotonic()
            if now - window > WINDOW:
                if received.tell() - before < SLOWEST:
                    raise TimeoutError(f"{received.tell() - before:,} bytes in {WINDOW:.0f} s")
                window, before = now, received.tell()
            if now - shown > 1:
                shown = now
                _show(title, received.tell(), total, now - began)
    if received.tell() < total:
        raise ConnectionError(f"cut off after {received.tell():,} of {total:,} bytes")
    _show(title, received.tell(), total, time.monotonic() - began)


def _show(title: str, received: int, total: int, seconds: float) -> None:
    share = f"{received / total:4.0%}, " if total else ""
    speed = received / 1e6 / max(seconds, 1e-3)
    line = f"Downloading {title}: {share}{received / 1e6:.0f} MB, {speed:.1f} MB/s"
    print("\r" + line.ljust(115), end="", flush=True)


def _reason(fault: Exception) -> str:
    if isinstance(fault, urllib.error.HTTPError):
        return f"the server answered {fault.code} {fault.reason}"
    cause = fault.reason if isinstance(fault, urllib.error.URLError) else fault
    if isinstance(cause, TimeoutError):
        after = f" after {TIMEOUT:.0f} s" if str(cause) == "timed out" else ""
        return f"the network hangs ({cause}{after})"
    if type(cause).__name__ == "SSLCertVerificationError":
        return (
            f"no secure connection ({cause}; on macOS, run Python's Install Certificates.command)"
        )
    return str(cause) if cause is fault else f"no connection ({cause})"
