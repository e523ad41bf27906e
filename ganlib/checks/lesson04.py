"""The tasks of exercise 04: the shell, the transposed convolution, its pattern, a layer, a generator."""

import math
from typing import Any

import numpy as np

from ganlib.checks.core import Trial, Wrong, task

__all__ = [
    "build_generator",
    "constant_answer",
    "layer",
    "one_layer",
    "transposed_convolution",
    "walk",
]


def _lengths(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points, axis=1, keepdims=True)


def _same(found: Any, right: Any, within: float = 1e-4) -> bool:
    return np.shape(found) == np.shape(right) and np.allclose(found, right, rtol=0, atol=within)


@task(
    points=2,
    hints=(
        "np.linspace(0, 1, steps) gives the share of the last vector in each point. As a column, "
        "(steps, 1), it multiplies a vector to an array (steps, d).",
        "A vector divided by its length has length 1. Which length is usual in d dimensions?",
        "np.linalg.norm(points, axis=1, keepdims=True) has the length of each row, as a column.",
    ),
)
def walk(trial: Trial) -> None:
    """Points on the straight line between two latent vectors, each brought to length √d."""
    first, last = trial.rng.normal(0, 1, (2, 40))
    steps = 7
    try:
        result = trial.call(first, last, steps)
    except Exception as problem:
        if "broadcast" in str(problem) or "ncompatible shapes" in str(problem):
            raise Wrong(
                "Shapes do not fit: seven numbers for seven points of 40 must be a column, "
                "(7, 1). Do the shares have a second axis, and the lengths keepdims=True?"
            ) from None
        raise
    found = trial.array(result, what="the walk")
    if found.shape == (40, steps):
        raise Wrong("The walk has shape (40, 7), but should have (7, 40): a point is a row.")
    if found.shape in ((steps - 2, 40), (steps + 1, 40), (steps - 1, 40)):
        raise Wrong(
            f"For steps=7 the walk has {len(found)} points. The two ends count among the 7."
        )
    found = trial.array(found, (steps, 40), "the walk")
    share = np.linspace(0, 1, steps)[:, None]
    line = (1 - share) * first + share * last
    right = line * math.sqrt(40) / _lengths(line)
    if _same(_unit(found)[::-1], _unit(right)):
        raise Wrong("The walk goes from the last vector to the first.")
    trial.expect(
        _unit(found),
        _unit(right),
        usual=(
            (_unit(np.linspace(0, 1, steps, endpoint=False)[:, None] * (last - first) + first),
             "The walk does not arrive at the last vector: np.linspace includes its end unless told not "
             "to."),
            *((_unit(_arc(*ends, share)), "You went along an arc in equal angles. Here the points lie in "
              "equal steps on the straight line; only their length is changed afterwards.")
             for ends in ((first, last), (first / np.linalg.norm(first), last / np.linalg.norm(last)))),
            (_unit(line / np.linalg.norm(line, axis=0)), "You divided by np.linalg.norm(points, axis=0), "
             "which is one length for each of the 40 columns. A point is a row: look at the axis."),
            (_unit((1 - share) * first / np.linalg.norm(first) + share * last / np.linalg.norm(last)),
             "You changed the length of the two ends first. The straight line goes between the vectors "
             "as they were given; then the points get their length."),
        ),
        otherwise="The directions of the points are not right. Look at the shares of both vectors in "
        "each: 1 and 0 at the start, 0 and 1 at the end.",
    )  # fmt: skip
    trial.award(1, "points in equal steps, with the right directions")
    trial.expect(
        found,
        right,
        usual=(
            (line, "The points lie on the straight line as it is. In its middle they are too short: "
             "their length is still to be changed."),
            (_unit(line), "The points have length 1. Which length do latent vectors have?"),
            (right * math.sqrt(40), "The points have length d. It is the squared length whose mean is "
             "d."),
            (line * math.sqrt(40) / np.linalg.norm(line), "You divided all points by one number, the "
             "length of the whole array. Each point has a length of its own: look at the axis."),
            (_unit(line) * np.linalg.norm(first), "The points are as long as the first vector. The task "
             "names another length."),
            (_unit(line) * ((1 - share) * np.linalg.norm(first) + share * np.linalg.norm(last)),
             "The lengths go from that of the first vector to that of the last. The task names one "
             "length for all, the ends too."),
            (np.concatenate([line[:1], right[1:-1], line[-1:]]), "The two ends have kept their own "
             "lengths. The task asks for the same length everywhere."),
        ),
        otherwise="The lengths of the points are not right. Print np.linalg.norm(points, axis=1).",
    )  # fmt: skip
    trial.award(1, "all on the shell")


def _unit(points: np.ndarray) -> np.ndarray:
    lengths = _lengths(points)
    return points / np.where(lengths > 0, lengths, 1)


def _arc(first: np.ndarray, last: np.ndarray, share: np.ndarray) -> np.ndarray:
    cosine = first @ last / np.linalg.norm(first) / np.linalg.norm(last)
    angle = np.arccos(np.clip(cosine, -1, 1))
    return (np.sin((1 - share) * angle) * first + np.sin(share * angle) * last) / np.sin(angle)


def _by_keras(image: np.ndarray, kernel: np.ndarray, stride: int, padding: str) -> np.ndarray:
    import tensorflow as tf
    from keras import ops

    with tf.device("CPU:0"):  # some GPUs compute convolutions with fewer digits
        result = ops.conv_transpose(
            tf.constant(image[None], tf.float32),
            tf.constant(kernel, tf.float32),
            strides=stride,
            padding=padding,
        )
    return ops.convert_to_numpy(result)[0].astype(np.float64)


def _stamped(
    image: np.ndarray, kernel: np.ndarray, stride: int, overwrite: bool = False
) -> np.ndarray:
    """The whole output; with ``overwrite`` a later stamp takes the place of earlier ones."""
    rows, columns, _ = image.shape
    k = len(kernel)
    whole = np.zeros(((rows - 1) * stride + k, (columns - 1) * stride + k, kernel.shape[2]))
    for i in range(rows):
        for j in range(columns):
            place = np.s_[i * stride : i * stride + k, j * stride : j * stride + k]
            whole[place] = kernel @ image[i, j] + (0 if overwrite else whole[place])
    return whole


def _image(trial: Trial, call: tuple, right: np.ndarray, note: str = "") -> np.ndarray:
    """What the answer gives, as an array of the right shape."""
    image, kernel, stride, padding = call
    found = trial.array(trial.call(*call), what="the output")
    where = f"For {len(image)} rows, kernel {len(kernel)}, stride {stride}, padding {padding!r}"
    if found.ndim == 2:
        raise Wrong(
            f"{where} the output has shape {found.shape}. It needs a third axis, for the "
            "channels that come out, also if there is only one."
        )
    if found.ndim == 4:
        raise Wrong(f"The output has shape {found.shape}, but there is no axis for a batch here.")
    if not found.size:
        raise Wrong(
            f"{where} nothing is left: y[a:-0] is empty. Cut with y[a : a + rows * stride]."
            if len(kernel) == stride
            else f"{where} the output has shape {found.shape}: nothing is left of it."
        )
    if found.shape == (right.shape[0], right.shape[0], right.shape[2]) != right.shape:
        raise Wrong(
            f"{where} the output has as many columns as rows, {len(found)}, but the image has "
            f"{image.shape[1]} columns. Where did you use the rows for the columns?"
        )
    if found.shape != right.shape:
        raise Wrong(
            f"{where} the output has shape {found.shape}, but should have {right.shape}. {note}"
        )
    return found


@task(
    points=4,
    hints=(
        "Begin with zeros of the size of the whole output. For each input cell (i, j), add its stamp to "
        "k × k cells. At which row and column does it begin?",
        "The stamp of a cell has the shape (k, k, channels_out). image[i, j] is a vector of channels_in "
        "numbers, and the last axis of the kernel is as long: kernel @ image[i, j].",
        'For "same" compute the whole output first, then keep rows · stride rows of it. (k - stride) '
        "rows go: half of them, rounded down, at the start.",
    ),
)
def transposed_convolution(trial: Trial) -> None:
    """The transposed convolution of an image with channels, as Keras computes it."""
    image, kernel = trial.rng.normal(0, 1, (3, 4, 1)), trial.rng.normal(0, 1, (3, 3, 1, 1))
    call = image, kernel, 2, "valid"
    note = "How many rows do stamps reach over whose starts lie one stride apart?"
    found = _image(trial, call, np.zeros((7, 9, 1)), note)  # before Keras is started
    right = _by_keras(*call)
    flipped = _stamped(image, kernel[::-1, ::-1], 2)
    trial.expect(
        found,
        right,
        within=1e-3,
        usual=(
            (_stamped(image, kernel, 2, overwrite=True), "Where stamps overlap, the later one has "
             "replaced the earlier. They must be added."),
            (flipped, "The kernel is turned round. A convolution looks through it; a stamp is put down "
             "as it is."),
            (_stamped(image, kernel.transpose(1, 0, 2, 3), 2), "The kernel's rows and columns have "
             "changed places."),
            (_stamped(np.ones_like(image), kernel, 2), "Each stamp must be multiplied by the value of "
             "its input cell."),
        ),
        otherwise="With one channel, stride 2 and padding 'valid' some cells are not right. Try it on "
        "the numbers of Figure 4 in the lesson.",
    )  # fmt: skip
    trial.award(1, "one channel, stride 2, the whole output")

    image, kernel = trial.rng.normal(0, 1, (4, 3, 3)), trial.rng.normal(0, 1, (4, 4, 3, 3))
    call = image, kernel, 3, "valid"
    right = _by_keras(*call)
    swapped = kernel.transpose(0, 1, 3, 2)
    diagonal = np.einsum("abcc->abc", kernel)
    trial.expect(
        _image(trial, call, right, note),
        right,
        within=1e-3,
        usual=(
            (_stamped(image, swapped, 3), "The kernel's two axes for channels have changed places: it "
             "is (k, k, channels out, channels in)."),
            (_stamped(image, diagonal[..., None] * np.eye(3), 3), "Each channel that comes out sees only "
             "one that comes in. It is a sum over all of them."),
            (_stamped(image, kernel, 3) / 3, "You took a mean over the channels that come in, but it is "
             "a sum."),
        ),
        otherwise="With three channels in and three out, kernel 4 and stride 3, it is not right. Over "
        "which axis of the kernel does the sum run?",
    )  # fmt: skip
    image, kernel = trial.rng.normal(0, 1, (2, 3, 2)), trial.rng.normal(0, 1, (3, 3, 4, 2))
    call = image, kernel, 1, "valid"
    right = _by_keras(*call)
    trial.expect(
        _image(trial, call, right, note),
        right,
        within=1e-3,
        otherwise="With two channels in, four out and stride 1 it is not right.",
    )
    trial.award(1, "several channels, strides 3 and 1")

    for k, stride, points, what in (
        (5, 3, 0, ""),
        (4, 4, 0, ""),
        (4, 2, 1, "padding 'same', where the cut is the same on both sides"),
        (5, 2, 0, ""),
        (4, 1, 0, ""),
        (6, 3, 1, "padding 'same', where the cut is uneven"),
    ):
        image = trial.rng.normal(0, 1, (3, 4, 2))
        kernel = trial.rng.normal(0, 1, (k, k, 2, 2))
        call = image, kernel, stride, "same"
        right = _by_keras(*call)
        whole, cut = _stamped(image, kernel, stride), k - stride

        def kept(start: int, whole=whole, rows=3 * stride, columns=4 * stride) -> np.ndarray:
            return whole[start : start + rows, start : start + columns]

        usual = [
            (kept(cut), "All that is too many was cut off at the start."),
            (kept(0), "All that is too many was cut off at the end."),
            (kept(-(-cut // 2)), "The cut is uneven here, and the larger part of it goes at the "
             "end, not at the start."),
        ]  # fmt: skip
        found = _image(trial, call, right, "With 'same' it is rows · stride; the rest is cut off.")
        trial.expect(
            found,
            right,
            within=1e-3,
            usual=[(wrong, f"Kernel {k}, stride {stride}, 'same': {say}") for wrong, say in usual],
            otherwise=f"Kernel {k}, stride {stride}, 'same': the size is right, the values are not. "
            "Compute the whole output first, and cut it then.",
        )
        if points:
            trial.award(points, what)


def _phases(kernel: np.ndarray, stride: int) -> np.ndarray:
    each = range(stride)
    return np.array([[kernel[a::stride, b::stride].sum() for b in each] for a in each])


@task(
    points=3,
    hints=(
        "Take one row first, kernel 5 and stride 2. Stamps begin at every second cell. Which weights "
        "meet at an even cell, which at an odd one?",
        "At a cell that lies a cells after the start of a stamp, the weights a, a + s, a + 2s, … meet.",
        "A slice with a step takes just these: kernel[a::stride].",
    ),
)
def constant_answer(trial: Trial) -> None:
    """The block (s, s) that repeats where the input of a transposed convolution is 1."""

    def examine(kernel: np.ndarray, stride: int, otherwise: str) -> None:
        found = trial.array(trial.call(kernel, stride), what="the block")
        k, right = len(kernel), _phases(kernel, stride)
        if found.shape in ((k, k), ((k - 1) * stride + k,) * 2) and found.shape != right.shape:
            raise Wrong(
                f"For kernel {k} and stride {stride} the result has shape {found.shape}, but after how "
                "many rows does the output repeat itself?"
            )
        found = trial.array(found, right.shape, "the block")
        counts = _phases(np.ones_like(kernel), stride)
        shifted = np.roll(right, (-((k - stride) // 2),) * 2, axis=(0, 1))
        blocks = _blocks(kernel, stride)
        trial.expect(
            found,
            right,
            usual=(
                (right.T, "Rows and columns have changed places."),
                (counts, "This counts the weights that meet at each cell. With an input of ones their "
                 "values are added."),
                (right / np.where(counts > 0, counts, 1), "This is the mean of the weights that meet. "
                 "Stamps are added."),
                (np.full(right.shape, right.mean()), "This is the same value everywhere, the mean. Each "
                 "cell has a sum of its own."),
                (np.full(right.shape, kernel.sum()), "You added all weights of the kernel. At one cell "
                 "only some of them meet."),
                (right[::-1, ::-1], "The block is turned round. It begins where a stamp begins."),
                (np.roll(right, 1, axis=(0, 1)), "The block does not begin where a stamp begins."),
                (np.roll(right, -1, axis=(0, 1)), "The block does not begin where a stamp begins."),
                (shifted, "The block does not begin where a stamp begins: this one begins after the "
                 "cut of 'same'."),
                (kernel[:stride, :stride], "This is one corner of the kernel. Other stamps reach "
                 "these cells too."),
                (blocks, "You added up square blocks of neighbouring weights. Which weights meet at a "
                 "cell: neighbours, or those that lie a stride apart?"),
            ),
            otherwise=otherwise,
        )  # fmt: skip

    examine(trial.rng.normal(0, 1, (4, 4)), 2, "For kernel 4 and stride 2 it is not right.")
    examine(trial.rng.normal(0, 1, (6, 6)), 3, "For kernel 6 and stride 3 it is not right.")
    trial.award(1, "a stride that divides the kernel")
    for k, stride in ((5, 2), (3, 1), (7, 3)):
        examine(
            trial.rng.normal(0, 1, (k, k)),
            stride,
            f"For kernel {k} and stride {stride} it is not right. Not every cell gets equally many "
            "weights.",
        )
    trial.award(1, "a stride that does not")
    examine(
        trial.rng.uniform(1, 2, (2, 2)),
        3,
        "For kernel 2 and stride 3 it is not right: what do cells hold that no stamp reaches?",
    )
    trial.award(
        1,
        "a stride larger than the kernel. And your guess: for a kernel of ones, these values count the "
        "stamps that cover a cell",
    )


def _blocks(kernel: np.ndarray, stride: int) -> np.ndarray:
    """Sums of neighbours: what a reshape in the wrong order gives, where it can be done."""
    k = len(kernel)
    if k % stride:
        return np.full((stride, stride), np.inf)
    return kernel.reshape(stride, k // stride, stride, k // stride).sum(axis=(1, 3))


def layer(seed: int) -> dict[str, int]:
    """The layer of the task ``one_layer`` for one class: it is named, and returned."""
    names = ("rows", "channels in", "channels out", "kernel", "stride")
    sizes = [8, 64, 32, 5, 3]
    if seed:
        rng = np.random.default_rng(seed)
        kernel, stride = rng.choice([(3, 2), (5, 2), (7, 2), (5, 3), (7, 3), (7, 4), (9, 4)])
        channels = rng.choice([16, 24, 32, 48, 64, 96], size=2, replace=False)
        sizes = [rng.choice([5, 6, 7, 8, 10, 12, 16]), *channels, kernel, stride]
    n, c_in, c_out, kernel, stride = sizes = [int(size) for size in sizes]
    print(f"input {n} × {n} with {c_in} channels, output with {c_out} channels and biases,")
    print(f"kernel {kernel} × {kernel}, stride {stride}")
    return dict(zip(names, sizes, strict=True))


@task(
    points=3,
    hints=(
        "n stamps of k rows whose starts lie s apart reach over (n − 1) s + k rows. "
        '"same" keeps n · s of them.',
        "A weight joins one channel in, one channel out and one place of the kernel. Each is used once "
        "for every input cell.",
        "Along one row: how many stamps cover cell 0, 1, …, s − 1 after the start of a stamp? In two "
        "directions the counts multiply.",
    ),
)
def one_layer(trial: Trial) -> None:
    """Sizes, weights, work and overlaps of the layer of a class, as a dictionary."""
    n, c_in, c_out, k, s = trial.of_class(layer).values()
    keys = ("rows", "cut at the start", "weights", "multiply-adds", "most", "fewest")
    answer = trial.dictionary(trial.call(), keys)
    found = {key: trial.number(answer[key], key) for key in keys}

    def expect(key: str, right: int, usual: tuple, otherwise: str) -> None:
        if found[key] != right:
            said = [message for wrong, message in usual if found[key] == wrong]
            raise Wrong(said[0] if said else otherwise)

    cut = k - s
    expect(
        "rows",
        (n - 1) * s + k,
        (
            (n * s, '"rows" is the number that is left with "same". With "valid" nothing is cut off.'),
            (n * s + k, '"rows": the last stamp begins at row (n − 1) s, not at n s.'),
            ((n - k) // s + 1, '"rows" is what an ordinary convolution leaves. This layer makes the '
             "picture larger."),
            ((n - 1) * s + 1, '"rows": there the last stamp begins. It is k rows long.'),
        ),
        '"rows" is not right. Where does the last stamp begin, and how long is it?',
    )  # fmt: skip
    expect(
        "cut at the start",
        cut // 2,
        (
            (cut, '"cut at the start" is all that is cut off, at both ends together.'),
            (
                cut - cut // 2,
                '"cut at the start" is what goes at the end: half is rounded down first.',
            ),
            (cut / 2, '"cut at the start" must be a whole number of rows.'),
            ((k - 1) // 2, '"cut at the start" is right for stride 1. How many rows are too many here?'),
        ),
        '"cut at the start" is not right. How many rows are too many in all?',
    )  # fmt: skip
    trial.award(1, "the sizes")

    products = k * k * c_in * c_out
    expect(
        "weights",
        products + c_out,
        (
            (products, '"weights": the biases are missing.'),
            (products + c_in, '"weights": there is one bias for each channel that comes out.'),
            ((k * k * c_in + 1) * c_out * s, '"weights" does not depend on the stride.'),
            (k * k * c_out + c_out, '"weights": each channel out has a kernel for every channel in.'),
            (k * c_in * c_out + c_out, '"weights": the kernel has two directions.'),
        ),
        '"weights" is not right. What shape has the kernel, with both axes for channels?',
    )  # fmt: skip
    expect(
        "multiply-adds",
        n * n * products,
        (
            (2 * n * n * products, '"multiply-adds": this counts multiplications and additions apart. A '
             "multiply-add is one."),
            (n * products, '"multiply-adds": the input has n rows and n columns.'),
            (n * n * (products + c_out), '"multiply-adds": biases are left out.'),
            ((n * s) ** 2 * products, '"multiply-adds": you counted a whole kernel for each output '
             "cell. It is each input cell that takes the whole kernel."),
            (((n - 1) * s + k) ** 2 * products, '"multiply-adds": you counted a whole kernel for each '
             "output cell. It is each input cell that takes the whole kernel."),
            (products, '"multiply-adds": each weight is used at every input cell, not once.'),
        ),
        '"multiply-adds" is not right. How often is each weight of the kernel used?',
    )  # fmt: skip
    trial.award(1, "weights and work")

    most, fewest = -(-k // s), k // s
    for key, right, other in (("most", most, fewest), ("fewest", fewest, most)):
        expect(
            key,
            right**2,
            (
                (right, f'"{key}" is the count along a row. The picture has two directions.'),
                (k * k, f'"{key}": of a whole kernel only some weights reach the same cell.'),
                (other**2, f'"{key}" is the other end of the range.'),
                (most * fewest, f'"{key}": there are cells where both directions are at their {key}.'),
                (2 * right, f'"{key}": the counts of the two directions do not add, they multiply.'),
            ),
            f'"{key}" is not right. Draw the stamps along a row, and count how many cover each cell.',
        )  # fmt: skip
    trial.award(
        1,
        f"the overlaps. And your guess: stride {s} does not divide kernel {k}, so the layer draws a "
        f"checkerboard, and its pattern has {s} rows{', more than two' if s > 2 else ''}",
    )


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
        "Write the shapes of the stages side by side: latent_dim → 4·4·4w → (4, 4, 4w) → (8, 8, 2w) → "
        "(16, 16, w) → (32, 32, 3).",
        "Which kernel sizes does 2 divide? Count the weights of the three transposed convolutions for "
        "each of them, with latent_dim=64 and width=32.",
        "A stage is: a layer with use_bias=False, then BatchNormalization, then ReLU. The last stage "
        "is the transposed convolution with its activation alone.",
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
            "Called twice, it returns the same model, or one with the same layers. Each call must make "
            "a new model."
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
            f"The input has shape {model.input_shape}, but with latent_dim={latent_dim} it should have "
            f"(None, {latent_dim})."
        )
    if tuple(model.output_shape) != (None, 32, 32, 3):
        raise Wrong(
            f"The output has shape {model.output_shape}, but should have (None, 32, 32, 3). Follow the "
            "shapes in model.summary(), and look at padding and strides."
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
            f"{len(_kinds(stages, layers.UpSampling2D))} layers for upsampling. The specification has "
            "three transposed convolutions alone."
        )
    first = tuple(convolutions[0].input.shape)
    if first != (None, 4, 4, 4 * width):
        raise Wrong(
            f"With width={width} the first transposed convolution gets shape {first}. The specification "
            "begins at 4 × 4 with 4w channels."
        )
    for each, filters, name in zip(
        convolutions, (2 * width, width, 3), ("first", "second", "third"), strict=True
    ):
        if tuple(each.strides) != (2, 2):
            raise Wrong(f"The {name} transposed convolution has strides {each.strides}, not 2.")
        if each.filters != filters:
            raise Wrong(
                f"With width={width} the {name} transposed convolution has {each.filters} channels. "
                "Look at the plan again."
            )
        if any(size % 2 for size in each.kernel_size):
            raise Wrong(
                f"The {name} transposed convolution has a kernel of {each.kernel_size}. Does the stride "
                "divide it? Some cells are written more often than others."
            )
    if (latent_dim, width) == (64, 32) and not 250_000 <= model.count_params() <= 350_000:
        size = "few" if model.count_params() < 250_000 else "many"
        raise Wrong(
            f"The model has {model.count_params():,} weights, too {size}. The widths are right: which "
            "other number decides about the weights?"
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
            f"Large inputs make values from {drawn.min():.3g} to {drawn.max():.3g}. What keeps them in "
            "[−1, 1]? It should be the very last thing."
        )
    if drawn.min() >= 0:
        raise Wrong(
            "No value is below 0, whatever the latents. Data in [−1, 1] cannot be drawn with this last "
            "activation."
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
                f"The {name} has a bias. Batch norm follows, which takes every constant away again and "
                "brings a shift of its own."
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
                f"After the {name} batch norm runs with axis={axis}, which is not that of the channels. "
                "On which axis do they lie?"
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
