"""A generator to a specification."""

from typing import Any

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["build_generator"]


def _flat(model: Any) -> list:
    """The layers of a model, and of models inside it, in order."""
    import keras

    found = []
    for each in model.layers:
        found += _flat(each) if isinstance(each, keras.Model) else [each]
    return found


def _kinds(stages: list, *kinds: type) -> list:
    return [each for each in stages if isinstance(each, kinds)]


def _drawn(model: Any, latents: np.ndarray) -> np.ndarray:
    from keras import ops

    return ops.convert_to_numpy(ops.cast(model(latents.astype("float32")), "float32"))


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
    model = trial.call(latent_dim, width)
    _stages(trial, latent_dim, width, model, awards=True)
    again = trial.call(latent_dim, width)
    if again is model or {id(each) for each in again.weights} & {
        id(each) for each in model.weights
    }:
        raise Wrong(
            "Called twice, it returns the same model, or one with the same layers. Each call must "
            "make a new model."
        )
    latent_dim, width = (int(trial.rng.integers(*range_)) for range_ in ((5, 20), (3, 9)))
    other = trial.call(latent_dim, width)
    for size, name in ((latent_dim, "latent_dim"), (width, "width")):
        inside = other.input_shape if name == "latent_dim" else _widths(other)
        if size not in inside:
            raise Wrong(f"With {name}={size} the model does not change. Is a number written out?")
    _stages(trial, latent_dim, width, other)
    trial.award(1, f"other sizes too, such as {latent_dim} latents and width {width}")


def _widths(model: Any) -> list[int]:
    import keras

    if not isinstance(model, keras.Model):
        return []
    return [each.filters for each in _kinds(_flat(model), keras.layers.Conv2DTranspose)]


def _stages(trial: Trial, latent_dim: int, width: int, model: Any, awards: bool = False) -> None:
    """Looks at one model from its ends to its inside."""
    import keras
    from keras import layers

    if not isinstance(model, keras.Model):
        kind = "an image or a tensor" if hasattr(model, "shape") else type(model).__name__
        raise Wrong(f"It should return a Keras model, but this is {kind}. Return the model itself.")
    if not model.built or not model.layers:
        raise Wrong("The model does not know its input yet. Begin with keras.Input((latent_dim,)).")
    if tuple(model.input_shape) != (None, latent_dim):
        raise Wrong(
            f"The input has shape {model.input_shape}, but with latent_dim={latent_dim} it should "
            f"have (None, {latent_dim})."
        )
    if tuple(model.output_shape) != (None, 32, 32, 3):
        raise Wrong(
            f"The output has shape {model.output_shape}, but should have (None, 32, 32, 3). Follow "
            "the shapes in model.summary(), and look at padding and strides."
        )
    stages = _flat(model)
    convolutions = _kinds(stages, layers.Conv2DTranspose)
    _range(trial, model)
    if awards:
        trial.award(1, "latents in, images out, values in [−1, 1]")

    dense = _kinds(stages, layers.Dense)
    if len(dense) != 1:
        raise Wrong(f"There are {len(dense)} dense layers. The specification has one, the first.")
    if len(convolutions) != 3 or _kinds(stages, layers.Conv2D, layers.UpSampling2D):
        raise Wrong(
            f"There are {len(convolutions)} transposed convolutions, "
            f"{len(_kinds(stages, layers.Conv2D))} ordinary ones and "
            f"{len(_kinds(stages, layers.UpSampling2D))} layers for upsampling. The specification "
            "has three transposed convolutions alone."
        )
    first = tuple(convolutions[0].input.shape)
    if first != (None, 4, 4, 4 * width):
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
            "which other number decides about the weights?"
        )
    if awards:
        trial.award(1, "the stages, their kernels and the number of weights")

    _inside(model, stages, dense[0], convolutions)
    if awards:
        trial.award(1, "batch norm, ReLU and biases where they belong")


def _range(trial: Trial, model: Any) -> None:
    """Values of the last layer: from −1 to 1, both signs, and no image like another."""
    latents = trial.rng.normal(0, 1, (4, model.input_shape[1]))
    drawn = np.concatenate([_drawn(model, scale * latents) for scale in (1.0, 1e3, 1e6)])
    if not np.isfinite(drawn).all():
        raise Wrong("It draws values that are not finite.")
    if drawn.max() > 1.0001 or drawn.min() < -1.0001:
        raise Wrong(
            f"Large inputs make values from {drawn.min():.3g} to {drawn.max():.3g}. What keeps "
            "them in [−1, 1]? It should be the very last thing."
        )
    if drawn.min() >= 0:
        raise Wrong(
            "No value is below 0, whatever the latents. Data in [−1, 1] cannot be drawn with this "
            "last activation."
        )
    if drawn.max() <= 0 or np.ptp(drawn) < 1e-6:
        raise Wrong("All images have the same values. Are the latents used?")


def _inside(model: Any, stages: list, dense: Any, convolutions: list) -> None:
    from keras import layers

    norms = _kinds(stages, layers.BatchNormalization)
    last = stages.index(convolutions[-1])
    if any(stages.index(norm) > last for norm in norms):
        raise Wrong("There is batch norm after the last layer. The specification has none there.")
    parts = [
        stages[stages.index(one) : stages.index(next_)]
        for one, next_ in zip([dense, *convolutions[:2]], convolutions, strict=True)
    ]
    names = ("dense layer", "first transposed convolution", "second transposed convolution")
    for part, name in zip(parts, names, strict=True):
        found = len(_kinds(part, layers.BatchNormalization))
        if found != 1:
            raise Wrong(f"After the {name} there are {found} layers of batch norm, not one.")
        if part[0].use_bias:
            raise Wrong(
                f"The {name} has a bias. Batch norm follows, which takes every constant away again "
                "and brings a shift of its own."
            )
    if not convolutions[-1].use_bias:
        raise Wrong("The last layer has no bias. After it no batch norm brings a shift.")
    for part, next_, name in zip(parts, convolutions, names, strict=True):
        if not any(map(_bends, part)) and not _bends_between(model, part[0], next_):
            raise Wrong(f"After the {name} there is no ReLU.")
        norm = _kinds(part, layers.BatchNormalization)[0]
        if any(map(_bends, part[: part.index(norm)])) or _bends_between(
            model, part[0], norm, False
        ):
            raise Wrong(f"After the {name} the ReLU comes before batch norm. It is to be the last.")
        (axis,) = norm.input_spec.axes
        if axis % norm.input_spec.ndim != norm.input_spec.ndim - 1:
            raise Wrong(
                f"After the {name} batch norm runs with axis={axis}, which is not that of the "
                "channels. On which axis do they lie?"
            )
        if sum(map(_bends, part)) > 1:
            raise Wrong(f"After the {name} there is more than one ReLU.")
    known = (layers.InputLayer, layers.Dense, layers.Reshape, layers.BatchNormalization)
    known += (
        layers.Conv2DTranspose,
        layers.Activation,
        layers.Identity,
        layers.Lambda,
        *_bending(),
    )
    for stage in stages:
        if not isinstance(stage, known):
            raise Wrong(
                f"There is a layer of kind {type(stage).__name__}, which the specification does not name."
            )


def _bending() -> tuple[type, ...]:
    from keras import layers

    return layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU


def _bends(stage: Any) -> bool:
    """Whether a layer has an activation that is not a straight line."""
    from keras import activations

    linear = (None, activations.linear)
    return isinstance(stage, _bending()) or getattr(stage, "activation", None) not in linear


def _bends_between(model: Any, one: Any, next_: Any, unknown: bool = True) -> bool:
    """Whether something bends that is no layer, such as keras.ops.relu in a functional model."""
    import keras

    if isinstance(model, keras.Sequential):
        return False
    try:
        stage = keras.Model(one.output, next_.input)
        values = np.random.default_rng(0).normal(0, 1, (2, *one.output.shape[1:]))
        plus, minus = (
            keras.ops.convert_to_numpy(stage((sign * values).astype("float32"))) for sign in (1, -1)
        )
    except Exception:  # the two are in different models, nested: take it as right
        return unknown
    return not np.allclose(plus, -minus, atol=1e-5)  # fresh batch norm only scales
