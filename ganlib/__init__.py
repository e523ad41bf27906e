"""The helper library of the GAN course.

The spine of a GAN, in reading order, which follows the data:

- ``data``: images as bytes, in batches whose order is a function of seed and step
- ``spectral``: layers whose slope is bounded
- ``networks``: generators and discriminators as plain Keras models
- ``losses``: what the players minimise
- ``penalties``: what the discriminator pays for steep slopes
- ``averages``: a running average of the generator's weights
- ``game``: the training step
- ``gan``: ``compile``, ``fit``, ``sample``, ``save``
- ``features``: what a classifier sees in an image
- ``metrics``: distances and scores
- ``plots``: figures
- ``callbacks``: what happens during a training: grids, curves, a stop at NaN

These modules have at most 2,500 lines, of which at most 1,400 are code; the others explain.
Beside them, for those who need them:

- ``theory``: the value function, the best discriminator, divergences of densities on a line
- ``toys`` and ``shapes``: points in the plane and images drawn by code, with known modes
- ``course``: the start of a lesson; device, precision, budget; the numbers that its text quotes
- ``checkpoints`` and ``keeping``: going on after any stop; keeping the best generator
- ``folders`` and ``augment``: images of your own, and more out of few of them
- ``cards``: what a reader must know of a generator before it is used
- ``precision_recall``: quality and variety as four fractions
- ``clinic``: questions to a program that does not learn
- ``conditional`` and ``hues``: three ways to ask for a class; which hue an image of shapes has
- ``control`` and ``inversion``: directions in latent space; the latents of given images
- ``taste``: content for simulated readers
- ``zoo``, ``records`` and ``experiments``: trained networks, recorded trainings and tables of runs
- ``rivals``: a VAE, an autoregressive model, diffusion and flow matching, trained at equal cost
- ``society``: generated images where people share them: what a platform sees and decides
- ``diagrams`` and ``widgets``: pictures of ideas, and explorers, for notebooks
- ``worlds``: objects in three dimensions: drawn, generated, measured, shown and exported
- ``checks``: what judges the answers to exercises, for those who write or grade them
- ``support``: files, devices, downloads, arguments; a reader may skip it

``import ganlib`` is cheap: TensorFlow, Keras and Matplotlib are imported when something first needs
them.

>>> import ganlib
>>> "losses" in dir(ganlib)
True
"""

import importlib
import os

__version__ = "0.1.0"

# Training needs TensorFlow, whatever ~/.keras/keras.json names; the environment may name another.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

# A module needs only those before it, and support; the features come from a network of the zoo.
_MODULES = (
    "theory",
    "toys",
    "shapes",
    "data",
    "course",
    "spectral",
    "networks",
    "losses",
    "penalties",
    "augment",
    "averages",
    "game",
    "checkpoints",
    "gan",
    "conditional",
    "hues",
    "control",
    "inversion",
    "taste",
    "zoo",
    "features",
    "precision_recall",
    "metrics",
    "plots",
    "folders",
    "callbacks",
    "keeping",
    "cards",
    "clinic",
    "records",
    "experiments",
    "rivals",
    "diagrams",
    "society",
    "widgets",
    "worlds",
    "checks",
)

__all__ = ["GAN", "DataUnavailable", "start", *_MODULES]

_HOMES = {"start": "course", "GAN": "gan", "DataUnavailable": "data"}


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"ganlib.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"ganlib.{_HOMES[name]}"), name)
    raise AttributeError(
        f"ganlib has no {name!r}. It has: {', '.join(__all__)}. "
        "A newer lesson may need a newer ganlib: run its set-up cell again."
    )


def __dir__():
    return sorted({*globals(), *__all__})
