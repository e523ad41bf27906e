"""A generator's layers as they are called, and what bends between them."""

from typing import Any

import numpy as np

from ganlib.checks.layer_calls import calls_of
from ganlib.checks.trial import Wrong

__all__ = [
    "Flow",
    "bending",
    "bends",
    "called",
    "drawn",
    "expect_bent",
    "expect_relu",
    "flat",
    "kinds",
    "same",
]


def flat(model: Any) -> list:
    """The layers of a model, and of models inside it, in order."""
    import keras

    answer = []
    for each in model.layers:
        answer += flat(each) if isinstance(each, keras.Model) else [each]
    return answer


def kinds(stages: list, *kinds: type) -> list:
    """The layers of these kinds."""
    return [each for each in stages if isinstance(each, kinds)]


def drawn(model: Any, latents: np.ndarray) -> np.ndarray:
    """What a model draws outside of training."""
    from keras import ops

    return ops.convert_to_numpy(ops.cast(model(latents.astype("float32")), "float32"))


def called(model: Any, latents: np.ndarray) -> list[tuple[Any, np.ndarray]]:
    """The layers in the order in which they are called, with what comes in, float64."""
    layers = [layer for layer in flat(model) if not type(layer).__name__ == "InputLayer"]
    return calls_of(layers, lambda: drawn(model, latents))


def bending() -> tuple[type, ...]:
    """The layers that do nothing but bend."""
    from keras import layers

    return layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU


def bends(stage: Any) -> bool:
    """Whether a layer has an activation that is not a straight line."""
    from keras import activations

    linear = (None, activations.linear)
    return isinstance(stage, bending()) or getattr(stage, "activation", None) not in linear


def expect_relu(stage: Any, name: str) -> None:
    """Whether an activation keeps what is above 0 and flattens what is below."""
    from keras import layers, ops

    values = np.array([[-8.0, -2.0, 2.0, 8.0]], np.float32)
    if isinstance(stage, layers.PReLU):
        raise Wrong(
            f"After the {name} there is a PReLU, which learns its slope. The specification has "
            "ReLU or leaky ReLU."
        )
    bend = stage if isinstance(stage, bending()) else stage.activation
    answer = ops.convert_to_numpy(bend(values))[0]
    straight = np.allclose(answer[2:], values[0, 2:], atol=1e-4)
    slopes = answer[:2] / values[0, :2]
    if not straight or abs(slopes[0] - slopes[1]) > 1e-4 or not 0 <= slopes[0] < 0.999:
        raise Wrong(
            f"After the {name} the values −8, −2, 2 and 8 become "
            f"{', '.join(f'{value:.3g}' for value in answer)}. ReLU, leaky or not, keeps what is "
            "above 0 and flattens what is below."
        )


class Flow:
    """What passes between a layer and the next one with a kernel, in layers and in functions.

    Args:
        part: the layers from the one with a kernel on, up to the next.
        norm: the batch norm among them.
        next_: the next layer with a kernel.
        calls: what comes into each layer, from ``called``.
    """

    def __init__(self, part: list, norm: Any, next_: Any, calls: dict[Any, np.ndarray]):
        self.made = _given(part[0], calls[part[0]])
        self.into_norm = calls[norm]
        self.normed = _given(norm, calls[norm])
        self.into_next = calls[next_]


def _given(layer: Any, inputs: np.ndarray) -> np.ndarray:
    """What a layer makes of inputs, outside of training."""
    return np.asarray(layer(inputs), np.float32)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays hold the same numbers, folded in whatever way."""
    scale = np.abs(one).max()
    return one.size == other.size and np.allclose(
        one.ravel(), other.ravel(), rtol=0, atol=1e-5 * scale
    )


def expect_bent(flow: Flow, name: str) -> None:
    """Between batch norm and the next layer stands a ReLU, leaky or not, and nothing else."""
    before, after = flow.normed.ravel(), flow.into_next.ravel()
    if before.size == after.size:
        scale = np.abs(before).max()
        above, below = before > 0, before < -0.02 * scale
        slopes = after[below] / before[below]
        straight = np.allclose(after[above], before[above], rtol=0, atol=1e-3 * scale)
        if straight and np.ptp(slopes) < 1e-2 and -1e-3 < slopes.mean() < 0.999:
            return
    raise Wrong(
        f"After the {name} and its batch norm comes something other than ReLU. ReLU, leaky or "
        "not, keeps what is above 0 and multiplies what is below by one number."
    )
