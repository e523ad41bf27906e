"""The losses of both players with a change of everything that D sees."""

from typing import Any

import numpy as np
import tensorflow as tf

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["augmented_losses"]


@task(
    points=3,
    hints=(
        "The formulas are in the lesson. How often is D applied in them, and to what?",
        "change(images) makes a new draw at each call. Three looks of D, three calls.",
        "fake_logits = discriminator(change(fake)); both losses may use them here, since nobody "
        "moves in between.",
    ),
)
def augmented_losses(trial: Trial) -> None:
    """L_D and the non-saturating L_G, with T before D wherever D looks."""
    with trial.part(1, "D sees changed real and changed generated images"):
        _expect_losses(trial, 0)
    with trial.part(1, "so does D when it judges for G"):
        _expect_losses(trial, 1)
    with trial.part(1, "G's gradient comes back through the change"):
        _expect_gradient(trial)


class _Look:
    """A linear D whose logits are known, and a change that halves the images and adds 1."""

    def __init__(self, trial: Trial, large: float = 1.0):
        self.weights = trial.rng.normal(0, large, (12,)).astype(np.float32)
        self.real, self.fake = (trial.rng.uniform(-1, 1, (5, 2, 2, 3)) for _ in range(2))
        self.calls = 0

    def discriminator(self, images: Any, training: bool | None = None) -> Any:
        flat = tf.reshape(tf.cast(images, tf.float32), (-1, 12))
        return tf.linalg.matvec(flat, self.weights)[:, None]

    def change(self, images: Any) -> Any:
        self.calls += 1
        return 0.5 * tf.cast(images, tf.float32) + 1.0

    def losses(self, changed_real: bool, changed_fake: bool) -> tuple[float, float]:
        """What the losses are if these are changed, in NumPy."""
        logits = []
        for images, changed in ((self.real, changed_real), (self.fake, changed_fake)):
            images = 0.5 * images + 1.0 if changed else images
            logits.append(images.reshape(5, 12) @ self.weights)
        return (
            np.logaddexp(0, -logits[0]).mean() + np.logaddexp(0, logits[1]).mean(),
            np.logaddexp(0, -logits[1]).mean(),
        )

    def answer(self, trial: Trial, fake: Any = None) -> tuple[Any, Any]:
        """Both losses by the answer."""
        real = tf.constant(self.real, tf.float32)
        fake = tf.constant(self.fake, tf.float32) if fake is None else fake
        result = trial.call(self.discriminator, self.change, real, fake)
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise Wrong("It should return two losses, L_D and L_G.")
        return result[0], result[1]


def _expect_losses(trial: Trial, which: int) -> None:
    name = ("L_D", "L_G")[which]
    for large in (1.0, 60.0):
        look = _Look(trial, large)
        loss = trial.number(look.answer(trial)[which], name)
        plain, real_only = look.losses(False, False), look.losses(True, False)
        fake_only, right = look.losses(False, True), look.losses(True, True)
        usual = [
            (
                plain[which],
                f"In {name}, D looks at images that nothing has changed."
                if which == 0
                else "For G, D looks at generated images that nothing has changed: G is judged by "
                "a D that has only learned from changed ones.",
            ),
        ]
        if which == 0:
            usual += [
                (
                    real_only[0],
                    "In L_D only the real images are changed: then G learns to draw changed ones. "
                    "The generated images need the same kind of change.",
                ),
                (fake_only[0], "In L_D only the generated images are changed."),
                (right[0] / 2, "L_D is the sum of two means, not their mean."),
            ]
        else:
            usual.append((-_minimax(look), "This is the minimax loss of G, log(1 - D(T(G(z))))."))
        trial.expect(
            loss,
            right[which],
            usual=usual,
            otherwise=f"{name} is not right. Compare with the formulas of lesson 06, with T before "
            "each look of D.",
            what=name,
        )


def _minimax(look: _Look) -> float:
    logits = (0.5 * look.fake + 1.0).reshape(5, 12) @ look.weights
    return float(np.logaddexp(0, logits).mean())


def _expect_gradient(trial: Trial) -> None:
    look = _Look(trial)
    fake = tf.constant(look.fake, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(fake)
        _, g_loss = look.answer(trial, fake)
        if not tf.is_tensor(g_loss):
            raise Wrong("L_G is no tensor, so no gradient comes back to G.")
    gradient = tape.gradient(g_loss, fake)
    if gradient is None:
        raise Wrong(
            "No gradient of L_G reaches the generated images, so G learns nothing. Does something "
            "stop it, or leave TensorFlow?"
        )
    logits = (0.5 * look.fake + 1.0).reshape(5, 12) @ look.weights
    slopes = -1 / (1 + np.exp(logits)) / 5
    right = (0.5 * slopes[:, None] * look.weights).reshape(5, 2, 2, 3)
    trial.expect(
        trial.array(gradient, right.shape, "the gradient of L_G"),
        right,
        usual=[(2 * right, "The gradient goes past the change, not through it.")],
        otherwise="The gradient of L_G in the generated images is not right.",
        within=1e-5,
    )
