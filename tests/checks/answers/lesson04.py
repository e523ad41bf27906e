"""Answers to exercise 04: right ones of several kinds, and usual mistakes with their messages."""

import functools

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from ganlib import networks


def line(first, last, steps, end=True):
    share = np.linspace(0, 1, steps, endpoint=end)[:, None]
    return (1 - share) * first + share * last


def scaled(points):
    return points * points.shape[1] ** 0.5 / np.sqrt((points**2).sum(-1, keepdims=True))


def walk_by_loop(first, last, steps):
    points = []
    for number in range(steps):
        point = first + (last - first) * number / (steps - 1)
        points.append(list(point / np.linalg.norm(point) * np.sqrt(len(first))))
    return points


def walk_by_tensorflow(first, last, steps):
    points = tf.linspace(tf.constant(first, tf.float32), tf.constant(last, tf.float32), steps)
    return tf.nn.l2_normalize(points, axis=1) * len(first) ** 0.5


def walk_by_keras(first, last, steps):
    points = ops.convert_to_tensor(line(first, last, steps), "float32")
    return points / ops.sqrt(ops.mean(points**2, axis=1, keepdims=True))


def walk_on_the_arc(first, last, steps):
    angle = np.arccos(first @ last / np.linalg.norm(first) / np.linalg.norm(last))
    share = np.linspace(0, 1, steps)[:, None]
    a, b = first / np.linalg.norm(first), last / np.linalg.norm(last)
    return len(first) ** 0.5 * (np.sin((1 - share) * angle) * a + np.sin(share * angle) * b)


def walk_in_place(first, last, steps):
    last -= first
    return scaled(first + np.linspace(0, 1, steps)[:, None] * last)


def stamps(image, kernel, stride, padding, start=None, add=True, whole_size=None):
    rows, columns, _ = image.shape
    k, _, out, _ = kernel.shape
    whole = np.zeros(((rows - 1) * stride + k, (columns - 1) * stride + k, out))
    for i in range(rows):
        for j in range(columns):
            place = (slice(i * stride, i * stride + k), slice(j * stride, j * stride + k))
            whole[place] = add * whole[place] + kernel @ image[i, j]
    if padding == "valid":
        return whole
    begin = (k - stride) // 2 if start is None else start(k - stride)
    return whole[begin : begin + rows * stride, begin : begin + columns * stride]


def by_cells(image, kernel, stride, padding):
    """From the output cell's side, as in the sum."""
    (rows, columns, _), (k, _, out, _) = image.shape, kernel.shape
    size = [(n - 1) * stride + k for n in (rows, columns)]
    first = 0
    if padding == "same":
        size, first = [n * stride for n in (rows, columns)], (k - stride) // 2
    result = np.zeros((*size, out))
    for a, b in np.ndindex(*size):
        for i in range(rows):
            for j in range(columns):
                u, v = a + first - stride * i, b + first - stride * j
                if 0 <= u < k and 0 <= v < k:
                    result[a, b] += kernel[u, v] @ image[i, j]
    return result


def by_dilation(image, kernel, stride, padding):
    """Zeros between the cells, then an ordinary convolution with the kernel turned round."""
    (rows, columns, c), k = image.shape, len(kernel)
    wide = np.zeros(((rows - 1) * stride + 1, (columns - 1) * stride + 1, c))
    wide[::stride, ::stride] = image
    wide = np.pad(wide, [(k - 1, k - 1), (k - 1, k - 1), (0, 0)])
    turned = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    whole = ops.convert_to_numpy(
        ops.conv(wide[None].astype("float32"), turned.astype("float32"), padding="valid")
    )[0]
    first = (k - stride) // 2
    if padding == "same":
        return whole[first : first + rows * stride, first : first + columns * stride]
    return whole


def by_layer(image, kernel, stride, padding):
    layer = layers.Conv2DTranspose(
        kernel.shape[2], len(kernel), strides=stride, padding=padding, use_bias=False
    )
    layer.build((None, *image.shape))
    layer.set_weights([kernel])
    return layer(image[None].astype("float32"))[0]


def swapped(kernel):
    return kernel.transpose(0, 1, 3, 2) if kernel.shape[2] == kernel.shape[3] else kernel


def whole_for_same(image, kernel, stride, padding):
    return stamps(image, kernel, stride, "valid")


def phases(kernel, stride):
    block = np.zeros((stride, stride))
    for (a, b), weight in np.ndenumerate(kernel):
        block[a % stride, b % stride] += weight
    return block


def phases_by_padding(kernel, stride):
    more = -len(kernel) % stride
    padded = np.pad(kernel, (0, more))
    n = len(padded) // stride
    return tf.reduce_sum(tf.reshape(padded, (n, stride, n, stride)), axis=(0, 2))


def phases_by_layer(kernel, stride):
    n = 2 * len(kernel) + 1
    ones, weights = np.ones((n, n, 1)), kernel[:, :, None, None]
    k = max(len(kernel), stride)
    weights = np.pad(weights, [(0, k - len(kernel))] * 2 + [(0, 0)] * 2)
    whole = stamps(ones, weights, stride, "valid")[:, :, 0]
    begin = len(kernel) * stride
    return whole[begin : begin + stride, begin : begin + stride].tolist()


def reshaped(kernel, stride):
    n = len(kernel) // stride
    return kernel[: n * stride, : n * stride].reshape(stride, n, stride, n).sum(axis=(1, 3))


def numbers(**changes):
    def one_layer():
        answer = {"rows": 26, "cut at the start": 1, "weights": 51_232, "most": 4, "fewest": 1}
        return answer | {"multiply-adds": 3_276_800} | changes

    return one_layer


def generator(
    kernels=(4, 4, 4),
    strides=(2, 2, 2),
    norms=(True, True, True),
    last_norm=False,
    bias=False,
    last_bias=True,
    activation="tanh",
    bend=lambda: layers.LeakyReLU(0.2),
    start=4,
    extra_dense=False,
    times=(2, 1),
    fixed=None,
    flat_norm=False,
):
    def build_generator(latent_dim, width):
        width = fixed or width
        shape = (start, start, 4 * width)
        model = keras.Sequential([keras.Input((latent_dim,))])
        if extra_dense:
            model.add(layers.Dense(64, activation="relu"))
        model.add(layers.Dense(start * start * 4 * width, use_bias=bias))
        if flat_norm:
            model.add(layers.BatchNormalization())
        model.add(layers.Reshape(shape))
        for number, channels in enumerate((*(width * time for time in times), 3)):
            if norms[number] and not (flat_norm and number == 0):
                model.add(layers.BatchNormalization())
            if bend is not None:
                model.add(bend())
            last = channels == 3
            model.add(
                layers.Conv2DTranspose(
                    channels,
                    kernels[number],
                    strides=strides[number],
                    padding="same",
                    use_bias=last_bias if last else bias,
                )
            )
        if last_norm:
            model.add(layers.BatchNormalization())
        model.add(layers.Activation(activation))
        return model

    return build_generator


def functional(latent_dim, width):
    latents = keras.Input((latent_dim,))
    x = layers.Dense(64 * width, use_bias=False)(latents)
    x = ops.relu(layers.BatchNormalization()(x))
    x = layers.Reshape((4, 4, 4 * width))(x)
    for channels in (2 * width, width):
        x = layers.Conv2DTranspose(channels, (4, 4), (2, 2), "same", use_bias=False)(x)
        x = keras.activations.relu(layers.BatchNormalization()(x))
    x = layers.Conv2DTranspose(3, 4, 2, padding="same")(x)
    return keras.Model(latents, ops.tanh(x))


def nested(latent_dim, width):
    def stage(channels):
        convolution = layers.Conv2DTranspose(channels, 4, 2, "same", use_bias=False)
        return keras.Sequential([convolution, layers.BatchNormalization(), layers.ReLU()])

    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(64 * width, use_bias=False),
            layers.Reshape((4, 4, 4 * width)),
            layers.BatchNormalization(),
            layers.ReLU(),
            stage(2 * width),
            stage(width),
            layers.Conv2DTranspose(3, 4, 2, "same", activation="tanh"),
        ]
    )


def bent_by(function):
    """A functional model that bends by a function, not a layer."""

    def build_generator(latent_dim, width):
        latents = keras.Input((latent_dim,))
        x = layers.Reshape((4, 4, 4 * width))(layers.Dense(64 * width, use_bias=False)(latents))
        for channels in (2 * width, width):
            x = function(layers.BatchNormalization()(x))
            x = layers.Conv2DTranspose(channels, 4, 2, "same", use_bias=False)(x)
        x = function(layers.BatchNormalization()(x))
        return keras.Model(latents, layers.Conv2DTranspose(3, 4, 2, "same", activation="tanh")(x))

    return build_generator


def without_input(latent_dim, width):
    return keras.Sequential(functional(latent_dim, width).layers[1:])


def upsampling(latent_dim, width):
    model = keras.Sequential([keras.Input((latent_dim,)), layers.Dense(64 * width)])
    model.add(layers.Reshape((4, 4, 4 * width)))
    for channels in (2 * width, width, 3):
        model.add(layers.UpSampling2D())
        model.add(layers.Conv2D(channels, 3, padding="same"))
    model.add(layers.Activation("tanh"))
    return model


def unbent_in_the_middle(latent_dim, width):
    latents = keras.Input((latent_dim,))
    x = layers.Reshape((4, 4, 4 * width))(layers.Dense(64 * width, use_bias=False)(latents))
    x = ops.relu(layers.BatchNormalization()(x))
    x = layers.Conv2DTranspose(2 * width, 4, 2, "same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.Conv2DTranspose(width, 4, 2, "same", use_bias=False)(x)
    x = ops.relu(layers.BatchNormalization()(x))
    return keras.Model(latents, layers.Conv2DTranspose(3, 4, 2, "same", activation="tanh")(x))


def bent_too_early(latent_dim, width):
    """With functions in place of layers."""
    x = latents = keras.Input((latent_dim,))
    x = ops.relu(layers.Dense(64 * width, use_bias=False)(x))
    x = layers.Reshape((4, 4, 4 * width))(layers.BatchNormalization()(x))
    for channels in (2 * width, width):
        x = ops.relu(layers.Conv2DTranspose(channels, 4, 2, "same", use_bias=False)(x))
        x = layers.BatchNormalization()(x)
    return keras.Model(latents, layers.Conv2DTranspose(3, 4, 2, "same", activation="tanh")(x))


def rebuilt(change):
    """The right generator with each layer passed through a function that returns layers."""

    def build_generator(latent_dim, width):
        stages = [new for each in generator()(latent_dim, width).layers for new in change(each)]
        return keras.Sequential([keras.Input((latent_dim,)), *stages])

    return build_generator


def with_dropout(stage):
    return [stage, layers.Dropout(0.3)] if isinstance(stage, layers.LeakyReLU) else [stage]


def along_the_rows(stage):
    norm = isinstance(stage, layers.BatchNormalization)
    return [layers.BatchNormalization(axis=1) if norm else stage]


def bent_twice(stage):
    return [stage, layers.ReLU()] if isinstance(stage, layers.LeakyReLU) else [stage]


def relu_first(stage):
    if isinstance(stage, layers.BatchNormalization):
        return [layers.ReLU(), stage]
    return [] if isinstance(stage, layers.LeakyReLU) else [stage]


def by_columns(image, kernel, stride, padding):
    """Rows in place of columns, in the cut."""
    result = stamps(image, kernel, stride, padding)
    return result[:, : len(result)] if padding == "same" else result


def cut_to_nothing(image, kernel, stride, padding):
    whole = stamps(image, kernel, stride, "valid")
    if padding == "valid":
        return whole
    first = (len(kernel) - stride) // 2
    last = len(kernel) - stride - first
    return whole[first:-last, first:-last]


def slerp(first, last, steps):
    """Along the arc of the vectors as they are, then scaled."""
    angle = np.arccos(first @ last / np.linalg.norm(first) / np.linalg.norm(last))
    share = np.linspace(0, 1, steps)[:, None]
    return scaled(np.sin((1 - share) * angle) * first + np.sin(share * angle) * last)


OF_ONE_CLASS = ("one_layer",)  # its numbers are those of class 0


class Subclass(keras.Model):
    def __init__(self, width, bend=None):
        super().__init__()
        self.dense = layers.Dense(64 * width, use_bias=False)
        self.width = width
        self.convolutions = [
            layers.Conv2DTranspose(c, 4, 2, "same", use_bias=c == 3) for c in (2 * width, width, 3)
        ]
        self.norms = [layers.BatchNormalization() for _ in range(3)]
        self.bend = bend or layers.ReLU()

    def call(self, latents, training=False):
        x = ops.reshape(self.dense(latents), (-1, 4, 4, 4 * self.width))
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            x = convolution(self.bend(norm(x, training=training)))
        return ops.tanh(x)

    @staticmethod
    def made(latent_dim, width, bend=None):
        model = Subclass(width, bend)
        model(np.zeros((1, latent_dim), np.float32))
        return model


def by_networks(latent_dim, width):
    return networks.dcgan_generator(latent_dim, width, kernel_size=4)


def frozen_norm(latent_dim, width):
    model = generator()(latent_dim, width)
    norm = next(each for each in model.layers if isinstance(each, layers.BatchNormalization))
    norm.trainable, norm.name = False, "norm"
    return model


def frozen(latent_dim, width):
    model = generator()(latent_dim, width)
    model.trainable = False
    return model


def seeded(latent_dim, width):
    keras.utils.set_random_seed(1)
    return generator()(latent_dim, width)


def walk_remembered():
    known = {}
    return lambda a, b, n: known.setdefault((n, len(a)), scaled(line(a, b, n)))


def walk_of_forty(first, last, steps):
    """The number of latents written out."""
    points = line(first, last, steps)
    return points * 40**0.5 / np.linalg.norm(points, axis=1, keepdims=True)


def walk_by_inner_steps(first, last, steps):
    """Leaves the ends out where there is nothing between them."""
    return scaled(line(first, last, steps))[: max(steps - 2, 0) + 2 if steps > 2 else 1]


def by_operation(image, kernel, stride, padding):
    answer = ops.conv_transpose(
        image[None].astype("float32"), kernel.astype("float32"), strides=stride, padding=padding
    )
    return ops.convert_to_numpy(answer)[0]


def by_backward_pass(image, kernel, stride, padding):
    (rows, columns, _), (k, _, out, _) = image.shape, kernel.shape
    cut = k - stride if padding == "same" else 0
    size = [(n - 1) * stride + k - cut for n in (rows, columns)]
    large = tf.zeros((1, *size, out))
    with tf.GradientTape() as tape:
        tape.watch(large)
        small = tf.nn.conv2d(large, kernel.astype("float32"), stride, padding.upper())
        total = tf.reduce_sum(small[0] * image.astype("float32"))
    return tape.gradient(total, large)[0]


def columns_cut_at_the_end(image, kernel, stride, padding):
    whole, first = stamps(image, kernel, stride, "valid"), (len(kernel) - stride) // 2
    if padding == "valid":
        return whole
    return whole[first : first + len(image) * stride, : image.shape[1] * stride]


def three_stamps(kernel, stride):
    """Adds at most three weights along a row and a column."""
    each = range(stride)
    return np.array([[kernel[a::stride, b::stride][:3, :3].sum() for b in each] for a in each])


RIGHT = {
    "walk": [
        lambda first, last, steps: scaled(line(first, last, steps)),
        walk_by_loop,
        walk_by_tensorflow,
        walk_by_keras,
    ],
    "transposed_convolution": [stamps, by_cells, by_dilation],
    "constant_answer": [phases, phases_by_padding, phases_by_layer],
    "one_layer": [numbers(), numbers(rows=26.0, most=np.int64(4), fewest=tf.constant(1))],
    "build_generator": [
        generator(),
        generator(bend=layers.ReLU, flat_norm=True),
        functional,
        nested,
        Subclass.made,
        functools.partial(Subclass.made, bend=lambda x: ops.maximum(x, 0.1 * x)),
        bent_by(ops.relu),
        generator(bend=lambda: layers.Lambda(ops.relu)),
    ],
}

WRONG = {
    "walk": [
        (line, "still to be changed"),
        (lambda a, b, n: scaled(line(a, b, n)) / 40**0.5, "have length 1"),
        (lambda a, b, n: scaled(line(a, b, n)) * 40**0.5, "have length d"),
        (
            lambda a, b, n: line(a, b, n) * 40**0.5 / np.linalg.norm(line(a, b, n)),
            "length of the whole array",
        ),
        (lambda a, b, n: scaled(line(a, b, n))[1:-1], "two ends count"),
        (lambda a, b, n: scaled(line(a, b, n, end=False)), "does not arrive"),
        (lambda a, b, n: scaled(line(b, a, n)), "from the last vector to the first"),
        (lambda a, b, n: scaled(line(a, b, n)).T, "a point is a row"),
        (walk_on_the_arc, "along an arc in equal angles"),
        (slerp, "only their length is changed afterwards"),
        (
            lambda a, b, n: line(a, b, n) * 40**0.5 / np.linalg.norm(line(a, b, n), axis=0),
            "norm(points, axis=0)",
        ),
        (
            lambda a, b, n: line(a, b, n) * 40**0.5 / np.linalg.norm(line(a, b, n), axis=1),
            "keepdims",
        ),
        (
            lambda a, b, n: scaled(line(a / np.linalg.norm(a), b / np.linalg.norm(b), n)),
            "length of the two ends first",
        ),
        (
            lambda a, b, n: scaled(line(a, b, n)) * np.linalg.norm(a) / 40**0.5,
            "as long as the first",
        ),
        (
            lambda a, b, n: np.stack([a, *scaled(line(a, b, n))[1:-1], b]),
            "kept their own",
        ),
        (lambda a, b, n: scaled(line(a, b, n)[:1]), "should have (7, 40)"),
        (walk_in_place, "argument number 2 in place"),
        (walk_remembered(), "directions of the points"),
        (walk_by_inner_steps, "For steps=2 the walk has"),
        (walk_of_forty, "For vectors of 12 numbers"),
    ],
    "transposed_convolution": [
        (by_layer, "lets Keras or TensorFlow"),
        (by_operation, "lets Keras or TensorFlow compute"),
        (by_backward_pass, "compute the convolution. Write it yourself"),
        (columns_cut_at_the_end, "the columns are not"),
        (lambda *a: stamps(*a, add=False), "must be added"),
        (lambda x, w, s, p: stamps(x, w[::-1, ::-1], s, p), "turned round"),
        (lambda x, w, s, p: stamps(x, w.transpose(1, 0, 2, 3), s, p), "kernel's rows and columns"),
        (lambda x, w, s, p: stamps(np.ones_like(x), w, s, p), "value of its input cell"),
        (lambda x, w, s, p: stamps(x, swapped(w), s, p), "axes for channels"),
        (lambda x, w, s, p: stamps(x, w, s, p) / x.shape[-1], "mean over the channels"),
        (lambda *a: stamps(*a, start=lambda cut: 0), "cut off at the end"),
        (lambda *a: stamps(*a, start=lambda cut: cut), "cut off at the start"),
        (lambda *a: stamps(*a, start=lambda cut: -(-cut // 2)), "larger part of it goes"),
        (whole_for_same, "rows · stride"),
        (cut_to_nothing, "y[a:-0] is empty"),
        (by_columns, "use the rows for the columns"),
        (lambda *a: stamps(*a)[:, :, 0], "third axis"),
        (lambda *a: stamps(*a)[None], "axis for a batch"),
        (lambda x, w, s, p: stamps(x, w, 1, p), "How many rows do stamps reach"),
        (lambda x, w, s, p: stamps(x, w, s, "same"), "should have (7, 9, 1)"),
    ],
    "constant_answer": [
        (three_stamps, "For kernel 8 and stride 2"),
        (lambda w, s: phases(w, s).T, "Rows and columns"),
        (lambda w, s: phases(np.ones_like(w), s), "counts the weights"),
        (lambda w, s: phases(w, s) / phases(np.ones_like(w), s), "mean of the weights"),
        (lambda w, s: np.full((s, s), w.sum()), "all weights of the kernel"),
        (lambda w, s: phases(w, s)[::-1, ::-1], "upside down and reversed"),
        (lambda w, s: np.roll(phases(w, s), 1, (0, 1)), "where a stamp begins"),
        (lambda w, s: w[:s, :s], "one corner"),
        (reshaped, "square blocks"),
        (lambda w, s: phases(w, s).sum(), "taken too early"),
        (lambda w, s: w, "repeat itself"),
        (lambda w, s: phases(w[: len(w) // s * s], s), "equally many"),
        (lambda w, s: phases(w, s) + (len(w) < s), "no stamp reaches"),
    ],
    "one_layer": [
        (numbers(rows=24), 'left with "same"'),
        (numbers(rows=29), "last stamp begins at row (n − 1) s"),
        (numbers(rows=22), "It is k rows long"),
        (numbers(**{"cut at the start": 2}), "both ends together"),
        (numbers(**{"cut at the start": 0}), "too many in all"),
        (numbers(weights=51_200), "biases are missing"),
        (numbers(weights=51_264), "one bias for each"),
        (numbers(weights=832), "kernel for every channel in"),
        (numbers(**{"multiply-adds": 6_553_600}), "A multiply-add is one"),
        (numbers(**{"multiply-adds": 29_491_200}), "for each output cell"),
        (numbers(**{"multiply-adds": 409_600}), "n rows and n columns"),
        (numbers(**{"multiply-adds": 51_200}), "at every input cell"),
        (numbers(most=2), '"most" is the count along a row'),
        (numbers(most=25), "only some weights reach"),
        (numbers(fewest=4), "other end"),
        (numbers(fewest=2), '"fewest": there are cells'),
        (numbers(fewest=None), "no value for 'fewest'"),
        (lambda: [26, 1, 51_232, 3_276_800, 4, 1], "dictionary"),
    ],
    "build_generator": [
        (generator(bend=lambda: layers.Activation("elu")), "the values −8, −2, 2 and 8 become -1"),
        (generator(bend=layers.PReLU), "learns its slope"),
        (generator(bend=lambda: layers.Activation("gelu")), "keeps what is above 0"),
        (generator(bend=lambda: layers.LeakyReLU(1.0)), "become -8, -2, 2, 8"),
        (generator(bend=lambda: layers.ReLU(6.0)), "However large the latents"),
        (bent_by(ops.gelu), "After the dense layer and its batch norm comes something other"),
        (functools.partial(Subclass.made, bend=ops.elu), "multiplies what is below by one number"),
        (functools.partial(Subclass.made, bend=lambda x: x), "After the dense layer there is no R"),
        (by_networks, "from Keras layers yourself"),
        (frozen_norm, "trainable is False for norm"),
        (frozen, "would never learn"),
        (seeded, "global seeds alone"),
        (generator(activation=lambda x: ops.tanh(ops.tanh(x))), "is it bent twice"),
        (generator(activation=lambda x: 0.1 * ops.tanh(x)), "beyond -0.1 and 0.1"),
        (generator(activation="sigmoid"), "No value is below 0"),
        (generator(activation="linear"), "What keeps them"),
        (generator(kernels=(5, 5, 5)), "divide it"),
        (generator(kernels=(2, 2, 2)), "too few"),
        (generator(kernels=(6, 6, 6)), "too many"),
        (generator(norms=(True, False, True)), "first transposed convolution there are 0"),
        (generator(norms=(False, True, True)), "dense layer there are 0"),
        (generator(last_norm=True), "batch norm after the last layer"),
        (generator(bias=True), "The dense layer has a bias"),
        (generator(last_bias=False), "The last layer has no bias"),
        (generator(bend=None), "After the dense layer there is no ReLU"),
        (unbent_in_the_middle, "first transposed convolution there is no ReLU"),
        (rebuilt(relu_first), "the dense layer the ReLU comes before batch norm"),
        (bent_too_early, "comes before batch norm. It is"),
        (rebuilt(with_dropout), "kind Dropout"),
        (rebuilt(along_the_rows), "axis=1"),
        (rebuilt(bent_twice), "more than one ReLU"),
        (functools.cache(generator()), "Called twice"),
        (generator(extra_dense=True), "2 dense layers"),
        (generator(times=(1, 2)), "has 32 channels"),
        (generator(fixed=32), "With width="),
        (generator(start=8, strides=(1, 2, 2)), "begins at 4 × 4"),
        (generator(strides=(2, 2, 1)), "(2, 16, 16, 3)"),
        (upsampling, "three transposed convolutions alone"),
        (without_input, "does not know its input"),
        (lambda latent_dim, width: generator()(width, width), "input has shape"),
        (lambda latent_dim, width: generator()(latent_dim, width)(np.zeros((1, 64))), "the model"),
        (lambda latent_dim, width: generator, "Keras model"),
    ],
}
