"""The two files of a checkpoint: the newest, and the one before it in case that one is damaged."""

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ganlib.support import files

__all__ = ["as_json", "can_be_written", "keep", "read", "unpacked", "write"]

CURRENT, PREVIOUS = "checkpoint.npz", "checkpoint.previous.npz"


@contextlib.contextmanager
def can_be_written(folder: Path) -> Iterator[None]:
    """Make the folder; when writing into it fails, say what to do.

    Raises:
        OSError: with that advice.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        why = "a file has that name" if isinstance(error, FileExistsError) else error.strerror
        raise OSError(
            error.errno,
            f"The checkpoint in {folder} could not be written: {why}. Make room or "
            "choose another folder, then call fit again; the GAN in memory has lost nothing, and "
            "the last good checkpoint, if there was one, is still there.",
        ) from error


def write(folder: Path, arrays: dict[str, np.ndarray], notes: dict) -> None:
    """Write arrays and notes; what was there stays whole until the new file is, and is
    kept then.
    """
    packed = np.frombuffer(as_json(notes).encode(), np.uint8)
    with can_be_written(folder):
        with files.replacing(folder / CURRENT, previous=folder / PREVIOUS) as [unfinished]:
            np.savez(unfinished, **arrays, notes=packed)


def read(folder: Path) -> tuple[Path | None, bytes]:
    """The newest whole file and its content; no path and no content where there is no file.

    Raises:
        ValueError: there are files, but none is whole.
    """
    paths = [path for path in (folder / CURRENT, folder / PREVIOUS) if path.exists()]
    for path in paths:
        try:
            content = path.read_bytes()
            unpacked(content)
        except Exception as error:  # a damaged archive makes its readers raise nearly anything
            print(f"{path} is not whole ({error}); looking for the one before it.")
            continue
        return path, content
    if paths:
        raise ValueError(
            f"No checkpoint in {folder} is whole: {', '.join(path.name for path in paths)}. "
            "Move them away to start again from the beginning."
        )
    return None, b""


def keep(path: Path) -> None:
    """Make the file that was read the newest, so that the next one pushes no damaged file
    over it.
    """
    if path.name == PREVIOUS:
        os.replace(path, path.with_name(CURRENT))


def unpacked(content: bytes) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays of a file, and its notes."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return arrays, json.loads(arrays.pop("notes").tobytes())


def as_json(value: Any) -> str:
    """JSON of numbers, NumPy's included, texts, lists and dictionaries."""
    return json.dumps(value, default=lambda number: number.item())
