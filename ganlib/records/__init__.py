"""Trainings that were recorded: their curves, pictures on the way, and how each was made.

A lesson that cannot train for an hour shows one of these instead. A record is two files beside this one,
``NAME.json`` with a manifest (recipe, seed, data, machine, versions) and the curve, and ``NAME.npz`` with
the pictures. Scores are those of ``ganlib.metrics``: not FIDs.

>>> "plain-64-0" in names()
True
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganlib.support import files

__all__ = ["Record", "load", "names", "write"]

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Record:
    """One recorded training.

    Attributes:
        manifest: how it was made: "recipe", "seed", "data", "machine", "versions", and what the scores
            are.
        curve: the columns of the record, one row for each moment at which the training was looked at.
            "images" seen and "minutes" of training so far; "classifier" and, of photographs, "referee",
            the Fréchet distances on these two networks; "unaveraged", that of the generator itself by
            the classifier; "class_shares" ``(rows, classes)``, the share of each class in the samples as
            the classifier sees them, and "smallest_class", the least of them; of a conditional GAN
            "class_agreement", how often that class is the one that was asked for; "d_loss", "g_loss",
            "real_logits", "fake_logits", the means over the steps since the moment before (the last 500
            of them at most).
        pictures: samples of the same latents at every moment, uint8 ``(rows, images, 32, 32, 3)``.
    """

    manifest: dict[str, Any]
    curve: dict[str, np.ndarray]
    pictures: np.ndarray

    def __repr__(self) -> str:
        minutes, images = self.curve["minutes"][-1], self.curve["images"][-1]
        return (
            f"{self.manifest['name']}: {minutes:g} minutes, {images:,.0f} images, "
            f"{len(self.pictures)} moments"
        )


def names() -> list[str]:
    """The names of all records: recipe and seed."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load(name: str, folder: Path = FOLDER) -> Record:
    """One record.

    Args:
        name: one of ``names()``.
        folder: where it lies; by default those that ship with the package.

    Raises:
        ValueError: no record of that name.
        OSError: its files are damaged, or do not fit together.
    """
    folder = Path(folder)
    known = sorted(path.stem for path in folder.glob("*.json"))
    if name not in known:
        raise ValueError(
            f"There is no record {name!r}; there are: {', '.join(known)}. "
            "A newer lesson may need a newer ganlib: run its set-up cell again."
        )
    try:
        content = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        with np.load(folder / f"{name}.npz", allow_pickle=False) as archive:
            pictures = archive["pictures"]
        curve = {column: np.array(values) for column, values in content["curve"].items()}
        lengths = {len(values) for values in (*curve.values(), pictures)}
        if len(lengths) != 1:
            raise OSError(f"columns and pictures of different lengths, {sorted(lengths)}")
        return Record(content["manifest"], curve, pictures)
    except Exception as error:  # a damaged file makes its readers raise nearly anything
        raise OSError(
            f"The record {name!r} in {folder} cannot be used ({type(error).__name__}: {error}). "
            "Install the package again: its files are not the ones that were published."
        ) from error


def write(
    name: str,
    manifest: dict[str, Any],
    curve: dict[str, list],
    pictures: np.ndarray,
    folder: Path = FOLDER,
) -> None:
    """Store a record. For the scripts that train.

    Args:
        name: the name that ``load`` will know.
        manifest: how the training was made; must hold "name".
        curve: the columns, all of one length.
        pictures: uint8 ``(rows, images, 32, 32, 3)``.
        folder: where to write; made if it is not there.

    Raises:
        ValueError: no row, or columns and pictures of different lengths.
    """
    lengths = {column: len(values) for column, values in curve.items()}
    if not lengths or set(lengths.values()) != {len(pictures)} or not len(pictures):
        raise ValueError(
            f"{name}: a record needs rows, and as many in each column as pictures ({len(pictures)}); "
            f"given: {lengths}."
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = {"manifest": manifest, "curve": curve}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    with files.replacing(folder / f"{name}.npz", folder / f"{name}.json") as [archive, card]:
        np.savez_compressed(archive, pictures=pictures)
        card.write_text(text, encoding="utf-8")
