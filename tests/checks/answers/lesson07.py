"""Answers to exercise 07: right ones of several kinds, and usual mistakes with their messages."""

import json
import math
import os
import pathlib
import pickle
import shutil
import tempfile

import numpy as np
import tensorflow as tf
from keras import ops


def count(kind, given, made, size=None):
    places = {"dense": (), "convolution": made[:-1], "transposed": given[:-1]}[kind]
    kernel = given[-1] * made[-1] * (size or 1) ** 2
    return kernel * math.prod(places)


def count_by_keras(kind, given, made, size=None):
    kernel = np.zeros((size or 1, size or 1, given[-1], made[-1]))
    if kind == "dense":
        return kernel.size
    height, width = (given if kind == "transposed" else made)[:2]
    return np.float64(kernel.size * height * width)


def counted_at(wrong):
    """Counts the places at the wrong side for one kind."""

    def answer(kind, given, made, size=None):
        if kind == wrong:
            given, made = (*made[:-1], given[-1]), (*given[:-1], made[-1])
        return count(kind, given, made, size)

    return answer


def with_stride_two(kind, given, made, size=None):
    """Takes the places of the larger side, divided by four."""
    if kind == "dense":
        return count(kind, given, made)
    height, width = max(given[0], made[0]), max(given[1], made[1])
    return given[-1] * made[-1] * size**2 * height * width // 4


def square(kind, given, made, size=None):
    rows = {"dense": 1, "convolution": made[0], "transposed": given[0]}[kind]
    return given[-1] * made[-1] * (size or 1) ** 2 * rows**2


def step(g, d, k, draws=1, of_g=2, of_update=6, of_d=2, spared_g=1, spared_d=2, spared_once=0):
    each = draws * sum(g) + of_update * sum(d) - spared_d * d[0]
    return k * each + of_g * sum(g) + of_d * sum(d) - spared_g * g[0] - spared_once * d[0]


def step_with(**changes):
    return lambda g, d, k: step(g, d, k, **changes)


def step_by_table(g, d, d_steps):
    forward_g, forward_d = g.sum(), d.sum()
    total = 0
    for _ in range(d_steps):
        total += forward_g + 2 * (forward_d + forward_d + d[1:].sum())
    return total + 2 * forward_d + forward_g + g[1:].sum()


def parts(discriminator, images):
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = discriminator(images)
    return tf.reduce_sum(tape.gradient(logits, images) ** 2, axis=(1, 2, 3))


def by_maximum(discriminator, images):
    squares = parts(discriminator, images)
    norms = tf.sqrt(tf.maximum(squares, 1e-12))
    return tf.reduce_mean(squares), tf.reduce_mean((norms - 1) ** 2)


def by_sum(discriminator, images):
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = ops.sum(discriminator(images, training=True))
    flat = ops.reshape(tape.gradient(total, images), (len(images), -1))
    squares = ops.sum(ops.square(flat), axis=1, keepdims=True)
    return [ops.mean(squares), ops.mean(ops.square(ops.sqrt(squares + 1e-8) - 1))]


def by_norm_over_three_axes(discriminator, images):
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = ops.sum(discriminator(images, training=True))
    norms = tf.norm(tape.gradient(total, images), axis=(1, 2, 3))
    return ops.mean(norms**2), ops.mean((norms - 1) ** 2)


def by_images(discriminator, images):
    squares = []
    for number in range(len(images)):
        image = images[number : number + 1]
        with tf.GradientTape() as tape:
            tape.watch(image)
            logit = discriminator(image)[0, 0]
        squares.append(tf.norm(tape.gradient(logit, image) + 1e-9) ** 2)
    squares = tf.stack(squares)
    there = squares > 0
    norms = tf.where(there, tf.sqrt(tf.where(there, squares, 1.0)), 0.0)
    return tf.reduce_mean(squares), tf.reduce_mean((norms - 1) ** 2)


def penalised(r1=tf.reduce_mean, other=None, floor=1e-12):
    """Penalties with something else done to the squared norms of the images."""
    other = other or (lambda norms: tf.reduce_mean((norms - 1) ** 2))

    def penalties(discriminator, images):
        squares = parts(discriminator, images)
        return r1(squares), other(tf.sqrt(squares + floor))

    return penalties


def of_pixels(axis):
    def penalties(discriminator, images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = discriminator(images)
        squares = tf.reduce_sum(tape.gradient(logits, images) ** 2, axis=axis)
        norms = tf.sqrt(squares + 1e-12)
        return tf.reduce_mean(squares), tf.reduce_mean((norms - 1) ** 2)

    return penalties


def norm_of_channels(discriminator, images):
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = discriminator(images)
    squares = tape.gradient(logits, images) ** 2
    norms = tf.sqrt(tf.reduce_sum(squares, axis=(1, 2)) + 1e-12)
    r1 = tf.reduce_mean(tf.reduce_sum(squares, axis=(1, 2, 3)))
    return r1, tf.reduce_mean((norms - 1) ** 2)


def of_what(change):
    """The gradient of something else than the logits."""

    def penalties(discriminator, images):
        return by_maximum(lambda images: change(discriminator(images)), images)

    return penalties


def cut(discriminator, images):
    r1, one_norm = by_maximum(discriminator, images)
    return r1, one_norm.numpy()


def cut_within(discriminator, images):
    r1, one_norm = by_maximum(discriminator, images)
    return r1, (one_norm + tf.stop_gradient(one_norm)) / 2


def by_norm(discriminator, images):
    squares = parts(discriminator, images)
    norms = tf.norm(tf.reshape(tf.sqrt(squares), (-1, 1)), axis=1)
    return tf.reduce_mean(squares), tf.reduce_mean((norms - 1) ** 2)


def unwatched(discriminator, images):
    with tf.GradientTape() as tape:
        logits = discriminator(images)
    squares = tf.reduce_sum(tape.gradient(logits, images) ** 2, axis=(1, 2, 3))
    return tf.reduce_mean(squares), tf.reduce_mean((tf.sqrt(squares) - 1) ** 2)


def unwatched_squared(discriminator, images):
    with tf.GradientTape() as tape:
        logits = discriminator(images)
    squares = ops.sum(ops.square(tape.gradient(logits, images)), axis=(1, 2, 3))
    return ops.mean(squares), ops.mean((ops.sqrt(squares) - 1) ** 2)


def outside(discriminator, images):
    logits = discriminator(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
    squares = tf.reduce_sum(tf.square(tape.gradient(logits, images)), axis=(1, 2, 3))
    return tf.reduce_mean(squares), tf.reduce_mean((tf.sqrt(squares) - 1) ** 2)


def by_where(discriminator, images):
    squares = parts(discriminator, images)
    norms = tf.where(squares > 0, squares**0.5, 0.0)
    return tf.reduce_mean(squares), tf.reduce_mean((norms - 1) ** 2)


def scaled(weights, gradients, scale, learning_rate):
    gradients = gradients.astype(np.float32) / scale
    if not np.isfinite(gradients).all():
        return weights, scale / 2
    return weights - learning_rate * gradients, scale


def scaled_below_the_largest(weights, gradients, scale, learning_rate):
    if not np.all(np.abs(gradients) < 65504):
        return weights, scale / 2
    return scaled(weights, gradients, scale, learning_rate)


def scaled_by_tensorflow(weights, gradients, scale, learning_rate):
    gradients = tf.cast(gradients, tf.float32) / scale
    fine = tf.reduce_all(tf.math.is_finite(gradients))
    new = tf.where(fine, weights - learning_rate * gradients, weights)
    return [new, tf.where(fine, scale, scale / 2)]


def scaled_by_sum(weights, gradients, scale, learning_rate):
    gradients = np.float64(gradients) * (1 / scale)
    if abs(gradients.sum()) < np.inf:
        return np.float32(weights - learning_rate * gradients).tolist(), scale
    return weights.tolist(), 0.5 * scale


def scaled_unless_sum_overflows(weights, gradients, scale, learning_rate):
    if not np.isfinite(gradients.sum()):
        return weights, scale / 2
    return scaled(weights, gradients, scale, learning_rate)


def scaled_in_double(weights, gradients, scale, learning_rate):
    weights, scale = scaled(weights, gradients, scale, learning_rate)
    return weights.astype(np.float64), scale


def faulty(weights, gradients, scale, learning_rate):
    gradients = gradients / scale
    if np.isnan(gradients).any():
        scale = scale / 2
    return weights - learning_rate * gradients, scale


def divides_in_half(weights, gradients, scale, learning_rate):
    gradients = (gradients / np.float16(scale)).astype(np.float32)
    return weights - learning_rate * gradients, scale


def scaled_where(weights, gradients, scale, learning_rate):
    gradients = np.float32(gradients) / scale
    fine = np.isfinite(gradients)
    new = np.where(fine, weights - learning_rate * gradients, weights)
    return new, scale if fine.all() else scale / 2


def scaled_unless(test=lambda g: not np.isfinite(g).all(), then=lambda scale: scale / 2, fill=None):
    def step(weights, gradients, scale, learning_rate):
        gradients = np.float32(gradients) / scale
        if test(gradients):
            if fill is None:
                return weights, then(scale)
            gradients, scale = fill(gradients), then(scale)
        return weights - learning_rate * gradients, scale

    return step


def save(state, path):
    with open(path + ".new", "wb") as file:
        pickle.dump(state, file)
    os.replace(path + ".new", path)


def save_in_place(state, path):
    with open(path, "wb") as file:
        pickle.dump(state, file)


def save_by_removing(state, path):
    with open(path + ".new", "wb") as file:
        pickle.dump(state, file)
    if os.path.exists(path):
        os.remove(path)
    os.rename(path + ".new", path)


def save_by_moving_away(state, path):
    if os.path.exists(path):
        shutil.move(path, path + ".old")
    with open(path, "wb") as file:
        pickle.dump(state, file)
    pathlib.Path(path + ".old").unlink(missing_ok=True)


def save_before_it_is_whole(state, path):
    """The bytes go through a file that no longer has its name."""
    with open(path + ".new", "wb") as file:
        os.replace(path + ".new", path)
        pickle.dump(state, file)


def save_before_it_is_closed(state, path):
    """All is written, but not yet to the disk, when the file gets its name."""
    with open(path + ".new", "wb") as file:
        pickle.dump(state, file)
        pathlib.Path(path + ".new").replace(path)


def save_and_keep(state, path):
    """The checkpoint before stays as another whole file."""
    if os.path.exists(path):
        shutil.copy(path, path + ".old")
    save(state, path)


def save_with_fallback(state, path):
    """The old one is moved away first; there is a moment without a file at path."""
    with open(path + ".new", "wb") as file:
        pickle.dump(state, file)
    if os.path.exists(path):
        os.replace(path, path + ".old")
    os.replace(path + ".new", path)


def train_with_fallback(training, path, until, every):
    for name in (path, path + ".old"):
        if os.path.exists(name):
            vars(training).update(load(name))
            break
    return train_by(save=save_with_fallback, restore=False)(training, path, until, every)


def save_by_tofile(state, path):
    """Written by a library that opens files by itself."""
    data = np.frombuffer(pickle.dumps(state), np.uint8)
    data.tofile(path)


def load(path):
    with open(path, "rb") as file:
        return pickle.load(file)


def train_by(save=save, keep=None, restore=True, more=False, when=None):
    """A training with something changed: how to save, what, when, and what to do with it."""

    def train(training, path, until, every):
        if restore and os.path.exists(path):
            vars(training).update(load(path))
        if more:
            until += training.step
        while training.step < until:
            training.move()
            if (when or (lambda step, until: step % every == 0))(training.step, until):
                state = {name: vars(training)[name] for name in keep or vars(training)}
                save(state, path)
        return training

    return train


def train_by_savez(training, path, until, every):
    if os.path.exists(path):
        with np.load(path) as held:
            training.step = int(held["step"])
            training.weights = list(held["weights"])
            training.momentum = list(held["momentum"])
            training.average = held["average"]
            training.rng.bit_generator.state = json.loads(str(held["rng"]))
    while training.step < until:
        training.move()
        if training.step % every == 0:
            with open(f"{path}.new", "wb") as file:
                np.savez(
                    file,
                    step=training.step,
                    weights=np.array(training.weights),
                    momentum=np.array(training.momentum),
                    average=training.average,
                    rng=json.dumps(training.rng.bit_generator.state),
                )
            pathlib.Path(f"{path}.new").rename(path)
    return training


def train_by_pickling_all(training, path, until, every):
    """Another object comes back, and the file has a name of its own each time."""
    path = pathlib.Path(path)
    if path.exists():
        training = pickle.loads(path.read_bytes())
    for step in range(training.step + 1, until + 1):
        training.move()
        if not step % every:
            handle, name = tempfile.mkstemp(dir=path.parent)
            os.close(handle)
            pathlib.Path(name).write_bytes(pickle.dumps(training))
            shutil.move(name, path)
    return training


def train_and_forgive(training, path, until, every):
    """A full disk does not stop the training."""
    if os.path.exists(path):
        training.__dict__ = load(path)
    while training.step < until:
        training.move()
        if training.step % every == 0:
            try:
                save(vars(training), path)
            except OSError:
                pass
    return training


def train_with_two_files(training, path, until, every):
    if os.path.exists(path):
        vars(training).update(load(path))
        vars(training).update(load(path + ".rng"))
    while training.step < until:
        training.move()
        if training.step % every == 0:
            save({"rng": training.rng}, path + ".rng")
            save({name: each for name, each in vars(training).items() if name != "rng"}, path)
    return training


def save_elsewhere(state, path):
    """The spare file lies in the folder of the computer for such files."""
    handle, name = tempfile.mkstemp()
    os.close(handle)
    save_in_place(state, name)
    os.replace(name, path)


def train_with_a_file_elsewhere(training, path, until, every):
    """The random generator's state lies in a file of its own, outside the folder of path."""
    beside = os.path.join(tempfile.gettempdir(), f"rng-of-{os.getpid()}")
    if os.path.exists(path):
        vars(training).update(load(path))
        vars(training).update(load(beside))
    while training.step < until:
        training.move()
        if training.step % every == 0:
            save({"rng": training.rng}, beside)
            save({name: each for name, each in vars(training).items() if name != "rng"}, path)
    return training


def save_exclusively(state, path):
    """Refuses to write over a spare file that was left behind."""
    with open(path + ".new", "xb") as file:
        pickle.dump(state, file)
    os.replace(path + ".new", path)


def train_until_equal(training, path, until, every):
    if os.path.exists(path):
        vars(training).update(load(path))
    while training.step != until:
        training.move()
        if training.step % every == 0:
            save(vars(training), path)
    return training


def train_by_counter(training, path, until, every):
    """Counts the steps since it was called."""
    if os.path.exists(path):
        vars(training).update(load(path))
    made = 0
    while training.step < until:
        training.move()
        made += 1
        if made % every == 0:
            save(vars(training), path)
    return training


def train_every_ten(training, path, until, every):
    return train_by()(training, path, until, 10)


def train_elsewhere(training, path, until, every):
    while training.step < until:
        training.move()
    np.savez(path, training.weights)
    return training


ALL = ("step", "weights", "momentum", "average", "rng")


def without(name):
    return train_by(keep=[each for each in ALL if each != name])


RIGHT = {
    "multiplications": [count, count_by_keras],
    "step_multiplications": [step, step_by_table],
    "penalties": [by_maximum, by_sum, by_images],
    "scaled_step": [scaled, scaled_by_tensorflow, scaled_by_sum, scaled_unless()],
    "train": [
        train_by(),
        train_by_savez,
        train_by_pickling_all,
        train_and_forgive,
        train_by(save=save_and_keep),
    ],
}

WRONG = {
    "multiplications": [
        (with_stride_two, "with stride 3 you count as if it were 2"),
        (counted_at("convolution"), "'convolution': you counted the places of the input"),
        (counted_at("transposed"), "'transposed': you counted the places of the output"),
        (lambda *shapes: 2 * count(*shapes), "multiplications and additions"),
        (lambda kind, given, made, s: count("dense", given, made, s), "number of weights"),
        (lambda kind, given, made, s: count(kind, given, made, s) // (s or 1), "one side only"),
        (lambda kind, given, made, s: count(kind, given, made, 1), "s by s weights"),
        (lambda kind, given, made, s: count(kind, given, (*made[:-1], 1), s) * (
            made[-1] if kind == "dense" else 1), "output channels are missing"),
        (lambda kind, given, made, s: count(kind, (*given[:-1], 1), made, s) * (
            given[-1] if kind == "dense" else 1), "input channels are missing"),
        (square, "you squared the height"),
        (lambda kind, given, made, s: count(kind, given, made, s) + made[-1], "counted the biases"),
        (lambda kind, given, made, s: given[-1] + made[-1], "each of the k units"),
    ],
    "step_multiplications": [
        (lambda g, d, k: step(g, d, 1), "d_steps changes nothing"),
        (lambda g, d, k: k * step(g, d, 1), "repeated the whole step"),
        (step_with(spared_g=0, spared_d=0), "Both first layers go all the way back"),
        (step_with(spared_g=0), "what G's first layer saves"),
        (step_with(spared_d=0), "with respect to the images"),
        (step_with(spared_d=1), "for the real and for the generated"),
        (step_with(spared_once=1), "or G would learn nothing"),
        (lambda g, d, k: step(g, d, k) + 2 * (k - 1) * d[0], "in each of D's updates"),
        (step_with(of_g=3), "takes those of D's last update"),
        (step_with(of_g=0), "G goes back as well"),
        (lambda g, d, k: step(g, d, k) - (k - 1) * sum(g), "G draws every time"),
        (step_with(of_d=3), "nobody needs the gradients of D's weights"),
        (step_with(of_d=1), "looks at the image, and then goes back"),
        (step_with(of_update=3), "a real and a generated one"),
        (lambda g, d, k: g + d[0], "single number"),
    ],
    "penalties": [
        (penalised(r1=lambda s: tf.reduce_mean(tf.sqrt(s))), "a root too many"),
        (of_what(tf.reduce_mean), "too small by n²"),
        (by_norm_over_three_axes, "'axis' must be None, an integer"),
        (penalised(r1=lambda s: tf.reduce_mean(s) / 2), "half of R1"),
        (penalised(r1=tf.reduce_sum), "you added them up"),
        (of_pixels((0, 1, 2, 3)), "R1 is a mean over the images"),
        (of_pixels((3,)), "over the channels alone"),
        (of_pixels((1, 2)), "Which axis is the channels'"),
        (norm_of_channels, "The penalty's norm goes over height and width"),
        (of_what(tf.sigmoid), "gradient of a probability"),
        (lambda d, x: by_maximum(d, x)[::-1], "changed places"),
        (penalised(other=lambda n: (tf.reduce_mean(n) - 1) ** 2), "too early"),
        (penalised(other=lambda n: tf.reduce_mean((n**2 - 1) ** 2)), "squared norm with 1"),
        (penalised(other=lambda n: tf.reduce_mean(n - 1)), "is not squared"),
        (penalised(other=lambda n: tf.reduce_mean(tf.abs(n - 1))), "distance from 1"),
        (penalised(other=lambda n: tf.reduce_mean(tf.nn.relu(n - 1) ** 2)),
         "0 for all norms below"),
        (penalised(other=lambda n: tf.reduce_sum((n - 1) ** 2)), "The penalty is a mean"),
        (cut, "is missing, so that D cannot learn"),
        (cut_within, "D's weights is not right"),
        (penalised(floor=0.0), "or infinite: after one step"),
        (by_norm, "slope of the root at 0"),
        (unwatched, "only after tape.watch(images)"),
        (unwatched_squared, "gave None: a tape follows variables by itself"),
        (outside, "must be computed inside the tape"),
        (by_where, "its gradient in D's weights is NaN"),
        (penalised(floor=1e-4), "far smaller"),
        (lambda d, x: by_maximum(d, x)[0], "return two numbers"),
        (lambda d, x: (parts(d, x), parts(d, x)), "should be a single number"),
    ],
    "scaled_step": [
        (scaled_below_the_largest, "largest number of float16 and still finite"),
        (faulty, "computed in float16: of 1e-8, 2e-8 and 3e-8 there remain 0, 0 and 6e-8"),
        (scaled_unless_sum_overflows, "your test overflowed itself"),
        (scaled_in_double, "the new weights are float64"),
        (divides_in_half, "In which dtype do you divide"),
        (lambda w, g, s, rate: (w - rate * np.float32(g), s), "still carry the scale"),
        (lambda w, g, s, rate: (w - rate * np.float32(g) * s, s), "multiplied by the scale"),
        (lambda w, g, s, rate: (w + rate * np.float32(g) / s, s), "climbs"),
        (lambda w, g, s, rate: (w - np.float32(g) / s, s), "learning rate is missing"),
        (lambda w, g, s, rate: (scaled(w, g, s, rate)[0], s / 2), "though nothing overflowed"),
        (lambda w, g, s, rate: (scaled(w, g, s, rate)[0].astype(np.float16), s),
         "rounded to float16"),
        (scaled_unless(test=lambda g: np.isnan(g).any()), "inf or NaN, for ever"),
        (scaled_unless(test=lambda g: False), "Which gradients does your test find"),
        (scaled_where, "left out that one alone"),
        (scaled_unless(
            fill=lambda g: np.nan_to_num(g, posinf=65504 / 2**15, neginf=-65504 / 2**15)),
         "Nobody knows the right one"),
        (scaled_unless(then=lambda scale: scale), "overflows again"),
        (scaled_unless(then=lambda scale: 2 * scale), "fall, not grow"),
        (scaled_unless(then=lambda scale: 1.0), "falls to 1 at once"),
        (lambda w, g, s, rate: scaled(w, g, s, rate)[0], "return two things"),
    ],
    "train": [
        (without("rng"), "it begins anew, so that the same latents"),
        (without("momentum"), "the momentum, the optimizer's state"),
        (without("average"), "the average of the weights"),
        (without("weights"), "the weights are not"),
        (without("step"), "though with the weights of step 20"),
        (train_by(restore=False), "Does it read the file before"),
        (train_by(more=True), "until is the step at which to stop"),
        (train_by(when=lambda step, until: step == until), "at the end alone"),
        (train_by(when=lambda step, until: True), "after the steps 1, 2, 3, 4 and more"),
        (train_by(when=lambda step, until: step % 10 == 1), "after the steps 1, 11, 21."),
        (train_by(save=save_in_place), "it cannot read the file ("),
        (train_by(save=save_before_it_is_whole), "The disk was full"),
        (train_by(save=save_by_removing), "after the old file was removed"),
        (train_by(save=save_by_moving_away), "The old checkpoint must stay whole"),
        (train_by(save=save_by_tofile), "It writes over the old checkpoint"),
        (train_with_two_files, "The folder holds 2 files"),
        (train_by(save=save_before_it_is_closed), "in memory, and path held 0 bytes"),
        (train_with_fallback, "No file is at path then"),
        (train_by(save=save_elsewhere), "is written in another folder"),
        (train_with_a_file_elsewhere, "kept elsewhere than in the file at path"),
        (train_until_equal, "would never end there"),
        (train_by_counter, "it writes after the steps 25, 35"),
        (train_every_ten, "With every=5 and until=15 it writes after the steps 10"),
        (train_by(save=save_exclusively), "opened with 'x' must not exist"),
        (train_elsewhere, "np.savez adds an ending"),
        (lambda training, path, until, every: path, "return the training"),
        (lambda training, path, until, every: training, "It makes no step"),
    ],
}  # fmt: skip
