"""An autoregressive model (PixelCNN, van den Oord et al. 2016, arXiv 1601.06759): one value after
another.

By the chain rule p(x) = Π p(x_i | x_1 … x_{i−1}), each factor of which is a classification: which
level comes next? A causal network answers for all places in one pass, because in training all of
them are known. In drawing they are not: each place waits for those before it.

A point in the plane is an image of one row and two columns here.
"""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from ganlib.rivals.causal import Causal
from ganlib.rivals.learning import Networks, Rival, parts
from ganlib.support.validation import real_number, whole_number

__all__ = ["Autoregressive"]


class Autoregressive(Rival):
    """A model of the next value.

    Values are cut into levels, within each of which the density is even.

    Args:
        network: built by ``ganlib.rivals.builders.causal_network``: floats
            ``(n, rows, columns, channels)`` in [-1, 1] to logits of levels,
            ``(n, rows, columns, channels, levels)``.
        limit: values lie in [-limit, limit], which is cut into levels of equal width. For images
            256 / 255: half a byte beyond [-1, 1], so that each level holds as many bytes.
        ema: as for ``Rival``.
        seed: as for ``Rival``.
    """

    def __init__(
        self,
        network: keras.Model,
        limit: float = 256 / 255,
        ema: float | None = None,
        seed: int = 0,
    ):
        super().__init__({"network": network}, ema, seed, name="autoregressive")
        if network.output_shape[1:-1] != network.input_shape[1:] or len(network.input_shape) != 4:
            raise ValueError(
                f"The network makes {network.output_shape[1:]} of {network.input_shape[1:]}, but "
                "must make (rows, columns, channels, levels) of (rows, columns, channels), as "
                "ganlib.rivals.builders.causal_network does."
            )
        self.levels = network.output_shape[-1]
        self.limit = real_number(limit, "limit", above=0)
        self.shape = network.input_shape[1:]
        self.shapes = (self.shape, (math.prod(self.shape),))
        # Points (n, 2) are taken as they are, images keep their shape.
        self.sample_shape = self.shape if self.shape[0] > 1 else (self.shape[1] * self.shape[2],)

    def losses(self, networks: Networks, samples: Any, seed: Any) -> Any:
        """−log p(x) of each sample, in nats; exact, without a draw."""
        samples = ops.reshape(samples, (-1, *self.shape))
        levels = ops.cast(ops.floor((samples / self.limit + 1) / 2 * self.levels), "int32")
        levels = ops.clip(levels, 0, self.levels - 1)
        logits = networks["network"](self.middles(levels))
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(levels, logits)
        width = 2 * self.limit / self.levels
        return ops.sum(each + np.log(width), axis=(1, 2, 3))

    def middles(self, levels: Any) -> Any:
        """The middle of each level, as the network takes it: floats in [-1, 1]."""
        return (2 * ops.cast(levels, "float32") + 1) / self.levels - 1

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """Draw one value after another.

        Each layer's results are kept, so that a new place costs one place and not an image.

        Args:
            n: how many.
            seed: the same seed draws the same samples.

        Returns:
            float32 ``(n, ...)``; within its level each value is drawn evenly.

        Raises:
            TypeError, ValueError: n is not a positive whole number.
        """
        rng = np.random.default_rng(whole_number(seed, "seed", 0))
        return np.concatenate([self._drawn(part, rng) for part in parts(n)])

    def _drawn(self, n: int, rng: np.random.Generator) -> np.ndarray:
        rows, columns, channels = self.shape
        network = _AtOnePlace(self.drawn_by["network"], n)
        levels = np.zeros((n, *self.shape), np.int32)
        values = np.zeros((n, *self.shape), np.float32)
        for row in range(rows):
            for column in range(columns):
                features = network.features(row, column)
                for channel in range(channels):
                    logits = network.logits(features, values[:, row, column], channel)
                    # The largest of logits with Gumbel noise is a draw from their softmax.
                    levels[:, row, column, channel] = np.argmax(
                        logits + rng.gumbel(size=logits.shape), axis=-1
                    )
                    values[:, row, column] = self.middles(levels[:, row, column])
                network.write(values[:, row, column], row, column)
        within = (levels + rng.random(levels.shape)) / self.levels
        return (self.limit * (2 * within - 1)).reshape(n, *self.sample_shape).astype(np.float32)


class _AtOnePlace:
    """A causal network, place by place, with the results of its layers kept."""

    def __init__(self, network: keras.Model, n: int):
        rows, columns, self.channels = network.input_shape[1:]
        self.convolutions = [each for each in network.layers if isinstance(each, Causal)]
        self.rooms = [each.room(n, rows, columns) for each in self.convolutions]
        self.mixing = {}
        for layer in network.layers:
            if isinstance(layer, layers.Conv2D):  # of 1 × 1: a matrix for each place
                kernel, bias = map(ops.convert_to_numpy, layer.weights)
                self.mixing[layer.name] = kernel[0, 0], bias

    def apply(self, name: str, x: np.ndarray) -> np.ndarray:
        """What a layer that mixes channels makes of rows of numbers."""
        kernel, bias = self.mixing[name]
        return x @ kernel + bias

    def features(self, row: int, column: int) -> np.ndarray:
        """What the network has seen before this place, as ``builders.causal_network`` sums it."""
        x = self.convolutions[0].at(self.rooms[0], row, column)
        for number, (block, room) in enumerate(
            zip(self.convolutions[1:], self.rooms[1:], strict=True), 1
        ):
            self._put(room, block, np.maximum(x, 0), row, column)
            x = x + self.apply(f"mix_{number}", np.maximum(block.at(room, row, column), 0))
        return x

    def logits(self, features: np.ndarray, values: np.ndarray, channel: int) -> np.ndarray:
        """The logits of the levels of a channel, where those before it are known."""
        if channel:
            features = features + self.apply(f"known_{channel}", values[:, :channel])
        return self.apply(f"levels_{channel}", np.maximum(features, 0))

    def write(self, values: np.ndarray, row: int, column: int) -> None:
        """What was drawn at a place, for the places after it."""
        seen = np.concatenate([values, np.ones_like(values[:, :1])], axis=-1)
        self._put(self.rooms[0], self.convolutions[0], seen, row, column)

    @staticmethod
    def _put(room: np.ndarray, layer: Causal, x: np.ndarray, row: int, column: int) -> None:
        room[:, row + layer.reach, column + layer.reach] = x
