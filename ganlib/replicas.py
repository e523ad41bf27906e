"""What a training step must know when it runs on several devices at once, under ``tf.distribute``.

Each replica sees some rows of the batch and computes means over them; the gradients of all replicas are
then added. So that the sum is the gradient of one device with the whole batch, each replica's loss
counts by its share of the rows, and each takes its rows of one draw of latents for the whole batch.
"""

from typing import Any

__all__ = ["latents", "share"]


def _rows(n: Any) -> tuple[Any, Any]:
    """Rows of the whole batch, and the number of the first of them that this replica has."""
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return n, 0
    whole = context.all_reduce(tf.distribute.ReduceOp.SUM, n)
    largest = -(-whole // context.num_replicas_in_sync)  # the first replicas are filled first
    return whole, largest * context.replica_id_in_sync_group


def share(n: Any) -> Any:
    """Which part of the batch this replica's ``n`` rows are: a float32 scalar, 1 on one device."""
    import tensorflow as tf

    whole, _ = _rows(n)
    return tf.cast(n, tf.float32) / tf.cast(whole, tf.float32)


def latents(n: Any, latent_dim: int, seed: Any) -> Any:
    """This replica's rows of the latents of the whole batch, float32 ``(n, latent_dim)``."""
    import tensorflow as tf

    whole, first = _rows(n)
    return tf.random.stateless_normal((whole, latent_dim), seed)[first : first + n]
