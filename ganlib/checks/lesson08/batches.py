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
        "Does it have the same values in all of them?",
        "Moving an axis is not the same as cutting the same numbers into other rows: compare "
        "np.moveaxis and reshape on np.arange(12). And a scale must know 0 and 255, not the "
        "batch.",
    ),
)
def batches(trial: Trial) -> None:
    """One epoch of shuffled batches, from bytes with the channels first."""
    n, size, height, width = 23, 5, 6, 4
    stored = trial.rng.integers(20, 230, (n, 3, height, width)).astype(np.uint8)
    with trial.part(1, "every image arrives in one piece, once in an epoch, in a new order"):
        _expect_order(trial, stored, size)
    with trial.part(2, "an image has the same values in every batch, with 0 at -1 and 255 at 1"):
        _expect_scale(trial, stored, size)


def _expect_order(trial: Trial, stored: np.ndarray, size: int) -> None:
    n, _, height, width = stored.shape
    whole = np.moveaxis(stored, 1, -1).astype(np.float64)

    def order(*seeds: int) -> list[int]:
        """Which image stands where in the epoch of an rng with these seeds."""
        rng = np.random.default_rng([trial.seed, *seeds])
        answer = _batches_of(
            trial, trial.call(stored, size, rng), n // size, (size, height, width, 3)
        )
        marks = np.stack([_standard(image) for image in answer])
        origin = [_origin(mark, whole) for mark in marks]
        if None in origin:
            _about_cut_images(marks, stored)
        if len(set(origin)) < len(origin):
            raise Wrong("Some images come twice in one epoch, and others not at all.")
        if origin == list(range(len(origin))):
            raise Wrong(
                "The images come in the order in which they were stored. Shuffle them by rng."
            )
        return origin

    first = order(1)
    if first == order(2):
        raise Wrong(
            "Two epochs have the same order. It should come from the rng that was handed in."
        )
    if first != order(1):
        raise Wrong(
            "Two generators with the same seed lead to different orders: the order comes from "
            "random numbers other than those of the rng that was handed in."
        )
    even = len(list(itertools.islice(trial.call(stored[:20], size, trial.rng), 6)))
    if even != 4:
        raise Wrong(f"20 images in batches of 5 make 4 batches, and it returns {even}.")
    epochs = [order(9, number) for number in range(8)]
    firsts = [set(epoch[:size]) for epoch in epochs]
    if all(one == other or not one & other for one, other in itertools.combinations(firsts, 2)):
        raise Wrong(
            "Over eight epochs the same images are always in a batch together. The order of *all* "
            "images comes from rng, before they are cut into batches."
        )
    followers: dict[int, set] = {}
    for one, other in (pair for epoch in epochs for pair in itertools.pairwise(epoch)):
        followers.setdefault(one, set()).add(other)
    if max(map(len, followers.values())) <= 2:
        raise Wrong(
            "Over eight epochs each image is always followed by the same one: only the place where "
            "the order begins is random. Every order of the images should be possible."
        )
    if len(set().union(*epochs)) < n:
        raise Wrong(
            "Over eight epochs some images never come: those that do not fill a batch are always "
            "the same. Shuffle all images first, then leave the rest out."
        )


def _expect_scale(trial: Trial, stored: np.ndarray, size: int) -> None:
    """The numbers of an image in order of size: they do not mind whether it was cut up."""
    result = trial.call(stored, size, np.random.default_rng([trial.seed, 3]))
    if isinstance(result, (str, dict)) or not hasattr(result, "__iter__"):
        raise Wrong("It should return a list of batches.")
    batches = [trial.array(batch, what="a batch") for batch in itertools.islice(result, 6)]
    if any(not batch.size or batch.size % stored[0].size for batch in batches) or not batches:
        raise Wrong("The batches do not hold whole images.")
    given = np.sort(stored.reshape(len(stored), -1)).astype(np.float64)
    answer = [np.sort(batch.reshape(-1, stored[0].size)) for batch in batches]
    origin = [[_origin(_standard(image), given) for image in batch] for batch in answer]
    if None in itertools.chain(*origin):
        raise Wrong("An image's values are not those of any image, in whatever scale.")
    in_batches = [given[each] for each in origin]
    images = np.concatenate(in_batches)
    scaled = images / 127.5 - 1
    least, most = images[:, :1], images[:, -1:]
    trial.expect(
        np.concatenate(answer),
        scaled,
        within=1e-5,
        usual=(
            (
                np.concatenate([2 * (each - each.min()) / np.ptp(each) - 1 for each in in_batches]),
                "The same image still has other values in another batch. On what does its scale "
                "depend?",
            ),
            (
                2 * (images - least) / (most - least) - 1,
                "Each image is scaled by its own darkest and brightest value: a dark image "
                "becomes as bright as any.",
            ),
            (
                2 * (images - given.min()) / np.ptp(given) - 1,
                "The scale depends on the darkest and the brightest value of the whole array. "
                "Another part of the data would get another scale.",
            ),
            ((scaled + 1) / 2, "Values lie in [0, 1]. G draws in [-1, 1]."),
            (images, "Values are bytes still, 0 … 255. G draws in [-1, 1]."),
            (images / 128 - 1, "The byte 255 should become 1, and is a little less."),
        ),
        otherwise="The values are not right: in every batch the byte 0 should become -1, and the "
        "byte 255 should become 1.",
    )


def _batches_of(trial: Trial, result: Any, count: int, shape: tuple[int, ...]) -> np.ndarray:
    """All images of an epoch, (count · size, height, width, 3)."""
    if isinstance(result, (str, dict)) or not hasattr(result, "__iter__"):
        raise Wrong("It should return a list of batches.")
    answer = list(itertools.islice(result, count + 2))
    if len(answer) != count:
        wanted = f"{count} full batches of {shape[0]}, with the rest left out"
        raise Wrong(f"It returns {len(answer)} batches or more where there should be {wanted}.")
    return np.concatenate([trial.array(batch, shape, "a batch") for batch in answer])


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
