"""How a training survives a stop: what ``GAN.fit(resume=...)`` does."""

import itertools
import json
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ganlib.data import Batches
from ganlib.support import checkpoint_files, players, replicas
from ganlib.support.one_run import OneRun
from ganlib.support.validation import real_number

__all__ = ["Checkpoint", "go_on"]

SCALING = "scaling-"  # begins the names of the arrays that loss scaling has


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
        ValueError: this is another run than the one in the folder, or it cannot be resumed.
    """
    if "initial_epoch" in options:
        raise ValueError("resume knows where the run was: leave initial_epoch out.")
    checkpoint = resume if isinstance(resume, Checkpoint) else Checkpoint(resume)
    epoch, within = divmod(checkpoint.restore(gan, dataset, steps_per_epoch), steps_per_epoch)
    if epoch < epochs and within % gan.steps_per_execution:
        raise ValueError(
            f"The run was stopped after {within} batches of an epoch, which is no multiple of "
            f"steps_per_execution={gan.steps_per_execution}: Keras would go beyond the end of the "
            "epoch. Compile with steps_per_execution=1 until the epoch is over."
        )
    gan.earlier_logs, gan.stop_training = checkpoint.logs, False
    legs = [(epoch, epochs, steps_per_epoch)]
    if within and epoch < epochs:  # first the rest of an epoch that was broken off
        legs = [(epoch, epoch + 1, steps_per_epoch - within), (epoch + 1, epochs, steps_per_epoch)]
    legs = legs[:1] + [leg for leg in legs[1:] if leg[0] < epochs]
    run = OneRun(
        [*callbacks, checkpoint], gan, epochs, steps_per_epoch, options.get("verbose", "auto")
    )
    for first, last, steps in legs:
        run.is_last_leg = last == epochs
        options |= {"initial_epoch": first, "epochs": last, "steps_per_epoch": steps}
        fit(dataset.starting_at(int(gan.step.numpy())), callbacks=run, **options)
        if gan.stop_training:
            break
    gan.history = checkpoint.history()
    return gan.history


class Checkpoint(keras.callbacks.Callback):
    """One file that holds all of a training: stop it at any moment, and nothing but seconds are
    lost.

    The file has every variable that training changes (weights, averages, both optimizers, random
    states, the step) and the curves so far. It is written under another name and then renamed,
    which is one action for the file system; the one before is kept as well. Since batches and
    random draws are functions of seed and step, a resumed run equals an unbroken one. Weights that
    hold NaN are not written: the last good ones stay.

    Where several machines train together, the first of them alone writes and reads the folder, and
    sends the others what it has read; so the folder need not be shared, and may be.

    Keras's ``BackupAndRestore`` leaves out random states, forgets where in an epoch it was, and
    writes two files, so that a stop between them leaves a pair that does not fit.

    Args:
        folder: where the file goes; made if it is not there.
        seconds: least time between two checkpoints; 0 for one after every step.
    """

    def __init__(self, folder: str | Path, seconds: float = 60.0):
        super().__init__()
        self.folder = Path(folder).expanduser()
        self.seconds = real_number(seconds, "seconds", least=0)
        self.logs: list[dict[str, float]] = []
        self.steps_per_epoch = 0
        self._data: dict[str, int] = {}
        self._running_means = None
        self._saved_at, self._saved_step = time.monotonic(), None

    def on_train_begin(self, logs=None):
        """Find out now, not after a minute of training, whether the folder can be written to, and
        keep the beginning: a run that is stopped in its first minute begins again as it began.
        """
        if replicas.is_first(self.model.distribute_strategy):
            with checkpoint_files.can_be_written(self.folder):
                tempfile.TemporaryFile(dir=self.folder).close()
        if self._saved_step is None:
            self.save()

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
        named = dict(zip(_names(self.model), state, strict=True))
        notes = {
            "arguments": self._arguments(self.model),
            "logs": self.logs,
            "precision": players.precision(self.model.generator, self.model.discriminator),
        }
        checkpoint_files.write(self.folder, named, notes)

    def restore(
        self, gan: keras.Model, dataset: Batches, steps_per_epoch: int | None = None
    ) -> int:
        """Bring a GAN to the state of the newest whole checkpoint; ``save`` belongs to it from now
        on.

        Args:
            gan: the GAN, compiled.
            dataset: the batches from ``ganlib.data.dataset`` that its training reads.
            steps_per_epoch: batches in an epoch; None for those of the data set.

        Returns:
            How many steps that state has behind it; without a checkpoint those of the GAN as it is.

        Raises:
            ValueError: the checkpoint belongs to another GAN, other data or other arguments; no
                file is whole; machines differ; or the data set cannot start in the middle.
        """
        if not isinstance(dataset, Batches):
            raise ValueError(
                "To resume in the middle of an epoch, the order of the batches must be known. "
                "Make the data set with ganlib.data.dataset(images, batch_size=...), or leave "
                "resume out."
            )
        self.steps_per_epoch = steps = steps_per_epoch or dataset.steps_per_epoch
        together = gan.steps_per_execution
        if steps % together:
            raise ValueError(
                f"An epoch has {steps} batches, which steps_per_execution={together} "
                "does not divide, so Keras would run more. To resume, compile with a divisor, or "
                f"give steps_per_epoch={steps + -steps % together}."
            )
        self._data = {name: getattr(dataset, name) for name in ("n", "batch_size", "seed")}
        self._data["first batch"] = _fingerprint(dataset)
        self.set_model(gan)
        self.logs, self._running_means = [], None
        strategy = gan.distribute_strategy
        first = replicas.from_first(
            strategy, checkpoint_files.as_json(self._arguments(gan)).encode()
        )
        different = self._different(gan, json.loads(first))
        if replicas.anywhere(strategy, bool(different)):
            raise ValueError(
                "The machines were given different things. Start the same program with the same "
                "data on all. How this one differs from the first: "
                f"{'; '.join(different) or 'no difference'}."
            )
        path, content = (
            checkpoint_files.read(self.folder) if replicas.is_first(strategy) else (None, b"")
        )
        content = replicas.from_first(strategy, content)
        if content:
            self._fill(
                gan, path or "The first machine's checkpoint", *checkpoint_files.unpacked(content)
            )
            if path:
                checkpoint_files.keep(path)
            self._saved_step = int(gan.step.numpy())
            print(f"Going on from {path or 'the first machine'}, step {self._saved_step}.")
        return int(gan.step.numpy())

    def _different(self, gan, arguments: dict) -> list[str]:
        """What was otherwise when ``arguments`` were written down."""
        now = self._arguments(gan)
        # Older files do not say how the networks were built, nor what classes weigh.
        arguments = {name: now[name] for name in ("built", "class_weight")} | arguments
        was, now = dict(_flat(arguments)), dict(_flat(now))
        return [
            f"{name} was {was.get(name)}, is now {now.get(name)}"
            for name in {**was, **now}
            if was.get(name) != now.get(name)
        ]

    def _fill(self, gan, path, arrays, notes) -> None:
        different = self._different(gan, notes["arguments"])
        state = dict(zip(_names(gan), gan.state(), strict=True))
        if _shapes(arrays) != _shapes(state):
            different.append("the networks or optimizers have other weights")
        if different:
            raise ValueError(
                f"{path} was made by another run: {'; '.join(different)}. Set these back to go on "
                "with that run, or give resume another folder to begin a new one."
            )
        # Of another precision, the file has no loss scaling or has one too many: it starts afresh.
        gan.set_state(arrays.get(name, variable) for name, variable in state.items())
        was, now = notes["precision"], players.precision(gan.generator, gan.discriminator)
        if was != now:
            print(
                f"The run was in {was} and goes on in {now}; the same to rounding, not to the bit."
            )
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
            "class_weight": getattr(gan, "class_weight", None),
            "built": {
                "generator": players.digest(gan.generator),
                "discriminator": players.digest(gan.discriminator),
            },
            "data": self._data,
            "steps_per_epoch": self.steps_per_epoch,
        }

    @staticmethod
    def _means(gan) -> list:
        return [variable for metric in gan.metrics for variable in metric.variables]


def _names(gan: keras.Model) -> list[str]:
    """A name for each variable of ``gan.state()``: loss scaling apart, which only float16 has."""
    scaling = {id(each) for each in players.loss_scaling(gan.g_optimizer, gan.d_optimizer)}
    numbers, scales = itertools.count(), itertools.count()
    return [
        f"{SCALING}{next(scales)}" if id(variable) in scaling else f"{next(numbers):04d}"
        for variable in gan.state()
    ]


def _shapes(arrays: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shapes of all arrays but those of loss scaling."""
    return {
        name: tuple(array.shape) for name, array in arrays.items() if not name.startswith(SCALING)
    }


def _fingerprint(dataset: Batches) -> int:
    """A number that tells one data set from another: a checksum of its first batch."""
    batch = next(iter(dataset.starting_at(0)))
    parts = batch if isinstance(batch, tuple) else (batch,)
    return zlib.crc32(b"".join(part.numpy().tobytes() for part in parts))


def _flat(arguments: dict, before: str = ""):
    """Nested dictionaries as pairs of a name such as "data.seed" and a value, as JSON has them;
    without the names of Keras objects, which count how many there were before ("adam_3").
    """
    for name, value in json.loads(checkpoint_files.as_json(arguments)).items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        elif name != "name":
            yield f"{before}{name}", value
