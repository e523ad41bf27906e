"""A diffusion model (Ho et al. 2020, arXiv 2006.11239): noise is added step by step, and a network
learns to take it away.

After t of T steps a sample x₀ has become x_t = a_t x₀ + s_t ε with noise ε from N(0, 1) and
a_t² + s_t² = 1. The network sees x_t and t and is asked for ε. A new sample begins as noise and
goes all the way back, so that drawing it takes many passes of the network, one after another.

>>> signal, noise = cosine_schedule(1000)
>>> bool(signal[0] > 0.999), bool(signal[-1] < 0.01)
(True, True)
"""

import functools
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ganlib.rivals.learning import Networks, Rival, other, parts, takes_samples_and_times
from ganlib.support.validation import real_number, whole_number

__all__ = ["LEAST_SIGNAL", "OFFSET", "Diffusion", "cosine_schedule"]

LEAST_SIGNAL = 0.07  # of a_t where the way back begins
OFFSET = 0.008  # without it the first steps would add next to no noise


def cosine_schedule(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The weights a_t of the sample and s_t of the noise for t = 1 … T.

    That of Nichol & Dhariwal 2021 (arXiv 2102.09672, eq. 17): a_t² falls as a squared cosine. No
    step makes more than 0.999 of the variance new.

    Returns:
        Two float64 arrays ``(steps,)`` with squares that sum to 1.
    """
    t = np.arange(whole_number(steps, "steps", 2) + 1) / steps
    kept = np.cos((t + OFFSET) / (1 + OFFSET) * np.pi / 2) ** 2
    new = np.minimum(1 - kept[1:] / kept[:-1], 0.999)  # the β_t of Ho et al.
    squared = np.cumprod(1 - new)
    return np.sqrt(squared), np.sqrt(1 - squared)


class Diffusion(Rival):
    """A denoising diffusion model.

    Args:
        network: takes ``[samples, times]``, times float32 ``(n,)`` in (0, 1]; returns the noise
            that it sees in the samples, in their shape.
        steps: T, into how many steps the way to noise is cut in training.
        limit: samples lie in [-limit, limit], and the guesses on the way are clipped to that; None
            where there is no such limit.
        ema: as for ``Rival``.
        seed: as for ``Rival``.
    """

    def __init__(
        self,
        network: keras.Model,
        steps: int = 1000,
        limit: float | None = None,
        ema: float | None = None,
        seed: int = 0,
    ):
        super().__init__({"network": network}, ema, seed, name="diffusion")
        takes_samples_and_times(network)
        self.signal, self.noise = cosine_schedule(steps)
        self.limit = None if limit is None else real_number(limit, "limit", above=0)

    @property
    def steps(self) -> int:
        """T, the number of steps from a sample to noise."""
        return len(self.signal)

    def losses(self, networks: Networks, samples: Any, seed: Any) -> Any:
        """How far the network's guess of the noise is off, squared, the mean over all values."""
        n = tf.shape(samples)[0]
        steps = tf.random.stateless_uniform((n,), other(seed), 0, self.steps, tf.int32)
        noise = tf.random.stateless_normal(tf.shape(samples), seed)
        noisy = self.at(samples, noise, steps)
        guess = networks["network"]([noisy, self.times(steps)])
        return ops.mean((guess - noise) ** 2, axis=tuple(range(1, len(samples.shape))))

    def at(self, samples: Any, noise: Any, steps: Any) -> Any:
        """x_t, in one go: a_t x₀ + s_t ε. ``steps`` counts from 0, so t = 1 is number 0."""
        shape = (-1, *(1 for _ in samples.shape[1:]))
        signal, strength = (
            ops.reshape(tf.gather(tf.constant(weights, tf.float32), steps), shape)
            for weights in (self.signal, self.noise)
        )
        return signal * samples + strength * noise

    def times(self, steps: Any) -> Any:
        """What the network is told of the steps: t / T."""
        return (ops.cast(steps, "float32") + 1.0) / self.steps

    def sample(
        self, n: int, seed: int = 0, evaluations: int = 50, fresh: float = 1.0
    ) -> np.ndarray:
        """Begin with noise and go back to samples.

        The way begins at the last step that leaves 7 % of the sample, which is nearly noise.

        Args:
            n: how many.
            seed: the same seed draws the same samples.
            evaluations: passes of the network, from 1 to T; steps between are left out.
            fresh: how much of the noise is drawn anew at each step (η in Song et al. 2021, arXiv
                2010.02502, eq. 16). 0 is their DDIM; 1 with all T evaluations is the sampler of Ho
                et al. Fresh noise covers up the network's errors; without it they add up.

        Returns:
            float32 ``(n, ...)``.

        Raises:
            TypeError, ValueError: an argument out of range.
        """
        whole_number(evaluations, "evaluations", 1, self.steps)
        fresh = real_number(fresh, "fresh", least=0, most=1)
        rng = np.random.default_rng(whole_number(seed, "seed", 0))
        shape = self.networks["network"].inputs[0].shape[1:]
        return np.concatenate(
            [self._drawn((part, *shape), rng, evaluations, fresh) for part in parts(n)]
        )

    def _drawn(self, shape: tuple, rng: np.random.Generator, evaluations: int, fresh: float):
        x = rng.standard_normal(shape, np.float32)
        # Where next to nothing is left of the sample, a guess of it is worth nothing either.
        first = int(np.flatnonzero(self.signal > LEAST_SIGNAL)[-1])
        steps = np.linspace(first, 0, evaluations).round().astype(np.int32)
        for step, following in zip(steps, [*steps[1:], None], strict=True):
            times = self.times(np.full(len(x), step))
            guess = self.denoised(x, self.signal[step], self.noise[step], times)
            noise = (x - self.signal[step] * guess) / self.noise[step]
            if following is None:
                return guess
            kept, strength = self.signal[following], self.noise[following]
            ratio = (strength / self.noise[step]) ** 2
            new = fresh * np.sqrt(ratio * (1 - (self.signal[step] / kept) ** 2))
            x = kept * guess + np.sqrt(strength**2 - new**2) * noise
            x = (x + new * rng.standard_normal(shape)).astype(np.float32)

    def denoised(self, x: np.ndarray, signal: Any, noise: Any, times: Any) -> np.ndarray:
        """The guess of x₀ from x_t: (x_t − s_t ε̂) / a_t, clipped to the limit."""
        guess = (x - noise * self._guess(tf.constant(x), times).numpy()) / signal
        return (guess if self.limit is None else guess.clip(-self.limit, self.limit)).astype("f")

    @functools.cached_property
    def _guess(self) -> Any:
        network = self.drawn_by["network"]
        return tf.function(lambda x, t: network([x, t]), reduce_retracing=True)
