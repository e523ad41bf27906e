"""Sizes, weights, work and overlaps of one layer."""

import numpy as np

from ganlib.checks.other_class import expect_own_class
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["layer", "one_layer"]


def layer(seed: int) -> dict[str, int]:
    """The layer of the task ``one_layer`` for one class: it is named, and returned."""
    names = ("rows", "channels in", "channels out", "kernel", "stride")
    sizes = [8, 64, 32, 5, 3]
    if seed:
        rng = np.random.default_rng(seed)
        kernel, stride = rng.choice([(3, 2), (5, 2), (7, 2), (5, 3), (7, 3), (7, 4), (9, 4)])
        channels = rng.choice([16, 24, 32, 48, 64, 96], size=2, replace=False)
        sizes = [rng.choice([5, 6, 7, 8, 10, 12, 16]), *channels, kernel, stride]
    n, c_in, c_out, kernel, stride = sizes = [int(size) for size in sizes]
    print(f"input {n} × {n} with {c_in} channels, output with {c_out} channels and biases,")
    print(f"kernel {kernel} × {kernel}, stride {stride}")
    return dict(zip(names, sizes, strict=True))


WORDS = {
    "rows": "the rows of the whole output",
    "cut at the start": "the rows that are cut at the start",
    "weights": "the number of weights",
    "multiply-adds": "the work",
    "most": "how many weights meet at most",
    "fewest": "how many weights meet at least",
}


@task(
    points=3,
    hints=(
        "n stamps of k rows whose starts lie s apart reach over (n − 1) s + k rows. "
        '"same" keeps n · s of them.',
        "A weight joins one channel in, one channel out and one place of the kernel. Each is used "
        "once for every input cell.",
        "Along one row: how many stamps cover cell 0, 1, …, s − 1 after the start of a stamp? In "
        "two directions the counts multiply.",
    ),
)
def one_layer(trial: Trial) -> None:
    """Sizes, weights, work and overlaps of the layer of a class, as a dictionary."""
    n, c_in, c_out, k, s = trial.of_class(layer).values()
    answer = trial.dictionary(list(WORDS))
    right = _right(trial.seed)
    expect_own_class(trial, answer, _right)

    def expect(key: str, usual: tuple, otherwise: str) -> None:
        with trial.part(0.5, WORDS[key]):
            value = trial.number(trial.entry(answer, key), key)
            if value != right[key]:
                said = [message for wrong, message in usual if value == wrong]
                raise Wrong(said[0] if said else otherwise)

    cut = k - s
    expect(
        "rows",
        (
            (
                n * s,
                '"rows" is the number that is left with "same". With "valid" nothing is cut off.',
            ),
            (n * s + k, '"rows": the last stamp begins at row (n − 1) s, not at n s.'),
            (
                (n - k) // s + 1,
                '"rows" is what an ordinary convolution leaves. This layer makes the '
                "picture larger.",
            ),
            ((n - 1) * s + 1, '"rows": there the last stamp begins. It is k rows long.'),
        ),
        '"rows" is not right. Where does the last stamp begin, and how long is it?',
    )
    expect(
        "cut at the start",
        (
            (cut, '"cut at the start" is all that is cut off, at both ends together.'),
            (
                cut - cut // 2,
                '"cut at the start" is what goes at the end: half is rounded down first.',
            ),
            (cut / 2, '"cut at the start" must be a whole number of rows.'),
            (
                (k - 1) // 2,
                '"cut at the start" is right for stride 1. How many rows are too many here?',
            ),
        ),
        '"cut at the start" is not right. How many rows are too many in all?',
    )

    products = k * k * c_in * c_out
    expect(
        "weights",
        (
            (products, '"weights": the biases are missing.'),
            (products + c_in, '"weights": there is one bias for each channel that comes out.'),
            ((k * k * c_in + 1) * c_out * s, '"weights" does not depend on the stride.'),
            (
                k * k * c_out + c_out,
                '"weights": each channel out has a kernel for every channel in.',
            ),
            (k * c_in * c_out + c_out, '"weights": the kernel has two directions.'),
        ),
        '"weights" is not right. What is the shape of the kernel, with both channel axes?',
    )
    expect(
        "multiply-adds",
        (
            (
                2 * n * n * products,
                '"multiply-adds": this counts multiplications and additions apart. A '
                "multiply-add is one.",
            ),
            (n * products, '"multiply-adds": the input has n rows and n columns.'),
            (n * n * (products + c_out), '"multiply-adds": biases are left out.'),
            (
                (n * s) ** 2 * products,
                '"multiply-adds": you counted a whole kernel for each output '
                "cell. It is each input cell that takes the whole kernel.",
            ),
            (
                ((n - 1) * s + k) ** 2 * products,
                '"multiply-adds": you counted a whole kernel for each '
                "output cell. It is each input cell that takes the whole kernel.",
            ),
            (products, '"multiply-adds": each weight is used at every input cell, not once.'),
        ),
        '"multiply-adds" is not right. How often is each weight of the kernel used?',
    )

    most, fewest = -(-k // s), k // s
    for key, along, other in (("most", most, fewest), ("fewest", fewest, most)):
        expect(
            key,
            (
                (along, f'"{key}" is the count along a row. The picture has two directions.'),
                (k * k, f'"{key}": of a whole kernel only some weights reach the same cell.'),
                (other**2, f'"{key}" is the other end of the range.'),
                (
                    most * fewest,
                    f'"{key}": there are cells where both directions are at their {key}.',
                ),
                (
                    2 * along,
                    f'"{key}": the counts of the two directions do not add, they multiply.',
                ),
            ),
            f'"{key}" is not right. Draw the stamps along a row, and count how many cover each '
            "cell.",
        )
    more = ", more than two" if s > 2 else ""
    print(
        f"  Your guess: stride {s} does not divide kernel {k}, so cells get unequal numbers of "
        f"products, in a pattern of {s} rows{more}."
    )


def _right(number: int) -> dict[str, int]:
    """What is right for a class."""
    n, c_in, c_out, k, s = Trial(None, number).of_class(layer).values()
    products = k * k * c_in * c_out
    return {
        "rows": (n - 1) * s + k,
        "cut at the start": (k - s) // 2,
        "weights": products + c_out,
        "multiply-adds": n * n * products,
        "most": (-(-k // s)) ** 2,
        "fewest": (k // s) ** 2,
    }
