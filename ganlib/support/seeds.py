"""Every random draw of a training, as a function of its seed, the step, and what the draw is used
for.

TensorFlow's stateless operations take two numbers and always answer them with the same draw. So a
run that was broken off goes on with the draws that it would have had, and two draws of one step
differ because their uses do.

>>> at(0, 7, "latents").numpy()  # what the lessons write as [0, step]
array([0, 7])
"""

from typing import Any

__all__ = ["USES", "at", "of_this_replica"]

USES = {
    "latents": 0,
    "penalties": 1,
    "modes of a toy": 98,
    "noise around a mode": 99,
}


def at(seed: int, step: Any, use: str) -> Any:
    """The two numbers for one draw.

    Args:
        seed: an integer, that of the whole training.
        step: the number of the step, or of the part of a step: an integer or an integer tensor.
        use: a key of ``USES``.

    Returns:
        An int64 tensor ``(2,)``, for ``tf.random.stateless_normal`` and its like.

    Raises:
        KeyError: there is no such use.
    """
    import tensorflow as tf

    # A hundred uses for each seed, so that no seed meets the draws of another.
    return tf.stack([tf.constant(100 * seed + USES[use], tf.int64), tf.cast(step, tf.int64)])


def of_this_replica(seed: Any) -> Any:
    """A seed for draws that must differ between the copies of a network on several devices.

    Args:
        seed: an integer tensor ``(2,)``, the same in every copy.

    Returns:
        Another int64 tensor ``(2,)`` in each copy; on one device ``seed`` itself.
    """
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return seed
    return tf.random.experimental.stateless_fold_in(seed, context.replica_id_in_sync_group)
