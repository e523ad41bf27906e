"""The images of the course: loaded as uint8, streamed as uint8, turned into floats on the device.

Bytes are four times smaller than floats, so everything up to the device carries uint8;
`to_network` makes the floats in [-1, 1] that a network with a tanh output speaks, and `to_uint8`
goes back.

>>> import numpy as np
>>> to_network(np.array([0, 255], np.uint8))
array([-1.,  1.], dtype=float32)
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlib.support.cifar import CLASS_NAMES, DataUnavailable

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["CLASS_NAMES", "DataUnavailable", "dataset", "load", "to_network", "to_uint8"]

NAMES = ("cifar10", "shapes")
SPLITS = {"train": 50_000, "test": 10_000}


def load(
    name: str, split: str = "train", labels: bool = False, n: int | None = None
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Load one of the course's image sets: the one you name, or an error, never another one.

    Args:
        name: "cifar10" (Krizhevsky 2009: photographs of 10 classes; `ganlib.support.cifar` says
            where it is looked for) or "shapes" (drawn by code, needs no file; see `ganlib.shapes`).
        split: "train" (50,000 images) or "test" (10,000 images).
        labels: also return the labels: for CIFAR-10 the class 0..9 of `CLASS_NAMES`, for shapes the
            mode ``shape * 10 + hue`` in 0..59.
        n: only the first n images of the split (default: all); fewer are quicker to load.

    Returns:
        Images, uint8 (n, 32, 32, 3) in 0..255; with `labels`, the pair (images, int32 (n,)).

    Raises:
        DataUnavailable: CIFAR-10 cannot be had; the message says what was tried and what to do.
        TypeError, ValueError: unknown name or split, n out of range.
    """
    if name not in NAMES:
        raise ValueError(f"There is no data set {name!r}. Known: {', '.join(map(repr, NAMES))}.")
    if split not in SPLITS:
        raise ValueError(f"There is no split {split!r}. Known: {', '.join(map(repr, SPLITS))}.")
    n = SPLITS[split] if n is None else whole_number(n, "n", 1, SPLITS[split])
    if name == "cifar10":
        from ganlib.support import cifar as home
    else:
        from ganlib import shapes as home
    images, numbers = home.load(split, n)
    return (images, numbers) if labels else images


def dataset(
    images: np.ndarray,
    labels: np.ndarray | None = None,
    batch_size: int = 128,
    seed: int = 0,
    start_step: int = 0,
) -> tf.data.Dataset:
    """Stream shuffled batches without end, in an order that is a function of (seed, step).

    Epoch e is the permutation ``stateless_shuffle(range(n), seed=(seed, e))`` of all n images, cut
    into ``ceil(n / batch_size)`` batches, of which the last may be smaller. So an interrupted run
    can go on with exactly the batches that it would have seen: `start_step=k` begins at batch k,
    without reading those before it.

    Args:
        images: uint8 (n, ...), kept as bytes until the device; or floats (n, ...), such as 2-D
            points (n, 2), which pass as they are.
        labels: whole numbers (n,); then the stream yields pairs (images, labels), labels as int32.
        batch_size: images in a batch.
        seed: 0 or more.
        start_step: the number of the first batch to yield, counted from 0.

    Returns:
        A `tf.data.Dataset` with the attributes `n`, `batch_size`, `seed`, `start_step` and
        `steps_per_epoch`, and the method `starting_at(step)`: the same stream from another step,
        sharing the images. It holds a copy of `images`, which need not be kept.

    Raises:
        TypeError, ValueError: a wrong kind, shape or range; NaN.
    """
    images, labels = _checked(images, labels)
    batch_size = whole_number(batch_size, "batch_size", 1)
    seed = whole_number(seed, "seed", 0)
    start_step = whole_number(start_step, "start_step", 0)

    import tensorflow as tf

    n = len(images)
    steps_per_epoch = -(-n // batch_size)
    with tf.device("CPU:0"):  # the images stay in main memory; one batch at a time leaves it
        columns = (tf.constant(images),)
        if labels is not None:
            columns += (tf.constant(labels, tf.int32),)

    def starting_at(step: int) -> tf.data.Dataset:
        step = whole_number(step, "step", 0)
        first_epoch, first_step = divmod(step, steps_per_epoch)

        def one_epoch(epoch: tf.Tensor) -> tf.data.Dataset:
            order = tf.random.experimental.stateless_shuffle(
                tf.range(n), seed=tf.stack([tf.constant(seed, tf.int64), epoch]), alg="philox"
            )

            def batch(position: tf.Tensor) -> Any:
                rows = order[position * batch_size : (position + 1) * batch_size]
                parts = tuple(tf.gather(column, rows) for column in columns)
                return parts if len(parts) > 1 else parts[0]

            begin = tf.where(epoch == first_epoch, tf.constant(first_step, tf.int64), 0)
            return tf.data.Dataset.range(begin, steps_per_epoch).map(batch)

        options = tf.data.Options()
        options.deterministic = True
        # Nothing here is left to be tuned, and the end of an iterator may wait until the tuning thread
        # wakes, which it does after 10 ms, 20 ms, … up to a minute.
        options.autotune.enabled = False
        stream = tf.data.Dataset.range(first_epoch, tf.int64.max).flat_map(one_epoch)
        # So that GAN.fit knows it of a stream that was mapped too, and lost the attributes below.
        endless = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
        stream = stream.prefetch(4).with_options(options).apply(endless)
        stream.n, stream.batch_size, stream.seed, stream.start_step = n, batch_size, seed, step
        stream.steps_per_epoch, stream.starting_at = steps_per_epoch, starting_at
        return stream

    return starting_at(start_step)


def to_network(images: Any) -> Any:
    """Turn bytes 0..255 into the floats in [-1, 1] of a network: ``x / 127.5 - 1``.

    Args:
        images: uint8 of any shape: a NumPy array, or a tensor (inside a compiled function too).

    Returns:
        float32 of the same shape and kind.

    Raises:
        TypeError: not uint8. Floats are refused because they are most likely scaled already.
    """
    if not hasattr(images, "dtype"):
        images = np.asarray(images)
    # By library, a dtype is an object with a name ("uint8"), "uint8" itself, or "torch.uint8".
    dtype = getattr(images.dtype, "name", None) or str(images.dtype).split(".")[-1]
    if dtype != "uint8":
        raise TypeError(
            f"to_network was given {dtype}; expected uint8 images in 0..255. Floats in [-1, 1] are "
            "scaled already: use them as they are (scaled twice, all images turn "
            "nearly black). Other whole numbers in 0..255: write images.astype('uint8') first."
        )
    if isinstance(images, np.ndarray | np.generic):
        return np.asarray(images, np.float32) / np.float32(127.5) - np.float32(1)
    from keras import ops

    return ops.cast(images, "float32") / 127.5 - 1.0


def to_uint8(images: Any) -> np.ndarray:
    """Turn floats in [-1, 1] into bytes 0..255, rounded to the nearest: `to_network` reversed.

    Args:
        images: floats of any shape in [-1, 1]: a NumPy array, or a tensor outside of compiled
            functions. What lies outside by one grey level (1/127.5) or less is clipped.

    Returns:
        A NumPy array of uint8, same shape; ``to_uint8(to_network(x))`` equals x.

    Raises:
        TypeError: not floats.
        ValueError: NaN, infinite, or further outside of [-1, 1].
    """
    given = np.asarray(images)
    if given.dtype.kind != "f" and given.dtype.name != "bfloat16":  # to NumPy, bfloat16 is a "V"
        hint = " They are bytes already: use them as they are." if given.dtype == np.uint8 else ""
        raise TypeError(f"to_uint8 was given {given.dtype}; expected floats in [-1, 1].{hint}")
    values = given.astype(np.float32)
    if bad := int((~np.isfinite(values)).sum()):
        raise ValueError(
            f"to_uint8 was given {bad} (of {values.size}) values NaN or infinite; expected "
            "floats in [-1, 1]. A generator that draws NaN has diverged: its weights are lost, go "
            "back to an earlier checkpoint."
        )
    if values.size and np.abs(values).max() > 1 + 1 / 127.5:
        raise ValueError(
            f"to_uint8 was given values from {values.min():.4g} to {values.max():.4g}; expected "
            "floats in [-1, 1]. Does the generator end in tanh? Values that are in 0..255 already "
            "need no scaling: images.astype('uint8')."
        )
    return np.clip(np.rint((values + 1) * 127.5), 0, 255).astype(np.uint8)


def whole_number(value: Any, what: str, least: int, most: int = 2**63 - 1) -> int:
    """Return `value` as an int in [least, most], or say what is wrong with the argument `what`.

    Raises:
        TypeError: `value` is not a whole number (a bool is not one either).
        ValueError: it is out of range.
    """
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{what} is {value!r} ({type(value).__name__}); expected a whole number, "
            f"for example {what}={max(least, 1)}."
        ) from None
    if not least <= number <= most:
        limit = f"at least {least:,}" if number < least else f"at most {most:,}"
        raise ValueError(f"{what} is {number:,}; expected a whole number of {limit}.")
    return number


def _checked(images: Any, labels: Any) -> tuple[np.ndarray, np.ndarray | None]:
    images = np.asarray(images)
    if images.dtype != np.uint8 and images.dtype.kind != "f":
        raise TypeError(f"images are {images.dtype}; expected uint8 images in 0..255, or floats.")
    if images.ndim < 2 or images.size == 0:
        raise ValueError(
            f"images have the shape {images.shape}; expected (n, 32, 32, 3) for images or (n, 2) "
            "for points, with n of at least 1."
        )
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise ValueError("images hold NaN or infinite values; remove those rows first.")
    if labels is None:
        return images, None
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels are {labels.dtype}; expected whole numbers, one for each image.")
    if labels.shape != (len(images),):
        raise ValueError(
            f"labels have the shape {labels.shape}; expected ({len(images)},), one for each image."
            + (" Write labels[:, 0]." if labels.shape == (len(images), 1) else "")
        )
    return images, labels
