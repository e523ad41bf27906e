"""Three ways to tell a GAN which class is wanted.

- **Concatenation** (Mirza & Osindero 2014, arXiv 1411.1784): the label is more input, beside the
  latents of G and beside the sample that D judges. ``concatenated`` does that for D.
- **Projection** (Miyato & Koyama 2018, arXiv 1802.05637): D adds ⟨embedding of the label,
  features⟩ to its logit, as ``ganlib.networks`` builds it for ``classes=k``; G takes the label at
  each batch norm, as ``with_conditional_norm`` does it.
- **An auxiliary classifier** (Odena et al. 2017, arXiv 1610.09585): D does not see the label, but
  says which class it sees, and both players learn to make it right: ``auxiliary`` and
  ``AuxiliaryGAN``.

``ganlib.networks`` builds generators that take the label beside the latents.
"""

from typing import Any

import keras
import tensorflow as tf
from keras import layers, ops

from ganlib import penalties
from ganlib.gan import GAN
from ganlib.support import keras_settings
from ganlib.support.building import glorot, seeds_from
from ganlib.support.players import built
from ganlib.support.validation import real_number, whole_number

__all__ = ["AuxiliaryGAN", "auxiliary", "concatenated", "with_conditional_norm"]

CLASS_LOGITS = "class_logits"


@keras_settings.usual()
def concatenated(discriminator: keras.Model, classes: int) -> keras.Model:
    """A discriminator that sees the label beside the sample, as ``classes`` more channels.

    The label becomes a vector with a 1 at its place; for images each of its numbers fills a plane.

    Args:
        discriminator: built for samples with ``classes`` more channels than the real ones, such as
            ``networks.dcgan_discriminator((32, 32, 3 + classes))``.
        classes: the number of classes.

    Returns:
        A model: ``[samples, labels]`` to logits ``(n, 1)``.

    Raises:
        TypeError, ValueError: no number of classes, or no channels left for the samples.
    """
    classes = whole_number(classes, "classes", 1)
    *places, channels = _without_labels(discriminator, "discriminator").inputs[0].shape[1:]
    if channels <= classes:
        raise ValueError(
            f"The discriminator takes {channels} channels, but must take the {classes} of the "
            "label and those of the samples: build it for so many more."
        )
    samples = keras.Input((*places, channels - classes), name="samples")
    labels = keras.Input((), dtype="int32", name="labels")
    one_hot = layers.Embedding(
        classes, classes, embeddings_initializer="identity", trainable=False, name="one_hot"
    )(labels)
    if places:
        one_hot = layers.Reshape((*(1 for _ in places), classes))(one_hot)
        one_hot = layers.UpSampling2D(tuple(places))(one_hot)
    logits = discriminator(layers.Concatenate()([samples, one_hot]))
    return keras.Model([samples, labels], logits, name="concatenated")


@keras_settings.usual()
def with_conditional_norm(generator: keras.Model, classes: int) -> keras.Model:
    """A generator whose batch norms scale and shift by numbers that belong to the class.

    h' = γ_y · (h − μ) / √(σ² + ε) + β_y. The mean μ and the variance σ² are those of the whole
    batch, of all classes together. At the start all γ are 1 and all β are 0.

    Args:
        generator: a chain of layers with batch norm among them, such as
            ``networks.dcgan_generator()``; the new model takes its other layers over.
        classes: the number of classes.

    Returns:
        A model: ``[latents, labels]`` to what the generator makes.

    Raises:
        TypeError, ValueError: no number of classes, a generator with labels already, or one
            without batch norm.
    """
    classes = whole_number(classes, "classes", 1)
    generator = _without_labels(generator, "generator")
    latents = keras.Input(generator.inputs[0].shape[1:], name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    x, norms = latents, 0
    for layer in generator.layers:
        if isinstance(layer, layers.BatchNormalization):
            x, norms = _conditional_norm(x, labels, classes, layer), norms + 1
        elif not isinstance(layer, layers.InputLayer):
            x = layer(x)
    if not norms:
        raise ValueError(
            "The generator has no batch norm that could take the label: build it with "
            "batch_norm=True."
        )
    return keras.Model([latents, labels], x, name="with_conditional_norm")


@keras_settings.usual()
def auxiliary(discriminator: keras.Model, classes: int, seed: int = 0) -> keras.Model:
    """A discriminator that also says which class it sees, from the same features.

    Args:
        discriminator: one without labels whose last layer is dense, as ``ganlib.networks`` builds.
        classes: the number of classes.
        seed: fixes the starting weights of the new layer.

    Returns:
        A model for ``AuxiliaryGAN``: ``[samples, labels]`` to logits ``(n, 1)`` in which the labels
        play no part. Its layer "class_logits" has the logits of the classes, ``(n, classes)``.

    Raises:
        TypeError, ValueError: no number of classes, or a discriminator that takes labels or ends in
            another layer.
    """
    classes = whole_number(classes, "classes", 1)
    last = _without_labels(discriminator, "discriminator").layers[-1]
    if not isinstance(last, layers.Dense):
        raise ValueError(
            f"The discriminator ends in {last.name}, but must end in a dense layer, whose inputs "
            "are the features that the classes are read off."
        )
    samples, features = discriminator.inputs[0], last.input
    start = glorot(seeds_from(seed))
    seen = layers.Dense(classes, dtype="float32", kernel_initializer=start, name=CLASS_LOGITS)
    labels = keras.Input((), dtype="int32", name="labels")
    carried = _OnlyTheFirst(dtype="float32")([discriminator.output, seen(features), labels])
    return keras.Model([samples, labels], carried, name="auxiliary")


def _without_labels(network: keras.Model, role: str) -> keras.Model:
    if isinstance(network, keras.Sequential) and not network.built:
        raise ValueError(f"The {role} is not built: begin it with keras.Input(shape).")
    if len(built(network, role, ()).inputs) != 1:
        raise ValueError(f"The {role} takes labels already: build it with classes=0.")
    return network


@keras.saving.register_keras_serializable("ganlib")
class AuxiliaryGAN(GAN):
    """A GAN whose discriminator is also a classifier (AC-GAN, Odena et al. 2017).

    D's loss gets the cross-entropy of the classes of real and of generated samples beside it, G's
    loss that of its own samples. Else it is a ``GAN``.

    Args:
        generator: ``[latents, labels]`` to samples.
        discriminator: made by ``auxiliary``.
        latent_dim: numbers in one latent vector.
        class_weight: of the cross-entropies in both losses; 1 in the paper.
        **options: as for ``GAN``.

    Raises:
        TypeError, ValueError: as ``GAN``; or the discriminator does not say which class it sees.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent_dim: int,
        class_weight: float = 1.0,
        **options: Any,
    ):
        super().__init__(generator, discriminator, latent_dim, **options)
        self.class_weight = real_number(class_weight, "class_weight", least=0)
        if CLASS_LOGITS not in {layer.name for layer in discriminator.layers}:
            raise ValueError(
                f"The discriminator has no layer {CLASS_LOGITS!r}: make it with "
                "ganlib.conditional.auxiliary(discriminator, classes)."
            )
        told_apart = discriminator.get_layer(CLASS_LOGITS).units
        if self.classes and self.classes != told_apart:
            raise ValueError(
                f"The generator was built for {self.classes} classes, the discriminator tells "
                f"{told_apart} apart: build both with the same number."
            )

    def move_discriminator(self, batch: Any, fake: Any) -> None:
        """D learns to tell real samples from generated ones, and classes from each other."""
        judge = _Judge(self.discriminator)
        critic = penalties.Watched(judge)
        with tf.GradientTape() as tape:
            real_logits = critic(batch.real, batch.labels)
            fake_logits = critic(fake, batch.labels)
            classes = [_cross_entropy(batch.labels, seen) for seen in judge.seen]
            loss = total = self.adversarial_loss.discriminator(real_logits, fake_logits)
            total += self.class_weight * (classes[0] + classes[1])
            for name, weight in self.penalties.items():
                penalty = penalties.get(name)
                total += weight * penalty(critic, batch.real, fake, batch.labels, batch.seed)
        self.descend(self.discriminator, self.d_optimizer, tape, total, batch)
        self.note(batch, d_loss=loss, real_logits=real_logits, fake_logits=fake_logits)

    def generator_losses(self, batch: Any, fake: Any) -> tuple[Any, Any]:
        """G moves by D's loss and by the cross-entropy of the class that was asked for."""
        judge, real_logits = _Judge(self.discriminator), None
        fake_logits = judge([fake, batch.labels], training=True)
        classes = _cross_entropy(batch.labels, judge.seen[0])
        if self.adversarial_loss.generator_needs_real:
            real_logits = judge([batch.real, batch.labels], training=True)
        loss = self.adversarial_loss.generator(real_logits, fake_logits)
        return loss, loss + self.class_weight * classes

    def get_config(self) -> dict[str, Any]:
        """All that ``.keras`` files need to build this GAN again."""
        return super().get_config() | {"class_weight": self.class_weight}


class _Judge:
    """A discriminator made by ``auxiliary``: it gives the logits, and keeps those of the classes in
    ``seen``, so that one pass serves both.
    """

    def __init__(self, discriminator: keras.Model):
        outputs = [discriminator.output, discriminator.get_layer(CLASS_LOGITS).output]
        self.both = keras.Model(discriminator.inputs, outputs)
        self.seen: list[Any] = []

    def __call__(self, inputs: Any, training: bool) -> Any:
        logits, classes = self.both(inputs, training=training)
        self.seen.append(classes)
        return logits


@keras.saving.register_keras_serializable("ganlib")
class _OnlyTheFirst(layers.Layer):
    """Passes on the first of its inputs; the others belong to the model all the same."""

    def call(self, inputs: Any) -> Any:
        """The first input."""
        return inputs[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the first input."""
        return input_shape[0]


def _conditional_norm(x: Any, labels: Any, classes: int, plain: layers.BatchNormalization) -> Any:
    """Batch norm, then a scale and a shift that are looked up for each sample's label."""
    x = layers.BatchNormalization(momentum=plain.momentum, center=False, scale=False)(x)
    shape = (*(1 for _ in x.shape[1:-1]), x.shape[-1])

    def looked_up(start: str) -> Any:
        table = layers.Embedding(classes, x.shape[-1], embeddings_initializer=start)
        return layers.Reshape(shape)(table(labels))

    return layers.Add()([layers.Multiply()([x, looked_up("ones")]), looked_up("zeros")])


def _cross_entropy(labels: Any, logits: Any) -> Any:
    """The mean of −log p(label), for logits ``(n, classes)``."""
    each = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    return ops.mean(each)
