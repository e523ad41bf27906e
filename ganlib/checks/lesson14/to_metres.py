"""From voxels to metres, and from z up to y up."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["to_metres"]


@task(
    points=4,
    hints=(
        "Three steps, in this order: move the object so that the middle of its base is the "
        "origin; multiply all three axes by one number; exchange the axes.",
        "The middle of the base: half-way between the smallest and the largest x, likewise y, and "
        "the *smallest* z. The scale: height over (largest z − smallest z).",
        "What was up (z) must become y. What was to the back (y) must become −z, because in glTF "
        "the front looks along +z: np.stack([x, z, -y], axis=1).",
    ),
)
def to_metres(trial: Trial) -> None:
    """Vertices of a file, from vertices on the grid of voxels."""
    with trial.part(1, "a flat object whose base is at the origin: the scale, and z becomes y"):
        points = np.array([[-1.0, 0, 0], [1, 0, 0], [0, 0, 4], [0.5, 0, 2]])
        _expect(trial, points, 2.0)
    with trial.part(1, "an object somewhere on the grid: the pivot"):
        points = np.array([[3.0, 7, 2], [9, 7, 2], [6, 7, 12], [4, 7, 5]])
        _expect(trial, points, 0.5)
    with trial.part(2, "any object: the axes, and no mirror image"):
        _expect(trial, trial.rng.uniform(1, 15, (30, 3)), 0.75)
        _expect(trial, trial.rng.normal(size=(50, 3)) * [1, 3, 2], 1.6)


def _expect(trial: Trial, points: np.ndarray, height: float) -> None:
    answer = trial.array(trial.call(points, height), points.shape)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = height / (high[2] - low[2])
    base = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])

    def moved(start=base, by=scale) -> np.ndarray:
        return (points - start) * by

    def upright(array: np.ndarray, sign: float = -1.0) -> np.ndarray:
        x, y, z = array.T
        return np.stack([x, z, sign * y], axis=1)

    right = upright(moved())
    centre = (low + high) / 2
    mean = np.array([*points[:, :2].mean(axis=0), low[2]])
    each = height / np.where(high > low, high - low, 1.0)
    usual = [
        (moved(), "The axes are those of the voxels: z still points up. In glTF y does."),
        (upright(moved(), 1.0), "y and z have changed places, and nothing else: that is a mirror "
         "image. One of the two must change its sign; which points to the front?"),
        (upright(moved(centre)), "The pivot is the middle of the object. It must be the middle of "
         "the *base*, or half of it is below the floor."),
        (upright(moved(low)), "The pivot is a corner of the object, not the middle of its base."),
        (upright(moved(mean)), "The pivot is the mean of the vertices, which moves when one side "
         "has more of them. Take the middle between the smallest and the largest."),
        (upright(moved(0.0)), "The object was scaled and not moved: the middle of its base must "
         "be the origin."),
        (upright(points - base), "It still has the size of the voxels: multiply by height over "
         "its height on the grid."),
        (upright(moved(by=each)), "Each axis was scaled by a number of its own. The object would "
         "be squeezed into a cube: one number for all three."),
        (upright(moved(by=height)), "Multiplying by height gives an object that is height times "
         "as large. Divide by its height on the grid too."),
        (np.stack([moved()[:, 0], -moved()[:, 2], moved()[:, 1]], axis=1), "The object stands on "
         "its head."),
    ]  # fmt: skip
    if len(points) <= 4:  # flat, so that a mirror image is the same
        usual = [pair for pair in usual if not np.allclose(pair[0], right)]
    for wrong, message in usual:
        same = np.abs(answer - wrong).max() < 1e-4 * max(1, np.abs(right).max())
        if same and not np.allclose(wrong, right):
            raise Wrong(message)
    if not np.allclose(answer, right, atol=1e-4 * max(1.0, np.abs(right).max())):
        begin, high = answer[:, 1].min(), np.ptp(answer[:, 1])
        raise Wrong(
            f"Yours is {high:.3g} high and begins at y = {begin:.3g}; it should be {height:.3g} "
            "high and begin at 0. If both agree, look at x and at the sign of z."
        )
