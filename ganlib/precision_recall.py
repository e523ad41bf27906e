"""Quality and variety as four fractions: precision, recall, density and coverage."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ganlib.features import features_of_two
from ganlib.support.feature_rows import Images
from ganlib.support.validation import whole_number

__all__ = ["PrecisionRecall", "expected_coverage", "precision_recall_density_coverage"]

_ROWS = 200  # rows of a distance matrix held at once: 16 MB for 10,000 columns


@dataclass(frozen=True)
class PrecisionRecall:
    """Four fractions that tell quality from variety; see ``precision_recall_density_coverage``.

    Attributes:
        precision: share of generated images that lie where real ones are, 0 to 1.
        recall: share of real images that lie where generated ones are, 0 to 1.
        density: how crowded with real neighbours the generated images are. About 1 if they are
            other real images; more if images repeat: copies of the real images themselves get (k +
            1) / k.
        coverage: share of real images with a generated one nearby, 0 to 1.
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
            f"precision {self.precision:.3f}, recall {self.recall:.3f}, "
            f"density {self.density:.3f}, coverage {self.coverage:.3f} "
            f"(n = {self.n[0]} and {self.n[1]}, k = {self.k}, {self.network}; real against real: "
            f"density 1, coverage {expected_coverage(*self.n, self.k):.3f}; "
            "not comparable with papers)"
        )


def precision_recall_density_coverage(
    real: Images,
    fake: Images,
    k: int = 5,
    features: str | Callable[[np.ndarray], np.ndarray] | None = None,
) -> PrecisionRecall:
    """Tell quality (precision, density) from variety (recall, coverage).

    Around each image lies a ball that reaches to its k-th nearest neighbour in its own set. The
    neighbour itself counts as inside, as in Kynkäänniemi et al.; the package prdc of Naeem et al.
    counts it as outside, which makes a difference only where images repeat.

    - precision: the share of generated images inside some real ball; recall: the share of real
      images inside some generated ball (Kynkäänniemi et al. 2019, arXiv 1904.06991, eq. 1-3);
    - density: the number of real balls around a generated image, divided by k, on average;
    coverage:
      the share of real balls with a generated image in them (Naeem et al. 2020, arXiv 2002.09797).

    Args:
        real: as for ``classifier_frechet_distance``, more than k of them. All four fractions depend
            on how many images there are: compare only results of equal n.
        fake: likewise.
        k: neighbours, 5 as in Naeem et al. (3 in Kynkäänniemi et al.).
        features: as for ``classifier_frechet_distance``.

    Raises:
        TypeError, ValueError: what was given, and what must be.
    """
    k = whole_number(k, "k", 1)
    x, y, network = features_of_two(real, fake, ("real", "fake"), k + 1, features)
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


def expected_coverage(n_real: int, n_fake: int, k: int) -> float:
    """Return the coverage to be expected if the generated images are further real ones.

    Around a real image lie the n_real - 1 others and the n_fake new ones, in any order of distance
    with equal probability. It is not covered if the nearest k are all old, so the expectation is
    ``1 - prod_i (n_real - i) / (n_real + n_fake - i)`` over i = 1 … k, about ``1 - (n_real /
    (n_real + n_fake))^k`` (for equal numbers: Naeem et al. 2020, section 3.3).

    >>> round(expected_coverage(2_000, 2_000, k=5), 3), round(expected_coverage(2_000, 500, k=5), 3)
    (0.969, 0.673)
    """
    i = np.arange(1, k + 1)
    return float(1 - np.prod((n_real - i) / (n_real + n_fake - i)))


def _squared_distances(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
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
    # The neighbour itself lies in the ball, even where its distance is rounded differently.
    return reach * (1 + 1e-9)
