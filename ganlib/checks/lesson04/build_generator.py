"""A generator to a specification."""

from typing import Any

import numpy as np

from ganlib.checks.lesson04.stages import (
    Flow,
    bending,
    bends,
    called,
    drawn,
    expect_bent,
    expect_relu,
    flat,
    kinds,
    same,
)
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["build_generator"]


@task(
    points=4,
    hints=(
        "Write the shapes of the stages side by side: latent_dim → 4·4·4w → (4, 4, 4w) → (8, 8, "
        "2w) → (16, 16, w) → (32, 32, 3).",
        "Which kernel sizes does 2 divide? Count the weights of the three transposed convolutions "
        "for each of them, with latent_dim=64 and width=32.",
        "A stage is: a layer with use_bias=False, then BatchNormalization, then ReLU. The last "
        "stage is the transposed convolution with its activation alone.",
    ),
)
def build_generator(trial: Trial) -> None:
    """A new Keras model: latents to (n, 32, 32, 3) by three transposed convolutions."""
    latent_dim, width = 64, 32
    with trial.without(
        "ganlib.networks",
        "It calls ganlib.networks. Build the generator from Keras layers yourself.",
    ):
        model = trial.call(latent_dim, width)
    _expect_model(model, latent_dim)
    latents = trial.rng.normal(0, 1, (4, latent_dim))
    drawn(model, latents)  # what fails here fails everywhere
    with trial.part(1, "latents in, images out, values in [−1, 1]"):
        _ends(trial, latent_dim, model)
    with trial.part(1, "the stages, their kernels and the number of weights"):
        _stages(latent_dim, width, model)
    with trial.part(1, "batch norm, ReLU and biases where they belong"):
        _inside(latent_dim, model)
    latent_dim, width = (int(trial.rng.integers(*range_)) for range_ in ((5, 20), (3, 9)))
    with trial.part(1, f"other sizes too, such as {latent_dim} latents and width {width}"):
        again = trial.call(64, 32)
        if {id(each) for each in again.weights} & {id(each) for each in model.weights}:
            raise Wrong(
                "Called twice, it returns the same model, or one with the same layers. Each call "
                "must make a new model."
            )
        trial.leaves_seeds_alone(latent_dim, width)
        other = trial.call(latent_dim, width)
        for size, name in ((latent_dim, "latent_dim"), (width, "width")):
            inside = _input_shape(other) if name == "latent_dim" else _widths(other)
            if size not in inside:
                raise Wrong(
                    f"With {name}={size} the model does not change. Is a number written out?"
                )
        _expect_model(other, latent_dim)
        _ends(trial, latent_dim, other)
        _stages(latent_dim, width, other)
        _inside(latent_dim, other)


def _expect_model(model: Any, latent_dim: int) -> None:
    import keras

    if not isinstance(model, keras.Model):
        kind = "an image or a tensor" if hasattr(model, "shape") else type(model).__name__
        raise Wrong(f"It should return a Keras model, but this is {kind}. Return the model itself.")
    if not model.built or not model.layers:
        raise Wrong("The model does not know its input yet. Begin with keras.Input((latent_dim,)).")
    if _input_shape(model) != (None, latent_dim):
        raise Wrong(
            f"The input has shape {_input_shape(model)}, but with latent_dim={latent_dim} it "
            f"should have (None, {latent_dim})."
        )


def _widths(model: Any) -> list[int]:
    import keras

    return [each.filters for each in kinds(flat(model), keras.layers.Conv2DTranspose)]


def _input_shape(model: Any) -> tuple:
    """The shape of a model's input; a subclass knows it by the first layer that it calls."""
    try:
        return tuple(model.input_shape)
    except AttributeError:
        import keras

        dense = kinds(flat(model), keras.layers.Dense)
        return (None, int(dense[0].kernel.shape[0])) if dense else ()


def _ends(trial: Trial, latent_dim: int, model: Any) -> None:
    answer = drawn(model, trial.rng.normal(0, 1, (2, latent_dim))).shape
    if answer != (2, 32, 32, 3):
        raise Wrong(
            f"For two latent vectors the output has shape {answer}, but should have (2, 32, 32, 3)."
            " Follow the shapes in model.summary(), and look at padding and strides."
        )
    _range(trial, latent_dim, model)


def _players(latent_dim: int, model: Any) -> tuple[list, list, list]:
    """All layers in their order, and of these the dense and the transposed convolutions."""
    from keras import layers

    stages = [layer for layer, _ in called(model, np.ones((2, latent_dim)))]
    convolutions = kinds(stages, layers.Conv2DTranspose)
    dense = kinds(stages, layers.Dense)
    if len(dense) != 1:
        raise Wrong(f"There are {len(dense)} dense layers. The specification has one, the first.")
    if len(convolutions) != 3 or kinds(stages, layers.Conv2D, layers.UpSampling2D):
        raise Wrong(
            f"There are {len(convolutions)} transposed convolutions, "
            f"{len(kinds(stages, layers.Conv2D))} ordinary ones and "
            f"{len(kinds(stages, layers.UpSampling2D))} layers for upsampling. The specification "
            "has three transposed convolutions alone."
        )
    return stages, dense, convolutions


def _stages(latent_dim: int, width: int, model: Any) -> None:
    _, _, convolutions = _players(latent_dim, model)
    inputs = {id(layer): x for layer, x in called(model, np.ones((2, latent_dim)))}
    first = inputs[id(convolutions[0])].shape[1:]
    if first != (4, 4, 4 * width):
        raise Wrong(
            f"With width={width} the first transposed convolution gets shape {first}. The "
            "specification begins at 4 × 4 with 4w channels."
        )
    for each, filters, name in zip(
        convolutions, (2 * width, width, 3), ("first", "second", "third"), strict=True
    ):
        if tuple(each.strides) != (2, 2):
            raise Wrong(f"The {name} transposed convolution has strides {each.strides}, not 2.")
        if each.filters != filters:
            raise Wrong(
                f"With width={width} the {name} transposed convolution has {each.filters} "
                "channels. Look at the plan again."
            )
        if any(size % 2 for size in each.kernel_size):
            raise Wrong(
                f"The {name} transposed convolution has a kernel of {each.kernel_size}. Does the "
                "stride divide it? Some cells are written more often than others."
            )
    if (latent_dim, width) == (64, 32) and not 250_000 <= model.count_params() <= 350_000:
        size = "few" if model.count_params() < 250_000 else "many"
        raise Wrong(
            f"The model has {model.count_params():,} weights, too {size}. The widths are right: "
            "which other number determines how many weights there are?"
        )


def _range(trial: Trial, latent_dim: int, model: Any) -> None:
    """Values of the last layer: from −1 to 1, both signs, and no image like another."""
    latents = trial.rng.normal(0, 1, (4, latent_dim))
    values = np.concatenate([drawn(model, scale * latents) for scale in (1.0, 1e3, 1e6)])
    if not np.isfinite(values).all():
        raise Wrong("It draws values that are not finite.")
    if values.max() > 1.0001 or values.min() < -1.0001:
        raise Wrong(
            f"Large inputs make values from {values.min():.3g} to {values.max():.3g}. What keeps "
            "them in [−1, 1]? It should be the very last thing."
        )
    if values.min() >= 0:
        raise Wrong(
            "No value is below 0, whatever the latents. Data in [−1, 1] cannot be drawn with this "
            "last activation."
        )
    if min(values.max(), -values.min()) < 0.99 and np.ptp(values) > 1e-6:
        raise Wrong(
            f"However large the latents are, no value goes beyond {values.min():.2g} and "
            f"{values.max():.2g}. Data reach from −1 to 1, so G must reach as far. What comes "
            "after the last layer, or is it bent twice?"
        )
    if values.max() <= 0 or np.ptp(values) < 1e-6:
        raise Wrong("All images have the same values. Are the latents used?")


def _inside(latent_dim: int, model: Any) -> None:
    from keras import layers

    stages, (dense,), convolutions = _players(latent_dim, model)
    latents = 10 * np.random.default_rng(0).normal(0, 1, (8, latent_dim))
    calls, flows = {layer: x for layer, x in called(model, latents)}, []
    frozen = [each for each in (model, *stages) if not each.trainable]
    if frozen:
        raise Wrong(
            f"trainable is False for {frozen[0].name}: it would never learn. Everything in this "
            "generator is trained."
        )
    norms = kinds(stages, layers.BatchNormalization)
    last = stages.index(convolutions[-1])
    if any(stages.index(norm) > last for norm in norms):
        raise Wrong("There is batch norm after the last layer. The specification has none there.")
    parts = [
        stages[stages.index(one) : stages.index(next_)]
        for one, next_ in zip([dense, *convolutions[:2]], convolutions, strict=True)
    ]
    names = ("dense layer", "first transposed convolution", "second transposed convolution")
    for part, name in zip(parts, names, strict=True):
        answer = len(kinds(part, layers.BatchNormalization))
        if answer != 1:
            raise Wrong(f"After the {name} there are {answer} layers of batch norm, not one.")
        if part[0].use_bias:
            raise Wrong(
                f"The {name} has a bias, and the specification has none there. Batch norm follows "
                "and brings a shift of its own."
            )
    if not convolutions[-1].use_bias:
        raise Wrong("The last layer has no bias. After it no batch norm brings a shift.")
    for part, next_, name in zip(parts, convolutions, names, strict=True):
        norm = kinds(part, layers.BatchNormalization)[0]
        flow = Flow(part, norm, next_, calls)
        early = bends(part[0]) or not same(flow.made, flow.into_norm)
        if not early and not any(map(bends, part)) and same(flow.normed, flow.into_next):
            raise Wrong(f"After the {name} there is no ReLU.")
        if early:
            raise Wrong(f"After the {name} the ReLU comes before batch norm. It is to be the last.")
        (axis,) = norm.input_spec.axes
        if axis % norm.input_spec.ndim != norm.input_spec.ndim - 1:
            raise Wrong(
                f"After the {name} batch norm runs with axis={axis}, which is not that of the "
                "channels. On which axis do they lie?"
            )
        if sum(map(bends, part)) > 1:
            raise Wrong(f"After the {name} there is more than one ReLU.")
        if not norm.center:
            raise Wrong(f"After the {name} batch norm brings no shift of its own (center=False).")
        for each in filter(bends, part):
            expect_relu(each, name)
        flows.append(flow)
    known = (layers.InputLayer, layers.Dense, layers.Reshape, layers.BatchNormalization)
    known += (layers.Conv2DTranspose, layers.Activation, layers.Identity, layers.Lambda, *bending())
    for stage in stages:
        if not isinstance(stage, known):
            raise Wrong(
                f"There is a layer of kind {type(stage).__name__}, which the specification does "
                "not name."
            )
    for flow, name in zip(flows, names, strict=True):
        expect_bent(flow, name)
