"""What the rivals share: a loss for each sample of a batch, and steps that make its mean smaller.

A GAN has two losses that pull against each other. Each of its rivals has one, so that training them
is ordinary supervised learning; only what counts as input and answer differs from family to family.
"""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ganlib import averages, data
from ganlib.support import image_arrays
from ganlib.support.validation import real_number, whole_number

__all__ = ["PART", "Rival", "draw", "other", "parts", "takes_samples_and_times"]

PART = 250  # samples drawn at once, which bounds the memory
Networks = Mapping[str, keras.Model]


class Rival(keras.Model):
    """A generative model with one loss. The families say which, and how samples are drawn.

    Args:
        networks: the Keras models that learn, by name.
        ema: decay of a running average of all their weights, in (0, 1), which draws and judges in
            their place; None for none.
        seed: fixes every draw of the training steps.

    Raises:
        TypeError, ValueError: an argument of another kind or range.
    """

    def __init__(self, networks: Networks, ema: float | None = None, seed: int = 0, **options: Any):
        super().__init__(**options)
        for name, network in networks.items():
            if not isinstance(network, keras.Model) or not getattr(network, "inputs", None):
                raise TypeError(
                    f"{name} is {type(network).__name__}, but must be a Keras model whose inputs "
                    "are known, such as ganlib.rivals.builders makes."
                )
        self.ema = None if ema is None else real_number(ema, "ema", above=0, below=1)
        self.seed = whole_number(seed, "seed", 0)
        self.networks = dict(networks)
        self.shapes = (tuple(next(iter(networks.values())).inputs[0].shape[1:]),)  # of a sample
        self.limit: float | None = None  # samples lie in [-limit, limit]; None for anywhere
        self.drawn_by = self.networks
        if ema is not None:
            self.drawn_by = {name: averages.average_of(each) for name, each in networks.items()}
        self.step = self.add_weight(
            shape=(), dtype="int64", initializer="zeros", trainable=False, name="step"
        )
        self.mean_loss = keras.metrics.Mean("loss", dtype="float32")
        self.built = True

    def losses(self, networks: Networks, samples: Any, seed: Any) -> Any:
        """The loss of each sample, in terms of these networks: what a family is.

        Args:
            networks: those that learn, or their averages.
            samples: floats ``(n, ...)`` as the networks take them.
            seed: an int64 tensor ``(2,)`` for ``tf.random.stateless_normal`` and its like.

        Returns:
            float32 ``(n,)``.
        """
        raise NotImplementedError

    def train_step(self, samples: Any) -> dict[str, Any]:
        """One step down the mean loss of a batch."""
        samples = as_floats(samples)
        with tf.GradientTape() as tape:
            loss = ops.mean(self.losses(self.networks, samples, draw(self.seed, self.step)))
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        if self.ema is not None:
            for name, network in self.networks.items():
                averages.update(self.drawn_by[name], network, self.step, self.ema)
        self.step.assign_add(1)
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The running mean of the loss, which Keras resets and reports."""
        return [self.mean_loss]

    def fit(
        self, batches: data.Batches, epochs: int = 1, *, steps_per_epoch: int, **options: Any
    ) -> keras.callbacks.History:
        """Train on batches of samples.

        Args:
            batches: from ``ganlib.data.dataset``, without labels: uint8 images, or floats.
            epochs: how often to do ``steps_per_epoch`` steps.
            steps_per_epoch: steps whose mean loss is one number of the history.
            **options: more arguments of ``keras.Model.fit``, such as ``callbacks``.

        Returns:
            A Keras ``History`` with the entry "loss".

        Raises:
            TypeError: batches that ``ganlib.data.dataset`` did not make.
            ValueError: samples of another shape or range, or a number below 1.
        """
        if not isinstance(batches, data.Batches) or len(batches.columns) > 1:
            raise TypeError(
                f"batches is {batches!r}, but must be what ganlib.data.dataset(samples) returns, "
                "without labels."
            )
        epochs, steps = (
            whole_number(value, name, 1)
            for value, name in ((epochs, "epochs"), (steps_per_epoch, "steps_per_epoch"))
        )
        self.checked(next(iter(batches)))
        options = {"verbose": 0, "shuffle": False, **options}
        return super().fit(batches.stream, epochs=epochs, steps_per_epoch=steps, **options)

    def judge(self, samples: Any, seed: int = 0) -> np.ndarray:
        """The loss of each sample by the networks that draw: of samples held out, for one.

        Args:
            samples: uint8 images, or floats as the networks take them, ``(n, ...)``.
            seed: of the draws that the loss makes.

        Returns:
            float32 ``(n,)``.

        Raises:
            TypeError, ValueError: samples of another kind, shape or range, or no seed.
        """
        samples, seed = self.checked(samples), whole_number(seed, "seed", 0)
        numbers = range(0, len(samples), PART)
        return np.concatenate(
            [
                self._judged(tf.constant(samples[start : start + PART]), draw(seed, start))
                for start in numbers
            ]
        )

    def checked(self, samples: Any) -> np.ndarray:
        """Samples as uint8 or float32, of a shape that the networks take.

        Raises:
            TypeError, ValueError: they are something else.
        """
        samples = image_arrays.checked_images(samples)
        if samples.shape[1:] not in self.shapes:
            raise ValueError(
                f"samples have the shape {samples.shape}, but each must have "
                f"{' or '.join(map(str, self.shapes))}, as the networks take it."
            )
        samples = samples if samples.dtype == np.uint8 else samples.astype(np.float32)
        if self.limit is not None and samples.dtype != np.uint8:
            farthest = float(np.abs(samples).max())
            if (
                farthest > 1.5 * self.limit
            ):  # the tail of a cloud of points may lie a little outside
                raise ValueError(
                    f"samples reach {farthest:.4g}, but must lie in "
                    f"[-{self.limit:.4g}, {self.limit:.4g}], the limit of this model. For bytes "
                    "stored as floats, write images.astype('uint8')."
                )
        return samples

    @functools.cached_property
    def _judged(self) -> Any:
        return tf.function(
            lambda samples, seed: self.losses(self.drawn_by, as_floats(samples), seed),
            reduce_retracing=True,
        )


def takes_samples_and_times(network: keras.Model) -> None:
    """Raise ValueError unless a network makes something of the shape of samples, from those and
    times.
    """
    given = [tuple(each.shape[1:]) for each in network.inputs]
    if len(given) != 2 or given[1] != () or tuple(network.output_shape[1:]) != given[0]:
        raise ValueError(
            f"The network takes {given} and makes {network.output_shape[1:]}, but must take "
            "samples and a time for each, and make something of the samples' shape."
        )


def as_floats(samples: Any) -> Any:
    """Bytes as floats in [-1, 1]; floats as they are."""
    return data.to_network(samples) if samples.dtype == "uint8" else samples


def draw(seed: int, step: Any) -> Any:
    """Two numbers for all draws of a step, other ones for every seed and step."""
    return tf.stack([tf.constant(seed, tf.int64), tf.cast(step, tf.int64)])


def other(seed: Any) -> Any:
    """Two numbers for a second draw in the same step."""
    return seed + tf.constant([10**9, 0], tf.int64)


def parts(n: int) -> Iterator[int]:
    """The sizes of the parts in which n samples are drawn."""
    n = whole_number(n, "n", 1)
    for start in range(0, n, PART):
        yield min(PART, n - start)
