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
    *(((0, many), (1, 0)) for many in (5, 6, 10, 29, 100, 1000)),
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
        "How many steps has an epoch, if the last batch may be smaller? divmod(step, that) gives "
        "the epoch and the place in it.",
        "A permutation of all numbers 0 … n − 1 is the order of an epoch, and a batch is a piece "
        "of it.",
        "np.random.default_rng([seed, epoch]) is a generator of random numbers that is made from "
        "the pair.",
    ),
)
def batch(trial: Trial) -> None:
    """The batch of a step: scaled, each image once an epoch, an order made from seed and epoch."""
    n, size = 29, 6
    images = trial.rng.integers(0, 256, (30, 32, 32, 3), dtype=np.uint8)
    images[0, 0, 0, :2] = 0, 255
    small = images[:, ::8, ::8].astype(np.float64)  # enough to know them by

    def numbers(step: int, seed: int = 0, size: int = size, n: int = n) -> list[int]:
        answer = trial.array(trial.call(images[:n], step, size, seed), what="the batch")
        if not len(answer) and n % size == 0 and step == n // size:
            raise Wrong(
                f"With {n} images and batches of {size} the sixth batch is empty. Round up, do not "
                "add one."
            )
        if not len(answer):
            raise Wrong(
                f"With {n} images and batches of {size} the batch of step {step} is empty. How "
                "many steps has an epoch?"
            )
        if answer.shape[1:] != (32, 32, 3):
            raise Wrong(f"The batch of step {step} has shape {answer.shape}.")
        which = _which(answer[:, ::8, ::8], small / 127.5 - 1)
        if which is None:
            raise Wrong(f"In step {step} there are values that belong to no image, scaled once.")
        return [int(number) for number in which]

    @functools.cache
    def epoch(number: int, seed: int = 0, size: int = size, n: int = n) -> list[int]:
        steps = -(-n // size)
        return [
            each
            for place in range(steps)
            for each in numbers(number * steps + place, seed, size, n)
        ]

    def start(seed: int, epoch: int) -> tuple[int, ...]:
        """The first batch of an epoch, which tells one order from another."""
        return tuple(numbers(epoch * -(-n // size), seed))

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
    with trial.part(1, "every image once an epoch, the last batch smaller"):
        batches = [numbers(step) for step in range(5)]
        lengths = [len(each) for each in batches]
        if lengths == [6] * 5 and len({each for before in batches[:4] for each in before}) == 24:
            raise Wrong(
                "29 images in batches of 6: the fifth batch has 6 images as well, though only 5 "
                "are left. Does the next epoch begin too early, or was something added?"
            )
        if lengths == [6] * 5:
            raise Wrong(
                "In the first epoch some images appear twice already. Is each batch drawn by "
                "itself? An epoch has one order, and its batches are pieces of it."
            )
        if lengths != [6, 6, 6, 6, 5]:
            raise Wrong(
                f"29 images in batches of 6 came as batches of {lengths} in the first epoch."
            )
        for number in (0, 1, 3):
            seen = epoch(number)
            if len(seen) != n or len(set(seen)) != n:
                raise Wrong(
                    f"In epoch {number} only {len(set(seen))} of 29 images appear. Is one order "
                    "used for the whole epoch, and does the next epoch begin where it should?"
                )
        for number in (0, 1):
            seen = epoch(number, n=30)
            if len(seen) != 30 or len(set(seen)) != 30:
                raise Wrong(
                    f"With 30 images and batches of 6 only {len(set(seen))} of 30 images appear in "
                    f"epoch {number}. How many steps has an epoch, if nothing is left over?"
                )
    with trial.part(1, "another order in each epoch"):
        orders = {number: epoch(number) for number in (0, 1, 2)}
        if orders[0] == sorted(orders[0]):
            raise Wrong(
                "The images come in the order in which they are stored. Nothing is shuffled."
            )
        if orders[0] == orders[1]:
            raise Wrong("Epochs 0 and 1 have the same order. What does the epoch do to it?")
        sets = [
            {frozenset(order[place : place + 6]) for place in range(0, 29, 6)}
            for order in (orders[0], orders[1])
        ]
        if sets[0] & sets[1]:
            raise Wrong(
                "A batch of epoch 0 has the same images as one of epoch 1. Is the order of the "
                "images shuffled, or that of the batches?"
            )
        if any(_neighbours_stay(order, list(range(n))) for order in orders.values()):
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
            if epoch(number, size=10) != orders[number]:
                raise Wrong(
                    f"With batches of 10 the images of epoch {number} come in another order than "
                    "with batches of 6. Seed and epoch alone decide about the order: what else "
                    "went into it?"
                )
        _expect_own_randomness(trial, images[:n], size)


def _expect_own_randomness(trial: Trial, images: np.ndarray, size: int) -> None:
    """What is drawn comes from seed and epoch, and tomorrow in another process it is the same."""
    trial.leaves_seeds_alone(images, 0, size, 3)
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
        answer = np.asarray(trial.call(images, 0, size, seed))
    if unseeded or before != (np.random.get_state()[1].tobytes(), random.getstate()):  # noqa: NPY002
        raise Wrong(
            "Random numbers are drawn that are not made from seed and epoch: in another process "
            "the order would be another one, even if it is remembered in this one."
        )
    with mock.patch.object(builtins, "hash", other_hash):
        again = np.asarray(trial.call(images, 0, size, seed))
    if not np.array_equal(answer, again):
        raise Wrong(
            "It takes the hash of a text. Python gives a text another hash in each process, so "
            "the order would be another one tomorrow. Numbers have the same hash everywhere."
        )
