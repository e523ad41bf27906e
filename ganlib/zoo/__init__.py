"""Small trained networks that ship with the package, each with a card that says where it comes from.

Weights lie beside this file in half precision (``NAME.npz``) and load as float32 into networks that
``ganlib.networks`` builds as the card (``NAME.json``) says. Nothing is downloaded.

>>> "classifier-cifar10" in names()
True
"""

import contextlib
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from ganlib.support import files

__all__ = ["card", "features", "load", "names", "write"]

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The names of all networks that ``load`` knows."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def card(name: str) -> dict[str, Any]:
    """What is known of a network: data, recipe, seed, scores, limits, hash of its weights.

    Raises:
        ValueError: no network of that name ships with this version of the package.
        OSError: the card is damaged.
    """
    if name not in names():
        raise ValueError(
            f"The zoo has no {name!r}; it has: {', '.join(names())}. "
            "A newer lesson may need a newer ganlib: run its set-up cell again."
        )
    with _advice(name):
        content = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        if missing := {"name", "networks", "sha256"} - {*content}:
            raise ValueError(f"its card lacks {', '.join(sorted(missing))}")
    return content


def load(name: str):
    """A trained network, ready to use.

    Args:
        name: one of ``names()``.

    Returns:
        For a GAN (``"dcgan-…"``) a ``ganlib.gan.GAN`` whose ``sample`` draws images. For a classifier a
        Keras model that takes uint8 images ``(n, 32, 32, 3)`` and returns float32 logits.

    Raises:
        ValueError: unknown name.
        OSError: the card or the file of weights is damaged, or they do not fit together.
    """
    facts = card(name)
    networks = _networks(name, facts)
    if "generator" in networks:
        from ganlib.gan import GAN

        with _advice(name):
            return GAN(**networks, **facts["gan"])
    import keras

    network = networks["classifier"]
    return keras.Model(network.input, network.output["logits"], name=name.replace("-", "_"))


@functools.lru_cache(maxsize=4)
def features(name: str = "classifier-cifar10"):
    """A classifier that also tells its features; loaded once and then kept.

    Returns:
        A Keras model: uint8 images ``(n, 32, 32, 3)`` to a dictionary of float32 ``"features"``
        ``(n, d)`` and ``"logits"`` ``(n, classes)``.

    Raises:
        ValueError: unknown name, or a network that is no classifier.
        OSError: as ``load``.
    """
    facts = card(name)
    if "classifier" not in facts["networks"]:
        known = [other for other in names() if "classifier" in card(other)["networks"]]
        raise ValueError(f"{name!r} has no features to compare; use one of {', '.join(known)}.")
    return _networks(name, facts)["classifier"]


def write(
    name: str, networks: dict[str, tuple[Any, str, dict]], facts: dict, folder=FOLDER
) -> None:
    """Store trained networks in the zoo. For the scripts that train them.

    Args:
        name: the name that ``load`` will know.
        networks: for each role ("classifier", or "generator" and "discriminator") the Keras model, the
            name of its builder in ``ganlib.networks`` and the builder's arguments.
        facts: what the card says beside that: data, recipe, seed, images seen, time, machine, scores,
            limits; for a GAN also "gan", the arguments of ``GAN`` beside its networks.
        folder: where to write.

    Raises:
        ValueError: a weight is not finite, or too large for half precision.
    """
    arrays = {}
    for role, (model, _, _) in networks.items():
        for index, weight in enumerate(model.get_weights()):
            half = weight.astype(np.float16)
            if not np.isfinite(half).all():
                raise ValueError(
                    f"{name}: weight {index} of the {role} ({model.weights[index].path}) is not finite "
                    "in half precision. Nothing was written; look at the training first."
                )
            arrays[f"{role}/{index:03d}"] = half
    path = Path(folder) / f"{name}.npz"
    with files.replacing(path, path.with_suffix(".json")) as [archive, card_file]:
        np.savez_compressed(archive, **arrays)
        content = {
            "name": name,
            "networks": {
                role: {"builder": builder, "arguments": arguments}
                for role, (_, builder, arguments) in networks.items()
            },
            **facts,
            "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        }
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        card_file.write_text(text, encoding="utf-8")


def _networks(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    from ganlib import networks as builders

    models = {}
    with _advice(name):
        weights = _weights(name, facts["sha256"])
        for role, part in facts["networks"].items():
            model = getattr(builders, part["builder"])(**part["arguments"])
            mine = [
                weights[key].astype(np.float32) for key in sorted(weights) if key.startswith(role)
            ]
            model.set_weights(mine)
            models[role] = model
    return models


def _weights(name: str, expected: str) -> dict[str, np.ndarray]:
    path = FOLDER / f"{name}.npz"
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        raise ValueError(
            f"the SHA-256 of its weights begins {found[:12]}, its card says {expected[:12]}"
        )
    with np.load(path, allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


@contextlib.contextmanager
def _advice(name: str):
    """Say what to do when a file of this network is damaged, which makes its readers raise anything."""
    try:
        yield
    except Exception as error:
        raise OSError(
            f"The network {name!r} in {FOLDER} cannot be used ({type(error).__name__}: {error}). "
            "Install the package again: its files are not the ones that were published."
        ) from error
