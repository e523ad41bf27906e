"""A taste from answers."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["taste"]


@task(
    points=4,
    hints=(
        "Which numbers does the probability of an answer depend on? On the difference of the two "
        "latents, and on nothing else.",
        "The slope of −log P of all answers is the sum of (p − answer) · difference; the ridge "
        "adds ridge · w. At the best w it is zero.",
        "Newton's step solves curvature · step = slope, with the curvature sum of p (1 − p) · "
        "difference differenceᵀ plus ridge times the unit matrix. From w = 0, twenty steps do.",
    ),
)
def taste(trial: Trial) -> None:
    """The w that explains a reader's answers best, with a ridge."""
    with trial.part(1, "one answer"):
        a, b = np.array([[1.0, 0.0]]), np.zeros((1, 2))
        _expect(trial, a, b, np.array([1.0]), 1.0)
    with trial.part(2, "many answers, with noise"):
        for n, dim, ridge in ((80, 4, 1.0), (300, 6, 5.0)):
            a, b = trial.rng.standard_normal((2, n, dim)) + 0.5
            true = trial.rng.standard_normal(dim)
            p = 1 / (1 + np.exp(-(a - b) @ true))
            _expect(trial, a, b, (trial.rng.random(n) < p).astype(float), ridge)
    with trial.part(1, "answers that can all be met, and a reader without a preference"):
        a, b = trial.rng.standard_normal((2, 5, 8))
        _expect(trial, a, b, np.ones(5), 0.5)
        a = np.concatenate([a, a])
        b = np.concatenate([b, b])
        _expect(trial, a, b, np.repeat([1.0, 0.0], 5), 1.0)


def _best(x: np.ndarray, answers: np.ndarray, ridge: np.ndarray | float) -> np.ndarray:
    """By Newton's method with halved steps; the ridge may be one number for each weight."""
    w, ridge = np.zeros(x.shape[1]), np.broadcast_to(ridge, x.shape[1])

    def value(w: np.ndarray) -> float:
        return np.logaddexp(0, x @ w).sum() - answers @ (x @ w) + 0.5 * (ridge * w * w).sum()

    for _ in range(60):
        p = 0.5 * (1 + np.tanh(0.5 * x @ w))
        slope = x.T @ (p - answers) + ridge * w
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + np.diag(ridge), slope)
        size = 1.0
        while value(w - size * step) > value(w) and size > 1e-9:
            size /= 2
        w = w - size * step
    return w


def _expect(trial: Trial, a: np.ndarray, b: np.ndarray, answers: np.ndarray, ridge: float) -> None:
    x, dim = a - b, a.shape[1]
    w = trial.array(trial.call(a, b, answers, ridge), (dim,), "w")
    right = _best(x, answers, ridge)
    with_intercept = _best(np.hstack([x, np.ones((len(x), 1))]), answers, ridge)[:-1]
    linear = np.linalg.solve(x.T @ x + ridge * np.eye(dim), x.T @ (answers - 0.5))
    trial.expect(
        w,
        right,
        within=2e-3,
        usual=(
            (-right, "The sign is turned round: an answer of 1 means that A was preferred."),
            (_best(x, answers, 2 * ridge), "The ridge pulls twice as much as it should: its slope "
             "is ridge · w."),
            (_best(x, answers, ridge / 2), "The ridge pulls half as much as it should: its slope "
             "is ridge · w."),
            (_best(x, answers, 1e-6), "The ridge is missing."),
            (_best(x, answers, ridge * len(x)), "You took the mean over answers, but not of the "
             "ridge: the loss is a sum over answers."),
            (_best(a, answers, ridge), "Only the images A were looked at. What does the answer "
             "compare?"),
            (linear, "This is a linear regression on the answers. The answers are choices: their "
             "probability is σ(w · (a − b))."),
            (with_intercept, "There is an intercept. When A and B change places, the answer "
             "turns round: nothing but the difference counts."),
            (right / max(np.linalg.norm(right), 1e-12), "This is a unit vector. The length of w "
             "says how sure the answers are: do not lose it."),
        ),
        otherwise="w is not right: the slope of the loss is not zero there. Is the descent long "
        "enough, and is the slope right?",
    )  # fmt: skip
