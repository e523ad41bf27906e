"""Explorers for notebooks, on ipywidgets 7.7 and 8. Under each lies a plain function that is tested.

A widget lives as long as its kernel; a lesson shows a plain figure beside it for readers without one.
"""

from ganlib.widgets.latent import between, latent_slider, png, walk

__all__ = ["between", "latent_slider", "png", "walk"]
