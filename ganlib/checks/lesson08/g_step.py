"""One update of G."""

import functools
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganlib.checks.lesson08.generators import in_float32, small_generator
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["g_step"]

RATE = 0.3

# Ways in which G may go, and what to say to all but the first.
KINDS = {
    "right": "",
    "ascent": "G moves the wrong way: the D that judged it likes the new images less.",
    "minimax": "G goes down the minimax loss, which hardly pulls where D is sure.",
    "sum": "The loss adds up the samples, so the step grows with the batch.",
    "D in training mode": "D judges with the statistics of the batch, as with training=True. It "
    "is to judge as it stands: nothing but G is in training mode here.",
}


@task(
    points=4,
    hints=(
        "Question 3, asked of the loss: without any update, is the loss of the same latents the "
        "same in two calls? What in this function is different each time?",
        "Question 5, asked of all weights: generator.weights holds also those that are not "
        "trained. In a step of training, which of them should move, and do they?",
        "Look up what clone_model says of weights. To leave D as it is, it is enough not "
        "to give its weights to the optimizer.",
    ),
)
def g_step(trial: Trial) -> None:
    """One update of G, judged by the D it plays against."""
    game = _Game(trial)
    with trial.part(2, "G is judged by the D it plays against, and moves alone"):
        taken = game.take_step()
        _expect_nothing_else_changes(game, taken)
        _expect_judged_by_d(trial, game, taken)
        _expect_large_logits(trial, game)
        _expect_known_weights(game)
    with trial.part(2, "batch norm uses the batch, and its running statistics follow"):
        taken = game.take_step()
        kept = game.kept
        if all((taken.generator[i] == game.start[0][i]).all() for i in kept):
            raise Wrong(
                "One fault is left. Some weights of G are not trained, and yet belong to a step of "
                "training: they stand still. Compare all of generator.weights before and after."
            )
        if not game.as_in(taken, (True, "right"), kept):
            raise Wrong(
                "The running statistics of G move, but not as by one pass in training mode."
            )
        ways = {way[0] for way in game.ways() if game.as_in(taken, way, game.trained)}
        if not ways:
            raise Wrong(
                "Whether the gradients come from a pass in training mode cannot be seen before G "
                "moves as it should."
            )
        if True not in ways:
            raise Wrong("The gradients come from a pass of G that is not in training mode.")


class _Taken(NamedTuple):
    """What a call of the answer returned, and what it left behind."""

    loss: Any
    generator: list[np.ndarray]
    discriminator: list[np.ndarray]
    steps: int


class _Game:
    """A G and a D, both with batch norm, that stand at the same place before each call."""

    def __init__(self, trial: Trial):
        self.trial, shape = trial, (4, 3, 3)
        self.generator = small_generator(trial, shape)
        with in_float32():
            self.discriminator = keras.Sequential(
                [
                    keras.Input(shape),
                    layers.Flatten(),
                    layers.Dense(6),
                    layers.BatchNormalization(),
                    layers.LeakyReLU(),
                    layers.Dense(1),
                ]
            )
        for weight in self.discriminator.weights:  # not those of initializers: a clone has them
            weight.assign(trial.rng.normal(0, 0.6, weight.shape))
        self.discriminator.layers[2].moving_variance.assign(trial.rng.uniform(0.5, 3, 6))
        self.latents = trial.rng.normal(0, 1, (9, 5)).astype(np.float32)
        self.start = self.generator.get_weights(), self.discriminator.get_weights()
        every = list(enumerate(self.generator.weights))
        self.trained = [i for i, weight in every if weight.trainable]
        self.kept = [i for i, weight in every if not weight.trainable]

    def restore(self) -> None:
        for network, weights in zip((self.generator, self.discriminator), self.start, strict=True):
            network.trainable = True
            network.set_weights(weights)

    def take_step(self, rate: float = RATE, built: bool = False) -> _Taken:
        """Call the answer from the start; an optimizer may be built for G's trained weights."""
        self.restore()
        optimizer = keras.optimizers.SGD(rate)
        if built:
            optimizer.build(self.generator.trainable_variables)
        free = len(self.generator.trainable_variables), len(self.discriminator.trainable_variables)
        loss = self.trial.call(self.generator, self.discriminator, optimizer, self.latents)
        now = len(self.generator.trainable_variables), len(self.discriminator.trainable_variables)
        weights = self.generator.get_weights(), self.discriminator.get_weights()
        self.restore()
        if now != free:
            raise Wrong(
                "After the step D or G is frozen (trainable=False). Its own next step would find "
                "nothing."
            )
        return _Taken(loss, *weights, int(optimizer.iterations.numpy()))

    def ways(self) -> list[tuple[bool, str]]:
        """Whether G is in training mode, and which way it goes."""
        return [(mode, kind) for kind in KINDS for mode in (True, False)]

    @functools.cache  # noqa: B019
    def after(self, way: tuple[bool, str], rate: float = RATE) -> tuple[float, list[np.ndarray]]:
        """The loss and G's weights after a step of gradient descent."""
        self.restore()
        training, kind = way
        generator = self.generator
        with tf.GradientTape() as tape:
            fake = generator(self.latents, training=training)
            logits = self.discriminator(fake, training=kind == "D in training mode")
            loss = tf.reduce_mean(tf.math.softplus(-logits))
            goal = {
                "ascent": -loss,
                "minimax": -tf.reduce_mean(tf.math.softplus(logits)),
                "sum": len(self.latents) * loss,
            }.get(kind, loss)
        weights = generator.trainable_variables
        for weight, gradient in zip(weights, tape.gradient(goal, weights), strict=True):
            weight.assign_sub(rate * gradient)
        after = generator.get_weights()
        self.restore()
        return float(loss), after

    def as_in(self, taken: _Taken, way: tuple[bool, str], which: list[int]) -> bool:
        """Whether these weights of G are as after a step of that kind."""
        after = self.after(way)[1]
        return all(np.allclose(taken.generator[i], after[i], rtol=1e-3, atol=2e-4) for i in which)


def _expect_nothing_else_changes(game: _Game, taken: _Taken) -> None:
    weights = zip(game.discriminator.weights, game.start[1], taken.discriminator, strict=True)
    moved = [weight.trainable for weight, old, new in weights if (old != new).any()]
    if any(moved):
        raise Wrong("G's step has moved D as well. Question 5: who is updated?")
    if moved:
        raise Wrong(
            "G's step has moved the running statistics of D's batch norm: D was called with "
            "training=True. Nothing but G changes in this step."
        )
    if taken.steps != 1 and any(
        (taken.generator[i] != game.start[0][i]).any() for i in game.trained
    ):
        raise Wrong(
            f"G has moved, but the optimizer that was handed in took {taken.steps or 'no'} "
            f"step{'s' * (taken.steps > 1)} in place of one. It keeps momentum and its count of "
            "steps from call to call; a new one would begin anew each time."
        )


def _expect_judged_by_d(trial: Trial, game: _Game, taken: _Taken) -> None:
    still = [i for i in game.trained if (taken.generator[i] == game.start[0][i]).all()]
    right = game.after((True, "right"))[1]
    should = [i for i in game.trained if np.abs(right[i] - game.start[0][i]).max() > 1e-6]
    if set(should) <= set(still):
        raise Wrong(
            f"0 of G's {len(should)} trained weight tensors have moved. Question 4: does a "
            "gradient arrive, and who applies it?"
        )
    if set(should) & set(still):
        moved = len(set(should) - set(still))
        raise Wrong(
            f"Only {moved} of G's {len(should)} trained weight tensors have moved. Which list of "
            "weights does the optimizer get?"
        )
    for kind, message in KINDS.items():
        if message and any(game.as_in(taken, (way, kind), game.trained) for way in (True, False)):
            raise Wrong(message)
    ways = [way for way in (True, False) if game.as_in(taken, (way, "right"), game.trained)]
    if not ways:
        _about_another_way(game, taken)
    if not tf.is_tensor(taken.loss):
        raise Wrong(
            f"G moves as it should, but the loss comes back as {type(taken.loss).__name__}. A "
            "scalar tensor is asked for: numbers of Python cannot be compiled."
        )
    trial.expect(
        float(trial.array(taken.loss, (), "the loss")),
        game.after((ways[0], "right"))[0],
        within=2e-4,
        otherwise="G moves as it should, but what is returned is not the loss of this batch: the "
        "mean over it, before the update.",
    )


def _about_another_way(game: _Game, taken: _Taken) -> None:
    """G moves in a way that no usual mistake explains: is it because of D?"""
    if not np.allclose(game.take_step().generator[0], taken.generator[0], rtol=1e-3, atol=2e-4):
        raise Wrong(
            "From the same start G moves differently at each call, and the loss is a different "
            "number. What in your function is made anew each time? Which D judges, and with "
            "which weights?"
        )
    of_d = game.start[1][-2].copy()
    game.start[1][-2][:] = -2 * of_d
    try:
        other = game.take_step().generator[0]
    finally:
        game.start[1][-2][:] = of_d
    if np.allclose(other, taken.generator[0], rtol=1e-3, atol=2e-4):
        raise Wrong(
            "G moves in the same way if D has other weights. Which D judges, and with which "
            "weights?"
        )
    raise Wrong(
        "G follows this D, but not down the mean of softplus(-logits) by one step of this "
        "optimizer. Compare the loss with that of task 2."
    )


def _expect_known_weights(game: _Game) -> None:
    """An optimizer that was built for G's trained weights gets these, and no others."""
    try:
        game.take_step(built=True)
    except ValueError as problem:
        if "Unknown variable" not in str(problem):
            raise
        raise Wrong(
            "G moves as it should, but the optimizer is handed weights that are not trained, such "
            "as running statistics (generator.weights has them too). One that was built for G's "
            "trained weights refuses them, as in the loop below."
        ) from None


def _expect_large_logits(trial: Trial, game: _Game) -> None:
    """A D that is sure: clipped logits and logarithms of a probability have no slope there."""
    of_d, rate = [each.copy() for each in game.start[1]], RATE / 1000
    game.start[1][-2][:] *= 500
    game.restore()
    logits = game.discriminator(game.generator(game.latents, training=True))
    game.start[1][-1][:] -= np.median(logits)  # so that D is sure of both
    game.after.cache_clear()
    try:
        taken = game.take_step(rate)
        wanted = [game.after((mode, "right"), rate)[1] for mode in (True, False)]
    finally:
        game.start[1][:] = of_d
        game.after.cache_clear()
    if not all(np.isfinite(each).all() for each in taken.generator):
        raise Wrong(
            "With a D whose logits lie in the hundreds G's weights become NaN. Compute the loss "
            "from logits: the sigmoid of -200 is 0 in float32, and log 0 is infinite."
        )
    start = game.start[0]
    for after in wanted:
        far = max(np.abs(after[i] - start[i]).max() for i in game.trained)
        off = max(np.abs(taken.generator[i] - after[i]).max() for i in game.trained)
        if off < 0.02 * far:
            return
    raise Wrong(
        "With a D whose logits lie in the hundreds G does not move as far as it should. Are logits "
        "or gradients clipped, or is a small number added under a logarithm? There is no pull "
        "where D is sure, then."
    )
