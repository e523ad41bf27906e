"""What ships with the package: cards, ``NAME.json``, each with arrays, ``NAME.npz``, beside it.

The card holds the SHA-256 of the arrays' file, so that the two are known to belong together.
"""

import contextlib
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganlib.support import files

__all__ = ["Shelf"]


@dataclass(frozen=True)
class Shelf:
    """A folder of cards with their arrays.

    Attributes:
        folder: where they lie.
        kind: what one of them is called in messages, such as "network".
        keys: what every card must hold, beside "sha256".

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     shelf = Shelf(Path(folder), "record", ("seed",))
    ...     shelf.write("first", {"seed": 0}, {"pictures": np.zeros((2, 4), np.uint8)})
    ...     card, arrays = shelf.load("first")
    ...     shelf.names(), card["seed"], arrays["pictures"].shape
    (['first'], 0, (2, 4))
    """

    folder: Path
    kind: str
    keys: tuple[str, ...]

    def names(self) -> list[str]:
        """The names of all cards, in alphabetical order."""
        return files.stems(self.folder, "*.json")

    def card(self, name: str) -> dict[str, Any]:
        """The content of a card.

        Raises:
            ValueError: there is no card of that name.
            OSError: the card is damaged.
        """
        if name not in self.names():
            raise ValueError(
                f"There is no {self.kind} {name!r}; there are: "
                f"{', '.join(self.names()) or 'none'}. A newer lesson may need a newer ganlib: run "
                "its set-up cell again."
            )
        with self.reading(name):
            content = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
            if missing := {*self.keys, "sha256"} - {*content}:
                raise ValueError(f"its card lacks {', '.join(sorted(missing))}")
        return content

    def load(self, name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The content of a card, and its arrays by name.

        Raises:
            ValueError: there is no card of that name.
            OSError: a file is damaged, or the two do not belong together.
        """
        card = self.card(name)
        with self.reading(name):
            packed = (self.folder / f"{name}.npz").read_bytes()
            actual = hashlib.sha256(packed).hexdigest()
            if actual != card["sha256"]:
                raise ValueError(
                    f"the SHA-256 of {name}.npz begins with {actual[:12]}, its card says "
                    f"{card['sha256'][:12]}"
                )
            with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
                return card, {key: archive[key] for key in archive.files}

    @contextlib.contextmanager
    def reading(self, name: str) -> Iterator[None]:
        """Turn whatever is raised inside, as damaged files make their readers raise, into advice.

        Raises:
            OSError: something was raised; says of which card, why, and what to do.
        """
        try:
            yield
        except Exception as error:
            raise OSError(
                f"The {self.kind} {name!r} in {self.folder} cannot be used "
                f"({type(error).__name__}: {error}). "
                "Install the package again: its files are not the ones that were published."
            ) from error

    def write(self, name: str, card: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Store arrays and a card that fits them: both or neither, unless a rename fails.

        Args:
            name: the name that ``load`` will know.
            card: what JSON can hold; a "sha256" in it is replaced.
            arrays: arrays by name.

        Raises:
            OSError: they cannot be written; older files of that name are as they were.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        targets = (self.folder / f"{name}.npz", self.folder / f"{name}.json")
        with files.replacing(*targets) as [archive, card_file]:
            np.savez_compressed(archive, **arrays)
            digest = hashlib.sha256(archive.read_bytes()).hexdigest()
            card_file.write_text(_text({**card, "sha256": digest}), encoding="utf-8")

    def rewrite_card(self, name: str, card: Mapping[str, Any]) -> None:
        """Store another card for arrays that stay as they are.

        Raises:
            OSError: it cannot be written; the older card is as it was.
        """
        with files.replacing(self.folder / f"{name}.json") as [card_file]:
            card_file.write_text(_text(card), encoding="utf-8")


def _text(card: Mapping[str, Any]) -> str:
    return json.dumps(card, indent=1, ensure_ascii=False) + "\n"
