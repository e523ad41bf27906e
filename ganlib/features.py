"""What a classifier makes of images: the features in which `ganlib.metrics` measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

NETWORK = "classifier-cifar10"


@dataclass(frozen=True)
class Extracted:
    """What a classifier makes of n images.

    Attributes:
        features: float32 (n, d), the layer before the last.
        logits: float32 (n, classes).
        network: which network and weights, in words.
    """

    features: np.ndarray
    logits: np.ndarray
    network: str

    def __len__(self) -> int:
        return len(self.features)

    def __repr__(self) -> str:
        return f"features {self.features.shape} of {len(self)} images, network {self.network}"


def extract(images: np.ndarray, network: str = NETWORK) -> Extracted:
    """Pass images through a classifier of `ganlib.zoo`, 250 at a time.

    Args:
        images: uint8 (n, 32, 32, 3).
        network: the name of a network for `ganlib.zoo.features`.

    Returns:
        Its features and logits, and its name, version and hash.

    Raises:
        TypeError, ValueError: not uint8, wrong shape, empty.
    """
    images = _checked_images(images, "images")
    from ganlib import zoo

    model, card = zoo.features(network), zoo.card(network)
    parts = [model.predict_on_batch(images[i : i + 250]) for i in range(0, len(images), 250)]
    features, logits = (
        np.concatenate([np.asarray(part[key], np.float32) for part in parts])
        for key in ("features", "logits")
    )
    version, digest = str(card["version"]).lstrip("v"), card["sha256"][:8]
    return Extracted(features, logits, f"{network} v{version} sha256 {digest}…")


def features_of(
    given: Any, features: str | Callable | None, what: str, least: int
) -> tuple[np.ndarray, str]:
    """Turn what a measure was given into features, or say what is wrong with it.

    Args:
        given: uint8 images (n, 32, 32, 3), or the result of `extract`, or floats (n, d).
        features: for images: the name of a network, a function from uint8 images to floats (n, d),
            or None for the course's classifier.
        what: what the caller's argument is called.
        least: how many are needed.

    Returns:
        Features, float64 (n, d), and where they come from, in words.

    Raises:
        TypeError, ValueError: what was given, what was expected.
    """
    if not isinstance(given, Extracted):
        array = np.asarray(given)
        if array.dtype != np.uint8:
            values = checked_floats(array, what, least)
            return values, f"features given, d = {values.shape[1]}"
        if callable(features):
            values = np.asarray(features(_checked_images(array, what)))
            if values.shape[:1] != array.shape[:1]:
                raise ValueError(
                    f"features made {values.shape} of the {len(array)} {what}; expected one row for "
                    "each image: floats (n, d)."
                )
            values = checked_floats(values, what, least)
            name = getattr(features, "__name__", type(features).__name__)
            return values, f"features by {name}, d = {values.shape[1]}"
        given = extract(_checked_images(array, what), features or NETWORK)
    return checked_floats(given.features, what, least), f"network {given.network}"


def _checked_images(images: Any, what: str) -> np.ndarray:
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise TypeError(
            f"{what} are {images.dtype}; expected uint8 images. For floats in [-1, 1], as a generator "
            "draws them, write ganlib.data.to_uint8(images) first."
        )
    if images.shape[1:] != (32, 32, 3) or len(images) == 0:
        raise ValueError(
            f"{what} have the shape {images.shape}; expected (n, 32, 32, 3) with n of at least 1."
        )
    return images


def checked_floats(values: Any, what: str, least: int) -> np.ndarray:
    """Return finite floats (n, d) as float64, or say what is wrong with them."""
    values = np.asarray(values)
    if values.ndim == 4:
        _checked_images(values, what)  # says what floats in the shape of images need
    if values.dtype.kind != "f":
        raise TypeError(
            f"{what} are {values.dtype}; expected uint8 images (n, 32, 32, 3) or floats (n, d)."
        )
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(
            f"{what} have the shape {values.shape}; expected uint8 images (n, 32, 32, 3) or floats "
            "(n, d): one row for each image."
        )
    if len(values) < least:
        raise ValueError(f"{what} are only {len(values)}; expected at least {least}.")
    if bad := int((~np.isfinite(values)).any(axis=1).sum()):
        raise ValueError(
            f"{what} have NaN or infinite numbers in {bad} of {len(values)} rows. Did the generator "
            "diverge? Look at its images first."
        )
    return values.astype(np.float64)
