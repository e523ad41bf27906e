"""A trained GAN's generator as one of the rivals: what draws, without the discriminator."""

import keras
import numpy as np

from ganlib.rivals.autoencoder import push
from ganlib.support.validation import whole_number

__all__ = ["Generator"]


class Generator:
    """A generator that is no longer trained. ``ganlib.GAN`` is what trains one.

    Args:
        network: latents ``(n, latent_dim)`` to samples.
    """

    def __init__(self, network: keras.Model):
        if not isinstance(network, keras.Model):
            raise TypeError(f"network is {type(network).__name__}, but must be a Keras model.")
        self.networks = self.drawn_by = {"generator": network}
        self.latent_dim = network.input_shape[-1]

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """What the generator makes of n latents from N(0, 1).

        Args:
            n: how many.
            seed: the same seed draws the same samples.

        Returns:
            float32 ``(n, ...)``.

        Raises:
            TypeError, ValueError: n is not a positive whole number.
        """
        return push(self.networks["generator"], self.latent_dim, whole_number(n, "n", 1), seed)
