"""Where G's loss pushes each point."""

import numpy as np

from ganlib.checks.formulas import sigmoid
from ganlib.checks.lesson05.players import (
    DenseByHand,
    expect_not_frozen,
    expect_same_weights,
    gradients_explained,
    network_of,
    on_cpu,
)
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["arrows"]


@task(
    points=3,
    hints=(
        "Make a tensor of the points and let the tape watch it. The logits and the loss are "
        "computed inside the tape, the slope in the points outside.",
        "The loss of one point does not depend on the other points. So the slope of the sum of "
        "all losses in one point is the slope of that point's own loss.",
        "G minimises softplus(−l), so a point moves against the slope of that.",
    ),
)
def arrows(trial: Trial) -> None:
    """Minus the slope of each point's own non-saturating loss, in the point."""
    for n, scale, what in (
        (30, 1, "the arrows of 30 points"),
        (1, 1, "the arrow of a single point"),
        (30, 200, "arrows where D is very sure, with logits beyond ±100"),
    ):
        with trial.part(1, what), on_cpu(), gradients_explained():
            _expect_arrows(trial, n, scale)


def _expect_arrows(trial: Trial, n: int, scale: float) -> None:
    discriminator = network_of(trial.rng, 2, 6, 1)
    *first, last, bias = discriminator.get_weights()
    discriminator.set_weights([*first, scale * last, bias])
    before = discriminator.get_weights()
    dense = DenseByHand(before)
    many = "" if n > 1 else "For a single point: "
    if scale > 1:
        many = "With logits beyond ±100: "
    points = trial.rng.normal(0, 1.2, (n, 2)).astype("float32")
    result = trial.call(discriminator, points)
    if scale > 1 and not np.isfinite(np.asarray(result, np.float64)).all():
        raise Wrong(
            "With logits beyond ±100 the arrows are NaN or infinite: a logarithm meets 0, or an "
            "exponential overflows. Take ops.softplus(-l), and write out neither log σ(l) nor "
            "log(1 + e^(−l))."
        )
    answer = trial.array(result, what="the result")
    if answer.shape == (n, 1) or answer.shape == (n,):
        raise Wrong(
            f"For {n} points the result has shape {answer.shape}: one number for each. An arrow is "
            "the slope in the two coordinates of a point."
        )
    answer = trial.array(answer, (n, 2), "the result")
    logits = dense.logits(points)
    _, slope = dense.slopes(points, np.ones_like(logits))
    d = sigmoid(logits)
    right = (1 - d) * slope
    trial.expect(
        answer,
        right,
        usual=(
            (
                -right,
                "All arrows point the wrong way: along the slope, where the loss rises. G wants "
                "to lower it.",
            ),
            (
                right / n,
                "All arrows are n times too short. That is the slope of the mean loss. The task "
                "asks for each point's own loss, which does not change with the number of points.",
            ),
            (
                -right / n,
                "All arrows point the wrong way and are n times too short: along the slope of the "
                "mean loss.",
            ),
            (
                d * slope,
                "This is the way of the minimax loss (or up D's loss). The task asks for the "
                "non-saturating loss.",
            ),
            (
                -d * slope,
                "This is the way down D's loss, softplus(l): there D recognises the points "
                "more easily. Whose loss lets the points move?",
            ),
            (
                d * slope / n,
                "This is the way of the mean minimax loss. The task asks for each point's own "
                "non-saturating loss.",
            ),
            (
                -d * slope / n,
                "This is the way down the mean of D's loss, softplus(l). The task asks for G's, "
                "and for each point its own.",
            ),
            (
                slope,
                "This is the slope of the logit itself. The loss is a function of the logit, and "
                "flatter where D is deceived.",
            ),
            (-slope, "This is minus the slope of the logit itself. Where is the loss?"),
            (
                d * (1 - d) * slope,
                "This is the slope of the probability D(x). The task asks for that of the loss.",
            ),
            (
                right / np.maximum(np.linalg.norm(right, axis=1, keepdims=True), 1e-12),
                "All arrows have length 1. Their length says how strongly a point is pulled: keep "
                "it.",
            ),
            (
                np.broadcast_to(right.mean(axis=0), (n, 2)),
                "All arrows are the same, their mean. Each point has one of its own.",
            ),
        ),
        otherwise=f"{many}The arrows are not right. Take one point, its loss softplus(−l), and the "
        "slope of that in the two coordinates.",
    )
    expect_same_weights(
        discriminator, before, "D's weights have changed. Here D is only looked at."
    )
    expect_not_frozen(discriminator)
