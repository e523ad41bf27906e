"""A histogram's likelihood of values it has not seen, alone and insured."""

import re

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["log_likelihood"]


def _values(rng: np.random.Generator, edges: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """So many values in each cell, none of them on an edge, in any order."""
    cell = np.repeat(np.arange(len(counts)), counts)
    inside = rng.uniform(0.05, 0.95, len(cell))
    return rng.permutation(edges[cell] + inside * np.diff(edges)[cell])


def _densities(train: np.ndarray, test: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The histogram's density at each test value."""
    share = np.histogram(train, edges)[0] / len(train)
    return (share / np.diff(edges))[np.digitize(test, edges) - 1]


@task(
    points=4,
    hints=(
        "The density in a cell is the share of the training values that fall into it, divided by "
        "the cell's width. np.histogram counts, np.diff(edges) has the widths.",
        "density[cell] is the density at each test value. The log-likelihood is the mean of its "
        "logarithm; np.log(0) is −inf, which is what is asked for.",
        "A mixture of two densities: (1 − uniform) times the one plus uniform times the other. "
        "The second is the same everywhere: how high must it be for its area to be 1?",
    ),
)
def log_likelihood(trial: Trial) -> None:
    """The mean log density of a histogram at test values, and of its mixture with a uniform one."""
    with trial.part(1, "cells of equal width"):
        _equal_widths(trial)
    with trial.part(1, "cells of different widths"):
        _different_widths(trial)
    with trial.part(1, "test values in empty cells"):
        _empty_cells(trial)
    with trial.part(1, "insured by a uniform distribution"):
        _insured(trial)


def _equal_widths(trial: Trial) -> None:
    edges = np.linspace(0, 256, 9)
    train = _values(trial.rng, edges, trial.rng.integers(5, 30, 8))
    test = _values(trial.rng, edges, trial.rng.integers(3, 20, 8))
    density = _densities(train, test, edges)
    log = np.log(density)
    right = log.mean()
    answer = trial.number(trial.call(train, test, edges), "the log-likelihood")
    swapped = np.log(_densities(test, train, edges)).mean()
    trial.expect(
        answer,
        right,
        within=1e-5,
        usual=(
            (
                right + np.log(32),
                "This is the logarithm of a cell's share. A density is the share per unit of x.",
            ),
            (
                np.log(_densities(train, train, edges)).mean(),
                "This is the log-likelihood of the training values. Which values has the model "
                "not seen?",
            ),
            (
                swapped,
                "Training and test values have changed places: the model is made from train.",
            ),
            (
                np.log(density.mean()),
                "You took the logarithm of a mean. The log-likelihood is a mean of logarithms.",
            ),
            (log.sum(), "You added up the logarithms. The log-likelihood per value is their mean."),
            (-right, "The sign is turned round: this is −log p."),
            (right / np.log(2), "This has logarithms with base 2; the task asks for natural ones."),
            (
                right / np.log(10),
                "This has logarithms with base 10; the task asks for natural ones.",
            ),
            (
                right + np.log(len(train) / len(test)),
                "The shares do not add to 1: divide the counts by the number of training values.",
            ),
            (
                right + np.log(len(train)),
                "These are counts. The share of a cell is its count, divided by the number of "
                "training values.",
            ),
            (
                right + np.log(32 * len(train)),
                "These are the logarithms of counts. Which share of the training values is in the "
                "cell, and how wide is it?",
            ),
            (density.mean(), "This is the mean density. Where is the logarithm?"),
        ),
        otherwise="With cells of equal width it is not right. Take one test value and work out by "
        "hand what its cell contributes.",
    )


def _different_widths(trial: Trial) -> None:
    widths = trial.rng.permutation([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    edges = np.concatenate([[0.0], np.cumsum(widths)])
    train = _values(trial.rng, edges, trial.rng.integers(5, 30, 6))
    test = _values(trial.rng, edges, trial.rng.integers(3, 20, 6))
    right = np.log(_densities(train, test, edges)).mean()
    share = _densities(train, test, edges) * widths[np.digitize(test, edges) - 1]
    one_width = "You divide by the same width everywhere, but the cells differ in width."
    trial.expect(
        trial.number(trial.call(train, test, edges), "the log-likelihood"),
        right,
        within=1e-5,
        usual=(
            (np.log(share / widths[0]).mean(), one_width),
            (np.log(share / widths.mean()).mean(), one_width),
        ),
        otherwise="With cells of different widths it is not right. How wide is the cell of "
        "each test value?",
    )


def _empty_cells(trial: Trial) -> None:
    edges = np.linspace(0, 80, 6)
    for counts, which in (
        ((4, 6, 0, 7, 3), "in the third of five cells"),
        ((0, 6, 5, 2, 4), "in the first cell"),
        ((4, 6, 5, 2, 0), "in the last cell"),
        ((0, 9, 0, 0, 0), "outside of the second cell"),
    ):
        train = _values(trial.rng, edges, np.array(counts))
        test = _values(trial.rng, edges, np.array([3, 2, 2, 3, 4]))
        seen = test[_densities(train, test, edges) > 0]
        try:
            inside = trial.number(trial.call(train, seen, edges), infinite=True)
            answer = trial.number(trial.call(train, test, edges), infinite=True)
        except (IndexError, ValueError) as problem:
            if re.search("math domain|positive input", str(problem)):
                raise Wrong(
                    "math.log refuses 0. np.log(0) is −inf, which is what is asked for."
                ) from None
            raise Wrong(
                f"With no training value {which} it raises {type(problem).__name__}. Are there "
                "fewer counts than cells? np.bincount ends with the last value that it sees, "
                "unless minlength says how long it must be."
            ) from None
        if answer != -np.inf:
            raise Wrong(
                f"No training value lies {which}, some test values do, and it returns {answer:.4g}."
                " The model says that such values never come: density 0. What is log 0, and the "
                "mean of anything with it?"
            )
        if inside == -np.inf:
            raise Wrong(
                f"No training value lies {which}, and no test value either. The model gives "
                "density 0 to none of them, but it returns −inf."
            )


def _insured(trial: Trial) -> None:
    even, uneven = np.linspace(0, 80, 6), np.array([10.0, 14.0, 30.0, 38.0, 70.0, 90.0])
    for edges, uniform in ((even, 0.1), (uneven, 0.25)):
        train = _values(trial.rng, edges, np.array([4, 6, 0, 7, 3]))
        test = _values(trial.rng, edges, np.array([3, 2, 2, 3, 4]))
        density = _densities(train, test, edges)
        answer = trial.number(trial.call(train, test, edges, uniform), infinite=True)
        mixed = (1 - uniform) * density + uniform / 80
        if answer == -np.inf:
            raise Wrong(
                "With uniform above 0 it is still −inf. No value has the density 0 any more: mix "
                "the densities, and take the logarithm afterwards."
            )
        trial.expect(
            answer,
            np.log(mixed).mean(),
            within=1e-5,
            usual=(
                (
                    np.log(density + uniform / 80).mean(),
                    "The two parts of the mixture together have an area of more than 1.",
                ),
                (
                    np.log(uniform * density + (1 - uniform) / 80).mean(),
                    "The two parts have changed places: uniform is the share of the uniform "
                    "distribution.",
                ),
                (
                    np.log((1 - uniform) * density + uniform).mean(),
                    "Your uniform part has the height 1. What height has a density that is the "
                    "same on the whole range?",
                ),
                (
                    np.log((1 - uniform) * density + uniform / 5).mean(),
                    "You divided by the number of cells. A density is a probability per grey "
                    "level, also the uniform one.",
                ),
                (
                    np.log((1 - uniform) * density + uniform / 16).mean(),
                    "You divided by the width of one cell. The uniform distribution covers the "
                    "whole range.",
                ),
            ),
            otherwise="The mixture with the uniform distribution is not right. At each value it "
            "is a sum of two densities.",
        )
