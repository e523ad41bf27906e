"""Training a classifier on attacked images: a game in which the attacker is no network.

The classifier minimises what an attack maximises, E max L over the box around each image (Madry et
al. 2018, arXiv 1706.06083). The inner maximum is only approached, by a few steps along the
gradient's sign.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlib import data
from ganlib.society.attacks import differentiable, labels_of
from ganlib.support.validation import real_number, whole_number

if TYPE_CHECKING:
    import keras

__all__ = ["INNER", "Inner", "train"]


@dataclass(frozen=True)
class Inner:
    """How training images are changed.

    Attributes:
        steps: steps along the sign of the gradient.
        step_size: in units of ε.
        start: where they begin: "image", "box" (anywhere in it, uniformly) or "corner" (each
            channel of each pixel at +ε or -ε, at random).
    """

    steps: int
    step_size: float = 1.0
    start: str = "image"


INNER = {
    "none": Inner(0),
    # The control: changes of the same size that no gradient chose.
    "noise": Inner(0, start="corner"),
    # Goodfellow et al. 2015, arXiv 1412.6572.
    "sign": Inner(1),
    # Wong, Rice, Kolter 2020, arXiv 2001.03994: step size 1.25 ε from a random start.
    "random sign": Inner(1, 1.25, start="box"),
}


def train(
    classifier: "keras.Model",
    images: np.ndarray,
    labels: np.ndarray,
    *,
    steps: int,
    epsilon: float,
    inner: str = "random sign",
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    seed: int = 0,
    watch: Callable[[int], None] | None = None,
    every: int = 100,
) -> np.ndarray:
    """Train a classifier further, on images that an attack on it has changed.

    Each batch is mirrored at random, attacked (in inference mode) and learned from with Adam, whose
    rate falls to 0 on a straight line.

    Args:
        classifier: a classifier of bytes; it is changed.
        images: uint8 ``(n, height, width, channels)``.
        labels: whole numbers ``(n,)``.
        steps: batches to learn from.
        epsilon: the largest change, in the unit of images in [0, 1].
        inner: a name in ``INNER``.
        batch_size: images in a batch.
        learning_rate: of the first step.
        seed: of the order, the mirrors and the random starts.
        watch: called with the number of steps done, before the first and after each ``every``.
        every: see ``watch``.

    Returns:
        float32 ``(steps,)``: the mean loss of each batch, on what was learned from.

    Raises:
        TypeError, ValueError: images, labels or numbers out of range, or an unknown ``inner``.
    """
    import keras
    import tensorflow as tf

    if inner not in INNER:
        raise ValueError(f"inner is {inner!r}, but must be one of {', '.join(map(repr, INNER))}.")
    steps, every = whole_number(steps, "steps", 1), whole_number(every, "every", 1)
    reach = 2 * real_number(epsilon, "epsilon", least=0, most=1)  # in [-1, 1]
    learning_rate = real_number(learning_rate, "learning_rate", above=0)
    if watch is not None and not callable(watch):
        raise TypeError(f"watch is {watch!r}, but must be a function of the number of steps done.")
    model = differentiable(classifier)
    labels = labels_of(labels, len(images), model.output_shape[-1])
    batches = data.dataset(images, labels, batch_size, seed)
    rate = keras.optimizers.schedules.PolynomialDecay(learning_rate, steps, 0.0)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(model.trainable_variables)
    attack = _attack(model, INNER[inner], reach)
    draws = tf.random.Generator.from_seed(seed)

    @tf.function(reduce_retracing=True)
    def learn(pixels: Any, numbers: Any) -> Any:
        real = data.to_network(pixels)
        mirrored = draws.uniform((tf.shape(real)[0], 1, 1, 1)) < 0.5
        changed = attack(tf.where(mirrored, real[:, :, ::-1], real), numbers, draws)
        with tf.GradientTape() as tape:
            loss = _loss(model(changed, training=True), numbers)
        slopes = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(slopes, model.trainable_variables)
        return loss

    losses = np.empty(steps, np.float32)
    if watch is not None:
        watch(0)
    for step, (pixels, numbers) in zip(range(steps), batches, strict=False):
        losses[step] = learn(pixels, numbers)
        if watch is not None and (step + 1) % every == 0:
            watch(step + 1)
    return losses


def _loss(logits: Any, labels: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


def _attack(model: Callable, inner: Inner, reach: float) -> Callable:
    """From images in [-1, 1], labels and a generator of draws to images changed by ``inner``."""
    import tensorflow as tf

    def attack(real: Any, labels: Any, draws: Any) -> Any:
        changed = real
        if inner.start == "box":
            changed = real + draws.uniform(tf.shape(real), -reach, reach)
        elif inner.start == "corner":
            changed = real + reach * tf.sign(draws.uniform(tf.shape(real), -1.0, 1.0))
        for _ in range(inner.steps):
            with tf.GradientTape() as tape:
                tape.watch(changed)
                loss = _loss(model(changed, training=False), labels)
            changed = changed + inner.step_size * reach * tf.sign(tape.gradient(loss, changed))
            changed = tf.clip_by_value(changed, real - reach, real + reach)
        return tf.stop_gradient(tf.clip_by_value(changed, -1.0, 1.0))

    return attack
