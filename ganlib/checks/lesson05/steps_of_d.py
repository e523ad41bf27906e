"""Several updates of D against a G that stays."""

from typing import Any

import numpy as np

from ganlib.checks.formulas import sigmoid, softplus
from ganlib.checks.lesson05.players import (
    DenseByHand,
    expect_not_frozen,
    expect_same_weights,
    gradients_explained,
    in_a_row,
    network_of,
    on_cpu,
)
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["steps_of_d"]


def _steps(
    weights: list[np.ndarray],
    real: np.ndarray,
    fake: np.ndarray,
    rate: float,
    momentum: float = 0.0,
    factor: float = 1.0,
    mean_factor: float = 1.0,
    first: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What steps of D should do: its losses before each, its losses after each, and its last
    weights.

    Args:
        factor: of the loss.
        mean_factor: of the step alone.
        first: take all slopes at the first weights.
    """
    dense, start = DenseByHand(weights), DenseByHand(weights)
    speed = [np.zeros_like(weight) for weight in dense.weights]
    before, after = [], []
    for real_now, fake_now in zip(real, fake, strict=True):
        n = len(real_now)
        at = start if first else dense

        def loss(at: DenseByHand, real_now=real_now, fake_now=fake_now) -> float:
            real_loss = softplus(-at.logits(real_now)).mean()
            return factor * (real_loss + softplus(at.logits(fake_now)).mean())

        before.append(loss(at))
        up = at.slopes(real_now, -sigmoid(-at.logits(real_now)) / n)[0]
        down = at.slopes(fake_now, sigmoid(at.logits(fake_now)) / n)[0]
        slopes = [factor * mean_factor * (a + b) for a, b in zip(up, down, strict=True)]
        speed = [momentum * old - rate * slope for old, slope in zip(speed, slopes, strict=True)]
        dense.weights = [old + step for old, step in zip(dense.weights, speed, strict=True)]
        after.append(loss(dense))
    return np.array(before), np.array(after), in_a_row(dense.weights)


@task(
    points=3,
    hints=(
        "It is D's turn of the lesson's loop, once for each batch: for real_now, latents_now in "
        "zip(real, latents).",
        "Record D's loss on a tape, take its slopes in discriminator.trainable_variables, and "
        "hand both to optimizer.apply(slopes, weights).",
        "A new tape for each batch: its slopes belong to the weights as they are then. Collect "
        "the losses in a list.",
    ),
)
def steps_of_d(trial: Trial) -> None:
    """Several updates of D, each on a batch of its own, against a G that stays as it is."""
    for k, n, momentum, scale, what in (
        (3, 16, 0.0, 1, "three steps, with G as it was"),
        (4, 5, 0.8, 1, "steps by an optimizer with momentum"),
        (2, 7, 0.0, 200, "where D is very sure, with logits beyond ±100"),
    ):
        with trial.part(1, what), on_cpu(), gradients_explained():
            _one_turn(trial, k, n, momentum, scale)


def _one_turn(trial: Trial, k: int, n: int, momentum: float, scale: float) -> None:
    import keras

    generator, discriminator = (network_of(trial.rng, 2, 5, outputs) for outputs in (2, 1))
    rate = 0.4 / scale
    *first_layer, last_layer, bias = discriminator.get_weights()
    discriminator.set_weights([*first_layer, scale * last_layer, bias])
    optimizer = keras.optimizers.SGD(rate, momentum=momentum)
    optimizer.build(discriminator.trainable_variables)
    g_before, d_before = generator.get_weights(), discriminator.get_weights()
    middle = np.array([1.5, 0.5])
    real = (middle + trial.rng.normal(0, 0.3, (k, n, 2))).astype("float32")
    latents = trial.rng.normal(0, 1, (k, n, 2)).astype("float32")
    fake = DenseByHand(g_before).logits(latents.reshape(-1, 2)).reshape(k, n, 2)
    result = trial.call(generator, discriminator, optimizer, real, latents)
    if scale > 1 and not np.isfinite(np.asarray(result, np.float64)).all():
        raise Wrong(
            "With logits beyond ±100 a loss is NaN or infinite: a logarithm meets 0, or an "
            "exponential overflows. Take ops.softplus(-l) and ops.softplus(l), and write out "
            "neither log σ(l) nor log(1 + e^l)."
        )
    answer = trial.array(result)
    expect_not_frozen(generator, discriminator)
    expect_same_weights(
        generator,
        g_before,
        "G's weights have changed. It is D's turn: G is only a source of points.",
    )
    moved = in_a_row(discriminator.get_weights())
    if not np.isfinite(moved).all():
        raise Wrong(
            "D's weights are NaN after the steps. A slope of log σ(l) is 0/0 where D is sure: "
            "compute the losses from the logits, with softplus."
        )
    # A D that is right about all points, and very sure, would not move.
    moves = not np.allclose(_steps(d_before, real, fake, rate, momentum)[2], in_a_row(d_before))
    if moves and np.allclose(moved, in_a_row(d_before), rtol=0, atol=1e-7):
        raise Wrong("D has not moved. Who applies the slopes to its weights?")
    if answer.shape == ():
        raise Wrong(f"It returns one number. The task asks for the {k} losses, one for each batch.")
    if answer.shape == (n,):
        raise Wrong(
            f"For real points of shape ({k}, {n}, 2) it returns {n} numbers. The first axis counts "
            "the batches."
        )
    answer = trial.array(answer, (k,))

    def run(real=real, fake=fake, rate=rate, momentum=momentum, **changes):
        return _steps(d_before, real, fake, rate, momentum, **changes)

    right, after, last = run()
    first = [each[:1].repeat(k, axis=0) for each in (real, fake)]
    at_once = [each.reshape(1, k * n, 2) for each in (real, fake)]
    variants = (
        (
            run(fake=first[1]),
            "You made generated points from the first latents only. Each batch has latents of its "
            "own.",
        ),
        (
            run(real=first[0]),
            "You took the first real batch in every step. Each has one of its own.",
        ),
        (run(*first), "You took the first batch in every step. Each step has a batch of its own."),
        (run(real[::-1], fake[::-1]), "You took the batches from the last to the first."),
        (
            run(first=True),
            "All slopes were taken at the weights that D had at the start. Each step begins where "
            "the one before it has ended: it needs a tape of its own.",
        ),
        (
            run(factor=0.5),
            "Half of D's loss: one mean over both kinds of points. L_D adds two means.",
        ),
        (run(factor=n), "You added up the points of a batch. An expectation is a mean."),
        (
            run(fake, real),
            "Real and generated points have changed places: D learns to take generated points for "
            "real.",
        ),
        (run(rate=-rate), "D goes up the slope of its loss, away from what it should learn."),
        (
            run(mean_factor=0.5),
            "The first loss is right, but D's steps are only half as long. Which loss are the "
            "slopes of?",
        ),
        (
            run(momentum=0.0),
            "The steps are plain ones. The optimizer has a momentum: let it make the steps.",
        ),
    )
    trial.expect(
        answer,
        right,
        usual=(
            (-right, "The sign is turned round: this is V, which D raises, not its loss."),
            (
                after,
                "These are the losses after each step. The task asks for those that the steps were "
                "made from.",
            ),
            *((losses, message) for (losses, _, _), message in variants),
        ),
        otherwise=_about_losses(answer, right, _parts(d_before, real[0], fake[0]), optimizer),
    )
    trial.expect(
        moved,
        last,
        within=2e-5,
        usual=(
            (
                run(*at_once)[2],
                "D has made one step on all batches together. Each batch has a step of its own.",
            ),
            *((weights, message) for (_, _, weights), message in variants),
        ),
        otherwise="The losses are right, but D's last weights are not. Does the last batch have "
        "its step too, and only one?",
    )


def _parts(weights: list[np.ndarray], real: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    dense = DenseByHand(weights)
    return softplus(-dense.logits(real)).mean(), softplus(dense.logits(fake)).mean()


def _about_losses(
    answer: np.ndarray, right: np.ndarray, parts: tuple[float, float], optimizer: Any
) -> str:
    first, (only_real, only_fake) = answer[0], parts
    if abs(first - only_real) < 1e-4:
        return "The first loss has no generated points in it. L_D adds two means."
    if abs(first - only_fake) < 1e-4:
        return "The first loss has no real points in it. L_D adds two means."
    if abs(first - right[0]) > 1e-4 and int(optimizer.iterations) == 2 * len(right):
        return (
            f"For {len(right)} batches the optimizer has made {2 * len(right)} steps, one for each "
            "kind of points. L_D adds both means, and D takes one step down their sum."
        )
    if abs(first - right[0]) > 1e-4:
        return (
            "The first loss is not right. Compare with L_D of the lesson: two means, added. Are "
            "the generated points made from the latents that are given?"
        )
    used = int(optimizer.iterations)
    if used == 0:
        return (
            "The first loss is right and the later ones are not, and the optimizer that was "
            "passed has made no step. Use it."
        )
    if used != len(right):
        return (
            f"The first loss is right and the later ones are not: for {len(right)} batches the "
            f"optimizer has made {used} steps."
        )
    return "The first loss is right and the later ones are not. What does the first step change?"
