"""A picture with a z-buffer."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["draw"]


@task(
    points=4,
    hints=(
        "Keep two arrays: the picture, and how near the nearest point in each pixel was so far. "
        "With what must the second one begin, so that any point is nearer?",
        "Go through the points. Where nearness[i] is greater than what the pixel had, write both "
        "arrays. Or without a loop: sort the points by nearness (np.argsort) and let later ones "
        "overwrite earlier ones.",
        "The row comes first: picture[row[i], column[i]].",
    ),
)
def draw(trial: Trial) -> None:
    """The nearest point in each pixel."""
    with trial.part(1, "points that share no pixel, on a ground of 1"):
        _expect(trial, [0, 1, 3], [2, 1, 0], [5.0, -5.0, 0.0], [0.2, 0.4, 0.6], 4)
    with trial.part(1, "several points in a pixel, in any order"):
        _expect(trial, [1] * 4, [2] * 4, [2.0, 1.0, 4.0, 3.0], [0.2, 0.4, 0.6, 0.8], 3)
        _expect(trial, [1, 1], [2, 2], [3.0, 1.0], [0.2, 0.8], 3)
        _expect(trial, [1, 1], [2, 2], [1.0, 3.0], [0.2, 0.8], 3)
    with trial.part(1, "points behind the middle, whose nearness is negative"):
        _expect(trial, [0, 0, 0, 2], [1] * 4, [-4.0, -9.0, -2.0, -1.0], [0.1, 0.3, 0.5, 0.9], 3)
    with trial.part(1, "a thousand points, and none"):
        row, column = trial.rng.integers(0, 12, (2, 1000))
        _expect(trial, row, column, trial.rng.normal(size=1000), trial.rng.random(1000), 12)
        _expect(trial, [], [], [], [], 3)


def _expect(trial: Trial, row, column, nearness, brightness, pixels: int) -> None:
    row, column = np.asarray(row, int), np.asarray(column, int)
    nearness, brightness = np.asarray(nearness, float), np.asarray(brightness, float)
    result = trial.call(row, column, nearness, brightness, pixels)
    answer = trial.array(result, (pixels, pixels))

    def painted(order, values=brightness, ground=1.0, start=-np.inf) -> np.ndarray:
        picture = np.full((pixels, pixels), ground)
        for each in order:
            if nearness[each] > start:
                picture[row[each], column[each]] = values[each]
        return picture

    right = painted(np.argsort(nearness))
    if np.allclose(answer, right):
        return
    given = np.arange(len(row))
    usual = (
        (right.T, "Rows and columns have changed places: picture[row, column]."),
        (painted(np.argsort(-nearness)), "The farthest point is shown, not the nearest."),
        (painted(given), "The last point in the list is shown, however near it is."),
        (painted(given[::-1]), "The first point in the list is shown, however near it is."),
        (painted(np.argsort(nearness), start=0.0), "Points whose nearness is negative are not "
         "shown. With what does your z-buffer begin?"),
        (painted(np.argsort(nearness), ground=0.0), "Where there is no point the picture must be "
         "1."),
        (right[::-1], "The picture is upside down: row 0 is the first."),
    )  # fmt: skip
    for wrong, message in usual:
        if np.allclose(answer, wrong) and not np.allclose(right, wrong):
            raise Wrong(message)
    nearest = painted(np.argsort(nearness), nearness, ground=-np.inf)
    if np.allclose(np.where(np.isfinite(nearest), nearest, 1), answer):
        raise Wrong("This is how near the points are. The task asks for their brightness.")
    raise Wrong("Some pixels do not show the brightness of their nearest point.")
