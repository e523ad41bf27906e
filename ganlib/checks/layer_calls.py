"""What comes into each layer of a model as the model is called."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["calls_of"]


def calls_of(
    layers: Sequence[Any], run: Callable[[], Any], replaced: Any = None, by: Any = None
) -> list[tuple[Any, np.ndarray]]:
    """The layers in the order in which they are called, with what came in.

    Args:
        layers: of a Keras model.
        run: calls the model.
        replaced: a layer that gets other inputs, if any.
        by: those inputs.

    Returns:
        Pairs of a layer and its inputs, float64; a layer that is called twice stands there twice.
    """
    seen = []

    def watched(layer: Any, call: Callable) -> Callable:
        @functools.wraps(call)
        def instead(x: Any, *arguments: Any, **keywords: Any) -> Any:
            x = by if layer is replaced else x
            seen.append((layer, np.asarray(x, np.float32).astype(np.float64)))
            return call(x, *arguments, **keywords)

        return instead

    for layer in layers:
        object.__setattr__(layer, "call", watched(layer, layer.call))
    try:
        run()
    finally:
        for layer in layers:
            object.__delattr__(layer, "call")
    return seen
