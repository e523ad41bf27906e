"""A full disk, and a machine that goes between two renames."""

import builtins
import contextlib
import io
import os
from collections.abc import Iterator
from typing import Any

from ganlib.checks.lesson07.runs import Gone, content_of

__all__ = ["full_disk", "watched_renames"]


class _Limited:
    """A file to which no more gets through than fits on the disk."""

    def __init__(self, file: Any, left: list[int]):
        self._file, self._left, self._broken = file, left, False

    def write(self, data: Any) -> int:
        data = data if isinstance(data, str) else bytes(data)
        if self._broken:  # one complaint is enough: what closes files may write once more
            return len(data)
        self._file.write(data[: self._left[0]])
        self._broken = len(data) > self._left[0]
        self._left[0] -= min(len(data), self._left[0])
        if self._broken:
            raise OSError(28, "No space left on device")
        return len(data)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_Limited":
        return self

    def __exit__(self, *problem: Any) -> None:
        self._file.close()


@contextlib.contextmanager
def full_disk(folder: str, size: int) -> Iterator[None]:
    """So many bytes can be written to files in this folder, then writing fails."""
    left, real = [size], io.open

    def limited(file: Any, mode: str = "r", *arguments: Any, **keywords: Any) -> Any:
        handle = real(file, mode, *arguments, **keywords)
        here = not isinstance(file, int) and os.path.abspath(os.fsdecode(file)).startswith(folder)
        return _Limited(handle, left) if here and set(mode) & set("wax+") else handle

    builtins.open = io.open = limited
    try:
        yield
    finally:
        builtins.open = io.open = real


@contextlib.contextmanager
def watched_renames(path: str, sources: list[str]) -> Iterator[list[bytes]]:
    """What is at path right after each rename; the machine goes as soon as nothing is there.

    Args:
        path: where a checkpoint lies.
        sources: is filled with the names of the files that were renamed to path.
    """
    real = {name: getattr(os, name) for name in ("remove", "unlink", "rename", "replace")}
    contents: list[bytes] = []

    def watched(function: Any) -> Any:
        def call(*arguments: Any, **keywords: Any) -> None:
            function(*arguments, **keywords)
            names = [os.path.abspath(os.fsdecode(each)) for each in arguments[:2]]
            if len(names) == 2 and names[1] == os.path.abspath(path):
                sources.append(names[0])
            content = content_of(path)
            if content is None:
                raise Gone
            contents.append(content)

        return call

    try:
        for name, function in real.items():
            setattr(os, name, watched(function))
        yield contents
    finally:
        for name, function in real.items():
            setattr(os, name, function)
