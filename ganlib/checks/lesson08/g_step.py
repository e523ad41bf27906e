"""One update of G."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganlib.checks.lesson08.generators import in_float32, small_generator
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["g_step"]


@task(
    points=4,
    hints=(
        "Question 3, asked of the loss: without any update, is the loss of the same latents the "
        "same in two calls? What in this function is another thing each time?",
        "Question 5, asked of all weights: generator.weights holds also those that are not "
        "trained. In a step of training, which of them should move, and do they?",
        "Look up what clone_model says of weights. To leave D as it is, it is enough whose "
        "weights the optimizer gets.",
    ),
)
def g_step(trial: Trial) -> None:
    """One update of G, judged by the D it plays against."""
    shape, rate = (4, 3, 3), 0.3
    generator = small_generator(trial, shape)
    with in_float32():
        hidden = layers.Dense(6, activation="leaky_relu")
        discriminator = keras.Sequential(
            [keras.Input(shape), layers.Flatten(), hidden, layers.Dense(1)]
        )
    for weight in discriminator.weights:  # not those of its initializers, which a clone has too
        weight.assign(trial.rng.normal(0, 0.6, weight.shape))
    latents = trial.rng.normal(0, 1, (9, 5)).astype(np.float32)
    before, of_d = generator.get_weights(), discriminator.get_weights()
    free = len(discriminator.trainable_variables), len(generator.trainable_variables)
    result = trial.call(generator, discriminator, keras.optimizers.SGD(rate), latents)
    if any((a != b).any() for a, b in zip(discriminator.get_weights(), of_d, strict=True)):
        raise Wrong("G's step has moved D as well. Question 5: who is updated?")
    if (len(discriminator.trainable_variables), len(generator.trainable_variables)) != free:
        raise Wrong(
            "After the step D or G is frozen (trainable=False). Its own next step would find "
            "nothing."
        )
    trained = [i for i, each in enumerate(generator.weights) if each.trainable]
    kept = [i for i, each in enumerate(generator.weights) if not each.trainable]
    now = generator.get_weights()
    generator.set_weights(before)
    options = {
        (training, kind): _after_a_step(generator, discriminator, latents, rate, training, kind)
        for training in (True, False)
        for kind in ("right", "ascent", "minimax", "sum")
    }

    def as_in(option: tuple[bool, str], which: list[int]) -> bool:
        weights = options[option][1]
        return all(np.allclose(now[i], weights[i], rtol=1e-3, atol=2e-4) for i in which)

    if all((now[i] == before[i]).all() for i in trained):
        raise Wrong("G's weights have not moved. Question 4: does a gradient arrive?")
    for kind, message in (
        ("ascent", "G moves the wrong way: the D that judged it likes the new images less."),
        ("minimax", "G goes down the minimax loss, which hardly pulls where D is sure."),
        ("sum", "The loss adds up the samples, so the step grows with the batch."),
    ):
        if any(as_in((training, kind), trained) for training in (True, False)):
            raise Wrong(message)
    ways = [training for training in (True, False) if as_in((training, "right"), trained)]
    if not ways:
        raise Wrong(
            "G moves, but not as this D and this optimizer want it. Call it for the same start "
            "twice: is the loss the same number? Which D judges, and with which weights?"
        )
    loss = trial.number(result, "the loss")
    trial.expect(
        loss,
        options[ways[0], "right"][0],
        within=2e-4,
        otherwise="G moves as it should, but what is returned is not the loss of this batch: the "
        "mean over it, before the update.",
    )
    trial.award(2, "G is judged by the D it plays against, and moves alone")

    if all((now[i] == before[i]).all() for i in kept):
        raise Wrong(
            "One fault is left. Some weights of G are not trained, and yet belong to a step of "
            "training: they stand still. Compare all of generator.weights before and after."
        )
    if not as_in((True, "right"), kept):
        raise Wrong("The running statistics of G move, but not as by one pass in training mode.")
    if ways != [True]:
        raise Wrong("The gradients come from a pass of G that is not in training mode.")
    trial.award(2, "batch norm uses the batch, and its running statistics follow")


def _after_a_step(
    generator: Any, discriminator: Any, latents: np.ndarray, rate: float, training: bool, kind: str
) -> tuple[float, list[np.ndarray]]:
    """The loss and G's weights after a step of gradient descent. G itself is put back."""
    before = generator.get_weights()
    with tf.GradientTape() as tape:
        logits = discriminator(generator(latents, training=training))
        loss = tf.reduce_mean(tf.math.softplus(-logits))
        goal = {
            "right": loss,
            "ascent": -loss,
            "minimax": -tf.reduce_mean(tf.math.softplus(logits)),
            "sum": len(latents) * loss,
        }[kind]
    weights = generator.trainable_variables
    for weight, gradient in zip(weights, tape.gradient(goal, weights), strict=True):
        weight.assign_sub(rate * gradient)
    after = generator.get_weights()
    generator.set_weights(before)
    return float(loss), after
