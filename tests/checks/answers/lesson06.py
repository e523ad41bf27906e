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


def places(images, step, batch_size):
    steps = -(-len(images) // batch_size)
    return step // steps, step % steps * batch_size


def make_batch(order, scale=scaled):
    """A batch function from an order: a function of n, seed and epoch."""

    def batch(images, step, batch_size, seed):
        epoch, begin = places(images, step, batch_size)
        rows = np.asarray(order(len(images), seed, epoch))[begin : begin + batch_size]
        return scale(images[rows])

    return batch


def by_pair(n, seed, epoch):
    return np.random.default_rng([seed, epoch]).permutation(n)


def by_tensorflow(n, seed, epoch):
    return tf.random.experimental.stateless_shuffle(tf.range(n), seed=[seed, epoch])


def same_for_all_sizes(images, step, batch_size, seed):
    """One row after the other, through the whole training."""
    rows = []
    epoch, begin = places(images, step, batch_size)
    for place in range(begin, min(begin + batch_size, len(images))):
        rows.append(by_pair(len(images), seed, epoch)[place])
    return tf.stack([tf.constant(scaled(images[row])) for row in rows])


def adds_one(images, step, batch_size, seed):
    steps = len(images) // batch_size + 1
    order = by_pair(len(images), seed, step // steps)
    begin = step % steps * batch_size
    return scaled(images[order[begin : begin + batch_size]])


def minds_the_size(images, step, batch_size, seed):
    epoch, begin = places(images, step, batch_size)
    order = np.random.default_rng([seed, epoch, batch_size]).permutation(len(images))
    return scaled(images[order[begin : begin + batch_size]])


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


def whole_set_first(images, step, batch_size, seed):
    epoch, begin = places(images, step, batch_size)
    order = np.random.RandomState(seed * 10_000 + epoch).permutation(len(images))
    return tf.cast(images[order], tf.float32)[begin : begin + batch_size] / 127.5 - 1


def with_replacement(images, step, batch_size, seed):
    rows = np.random.default_rng([seed, step]).integers(0, len(images), batch_size)
    return scaled(images[rows])


def each_by_itself(images, step, batch_size, seed):
    _, begin = places(images, step, batch_size)
    rows = np.random.default_rng([seed, step]).permutation(len(images))
    return scaled(images[rows[: min(batch_size, len(images) - begin)]])


def drops_the_last(images, step, batch_size, seed):
    steps = len(images) // batch_size
    order = by_pair(len(images), seed, step // steps)
    begin = step % steps * batch_size
    return scaled(images[order[begin : begin + batch_size]])


def one_step_too_many(images, step, batch_size, seed):
    steps = len(images) // batch_size + 2
    order = by_pair(len(images), seed, step // steps)
    begin = step % steps * batch_size
    return scaled(images[order[begin : begin + batch_size]])


def shuffles_batches(images, step, batch_size, seed):
    epoch, _ = places(images, step, batch_size)
    n, steps = len(images), -(-len(images) // batch_size)
    place = step % steps
    if place < steps - 1:
        place = np.random.default_rng([seed, epoch]).permutation(steps - 1)[place]
    return scaled(images[place * batch_size : min(n, (place + 1) * batch_size)])


def shuffles_in_place(images, step, batch_size, seed):
    epoch, begin = places(images, step, batch_size)
    np.random.default_rng([seed, epoch]).shuffle(images)
    return scaled(images[begin : begin + batch_size])


def softplus(x):
    return np.logaddexp(0, x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def d_part(real, fake):
    return softplus(-real).mean() + softplus(fake).mean()


def g_part(fake):
    return softplus(-fake).mean()


def losses_by_keras(real, fake):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    on_real, on_fake = loss(tf.ones_like(real), real), loss(tf.zeros_like(fake), fake)
    return on_real + on_fake, loss(tf.ones_like(fake), fake)


def losses_by_tensorflow(real, fake):
    def loss(label, logits):
        labels = tf.fill(logits.shape, label)
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))

    return [loss(1.0, real) + loss(0.0, fake), loss(1.0, fake)]


def losses_by_sigmoid(real, fake):
    real, fake = (np.float64(sigmoid(logits)) for logits in (real, fake))
    return -np.log(real).mean() - np.log(1 - fake).mean(), -np.log(fake).mean()


def clipped(real, fake):
    real, fake = (np.clip(logits, -50, 50) for logits in (real, fake))
    return d_part(real, fake), g_part(fake)


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
    def train_step(generator, discriminator, g_optimizer, d_optimizer, real, latents):
        for _ in range(repeat):
            with tf.GradientTape() as tape:
                fake = generator(latents, training=d_training)
                fake_logits = discriminator(fake, training=flags[1])
                loss_of_d = d_loss(discriminator(real, training=flags[0]), fake_logits)
            weights = (d_weights or (lambda g, d: d.trainable_variables))(generator, discriminator)
            gradients = [d_sign * each for each in tape.gradient(loss_of_d, weights)]
            d_optimizer.apply(gradients, weights)
        with tf.GradientTape() as tape:
            fake = generator(latents, training=g_training)
            loss_of_g = g_loss(discriminator(fake, training=flags[2]))
        weights = generator.trainable_variables
        g_optimizer.apply(tape.gradient(loss_of_g, weights), weights)
        return returned(loss_of_d, loss_of_g)

    return train_step


@tf.function
def step_compiled(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    fake = generator(latents, training=True)  # outside of D's tape, which does not need it
    with tf.GradientTape() as tape:
        real_logits = discriminator(real, training=True)
        d_loss = d_loss_of(real_logits, discriminator(fake, training=True))
    slopes = tape.gradient(d_loss, discriminator.trainable_weights)
    d_optimizer.apply_gradients(zip(slopes, discriminator.trainable_weights, strict=True))
    with tf.GradientTape() as tape:
        g_loss = g_loss_of(discriminator(generator(latents, training=True), training=True))
    slopes = tape.gradient(g_loss, generator.trainable_weights)
    g_optimizer.apply_gradients(zip(slopes, generator.trainable_weights, strict=True))
    return d_loss, g_loss


def step_with_one_pass(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    """G's images are drawn once, inside a tape that both turns use."""
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    with tf.GradientTape() as g_tape:
        fake = generator(latents, training=True)
        with tf.GradientTape() as d_tape:
            on_real = discriminator(real, training=True)
            on_fake = discriminator(fake, training=True)
            d_loss = loss(tf.ones_like(on_real), on_real) + loss(tf.zeros_like(on_fake), on_fake)
        weights = discriminator.trainable_variables
        d_optimizer.apply(d_tape.gradient(d_loss, weights), weights)
        on_fake = discriminator(fake, training=True)
        g_loss = loss(tf.ones_like(on_fake), on_fake)
    weights = generator.trainable_variables
    g_optimizer.apply(g_tape.gradient(g_loss, weights), weights)
    return [d_loss.numpy(), g_loss.numpy()]


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


def step_of_both(
    generator, discriminator, g_optimizer, d_optimizer, real, latents, minimax=False, apply=True
):
    with tf.GradientTape(persistent=True) as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
        g_loss = -d_loss if minimax else g_loss_of(fake_logits)
    if apply:
        for loss, player, optimizer in (
            (d_loss, discriminator, d_optimizer),
            (g_loss, generator, g_optimizer),
        ):
            weights = player.trainable_variables
            optimizer.apply(tape.gradient(loss, weights), weights)
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
    fresh = []

    def g_loss(fake_logits):
        fresh.append(tf.random.normal(latents.shape))
        return g_loss_of(discriminator(generator(fresh[0], training=True), training=True))

    return step(g_loss=g_loss)(generator, discriminator, g_optimizer, d_optimizer, real, latents)


def step_with_frozen_d(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    result = step()(generator, discriminator, g_optimizer, d_optimizer, real, latents)
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
    with tf.GradientTape() as tape:
        d_loss = d_loss_of(discriminator(real, training=True), discriminator(fake, training=True))
    weights = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, weights), weights)
    with tf.GradientTape() as tape:
        g_loss = g_loss_of(discriminator(fake, training=True))
    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, weights), weights)
    return d_loss, g_loss


def step_for_six(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    many = 6 / len(latents)
    inner = step(lambda r, f: d_loss_of(r, f) / many, lambda f: g_loss_of(f) / many)
    return inner(generator, discriminator, g_optimizer, d_optimizer, real, latents)


def step_with_one_batch(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    """Both kinds of images in one batch, in D's turn."""
    with tf.GradientTape() as tape:
        both = tf.concat([real, generator(latents, training=True)], axis=0)
        real_logits, fake_logits = tf.split(discriminator(both, training=True), 2)
        d_loss = d_loss_of(real_logits, fake_logits)
    weights = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, weights), weights)
    with tf.GradientTape() as tape:
        g_loss = g_loss_of(discriminator(generator(latents, training=True), training=True))
    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, weights), weights)
    return d_loss, g_loss


def step_that_freezes(
    generator, discriminator, g_optimizer, d_optimizer, real, latents, thaw_at_the_end=True
):
    """D is frozen in G's turn, looked at once more than needed, and thawed."""
    discriminator.trainable = True
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        d_loss = d_loss_of(discriminator(real, training=True), fake_logits)
    weights = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, weights), weights)
    discriminator(real)
    discriminator.trainable = False
    with tf.GradientTape() as tape:
        g_loss = g_loss_of(discriminator(generator(latents, training=True), training=True))
    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, weights), weights)
    discriminator.trainable = thaw_at_the_end
    return d_loss, g_loss


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


def seeds_everything(images, step, batch_size, seed):
    epoch, begin = places(images, step, batch_size)
    np.random.seed(seed * 100_003 + epoch)  # noqa: NPY002
    order = np.random.permutation(len(images))  # noqa: NPY002
    return scaled(images[order[begin : begin + batch_size]])


def remembered_without_seed():
    known = {}

    def order(n, seed, epoch):
        if (n, seed, epoch) not in known:
            known[n, seed, epoch] = np.random.default_rng().permutation(n)
        return known[n, seed, epoch]

    return make_batch(order)


def step_with_a_further_pass(generator, discriminator, g_optimizer, d_optimizer, real, latents):
    generator(latents, training=True)
    return step()(generator, discriminator, g_optimizer, d_optimizer, real, latents)


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
        whole_set_first,
        same_for_all_sizes,
    ],
    "losses": [
        lambda real, fake: (d_part(real, fake), g_part(fake)),
        losses_by_keras,
        losses_by_tensorflow,
        lambda real, fake: np.array([d_part(real, fake), g_part(fake)]),
    ],
    "train_step": [
        step(),
        step_compiled,
        step_with_one_pass,
        step_that_freezes,
        lambda *a: step_that_freezes(*a, thaw_at_the_end=False),
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
        (seeds_everything, "Leave global seeds alone"),
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
        (with_replacement, "appear twice already"),
        (each_by_itself, "Is one order used"),
        (drops_the_last, "the fifth batch has 6"),
        (one_step_too_many, "step 5 is empty"),
        (adds_one, "the sixth batch is empty"),
        (minds_the_size, "what else went into it"),
        (make_batch(rotated), "The order is the stored one, begun at another place"),
        (make_batch(rotated_shuffle), "that of epoch 0, begun at another place"),
        (mixed(10, 1), "Seed 0 in epoch 10 has the same order as seed 1 in epoch 0"),
        (mixed(100, 1), "Seed 0 in epoch 100 has"),
        (mixed(1000, 1), "Seed 0 in epoch 1000 has"),
        (mixed(1, 100), "Seed 100 in epoch 0 has the same order as seed 0 in epoch 1"),
        (shuffles_batches, "that of the batches"),
        (shuffles_in_place, "argument number 1 in place"),
        (lambda images, *rest: make_batch(by_pair)(images, *rest)[0], "should have (6, 32, 32, 3)"),
    ],
    "losses": [
        (lambda r, f: (g_part(f), d_part(r, f)), "changed places"),
        (lambda r, f: (d_part(r, f) / 2, g_part(f)), "half of L_D"),
        (lambda r, f: (d_part(-r, -f), g_part(f)), "labels are swapped"),
        (
            lambda r, f: (softplus(-np.concatenate([r, -f])).mean(), g_part(f)),
            "one mean over both",
        ),
        (lambda r, f: (softplus(-r).sum() + softplus(f).sum(), g_part(f)), "added up the batch. "),
        (lambda r, f: (d_part(sigmoid(r), sigmoid(f)), g_part(f)), "Two sigmoids: softplus"),
        (lambda r, f: (d_part(r.mean(), f.mean()), g_part(f)), "loss of the mean logit"),
        (lambda r, f: (softplus(-r).mean(), g_part(f)), "for generated images is missing"),
        (lambda r, f: (d_part(r, f), -softplus(f).mean()), "It saturates"),
        (lambda r, f: (d_part(r, f), g_part(-f)), "finds G's images out"),
        (lambda r, f: (d_part(r, f), g_part(r)), "not at real ones"),
        (lambda r, f: (d_part(r, f), -d_part(r, f)), "This is −L_D"),
        (lambda r, f: (d_part(r, f), g_part(r) + g_part(f)), "no part in L_G"),
        (lambda r, f: (d_part(r, f), g_part(sigmoid(f))), "Two sigmoids in L_G"),
        (losses_by_sigmoid, "infinite"),
        (
            lambda r, f: (ops.mean(ops.softplus(-r) + ops.softplus(f)), g_part(f)),
            "6 generated logits cannot be added pair by pair",
        ),
        (clipped, "nothing is clipped"),
        (lambda r, f: (softplus(-r) + softplus(f).mean(), g_part(f)), "single number"),
        (lambda r, f: d_part(r, f), "return two numbers"),
        (lambda r, f: {"d_loss": d_part(r, f), "g_loss": g_part(f)}, "not a dictionary"),
    ],
    "train_step": [
        (step_with_a_further_pass, "more passes than one"),
        (step_with_clipped_gradients, "Are they clipped"),
        (step(d_loss=lambda r, f: d_loss_of(-r, -f)), "labels are swapped"),
        (step(d_loss=lambda r, f: d_loss_of(r, f) / 2), "D moves half"),
        (step(d_loss=lambda r, f: 6 * d_loss_of(r, f)), "D moves too far"),
        (step(d_loss=lambda r, f: g_loss_of(r)), "real images alone"),
        (step(d_loss=lambda r, f: g_loss_of(f)), "moved by G's loss"),
        (step(d_loss=lambda r, f: d_loss_of(ops.sigmoid(r), ops.sigmoid(f))), "sigmoids: D's"),
        (step(d_sign=-1), "D moves exactly the wrong way"),
        (step(d_training=False), "images are others than in training. How"),
        (step(g_training=False), "In G's turn the images"),
        (step(flags=(False, False, True)), "In D's turn D itself was not called"),
        (step(flags=(False, True, True)), "training=True on the real"),
        (step(flags=(True, False, True)), "training=True on the generated"),
        (step(flags=(False,) * 3, d_training=False, g_training=False), "with training=True in D's"),
        (step(flags=(True, True, False)), "In G's turn D was not called"),
        (step(flags=(True, True, False), g_training=False), "with training=True in G's turn"),
        (step_with_one_batch, "in one joint batch"),
        (step_with_own_optimizers, "handed in"),
        (step_in_another_order, "D's turn comes first"),
        (step_of_both, "D of before its step"),
        (lambda *a: step_of_both(*a, minimax=True), "that of the old D"),
        (step(g_loss=lambda f: ops.mean(ops.softplus(f))), "learns to be found out"),
        (step(g_loss=lambda f: -ops.mean(ops.softplus(f))), "log(1 − σ), the saturating"),
        (step(g_loss=lambda f: g_loss_of(ops.sigmoid(f))), "sigmoids in G's loss"),
        (step(g_loss=lambda f: 6 * g_loss_of(f)), "G moves too far"),
        (step(repeat=2), "d_optimizer took 2 steps"),
        (step_of_d_alone, "g_optimizer took no step"),
        (lambda *a: step_of_both(*a, apply=False), "Neither optimizer"),
        (
            step(d_weights=lambda g, d: g.trainable_variables + d.trainable_variables),
            "weights of the other player",
        ),
        (step_with_exchanged_optimizers, "Each player has its own"),
        (step_with_own_latents, "drawn at random"),
        (step_with_fresh_latents_for_g, "The latents are given"),
        (step_with_fixed_latents, "given to be used"),
        (step_with_frozen_d, "trainable = False"),
        (step_without_images, "No gradient arrived"),
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
