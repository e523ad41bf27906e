"""The PyTorch side of ``training_step.py``: channels last, all cores, the same networks and rule.

Reads one order per line from stdin (a JSON list) and answers each with one line of JSON. Needs
torch.
"""

import json
import math
import os
import sys
import time

import torch
from torch import nn
from torch.nn.functional import softplus

LATENT_DIM = 100
WIDTH = 64


def networks():
    """``dcgan_generator`` and ``dcgan_discriminator`` of the course, in PyTorch's layout."""
    w = WIDTH
    up = {"kernel_size": 5, "stride": 2, "padding": 2, "output_padding": 1}
    down = {"kernel_size": 5, "stride": 2, "padding": 2}
    generator = nn.Sequential(
        nn.Linear(LATENT_DIM, 16 * 4 * w, bias=False),
        nn.Unflatten(1, (4 * w, 4, 4)),
        nn.BatchNorm2d(4 * w),
        nn.ReLU(True),
        nn.ConvTranspose2d(4 * w, 2 * w, **up, bias=False),
        nn.BatchNorm2d(2 * w),
        nn.ReLU(True),
        nn.ConvTranspose2d(2 * w, w, **up, bias=False),
        nn.BatchNorm2d(w),
        nn.ReLU(True),
        nn.ConvTranspose2d(w, 3, **up),
        nn.Tanh(),
    )
    layers = []
    for channels, more in ((3, w), (w, 2 * w), (2 * w, 4 * w)):
        layers += [nn.Conv2d(channels, more, **down), nn.LeakyReLU(0.2, True), nn.Dropout(0.3)]
    discriminator = nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * 4 * w, 1))
    layout = torch.channels_last
    return generator.to(memory_format=layout), discriminator.to(memory_format=layout)


def products(network, inputs) -> list[int]:
    """Multiplications of one sample in each layer with a kernel, as the other side counts them."""
    counts, x = [], inputs
    for layer in network:
        before, x = x, layer(x)
        if isinstance(layer, nn.Linear):
            counts.append(layer.weight.numel())
        elif isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            coarse = x if isinstance(layer, nn.Conv2d) else before
            counts.append(math.prod(coarse.shape[2:]) * layer.weight.numel())
    return counts


def work():
    """Weights and products of both networks."""
    both = networks()
    inputs = (torch.zeros(2, LATENT_DIM), torch.zeros(2, 3, 32, 32))
    # The fresh batch norms count: they are weights to learn too.
    sizes = [sum(weight.numel() for weight in network.parameters()) for network in both]
    return [sizes, [products(network, x) for network, x in zip(both, inputs)]]  # noqa: B905


class Side:
    def __init__(self, precision: str, batch_size: int):
        self.half, self.batch_size = precision == "bfloat16", batch_size
        self.generator, self.discriminator = networks()
        adam = {"lr": 2e-4, "betas": (0.5, 0.999), "eps": 1e-7, "fused": True}
        self.g_adam = torch.optim.Adam(self.generator.parameters(), **adam)
        self.d_adam = torch.optim.Adam(self.discriminator.parameters(), **adam)
        real = torch.rand(batch_size, 3, 32, 32) * 2 - 1
        self.real = real.contiguous(memory_format=torch.channels_last)

    def logits(self, images):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            return self.discriminator(images).float()

    def step(self):
        latents = torch.randn(self.batch_size, LATENT_DIM)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            fake = self.generator(latents)
        on_real, on_fake = self.logits(self.real), self.logits(fake.detach())
        loss = softplus(-on_real).mean() + softplus(on_fake).mean()
        self.d_adam.zero_grad()
        loss.backward()
        self.d_adam.step()
        self.discriminator.requires_grad_(False)  # now it only passes the gradient on
        loss = softplus(-self.logits(fake)).mean()
        self.g_adam.zero_grad()
        loss.backward()
        self.g_adam.step()
        self.discriminator.requires_grad_(True)
        return loss

    def measure(self, steps: int) -> float:
        start = time.perf_counter()
        for _ in range(steps):
            loss = self.step()
        loss.item()
        return time.perf_counter() - start


def main() -> None:
    torch.set_num_threads(os.cpu_count())
    sides = {}
    for line in sys.stdin:
        order, *values = json.loads(line)
        answer = None
        if order == "version":
            answer = torch.__version__
        elif order == "work":
            answer = work()
        elif order == "build":
            sides[tuple(values)] = Side(*values)
        elif order == "measure":
            *name, steps = values
            answer = sides[tuple(name)].measure(steps)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
