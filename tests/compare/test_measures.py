"""Distances, fractions and scores against the same, made of parts of scikit-learn and SciPy."""

import numpy as np
import pytest
from scipy import integrate, linalg, stats
from scipy.spatial.distance import jensenshannon
from sklearn.covariance import empirical_covariance
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import NearestNeighbors

from ganlib import metrics, theory
from ganlib.precision_recall import precision_recall_density_coverage
from ganlib.widgets.real_or_generated import wilson_interval


def features(n: int, d: int, seed: int, shift: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.normal(size=(d, d)) / d**0.5 + shift


@pytest.mark.parametrize(("n", "m", "k"), [(120, 90, 3), (60, 200, 5), (40, 40, 1), (30, 50, 29)])
@pytest.mark.parametrize("shift", [0.0, 0.7, 20.0])
def test_precision_recall_density_and_coverage(n, m, k, shift):
    real, fake = features(n, 6, seed=k), features(m, 6, seed=n + 100, shift=shift)

    def balls(of: np.ndarray) -> tuple[NearestNeighbors, np.ndarray]:
        """What finds neighbours, and the distance of each point to its k-th other one."""
        known = NearestNeighbors(algorithm="brute").fit(of)
        return known, known.kneighbors(n_neighbors=k)[0][:, -1]

    def inside(centres: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Whether each point (columns) lies in the ball around each centre (rows)."""
        _, radius = balls(centres)
        distances = linalg.norm(centres[:, None] - points, axis=2)
        return distances <= radius[:, None] * (1 + 1e-9)

    in_real = inside(real, fake)
    measured = precision_recall_density_coverage(real, fake, k=k)
    assert measured.precision == pytest.approx(in_real.any(axis=0).mean())
    assert measured.recall == pytest.approx(inside(fake, real).any(axis=0).mean())
    assert measured.density == pytest.approx(in_real.sum(axis=0).mean() / k)
    assert measured.coverage == pytest.approx(in_real.any(axis=1).mean())


@pytest.mark.parametrize("seed", range(4))
def test_frechet_distance(seed):
    a, b = features(300, 12, seed), features(200, 12, seed + 10, shift=0.3)
    apart = a.mean(axis=0) - b.mean(axis=0)
    # scikit-learn divides by n, the course by n - 1.
    covariances = [empirical_covariance(x) * len(x) / (len(x) - 1) for x in (a, b)]
    root = linalg.sqrtm(covariances[0] @ covariances[1])
    expected = apart @ apart + np.trace(sum(covariances) - 2 * np.real(root))
    assert metrics.classifier_frechet_distance(a, b) == pytest.approx(expected)


@pytest.mark.parametrize("sizes", [(50, 50), (31, 80)])
def test_kernel_distance(sizes):
    a, b = features(sizes[0], 7, seed=1), features(sizes[1], 7, seed=2, shift=0.5)

    def within(x: np.ndarray) -> float:
        kernel = polynomial_kernel(x, degree=3, gamma=1 / x.shape[1], coef0=1)
        return (kernel.sum() - np.trace(kernel)) / (len(x) * (len(x) - 1))

    between = polynomial_kernel(a, b, degree=3, gamma=1 / a.shape[1], coef0=1).mean()
    expected = within(a) + within(b) - 2 * between
    assert metrics.kernel_distance(a, b) == pytest.approx(expected)


def test_classifier_score():
    logits = np.random.default_rng(0).normal(size=(200, 10)) * 3
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    expected = np.exp(np.mean([stats.entropy(row, p.mean(axis=0)) for row in p]))
    assert metrics.classifier_score(logits) == pytest.approx(expected)


def test_divergences_on_a_line():
    x = np.linspace(-12, 12, 4001)
    p = theory.mixture(x, means=[-2, 2.5], stds=[0.8, 0.6], weights=[0.6, 0.4])
    q = theory.normal(x, mean=0.5, std=1.5)
    hills = [stats.norm(-2, 0.8), stats.norm(2.5, 0.6)]

    def of_p(at: float) -> float:
        return 0.6 * hills[0].pdf(at) + 0.4 * hills[1].pdf(at)

    def kl(at: float) -> float:
        return of_p(at) * (np.log(of_p(at)) - stats.norm(0.5, 1.5).logpdf(at))

    by_quadrature = integrate.quad(kl, -12, 12, points=[-2, 2.5], limit=200)[0]
    assert theory.kullback_leibler(p, q, x) == pytest.approx(by_quadrature, rel=1e-5)
    assert theory.jensen_shannon(p, q, x) == pytest.approx(jensenshannon(p, q) ** 2, rel=1e-6)
    expected = stats.wasserstein_distance(x, x, p, q)
    assert theory.wasserstein(p, q, x) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("right", "n"), [(0, 1), (0, 20), (7, 20), (20, 20), (513, 1000)])
def test_wilson_interval(right, n):
    expected = stats.binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(right, n) == pytest.approx(tuple(expected), abs=1e-6)
