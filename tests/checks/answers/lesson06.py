"""Answers to exercise 06: right ones of several kinds, and usual mistakes with their messages."""

import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ganlib.checks.lesson06 import play

play._players()  # the first networks of a process take their time


def pixels(images):
    return np.clip(np.rint((images + 1) * 127.5), 0, 255).astype(np.uint8)


def pixels_by_tensorflow(images):
    values = tf.round((tf.constant(images) + 1) * 127.5)
    return tf.cast(tf.clip_by_value(values, 0, 255), tf.uint8)


def pixels_by_half(images):
    return (np.clip(images, -1, 1) * 127.5 + 128).astype("uint8")


def pixels_by_keras(images):
    return ops.cast(ops.clip(ops.round(images * 127.5 + 127.5), 0, 255), "uint8")


def unclipped(images):
    return np.rint((images + 1) * 127.5).astype(int).astype(np.uint8)


def stretched(images):
    low, high = images.min(), images.max()
    return np.rint((images - low) / (high - low) * 255).astype(np.uint8)


def in_place(images):
    images += 1
    return pixels(images - 1)


def scaled(images):
    return images.astype(np.float32) / 127.5 - 1


def make_batch(order, scale=scaled):
    """A batch function from an order: a function of n, seed and epoch."""

    def batch(images, step, batch_size, seed):
        orders, rows = {}, []
        for place in range(step * batch_size, (step + 1) * batch_size):
            epoch, inside = divmod(place, len(images))
            if epoch not in orders:
                orders[epoch] = np.asarray(order(len(images), seed, epoch))
            rows.append(orders[epoch][inside])
        return scale(images[rows])

    return batch


def by_pair(n, seed, epoch):
    return np.random.default_rng([seed, epoch]).permutation(n)


def by_tensorflow(n, seed, epoch):
    return tf.random.experimental.stateless_shuffle(tf.range(n), seed=[seed, epoch])


def epochs_end_to_end(images, step, batch_size, seed):
    """All epochs that a batch may touch, and a piece of them."""
    n, start = len(images), step * batch_size
    first, last = start // n, (start + batch_size - 1) // n
    row = tf.concat([by_tensorflow(n, seed, epoch) for epoch in range(first, last + 1)], 0)
    inside = row[start - first * n :][:batch_size]
    return tf.cast(tf.gather(images, inside), tf.float32) / 127.5 - 1


def one_after_the_other(images, step, batch_size, seed):
    """Takes what the epoch has left, and begins the next as often as it must."""
    n, taken = len(images), []
    epoch, inside = divmod(step * batch_size, n)
    while len(taken) < batch_size:
        taken += list(by_pair(n, seed, epoch)[inside:][: batch_size - len(taken)])
        epoch, inside = epoch + 1, 0
    return scaled(images[np.array(taken)])


def as_in_the_lesson(images, step, batch_size, seed, steps=None):
    """The epoch's last batch is smaller."""
    epoch, place = divmod(step, steps or -(-len(images) // batch_size))
    order = by_pair(len(images), seed, epoch)
    return scaled(images[order[place * batch_size : (place + 1) * batch_size]])


def drops_the_last(images, step, batch_size, seed):
    steps = max(1, len(images) // batch_size)
    return as_in_the_lesson(images, step, batch_size, seed, steps)


def adds_one(images, step, batch_size, seed):
    return as_in_the_lesson(images, step, batch_size, seed, len(images) // batch_size + 2)


def fills_from_its_own_epoch(images, step, batch_size, seed):
    n = len(images)
    epoch, place = divmod(step, -(-n // batch_size))
    inside = np.arange(place * batch_size, (place + 1) * batch_size) % n
    return scaled(images[by_pair(n, seed, epoch)[inside]])


def begins_the_next_again(images, step, batch_size, seed):
    n = len(images)
    epoch, place = divmod(step, -(-n // batch_size))
    both = np.concatenate([by_pair(n, seed, epoch), by_pair(n, seed, epoch + 1)])
    return scaled(images[both[place * batch_size : (place + 1) * batch_size]])


def of_two_epochs(images, step, batch_size, seed):
    """No batch reaches into a third epoch, though a large one should."""
    n = len(images)
    epoch, inside = divmod(step * batch_size, n)
    both = np.concatenate([by_pair(n, seed, epoch), by_pair(n, seed, epoch + 1)])
    return scaled(images[both[(inside + np.arange(batch_size)) % (2 * n)]])


def minds_the_size(images, step, batch_size, seed):
    def order(n, seed, epoch):
        return np.random.default_rng([seed, epoch, batch_size]).permutation(n)

    return make_batch(order)(images, step, batch_size, seed)


def rotated(n, seed, epoch):
    return np.roll(np.arange(n), np.random.default_rng([seed, epoch]).integers(1, n))


def rotated_shuffle(n, seed, epoch):
    return np.roll(by_pair(n, seed, 0), 2 * epoch)


def mixed(by_seed, by_epoch):
    return make_batch(lambda n, seed, epoch: by_pair(n, 0, by_seed * seed + by_epoch * epoch))


def by_hash(n, seed, epoch):
    return sorted(
        range(n), key=lambda each: hashlib.md5(f"{seed} {epoch} {each}".encode()).digest()
    )


def with_replacement(images, step, batch_size, seed):
    rows = np.random.default_rng([seed, step]).integers(0, len(images), batch_size)
    return scaled(images[rows])


def each_by_itself(images, step, batch_size, seed):
    rows = np.random.default_rng([seed, step]).permutation(len(images))
    return scaled(images[np.resize(rows, batch_size)])


def shuffles_batches(n, seed, epoch):
    """Sixes that stay together."""
    sixes = [list(range(place, min(n, place + 6))) for place in range(0, n, 6)]
    order = np.random.default_rng([seed, epoch]).permutation(len(sixes))
    return [each for place in order for each in sixes[place]]


def shuffles_in_place(images, step, batch_size, seed):
    epoch, inside = divmod(step * batch_size, len(images))
    np.random.default_rng([seed, epoch]).shuffle(images)
    return scaled(images[inside : inside + batch_size])


def softplus(x):
    return np.logaddexp(0, x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def d_part(real, fake):
    return softplus(-real).mean() + softplus(fake).mean()


def g_part(fake):
    return softplus(-fake).mean()


def soft(label, logits):
    return label * softplus(-logits).mean() + (1 - label) * softplus(logits).mean()


def losses(real, fake, label=1.0):
    return soft(label, real) + softplus(fake).mean(), g_part(fake)


def losses_by_keras(real, fake, label=1.0):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    on_real, on_fake = loss(label * tf.ones_like(real), real), loss(tf.zeros_like(fake), fake)
    return on_real + on_fake, loss(tf.ones_like(fake), fake)


def losses_by_tensorflow(real, fake, label=1.0):
    def loss(label, logits):
        labels = tf.fill(logits.shape, label)
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))

    return [loss(label, real) + loss(0.0, fake), loss(1.0, fake)]


def losses_by_slope(real, fake, label=1.0):
    """softplus(−l) + (1 − label) l, for softplus(l) − softplus(−l) is l."""
    on_real = (softplus(-real) + (1 - label) * real).mean()
    return on_real + softplus(fake).mean(), g_part(fake)


def losses_by_sigmoid(real, fake, label=1.0):
    real, fake = (np.float64(sigmoid(logits)) for logits in (real, fake))
    on_real = -label * np.log(real) - (1 - label) * np.log(1 - real)
    return on_real.mean() - np.log(1 - fake).mean(), -np.log(fake).mean()


def clipped(real, fake, label=1.0):
    return losses(*(np.clip(logits, -50, 50) for logits in (real, fake)), label)


def of_d(d_loss):
    """Losses with this one for D, which knows no label."""
    return lambda real, fake, label=1.0: (d_loss(real, fake), g_part(fake))


def of_g(g_loss):
    """Losses with this one for G."""
    return lambda real, fake, label=1.0: (losses(real, fake, label)[0], g_loss(real, fake, label))


def softened(d_loss):
    """Losses with this one for D, a function of the label too."""
    return lambda real, fake, label=1.0: (d_loss(real, fake, label), g_part(fake))


def d_loss_of(real_logits, fake_logits):
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def g_loss_of(fake_logits):
    return ops.mean(ops.softplus(-fake_logits))


def step(
    d_loss=d_loss_of,
    g_loss=g_loss_of,
    d_training=True,
    g_training=True,
    returned=lambda d_loss, g_loss: (d_loss, g_loss),
    d_weights=None,
    d_sign=1,
    repeat=1,
    flags=(True, True, True),
):
    """A step of both at once; where a flag differs from player to player, G draws for each."""

    def train_step(generator, discriminator, g_optimizer, d_optimizer, real, latents):
        once = d_training == g_training and flags[1] == flags[2]
        with tf.GradientTape(persistent=True) as tape:
            fake = generator(latents, training=d_training)
            fake_logits = discriminator(fake, training=flags[1])
            loss_of_d = d_loss(discriminator(real, training=flags[0]), fake_logits)
            if not once:
                fake = generator(latents, training=g_training)
                fake_logits = discriminator(fake, training=flags[2])
            loss_of_g = g_loss(fake_logits)
        weights = (d_weights or (lambda g, d: d.trainable_variables))(generator, discriminator)
        for_d = [d_sign * each for each in tape.gradient(loss_of_d, weights)]
        for_g = tape.gradient(loss_of_g, generator.trainable_variables)
        for _ in range(repeat):
            d_optimizer.apply(for_d, weights)
        g_optimizer.apply(for_g, generator.trainable_variables)
        return returned(loss_of_d, loss_of_g)

    return train_step


@tf.function
def step_compiled(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    """Two tapes, of which the inner one ends before G's loss."""
    with tf.GradientTape() as g_tape:
        fake = generator(latents, training=True)
        with tf.GradientTape() as d_tape:
            fake_logits = discriminator(fake, training=True)
            d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
        g_loss = g_loss_of(fake_logits)
    for_d = d_tape.gradient(d_loss, discriminator.trainable_weights)
    for_g = g_tape.gradient(g_loss, generator.trainable_weights)
    d_optimizer.apply_gradients(zip(for_d, discriminator.trainable_weights, strict=True))
    g_optimizer.apply_gradients(zip(for_g, generator.trainable_weights, strict=True))
    return d_loss, g_loss


def step_with_two_tapes(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    """Two tapes in one with statement; G moves first."""
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
        fake = generator(latents, training=True)
        on_real = discriminator(real, training=True)
        on_fake = discriminator(fake, training=True)
        d_loss = loss(tf.ones_like(on_real), on_real) + loss(tf.zeros_like(on_fake), on_fake)
        g_loss = loss(tf.ones_like(on_fake), on_fake)
    weights = generator.trainable_variables
    gradients = g_tape.gradient(g_loss, weights)
    for_d = d_tape.gradient(d_loss, discriminator.trainable_variables)
    g_optimizer.apply(gradients, weights)
    d_optimizer.apply(for_d, discriminator.trainable_variables)
    return [d_loss.numpy(), g_loss.numpy()]


def step_with_one_list(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    """Moves D before it asks for the gradient of G: the tape remembers the old weights."""
    with tf.GradientTape(persistent=True) as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
        g_loss = g_loss_of(fake_logits)
    for loss, player, optimizer in (
        (d_loss, discriminator, d_optimizer),
        (g_loss, generator, g_optimizer),
    ):
        weights = player.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)
    return d_loss, g_loss


def step_in_turns(
    generator, discriminator, g_optimizer, d_optimizer, real, latents, d_loss=d_loss_of,
    g_loss=g_loss_of,
):  # fmt: skip
    """The lesson's."""
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        loss_of_d = d_loss(discriminator(real, training=True), fake_logits)
    weights = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(loss_of_d, weights), weights)
    with tf.GradientTape() as tape:
        fake = generator(latents, training=True)
        loss_of_g = g_loss(discriminator(fake, training=True))
    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(loss_of_g, weights), weights)
    return loss_of_d, loss_of_g


def step_in_another_order(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    with tf.GradientTape() as tape:
        g_loss = g_loss_of(discriminator(generator(latents, training=True), training=True))
    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, weights), weights)
    with tf.GradientTape() as tape:
        d_loss = d_loss_of(
            discriminator(real, training=True),
            discriminator(generator(latents, training=True), training=True),
        )
    weights = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, weights), weights)
    return d_loss, g_loss


def step_that_returns_the_new_loss(
    generator, discriminator, g_optimizer, d_optimizer, real, latents
):
    with tf.GradientTape(persistent=True) as tape:
        fake = generator(latents, training=True)
        fake_logits = discriminator(fake, training=True)
        d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
        g_loss = g_loss_of(fake_logits)
    for_d = tape.gradient(d_loss, discriminator.trainable_variables)
    for_g = tape.gradient(g_loss, generator.trainable_variables)
    d_optimizer.apply(for_d, discriminator.trainable_variables)
    new = g_loss_of(discriminator(fake, training=True))
    g_optimizer.apply(for_g, generator.trainable_variables)
    return d_loss, new


def step_of_both_losses(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    """One gradient of the sum."""
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
        g_loss = g_loss_of(fake_logits)
        both = d_loss + g_loss
    players = discriminator.trainable_variables, generator.trainable_variables
    gradients = tape.gradient(both, players)
    for optimizer, each, weights in zip(
        (d_optimizer, g_optimizer), gradients, players, strict=True
    ):
        optimizer.apply(each, weights)
    return d_loss, g_loss


def step_not_applied(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    with tf.GradientTape(persistent=True) as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
        g_loss = g_loss_of(fake_logits)
    for loss, player in ((d_loss, discriminator), (g_loss, generator)):
        tape.gradient(loss, player.trainable_variables)
    return d_loss, g_loss


def step_with_own_latents(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    latents = tf.random.normal(latents.shape)
    return step()(generator, discriminator, g_optimizer, d_optimizer, real, latents)


def step_with_fixed_latents(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    latents = tf.random.stateless_normal(latents.shape, seed=[0, 0])
    return step()(generator, discriminator, g_optimizer, d_optimizer, real, latents)


def step_with_fresh_latents_for_g(
    generator, discriminator, g_optimizer, d_optimizer, real, latents
):
    def g_loss(fake_logits):
        fresh = generator(tf.random.normal(latents.shape), training=True)
        return g_loss_of(discriminator(fresh, training=True))

    return step(g_loss=g_loss)(generator, discriminator, g_optimizer, d_optimizer, real, latents)


def step_with_frozen_d(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    result = step()(generator, discriminator, g_optimizer, d_optimizer, real, latents)
    discriminator.trainable = False
    return result


def step_that_thaws(generator, discriminator, *rest):
    """Freezes D at the end, and thaws it at the beginning."""
    discriminator.trainable = True
    result = step()(generator, discriminator, *rest)
    discriminator(rest[-2])
    discriminator.trainable = False
    return result


def step_with_exchanged_optimizers(generator, discriminator, g_optimizer, d_optimizer, *batches):
    return step()(generator, discriminator, d_optimizer, g_optimizer, *batches)


def step_of_d_alone(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
    weights = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, weights), weights)
    return d_loss, g_loss_of(fake_logits)


def step_without_images(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    fake = generator(latents, training=True)
    with tf.GradientTape(persistent=True) as tape:
        fake_logits = discriminator(fake, training=True)
        d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
        g_loss = g_loss_of(fake_logits)
    for loss, player, optimizer in (
        (d_loss, discriminator, d_optimizer),
        (g_loss, generator, g_optimizer),
    ):
        weights = player.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)
    return d_loss, g_loss


def step_with_one_question(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    """Asks a tape twice that answers once."""
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
        g_loss = g_loss_of(fake_logits)
    for_d = tape.gradient(d_loss, discriminator.trainable_variables)
    for_g = tape.gradient(g_loss, generator.trainable_variables)
    d_optimizer.apply(for_d, discriminator.trainable_variables)
    g_optimizer.apply(for_g, generator.trainable_variables)
    return d_loss, g_loss


def step_for_six(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    many = 6 / len(latents)
    inner = step(lambda r, f: d_loss_of(r, f) / many, lambda f: g_loss_of(f) / many)
    return inner(generator, discriminator, g_optimizer, d_optimizer, real, latents)


def step_with_one_batch(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    """Both kinds of images in one batch."""
    with tf.GradientTape(persistent=True) as tape:
        both = tf.concat([real, generator(latents, training=True)], axis=0)
        real_logits, fake_logits = tf.split(discriminator(both, training=True), 2)
        d_loss, g_loss = d_loss_of(real_logits, fake_logits), g_loss_of(fake_logits)
    for loss, player, optimizer in (
        (d_loss, discriminator, d_optimizer),
        (g_loss, generator, g_optimizer),
    ):
        weights = player.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)
    return d_loss, g_loss


def step_with_all_weights(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    """Hands over the running statistics of batch norm too."""
    with tf.GradientTape(persistent=True) as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
        g_loss = g_loss_of(fake_logits)
    for loss, player, optimizer in (
        (d_loss, discriminator, d_optimizer),
        (g_loss, generator, g_optimizer),
    ):
        optimizer.apply(tape.gradient(loss, player.weights), player.weights)
    return d_loss, g_loss


def step_that_draws_twice(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    """Images for D, and the same again for G."""
    with tf.GradientTape(persistent=True) as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
        again = discriminator(generator(latents, training=True), training=True)
        g_loss = g_loss_of(again)
    for_d = tape.gradient(d_loss, discriminator.trainable_variables)
    for_g = tape.gradient(g_loss, generator.trainable_variables)
    d_optimizer.apply(for_d, discriminator.trainable_variables)
    g_optimizer.apply(for_g, generator.trainable_variables)
    return d_loss, g_loss


def step_that_looks_once_more(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    """Asks D what it says of the real images, before the step, in training mode."""
    discriminator(real, training=True)
    return step()(generator, discriminator, g_optimizer, d_optimizer, real, latents)


def step_with_own_optimizers(generator, discriminator, g_optimizer, d_optimizer, *batches):
    own = keras.optimizers.SGD(0.3), keras.optimizers.SGD(0.4)
    return step()(generator, discriminator, *own, *batches)


def found(**changes):
    def diagnose():
        answer = {"A": "not applied", "B": "healthy", "C": "two sigmoids", "D": "D has won"}
        return answer | {"probability": 0.308, "loss at the mean": 1.178} | changes

    return diagnose


OF_ONE_CLASS = ("diagnose",)  # its logs are those of class 0


def by_text(n, seed, epoch):
    return by_pair(n, hash(f"{seed} {epoch}") % 2**32, 0)


def seeds_everything(n, seed, epoch):
    np.random.seed(seed * 100_003 + epoch)  # noqa: NPY002
    return np.random.permutation(n)  # noqa: NPY002


def remembered_without_seed():
    known = {}

    def order(n, seed, epoch):
        if (n, seed, epoch) not in known:
            known[n, seed, epoch] = np.random.default_rng().permutation(n)
        return known[n, seed, epoch]

    return make_batch(order)


def step_with_clipped_gradients(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    for optimizer in (g_optimizer, d_optimizer):
        optimizer.clipnorm = 10.0
    return step()(generator, discriminator, g_optimizer, d_optimizer, real, latents)


RIGHT = {
    "to_pixels": [pixels, pixels_by_tensorflow, pixels_by_half, pixels_by_keras],
    "batch": [
        make_batch(by_pair),
        make_batch(by_tensorflow),
        make_batch(by_hash),
        epochs_end_to_end,
        one_after_the_other,
    ],
    "losses": [
        losses,
        losses_by_keras,
        losses_by_tensorflow,
        losses_by_slope,
        lambda real, fake, label=1.0: np.array(losses(real, fake, label)),
    ],
    "train_step": [
        step(),
        step_compiled,
        step_with_two_tapes,
        step_with_one_list,
        step_that_thaws,
    ],
    "diagnose": [found(), found(probability=np.float32(0.31), B="Healthy ", A="Not applied")],
}

WRONG = {
    "to_pixels": [
        (lambda x: np.clip((x + 1) * 127.5, 0, 255).astype(np.uint8), "too dark"),
        (lambda x: np.clip(np.ceil((x + 1) * 127.5), 0, 255).astype(np.uint8), "always rounded up"),
        (lambda x: np.clip(np.rint(x * 255), 0, 255).astype(np.uint8), "become black"),
        (lambda x: np.rint(x * 255).astype(int).astype(np.uint8), "below 0 has wrapped round"),
        (lambda x: np.clip(np.rint((x + 1) * 128), 0, 255).astype(np.uint8), "off by one"),
        (lambda x: np.clip(np.rint((1 - x) * 127.5), 0, 255).astype(np.uint8), "Dark and bright"),
        (lambda x: np.clip(np.rint((x + 1) * 127.5), 0, 255), "of type float"),
        (lambda x: pixels(x).astype(np.int64), "of type int64"),
        (lambda x: pixels(x).tolist(), "of type list"),
        (stretched, "stretched to the whole range"),
        (unclipped, "just above 1 became 0"),
        (
            lambda x: np.minimum(np.rint((x + 1) * 127.5), 255).astype(int).astype(np.uint8),
            "What lies below −1",
        ),
        (lambda x: pixels(x)[None], "axis of length 1"),
        (in_place, "argument number 1 in place"),
    ],
    "batch": [
        (
            make_batch(lambda n, seed, epoch: by_pair(n, 0, 50 * seed + epoch)),
            "epoch 50 has",
        ),
        (
            make_batch(lambda n, seed, epoch: by_pair(n, 0, 10_000 * seed + epoch)),
            "in epoch 10000 has",
        ),
        (
            make_batch(lambda n, seed, epoch: by_pair(n, 0, int(f"{seed}{epoch}"))),
            "How are the two numbers put together",
        ),
        (make_batch(seeds_everything), "Leave global seeds alone"),
        (make_batch(by_text), "hash of a text"),
        (remembered_without_seed(), "not made from seed and epoch"),
        (make_batch(lambda n, seed, epoch: by_pair(n, seed, epoch % 10)), "Epochs 0 and 10 have"),
        (make_batch(by_pair, lambda x: x.astype(np.float32)), "values of 0 to 255"),
        (make_batch(by_pair, lambda x: x.astype(np.float32) / 255), "lies in [0, 1]"),
        (make_batch(by_pair, lambda x: x.astype(np.float32) / 127.5), "lies in [0, 2]"),
        (make_batch(by_pair, lambda x: x.astype(np.float32) / 128 - 1), "a little off"),
        (make_batch(by_pair, lambda x: scaled(scaled(x))), "scaled twice"),
        (make_batch(by_pair, lambda x: x / 127.5 - 1), "of type float64"),
        (
            make_batch(lambda n, seed, epoch: np.random.default_rng().permutation(n)),
            "at the second call",
        ),
        (make_batch(lambda n, seed, epoch: range(n)), "Nothing is shuffled"),
        (make_batch(lambda n, seed, epoch: by_pair(n, seed, 0)), "What does the epoch do"),
        (make_batch(lambda n, seed, epoch: by_pair(n, 0, epoch)), "Seeds 0 and 1"),
        (make_batch(lambda n, seed, epoch: by_pair(n, 0, seed + epoch)), "How are"),
        (as_in_the_lesson, "5 images. So it is in the lesson"),
        (with_replacement, "appear twice already"),
        (each_by_itself, "Is each batch drawn by itself?"),
        (drops_the_last, "Does the next epoch begin too early"),
        (adds_one, "5 images. So"),
        (fills_from_its_own_epoch, "the first image of its own epoch"),
        (begins_the_next_again, "comes again at the beginning of the sixth"),
        (of_two_epochs, "With batches of 70"),
        (minds_the_size, "what else went into it"),
        (make_batch(rotated), "The order is the stored one, begun at another place"),
        (make_batch(rotated_shuffle), "that of epoch 0, begun at another place"),
        (mixed(10, 1), "Seed 0 in epoch 10 has the same order as seed 1 in epoch 0"),
        (mixed(100, 1), "Seed 0 in epoch 100 has"),
        (mixed(1000, 1), "Seed 0 in epoch 1000 has"),
        (mixed(1, 100), "Seed 100 in epoch 0 has the same order as seed 0 in epoch 1"),
        (make_batch(shuffles_batches), "that of the batches"),
        (shuffles_in_place, "argument number 1 in place"),
        (lambda images, *rest: make_batch(by_pair)(images, *rest)[0], "should have (6, 32, 32, 3)"),
    ],
    "losses": [
        (lambda r, f, label=1.0: losses(r, f, label)[::-1], "changed places"),
        (of_d(lambda r, f: d_part(r, f) / 2), "half of L_D"),
        (of_d(lambda r, f: d_part(-r, -f)), "labels are swapped"),
        (of_d(lambda r, f: softplus(-np.concatenate([r, -f])).mean()), "one mean over both"),
        (of_d(lambda r, f: softplus(-r).sum() + softplus(f).sum()), "added up the batch. "),
        (of_d(lambda r, f: d_part(sigmoid(r), sigmoid(f))), "Two sigmoids: softplus"),
        (of_d(lambda r, f: d_part(r.mean(), f.mean())), "loss of the mean logit"),
        (of_d(lambda r, f: softplus(-r).mean()), "for generated images is missing"),
        (of_d(lambda r, f: ops.mean(ops.softplus(-r) + ops.softplus(f))), "cannot be added pair"),
        (of_d(lambda r, f: softplus(-r) + softplus(f).mean()), "single number"),
        (of_d(d_part), "With the label 0.9 L_D is what it is with 1"),
        (lambda real, fake: (d_part(real, fake), g_part(fake)), "positional argument"),
        (softened(lambda r, f, s: s * g_part(r) + softplus(f).mean()), "second part is missing"),
        (softened(lambda r, f, s: soft(1 - s, r) + softplus(f).mean()), "costs −log D(x) alone"),
        (
            softened(lambda r, f, s: soft(s if s == 1 else 1 - s, r) + softplus(f).mean()),
            "parts of a real image have changed places",
        ),
        (softened(lambda r, f, s: soft(s, r) + soft(1 - s, f)), "of generated images as well"),
        (softened(lambda r, f, s: softplus(-r).mean() + soft(1 - s, f)), "It is the real ones"),
        (softened(lambda r, f, s: s * d_part(r, f)), "a factor of the whole loss"),
        (softened(lambda r, f, s: d_part(s * r, f)), "a factor of the logit"),
        (of_g(lambda r, f, s: -softplus(f).mean()), "It saturates"),
        (of_g(lambda r, f, s: g_part(-f)), "finds G's images out"),
        (of_g(lambda r, f, s: g_part(r)), "not at real ones"),
        (of_g(lambda r, f, s: -d_part(r, f)), "This is −L_D"),
        (of_g(lambda r, f, s: g_part(r) + g_part(f)), "no part in L_G"),
        (of_g(lambda r, f, s: g_part(sigmoid(f))), "Two sigmoids in L_G"),
        (of_g(lambda r, f, s: soft(s, f)), "softens L_G as well"),
        (of_g(lambda r, f, s: s * g_part(f)), "a factor of L_G"),
        (losses_by_sigmoid, "infinite"),
        (clipped, "nothing is clipped"),
        (lambda r, f, label=1.0: d_part(r, f), "return two numbers"),
        (lambda r, f, label=1.0: {"d_loss": d_part(r, f), "g_loss": g_part(f)}, "not a dictionary"),
    ],
    "train_step": [
        (step_in_turns, "as in the lesson. Here both learn at once"),
        (step_in_another_order, "of a G that had already moved"),
        (step_that_draws_twice, "G has drawn twice"),
        (step_that_looks_once_more, "D looked 3 times in training mode"),
        (step_with_clipped_gradients, "Are they clipped"),
        (
            step(
                d_loss=lambda r, f: (
                    -ops.mean(ops.log(ops.sigmoid(r)) + ops.log(1 - ops.sigmoid(f)))
                ),
                g_loss=lambda f: -ops.mean(ops.log(ops.sigmoid(f))),
            ),
            "Where D is very sure, its weights become NaN",
        ),
        (
            step(d_loss=lambda r, f: np.logaddexp(0, -r).mean() + np.logaddexp(0, f).mean()),
            "number of NumPy's",
        ),
        (step_with_one_question, "can only be used to compute one set"),
        (step(d_loss=lambda r, f: d_loss_of(-r, -f)), "labels are swapped"),
        (step(d_loss=lambda r, f: d_loss_of(r, f) / 2), "D moves half"),
        (step(d_loss=lambda r, f: 6 * d_loss_of(r, f)), "D moves too far"),
        (step(d_loss=lambda r, f: g_loss_of(r)), "real images alone"),
        (step(d_loss=lambda r, f: g_loss_of(f)), "moved by G's loss"),
        (step(d_loss=lambda r, f: d_loss_of(ops.sigmoid(r), ops.sigmoid(f))), "sigmoids: D's"),
        (step(d_sign=-1), "D moves exactly the wrong way"),
        (step(d_training=False), "The generated images are not those of training mode. How"),
        (step(g_training=False), "Where G learns, its images"),
        (step(flags=(False, False, True)), "D itself was not called"),
        (step(flags=(False, True, True)), "training=True on the real"),
        (step(flags=(True, False, True)), "training=True on the generated"),
        (step(flags=(False,) * 3, d_training=False, g_training=False), "two networks was called"),
        (step(flags=(True, True, False)), "D judges G's images without"),
        (step(flags=(True, True, False), g_training=False), "with training=True where G learns"),
        (step_with_one_batch, "in one joint batch"),
        (step_with_own_optimizers, "handed in"),
        (
            lambda *a: step_in_turns(*a, g_loss=lambda f: -ops.mean(ops.softplus(f))),
            "of the D that",
        ),
        (step_of_both_losses, "the sum of both losses"),
        (step(g_loss=lambda f: ops.mean(ops.softplus(f))), "learns to be found out"),
        (step(g_loss=lambda f: -ops.mean(ops.softplus(f))), "log(1 − σ) or −L_D, the saturating"),
        (step(g_loss=lambda f: g_loss_of(ops.sigmoid(f))), "sigmoids in G's loss"),
        (step(g_loss=lambda f: 6 * g_loss_of(f)), "G moves too far"),
        (step(repeat=2), "d_optimizer took 2 steps"),
        (step_of_d_alone, "g_optimizer took no step"),
        (step_not_applied, "Neither optimizer"),
        (
            step(d_weights=lambda g, d: g.trainable_variables + d.trainable_variables),
            "weights of the other player",
        ),
        (step_with_all_weights, "generator.weights has these too"),
        (step_with_exchanged_optimizers, "Each player has its own"),
        (step_with_own_latents, "drawn at random"),
        (step_with_fresh_latents_for_g, "use them for both"),
        (step_with_fixed_latents, "given to be used"),
        (step_with_frozen_d, "trainable = False"),
        (step_without_images, "No gradient arrived"),
        (step_that_returns_the_new_loss, "what the new D says"),
        (step(returned=lambda d_loss, g_loss: (g_loss, d_loss)), "changed places"),
        (step(returned=lambda d_loss, g_loss: (d_loss / 2, g_loss)), "only half"),
        (step(returned=lambda d_loss, g_loss: d_loss), "return two numbers"),
        (step_for_six, "had 4 images"),
    ],
    "diagnose": [
        (found(A="healthy", B="not applied"), "compare the first line"),
        (found(C="D has won", D="two sigmoids"), "range of D's outputs"),
        (found(B="D has won", D="healthy"), "which way the outputs move"),
        (found(A="healthy"), "same name"),
        (found(A="collapsed"), "The names are"),
        (found(probability=0.692), "being generated"),
        (found(probability=30.8), "percent"),
        (found(probability=0.69), "that of being"),
        (found(probability=0.3), '"probability" is rounded too far'),
        (found(probability=0.756), "logit of real images"),
        (found(probability=0.207), '"probability": this is epoch 15'),
        (found(**{"loss at the mean": 1.2}), '"loss at the mean" is rounded too far'),
        (found(**{"loss at the mean": 1.573}), '"loss at the mean": this is epoch 15'),
        (found(**{"loss at the mean": 1.29}), "L_G in the log"),
        (found(**{"loss at the mean": 0.368}), "what D pays"),
        (found(**{"loss at the mean": -1.178}), "wrong sign"),
        (found(probability=None), "no value for 'probability'"),
        (lambda: ["not applied", "healthy", "two sigmoids", "D has won"], "dictionary"),
    ],
}
