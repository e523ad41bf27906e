"""The images of the course: loaded as uint8, streamed as uint8, turned into floats on the device.

Bytes take a quarter of the space of floats, so images stay uint8 all the way to the device;
``to_network`` turns them into the floats in [-1, 1] that a generator with a tanh output makes, and
``to_uint8`` goes back.

>>> import numpy as np
>>> to_network(np.array([0, 255], np.uint8))
array([-1.,  1.], dtype=float32)
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ganlib.support.cifar import CLASS_NAMES, DataUnavailable
from ganlib.support.image_arrays import checked_images, checked_labels, finite_floats
from ganlib.support.validation import whole_number

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = [
    "CLASS_NAMES",
    "Batches",
    "DataUnavailable",
    "dataset",
    "load",
    "share_outside",
    "to_network",
    "to_uint8",
]

NAMES = ("cifar10", "shapes")
SPLITS = {"train": 50_000, "test": 10_000}


def load(
    name: str, split: str = "train", labels: bool = False, n: int | None = None
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Load one of the course's image sets: the one you name or an error, never a different one.

    Args:
        name: ``"cifar10"`` (photographs of 10 classes, Krizhevsky 2009; ``ganlib.support.cifar``
            says where they are looked for) or ``"shapes"`` (drawn by code, needs no file; see
            ``ganlib.shapes``).
        split: ``"train"`` (50,000 images) or ``"test"`` (10,000 images).
        labels: whether to return the labels too: for CIFAR-10 the class 0 … 9, an index into
            ``CLASS_NAMES``; for shapes the mode ``shape * 10 + hue`` in 0 … 59.
        n: load only the first n images of the split, which is quicker; None for all.

    Returns:
        Images, uint8 ``(n, 32, 32, 3)``; with ``labels`` the pair (images, int32 ``(n,)``).

    Raises:
        DataUnavailable: CIFAR-10 cannot be loaded; the message says what was tried and what to do.
        TypeError, ValueError: an unknown name or split, or n out of range.
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


@dataclass(frozen=True, eq=False, repr=False)
class Batches:
    """Shuffled batches without end, in an order that is a function of seed and step.

    ``dataset`` makes them, ``GAN.fit`` takes them, and a loop over them yields tensors. Epoch e is
    the permutation ``stateless_shuffle(range(n), seed=(seed, e))`` of all n samples, cut into
    ``steps_per_epoch`` batches, of which the last may be smaller. So a training that was stopped
    can go on with exactly the batches that it would have seen: see ``starting_at``.

    Attributes:
        columns: the samples, a tensor ``(n, ...)``; with labels also those, int32 ``(n,)``.
        batch_size: samples in a batch.
        seed: the seed of the order, 0 or more.
        start_step: the number of the first batch, counted from 0.
        functions: what each batch goes through, in this order; ``map`` adds one.
    """

    columns: "tuple[tf.Tensor, ...]"
    batch_size: int
    seed: int
    start_step: int = 0
    functions: tuple[Callable, ...] = ()

    @property
    def n(self) -> int:
        """How many samples there are."""
        return len(self.columns[0])

    @property
    def steps_per_epoch(self) -> int:
        """How many batches show each sample once: n / batch_size, rounded up."""
        return -(-self.n // self.batch_size)

    def starting_at(self, step: int) -> Self:
        """The same batches from number ``step`` on; those before are not read.

        Raises:
            TypeError, ValueError: ``step`` is not a whole number of 0 or more.
        """
        return replace(self, start_step=whole_number(step, "step", 0))

    def map(self, function: Callable) -> Self:
        """The same batches, each passed through ``function(samples[, labels])``, which must give
        the same for the same batch; ``ganlib.augment`` changes images at random.
        """
        return replace(self, functions=(*self.functions, function))

    def __repr__(self) -> str:
        told = ("n", "batch_size", "seed", "start_step", "steps_per_epoch")
        return f"Batches({', '.join(f'{name}={getattr(self, name)}' for name in told)})"

    def __iter__(self) -> "Iterator[tf.Tensor | tuple[tf.Tensor, ...]]":
        return iter(self.stream)

    @functools.cached_property
    def stream(self) -> "tf.data.Dataset":
        """The batches as a ``tf.data.Dataset``, for whatever takes one.

        ``keras.Model.fit`` takes it together with ``steps_per_epoch=batches.steps_per_epoch``.
        """
        import tensorflow as tf

        first_epoch, first_step = divmod(self.start_step, self.steps_per_epoch)

        def one_epoch(epoch: tf.Tensor) -> tf.data.Dataset:
            order = tf.random.experimental.stateless_shuffle(
                tf.range(self.n),
                seed=tf.stack([tf.constant(self.seed, tf.int64), epoch]),
                alg="philox",
            )

            def batch(position: tf.Tensor) -> tf.Tensor | tuple[tf.Tensor, ...]:
                rows = order[position * self.batch_size : (position + 1) * self.batch_size]
                parts = tuple(tf.gather(column, rows) for column in self.columns)
                return parts if len(parts) > 1 else parts[0]

            begin = tf.where(epoch == first_epoch, tf.constant(first_step, tf.int64), 0)
            return tf.data.Dataset.range(begin, self.steps_per_epoch).map(batch)

        options = tf.data.Options()
        options.deterministic = True
        # Nothing here is left to be tuned, and the end of an iterator may wait until the tuning
        # thread wakes, which it does after 10 ms, 20 ms, … up to a minute.
        options.autotune.enabled = False
        stream = tf.data.Dataset.range(first_epoch, tf.int64.max).flat_map(one_epoch)
        for function in self.functions:
            stream = stream.map(function)
        # Without this a data set made by flat_map does not know that it has no end.
        endless = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
        return stream.prefetch(4).with_options(options).apply(endless)


def dataset(
    images: np.ndarray,
    labels: np.ndarray | None = None,
    batch_size: int = 128,
    seed: int = 0,
    start_step: int = 0,
) -> Batches:
    """Make batches to train on: shuffled, without end, in an order fixed by seed and step.

    Args:
        images: uint8 ``(n, ...)``, which stay bytes until they reach the device; or floats
            ``(n, ...)`` as the network takes them, such as points in the plane ``(n, 2)``. A list
            of images of one shape will do.
        labels: class numbers ``(n,)``, whole numbers from 0; with them each batch is a pair
            (images, labels), the labels as int32.
        batch_size: images in a batch.
        seed: fixes the order; 0 or more.
        start_step: the number of the first batch, counted from 0.

    Returns:
        The batches. They hold a copy of the images, so the array may be changed or deleted.

    Raises:
        TypeError: images that are neither uint8 nor floats, labels that are not whole numbers.
        ValueError: another shape or range, or NaN.
    """
    images = checked_images(images)
    labels = None if labels is None else checked_labels(labels, len(images))
    batch_size = whole_number(batch_size, "batch_size", 1)
    seed = whole_number(seed, "seed", 0)
    start_step = whole_number(start_step, "start_step", 0)

    import tensorflow as tf

    with tf.device("CPU:0"):  # the images stay in main memory; one batch at a time leaves it
        columns = (tf.constant(images),)
        if labels is not None:
            columns += (tf.constant(labels, tf.int32),)
    return Batches(columns, batch_size, seed, start_step)


def to_network(images: Any) -> Any:
    """Turn bytes into the floats in [-1, 1] that a network takes: ``x / 127.5 - 1``.

    Args:
        images: uint8 of any shape: a NumPy array, or a tensor, inside a compiled function too.

    Returns:
        float32 of the same shape: an array for an array, a tensor for a tensor.

    Raises:
        TypeError: not uint8. Floats are refused because they have most likely been scaled already.
    """
    if not hasattr(images, "dtype"):
        images = np.asarray(images)
    # Depending on the library, a dtype is an object with a name, "uint8" itself, or "torch.uint8".
    dtype = getattr(images.dtype, "name", None) or str(images.dtype).split(".")[-1]
    if dtype != "uint8":
        raise TypeError(
            f"to_network was given {dtype}, but must be given uint8. Floats in [-1, 1] are scaled "
            "already: use them as they are (scaled twice, all images turn nearly black). Whole "
            "numbers or floats in 0 … 255: write images.astype('uint8') first."
        )
    if isinstance(images, np.ndarray | np.generic):
        return np.asarray(images, np.float32) / np.float32(127.5) - np.float32(1)
    from keras import ops

    return ops.cast(images, "float32") / 127.5 - 1.0


def to_uint8(images: Any, clip: bool = False) -> np.ndarray:
    """Turn floats in [-1, 1] into bytes, rounded to the nearest: the reverse of ``to_network``.

    Args:
        images: floats of any shape in [-1, 1]: a NumPy array, or a tensor outside compiled
            functions. Values outside by at most one grey level (1 / 127.5) count as rounding and
            are clipped.
        clip: whether to clip values further outside too, as the images of a generator without tanh
            need it; ``share_outside`` says how many there are.

    Returns:
        A NumPy array of uint8 of the same shape; ``to_uint8(to_network(x))`` equals x.

    Raises:
        TypeError: not floats.
        ValueError: NaN, infinite, or, unless ``clip``, further outside [-1, 1].
    """
    values = finite_floats(images, "to_uint8")
    if not clip and share_outside(values):
        raise ValueError(
            f"to_uint8 was given values from {values.min():.4g} to {values.max():.4g}, but must be "
            "given floats in [-1, 1]. If the generator does not end in tanh, write "
            "to_uint8(images, clip=True). Values in 0 … 255 need no scaling: "
            "images.astype('uint8')."
        )
    return np.clip(np.rint((values + 1) * 127.5), 0, 255).astype(np.uint8)


def share_outside(images: Any) -> float:
    """The share of values outside [-1, 1] by more than one grey level, which ``to_uint8`` refuses.

    Args:
        images: floats of any shape, none of them NaN or infinite.

    >>> share_outside(np.array([0.5, 1.2, -1.0, -7.0]))
    0.5
    """
    values = finite_floats(images, "share_outside")
    return float(np.mean(np.abs(values) > 1 + 1 / 127.5)) if values.size else 0.0
