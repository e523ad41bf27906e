"""What an alarm is worth, by the base rate of fakes."""

import numpy as np

from ganlib.checks.other_class import expect_own_class
from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["alarms", "detector"]


def detector(seed: int) -> tuple[float, float, float]:
    """The numbers of the task ``alarms`` for one class: what they say; base rate, hits, false."""
    base, hits, false = 1 / 40, 0.9, 0.06
    if seed:
        rng = np.random.default_rng(seed)
        base = 1 / rng.choice([20, 25, 30, 45, 60])
        hits, false = rng.choice([0.7, 0.75, 0.8, 0.85]), rng.choice([0.05, 0.07, 0.08, 0.1])
    base, hits, false = float(base), float(hits), float(false)
    print(f"one image in {1 / base:.0f} is a fake")
    print(f"alarm for {hits:.0%} of the fakes and for {false:.1%} of the photographs")
    return base, hits, false


@task(
    points=4,
    hints=(
        "Think of a million images. How many fakes, how many photographs, and how many alarms "
        "does each kind cause?",
        "A share of fakes is always (such fakes) / (such fakes + such photographs). For 'missed' "
        "count those without an alarm; for 'two' multiply each rate by itself.",
        "For 'half': as many photographs as fakes must cause an alarm. Which rate makes the "
        "numbers equal?",
    ),
)
def alarms(trial: Trial) -> None:
    """Shares of fakes among alarms, as a dictionary, for the detector of a class."""
    base, hits, false = trial.of_class(detector)
    answer = trial.dictionary(("share", "missed", "two", "half"))
    expect_own_class(trial, answer, _right)

    def share(fakes: float, photographs: float) -> float:
        return _share(base, fakes, photographs)

    right = share(hits, false)
    with trial.part(1, "the share of alarms that are fakes"):
        _compare(
            trial,
            "share",
            answer,
            right,
            (
                hits,
                "'share' is the share of fakes that cause an alarm. The task asks for the share of "
                "alarms that a fake caused.",
            ),
            (1 - right, "'share' is the share of alarms that photographs caused."),
            (base, "'share' is the share of fakes among all images, with or without an alarm."),
            (hits / (hits + false), "'share' would be this if half of all images were fakes."),
            (
                hits * base,
                "'share' is a share of all images. The task asks for a share of the alarms.",
            ),
            otherwise="'share' is not right, or is rounded too much (give three significant "
            "digits). Of a million images, how many fakes and how many photographs cause an alarm?",
        )
    with trial.part(1, "fakes among the images without an alarm"):
        _compare(
            trial,
            "missed",
            answer,
            share(1 - hits, 1 - false),
            (
                1 - hits,
                "'missed' is the share of fakes that cause no alarm. The task asks for the "
                "share of fakes among the images that cause none.",
            ),
            (
                (1 - hits) * base,
                "'missed' is a share of all images. The task asks for a share of those without an "
                "alarm.",
            ),
            (
                1 - share(1 - hits, 1 - false),
                "'missed' is the share of photographs among the images without an alarm.",
            ),
            (
                1 - right,
                "'missed' is 1 − 'share', but alarms and images without one are different images.",
            ),
            otherwise="'missed' is not right, or is rounded too much (give three significant "
            "digits). Of a million images, how many fakes and how many photographs cause no "
            "alarm?",
        )
    either = share(1 - (1 - hits) ** 2, 1 - (1 - false) ** 2)
    with trial.part(1, "two independent detectors"):
        _compare(
            trial,
            "two",
            answer,
            share(hits**2, false**2),
            (right, "'two' is as if there were one detector."),
            (
                right**2,
                "'two': multiply rates, not shares. How often do both say 'fake' to a fake? To a "
                "photograph?",
            ),
            (
                1 - (1 - right) ** 2,
                "'two': combine rates, not shares. How often do both say 'fake' to a fake? To a "
                "photograph?",
            ),
            (either, "'two' is for an alarm if either of them says 'fake'. Both have to."),
            (share(hits, false**2), "'two': the fakes, too, must be found by both."),
            (
                share(hits**2, false),
                "'two': the photographs, too, must be taken for fakes by both.",
            ),
            (
                share(hits / 2, false / 2),
                "'two': halving both rates changes nothing. How often do both say 'fake' to the "
                "same image?",
            ),
            otherwise="'two' is not right, or is rounded too much (give three significant "
            "digits). How often do both detectors say 'fake' to a fake, and how often to a "
            "photograph?",
        )
    half = hits * base / (1 - base)
    with trial.part(1, "the rate at which half of the alarms are fakes"):
        _compare(
            trial,
            "half",
            answer,
            half,
            (
                hits * base,
                "'half' is a share of all images here. A rate of false alarms is a share of the "
                "photographs.",
            ),
            (
                false / 2,
                "'half' is half the rate of false alarms. Half of all *alarms* should be fakes.",
            ),
            (false, "'half' is still the present rate. How few photographs may cause an alarm?"),
            (
                0.5,
                "'half' is not one half: it is the rate of false alarms at which half of the "
                "alarms are fakes.",
            ),
            (
                half * 1e6,
                "'half' is a number of photographs in a million; the task asks for a rate.",
            ),
            (
                hits * base * 1e6,
                "'half' is a number of photographs in a million; the task asks for a rate.",
            ),
            (base / (1 - base), "'half': not all fakes cause an alarm."),
            otherwise="'half' is not right, or is rounded too much (give three significant "
            "digits). How many alarms do the fakes cause, and which rate makes the photographs "
            "cause just as many?",
        )


def _share(base: float, fakes: float, photographs: float) -> float:
    """The share of fakes, where these rates of both kinds are counted."""
    return fakes * base / (fakes * base + photographs * (1 - base))


def _right(number: int) -> dict[str, float]:
    """What is right for a class."""
    base, answer, false = Trial(None, number).of_class(detector)
    return {
        "share": _share(base, answer, false),
        "missed": _share(base, 1 - answer, 1 - false),
        "two": _share(base, answer**2, false**2),
        "half": answer * base / (1 - base),
    }


def _compare(
    trial: Trial,
    key: str,
    answer: dict,
    right: float,
    *usual: tuple[float, str],
    otherwise: str,
) -> None:
    """Compare relative to the right hits, however small it is."""
    trial.expect(
        trial.number(trial.entry(answer, key), key) / right,
        1.0,
        within=0.006,
        usual=[
            (100.0, f"'{key}' is in percent. Give it as a number between 0 and 1."),
            *((wrong / right, message) for wrong, message in usual),
        ],
        otherwise=otherwise,
    )
