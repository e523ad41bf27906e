"""The cross-entropy from logits, and its slope."""

from typing import Any

import numpy as np

from ganlib.checks.formulas import sigmoid, softplus
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["loss_and_slope"]


@task(
    points=4,
    hints=(
        "Real images (label 1) cost softplus(−l), generated ones (label 0) softplus(l). The slope "
        "of softplus is σ. And look at the shapes: what is (n, 1) minus (n,)?",
        "labels[:, None] has the shape (n, 1). One formula for both kinds is softplus(l) − label "
        "· l; differentiate it. The mean over n images divides the slope, too.",
        "softplus(l) = max(l, 0) + log(1 + e^(−|l|)), which np.logaddexp(0, l) computes, and σ(l) "
        "= (1 + tanh(l/2))/2: neither overflows.",
    ),
)
def loss_and_slope(trial: Trial) -> None:
    """Mean binary cross-entropy from logits (n, 1) and labels (n,), and its slope in each logit."""
    with trial.part(1, "the loss"):
        _loss(trial)
    with trial.part(1, "its slope in each logit"):
        _slope(trial)
    with trial.part(1, "the loss at logits of ±50 and ±800"):
        _large_loss(trial)
    with trial.part(1, "the slope at logits of ±50 and ±800"):
        _large_slope(trial)


def _batch(trial: Trial) -> tuple[np.ndarray, np.ndarray]:
    logits = trial.rng.normal(0.4, 2, (30, 1))
    return logits, trial.rng.permutation(np.repeat([1.0, 0.0], [20, 10]))


def _loss(trial: Trial) -> None:
    logits, labels = _batch(trial)
    loss, _ = _pair(trial, logits, labels)
    y, d = labels[:, None], sigmoid(logits)
    each = softplus(logits) - y * logits
    right, swapped = each.mean(), softplus(logits) - (1 - y) * logits
    trial.expect(
        trial.number(loss, "the loss"),
        right,
        within=1e-5,
        usual=(
            (
                (softplus(logits) - labels * logits).mean(),
                "Each logit has met all labels: logits (n, 1) and labels (n,) give an array (n, "
                "n), and no error. Bring both to the same shape first.",
            ),
            (swapped.mean(), "Real and generated have changed places: 1 is real."),
            (each.sum(), "You added up the images. The task asks for the mean over the batch."),
            (-right, "The sign is turned round: a loss is high where D is wrong."),
            (
                (softplus(d) - y * d).mean(),
                "Two sigmoids, one after the other: the loss from logits got what a sigmoid had "
                "made of them.",
            ),
            (
                each[labels == 1].mean() + each[labels == 0].mean(),
                "You took a mean for each kind and added them. The task asks for one mean over the "
                "whole batch.",
            ),
            (
                (each[labels == 1].mean() + each[labels == 0].mean()) / 2,
                "You took the mean of two means. The task asks for one mean over the whole batch.",
            ),
            ((y * softplus(-logits)).mean(), "The generated images are missing."),
            (((1 - y) * softplus(logits)).mean(), "The real images are missing."),
            (
                softplus(logits).mean(),
                "This takes all images for generated ones. Where are the labels?",
            ),
            (
                ((d - y) ** 2).mean(),
                "This is a mean of squares. The cross-entropy takes logarithms.",
            ),
            (right / np.log(2), "This has logarithms with base 2; the task asks for natural ones."),
        ),
        otherwise="The loss is not right. Work it out for one real image: softplus(−l), and for "
        "one generated: softplus(l).",
    )


def _slope(trial: Trial) -> None:
    logits, labels = _batch(trial)
    n = len(logits)
    _, slope = _pair(trial, logits, labels)
    y, d = labels[:, None], sigmoid(logits)
    exact = (d - y) / n
    answer = np.asarray(slope.numpy() if hasattr(slope, "numpy") else slope)
    if answer.shape == (n, n):
        raise Wrong(
            "The slope has the shape (n, n): each logit has met all labels. Bring labels (n,) and "
            "logits (n, 1) to the same shape first."
        )
    trial.expect(
        trial.array(slope, (n, 1), "the slope") * n,
        exact * n,
        within=1e-4,
        usual=(
            (
                (d - y) * n,
                "This is the slope of each image's own loss. In the mean over n images each has "
                "only a part.",
            ),
            (
                -exact * n,
                "The slope has the wrong sign: for a real image the loss falls when its logit "
                "rises.",
            ),
            (
                -(d - y) * n,
                "The slope has the wrong sign, and in a mean over n images each has only a part.",
            ),
            (d - (1 - y), "In the slope real and generated have changed places: 1 is real."),
            (
                (d - y) / (d * (1 - d)),
                "This is the slope in the probability. The task asks for the slope in the logit: "
                "the chain rule adds the factor σ'(l).",
            ),
            ((d - y) * d * (1 - d), "There is one factor σ'(l) too many."),
            (2 * (d - y) * d * (1 - d), "This is the slope of a mean of squares."),
            (d, "This takes all images for generated ones. Where are the labels?"),
            ((d - y) / n, "You divided by n twice."),
        ),
        otherwise="The slope is not right. Change one logit a little and see by how much the loss "
        "changes.",
    )


def _large_loss(trial: Trial) -> None:
    # One by one: what overflows in one image must not hide the others.
    cases = ((1, 1, 0), (-1, 0, 0), (1, 0, 1), (-1, 1, 1))  # sign, label, cost
    for logit, label, cost in [(n * k, y, n * c) for n in (800.0, 50.0) for k, y, c in cases]:
        pair = np.array([[logit], [0.5]]), np.array([float(label), 1.0])
        answer = _finite(trial, _pair(trial, *pair)[0], "loss", logit) * 2 - softplus(-0.5)
        if 5 < answer < 0.9 * cost:
            raise Wrong(
                f"A logit of {logit:g} with the label {label:g} costs {answer:.1f} here: something "
                "clips the probability or the logit, so that the loss stops rising. Compute it "
                "from the logit as it is, without σ. (Clipping the logit is harmless for the slope "
                "only.)"
            )
        trial.expect(
            answer,
            cost,
            within=1e-3,
            usual=(
                (
                    2 * cost + softplus(-0.5),
                    "You added up the images. The task asks for the mean over the batch.",
                ),
            ),
            otherwise=f"At a logit of {logit:g} with the label {label:g} the loss is not right.",
        )


def _large_slope(trial: Trial) -> None:
    for size in (800, 50):
        logits = np.array([[-1.0], [1.0], [-1.0], [1.0]]) * size
        slope = _pair(trial, logits, np.array([0.0, 1.0, 1.0, 0.0]))[1]
        answer = trial.array(_finite(trial, slope, "slope", size), (4, 1), "the slope") * 4
        right = np.array([[0.0], [0.0], [-1.0], [1.0]])
        trial.expect(
            answer,
            right,
            within=1e-4,
            usual=(
                (
                    4 * right,
                    "This is the slope of each image's own loss. In the mean over n images each "
                    "has only a part.",
                ),
                (
                    -right,
                    "The slope has the wrong sign: for a real image the loss falls when its logit "
                    "rises.",
                ),
                (
                    np.zeros((4, 1)),
                    f"Where D is most wrong, at logits of ±{size}, your slope is 0: something "
                    "clips. Such an image should teach D most.",
                ),
            ),
            otherwise=f"At logits of ±{size} the slope is not right. What is σ there?",
        )


def _pair(trial: Trial, logits: np.ndarray, labels: np.ndarray) -> list:
    result = trial.call(logits, labels)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two things: return loss, slope.")
    return list(result)


def _finite(trial: Trial, value: Any, what: str, logit: float) -> np.ndarray:
    """The values as an array, if none of them is NaN or infinite."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    if not np.isfinite(np.asarray(value, np.float64)).all():
        raise Wrong(
            f"At a logit of {abs(logit):g} or −{abs(logit):g} the {what} is NaN or infinite: a "
            "logarithm meets 0, or an exponential a large number."
        )
    return trial.array(value, what=f"the {what}")
