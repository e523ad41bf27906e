"""Takes the steps of ``test_jax_step`` in JAX: python jax_side.py CASES.json ARRAYS.npz
RESULTS.npz.
"""

import json
import sys

import keras
import numpy as np

from ganlib import networks, toys
from tools.training.jax_step import initial_state, make_step


def players(kind, options):
    """A generator and a discriminator of the kind that a case names."""
    if kind == "plane":
        return toys.networks(latent_dim=3, hidden=(8,), seed=1)
    pair = (
        networks.dcgan_generator(latent_dim=3, width=2, kernel_size=4, **options),
        networks.dcgan_discriminator(width=2, dropout=0.0, kernel_size=4, **options),
    )
    for network in pair:  # they start so near to 0 that two steps would move nothing
        network.set_weights([5 * weight for weight in network.get_weights()])
    return pair


def main():
    cases = json.loads(open(sys.argv[1]).read())
    given, results = np.load(sys.argv[2]), {}
    for name, case in cases.items():
        generator, discriminator = players(case["kind"], case["options"])
        for role, network in (("g", generator), ("d", discriminator)):
            network.set_weights(
                [given[f"{name}/{role}/{index}"] for index in range(len(network.weights))]
            )
        optimizers = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)
        state = initial_state(generator, discriminator, *optimizers)
        step = make_step(
            generator, discriminator, *optimizers, case["loss"], case["penalties"], case["ema"]
        )
        real, latents, epsilon = (
            given[f"{name}/{part}"] for part in ("real", "latents", "epsilon")
        )
        labels = given[f"{name}/labels"] if f"{name}/labels" in given else None
        for _ in range(2):
            state, logs = step(state, real, labels, latents, epsilon)
        for part in ("generator", "generator_state", "discriminator", "average"):
            for index, value in enumerate(state[part]):
                results[f"{name}/{part}/{index}"] = np.asarray(value)
        for key, value in logs.items():
            results[f"{name}/logs/{key}"] = np.asarray(value)
    np.savez(sys.argv[3], **results)


if __name__ == "__main__":
    main()
