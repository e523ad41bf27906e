"""The helper library of the GAN course: small enough to read in an evening.

``import ganlib`` is cheap: TensorFlow, Keras and Matplotlib are imported when something first needs
them.

>>> import ganlib
>>> "losses" in dir(ganlib)
True
"""

import importlib

__version__ = "0.1.0"

# In the order in which data flows through them.
_MODULES = (
    "course",
    "theory",
    "toys",
    "data",
    "shapes",
    "networks",
    "losses",
    "gan",
    "callbacks",
    "checkpoints",
    "clinic",
    "metrics",
    "zoo",
    "records",
    "plots",
    "diagrams",
    "widgets",
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
