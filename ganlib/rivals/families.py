"""The rivals by name: from the name of a family and its sizes to a model, for images of 32 × 32."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from ganlib import networks
from ganlib.rivals import builders
from ganlib.rivals.adversarial import Generator
from ganlib.rivals.autoencoder import VAE
from ganlib.rivals.autoregressive import Autoregressive
from ganlib.rivals.diffusion import Diffusion

__all__ = ["FAMILIES", "build", "drawing_weights", "set_drawing_weights"]

FAMILIES = ("gan", "vae", "autoregressive", "diffusion")
Model = Generator | VAE | Autoregressive | Diffusion


def build(family: str, sizes: Mapping[str, Any], ema: float | None = None, seed: int = 0) -> Model:
    """A model of a family with fresh weights.

    Args:
        family: one of ``FAMILIES``.
        sizes: the arguments of the family's networks: for "gan" those of
            ``networks.dcgan_generator``; for "vae" "latent_dim" and the "width" of the decoder and
            the "encoder_width"; for "autoregressive" those of ``builders.causal_network``; for
            "diffusion" those of ``builders.u_net``.
        ema: decay of the average of the weights, as for ``Rival``; for "gan" it means nothing.
        seed: fixes the starting weights and the draws of the training.

    Raises:
        ValueError: no such family, or sizes of another one.
    """
    if family == "gan":
        return Generator(networks.dcgan_generator(**sizes, seed=seed))
    if family == "vae":
        names = ("latent_dim", "width", "encoder_width")
        if {*sizes} != {*names}:
            raise ValueError(
                f"sizes has {', '.join(sizes) or 'nothing'}, but must have {', '.join(names)}."
            )
        latent_dim, width, encoder_width = (sizes[key] for key in names)
        decoder = networks.dcgan_generator(
            latent_dim, width=width, kernel_size=4, batch_norm=False, seed=seed
        )
        return VAE(builders.encoder_for(latent_dim, encoder_width, seed), decoder, ema, seed)
    if family == "autoregressive":
        return Autoregressive(builders.causal_network(**sizes, seed=seed), ema=ema, seed=seed)
    if family == "diffusion":
        return Diffusion(builders.u_net(**sizes, seed=seed), limit=1.0, ema=ema, seed=seed)
    raise ValueError(f"There is no family {family!r}, but must be one of {', '.join(FAMILIES)}.")


def drawing_weights(model: Model) -> dict[str, np.ndarray]:
    """All that a model needs to draw and to judge, by name."""
    weights = {
        f"{name}/{number:03d}": np.asarray(weight)
        for name, network in model.drawn_by.items()
        for number, weight in enumerate(network.get_weights())
    }
    if isinstance(model, VAE):
        weights["log_std"] = keras.ops.convert_to_numpy(model.log_std)
    return weights


def set_drawing_weights(model: Model, weights: Mapping[str, np.ndarray]) -> None:
    """Give a model what ``drawing_weights`` returned.

    Raises:
        ValueError: they are those of another model.
    """
    if {*weights} != {*drawing_weights(model)}:
        raise ValueError("the weights are those of another model")
    for name, network in model.drawn_by.items():
        keys = sorted(key for key in weights if key.startswith(f"{name}/"))
        network.set_weights([weights[key].astype(np.float32) for key in keys])
    if isinstance(model, VAE):
        model.log_std.assign(weights["log_std"].astype(np.float32))
