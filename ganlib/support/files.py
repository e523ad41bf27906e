"""Files that are either new and whole or as they were: written beside their place, then renamed."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["replacing"]


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
        OSError: they cannot be written. Then, as after any other exception, the targets are what
            they were and nothing unfinished is left. After a kill something may be left, which the
            next write replaces.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder, "notes.txt")) as [notes]:
    ...         _ = notes.write_text("whole")
    ...     [path.name for path in Path(folder).iterdir()]
    ['notes.txt']
    """
    unfinished = [path.with_name(f"{path.stem}.unfinished{path.suffix}") for path in targets]
    try:
        yield unfinished
        for path in unfinished:
            with open(path, "rb+") as file:
                os.fsync(file.fileno())
        if previous is not None and targets[0].exists():
            os.replace(targets[0], previous)
        for path, target in zip(unfinished, targets, strict=True):
            os.replace(path, target)
    finally:
        for path in unfinished:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
