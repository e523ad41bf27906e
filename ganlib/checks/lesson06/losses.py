"""Both players' losses from logits."""

from typing import Any

import numpy as np

from ganlib.checks.formulas import sigmoid, softplus
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["losses", "two_losses"]


def two_losses(trial: Trial, result: Any) -> list[float]:
    """The two losses that an answer returned."""
    if isinstance(result, dict):
        raise Wrong("It should return two numbers, not a dictionary: return d_loss, g_loss.")
    if hasattr(result, "shape") and tuple(result.shape) == (2,):
        result = list(trial.array(result))
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two numbers: return d_loss, g_loss.")
    names = ("the loss of D", "the loss of G")
    return [trial.number(each, name) for each, name in zip(result, names, strict=True)]


@task(
    points=3,
    hints=(
        "L_D has one mean over the real and one over the generated logits. L_G looks at the "
        "generated ones alone.",
        "−log σ(l) = softplus(−l) and −log(1 − σ(l)) = softplus(l). A real image costs both, the "
        "first times the label, the second times 1 minus the label.",
        "softplus is in keras.ops and in tf.nn; in NumPy it is np.logaddexp(0, l).",
    ),
)
def losses(trial: Trial) -> None:
    """L_D with a label for real images, and the non-saturating L_G, from logits (n, 1), (m, 1)."""
    real = trial.rng.normal(1.0, 1.2, (9, 1)).astype(np.float32)
    fake = trial.rng.normal(-0.8, 1.0, (6, 1)).astype(np.float32)
    try:
        result = trial.call(real, fake)
    except Exception as problem:
        if "broadcast" in str(problem) or "ncompatible shapes" in str(problem):
            raise Wrong(
                "9 real and 6 generated logits cannot be added pair by pair; take two means."
            ) from None
        raise
    d_loss, g_loss = two_losses(trial, result)
    on_real, on_fake = softplus(-real).mean(), softplus(fake).mean()
    right, for_g = on_real + on_fake, softplus(-fake).mean()

    with trial.part(1, "the loss of D, with the label 1 and with others"):
        if np.allclose([d_loss, g_loss], [for_g, right], atol=1e-4):
            raise Wrong("The two losses have changed places: D's is the first.")
        _expect_plain(trial, d_loss, real, fake)
        for label in (0.9, 0.7):
            _expect_softened(trial, label, real, fake)
    with trial.part(1, "the loss of G"):
        trial.expect(
            g_loss,
            for_g,
            usual=(
                (
                    -on_fake,
                    "This is what the minimax game lets G minimise, log(1 − σ(l)). It saturates; "
                    "the lesson takes the other one.",
                ),
                (
                    on_fake,
                    "This L_G falls when D finds G's images out. Is the sign of the logit right?",
                ),
                (-for_g, "The sign of L_G is turned round."),
                (on_real, "L_G looks at generated images, not at real ones."),
                (on_real + for_g, "Real images have no part in L_G."),
                (softplus(real).mean() + for_g, "Real images have no part in L_G."),
                (
                    -right,
                    "This is −L_D, the loss of the minimax game. The non-saturating one is "
                    "another.",
                ),
                (softplus(-fake).sum(), "You added up the batch for G. It is a mean."),
                (for_g / 2, "This is half of L_G."),
                (
                    softplus(-sigmoid(fake)).mean(),
                    "Two sigmoids in L_G: softplus takes the logit itself.",
                ),
                (
                    softplus(-fake.mean()),
                    "You took G's loss of the mean logit, not the mean of the losses.",
                ),
            ),
            otherwise="L_G is not right. It should be small where D's logits on generated images "
            "are high.",
        )
        trial.expect(
            two_losses(trial, trial.call(real, fake, 0.7))[1],
            for_g,
            usual=(
                (
                    0.7 * for_g + 0.3 * on_fake,
                    "The label softens L_G as well. It is what D is told of real images; G's loss "
                    "stays as it is.",
                ),
                (0.7 * for_g, "The label is a factor of L_G. It has no part there."),
            ),
            otherwise="L_G changes with the label, which is about real images alone.",
        )
    with trial.part(1, "logits of ±200"):
        real, fake = np.array([[200.0], [-100.0]], np.float32), np.array([[200.0]], np.float32)
        d_loss, g_loss = two_losses(trial, trial.call(real, fake, 0.9))
        trial.expect(
            np.array([d_loss, g_loss]),
            np.array([255.0, 0.0]),
            within=1e-6,
            otherwise="With logits of ±200 the losses are not right: the true ones are large, and "
            "nothing is clipped.",
        )


def _expect_plain(trial: Trial, d_loss: float, real: np.ndarray, fake: np.ndarray) -> None:
    """L_D with the label 1, which is that of the lesson."""
    on_real, on_fake = softplus(-real).mean(), softplus(fake).mean()
    right = on_real + on_fake
    trial.expect(
        d_loss,
        right,
        usual=(
            (right / 2, "This is half of L_D: the mean of its two parts. It is their sum."),
            (-right, "The sign of L_D is turned round. A loss of this kind is never below 0."),
            (
                softplus(real).mean() + softplus(-fake).mean(),
                "D's labels are swapped: this loss falls when D takes generated images for real.",
            ),
            (
                on_real + softplus(-fake).mean(),
                "For generated images D's loss must fall when their logits fall.",
            ),
            (
                softplus(real).mean() + on_fake,
                "With the label 1 a real image costs −log D(x) alone, so D's loss must fall when "
                "its logit rises.",
            ),
            (
                softplus(-real).sum() + softplus(fake).sum(),
                "You added up the batch. It is a mean.",
            ),
            (
                np.concatenate([softplus(-real), softplus(fake)]).mean(),
                "You took one mean over both batches together. L_D adds two means.",
            ),
            (on_real, "The part of L_D for generated images is missing."),
            (on_fake, "The part of L_D for real images is missing."),
            (
                softplus(-sigmoid(real)).mean() + softplus(sigmoid(fake)).mean(),
                "Two sigmoids: softplus takes the logit itself, its sigmoid is inside.",
            ),
            (
                softplus(-real.mean()) + softplus(fake.mean()),
                "You took the loss of the mean logit. It is the mean of the losses.",
            ),
            (right / np.log(2), "This has logarithms with base 2; the lesson has natural ones."),
        ),
        otherwise="With the label 1, L_D is not right. Compare its two parts with the formula, one "
        "at a time.",
    )


def _expect_softened(trial: Trial, label: float, real: np.ndarray, fake: np.ndarray) -> None:
    """L_D with a label below 1, once that with 1 is right."""

    def soft(label: float, logits: np.ndarray) -> float:
        return label * softplus(-logits).mean() + (1 - label) * softplus(logits).mean()

    on_real, on_fake = softplus(-real).mean(), softplus(fake).mean()
    trial.expect(
        two_losses(trial, trial.call(real, fake, label))[0],
        soft(label, real) + on_fake,
        usual=(
            (
                on_real + on_fake,
                f"With the label {label} L_D is what it is with 1. The label of real images enters "
                "into their part.",
            ),
            (
                label * on_real + on_fake,
                f"With the label {label} a real image costs {label} times its −log D, and "
                f"{1 - label:.1f} times −log(1 − D). The second part is missing.",
            ),
            (
                soft(1 - label, real) + on_fake,
                f"With the label {label} the two parts of a real image have changed places: it is "
                "D(x), the probability of being real, that has the label for a weight.",
            ),
            (
                soft(label, real) + soft(1 - label, fake),
                "You softened the label of generated images as well. Theirs stays 0: the smoothing "
                "is one-sided.",
            ),
            (
                on_real + soft(1 - label, fake),
                "You softened the label of generated images. It is the real ones that have it.",
            ),
            (
                label * (on_real + on_fake),
                "The label is a factor of the whole loss. It is a share: 1 minus the label goes "
                "to the other cost of real images.",
            ),
            (
                softplus(-label * real).mean() + on_fake,
                "The label is a factor of the logit. It weighs the two costs of an image.",
            ),
        ),
        otherwise=f"With the label 1 L_D is right, with {label} it is not. What does a real image "
        "cost then?",
    )
