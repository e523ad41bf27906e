"""How far generated images are from real ones, measured in the features of a small fixed classifier.

Every measure takes uint8 images (n, 32, 32, 3), or what `extract` makes of them (so that the real
images pass through the classifier only once), or features of your own, floats (n, d). The features
are not those of the Inception network: **no number here is an FID, a KID or an Inception score, and
none may be compared with those in papers**. Each result prints how many images and which weights
it comes from.

>>> import numpy as np
>>> line = np.linspace(-1, 1, 101)[:, None]
>>> round(float(classifier_frechet_distance(line, line + 3)), 6)  # the means are 3 apart
9.0
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ganlib.features import NETWORK, Extracted, checked_floats, extract, features_of
from ganlib.support.validation import whole_number

CAUTION = {
    "classifier Fréchet distance": "not FID",
    "classifier kernel distance": "not KID",
    "classifier score": "not the Inception score",
}
_ROWS = 200  # rows of a distance matrix held at once: 16 MB for 10,000 columns


class Score(float):
    """A number that knows what it is: `name`, `n` (images in each set), `network`; `floor`.

    It counts as a float everywhere; printed, it says where it comes from. `floor` is the value that
    two sets of real images of these sizes are expected to have, where theory gives it, else None.
    """

    def __new__(
        cls,
        value: float,
        name: str = "score",
        n: tuple[int, ...] = (),
        network: str = "",
        floor: float | None = None,
    ) -> Score:
        """Make the float and note what it is."""
        score = super().__new__(cls, value)
        score.name, score.n, score.network, score.floor = name, n, network, floor
        return score

    def __repr__(self) -> str:
        floor = "" if self.floor is None else f"; real against real: about {self.floor:.2g}"
        caution = (
            f"; {CAUTION[self.name]}, not comparable with papers" if self.name in CAUTION else ""
        )
        sizes = " and ".join(map(str, self.n))
        return f"{self.name} {float(self):.4g} (n = {sizes}, {self.network}{floor}{caution})"

    __str__ = __repr__


@dataclass(frozen=True)
class PrecisionRecall:
    """Four fractions that tell quality from variety; see `precision_recall_density_coverage`.

    Attributes:
        precision: share of generated images that lie where real ones are, 0 to 1.
        recall: share of real images that lie where generated ones are, 0 to 1.
        density: how crowded with real neighbours the generated images are; 1 for real images.
        coverage: share of real images with a generated one nearby; 1 - 2**-k for real images.
        n: number of real and of generated images.
        k: number of neighbours.
        network: which features.
    """

    precision: float
    recall: float
    density: float
    coverage: float
    n: tuple[int, int]
    k: int
    network: str

    def __repr__(self) -> str:
        return (
            f"precision {self.precision:.3f}, recall {self.recall:.3f}, density {self.density:.3f}, "
            f"coverage {self.coverage:.3f} (n = {self.n[0]} and {self.n[1]}, k = {self.k}, "
            f"{self.network}; real against real: density 1, coverage {1 - 2**-self.k:.3f}; "
            "not comparable with papers)"
        )


def classifier_frechet_distance(
    images_a: np.ndarray | Extracted,
    images_b: np.ndarray | Extracted,
    features: str | Callable[[np.ndarray], np.ndarray] | None = None,
) -> Score:
    """Measure the Fréchet distance between two image sets in a classifier's features.

    Each set is summed up by the mean and covariance of its features; the score is the squared
    2-Wasserstein distance of the two normal distributions with those (`frechet_distance`). 0 means
    equal means and covariances, not equal images. Small sets score too high, the more so the fewer
    they are (Chong & Forsyth 2020, arXiv 1911.07023): compare only scores of equal n, and compare
    them with `floor`, what two real sets of these sizes would have.

    Args:
        images_a: the real images: uint8 (n, 32, 32, 3), or the result of `extract`, or floats (n, d).
        images_b: the generated ones, likewise; n of at least 2, better 2,000 or more.
        features: for images: the name of a network for `extract`, or a function from uint8 images to
            floats (n, d). Default: the course's classifier.

    Returns:
        The distance, 0 or more, in squared units of the features, as a `Score`.

    Raises:
        TypeError, ValueError: what was given, what was expected.
    """
    a, network_a = features_of(images_a, features, "images_a", least=2)
    b, network_b = features_of(images_b, features, "images_b", least=2)
    network = _common(a, b, network_a, network_b)
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
        mean_a, mean_b: (d,).
        covariance_a, covariance_b: (d, d), symmetric, no negative eigenvalues.

    Raises:
        ValueError: shapes that do not fit.
    """
    means = [np.atleast_1d(np.asarray(mean, np.float64)) for mean in (mean_a, mean_b)]
    matrices = [np.atleast_2d(np.asarray(m, np.float64)) for m in (covariance_a, covariance_b)]
    d = len(means[0])
    if any(m.shape != (d,) for m in means) or any(m.shape != (d, d) for m in matrices):
        raise ValueError(
            f"Means have the shapes {means[0].shape}, {means[1].shape} and covariances "
            f"{matrices[0].shape}, {matrices[1].shape}; expected (d,) and (d, d) with one d."
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
    images_a: np.ndarray | Extracted,
    images_b: np.ndarray | Extracted,
    features: str | Callable[[np.ndarray], np.ndarray] | None = None,
) -> Score:
    """Measure the squared maximum mean discrepancy between two image sets, without bias.

    Kernel ``k(x, y) = (x·y / d + 1)^3`` as in KID (Bińkowski et al. 2018, arXiv 1801.01401, eq. 4),
    over all pairs (KID averages over subsets, for speed). Its expectation does not depend on n and
    is 0 for equal distributions, so that a value may come out slightly below 0.

    Args, errors: as for `classifier_frechet_distance`.

    Returns:
        The distance as a `Score`.
    """
    a, network_a = features_of(images_a, features, "images_a", least=2)
    b, network_b = features_of(images_b, features, "images_b", least=2)
    network = _common(a, b, network_a, network_b)
    d = a.shape[1]

    def kernel_sum(products: np.ndarray) -> float:
        base = products / d + 1
        return float((base * base * base).sum())  # ten times as fast as base**3

    def total(x: np.ndarray, y: np.ndarray) -> float:
        return sum(kernel_sum(x[i : i + _ROWS] @ y.T) for i in range(0, len(x), _ROWS))

    def within(x: np.ndarray) -> float:  # pairs of different images
        alone = kernel_sum(np.einsum("ij,ij->i", x, x))
        return (total(x, x) - alone) / (len(x) * (len(x) - 1))

    value = within(a) + within(b) - 2 * total(a, b) / (len(a) * len(b))
    return Score(value, "classifier kernel distance", (len(a), len(b)), network)


def precision_recall_density_coverage(
    real: np.ndarray | Extracted,
    fake: np.ndarray | Extracted,
    k: int = 5,
    features: str | Callable[[np.ndarray], np.ndarray] | None = None,
) -> PrecisionRecall:
    """Tell quality (precision, density) from variety (recall, coverage).

    Around each image lies a ball that reaches to its k-th nearest neighbour in its own set.

    - precision: the share of generated images inside some real ball; recall: the share of real
      images inside some generated ball (Kynkäänniemi et al. 2019, arXiv 1904.06991, eq. 1-3);
    - density: the number of real balls around a generated image, divided by k, on average; coverage:
      the share of real balls with a generated image in them (Naeem et al. 2020, arXiv 2002.09797).

    Args:
        real, fake: as for `classifier_frechet_distance`, more than k of each. All four depend on n:
            compare only results of equal n.
        k: neighbours, 5 as in Naeem et al. (3 in Kynkäänniemi et al.).
        features: as for `classifier_frechet_distance`.

    Raises:
        TypeError, ValueError: what was given, what was expected.
    """
    k = whole_number(k, "k", 1)
    x, network_x = features_of(real, features, "real", least=k + 1)
    y, network_y = features_of(fake, features, "fake", least=k + 1)
    network = _common(x, y, network_x, network_y)
    real_reach, fake_reach = _reach(x, k), _reach(y, k)
    balls = np.zeros(len(y))  # real balls around each generated image
    recalled = np.zeros(len(x), bool)
    covered = np.zeros(len(x), bool)
    for rows, squares in _squared_distances(x, y):
        in_real_ball = squares <= real_reach[rows, None]
        balls += in_real_ball.sum(axis=0)
        covered[rows] = in_real_ball.any(axis=1)
        recalled[rows] = (squares <= fake_reach).any(axis=1)
    return PrecisionRecall(
        precision=float((balls > 0).mean()),
        recall=float(recalled.mean()),
        density=float(balls.mean() / k),
        coverage=float(covered.mean()),
        n=(len(x), len(y)),
        k=k,
        network=network,
    )


def classifier_score(images: np.ndarray | Extracted, network: str = NETWORK) -> Score:
    """Measure how surely a classifier names each image and how evenly it uses its classes.

    ``exp(mean KL(p(class | image) || p(class)))``: the Inception score (Salimans et al. 2016, arXiv
    1606.03498) with the course's classifier, over all images at once. From 1 (all images look alike
    to the classifier) to the number of classes. It sees no real images, and neither copies nor one
    and the same image repeated for each class make it worse.

    Args:
        images: uint8 (n, 32, 32, 3), or the result of `extract`, or logits, floats (n, classes).
        network: for images: the name of a network for `extract`.

    Raises:
        TypeError, ValueError: what was given, what was expected.
    """
    if not isinstance(images, Extracted) and np.asarray(images).dtype == np.uint8:
        images = extract(images, network)
    if isinstance(images, Extracted):
        logits, source = checked_floats(images.logits, "images", 2), f"network {images.network}"
    else:
        logits = checked_floats(images, "images", 2)
        source = f"logits given, {logits.shape[1]} classes"
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    p = np.exp(log_p)
    marginal = p.mean(axis=0)
    log_marginal = np.log(np.where(marginal > 0, marginal, 1))  # p is 0 there as well
    value = np.exp((p * (log_p - log_marginal)).sum(axis=1).mean())
    return Score(value, "classifier score", (len(logits),), source)


def _common(a: np.ndarray, b: np.ndarray, network_a: str, network_b: str) -> str:
    known = {network_a, network_b} - {f"features given, d = {a.shape[1]}"}
    if a.shape[1] != b.shape[1] or len(known) > 1:
        raise ValueError(
            f"The two sets have different features: {network_a} (d = {a.shape[1]}) and {network_b} "
            f"(d = {b.shape[1]}). Extract both with the same network."
        )
    return " and ".join(sorted(known)) or network_a


def _covariance(x: np.ndarray) -> np.ndarray:
    centred = x - x.mean(axis=0)
    return centred.T @ centred / (len(x) - 1)


def _squared_distances(x: np.ndarray, y: np.ndarray):
    """Yield slices of the rows of x and their squared distances to all of y."""
    squares_y = np.einsum("ij,ij->i", y, y)
    for start in range(0, len(x), _ROWS):
        rows = slice(start, min(start + _ROWS, len(x)))
        squares_x = np.einsum("ij,ij->i", x[rows], x[rows])
        scale = squares_x[:, None] + squares_y
        squares = scale - 2 * (x[rows] @ y.T)
        squares[squares < 1e-12 * scale] = 0  # of equal points only rounding errors are left
        yield rows, squares


def _reach(x: np.ndarray, k: int) -> np.ndarray:
    """Return the squared distance of each row to its k-th nearest neighbour, itself left out."""
    reach = np.empty(len(x))
    for rows, squares in _squared_distances(x, x):
        squares[np.arange(len(squares)), np.arange(rows.start, rows.stop)] = np.inf
        reach[rows] = np.partition(squares, k - 1, axis=1)[:, k - 1]
    # The neighbour itself lies in the ball, also where its distance is rounded differently.
    return reach * (1 + 1e-9)
