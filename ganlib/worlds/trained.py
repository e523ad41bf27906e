"""Generators of objects that ship with the package, and recorded trainings of small ones.

Each is two files beside this one: ``NAME.json``, a card that says how it was made, and
``NAME.npz``. The weights lie in half precision and load as float32.

>>> "eight-classes" in names()
True
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlib.support.half_precision import halved
from ganlib.support.shipped import Shelf

if TYPE_CHECKING:
    from ganlib.gan import GAN

__all__ = ["card", "load", "names", "record", "write", "write_record"]

FOLDER = Path(__file__).parent
ROLES = ("generator", "discriminator")


def names() -> list[str]:
    """The names of everything that ships here."""
    return _shelf().names()


def card(name: str) -> dict[str, Any]:
    """What is known of one of them: data, recipe, seed, measures, limits.

    Raises:
        ValueError: nothing of that name ships with this version of the package.
        OSError: the card is damaged.
    """
    return _shelf().card(name)


def load(name: str) -> "GAN":
    """A trained GAN of objects, ready to draw.

    Args:
        name: one of ``names()`` whose card has "networks".

    Raises:
        ValueError: an unknown name, or a record, which has no networks.
        OSError: its files are damaged, or do not belong together.
    """
    from ganlib.gan import GAN
    from ganlib.worlds import networks

    shelf = _shelf()
    if "networks" not in shelf.card(name):
        raise ValueError(
            f"{name!r} is a record of trainings: ganlib.worlds.trained.record({name!r})."
        )
    facts, weights = shelf.load(name)
    with shelf.reading(name):
        models = {}
        for role, part in facts["networks"].items():
            models[role] = getattr(networks, part["builder"])(**part["arguments"])
            keys = sorted(key for key in weights if key.startswith(f"{role}/"))
            models[role].set_weights([weights[key].astype(np.float32) for key in keys])
        return GAN(**models, **facts["gan"])


def record(name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Recorded trainings: the card, whose entry "runs" has one dictionary for each, and arrays.

    Args:
        name: one of ``names()`` whose card has "runs".

    Raises:
        ValueError: an unknown name, or a network.
        OSError: its files are damaged, or do not belong together.
    """
    facts, arrays = _shelf().load(name)
    if "runs" not in facts:
        raise ValueError(f"{name!r} is a network: ganlib.worlds.trained.load({name!r}).")
    return facts, arrays


def write(
    name: str,
    gan: "GAN",
    arguments: Mapping[str, Mapping[str, Any]],
    facts: Mapping[str, Any],
    folder: str | Path = FOLDER,
) -> None:
    """Store a trained GAN. For the script that trains it.

    Args:
        name: the name that ``load`` will know.
        gan: its averaged generator is stored where there is one.
        arguments: for "generator" and "discriminator" the arguments of their builders in
            ``ganlib.worlds.networks``.
        facts: what else the card says; "gan" has the arguments of ``GAN`` other than its networks.
        folder: where to write.

    Raises:
        ValueError: a weight is not finite in half precision.
        OSError: the files cannot be written; older ones are as they were.
    """
    weights, networks = {}, {}
    for role, network in zip(ROLES, (gan.drawing_network(), gan.discriminator), strict=True):
        for index, weight in enumerate(network.get_weights()):
            weights[f"{role}/{index:03d}"] = weight
        networks[role] = {"builder": f"voxel_{role}", "arguments": dict(arguments[role])}
    _shelf(folder).write(name, {"name": name, "networks": networks, **facts}, halved(name, weights))


def write_record(
    name: str,
    facts: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    folder: str | Path = FOLDER,
) -> None:
    """Store recorded trainings. For the script that makes them.

    Args:
        name: the name that ``record`` will know.
        facts: what the card says; "runs" has one dictionary for each training.
        arrays: pictures and objects by name.
        folder: where to write.

    Raises:
        ValueError: there are no runs.
        OSError: the files cannot be written; older ones are as they were.
    """
    if not facts.get("runs"):
        raise ValueError(f"The card of {name!r} has no runs, but must have one at least.")
    _shelf(folder).write(name, {"name": name, **facts}, arrays)


def _shelf(folder: str | Path = FOLDER) -> Shelf:
    return Shelf(Path(folder), "trained world", ("name",))
