"""Many images with notes in one ``.npz`` file, written bit by bit and read without loading it.

The file is an ordinary one: ``np.load`` opens it. It is not compressed, so that the images can be
used where they lie on the disk.
"""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ganlib.support import files

__all__ = ["read", "write"]

IMAGES, NOTES = "images.npy", "notes.npy"


def write(
    path: Path, chunks: Iterable[np.ndarray], shape: tuple[int, ...], notes: Callable[[], dict]
) -> None:
    """Write images as they come, then what is noted of them.

    Args:
        path: the file, which may exist; it is replaced once the new one is whole.
        chunks: uint8 arrays ``(any number, *shape)``, which need not fit into memory together.
        shape: that of an image.
        notes: called after the last chunk; what JSON can hold.

    Raises:
        OSError: it cannot be written; says what to do.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(path) as [unfinished], tempfile.TemporaryFile(dir=path.parent) as raw:
            n = 0
            for chunk in chunks:  # how many there are must be known before the first is in the file
                raw.write(np.ascontiguousarray(chunk, np.uint8).tobytes())
                n += len(chunk)
            raw.seek(0)
            text = np.array(json.dumps(notes(), ensure_ascii=True))
            header = {"descr": "|u1", "fortran_order": False, "shape": (n, *shape)}
            with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
                with archive.open(IMAGES, "w", force_zip64=True) as member:
                    np.lib.format.write_array_header_1_0(member, header)
                    shutil.copyfileobj(raw, member, 1 << 20)
                with archive.open(NOTES, "w") as member:
                    np.lib.format.write_array(member, text, allow_pickle=False)
    except OSError as problem:
        raise OSError(
            f"{path} cannot be written ({problem}). Give another file, for example "
            'cache="runs/images.npz", on a disk with enough room.'
        ) from problem


def read(path: Path, made_of: dict[str, Any]) -> tuple[np.ndarray, dict] | None:
    """The images of a file, left on the disk, and its notes.

    Args:
        path: the file.
        made_of: what its notes must say under "made_of".

    Returns:
        uint8 ``(n, ...)``, read-only, and the notes; None where there is no such file, or one
        whose notes or headers are damaged, or that is made of something else. The bytes of the
        images are not checked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            with archive.open(NOTES) as member:
                notes = json.loads(str(np.lib.format.read_array(member, allow_pickle=False)))
            if notes["made_of"] != made_of:
                return None
            entry = archive.getinfo(IMAGES)
            with open(path, "rb") as file:
                # Before its content a member has 30 bytes, its name, and an extra field.
                file.seek(entry.header_offset)
                local = file.read(30)
                name, extra = (int.from_bytes(local[at : at + 2], "little") for at in (26, 28))
                file.seek(name + extra, 1)
                np.lib.format.read_magic(file)
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
                images = np.memmap(path, dtype, "r", file.tell(), shape)
    except Exception:  # a damaged archive makes its readers raise nearly anything
        return None
    return images, notes
