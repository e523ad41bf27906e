"""How many pictures a copier's table holds, from repeated draws."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["table_size"]


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
        if np.isinf(trial.number(result, infinite=True)):
            raise Wrong(
                "There are equal draws here, and you found no pair. Compare each draw with all others."
            )
        found = trial.number(result, "the size of the table")
        trial.expect(
            found,
            right,
            within=1e-5,
            usual=(
                (
                    len(counts),
                    "This is how many different pictures were seen. The table has more: those "
                    "that were not drawn.",
                ),
                (k, "This is the number of draws."),
                (
                    1 / right,
                    "This is the share of pairs that are equal. For which n is it to be expected?",
                ),
                (
                    k**2 / (counts**2).sum(),
                    "You compared each draw with itself, too. Such a pair is always equal, and "
                    "says nothing.",
                ),
                (
                    k**2 / 2 / equal,
                    "k draws make a little less than k²/2 pairs: none is paired with itself.",
                ),
                (
                    2 * right,
                    "Twice too large: in one of the two counts each pair is counted twice.",
                ),
                (right / 2, "Half: in one of the two counts each pair is counted twice."),
                (
                    k / equal,
                    "You divided the number of draws by the repeats. It is pairs that count.",
                ),
                (
                    pairs / (k - len(counts)),
                    "A picture that came three times makes three equal pairs, and you counted two.",
                ),
                (
                    pairs / (counts > 1).sum(),
                    "A picture that came three times makes three equal pairs, and you counted one.",
                ),
                (round(right), "You rounded. An estimate need not be a whole number."),
                (np.floor(right), "You rounded. An estimate need not be a whole number."),
            ),
            otherwise="The estimate is not right. Work it out by hand for the draws 7, 7, 3: three "
            "pairs, one of them equal.",
        )
        trial.award(1, f"a table's size from {what}")
    found = trial.number(trial.call(many[:30]), infinite=True)
    if found != np.inf:
        raise Wrong(
            f"For 30 draws without a repeat it returns {found:.4g}. They set no bound to the size: "
            "the task asks for np.inf."
        )
    trial.award(1, "no repeat at all")
