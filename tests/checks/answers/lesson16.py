"""Answers to exercise 16: right ones of several kinds, and usual mistakes with their messages."""

import math

import numpy as np

# Found --------------------------------------------------------------------------------------------


def found(fpr, members, others):
    allowed = int(fpr * len(others) + 1e-9)
    threshold = np.sort(others)[::-1][allowed]
    return (members > threshold).mean()


def found_by_trying(fpr, members, others):
    shares = [0.0]
    for threshold in [*others, *members]:
        if np.count_nonzero(others > threshold) <= fpr * len(others) + 1e-9:
            shares.append(float((members > threshold).mean()))
    return np.float64(max(shares))


def found_at(place, above=np.greater):
    def answer(fpr, members, others):
        ranked = np.sort(others)[::-1]
        return above(members, ranked[place(int(fpr * len(others) + 1e-9))]).mean()

    return answer


def found_at_share(whole):
    """The number of the others that may be accused, made whole in some way."""

    def answer(fpr, members, others):
        ranked = np.sort(others)[::-1]
        return (members > ranked[whole(fpr * len(others))]).mean()

    return answer


# Ratio --------------------------------------------------------------------------------------------


def log_density(score, scores, **how):
    mean, std = scores.mean(axis=0), scores.std(axis=0, **how)
    return -((score - mean) ** 2) / (2 * std**2) - np.log(std)


def ratio(score, seen, unseen):
    return log_density(score, seen) - log_density(score, unseen)


def ratio_unbiased(score, seen, unseen):
    return list(log_density(score, seen, ddof=1) - log_density(score, unseen, ddof=1))


def ratio_of(density):
    return lambda score, seen, unseen: density(score, seen) - density(score, unseen)


def of_densities(score, seen, unseen):
    densities = [
        np.exp(-((score - each.mean(0)) ** 2) / (2 * each.var(0))) / each.std(0)
        for each in (seen, unseen)
    ]
    return np.log(densities[0]) - np.log(densities[1])


# Private ------------------------------------------------------------------------------------------


def rows(gradients, clip):
    lengths = np.linalg.norm(gradients, axis=1, keepdims=True)
    return gradients * np.minimum(1, clip / np.maximum(lengths, 1e-12))


def private(gradients, clip, sigma, normal, batch):
    return (rows(gradients, clip).sum(axis=0) + sigma * clip * normal) / batch


def private_by_loop(gradients, clip, sigma, normal, batch):
    total = np.zeros(len(normal))
    for gradient in gradients:
        length = math.sqrt(float(gradient @ gradient))
        total = total + (gradient if length <= clip else gradient * (clip / length))
    return [float(value) for value in (total + sigma * clip * normal) / batch]


def clips_mean(gradients, clip, sigma, normal, batch):
    mean = gradients.mean(axis=0)
    return mean * min(1, clip / np.linalg.norm(mean)) + sigma * clip * normal / batch


def stretches(gradients, clip, sigma, normal, batch):
    lengths = np.linalg.norm(gradients, axis=1, keepdims=True)
    return ((gradients * clip / lengths).sum(axis=0) + sigma * clip * normal) / batch


def by_number(gradients, clip, sigma, normal, batch):
    return (np.clip(gradients, -clip, clip).sum(axis=0) + sigma * clip * normal) / batch


def with_noise(noise):
    """The right sum with other noise: a function of clip, sigma, normal, batch and the rows."""

    def answer(gradients, clip, sigma, normal, batch):
        total = rows(gradients, clip).sum(axis=0)
        return total / batch + noise(clip, sigma, normal, batch, len(gradients))

    return answer


def divides_by_drawn(gradients, clip, sigma, normal, batch):
    return private(gradients, clip, sigma, normal, len(gradients))


def silent_when_empty(gradients, clip, sigma, normal, batch):
    if len(gradients) == 0:
        return np.zeros(len(normal))
    return private(gradients, clip, sigma, normal, batch)


def divides_by_zero(gradients, clip, sigma, normal, batch):
    lengths = np.linalg.norm(gradients, axis=1, keepdims=True)
    total = (gradients * np.minimum(1, clip / lengths)).sum(axis=0)
    return (total + sigma * clip * normal) / batch


# Spent --------------------------------------------------------------------------------------------


def log_moment(noise, rate, order):
    logs = []
    for k in range(order + 1):
        stay = (order - k) * math.log1p(-rate) if k < order and rate < 1 else 0.0
        if rate == 1 and k < order:
            continue
        logs.append(
            math.log(math.comb(order, k)) + stay + k * math.log(rate) + (k * k - k) / (2 * noise**2)
        )
    return np.logaddexp.reduce(logs)


def tail(order, delta):
    return math.log((order - 1) / order) - (math.log(delta) + math.log(order)) / (order - 1)


def spent_with(rho=None, convert=None, choose=min):
    def answer(noise, rate, steps, delta):
        bounds = []
        for order in range(2, 65):
            one = (rho or (lambda n, q, a: log_moment(n, q, a) / (a - 1)))(noise, rate, order)
            usual = steps * one + tail(order, delta)
            bounds.append(convert(one, order, steps, delta) if convert else usual)
        return choose(bounds)

    return answer


spent = spent_with()


def spent_by_integral(noise, rate, steps, delta):
    """The same moment as an integral over the noise."""
    points = np.linspace(-12 * noise, 64 + 12 * noise, 40_001)
    ratio = math.log(rate) + (2 * points - 1) / (2 * noise**2)
    if rate < 1:
        ratio = np.logaddexp(math.log1p(-rate), ratio)
    bell = -(points**2) / (2 * noise**2) - math.log(noise * math.sqrt(2 * math.pi))
    width = math.log(points[1] - points[0])
    bounds = [
        steps * (np.logaddexp.reduce(bell + order * ratio) + width) / (order - 1)
        + tail(order, delta)
        for order in range(2, 65)
    ]
    return np.array([min(bounds)])


def overflows(noise, rate, steps, delta):
    def rho(noise, rate, order):
        k = np.arange(order + 1.0)
        ways = np.array([float(math.comb(order, int(i))) for i in k])
        terms = ways * (1 - rate) ** (order - k) * rate**k * np.exp((k * k - k) / (2 * noise**2))
        return np.log(terms.sum()) / (order - 1)

    return spent_with(rho)(noise, rate, steps, delta)


RIGHT = {
    "found": [found, found_by_trying],
    "ratio": [ratio, ratio_unbiased],
    "private": [private, private_by_loop],
    "spent": [spent, spent_by_integral],
}

WRONG = {
    "found": [
        (found_at(lambda k: k, np.greater_equal), "Scores *equal* to the threshold"),
        (found_at(lambda k: max(k - 1, 0)), "one step too high"),
        (found_at_share(math.ceil), "one step too low"),
        (found_at_share(round), "rounded *down*"),
        (found_at_share(lambda share: max(1, int(share))), "also to 0"),
        (
            lambda f, members, others: np.mean(
                members > np.quantile(others, 1 - f, method="lower")
            ),
            "one more of the others is accused",
        ),
        (lambda f, members, others: (members > np.quantile(others, 1 - f)).mean(), "ten scores"),
        (lambda fpr, members, others: found(fpr, others, members), "have changed places"),
        (lambda fpr, members, others: found(1 - fpr - 1e-6, members, others), "The threshold is"),
        (lambda fpr, members, others: 1 - found(fpr, members, others), "that are missed"),
        (lambda fpr, members, others: (members > np.median(others)).mean(), "not depend on fpr"),
        (lambda fpr, members, others: members > 0, "should be a single number"),
        (lambda fpr, members, others: 0.123, "Take ten scores by hand"),
    ],
    "ratio": [
        (lambda score, seen, unseen: ratio(score, unseen, seen), "The sign is wrong"),
        (
            ratio_of(lambda x, s: -((x - s.mean(0)) ** 2) / (2 * s.var(0))),
            "− log σ is missing",
        ),
        (
            ratio_of(lambda x, s: -((x - s.mean()) ** 2) / (2 * s.var()) - np.log(s.std())),
            "all examples together",
        ),
        (lambda score, seen, unseen: log_density(score, seen), "Subtract that of the unseen"),
        (ratio_of(lambda x, s: -((x - s.mean(0)) ** 2) / s.var(0) - np.log(s.std(0))), "The 2 in"),
        (
            ratio_of(lambda x, s: -((x - s.mean(0)) ** 2) / (2 * s.std(0)) - np.log(s.std(0))),
            "divided by 2σ, not",
        ),
        (lambda score, seen, unseen: (score - unseen.mean(0)) / unseen.std(0), "the offline"),
        (of_densities, "a density itself becomes 0"),
        (lambda score, seen, unseen: 7 * ratio(score, seen, unseen), "four numbers"),
    ],
    "private": [
        (clips_mean, "The mean is clipped"),
        (stretches, "are stretched"),
        (by_number, "Each number is clipped by itself"),
        (lambda g, c, s, normal, b: (g.sum(0) + s * c * normal) / b, "Nothing is clipped"),
        (with_noise(lambda c, s, normal, b, n: s * normal / b), "lacks the factor clip"),
        (with_noise(lambda c, s, normal, b, n: s * c * normal), "before dividing"),
        (with_noise(lambda c, s, normal, b, n: 0), "There is no noise"),
        (with_noise(lambda c, s, normal, b, n: n * s * c * normal / b), "once for each row"),
        (with_noise(lambda c, s, normal, b, n: s * c * normal / b**2), "by batch twice"),
        (divides_by_drawn, "the number of rows that were drawn"),
        (lambda *given: private(*given) * given[-1], "Divide by batch"),
        (silent_when_empty, "there must still be noise"),
        (divides_by_zero, "has the length 0"),
        (
            lambda g, c, s, normal, b: (
                rows(g, c).mean(axis=0) + s * c * normal / b
                if not len(g)
                else private(g, c, s, normal, b)
            ),
            "take no mean of nothing",
        ),
        (lambda *given: 5 * private(*given) + 1, "Do two rows by hand"),
    ],
    "spent": [
        (lambda n, q, steps, d: spent(n, q, 1, d), "the ε of one step"),
        (spent_with(log_moment), "must be divided by α − 1"),
        (
            spent_with(convert=lambda rho, a, T, d: T * rho - math.log(d) / (a - 1)),
            "the older conversion",
        ),
        (
            spent_with(
                convert=lambda rho, a, T, d: (
                    T * rho + math.log((a - 1) / a) - (math.log(d) - math.log(a)) / (a - 1)
                )
            ),
            "ε is not right",
        ),
        (spent_with(choose=max), "the largest of the bounds"),
        (spent_with(choose=lambda bounds: min(list(bounds)[:-1])), "The order 64 belongs"),
        (spent_with(convert=lambda rho, a, T, d: T * (rho + tail(a, d))), "once, at the end"),
        (spent_with(lambda n, q, a: a / (2 * n**2)), "the rate is missing"),
        (
            spent_with(
                convert=lambda rho, a, T, d: T * rho - (math.log(d) + math.log(a)) / (a - 1)
            ),
            "is missing",
        ),
        (overflows, "add the terms as logarithms"),
        (lambda *given: 2 * spent(*given), "check that first"),
    ],
}
