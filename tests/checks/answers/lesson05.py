"""Answers to exercise 05: right ones of several kinds, and usual mistakes with their messages."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from ganlib import toys

keras.Sequential([keras.Input((2,)), layers.Dense(1)])  # the first network takes long to make


def lengths(points, modes):
    return np.linalg.norm(points[:, None] - modes, axis=-1)


def coverage(
    points,
    modes,
    std,
    near=lambda distance, std: distance <= 3 * std,
    least=lambda n, k, good: 0.1 * n / k,
    all_points=False,
):
    distances = lengths(points, modes)
    nearest, distance = distances.argmin(axis=1), distances.min(axis=1)
    good = near(distance, std)
    n, k = len(points), len(modes)
    counts = np.bincount(nearest if all_points else nearest[good], minlength=k)
    return (counts >= least(n, k, good)).sum(), good.mean()


def coverage_by_loop(points, modes, std):
    counts, good = [0] * len(modes), 0
    for point in points:
        squared = [float(((point - mode) ** 2).sum()) for mode in modes]
        best = min(range(len(modes)), key=squared.__getitem__)
        if squared[best] <= 9 * std**2:
            counts[best] += 1
            good += 1
    fair = len(points) / len(modes)
    return [sum(count >= fair / 10 for count in counts), good / len(points)]


def coverage_by_tensorflow(points, modes, std):
    distances = tf.norm(tf.constant(points)[:, None] - tf.constant(modes), axis=-1)
    good = tf.reduce_min(distances, axis=1) <= 3 * std
    mine = tf.one_hot(tf.argmin(distances, axis=1), len(modes), dtype=tf.float64)
    shares = tf.reduce_mean(mine * tf.cast(good, tf.float64)[:, None], axis=0)
    covered = tf.reduce_sum(tf.cast(shares >= 0.1 / len(modes), tf.int32))
    return covered, tf.reduce_mean(tf.cast(good, tf.float32))


def square(points, modes, std):
    differences = np.abs(points[:, None] - modes)
    good = (differences <= 3 * std).all(axis=-1).any(axis=1)
    return coverage(points, modes, std)[0], good.mean()


def twice(points, modes, std):
    good = lengths(points, modes) <= 3 * std
    return (good.mean(axis=0) >= 0.1 / len(modes)).sum(), good.sum() / len(points)


def both_covered(points, modes, std):
    good = lengths(points, modes) <= 3 * std
    return (good.mean(axis=0) >= 0.1 / len(modes)).sum(), good.any(axis=1).mean()


def over_points(points, modes, std):
    distance = lengths(points, modes).min(axis=0)
    return (distance <= 3 * std).sum(), (distance <= 3 * std).mean()


def arrows(discriminator, points, loss=lambda logits: ops.softplus(-logits), reduce=ops.sum):
    points = tf.convert_to_tensor(points)
    with tf.GradientTape() as tape:
        tape.watch(points)
        value = reduce(loss(discriminator(points)))
    return -tape.gradient(value, points)


def arrows_one_by_one(discriminator, points):
    answer = []
    for point in points:
        point = tf.Variable(point[None])
        with tf.GradientTape() as tape:
            value = keras.losses.BinaryCrossentropy(from_logits=True)(
                tf.ones((1, 1)), discriminator(point)
            )
        answer.append((-tape.gradient(value, point)).numpy()[0])
    return np.array(answer, np.float64)


def arrows_of_the_logit(discriminator, points):
    points = tf.constant(points)
    with tf.GradientTape() as tape:
        tape.watch(points)
        logits = discriminator(points)
    return (1 - ops.sigmoid(logits)) * tape.gradient(logits, points)


@tf.function
def arrows_in_a_graph(discriminator, points):
    return arrows(discriminator, points, reduce=lambda values: values)


def unwatched_and_minus(discriminator, points):
    points = tf.constant(points)
    with tf.GradientTape() as tape:
        value = ops.sum(ops.softplus(-discriminator(points)))
    return tape.gradient(-value, points)


def unwatched(discriminator, points):
    points = tf.constant(points)
    with tf.GradientTape() as tape:
        value = ops.sum(ops.softplus(-discriminator(points)))
    return -tape.gradient(value, points)


def watched_array(discriminator, points):
    with tf.GradientTape() as tape:
        tape.watch(points)
        value = ops.sum(ops.softplus(-discriminator(points)))
    return -tape.gradient(value, points)


def all_of_length_one(discriminator, points):
    answer = arrows(discriminator, points).numpy()
    return answer / np.linalg.norm(answer, axis=1, keepdims=True)


def d_loss_of(real_logits, fake_logits):
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def steps(
    generator,
    discriminator,
    optimizer,
    real,
    latents,
    loss=d_loss_of,
    weights_of=lambda g, d: d.trainable_variables,
    sign=1.0,
    shown=lambda before, after: before,
):
    losses = []
    weights = weights_of(generator, discriminator)
    for real_now, latents_now in zip(real, latents, strict=True):

        def now(real_now=real_now, latents_now=latents_now):
            return loss(discriminator(real_now), discriminator(generator(latents_now)))

        with tf.GradientTape() as tape:
            value = now()
        slopes = [sign * slope for slope in tape.gradient(value, weights)]
        optimizer.apply(slopes, weights)
        losses.append(shown(value, now()))
    return losses


@tf.function
def one_step(generator, discriminator, optimizer, real, latents):
    fake = generator(latents)
    both = tf.concat([real, fake], axis=0)
    labels = tf.concat([tf.ones((len(real), 1)), tf.zeros((len(fake), 1))], axis=0)
    with tf.GradientTape() as tape:
        value = 2 * ops.mean(ops.binary_crossentropy(labels, discriminator(both), from_logits=True))
    weights = discriminator.trainable_weights
    optimizer.apply_gradients(
        (slope, weight)
        for slope, weight in zip(tape.gradient(value, weights), weights, strict=True)
    )
    return value


def steps_in_graphs(generator, discriminator, optimizer, real, latents):
    return np.array(
        [
            one_step(generator, discriminator, optimizer, now, z).numpy()
            for now, z in zip(real, latents, strict=True)
        ]
    )


def steps_without_optimizer(generator, discriminator, optimizer, real, latents, memory=True):
    """By hand, with what SGD does; ``memory`` False forgets the momentum."""
    speeds, losses = [0.0] * len(discriminator.weights), []
    for real_now, latents_now in zip(real, latents, strict=True):
        with tf.GradientTape() as tape:
            value = d_loss_of(discriminator(real_now), discriminator(generator(latents_now)))
        slopes = tape.gradient(value, discriminator.trainable_variables)
        for i, (weight, slope) in enumerate(zip(discriminator.weights, slopes, strict=True)):
            momentum = optimizer.momentum if memory else 0.0
            speeds[i] = momentum * speeds[i] - optimizer.learning_rate * slope
            weight.assign_add(speeds[i])
        losses.append(float(value))
    return tuple(losses)


def slopes_at_the_start(generator, discriminator, optimizer, real, latents):
    weights, losses, slopes = discriminator.trainable_variables, [], []
    for real_now, latents_now in zip(real, latents, strict=True):
        with tf.GradientTape() as tape:
            losses.append(d_loss_of(discriminator(real_now), discriminator(generator(latents_now))))
        slopes.append(tape.gradient(losses[-1], weights))
    for each in slopes:
        optimizer.apply(each, weights)
    return losses


def never_applied(generator, discriminator, optimizer, real, latents):
    return [
        d_loss_of(discriminator(real_now), discriminator(generator(latents_now)))
        for real_now, latents_now in zip(real, latents, strict=True)
    ]


def in_one_step(generator, discriminator, optimizer, real, latents):
    return steps(
        generator, discriminator, optimizer, real.reshape(1, -1, 2), latents.reshape(1, -1, 2)
    )[0]


def outside_the_tape(generator, discriminator, optimizer, real, latents):
    losses, weights = [], discriminator.trainable_variables
    for real_now, latents_now in zip(real, latents, strict=True):
        real_logits, fake_logits = discriminator(real_now), discriminator(generator(latents_now))
        with tf.GradientTape() as tape:
            losses.append(d_loss_of(real_logits, fake_logits))
        optimizer.apply(tape.gradient(losses[-1], weights), weights)
    return losses


def own_optimizer(generator, discriminator, optimizer, real, latents):
    return steps(generator, discriminator, keras.optimizers.Adam(0.01), real, latents)


def g_moves_too(generator, discriminator, optimizer, real, latents):
    return steps(
        generator,
        discriminator,
        keras.optimizers.SGD(0.4),
        real,
        latents,
        weights_of=lambda g, d: d.trainable_variables + g.trainable_variables,
    )


def two_steps_each(generator, discriminator, optimizer, real, latents):
    return steps(generator, discriminator, optimizer, real.repeat(2, 0), latents.repeat(2, 0))[::2]


def last_one_missing(generator, discriminator, optimizer, real, latents):
    losses = steps(generator, discriminator, optimizer, real[:-1], latents[:-1])
    return losses + never_applied(generator, discriminator, optimizer, real[-1:], latents[-1:])


def average(generator, play, rounds, decay, old=None, new=None, start=None, first=0):
    averages = generator.get_weights()
    if start is not None:
        averages = [start * each for each in averages]
    for number in range(rounds):
        play()
        if number < first:
            averages = generator.get_weights()
            continue
        averages = [
            (decay if old is None else old) * m + (1 - decay if new is None else new) * w
            for m, w in zip(averages, generator.get_weights(), strict=True)
        ]
    return averages


def average_in_a_copy(generator, play, rounds, decay):
    copy = keras.models.clone_model(generator)
    copy.set_weights(generator.get_weights())
    for _ in range(rounds):
        play()
        for m, w in zip(copy.weights, generator.weights, strict=True):
            m.assign(decay * m + (1 - decay) * w)
    return copy


def average_at_the_end(generator, play, rounds, decay):
    path = [generator.get_weights()]
    for _ in range(rounds):
        play()
        path.append(generator.get_weights())
    shares = [decay**rounds, *((1 - decay) * decay ** (rounds - i) for i in range(1, rounds + 1))]
    return [
        tf.constant(np.tensordot(shares, np.stack(each), 1)) for each in zip(*path, strict=True)
    ]


def average_in_tensors(generator, play, rounds, decay):
    averages = [ops.copy(weight) for weight in generator.weights]
    for _ in range(rounds):
        play()
        averages = [
            m + (1 - decay) * (w - m) for m, w in zip(averages, generator.weights, strict=True)
        ]
    return tuple(averages)


def same_memory(generator, play, rounds, decay):
    averages = generator.weights
    for _ in range(rounds):
        play()
        for m, w in zip(averages, generator.weights, strict=True):
            m.assign(decay * m + (1 - decay) * w)
    return averages


def never_changed(generator, play, rounds, decay):
    averages = generator.get_weights()
    for _ in range(rounds):
        play()
    return averages


def one_round_late(generator, play, rounds, decay):
    averages = generator.get_weights()
    for _ in range(rounds):
        averages = [
            decay * m + (1 - decay) * w
            for m, w in zip(averages, generator.get_weights(), strict=True)
        ]
        play()
    return averages


def from_the_start_each_time(generator, play, rounds, decay):
    start = generator.get_weights()
    for _ in range(rounds):
        play()
        averages = [
            decay * m + (1 - decay) * w for m, w in zip(start, generator.get_weights(), strict=True)
        ]
    return averages


def plain_mean(generator, play, rounds, decay):
    path = [generator.get_weights()]
    for _ in range(rounds):
        play()
        path.append(generator.get_weights())
    return [np.mean(each, axis=0) for each in zip(*path, strict=True)]


def handed_to_the_game(generator, play, rounds, decay):
    averages = average(generator, play, rounds, decay)
    generator.set_weights(averages)
    return averages


def handed_over_each_round(generator, play, rounds, decay):
    averages = generator.get_weights()
    for _ in range(rounds):
        play()
        averages = [
            decay * m + (1 - decay) * w
            for m, w in zip(averages, generator.get_weights(), strict=True)
        ]
        generator.set_weights(averages)
    return averages


def only_the_kernel(generator, play, rounds, decay):
    return average(generator, play, rounds, decay)[0]


D = 6 / (6 + 8 * 0.8)
LOSS = -6 / 8 * np.log(D) - 0.8 * np.log(1 - D)


def games(**changes):
    def answer():
        value = {"A": "fast D", "B": "idle D", "C": "equal", "D": "fast G"}
        value |= {"best D": D, "L_D": LOSS, "JSD": (np.log(4) - LOSS) / 2}
        return value | {
            key.replace("_", " ", key == "best_D"): each for key, each in changes.items()
        }

    return answer


def by_toys(points, modes, std):
    judged = toys.coverage(toys.Toy("", modes, std), points)
    return judged.modes_covered, judged.high_quality


OF_ONE_CLASS = ("games",)  # its tables are those of class 0


def of_eight(points, modes, std):
    distances = np.linalg.norm(points[:, None] - modes, axis=-1)
    good = distances.min(axis=1) <= 3 * std
    counts = np.bincount(distances.argmin(axis=1)[good], minlength=len(modes))
    return (counts >= 0.1 * len(points) / 8).sum(), good.mean()


def first_in_reach(points, modes, std):
    reached = np.linalg.norm(points[:, None] - modes, axis=-1) <= 3 * std
    counts = np.bincount(reached.argmax(axis=1)[reached.any(axis=1)], minlength=len(modes))
    return (counts >= 0.1 * len(points) / len(modes)).sum(), reached.any(axis=1).mean()


def covered_above(points, modes, std):
    distances = np.linalg.norm(points[:, None] - modes, axis=-1)
    good = distances.min(axis=1) <= 3 * std
    counts = np.bincount(distances.argmin(axis=1)[good], minlength=len(modes))
    return (counts > 0.1 * len(points) / len(modes)).sum(), good.mean()


def arrows_by_logarithm(discriminator, points):
    points = tf.constant(points)
    with tf.GradientTape() as tape:
        tape.watch(points)
        total = -ops.sum(ops.log(ops.sigmoid(discriminator(points))))
    return -tape.gradient(total, points)


def arrows_that_freeze(discriminator, points):
    discriminator.trainable = False
    return arrows(discriminator, points)


def steps_as(loss_of, freeze=False, apart=False, latents_of=lambda latents: latents):
    def answer(generator, discriminator, optimizer, real, latents):
        losses, weights = [], discriminator.trainable_variables
        generator.trainable = not freeze
        for real_now, latents_now in zip(real, latents, strict=True):
            fake = generator(latents_of(latents_now))
            total = 0.0
            for kinds in ((0,), (1,)) if apart else ((0, 1),):
                with tf.GradientTape() as tape:
                    both = loss_of(discriminator(real_now), discriminator(fake))
                    loss = sum(both[kind] for kind in kinds)
                optimizer.apply(tape.gradient(loss, weights), weights)
                total += float(loss)
            losses.append(total)
        return losses

    return answer


def two_means(real, fake):
    return ops.mean(ops.softplus(-real)), ops.mean(ops.softplus(fake))


def two_logarithms(real, fake):
    return -ops.mean(ops.log(ops.sigmoid(real))), -ops.mean(ops.log(1 - ops.sigmoid(fake)))


steps_by_logarithms = steps_as(two_logarithms)
steps_that_freeze = steps_as(two_means, freeze=True)
steps_apart = steps_as(two_means, apart=True)
steps_with_own_latents = steps_as(
    two_means, latents_of=lambda z: np.random.default_rng(1).normal(0, 1, z.shape)
)


def averaged(gamma=lambda step, decay: decay, statistics="averaged"):
    def answer(generator, play, rounds, decay):
        trained = [weight.trainable for weight in generator.weights]
        value = generator.get_weights()
        for step in range(rounds):
            play()
            g = gamma(step, decay)
            pairs = zip(trained, value, generator.get_weights(), strict=True)
            keep = statistics == "averaged"
            value = [g * old + (1 - g) * new if t or keep else old for t, old, new in pairs]
        if statistics == "left out":
            return [each for t, each in zip(trained, value, strict=True) if t]
        return value

    return answer


average_warmed_up = averaged(lambda step, decay: min(decay, (1 + step) / (10 + step)))
average_of_trained = averaged(statistics="left out")
average_with_old_statistics = averaged(statistics="old")


RIGHT = {
    "coverage": [
        coverage,
        coverage_by_loop,
        coverage_by_tensorflow,
        lambda p, m, s: np.array(coverage(p, m, s)),
    ],
    "arrows": [arrows, arrows_one_by_one, arrows_of_the_logit, arrows_in_a_graph],
    "steps_of_d": [steps, steps_in_graphs, steps_without_optimizer],
    "average": [average, average_in_a_copy, average_at_the_end, average_in_tensors],
    "games": [
        games(),
        games(A="Fast  d", best_D=0.484, L_D=np.float32(1.07), JSD=[0.156]),
    ],
}

WRONG = {
    "coverage": [
        (lambda p, m, s: coverage(p, m, s, near=lambda d, std: d < 3 * std), "'at most 3 std'"),
        (covered_above, "'at least a tenth'"),
        (by_toys, "calls ganlib.toys"),
        (square, "square around each centre"),
        (lambda p, m, s: coverage(p, m, s, near=lambda d, std: d <= std), "within one std"),
        (lambda p, m, s: coverage(p, m, s, near=lambda d, std: d <= 2 * std), "within two std"),
        (lambda p, m, s: coverage(p, m, s, near=lambda d, std: d**2 <= 3 * std), "a root"),
        (lambda p, m, s: coverage(p, m, s, near=lambda d, std: d <= 3 * std**2), "3 std²"),
        (lambda p, m, s: coverage(p, m, s, near=lambda d, std: d > 3 * std), "too far away"),
        (lambda p, m, s: (coverage(p, m, s)[0], 100 * coverage(p, m, s)[1]), "percentage"),
        (lambda p, m, s: (coverage(p, m, s)[0], len(p) * coverage(p, m, s)[1]), "number of points"),
        (of_eight, "threshold is that of eight modes"),
        (first_in_reach, "not to the first or the last"),
        (over_points, "minimum over the points"),
        (lambda p, m, s: coverage(p, m, s)[::-1], "changed places"),
        (lambda p, m, s: coverage(p, m, s)[1], "return two numbers"),
        (lambda p, m, s: (np.ones(len(m)), coverage(p, m, s)[1]), "a value for each mode"),
        (lambda p, m, s: coverage(p, m, s, least=lambda n, k, good: 1), "first good point"),
        (lambda p, m, s: coverage(p, m, s, least=lambda n, k, good: n / 10), "tenth of all points"),
        (lambda p, m, s: coverage(p, m, s, least=lambda n, k, good: n / k), "whole fair share"),
        (
            lambda p, m, s: coverage(p, m, s, least=lambda n, k, good: good.sum() / k / 10),
            "one k-th of the good points",
        ),
        (lambda p, m, s: coverage(p, m, s, all_points=True), "near to no mode"),
        (
            lambda p, m, s: (len(m) - coverage(p, m, s)[0], coverage(p, m, s)[1]),
            "modes that are not covered",
        ),
        (twice, "count a point twice"),
        (both_covered, "let a point cover both"),
        (lambda p, m, s: coverage(p, m, s, least=lambda n, k, good: n // k // 10), "rounded down"),
        (
            lambda p, m, s: coverage(p, m, s, least=lambda n, k, good: 0.1 * (n // k)),
            "24 points for 25 modes, and you say",
        ),
    ],
    "arrows": [
        (arrows_by_logarithm, "logits beyond ±100 the arrows are NaN"),
        (
            lambda d, x: arrows(d, x, lambda logits: ops.log(1 + ops.exp(-logits))),
            "or an exponential overflows",
        ),
        (unwatched_and_minus, "points that it does not watch"),
        (arrows_that_freeze, "trainable = False"),
        (lambda d, x: -arrows(d, x), "wrong way: along the slope, where"),
        (lambda d, x: arrows(d, x, reduce=ops.mean), "arrows are n times too short. That"),
        (lambda d, x: -arrows(d, x, reduce=ops.mean), "wrong way and are n times"),
        (lambda d, x: arrows(d, x, ops.softplus), "way down D's loss"),
        (lambda d, x: -arrows(d, x, ops.softplus), "way of the minimax loss"),
        (lambda d, x: arrows(d, x, ops.softplus, ops.mean), "down the mean of D's loss"),
        (lambda d, x: arrows(d, x, lambda logits: -logits), "slope of the logit itself. The"),
        (lambda d, x: arrows(d, x, lambda logits: logits), "minus the slope of the logit"),
        (lambda d, x: arrows(d, x, lambda logits: -ops.sigmoid(logits)), "probability D(x)"),
        (all_of_length_one, "have length 1"),
        (lambda d, x: np.tile(np.mean(arrows(d, x), axis=0), (len(x), 1)),
         "All arrows are the same"),
        (lambda d, x: np.mean(arrows(d, x), axis=1), "one number for each"),
        (unwatched, "most likely a gradient"),
        (watched_array, "asked to watch a NumPy array"),
    ],
    "steps_of_d": [
        (steps_by_logarithms, "With logits beyond ±100 a loss"),
        (steps_that_freeze, "trainable = False"),
        (steps_apart, "one for each kind of points"),
        (steps_with_own_latents, "from the latents that are given"),
        (g_moves_too, "G's weights have changed"),
        (
            lambda *a: steps(
                *a, weights_of=lambda g, d: d.trainable_variables + g.trainable_variables
            ),
            "it was handed others",
        ),
        (never_applied, "D has not moved"),
        (outside_the_tape, "No gradient reaches"),
        (in_one_step, "returns one number"),
        (lambda *a: [*steps(*a)[:1]], "shape (1,)"),
        (lambda *a: steps(*a, sign=-1.0), "up the slope"),
        (lambda *a: steps(*a, loss=lambda r, f: d_loss_of(r, f) / 2), "Half of D's loss"),
        (lambda *a: steps(*a, loss=lambda r, f: d_loss_of(r, f) * len(r)), "added up the points"),
        (lambda *a: steps(*a, loss=lambda r, f: d_loss_of(f, r)), "Real and generated points"),
        (lambda *a: steps(*a, loss=lambda r, f: -d_loss_of(r, f), sign=-1.0), "this is V"),
        (lambda *a: steps(*a, shown=lambda before, after: after), "losses after each step"),
        (lambda *a: steps(*a, loss=lambda r, f: ops.mean(ops.softplus(f))), "no real points"),
        (lambda *a: steps(*a, loss=lambda r, f: ops.mean(ops.softplus(-r))), "no generated points"),
        (lambda g, d, o, x, z: steps(g, d, o, x, z[:1].repeat(len(z), 0)), "first latents only"),
        (lambda g, d, o, x, z: steps(g, d, o, x[:1].repeat(len(x), 0), z), "first real batch"),
        (
            lambda g, d, o, x, z: steps(g, d, o, *(a[:1].repeat(len(a), 0) for a in (x, z))),
            "took the first batch",
        ),
        (slopes_at_the_start, "a tape of its own"),
        (own_optimizer, "made no step"),
        (lambda *a: steps_without_optimizer(*a, memory=False), "steps are plain ones"),
        (last_one_missing, "last batch"),
        (lambda *a: steps(*a, sign=0.5), "only half as long"),
        (two_steps_each, "optimizer has made"),
    ],
    "average": [
        (average_warmed_up, "smaller in the first rounds"),
        (average_of_trained, "running statistics of batch norm are missing"),
        (average_with_old_statistics, "statistics of batch norm are not"),
        (same_memory, "share their memory"),
        (never_changed, "as it was before the first round"),
        (lambda g, play, n, y: average(g, play, n, 1 - y), "changed places"),
        (lambda *a: average(*a, start=0), "begins with 0"),
        (lambda *a: average(*a, first=1), "after the first round"),
        (one_round_late, "one round late"),
        (plain_mean, "plain mean of all weights"),
        (lambda *a: average(*a, new=1.0), "without the factor 1 − γ"),
        (lambda *a: average(*a, old=1.0), "without the factor γ"),
        (from_the_start_each_time, "Only the last round"),
        (handed_to_the_game, "the game does not notice"),
        (handed_over_each_round, "no longer what the last round has left"),
        (lambda g, play, n, y: average(g, play, n - 1, y), "called 5 times"),
        (lambda g, play, n, y: average(g, play, n + 1, y), "more than 6 rounds"),
        (only_the_kernel, "a list with an array for each"),
    ],
    "games": [
        (lambda: ["fast D", "idle D", "equal", "fast G"], "dictionary with"),
        (games(C=None), "no value for 'C'"),
        (games(C="balanced"), "The games are"),
        (games(C="fast D"), "Two tables"),
        (games(A="idle G"), "If G never learns"),
        (games(A="idle D", B="fast D"), "A D that never learns"),
        (games(A="equal", C="fast D"), "With equal rates"),
        (games(A="fast G", D="fast D"), "the heap of G's points has moved on"),
        (games(B="fast D", A="idle G"), "Table A is not that of 'idle G'"),
        (games(L_D=None), "no value for 'L_D'"),
        (games(best_D=6 / 14), "left out the bridges"),
        (games(best_D=1 - D), "1 − D*"),
        (games(best_D=1 / 1.8), "would be right if G drew all"),
        (games(best_D=8 / (8 + 4.8)), "k and m have changed"),
        (games(best_D=0.5), "equally dense"),
        (games(L_D=-0.75 * np.log(D) - np.log(1 - D)), "bridges are counted"),
        (games(L_D=-np.log(D) - 0.8 * np.log(1 - D)), "All real points"),
        (games(L_D=-0.75 * np.log(6 / 14) - np.log(8 / 14)), "L_D without bridges"),
        (games(L_D=LOSS / 2), "Half of L_D"),
        (games(L_D=-LOSS), "this is V"),
        (games(JSD=np.log(4) - LOSS), "twice the JSD"),
        (games(JSD=(np.log(4) - LOSS) / 2 / np.log(2)), "in bits"),
    ],
}  # fmt: skip
