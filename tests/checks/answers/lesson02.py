"""Answers to exercise 02: right ones of several kinds, and usual mistakes with their messages."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ganlib import theory
from ganlib.theory import optimal_discriminator


def kl(p, q):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p > 0, p * np.log(p / q), 0).sum(-1)


def jsd(p, q):
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


def jsd_by_tensorflow(p, q):
    m = (p + q) / 2
    parts = [tf.reduce_sum(tf.math.xlogy(a, a) - tf.math.xlogy(a, m), axis=-1) for a in (p, q)]
    return (parts[0] + parts[1]) / 2


def jsd_by_entropies(p, q):
    def entropy(p):
        return -sum(
            np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0)[..., i]
            for i in range(p.shape[-1])
        )

    return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2


def jsd_by_theory(p, q):
    x = np.arange(p.shape[-1] + 2.0)  # zeros at both ends, so that the trapezoids add up the rest
    pad = [*[(0, 0)] * (p.ndim - 1), (1, 1)]
    return theory.jensen_shannon(np.pad(p, pad), np.pad(q, pad), x)


def value_by_keras(d_real, d_fake):
    loss = keras.losses.BinaryCrossentropy()
    real = loss(np.ones((len(d_real), 1)), d_real[:, None])
    return -(real + loss(np.zeros((len(d_fake), 1)), d_fake[:, None]))


def in_place(d_real, d_fake):
    d_fake -= 1
    return np.log(d_real).mean() + np.log(-d_fake).mean()


def best_by_loop(p_data, p_g):
    return [0.5 if a + b == 0 else a / (a + b) for a, b in zip(p_data, p_g, strict=True)]


def best_with_nan(p_data, p_g):
    return p_data / (p_data + p_g)


def best_nudged(p_data, p_g):
    return p_data / (p_data + p_g + 1e-12)


def slopes_by_tape(logits):
    logits = tf.constant(logits)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        minimax, other = -tf.nn.softplus(logits), tf.nn.softplus(-logits)
    return tape.gradient(minimax, logits), tape.gradient(other, logits)


def slopes_by_keras(logits):
    d = ops.sigmoid(ops.convert_to_tensor(logits, "float32"))
    return [-d, d - 1]


def sigmoid(logits):
    return 1 / (1 + np.exp(-np.clip(logits, -50, 50)))


def overflowing(logits):
    e = np.exp(logits)
    d = e / (1 + e)
    return -d, -(1 - d)


def overflowing_unseen(logits):
    d = 1 / (1 + np.exp(-logits))
    return -d, d - 1


def points(**changes):
    def three_points():
        d0, d1 = 5 / 7, 3 / 11
        v = 0.5 * np.log(d0) + 0.3 * np.log(d1) + 0.2 * np.log(2 / 7) + 0.8 * np.log(8 / 11)
        answer = {"D(0)": d0, "D(1)": d1, "D(2)": 1.0, "V": v, "JSD": (v + np.log(4)) / 2}
        return answer | changes

    return three_points


OF_ONE_CLASS = ("three_points",)  # its numbers are those of class 0

RIGHT = {
    "value": [
        lambda d_real, d_fake: np.log(d_real).mean() + np.log(1 - d_fake).mean(),
        lambda d_real, d_fake: np.mean(np.log(d_real)) + np.mean(np.log1p(-d_fake)),
        lambda d_real, d_fake: [ops.mean(ops.log(d_real)) + ops.mean(ops.log(1 - d_fake))],
    ],
    "best_discriminator": [
        best_by_loop,
        lambda p, q: np.divide(p, p + q, out=np.full(len(p), 0.5), where=p + q > 0),
        lambda p, q: np.nan_to_num(p / np.where(p + q > 0, p + q, 1)) + 0.5 * (p + q == 0),
        lambda p, q: tf.where(p + q > 0, tf.math.divide_no_nan(p, p + q), 0.5),
    ],
    "jensen_shannon": [jsd, jsd_by_tensorflow, jsd_by_entropies],
    "generator_slopes": [
        slopes_by_tape,
        slopes_by_keras,
        lambda logits: (-sigmoid(logits), -sigmoid(-logits)),
        lambda logits: -np.stack([sigmoid(logits), 1 - sigmoid(logits)]),
    ],
    "three_points": [points(), points(V=-1.06, JSD=0.16, **{"D(0)": np.float32(0.71)})],
}

WRONG = {
    "value": [
        (lambda a, b: -(np.log(a).mean() + np.log(1 - b).mean()), "sign is turned round"),
        (lambda a, b: (np.log(a).mean() + np.log(1 - b).mean()) / 2, "Half of V"),
        (lambda a, b: -(np.log(a).mean() + np.log(1 - b).mean()) / 2, "binary cross-entropy"),
        (lambda a, b: np.log(a).sum() + np.log(1 - b).sum(), "expectation is a mean"),
        (lambda a, b: np.log(np.concatenate([a, 1 - b])).mean() * 2, "V is not right"),
        (lambda a, b: np.log(a).mean() + np.log(b).mean(), "took log D"),
        (lambda a, b: np.log(1 - a).mean() + np.log(b).mean(), "changed places"),
        (lambda a, b: np.log(a.mean()) + np.log(1 - b.mean()), "logarithm of a mean"),
        (lambda a, b: np.log2(a).mean() + np.log2(1 - b).mean(), "base 2"),
        (lambda a, b: np.log(a) + np.log(1 - b[: len(a)]), "single number"),
        (in_place, "argument number 2 in place"),
        (value_by_keras, "something clip"),
        (lambda a, b: np.log(a + 1e-9).mean() + np.log(1 - b).mean(), "added to them"),
    ],
    "best_discriminator": [
        (lambda p, q: q / (p + q), "high where p_g is high"),
        (lambda p, q: p / q, "ratio of the densities"),
        (lambda p, q: np.log(p) - np.log(q), "logit of D*"),
        (optimal_discriminator, "calls ganlib.theory"),
        (best_with_nan, "is NaN (0/0)"),
        (best_nudged, "small numbers have ratios"),
        (lambda p, q: np.where(p + q > 0, p / (p + q), 0.5), "computes both of its branches"),
        (lambda p, q: np.nan_to_num(p / (p + q), nan=0.5), "0/0 is divided first"),
        (lambda p, q: np.where(p + q > 0, p / (p + q + (p + q == 0)), 0), "no change elsewhere"),
        (lambda p, q: best_with_nan(p, q)[:, None], "axis of length 1"),
        (lambda p, q: best_with_nan(p, q).mean(), "taken too early"),
    ],
    "jensen_shannon": [
        (lambda p, q: 2 * jsd(p, q), "twice the JSD"),
        (lambda p, q: np.sqrt(jsd(p, q)), "root of the JSD"),
        (lambda p, q: jsd(p, q) / np.log(2), "base 2"),
        (lambda p, q: -jsd(p, q), "sign is turned round"),
        (lambda p, q: jsd(p, q) - np.log(2), "too small by log 2"),
        (kl, "KL(p‖q). Where is"),
        (lambda p, q: (kl(p, q) + kl(q, p)) / 2, "mean of KL(p‖q) and KL(q‖p)"),
        (lambda p, q: (kl((p + q) / 2, p) + kl((p + q) / 2, q)) / 2, "arguments exchanged"),
        (lambda p, q: kl(p, (p + q) / 2), "one of the two halves"),
        (lambda p, q: jsd(p, q).sum() if p.ndim == 2 else jsd(p, q), "it returns one number"),
        (jsd_by_theory, "calls ganlib.theory"),
        (lambda p, q: np.atleast_1d(jsd(p, q)), "should have ()"),
        (lambda p, q: np.squeeze(jsd(p, q)), "one pair, arrays (1, 4)"),
        (lambda p, q: np.where(p > 0, p, p), "six numbers"),
        (
            lambda p, q: ((p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q))) / 2).sum(-1),
            "With zeros it is NaN",
        ),
    ],
    "generator_slopes": [
        (lambda logits: (sigmoid(logits), 1 - sigmoid(logits)), "minimax loss has the wrong sign"),
        (lambda logits: (sigmoid(logits) - 1, -sigmoid(logits)), "have changed places"),
        (lambda logits: (-1 / (1 - sigmoid(logits)), -1 / sigmoid(logits)), "log(1 − D) in D"),
        (lambda logits: (-sigmoid(logits), -1 / sigmoid(logits)), "−log D in D"),
        (lambda logits: (-sigmoid(logits), 1 - sigmoid(logits)), "−log D has the wrong sign"),
        (lambda logits: -sigmoid(logits), "return two arrays"),
        (overflowing, "NaN"),
        (overflowing_unseen, "e^800 overflowed"),
        (lambda logits: [-sigmoid(logits) / len(logits)] * 2, "number of logits"),
    ],
    "three_points": [
        (points(**{"D(0)": 2 / 7}), "1 − D*"),
        (points(**{"D(0)": 2.5}), "ratio, not the share"),
        (points(**{"D(0)": 3 / 11, "D(1)": 5 / 7}), "D(0) is not right"),
        (points(V=np.log(15 / 77) / 3 + np.log(16 / 77) / 2), "plain means"),
        (points(V=-np.log(4)), "−log 4 would be V"),
        (points(V=1.0632), "never above 0"),
        (points(JSD=0.3231), "twice the JSD"),
        (points(JSD=0.2331), "in bits"),
        (points(JSD=None), "no value for 'JSD'"),
        (lambda: [0.4, 0.4, 1, -1.12, 0.13], "dictionary"),
    ],
}  # fmt: skip
