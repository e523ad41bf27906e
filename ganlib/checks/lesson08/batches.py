"""One epoch of shuffled batches."""

import itertools
from typing import Any

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["batches"]


@task(
    points=3,
    hints=(
        "Shapes and ranges are as they should be, so questions 1 and 2 are silent. Go on to "
        "question 3: take one image out of a batch, and compare it with the image that it came "
        "from.",
        "Ask for the same thing twice: put the same image into different batches, small ones too. "
        "Has it the same values in all?",
        "To move an axis is another thing than to cut the same numbers into other rows: compare "
        "np.moveaxis and reshape on np.arange(12). And a scale must know 0 and 255, not the "
        "batch.",
    ),
)
def batches(trial: Trial) -> None:
    """One epoch of shuffled batches, from bytes with the channels first."""
    n, size, height, width = 23, 5, 6, 4
    stored = trial.rng.integers(20, 230, (n, 3, height, width)).astype(np.uint8)
    whole = np.moveaxis(stored, 1, -1).astype(np.float64)
    shuffles = []
    for number in (1, 2):
        rng = np.random.default_rng([trial.seed, number])
        found = _batches_of(
            trial, trial.call(stored, size, rng), n // size, (size, height, width, 3)
        )
        marks = np.stack([_standard(image) for image in found])
        origin = [_origin(mark, whole) for mark in marks]
        if None in origin:
            _about_cut_images(marks, stored)
        if len(set(origin)) < len(origin):
            raise Wrong("Some images come twice in one epoch, and others not at all.")
        if origin == sorted(origin):
            raise Wrong(
                "The images come in the order in which they were stored. Shuffle them by rng."
            )
        shuffles.append(origin)
    if shuffles[0] == shuffles[1]:
        raise Wrong(
            "Two epochs have the same order. It should come from the rng that was handed in."
        )
    even = len(list(itertools.islice(trial.call(stored[:20], size, trial.rng), 6)))
    if even != 4:
        raise Wrong(f"20 images in batches of 5 make 4 batches, and it returns {even}.")
    firsts = []
    for number in range(8):
        rng = np.random.default_rng([trial.seed, 9, number])
        first = trial.array(next(iter(trial.call(stored, size, rng))), what="a batch")
        firsts.append({_origin(_standard(image), whole) for image in first})
    if all(one == other or not one & other for one, other in itertools.combinations(firsts, 2)):
        raise Wrong(
            "Over eight epochs the same images are always in a batch together. The order of *all* "
            "images comes from rng, before they are cut into batches."
        )
    trial.award(1, "every image arrives in one piece, once in an epoch, in a new order")

    scaled = whole[shuffles[-1]] / 127.5 - 1
    of_batch = whole[shuffles[-1]].reshape(-1, size, height, width, 3)
    low, high = of_batch.min((1, 2, 3, 4), keepdims=True), of_batch.max((1, 2, 3, 4), keepdims=True)
    of_image = whole[shuffles[-1]]
    least, most = of_image.min((1, 2, 3), keepdims=True), of_image.max((1, 2, 3), keepdims=True)
    trial.expect(
        found,
        scaled,
        within=1e-5,
        usual=(
            (
                (2 * (of_batch - low) / (high - low) - 1).reshape(scaled.shape),
                "The same image still has other values in another batch. On what does its scale "
                "depend?",
            ),
            (
                2 * (of_image - least) / (most - least) - 1,
                "Each image is scaled by its own darkest and brightest value: a dark image "
                "becomes as bright as any.",
            ),
            (
                2 * (of_image - whole.min()) / (whole.max() - whole.min()) - 1,
                "The scale depends on the darkest and the brightest value of the whole array. "
                "Another part of the data would get another scale.",
            ),
            ((scaled + 1) / 2, "Values lie in [0, 1]. G draws in [-1, 1]."),
            (of_image, "Values are bytes still, 0 … 255. G draws in [-1, 1]."),
            (of_image / 128 - 1, "The byte 255 should become 1, and is a little less."),
        ),
        otherwise="The values are not right: in every batch the byte 0 should become -1, and the "
        "byte 255 should become 1.",
    )
    trial.award(2, "an image has the same values in every batch, with 0 at -1 and 255 at 1")


def _batches_of(trial: Trial, result: Any, count: int, shape: tuple[int, ...]) -> np.ndarray:
    """All images of an epoch, (count · size, height, width, 3)."""
    if isinstance(result, (str, dict)) or not hasattr(result, "__iter__"):
        raise Wrong("It should return a list of batches.")
    found = list(itertools.islice(result, count + 2))
    if len(found) != count:
        wanted = f"{count} full batches of {shape[0]}, with the rest left out"
        raise Wrong(f"It returns {len(found)} batches or more where there should be {wanted}.")
    return np.concatenate([trial.array(batch, shape, "a batch") for batch in found])


def _standard(image: np.ndarray) -> np.ndarray:
    """An image without its scale, so that pictures can be compared whatever their range is."""
    return (image - image.mean()) / (image.std() + 1e-12)


def _origin(mark: np.ndarray, images: np.ndarray) -> int | None:
    apart = [np.abs(mark - _standard(image)).max() for image in images]
    return int(np.argmin(apart)) if min(apart) < 1e-3 else None


def _about_cut_images(marks: np.ndarray, stored: np.ndarray) -> None:
    n, channels, height, width = stored.shape
    cut = stored.reshape(n, height, width, channels).astype(np.float64)
    if all(_origin(mark, cut) is not None for mark in marks):
        raise Wrong(
            "The shape is right, but the images are cut up: what stood in one place of one colour "
            "stands elsewhere now. Look at one of them, before and after."
        )
    turned = np.moveaxis(stored, 1, -1)
    for other in (turned[:, ::-1], turned[:, :, ::-1], turned[..., ::-1]):
        if all(_origin(mark, other.astype(np.float64)) is not None for mark in marks):
            raise Wrong("The images are mirrored, or their colours are exchanged.")
    raise Wrong(
        "What comes out are not the images that went in, not even in another scale. Compare one "
        "of them with its origin."
    )
