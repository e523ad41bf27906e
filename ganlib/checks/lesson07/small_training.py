"""A training so small that a step takes no time."""

import numpy as np

from ganlib.checks.formulas import sigmoid

__all__ = ["SmallTraining"]


class SmallTraining:
    """Two players so small that a step takes no time: G learns to draw where the data lie."""

    def __init__(self, seed: int = 0):
        self.rng = np.random.default_rng(seed)
        self.step = 0
        self.weights = [self.rng.standard_normal(2), np.zeros(2)]  # of G, of D
        self.momentum = [np.zeros(2), np.zeros(2)]
        self.average = self.weights[0].copy()

    def move(self) -> None:
        """One step of both players, on data and latents drawn anew."""
        real, latents = self.rng.standard_normal((2, 8, 2))
        g, d = self.weights
        fake = latents + g
        on_real, on_fake = (sigmoid(x @ d) for x in (real, fake))
        slopes = (1 - on_fake).mean() * d, ((1 - on_real) @ real - on_fake @ fake) / 8
        for weights, momentum, slope in zip(self.weights, self.momentum, slopes, strict=True):
            momentum *= 0.5
            momentum += slope
            weights += 0.1 * momentum
        self.average += 0.1 * (g - self.average)
        self.step += 1
