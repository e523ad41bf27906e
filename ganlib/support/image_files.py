"""One image file of any kind as a square of RGB bytes, or in words why it cannot be used."""

import contextlib
import functools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["SHAPES", "Unusable", "quietly", "square"]

SHAPES = ("crop", "pad")
WHITE = 255
# Formats whose readers start other programs or cannot draw what they recognise.
NOT_READ = {"EPS", "MPEG", "WMF", "BUFR", "GRIB", "HDF5", "FITS"}
USUAL = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
DEEP = 65535  # the largest value of 16 bits


class Unusable(Exception):
    """An image cannot be used; the text says why, in a few words."""


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Pillow's warnings about odd files are left out: such a file is used, or reported as damaged.

    Warnings belong to the whole process, so this stands around a pool of threads, not in them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def square(path: Path, size: int, shape: str) -> tuple[np.ndarray, int, int]:
    """An image file as a square of RGB bytes.

    Args:
        path: the file.
        size: height and width of the square.
        shape: "crop" for the largest square in the middle, "pad" for all of it on white.

    Returns:
        uint8 ``(size, size, 3)``; how many pixels the image has, and how many of them were used.

    Raises:
        Unusable: it is no image, is damaged, or is smaller than the square.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path, formats=_formats()) as image:
            width, height = image.size
            if min(width, height) < size:
                raise Unusable(f"smaller than {size} × {size}")
            # A JPEG can be read at an eighth, a quarter or half of its size, which saves most of
            # the time for a photograph; never below twice the size that is wanted.
            image.draft(None, (2 * size, 2 * size))
            upright = ImageOps.exif_transpose(image)
            rgb = _rgb(upright)
    except Unusable:
        raise
    except UnidentifiedImageError:
        raise Unusable("no image") from None
    except Image.DecompressionBombError:
        raise Unusable("too large to be opened safely") from None
    except MemoryError:
        raise
    except Exception:
        # Damaged files make Pillow's readers raise whatever they like: OSError, SyntaxError,
        # ValueError, struct.error, IndexError …
        raise Unusable("damaged") from None
    smooth = Image.Resampling.LANCZOS
    if shape == "crop":
        fitted, used = ImageOps.fit(rgb, (size, size), smooth), min(width, height) ** 2
    else:
        fitted = ImageOps.pad(rgb, (size, size), smooth, color=(WHITE,) * 3)
        used = width * height
    return np.asarray(fitted, np.uint8), width * height, used


@functools.cache
def _formats() -> tuple[str, ...]:
    """The formats that Pillow reads, the usual ones first."""
    from PIL import Image

    Image.init()
    others = sorted(set(Image.OPEN) - NOT_READ - set(USUAL))
    return tuple(name for name in (*USUAL, *others) if name in Image.OPEN)


def _rgb(image: Any) -> Any:
    """An opened image in the mode RGB: on white where it is transparent, 16 bits as 8."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (WHITE,) * 4)
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Grey values of more than 8 bits as bytes: whole numbers are of 16 bits, floats lie in [0, 1].

    Raises:
        Unusable: they are neither, so nothing says which of them is black and which is white.
    """
    low, high = float(values.min()), float(values.max())
    most = DEEP if values.dtype.kind in "iu" else 1.0
    if not 0 <= low <= high <= most:
        raise Unusable("numbers of an unknown range")
    return np.rint(values.astype(np.float64) * (255 / most)).astype(np.uint8)
