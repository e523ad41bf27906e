"""Bits per dimension: how many bits a model needs for each byte of an image, at most.

A density cannot be compared with bytes as it is: a model that puts an infinite density on whole
numbers would win. So a byte b stands for the interval [b − ½, b + ½), a point of which is drawn for
each byte (dequantisation, Theis et al. 2016, arXiv 1511.01844), and the change of scale from bytes
to [-1, 1], a factor of 127.5, is paid for with log₂ 127.5 bits.

A model that knows nothing needs 8 bits. A VAE and a diffusion model only have bounds: they need at
most what is said here. A GAN has no density that could be asked.

>>> round(float(bits_of(np.zeros(1), values=1)[0]), 3)  # a density of 1 on [-1, 1]: twice too much
6.994
"""

from typing import Any

import numpy as np

from ganlib.rivals.autoencoder import VAE, kl_from_standard
from ganlib.rivals.autoregressive import Autoregressive
from ganlib.rivals.diffusion import OFFSET, Diffusion
from ganlib.rivals.learning import PART
from ganlib.support import validation

__all__ = ["bits_of", "bits_per_dimension", "dequantised", "diffusion_bound"]

Model = VAE | Autoregressive | Diffusion


def dequantised(images: np.ndarray, seed: int = 0) -> np.ndarray:
    """Bytes as floats: of each byte's interval in [-1, 1] a point that is drawn evenly.

    Args:
        images: uint8 of any shape.
        seed: of the draw.

    Returns:
        float32 of that shape, in [-1 - 1 / 255, 1 + 1 / 255].

    Raises:
        TypeError: not uint8.
    """
    images, seed = np.asarray(images), validation.whole_number(seed, "seed", 0)
    if images.dtype != np.uint8:
        raise TypeError(f"images are {images.dtype}, but must be uint8.")
    moved = images + np.random.default_rng(seed).random(images.shape) - 0.5
    return (moved / 127.5 - 1).astype(np.float32)


def bits_of(nats: np.ndarray, values: int) -> np.ndarray:
    """Bits for each byte, from −log p(x) in nats of images of so many values in [-1, 1]."""
    values = validation.whole_number(values, "values", 1)
    return np.asarray(nats, np.float64) / (values * np.log(2)) + np.log2(127.5)


def bits_per_dimension(model: Model, images: np.ndarray, seed: int = 0) -> np.ndarray:
    """Bits for each byte of each image, by the weights that draw.

    Args:
        model: a VAE, an autoregressive or a diffusion model of images.
        images: uint8 ``(n, height, width, channels)``, better ones that it has not learned from.
        seed: of the dequantisation, and of what a bound draws.

    Returns:
        float64 ``(n,)``: exact for an autoregressive model, else at least what the model needs, up
        to the error of the draw, which the mean over images makes small.

    Raises:
        TypeError, ValueError: not uint8, another shape, or a model without a density.
    """
    if not isinstance(model, Model):
        raise TypeError(
            f"model is {type(model).__name__}, but must be one with a density: VAE, "
            "Autoregressive or Diffusion."
        )
    samples = dequantised(validation.images(images, "images"), seed)
    judge = diffusion_bound if isinstance(model, Diffusion) else type(model).judge
    return bits_of(judge(model, samples, seed), samples[0].size)


def diffusion_bound(
    model: Diffusion, samples: np.ndarray, seed: int = 0, draws: int = 8
) -> np.ndarray:
    """A bound on −log p(x) of each sample, in nats, for a way back in infinitely many steps.

    With the signal-to-noise ratio R = a² / s² it is ½ ∫ ‖x₀ − x̂₀(R)‖² dR between the first and the
    last step, with a term for each end (Kingma et al. 2021, arXiv 2107.00630, section 5). The
    integral is an average over ``draws`` ratios R for each sample. They are drawn so that
    log(R + 4) is even, as suits values of variance ¼, which those of images have, more or less.

    Args:
        model: the diffusion model.
        samples: floats ``(n, ...)``.
        seed: of the draws.
        draws: passes of the network for each sample, beside one for the last step.

    Returns:
        float64 ``(n,)``.
    """
    draws = validation.whole_number(draws, "draws", 1)
    if not isinstance(model, Diffusion):
        raise TypeError(f"model is {type(model).__name__}, but must be a Diffusion.")
    samples, seed = model.checked(samples), validation.whole_number(seed, "seed", 0)
    rng = np.random.default_rng([seed, 2])
    ratios = (model.signal / model.noise) ** 2
    low, high = np.log(ratios[-1] + 4), np.log(ratios[0] + 4)

    def wrong(x: np.ndarray, ratio: np.ndarray) -> np.ndarray:
        """The squared error of the guess of x₀ at these ratios."""
        noise = rng.standard_normal(x.shape, np.float32)
        signal = np.sqrt(ratio / (1 + ratio))
        a = signal.reshape(-1, *(1 for _ in x.shape[1:]))
        s = np.sqrt(1 - a**2)
        guess = model.denoised((a * x + s * noise).astype(np.float32), a, s, _time_of(signal))
        return ((x - guess).reshape(len(x), -1).astype(np.float64) ** 2).sum(axis=1)

    def each(x: np.ndarray) -> np.ndarray:
        # The end: how far noise after the last step is from noise that knows nothing.
        flat = (model.signal[-1] * x).reshape(len(x), -1).astype(np.float64)
        bound = np.asarray(kl_from_standard(flat, np.full_like(flat, 2 * np.log(model.noise[-1]))))
        for draw in range(draws):  # one in each part of the range, which evens the draws out
            place = (draw + rng.random(len(x))) / draws
            ratio = np.exp(low + (high - low) * place) - 4
            bound = bound + (high - low) / draws * (ratio + 4) / 2 * wrong(x, ratio)
        # The beginning: from x₁ to the sample itself, with the spread that the noise of x₁ has.
        first = np.full(len(x), ratios[0])
        return (
            bound
            + ratios[0] / 2 * wrong(x, first)
            + flat.shape[1] / 2 * np.log(2 * np.pi / ratios[0])
        )

    parts: list[Any] = [each(samples[i : i + PART]) for i in range(0, len(samples), PART)]
    return np.concatenate(parts)


def _time_of(signal: np.ndarray) -> np.ndarray:
    """The time in (0, 1] at which ``cosine_schedule`` has these weights of the sample."""
    start = OFFSET / (1 + OFFSET) * np.pi / 2
    angle = np.arccos(signal * np.cos(start))
    return (angle / (np.pi / 2) * (1 + OFFSET) - OFFSET).clip(0, 1).astype(np.float32)
