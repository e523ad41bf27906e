"""The tasks of exercise 03: shapes and fields, a loss from logits, a critic to order, ratios."""

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ganlib.checks.core import Trial, Wrong, sigmoid, softplus, task

__all__ = ["critic", "loss_and_slope", "plan", "real_mean"]


def _sides(side: int, convolutions: Sequence[tuple], padding: str) -> int:
    for kernel, stride, _ in convolutions:
        side = -(-side // stride) if padding == "same" else (side - kernel) // stride + 1
    return side


def _weights(channels: int, convolutions: Sequence[tuple], power: int = 2, bias: int = 1) -> int:
    total = 0
    for kernel, _, filters in convolutions:
        total += kernel**power * channels * filters + bias * filters
        channels = filters
    return total


def _field(convolutions: Sequence[tuple], reach: int = 1, early: bool = False) -> int:
    field = jump = 1
    for kernel, stride, _ in convolutions:
        jump = jump * stride if early else jump
        field += (kernel - reach) * jump
        jump = jump if early else jump * stride
    return field


@task(
    points=4,
    hints=(
        "Go through the layers in a loop. Four numbers change on the way: the side, the channels "
        "that come in, the field and the jump.",
        "Side: rounded up with 'same', rounded down with 'valid' (the formulas of the lesson). "
        "−(−n // s) is n/s rounded up. A layer has a kernel for each pair of channels, and a bias "
        "for each filter.",
        "The field grows by (kernel − 1) times the jump that the layer finds; only then the jump "
        "is multiplied by the stride.",
    ),
)
def plan(trial: Trial) -> None:
    """Side of the output, weights, and receptive field of a stack of convolutions."""
    rng = trial.rng
    stack = [
        (int(kernel), int(stride), int(filters))
        for kernel, stride, filters in zip(
            rng.permutation([3, 4, 5]),
            rng.permutation([1, 2, 3]),
            rng.integers(5, 40, 3),
            strict=True,
        )
    ]
    for padding in ("same", "valid"):
        for side in (32, 33, 34, 35, 36, 37, 64):
            found = _plan(trial, side, 3, stack, padding)[0]
            one, other = -(-side // stack[0][1]), (side - stack[0][0]) // stack[0][1] + 1
            right = _sides(side, stack, padding)
            usual = [
                (side, "The side has not changed. Which layers have strides?"),
                (_sides(side, stack, "valid" if padding == "same" else "same"), "This is the side "
                 "for the other padding."),
                (one if padding == "same" else other, "This is the side after the first layer. "
                 "Each layer gets what the one before it leaves."),
            ]  # fmt: skip
            rounded = side
            for _, stride, _ in stack:
                rounded //= stride
            if padding == "same":
                usual.append(
                    (rounded, "With padding 'same', an incomplete window counts: round up.")
                )
            trial.expect(
                found,
                right,
                within=1e-9,
                usual=usual,
                otherwise=f"For {side} rows, the layers {stack} and padding {padding!r} the side "
                f"{found:g} is not right. Work it out layer by layer.",
            )
        trial.award(1, f"the side with padding {padding!r}")

    channels = int(rng.choice([2, 4, 5]))  # neither 1 nor 3, which would hide mistakes
    found = _plan(trial, 64, channels, stack, "same")[1]
    right = _weights(channels, stack)
    trial.expect(
        found,
        right,
        within=1e-9,
        usual=(
            (_weights(channels, stack, bias=0), "The biases are missing: one for each filter."),
            (_weights(channels, stack, power=1), "A kernel is a square: it has k² weights for each "
             "pair of channels."),
            (sum(k * k * f + f for k, _, f in stack), "Each filter looks at *all* channels that "
             "come in."),
            (sum(k * k * channels * f + f for k, _, f in stack), "Only the first layer gets the "
             "channels of the image. What comes into the second?"),
            (_weights(3, stack), "The image has not always three channels."),
            (_weights(channels, stack[:1]), "These are the weights of the first layer alone."),
            (right - _weights(channels, stack[:-1]), "These are the weights of the last layer "
             "alone."),
        ),
        otherwise="The number of weights is not right. Compare with the table of the lesson: "
        "kernels, and a bias for each filter.",
    )  # fmt: skip
    trial.award(1, "the number of weights")

    found = _plan(trial, 64, 3, stack, "same")[2]
    product = int(np.prod([stride for _, stride, _ in stack]))
    usual = (
        (1 + sum(k - 1 for k, _, _ in stack), "The jumps are missing: behind a stride of 2, units "
         "lie two pixels apart."),
        (_field(stack, early=True), "You changed the jump too early: a layer's own stride moves "
         "its units apart, not the pixels they see."),
        (_field(stack, reach=0), "k units side by side reach k − 1 jumps further than one does, "
         "not k."),
        (_field(stack) - 1, "One pixel is missing. With which field does an image begin?"),
        (product, "This is the jump after the last layer."),
        (stack[-1][0], "This is what a unit of the last layer sees of the layer before it."),
        (max(k for k, _, _ in stack), "This is the largest kernel. Fields grow from layer to "
         "layer."),
    )  # fmt: skip
    message = f"For the layers {stack} the field {found:g} is not right. Work it out layer by "
    "layer."
    trial.expect(found, _field(stack), within=1e-9, usual=usual, otherwise=message)
    for layers in ([(5, 2, 8)] * 4, [(1, 1, 2)], [(3, 1, 4)] * 3):
        found = _plan(trial, 128, 3, layers, "valid")[2]
        message = f"For the layers {layers} the field {found:g} is not right."
        trial.expect(found, _field(layers), within=1e-9, otherwise=message)
    layers = [(5, 2, 8)] * 4  # they see more than the image
    found = _plan(trial, 24, 3, layers, "same")[2]
    cut = ((24, "You cut the field off at the image's border; the formula does not."),)
    message = f"For 24 rows and the layers {layers} the field {found:g} is not right."
    trial.expect(found, _field(layers), within=1e-9, usual=cut, otherwise=message)
    trial.award(1, "the receptive field")


def _plan(trial: Trial, side: int, channels: int, stack: list, padding: str) -> list[float]:
    result = trial.call(side, channels, list(stack), padding)
    if isinstance(result, (str, dict)) or not hasattr(result, "__len__") or len(result) != 3:
        raise Wrong("It should return three numbers: return side, weights, field.")
    names = ("the side", "the number of weights", "the field")
    return [trial.number(each, name) for each, name in zip(result, names, strict=True)]


@task(
    points=4,
    hints=(
        "Real images (label 1) cost softplus(−l), generated ones (label 0) softplus(l). The slope "
        "of softplus is σ. And look at the shapes: what is (n, 1) minus (n,)?",
        "labels[:, None] has the shape (n, 1). One formula for both kinds is softplus(l) − label · "
        "l; differentiate it. The mean over n images divides the slope, too.",
        "softplus(l) = max(l, 0) + log(1 + e^(−|l|)), which np.logaddexp(0, l) computes, and σ(l) "
        "= (1 + tanh(l/2))/2: neither overflows.",
    ),
)
def loss_and_slope(trial: Trial) -> None:
    """Mean binary cross-entropy from logits (n, 1) and labels (n,), and its slope in each logit."""
    n = 30
    logits = trial.rng.normal(0.4, 2, (n, 1))
    labels = trial.rng.permutation(np.repeat([1.0, 0.0], [20, 10]))
    loss, slope = _pair(trial, logits, labels)
    y, d = labels[:, None], sigmoid(logits)
    each = softplus(logits) - y * logits
    right, swapped = each.mean(), softplus(logits) - (1 - y) * logits
    trial.expect(
        trial.number(loss, "the loss"),
        right,
        within=1e-5,
        usual=(
            ((softplus(logits) - labels * logits).mean(), "Each logit has met all labels: logits "
             "(n, 1) and labels (n,) give an array (n, n), and no error. Bring both to the same "
             "shape first."),
            (swapped.mean(), "Real and generated have changed places: 1 is real."),
            (each.sum(), "You added up the images. Asked for is the mean over the batch."),
            (-right, "The sign is turned round: a loss is high where D is wrong."),
            ((softplus(d) - y * d).mean(), "Two sigmoids, one after the other: the loss from "
             "logits got what a sigmoid had made of them."),
            (each[labels == 1].mean() + each[labels == 0].mean(), "You took a mean for each kind "
             "and added them. Asked for is one mean over the whole batch."),
            ((each[labels == 1].mean() + each[labels == 0].mean()) / 2, "You took the mean of two "
             "means. Asked for is one mean over the whole batch."),
            ((y * softplus(-logits)).mean(), "The generated images are missing."),
            (((1 - y) * softplus(logits)).mean(), "The real images are missing."),
            (softplus(logits).mean(), "This takes all images for generated ones. Where are the "
             "labels?"),
            (((d - y) ** 2).mean(), "This is a mean of squares. The cross-entropy takes "
             "logarithms."),
            (right / np.log(2), "This has logarithms with base 2; the task asks for natural ones."),
        ),
        otherwise="The loss is not right. Work it out for one real image: softplus(−l), and for "
        "one generated: softplus(l).",
    )  # fmt: skip
    trial.award(1, "the loss")
    exact = (d - y) / n
    found = np.asarray(slope.numpy() if hasattr(slope, "numpy") else slope)
    if found.shape == (n, n):
        raise Wrong(
            "The slope has the shape (n, n): each logit has met all labels. Bring labels (n,) and "
            "logits (n, 1) to the same shape first."
        )
    trial.expect(
        trial.array(slope, (n, 1), "the slope") * n,
        exact * n,
        within=1e-4,
        usual=(
            ((d - y) * n, "This is the slope of each image's own loss. In the mean over n images "
             "each has only a part."),
            (-exact * n, "The slope has the wrong sign: for a real image the loss falls when its "
             "logit rises."),
            (-(d - y) * n, "The slope has the wrong sign, and in a mean over n images each has "
             "only a part."),
            (d - (1 - y), "In the slope real and generated have changed places: 1 is real."),
            ((d - y) / (d * (1 - d)), "This is the slope in the probability. Asked for is the "
             "slope in the logit: the chain rule adds the factor σ'(l)."),
            ((d - y) * d * (1 - d), "There is one factor σ'(l) too many."),
            (2 * (d - y) * d * (1 - d), "This is the slope of a mean of squares."),
            (d, "This takes all images for generated ones. Where are the labels?"),
            ((d - y) / n, "You divided by n twice."),
        ),
        otherwise="The slope is not right. Change one logit a little and see by how much the loss "
        "changes.",
    )  # fmt: skip
    trial.award(1, "its slope in each logit")

    # One by one: what overflows in one image must not hide the others.
    cases = ((1, 1, 0), (-1, 0, 0), (1, 0, 1), (-1, 1, 1))  # sign, label, cost
    for logit, label, cost in [(n * k, y, n * c) for n in (800.0, 50.0) for k, y, c in cases]:
        pair = np.array([[logit], [0.5]]), np.array([float(label), 1.0])
        found = _finite(trial, _pair(trial, *pair)[0], "loss", logit) * 2 - softplus(-0.5)
        if 5 < found < 0.9 * cost:
            raise Wrong(
                f"A logit of {logit:g} with the label {label:g} costs {found:.1f} here: something "
                "clips the probability, so that the loss stops rising. Compute it from the logit, "
                "without σ."
            )
        message = f"At a logit of {logit:g} with the label {label:g} the loss is not right."
        trial.expect(found, cost, within=1e-3, otherwise=message)
    trial.award(1, "the loss at logits of ±50 and ±800")
    for size in (800, 50):
        logits = np.array([[-1.0], [1.0], [-1.0], [1.0]]) * size
        slope = _pair(trial, logits, np.array([0.0, 1.0, 1.0, 0.0]))[1]
        found = _finite(trial, slope, "slope", size) * 4
        trial.expect(
            found,
            np.array([[0.0], [0.0], [-1.0], [1.0]]),
            within=1e-4,
            usual=(
                (np.zeros((4, 1)), f"Where D is most wrong, at logits of ±{size}, your slope is 0: "
                 "something clips. Such an image should teach D most."),
            ),
            otherwise=f"At logits of ±{size} the slope is not right. What is σ there?",
        )  # fmt: skip
    trial.award(1, "the slope at logits of ±50 and ±800")


def _pair(trial: Trial, logits: np.ndarray, labels: np.ndarray) -> list:
    result = trial.call(logits, labels)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two things: return loss, slope.")
    return list(result)


def _finite(trial: Trial, value: Any, what: str, logit: float) -> np.ndarray:
    """The values as an array, if none of them is NaN or infinite."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    if not np.isfinite(np.asarray(value, np.float64)).all():
        raise Wrong(
            f"At a logit of {abs(logit):g} or −{abs(logit):g} the {what} is NaN or infinite: a "
            "logarithm meets 0, or an exponential a large number."
        )
    return trial.array(value, what=f"the {what}")


@task(
    points=4,
    hints=(
        "Begin with keras.Input((64, 64, 3)) and keras.Sequential, as the critics of the lesson "
        "do. Four convolutions with strides=2 and padding=\"same\" lead to 4 × 4.",
        "After each convolution something must bend: layers.LeakyReLU(0.2). At the end: Flatten "
        "and Dense(1), without an activation.",
        "Try widths with your function plan, or with model.count_params(): doubling all channels "
        "makes about four times as many weights.",
    ),
)  # fmt: skip
def critic(trial: Trial) -> None:
    """A Keras model to a specification: four strides, one logit, each image by itself, its size."""
    model = trial.call()
    if isinstance(model, (str, int, float)):
        raise Wrong("It should return a Keras model, with return.")
    import keras

    if not isinstance(model, keras.Model):
        raise Wrong(
            f"It should return a Keras model, but returns a value of type {type(model).__name__}."
        )
    images = trial.rng.uniform(-1, 1, (8, 64, 64, 3)).astype(np.float32)
    logits = _answers(model, images)
    one = _answers(model, images[:1])
    for found, number in ((logits, 8), (one, 1)):
        if found.shape != (number, 1):
            raise Wrong(
                f"For {number} images it answers with the shape {found.shape}; one logit for each "
                f"is ({number}, 1)."
            )
    _logit(model, trial.rng.uniform(-1, 1, (12, 64, 64, 3)).astype(np.float32))
    trial.award(1, "one logit for each image")
    _structure(model, images)
    trial.award(1, "four strides halve the image, and every pixel counts")
    _alone(model, images)
    trial.award(1, "each image is judged by itself")
    weights = model.count_params()
    if not 200_000 <= weights <= 400_000:
        way = "fewer" if weights > 400_000 else "more"
        raise Wrong(f"It has {weights:,} weights; asked for are 200,000 to 400,000. Make it {way}.")
    trial.award(1, f"{weights:,} weights")


def _answers(model: Any, images: np.ndarray, training: bool = False) -> np.ndarray:
    try:
        found = model(images, training=training)
    except Exception as problem:
        said = str(problem).strip().split("\n")[0][:200]
        shape = "×".join(map(str, images.shape[1:]))
        raise Wrong(f"With {len(images)} images of {shape} the model fails: {said}") from None
    return np.asarray(found, np.float32).astype(np.float64)


def _leaves(model: Any) -> Iterator[Any]:
    """All layers, also those of models within the model."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _leaves(layer)
        else:
            yield layer


def _inner(layer: Any) -> Any:
    """The layer within a wrapper such as SpectralNormalization."""
    while hasattr(getattr(layer, "layer", None), "weights"):
        layer = layer.layer
    return layer


def _logit(model: Any, images: np.ndarray) -> None:
    """A logit may be any number; it is linear in the weights of the layer that makes it."""

    def loud() -> np.ndarray:
        return np.concatenate([_answers(model, scale * images) for scale in (1, 1000)])

    found = loud()
    seen = [found]  # with other weights too: by chance a tanh may give positive numbers alone
    for layer in reversed([_inner(layer) for layer in _leaves(model) if layer.weights]):
        before = layer.get_weights()
        layer.set_weights([-3 * weight for weight in before])
        turned = loud()
        layer.set_weights(before)
        if turned.any() and abs(turned + 3 * found).max() <= 0.02 * abs(3 * found).max():
            return
        seen.append(turned)
    answers = np.concatenate(seen)
    if answers.any() and answers.min() >= 0 and answers.max() <= 1:
        raise Wrong(
            "All answers lie between 0 and 1: there is a sigmoid at the end. Asked for is the "
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


def _structure(model: Any, images: np.ndarray) -> None:
    found = list(_leaves(model))
    names = [type(_inner(layer)).__name__ for layer in found]
    if any("Pooling" in name for name in names):
        raise Wrong("There is a pooling layer. The strides of the convolutions should do its work.")
    convolutions = [layer for layer in found if hasattr(_inner(layer), "kernel_size")]
    halving = [layer for layer in convolutions if max(_inner(layer).strides) > 1]
    strides = [tuple(_inner(layer).strides) for layer in halving]
    if strides != [(2, 2)] * 4:
        raise Wrong(
            "Asked for are four convolutions with stride 2. The strides above 1 that are here: "
            f"{strides or 'none'}."
        )
    try:
        size = tuple(halving[-1].output.shape[1:3])
    except AttributeError:  # a model of another kind does not tell
        size = (4, 4)
    if size != (4, 4):
        raise Wrong(
            f"The last of them leaves {size[0]} × {size[1]} places, not 4 × 4. Which padding "
            "halves 64 exactly?"
        )
    here, there = images[:4], images[4:]
    parts = [_answers(model, each) for each in (here, there, here + there, 0 * here)]
    bent = abs(parts[0] + parts[1] - parts[2] - parts[3]).max()
    if bent < 1e-3 * max(abs(part - parts[3]).max() for part in parts[:3]):
        raise Wrong(
            "The critic is a weighted sum of the pixels, and sees only means: nothing bends "
            "between its layers. Which layer of the lesson's critics is missing?"
        )
    weighted = [layer for layer in found if hasattr(_inner(layer), "kernel")]
    for number, layer in enumerate(halving, start=1):
        if _straight(model, layer, weighted, images[:2]):
            raise Wrong(
                f"After convolution {number} of the four with a stride nothing bends: together with "
                "the layer that follows it is one weighted sum, and one of the two is there for "
                "nothing. What comes after each convolution of the lesson's critics?"
            )
    import tensorflow as tf

    watched = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(watched)
        total = tf.reduce_sum(model(watched, training=False))
    gradient = tape.gradient(total, watched)
    blind = 1.0 if gradient is None else np.mean((gradient.numpy() == 0).all(axis=(0, 3)))
    if blind > 0.01:
        raise Wrong(
            f"{blind:.0%} of the pixels have no influence on the answer. Are windows as wide as "
            "the stride, at least, and do they reach the border?"
        )


def _straight(model: Any, layer: Any, weighted: list[Any], images: np.ndarray) -> bool:
    """Whether nothing bends between what comes into a layer and into the next with weights."""

    def passed(inputs: np.ndarray | None) -> list[tuple[Any, np.ndarray]]:
        """The layers with weights as they are called, with their inputs; one gets other inputs."""
        seen = []

        def watched(each: Any, call: Any) -> Any:
            @functools.wraps(call)
            def instead(x: Any, *arguments: Any, **keywords: Any) -> Any:
                x = x if inputs is None or each is not layer else inputs
                seen.append((each, np.asarray(x, np.float64)))
                return call(x, *arguments, **keywords)

            return instead

        for each in weighted:
            object.__setattr__(each, "call", watched(each, each.call))
        try:
            _answers(model, images)
        finally:
            for each in weighted:
                object.__delattr__(each, "call")
        return seen

    calls = passed(None)
    order = [each for each, _ in calls]
    if order.count(layer) != 1 or order[-1] is layer:
        return False
    place = order.index(layer)
    shape = calls[place][1].shape
    rng = np.random.default_rng(0)  # large numbers: what is bent anywhere is bent here
    one, other = (rng.normal(0, 10, shape).astype(np.float32) for _ in range(2))
    found = [passed(x)[place + 1][1] for x in (one, other, (one + other) / 2)]
    moved = abs(found[0] - found[1]).max()
    return bool(moved > 0 and abs((found[0] + found[1]) / 2 - found[2]).max() < 3e-3 * moved)


def _alone(model: Any, images: np.ndarray) -> None:
    """The first two images get other companions; all that is drawn or moves is as it was before."""
    company = "What the model says of an image depends on the others in its batch"
    variables = list(model.variables)  # the state of dropout's generators and of norms too
    before = [variable.numpy() for variable in variables]

    def answers(batch: np.ndarray, training: bool) -> np.ndarray:
        try:
            return _answers(model, batch, training)[:2]
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
            if any("BatchNorm" in type(_inner(layer)).__name__ for layer in _leaves(model)):
                raise Wrong(
                    f"{company}, {when}: there is batch norm in it, and with training={training} it "
                    "takes mean and variance of the batch."
                )
            raise Wrong(f"{company}, {when}. Which layer looks at the whole batch?")


@task(
    points=3,
    hints=(
        "An expectation over p_data is ∫ p_data q = ∫ p_g (p_data / p_g) q: a mean over generated "
        "images, each with a weight. The lesson has the mean of this weight.",
        "With equal numbers the weight is e^l. With others, D = n_real p_data / (n_real p_data + "
        "n_fake p_g). What is its logit?",
        "The logit is log(p_data/p_g) + log(n_real/n_fake), so the weight is e^l · n_fake/n_real. "
        "Shapes: weights (n, 1) times quantity (n, d), then the mean over axis 0.",
    ),
)
def real_mean(trial: Trial) -> None:
    """The mean of quantities over real data, from generated samples and D's logits."""
    outcomes, d = 6, 3
    counts = trial.rng.integers(2, 9, outcomes)  # the sample has exactly the shares of p_g
    p_g = counts / counts.sum()
    sample = trial.rng.permutation(np.repeat(np.arange(outcomes), counts))
    p_data = trial.rng.dirichlet(np.ones(outcomes)) * 0.8 + 0.2 / outcomes
    values = trial.rng.uniform(1, 9, (outcomes, d))
    quantity, ratio = values[sample], (p_data / p_g)[sample, None]
    right, plain, n = p_data @ values, p_g @ values, len(sample)

    def found(n_real: int, n_fake: int) -> tuple[np.ndarray, np.ndarray]:
        logits = np.log(ratio * n_real / n_fake)
        return trial.array(trial.call(quantity, logits, n_real, n_fake), (d,)), logits

    result, logits = found(64, 64)
    answers = sigmoid(logits)
    trial.expect(
        result,
        right,
        within=1e-4,
        usual=(
            (plain, "This is the mean over the generated images, as they are. The real ones are "
             "distributed otherwise: what does D say of each?"),
            ((answers * quantity).mean(axis=0), "You weighted with the probabilities D. Which "
             "function of D is the ratio of the densities?"),
            ((answers * quantity).sum(axis=0) / answers.sum(), "You weighted with the "
             "probabilities D. Which function of D is the ratio of the densities?"),
            ((quantity / ratio).mean(axis=0), "The ratio is turned round: images that look real "
             "should count more."),
            ((quantity / ratio).sum(axis=0) / (1 / ratio).sum(), "The ratio is turned round: "
             "images that look real should count more."),
            ((logits * quantity).mean(axis=0), "You weighted with the logits. They are logarithms "
             "of what you need."),
            (n * right, "You added up the images. An expectation is a mean."),
            (np.full(d, right.mean()), "You took one mean over all quantities; they stay apart."),
        ),
        otherwise="With as many real as generated images in a batch it is not right. How does a "
        "mean over p_g become one over p_data?",
    )  # fmt: skip
    trial.award(1, "batches with as many real as generated images")
    for n_real, n_fake in ((96, 32), (40, 100)):
        result, _ = found(n_real, n_fake)
        share = n_real / n_fake
        trial.expect(
            result,
            right,
            within=1e-4,
            usual=(
                (right * share, f"With {n_real} real and {n_fake} generated images in a batch, D "
                 f"says 'real' more {'often' if share > 1 else 'rarely'}, and your weights take "
                 "that over."),
                (right * share**2, "You corrected for the unequal numbers in the wrong direction."),
                (right * share * n_real / (n_real + n_fake), "The correction is not the share of "
                 "the real images. Write down the logit of D for such batches."),
                (right * n_real / (n_real + n_fake), "The correction is not the share of the "
                 "generated images. Write down the logit of D for such batches."),
            ),
            otherwise=f"With {n_real} real and {n_fake} generated images in a batch it is not "
            "right. Write down D for such batches, and its logit.",
        )  # fmt: skip
    trial.award(2, "batches with more of one kind")
