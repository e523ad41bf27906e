"""A classifier that teaches a conditional generator: its training, and the GAN that listens to it.

    python -m tools.training.teacher

writes runs/teacher-cifar10.weights.h5, after about ten minutes on two cores. The recipe
*conditional-taught* of ``train_gan`` needs it. G's loss has one more term there: the cross-entropy
of the class that was asked for, as the teacher sees it in G's image. An auxiliary classifier gives
G the same term (Odena et al. 2017, arXiv 1610.09585), but the teacher is no part of D, does not
learn meanwhile, and is none of the networks that measure.

A classifier also reacts to patterns that nobody sees, and G could learn to draw them. So the
teacher has learned from noisy photographs too, and G's images get such noise before it looks. Its
draws come from TensorFlow's own random state, so a run that was stopped goes on with other ones.

The teacher of ``dcgan-cifar10-taught`` went through the two phases of ``main`` in two programs,
with the seeds 8 and 7; ``main`` does the same in one, with seed 8, so its teacher will differ from
that one.
"""

import functools
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from keras import layers

from ganlib.gan import GAN
from ganlib.support import cpu_layers

WEIGHTS = Path("runs/teacher-cifar10.weights.h5")
CLEAN, NOISY = 14, 5  # epochs
NOISE = 0.6  # the largest standard deviation; images lie in [-1, 1]


def network():
    """A classifier of another shape than those of the zoo: images in [-1, 1] to logits."""
    images = x = keras.Input((32, 32, 3))
    for channels, kernel_size, strides in ((64, 4, 2), (128, 4, 2), (256, 4, 2), (384, 3, 1)):
        options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
        x = cpu_layers.Conv2D(channels, kernel_size, strides, **options)(x)
        x = layers.BatchNormalization(momentum=0.95)(x)
        x = layers.LeakyReLU(0.2)(x)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(images, layers.Dense(10, dtype="float32")(x), name="teacher")


def noisy(images, most=NOISE):
    """Images with normal noise, each with a standard deviation of its own, from 0 to ``most``."""
    strength = tf.random.uniform((tf.shape(images)[0], 1, 1, 1), 0.0, most)
    return images + strength * tf.random.normal(tf.shape(images))


def mirrored_at_random(images):
    """Every second image or so with left and right exchanged."""
    turned = tf.random.uniform((tf.shape(images)[0], 1, 1, 1)) < 0.5
    return tf.where(turned, images[:, :, ::-1], images)


class TaughtGAN(GAN):
    """A conditional GAN whose generator learns from D and from a teacher; see ``listen``.

    Attributes:
        teacher: images to logits. A function, so that its weights are no part of the GAN.
        teacher_weight: of its term in G's loss.
    """

    teacher: Callable
    teacher_weight: float

    def generator_losses(self, batch, fake):
        """G moves by D's loss and by what the teacher sees in place of the class asked for."""
        loss, total = super().generator_losses(batch, fake)
        seen = self.teacher(noisy(mirrored_at_random(fake)))
        taught = keras.losses.sparse_categorical_crossentropy(batch.labels, seen, from_logits=True)
        return loss, total + self.teacher_weight * tf.reduce_mean(taught)


def listen(gan, weight):
    """Give a ``TaughtGAN`` its teacher."""
    if not WEIGHTS.exists():
        raise SystemExit("There is no teacher yet: python -m tools.training.teacher")
    teacher = network()
    teacher.load_weights(WEIGHTS)
    gan.teacher, gan.teacher_weight = functools.partial(teacher, training=False), weight


def main():
    from ganlib import course, data

    course.start("training", seed=8, precision="auto")
    images, labels = data.load("cifar10", labels=True)
    test_images, test_labels = data.load("cifar10", "test", labels=True)
    size = 128

    def changed(batch, classes):
        batch = tf.cast(batch, tf.float32) / 127.5 - 1
        batch = tf.pad(batch, [[0, 0], [4, 4], [4, 4], [0, 0]], "REFLECT")
        batch = tf.image.random_crop(batch, [size, 32, 32, 3])
        return tf.image.random_flip_left_right(batch), classes

    clean = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(len(images))
    clean = clean.batch(size, drop_remainder=True).map(changed, num_parallel_calls=2)
    teacher = network()
    for epochs, rate, photographs in (
        (CLEAN, 2e-3, clean),
        (NOISY, 1e-3, clean.map(lambda batch, classes: (noisy(batch), classes))),
    ):
        steps = epochs * (len(images) // size)
        falling = keras.optimizers.schedules.PolynomialDecay(rate, steps, 0.0)
        teacher.compile(
            keras.optimizers.AdamW(falling, weight_decay=1e-3),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
        teacher.fit(photographs.prefetch(2), epochs=epochs, shuffle=False, verbose=2)
    tested = data.to_network(test_images)
    for words, each in (("photographs", tested), ("with noise", noisy(tested))):
        print(f"test {words}: {teacher.evaluate(each, test_labels, verbose=0)[1]:.3f}")
    WEIGHTS.parent.mkdir(exist_ok=True)
    teacher.save_weights(WEIGHTS)


if __name__ == "__main__":
    main()
