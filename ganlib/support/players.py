"""What a GAN asks of its networks, optimizers and inputs before it uses them."""

import json
import zlib
from typing import Any

import keras
import numpy as np

from ganlib.support import keras_settings

__all__ = [
    "built",
    "check_pair",
    "checked_labels",
    "classes",
    "digest",
    "generator_inputs",
    "last_activation",
    "loss_scaling",
    "optimizer_for",
    "output_range",
    "precision",
    "random_states",
    "refuse_batch_norm",
    "settings",
]

RANGES = {"tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0)}
RANGES |= dict.fromkeys(("sigmoid", "hard_sigmoid", "softmax"), (0.0, 1.0))
# Operations that pass numbers on as they are, under another shape, type or name.
PASSING = {
    "Reshape",
    "Flatten",
    "Permute",
    "Transpose",
    "Squeeze",
    "ExpandDims",
    "Cast",
    "Identity",
}
PASSING |= {"Cropping2D", "RepeatVector"}


# What networks say of themselves ------------------------------------------------------------------


def built(network: keras.Model, role: str, shape: tuple[int, ...]) -> keras.Model:
    """The network, whose inputs are known from now on.

    Args:
        network: a functional model, or a ``Sequential``, which is built if it was not.
        role: "generator" or "discriminator".
        shape: of one of its inputs, without the batch.

    Raises:
        TypeError: it is no Keras model.
        ValueError: it is a subclassed model, which does not say what it takes.
    """
    if not isinstance(network, keras.Model):
        raise TypeError(f"The {role} is {type(network).__name__}, but must be a Keras model.")
    if isinstance(network, keras.Sequential) and not network.built:
        network.build((None, *shape))
    if not getattr(network, "inputs", None) or not getattr(network, "outputs", None):
        kind = type(network).__name__
        raise ValueError(
            f"The {role} is a subclassed model ({kind}), which does not say what it takes and "
            f"makes. Give its layers to a functional one: inputs = keras.Input({tuple(shape)}); "
            f"{role} = keras.Model(inputs, outputs), with outputs computed from inputs as in its "
            "call method."
        )
    return network


def last_activation(network: keras.Model) -> str | None:
    """The name of the function that makes a network's outputs, such as "tanh"; None for a linear
    one.
    """
    tensor = network.outputs[0]
    while True:
        operation, node_index, index = tensor._keras_history
        if isinstance(operation, keras.Model):
            tensor = operation.outputs[index]
        elif type(operation).__name__ in PASSING:
            tensor = operation._inbound_nodes[node_index].input_tensors[0]
        else:
            break
    activation = getattr(operation, "activation", None)
    name = getattr(activation, "__name__", None) or type(operation).__name__.lower()
    return None if activation is not None and name == "linear" else name


def output_range(generator: keras.Model) -> tuple[float, float] | None:
    """The lowest and the highest number that a generator can make; None where there is no bound."""
    return RANGES.get(last_activation(generator))


def classes(network: keras.Model) -> int | None:
    """For how many classes a network with labels was built, by what it does with them.

    Every embedding and one-hot layer that the labels reach has a size; the smallest one counts.
    None for a network without labels, and where a layer of one's own takes them.
    """
    sizes = _sizes(network, network.inputs[1]) if len(network.inputs) > 1 else []
    return min(sizes, default=None)


def _sizes(network: keras.Model, labels: Any) -> list[int]:
    """The sizes of all embeddings and one-hot layers that a tensor reaches unchanged."""
    reached, sizes = {id(labels)}, []
    nodes_by_depth = getattr(network, "_functional", network)._nodes_by_depth
    for depth in sorted(nodes_by_depth, reverse=True):
        for node in nodes_by_depth[depth]:
            layer = node.operation
            at = [place for place, each in enumerate(node.input_tensors) if id(each) in reached]
            if not at:
                continue
            for attribute in ("input_dim", "num_tokens", "num_classes"):
                if isinstance(size := getattr(layer, attribute, None), int):
                    sizes.append(size)
            if isinstance(layer, keras.Model):
                sizes += [size for place in at for size in _sizes(layer, layer.inputs[place])]
            elif type(layer).__name__ in PASSING:
                reached |= {id(tensor) for tensor in node.output_tensors}
    return sizes


def random_states(network: keras.Model) -> list[keras.Variable]:
    """The states of a network's random layers: dropout, noise."""
    weights = {id(variable) for variable in network.weights}
    return [variable for variable in network.variables if id(variable) not in weights]


def digest(network: keras.Model) -> str:
    """What tells networks apart that have equal shapes: the kinds and settings of their layers,
    without names and precision, which may change from one call to the next.
    """
    layers = [layer for layer in network._flatten_layers() if not isinstance(layer, keras.Model)]
    settings = [(type(layer).__name__, _unnamed(layer.get_config())) for layer in layers]
    text = json.dumps(settings, sort_keys=True, default=lambda value: type(value).__name__)
    return f"{zlib.crc32(text.encode()):08x}"


def _unnamed(value: Any) -> Any:
    """A configuration without the entries that name things or say their precision."""
    if isinstance(value, dict):
        left = ((key, each) for key, each in value.items() if key not in ("name", "dtype"))
        return {key: _unnamed(each) for key, each in left}
    return [_unnamed(each) for each in value] if isinstance(value, list | tuple) else value


# What must fit ------------------------------------------------------------------------------------


def check_pair(generator: keras.Model, discriminator: keras.Model, latent_dim: int) -> None:
    """Whether the generator takes such latents, and the discriminator what the generator makes.

    Raises:
        ValueError: they do not fit.
    """
    if generator.inputs[0].shape[1:] != (latent_dim,):
        raise ValueError(
            f"latent_dim is {latent_dim}, but the generator takes inputs of shape "
            f"{tuple(generator.inputs[0].shape)}: give it (None, {latent_dim}), or change "
            "latent_dim."
        )
    for role, network in (("generator", generator), ("discriminator", discriminator)):
        further = [tuple(each.shape) for each in network.inputs[1:]]
        if further not in ([], [(None,)]):
            raise ValueError(
                f"The {role} has further inputs of shape {', '.join(map(str, further))}, but it "
                "gets one at most: labels, of shape (None,). Noise is drawn inside of a network, "
                "by a layer with a keras.random.SeedGenerator."
            )
    made, taken = generator.output_shape[1:], tuple(discriminator.inputs[0].shape)[1:]
    if made != taken:
        raise ValueError(
            f"The generator makes samples of shape {made}, the discriminator takes {taken}: "
            "build both for the same shape."
        )
    if tuple(discriminator.output_shape) != (None, 1):
        raise ValueError(
            f"The discriminator's output has shape {discriminator.output_shape}, but must be one "
            "logit per sample, (None, 1)."
        )
    if (last := last_activation(discriminator)) in RANGES:
        raise ValueError(
            f"The discriminator ends in {last}, but must end in logits, which have no bounds: the "
            "losses hold the sigmoid themselves. Leave the activation of its last layer out."
        )
    if len(generator.inputs) != len(discriminator.inputs):
        raise ValueError(
            "One of the two networks takes labels and the other does not: build both with the "
            "same number of classes."
        )
    known, other = classes(generator), classes(discriminator)
    if known and other and known != other:
        raise ValueError(
            f"The generator was built for {known} classes, the discriminator for {other}: build "
            "both with the same number."
        )


@keras_settings.usual()
def optimizer_for(network: keras.Model, optimizer: Any) -> keras.optimizers.Optimizer:
    """A player's optimizer, built for its weights; with loss scaling where the network needs it.

    Args:
        network: the player.
        optimizer: what Keras takes for one; None for Adam(2e-4, beta_1=0.5).
    """
    optimizer = keras.optimizers.get(optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5))
    half = any(layer.compute_dtype == "float16" for layer in network._flatten_layers())
    if half and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        # float16 turns small gradients into 0 unless the loss is scaled up first.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(network.trainable_variables)
    return optimizer


def loss_scaling(*optimizers: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """The variables of the optimizers that belong to the scaling of a loss, as float16 needs it."""
    variables = []
    for optimizer in optimizers:
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            inner = {id(variable) for variable in optimizer.inner_optimizer.variables}
            variables += [each for each in optimizer.variables if id(each) not in inner]
    return variables


def settings(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """How an optimizer was made, whether or not it scales the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer).get_config()


def precision(*networks: keras.Model) -> str:
    """What networks compute in: "float16", "bfloat16", or "float32" where all layers do."""
    types = {layer.compute_dtype for network in networks for layer in network._flatten_layers()}
    return next((half for half in ("float16", "bfloat16") if half in types), "float32")


def generator_inputs(
    latents: Any, labels: Any, latent_dim: int, conditional: bool, known: int | None
) -> list[np.ndarray]:
    """Latents as float32 ``(n, latent_dim)`` and, for a conditional generator, labels as int32
    ``(n,)``.

    Raises:
        ValueError: they have another shape or kind, or labels are missing, out of range or not
            wanted.
    """
    latents = np.asarray(latents, np.float32)
    if latents.ndim != 2 or latents.shape[1] != latent_dim or not len(latents):
        raise ValueError(
            f"latents have shape {latents.shape}, but must have (n, {latent_dim}), n ≥ 1."
        )
    if not np.isfinite(latents).all():
        raise ValueError("latents hold NaN or infinity; they must be finite numbers.")
    if not conditional:
        if labels is not None:
            raise ValueError(
                "This GAN knows no labels: it was built without classes. Leave them out."
            )
        return [latents]
    if labels is None:
        raise ValueError("This GAN is conditional: give labels, an integer per sample.")
    labels = checked_labels(labels, known)
    if labels.shape not in ((), (len(latents),)):
        raise ValueError(
            f"labels have shape {labels.shape}, but must be one integer for all samples, or "
            f"({len(latents)},), one per sample."
        )
    return [latents, np.broadcast_to(labels.astype(np.int32), len(latents))]


def checked_labels(labels: Any, known: int | None) -> np.ndarray:
    """Labels as an array of integers in the range of the classes.

    Args:
        labels: what a caller gave.
        known: for how many classes the networks were built; None where they do not say.

    Raises:
        ValueError: they are one-hot, no integers, or out of range.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2:
        remedy = "labels[:, 0]" if labels.shape[1] == 1 else "labels.argmax(1)"
        raise ValueError(
            f"labels have shape {labels.shape}, but must be one integer per sample: write {remedy}."
        )
    if labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels are {labels.dtype} of shape {labels.shape}, but must be integers, one per "
            "sample."
        )
    low, high = (labels.min(), labels.max()) if labels.size else (0, 0)
    if low < 0 or (known is not None and high >= known):
        wanted = (
            "0 or more" if known is None else f"0 to {known - 1}, one for each of {known} classes"
        )
        hint = " Labels that begin at 1: write labels - 1." if low == 1 and high == known else ""
        raise ValueError(f"labels go from {low} to {high}, but must be {wanted}.{hint}")
    return labels


def refuse_batch_norm(critic) -> None:
    """Raise ValueError if a critic mixes the samples of a batch, which no gradient
    penalty allows.
    """
    layers = critic._flatten_layers() if isinstance(critic, keras.Layer) else ()
    for layer in layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            raise ValueError(
                f"The critic has batch norm ({layer.name}), so one sample's logit depends on the "
                "whole batch and its gradient is not its own, as a gradient penalty needs. Take a "
                "critic without batch norm: ganlib.networks.dcgan_discriminator or "
                "sn_discriminator."
            )
