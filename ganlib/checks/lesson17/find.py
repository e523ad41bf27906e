"""Poisoned images by spectral signatures, label by label."""

from collections.abc import Callable

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["find"]


@task(
    points=4,
    hints=(
        "Take the rows of one label, subtract their mean, and ask np.linalg.svd for the first "
        "direction: the first row of its third result.",
        "The score of an image is the square of its coordinate along that direction: the sign of a "
        "singular vector means nothing.",
        "np.argsort(scores)[len(scores) - count :] are the highest (what would [-count:] be where "
        "count is 0?); they are numbers among the rows of this label, so look up which images "
        "those are.",
    ),
)
def find(trial: Trial) -> None:
    """For each label, its most suspicious images."""
    with trial.part(1, "one label"):
        features, labels = _images(trial, (60,))
        _expect(trial, features, labels, 0.1)
    with trial.part(1, "several labels, in any order"):
        features, labels = _images(trial, (40, 36, 50))  # a tenth of 36 is 4, rounded
        _expect(trial, features, labels, 0.1)
        _expect(trial, features, labels, 0.2)
    with trial.part(1, "features far from 0, and poison on the negative side"):
        features, labels = _images(trial, (40, 40), away=-9.0)
        _expect(trial, features + 25 * trial.rng.random(8), labels, 0.1)
    with trial.part(1, "few images of a label, and names of labels with gaps"):
        features, labels = _images(trial, (50, 4))
        _expect(trial, features, np.where(labels == 1, 7, 2), 0.1)


def _images(
    trial: Trial, counts: tuple[int, ...], away: float = 7.0
) -> tuple[np.ndarray, np.ndarray]:
    """Features of labels around centres of their own; a tenth of each lies off to one side."""
    labels = trial.rng.permutation(np.repeat(np.arange(len(counts)), counts))
    features = trial.rng.normal(size=(len(labels), 8))
    for label in range(len(counts)):
        rows = np.flatnonzero(labels == label)
        side = trial.rng.normal(size=8)
        features[rows] += trial.rng.normal(0, 6, 8)
        features[rows[: len(rows) // 10]] += away * side / np.linalg.norm(side)
    return features, labels


def _expect(trial: Trial, features: np.ndarray, labels: np.ndarray, share: float) -> None:
    answer = trial.array(trial.call(features, labels, share), (len(labels),), "the result")
    if not np.isin(answer, (0, 1)).all():
        raise Wrong("It should hold True or False for each image, not numbers of images.")

    def centred(rows: np.ndarray) -> np.ndarray:
        return rows - rows.mean(axis=0)

    def along(rows: np.ndarray, middle: Callable = centred) -> np.ndarray:
        rows = middle(rows)
        return rows @ np.linalg.svd(rows, full_matrices=False)[2][0]

    def flagged(score: Callable, count: Callable = lambda n: round(share * n)) -> np.ndarray:
        flags = np.zeros(len(labels))
        for label in np.unique(labels):
            rows = np.flatnonzero(labels == label)
            number = count(len(rows))
            flags[rows[np.argsort(score(features[rows]))[len(rows) - number :]]] = 1
        return flags

    overall = np.zeros(len(labels))
    overall[np.argsort(along(features) ** 2)[len(labels) - round(share * len(labels)) :]] = 1
    everywhere = features.mean(axis=0)
    trial.expect(
        answer,
        flagged(lambda rows: along(rows) ** 2),
        usual=(
            (np.zeros(len(labels)), "No image is suspected."),
            (flagged(lambda rows: -(along(rows) ** 2)), "These are the *least* suspicious "
             "images."),
            (flagged(along), "The sign of a singular vector means nothing: square the coordinate "
             "(or take its size)."),
            (flagged(lambda rows: -along(rows)), "The sign of a singular vector means nothing: "
             "square the coordinate (or take its size)."),
            (flagged(lambda rows: along(rows, lambda r: r) ** 2), "Subtract the mean of the "
             "label's features first: else the direction is that of the mean."),
            (flagged(lambda rows: along(rows, lambda r: r - everywhere) ** 2), "Subtract the mean "
             "of *this label's* features, not of all."),
            (overall, "This looks at all images together. Then the direction is that between the "
             "labels: go through them one by one."),
            (flagged(lambda rows: (centred(rows) ** 2).sum(axis=1)), "This is the distance from "
             "the mean in all directions. The task asks for the first singular direction alone."),
            (flagged(lambda rows: along(rows) ** 2, lambda n: round(share * n) or n), "Where "
             "round(share · m) is 0, no image of that label is suspected: [-0:] is everything."),
            (flagged(lambda rows: along(rows) ** 2, lambda n: round(share * len(labels))
                     if round(share * len(labels)) <= n else n), "share is of the images of each "
             "label, not of all images."),
        ),
        otherwise="Not the right images. Try it with one label and three images.",
    )  # fmt: skip
