"""What builders of networks share: random starts that a seed fixes, and stacks of dense layers."""

import itertools
from collections.abc import Iterator, Sequence

import keras
from keras import layers

from ganlib.support.validation import whole_number, whole_numbers

__all__ = ["Tensor", "glorot", "he", "hidden_layers", "normal", "seeds_from"]

Tensor = keras.KerasTensor


def seeds_from(seed: int) -> Iterator[int]:
    """An endless series of seeds, so that no two layers of a network start alike."""
    return itertools.count(1000 * whole_number(seed, "seed", 0, 10**9))


def glorot(seeds: Iterator[int]) -> keras.initializers.Initializer:
    """Keras's usual start: uniform, its width set by the numbers of inputs and outputs."""
    return keras.initializers.GlorotUniform(seed=next(seeds))


def he(seeds: Iterator[int]) -> keras.initializers.Initializer:
    """For layers with ReLU: normal, its width set by the number of inputs (He et al. 2015)."""
    return keras.initializers.HeNormal(seed=next(seeds))


def normal(seeds: Iterator[int]) -> keras.initializers.Initializer:
    """That of Radford et al. 2016: normal with standard deviation 0.02."""
    return keras.initializers.RandomNormal(stddev=0.02, seed=next(seeds))


def hidden_layers(x: Tensor, hidden: Sequence[int], seeds: Iterator[int]) -> Tensor:
    """Dense layers of so many units, each followed by LeakyReLU(0.2)."""
    for units in whole_numbers(hidden, "hidden", 1):
        x = layers.Dense(units, kernel_initializer=glorot(seeds))(x)
        x = layers.LeakyReLU(0.2)(x)
    return x
