"""Answers to exercise 03: right ones of several kinds, and usual mistakes with their messages."""

import functools
import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from ganlib import networks


def plan(side, channels, convolutions, padding, up=math.ceil, bias=1, power=2, reach=1):
    weights, field, jump = 0, 1, 1
    for kernel, stride, filters in convolutions:
        side = up(side / stride) if padding == "same" else (side - kernel) // stride + 1
        weights += filters * (channels * kernel**power + bias)
        field, jump, channels = field + (kernel - reach) * jump, jump * stride, filters
    return side, weights, field


def plan_by_keras(side, channels, convolutions, padding):
    stack = [layers.Conv2D(f, k, strides=s, padding=padding) for k, s, f in convolutions]
    model = keras.Sequential([keras.Input((side, side, channels)), *stack])
    field = 1
    for kernel, stride, _ in reversed(convolutions):
        field = (field - 1) * stride + kernel
    return [np.int64(model.output_shape[1]), model.count_params(), float(field)]


def planned(**changes):
    return lambda *arguments: plan(*arguments, **changes)


def part(number, function):
    """The right plan, but for one of its three numbers."""

    def changed(side, channels, convolutions, padding):
        answer = list(plan(side, channels, convolutions, padding))
        answer[number] = function(side, channels, convolutions, padding)
        return tuple(answer)

    return changed


def field_too_early(side, channels, convolutions, padding):
    field = jump = 1
    for kernel, stride, _ in convolutions:
        jump *= stride
        field += (kernel - 1) * jump
    return field


def always(padding):
    return lambda side, channels, convolutions, _: plan(side, channels, convolutions, padding)


def softplus(logits):
    return np.logaddexp(0, logits)


def sigmoid(logits):
    return 0.5 * (1 + np.tanh(logits / 2))


def by_masks(logits, labels):
    n, loss, slope = len(labels), 0.0, np.zeros(logits.shape)
    for k, label in enumerate(labels):
        sign = -1 if label else 1
        loss += softplus(sign * logits[k, 0]) / n
        slope[k, 0] = sign * sigmoid(sign * logits[k, 0]) / n
    return loss, slope


def by_tape(logits, labels):
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.reduce_mean(
            tf.nn.sigmoid_cross_entropy_with_logits(tf.constant(labels)[:, None], logits)
        )
    return loss, tape.gradient(loss, logits)


def by_keras(logits, labels):
    logits = ops.convert_to_tensor(logits, "float32")
    labels = ops.reshape(ops.convert_to_tensor(labels, "float32"), (-1, 1))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)(labels, logits)
    return [loss, (ops.sigmoid(logits) - labels) / logits.shape[0]]


def both(loss=None, slope=None):
    """The right loss and slope, but for what becomes of softplus(x) − y x and σ(x) − y."""

    def changed(logits, labels):
        y = labels[:, None]
        right = (softplus(logits) - y * logits).mean(), (sigmoid(logits) - y) / len(y)
        return loss(logits, y) if loss else right[0], slope(logits, y) if slope else right[1]

    return changed


def naive_loss(logits, y):
    d = 1 / (1 + np.exp(-logits))
    return -(y * np.log(d) + (1 - y) * np.log(1 - d)).mean()


def naive_or_straight(logits, y):
    """The naive logarithm, and straight lines where it is known to fail."""
    sign = np.where(y == 1, -1, 1)
    d = 1 / (1 + np.exp(-np.clip(logits, -100, 100)))
    naive = -np.where(y == 1, np.log(d), np.log(1 - d))
    return np.where(abs(logits) > 100, np.maximum(sign * logits, 0), naive).mean()


def clipped_loss(logits, y):
    d = np.clip(sigmoid(logits), 1e-7, 1 - 1e-7)
    return -(y * np.log(d) + (1 - y) * np.log(1 - d)).mean()


def clipped_logit(logits, y):
    x = np.clip(logits, -50, 50)
    return (softplus(x) - y * x).mean()


def overflowing_slope(logits, y):
    return (np.exp(logits) / (1 + np.exp(logits)) - y) / len(y)


def clipped_slope(logits, y):
    return np.where(abs(logits) < 16, sigmoid(logits) - y, 0) / len(y)


def in_place(logits, labels):
    answer = by_masks(logits, labels)
    logits /= 2
    return answer


def network(
    side=64, widths=(16, 32, 64, 128), kernel=5, end=None, units=1, bend=None, padding="same",
    stride=2, extra=None, flatten=layers.Flatten, wrap=lambda layer: layer, bent=(0, 1, 2, 3),
):  # fmt: skip
    def build():
        stack = [keras.Input((side, side, 3))]
        for number, width in enumerate(widths):
            stack.append(wrap(layers.Conv2D(width, kernel, strides=stride, padding=padding)))
            if extra:
                stack.append(extra())
            if number in bent:
                stack.append((bend or (lambda: layers.LeakyReLU(0.2)))())
        return keras.Sequential([*stack, flatten(), wrap(layers.Dense(units, activation=end))])

    return build


def frozen():
    model = network()()
    model.layers[0].trainable = False
    return model


def seeded():
    keras.utils.set_random_seed(1)
    return network()()


def functional():
    images = keras.Input((64, 64, 3))
    x = images
    for width in (24, 48, 96, 128):
        x = layers.Conv2D(width, 4, strides=(2, 2), padding="same", activation="relu")(x)
        x = layers.Dropout(0.3)(layers.GroupNormalization(groups=1)(x))
    x = layers.Reshape((-1,))(x)
    return keras.Model(images, layers.Dense(1)(x))


def nested():
    body = keras.Sequential([keras.Input((64, 64, 3)), layers.Rescaling(2.0)])
    for width in (16, 32, 64, 96):
        body.add(layers.Conv2D(width, 5, 2, "same", activation="silu"))
    head = keras.Sequential([layers.Conv2D(1, 4), layers.Flatten()])
    return keras.Sequential([body, layers.Conv2D(16, 3, padding="same"), layers.ReLU(), head])


def silent():
    """A ReLU at the end whose first weights happen to make nothing but zeros."""
    model = network(end="relu")()
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel, bias - 1e9])
    return model


def norm_said_to_be_frozen():
    """In a functional model, training=True overrides what was said to a layer."""
    images = x = keras.Input((64, 64, 3))
    for width in (16, 32, 64, 128):
        x = layers.Conv2D(width, 5, strides=2, padding="same")(x)
        x = layers.BatchNormalization()(x, training=False)
        x = layers.Dropout(0.2)(layers.LeakyReLU(0.2)(x))
    return keras.Model(images, layers.Dense(1)(layers.Flatten()(x)))


class Critic(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)
        self.body = [layers.Conv2D(w, 5, 2, "same", activation="elu") for w in (16, 32, 64, 128)]

    def call(self, images, training=False):
        for layer in self.body:
            images = layer(images)
        return self.head(ops.reshape(images, (ops.shape(images)[0], -1)))


class CriticWithFixedAverages(Critic):
    """Batch norm that always takes its fixed averages."""

    def __init__(self):
        super().__init__()
        self.norms = [layers.BatchNormalization() for _ in self.body]

    def call(self, images, training=False):
        for layer, norm in zip(self.body, self.norms, strict=True):
            images = norm(layer(images), training=False)
        return self.head(ops.reshape(images, (ops.shape(images)[0], -1)))


class SpreadOfTheBatch(layers.Layer):
    """One more channel: how far the images of the batch lie apart."""

    def call(self, x):
        spread = ops.mean(ops.std(x, axis=0))
        return ops.concatenate([x, ops.zeros_like(x[..., :1]) + spread], axis=-1)


class CentredOnTheBatch(layers.Layer):
    def call(self, x, training=False):
        return x - ops.mean(x, axis=0, keepdims=True)


def weighted(weight):
    """The mean of weight times quantity; the weight from logits and the ratio of the numbers."""
    return lambda q, logits, n_real, n_fake: (weight(logits, n_real / n_fake) * q).mean(axis=0)


def real_mean(quantity, logits, n_real, n_fake):
    return np.mean(quantity * np.exp(logits) / (n_real / n_fake), axis=0)


def real_mean_by_probability(quantity, logits, n_real, n_fake):
    d = 1 / (1 + np.exp(-logits))
    return [(q * (d / (1 - d))[:, 0] * n_fake).mean() / n_real for q in quantity.T]


def real_mean_by_tanh(quantity, logits, n_real, n_fake):
    d = (1 + np.tanh(logits / 2)) / 2
    return (quantity * (d / (1 - d)) * n_fake / n_real).mean(axis=0)


def real_mean_normalised(quantity, logits, n_real, n_fake):
    weights = ops.softmax(ops.convert_to_tensor(logits, "float32"), axis=0)
    return ops.sum(weights * quantity.astype("float32"), axis=0)


def by_share(quantity, logits, n_real, n_fake):
    share = n_real / (n_real + n_fake) if n_real != n_fake else 1
    return (quantity * np.exp(logits)).mean(axis=0) * share


def empties_the_list(side, channels, convolutions, padding):
    result = plan(side, channels, list(convolutions), padding)
    while convolutions:
        convolutions.pop()
    return result


def critic_with(before=(), pool=False, start="glorot_uniform"):
    convolutions = []
    for width in (16, 32, 64, 128):
        convolutions += [layers.Conv2D(width, 5, 2, "same"), layers.LeakyReLU(0.2)]
    end = layers.GlobalAveragePooling2D() if pool else layers.Flatten()
    last = layers.Dense(1, kernel_initializer=start)
    return keras.Sequential([keras.Input((64, 64, 3)), *before, *convolutions, end, last])


def zero_at_first():
    return critic_with(start="zeros")


def pooled_at_the_end():
    return critic_with(pool=True)


def scales_twice():
    return critic_with([layers.Rescaling(1 / 127.5, -1)])


def scales_twice_by_hand():
    """With an operation in place of a layer."""
    images = keras.Input((64, 64, 3))
    return keras.Model(images, critic_with()(images / 127.5 - 1))


def from_the_library():
    return networks.dcgan_discriminator(image_shape=(64, 64, 3), width=16)


@functools.cache
def one_for_all():
    return critic_with()


class Fails(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Conv2D(8, 99)

    def call(self, images, training=False):
        return self.first(images)


def one_that_fails():
    return Fails()


def real_mean_clipped(bound):
    return lambda q, logits, n_real, n_fake: real_mean(
        q, np.clip(logits, -bound, bound), n_real, n_fake
    )


RIGHT = {
    "plan": [plan, plan_by_keras],
    "loss_and_slope": [by_masks, by_tape, by_keras, both()],
    "critic": [
        network(),
        functional,
        nested,
        Critic,
        network(wrap=layers.SpectralNormalization),
        network(extra=lambda: layers.BatchNormalization(trainable=False)),
        CriticWithFixedAverages,
        zero_at_first,
        pooled_at_the_end,
    ],
    "real_mean": [real_mean, real_mean_by_probability, real_mean_by_tanh, real_mean_normalised],
}

WRONG = {
    "plan": [
        (empties_the_list, "no pop, append or sort"),
        (always("same"), "side for the other padding"),
        (planned(up=math.floor), "round up"),
        (part(0, lambda side, *_: side), "has not changed"),
        (part(0, lambda side, c, layers, p: plan(side, c, layers[:1], p)[0]),
         "after the first layer"),
        (part(0, lambda side, c, layers, p: plan(side, c, layers, p)[0] + 1), "layer by layer"),
        (planned(bias=0), "biases are missing"),
        (planned(power=1), "A kernel is a square"),
        (part(1, lambda s, c, stack, p: sum(k * k * f + f for k, _, f in stack)), "*all* channels"),
        (part(1, lambda s, c, stack, p: sum(k * k * c * f + f for k, _, f in stack)),
         "Only the first layer"),
        (part(1, lambda s, c, stack, p: plan(s, 3, stack, p)[1]), "does not always have three"),
        (part(1, lambda s, c, stack, p: plan(s, c, stack[:1], p)[1]),
         "weights of the first layer alone"),
        (part(2, lambda s, c, stack, p: 1 + sum(k - 1 for k, _, _ in stack)), "jumps are missing"),
        (part(2, field_too_early), "the jump too early"),
        (planned(reach=0), "k − 1 jumps further"),
        (part(2, lambda *all: plan(*all)[2] - 1), "One pixel is missing"),
        (part(2, lambda s, c, stack, p: min(plan(s, c, stack, p)[2], 60)), "the field 60"),
        (part(2, lambda s, c, stack, p: min(plan(s, c, stack, p)[2], s)), "at the image's border"),
        (lambda *all: plan(*all)[0], "three numbers"),
    ],
    "loss_and_slope": [
        (lambda x, y: ((softplus(x) - y * x).mean(), (sigmoid(x) - y[:, None]) / len(y)),
         "Each logit has met"),
        (both(slope=lambda x, y: (sigmoid(x) - y[:, 0]) / len(y)),
         "The slope has the shape (n, n)"),
        (both(lambda x, y: (softplus(x) - (1 - y) * x).mean()), "have changed places: 1 is"),
        (both(lambda x, y: (softplus(x) - y * x).sum()), "added up the images"),
        (both(lambda x, y: -(softplus(x) - y * x).mean()), "is turned round: a loss"),
        (both(lambda x, y: (softplus(sigmoid(x)) - y * sigmoid(x)).mean()), "Two sigmoids"),
        (both(lambda x, y: softplus(-x[y == 1]).mean() + softplus(x[y == 0]).mean()), "and added"),
        (both(lambda x, y: (softplus(-x[y == 1]).mean() + softplus(x[y == 0]).mean()) / 2),
         "mean of two"),
        (both(lambda x, y: (y * softplus(-x)).mean()), "generated images are missing"),
        (both(lambda x, y: (softplus(x) - y * x)), "single number"),
        (both(slope=lambda x, y: sigmoid(x) - y), "has only a part"),
        (both(slope=lambda x, y: (y - sigmoid(x)) / len(y)), "The slope has the wrong sign: for"),
        (both(slope=lambda x, y: (sigmoid(x) - 1 + y) / len(y)), "In the slope real and"),
        (both(slope=lambda x, y: (sigmoid(x) - y) / (sigmoid(x) * sigmoid(-x)) / len(y)),
         "in the probability"),
        (both(slope=lambda x, y: (sigmoid(x) - y) * sigmoid(x) * sigmoid(-x) / len(y)),
         "one factor"),
        (both(slope=lambda x, y: ((sigmoid(x) - y) / len(y))[:, 0]), "axis of length 1"),
        (both(naive_loss), "the loss is NaN"),
        (both(clipped_loss), "clips the probability or the logit"),
        (both(clipped_logit), "costs 50.0 here"),
        (both(naive_or_straight), "At a logit of 50 or −50 the loss is NaN"),
        (both(slope=overflowing_slope), "the slope is NaN"),
        (both(slope=clipped_slope), "Such an image should teach"),
        (lambda x, y: (softplus(x) - y[:, None] * x).mean(), "return two things"),
        (in_place, "argument number 1 in place"),
    ],
    "critic": [
        (scales_twice, "The first layer with weights gets values from -1.0"),
        (scales_twice_by_hand, "scaled a second time"),
        (from_the_library, "calls ganlib.networks"),
        (frozen, "would never learn"),
        (seeded, "global seeds alone"),
        (one_for_all, "Called twice"),
        (one_that_fails, "the model fails: Computed output size"),
        (network(end="sigmoid"), "sigmoid at the end"),
        (network(end="tanh"), "between −1 and 1"),
        (network(end="relu"), "bent after the last"),
        (silent, "Does the last layer have an activation?"),
        (network(units=2), "one logit for each is"),
        (network(side=32), "64×64×3 the model fails"),
        (network(extra=layers.BatchNormalization), "there is batch norm"),
        (norm_said_to_be_frozen, "with training=True it takes"),
        (network(extra=CentredOnTheBatch), "also outside of training. Which layer"),
        (network(extra=SpreadOfTheBatch), "looks at the whole batch"),
        (network(bent=(1,)), "After convolution 1 of"),
        (network(bent=(0, 1, 2)), "After convolution 4 of"),
        (network(bent=(0, 3), extra=lambda: layers.Dropout(0.3)), "After convolution 2 of"),
        (network(bend=lambda: layers.Identity()), "sees only means"),
        (network(stride=1, bend=lambda: layers.MaxPooling2D(2)), "pooling layer"),
        (network(widths=(32, 64, 128)), "four convolutions with stride 2"),
        (network(padding="valid", kernel=4), "not 4 × 4"),
        (network(kernel=1, widths=(64, 128, 192, 256)), "have no influence"),
        (network(widths=(64, 128, 256, 512)), "Make it fewer"),
        (network(kernel=3), "Make it more"),
        (lambda: [layers.Dense(1)], "value of type list"),
        (lambda: network, "value of type function"),
    ],
    "real_mean": [
        (real_mean_clipped(10), "Does something clip"),
        (real_mean_clipped(20), "about -21"),
        (lambda q, *_: q.mean(axis=0), "as they are"),
        (weighted(lambda x, _: sigmoid(x)), "weighted with the probabilities"),
        (weighted(lambda x, _: np.exp(-x)), "turned round"),
        (weighted(lambda x, _: x), "weighted with the logits"),
        (lambda q, x, *_: (q * np.exp(x)).sum(axis=0), "An expectation is a mean"),
        (lambda q, x, *_: np.full(3, (q * np.exp(x)).mean()), "they stay apart"),
        (lambda q, x, *_: (q * np.exp(x)).mean(), "taken too early"),
        (weighted(lambda x, _: np.exp(x)), "your weights take that over"),
        (weighted(lambda x, share: np.exp(x) * share), "wrong direction"),
        (by_share, "The correction is not the share of the real"),
    ],
}  # fmt: skip
