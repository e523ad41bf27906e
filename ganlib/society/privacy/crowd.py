"""Many small GANs trained side by side, each on data of its own, with or without privacy.

An attack on one model needs many others to compare with, and a claim about training needs many
runs. Small networks of one shape are trained together fastest: every weight gets a leading axis, so
that one ``tf.matmul`` does the layer of all models.

With ``clip`` and ``noise`` the discriminators learn by DP-SGD (Abadi et al. 2016, arXiv
1607.00133). The generator and the fake samples never touch the data, except through the
discriminator, so the discriminator's gradients on real samples are all that must be made private.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ganlib.support.numeric_arrays import finite, numbers
from ganlib.support.validation import real_number, whole_number, whole_numbers

__all__ = ["Crowd", "clipped_sums", "poisson_rows", "slots"]

_SLOPE = 0.2
# Each draw of a step has a number of its own.
_USES = {"weights": 40, "rows": 41, "latents": 42, "noise": 43, "samples": 44}

Tensor = tf.Tensor
Layer = tuple[tf.Variable, tf.Variable]


class Crowd:
    """Small GANs of dense layers with LeakyReLU(0.2) and the non-saturating loss.

    Args:
        models: how many.
        dim: how many numbers a sample has.
        latent_dim: how many numbers a latent vector has.
        hidden: units of each hidden layer, in both networks of each model.
        learning_rate: of Adam (β₁ = 0.5), for both.
        seed: fixes the starts of all models, which differ, and everything drawn later.

    Raises:
        TypeError, ValueError: a number out of range.
    """

    def __init__(
        self,
        models: int,
        dim: int,
        *,
        latent_dim: int = 8,
        hidden: Sequence[int] = (64, 64),
        learning_rate: float = 1e-3,
        seed: int = 0,
    ):
        self.models = whole_number(models, "models", 1)
        self.dim = whole_number(dim, "dim", 1)
        self.latent_dim = whole_number(latent_dim, "latent_dim", 1)
        hidden = whole_numbers(hidden, "hidden", 1)
        learning_rate = real_number(learning_rate, "learning_rate", above=0)
        self.seed = whole_number(seed, "seed", 0)
        self.step = 0
        rng = np.random.default_rng([self.seed, _USES["weights"]])
        self.generator = self._layers(rng, (self.latent_dim, *hidden, self.dim))
        self.discriminator = self._layers(rng, (self.dim, *hidden, 1))
        # Adam treats each weight alone, so one optimizer serves all models.
        self._optimizers = [keras.optimizers.Adam(learning_rate, beta_1=0.5) for _ in range(2)]
        for optimizer, layers in zip(
            self._optimizers, (self.generator, self.discriminator), strict=True
        ):
            optimizer.build(_flat(layers))

    def train(
        self,
        pool: np.ndarray,
        members: np.ndarray,
        steps: int,
        *,
        batch: int = 64,
        size: int | np.ndarray | None = None,
        clip: float | np.ndarray | None = None,
        noise: float | np.ndarray = 0.0,
    ) -> None:
        """Train all models for so many steps; called again, it goes on.

        Each member of a model's data is drawn with probability q = min(1, batch / size) in each
        step, independently (Poisson sampling), and sums over real samples are divided by q · size.

        Args:
            pool: float ``(n, dim)``, what the models' data are taken from.
            members: bool ``(models, n)``: which rows of the pool each model learns from.
            steps: how often each network moves.
            batch: the expected number of real samples in a step, and the number of fake ones.
            size: the number of examples that is published as the size of a model's data, one for
                all or int ``(models,)``; None for the number of its members. It must not depend on
                who is in the data if a guarantee is wanted.
            clip: the largest norm of one example's gradient, one for all or float ``(models,)``;
                None, or an infinite one, leaves gradients as they are.
            noise: the standard deviation of the noise on the sum of the real samples' gradients,
                in units of ``clip``; one for all or float ``(models,)``.

        Raises:
            TypeError, ValueError: wrong shapes, a model without data, noise without clipping.
        """
        pool = finite(pool, "pool", ("n", self.dim)).astype(np.float32)
        members = np.asarray(members)
        if members.dtype != bool or members.shape != (self.models, len(pool)):
            raise ValueError(
                f"members are {members.dtype} {members.shape}, but must be bool "
                f"({self.models}, {len(pool)}): who of the pool each model learns from."
            )
        steps, batch = whole_number(steps, "steps", 1), whole_number(batch, "batch", 1)
        counts = members.sum(axis=1)
        if not counts.all():
            raise ValueError(f"Model {counts.argmin()} has no members, but must have at least one.")
        size = self._each(counts if size is None else size, "size").astype(np.int64)
        if (size < 1).any():
            raise ValueError(f"size is {size.min()}, but must be at least 1.")
        noise = self._each(noise, "noise").astype(np.float32)
        if not ((noise >= 0) & np.isfinite(noise)).all():
            raise ValueError(f"noise is {noise.min():g}, but must be finite and 0 or more.")
        clip = self._each(math.inf if clip is None else clip, "clip").astype(np.float32)
        if not (clip > 0).all():
            raise ValueError(f"clip is {clip.min():g}, but must be above 0.")
        if (np.isinf(clip) & (noise > 0)).any():
            raise ValueError(
                "noise was given without clip, but it is measured in units of clip: give both."
            )
        rates = np.minimum(1.0, batch / size)
        # Members first, so that the k-th drawn row of a model is the k-th entry of its line.
        table = np.argsort(~members, axis=1, kind="stable")[:, : counts.max()]
        self._run(
            tf.constant(pool),
            tf.constant(table, tf.int32),
            tf.constant(counts, tf.int64),
            tf.constant(rates, tf.float64),
            tf.constant((rates * size)[:, None, None], tf.float32),
            tf.constant(np.where(noise > 0, clip, 0)[:, None, None] * noise[:, None, None]),
            tf.constant(clip[:, None]),
            tf.constant(self.step, tf.int64),
            tf.constant(steps, tf.int64),
            batch,
            max(slots(int(n), float(q)) for n, q in {*zip(counts, rates, strict=True)}),
            bool(noise.any()),
        )
        self.step += steps

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """Samples of every model, from the same latents: float32 ``(models, n, dim)``."""
        n = whole_number(n, "n", 1)
        latents = tf.random.stateless_normal(
            (n, self.latent_dim), self._draw("samples", whole_number(seed, "seed", 0))
        )
        return _forward(self.generator, tf.broadcast_to(latents, (self.models, *latents.shape)))[
            -1
        ].numpy()

    def logits(self, points: np.ndarray) -> np.ndarray:
        """What every discriminator says of points ``(n, dim)``: float32 ``(models, n)``."""
        points = finite(points, "points", ("n", self.dim)).astype(np.float32)
        wide = tf.broadcast_to(points, (self.models, *points.shape))
        return _forward(self.discriminator, wide)[-1][:, :, 0].numpy()

    @tf.function(reduce_retracing=True)
    def _run(
        self, pool, table, counts, rates, sizes, spread, clip, first, steps, batch, most, noisy
    ):
        """The training loop of all models."""
        for step in tf.range(first, first + steps):
            positions, drawn = poisson_rows(rates, counts, most, self._draw("rows", step))
            real = tf.gather(pool, tf.gather(table, positions, axis=1, batch_dims=1))
            shape = (self.models, batch, self.latent_dim)
            latents = tf.random.stateless_normal(shape, self._draw("latents", step))
            with tf.GradientTape() as tape:
                fake = _forward(self.generator, latents)[-1]
            on_real = self._clipped(real, tf.cast(drawn, tf.float32), -1.0, clip)
            on_fake = self._clipped(tf.stop_gradient(fake), tf.ones(shape[:2]), 1.0, clip)
            gradients = []
            for number, (of_real, of_fake) in enumerate(zip(on_real, on_fake, strict=True)):
                if noisy:
                    seed = tf.add(self._draw("noise", step), [0, number * 2**40])
                    of_real += spread * tf.random.stateless_normal(tf.shape(of_real), seed)
                gradients.append(of_real / sizes + of_fake / batch)
            self._optimizers[1].apply(gradients, _flat(self.discriminator))
            with tape:
                says = _forward(self.discriminator, fake)[-1]
                loss = tf.reduce_sum(tf.reduce_mean(tf.nn.softplus(-says), axis=1))
            weights = _flat(self.generator)
            self._optimizers[0].apply(tape.gradient(loss, weights), weights)

    def _clipped(self, samples: Tensor, present: Tensor, sign: float, clip: Tensor) -> list[Tensor]:
        """Sums of the clipped gradients of softplus(sign · logit) over samples that are present."""
        inputs, sums = [], []
        with tf.GradientTape() as tape:
            says = _forward(self.discriminator, samples, inputs, sums)[-1]
            losses = tf.reduce_sum(tf.nn.softplus(sign * says))
        return clipped_sums(inputs, tape.gradient(losses, sums), present, clip)

    def _layers(self, rng: np.random.Generator, sizes: Sequence[int]) -> list[Layer]:
        layers = []
        for inputs, outputs in itertools.pairwise(sizes):
            reach = math.sqrt(6 / (inputs + outputs))  # Glorot's uniform start
            kernel = rng.uniform(-reach, reach, (self.models, inputs, outputs))
            bias = np.zeros((self.models, 1, outputs))
            layers.append(tuple(tf.Variable(each, dtype=tf.float32) for each in (kernel, bias)))
        return layers

    def _each(self, value: Any, name: str) -> np.ndarray:
        """A number for each model, from one for all or one for each."""
        shape = () if np.ndim(value) == 0 else (self.models,)
        return np.broadcast_to(numbers(value, name, shape), (self.models,))

    def _draw(self, use: str, step: Tensor | int) -> Tensor:
        first = tf.constant(100 * self.seed + _USES[use], tf.int64)
        return tf.stack([first, tf.cast(step, tf.int64)])


def clipped_sums(
    inputs: Sequence[Tensor], deltas: Sequence[Tensor], present: Tensor, clip: Tensor | float
) -> list[Tensor]:
    """Clip each example's gradient to a norm, then add up the examples, for dense layers.

    An example's gradient for a kernel is the outer product of the layer's input a and the slope δ
    of its loss at the layer's sum, so its squared norm is ‖a‖²·‖δ‖² (Goodfellow 2015, arXiv
    1510.01799), and with the bias (‖a‖² + 1)·‖δ‖². So no example's gradient is ever written down.

    Args:
        inputs: for each layer ``(models, n, inputs)``.
        deltas: for each layer ``(models, n, outputs)``.
        present: ``(models, n)``, 1 for examples that count and 0 for the others.
        clip: the largest norm, over all layers together; one for all or ``(models, 1)``; may be
            infinite.

    Returns:
        For each layer the sums for kernel ``(models, inputs, outputs)`` and bias ``(models, 1,
        outputs)``, one after the other.
    """
    squares = sum(
        tf.reduce_sum(delta**2, axis=2) * (tf.reduce_sum(each**2, axis=2) + 1)
        for each, delta in zip(inputs, deltas, strict=True)
    )
    scale = (present * tf.minimum(1.0, clip * tf.math.rsqrt(squares + 1e-20)))[:, :, None]
    sums = []
    for each, delta in zip(inputs, deltas, strict=True):
        scaled = scale * delta
        sums += [
            tf.matmul(each, scaled, transpose_a=True),
            tf.reduce_sum(scaled, axis=1, keepdims=True),
        ]
    return sums


def poisson_rows(rates: Tensor, counts: Tensor, most: int, seed: Tensor) -> tuple[Tensor, Tensor]:
    """Draw each of a model's examples with its own probability, independently of the others.

    The gaps between the drawn ones are geometric, so one needs as many random numbers as there are
    drawn examples, not as there are examples.

    Args:
        rates: float64 ``(models,)``, the probabilities, above 0 and at most 1.
        counts: int64 ``(models,)``, how many examples each model has.
        most: how many may be drawn at once; see ``slots``.
        seed: int64 ``(2,)``.

    Returns:
        int64 ``(models, most)``, the drawn numbers in rising order; and bool ``(models, most)``,
        False for places that are left empty, whose number is 0.
    """
    uniform = tf.random.stateless_uniform((tf.shape(rates)[0], most), seed, dtype=tf.float64)
    gaps = tf.floor(tf.math.log1p(-uniform) / tf.math.log1p(-rates[:, None]))
    gaps = tf.cast(tf.minimum(gaps, tf.cast(counts[:, None], tf.float64)), tf.int64)
    positions = tf.cumsum(gaps + 1, axis=1) - 1
    drawn = positions < counts[:, None]
    return tf.where(drawn, positions, 0), drawn


def slots(count: int, rate: float, failure: float = 1e-15) -> int:
    """Room for a Poisson batch: more examples are drawn with at most this probability.

    By Chernoff's bound more than k of n are drawn with probability at most exp(−n·KL(k/n, q)).

    >>> slots(1000, 1.0), slots(10_000, 0.0128)
    (1000, 233)
    """
    low, high = math.ceil(count * rate), count
    while low < high:
        k = (low + high) // 2
        share = k / count
        divergence = share * math.log(share / rate)
        divergence += (1 - share) * math.log((1 - share) / (1 - rate))
        if count * divergence >= -math.log(failure):
            high = k
        else:
            low = k + 1
    return high


def _forward(
    layers: Sequence[Layer],
    x: Tensor,
    inputs: list[Tensor] | None = None,
    sums: list[Tensor] | None = None,
) -> list[Tensor]:
    """The weighted sums of all layers; notes what went in and what came out, if asked."""
    outputs = []
    for number, (kernel, bias) in enumerate(layers):
        if number:
            x = tf.nn.leaky_relu(x, _SLOPE)
        if inputs is not None:
            inputs.append(x)
        x = tf.matmul(x, kernel) + bias
        outputs.append(x)
    if sums is not None:
        sums += outputs
    return outputs


def _flat(layers: Sequence[Layer]) -> list[tf.Variable]:
    return [each for layer in layers for each in layer]
