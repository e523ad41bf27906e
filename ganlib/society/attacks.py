"""Attacks that follow the gradient: an image is changed a little, a classifier answers wrongly.

All of them stay in the box |x' − x| ≤ ε in every channel of every pixel, and in the range of
images. The unit of ε is that of images in [0, 1]: 8/255 is 8 grey levels, and 16/255 in [-1, 1].
Images are uint8 or floats in [0, 1], and attacked images come back as they came; bytes are attacked
as bytes (see ``ganlib.society.box``).
"""

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlib.society.box import Box, scaled
from ganlib.support.image_arrays import checked_labels
from ganlib.support.validation import real_number, whole_number

if TYPE_CHECKING:
    import keras

__all__ = [
    "LOSSES",
    "Victim",
    "ahead",
    "checked_victim",
    "differentiable",
    "fgsm",
    "labels_of",
    "pgd",
    "random_signs",
    "right",
    "straight_through",
]

LOSSES = ("cross-entropy", "margin")


def differentiable(classifier: "keras.Model") -> "keras.Model":
    """A classifier of bytes, from behind the layer that scales them: what has a gradient.

    Args:
        classifier: a model that takes uint8 images, as ``ganlib.zoo`` and
            ``ganlib.support.classifiers`` have them.

    Returns:
        A model with the same layers: float images in [-1, 1] to float32 logits ``(n, classes)``.

    Raises:
        TypeError, ValueError: no Keras model, or one that does not begin by scaling bytes.
    """
    import keras

    if not isinstance(classifier, keras.Model):
        raise TypeError(
            f"classifier is {type(classifier).__name__}, but must be a Keras model of bytes, as "
            "ganlib.zoo has them."
        )
    scaling = [each for each in classifier.layers if isinstance(each, keras.layers.Rescaling)]
    if len(scaling) != 1:
        raise ValueError(
            f"{classifier.name} has {len(scaling)} layers that scale bytes, but must have one, as "
            "the classifiers of ganlib.zoo do. For another model, write Victim(function)."
        )
    output = classifier.output
    logits = output["logits"] if isinstance(output, dict) else output
    return keras.Model(scaling[0].output, logits, name=f"{classifier.name}_of_floats")


def ahead(logits: Any, labels: Any) -> Any:
    """By how much the largest other logit exceeds that of the label: above 0 for a wrong answer.

    Args:
        logits: a float tensor ``(n, classes)``.
        labels: an integer tensor ``(n,)``.

    Returns:
        A float tensor ``(n,)``.
    """
    import tensorflow as tf

    logits = tf.convert_to_tensor(logits)
    at_label = tf.one_hot(labels, tf.shape(logits)[1], on_value=True, off_value=False)
    others = tf.where(at_label, logits.dtype.min, logits)
    return tf.reduce_max(others, axis=1) - tf.gather(logits, labels, axis=1, batch_dims=1)


def straight_through(function: Callable) -> Callable:
    """A function that computes the same, and whose gradient is that of the identity.

    An attacker puts it in place of a step without a useful gradient, such as rounding (backward
    pass differentiable approximation, BPDA: Athalye, Carlini, Wagner 2018, arXiv 1802.00420).

    Args:
        function: from a tensor to a tensor of the same shape.
    """
    import tensorflow as tf

    def passing(images: Any) -> Any:
        return images + tf.stop_gradient(function(images) - images)

    return passing


class Victim:
    """A classifier as an attacker sees it: logits, and where their gradient points.

    Args:
        logits: from a float32 tensor of images in [0, 1], ``(n, ...)``, to logits ``(n, classes)``
            with two classes or more, made of TensorFlow's or Keras's operations; or a Keras
            classifier of bytes, as ``differentiable`` takes it.
        batch_size: images at once.
    """

    def __init__(self, logits: "Callable | keras.Model", batch_size: int = 100):
        import keras

        if isinstance(logits, keras.Model) and logits.inputs[0].dtype == "uint8":
            model = differentiable(logits)
            logits = lambda images: model(2.0 * images - 1.0, training=False)  # noqa: E731
        if not callable(logits):
            raise TypeError(
                f"logits is {logits!r}, but must be a function from images to logits, or a Keras "
                "classifier of bytes."
            )
        self.function = logits
        self.batch_size = whole_number(batch_size, "batch_size", 1)
        self._compiled: dict[tuple, Callable] = {}

    def logits(self, images: np.ndarray) -> np.ndarray:
        """What it answers.

        Args:
            images: uint8, or floats in [0, 1], ``(n, ...)``.

        Returns:
            float32 ``(n, classes)``.
        """
        images, _ = scaled(images)
        answer = self._once("logits", images.shape[1:])
        return np.concatenate([answer(images[rows]).numpy() for rows in self.batches(len(images))])

    def batches(self, n: int) -> Iterator[slice]:
        """Rows 0 … n - 1 in slices of at most ``batch_size``."""
        return (slice(i, min(i + self.batch_size, n)) for i in range(0, n, self.batch_size))

    def labels(self, labels: np.ndarray, images: np.ndarray) -> np.ndarray:
        """The labels of images as int32 ``(n,)``.

        Raises:
            TypeError, ValueError: they are not a class number for each image.
        """
        labels = checked_labels(labels, len(images))  # before the victim is asked
        return labels_of(labels, len(images), self.logits(images[:1]).shape[1])

    def direction(self, loss: str, images: np.ndarray, labels: np.ndarray) -> tuple[Any, Any]:
        """The sign of the loss's gradient, and ``ahead``, of a batch.

        Args:
            loss: one of ``LOSSES``; or "none", which leaves out the first of the two.
            images: float32 in [0, 1], ``(n, ...)``.
            labels: int32 ``(n,)``.
        """
        return self._once(loss, images.shape[1:])(images, labels)

    def _once(self, what: str, shape: tuple[int, ...]) -> Callable:
        """A function for batches of images of one shape, compiled when it is first needed."""
        import tensorflow as tf

        if (what, shape) not in self._compiled:
            kinds = [tf.TensorSpec((None, *shape), tf.float32), tf.TensorSpec((None,), tf.int32)]
            function = self.function
            if what == "logits":
                kinds = kinds[:1]
            else:
                function = functools.partial(self._direction, what)
            self._compiled[what, shape] = tf.function(function, input_signature=kinds)
        return self._compiled[what, shape]

    def _direction(self, loss: str, images: Any, labels: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        if loss == "none":
            return (), ahead(self.function(images), labels)
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = self.function(images)
            value = lead = ahead(logits, labels)
            if loss == "cross-entropy":
                value = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            value = tf.reduce_sum(value)
        slope = tape.gradient(value, images, unconnected_gradients="zero")
        return tf.sign(slope), lead


def labels_of(labels: np.ndarray, n: int, classes: int) -> np.ndarray:
    """Labels of n images for a victim with so many classes, int32; else as ``Victim.labels``."""
    labels = checked_labels(labels, n)
    if labels.max() >= classes:
        raise ValueError(
            f"labels go up to {labels.max()}, but must be 0 … {classes - 1}: the victim has "
            f"{classes} logits."
        )
    return labels.astype(np.int32)


def checked_victim(victim: Victim) -> Victim:
    """A victim as it was given; TypeError for anything else."""
    if not isinstance(victim, Victim):
        raise TypeError(
            f"victim is {type(victim).__name__}, but must be a Victim: write Victim(classifier)."
        )
    return victim


def right(victim: Victim, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """For each image, whether its largest logit is that of its label.

    Args:
        victim: the classifier.
        images: uint8, or floats in [0, 1], ``(n, ...)``.
        labels: whole numbers ``(n,)``.

    Returns:
        bools ``(n,)``.
    """
    return checked_victim(victim).logits(images).argmax(axis=1) == victim.labels(labels, images)


def fgsm(
    victim: Victim,
    images: np.ndarray,
    labels: np.ndarray,
    epsilon: float,
    *,
    targeted: bool = False,
) -> np.ndarray:
    """The fast gradient sign method: x + ε sign ∇L, clipped (Goodfellow et al. 2015, 1412.6572).

    Args:
        victim: what is attacked.
        images: uint8, or floats in [0, 1], ``(n, ...)``.
        labels: whole numbers ``(n,)``: the true labels; with ``targeted`` the wanted ones.
        epsilon: the largest change, in the unit of images in [0, 1].
        targeted: whether the labels are what the victim is to answer.

    Returns:
        Attacked images, shape and dtype those of ``images``.

    Raises:
        TypeError, ValueError: images, labels or ε out of range.
    """
    box, labels = Box.around(images, epsilon), checked_victim(victim).labels(labels, images)
    size = np.float32(-box.epsilon if targeted else box.epsilon)
    moved = np.empty_like(box.origin)
    for rows in victim.batches(len(moved)):
        slope, _ = victim.direction("cross-entropy", box.origin[rows], labels[rows])
        moved[rows] = box.origin[rows] + size * slope.numpy()
    return box.as_given(box.nearest(moved))


def pgd(
    victim: Victim,
    images: np.ndarray,
    labels: np.ndarray,
    epsilon: float,
    *,
    steps: int = 10,
    step_size: float | None = None,
    restarts: int = 1,
    targeted: bool = False,
    loss: str = "cross-entropy",
    seed: int = 0,
) -> np.ndarray:
    """Projected gradient descent from a random start (Madry et al. 2018, arXiv 1706.06083).

    x ← the point of the box next to x + α sign ∇L. Of all points on the way each image keeps the
    one where a wrong answer is farthest ahead (with ``targeted``, where the wanted one is), so more
    steps or restarts of the same size never make the attack weaker.

    Args:
        victim: what is attacked.
        images: uint8, or floats in [0, 1], ``(n, ...)``.
        labels: whole numbers ``(n,)``: the true labels; with ``targeted`` the wanted ones.
        epsilon: the largest change, in the unit of images in [0, 1].
        steps: how many.
        step_size: α, in the unit of ε; None for ε/4.
        restarts: how many random starts.
        targeted: whether the labels are what the victim is to answer.
        loss: "cross-entropy"; or "margin", the largest other logit minus that of the label, whose
            gradient does not vanish where the softmax is sure.
        seed: of the random starts.

    Returns:
        Attacked images, shape and dtype those of ``images``.

    Raises:
        TypeError, ValueError: images, labels or numbers out of range, or an unknown loss.
    """
    box, labels = Box.around(images, epsilon), checked_victim(victim).labels(labels, images)
    steps, restarts = whole_number(steps, "steps", 1), whole_number(restarts, "restarts", 1)
    if loss not in LOSSES:
        raise ValueError(f"loss is {loss!r}, but must be one of {', '.join(LOSSES)}.")
    if step_size is not None:
        real_number(step_size, "step_size", above=0)
    sign = np.float32(-1.0 if targeted else 1.0)
    step = sign * box.step(box.epsilon / 4 if step_size is None else step_size)
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    best, farthest = box.origin.copy(), np.full(len(labels), -np.inf, np.float32)

    def keep(points: np.ndarray, lead: Any, rows: slice) -> None:
        lead = sign * lead.numpy()
        better = lead > farthest[rows]
        best[rows][better], farthest[rows][better] = points[better], lead[better]

    for _ in range(restarts):
        shift = rng.uniform(-box.epsilon, box.epsilon, best.shape).astype(np.float32)
        starts = box.nearest(box.origin + shift)
        for rows in victim.batches(len(labels)):
            points = starts[rows]
            for _ in range(steps):
                slope, lead = victim.direction(loss, points, labels[rows])
                keep(points, lead, rows)
                points = box.nearest(points + step * slope.numpy(), rows)
            keep(points, victim.direction("none", points, labels[rows])[1], rows)
    return box.as_given(best)


def random_signs(images: np.ndarray, epsilon: float, seed: int = 0) -> np.ndarray:
    """The control of every attack: each channel of each pixel moved up or down by ε, at random.

    Args:
        images: uint8, or floats in [0, 1], ``(n, ...)``.
        epsilon: the size of the change, in the unit of images in [0, 1].
        seed: of the signs.

    Returns:
        Changed images, clipped to the range; shape and dtype those of ``images``.
    """
    box = Box.around(images, epsilon)
    signs = np.random.default_rng(whole_number(seed, "seed", 0)).integers(0, 2, box.origin.shape)
    step = np.float32(box.epsilon) * (2 * signs - 1).astype(np.float32)
    return box.as_given(box.nearest(box.origin + step))
