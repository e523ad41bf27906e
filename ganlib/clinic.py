"""Seven questions to ask of a GAN program that does not learn, as functions, cheapest first.

They take plain callables, Keras models and lists of variables, so they work on any program,
``ganlib.GAN`` included. Most return a ``Report``, a dictionary of dictionaries that prints as a
table:

>>> inspect_batch(latents=np.zeros((64, 100), np.float32))
         shape      dtype    min  mean  max  finite
latents  (64, 100)  float32    0     0    0  yes
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ganlib.support.report import Report
from ganlib.support.validation import stacked, whole_number, without_bfloat16

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    Variable = keras.Variable | tf.Variable
    Network = keras.Model | Iterable[Variable]

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


def inspect_batch(**arrays: ArrayLike) -> Report:
    """Shape, type and range of arrays: what a network really gets, and what it returns.

    Args:
        **arrays: arrays or tensors of any shape, by name.

    Returns:
        For each name ``shape``, ``dtype``, ``min``, ``mean``, ``max`` (over finite values; None
        where there are none) and ``finite``: whether all values are.

    Raises:
        TypeError: an array does not hold real numbers.
    """
    report = Report()
    for name, given in arrays.items():
        given = stacked(given, name)
        values = without_bfloat16(given)
        if values.dtype.kind not in "biuf":
            raise TypeError(
                f"{name} holds values of type {given.dtype}, but must hold real numbers. "
                "Give arrays or tensors."
            )
        finite = np.isfinite(values)
        known = values[finite]
        report[name] = {
            "shape": values.shape,
            "dtype": given.dtype.name,
            "min": float(known.min()) if known.size else None,
            "mean": float(known.mean()) if known.size else None,
            "max": float(known.max()) if known.size else None,
            "finite": bool(finite.all()),
        }
    return report


def gradient_norms(
    compute_losses: "Callable[[], Mapping[str, tf.Tensor]]", networks: "Mapping[str, Network]"
) -> Report:
    """How strongly each loss pulls at each network: the norm of its gradient.

    Args:
        compute_losses: computes the losses anew; returns scalar tensors by name.
        networks: Keras models, or lists of variables, by name.

    Returns:
        For each loss and network the Euclidean norm over all weights; None where no path leads from
        the weights to the loss. That is not the same as 0, the norm at a flat place.

    Raises:
        TypeError: networks is not a dictionary.
        ValueError: a loss is not a scalar tensor, or a network has no weights yet.
    """
    import tensorflow as tf

    variables = {name: _variables(name, network) for name, network in _by_name(networks)}
    with tf.GradientTape(persistent=True) as tape:
        losses = compute_losses()
    report = Report()
    for name, loss in losses.items():
        if not tf.is_tensor(loss) or loss.shape.rank:
            raise ValueError(
                f"The loss {name!r} is {_described(loss)}, but must be a scalar tensor. Take its "
                "mean, and do not turn it into a number."
            )
        report[name] = {}
        for network, weights in variables.items():
            gradients = tape.gradient(loss, weights)
            reached = [gradient for gradient in gradients if gradient is not None]
            report[name][network] = float(tf.linalg.global_norm(reached)) if reached else None
    return report


def who_is_updated(step: Callable[[], Any], networks: "Mapping[str, Network]") -> Report:
    """Take one step, and see whose weights it changed. The step is not undone.

    Args:
        step: takes one training step.
        networks: Keras models, or lists of variables, by name.

    Returns:
        For each network ``changed``, how many of its weight tensors have another value now; ``of``,
        how many it has; and ``largest``, the largest change of a single weight, nan if a weight is
        no longer a number.

    Raises:
        TypeError: networks is not a dictionary.
        ValueError: a network has no weights yet.
    """
    before = {name: _values(name, network) for name, network in _by_name(networks)}
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
    steps: Callable[[], Any],
    generator: "keras.Model",
    discriminator: "keras.Model",
    latents: ArrayLike,
) -> dict[str, float]:
    """Take some steps, and let the old discriminator judge the new generator.

    Args:
        steps: takes one training step or a few. They are not undone.
        generator: a Keras model, latents to images.
        discriminator: a Keras model, images to logits.
        latents: floats ``(n, latent_dim)``, the same for all three judgements.

    Returns:
        The mean logit of generated images ``at first``; ``later``, when both players have moved;
        and of ``old D, new G``. A generator that learns to be taken for real raises the last one
        above the first, provided the steps are so few that the old discriminator is still a fair
        judge.
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
    """Both losses for logits where it is known what they should be.

    Args:
        d_loss: ``(real_logits, fake_logits)`` to the discriminator's loss.
        g_loss: ``(real_logits, fake_logits)`` to the generator's loss.

    Returns:
        For five discriminators the two logits and the two losses. ``L_D`` must be smallest where D
        is right and greatest where it is wrong. ``L_G`` must be small where the fake logit is high
        and, except in relativistic losses, must not depend on the real one.

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
                    f"{which} is {_described(loss)}, but must be one number for a batch. Take the "
                    "mean over the batch."
                )
        values = {which: float(loss) for which, loss in losses.items()}
        report[name] = {"real": real, "fake": fake, **values}
    return report


def nearest(drawn: ArrayLike, images: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """For each drawn image: which of a few others is the nearest, and how far away it is.

    Args:
        drawn: floats, or uint8, ``(n, height, width, channels)``.
        images: of the same kind as ``drawn``, ``(k, height, width, channels)``, with a small k.

    Returns:
        Two arrays ``(n,)``: an index into ``images``, and the root mean square difference to that
        image: for uint8 in grey levels of 0 to 255, for floats in the unit of the floats.

    Raises:
        TypeError: one is uint8 and the other floats, or they are something else.
        ValueError: drawn images and images differ in shape, or are not batches of images.

    >>> bytes_10, others = np.full((1, 2, 2, 1), 10, np.uint8), np.zeros((2, 2, 2, 1), np.uint8)
    >>> others[0], others[1] = 250, 30
    >>> [answer.item() for answer in nearest(bytes_10, others)]
    [1, 20.0]
    """
    drawn, images = without_bfloat16(np.asarray(drawn)), without_bfloat16(np.asarray(images))
    if drawn.ndim != 4 or images.ndim != 4 or not len(images):
        raise ValueError(
            f"drawn and images have the shapes {drawn.shape} and {images.shape}, but must be two "
            "batches (n, height, width, channels). A single image is a batch of one: image[None]."
        )
    if drawn.shape[1:] != images.shape[1:]:
        raise ValueError(
            f"Drawn images have the shape {drawn.shape[1:]} and the others {images.shape[1:]}, but "
            "must have the same."
        )
    kinds = {
        array.dtype if array.dtype == np.uint8 else array.dtype.kind for array in (drawn, images)
    }
    if kinds not in ({"f"}, {np.dtype(np.uint8)}):
        raise TypeError(
            f"drawn are {drawn.dtype} and images are {images.dtype}, but must both be floats or "
            "both be uint8. ganlib.data.to_network(bytes) makes floats in [-1, 1] of bytes."
        )
    exact = np.result_type(drawn, images, np.float32)  # the difference of bytes would wrap around
    drawn, images = drawn.astype(exact), images.astype(exact)
    apart = np.stack([np.sqrt(((drawn - image) ** 2).mean((1, 2, 3))) for image in images])
    return apart.argmin(axis=0), apart.min(axis=0)


def overfit(
    train_step: Callable[[Any], Any], draw: Callable[[], ArrayLike], images: ArrayLike, steps: int
) -> Report:
    """Train on the same few images only: a program that learns anything learns these.

    Args:
        train_step: takes one training step on a batch.
        draw: returns a batch of generated images, floats ``(n, height, width, channels)``.
        images: floats ``(k, height, width, channels)`` in network space, the batch of every step.
        steps: how many steps, at least 1.

    Returns:
        For the start, the middle and the end: ``distance``, the mean distance of drawn images to
        the ``nearest`` of ``images``, and ``images``, how many of these are the nearest to any.
        Compare the distance with that of the images' own mean: a program that has learned only an
        average reaches that. Where ``images`` is small, the generator has collapsed to a few.

    Raises:
        TypeError, ValueError: steps is not a positive whole number, or drawn images have another
            shape or type than ``images``.
    """
    steps = whole_number(steps, "steps", 1)
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


def _by_name(networks: "Mapping[str, Network]") -> "Iterable[tuple[str, Network]]":
    if not isinstance(networks, Mapping):
        raise TypeError(
            f"networks is {type(networks).__name__}, but must be a dictionary of networks by name, "
            'for example {"D": discriminator, "G": generator}.'
        )
    return networks.items()


def _variables(name: str, network: "Network") -> "list[Variable]":
    variables = list(getattr(network, "trainable_variables", network))
    if not variables:
        raise ValueError(
            f"{name!r} has no trainable weights. A Keras model gets them when it is built: call it "
            "once, or begin it with keras.Input."
        )
    return variables


def _values(name: str, network: "Network") -> list[np.ndarray]:
    return [np.array(variable.numpy()) for variable in _variables(name, network)]


def _described(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return repr(value) if shape is None else f"of shape {tuple(shape)}"
