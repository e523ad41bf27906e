"""A folder of PNG files, with a note, for the tools that compute the scores of papers."""

import hashlib
import shutil
from pathlib import Path

import numpy as np

from ganlib.support import validation

__all__ = ["NOTE", "export"]

NOTE = "note.txt"
_TO_REPORT = """\
To report with a score made from this folder: the tool and its version, its network and weights, how
it resizes, the real images (which set, which split, how many), and how many images lie here.
"""


def export(images: np.ndarray, folder: str | Path, about: str = "") -> Path:
    """Write images as PNG files, without loss, and a note on what they are.

    Such a folder is what torch-fidelity, clean-fid and others take. They compute the FID, the KID
    and the Inception score with the weights that papers use, which the course cannot ship.

    Args:
        images: uint8 ``(n, height, width, 3)`` or ``(n, height, width, 1)``, or a list of them.
        folder: where to write; it must be new or empty, because a tool counts every image in it.
        about: where the images come from, such as ``"dcgan-cifar10, seed 0, weights averaged"``.

    Returns:
        The folder: ``00000.png``, ``00001.png``, … and ``note.txt``, which tells how many images
        there are, how many of them differ, their size and the SHA-256 of all pixels.

    Raises:
        TypeError, ValueError: the images are not bytes, or have another shape.
        FileExistsError: there is something in the folder, or it is a file.
        OSError: the files cannot be written; then no folder is left.
    """
    from PIL import Image

    images = validation.images(images, "images")
    if images.dtype != np.uint8:
        raise TypeError(
            f"images are {images.dtype}, but must be uint8. Convert floats in [-1, 1], as "
            "generators draw them, with ganlib.data.to_uint8(images)."
        )
    folder = Path(folder).expanduser()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(
            f"{folder} is there and not empty, but must be a new or empty folder: a tool would "
            "count what lies in it. Choose another name."
        )
    n, height, width, channels = images.shape
    different = len({image.tobytes() for image in images})
    note = (
        f"{n} images of {height} × {width} pixels, {channels} channels, PNG without loss\n"
        f"{different} of them different\n"
        f"SHA-256 of all pixels: {hashlib.sha256(images.tobytes()).hexdigest()}\n"
        f"about: {about or 'nothing was said'}\n\n{_TO_REPORT}"
    )
    place = folder.resolve() if folder.is_symlink() else folder
    unfinished = place.with_name(f"{place.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a call that was killed
    unfinished.mkdir(parents=True)
    try:
        digits = max(5, len(str(n - 1)))
        for number, image in enumerate(images):
            pixels = image if channels == 3 else image[..., 0]
            Image.fromarray(pixels).save(unfinished / f"{number:0{digits}d}.png")
        (unfinished / NOTE).write_text(note, encoding="utf-8")
        if place.exists():
            place.rmdir()  # empty, as was seen above
        unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder
