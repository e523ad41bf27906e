"""A GAN's rivals, each as small as it can be: VAE, autoregressive model, diffusion, flow matching.

What they share stands in ``learning``; each family says only what its loss is, and how samples are
drawn. ``load`` returns models that were trained on CIFAR-10 at equal cost, with a card each.

Who needs it: lesson 12, and whoever wants images that no GAN made.

>>> "diffusion-cifar10" in names()
True
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlib.support.half_precision import halved
from ganlib.support.shipped import Shelf

if TYPE_CHECKING:
    from ganlib.rivals.families import Model

__all__ = ["RECORDS", "card", "load", "names", "rewrite_card", "write"]

FOLDER = Path(__file__).parent / "weights"
RECORDS = Path(__file__).parent / "records"  # of their trainings, for ``ganlib.records.load``


def names() -> list[str]:
    """The names of all models that ``load`` knows."""
    return _shelf().names()


def card(name: str) -> dict[str, Any]:
    """What is known of a model: family, sizes, data, seed, cost, scores, hash of its weights.

    Args:
        name: one of ``names()``.

    Raises:
        ValueError: no model of that name ships with this version of the package.
        OSError: the card is damaged.
    """
    return _shelf().card(name)


def load(name: str) -> "Model":
    """A trained model, ready to draw.

    Args:
        name: one of ``names()``.

    Returns:
        A model whose ``sample(n, seed)`` draws float32 images in [-1, 1], ``(n, 32, 32, 3)``;
        ``ganlib.data.to_uint8`` makes bytes of them.

    Raises:
        ValueError: unknown name.
        OSError: the card or the file of weights is damaged, or they do not fit together.
    """
    from ganlib.rivals import families

    shelf = _shelf()
    facts, weights = shelf.load(name)
    with shelf.reading(name):
        model = families.build(facts["family"], facts["sizes"])
        families.set_drawing_weights(model, weights)
    return model


def write(
    name: str,
    weights: Mapping[str, np.ndarray],
    facts: Mapping[str, Any],
    folder: str | Path = FOLDER,
) -> None:
    """Store a trained model, in half precision. For the script that trains them.

    Args:
        name: the name that ``load`` will know.
        weights: from ``families.drawing_weights``.
        facts: what the card says; must hold "family" and "sizes".
        folder: where to write; made if it is not there.

    Raises:
        ValueError: a weight is not finite, or too large for half precision.
        OSError: the files cannot be written; older ones are as they were.
    """
    _shelf(folder).write(name, {"name": name, **facts}, halved(name, weights))


def rewrite_card(name: str, content: Mapping[str, Any]) -> None:
    """Store another card for weights that stay as they are. For the script that scores them.

    Args:
        name: one of ``names()``.
        content: what ``card`` returned, with the changes.

    Raises:
        OSError: it cannot be written; the older card is as it was.
    """
    _shelf().rewrite_card(name, content)


def _shelf(folder: str | Path | None = None) -> Shelf:
    return Shelf(Path(folder or FOLDER), "rival", ("name", "family", "sizes"))
