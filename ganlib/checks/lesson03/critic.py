"""A critic to a specification."""

from typing import Any

import numpy as np

from ganlib.checks.lesson03.structure import answers_of, expect_structure, inner_layer, leaves, wake
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["critic"]


@task(
    points=4,
    hints=(
        "Begin with keras.Input((64, 64, 3)) and keras.Sequential, as the critics of the lesson "
        'do. Four convolutions with strides=2 and padding="same" lead to 4 × 4.',
        "After each convolution something must bend: layers.LeakyReLU(0.2). At the end: Flatten "
        "and Dense(1), without an activation.",
        "Try widths with your function plan, or with model.count_params(): doubling all channels "
        "makes about four times as many weights.",
    ),
)
def critic(trial: Trial) -> None:
    """A Keras model to a specification: four strides, one logit, each image by itself, its size."""
    with trial.without(
        "ganlib.networks",
        "It calls ganlib.networks. Build the critic from Keras layers yourself.",
    ):
        model = trial.call()
    if isinstance(model, (str, int, float)):
        raise Wrong("It should return a Keras model, with return.")
    import keras

    if not isinstance(model, keras.Model):
        raise Wrong(
            f"It should return a Keras model, but returns a value of type {type(model).__name__}."
        )
    if {id(weight) for weight in trial.call().weights} & {id(weight) for weight in model.weights}:
        raise Wrong(
            "Called twice, it returns the same model, or one with the same layers. Each call must "
            "make a new model: build it inside the function."
        )
    trial.leaves_seeds_alone()
    _expect_to_learn(model)
    wake(model, trial.rng)
    images = trial.rng.uniform(-1, 1, (8, 64, 64, 3)).astype(np.float32)
    answers_of(model, images)  # what fails here fails everywhere
    with trial.part(1, "one logit for each image"):
        for number in (8, 1):
            answer = answers_of(model, images[:number])
            if answer.shape != (number, 1):
                raise Wrong(
                    f"For {number} images it answers with the shape {answer.shape}; one logit for "
                    f"each is ({number}, 1)."
                )
        _logit(model, trial.rng.uniform(-1, 1, (12, 64, 64, 3)).astype(np.float32))
    with trial.part(1, "four strides halve the image, and every pixel counts"):
        expect_structure(model, images)
    with trial.part(1, "each image is judged by itself"):
        if answers_of(model, images).shape != (8, 1):
            raise Wrong("Without one logit for each image this cannot be looked at.")
        _alone(model, images)
    weights = model.count_params()
    with trial.part(1, f"the number of weights, {weights:,}"):
        if not 200_000 <= weights <= 400_000:
            way = "fewer" if weights > 400_000 else "more"
            raise Wrong(f"The task asks for 200,000 to 400,000. Make it {way}.")


def _expect_to_learn(model: Any) -> None:
    """All layers with a kernel are trained; a norm may stand still."""
    import keras

    for layer in (model, *map(inner_layer, leaves(model))):
        if not layer.trainable and (isinstance(layer, keras.Model) or hasattr(layer, "kernel")):
            raise Wrong(
                f"trainable is False for {layer.name}: it would never learn. Which layers a step "
                "moves is decided by the list of weights that the optimizer gets."
            )


def _logit(model: Any, images: np.ndarray) -> None:
    """A logit may be any number; it is linear in the weights of the layer that makes it."""

    def loud() -> np.ndarray:
        return np.concatenate([answers_of(model, scale * images) for scale in (1, 1000)])

    answer = loud()
    seen = [answer]  # with other weights too: by chance a tanh may give positive numbers alone
    for layer in reversed([inner_layer(layer) for layer in leaves(model) if layer.weights]):
        before = layer.get_weights()
        layer.set_weights([-3 * weight for weight in before])
        turned = loud()
        layer.set_weights(before)
        if turned.any() and abs(turned + 3 * answer).max() <= 0.02 * abs(3 * answer).max():
            return
        seen.append(turned)
    answers = np.concatenate(seen)
    if answers.any() and answers.min() >= 0 and answers.max() <= 1:
        raise Wrong(
            "All answers lie between 0 and 1: there is a sigmoid at the end. The task asks for the "
            "logit; the loss contains the sigmoid."
        )
    if answers.any() and abs(answers).max() <= 1:
        raise Wrong(
            "All answers lie between −1 and 1, also for extreme images. A logit has no bounds."
        )
    raise Wrong(
        "The answers are bent after the last weighted sum: they cannot be just any number. Does "
        "the last layer have an activation?"
    )


def _alone(model: Any, images: np.ndarray) -> None:
    """The first two images get other companions; all that is drawn or moves is as it was before."""
    company = "What the model says of an image depends on the others in its batch"
    variables = list(model.variables)  # the state of dropout's generators and of norms too
    before = [variable.numpy() for variable in variables]

    def answers(batch: np.ndarray, training: bool) -> np.ndarray:
        try:
            return answers_of(model, batch, training)[:2]
        finally:
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)

    others = np.concatenate([images[:2], 0.5 - images[2:] / 2])
    for training in (False, True):
        together = answers(images, training)
        scale = max(abs(together).max(), 1e-6)
        if abs(answers(images, training) - together).max() > 1e-4 * scale:
            continue  # what it draws cannot be drawn again
        if abs(answers(others, training) - together).max() > 1e-3 * scale:
            when = "in training" if training else "also outside of training"
            if any("BatchNorm" in type(inner_layer(layer)).__name__ for layer in leaves(model)):
                raise Wrong(
                    f"{company}, {when}: there is batch norm in it, and with training={training} "
                    "it takes mean and variance of the batch."
                )
            raise Wrong(f"{company}, {when}. Which layer looks at the whole batch?")
