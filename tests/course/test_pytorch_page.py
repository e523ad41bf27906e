"""The page on PyTorch: its step is that of the library, from equal weights to equal weights."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import networks
from ganlib.gan import GAN
from tools import ROOT

PAGE = ROOT / "notebooks" / "pytorch.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
LATENT_DIM, WIDTH, N, RATE = 5, 3, 6, 0.05


def keras_players():
    shared = {"width": WIDTH, "kernel_size": 4, "seed": 3}
    return (
        networks.dcgan_generator(LATENT_DIM, **shared),
        networks.dcgan_discriminator(dropout=0.0, **shared),
    )


def given(number):
    rng = np.random.default_rng(number)
    real = rng.uniform(-1, 1, (N, 32, 32, 3)).astype(np.float32)
    return real, rng.standard_normal((N, LATENT_DIM)).astype(np.float32)


def test_the_page_has_code_that_can_be_read():
    for block in BLOCKS:
        compile(block, str(PAGE), "exec")
    assert len(BLOCKS) == 2


@pytest.mark.slow
def test_losses_and_weights_after_two_steps_are_those_of_the_library(monkeypatch):
    torch = pytest.importorskip("torch", reason="the page needs PyTorch, which nothing installs")
    page: dict = {}
    exec(BLOCKS[0], page)
    players = keras_players()
    twins = page["networks"](LATENT_DIM, WIDTH)
    for twin, network in zip(twins, players, strict=True):
        page["load_keras"](twin, network)
    gan = GAN(*players, latent_dim=LATENT_DIM)
    gan.compile(
        g_optimizer=keras.optimizers.SGD(RATE),
        d_optimizer=keras.optimizers.SGD(RATE),
        run_eagerly=True,
    )
    adjust = [torch.optim.SGD(twin.parameters(), RATE) for twin in twins]
    for number in range(2):
        real, latents = given(number)
        monkeypatch.setattr(
            tf.random, "stateless_normal", lambda *_, values=latents, **__: tf.constant(values)
        )
        gan.reset_metrics()
        logs = gan.train_step(tf.constant(real))
        images = torch.tensor(np.moveaxis(real, -1, 1).copy())
        losses = page["train_step"](*twins, *adjust, images, torch.tensor(latents))
        wanted = [float(np.squeeze(logs[name])) for name in ("d_loss", "g_loss")]
        np.testing.assert_allclose(losses, wanted, rtol=1e-4)
    again = page["networks"](LATENT_DIM, WIDTH)
    for twin, other, network in zip(twins, again, players, strict=True):
        page["load_keras"](other, network)  # the library's weights after its steps
        for mine, wanted in zip(twin.parameters(), other.parameters(), strict=True):
            np.testing.assert_allclose(
                mine.detach().numpy(), wanted.detach().numpy(), rtol=1e-3, atol=1e-5
            )
