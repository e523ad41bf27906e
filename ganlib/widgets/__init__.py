"""Explorers for notebooks, on ipywidgets 7.7 and 8, each on top of a plain function.

A widget lives as long as its kernel; a lesson shows a plain figure beside it for readers without
one.

Who needs it: a notebook with something to play with. A reader of the library may skip it.
"""

from ganlib.widgets.convolution import (
    convolution_figure,
    convolution_stepper,
    convolve,
    output_size,
    sources,
)
from ganlib.widgets.dirac import dirac_explorer, dirac_figure, dirac_matrix, dirac_path
from ganlib.widgets.latent import between, latent_slider, png, walk
from ganlib.widgets.minimax import minimax_explorer, minimax_figure, minimax_game
from ganlib.widgets.plane import PlaneGame, plane_film
from ganlib.widgets.playground import plane_figure, plane_playground
from ganlib.widgets.real_or_generated import image_pairs, real_or_generated, wilson_interval

__all__ = [
    "PlaneGame",
    "between",
    "convolution_figure",
    "convolution_stepper",
    "convolve",
    "dirac_explorer",
    "dirac_figure",
    "dirac_matrix",
    "dirac_path",
    "image_pairs",
    "latent_slider",
    "minimax_explorer",
    "minimax_figure",
    "minimax_game",
    "output_size",
    "plane_figure",
    "plane_film",
    "plane_playground",
    "png",
    "real_or_generated",
    "sources",
    "walk",
    "wilson_interval",
]
