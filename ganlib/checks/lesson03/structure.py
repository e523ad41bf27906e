"""What a critic is built of: strides, what bends between them, what sees which pixel."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ganlib.checks.errors import useful_line
from ganlib.checks.layer_calls import calls_of
from ganlib.checks.trial import Wrong

__all__ = ["answers_of", "expect_structure", "inner_layer", "leaves", "wake"]


def answers_of(model: Any, images: np.ndarray, training: bool = False) -> np.ndarray:
    """What a model says of images, as float64; an error of its own in plain words."""
    try:
        answer = model(images, training=training)
    except Exception as problem:
        said = useful_line(problem)[:300]
        shape = "×".join(map(str, images.shape[1:]))
        raise Wrong(f"With {len(images)} images of {shape} the model fails: {said}") from None
    return np.asarray(answer, np.float32).astype(np.float64)


def leaves(model: Any) -> Iterator[Any]:
    """All layers, also those of models within the model."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        else:
            yield layer


def wake(model: Any, rng: np.random.Generator) -> None:
    """Give kernels that begin with zeros some values: how a layer starts says nothing of what it
    is.
    """
    for layer in map(inner_layer, leaves(model)):
        kernel = getattr(layer, "kernel", None)
        if kernel is not None and not np.asarray(kernel, np.float32).any():
            kernel.assign(rng.normal(0, 0.05, kernel.shape))


def inner_layer(layer: Any) -> Any:
    """The layer within a wrapper such as SpectralNormalization."""
    while hasattr(getattr(layer, "layer", None), "weights"):
        layer = layer.layer
    return layer


def expect_structure(model: Any, images: np.ndarray) -> None:
    """Four strides of 2 down to 4 × 4, something that bends after each, and no blind pixel."""
    answer = list(leaves(model))
    names = [type(inner_layer(layer)).__name__ for layer in answer]
    weighted = [layer for layer in answer if hasattr(inner_layer(layer), "kernel")]
    calls = calls_of(weighted, lambda: answers_of(model, images[:2]))
    first = calls[0][1] if calls else images
    if np.ptp(first) < 0.1 * np.ptp(images[:2]):  # scaled as if they were bytes
        raise Wrong(
            "The images come in [−1, 1] already. The first layer with weights gets values from "
            f"{first.min():.3f} to {first.max():.3f}: scaled a second time, all images are nearly "
            "alike."
        )
    convolutions = [layer for layer in answer if hasattr(inner_layer(layer), "kernel_size")]
    halving = [layer for layer in convolutions if max(inner_layer(layer).strides) > 1]
    last = answer.index(halving[-1]) if halving else 0
    if any(
        "Pooling" in name and not (name.startswith("Global") and place > last)
        for place, name in enumerate(names)
    ):
        raise Wrong("There is a pooling layer. The strides of the convolutions should do its work.")
    strides = [tuple(inner_layer(layer).strides) for layer in halving]
    if strides != [(2, 2)] * 4:
        raise Wrong(
            "The task asks for four convolutions with stride 2. The strides above 1 that are here: "
            f"{strides or 'none'}."
        )
    try:
        size = tuple(halving[-1].output.shape[1:3])
    except AttributeError:  # a model of another kind does not tell
        size = (4, 4)
    if size != (4, 4):
        raise Wrong(
            f"The last of them leaves {size[0]} × {size[1]} places, not 4 × 4. Which padding "
            "halves 64 exactly?"
        )
    here, there = images[:4], images[4:]
    parts = [answers_of(model, each) for each in (here, there, here + there, 0 * here)]
    bent = abs(parts[0] + parts[1] - parts[2] - parts[3]).max()
    if bent < 1e-3 * max(abs(part - parts[3]).max() for part in parts[:3]):
        raise Wrong(
            "The critic is a weighted sum of the pixels, and sees only means: nothing bends "
            "between its layers. Which layer of the lesson's critics is missing?"
        )
    for number, layer in enumerate(halving, start=1):
        if _straight(model, layer, weighted, images[:2]):
            raise Wrong(
                f"After convolution {number} of the four with a stride nothing bends: together "
                "with the layer that follows it is one weighted sum, and one of the two is there "
                "for nothing. What comes after each convolution of the lesson's critics?"
            )
    import tensorflow as tf

    watched = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(watched)
        total = tf.reduce_sum(model(watched, training=False))
    gradient = tape.gradient(total, watched)
    blind = 1.0 if gradient is None else np.mean((gradient.numpy() == 0).all(axis=(0, 3)))
    if blind > 0.01:
        raise Wrong(
            f"{blind:.0%} of the pixels have no influence on the answer. Are windows as wide as "
            "the stride, at least, and do they reach the border?"
        )


def _straight(model: Any, layer: Any, weighted: list[Any], images: np.ndarray) -> bool:
    """Whether nothing bends between what comes into a layer and into the next with weights."""

    def run() -> None:
        answers_of(model, images)

    calls = calls_of(weighted, run)
    order = [each for each, _ in calls]
    if order.count(layer) != 1 or order[-1] is layer:
        return False
    place = order.index(layer)
    shape = calls[place][1].shape
    rng = np.random.default_rng(0)  # large numbers: what is bent anywhere is bent here
    one, other = (rng.normal(0, 10, shape).astype(np.float32) for _ in range(2))
    answer = [
        calls_of(weighted, run, layer, x)[place + 1][1] for x in (one, other, (one + other) / 2)
    ]
    moved = abs(answer[0] - answer[1]).max()
    return bool(moved > 0 and abs((answer[0] + answer[1]) / 2 - answer[2]).max() < 3e-3 * moved)
