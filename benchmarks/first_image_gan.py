"""How much the numbers of lesson 06 vary with the seed: the same training with three others.

    python benchmarks/first_image_gan.py

Weights, latents and the order of the batches are drawn anew. Takes about eight minutes on two
cores.
"""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
EPOCHS = 20


def neighbour_correlation(images):
    import numpy as np

    values = images.astype(np.float32)
    return np.corrcoef(values[:, :, :-1].ravel(), values[:, :, 1:].ravel())[0, 1]


def main():
    import ganlib
    from ganlib import data, metrics, networks
    from ganlib.support import stderr

    with stderr.quiet():
        ganlib.start("06", precision="float32")
    images = data.load("cifar10")
    real = metrics.extract(images[:2000])
    print("seed  seconds  loss of D  loss of G  neighbours  distance")
    for seed in (1, 2, 3):
        gan = ganlib.GAN(
            networks.dense_generator(seed=seed),
            networks.dense_discriminator(seed=seed),
            latent_dim=100,
            seed=seed,
        )
        gan.compile()
        began = time.perf_counter()
        history = gan.fit(data.dataset(images, seed=seed), epochs=EPOCHS, verbose=0).history
        seconds = time.perf_counter() - began
        drawn = data.to_uint8(gan.sample(2000, seed=1))
        distance = metrics.classifier_frechet_distance(real, drawn)
        print(
            f"{seed:4}  {seconds:7.0f}  {history['d_loss'][-1]:9.3f}  {history['g_loss'][-1]:9.3f}"
            f"  {neighbour_correlation(drawn):10.3f}  {float(distance):8.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
