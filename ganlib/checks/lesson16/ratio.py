"""The likelihood ratio of an attack, example by example."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["ratio"]


@task(
    points=3,
    hints=(
        "For each example (each column) you need four numbers: mean and standard deviation of the "
        "scores of models that have seen it, and of those that have not.",
        "The log density of a bell is −(x − μ)² / (2σ²) − log σ, up to a constant that cancels.",
        "Subtract the two log densities: seen minus unseen. Everything works on whole rows at "
        "once, with axis=0 in mean and std.",
    ),
)
def ratio(trial: Trial) -> None:
    """log p(score | seen) − log p(score | unseen)."""
    with trial.part(1, "bells of equal width"):
        _expect(trial, 400, gap=2.0, wider=1.0, level=0.0)
    with trial.part(1, "bells of different width and height"):
        _expect(trial, 30, gap=1.0, wider=3.0, level=5.0)
        _expect(trial, 12, gap=-1.0, wider=0.3, level=5.0)
    with trial.part(1, "scores far from both bells"):
        _expect(trial, 60, gap=1.0, wider=2.0, level=3.0, far=100.0)


def _expect(
    trial: Trial, models: int, gap: float, wider: float, level: float, far: float = 0.0
) -> None:
    rng, n = trial.rng, 25
    levels = level * rng.standard_normal(n)
    unseen = levels + rng.standard_normal((models, n))
    seen = levels + gap + wider * rng.standard_normal((models + 3, n))
    score = levels + gap * rng.random(n) + far
    answer = trial.array(
        trial.call_without_warning(
            "Subtract log densities; a density itself becomes 0 far out.", score, seen, unseen
        ),
        (n,),
    )

    def log_density(scores: np.ndarray, scale: bool = True, axis: int | None = 0, ddof: int = 0):
        mean, std = scores.mean(axis=axis), scores.std(axis=axis, ddof=ddof)
        return -((score - mean) ** 2) / (2 * std**2) - scale * np.log(std)

    right = log_density(seen) - log_density(unseen)
    other = log_density(seen, ddof=1) - log_density(unseen, ddof=1)
    if np.allclose(answer, other, rtol=1e-6, atol=1e-6):
        return  # divided by n − 1: as good an estimate
    halved = [-((score - each.mean(0)) ** 2) / each.var(0) - np.log(each.std(0))
              for each in (seen, unseen)]  # fmt: skip
    plain = [-((score - each.mean(0)) ** 2) / (2 * each.std(0)) - np.log(each.std(0))
             for each in (seen, unseen)]  # fmt: skip
    trial.expect(
        answer,
        right,
        within=1e-6,
        usual=(
            (-right, "The sign is wrong: the ratio must be large for examples that were seen."),
            (
                log_density(seen, scale=False) - log_density(unseen, scale=False),
                "− log σ is missing: a wide bell has a lower peak.",
            ),
            (
                log_density(seen, axis=None) - log_density(unseen, axis=None),
                "Mean and standard deviation are those of all examples together. Each example has "
                "its own: axis=0.",
            ),
            (log_density(seen), "This is the log density under the bell of the seen. Subtract that "
             "of the unseen."),
            (halved[0] - halved[1], "The 2 in 2σ² is missing."),
            (plain[0] - plain[1], "The difference is divided by 2σ, not by 2σ²."),
            (
                (score - unseen.mean(0)) / unseen.std(0),
                "This is the offline attack, which does not use the models that have seen the "
                "example.",
            ),
        ),
        otherwise="The ratios are not right. Take one example: four numbers, two log densities, "
        "one difference.",
    )  # fmt: skip
