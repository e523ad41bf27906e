"""Files that are either new and whole or as they were: written beside their place, then renamed."""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["replacing", "stems"]

MARK = ".unfinished-"
STALE = 600.0  # seconds without a write after which an unfinished file is what a kill has left


@contextlib.contextmanager
def replacing(*targets: Path, previous: Path | None = None) -> Iterator[list[Path]]:
    """Write files that take their places only once all of them are whole and on the disk.

    Args:
        targets: the files, which may exist already.
        previous: where to keep the first target's old file; None to discard it. If the process is
            killed between the two renames, the old file is there and the target is missing, so a
            reader must look in both places.

    Yields:
        The path to write to for each target: in the same folder, with the same ending.

    Raises:
        OSError: they cannot be written. Then, as after any other exception, nothing unfinished is
            left and the targets are what they were; but if a rename fails (on Windows, because
            another program has the target open), those before it have been made. What a kill has
            left, a write ten minutes later removes.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder, "notes.txt")) as [notes]:
    ...         _ = notes.write_text("whole")
    ...     [path.name for path in Path(folder).iterdir()]
    ['notes.txt']
    """
    own = secrets.token_hex(4)  # another program may write the same file at this moment
    unfinished = [path.with_name(f"{path.stem}{MARK}{own}{path.suffix}") for path in targets]
    for path in targets:
        _remove_leftovers(path)
    try:
        yield unfinished
        for path in unfinished:
            with open(path, "rb+") as file:
                os.fsync(file.fileno())
        if previous is not None:
            with contextlib.suppress(FileNotFoundError):
                os.replace(targets[0], previous)
        for path, target in zip(unfinished, targets, strict=True):
            os.replace(path, target)
    finally:
        for path in unfinished:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def stems(folder: Path, pattern: str) -> list[str]:
    """The names, without their ending, of the files of a folder that are finished, in order."""
    return sorted(path.stem for path in folder.glob(pattern) if MARK not in path.name)


def _remove_leftovers(target: Path) -> None:
    """Remove what killed programs have left of a file."""
    with contextlib.suppress(OSError):
        for path in target.parent.iterdir():
            if path.name.startswith(f"{target.stem}{MARK}") and path.suffix == target.suffix:
                with contextlib.suppress(OSError):
                    if time.time() - path.lstat().st_mtime > STALE:
                        path.unlink()
