"""Flow matching (Lipman et al. 2023, arXiv 2210.02747): diffusion's sibling on straight ways.

A sample x₁ and noise x₀ are joined by a straight line, x_t = (1 − t) x₀ + t x₁, which is walked at
the velocity x₁ − x₀. A network that sees only x_t and t learns the mean of the velocities of all
lines through that point, and following it turns noise into samples.
"""

import functools
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ganlib.rivals.learning import Networks, Rival, other, parts, takes_samples_and_times
from ganlib.support.validation import whole_number

__all__ = ["Flow"]


class Flow(Rival):
    """A network of velocities.

    Args:
        network: takes ``[samples, times]``, times float32 ``(n,)`` in [0, 1], where 0 is noise;
            returns velocities in the shape of the samples.
        ema: as for ``Rival``.
        seed: as for ``Rival``.
    """

    def __init__(self, network: keras.Model, ema: float | None = None, seed: int = 0):
        super().__init__({"network": network}, ema, seed, name="flow")
        takes_samples_and_times(network)

    def losses(self, networks: Networks, samples: Any, seed: Any) -> Any:
        """How far the network's velocity is off, squared, the mean over all values."""
        n, ones = tf.shape(samples)[0], (1 for _ in samples.shape[1:])
        noise = tf.random.stateless_normal(tf.shape(samples), seed)
        times = tf.random.stateless_uniform((n,), other(seed))
        t = ops.reshape(times, (-1, *ones))
        guess = networks["network"]([(1.0 - t) * noise + t * samples, times])
        error = (guess - (samples - noise)) ** 2
        return ops.mean(error, axis=tuple(range(1, len(samples.shape))))

    def sample(self, n: int, seed: int = 0, evaluations: int = 50) -> np.ndarray:
        """Follow the velocities from noise to samples, in equal steps (Euler's method).

        Args:
            n: how many.
            seed: the same seed draws the same samples.
            evaluations: passes of the network, which is the number of steps.

        Returns:
            float32 ``(n, ...)``.

        Raises:
            TypeError, ValueError: an argument out of range.
        """
        whole_number(evaluations, "evaluations", 1)
        rng = np.random.default_rng(whole_number(seed, "seed", 0))
        shape = self.networks["network"].inputs[0].shape[1:]
        drawn = []
        for part in parts(n):
            x = tf.constant(rng.standard_normal((part, *shape), np.float32))
            for step in range(evaluations):
                x = x + self._velocity(x, tf.fill((part,), step / evaluations)) / evaluations
            drawn.append(x.numpy())
        return np.concatenate(drawn)

    @functools.cached_property
    def _velocity(self) -> Any:
        network = self.drawn_by["network"]
        return tf.function(lambda x, t: network([x, t]), reduce_retracing=True)
