"""One training step of both players at once, compared weight by weight."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ganlib.checks.lesson06.losses import two_losses
from ganlib.checks.lesson06.play import D_RATE, G_RATE, Game
from ganlib.checks.lesson06.usual_steps import of_d, of_g
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["train_step"]


@task(
    points=5,
    hints=(
        "Both losses come from the same logits, so compute everything once: the images, what D "
        "says of both kinds, L_D and L_G. A tape has to see all of it.",
        "A tape gives one gradient, unless it is told otherwise: tf.GradientTape(persistent=True) "
        "gives several. Two tapes in one with statement do it too.",
        "Take both gradients before you apply any. Each goes to its own player's optimizer, with "
        "that player's trainable_variables.",
    ),
)
def train_step(trial: Trial) -> None:
    """One step of D and one of G from the same logits, compared weight by weight."""
    import tensorflow as tf

    with tf.device("CPU:0"):  # some GPUs compute matrix products with fewer digits
        _compare(trial, Game(trial.rng))


def _compare(trial: Trial, game: Game) -> None:
    import keras
    import tensorflow as tf

    def pair(n: int) -> tuple:
        real = tf.constant(trial.rng.uniform(-1, 1, (n, 4, 4, 1)), tf.float32)
        return real, tf.constant(trial.rng.normal(0, 1, (n, 3)), tf.float32)

    one, other = pair(6), pair(6)
    optimizers = []

    def fresh() -> None:
        game.restore()
        rates = (G_RATE, D_RATE)
        optimizers[:] = [keras.optimizers.SGD(rate) for rate in rates]
        for optimizer, model in zip(optimizers, game.players, strict=True):
            model.trainable = True
            optimizer.build(model.trainable_variables)

    def step(real: Any, latents: Any) -> Any:
        try:
            return trial.call(*game.players, *optimizers, real, latents)
        except ValueError as problem:
            if "Unknown variable" in str(problem):
                raise Wrong(
                    "An optimizer was given weights that it does not know: weights of the other "
                    "player, or some that are not trained (generator.weights has these too). Each "
                    "player has its own optimizer, which knows its trainable_variables."
                ) from None
            if "No gradients provided" in str(problem):
                raise Wrong(
                    "No gradient arrived (tape.gradient gave None everywhere). Was all that leads "
                    "from these weights to the loss computed inside the tape, with TensorFlow or "
                    "Keras?"
                ) from None
            raise
        except AttributeError as problem:
            if "'_id'" in str(problem):
                raise Wrong(
                    "A loss is a number of NumPy's, which no tape follows. Write the losses with "
                    "keras.ops: ops.mean, ops.softplus."
                ) from None
            raise

    def statistics() -> np.ndarray:
        """The running averages of G's batch norm."""
        return np.concatenate(
            [keras.ops.convert_to_numpy(each).ravel() for each in game.statistics]
        )

    fresh()
    before = game.where(1), game.where(0)
    still, passes = statistics(), float(game.passes)
    returned = step(*one)
    ran, passes = statistics(), round(float(game.passes) - passes)
    moved = [game.where(1) - before[0], game.where(0) - before[1]]
    counts = [int(optimizer.iterations.numpy()) for optimizer in reversed(optimizers)]
    frozen = not all(each.trainable for model in game.players for each in (model, *model.layers))

    def expect_one_step(number: int) -> None:
        """The player's own optimizer has moved it, once."""
        count, name, own = counts[number], ("d_optimizer", "g_optimizer")[number], "DG"[number]
        if count == 0 and np.abs(moved[number]).max() > 1e-7:
            raise Wrong(
                f"{own} has moved, but {name} took no step. The weights are to be moved by the two "
                "optimizers that are handed in."
            )
        if counts == [0, 0]:
            raise Wrong("Neither optimizer took a step. The gradients must be applied.")
        if count != 1:
            raise Wrong(
                f"{name} took {count or 'no'} step{'s' * (count > 1)} in one call. {own} is to "
                "take one."
            )

    def again(batch: tuple) -> list[np.ndarray]:
        fresh()
        step(*batch)
        return [game.where(1) - before[0], game.where(0) - before[1]]

    def expect(number: int, usual: Callable[[], list], otherwise: str) -> None:
        """Compare how far a player moved; the usual mistakes are computed where they are needed."""
        expect_one_step(number)
        rate = (D_RATE, G_RATE)[number]
        right = (game.play([one])[number] - before[number]) / rate
        answer = moved[number] / rate
        if np.allclose(answer, right, rtol=0, atol=2e-4):
            return
        options = [(-right, f"{'DG'[number]} moves exactly the wrong way: its loss grows.")]
        for changes, message in usual():
            place = game.play([one], **changes)[number]
            options.append(((place - before[number]) / rate, message))
        if not any(np.allclose(answer, each, rtol=0, atol=2e-4) for each, _ in options):
            known_by_its_latents(number)
        trial.expect(answer, right, within=2e-4, usual=options, otherwise=otherwise)

    def known_by_its_latents(number: int) -> None:
        """The result must be a function of the latents that were given, and of no others."""
        if not np.allclose(again(one)[number], moved[number], rtol=0, atol=1e-6):
            raise Wrong(
                "The same weights and batches lead to another result at the second call. "
                "Something is drawn at random inside. The latents are given: use them for both "
                "players."
            )
        if np.allclose(again((one[0], other[1]))[number], moved[number], rtol=0, atol=1e-6):
            raise Wrong("With other latents the result is the same. They are given to be used.")

    with trial.part(2, "D takes its step"):
        expect(
            0,
            of_d,
            "D's weights do not move as they should. Look at L_D, at its batches, and at the "
            "weights for which you take the gradient.",
        )
        _expect_no_clipping(trial, game, step, fresh, pair)
    with trial.part(2, "G takes its step, judged by the D of before"):
        expect(
            1,
            of_g,
            "G does not move as it should. Look at L_G, and at what G is trained through.",
        )
        _expect_one_pass(game, one[1], still, ran)
    with trial.part(1, "the losses, and a second step with a smaller batch"):
        second = pair(4)
        d_now, g_now, right = game.play([one, second])
        new_d = game.play([one], order="DG")[2][0][1]
        said = two_losses(trial, returned)
        if np.allclose(said, right[0][::-1], atol=1e-4):
            raise Wrong("The two losses that are returned have changed places: L_D is the first.")
        trial.expect(
            np.array(said),
            np.array(right[0]),
            usual=(
                (
                    (right[0][0], new_d),
                    "The L_G that is returned is what the new D says. It belongs to the logits of "
                    "before.",
                ),
                ((right[0][0] / 2, right[0][1]), "The L_D that is returned is only half of it."),
            ),
            otherwise="The weights are right, but not the losses that are returned. Return those "
            "whose gradients were taken.",
        )
        again(one)
        step(*one)  # whoever freezes a network must thaw it before its turn
        further = [game.where(1) - before[0], game.where(0) - before[1]]
        stand = (np.allclose(*each, rtol=0, atol=1e-7) for each in zip(moved, further, strict=True))
        if frozen and any(stand):
            raise Wrong(
                "Afterwards a network has trainable = False. It stays so for the next step. The "
                "list of weights that an optimizer gets decides who moves; nothing need be "
                "frozen."
            )
        fresh()
        step(*one)
        said = two_losses(trial, step(*second))
        answer = [game.where(1), game.where(0), np.array(said)]
        if not all(
            np.allclose(here, wanted, rtol=0, atol=2e-4)
            for here, wanted in zip(answer, (d_now, g_now, right[1]), strict=True)
        ):
            raise Wrong(
                "The first step is right, the second is not. It had 4 images, the first one 6. Is "
                "a batch size written out, or something kept from call to call?"
            )
        if passes > 2:
            raise Wrong(
                f"All weights are right, but D looked {passes} times in training mode, not twice. "
                "With batch norm in D each pass moves its running statistics: once for the real "
                "and once for the generated images is enough."
            )


def _expect_no_clipping(
    trial: Trial, game: Game, step: Callable, fresh: Callable, pair: Callable
) -> None:
    """A D whose last weights are large has gradients that any limit would cut."""
    batch, last = pair(6), game.start[1][-2]
    game.start[1][-2] = 1000 * last
    try:
        right = game.play([batch])[0]
        fresh()
        start = game.where(1)
        step(*batch)
        answer = game.where(1)
    finally:
        game.start[1][-2] = last
    if not np.isfinite(answer).all():
        raise Wrong(
            "Where D is very sure, its weights become NaN: a logarithm meets 0, or an exponential "
            "overflows. Compute the losses from the logits, with ops.softplus."
        )
    if np.abs(answer - right).max() > 1e-2 * np.abs(right - start).max():
        raise Wrong(
            "With gradients in the hundreds D moves less far than they say, or elsewhere. Are "
            "they clipped? The task takes them as they are."
        )


def _expect_one_pass(game: Game, latents: Any, still: np.ndarray, ran: np.ndarray) -> None:
    """One pass of G in training mode, whose images serve both players."""
    if np.allclose(ran, still, rtol=0, atol=1e-6):
        raise Wrong("The running statistics of G's batch norm have not moved in a training step.")
    game.restore()
    after = []
    for _ in range(3):
        game.players[0](latents, training=True)
        passed = np.concatenate([np.asarray(each).ravel() for each in game.statistics])
        after.append(np.allclose(passed, ran, rtol=0, atol=1e-4))
    if not after[0]:
        times = {1: "twice", 2: "three times"}.get(
            after.index(True) if any(after) else 0, "more often, or on other latents"
        )
        raise Wrong(
            "G's weights are right, but the running statistics of its batch norm are not: they "
            f"move with each pass in training mode, and G has drawn {times}. Draw once: the same "
            "images serve both players."
        )
