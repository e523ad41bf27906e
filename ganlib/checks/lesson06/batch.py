"""The batch of a step."""

import builtins
import functools
import random
from typing import Any
from unittest import mock

import numpy as np

from ganlib.checks.lesson06.to_pixels import dtype
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["batch"]


# What images can be taken for, and what to say of it.
_WRONG_SCALES = (
    (lambda x: x, "The batch still has values of 0 to 255. They must be scaled."),
    (lambda x: x / 255, "The batch lies in [0, 1]. The generator's tanh reaches from −1 to 1."),
    (lambda x: x / 127.5, "The batch lies in [0, 2]. Something is still to be subtracted."),
    (lambda x: x / 128 - 1, "The scale is a little off: 255 does not become 1."),
    (lambda x: x / 255 - 1, "The batch lies in [−1, 0]. By what must 0 … 255 be divided?"),
    (lambda x: x / 255 - 0.5, "The batch lies in [−0.5, 0.5]. The range is to be twice as wide."),
    (lambda x: (x / 127.5 - 1) / 127.5 - 1, "The images were scaled twice: they are nearly black."),
    (lambda x: 1 - x / 127.5, "Dark and bright have changed places."),
)


def _which(answer: np.ndarray, images: np.ndarray) -> np.ndarray | None:
    """For each image its number in the set; None if any is not in it."""
    distances = np.abs(answer[:, None] - images[None]).reshape(len(answer), len(images), -1).max(2)
    numbers = distances.argmin(axis=1)
    return numbers if (distances.min(axis=1) < 1e-3).all() else None


# Pairs of (seed, epoch) that careless ways to put the two together do not tell apart.
_PAIRS = (
    ((0, 1), (1, 0)),
    ((0, 2), (2, 0)),
    ((1, 2), (2, 1)),
    ((0, 2), (1, 1)),
    ((0, 0), (0, 2)),
    ((1, 0), (2, 0)),
    ((1, 11), (11, 1)),
    *(((0, many), (1, 0)) for many in (5, 6, 10, 29, 100, 1000, 10_000, 100_000)),
    *(((many, 0), (0, 1)) for many in (5, 6, 10, 29, 100, 1000)),
)


# Factors by which careless ways to put seed and epoch together keep them apart.
_MANY = (*range(1, 130), 200, 256, 500, 512, 1000, 1024)


def _neighbours_stay(order: list[int], before: list[int]) -> bool:
    """Whether an order is another one rotated, turned round or read with a step."""
    places = np.argsort(before)[order]
    distances = np.diff(places) % len(before)
    return np.bincount(distances).max() > len(before) // 2


@task(
    points=4,
    hints=(
        "Think of one long row: the images of epoch 0 in their order, then those of epoch 1, and "
        "so on. A batch is a piece of this row. Where does it begin?",
        "Place i of the row is place i % n of epoch i // n. The places of a batch may belong to "
        "two epochs, of a small set to more.",
        "np.random.default_rng([seed, epoch]) is a generator of random numbers that is made from "
        "the pair; its permutation(n) is the order of an epoch.",
    ),
)
def batch(trial: Trial) -> None:
    """The batch of a step: scaled, always full, each image once an epoch, an order made from seed
    and epoch.
    """
    n, size = 29, 6
    images = trial.rng.integers(0, 256, (30, 32, 32, 3), dtype=np.uint8)
    images[0, 0, 0, :2] = 0, 255
    small = images[:, ::8, ::8].astype(np.float64)  # enough to know them by

    def numbers(step: int, seed: int = 0, size: int = size, n: int = n) -> list[int]:
        answer = trial.array(trial.call(images[:n], step, size, seed), what="the batch")
        if answer.shape[1:] != (32, 32, 3):
            raise Wrong(f"The batch of step {step} has shape {answer.shape}.")
        if len(answer) != size:
            raise Wrong(_about_length(len(answer), step, size, n))
        which = _which(answer[:, ::8, ::8], small / 127.5 - 1)
        if which is None:
            raise Wrong(f"In step {step} there are values that belong to no image, scaled once.")
        return [int(number) for number in which]

    def row(start: int, stop: int, seed: int = 0, size: int = size, n: int = n) -> list[int]:
        """What stands at these places of all batches, laid end to end."""
        steps = range(start // size, -(-stop // size))
        joined = [each for step in steps for each in numbers(step, seed, size, n)]
        return joined[start % size :][: stop - start]

    @functools.cache
    def epoch(number: int, seed: int = 0, size: int = size, n: int = n) -> list[int]:
        return row(number * n, (number + 1) * n, seed, size, n)

    def start(seed: int, epoch: int) -> tuple[int, ...]:
        """The first batch of an epoch, which tells one order from another."""
        return tuple(numbers(epoch * 5, seed, 6, 30))

    with trial.part(1, "images of the set, scaled, as float32"):
        value = trial.call(images[:n], 0, size, 0)
        first = trial.array(value, what="the batch")
        if first.shape[1:] != (32, 32, 3):
            raise Wrong(f"The batch has shape {first.shape}, but should have (6, 32, 32, 3).")
        corner = first[:, ::8, ::8]
        if _which(corner, small / 127.5 - 1) is None:
            for scale, message in _WRONG_SCALES:
                if _which(corner, scale(small)) is not None:
                    raise Wrong(message)
            raise Wrong("These are not images of the set, scaled to [−1, 1]. Look at a few values.")
        if dtype(value) != "float32":
            raise Wrong(
                f"The batch is of type {dtype(value) or type(value).__name__}. Networks take "
                "float32; other kinds cost memory or time."
            )
        if numbers(0) != _which(corner, small / 127.5 - 1).tolist() or numbers(8) != numbers(8):
            raise Wrong(
                "The same step with the same seed gives other images at the second call. Where "
                "does the randomness come from? Only seed and epoch may decide."
            )
    with trial.part(1, "full batches, and every image once an epoch"):
        together = row(0, 4 * n)
        for number in range(4):
            if len(set(together[number * n : (number + 1) * n])) != n:
                raise Wrong(_about_epoch(together, number, size, n))
        for number in (0, 1):
            if len(set(epoch(number, n=30))) != 30:
                raise Wrong(
                    f"With 30 images and batches of 6 only {len(set(epoch(number, n=30)))} of 30 "
                    f"images appear in epoch {number}. Nothing is left over there."
                )
        large = row(0, 4 * n, size=70)
        if any(len(set(large[place : place + n])) != n for place in range(0, 4 * n, n)):
            raise Wrong(
                "With batches of 70 and 29 images it is not right. Such a batch takes two epochs "
                "and begins a third."
            )
    with trial.part(1, "another order in each epoch"):
        orders = {number: epoch(number, n=30) for number in (0, 1, 2)}
        if orders[0] == sorted(orders[0]):
            raise Wrong(
                "The images come in the order in which they are stored. Nothing is shuffled."
            )
        if orders[0] == orders[1]:
            raise Wrong("Epochs 0 and 1 have the same order. What does the epoch do to it?")
        sets = [
            {frozenset(order[place : place + 6]) for place in range(0, 30, 6)}
            for order in (orders[0], orders[1])
        ]
        if sets[0] & sets[1]:
            raise Wrong(
                "A batch of epoch 0 has the same images as one of epoch 1. Is the order of the "
                "images shuffled, or that of the batches?"
            )
        if any(_neighbours_stay(order, list(range(30))) for order in orders.values()):
            raise Wrong(
                "The order is the stored one, begun at another place or read in regular steps. It "
                "is not random: neighbours stay neighbours."
            )
        if any(_neighbours_stay(orders[number], orders[0]) for number in (1, 2)):
            raise Wrong(
                "The order of a later epoch is that of epoch 0, begun at another place or turned "
                "round. It is not random: neighbours stay neighbours."
            )
        first = {}
        for number in range(130):
            other = first.setdefault(start(0, number), number)
            if other != number:
                raise Wrong(
                    f"Epochs {other} and {number} have the same order. Every epoch has one of its "
                    "own, however many there are."
                )
    with trial.part(1, "another order for each pair of seed and epoch, in every process"):
        orders = {number: epoch(number) for number in (0, 1, 2)}
        if epoch(0, seed=1) == orders[0]:
            raise Wrong("Seeds 0 and 1 give the same order.")
        for many in _MANY:
            for a, b in (((0, many), (1, 0)), ((many, 0), (0, 1))):
                if start(*a) == start(*b):
                    raise Wrong(
                        f"Seed {a[0]} in epoch {a[1]} has the same order as seed {b[0]} in epoch "
                        f"{b[1]}. How are the two numbers put together?"
                    )
        shared = [(a, b) for a, b in _PAIRS if epoch(a[1], seed=a[0]) == epoch(b[1], seed=b[0])]
        if shared:
            (seed, number), (other, later) = shared[0]
            raise Wrong(
                f"Seed {seed} in epoch {number} has the same order as seed {other} in epoch "
                f"{later}. How are the two numbers put together?"
            )
        for number in (0, 1, 2):
            # 6 and 10 divide 30: whether a remainder is dropped plays no part.
            if epoch(number, size=10, n=30) != epoch(number, n=30):
                raise Wrong(
                    f"With batches of 10 the images of epoch {number} come in another order than "
                    "with batches of 6. Seed and epoch alone decide about the order: what else "
                    "went into it?"
                )
        _expect_own_randomness(trial, images[:n], size)


def _about_length(length: int, step: int, size: int, n: int) -> str:
    """What is wrong with a batch that is not full."""
    said = f"With {n} images and batches of {size} the batch of step {step} has {length} images."
    rest = n - step * size
    if length == rest:
        return said + (
            " So it is in the lesson. Here each batch is full: where an epoch ends, it goes on "
            "with the first images of the next."
        )
    if length == 0:
        return said + " How many places of the row come before it?"
    return said + " Each batch is full, however many epochs it takes."


def _about_epoch(row: list[int], number: int, size: int, n: int) -> str:
    """What is wrong with a row of images in which an epoch does not hold each of them once."""
    full = n - n % size  # the images of batches that lie in epoch 0 as a whole
    if len(set(row[:full])) < full:
        return (
            "In the first epoch some images appear twice already. Is each batch drawn by itself? "
            "An epoch has one order, and its batches are pieces of it."
        )
    if number == 0:
        return (
            f"29 images in batches of 6: after four batches {n - full} images are left, and the "
            "fifth does not hold them. Does the next epoch begin too early?"
        )
    if row[n] == row[n + 1]:
        return (
            "The image that fills the fifth batch up comes again at the beginning of the sixth. "
            "It is the first of epoch 1, so the sixth batch goes on with the second."
        )
    if row[n] == row[0]:
        return (
            "The fifth batch is filled up with the first image of its own epoch. In its place "
            "comes the first one of the next."
        )
    seen = len(set(row[number * n : (number + 1) * n]))
    return (
        f"All batches laid end to end, places {number * n} to {(number + 1) * n - 1} are epoch "
        f"{number}. Only {seen} of 29 images appear there. Which epoch does each place belong to?"
    )


def _expect_own_randomness(trial: Trial, images: np.ndarray, size: int) -> None:
    """What is drawn comes from seed and epoch, and tomorrow in another process it is the same."""
    step = 4  # of two epochs
    trial.leaves_seeds_alone(images, step, size, 3)
    unseeded, real_rng, real_hash = [], np.random.default_rng, hash

    def watched(seed: Any = None) -> np.random.Generator:
        if seed is None:
            unseeded.append(True)
        return real_rng(seed)

    def other_hash(value: Any) -> int:
        of_text = isinstance(value, str | bytes) or (
            isinstance(value, tuple) and any(isinstance(each, str | bytes) for each in value)
        )
        return real_hash(value) ^ (0x55555 if of_text else 0)

    seed = 10_007 + trial.seed  # one that no cache of the answer has seen
    before = np.random.get_state()[1].tobytes(), random.getstate()  # noqa: NPY002
    with mock.patch.object(np.random, "default_rng", watched):
        answer = np.asarray(trial.call(images, step, size, seed))
    if unseeded or before != (np.random.get_state()[1].tobytes(), random.getstate()):  # noqa: NPY002
        raise Wrong(
            "Random numbers are drawn that are not made from seed and epoch: in another process "
            "the order would be another one, even if it is remembered in this one."
        )
    with mock.patch.object(builtins, "hash", other_hash):
        again = np.asarray(trial.call(images, step, size, seed))
    if not np.array_equal(answer, again):
        raise Wrong(
            "It takes the hash of a text. Python gives a text another hash in each process, so "
            "the order would be another one tomorrow. Numbers have the same hash everywhere."
        )
