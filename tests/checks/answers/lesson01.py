"""Answers to exercise 01: right ones of several kinds, and usual mistakes with their messages."""

import itertools
import math

import keras
import numpy as np
import tensorflow as tf
from keras import ops


def heights(train, test, edges):
    share = np.histogram(train, edges)[0] / len(train)
    return (share / np.diff(edges))[np.searchsorted(edges, test) - 1]


def likelihood(train, test, edges, uniform=0.0):
    mixed = (1 - uniform) * heights(train, test, edges)
    return np.log(mixed + uniform / (edges[-1] - edges[0])).mean()


def likelihood_by_numpy(train, test, edges, uniform=0.0):
    counts, _ = np.histogram(train, edges, density=True)
    flat = np.ones_like(counts) / np.sum(np.diff(edges))
    return np.average(np.log(uniform * flat + (1 - uniform) * counts)[np.digitize(test, edges) - 1])


def likelihood_by_loop(train, test, edges, uniform=0.0):
    total = 0.0
    for value in test:
        for low, high in itertools.pairwise(edges):
            if low < value < high:
                inside = sum(low < one < high for one in train) / len(train) / (high - low)
                p = (1 - uniform) * inside + uniform / (edges[-1] - edges[0])
                total += np.log(p) if p else -np.inf
    return total / len(test)


def likelihood_by_tensorflow(train, test, edges, uniform=0.0):
    density = tf.constant(np.histogram(train, edges, density=True)[0], "float32")
    p = tf.gather(density, np.searchsorted(edges, test) - 1)
    return tf.reduce_mean(tf.math.log((1 - uniform) * p + uniform / (edges[-1] - edges[0])))


def changed(function):
    """The right likelihood, but for what becomes of the densities."""
    return lambda train, test, edges, uniform=0.0: function(heights(train, test, edges), uniform)


def one_width(train, test, edges, uniform=0.0):
    share = np.histogram(train, edges)[0] / len(train)
    return np.log(share / (edges[1] - edges[0]))[np.searchsorted(edges, test) - 1].mean()


def without_minlength(train, test, edges, uniform=0.0):
    counts = np.bincount(np.searchsorted(edges, train) - 1)
    density = counts / len(train) / np.diff(edges)[: len(counts)]
    cell = np.searchsorted(edges, test) - 1
    return np.log((1 - uniform) * density[cell] + uniform / (edges[-1] - edges[0])).mean()


def with_a_lost_cell(train, test, edges, uniform=0.0):
    """What lies behind the last count counts for the last cell that has one."""
    counts = np.bincount(np.searchsorted(edges, train) - 1)
    cell = np.minimum(np.searchsorted(edges, test) - 1, len(counts) - 1)
    density = counts / len(train) / np.diff(edges)[: len(counts)]
    return np.log((1 - uniform) * density[cell] + uniform / (edges[-1] - edges[0])).mean()


def infinite_at_any_hole(train, test, edges, uniform=0.0):
    if not uniform and not np.histogram(train, edges)[0].all():
        return -np.inf
    return likelihood(train, test, edges, uniform)


def by_the_mean(z, scale):
    """One piece for all z, by where most of them lie."""
    return scale * (np.log(2 * z) if z.mean() < 0.5 else -np.log(2 * (1 - z)))


def in_place(train, test, edges, uniform=0.0):
    result = likelihood(train, test, edges, uniform)
    train.sort()
    return result


def mixture(height):
    def function(train, test, edges, uniform=0.0):
        return np.log((1 - uniform) * heights(train, test, edges) + uniform * height).mean()

    return function


def mixed_logs(train, test, edges, uniform=0.0):
    answer = likelihood(train, test, edges)
    return (1 - uniform) * answer - uniform * np.log(edges[-1] - edges[0]) if uniform else answer


def too_much(train, test, edges, uniform=0.0):
    return np.log(heights(train, test, edges) + uniform / (edges[-1] - edges[0])).mean()


def exchanged(train, test, edges, uniform=0.0):
    return likelihood(train, test, edges, 1 - uniform if uniform else 0.0)


def mixture_from_zero(train, test, edges, uniform=0.0):
    """Takes the last edge for the width of the range."""
    density = heights(train, test, edges)
    with np.errstate(divide="ignore"):
        return np.log((1 - uniform) * density + uniform / edges[-1]).mean()


def laplace_by_loop(z, scale):
    answer = []
    for one in z:
        if one <= 0.5:
            answer.append(scale * np.log(2 * one))
        else:
            answer.append(scale * -np.log(2 - 2 * one))
    return answer


def laplace(z, scale):
    return -scale * np.sign(z - 0.5) * np.log1p(-2 * np.abs(z - 0.5))


def laplace_by_keras(z, scale):
    z = ops.convert_to_tensor(z, "float32")
    return scale * ops.where(z < 0.5, ops.log(2 * z), -ops.log(2 * (1 - z)))


def size(drawn):
    same = (drawn[:, None] == drawn).sum() - len(drawn)
    return len(drawn) * (len(drawn) - 1) / same if same else np.inf


def size_by_loop(drawn):
    equal = sum(drawn[i] == drawn[j] for i in range(len(drawn)) for j in range(i))
    return np.float64(len(drawn) * (len(drawn) - 1)) / 2 / equal


def size_by_tensorflow(drawn):
    times = tf.cast(tf.unique_with_counts(drawn).count, "float64")
    k = len(drawn)
    return k * (k - 1) / tf.reduce_sum(times * (times - 1))


def size_of(counts):
    return counts.sum() * (counts.sum() - 1) / (counts * (counts - 1)).sum()


def without_a_case(drawn):
    drawn = drawn.tolist()
    equal = sum(drawn.count(each) - 1 for each in drawn) / 2
    return len(drawn) * (len(drawn) - 1) / 2 / equal


def sized(estimate):
    """An estimate from the number of draws and how often each picture came."""
    return lambda drawn: estimate(len(drawn), np.unique(drawn, return_counts=True)[1])


def share(fakes, photographs, base=1 / 40):
    return fakes * base / (fakes * base + photographs * (1 - base))


def alarms(**changes):
    answer = {"share": 0.2778, "missed": 0.00272, "two": 0.8523, "half": 0.0231}
    return lambda: answer | changes


def alarms_exactly():
    half = keras.ops.convert_to_tensor(0.9 / 39)
    return {
        "share": share(0.9, 0.06),
        "missed": np.array([share(0.1, 0.94)]),
        "two": share(0.9**2, 0.06**2),
        "half": half,
    }


OF_ONE_CLASS = ("alarms",)  # its numbers are those of class 0

RIGHT = {
    "log_likelihood": [
        likelihood,
        likelihood_by_numpy,
        likelihood_by_loop,
        likelihood_by_tensorflow,
    ],
    "generator": [laplace, laplace_by_loop, laplace_by_keras],
    "table_size": [size, size_by_loop, size_by_tensorflow],
    "alarms": [alarms(), alarms_exactly],
}

WRONG = {
    "log_likelihood": [
        (changed(lambda p, u: np.log(p * 32).mean()), "logarithm of a cell's share"),
        (lambda a, b, edges, u=0.0: likelihood(a, a, edges), "log-likelihood of the training"),
        (lambda a, b, edges, u=0.0: likelihood(b, a, edges), "changed places: the model"),
        (changed(lambda p, u: np.log(p.mean())), "logarithm of a mean"),
        (changed(lambda p, u: np.log(p).sum()), "added up the logarithms"),
        (changed(lambda p, u: -np.log(p).mean()), "sign is turned round"),
        (changed(lambda p, u: np.log2(p).mean()), "base 2"),
        (changed(lambda p, u: p.mean()), "Where is the logarithm"),
        (changed(lambda p, u: np.log(p)), "single number"),
        (one_width, "differ in width"),
        (changed(lambda p, u: np.log(p + 1e-9).mean()), "What is log 0"),
        (changed(lambda p, u: np.log(p[p > 0]).mean()), "and it returns -"),
        (mixed_logs, "still −inf"),
        (too_much, "area of more than 1"),
        (exchanged, "two parts have changed places"),
        (mixture(1), "has the height 1"),
        (mixture(1 / 5), "divided by the number of cells"),
        (mixture(1 / 16), "width of one cell"),
        (mixture_from_zero, "mixture with the uniform"),
        (in_place, "argument number 1 in place"),
        (without_minlength, "unless minlength says"),
        (changed(lambda p, u: np.mean([math.log(each) for each in p])), "math.log refuses 0"),
        (with_a_lost_cell, "lies in the last cell, some test values do"),
        (infinite_at_any_hole, "gives density 0 to none of them"),
    ],
    "generator": [
        (lambda z, s: -laplace(z, s), "G falls where it should rise"),
        (lambda z, s: -s * np.log(1 - z), "should be 0, for F(0) = ½. Where did"),
        (lambda z, s: s * np.log(z), "Where is the factor ½"),
        (lambda z, s: np.exp(-np.abs(z) / s) / (2 * s), "This is the density p"),
        (lambda z, s: np.where(z < 0, np.exp(z / s) / 2, 1 - np.exp(-z / s) / 2), "This is F"),
        (lambda z, s: laplace(z, s) / 2, "half the spread"),
        (lambda z, s: s * np.log(z / (1 - z)), "logistic distribution"),
        (lambda z, s: np.random.default_rng().laplace(0, s, len(z)), "something else each time"),
        (lambda z, s: -s * np.log(2 * (1 - z)), "For z below ½"),
        (lambda z, s: np.clip(laplace(z, s), -5 * s, 5 * s), "from 1e-6 to 0.999"),
        (lambda z, s: laplace(z, 1), "scale has no effect"),
        (lambda z, s: laplace(z, 1) / s, "divided by the scale"),
        (lambda z, s: laplace(z, s)[:, None], "axis of length 1"),
        (lambda z, s: np.log(z - 0.8), "NaN"),
        (by_the_mean, "piece that it belongs to"),
    ],
    "table_size": [
        (sized(lambda k, c: len(c)), "different pictures were seen"),
        (sized(lambda k, c: (c * (c - 1)).sum() / (k * (k - 1))), "share of pairs"),
        (sized(lambda k, c: k**2 / (c**2).sum()), "each draw with itself"),
        (sized(lambda k, c: k**2 / (c * (c - 1)).sum()), "less than k²/2"),
        (sized(lambda k, c: 2 * k * (k - 1) / (c * (c - 1)).sum()), "Twice too large"),
        (sized(lambda k, c: k * (k - 1) / 2 / (c * (c - 1)).sum()), "Half: in one"),
        (sized(lambda k, c: k / (k - len(c))), "It is pairs that count"),
        (sized(lambda k, c: k * (k - 1) / 2 / (k - len(c))), "and you counted two"),
        (sized(lambda k, c: k * (k - 1) / 2 / (c > 1).sum()), "and you counted one"),
        (lambda drawn: size(drawn) // 1, "You rounded"),
        (lambda drawn: min(size(drawn), 10**9), "no upper bound to the size"),
        (lambda drawn: np.inf, "you found no pair"),
        (sized(lambda k, c: float(k)), "This is the number of draws"),
        (sized(lambda k, c: size_of(c) if (c > 1).sum() > 1 else np.inf), "with a repeat as well"),
        (without_a_case, "ZeroDivisionError"),
    ],
    "alarms": [
        (alarms(share=0.9), "share of fakes that cause an alarm"),
        (alarms(share=0.7222), "that photographs caused"),
        (alarms(share=27.78), "'share' is in percent"),
        (alarms(share=0.9375), "half of all images were fakes"),
        (alarms(missed=0.1), "fakes that cause no alarm"),
        (alarms(missed=0.0025), "'missed' is a share of all images"),
        (alarms(two=0.2778), "as if there were one"),
        (alarms(two=0.07716), "multiply rates, not shares"),
        (alarms(two=share(0.99, 0.1164)), "if either of them"),
        (alarms(two=share(0.9, 0.0036)), "the fakes, too, must"),
        (alarms(half=0.03), "half the rate of false alarms"),
        (alarms(half=0.025641), "not all fakes cause"),
        (alarms(missed=0.003), "rounded too much"),
        (alarms(share=share(0.9, 0.06) * 1.02), "'share' is not right"),
        (alarms(half=None), "no value for 'half'"),
        (lambda: [0.2778, 0.0027, 0.8523, 0.0231], "dictionary"),
    ],
}  # fmt: skip
