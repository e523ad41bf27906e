"""How layers start: random weights that a seed fixes."""

import itertools
from collections.abc import Iterator

import keras

from ganlib.support.validation import whole_number

__all__ = ["glorot", "he", "normal", "seeds_from"]


def seeds_from(seed: int) -> Iterator[int]:
    """An endless series of seeds, so that no two layers of a network start alike."""
    return itertools.count(1000 * whole_number(seed, "seed", 0))


def glorot(seeds: Iterator[int]) -> keras.initializers.Initializer:
    """Keras's usual start: uniform, its width set by the numbers of inputs and outputs."""
    return keras.initializers.GlorotUniform(seed=next(seeds))


def he(seeds: Iterator[int]) -> keras.initializers.Initializer:
    """For layers with ReLU: normal, its width set by the number of inputs (He et al. 2015)."""
    return keras.initializers.HeNormal(seed=next(seeds))


def normal(seeds: Iterator[int]) -> keras.initializers.Initializer:
    """That of Radford et al. 2016: normal with standard deviation 0.02."""
    return keras.initializers.RandomNormal(stddev=0.02, seed=next(seeds))
