"""Keeping the best generator of a training, by a measure of one's own choice."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ganlib import callbacks
from ganlib.support import files
from ganlib.support.at_intervals import AtIntervals
from ganlib.support.validation import whole_number

__all__ = ["KeepBest"]


class KeepBest(AtIntervals):
    """Measures samples in the course of a training, and keeps the GAN that had the smallest value.

    Args:
        path: a ``.keras`` file for the best GAN so far. A ``.json`` file beside it holds its epoch
            and value, so that a run that was stopped goes on with it.
        measure: uint8 samples ``(n, ...)`` to a number, less for better ones, such as
            ``lambda drawn: metrics.classifier_frechet_distance(real, drawn)``. It must use
            other real images than the final score: a value used to choose the best is too good.
        n: samples to measure, always of the same latents.
        labels: integers ``(n,)`` for a conditional GAN.
        every: epochs between two measurements; the last one is always measured.

    Attributes:
        values: the epochs (counted from 1) that were measured, and their values.
        best: epoch and value of the GAN in the file, or None.

    Raises:
        ValueError: the file's name has another ending.
    """

    def __init__(
        self,
        path,
        measure: Callable[[np.ndarray], float],
        n: int = 1000,
        labels=None,
        every: int = 1,
    ):
        super().__init__(every)
        self.path = Path(path).expanduser()
        if self.path.suffix != ".keras":
            raise ValueError(f"{self.path} must end in .keras.")
        self.measure, self.labels = measure, labels
        self.n = whole_number(n, "n", 1)
        self.values: dict[int, float] = {}
        self.best: tuple[int, float] | None = None

    def on_train_begin(self, logs=None):
        """After a resume, go on from the best one before; else begin anew."""
        super().on_train_begin()
        self.values, self.best = {}, None
        beside = self.path.with_suffix(".json")
        if self.model.earlier_logs and self.path.exists() and beside.exists():
            self.best = tuple(json.loads(beside.read_text(encoding="utf-8")))
        latents = np.random.default_rng(0).standard_normal((self.n, self.model.latent_dim))
        self._pictures = callbacks.Pictures(latents, self.labels)
        self._pictures.check(self.model)

    def due(self, epoch: int) -> None:
        """Measure, and save if it is the best."""
        if (pictures := self._pictures.take(self.model)) is None:
            return
        value = self.values[epoch] = float(self.measure(pictures))
        if not math.isfinite(value):
            print(f"Epoch {epoch}: the measure is {value}, so this GAN cannot be the best.")
        elif self.best is None or value < self.best[1]:
            self.best = epoch, value
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.model.save(self.path)
            with files.replacing(self.path.with_suffix(".json")) as [unfinished]:
                unfinished.write_text(json.dumps(self.best), encoding="utf-8")
