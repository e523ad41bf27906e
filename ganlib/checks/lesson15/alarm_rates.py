"""A threshold from some real images, and the error rates on others."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["alarm_rates"]


@task(
    points=4,
    hints=(
        "Sort the logits in choosing. With 200 of them and fpr = 0.01, how many may lie above the "
        "threshold?",
        "allowed = int(fpr * len(choosing) + 1e-9); the threshold is the lowest logit with at most "
        "that many larger ones, np.sort(choosing)[len(choosing) - 1 - allowed].",
        "The two rates are shares of *other* images: (fake > threshold).mean() and "
        "(real > threshold).mean().",
    ),
)
def alarm_rates(trial: Trial) -> None:
    """The threshold, the true positive rate and the false positive rate."""
    with trial.part(1, "the threshold, from the images that choose it"):
        for count, fpr in ((200, 0.01), (100, 0.1), (40, 0.25)):
            _expect(trial, _case(trial, count), fpr, 0, "the threshold")
    with trial.part(1, "the true positive rate, on generated images"):
        _expect(trial, _case(trial, 200), 0.05, 1, "the true positive rate")
        _expect(trial, _case(trial, 100, apart=0.0), 0.2, 1, "the true positive rate")
    with trial.part(1, "the false positive rate, on real images that chose nothing"):
        _expect(trial, _case(trial, 200), 0.05, 2, "the false positive rate")
        _expect(trial, _case(trial, 100, moved=1.0), 0.2, 2, "the false positive rate")
    with trial.part(1, "logits that are equal, and a share so small that no alarm is allowed"):
        ties = tuple(np.array(each) for each in ([2.0, 3, 3, 4], [1.0, 2.5, 5, 6], [1.0, 2, 3, 5]))
        for fpr in (0.25, 0.5):
            for number, name in enumerate(_NAMES):
                _expect(trial, ties, fpr, number, name)
        for number, name in enumerate(_NAMES):
            _expect(trial, _case(trial, 50), 0.01, number, name)


_NAMES = ("the threshold", "the true positive rate", "the false positive rate")


def _case(trial: Trial, count: int, apart: float = 2.0, moved: float = 0.0) -> tuple:
    choosing = trial.rng.normal(0, 1, count)
    return choosing, trial.rng.normal(moved, 1, 160), trial.rng.normal(apart, 1, 120)


def _answer(choosing: np.ndarray, real: np.ndarray, fake: np.ndarray, fpr: float) -> tuple:
    at = np.sort(choosing)[len(choosing) - 1 - int(fpr * len(choosing) + 1e-9)]
    return at, (fake > at).mean(), (real > at).mean()


def _expect(trial: Trial, case: tuple, fpr: float, number: int, name: str) -> None:
    choosing, real, fake = case
    result = trial.call(choosing, real, fake, fpr)
    if not isinstance(result, tuple | list | np.ndarray) or len(result) != 3:
        raise Wrong(
            "It should return three numbers: the threshold, the true positive rate and the false "
            "positive rate."
        )
    answer = trial.number(result[number], name)
    right = _answer(choosing, real, fake, fpr)
    at = right[0]
    ordered = np.sort(choosing)
    allowed = int(fpr * len(choosing) + 1e-9)
    others = {
        "The false positive rate is the one that was wished for. Count it: on other images it "
        "turns out differently.": (at, right[1], fpr),
        "These are the rates at a threshold of 0. Take the threshold that choosing gives.": (
            0.0, (fake > 0).mean(), (real > 0).mean(),
        ),
        "The threshold comes from real, the images that judge. Whoever chooses by the images they "
        "report on flatters themselves: take choosing.": _answer(real, real, fake, fpr),
        "The threshold comes from the generated images. False alarms are counted among real ones.":
            _answer(fake, real, fake, fpr),
        "An image raises an alarm if its logit is *larger* than the threshold, not if it is equal.":
            (at, (fake >= at).mean(), (real >= at).mean()),
        "The two rates have changed places: first the share of generated images that raise an "
        "alarm, then that of real ones.": (at, right[2], right[1]),
        "One more real image than allowed lies above the threshold. With four images and a share "
        "of one quarter, one may.": _at(ordered[max(0, len(ordered) - 2 - allowed)], real, fake),
        "One real image more could be allowed above the threshold, and the share would still be at "
        "most fpr.": _at(ordered[min(len(ordered) - 1, len(ordered) - allowed)], real, fake),
        "The threshold lies at the other end: the share fpr lies *below* it, and nearly all real "
        "images raise an alarm.": _at(ordered[allowed], real, fake),
        "The rate is that of images that raise no alarm: 1 less the one that is asked for.": (
            at, 1 - right[1], 1 - right[2],
        ),
    }  # fmt: skip
    trial.expect(
        answer,
        right[number],
        within=1e-9,
        usual=[(wrong[number], message) for message, wrong in others.items()],
        otherwise=f"{name[:1].upper()}{name[1:]} is not right. Take four logits and do it by hand.",
    )


def _at(threshold: float, real: np.ndarray, fake: np.ndarray) -> tuple:
    return threshold, (fake > threshold).mean(), (real > threshold).mean()
