"""The tasks of exercise 01: a histogram's likelihood, a generator to order, repeats, base rates."""

import contextlib
from typing import Any

import numpy as np

from ganlib.checks.core import Trial, Wrong, task

__all__ = ["alarms", "detector", "generator", "log_likelihood", "table_size"]


def _values(rng: np.random.Generator, edges: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """So many values in each cell, none of them on an edge, in any order."""
    cell = np.repeat(np.arange(len(counts)), counts)
    inside = rng.uniform(0.05, 0.95, len(cell))
    return rng.permutation(edges[cell] + inside * np.diff(edges)[cell])


def _densities(train: np.ndarray, test: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The histogram's density at each test value."""
    share = np.histogram(train, edges)[0] / len(train)
    return (share / np.diff(edges))[np.digitize(test, edges) - 1]


def _float(trial: Trial, value: Any) -> float:
    """A number that may be infinite, which ``Trial.number`` would refuse."""
    with contextlib.suppress(TypeError, ValueError):
        number = float(np.reshape(value.numpy() if hasattr(value, "numpy") else value, ()))
        if np.isinf(number):
            return number
    return trial.number(value)


@task(
    points=4,
    hints=(
        "The density in a cell is the share of the training values that fall into it, divided by "
        "the cell's width. np.histogram counts, np.diff(edges) has the widths.",
        "density[cell] is the density at each test value. The log-likelihood is the mean of its "
        "logarithm; np.log(0) is −inf, which is what is asked for.",
        "A mixture of two densities: (1 − uniform) times the one plus uniform times the other. The "
        "second is the same everywhere: what height has it, so that its area is 1?",
    ),
)
def log_likelihood(trial: Trial) -> None:
    """The mean log density of a histogram at test values, and of its mixture with a uniform one."""
    edges = np.linspace(0, 256, 9)
    train = _values(trial.rng, edges, trial.rng.integers(5, 30, 8))
    test = _values(trial.rng, edges, trial.rng.integers(3, 20, 8))
    density = _densities(train, test, edges)
    log = np.log(density)
    right = log.mean()
    found = trial.number(trial.call(train, test, edges), "the log-likelihood")
    swapped = np.log(_densities(test, train, edges)).mean()
    trial.expect(
        found,
        right,
        within=1e-5,
        usual=(
            (right + np.log(32), "This is the logarithm of a cell's share. A density is the share "
             "per grey level."),
            (np.log(_densities(train, train, edges)).mean(), "This is the log-likelihood of the "
             "training values. Which values has the model not seen?"),
            (swapped, "Training and test values have changed places: the model is made from "
             "train."),
            (np.log(density.mean()), "You took the logarithm of a mean. The log-likelihood is a "
             "mean of logarithms."),
            (log.sum(), "You added up the logarithms. The log-likelihood per value is their mean."),
            (-right, "The sign is turned round: this is −log p."),
            (right / np.log(2), "This has logarithms with base 2; the task asks for natural ones."),
            (right / np.log(10), "This has logarithms with base 10; the task asks for natural "
             "ones."),
            (right + np.log(len(train) / len(test)), "The shares do not add to 1: divide the "
             "counts by the number of training values."),
            (right + np.log(len(train)), "These are counts. The share of a cell is its count, "
             "divided by the number of training values."),
            (right + np.log(32 * len(train)), "These are the logarithms of counts. Which share of "
             "the training values is in the cell, and how wide is it?"),
            (density.mean(), "This is the mean density. Where is the logarithm?"),
        ),
        otherwise="With cells of equal width it is not right. Take one test value and work out by "
        "hand what its cell contributes.",
    )  # fmt: skip
    trial.award(1, "cells of equal width")

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
        otherwise="With cells of different widths it is not right. Which width has the cell of "
        "each test value?",
    )
    trial.award(1, "cells of different widths")

    edges = np.linspace(0, 80, 6)
    train = _values(trial.rng, edges, np.array([4, 6, 0, 7, 3]))
    test = _values(trial.rng, edges, np.array([3, 2, 2, 3, 4]))
    density = _densities(train, test, edges)
    found = _float(trial, trial.call(train, test, edges))
    if found != -np.inf:
        raise Wrong(
            f"Two of 14 test values fall into an empty cell, and it returns {found:.4g}. The model "
            "says that such values never come: density 0. What is log 0, and the mean of anything "
            "with it?"
        )
    trial.award(1, "a test value in an empty cell")

    for uniform in (0.1, 0.25):
        if uniform == 0.25:  # cells of different widths, on a range that does not begin at 0
            edges = np.array([10.0, 14.0, 30.0, 38.0, 70.0, 90.0])
            train = _values(trial.rng, edges, np.array([4, 6, 0, 7, 3]))
            test = _values(trial.rng, edges, np.array([3, 2, 2, 3, 4]))
            density = _densities(train, test, edges)
        found = _float(trial, trial.call(train, test, edges, uniform))
        mixed = (1 - uniform) * density + uniform / 80
        if found == -np.inf:
            raise Wrong(
                "With uniform above 0 it is still −inf. No value has the density 0 any more: mix "
                "the densities, and take the logarithm afterwards."
            )
        trial.expect(
            found,
            np.log(mixed).mean(),
            within=1e-5,
            usual=(
                (np.log(density + uniform / 80).mean(), "The two parts of the mixture together "
                 "have an area of more than 1."),
                (np.log(uniform * density + (1 - uniform) / 80).mean(), "The two parts have "
                 "changed places: uniform is the share of the uniform distribution."),
                (np.log((1 - uniform) * density + uniform).mean(), "Your uniform part has the "
                 "height 1. What height has a density that is the same on the whole range?"),
                (np.log((1 - uniform) * density + uniform / 5).mean(), "You divided by the number "
                 "of cells. A density is a probability per grey level, also the uniform one."),
                (np.log((1 - uniform) * density + uniform / 16).mean(), "You divided by the width "
                 "of one cell. The uniform distribution covers the whole range."),
            ),
            otherwise="The mixture with the uniform distribution is not right. At each value it is "
            "a sum of two densities.",
        )  # fmt: skip
    trial.award(1, "insured by a uniform distribution")


def _laplace(z: np.ndarray, scale: float) -> np.ndarray:
    return -scale * np.sign(z - 0.5) * np.log(1 - 2 * np.abs(z - 0.5))


@task(
    points=3,
    hints=(
        "F(x) is the area under the density to the left of x. Work it out for x < 0 first. F(0) is "
        "½, for the density is symmetric. For x > 0 take 1 minus the area on the right of x.",
        "F(x) = ½ exp(x/s) for x ≤ 0 and 1 − ½ exp(−x/s) for x ≥ 0. Solve F(x) = z for x, each "
        "piece for its own z.",
        "z < ½ belongs to x < 0. np.where(z < 0.5, ..., ...) chooses.",
    ),
)
def generator(trial: Trial) -> None:
    """G = F⁻¹ of the Laplace distribution: numbers between 0 and 1 become samples."""
    for low, high, which in ((0.5, 1.0, "above"), (0.0, 0.5, "below")):
        z = trial.rng.uniform(low + 0.01, high - 0.01, 25)
        right = _laplace(z, 1.0)
        found = trial.array(trial.call(z, 1.0), (25,), "G(z)")
        again = trial.array(trial.call(z, 1.0), (25,), "G(z)")
        if not np.array_equal(found, again):
            raise Wrong(
                "For the same z it returns something else each time. All chance is in z: G is a "
                "fixed function of it."
            )
        x = np.abs(z)
        trial.expect(
            found,
            right,
            within=1e-5,
            usual=(
                (-right, "Your G falls where it should rise, or its sign is turned round. F⁻¹(z) "
                 "is the value below which a share z lies."),
                (-np.log(1 - z), "At z = ½ your G is 0.69 s; it should be 0, for F(0) = ½. Where did "
                 "the factor ½ of the density go?"),
                (np.log(z), "At z = ½ your G is −0.69 s; it should be 0, for F(0) = ½. Where is the "
                 "factor ½ of the density?"),
                (np.exp(-x) / 2, "This is the density p, taken at z. A generator returns samples "
                 "x."),
                (1 - np.exp(-x) / 2, "This is F, taken at z. What is asked for is the x at which "
                 "F(x) = z."),
                (right / 2, "Your samples have half the spread. Is the exponent |x|/s?"),
                (2 * right, "Your samples have twice the spread. Is the exponent |x|/s?"),
                (np.log(z / (1 - z)), "This is the logit of z, which makes the "
                 "logistic distribution. Solve F(x) = z with the F of this density."),
            ),
            otherwise=f"For z {which} ½ it is not right. Put your x into F: you should get z.",
        )  # fmt: skip
        trial.award(1, f"z {which} ½")
    z = np.concatenate([trial.rng.uniform(0.01, 0.99, 37), [1e-6, 0.5, 0.999]])
    scale = round(float(trial.rng.uniform(2, 5)), 2)
    trial.expect(
        trial.array(trial.call(z, scale), (40,), "G(z)"),
        _laplace(z, scale),
        within=1e-5,
        usual=(
            (_laplace(z, 1.0), "The scale has no effect. A larger s should give a larger spread."),
            (_laplace(z, 1 / scale), "You divided by the scale. A larger s should give a larger "
             "spread."),
        ),
        otherwise=f"With the scale {scale}, for z from 1e-6 to 0.999, and at ½, it is not right. How "
        "does x enter into the density?",
    )  # fmt: skip
    trial.award(1, "another scale, and all z together")


@task(
    points=3,
    hints=(
        "If the table has n pictures, two draws are the same with probability 1/n. How many pairs "
        "do k draws make?",
        "k draws make k (k − 1)/2 pairs, of which a share 1/n is expected to be equal. Count the "
        "equal pairs that there are, and solve for n.",
        "np.unique(drawn, return_counts=True) says how often each number came. One that came c "
        "times makes c (c − 1)/2 equal pairs.",
    ),
)
def table_size(trial: Trial) -> None:
    """How many pictures a table has, from the pairs of equal draws."""
    many = np.unique(trial.rng.integers(0, 10**6, 400))  # numbers of pictures, all different
    many = trial.rng.permutation(many)
    for counts, what in (
        ([2] * int(trial.rng.integers(3, 9)) + [1] * int(trial.rng.integers(20, 60)), "repeats"),
        (trial.rng.permutation([4, 3, 3, 2, 2] + [1] * 9), "threefold repeats"),
    ):
        counts = np.array(counts)
        drawn = trial.rng.permutation(np.repeat(many[: len(counts)], counts))
        k, equal = len(drawn), (counts * (counts - 1) // 2).sum()
        pairs = k * (k - 1) / 2
        right = pairs / equal
        result = trial.call(drawn)
        if np.isinf(_float(trial, result)):
            raise Wrong(
                "There are equal draws here, and you found no pair. Compare each draw with all others."
            )
        found = trial.number(result, "the size of the table")
        trial.expect(
            found,
            right,
            within=1e-5,
            usual=(
                (len(counts), "This is how many different pictures were seen. The table has more: "
                 "those that were not drawn."),
                (k, "This is the number of draws."),
                (1 / right, "This is the share of pairs that are equal. For which n is it to be "
                 "expected?"),
                (k**2 / (counts**2).sum(), "You compared each draw with itself, too. Such a pair "
                 "is always equal, and says nothing."),
                (k**2 / 2 / equal, "k draws make a little less than k²/2 pairs: none is paired "
                 "with itself."),
                (2 * right, "Twice too large: in one of the two counts each pair is counted "
                 "twice."),
                (right / 2, "Half: in one of the two counts each pair is counted twice."),
                (k / equal, "You divided the number of draws by the repeats. It is pairs that "
                 "count."),
                (pairs / (k - len(counts)), "A picture that came three times makes three equal "
                 "pairs, and you counted two."),
                (pairs / (counts > 1).sum(), "A picture that came three times makes three equal "
                 "pairs, and you counted one."),
                (round(right), "You rounded. An estimate need not be a whole number."),
                (np.floor(right), "You rounded. An estimate need not be a whole number."),
            ),
            otherwise="The estimate is not right. Work it out by hand for the draws 7, 7, 3: three "
            "pairs, one of them equal.",
        )  # fmt: skip
        trial.award(1, f"a table's size from {what}")
    found = _float(trial, trial.call(many[:30]))
    if found != np.inf:
        raise Wrong(
            f"For 30 draws without a repeat it returns {found:.4g}. They set no bound to the size: "
            "the task asks for np.inf."
        )
    trial.award(1, "no repeat at all")


def detector(seed: int) -> tuple[float, float, float]:
    """The numbers of the task ``alarms`` for one class: what they say; base rate, found, false."""
    base, found, false = 1 / 40, 0.9, 0.06
    if seed:
        rng = np.random.default_rng(seed)
        base = 1 / rng.choice([20, 25, 30, 45, 60])
        found, false = rng.choice([0.7, 0.75, 0.8, 0.85]), rng.choice([0.05, 0.07, 0.08, 0.1])
    base, found, false = float(base), float(found), float(false)
    print(f"one image in {1 / base:.0f} is a fake")
    print(f"alarm for {found:.0%} of the fakes and for {false:.1%} of the photographs")
    return base, found, false


@task(
    points=4,
    hints=(
        "Think of a million images. How many fakes, how many photographs, and how many alarms does "
        "each kind cause?",
        "A share of fakes is always (such fakes) / (such fakes + such photographs). For 'missed' "
        "those without an alarm; for 'two' each rate is multiplied with itself.",
        "For 'half': as many photographs as fakes must cause an alarm. Which rate makes the "
        "numbers equal?",
    ),
)
def alarms(trial: Trial) -> None:
    """Shares of fakes among alarms, as a dictionary, for the detector of a class."""
    base, found, false = trial.of_class(detector)
    keys = ("share", "missed", "two", "half")
    answer = trial.dictionary(trial.call(), keys)
    given = {key: trial.number(answer[key], key) for key in keys}

    def share(fakes: float, photographs: float) -> float:
        return fakes * base / (fakes * base + photographs * (1 - base))

    right = share(found, false)
    _compare(
        trial,
        "share",
        given,
        right,
        (found, "'share' is the share of fakes that cause an alarm. Asked for is the share of "
         "alarms that a fake caused."),
        (1 - right, "'share' is the share of alarms that photographs caused."),
        (base, "'share' is the share of fakes among all images, with or without an alarm."),
        (found / (found + false), "'share' would be this if half of all images were fakes."),
        (found * base, "'share' is a share of all images. Asked for is a share of the alarms."),
        otherwise="'share' is not right. Of a million images, how many fakes and how many "
        "photographs cause an alarm?",
    )  # fmt: skip
    trial.award(1, "the share of alarms that are fakes")
    _compare(
        trial,
        "missed",
        given,
        share(1 - found, 1 - false),
        (1 - found, "'missed' is the share of fakes that cause no alarm. Asked for is the share of "
         "fakes among the images that cause none."),
        ((1 - found) * base, "'missed' is a share of all images. Asked for is a share of those "
         "without an alarm."),
        (1 - share(1 - found, 1 - false), "'missed' is the share of photographs among the images "
         "without an alarm."),
        (1 - right, "'missed' is 1 − 'share', but alarms and images without one are different "
         "images."),
        otherwise="'missed' is not right, or is rounded too much (give three significant digits). Of a "
        "million images, how many fakes and how many photographs cause no alarm?",
    )  # fmt: skip
    trial.award(1, "fakes among the images without an alarm")
    either = share(1 - (1 - found) ** 2, 1 - (1 - false) ** 2)
    _compare(
        trial,
        "two",
        given,
        share(found**2, false**2),
        (right, "'two' is as if there were one detector."),
        (right**2, "'two': multiply rates, not shares. How often do both say 'fake' to a fake? To "
         "a photograph?"),
        (1 - (1 - right) ** 2, "'two': combine rates, not shares. How often do both say 'fake' to "
         "a fake? To a photograph?"),
        (either, "'two' is for an alarm if either of them says 'fake'. Both have to."),
        (share(found, false**2), "'two': the fakes, too, must be found by both."),
        (share(found**2, false), "'two': the photographs, too, must be taken for fakes by both."),
        (share(found / 2, false / 2), "'two': halving both rates changes nothing. How often do "
         "both say 'fake' to the same image?"),
        otherwise="'two' is not right. How often do both detectors say 'fake' to a fake, and how "
        "often to a photograph?",
    )  # fmt: skip
    trial.award(1, "two independent detectors")
    half = found * base / (1 - base)
    _compare(
        trial,
        "half",
        given,
        half,
        (false / 2, "'half' is half the rate of false alarms. Half of all *alarms* should be "
         "fakes."),
        (false, "'half' is the rate of now. How few photographs may cause an alarm?"),
        (0.5, "'half' is a rate of false alarms, asked for such that one half of the alarms are "
         "fakes."),
        (half * 1e6, "'half' is a number of photographs in a million; asked for is a rate."),
        (found * base * 1e6, "'half' is a number of photographs in a million; asked for is a "
         "rate."),
        (base / (1 - base), "'half': not all fakes cause an alarm."),
        otherwise="'half' is not right. How many alarms do the fakes cause, and which rate makes "
        "the photographs cause just as many?",
    )  # fmt: skip
    trial.award(1, "the rate at which half of the alarms are fakes")


def _compare(
    trial: Trial,
    key: str,
    given: dict[str, float],
    right: float,
    *usual: tuple[float, str],
    otherwise: str,
) -> None:
    """Compare relative to the right value, however small it is."""
    trial.expect(
        given[key] / right,
        1.0,
        within=0.006,
        usual=[
            (100.0, f"'{key}' is in percent. Give it as a number between 0 and 1."),
            *((wrong / right, message) for wrong, message in usual),
        ],
        otherwise=otherwise,
    )
