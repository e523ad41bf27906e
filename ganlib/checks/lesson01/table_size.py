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
    many = np.unique(trial.rng.integers(0, 10**6, 900))  # numbers of pictures, all different
    many = trial.rng.permutation(many)
    twice = [[2] * n + [1] * int(trial.rng.integers(20, 60)) for n in (3, 8)]
    oftener = [[4, 3, 3, 2, 2] + [1] * 9, [5, 3, 2, 2, 2, 2] + [1] * 17]
    for tables, what in ((twice, "repeats"), (oftener, "threefold repeats")):
        with trial.part(1, f"a table's size from {what}"):
            _from_repeats(trial, many, [np.array(counts) for counts in tables])
    with trial.part(1, "no repeat at all"):
        answer = trial.number(trial.call(many[:30]), infinite=True)
        if answer != np.inf:
            raise Wrong(
                f"For 30 draws without a repeat it returns {answer:.4g}. They set no upper bound "
                "to the size: the task asks for np.inf."
            )
        if trial.number(trial.call(np.append(many[:30], many[0])), infinite=True) == np.inf:
            raise Wrong("It is infinite with a repeat as well.")


def _from_repeats(trial: Trial, many: np.ndarray, tables: list[np.ndarray]) -> None:
    """Two tables at once: a usual mistake is one only if it explains both estimates."""
    answer = []
    for counts in tables:
        drawn = trial.rng.permutation(np.repeat(trial.rng.permutation(many)[: len(counts)], counts))
        result = trial.call(drawn)
        if np.isinf(trial.number(result, infinite=True)):
            raise Wrong(
                "There are equal draws here, and you found no pair. Compare each draw with all "
                "others."
            )
        answer.append(trial.number(result, "the size of the table"))
    k, kinds = (np.array([function(counts) for counts in tables]) for function in (np.sum, len))
    equal = np.array([(counts * (counts - 1) // 2).sum() for counts in tables])
    itself = np.array([(counts**2).sum() for counts in tables])
    repeated = np.array([(counts > 1).sum() for counts in tables])
    pairs = k * (k - 1) / 2
    right = pairs / equal
    trial.expect(
        np.array(answer),
        right,
        within=1e-5,
        usual=(
            (
                kinds,
                "This is how many different pictures were seen. The table has more: those that "
                "were not drawn.",
            ),
            (k, "This is the number of draws."),
            (
                1 / right,
                "This is the share of pairs that are equal. For which n is it to be expected?",
            ),
            (
                k**2 / itself,
                "You compared each draw with itself, too. Such a pair is always equal, and says "
                "nothing.",
            ),
            (
                k**2 / 2 / equal,
                "k draws make a little less than k²/2 pairs: none is paired with itself.",
            ),
            (2 * right, "Twice too large: in one of the two counts each pair is counted twice."),
            (right / 2, "Half: in one of the two counts each pair is counted twice."),
            (k / equal, "You divided the number of draws by the repeats. It is pairs that count."),
            (
                k / (k - kinds),
                "You divided the number of draws by the repeats. It is pairs that count.",
            ),
            (
                pairs / (k - kinds),
                "A picture that came three times makes three equal pairs, and you counted two.",
            ),
            (
                pairs / repeated,
                "A picture that came three times makes three equal pairs, and you counted one.",
            ),
            (np.round(right), "You rounded. An estimate need not be a whole number."),
            (np.floor(right), "You rounded. An estimate need not be a whole number."),
        ),
        otherwise="The estimate is not right. Work it out by hand for the draws 7, 7, 3: three "
        "pairs, one of them equal.",
    )
