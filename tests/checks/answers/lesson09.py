"""Answers to exercise 09: right ones of several kinds, and usual mistakes with their messages."""

import functools
import itertools
import math

import keras
import numpy as np
import scipy.stats
import tensorflow as tf
from keras import ops

from ganlib import penalties


def step_matrix(slope, g_rate, d_rate, gamma, in_turn):
    d_moves = np.array([[1, 0], [-d_rate * slope, 1 - d_rate * gamma]])
    g_moves = np.array([[1, g_rate * slope], [0, 1]])
    return g_moves @ d_moves if in_turn else g_moves + d_moves - np.eye(2)


def matrix_by_entries(slope, g_rate, d_rate, gamma, in_turn):
    a, b, c, d = 1, g_rate * slope, -d_rate * slope, 1 - d_rate * gamma
    return [[a + b * c, b * d], [c, d]] if in_turn else [[a, b], [c, d]]


def matrix_by_steps(slope, g_rate, d_rate, gamma, in_turn):
    def step(theta, psi):
        new_psi = psi - d_rate * (slope * theta + gamma * psi)
        return theta + g_rate * slope * (new_psi if in_turn else psi), new_psi

    return tf.transpose(tf.constant([step(1.0, 0.0), step(0.0, 1.0)]))


def matrix_of_g_first(slope, g_rate, d_rate, gamma, in_turn):
    d_moves = np.array([[1, 0], [-d_rate * slope, 1 - d_rate * gamma]])
    g_moves = np.array([[1, g_rate * slope], [0, 1]])
    return d_moves @ g_moves if in_turn else g_moves + d_moves - np.eye(2)


def of(**changes):
    """The right matrix of other arguments."""

    def answer(slope, g_rate, d_rate, gamma, in_turn):
        given = {"slope": slope, "g_rate": g_rate, "d_rate": d_rate, "gamma": gamma}
        changed = {key: change(given) for key, change in changes.items()}
        return step_matrix(**{**given, "in_turn": in_turn, **changed})

    return answer


def diagnose(
    run,
    bound=lambda losses: np.abs(losses) > 100,
    won=lambda real, fake: real[-1] > 5 and fake[-1] < -5,
    blind=lambda real, fake: ((np.abs(real) < 0.01) & (np.abs(fake) < 0.01)).any(),
    spread=lambda run: run["spread"][-1] < run["real_spread"] / 3,
    finite=lambda run: np.isfinite(np.concatenate([np.ravel(v) for v in run.values()])).all(),
):
    real, fake = run["real_logits"], run["fake_logits"]
    if not finite(run):
        return "not finite"
    if bound(np.array([run["d_loss"][-1], run["g_loss"][-1]])).any():
        return "exploded"
    if won(real, fake):
        return "D has won"
    if blind(real, fake):
        return "D is blind"
    return "one picture" if spread(run) else "nothing seen"


def diagnose_by_loops(run):
    for values in run.values():
        for value in np.atleast_1d(values):
            if not math.isfinite(value):
                return "not finite"
    if max(abs(run["d_loss"][-1]), abs(run["g_loss"][-1])) > 100:
        return "exploded"
    if run["real_logits"][-1] > 5 and run["fake_logits"][-1] < -5:
        return "D has won"
    for real, fake in zip(run["real_logits"], run["fake_logits"], strict=True):
        if max(abs(real), abs(fake)) < 0.01:
            return "D is blind"
    return "one picture" if 3 * run["spread"][-1] < run["real_spread"] else "nothing seen"


def picture_first(run):
    if np.isfinite(run["spread"]).all() and run["spread"][-1] < run["real_spread"] / 3:
        return "one picture"
    return diagnose(run)


def between(
    critic,
    real,
    fake,
    labels=None,
    seed=None,
    shape=lambda real: [tf.shape(real)[0], *[1] * (len(real.shape) - 1)],
    draw=tf.random.uniform,
    of_squared=lambda squared: 0.5 * tf.reduce_mean(squared),
):
    share = draw(shape(real))
    middle = share * real + (1 - share) * fake
    return of_squared(penalties.squared_slopes(critic, middle, labels))


def seeded(draw):
    """Draws other numbers at each call, but the same in each run of a test."""
    numbers = itertools.count()
    return lambda shape: draw(shape, [9, next(numbers)])


UNIFORM, NORMAL = seeded(tf.random.stateless_uniform), seeded(tf.random.stateless_normal)


def between_by_tape(critic, real, fake, labels=None, seed=None):
    shape = tf.concat([tf.shape(real)[:1], tf.ones(len(real.shape) - 1, tf.int32)], 0)
    share = tf.random.uniform(shape)
    middle = fake + share * (real - fake)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        total = tf.reduce_sum(critic(middle, training=True))
    slopes = tape.gradient(total, middle)
    squared = tf.reduce_sum(slopes**2, axis=list(range(1, len(real.shape))))
    return tf.reduce_mean(squared) / 2


def between_seeded(critic, real, fake, labels=None, seed=None):
    shape = [tf.shape(real)[0], *[1] * (len(real.shape) - 1)]
    if seed is None:
        share = keras.random.uniform([len(real), *shape[1:]])
    else:
        share = tf.random.stateless_uniform(shape, seed)
    middle = share * real + (1 - share) * fake
    return 0.5 * ops.mean(penalties.squared_slopes(critic, middle, labels))


def between_by_numpy(critic, real, fake, labels=None, seed=None):
    """NumPy draws: once only in a compiled step."""
    shape = len(real), *[1] * (len(real.shape) - 1)
    share = np.random.default_rng().random(shape, np.float32)
    return 0.5 * ops.mean(penalties.squared_slopes(critic, share * real + (1 - share) * fake))


def as_number(critic, real, fake, labels=None, seed=None):
    value = between(critic, real, fake)
    return tf.stop_gradient(value)


def mean_of_numbers(critic, real, fake, labels=None, seed=None):
    return between(critic, real, fake) / float(np.prod(real.shape[1:]))


def weights_of_two(critic, real, fake, labels=None, seed=None):
    shape = [real.shape[0], *[1] * (len(real.shape) - 1)]
    middle = tf.random.uniform(shape) * real + tf.random.uniform(shape) * fake
    return 0.5 * tf.reduce_mean(penalties.squared_slopes(critic, middle))


def gaps(ours, theirs):
    pooled, n = np.array([*ours, *theirs], float), len(ours)
    seen = np.mean(ours) - np.mean(theirs)
    each = []
    for places in itertools.combinations(range(len(pooled)), n):
        each.append(pooled[list(places)].mean() - np.delete(pooled, places).mean())
    return np.array(each), seen


def chance(ours, theirs):
    each, seen = gaps(ours, theirs)
    return (each >= seen - 1e-9).mean()


def chance_by_sums(ours, theirs):
    """With the sum of the chosen alone: it grows with the difference of the means."""
    pooled = [*ours, *theirs]
    splits = list(itertools.combinations(pooled, len(ours)))
    return sum(sum(chosen) >= sum(ours) - 1e-9 for chosen in splits) / len(splits)


def chance_by_permutations(ours, theirs):
    pooled, n = [*ours, *theirs], len(ours)
    sums = [sum(order[:n]) for order in itertools.permutations(pooled)]
    return tf.reduce_mean(tf.cast(np.array(sums) >= sum(ours) - 1e-9, tf.float64))


def chance_in_float32(ours, theirs):
    each, seen = gaps(ours, theirs)
    return tf.reduce_mean(tf.cast(each >= seen - 1e-9, tf.float32))


def chance_by_values(ours, theirs):
    pooled, n = [*ours, *theirs], len(ours)
    splits = {tuple(sorted(chosen)) for chosen in itertools.combinations(pooled, n)}
    return sum(sum(chosen) >= sum(ours) - 1e-9 for chosen in splits) / len(splits)


def ranks(ours, theirs):
    places = scipy.stats.rankdata([*ours, *theirs])
    return places[: len(ours)], places[len(ours) :]


def share_of_pairs(ours, theirs):
    return np.mean([one > other for one in ours for other in theirs])


RIGHT = {
    "step_matrix": [step_matrix, matrix_by_entries, matrix_by_steps],
    "diagnose": [diagnose, diagnose_by_loops],
    "between": [between, between_by_tape, between_seeded],
    "chance": [chance, chance_by_sums, chance_by_permutations, chance_in_float32],
}

WRONG = {
    "step_matrix": [
        (matrix_of_g_first, "D moves first"),
        (lambda *given: step_matrix(*given[:4], False), "for the other value of in_turn"),
        (lambda *given: step_matrix(*given).T, "is transposed"),
        (lambda *given: step_matrix(*given)[::-1, ::-1], "which G moves, comes first"),
        (lambda *given: step_matrix(*given) - np.eye(2), "what a step adds"),
        (
            of(g_rate=lambda given: given["d_rate"], d_rate=lambda given: given["g_rate"]),
            "two rates have changed places",
        ),
        (of(slope=lambda given: -given["slope"]), "move the wrong way"),
        (of(gamma=lambda given: given["gamma"] / 2), "its slope in ψ has no ½"),
        (of(gamma=lambda given: 2 * given["gamma"]), "The slope of γψ²/2"),
        (of(gamma=lambda given: -given["gamma"]), "pushes ψ away from 0"),
        (of(gamma=lambda given: given["gamma"] / given["d_rate"]), "has no learning rate"),
        (of(gamma=lambda given: 0), "γ is missing"),
        (of(slope=lambda given: 0.5), "slope is not used"),
        (lambda *given: np.abs(np.linalg.eigvals(step_matrix(*given))), "has shape"),
        (lambda *given: 2 * step_matrix(*given), "Which entries"),
    ],
    "diagnose": [
        (picture_first, "stands above it in the table"),
        (
            lambda run: diagnose(run, spread=lambda run: run["spread"][-1] < 20.66),
            "the spread of the last row",
        ),
        (lambda run: diagnose(run).upper(), "not a word of the table"),
        (lambda run: {"word": diagnose(run)}, "should return one of the words"),
        (
            lambda run: diagnose(run, bound=lambda losses: np.abs(losses) >= 100),
            "For 'exploded' look at",
        ),
        (lambda run: diagnose(run, bound=lambda losses: losses > 100), "'exploded' is right"),
        (lambda run: diagnose(run, won=lambda real, fake: real[-1] > 5), "For 'D has won' look at"),
        (
            lambda run: diagnose(run, won=lambda real, fake: real[-1] >= 5 and fake[-1] <= -5),
            "logits above 5 on real",
        ),
        (
            lambda run: diagnose(
                run, blind=lambda real, fake: max(abs(real[-1]), abs(fake[-1])) < 0.01
            ),
            "'D is blind' is right",
        ),
        (
            lambda run: diagnose(run, blind=lambda real, fake: (np.abs(real) < 0.01).any()),
            "For 'D is blind' look at",
        ),
        (
            lambda run: diagnose(
                run, blind=lambda real, fake: min(abs(real)) < 0.01 and min(abs(fake)) < 0.01
            ),
            "It returns 'D is blind' where 'nothing seen' is right",
        ),
        (
            lambda run: diagnose(run, blind=lambda real, fake: min(abs(fake)) < 0.01),
            "any row in which both mean logits lie",
        ),
        (
            lambda run: diagnose(run, won=lambda real, fake: max(real) > 5 and min(fake) < -5),
            "the last row: logits above 5",
        ),
        (
            lambda run: diagnose(
                run, spread=lambda run: run["spread"][-1] <= run["real_spread"] / 3
            ),
            "For 'one picture' look at",
        ),
        (
            lambda run: diagnose(
                run, spread=lambda run: (run["spread"] < run["real_spread"] / 3).any()
            ),
            "below a third of that",
        ),
        (lambda run: diagnose(run, finite=lambda run: True), "'not finite' is right"),
        (
            lambda run: diagnose(run, finite=lambda run: np.isfinite(run["d_loss"]).all()),
            "any number in the logbook",
        ),
    ],
    "between": [
        (
            lambda *given: between(*given, of_squared=tf.reduce_mean),
            "The ½ is missing",
        ),
        (
            lambda *given: between(*given, of_squared=lambda s: 0.5 * tf.reduce_mean(s**0.5)),
            "half of the norm itself",
        ),
        (
            lambda *given: between(*given, of_squared=lambda s: tf.reduce_mean(s**0.5)),
            "the norm itself",
        ),
        (
            lambda *given: between(*given, of_squared=lambda s: tf.reduce_mean((s**0.5 - 1) ** 2)),
            "gradient penalty of WGAN-GP",
        ),
        (
            lambda *given: between(
                *given, of_squared=lambda s: 0.5 * tf.reduce_mean((s**0.5 - 1) ** 2)
            ),
            "compared with 1",
        ),
        (
            lambda *given: between(*given, of_squared=lambda s: 0.5 * tf.reduce_sum(s)),
            "adds up the pairs",
        ),
        (mean_of_numbers, "mean over the numbers of a sample"),
        (penalties.r1, "looks at the real samples"),
        (penalties.r2, "looks at the generated samples"),
        (lambda *given: between(*given, draw=lambda shape: 0.5 * tf.ones(shape)), "in the middle"),
        (functools.partial(between, shape=lambda real: (), draw=UNIFORM), "Is one ε drawn"),
        (functools.partial(between, draw=NORMAL), "Is ε uniform"),
        (lambda *given: between(*given, shape=tf.shape), "an ε of its own"),
        (weights_of_two, "add up to 1"),
        (as_number, "No gradient reaches"),
        (
            lambda *given: between(
                *given, draw=lambda shape: tf.random.stateless_uniform(shape, [1, 2])
            ),
            "Every step gets the same ε",
        ),
        (between_by_numpy, "Or does NumPy draw it"),
    ],
    "chance": [
        (lambda ours, theirs: 1 - chance(ours, theirs), "share of the other splits"),
        (
            lambda ours, theirs: np.mean(np.subtract(*gaps(ours, theirs)) > 1e-9),
            "at least, not more",
        ),
        (
            lambda ours, theirs: np.mean(
                abs(gaps(ours, theirs)[0]) >= abs(gaps(ours, theirs)[1]) - 1e-9
            ),
            "differences both ways",
        ),
        (lambda ours, theirs: chance(theirs, ours), "recipes changed places"),
        (lambda ours, theirs: 100 * chance(ours, theirs), "in percent"),
        (share_of_pairs, "share of pairs"),
        (chance_by_values, "Go through all ways"),
        (lambda ours, theirs: chance(*ranks(ours, theirs)), "the share is 0.4, not 0.5"),
        (
            lambda ours, theirs: np.mean(np.greater_equal(*gaps(ours, theirs))),
            "allow 1e-9 for rounding",
        ),
    ],
}
