"""How a training survives a stop: what ``GAN.fit(resume=...)`` does."""

import contextlib
import io
import json
import os
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ganlib.data import Batches
from ganlib.support import files, replicas
from ganlib.support.validation import real_number

__all__ = ["Checkpoint", "go_on"]


def go_on(
    fit: Callable[..., keras.callbacks.History],
    gan: keras.Model,
    dataset: Batches,
    resume: "str | Path | Checkpoint",
    *,
    epochs: int,
    steps_per_epoch: int,
    callbacks: Iterable[keras.callbacks.Callback],
    **options: Any,
) -> keras.callbacks.History:
    """Train from where a run was stopped, or from the beginning: ``GAN.fit`` with ``resume``.

    Args:
        fit: Keras's way to train on a stream for some epochs.
        gan: the GAN, compiled.
        dataset: the batches, from ``ganlib.data.dataset``.
        resume: a folder, or a ``Checkpoint``.
        epochs: passes through the data in all, those before the stop included.
        steps_per_epoch: batches in an epoch.
        callbacks: Keras callbacks; to them it is one run.
        **options: more arguments of ``fit``.

    Returns:
        The curves of the whole run.

    Raises:
        ValueError: this is another run than the one in the folder, or it cannot be stopped and go on.
    """
    if "initial_epoch" in options:
        raise ValueError("resume knows where the run was: leave initial_epoch out.")
    checkpoint = resume if isinstance(resume, Checkpoint) else Checkpoint(resume)
    epoch, within = divmod(checkpoint.restore(gan, dataset, steps_per_epoch), steps_per_epoch)
    gan.earlier_logs, gan.stop_training = checkpoint.logs, False
    legs = [(epoch, epochs, steps_per_epoch)]
    if within and epoch < epochs:  # first the rest of an epoch that was broken off
        legs = [(epoch, epoch + 1, steps_per_epoch - within), (epoch + 1, epochs, steps_per_epoch)]
    legs = legs[:1] + [leg for leg in legs[1:] if leg[0] < epochs]
    run = OneRun([*callbacks, checkpoint], gan, epochs, steps_per_epoch, options.get("verbose"))
    for first, last, steps in legs:
        run.is_last_leg = last == epochs
        options |= {"initial_epoch": first, "epochs": last, "steps_per_epoch": steps}
        fit(dataset.starting_at(int(gan.step.numpy())), callbacks=run, **options)
        if gan.stop_training:
            break
    gan.history = checkpoint.history()
    return gan.history


class Checkpoint(keras.callbacks.Callback):
    """One file that holds all of a training: stop it at any moment, and nothing but seconds are lost.

    The file has every variable that training changes (weights, averages, both optimizers, random
    states, the step) and the curves so far. It is written under another name and then renamed, which is
    one action for the file system; the one before is kept as well. Since batches and random draws are
    functions of seed and step, a resumed run equals an unbroken one. Weights that hold NaN are not
    written: the last good ones stay.

    Where several machines train together, the first of them alone writes and reads the folder, and sends
    the others what it has read; so the folder need not be shared, and may be.

    Keras's ``BackupAndRestore`` leaves out random states, forgets where in an epoch it was, and writes
    two files, so that a stop between them leaves a pair that does not fit.

    Args:
        folder: where the file goes; made if it is not there.
        seconds: least time between two checkpoints; 0 for one after every step.
    """

    def __init__(self, folder: str | Path, seconds: float = 60.0):
        super().__init__()
        self.folder = Path(folder).expanduser()
        self.path = self.folder / "checkpoint.npz"
        self.previous = self.folder / "checkpoint.previous.npz"
        self.seconds = real_number(seconds, "seconds", least=0)
        self.logs: list[dict[str, float]] = []
        self.steps_per_epoch = 0
        self._data: dict[str, int] = {}
        self._running_means = None
        self._saved_at, self._saved_step = time.monotonic(), None

    # Keras calls these ---------------------------------------------------------------------------

    def on_train_begin(self, logs=None):
        """Find out now, not after a minute of training, whether the folder can be written to."""
        if replicas.is_first(self.model.distribute_strategy):
            with self._advice():
                tempfile.TemporaryFile(dir=self.folder).close()

    def on_epoch_begin(self, epoch, logs=None):
        """Keras has set the means of the epoch to 0: put back those of a broken epoch."""
        if self._running_means is not None:
            for variable, value in zip(self._means(self.model), self._running_means, strict=True):
                variable.assign(value)
            self._running_means = None

    def on_train_batch_end(self, batch, logs=None):
        """Save once in a while; after the last step of an epoch not before its means are kept."""
        if self._due() and int(self.model.step.numpy()) % self.steps_per_epoch:
            self.save()

    def on_epoch_end(self, epoch, logs=None):
        """Keep the epoch's means."""
        self.logs.append({name: float(value) for name, value in logs.items()})
        if self._due():
            self.save()

    def on_train_end(self, logs=None):
        """Save the end, unless it is on the disk already."""
        if int(self.model.step.numpy()) != self._saved_step:
            self.save()

    # ----------------------------------------------------------------------------------------------

    def _due(self) -> bool:
        waited = time.monotonic() - self._saved_at > self.seconds
        return replicas.anywhere(self.model.distribute_strategy, waited)

    def history(self) -> keras.callbacks.History:
        """The curves of the whole run, those before a stop included, as ``fit`` returns them."""
        history = keras.callbacks.History()
        history.epoch = list(range(len(self.logs)))
        names = self.logs[0] if self.logs else ()
        history.history = {name: [entry[name] for entry in self.logs] for name in names}
        return history

    def save(self) -> None:
        """Write the state of ``self.model``; what was there stays whole until the new file is.

        Raises:
            OSError: the file cannot be written, for example because the disk is full. The state is
                still in memory, and the last good checkpoint still on disk.
        """
        self._saved_at, self._saved_step = time.monotonic(), int(self.model.step.numpy())
        # All machines take part in the reading: each of them has a part of the running means.
        state = [np.asarray(value) for value in self.model.state()]
        if not replicas.is_first(self.model.distribute_strategy):
            return
        if not all(np.isfinite(weight).all() for weight in self.model.get_weights()):
            print(
                f"Step {self._saved_step}: the weights hold NaN or infinity, so no "
                f"checkpoint was written; {self.folder} keeps the last good one, if there was one."
            )
            return
        notes = {"arguments": self._arguments(self.model), "logs": self.logs}
        arrays = {f"{index:04d}": value for index, value in enumerate(state)}
        arrays["notes"] = np.frombuffer(_json(notes).encode(), np.uint8)
        with self._advice():
            with files.replacing(self.path, previous=self.previous) as [unfinished]:
                np.savez(unfinished, **arrays)

    @contextlib.contextmanager
    def _advice(self):
        """Make the folder; when writing into it fails, say what to do."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            why = "a file has that name" if isinstance(error, FileExistsError) else error.strerror
            raise OSError(
                error.errno,
                f"The checkpoint in {self.folder} could not be written: {why}. Make room or "
                "choose another folder, then call fit again; the GAN in memory has lost nothing, and "
                "the last good checkpoint, if there was one, is still there.",
            ) from error

    def restore(
        self, gan: keras.Model, dataset: Batches, steps_per_epoch: int | None = None
    ) -> int:
        """Bring a GAN to the state of the newest whole checkpoint; ``save`` belongs to it from now on.

        Args:
            gan: the GAN, compiled.
            dataset: the batches from ``ganlib.data.dataset`` that its training reads.
            steps_per_epoch: batches in an epoch; None for those of the data set.

        Returns:
            How many steps that state has behind it; 0 if there is no checkpoint.

        Raises:
            ValueError: the checkpoint belongs to another GAN, other data or other arguments; or there
                are files, but none is whole; or several machines were given different things; or the
                data set cannot start again in the middle.
        """
        if not isinstance(dataset, Batches):
            raise ValueError(
                "To resume in the middle of an epoch, the order of the batches must be known. Make the "
                "data set with ganlib.data.dataset(images, batch_size=...), or leave resume out."
            )
        self.steps_per_epoch = steps = steps_per_epoch or dataset.steps_per_epoch
        together = gan.steps_per_execution
        if steps % together:
            raise ValueError(
                f"An epoch has {steps} batches, which steps_per_execution={together} "
                "does not divide, so Keras would run more. To resume, compile with a divisor, or give "
                f"steps_per_epoch={steps + -steps % together}."
            )
        self._data = {name: getattr(dataset, name) for name in ("n", "batch_size", "seed")}
        self._data["first batch"] = _fingerprint(dataset)
        self.set_model(gan)
        strategy = gan.distribute_strategy
        first = replicas.from_first(strategy, _json(self._arguments(gan)).encode())
        different = self._different(gan, json.loads(first))
        if replicas.anywhere(strategy, bool(different)):
            raise ValueError(
                "The machines were given different things. Start the same program with the same data on "
                f"all. Of the first one and this one: {'; '.join(different) or 'no difference'}."
            )
        path, content = self._read() if replicas.is_first(strategy) else (None, b"")
        content = replicas.from_first(strategy, content)
        if content:
            self._fill(gan, path or "The first machine's checkpoint", *_unpacked(content))
            if path == self.previous:  # so that the next one does not push a broken file over it
                os.replace(path, self.path)
            self._saved_step = int(gan.step.numpy())
            print(f"Going on from {path or 'the first machine'}, step {self._saved_step}.")
        return int(gan.step.numpy())

    def _read(self) -> tuple[Path | None, bytes]:
        """The newest whole file and its content; no path and no content where there is no file."""
        found = [path for path in (self.path, self.previous) if path.exists()]
        for path in found:
            try:
                content = path.read_bytes()
                _unpacked(content)
            except Exception as error:  # a damaged archive makes its readers raise nearly anything
                print(f"{path} is not whole ({error}); looking for the one before it.")
                continue
            return path, content
        if found:
            raise ValueError(
                f"No checkpoint in {self.folder} is whole: {', '.join(path.name for path in found)}. "
                "Move them away to start again from the beginning."
            )
        return None, b""

    def _different(self, gan, arguments: dict) -> list[str]:
        """What was otherwise when ``arguments`` were written down."""
        was, now = dict(_flat(arguments)), dict(_flat(self._arguments(gan)))
        return [
            f"{name} was {was.get(name)}, is now {now.get(name)}"
            for name in {**was, **now}
            if was.get(name) != now.get(name)
        ]

    def _fill(self, gan, path, arrays, notes) -> None:
        different = self._different(gan, notes["arguments"])
        state = gan.state()
        shapes = [tuple(array.shape) for _, array in sorted(arrays.items())]
        if shapes != [tuple(variable.shape) for variable in state]:
            different.append("the networks or optimizers have other weights")
        if different:
            raise ValueError(
                f"{path} was made by another run: {'; '.join(different)}. Set these back to go on with "
                "that run, or give resume another folder to begin a new one."
            )
        gan.set_state(array for _, array in sorted(arrays.items()))
        epochs, within = divmod(int(gan.step.numpy()), self.steps_per_epoch)
        self.logs = notes["logs"][:epochs]  # those of a stopped epoch come again when it is over
        self._running_means = None
        if within:
            self._running_means = [np.asarray(variable) for variable in self._means(gan)]

    def _arguments(self, gan) -> dict:
        """What must be alike for a run to go on as if it had never been stopped."""
        names = ("latent_dim", "discriminator_steps", "ema", "seed")
        return {
            **{name: getattr(gan, name) for name in names},
            "penalties": dict(gan.penalties),
            "loss": gan.adversarial_loss.name,
            "optimizers": gan.optimizer_settings,
            "data": self._data,
            "steps_per_epoch": self.steps_per_epoch,
        }

    @staticmethod
    def _means(gan) -> list:
        return [variable for metric in gan.metrics for variable in metric.variables]


class OneRun(keras.callbacks.CallbackList):
    """Two calls of Keras's ``fit`` that are one run for the callbacks: it begins once and ends once.

    Two are needed where an epoch was broken off: one for its rest and one for what follows.
    """

    def __init__(self, callbacks, model, epochs: int, steps: int, verbose: Any):
        shown = {"add_progbar": verbose != 0, "verbose": verbose, "epochs": epochs, "steps": steps}
        super().__init__(callbacks, add_history=True, model=model, **shown)
        self.begun, self.is_last_leg = False, False

    def on_train_begin(self, logs=None):
        """Tell the callbacks, at the first of the two beginnings."""
        if not self.begun:
            super().on_train_begin(logs)
        self.begun = True

    def on_train_end(self, logs=None):
        """Tell the callbacks, at the end after which nothing follows."""
        if self.is_last_leg or self.model.stop_training:
            super().on_train_end(logs)


def _unpacked(content: bytes) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays of a checkpoint file, and its notes."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return arrays, json.loads(arrays.pop("notes").tobytes())


def _fingerprint(dataset: Batches) -> int:
    """A number that tells one data set from another: a checksum of its first batch."""
    batch = next(iter(dataset.starting_at(0)))
    parts = batch if isinstance(batch, tuple) else (batch,)
    return zlib.crc32(b"".join(part.numpy().tobytes() for part in parts))


def _json(value: Any) -> str:
    """JSON of numbers, NumPy's included, texts, lists and dictionaries."""
    return json.dumps(value, default=lambda number: number.item())


def _flat(arguments: dict, before: str = ""):
    """Nested dictionaries as pairs of a name such as "data.seed" and a value, as JSON has them.

    Without the names of Keras objects: they count how many there were before ("adam_3").
    """
    for name, value in json.loads(_json(arguments)).items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        elif name != "name":
            yield f"{before}{name}", value
