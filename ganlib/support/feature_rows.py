"""What measures take: images, what a classifier made of them, or features of one's own; as rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ganlib.support import validation

__all__ = ["Extracted", "Images", "features_of_two", "finite_rows", "network_images"]

_NOT_BYTES = (
    "{name} are {dtype}, but must be uint8 images. Convert floats in [-1, 1], as generators "
    "draw them, with ganlib.data.to_uint8(images), other numbers in 0 … 255 with "
    "images.astype('uint8')."
)


@dataclass(frozen=True)
class Extracted:
    """What a classifier makes of n images.

    Attributes:
        features: float32 ``(n, d)``, the layer before the last.
        logits: float32 ``(n, classes)``.
        network: which network and weights, in words.
    """

    features: np.ndarray
    logits: np.ndarray
    network: str

    def __len__(self) -> int:
        return len(self.features)

    def __repr__(self) -> str:
        return f"features {self.features.shape} of {len(self)} images, network {self.network}"


# What a measure takes: uint8 images, the result of ``extract``, or floats (n, d).
Images: TypeAlias = np.ndarray | Extracted


def features_of_two(
    first: Images,
    second: Images,
    names: tuple[str, str],
    least: int,
    features: str | Callable[[np.ndarray], np.ndarray] | None,
    extract: Callable[[np.ndarray, str | None], Extracted],
) -> tuple[np.ndarray, np.ndarray, str]:
    """Turn the two sets that a measure was given into features, or say what is wrong with them.

    Args:
        first: uint8 images ``(n, ...)``, or the result of ``extract``, or floats ``(n, d)``.
        second: likewise.
        names: what the two are called where the caller was called.
        least: how many of each are needed.
        features: for images: the name of a network, which takes images ``(n, 32, 32, 3)``; or a
            function from uint8 images of any shape to floats ``(n, d)``; or None for the course's
            classifier.
        extract: passes images through the network of that name.

    Returns:
        Features of both, float64 ``(n, d)``, and where they come from, in words.

    Raises:
        TypeError, ValueError: what was given, and what must be.
    """
    if not (features is None or isinstance(features, str) or callable(features)):
        raise TypeError(
            f"features is {features!r}, but must be the name of a network or a function from "
            "images to floats (n, d)."
        )
    (x, source_x), (y, source_y) = (
        _features_of(images, name, least, features, extract)
        for images, name in zip((first, second), names, strict=True)
    )
    known = {source_x, source_y} - {_given(x)}
    if x.shape[1] != y.shape[1] or len(known) > 1:
        raise ValueError(
            f"The two sets have different features: {source_x} (d = {x.shape[1]}) and {source_y} "
            f"(d = {y.shape[1]}). Extract both with the same network."
        )
    return x, y, " and ".join(known) or source_x


def finite_rows(values: np.ndarray, name: str, least: int) -> np.ndarray:
    """The values as float64 ``(n, d)``, all finite and at least so many rows.

    Raises:
        TypeError, ValueError: they are something else; says what was given, and what must be.
    """
    values = validation.without_bfloat16(np.asarray(values))
    if values.ndim == 4 and values.dtype.kind in "fiu":
        raise TypeError(_NOT_BYTES.format(name=name, dtype=values.dtype))
    if values.dtype.kind != "f":
        raise TypeError(
            f"{name} are {values.dtype}, but must be uint8 images (n, 32, 32, 3) or floats (n, d)."
        )
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(
            f"{name} have the shape {values.shape}, but must be uint8 images (n, 32, 32, 3) or "
            "floats (n, d): one row for each image."
        )
    if len(values) < least:
        raise ValueError(f"{name}: only {len(values)} given, but at least {least} are needed.")
    if bad := int((~np.isfinite(values)).any(axis=1).sum()):
        raise ValueError(
            f"{name} have NaN or infinite numbers in {bad} of {len(values)} rows. Did the "
            "generator diverge? Look at its images first."
        )
    return values.astype(np.float64)


def _features_of(
    given: Images,
    name: str,
    least: int,
    features: str | Callable | None,
    extract: Callable[[np.ndarray, str | None], Extracted],
) -> tuple[np.ndarray, str]:
    """Features of one set, float64 ``(n, d)``, and where they come from."""
    if not isinstance(given, Extracted):
        given = validation.stacked(given, name)
        if given.dtype != np.uint8:
            values = finite_rows(given, name, least)
            return values, _given(values)
        if callable(features):
            return _own_features(given, name, least, features)
        given = extract(network_images(given, name), features)
    return finite_rows(given.features, name, least), f"network {given.network}"


def _own_features(
    images: np.ndarray, name: str, least: int, features: Callable
) -> tuple[np.ndarray, str]:
    if len(images) < least:
        raise ValueError(f"{name}: only {len(images)} given, but at least {least} are needed.")
    values = np.asarray(features(images))
    if values.ndim != 2 or len(values) != len(images):
        raise ValueError(
            f"features made {values.shape} of the {len(images)} {name}, but must make floats (n, "
            "d): one row for each image."
        )
    author = getattr(features, "__name__", getattr(features, "name", type(features).__name__))
    values = finite_rows(values, f"features of {name}", least)
    return values, f"features by {author}, d = {values.shape[1]}"


def _given(values: np.ndarray) -> str:
    return f"features given, d = {values.shape[1]}"


def network_images(images: np.ndarray, name: str) -> np.ndarray:
    """The images, if the course's classifiers can take them."""
    if images.dtype != np.uint8 and images.size:
        raise TypeError(_NOT_BYTES.format(name=name, dtype=images.dtype))
    images = validation.images(images, name)
    if images.shape[1:] != (32, 32, 3):
        raise ValueError(
            f"{name} have the shape {images.shape}, but must have (n, 32, 32, 3) for the course's "
            "classifiers. Resize both sets in the same way, or give features=..., a function from "
            "your images to floats (n, d)."
        )
    return images
