"""Two penalties on the gradient."""

import re
from typing import Any

import numpy as np
import tensorflow as tf

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["penalties"]


class _Critic:
    """Logits x · (a x / 2 + w): the gradient in the image is a x + w, known without any tape."""

    def __init__(self, a: np.ndarray, w: np.ndarray):
        self.a, self.w = (tf.Variable(each, dtype=tf.float32) for each in (a, w))
        self.trainable_variables = [self.a, self.w]

    def __call__(self, images: Any, training: bool | None = None) -> Any:
        logits = tf.reduce_sum(images * (self.a * images / 2 + self.w), axis=(1, 2, 3))
        return logits[:, None]


NAMES = "R1", "the penalty on the norm"


def _penalties(trial: Trial, critic: _Critic, images: np.ndarray) -> tuple[list, list]:
    """Both things the answer returns, and what an outer tape makes of them: gradients in w."""
    watch, watched = tf.GradientTape.watch, []

    def watching(tape: tf.GradientTape, tensor: Any) -> None:
        watched.append(tensor)
        watch(tape, tensor)

    with tf.GradientTape(persistent=True) as tape:
        tf.GradientTape.watch = watching
        try:
            result = trial.call(critic, tf.constant(images, tf.float32))
        except (AttributeError, TypeError, ValueError) as problem:
            if not re.search("NoneType|None values", str(problem)):
                raise
            if watched:
                raise Wrong(
                    "tape.gradient gave None: all between the images that you watch and the "
                    "logits must be computed inside the tape."
                ) from None
            raise Wrong(
                "tape.gradient gave None: a tape follows variables by itself, a tensor only after "
                "tape.watch(images)."
            ) from None
        finally:
            tf.GradientTape.watch = watch
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two numbers: return r1, one_norm.")
    # A plain number is no part of what the tape has seen.
    slopes = [tape.gradient(each, critic.w) if tf.is_tensor(each) else None for each in result]
    return list(result), slopes


@task(
    points=4,
    hints=(
        "tape.watch(images), then the logits inside the tape; tape.gradient(logits, images) has "
        "the shape of the images. It adds up the logits of the batch, which does no harm: no "
        "logit depends on another image.",
        "Square, then add up over the axes 1, 2 and 3: one number for each image. R1 is the mean "
        "of these numbers. The norms are their roots.",
        "The root has an infinite slope at 0, and infinity times 0 is NaN. Let the root never see "
        "a 0: before it, add something far smaller than 1, or put it in the place of 0.",
    ),
)
def penalties(trial: Trial) -> None:
    """R1 and the penalty on norms other than 1, as tensors from which D can learn."""
    shape = (5, 4, 3)
    sizes = np.linspace(0.2, 2.5, 6)[:, None, None, None]  # so that some norms are below 1
    images = (sizes * trial.rng.normal(0, 1, (6, *shape))).astype(np.float32)
    a, w = trial.rng.normal(0, 0.15, shape), trial.rng.normal(0, 0.05, shape)
    gradient = a * images + w
    norms = np.sqrt((gradient**2).sum((1, 2, 3)))
    towards_one = (2 * (norms - 1) / norms)[:, None, None, None] * gradient
    values = (norms**2).mean(), ((norms - 1) ** 2).mean()
    slopes = 2 * gradient.mean(0), towards_one.mean(0)
    usual = _usual(gradient, (images * (a * images / 2 + w)).sum((1, 2, 3)))
    steps = (
        "its squares added up for each image; the mean over the images.",
        "the norm for each image, less 1, squared; the mean over the images.",
    )
    right = [False, False]
    for k, name in enumerate(NAMES):
        with trial.part(1, f"the value of {name}"):
            value = trial.number(_penalties(trial, _Critic(a, w), images)[0][k], name)
            otherwise = (
                f"The value of {name} is not right: the gradient of the logits with respect to the "
                f"images; {steps[k]}"
            )
            trial.expect(value, values[k], usual=usual[k], otherwise=otherwise)
            right[k] = True

    for k, name in enumerate(NAMES):
        with trial.part(0.5, f"D's weights can learn from {name}"):
            slope = _penalties(trial, _Critic(a, w), images)[1][k]
            cut = (
                f"The gradient of {name} with respect to D's weights is {{}}. Keep all of it in "
                "tensors: NumPy, float(...) and stop_gradient cut the connection."
            )
            if slope is None:
                raise Wrong(cut.format("missing, so that D cannot learn from it"))
            slope = trial.array(slope, shape, f"the gradient of {name} in D's weights")
            if right[k]:
                trial.expect(slope, slopes[k], within=1e-3, otherwise=cut.format("not right"))
            else:  # then at least that of the value which is returned
                way = slope / max(np.linalg.norm(slope), 1e-9)
                ends = [
                    trial.number(_penalties(trial, _Critic(a, w + h * way), images)[0][k], name)
                    for h in (-0.05, 0.05)
                ]
                trial.expect(
                    np.linalg.norm(slope),
                    (ends[1] - ends[0]) / 0.1,
                    within=0.03,
                    otherwise=cut.format("not right"),
                )

    with trial.part(1, "value and gradient stay finite where the critic is flat"):
        _expect_finite(trial, images, a, right)


def _expect_finite(trial: Trial, images: np.ndarray, a: np.ndarray, right: list[bool]) -> None:
    """On a flat critic, and on one that is flat at a single image; values that are wrong anyhow
    need only be finite.
    """
    flat, one_flat = np.zeros(a.shape), images.copy()
    one_flat[2] = 0  # with w = 0 the gradient of this image alone is 0
    norms = np.sqrt(((a * one_flat) ** 2).sum((1, 2, 3)))
    for critic, seen, wanted, where in (
        (_Critic(flat, flat), images, (0.0, 1.0), "where the critic is flat"),
        (
            _Critic(a, flat),
            one_flat,
            ((norms**2).mean(), ((norms - 1) ** 2).mean()),
            "where the gradient of one image alone is 0",
        ),
    ):
        values, slopes = _penalties(trial, critic, seen)
        for k, name in enumerate(NAMES):
            value = trial.number(values[k], f"{name} {where}")
            trial.expect(
                value,
                wanted[k] if right[k] else value,
                within=3e-3,
                usual=((0.0, f"{name} {where} is 0, but a norm of 0 is 1 away from 1."),),
                otherwise=f"{name} {where} is not right. A norm of 0 is 1 away from 1; if you add "
                "something under the root, it must be far smaller.",
            )
            if slopes[k] is not None and not np.isfinite(slopes[k].numpy()).all():
                raise Wrong(
                    f"The value of {name} {where} is finite, but its gradient in D's weights is "
                    "NaN or infinite: after one step all weights are. What is the slope of the "
                    "root at 0?"
                )


def _usual(gradient: np.ndarray, logits: np.ndarray) -> tuple[list, list]:
    """For R1 and for the penalty on the norm: values of usual mistakes, and what to say."""
    squares, each = (gradient**2).sum((1, 2, 3)), gradient**2
    norms = np.sqrt(squares)
    r1, one_norm = squares.mean(), ((norms - 1) ** 2).mean()
    of_sigmoid = squares / (2 + np.exp(logits) + np.exp(-logits)) ** 2
    of_r1 = [
        (norms.mean(), "R1 has a root too many: it is the mean of the squared norms."),
        (
            r1 / len(norms) ** 2,
            "R1 is too small by n²: you took the mean of the logits before the gradient.",
        ),
        (r1 / 2, "This is half of R1. The ½ of some papers belongs to its weight in the loss."),
        (squares.sum(), "R1 is a mean over the images; you added them up."),
        (norms.mean() ** 2, "R1 is the mean of the squares; you squared the mean."),
        (each.mean(), "R1 takes a mean over all pixels. A norm adds them up."),
        (
            each.sum(-1).mean(),
            "R1's norm goes over the channels alone, not over all of an image.",
        ),
        (
            each.sum((1, 2)).mean(),
            "R1's norm goes over height and width alone: each channel has one of its own. Which "
            "axis is the channels'?",
        ),
        (np.sqrt(squares.sum()), "R1 takes one norm of the whole batch. Each image has its own."),
        (
            (gradient.mean(0) ** 2).sum(),
            "R1 takes the mean over the batch before the square, so that the gradients of "
            "different images cancel.",
        ),
        (of_sigmoid.mean(), "R1 takes the gradient of a probability. Take that of the logit."),
        (one_norm, "The two penalties have changed places."),
    ]
    of_norm = [
        (
            (norms.mean() - 1) ** 2,
            "The penalty takes the mean of the norms too early: first (norm − 1)² of each image, "
            "then the mean.",
        ),
        (((squares - 1) ** 2).mean(), "The penalty compares the squared norm with 1."),
        ((norms - 1).mean(), "The penalty is not squared: norms above and below 1 cancel."),
        (np.abs(norms - 1).mean(), "The penalty is the distance from 1, not its square."),
        ((np.maximum(norms - 1, 0) ** 2).mean(), "The penalty is 0 for all norms below 1."),
        (one_norm * len(norms), "The penalty is a mean over the images; you added them up."),
        ((np.sqrt(squares.sum()) - 1) ** 2, "The penalty takes one norm of the whole batch."),
        (
            ((np.sqrt(each.sum(-1)) - 1) ** 2).mean(),
            "The penalty's norm goes over the channels alone.",
        ),
        (
            ((np.sqrt(each.sum((1, 2))) - 1) ** 2).mean(),
            "The penalty's norm goes over height and width alone: each channel has one of its own.",
        ),
        (r1, "The penalty on the norm is R1 once more."),
    ]
    return of_r1, of_norm
