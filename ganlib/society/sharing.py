"""What happens to a picture on its way to a reader: files, sizes, screens.

Each function takes uint8 images ``(n, height, width, 3)`` and returns as many of that size. Pillow
writes and reads real files in memory, so another version of it may give other bytes.

>>> black = np.zeros((2, 32, 32, 3), np.uint8)
>>> {name: path(black).shape for name, path in PATHS.items() if name != "exact"}["screenshot"]
(2, 32, 32, 3)
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from ganlib.support.byte_images import byte_images
from ganlib.support.validation import real_number, whole_number

__all__ = ["PATHS", "blurred", "jpeg", "png", "resized", "screenshot"]

SCREEN = 96  # pixels of the side at which a screenshot is taken


def png(images: np.ndarray) -> np.ndarray:
    """Written to PNG files and read again: every byte stays.

    Raises:
        TypeError, ValueError: no uint8 images.
    """
    return _each(images, lambda image: _read(image, "PNG"))


def jpeg(images: np.ndarray, quality: int = 90) -> np.ndarray:
    """Written to JPEG files and read again.

    Args:
        images: uint8 ``(n, height, width, 3)``.
        quality: 1 … 95, as Pillow counts it; colour is stored at half the resolution.

    Raises:
        TypeError, ValueError: no uint8 images, or the quality is out of range.
    """
    quality = whole_number(quality, "quality", 1, 95)
    return _each(images, lambda image: _read(image, "JPEG", quality=quality, subsampling="4:2:0"))


def blurred(images: np.ndarray, sigma: float = 0.7) -> np.ndarray:
    """Blurred with a Gaussian of that standard deviation, in pixels.

    Raises:
        TypeError, ValueError: no uint8 images, or sigma is not above 0.
    """
    sigma = real_number(sigma, "sigma", above=0)
    return _each(images, lambda image: image.filter(ImageFilter.GaussianBlur(sigma)))


def resized(images: np.ndarray, share: float = 0.75) -> np.ndarray:
    """Shrunk to that share of the side, and enlarged again (bicubic).

    Raises:
        TypeError, ValueError: no uint8 images, or a share outside (0, 1].
    """
    share = real_number(share, "share", above=0, most=1)

    def there_and_back(image: Image.Image) -> Image.Image:
        small = [max(1, round(share * side)) for side in image.size]
        return image.resize(small, Image.Resampling.BICUBIC).resize(
            image.size, Image.Resampling.BICUBIC
        )

    return _each(images, there_and_back)


def screenshot(images: np.ndarray, quality: int = 90, seed: int = 0) -> np.ndarray:
    """Shown enlarged, photographed off the screen a little out of place, saved as JPEG, shrunk.

    Enlarged to 96 pixels a side, cut out up to two of these pixels too far to the right and below,
    saved, and brought back to the old size.

    Args:
        images: uint8 ``(n, height, width, 3)``.
        quality: of the JPEG file.
        seed: of the places.

    Raises:
        TypeError, ValueError: no uint8 images, or a number out of range.
    """
    quality = whole_number(quality, "quality", 1, 95)
    rng = np.random.default_rng(whole_number(seed, "seed", 0))

    def shot(image: Image.Image) -> Image.Image:
        shown = image.resize((SCREEN, SCREEN), Image.Resampling.BILINEAR)
        left, top = (int(number) for number in rng.integers(0, 3, 2))
        cut = shown.crop((left, top, SCREEN - 2 + left, SCREEN - 2 + top))
        saved = _read(cut, "JPEG", quality=quality, subsampling="4:2:0")
        return saved.resize(image.size, Image.Resampling.BICUBIC)

    return _each(images, shot)


# The ways that the course sends pictures, by name. Real and generated ones always go together.
PATHS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exact": png,
    "JPEG 90": jpeg,
    "JPEG 75": lambda images: jpeg(images, 75),
    "blur": blurred,
    "resize": resized,
    "screenshot": screenshot,
}


def _each(images: np.ndarray, change: Callable[[Image.Image], Image.Image]) -> np.ndarray:
    images = byte_images(images, "images")
    return np.stack([np.asarray(change(Image.fromarray(image))) for image in images])


def _read(image: Image.Image, kind: str, **options: int | str) -> Image.Image:
    """What is read from a file of that kind."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Image.open(file)
