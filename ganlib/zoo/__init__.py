"""Small trained networks that ship with the package, each with a card that says how it was made.

Weights lie beside this file in half precision (``NAME.npz``). They load as float32 into networks
that ``ganlib.networks`` (of a classifier, ``ganlib.support.classifiers``) builds as the card
(``NAME.json``) says. Nothing is downloaded.

Who needs it: a lesson that draws or judges without a training before it.

>>> "classifier-cifar10" in names()
True
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlib.support.half_precision import halved
from ganlib.support.shipped import Shelf

if TYPE_CHECKING:
    import keras

    from ganlib.gan import GAN

__all__ = ["card", "features", "load", "names", "rewrite_card", "write"]

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The names of all networks that ``load`` knows."""
    return _shelf().names()


def card(name: str) -> dict[str, Any]:
    """What is known of a network: data, recipe, seed, scores, limits, hash of its weights.

    Args:
        name: one of ``names()``.

    Raises:
        ValueError: no network of that name ships with this version of the package.
        OSError: the card is damaged.
    """
    return _shelf().card(name)


def load(name: str) -> "GAN | keras.Model":
    """A trained network, ready to use.

    Args:
        name: one of ``names()``.

    Returns:
        For a GAN (``"dcgan-…"``) a ``ganlib.gan.GAN`` whose ``sample`` draws images. For a
        classifier a Keras model that takes uint8 images ``(n, 32, 32, 3)`` and returns float32
        logits ``(n, classes)``.

    Raises:
        ValueError: unknown name.
        OSError: the card or the file of weights is damaged, or they do not fit together.

    The classifiers themselves raise a TypeError when they are given floats.
    """
    facts, models = _built(name)
    if "generator" in models:
        from ganlib.gan import GAN

        with _shelf().reading(name):
            return GAN(**models, **facts["gan"])
    from ganlib.support.classifiers import PixelModel

    network = models["classifier"]
    return PixelModel(network.input, network.output["logits"], name=name.replace("-", "_"))


@functools.lru_cache(maxsize=4)
def features(name: str = "classifier-cifar10") -> "keras.Model":
    """A classifier that also returns its features, made fast for inference; loaded once, then kept.

    Args:
        name: a classifier among ``names()``.

    Returns:
        A Keras model: uint8 images ``(n, 32, 32, 3)`` to a dictionary of float32 ``"features"``
        ``(n, d)`` and ``"logits"`` ``(n, classes)``.

    Raises:
        ValueError: unknown name, or a network that is no classifier.
        OSError: as ``load``.
    """
    _, models = _built(name)
    if "classifier" not in models:
        classifiers = [other for other in names() if "classifier" in card(other)["networks"]]
        raise ValueError(
            f"{name!r} has no features to compare; use one of {', '.join(classifiers)}."
        )
    from ganlib.support.folding import folded

    return folded(models["classifier"])


def write(
    name: str,
    networks: Mapping[str, tuple["keras.Model", str, dict]],
    facts: Mapping[str, Any],
    folder: str | Path = FOLDER,
) -> None:
    """Store trained networks in the zoo. For the scripts that train them.

    Args:
        name: the name that ``load`` will know.
        networks: for each role ("classifier", or "generator" and "discriminator") the Keras model,
            the name of its builder and the builder's arguments.
        facts: what else the card says: data, recipe, seed, images seen, time, machine, scores,
            limits; for a GAN also "gan", the arguments of ``GAN`` other than its networks.
        folder: where to write; made if it is not there.

    Raises:
        ValueError: a weight is not finite, or too large for half precision.
        OSError: the files cannot be written; older ones are as they were.
    """
    weights = {
        f"{role}/{index:03d}": weight
        for role, (model, _, _) in networks.items()
        for index, weight in enumerate(model.get_weights())
    }
    parts = {
        role: {"builder": builder, "arguments": arguments}
        for role, (_, builder, arguments) in networks.items()
    }
    card = {"name": name, "networks": parts, **facts}
    _shelf(folder).write(name, card, halved(name, weights))


def rewrite_card(name: str, content: Mapping[str, Any]) -> None:
    """Store another card for weights that stay as they are. For the script that scores them again.

    Args:
        name: one of ``names()``.
        content: what ``card`` returned, with the changes.

    Raises:
        OSError: it cannot be written; the older card is as it was.
    """
    _shelf().rewrite_card(name, content)


def _shelf(folder: str | Path | None = None) -> Shelf:
    return Shelf(Path(folder or FOLDER), "network", ("name", "networks"))


def _built(name: str) -> tuple[dict[str, Any], dict[str, "keras.Model"]]:
    """The card of a network, and for each role the model with its weights."""
    from ganlib import networks
    from ganlib.support import classifiers

    shelf = _shelf()
    facts, weights = shelf.load(name)
    models = {}
    with shelf.reading(name):
        for role, part in facts["networks"].items():
            home = classifiers if role == "classifier" else networks
            models[role] = getattr(home, part["builder"])(**part["arguments"])
            keys = sorted(key for key in weights if key.startswith(f"{role}/"))
            models[role].set_weights([weights[key].astype(np.float32) for key in keys])
    return facts, models
