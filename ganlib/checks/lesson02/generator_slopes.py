"""The slopes of G's two losses in the logit."""

import numpy as np

from ganlib.checks.formulas import sigmoid
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["generator_slopes"]


@task(
    points=3,
    hints=(
        "Differentiate log(1 − σ(l)) and −log σ(l) in l. You need σ' = σ (1 − σ).",
        "The slopes are −σ(l) and −(1 − σ(l)).",
        "For large |l|, e^l overflows. np.tanh does not: σ(l) = (1 + tanh(l/2))/2. Or clip l at "
        "±50.",
    ),
)
def generator_slopes(trial: Trial) -> None:
    """Slopes of G's two losses in the logit: two arrays like the logits."""
    with trial.part(1, "minimax loss"):
        _minimax(trial)
    with trial.part(1, "non-saturating loss"):
        _non_saturating(trial)
    with trial.part(1, "logits of ±800, where e^l overflows"):
        minimax, other = _pair(trial, np.array([-800.0, 800.0]))
        trial.expect(
            np.stack([minimax, other]),
            np.array([[0.0, -1.0], [-1.0, 0.0]]),
            within=1e-6,
            otherwise="At logits of ±800 the slopes are not right.",
        )
        trial.call_without_warning(
            "e^800 overflowed on the way: see hint 3.", np.array([-800.0, 800.0])
        )


def _minimax(trial: Trial) -> None:
    logits = trial.rng.normal(0, 2, 30)
    d = sigmoid(logits)
    minimax, _ = _pair(trial, logits)
    trial.expect(
        minimax,
        -d,
        usual=(
            (
                d,
                "The slope of the minimax loss has the wrong sign: the loss falls when the logit "
                "rises.",
            ),
            (-(1 - d), "This is the slope of the other loss: the two have changed places."),
            (
                -1 / (1 - d),
                "This is the slope of log(1 − D) in D. The task asks for the slope in the logit: "
                "the chain rule adds the factor σ'(l).",
            ),
            (-d / 30, "You divided by the number of logits. Each loss is that of one sample."),
        ),
        otherwise="The slope of log(1 − σ(l)) is not right. Differentiate it step by step.",
    )


def _non_saturating(trial: Trial) -> None:
    logits = trial.rng.normal(0, 2, 30)
    d = sigmoid(logits)
    _, other = _pair(trial, logits)
    trial.expect(
        other,
        -(1 - d),
        usual=(
            (1 - d, "The slope of −log D has the wrong sign: the loss falls when the logit rises."),
            (-1 / d, "This is the slope of −log D in D. The task asks for the slope in the logit."),
            (-d, "This is the slope of the minimax loss."),
            (
                -(1 - d) / 30,
                "You divided by the number of logits. Each loss is that of one sample.",
            ),
        ),
        otherwise="The slope of −log σ(l) is not right. Differentiate it step by step.",
    )


def _pair(trial: Trial, logits: np.ndarray) -> list[np.ndarray]:
    result = trial.call(logits)
    if getattr(result, "shape", None) == (2, *logits.shape):  # an array or a tensor with both
        result = list(result)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two arrays: return minimax, non_saturating.")
    names = ("the slope of the minimax loss", "the slope of the non-saturating loss")
    return [trial.array(each, logits.shape, name) for each, name in zip(result, names, strict=True)]
