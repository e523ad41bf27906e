"""What a training does otherwise when it runs on several devices at once, under ``tf.distribute``.

Each replica (a copy of the networks on a device) sees some rows of the batch, and the gradients of
all replicas are added. ``Shared`` lies around the game of one device, so that a step is the step of
one device with the whole batch:

- ``cut`` gives every replica its rows of each batch, as many as the others, or one more;
- ``place`` says where they lie, so that each replica's loss counts by its share of the rows, and
  each takes its rows of one draw of latents for the whole batch.

What else happens in a replica is its own affair. Batch norm normalises by the rows of its replica:
with 256 rows on 8 replicas by the means of 32. Keras does not bring the running means of the
replicas together; each keeps its own, and those of the first are saved and drawn with. Dropout and
the gradient penalty draw with seeds of the replica (``seeds.of_this_replica``). With several
discriminator steps each replica divides its own rows, so other images meet in an update than on one
device.

Where the replicas are spread over several machines, all of them run the same program, step by step.
Whatever one of them alone may decide or read, such as a checkpoint, it must tell the others:
``anywhere`` and ``from_first`` do that.
"""

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ganlib.support import seeds

__all__ = [
    "Place",
    "Shared",
    "agree_on_overflow",
    "anywhere",
    "are_on_several_machines",
    "cut",
    "from_first",
    "is_first",
    "place",
]

Tensor = Any


class Place(NamedTuple):
    """A replica's rows: ``n`` of them, from number ``first`` on, of a batch with ``whole`` rows."""

    n: Tensor
    first: Tensor
    whole: Tensor

    @property
    def share(self) -> Tensor:
        """Which part of the batch the rows are: a float32 scalar, 1 on one device."""
        return tf.cast(self.n, tf.float32) / tf.cast(self.whole, tf.float32)

    def rows_of(self, whole: Tensor) -> Tensor:
        """This replica's rows of something that was made for the whole batch."""
        return whole[self.first : self.first + self.n]


class SharedMinibatch(NamedTuple):
    """A ``ganlib.game.Minibatch``, and which ``share`` of the whole it is."""

    real: Tensor
    labels: Tensor | None
    latents: Tensor
    seed: Tensor
    share: Tensor


class Shared:
    """A layer around ``ganlib.game.Game``: ``class GAN(Shared, Game)``.

    What a replica adds to the sum of gradients and to the means counts by its share of the samples.
    Loss scaling, as float16 needs it, is here too, because the replicas must agree on it. With one
    device and without float16 all of this comes to what the game does by itself.
    """

    def fit(self, dataset, **options):
        """Keras's ``fit``, with each replica's rows cut out of the batches."""
        return super().fit(cut(dataset, self.distribute_strategy), **options)

    def train_step(self, data):
        """The game's step."""
        logs = super().train_step(data)
        if are_on_several_machines(self.distribute_strategy):
            # Keras 3 means to average logs over machines, and does so over axis 0, which scalars
            # lack.
            logs = {name: value[None] for name, value in logs.items()}
        return logs

    def minibatch(self, real, labels, number) -> SharedMinibatch:
        """This replica's samples, and its rows of the latents for all samples."""
        here = place(tf.shape(real)[0])
        latents = here.rows_of(self.draw_latents(here.whole, number))
        seed = seeds.of_this_replica(self.draw_seed(number))
        return SharedMinibatch(real, labels, latents, seed, here.share)

    def descend(self, network, optimizer, tape, loss, batch) -> None:
        """Move weights against the sum of all replicas' gradients."""
        weights = network.trainable_variables
        scale = tf.cast(optimizer.scale_loss(batch.share), loss.dtype)
        gradients = tape.gradient(loss, weights, scale)
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            gradients = agree_on_overflow(gradients)
        optimizer.apply(gradients, weights)

    def note(self, batch, **values) -> None:
        """Take losses and logits into the means of the epoch."""
        for name, value in values.items():
            weight = batch.share if value.shape.rank == 0 else None  # a loss is a mean already
            self.means[name].update_state(value, sample_weight=weight)

    def _maybe_symbolic_build(self, *arguments, **options) -> None:
        """Nothing is left to be built. Keras would add up images of all replicas to learn their
        shape.
        """


def _context() -> Any:
    """What TensorFlow knows of this replica, or None where it is the only one."""
    context = tf.distribute.get_replica_context()
    return None if context is None or context.num_replicas_in_sync == 1 else context


def place(n: Any) -> Place:
    """Where this replica's ``n`` rows lie in the whole batch: behind those of the replicas before
    it.
    """
    context = _context()
    if context is None:
        return Place(n, 0, n)
    replica = context.replica_id_in_sync_group
    mine = tf.one_hot(replica, context.num_replicas_in_sync) * tf.cast(n, tf.float32)
    rows = tf.cast(context.all_reduce(tf.distribute.ReduceOp.SUM, mine), tf.int32)
    return Place(n, tf.reduce_sum(rows[:replica]), tf.reduce_sum(rows))


def agree_on_overflow(gradients: list) -> list:
    """The gradients, all NaN where those of any replica hold a number that is not finite.

    A Keras optimizer with loss scaling, as float16 needs it, leaves out a step whose gradients
    overflow, but looks at the first replica alone before it adds up those of all.
    """
    context = _context()
    if context is None:
        return gradients
    finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(each)) for each in gradients])
    bad = context.all_reduce(tf.distribute.ReduceOp.SUM, tf.cast(~finite, tf.float32))
    return [tf.where(bad > 0, tf.constant(float("nan"), each.dtype), each) for each in gradients]


def cut(dataset: Any, strategy: Any) -> Any:
    """Batches cut into one part for each replica; with a single replica the stream as it is.

    Replica r of N gets the rows from r · n / N to (r + 1) · n / N, rounded down. Every machine
    makes the whole stream and takes the parts of its own replicas, so a stream that begins in the
    middle needs no other care. (TensorFlow's own division rounds up and leaves the last replicas of
    a small batch without a row, whose mean is not a number.)

    Args:
        dataset: ``ganlib.data.Batches``, or a ``tf.data.Dataset`` of batches ``(n, ...)`` or of
            tuples of them.
        strategy: a ``tf.distribute.Strategy``.

    Returns:
        What Keras's ``fit`` takes under this strategy.

    Raises:
        ValueError: the last batch of an epoch has fewer rows than there are replicas. (Where the
            data set does not say how long it is, ``tf.errors.InvalidArgumentError`` when such a
            batch
            comes.)
    """
    replicas = strategy.num_replicas_in_sync
    stream = getattr(dataset, "stream", dataset)
    if replicas == 1 or not isinstance(stream, tf.data.Dataset):
        return stream
    if (n := getattr(dataset, "n", None)) is not None:
        smallest = n % dataset.batch_size or dataset.batch_size
        if smallest < replicas:
            raise ValueError(
                f"With {n:,} samples in batches of {dataset.batch_size} the last batch of an "
                f"epoch has {smallest}, but {replicas} replicas need one each at least. Choose "
                "another batch_size, or leave some samples out."
            )

    def on_one_machine(context):
        here = replicas // context.num_input_pipelines
        first = here * context.input_pipeline_id

        def parts(*batch):
            n = tf.shape(tf.nest.flatten(batch)[0], tf.int64)[0]
            tf.debugging.assert_greater_equal(
                n,
                tf.constant(replicas, tf.int64),
                "A batch has fewer rows than there are replicas.",
            )

            def part(replica):
                rows = slice(replica * n // replicas, (replica + 1) * n // replicas)
                mine = tf.nest.map_structure(lambda column: column[rows], batch)
                return mine if len(mine) > 1 else mine[0]

            return tf.data.Dataset.range(first, first + here).map(part)

        pieces, length = stream.flat_map(parts).prefetch(4 * here), int(stream.cardinality())
        if length == tf.data.UNKNOWN_CARDINALITY:
            return pieces
        length = length if length == tf.data.INFINITE_CARDINALITY else length * here
        return pieces.apply(tf.data.experimental.assert_cardinality(length))

    return strategy.distribute_datasets_from_function(on_one_machine)


# Several machines ---------------------------------------------------------------------------------


def are_on_several_machines(strategy: Any) -> bool:
    """Whether other machines, too, hold replicas."""
    several = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    return several and strategy.extended._in_multi_worker_mode()


def is_first(strategy: Any) -> bool:
    """Whether this machine is the one that writes files for all; true where it is alone."""
    return strategy.extended.should_checkpoint


def anywhere(strategy: Any, flag: bool) -> bool:
    """Whether ``flag`` is true on at least one machine; all must ask at the same step."""
    if not are_on_several_machines(strategy):
        return flag
    return bool(_sum(strategy, [flag])[0])


def from_first(strategy: Any, content: bytes) -> bytes:
    """The ``content`` that the first machine gave, on all of them; theirs does not count."""
    if not are_on_several_machines(strategy):
        return content
    content = content if is_first(strategy) else b""
    thousands, rest = _sum(strategy, divmod(len(content), 1000))  # float32 counts to 16 million
    length = 1000 * int(thousands) + int(rest)
    if not length:  # TensorFlow waits for ever for the sum of no numbers
        return b""
    numbers = np.zeros(length, np.uint8)
    numbers[: len(content)] = np.frombuffer(content, np.uint8)
    return _sum(strategy, numbers).astype(np.uint8).tobytes()


def _sum(strategy: Any, numbers: Any) -> Any:
    """The sum over machines, as float32: the one kind that every device adds up."""
    numbers = tf.constant(numbers, tf.float32)
    return strategy.reduce(tf.distribute.ReduceOp.SUM, numbers, axis=None).numpy()
