"""Draw the README's picture with the generator that ships.

.venv/bin/python -m tools.publishing.cover
"""

import numpy as np

from ganlib import plots, widgets, zoo
from tools import ROOT

SEED = 5  # of twelve that were looked at
CLASSES = [1, 7, 8, 0]  # a row each: automobile, horse, ship, airplane


def main() -> None:
    gan = zoo.load("dcgan-cifar10-taught")
    stops = np.random.default_rng(SEED).standard_normal((5, 4, gan.latent_dim)).astype(np.float32)
    places = np.linspace(0, 4, 13)
    walks = np.stack([widgets.walk(gan, stops, place, CLASSES) for place in places], axis=1)
    figure = plots.image_grid(np.concatenate(list(walks)), columns=13)
    figure.savefig(ROOT / "docs" / "cover.png", dpi=figure.dpi)


if __name__ == "__main__":
    main()
