"""Who was in the training data? Attacks that answer with a score for each example.

A score is any number that tends to be larger for members: a discriminator's logit (LOGAN, Hayes et
al. 2017, arXiv 1705.07663), or minus the distance to the nearest of many samples (GAN-Leaks, Chen
et al. 2020, arXiv 1909.03935). ``ganlib.society.judging`` says how good scores are.
"""

import numpy as np

from ganlib.support.numeric_arrays import finite
from ganlib.support.validation import whole_number

__all__ = ["lira", "nearest_distance"]

_ROWS = 500  # rows of a distance matrix held at once


def lira(
    scores: np.ndarray, members: np.ndarray, target: int, *, online: bool = True
) -> np.ndarray:
    """The likelihood ratio attack (Carlini et al. 2022, arXiv 2112.03570), example by example.

    All models but the target are the attacker's own: the attacker knows who was in their data. For
    each example a bell is fitted to the scores of those that saw it, another to those of the rest.

    Args:
        scores: float ``(models, n)``, what each model says of each example.
        members: bool ``(models, n)``, who was in which model's data. The target's line is not used.
        target: the model under attack.
        online: compare both bells. False uses only models that have not seen the example, so it
            works without training one that has: how many standard deviations the target's score
            lies above theirs.

    Returns:
        float64 ``(n,)``, larger for probable members: a log likelihood ratio, or a z-score.

    Raises:
        TypeError, ValueError: wrong shapes; or an example that fewer than two of the other models
            saw, or did not see.
    """
    scores, members = finite(scores, "scores", ("models", "n")), np.asarray(members)
    if members.shape != scores.shape or members.dtype != bool:
        raise ValueError(
            f"scores have the shape {scores.shape} and members are {members.dtype} "
            f"{members.shape}, but both must be (models, n), and members bool."
        )
    target = whole_number(target, "target", 0, len(scores) - 1)
    others = np.arange(len(scores)) != target
    score, scores, members = scores[target], scores[others], members[others]
    mean_out, std_out = _bell(scores, ~members, "did not see")
    if not online:
        return (score - mean_out) / std_out
    mean_in, std_in = _bell(scores, members, "saw")
    log_in = -((score - mean_in) ** 2) / (2 * std_in**2) - np.log(std_in)
    log_out = -((score - mean_out) ** 2) / (2 * std_out**2) - np.log(std_out)
    return log_in - log_out


def nearest_distance(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The Euclidean distance from each point to the nearest of others.

    Args:
        points: float ``(n, d)``.
        others: float ``(k, d)``.

    Returns:
        float64 ``(n,)``.

    Raises:
        TypeError, ValueError: no points of one dimension, no others, or some that are not finite.

    >>> nearest_distance([[0.0, 0.0]], [[3.0, 4.0], [6.0, 8.0]]).tolist()
    [5.0]
    """
    points = finite(points, "points", ("n", "d"), least=0)
    others = finite(others, "others", ("k", points.shape[1]))
    lengths = np.einsum("ij,ij->i", others, others)
    nearest = []
    for start in range(0, len(points), _ROWS):
        rows = points[start : start + _ROWS]
        which = (lengths - 2 * rows @ others.T).argmin(axis=1)
        nearest.append(np.linalg.norm(rows - others[which], axis=1))  # exact where nearly equal
    return np.concatenate(nearest) if nearest else np.zeros(0)


def _bell(scores: np.ndarray, which: np.ndarray, did: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the chosen scores in each column."""
    count = which.sum(axis=0)
    if (count < 2).any():
        raise ValueError(
            f"Only {count.min()} of the other models {did} example {count.argmin()}, but it must "
            "be at least two: train more models, or give each about half of the examples."
        )
    mean = np.where(which, scores, 0).sum(axis=0) / count
    square = np.where(which, (scores - mean) ** 2, 0).sum(axis=0) / (count - 1)
    return mean, np.sqrt(square) + 1e-12
