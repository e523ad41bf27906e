"""Both players' losses, with one fault."""

from typing import Any

import numpy as np
import tensorflow as tf

from ganlib.checks.formulas import sigmoid, softplus
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["losses"]


@task(
    points=4,
    hints=(
        "Question 6: ask for the losses where D is right, with logits 4 and -4, and where it is "
        "wrong.",
        "Question 1 inside the function: print the shape of everything that meets in the line of "
        "the cross-entropy. What does NumPy make of (n,) and (n, 1) together?",
        "For L_G compare the slope in a logit of -8 with that in lesson 02. Two losses have the "
        "same goal, and only one pulls there.",
    ),
)
def losses(trial: Trial) -> None:
    """L_D and the non-saturating L_G from logits."""
    n = 14
    real = trial.rng.normal(1, 2, (n, 1)).astype(np.float32)
    fake = trial.rng.normal(-1, 2, (n, 1)).astype(np.float32)
    with trial.part(2, "L_D judges each logit by its own label, and bears large ones"):
        _expect_d_loss(trial, real, fake)
    with trial.part(2, "L_G pulls where D is sure, and bears large logits"):
        _expect_g_loss(trial, real, fake)


def _expect_d_loss(trial: Trial, real: np.ndarray, fake: np.ndarray) -> None:
    n = len(real)
    given = tf.constant(real), tf.constant(fake)
    d_loss, tape = _computed(trial, 0, *given)
    right = float(softplus(-real).mean() + softplus(fake).mean())
    both, labels = np.concatenate([real, fake]), np.repeat([1.0, 0.0], n)
    pairs = float(2 * (softplus(both) - both * labels).mean())
    trial.expect(
        _one_number(trial, d_loss, "L_D"),
        right,
        usual=(
            (
                pairs,
                "L_D is the same where D is right and where it is wrong: question 6, with logits "
                "of 4 and -4, shows it. Every logit is compared with every label.",
            ),
            (
                pairs / 2,
                "L_D is the same where D is right and where it is wrong: every logit is compared "
                "with every label. And there is a factor ½.",
            ),
            (right / 2, "Half of L_D: where D cannot tell it should be 2 log 2."),
            (right * n, "L_D adds up the samples, so it depends on the size of the batch."),
            (-right, "L_D has its sign turned round."),
            (
                float(softplus(real).mean() + softplus(-fake).mean()),
                "L_D is least where D is wrong. Are the labels exchanged?",
            ),
        ),
        otherwise="L_D is not right. Question 6: least where D is right, 2 log 2 where it cannot "
        "tell.",
    )
    slopes = _slopes(trial, tape, d_loss, given, "L_D")
    trial.expect(
        slopes,
        (sigmoid(both) - labels[:, None]) / n,
        within=1e-5,
        otherwise="The values of L_D are right, but not its gradient.",
    )
    _expect_large_logits(trial, 0, 200, [0.0, -0.5, 0.0, 0.5])


def _expect_g_loss(trial: Trial, real: np.ndarray, fake: np.ndarray) -> None:
    n = len(real)
    given = tf.constant(real), tf.constant(fake)
    g_loss, tape = _computed(trial, 1, *given)
    right = float(softplus(-fake).mean())
    minimax = float(-softplus(fake).mean())
    trial.expect(
        _one_number(trial, g_loss, "L_G"),
        right,
        usual=(
            (
                minimax,
                "L_G has the right goal, but question 4 with logits of -8 finds hardly any pull. "
                "And at 0 it is -log 2.",
            ),
            (-minimax, "L_G is small where D finds the fakes out. Whom does it serve?"),
            (-right, "L_G has its sign turned round."),
            (
                right + float(softplus(real).mean()),
                "L_G depends on real logits, for which G is not to blame.",
            ),
            (right * n, "L_G adds up the samples, so it depends on the size of the batch."),
            (right / 2, "Half of L_G: where D cannot tell it should be log 2."),
        ),
        otherwise="L_G is not right. Ask question 6: log 2 at 0, and small where the fake logit "
        "is high.",
    )
    _slopes(trial, tape, g_loss, given[1:], "L_G")
    _expect_large_logits(trial, 1, 100, [-0.5, 0.0])


def _computed(trial: Trial, player: int, *logits: Any) -> tuple[Any, Any]:
    """The loss of D (0) or G (1), and the tape that saw both logits."""
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        loss = _two(trial.call(*logits))[player]
    return loss, tape


def _expect_large_logits(trial: Trial, player: int, value: float, slopes: list[float]) -> None:
    """Value and slopes of a loss at logits of ±200."""
    name = ("L_D", "L_G")[player]
    large = tf.constant([[200.0], [-200.0]])
    given = large, -large
    loss, tape = _computed(trial, player, *given)
    trial.expect(
        trial.number(loss, f"{name} at logits of ±200"),
        value,
        otherwise=f"{name} is not right at logits of ±200. Compute it from logits.",
    )
    answer = [tape.gradient(loss, each) for each in given[player:]]
    answer = np.concatenate([np.ravel(each) for each in answer if each is not None])
    if not (len(answer) == len(slopes) and np.allclose(answer, slopes, atol=1e-4)):
        raise Wrong(
            f"{name} has the right values at logits of ±200, but its gradient there is "
            f"{answer.round(2).tolist()}. If you used tf.where: it computes both of its branches, "
            "and so does its gradient."
        )


def _one_number(trial: Trial, loss: Any, what: str) -> float:
    """A loss of shape (), from which every tape can take a gradient in the same way."""
    number = trial.number(loss, what)
    trial.array(loss, (), what)
    return number


def _two(result: Any) -> tuple[Any, Any]:
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two losses: return d_loss, g_loss.")
    return tuple(result)


def _slopes(trial: Trial, tape: Any, loss: Any, logits: tuple, what: str) -> np.ndarray:
    if not tf.is_tensor(loss):
        raise Wrong(
            f"{what} is not a tensor, so no gradient gets through. Stay within TensorFlow or Keras."
        )
    answer = tape.gradient(loss, logits)
    if any(slope is None for slope in answer):
        raise Wrong(f"No gradient gets from {what} to the logits. Where does the path end?")
    return np.concatenate([trial.array(slope, what=f"the gradient of {what}") for slope in answer])
