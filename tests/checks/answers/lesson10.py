"""Answers to exercise 10: right ones of several kinds, and usual mistakes with their messages."""

import math

import numpy as np
import tensorflow as tf

from ganlib import metrics

OF_ONE_CLASS = ()


def root_of(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T


def moments(points, ddof=1):
    return points.mean(axis=0), np.atleast_2d(np.cov(points, rowvar=False, ddof=ddof))


def frechet(a, b, gap=lambda d: (d**2).sum(), factor=2, ddof=1, end=lambda value: value):
    (mean_a, cov_a), (mean_b, cov_b) = moments(a, ddof), moments(b, ddof)
    half = root_of(cov_a)
    shared = np.trace(root_of(half @ cov_b @ half))
    return end(gap(mean_a - mean_b) + np.trace(cov_a) + np.trace(cov_b) - factor * shared)


def frechet_by_product(a, b):
    """The eigenvalues of the product, which is not symmetric."""
    (mean_a, cov_a), (mean_b, cov_b) = moments(a), moments(b)
    values = np.linalg.eigvals(cov_a @ cov_b)
    shared = np.sqrt(values.real.clip(0)).sum()
    return np.sum((mean_a - mean_b) ** 2) + np.trace(cov_a + cov_b) - 2 * shared


def frechet_by_singular_values(a, b):
    """tr (A^½ B A^½)^½ is the sum of the singular values of A^½ B^½."""
    factors = [(x - x.mean(axis=0)) / np.sqrt(len(x) - 1) for x in (a, b)]
    shared = np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False).sum()
    spread = sum((factor**2).sum() for factor in factors)
    return tf.constant(((a.mean(0) - b.mean(0)) ** 2).sum() + spread - 2 * shared)


def frechet_with_epsilon(a, b):
    """A habit from code for the FID: something small on the diagonal."""
    (mean_a, cov_a), (mean_b, cov_b) = moments(a), moments(b)
    more = 1e-6 * np.eye(len(cov_a))
    half = root_of(cov_a + more)
    shared = np.trace(root_of(half @ (cov_b + more) @ half))
    return ((mean_a - mean_b) ** 2).sum() + np.trace(cov_a) + np.trace(cov_b) - 2 * shared


def frechet_of_the_library(a, b):
    return metrics.frechet_distance(*moments(a), *moments(b))


def frechet_of_entries(a, b):
    (mean_a, cov_a), (mean_b, cov_b) = moments(a), moments(b)
    entries = np.trace(np.sqrt(np.abs(cov_a @ cov_b)))
    return np.sum((mean_a - mean_b) ** 2) + np.trace(cov_a + cov_b) - 2 * entries


def frechet_of_variances(a, b):
    apart = np.sqrt(a.var(axis=0, ddof=1)) - np.sqrt(b.var(axis=0, ddof=1))
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + (apart**2).sum()


def frechet_without_root(a, b):
    (mean_a, cov_a), (mean_b, cov_b) = moments(a), moments(b)
    return np.sum((mean_a - mean_b) ** 2) + np.trace(cov_a + cov_b - 2 * cov_a @ cov_b)


def cube(x, y):
    return (x @ y.T / x.shape[1] + 1) ** 3


def discrepancy(x, y, kernel=cube, end=lambda value: value, twice=2, itself=False, least=1):
    def within(a):
        pairs = kernel(a, a)
        if itself:
            return pairs.mean()
        return (pairs.sum() - np.trace(pairs)) / (len(a) * (len(a) - least))

    return end(within(x) + within(y) - twice * kernel(x, y).mean())


def discrepancy_by_loop(x, y):
    def mean(pairs):
        return np.mean([(a @ b / len(a) + 1) ** 3 for a, b in pairs])

    within = [
        [(p[i], p[j]) for i in range(len(p)) for j in range(len(p)) if i != j] for p in (x, y)
    ]
    return mean(within[0]) + mean(within[1]) - 2 * mean([(a, b) for a in x for b in y])


def discrepancy_in_tensors(x, y):
    x, y = tf.constant(x), tf.constant(y)

    def similarity(a, b):
        return (tf.matmul(a, b, transpose_b=True) / a.shape[1] + 1) ** 3

    def within(a):
        pairs = similarity(a, a)
        others = pairs - tf.linalg.diag(tf.linalg.diag_part(pairs))
        return tf.reduce_sum(others) / (len(a) * (len(a) - 1))

    return within(x) + within(y) - 2 * tf.reduce_mean(similarity(x, y))


def gaps(x, y):
    return np.linalg.norm(x[:, None] - y, axis=-1)


def expected(n, m, k):
    return 1 - np.prod([(n - i) / (n + m - i) for i in range(1, k + 1)])


def coverage(real, fake, k, place=0, expectation=expected, share=None, less=False):
    reach = np.sort(gaps(real, real), axis=1)[:, k + place]
    between = gaps(real, fake)
    inside = between < reach[:, None] if less else between <= reach[:, None]
    return (share or (lambda inside, k: inside.any(axis=1).mean()))(inside, k), expectation(
        len(real), len(fake), k
    )


def coverage_by_loop(real, fake, k):
    covered = 0
    for index, point in enumerate(real):
        others = np.delete(real, index, axis=0)
        reach = sorted(((others - point) ** 2).sum(axis=1))[k - 1]
        covered += min(((fake - point) ** 2).sum(axis=1)) <= reach
    n, m = len(real), len(fake)
    chance = math.comb(n - 1, k) / math.comb(n + m - 1, k)
    return np.array([covered / n, 1 - chance])


def coverage_by_simulation_free_product(real, fake, k):
    n, m, left = len(real), len(fake), 1.0
    for taken in range(k):
        left *= (n - 1 - taken) / (n + m - 1 - taken)
    reach = np.partition(gaps(real, real), k, axis=1)[:, k]
    return [tf.reduce_mean(tf.cast(gaps(real, fake).min(axis=1) <= reach, tf.float64)), 1 - left]


def recall(real, fake, k):
    reach = np.sort(gaps(fake, fake), axis=1)[:, k]
    return (gaps(real, fake) <= reach).any(axis=1).mean(), expected(len(real), len(fake), k)


def wilson(share, n, z=1.96):
    extra = z**2 / n
    middle = (share + extra / 2) / (1 + extra)
    half = z * math.sqrt(share * (1 - share) / n + extra / (4 * n)) / (1 + extra)
    return middle - half, middle + half


def copies(generated, seen, unseen, cut=True, near=np.min, axis=1, interval=wilson, end=None):
    if cut:
        k = min(len(seen), len(unseen))
        seen, unseen = seen[:k], unseen[:k]
    nearer = near(gaps(generated, seen), axis=axis) < near(gaps(generated, unseen), axis=axis)
    share = float(nearer.mean())
    if end is not None:
        share = end(share, len(generated))
    return share, *interval(min(max(share, 0), 1), len(generated))


def copies_by_loop(generated, seen, unseen):
    k, wins = min(len(seen), len(unseen)), 0
    for point in generated:
        first = min(((point - other) ** 2).sum() for other in seen[:k])
        wins += first < min(((point - other) ** 2).sum() for other in unseen[:k])
    share, n = wins / len(generated), len(generated)
    rates = np.linspace(0, 1, 200_001)
    fits = rates[(share - rates) ** 2 <= 1.96**2 * rates * (1 - rates) / n + 1e-15]
    return np.array([share, fits.min(), fits.max()])


def wald(share, n):
    half = 1.96 * math.sqrt(share * (1 - share) / n)
    return share - half, share + half


def of_a_coin(share, n):
    return share - 0.98 / math.sqrt(n), share + 0.98 / math.sqrt(n)


def copies_counting_keys(generated, seen, unseen):
    share = copies(generated, seen, unseen)[0]
    return share, *wilson(share, min(len(seen), len(unseen)))


def other(function, **options):
    return lambda *arguments: function(*arguments, **options)


RIGHT = {
    "frechet": [frechet, frechet_by_product, frechet_by_singular_values],
    "discrepancy": [discrepancy, discrepancy_by_loop, discrepancy_in_tensors],
    "coverage": [coverage, coverage_by_loop, coverage_by_simulation_free_product],
    "copies": [copies, copies_by_loop],
}
WRONG = {
    "frechet": [
        (other(frechet, end=lambda value: np.sqrt(max(value, 0))), "the squared one"),
        (other(frechet, gap=lambda d: np.linalg.norm(d)), "of the means is not squared"),
        (other(frechet, gap=lambda d: (d**2).mean()), "It is their sum"),
        (other(frechet, factor=1), "has a factor 2"),
        (other(frechet, gap=lambda d: 0), "The means are not in it"),
        (other(frechet, ddof=0), "Divide by n − 1"),
        (frechet_of_entries, "root of each entry"),
        (frechet_of_variances, "turned against each other"),
        (frechet_without_root, "The root is missing"),
        (lambda a, b: np.sum((a.mean(0) - b.mean(0)) ** 2), "Only the means"),
        (frechet_with_epsilon, "With fewer points than dimensions"),
        (frechet_of_the_library, "Compute it with NumPy"),
        (lambda a, b: (a.mean(0) - b.mean(0)) ** 2 + np.zeros(4), "single number"),
    ],
    "discrepancy": [
        (other(discrepancy, itself=True), "with itself are in it"),
        (other(discrepancy, least=0), "still divide by n²"),
        (other(discrepancy, kernel=lambda x, y: (x @ y.T + 1) ** 3), "not divided by d"),
        (other(discrepancy, kernel=lambda x, y: (x @ y.T / x.shape[1] + 1) ** 2), "a cube"),
        (other(discrepancy, kernel=lambda x, y: (x @ y.T / x.shape[1]) ** 3), "a + 1 inside"),
        (other(discrepancy, kernel=lambda x, y: (x @ y.T / len(x) + 1) ** 3), "of coordinates"),
        (other(discrepancy, twice=1), "subtracts it twice"),
        (other(discrepancy, end=lambda value: -value), "sign is reversed"),
        (other(discrepancy, end=lambda value: np.sqrt(abs(value))), "This is a root"),
        (other(discrepancy, end=lambda value: max(value, 0.0)), "Negative values became 0"),
        (other(discrepancy, end=abs), "lost their sign"),
    ],
    "coverage": [
        (other(coverage, place=-1), "too small by one neighbour"),
        (other(coverage, place=1), "too large by one"),
        (other(coverage, share=lambda inside, k: inside.any(axis=0).mean()), "This is precision"),
        (other(coverage, share=lambda inside, k: inside.sum(axis=0).mean() / k), "This is density"),
        (other(coverage, share=lambda inside, k: 1 - inside.any(axis=1).mean()), "not covered"),
        (other(coverage, share=lambda inside, k: inside.any(axis=1).sum()), "number of balls"),
        (recall, "This is recall"),
        (other(coverage, less=True), "at most as far, not less"),
        (other(coverage, expectation=lambda n, m, k: 1 - 2.0**-k), "value for equal numbers"),
        (
            other(coverage, expectation=lambda n, m, k: 1 - (n / (n + m)) ** k),
            "approximation for many",
        ),
        (other(coverage, expectation=lambda n, m, k: expected(n + 1, m, k)), "n − 1 others"),
        (other(coverage, expectation=lambda n, m, k: expected(m, n, k)), "changed places"),
        (lambda real, fake, k: coverage(real, fake, k)[0], "return coverage, expected"),
    ],
    "copies": [
        (other(copies, cut=False), "do not have the same number"),
        (other(copies, end=lambda share, n: 1 - share), "nearer to the unseen"),
        (other(copies, near=np.mean), "You compared mean distances"),
        (other(copies, axis=0), "over the generated points"),
        (other(copies, end=lambda share, n: share * n), "number of points. The task"),
        (other(copies, interval=wald), "at the measured share. Where"),
        (other(copies, interval=of_a_coin), "of a fair coin"),
        (other(copies, interval=lambda s, n: wilson(s, n)[::-1]), "Lower and upper"),
        (other(copies, interval=lambda s, n: wilson(s, n, 1.0)), "too narrow"),
        (copies_counting_keys, "number of generated points: they"),
        (lambda *sets: copies(*sets)[0], "return share, low, high"),
    ],
}
