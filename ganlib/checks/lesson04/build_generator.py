"""A generator to a specification."""

import functools
from typing import Any

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["build_generator"]


def _flat(model: Any) -> list:
    """The layers of a model, and of models inside it, in order."""
    import keras

    answer = []
    for each in model.layers:
        answer += _flat(each) if isinstance(each, keras.Model) else [each]
    return answer


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
    with trial.without(
        "ganlib.networks",
        "It calls ganlib.networks. Build the generator from Keras layers yourself.",
    ):
        model = trial.call(latent_dim, width)
    _expect_model(model, latent_dim)
    latents = trial.rng.normal(0, 1, (4, latent_dim))
    _drawn(model, latents)  # what fails here fails everywhere
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

    return [each.filters for each in _kinds(_flat(model), keras.layers.Conv2DTranspose)]


def _input_shape(model: Any) -> tuple:
    """The shape of a model's input; a subclass knows it by the first layer that it calls."""
    try:
        return tuple(model.input_shape)
    except AttributeError:
        import keras

        dense = _kinds(_flat(model), keras.layers.Dense)
        return (None, int(dense[0].kernel.shape[0])) if dense else ()


def _called(model: Any, latents: np.ndarray) -> list[tuple[Any, np.ndarray]]:
    """The layers in the order in which they are called, with what comes in."""
    seen = []

    def watched(layer: Any, call: Any) -> Any:
        @functools.wraps(call)
        def instead(x: Any, *arguments: Any, **keywords: Any) -> Any:
            seen.append((layer, np.asarray(x, np.float32)))
            return call(x, *arguments, **keywords)

        return instead

    layers = [layer for layer in _flat(model) if not type(layer).__name__ == "InputLayer"]
    for layer in layers:
        object.__setattr__(layer, "call", watched(layer, layer.call))
    try:
        _drawn(model, latents)
    finally:
        for layer in layers:
            object.__delattr__(layer, "call")
    return seen


def _ends(trial: Trial, latent_dim: int, model: Any) -> None:
    answer = _drawn(model, trial.rng.normal(0, 1, (2, latent_dim))).shape
    if answer != (2, 32, 32, 3):
        raise Wrong(
            f"For two latent vectors the output has shape {answer}, but should have (2, 32, 32, 3)."
            " Follow the shapes in model.summary(), and look at padding and strides."
        )
    _range(trial, latent_dim, model)


def _players(latent_dim: int, model: Any) -> tuple[list, list, list]:
    """All layers in their order, and of these the dense and the transposed convolutions."""
    from keras import layers

    stages = [layer for layer, _ in _called(model, np.ones((2, latent_dim)))]
    convolutions = _kinds(stages, layers.Conv2DTranspose)
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
    return stages, dense, convolutions


def _stages(latent_dim: int, width: int, model: Any) -> None:
    _, _, convolutions = _players(latent_dim, model)
    inputs = {id(layer): x for layer, x in _called(model, np.ones((2, latent_dim)))}
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
            "which other number decides about the weights?"
        )


def _range(trial: Trial, latent_dim: int, model: Any) -> None:
    """Values of the last layer: from −1 to 1, both signs, and no image like another."""
    latents = trial.rng.normal(0, 1, (4, latent_dim))
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
    if min(drawn.max(), -drawn.min()) < 0.99 and np.ptp(drawn) > 1e-6:
        raise Wrong(
            f"However large the latents are, no value goes beyond {drawn.min():.2g} and "
            f"{drawn.max():.2g}. Data reach from −1 to 1, so G must reach as far. What comes after "
            "the last layer, or is it bent twice?"
        )
    if drawn.max() <= 0 or np.ptp(drawn) < 1e-6:
        raise Wrong("All images have the same values. Are the latents used?")


def _inside(latent_dim: int, model: Any) -> None:
    from keras import layers

    stages, (dense,), convolutions = _players(latent_dim, model)
    frozen = [each for each in (model, *stages) if not each.trainable]
    if frozen:
        raise Wrong(
            f"trainable is False for {frozen[0].name}: it would never learn. Everything in this "
            "generator is trained."
        )
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
        answer = len(_kinds(part, layers.BatchNormalization))
        if answer != 1:
            raise Wrong(f"After the {name} there are {answer} layers of batch norm, not one.")
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
        if not norm.center:
            raise Wrong(f"After the {name} batch norm brings no shift of its own (center=False).")
        for each in filter(_bends, part):
            _expect_relu(each, name)
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
                f"There is a layer of kind {type(stage).__name__}, which the specification does "
                "not name."
            )


def _bending() -> tuple[type, ...]:
    from keras import layers

    return layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU


def _bends(stage: Any) -> bool:
    """Whether a layer has an activation that is not a straight line."""
    from keras import activations

    linear = (None, activations.linear)
    return isinstance(stage, _bending()) or getattr(stage, "activation", None) not in linear


def _expect_relu(stage: Any, name: str) -> None:
    """Whether an activation keeps what is above 0 and flattens what is below."""
    from keras import layers, ops

    values = np.array([[-8.0, -2.0, 2.0, 8.0]], np.float32)
    if isinstance(stage, layers.PReLU):
        raise Wrong(
            f"After the {name} stands a PReLU, which learns its slope. The specification has ReLU "
            "or leaky ReLU."
        )
    bend = stage if isinstance(stage, _bending()) else stage.activation
    answer = ops.convert_to_numpy(bend(values))[0]
    straight = np.allclose(answer[2:], values[0, 2:], atol=1e-4)
    slopes = answer[:2] / values[0, :2]
    if not straight or abs(slopes[0] - slopes[1]) > 1e-4 or not 0 <= slopes[0] < 0.999:
        raise Wrong(
            f"After the {name} the values −8, −2, 2 and 8 become "
            f"{', '.join(f'{value:.3g}' for value in answer)}. ReLU, leaky or not, keeps what is "
            "above 0 and flattens what is below."
        )


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
