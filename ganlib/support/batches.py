"""What ``fit`` asks of its arguments and of the first batch before the first step."""

import contextlib
import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ganlib.support import players
from ganlib.support.validation import whole_number

__all__ = [
    "as_callbacks",
    "check_data",
    "check_options",
    "steps_of_an_epoch",
    "watch_labels",
]

# Arguments of Keras's fit and compile that mean nothing for a GAN: what to do instead.
MEANINGLESS = {
    "y": "Labels belong to the data set: ganlib.data.dataset(images, labels).",
    "batch_size": "The data set has its batches already: ganlib.data.dataset(images, "
    "batch_size=64).",
    "sample_weight": "All real samples count equally; to give one double weight, include it twice.",
    "class_weight": "A class counts as often as it occurs; to give a rare class more weight, "
    "repeat its images.",
    "validation_data": "A GAN has no loss that would judge it; measure samples by ganlib.metrics.",
    "optimizer": "There are two: compile(g_optimizer=..., d_optimizer=...).",
    "loss": "The players' losses are chosen when the GAN is made: GAN(..., loss='hinge').",
    "metrics": "The four means of an epoch are there already; measure samples by ganlib.metrics.",
}
MEANINGLESS |= dict.fromkeys(
    ("validation_split", "validation_steps", "validation_batch_size", "validation_freq"),
    MEANINGLESS["validation_data"],
)
UNBOUNDED = 20.0  # images for a generator without bounds: more than this must be bytes
OUT_OF_RANGE = "labels of a batch are out of range"
SLACK = 0.25  # part of the range by which data may lie outside of it, as after a sharp resize


def check_options(options: Mapping[str, Any], method: str) -> None:
    """Refuse arguments of Keras that mean nothing for a GAN, and say what to do instead.

    Raises:
        TypeError: there is such an argument.
    """
    for name, value in options.items():
        if name in MEANINGLESS and value is not None:
            raise TypeError(f"GAN.{method} takes no {name}. {MEANINGLESS[name]}")


def as_callbacks(callbacks: Any) -> list[keras.callbacks.Callback]:
    """Callbacks as a list: of None, of one, or of some.

    Raises:
        TypeError, ValueError: one is a class, or looks for what a GAN does not have.
    """
    if callbacks is None:
        return []
    callbacks = list(callbacks) if isinstance(callbacks, Iterable) else [callbacks]
    for callback in callbacks:
        if isinstance(callback, type):
            raise TypeError(f"The callback {callback.__name__} is a class: {callback.__name__}().")
        schedules = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)
        if isinstance(callback, schedules):
            raise ValueError(
                f"{type(callback).__name__} changes the optimizer of a model, but a GAN has two. "
                "Give compile optimizers with a schedule (keras.optimizers.schedules), or set "
                "gan.g_optimizer.learning_rate and gan.d_optimizer.learning_rate in a callback."
            )
        if getattr(callback, "write_steps_per_second", False):
            raise ValueError(
                "TensorBoard(write_steps_per_second=True) counts the steps of a model's "
                "optimizer, but a GAN has two: leave that argument out."
            )
        if isinstance(callback, keras.callbacks.TerminateOnNaN):
            raise ValueError(
                "TerminateOnNaN looks at a model's one loss, but a GAN has two: take "
                "ganlib.callbacks.StopOnFailure()."
            )
    return callbacks


def steps_of_an_epoch(dataset: Any, steps_per_epoch: int | None) -> int | None:
    """How many batches an epoch has: as given, as the data set says, or None where it ends by
    itself.

    Raises:
        TypeError: it is an array.
        ValueError: the data set has no end and nothing says how long an epoch is.
    """
    if isinstance(dataset, np.ndarray | tf.Tensor | list | tuple):
        raise TypeError(
            f"fit was given {type(dataset).__name__}, but must be given batches: "
            "ganlib.data.dataset(images, batch_size=64), which shuffles them anew in each epoch."
        )
    if steps_per_epoch is not None:
        return whole_number(steps_per_epoch, "steps_per_epoch", 1)
    if (steps := getattr(dataset, "steps_per_epoch", None)) is not None:
        return steps
    if getattr(dataset, "cardinality", lambda: 0)() == tf.data.INFINITE_CARDINALITY:
        raise ValueError(
            "The data set has no end, so nothing says how long an epoch is. Give "
            "steps_per_epoch=number of samples // batch size, or make the data set with "
            "ganlib.data.dataset, which knows."
        )
    return None


def check_data(
    dataset: Any, generator: keras.Model, discriminator: keras.Model
) -> list[int] | None:
    """Whether real samples are of the kind that the generator makes, by the first batch.

    Args:
        dataset: ``ganlib.data.Batches`` or a ``tf.data.Dataset``. In anything else looking would
            use the batch up, so nothing is checked.
        generator: the generator.
        discriminator: the discriminator.

    Returns:
        How often each class comes: in all of ``Batches``, unless they are mapped to other labels;
        else in the first batch. None without labels.

    Raises:
        TypeError: they are neither bytes nor floats.
        ValueError: they have another shape or another range; or labels are missing or wrong.
    """
    stream = getattr(dataset, "stream", dataset)
    if not isinstance(stream, tf.data.Dataset):
        return None
    batch = next(iter(stream.take(1)), None)
    if batch is None:
        raise ValueError("The data set is empty.")
    samples, labels, _ = keras.utils.unpack_x_y_sample_weight(batch)
    _check_samples(samples.numpy(), generator, discriminator)
    if len(generator.inputs) == 1:
        return None
    if labels is None:
        raise ValueError(
            "This GAN is conditional, but the data set holds no labels: make it with "
            "ganlib.data.dataset(images, labels, ...)."
        )
    if _keeps_labels(dataset, labels):
        labels = dataset.columns[1]
    labels = players.checked_labels(labels.numpy(), players.classes(generator))
    return np.bincount(labels).tolist()


@contextlib.contextmanager
def watch_labels(dataset: Any, classes: int | None) -> Iterator[Any]:
    """A data set that stops, with a sentence, at a batch with labels that no class has.

    Of ``Batches`` that are not mapped ``check_data`` has seen all; of the others the first batch.

    Raises:
        ValueError: training has met such a batch.
    """

    def look(*batch: Any) -> Any:
        _, labels, _ = keras.utils.unpack_x_y_sample_weight(batch)
        low, high = tf.reduce_min(labels), tf.reduce_max(labels)
        fits = tf.logical_and(low >= 0, high < classes)
        with tf.control_dependencies([tf.debugging.Assert(fits, [OUT_OF_RANGE, low, high])]):
            return tf.nest.map_structure(tf.identity, batch)

    if classes is not None and isinstance(dataset, tf.data.Dataset):
        dataset = dataset.map(look, num_parallel_calls=1)
    elif classes is not None and getattr(dataset, "functions", ()):
        dataset = dataset.map(look)
    try:
        yield dataset
        return
    except tf.errors.InvalidArgumentError as error:
        seen = re.search(rf"{OUT_OF_RANGE}[^-\d]+(-?\d+)[^-\d]+(-?\d+)", str(error))
        if seen is None:
            raise
    players.checked_labels(np.array([int(number) for number in seen.groups()]), classes)


def _keeps_labels(dataset: Any, labels: tf.Tensor) -> bool:
    """Whether ``Batches`` have the labels of their column, given those of their first batch."""
    if len(getattr(dataset, "columns", ())) < 2:
        return False
    _, before = next(iter(dataclasses.replace(dataset, functions=())))
    return np.array_equal(before.numpy(), labels.numpy())


def _check_samples(samples: np.ndarray, generator: keras.Model, discriminator: keras.Model) -> None:
    """Whether a batch has the shape and the range of what the generator makes."""
    shape = tuple(discriminator.inputs[0].shape)[1:]
    if samples.shape[1:] != shape:
        raise ValueError(
            f"The data set holds batches of shape {samples.shape}, samples of "
            f"{samples.shape[1:]}, but the networks were built for samples of shape {shape}. "
            "Build them for that of the data, or change the data."
        )
    as_bytes = samples.dtype == np.uint8
    if not as_bytes and samples.dtype.kind != "f" and samples.dtype.name != "bfloat16":
        raise TypeError(
            f"The data set holds {samples.dtype.name}, but must hold uint8 images in 0..255 or "
            "floats in network space."
        )
    values = samples.astype(np.float32)
    values = values[np.isfinite(values)]
    if not as_bytes and values.size:
        _check_range(values.min(), values.max(), generator, is_image=len(shape) == 3)
    elif as_bytes and players.output_range(generator) == (0.0, 1.0):
        raise ValueError(
            "The data set holds uint8 images, which become floats in [-1, 1], but the generator "
            f"ends in {players.last_activation(generator)} and makes numbers in [0, 1]: let it "
            "end in tanh."
        )


def _check_range(low: float, high: float, generator: keras.Model, is_image: bool) -> None:
    """Whether real samples lie where the generator's do."""
    bounds = players.output_range(generator)
    if bounds is None:
        least, most = (-UNBOUNDED, UNBOUNDED) if is_image else (-np.inf, np.inf)
        wanted = "what the networks are made for, for images numbers in [-1, 1]"
    else:
        slack = SLACK * (bounds[1] - bounds[0])
        least, most = bounds[0] - slack, bounds[1] + slack
        wanted = (
            f"the generator ends in {players.last_activation(generator)} and makes numbers in "
            f"[{bounds[0]:g}, {bounds[1]:g}]"
        )
    if low < least or high > most:
        raise ValueError(
            f"The data set holds floats from {low:.4g} to {high:.4g}, but {wanted}. For images in "
            "0..255 keep them as uint8, or map them: dataset.map(lambda x: "
            "ganlib.data.to_network(tf.cast(x, tf.uint8)))."
        )
