"""The variational autoencoder (Kingma & Welling 2014, arXiv 1312.6114).

A decoder turns latents into samples, as a GAN's generator does. What teaches it is no
discriminator but a second network that goes the other way: the encoder says which latents a sample
may come from. Both are trained to make the evidence lower bound large,

    log p(x) ≥ E_q [log p(x|z)] − KL(q(z|x) ‖ p(z)).

>>> import numpy as np
>>> kl = kl_from_standard(np.array([[1.0, 0.0]]), np.zeros((1, 2)))  # one mean is off by 1
>>> float(kl[0])
0.5
"""

import itertools
import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ganlib.rivals.learning import Networks, Rival, parts
from ganlib.support.players import last_activation, output_range
from ganlib.support.validation import whole_number

__all__ = ["VAE", "gaussian_log_density", "kl_from_standard", "push"]


def kl_from_standard(mean: Any, log_variance: Any) -> Any:
    """KL(N(mean, variance) ‖ N(0, 1)), summed over the last axis: ½ Σ (μ² + σ² − 1 − log σ²)."""
    return 0.5 * ops.sum(mean**2 + ops.exp(log_variance) - 1.0 - log_variance, axis=-1)


def gaussian_log_density(samples: Any, mean: Any, log_std: Any) -> Any:
    """log N(samples; mean, exp(log_std)²) of each sample, summed over all axes but the first."""
    each = -0.5 * ((samples - mean) * ops.exp(-log_std)) ** 2
    each = each - log_std - 0.5 * math.log(2 * math.pi)
    return ops.sum(each, axis=tuple(range(1, len(samples.shape))))


def push(network: keras.Model, latent_dim: int, n: int, seed: int) -> np.ndarray:
    """What a decoder, or a GAN's generator, makes of n latents from N(0, 1): float32 ``(n, ...)``.

    The latents, and so the samples, are a function of the seed.
    """
    seed = whole_number(seed, "seed", 0)
    latents = np.random.default_rng(seed).standard_normal((n, latent_dim)).astype(np.float32)
    starts = np.cumsum([0, *parts(n)])
    return np.concatenate(
        [network.predict_on_batch(latents[start:end]) for start, end in itertools.pairwise(starts)]
    )


class VAE(Rival):
    """A variational autoencoder with a Gaussian decoder.

    Given z, each value of a sample is normally distributed: its mean is what the decoder says, and
    its standard deviation σ is one number for all, which is learned with the networks (Rybkin et
    al. 2021, arXiv 2006.13202). With a σ that is fixed by hand, the balance of both terms is, too.

    Args:
        encoder: samples to ``(n, 2 · latent_dim)``: means and log-variances of the latents.
        decoder: latents ``(n, latent_dim)`` to samples.
        ema: as for ``Rival``.
        seed: as for ``Rival``.

    Raises:
        ValueError: encoder and decoder do not fit together, or the decoder makes no negative
            numbers.
    """

    def __init__(
        self, encoder: keras.Model, decoder: keras.Model, ema: float | None = None, seed: int = 0
    ):
        super().__init__({"encoder": encoder, "decoder": decoder}, ema, seed, name="vae")
        self.latent_dim = decoder.input_shape[-1]
        shapes = encoder.output_shape[1:], decoder.output_shape[1:]
        if shapes != ((2 * self.latent_dim,), encoder.input_shape[1:]):
            raise ValueError(
                f"The encoder returns {shapes[0]} and the decoder {shapes[1]}, but must return "
                f"({2 * self.latent_dim},), two numbers for each latent, and "
                f"{encoder.input_shape[1:]}, what the encoder takes."
            )
        bounds = output_range(decoder)
        if bounds == (0.0, 1.0):
            raise ValueError(
                f"The decoder ends in {last_activation(decoder)} and makes numbers in [0, 1], but "
                "images become floats in [-1, 1]: let it end in tanh."
            )
        self.limit = None if bounds is None else bounds[1]
        self.log_std = self.add_weight(
            shape=(), dtype="float32", initializer="zeros", name="log_std"
        )

    def encode(self, networks: Networks, samples: Any) -> tuple[Any, Any]:
        """Means and log-variances of q(z|x), each float32 ``(n, latent_dim)``."""
        return ops.split(networks["encoder"](samples), 2, axis=-1)

    def losses(self, networks: Networks, samples: Any, seed: Any) -> Any:
        """Minus the evidence lower bound of each sample, in nats, with one draw of z."""
        mean, log_variance = self.encode(networks, samples)
        noise = tf.random.stateless_normal(tf.shape(mean), seed)
        latents = mean + ops.exp(0.5 * log_variance) * noise  # a gradient passes to both
        likelihood = gaussian_log_density(samples, networks["decoder"](latents), self.log_std)
        return kl_from_standard(mean, log_variance) - likelihood

    def sample(self, n: int, seed: int = 0, noise: bool = False) -> np.ndarray:
        """Draw latents from N(0, 1) and decode them.

        Args:
            n: how many.
            seed: the same seed draws the same samples.
            noise: whether to add what the model says is there, noise of standard deviation σ. Most
                published pictures are the decoder's means, which are not samples of the model.

        Returns:
            float32 ``(n, ...)``.

        Raises:
            TypeError, ValueError: n is not a positive whole number.
        """
        n = whole_number(n, "n", 1)
        means = push(self.drawn_by["decoder"], self.latent_dim, n, seed)
        if not noise:
            return means
        std = float(np.exp(self.log_std))
        rng = np.random.default_rng([seed, 1])
        return means + std * rng.standard_normal(means.shape, np.float32)
