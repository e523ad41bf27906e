"""Answers to exercise 08: right ones of several kinds, and usual mistakes with their messages."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops


def batches(images, size, rng):
    return batches_with()(images, size, rng)


def batches_with(
    move=lambda images: np.transpose(images, (0, 2, 3, 1)),
    scale=lambda batch: batch / 127.5 - 1,
    order=lambda n, rng: rng.permutation(n),
    last=True,
):
    """The batches, with one part another."""

    def answer(images, size, rng):
        moved, places = move(images), order(len(images), rng)
        full = len(images) // size * size if last else len(images)
        return [
            scale(moved[places[start : start + size]].astype(np.float32))
            for start in range(0, full, size)
        ]

    return answer


def all_but_the_last(images, size, rng):
    """Loses the last batch where the images divide evenly."""
    shuffled = np.transpose(images, (0, 2, 3, 1))[rng.permutation(len(images))] / 127.5 - 1
    return [shuffled[start : start + size] for start in range(0, len(images), size)][:-1]


def fixed_batches(images, size, rng):
    """Shuffles within batches whose members are always the same."""
    scaled = np.transpose(images, (0, 2, 3, 1)) / 127.5 - 1
    starts = rng.permutation(len(images) // size) * size
    return [scaled[start + rng.permutation(size)] for start in starts]


def losses_that_branch(real_logits, fake_logits):
    """Right values, and NaN for a gradient."""

    def softplus(x):
        return tf.reduce_mean(tf.where(x > 30.0, x, tf.math.log1p(tf.exp(x))))

    return softplus(-real_logits) + softplus(fake_logits), softplus(-fake_logits)


def draw_frozen(generator, latents):
    generator.trainable = False
    return right_bytes(generator(latents, training=False).numpy())


def batches_by_tensorflow(images, size, rng):
    shuffled = tf.constant(rng.permuted(np.arange(len(images))))
    images = tf.transpose(tf.gather(images, shuffled), (0, 2, 3, 1))
    dataset = tf.data.Dataset.from_tensor_slices(images).batch(size, drop_remainder=True)
    return dataset.map(lambda batch: tf.cast(batch, tf.float32) / 127.5 - 1)


def batches_by_images(images, size, rng):
    left = list(rng.permutation(len(images)))
    while len(left) >= size:
        chosen, left = left[:size], left[size:]
        yield np.stack([np.moveaxis(images[i], 0, -1) / 255.0 * 2 - 1 for i in chosen])


def reshaped(images):
    n, channels, height, width = images.shape
    return images.reshape(n, height, width, channels)


def to_range_of(axis):
    def scale(batch):
        low, high = batch.min(axis, keepdims=True), batch.max(axis, keepdims=True)
        return 2 * (batch - low) / (high - low) - 1

    return scale


def soft(x):
    return tf.reduce_mean(tf.math.softplus(x))


def losses_by_labels(real_logits, fake_logits):
    entropy = tf.nn.sigmoid_cross_entropy_with_logits
    real = entropy(tf.ones_like(real_logits), real_logits)
    fake = entropy(tf.zeros_like(fake_logits), fake_logits)
    g = entropy(tf.ones_like(fake_logits), fake_logits)
    return tf.reduce_mean(real) + tf.reduce_mean(fake), tf.reduce_mean(g)


def losses_by_keras(real_logits, fake_logits):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    logits = ops.concatenate([real_logits, fake_logits])
    labels = ops.concatenate([ops.ones_like(real_logits), ops.zeros_like(fake_logits)])
    return [2 * loss(labels, logits), loss(ops.ones_like(fake_logits), fake_logits)]


def losses_of_all_pairs(real_logits, fake_logits):
    n = len(real_logits)
    logits = tf.concat([real_logits, fake_logits], 0)
    labels = tf.concat([tf.ones(n), tf.zeros(n)], 0)
    return 2 * tf.reduce_mean(tf.math.softplus(logits) - logits * labels), soft(-fake_logits)


def losses_with(d=lambda r, f: soft(-r) + soft(f), g=lambda r, f: soft(-f)):
    return lambda real_logits, fake_logits: (
        d(real_logits, fake_logits),
        g(real_logits, fake_logits),
    )


def probable(logits):
    return tf.reduce_mean(-tf.math.log(tf.sigmoid(logits)))


def probable_loss(logits):
    return -tf.reduce_mean(tf.math.log(tf.sigmoid(logits)))


def drawn_with(to_bytes, **options):
    return lambda generator, latents: to_bytes(np.asarray(generator(latents, **options)))


def right_bytes(images):
    return np.rint(127.5 * (images + 1)).astype(np.uint8)


def draw_by_predict(generator, latents):
    images = generator.predict(latents, verbose=0)
    return (127.5 * (images + 1)).astype("uint8")


def draw_by_keras(generator, latents):
    images = ops.clip(128 * (generator(latents, training=False) + 1), 0, 255)
    return ops.cast(images, "uint8")


def draw_and_put_back(generator, latents):
    before = generator.get_weights()
    images = right_bytes(np.asarray(generator(latents, training=True)))
    generator.set_weights(before)
    return images


def step_with(
    training=True,
    judge=lambda d: d,
    goal=lambda logits: soft(-logits),
    also_d=False,
    returned=lambda loss: loss,
    after=lambda g, d: None,
):
    """An update of G, with one part another."""

    def answer(generator, discriminator, optimizer, latents):
        judging = judge(discriminator)
        with tf.GradientTape() as tape:
            loss = goal(judging(generator(latents, training=training)))
        weights = generator.trainable_variables
        if also_d:
            weights = weights + discriminator.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)
        after(generator, discriminator)
        return returned(loss)

    return answer


def true_copy(discriminator):
    copied = keras.models.clone_model(discriminator)
    copied.set_weights(discriminator.get_weights())
    return copied


def step_by_keras(generator, discriminator, optimizer, latents):
    loss_of = keras.losses.BinaryCrossentropy(from_logits=True)
    with tf.GradientTape() as tape:
        logits = discriminator(generator(latents, training=True), training=False)
        loss = loss_of(tf.ones_like(logits), logits)
    gradients = tape.gradient(loss, generator.trainable_variables)
    optimizer.apply_gradients(zip(gradients, generator.trainable_variables, strict=True))
    return loss


def new_optimizer(generator, discriminator, optimizer, latents):
    optimizer = keras.optimizers.SGD(float(optimizer.learning_rate))
    return step_with()(generator, discriminator, optimizer, latents)


def all_weights(generator, discriminator, optimizer, latents):
    """Those that are not trained too."""
    with tf.GradientTape() as tape:
        loss = soft(-discriminator(generator(latents, training=True)))
    optimizer.apply(tape.gradient(loss, generator.weights), generator.weights)
    return loss


def not_the_first_layer(generator, discriminator, optimizer, latents):
    with tf.GradientTape() as tape:
        loss = soft(-discriminator(generator(latents, training=True)))
    weights = generator.trainable_variables[1:]
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss


def in_training_mode(discriminator):
    return lambda images: discriminator(images, training=True)


def trains_and_puts_back(discriminator):
    """D in training mode, with its running statistics as before."""

    def judge(images):
        before = [tf.identity(weight) for weight in discriminator.weights]
        logits = discriminator(images, training=True)
        for weight, value in zip(discriminator.weights, before, strict=True):
            weight.assign(value)
        return logits

    return judge


def another_copy(discriminator):
    """A D with other weights, but the same at each call."""
    copied = keras.models.clone_model(discriminator)
    copied.set_weights([np.full_like(each, 0.2) for each in discriminator.get_weights()])
    return copied


def pass_twice(generator, discriminator, optimizer, latents):
    generator(latents, training=True)
    return step_with()(generator, discriminator, optimizer, latents)


def looks_beside(generator, discriminator, optimizer, latents):
    """Moves the running statistics in a pass of its own, which the gradient does not see."""
    with tf.GradientTape() as tape:
        loss = soft(-discriminator(generator(latents, training=False)))
    generator(latents, training=True)
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss


def freezing(discriminator):
    discriminator.trainable = False
    return discriminator


def by_hand(discriminator):
    """Only looks, and never moves anybody."""
    return lambda images: tf.stop_gradient(discriminator(images))


def no_step(generator, discriminator, optimizer, latents):
    return soft(-discriminator(generator(latents, training=True)))


ANSWER = {"A": 2, "B": 5, "C": 6, "D": 3, "E": 0, "F": 4, "G": 1}


def found(**changes):
    return lambda: ANSWER | changes


OF_ONE_CLASS = ("find",)  # its programs are those of class 0


def losses_in_arrays(real_logits, fake_logits):
    return [loss[None] for loss in losses_by_labels(real_logits, fake_logits)]


RIGHT = {
    "batches": [batches, batches_by_tensorflow, batches_by_images],
    "losses": [losses_by_labels, losses_by_keras, losses_with()],
    "draw": [drawn_with(right_bytes), drawn_with(right_bytes, training=False), draw_by_predict],
    "g_step": [step_with(), step_by_keras, step_with(judge=true_copy)],
    "find": [found(), found(A=np.int64(ANSWER["A"]), B=float(ANSWER["B"]))],
}  # fmt: skip

WRONG = {
    "batches": [
        (batches_with(move=reshaped), "are cut up"),
        (batches_with(move=reshaped, scale=to_range_of(None)), "stood in one place"),
        (batches_with(scale=to_range_of(None)), "other values in another batch"),
        (batches_with(scale=to_range_of((1, 2, 3))), "its own darkest"),
        (lambda images, size, rng: batches_with(
            scale=lambda batch: (2 * batch - 2 * float(images.min()))
         / float(np.ptp(images)) - 1)(images, size, rng), "of the whole array"),
        (batches_with(scale=lambda batch: batch / 255), "in [0, 1]"),
        (batches_with(scale=lambda batch: 2 * batch.astype(np.uint8) / 255 - 1),
         "images that went"),
        (batches_with(scale=lambda batch: batch), "bytes still"),
        (batches_with(scale=lambda batch: batch / 128 - 1), "a little less"),
        (batches_with(move=lambda images: images), "Two axes are exchanged"),
        (batches_with(move=lambda images: images.transpose(0, 3, 2, 1)),
         "but should have (5, 6, 4, 3)"),
        (batches_with(move=lambda images: images.transpose(0, 2, 3, 1)[..., ::-1]), "mirrored"),
        (batches_with(order=lambda n, rng: np.arange(n)), "in which they were stored"),
        (batches_with(order=lambda n, rng: rng.integers(0, n, n)), "come twice"),
        (batches_with(order=lambda n, rng: np.random.default_rng(0).permutation(n)),
         "the same order"),
        (batches_with(last=False), "full batches of 5"),
        (all_but_the_last, "make 4 batches"),
        (fixed_batches, "always in a batch together"),
        (batches_with(order=lambda n, rng: np.random.permutation(n)),  # noqa: NPY002
         "lead to different orders"),
        (batches_with(order=lambda n, rng: np.roll(np.arange(n), rng.integers(1, n))),
         "always followed by the same one"),
        (batches_with(order=lambda n, rng: rng.permutation(n // 5 * 5)), "some images never come"),
        (lambda images, size, rng: 3, "list of batches"),
    ],
    "losses": [
        (losses_in_arrays, "L_D has shape (1,)"),
        (losses_that_branch, "it computes both"),
        (losses_of_all_pairs, "compared with every label"),
        (losses_with(d=lambda r, f: losses_of_all_pairs(r, f)[0] / 2), "a factor ½"),
        (losses_with(d=lambda r, f: (soft(-r) + soft(f)) / 2), "Half of L_D"),
        (losses_with(d=lambda r, f: len(r) * (soft(-r) + soft(f))), "L_D adds up"),
        (losses_with(d=lambda r, f: -soft(-r) - soft(f)), "L_D has its sign"),
        (losses_with(d=lambda r, f: soft(r) + soft(-f)), "labels exchanged"),
        (losses_with(d=lambda r, f: tf.math.softplus(-r) + tf.math.softplus(f)), "single number"),
        (losses_with(d=lambda r, f: float(soft(-r) + soft(f))), "L_D is not a tensor"),
        (losses_with(d=lambda r, f: tf.stop_gradient(soft(-r) + soft(f))),
         "Where does the path end"),
        (losses_with(g=lambda r, f: -soft(f)), "hardly any pull"),
        (losses_with(g=lambda r, f: soft(f)), "Whom does it serve"),
        (losses_with(g=lambda r, f: -soft(-f)), "L_G has its sign"),
        (losses_with(g=lambda r, f: soft(-f) + soft(r)), "not to blame"),
        (losses_with(g=lambda r, f: len(f) * soft(-f)), "L_G adds up"),
        (losses_with(g=lambda r, f: soft(-f).numpy()), "L_G is not a tensor"),
        (losses_with(g=lambda r, f: probable(f)), "infinite"),
        (lambda r, f: soft(-r) + soft(f), "return two losses"),
    ],
    "draw": [
        (draw_by_keras, "a byte is a step of 1/128"),
        (drawn_with(lambda x: right_bytes(np.sign(x) * x**2)), "evenly between them"),
        (
            drawn_with(lambda x: np.clip(np.rint(128 * (x + 1)), 0, 255).astype(np.uint8)),
            "asks for 1/127.5",
        ),
        (
            drawn_with(lambda x: ((x + 1) / 2 * 255.999).astype(np.uint8)),
            "without anything being cut off",
        ),
        (draw_frozen, "frozen (trainable=False) after the drawing"),
        (drawn_with(lambda x: np.rint(128 * (x + 1)).astype(int).astype(np.uint8)), "becomes dark"),
        (drawn_with(lambda x: 127.5 * (x + 1)), "is not bytes"),
        (drawn_with(lambda x: (255 * x).astype(int).astype(np.uint8)), "not right: -1 should"),
        (drawn_with(lambda x: (127.5 * x + 255).clip(0, 255).astype(np.uint8)), "becomes bright"),
        (drawn_with(right_bytes, training=True), "changed the generator"),
        (draw_and_put_back, "another image alone"),
        (drawn_with(lambda x: right_bytes(x).transpose(0, 3, 1, 2)), "Two axes are exchanged"),
        (lambda g, z: right_bytes(np.asarray(g(z / 2 if z.shape[1] == 5 else z))),
         "not the images that"),
    ],
    "g_step": [
        (step_with(judge=keras.models.clone_model, training=False), "Which D judges"),
        (step_with(training=False), "One fault is left"),
        (step_with(also_d=True), "moved D as well"),
        (step_with(judge=freezing), "is frozen"),
        (step_with(goal=lambda logits: -soft(-logits)), "moves the wrong way"),
        (step_with(goal=lambda logits: -soft(logits)), "minimax loss"),
        (step_with(goal=lambda logits: 9 * soft(-logits)), "adds up the samples"),
        (step_with(returned=lambda loss: -loss), "not the loss of this batch"),
        (step_with(goal=lambda logits: soft(-tf.clip_by_value(logits, -20, 20))),
         "Are logits or gradients clipped"),
        (step_with(goal=probable_loss), "become NaN"),
        (new_optimizer, "took no step in place of one"),
        (step_with(judge=in_training_mode), "statistics of D's batch norm"),
        (step_with(judge=trains_and_puts_back), "D judges with the statistics of the batch"),
        (step_with(returned=float), "comes back as float"),
        (not_the_first_layer, "Only 4 of G's 5"),
        (all_weights, "handed weights that are not trained"),
        (step_with(judge=another_copy), "if D has other weights"),
        (step_with(goal=lambda logits: soft(-logits) + soft(-2 * logits)), "G follows this D"),
        (no_step, "0 of G's 5 trained"),
        (pass_twice, "not as by one pass"),
        (step_with(returned=lambda loss: None), "returns None"),
        (step_with(judge=by_hand), "No gradients provided"),
        (looks_beside, "not in training mode"),
    ],
    "find": [
        (lambda: list(ANSWER.values()), "return a dictionary"),
        (found(C=None), "no value for 'C'"),
        (found(C=8), "the number of a question"),
        (found(C=7), "names none"),
        (found(E=1), "none of them sound"),
        (found(F=5), "a cheaper question"),
        (found(G=0), "more than one sound"),
        (found(A=6), "stands there twice"),
        (found(A=6, C=2), "in their order"),
        (lambda: dict.fromkeys("ABCDEFG", 0), "1 of seven"),
    ],
}  # fmt: skip
