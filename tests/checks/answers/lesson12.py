"""Answers to exercise 12: right ones of several kinds, and usual mistakes with their messages."""

import math

import numpy as np

# The divergence -----------------------------------------------------------------------------------


def divergence_by_loop(mean, log_variance):
    rows = []
    for row, logs in zip(mean, log_variance, strict=True):
        rows.append(
            sum(0.5 * (m * m + math.exp(v) - 1 - v) for m, v in zip(row, logs, strict=True))
        )
    return rows


def divergence_of(formula):
    return lambda mean, log_variance: formula(mean, log_variance).sum(axis=1)


def divergence(mean, log_variance):
    return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1)


# A mask -------------------------------------------------------------------------------------------


def mask(size, itself):
    seen = np.ones((size, size))
    middle = size // 2
    seen[middle + 1 :] = 0
    seen[middle, middle + int(itself) :] = 0
    return seen


def mask_by_loop(size, itself):
    middle = size // 2
    return [
        [
            1 if (row, column) < (middle, middle) or (itself and row == column == middle) else 0
            for column in range(size)
        ]
        for row in range(size)
    ]


def rows_alone(whole):
    def answer(size, itself):
        seen = np.zeros((size, size))
        seen[: size // 2 + whole] = 1
        return seen

    return answer


# A step back --------------------------------------------------------------------------------------


def step_back(x, noise, a, s, a_next, s_next):
    guess = (x - s * noise) / a
    return a_next * guess + s_next * noise


def step_back_at_once(x, noise, a, s, a_next, s_next):
    ratio = a_next / a
    return ratio * x + (s_next - ratio * s) * noise


def with_new_noise(x, noise, a, s, a_next, s_next):
    fresh = np.random.default_rng(0).standard_normal(x.shape)
    return a_next * (x - s * noise) / a + s_next * fresh


RIGHT = {
    "divergence": [divergence, divergence_by_loop],
    "bits": [
        lambda nats, values: nats / (values * np.log(2)) + np.log2(127.5),
        lambda nats, values: (nats / values + math.log(127.5)) / math.log(2),
    ],
    "mask": [mask, mask_by_loop],
    "step_back": [step_back, step_back_at_once],
}

WRONG = {
    "divergence": [
        (lambda m, v: m**2 + np.exp(v) - 1 - v, "for each latent"),
        (divergence_of(lambda m, v: m**2 + np.exp(v) - 1 - v), "the factor ½ is missing"),
        (lambda m, v: -divergence(m, v), "sign is reversed"),
        (lambda m, v: 0.5 * (m**2 + np.exp(v) - 1 - v).mean(axis=1), "the mean over the latents"),
        (divergence_of(lambda m, v: 0.5 * (m**2 + np.exp(v / 2) - 1 - v)), "is σ"),
        (divergence_of(lambda m, v: 0.5 * (m**2 + np.exp(v) - v)), "− 1 is missing"),
        (divergence_of(lambda m, v: 3 * m**2), "The divergence is not right"),
    ],
    "bits": [
        (lambda nats, values: nats / values / np.log(2), "change of scale is missing"),
        (lambda nats, values: nats / values + np.log(127.5), "These are nats"),
        (lambda nats, values: nats / values + np.log2(127.5), "still in nats"),
        (lambda nats, values: nats / values / np.log(2) - np.log2(127.5), "wrong sign"),
        (lambda nats, values: nats / values / np.log(2) + np.log(127.5), "Take log₂"),
        (lambda nats, values: nats / np.log(2) + np.log2(127.5), "divided by the number"),
        (
            lambda nats, values: nats / np.log(2) + values * np.log2(127.5),
            "bits of the whole image",
        ),
        (lambda nats, values: nats / values / np.log(2) + 7, "the 256 bytes fill 256/127.5"),
        (lambda nats, values: nats / values / np.log(2) + 8, "log₂ 256"),
        (lambda nats, values: nats / values / np.log(2) + np.log2(255), "1/127.5"),
        (lambda nats, values: 1.0, "The number of bits is not right"),
    ],
    "mask": [
        (lambda size, itself: mask(size, not itself), "wrong way round"),
        (lambda size, itself: mask(size, itself)[::-1, ::-1], "turned round"),
        (
            lambda size, itself: mask(size, itself) * (np.arange(size) <= size // 2),
            "columns to the right are 0 in every row",
        ),
        (lambda size, itself: mask(size, itself).T, "Rows and columns"),
        (lambda size, itself: 1 - mask(size, itself), "Ones and zeros"),
        (
            lambda size, itself: np.tril(np.ones((size, size)), 0 if itself else -1),
            "This is a triangle",
        ),
        (rows_alone(0), "middle row is left out"),
        (rows_alone(1), "places to the right"),
        (lambda size, itself: 2 * mask(size, itself) + 1, "The mask is not right"),
    ],
    "step_back": [
        (lambda x, n, a, s, a1, s1: (x - s * n) / a, "guess of the sample"),
        (lambda x, n, a, s, a1, s1: a1 * (x - s * n) + s1 * n, "not divided by"),
        (lambda x, n, a, s, a1, s1: a1 * (x - n) / a + s1 * n, "s times the noise"),
        (lambda x, n, a, s, a1, s1: a1 * x + s1 * n, "before it is mixed"),
        (lambda x, n, a, s, a1, s1: a1 * (x - s * n) / a + s * n, "the old weight"),
        (lambda x, n, a, s, a1, s1: a * (x - s * n) / a + s1 * n, "sample has the old weight"),
        (lambda x, n, a, s, a1, s1: s1 * (x - s * n) / a + a1 * n, "are exchanged"),
        (lambda x, n, a, s, a1, s1: a1 * (x - s * n) / a, "next level is missing"),
        (lambda x, n, a, s, a1, s1: a1 * (x - s * n) / a - s1 * n, "sign of the noise"),
        (with_new_noise, "New noise was drawn"),
        (lambda x, n, a, s, a1, s1: 0 * x, "The result is not right"),
    ],
}
