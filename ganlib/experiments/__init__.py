"""Small experiments that a lesson shows without waiting for them: every run's numbers, and samples.

An experiment is two files beside this one: ``NAME.json``, a card with what was run, on what and by
which script, and the rows of every run; and ``NAME.npz`` with pictures, and with counts that would
make a card too long to read.

Who needs it: a lesson that compares more runs than a reader can wait for.

>>> "few-images" in names()
True
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ganlib.support.shipped import Shelf

__all__ = ["load", "names", "write"]

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The names of all experiments."""
    return _shelf(FOLDER).names()


def load(name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """An experiment: its card, and its arrays by name.

    Args:
        name: one of ``names()``.

    Returns:
        The card, whose entry "runs" is a list with a dictionary for each run; and uint8 arrays by
        name: images ``(n, height, width, channels)``, and counts that its "what" explains.

    Raises:
        ValueError: no experiment of that name ships with this version of the package.
        OSError: its files are damaged, or do not belong together.
    """
    return _shelf(FOLDER).load(name)


def write(
    name: str,
    card: Mapping[str, Any],
    pictures: Mapping[str, np.ndarray],
    folder: str | Path = FOLDER,
) -> None:
    """Store an experiment. For the scripts that run them.

    Args:
        name: the name that ``load`` will know.
        card: what was run, and "runs"; what JSON can hold.
        pictures: uint8 images by name, and counts.
        folder: where to write; made if it is not there.

    Raises:
        ValueError: the card has no runs.
        OSError: the files cannot be written; older ones are as they were.
    """
    if not card.get("runs"):
        raise ValueError(f"The card of {name!r} has no runs, but must have at least one.")
    _shelf(folder).write(name, card, pictures)


def _shelf(folder: str | Path) -> Shelf:
    return Shelf(Path(folder), "experiment", ("runs",))
