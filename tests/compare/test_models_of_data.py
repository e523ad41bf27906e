"""Regressions, directions and graphs against those of scikit-learn and SciPy."""

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

from ganlib import control, networks, taste
from ganlib.society import decisions, signals


def answers(n: int, d: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points, and labels that follow a direction with some noise."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    return x, rng.random(n) < expit(x @ rng.standard_normal(d) + 0.5)


@pytest.mark.parametrize("ridge", [0.1, 10.0])
def test_a_taste_is_a_logistic_regression_without_an_intercept(ridge):
    x, y = answers(300, 8, seed=3)
    model = LogisticRegression(C=1 / ridge, fit_intercept=False, tol=1e-10, max_iter=2000)
    expected = model.fit(x, y).coef_[0]
    np.testing.assert_allclose(taste.learn(x, y, ridge), expected, atol=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
def test_evidence_is_weighed_by_logistic_regression(weighted):
    x, y = answers(500, 4, seed=5)
    counts = np.random.default_rng(0).integers(1, 5, 500).astype(float) if weighted else None
    model = LogisticRegression(C=1 / 2.0, tol=1e-10, max_iter=2000).fit(x, y, sample_weight=counts)
    bias, weights = signals.fit_logistic(x, y, ridge=2.0, counts=counts)
    np.testing.assert_allclose(weights, model.coef_[0], atol=1e-3)
    assert bias == pytest.approx(model.intercept_[0], abs=1e-3)


def test_a_direction_between_two_kinds_is_fishers():
    x, y = answers(400, 6, seed=7)
    expected = LinearDiscriminantAnalysis(solver="lsqr").fit(x, y).coef_[0]
    ours = control.direction(x, y)
    np.testing.assert_allclose(ours, expected / np.linalg.norm(expected), atol=1e-5)


def test_eigen_directions_are_principal_components_of_the_first_layer():
    generator = networks.dcgan_generator(latent_dim=5, image_shape=(16, 16, 1), width=8)
    kernel = control.first_kernel(generator).astype(float)
    vectors, values = control.eigen_directions(generator)
    # Latents whose sample covariance is the identity, as far as a sample can tell.
    z = np.linalg.qr(np.random.default_rng(0).standard_normal((50, 5)))[0]
    z -= z.mean(axis=0)
    z = z @ np.linalg.inv(np.linalg.cholesky(np.cov(z.T))).T
    components = PCA(5).fit(z @ kernel)
    np.testing.assert_allclose(components.explained_variance_, values, rtol=1e-4)
    along = components.components_ @ kernel.T  # back to latents
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    np.testing.assert_allclose(np.abs(np.sum(along * vectors, axis=1)), 1, atol=1e-5)


@pytest.mark.parametrize("edges", [0, 30, 120])
def test_components_of_a_graph(edges):
    accounts = 80
    pairs = np.random.default_rng(edges).integers(accounts, size=(edges, 2))
    graph = coo_array((np.ones(edges), pairs.T), shape=(accounts, accounts))
    number, expected = connected_components(graph, directed=False)
    group = signals.components(pairs, accounts)
    assert len(np.unique(group)) == number
    same = expected[:, None] == expected
    np.testing.assert_array_equal(group[:, None] == group, same)


def test_pairs_with_common_traces_are_a_product_of_a_sparse_matrix():
    rng = np.random.default_rng(4)
    account, trace = rng.integers(30, size=400), rng.integers(60, size=400)
    left = coo_array((np.ones(400), (account, trace)), shape=(30, 60)).tocsr()
    left.data[:] = 1  # the same trace twice counts once
    common = np.triu((left @ left.T).toarray(), k=1)
    for shared in (1, 2, 4):
        pairs = signals.linked_pairs(account, trace, shared=shared)
        np.testing.assert_array_equal(pairs, np.argwhere(common >= shared))


def test_precision_at_a_prevalence_is_bayes_rule():
    from sklearn.metrics import precision_score

    rng = np.random.default_rng(0)
    truth = np.arange(100_000) < 2_000
    flagged = rng.random(100_000) < np.where(truth, 0.9, 0.05)
    tpr, fpr = flagged[truth].mean(), flagged[~truth].mean()
    assert decisions.precision(tpr, fpr, 0.02) == pytest.approx(precision_score(truth, flagged))
