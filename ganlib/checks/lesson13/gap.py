"""How much of D's judgement is learned by heart."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["gap"]


@task(
    points=2,
    hints=(
        "Which three numbers do you need, and between which two of them lies the third?",
        "The way from the mean on seen images to the mean on generated ones is the whole; how much "
        "of it lies between seen and unseen?",
    ),
)
def gap(trial: Trial) -> None:
    """(seen - unseen) / (seen - generated), of means; 0 where D sees no difference at all."""
    with trial.part(1, "0 where unseen images are judged as seen ones, 1 where as generated ones"):
        for place in (0.0, 0.25, 1.0, 1.5, -0.1):
            _one_gap(trial, place)
        _one_gap(trial, 0.25, above=True)
    with trial.part(1, "0 where D judges all alike"):
        same = np.full(7, trial.rng.normal())
        advice = "Where seen and generated images get the same mean, return 0."
        answer = trial.number(trial.call_without_warning(advice, same, same[:3], same), "the gap")
        trial.expect(answer, 0.0, otherwise=advice)
        if not trial.number(trial.call(same, same[:3] - 1, same - 2), "the gap"):
            raise Wrong("It is 0 here, but also where D judges unseen images otherwise than seen.")


def _one_gap(trial: Trial, place: float, above: bool = False) -> None:
    """Groups of different sizes, so that no mean over all of them passes. With ``above`` D is wrong
    about both kinds.
    """
    seen, generated = trial.rng.normal(2.0, 0.2), trial.rng.normal(-3.0, 0.2)
    if above:
        seen, generated = generated, seen
    unseen = seen + place * (generated - seen)
    groups = []
    for mean, n in ((seen, 9), (unseen, 4), (generated, 13)):
        noise = trial.rng.normal(0, 1, n)
        groups.append(mean + noise - noise.mean())
    answer = trial.number(trial.call(*groups), "the gap")
    medians = [np.median(group) for group in groups]
    trial.expect(
        answer,
        place,
        usual=(
            (1 - place, "This is how much is *not* learned by heart: 1 minus the gap."),
            (abs(place), "It can be negative: unseen images may get higher logits than seen ones."),
            (
                -place,
                "Where D puts generated images above seen ones, the sign is turned round: divide "
                "by seen - generated itself, not by its size."
                if above
                else "The sign is turned round.",
            ),
            (seen - unseen, "This is a difference of logits. Divide it by the whole way."),
            (min(place, 1.0), "It can be more than 1: do not cut it off."),
            (
                (medians[0] - medians[1]) / (medians[0] - medians[2]),
                "This is made of medians. Take means.",
            ),
        ),
        otherwise="The gap is not right: (seen - unseen) / (seen - generated), of the mean logits.",
    )
