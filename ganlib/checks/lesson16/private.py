"""A private sum of gradients: clipped one by one, added up, with noise."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["private"]


@task(
    points=4,
    hints=(
        "Three steps in this order: shorten each row that is too long, add up the rows, add noise. "
        "Divide last.",
        "A row keeps its direction: it is multiplied by min(1, clip / its length). Lengths: "
        "np.linalg.norm(gradients, axis=1).",
        "The noise on the sum is sigma · clip · normal, once, whatever the number of rows. "
        "Everything is divided by batch, not by the number of rows.",
    ),
)
def private(trial: Trial) -> None:
    """(Σ gᵢ·min(1, C/‖gᵢ‖) + σ·C·normal) / batch."""
    rng = trial.rng
    gradients = rng.normal(0, 1, (20, 6)) * np.exp(rng.normal(0, 1.5, (20, 1)))
    normal = rng.standard_normal(6)
    with trial.part(1, "short rows as they are, long ones shortened"):
        _expect(trial, gradients, 2.0, 0.0, normal, 20)
    with trial.part(1, "noise in units of the clip"):
        _expect(trial, gradients, 0.5, 1.3, normal, 25)
    with trial.part(1, "the expected batch, not the one that was drawn"):
        _expect(trial, gradients, 2.0, 0.7, normal, 32)
    with trial.part(1, "nobody drawn, and a gradient of 0"):
        advice = "A row of zeros has the length 0: do not divide by it."
        none = np.zeros((0, 6))
        of_nobody = "Nobody was drawn: divide by batch, and take no mean of nothing."
        result = trial.call_without_warning(of_nobody, none, 2.0, 1.0, normal, 16)
        trial.expect(
            trial.array(result, (6,)),
            normal * 2 / 16,
            usual=((np.zeros(6), "With nobody drawn there must still be noise, or an empty batch "
                    "gives itself away."),),
            otherwise="With nobody drawn the result is noise over batch.",
        )  # fmt: skip
        some = gradients[:3].copy()
        some[1] = 0
        answer = trial.array(trial.call_without_warning(advice, some, 2.0, 0.0, normal, 16), (6,))
        trial.expect(answer, _right(some, 2.0, 0.0, normal, 16))


def _scaled(gradients: np.ndarray, clip: float) -> np.ndarray:
    lengths = np.linalg.norm(gradients, axis=1, keepdims=True)
    return gradients * np.minimum(1, clip / np.maximum(lengths, 1e-12))


def _right(
    gradients: np.ndarray, clip: float, sigma: float, normal: np.ndarray, batch: float
) -> np.ndarray:
    return (_scaled(gradients, clip).sum(axis=0) + sigma * clip * normal) / batch


def _expect(
    trial: Trial,
    gradients: np.ndarray,
    clip: float,
    sigma: float,
    normal: np.ndarray,
    batch: int,
) -> None:
    answer = trial.array(trial.call(gradients, clip, sigma, normal, batch), normal.shape)
    rows = _scaled(gradients, clip).sum(axis=0)
    mean = gradients.mean(axis=0)
    lengths = np.linalg.norm(gradients, axis=1, keepdims=True)
    noise = sigma * clip * normal
    trial.expect(
        answer,
        _right(gradients, clip, sigma, normal, batch),
        within=1e-6,
        usual=(
            (
                (mean * min(1, clip / np.linalg.norm(mean)) * len(gradients) + noise) / batch,
                "The mean is clipped, not each row: one person can still move it as far as they "
                "like.",
            ),
            (
                mean * min(1, clip / np.linalg.norm(mean)) + noise / batch,
                "The mean is clipped, not each row: one person can still move it as far as they "
                "like.",
            ),
            (
                ((gradients * clip / lengths).sum(axis=0) + noise) / batch,
                "Short rows are stretched to the length of the clip. min(1, …) leaves them alone.",
            ),
            (
                (np.clip(gradients, -clip, clip).sum(axis=0) + noise) / batch,
                "Each number is clipped by itself. Then a row can be longer than the clip, and its "
                "direction changes.",
            ),
            ((gradients.sum(axis=0) + noise) / batch, "Nothing is clipped."),
            ((rows + sigma * normal) / batch, "The noise lacks the factor clip."),
            (rows / batch + noise, "The noise must be added before dividing, or it is batch times "
             "too large."),
            (rows / batch, "There is no noise."),
            ((rows + len(gradients) * noise) / batch, "The noise is added once for each row. It "
             "belongs on the sum, once."),
            ((rows + noise) / batch**2, "Divided twice."),
            (rows / batch + noise / batch**2, "The noise is divided by batch twice: it is far too "
             "small, and the guarantee is gone."),
            ((rows + noise) / len(gradients), "Divided by the number of rows that were drawn. That "
             "number depends on who is in the data; divide by batch."),
            (rows + noise, "Divide by batch."),
        ),
        otherwise="The result is not right. Do two rows by hand, one shorter and one longer than "
        "the clip.",
    )  # fmt: skip
