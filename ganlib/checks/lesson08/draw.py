"""Generated images as bytes."""

import keras
import numpy as np
from keras import layers

from ganlib.checks.lesson08.generators import in_float32, small_generator
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["draw"]


@task(
    points=3,
    hints=(
        "Question 2 with values that you know: a generator that draws only -1, 0 and 1. What "
        "should these become, and what do they become?",
        "Question 3: draw one latent alone, and then in the company of others. Is it the same "
        "image? And was the generator left as it was?",
        "Lesson 07 tells what batch norm uses when G draws. Bytes end at 255: which scale "
        "never reaches 256?",
    ),
)
def draw(trial: Trial) -> None:
    """Generated images as bytes, from a generator that is left as it was."""
    with trial.part(1, "from -1 … 1 to the bytes 0 … 255"):
        _expect_bytes(trial)
    with trial.part(2, "the same latents give the same image, and G is left as it was"):
        _expect_only_looking(trial)


def _expect_bytes(trial: Trial) -> None:
    """A generator that draws what it is given."""
    with in_float32():
        known = keras.Sequential([keras.Input((18,)), layers.Reshape((2, 3, 3))])
    values = trial.rng.uniform(-0.95, 0.95, (4, 18)).astype(np.float32)
    values[:, :4] = -1, 1, 0, 1
    right = 127.5 * (values.reshape(4, 2, 3, 3) + 1.0)
    result = trial.call(known, values)
    answer = trial.array(result, (4, 2, 3, 3), "what is drawn")
    if "uint8" not in str(getattr(result, "dtype", "")):
        raise Wrong("What is drawn is not bytes: the array should have the dtype uint8.")
    if (answer[:, 0, 0, 1] < 200).all():
        raise Wrong(
            "What G draws as 1, the brightest, becomes dark. Follow this one value through."
        )
    if (answer[:, 0, 0, 0] > 50).all():
        raise Wrong(
            "What G draws as -1, the darkest, becomes bright. Follow this one value through."
        )
    off = answer - right
    rounded, cut = np.abs(off) < 0.501, (off < 1e-3) & (off > -1.001)
    if not (rounded.all() or cut.all()):
        if np.abs(answer - np.minimum(128 / 127.5 * right, 255)).max() < 1.01:
            raise Wrong(
                "-1 becomes 0 and 1 becomes 255, but in between a byte is a step of 1/128, and the "
                "task asks for 1/127.5. Which factor takes 1 to 255 without anything being cut off?"
            )
        raise Wrong(
            "The bytes are not right: -1 should become 0, and 1 should become 255, evenly between "
            "them."
        )


def _expect_only_looking(trial: Trial) -> None:
    """A generator with batch norm, alone and in company."""
    generator = small_generator(trial, (3, 4, 3))
    before = [np.array(each) for each in generator.weights]
    trained = len(generator.trainable_variables)
    latents = trial.rng.normal(0, 1, (6, 5)).astype(np.float32)
    together = trial.array(trial.call(generator, latents), (6, 3, 4, 3), "what is drawn")
    if any(
        (np.array(new) != old).any() for new, old in zip(generator.weights, before, strict=True)
    ):
        raise Wrong(
            "Drawing has changed the generator: compare all its weights before and after, even "
            "those that are not trained."
        )
    if len(generator.trainable_variables) != trained:
        raise Wrong(
            "G is frozen (trainable=False) after the drawing: its next step would train nothing."
        )
    alone = [trial.call(generator, latents[i : i + 1]) for i in range(3)]
    alone = np.concatenate(
        [trial.array(image, (1, 3, 4, 3), "an image drawn alone") for image in alone]
    )
    if np.abs(alone - together[:3]).max() > 1:
        raise Wrong("The same latents give another image alone than in company.")
    right = 127.5 * (np.asarray(generator(latents, training=False)) + 1.0)
    # Bytes that are not right, as was said, can still be of the right images.
    pair = together.ravel(), right.ravel()
    alike = together.std() > 0 and np.corrcoef(*pair)[0, 1] > 0.9
    if not (trial.failed and alike) and np.abs(together - right).max() > 1:
        raise Wrong("These are not the images that this generator draws from these latents.")
