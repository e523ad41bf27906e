"""What a classifier makes of images: the features in which ``ganlib.metrics`` measures."""

from collections.abc import Callable

import numpy as np

from ganlib.support import feature_rows, validation
from ganlib.support.feature_rows import Extracted, Images, network_images

__all__ = ["NETWORK", "Extracted", "extract", "features_of_two"]

NETWORK = "classifier-cifar10"
_BATCH = 100  # images at once: few enough for the caches of a processor


def extract(images: np.ndarray, network: str | None = None) -> Extracted:
    """Pass images through a classifier of ``ganlib.zoo``, 100 at a time.

    In bfloat16 (``ganlib.start`` chooses the precision) a Fréchet distance differs by about 0.001
    from the one in float32.

    Args:
        images: uint8 ``(n, 32, 32, 3)``, or a list of such images.
        network: the name of a network for ``ganlib.zoo.features``; None for ``NETWORK``.

    Returns:
        Its features and logits, and its name, version and hash.

    Raises:
        TypeError, ValueError: not uint8, wrong shape, empty, unknown network.
    """
    images = network_images(validation.stacked(images, "images"), "images")
    from ganlib import zoo

    network = network or NETWORK

    model, card = zoo.features(network), zoo.card(network)
    parts = [model.predict_on_batch(images[i : i + _BATCH]) for i in range(0, len(images), _BATCH)]
    features, logits = (
        np.concatenate([np.asarray(part[key], np.float32) for part in parts])
        for key in ("features", "logits")
    )
    version, digest = str(card["version"]).lstrip("v"), card["sha256"][:8]
    return Extracted(features, logits, f"{network} v{version} sha256 {digest}…")


def features_of_two(
    first: Images,
    second: Images,
    names: tuple[str, str],
    least: int,
    features: str | Callable[[np.ndarray], np.ndarray] | None,
) -> tuple[np.ndarray, np.ndarray, str]:
    """Two sets of images as features, float64 ``(n, d)``, and where those come from, in words.

    The arguments are those of ``ganlib.support.feature_rows.features_of_two``, which says what is
    wrong with them.
    """
    return feature_rows.features_of_two(first, second, names, least, features, extract)
