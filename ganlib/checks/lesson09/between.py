"""A penalty on slopes between real and generated samples, towards 0."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["between"]

MANY = 4000  # pairs, so that a mean over ε is known to a few hundredths


def _critics():
    """Three critics whose slopes are known: a plane, a bowl, and a valley along the diagonal."""
    import keras
    from keras import ops

    class Bowl(keras.layers.Layer):
        def call(self, x):
            return ops.sum(x**2, axis=1, keepdims=True)  # its slope is 2x

    class Valley(keras.layers.Layer):
        def call(self, x):
            return (x[:, :1] - x[:, 1:]) ** 2  # flat where both numbers are equal

    def network(shape, *layers):
        return keras.Sequential([keras.Input(shape), *layers])

    return (
        lambda shape: network(shape, keras.layers.Flatten(), keras.layers.Dense(1)),
        network((1,), Bowl()),
        network((2,), Valley()),
    )


@task(
    points=4,
    hints=(
        "penalties.squared_slopes(critic, samples, labels) has the squared norm for each sample.",
        "ε must have one number for each pair and the same number of axes as the samples: for "
        "images (n, 1, 1, 1). tf.random.uniform draws it.",
        "½ · the mean over the pairs of the squared norms at ε · real + (1 − ε) · fake.",
    ),
)
def between(trial: Trial) -> None:
    """½ · mean of ‖∇ l‖² at points between real and generated samples, one ε for each pair."""
    import tensorflow as tf

    plane, bowl, valley = _critics()
    with trial.part(1, "a critic that is equally steep everywhere, points and images"):
        for shape in ((3,), (4, 4, 3)):
            _steep_everywhere(trial, tf, plane(shape), shape)
    with trial.part(1, "the points lie anywhere between real and generated ones"):
        _anywhere_between(trial, tf, bowl)
    with trial.part(1, "one ε for each pair"):
        _one_for_each_pair(trial, tf, valley)
    with trial.part(1, "it reaches D's weights, also in a compiled step"):
        _reaches_weights(trial, tf, plane((3,)))
        _draws_anew(trial, tf, bowl)


def _steep_everywhere(trial: Trial, tf, critic, shape: tuple[int, ...]) -> None:
    kernel = trial.rng.normal(0, 1, critic.layers[-1].kernel.shape)
    critic.layers[-1].set_weights([kernel, np.array([0.3])])
    real, fake = (tf.constant(trial.rng.normal(0, 1, (6, *shape)), tf.float32) for _ in range(2))
    answer = trial.number(trial.call(critic, real, fake), "the penalty")
    squared = float((kernel**2).sum())
    trial.expect(
        answer,
        squared / 2,
        usual=(
            (squared, "The ½ is missing."),
            (np.sqrt(squared) / 2, "This is half of the norm itself, not of its square."),
            (np.sqrt(squared), "This is the norm itself. The task asks for half of its square."),
            ((np.sqrt(squared) - 1) ** 2 / 2, "The norms are compared with 1. Here they go to 0."),
            ((np.sqrt(squared) - 1) ** 2, "This is the gradient penalty of WGAN-GP."),
            (
                squared / 2 / kernel.size,
                "It takes the mean over the numbers of a sample. ‖·‖² is their sum; the mean goes "
                "over the pairs.",
            ),
            (6 * squared / 2, "It adds up the pairs. A penalty is their mean."),
            (0.0, "It is 0: does the tape watch the points between?"),
        ),
        otherwise="For a critic w·x the slope is w everywhere, so the penalty is ½‖w‖². It is "
        f"{answer:.4g} where {squared / 2:.4g} is right.",
    )


def _anywhere_between(trial: Trial, tf, bowl) -> None:
    real, fake = tf.zeros((MANY, 1)), tf.ones((MANY, 1))
    values = [trial.number(trial.call(bowl, real, fake), "the penalty") for _ in range(6)]
    # ½ · mean of 4x², at x uniform in 0 … 1.
    if np.allclose(values, 2 / 3, rtol=0, atol=0.05):
        return
    for value, message in (
        (0.0, "It looks at the real samples. The task asks for points between real and generated."),
        (2.0, "It looks at the generated samples. The task asks for points between the two."),
        (0.5, "It always looks in the middle. ε is drawn anew for each pair, uniform in 0 … 1."),
    ):
        if np.allclose(values, value, rtol=0, atol=1e-4):
            raise Wrong(message)
    if np.ptp(values) > 0.4:
        raise Wrong(
            "From call to call it gives very different values for thousands of pairs. Is one ε "
            "drawn for the whole batch? Each pair has its own."
        )
    if np.allclose(values, 4 / 3, rtol=0, atol=0.1):
        raise Wrong("The ½ is missing.")
    raise Wrong(
        f"With real samples at 0, generated ones at 1 and the critic x², the mean over uniform ε "
        f"is 2/3, but it gives {values[0]:.3f}. Is ε uniform in 0 … 1?"
    )


def _one_for_each_pair(trial: Trial, tf, valley) -> None:
    real, fake = tf.zeros((MANY, 2)), tf.ones((MANY, 2))
    value = trial.number(trial.call(valley, real, fake), "the penalty")
    if min(abs(value - 1), abs(value - 0.5)) < 1e-3:  # with and without the ½
        raise Wrong("The norms are compared with 1. Here they go to 0.")
    if abs(value) > 1e-5:
        raise Wrong(
            "The points do not lie on the lines between the pairs: each number of a sample has an "
            "ε of its own. Draw one for each pair, of shape (n, 1)."
        )
    start = trial.rng.normal(0, 1, (MANY, 2)).astype("float32")
    value = trial.number(trial.call(valley, tf.constant(start), tf.constant(start)), "the penalty")
    slopes = 2 * (start[:, 0] - start[:, 1])
    right = float((slopes**2).mean())
    trial.expect(
        value,
        right,
        within=1e-3,
        usual=((2 * right, "The ½ is missing."),),
        otherwise="Where real and generated samples are the same, so are the points between them. "
        "Do the two weights, ε and 1 − ε, add up to 1?",
    )


def _reaches_weights(trial: Trial, tf, critic) -> None:
    kernel = trial.rng.normal(0, 1, (3, 1)).astype("float32")
    critic.layers[-1].set_weights([kernel, np.array([0.0])])
    real, fake = (tf.constant(trial.rng.normal(0, 1, (5, 3)), tf.float32) for _ in range(2))

    @tf.function(autograph=False)
    def slopes_of_weights():
        with tf.GradientTape() as tape:
            value = trial.answer(critic, real, fake, None, tf.constant([1, 2]))
        return tape.gradient(value, critic.layers[-1].kernel)

    slope = slopes_of_weights()
    if slope is None:
        raise Wrong(
            "No gradient reaches D's weights, so D learns nothing from it. Does a value leave "
            "TensorFlow, as .numpy() or float, or is a gradient stopped?"
        )
    trial.expect(
        trial.array(slope, (3, 1)),
        kernel,
        usual=((2 * kernel, "The ½ is missing."),),
        otherwise="The gradient in D's weights is not that of ½‖w‖², which is w.",
    )


def _draws_anew(trial: Trial, tf, bowl) -> None:
    zeros, ones = tf.zeros((MANY, 1)), tf.ones((MANY, 1))
    step = tf.function(lambda: trial.answer(bowl, zeros, ones), autograph=False)
    first, second = (trial.number(step(), "the penalty") for _ in range(2))
    fixed = min(abs(first - known) for known in (0, 0.5, 1, 2, 4)) < 1e-4  # no ε at all: told above
    if first == second and not fixed:
        raise Wrong(
            "Every step gets the same ε. Is its seed fixed? Or does NumPy draw it, which in a "
            "compiled step happens only once? tf.random.uniform draws anew."
        )
