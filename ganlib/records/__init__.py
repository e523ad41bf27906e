"""Trainings that were recorded: their curves, pictures on the way, and how each was made.

A lesson that cannot train for an hour shows one of these instead. A record is two files beside this
one, ``NAME.json`` with a manifest (recipe, seed, data, machine, versions) and the curve, and
``NAME.npz`` with the pictures. Scores are those of ``ganlib.metrics``: not FIDs.

Who needs it: a lesson on trainings that take longer than a reader waits.

>>> "plain-64-0" in names()
True
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganlib.support.shipped import Shelf
from ganlib.support.validation import real_number

__all__ = ["Record", "load", "names", "write"]

FOLDER = Path(__file__).parent
NEAR = 0.05  # minutes by which a row may miss its moment, because a training stops at whole steps


@dataclass(frozen=True)
class Record:
    """One recorded training.

    Attributes:
        manifest: how it was made: "recipe", "seed", "data", "machine", "versions", and what the
            scores are.
        curve: the columns of the record, one row for each moment at which the training was looked
            at. "images" seen and "minutes" of training so far; "classifier" and, of photographs,
            "referee", the Fréchet distances on these two networks; "unaveraged", that of the
            generator itself by the classifier; "class_shares" ``(rows, classes)``, the share of
            each class in the samples as the classifier sees them, and "smallest_class", the least
            of them; of a conditional GAN "class_agreement", how often that class is the one that
            was asked for; "d_loss", "g_loss", "real_logits", "fake_logits", the means over the
            steps since the moment before (the last 500 of them at most).
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

    def at(self, minutes: float) -> int:
        """The row of a moment, for the columns of ``curve`` and for ``pictures``.

        Args:
            minutes: of training so far. A row that misses the moment by a few steps will do.

        Raises:
            ValueError: the training was not looked at then; the message says when it was.

        >>> record = load("plain-64-0")
        >>> row = record.at(15)
        >>> row, float(record.curve["minutes"][row]), record.pictures[row].shape
        (7, 15.01, (16, 32, 32, 3))
        """
        minutes = real_number(minutes, "minutes")
        moments = self.curve["minutes"]
        row = int(np.argmin(np.abs(moments - minutes)))
        if abs(moments[row] - minutes) > NEAR:
            raise ValueError(
                f"minutes is {minutes:g}, but the record {self.manifest['name']!r} has rows only "
                f"for the minutes {', '.join(f'{moment:g}' for moment in moments)}."
            )
        return row


def names() -> list[str]:
    """The names of all records: recipe and seed."""
    return _shelf(FOLDER).names()


def load(name: str, folder: str | Path = FOLDER) -> Record:
    """One record.

    Args:
        name: one of ``names()``.
        folder: where it lies; by default those that ship with the package.

    Raises:
        ValueError: no record of that name.
        OSError: its files are damaged, or do not belong together.
    """
    shelf = _shelf(folder)
    card, arrays = shelf.load(name)
    with shelf.reading(name):
        pictures = arrays["pictures"]
        curve = {column: np.array(values) for column, values in card["curve"].items()}
        lengths = {len(values) for values in (*curve.values(), pictures)}
        if len(lengths) != 1:
            raise ValueError(f"columns and pictures of different lengths, {sorted(lengths)}")
        return Record(card["manifest"], curve, pictures)


def write(
    name: str,
    manifest: Mapping[str, Any],
    curve: Mapping[str, Sequence],
    pictures: np.ndarray,
    folder: str | Path = FOLDER,
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
        OSError: the files cannot be written; older ones are as they were.
    """
    lengths = {column: len(values) for column, values in curve.items()}
    if not lengths or set(lengths.values()) != {len(pictures)} or not len(pictures):
        raise ValueError(
            f"{name}: a record needs rows, and as many in each column as pictures "
            f"({len(pictures)}); given: {lengths}."
        )
    _shelf(folder).write(name, {"manifest": manifest, "curve": curve}, {"pictures": pictures})


def _shelf(folder: str | Path) -> Shelf:
    return Shelf(Path(folder), "record", ("manifest", "curve"))
