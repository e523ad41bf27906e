"""A small generator with batch norm."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import layers

from ganlib.checks.trial import Trial

__all__ = ["in_float32", "small_generator"]


@contextlib.contextmanager
def in_float32() -> Iterator[None]:
    """Layers made here compute in float32, whatever the notebook has chosen."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _start(trial: Trial) -> Any:
    return keras.initializers.RandomNormal(0, 0.6, seed=int(trial.rng.integers(1 << 30)))


@in_float32()
def small_generator(trial: Trial, shape: tuple[int, int, int]) -> keras.Model:
    """A small generator with batch norm whose running statistics are far from those of a batch."""
    generator = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(8, kernel_initializer=_start(trial)),
            layers.BatchNormalization(momentum=0.8),
            layers.LeakyReLU(),
            layers.Dense(int(np.prod(shape)), activation="tanh", kernel_initializer=_start(trial)),
            layers.Reshape(shape),
        ]
    )
    norm = generator.layers[1]
    norm.moving_mean.assign(trial.rng.normal(0, 1, 8))
    norm.moving_variance.assign(trial.rng.uniform(0.5, 3, 8))
    return generator
