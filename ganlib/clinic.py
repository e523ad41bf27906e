"""Seven questions to a GAN program that does not learn, as functions: from cheap to dear.

They ask plain callables, Keras models and lists of variables, so they work on any program, on
``ganlib.GAN`` too. Each returns a ``Report``, a dictionary of dictionaries that prints as a table:

>>> inspect_batch(latents=np.zeros((64, 100), np.float32))
         shape      dtype    min  mean  max  finite
latents  (64, 100)  float32    0     0    0  yes
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = [
    "Report",
    "gradient_norms",
    "inspect_batch",
    "loss_on_known_logits",
    "nearest",
    "overfit",
    "which_way",
    "who_is_updated",
]

Network = Any  # a Keras model, or a list of variables


class Report(dict):
    """Rows by name, each a dictionary of columns. Prints as an aligned table.

    >>> Report({"real": {"mean": 0.25, "path": None}, "fake": {"mean": 1e-9, "path": True}})
           mean  path
    real   0.25  none
    fake  1e-09  yes
    """

    def __repr__(self) -> str:
        columns = list(dict.fromkeys(column for row in self.values() for column in row))
        cells = [["", *columns]]
        cells += [[str(name), *(_text(row.get(c)) for c in columns)] for name, row in self.items()]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        right = [False, *(self._numbers(column) for column in columns)]
        lines = [
            "  ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for cell, width, number in zip(line, widths, right, strict=True)
            )
            for line in cells
        ]
        return "\n".join(line.rstrip() for line in lines)

    def _numbers(self, column: str) -> bool:
        values = [row[column] for row in self.values() if row.get(column) is not None]
        return bool(values) and all(type(value) in (int, float) for value in values)


def inspect_batch(**arrays: Any) -> Report:
    """Shape, type and range of arrays: what a network really gets, and what it returns.

    Args:
        **arrays: arrays or tensors by name.

    Returns:
        For each name ``shape``, ``dtype``, ``min``, ``mean``, ``max`` (over finite values; None where
        there are none) and ``finite``: whether all values are.

    Raises:
        TypeError: an array does not hold numbers.
    """
    report = Report()
    for name, values in arrays.items():
        values = np.asarray(values)
        try:
            finite = np.isfinite(values)
        except TypeError:
            raise TypeError(
                f"{name} holds values of type {values.dtype}, not numbers. Give arrays or tensors."
            ) from None
        known = values[finite]
        report[name] = {
            "shape": values.shape,
            "dtype": values.dtype.name,
            "min": float(known.min()) if known.size else None,
            "mean": float(known.mean()) if known.size else None,
            "max": float(known.max()) if known.size else None,
            "finite": bool(finite.all()),
        }
    return report


def gradient_norms(
    compute_losses: Callable[[], Mapping[str, Any]], networks: Mapping[str, Network]
) -> Report:
    """How strongly each loss pulls at each network: the norm of its gradient.

    Args:
        compute_losses: computes the losses anew; returns scalar tensors by name.
        networks: Keras models, or lists of variables, by name.

    Returns:
        For each loss and network the Euclidean norm over all weights; None where no path leads from the
        weights to the loss. That is another thing than 0, the norm at a flat place.

    Raises:
        ValueError: a loss is no scalar tensor, or a network has no weights yet.
    """
    import tensorflow as tf

    variables = {name: _variables(name, network) for name, network in networks.items()}
    with tf.GradientTape(persistent=True) as tape:
        losses = compute_losses()
    report = Report()
    for name, loss in losses.items():
        if not tf.is_tensor(loss) or loss.shape.rank:
            raise ValueError(
                f"The loss {name!r} must be a scalar tensor, but is {_said(loss)}. Take its mean, and do "
                "not turn it into a number."
            )
        report[name] = {}
        for network, weights in variables.items():
            gradients = tape.gradient(loss, weights)
            there = [each for each in gradients if each is not None]
            report[name][network] = float(tf.linalg.global_norm(there)) if there else None
    return report


def who_is_updated(step: Callable[[], Any], networks: Mapping[str, Network]) -> Report:
    """Take one step, and see whose weights it changed. The step is real: it is not undone.

    Args:
        step: takes one training step.
        networks: Keras models, or lists of variables, by name.

    Returns:
        For each network ``changed``, how many of its weight tensors have another value now; ``of``, how
        many it has; and ``largest``, the largest change of a single weight, nan if a weight is no
        number any more.

    Raises:
        ValueError: a network has no weights yet.
    """
    before = {name: _values(name, network) for name, network in networks.items()}
    step()
    report = Report()
    for name, network in networks.items():
        pairs = zip(before[name], _values(name, network), strict=True)
        moves = [float(np.abs(new - old).max()) for old, new in pairs]
        report[name] = {
            "changed": sum(move != 0 for move in moves),
            "of": len(moves),
            "largest": float(np.max(moves)),
        }
    return report


def which_way(
    steps: Callable[[], Any], generator: Any, discriminator: Any, latents: Any
) -> dict[str, float]:
    """Take some steps, and let the discriminator from before them judge the generator from after them.

    Args:
        steps: takes one training step or a few. They are real: they are not undone.
        generator: a Keras model, latents to images.
        discriminator: a Keras model, images to logits.
        latents: floats ``(n, latent_dim)``, the same for all three judgements.

    Returns:
        The mean logit of generated images ``at first``, ``later``, when both players have moved, and
        from ``old D, new G``. A generator that learns to be taken for real raises the last one above
        the first, over steps so few that the old discriminator is still a fair judge.
    """

    def mean_logit() -> float:
        return float(np.mean(discriminator(generator(latents))))

    old, at_first = discriminator.get_weights(), mean_logit()
    steps()
    new, later = discriminator.get_weights(), mean_logit()
    discriminator.set_weights(old)
    judged = mean_logit()
    discriminator.set_weights(new)
    return {"at first": at_first, "later": later, "old D, new G": judged}


def loss_on_known_logits(
    d_loss: Callable[[Any, Any], Any], g_loss: Callable[[Any, Any], Any]
) -> Report:
    """Both losses where everybody knows what they should say.

    Args:
        d_loss: ``(real_logits, fake_logits)`` to the discriminator's loss.
        g_loss: ``(real_logits, fake_logits)`` to the generator's loss.

    Returns:
        For five discriminators the two logits and the two losses. ``L_D`` must be least where D is right
        and greatest where it is wrong; ``L_G`` must be small where the fake logit is high, and, save for
        relativistic losses, must not care for the real one.

    Raises:
        ValueError: a loss returns something other than one number.
    """
    import tensorflow as tf

    cases = {
        "D is right": (4.0, -4.0),
        "D cannot tell": (0.0, 0.0),
        "D is wrong": (-4.0, 4.0),
        "D takes all for real": (4.0, 4.0),
        "D takes all for fake": (-4.0, -4.0),
    }
    report = Report()
    for name, (real, fake) in cases.items():
        logits = tf.fill((8, 1), real), tf.fill((8, 1), fake)
        losses = {"L_D": d_loss(*logits), "L_G": g_loss(*logits)}
        for which, loss in losses.items():
            if np.ndim(loss) != 0:
                raise ValueError(
                    f"{which} must be one number for a batch, but is {_said(loss)}. Take the mean over "
                    "the batch."
                )
        report[name] = {"real": real, "fake": fake, **{k: float(v) for k, v in losses.items()}}
    return report


def nearest(drawn: Any, images: Any) -> tuple[np.ndarray, np.ndarray]:
    """For each drawn image: which of a few others is the nearest, and how far it is.

    Args:
        drawn: floats ``(n, height, width, channels)``.
        images: floats ``(k, height, width, channels)``, with a small k.

    Returns:
        Two arrays ``(n,)``: an index into ``images``, and the root mean square difference to that image.

    Raises:
        ValueError: drawn images and images differ in shape, or are no batches of images.
    """
    drawn, images = np.asarray(drawn), np.asarray(images)
    if drawn.ndim != 4 or images.ndim != 4 or not len(images):
        raise ValueError(
            f"Expected two batches (n, height, width, channels), but got shapes {drawn.shape} and "
            f"{images.shape}. A single image is a batch of one: image[None]."
        )
    if drawn.shape[1:] != images.shape[1:]:
        raise ValueError(
            f"Drawn images have shape {drawn.shape[1:]} and the others {images.shape[1:]}; only images "
            "of one shape can be compared."
        )
    apart = np.stack([np.sqrt(((drawn - image) ** 2).mean((1, 2, 3))) for image in images])
    return apart.argmin(axis=0), apart.min(axis=0)


def overfit(
    train_step: Callable[[Any], Any], draw: Callable[[], Any], images: Any, steps: int
) -> Report:
    """Train on the same few images only: a program that learns anything learns these.

    Args:
        train_step: takes one training step on a batch.
        draw: returns a batch of generated images.
        images: floats ``(k, height, width, channels)`` in network space, the batch of every step.
        steps: how many steps.

    Returns:
        For the start, the middle and the end: ``distance``, the mean distance of drawn images to the
        ``nearest`` of ``images``, and ``images``, how many of these are the nearest to any. Compare the
        distance with that of the images' own mean, which is what a program gets that has learned only an
        average; where ``images`` is small, the generator has collapsed to a few.

    Raises:
        ValueError: steps is no positive integer, or drawn images have another shape than ``images``.
    """
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps is {steps!r}, but must be a positive integer.")
    report = Report()
    for step in range(steps + 1):
        if step in (0, steps // 2, steps):
            which, distance = nearest(draw(), images)
            report[f"step {step}"] = {
                "distance": float(distance.mean()),
                "images": len(np.unique(which)),
            }
        if step < steps:
            train_step(images)
    return report


def _variables(name: str, network: Network) -> list:
    variables = list(getattr(network, "trainable_variables", network))
    if not variables:
        raise ValueError(
            f"{name!r} has no trainable weights. A Keras model gets them when it is built: call it once, "
            "or begin it with keras.Input."
        )
    return variables


def _values(name: str, network: Network) -> list[np.ndarray]:
    return [np.array(variable.numpy()) for variable in _variables(name, network)]


def _said(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return repr(value) if shape is None else f"of shape {tuple(shape)}"


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
