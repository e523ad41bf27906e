"""Keras's global settings as this library needs them, whatever ``~/.keras/keras.json`` says."""

import contextlib
from collections.abc import Iterator

import keras

__all__ = ["usual"]


@contextlib.contextmanager
def usual() -> Iterator[None]:
    """Build layers with channels last, and in float32 unless the policy is a mixed one.

    A context manager and a decorator. What was set before is set again afterwards.
    """
    floatx, order = keras.config.floatx(), keras.config.image_data_format()
    policy = keras.config.dtype_policy()
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
    if not policy.name.startswith("mixed_"):
        keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_image_data_format(order)
        keras.config.set_dtype_policy(policy)
