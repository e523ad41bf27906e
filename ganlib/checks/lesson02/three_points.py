"""A game on three points, by hand."""

import numpy as np

from ganlib.checks.lesson02.jensen_shannon import jsd
from ganlib.checks.other_class import expect_own_class
from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["game", "three_points"]


def game(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The distributions of the task ``three_points`` for one class: what they say, and
    p_data, p_g.
    """
    p_data, p_g = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.8, 0.0])
    if seed:
        rng = np.random.default_rng(seed)
        p_data = rng.permutation([0.2, 0.3, 0.5])
        share = rng.choice([0.1, 0.4, 0.6, 0.9])  # never equal to p_data(0)
        p_g = np.array([share, 1 - share, 0.0])
    for name, p in (("p_data", p_data), ("p_g   ", p_g)):
        print(name, " ", "  ".join(f"{point}: {share:.3f}" for point, share in enumerate(p)))
    return p_data, p_g


@task(
    points=3,
    hints=(
        "At each point, D* = p_data / (p_data + p_g). At the third point p_g is 0.",
        "V(D*, G) is the sum over the three points of p_data log D* + p_g log(1 − D*); a term "
        "with probability 0 counts as 0.",
    ),
)
def three_points(trial: Trial) -> None:
    """D*, V and the JSD of the small game of a class, as a dictionary."""
    p, q = trial.of_class(game)
    answer = trial.dictionary(("D(0)", "D(1)", "D(2)", "V", "JSD"))
    expect_own_class(trial, answer, _right)
    best = p / (p + q)
    with trial.part(1, "D* at the three points"):
        for point in range(3):
            key, right = f"D({point})", best[point]
            trial.expect(
                trial.number(trial.entry(answer, key), key),
                right,
                within=0.006,
                usual=(
                    (1 - right, f"{key} is 1 − D* there."),
                    (0.5, f"{key} is ½ only where both are equally likely."),
                    (
                        p[point] / q[point] if q[point] else 2.0,
                        f"{key} is the ratio, not the share.",
                    ),
                ),
                otherwise=f"{key} is not right. What is the share of p_data in both together "
                "there?",
            )
    divergence = float(jsd(p, q))
    right = -np.log(4) + 2 * divergence
    with trial.part(1, "V of the best D"):
        trial.expect(
            trial.number(trial.entry(answer, "V"), "V"),
            right,
            within=0.006,
            usual=(
                (
                    np.log(best).mean() + np.log(1 - best[:2]).mean(),
                    "You took plain means: each point counts with its probability.",
                ),
                (-np.log(4), "−log 4 would be V if p_g were equal to p_data."),
                (-right, "V is never above 0: it adds logarithms of probabilities."),
                (right / 2, "This is V/2."),
                (right / np.log(2), "This has logarithms with base 2."),
                (
                    np.log(best).sum() + np.log(1 - best[:2]).sum(),
                    "You left out the probabilities: V adds p_data log D* + p_g log(1 − D*).",
                ),
            ),
            otherwise="V is not right. Add p_data log D* + p_g log(1 − D*) over the three points.",
        )
    with trial.part(1, "the JSD"):
        trial.expect(
            trial.number(trial.entry(answer, "JSD"), "JSD"),
            divergence,
            within=0.006,
            usual=(
                (2 * divergence, "This is twice the JSD."),
                (divergence / np.log(2), "This is in bits, not nats."),
            ),
            otherwise="The JSD is not right. V(D*, G) = −log 4 + 2 JSD gives it without any sum.",
        )


def _right(number: int) -> dict[str, float]:
    """What is right for a class."""
    p, q = Trial(None, number).of_class(game)
    divergence = float(jsd(p, q))
    best = {f"D({point})": float(share) for point, share in enumerate(p / (p + q))}
    return best | {"V": 2 * divergence - np.log(4), "JSD": divergence}
