"""How far generated images are from real ones, in the features of a small fixed classifier.

Every measure takes uint8 images ``(n, 32, 32, 3)``, or what ``extract`` makes of them (so that the
real images pass through the classifier only once), or features of your own: floats ``(n, d)``, or a
function that makes them of images of any shape. The features are not those of the Inception
network: **no number here is an FID, a KID or an Inception score, and none may be compared with
those in papers**. Each result prints how many images and which weights it comes from.

>>> import numpy as np
>>> line = np.linspace(-1, 1, 101)[:, None]
>>> round(float(classifier_frechet_distance(line, line + 3)), 6)  # the means are 3 apart
9.0
"""

from collections.abc import Callable

import numpy as np

from ganlib.features import NETWORK, Extracted, extract, features_of_two
from ganlib.support.feature_rows import Images, finite_rows
from ganlib.support.image_folder import export
from ganlib.support.score import Score
from ganlib.support.validation import stacked

__all__ = [
    "Extracted",
    "Score",
    "classifier_frechet_distance",
    "classifier_score",
    "expected_frechet_distance",
    "export",
    "extract",
    "frechet_distance",
    "kernel_distance",
]

_ROWS = 200  # rows of a matrix of products held at once: 16 MB for 10,000 columns
_PARTS = 10  # parts of the images that an error is estimated from


def classifier_frechet_distance(
    images_a: Images,
    images_b: Images,
    features: str | Callable[[np.ndarray], np.ndarray] | None = None,
) -> Score:
    """Measure the Fréchet distance between two image sets in a classifier's features.

    Each set is summed up by the mean and covariance of its features; the score is the squared
    2-Wasserstein distance between the two normal distributions that have them
    (``frechet_distance``). 0 means equal means and covariances, not equal images. Small sets score
    too high, the more so the fewer they are (Chong & Forsyth 2020, arXiv 1911.07023): compare only
    scores of equal n, and compare them with ``floor``, what two real sets of these sizes would
    have.

    Args:
        images_a: the real images: uint8 ``(n, 32, 32, 3)``, or the result of ``extract``, or floats
            ``(n, d)``.
        images_b: the generated ones, likewise; n of at least 2, better 2,000 or more.
        features: for images: the name of a network for ``extract``, or a function from uint8 images
            of any shape to floats ``(n, d)``. Default: the course's classifier.

    Returns:
        The distance, 0 or more, in squared units of the features, as a ``Score``.

    Raises:
        TypeError, ValueError: what was given, and what must be.
    """
    a, b, network = features_of_two(images_a, images_b, ("images_a", "images_b"), 2, features)
    mean_a, covariance_a = a.mean(axis=0), _covariance(a)
    value = frechet_distance(mean_a, covariance_a, b.mean(axis=0), _covariance(b))
    floor = expected_frechet_distance(covariance_a, len(a), len(b))
    return Score(value, "classifier Fréchet distance", (len(a), len(b)), network, floor)


def frechet_distance(
    mean_a: np.ndarray, covariance_a: np.ndarray, mean_b: np.ndarray, covariance_b: np.ndarray
) -> float:
    """Return the Fréchet distance of two normal distributions (Dowson & Landau 1982).

    ``|m_a - m_b|^2 + tr(C_a) + tr(C_b) - 2 tr((C_a C_b)^(1/2))``. The last trace is the sum of the
    roots of the eigenvalues of the symmetric matrix ``C_a^(1/2) C_b C_a^(1/2)``, which has no
    imaginary parts to drop.

    Args:
        mean_a: ``(d,)``.
        covariance_a: ``(d, d)``, symmetric, without negative eigenvalues.
        mean_b: ``(d,)``.
        covariance_b: like ``covariance_a``.

    Raises:
        ValueError: shapes that do not fit.
    """
    means = [np.atleast_1d(np.asarray(mean, np.float64)) for mean in (mean_a, mean_b)]
    matrices = [np.atleast_2d(np.asarray(m, np.float64)) for m in (covariance_a, covariance_b)]
    d = len(means[0])
    if any(m.shape != (d,) for m in means) or any(m.shape != (d, d) for m in matrices):
        raise ValueError(
            f"Means have the shapes {means[0].shape}, {means[1].shape} and covariances "
            f"{matrices[0].shape}, {matrices[1].shape}, but must have (d,) and (d, d) with one d."
        )
    eigenvalues, vectors = np.linalg.eigh(matrices[0])
    root = (vectors * np.sqrt(eigenvalues.clip(0))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ matrices[1] @ root)
    trace = np.trace(matrices[0]) + np.trace(matrices[1]) - 2 * np.sqrt(inner.clip(0)).sum()
    return float(np.sum((means[0] - means[1]) ** 2) + max(trace, 0.0))


def expected_frechet_distance(covariance: np.ndarray, n_a: int, n_b: int) -> float:
    """Return the score that two samples of one normal distribution are expected to have.

    To first order in 1/n: the means differ by ``tr(C) (1/n_a + 1/n_b)``, and the covariances add
    ``(1/n_a + 1/n_b) / 2 * (sum_ij l_i l_j / (l_i + l_j) + tr(C) / 2)`` for eigenvalues l of C (the
    second-order change of the trace term under a symmetric disturbance with Wishart variances).
    """
    eigenvalues = np.linalg.eigvalsh(covariance).clip(0)
    sums = eigenvalues[:, None] + eigenvalues
    products = np.divide(eigenvalues[:, None] * eigenvalues, sums, where=sums > 0, out=0 * sums)
    total = eigenvalues.sum()
    return float((1 / n_a + 1 / n_b) * (total + (products.sum() + total / 2) / 2))


def kernel_distance(
    images_a: Images,
    images_b: Images,
    features: str | Callable[[np.ndarray], np.ndarray] | None = None,
) -> Score:
    """Measure the squared maximum mean discrepancy between two image sets, without bias.

    Kernel ``k(x, y) = (x·y / d + 1)^3`` as in KID (Bińkowski et al. 2018, arXiv 1801.01401, eq. 4).
    Its expectation does not depend on n and is 0 for equal distributions, so that a value may come
    out slightly below 0.

    KID averages over random subsets, which saves time, and reports their spread. Here the value is
    that of all pairs, which varies less. Its standard error comes from ten subsets that share no
    image and are therefore independent: their spread, divided by the root of ten. For distributions
    that differ clearly this is the error of the value; the closer they are, the more it overstates
    the error, up to threefold (the root of ten) for equal ones.

    Args:
        images_a: as for ``classifier_frechet_distance``.
        images_b: likewise.
        features: likewise.

    Returns:
        The distance as a ``Score``, with ``error``.

    Raises:
        TypeError, ValueError: what was given, and what must be.
    """
    a, b, network = features_of_two(images_a, images_b, ("images_a", "images_b"), 2, features)
    name, sizes = "classifier kernel distance", (len(a), len(b))
    error = _standard_error(_squared_discrepancy, a, b)
    return Score(_squared_discrepancy(a, b), name, sizes, network, error=error)


def classifier_score(images: Images, network: str = NETWORK) -> Score:
    """Measure how surely a classifier names each image and how evenly it uses its classes.

    ``exp(mean KL(p(class | image) || p(class)))``: the Inception score (Salimans et al. 2016, arXiv
    1606.03498) with the course's classifier, over all images at once. From 1 (all images look alike
    to the classifier) to the number of classes. It sees no real images, and it does not get worse
    if the images are copies, or the same image again and again for each class.

    Args:
        images: uint8 ``(n, 32, 32, 3)``, or the result of ``extract``, or logits, floats
            ``(n, classes)``.
        network: for images: the name of a network for ``extract``.

    Returns:
        The score, with ``error``.

    Raises:
        TypeError, ValueError: what was given, and what must be. Probabilities are refused.
    """
    if not isinstance(images, Extracted):
        images = stacked(images, "images")
        if images.dtype == np.uint8:
            images = extract(images, network)
    if isinstance(images, Extracted):
        logits, source = finite_rows(images.logits, "images", 2), f"network {images.network}"
    else:
        logits = finite_rows(images, "images", 2)
        source = f"logits given, {logits.shape[1]} classes"
        if (logits >= 0).all() and np.allclose(logits.sum(axis=1), 1, atol=1e-3):
            raise ValueError(
                f"images have {len(logits)} rows of numbers from 0 to 1 whose sum is 1, as "
                "probabilities have, but must be logits. Leave the softmax out, or give "
                "np.log(probabilities + 1e-30)."
            )
    error = _standard_error(_exponential_information, logits)
    value = _exponential_information(logits)
    return Score(value, "classifier score", (len(logits),), source, error=error)


def _squared_discrepancy(a: np.ndarray, b: np.ndarray) -> float:
    """The squared maximum mean discrepancy of two sets of features, without bias."""
    d = a.shape[1]

    def kernel_sum(products: np.ndarray) -> float:
        base = products / d + 1
        return float((base * base * base).sum())  # ten times as fast as base**3

    def total(x: np.ndarray, y: np.ndarray) -> float:
        return sum(kernel_sum(x[i : i + _ROWS] @ y.T) for i in range(0, len(x), _ROWS))

    def within(x: np.ndarray) -> float:  # pairs of different images
        alone = kernel_sum(np.einsum("ij,ij->i", x, x))
        return (total(x, x) - alone) / (len(x) * (len(x) - 1))

    return within(a) + within(b) - 2 * total(a, b) / (len(a) * len(b))


def _exponential_information(logits: np.ndarray) -> float:
    """exp of the mean Kullback-Leibler divergence of each row's probabilities from their mean."""
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    p = np.exp(log_p)
    marginal = p.mean(axis=0)
    log_marginal = np.log(np.where(marginal > 0, marginal, 1))  # p is 0 there as well
    return float(np.exp((p * (log_p - log_marginal)).sum(axis=1).mean()))


def _standard_error(statistic: Callable[..., float], *sets: np.ndarray) -> float | None:
    """The standard error of a statistic of all rows, from its spread over disjoint random parts."""
    if min(map(len, sets)) < 2 * _PARTS:
        return None
    rng = np.random.default_rng(0)
    parts = [np.array_split(rng.permutation(rows), _PARTS) for rows in sets]
    return (
        float(np.std([statistic(*part) for part in zip(*parts, strict=True)], ddof=1)) / _PARTS**0.5
    )


def _covariance(x: np.ndarray) -> np.ndarray:
    centred = x - x.mean(axis=0)
    return centred.T @ centred / (len(x) - 1)
