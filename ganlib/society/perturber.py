"""A generator whose input is an image and whose output is a small change of it.

Trained against a classifier it attacks (AdvGAN, Xiao et al. 2018, arXiv 1801.02610); trained to
undo attacks it defends (a denoiser guided by the classifier, Liao et al. 2018, arXiv 1712.02976).
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

from ganlib import data, losses
from ganlib.society.attacks import ahead, differentiable, labels_of
from ganlib.society.box import Box
from ganlib.support import keras_settings
from ganlib.support.building import Tensor, glorot, he, seeds_from
from ganlib.support.validation import images as checked_images
from ganlib.support.validation import real_number, shape, whole_number

__all__ = ["apply", "perturbed", "train_attacker", "train_cleaner", "u_net"]

_CERTAIN = 2.0  # by how much a wrong logit must be ahead before the attacker is content


@keras_settings.usual()
def u_net(
    image_shape: tuple[int, int, int] = (32, 32, 3), width: int = 24, seed: int = 0
) -> keras.Model:
    """A network from images to changes, with short cuts at every size (U-net, 1505.04597).

    Args:
        image_shape: height, width and channels; height and width are multiples of 4.
        width: channels at full size; they double with each halving of the size.
        seed: fixes the starting weights; 0 or more.

    Returns:
        A model: images ``(n, *image_shape)`` in [-1, 1] to float32 of the same shape in [-1, 1].

    Raises:
        TypeError, ValueError: a size is no positive whole number, or a side no multiple of 4.
    """
    image_shape = shape(image_shape, "image_shape", (32, 32, 3))
    if image_shape[0] % 4 or image_shape[1] % 4:
        raise ValueError(f"image_shape is {image_shape}, but its sides must be multiples of 4.")
    width, seeds = whole_number(width, "width", 1), seeds_from(seed)

    def after(layer: type, x: Tensor, channels: int, kernel_size: int, strides: int) -> Tensor:
        options = {"padding": "same", "use_bias": False, "kernel_initializer": he(seeds)}
        x = layer(channels, kernel_size, strides, **options)(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    images = keras.Input(image_shape, name="images")
    whole = after(layers.Conv2D, images, width, 3, 1)
    half = after(layers.Conv2D, whole, 2 * width, 3, 2)
    x = after(layers.Conv2D, half, 4 * width, 3, 2)
    x = after(layers.Conv2DTranspose, x, 2 * width, 4, 2)
    x = after(layers.Conv2DTranspose, layers.Concatenate()([x, half]), width, 4, 2)
    x = layers.Concatenate()([x, whole])
    x = layers.Conv2D(image_shape[-1], 3, padding="same", kernel_initializer=glorot(seeds))(x)
    return keras.Model(images, layers.Activation("tanh", dtype="float32")(x), name="u_net")


def perturbed(generator: keras.Model, images: Any, epsilon: float, training: bool = False) -> Any:
    """Images as a generator changes them: clipped to x ± ε and to the range of images.

    Args:
        generator: as ``u_net`` makes it.
        images: a float tensor ``(n, height, width, channels)`` in [-1, 1].
        epsilon: the largest change, in the unit of images in [0, 1].
        training: whether batch norm uses the statistics of this batch.

    Returns:
        A float tensor of the same shape.
    """
    from keras import ops

    return ops.clip(images + 2 * epsilon * generator(images, training=training), -1.0, 1.0)


def apply(
    generator: keras.Model, images: np.ndarray, epsilon: float, batch_size: int = 100
) -> np.ndarray:
    """The same for bytes: uint8 images to uint8 images that differ by at most ε.

    Args:
        generator: as ``u_net`` makes it.
        images: uint8 ``(n, height, width, channels)``.
        epsilon: the largest change, in the unit of images in [0, 1].
        batch_size: images at once.
    """
    batch_size = whole_number(batch_size, "batch_size", 1)
    images = checked_images(images, "images")
    epsilon = Box.around(images, epsilon).epsilon  # whole grey levels, as attacks have them
    if images.shape[1:] != generator.input_shape[1:]:
        raise ValueError(
            f"images have the shape {images.shape}, but the generator takes "
            f"{generator.input_shape[1:]}."
        )
    parts = [
        data.to_uint8(perturbed(generator, data.to_network(images[i : i + batch_size]), epsilon))
        for i in range(0, len(images), batch_size)
    ]
    return np.concatenate(parts)


def train_attacker(
    generator: keras.Model,
    discriminator: keras.Model,
    classifier: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    steps: int,
    epsilon: float,
    realism: float = 1.0,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Let a generator learn to deceive a classifier, and a discriminator to tell what it changed.

    The generator minimises E max(0, κ - a(x')) + realism · E softplus(-D(x')), where a is how far
    the largest wrong logit is ahead; κ = 2. The discriminator minimises its usual cross-entropy.

    Args:
        generator, discriminator: both are changed; ``ganlib.networks`` has discriminators.
        classifier: a classifier of bytes; it stays as it is.
        images: uint8 ``(n, height, width, channels)``.
        labels: the true labels, whole numbers ``(n,)``.
        steps: steps of both.
        epsilon: the largest change, in the unit of images in [0, 1].
        realism: the weight of the discriminator's opinion, 0 or more.
        batch_size: images in a batch.
        learning_rate: of both Adams.
        seed: of the order of the images.

    Returns:
        Curves, float32 ``(steps,)``: "deceived", the share of each batch that is answered wrongly;
        "d_loss".
    """
    import tensorflow as tf

    real_number(realism, "realism", least=0)
    real_number(epsilon, "epsilon", least=0, most=1)
    model, loss = differentiable(classifier), losses.get("non_saturating")
    g_learn, d_learn = (
        _learner(player, learning_rate, beta_1=0.5) for player in (generator, discriminator)
    )

    def step(real: Any, numbers: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fake = perturbed(generator, real, epsilon, training=True)
            logits = model(fake, training=False)
            lead = ahead(logits, numbers)
            opinion = discriminator(fake, training=True)
            g_loss = tf.reduce_mean(tf.nn.relu(_CERTAIN - lead))
            g_loss += realism * loss.generator(None, opinion)
            d_loss = loss.discriminator(discriminator(real, training=True), opinion)
        g_learn(g_tape, g_loss)
        d_learn(d_tape, d_loss)
        return tf.reduce_mean(tf.cast(lead > 0, tf.float32)), d_loss

    labels = labels_of(labels, len(images), model.output_shape[-1])
    curves = _train(step, images, labels, steps, batch_size, seed)
    return dict(zip(("deceived", "d_loss"), curves, strict=True))


def train_cleaner(
    generator: keras.Model,
    classifier: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    steps: int,
    epsilon: float,
    reach: float,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    seed: int = 0,
) -> np.ndarray:
    """Let a generator learn to undo attacks, so that the classifier answers as on the clean image.

    Half of each batch is attacked by one step along the gradient's sign, of a size between 0 and ε,
    on the classifier alone. The generator minimises the mean distance of the logits to those of the
    clean images.

    Args:
        generator: is changed.
        classifier: a classifier of bytes; it stays as it is.
        images: uint8 ``(n, height, width, channels)``.
        labels: the true labels, whole numbers ``(n,)``.
        steps: steps of the generator.
        epsilon: the size of the attacks, in the unit of images in [0, 1].
        reach: the largest change by the generator, in the same unit.
        batch_size: images in a batch.
        learning_rate: of Adam.
        seed: of the order of the images and of the sizes.

    Returns:
        float32 ``(steps,)``: the loss.
    """
    import tensorflow as tf

    real_number(epsilon, "epsilon", least=0, most=1)
    real_number(reach, "reach", least=0, most=1)
    model, learn = differentiable(classifier), _learner(generator, learning_rate)
    draws = tf.random.Generator.from_seed(seed)

    def step(real: Any, numbers: Any) -> tuple[Any]:
        with tf.GradientTape() as tape:
            tape.watch(real)
            clean = model(real, training=False)
            answer = tf.nn.sparse_softmax_cross_entropy_with_logits(numbers, clean)
        sizes = 2 * epsilon * draws.uniform((tf.shape(real)[0], 1, 1, 1), -1.0, 1.0)
        attacked = real + tf.nn.relu(sizes) * tf.sign(tape.gradient(answer, real))
        attacked = tf.clip_by_value(attacked, -1.0, 1.0)
        with tf.GradientTape() as tape:
            logits = model(perturbed(generator, attacked, reach, training=True), training=False)
            value = tf.reduce_mean(tf.abs(logits - clean))
        learn(tape, value)
        return (value,)

    labels = labels_of(labels, len(images), model.output_shape[-1])
    return _train(step, images, labels, steps, batch_size, seed)[0]


def _learner(player: keras.Model, learning_rate: float, **options: float) -> Callable:
    """What takes a tape and a loss, and moves a player's weights by Adam."""
    learning_rate = real_number(learning_rate, "learning_rate", above=0)
    optimizer = keras.optimizers.Adam(learning_rate, **options)
    optimizer.build(player.trainable_variables)

    def learn(tape: Any, loss: Any) -> None:
        optimizer.apply(tape.gradient(loss, player.trainable_variables), player.trainable_variables)

    return learn


def _train(
    step: Callable,
    images: np.ndarray,
    labels: np.ndarray,
    steps: int,
    batch_size: int,
    seed: int,
) -> list[np.ndarray]:
    """Take steps on batches in network space; the values that each returns, as curves."""
    import tensorflow as tf

    steps = whole_number(steps, "steps", 1)
    batches = data.dataset(images, labels, batch_size, seed)
    compiled = tf.function(
        lambda pixels, numbers: step(data.to_network(pixels), numbers), reduce_retracing=True
    )
    values = [
        compiled(pixels, numbers)
        for _, (pixels, numbers) in zip(range(steps), batches, strict=False)
    ]
    return [np.array(curve, np.float32) for curve in zip(*values, strict=True)]
