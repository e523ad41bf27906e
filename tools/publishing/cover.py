"""Draw the README's picture with the generator that ships.

.venv/bin/python -m tools.publishing.cover
"""

import numpy as np

from ganlib import plots, widgets, zoo
from tools import ROOT


def main() -> None:
    gan = zoo.load("dcgan-cifar10")
    stops = np.random.default_rng(2).standard_normal((5, 4, gan.latent_dim)).astype(np.float32)
    walks = np.stack([widgets.walk(gan, stops, place) for place in np.linspace(0, 4, 13)], axis=1)
    figure = plots.image_grid(np.concatenate(list(walks)), columns=13)
    figure.savefig(ROOT / "docs" / "cover.png", dpi=figure.dpi)


if __name__ == "__main__":
    main()
