"""What one step of the Dirac-GAN does near its equilibrium."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["step_matrix"]


def _step(slope: float, g_rate: float, d_rate: float, gamma: float, in_turn: bool) -> np.ndarray:
    """The matrix, from what a step does to each of the two unit vectors."""
    columns = []
    for theta, psi in np.eye(2):
        moved = psi - d_rate * (slope * theta + gamma * psi)
        columns.append((theta + g_rate * slope * (moved if in_turn else psi), moved))
    return np.transpose(columns)


def _g_first(slope: float, g_rate: float, d_rate: float, gamma: float) -> np.ndarray:
    columns = []
    for theta, psi in np.eye(2):
        moved = theta + g_rate * slope * psi
        columns.append((moved, psi - d_rate * (slope * moved + gamma * psi)))
    return np.transpose(columns)


@task(
    points=4,
    hints=(
        "Both at once: I plus the Jacobian, whose first row is multiplied by g_rate and whose "
        "second row by d_rate. R1 stands in the corner that belongs to ψ.",
        "In turn, it is a product of two matrices: what D's move does, and what G's move does to "
        "the result. Which of them stands on the right?",
        "The matrix on the right acts first. D's move changes only ψ: its first row is (1, 0).",
    ),
)
def step_matrix(trial: Trial) -> None:
    """The matrix of a step, both at once and in turn, with R1 and with two rates."""
    for gamma, in_turn, what in (
        (0.7, False, "both at once, with R1"),
        (0.0, False, "both at once, without R1"),
        (0.0, True, "in turn, without R1"),
        (1.3, True, "in turn, with R1"),
    ):
        with trial.part(1, what):
            rates = (trial.rng.uniform(0.05, 0.3), trial.rng.uniform(0.4, 0.9))
            for slope in (0.5, 1.0):
                for g_rate, d_rate in (rates, rates[::-1], (1.0, 1.0)):
                    _one_matrix(trial, slope, g_rate, d_rate, gamma, in_turn)


def _one_matrix(
    trial: Trial, slope: float, g_rate: float, d_rate: float, gamma: float, in_turn: bool
) -> None:
    given = (slope, g_rate, d_rate, gamma)
    answer = trial.array(trial.call(*given, in_turn), (2, 2), "the matrix")
    right = _step(*given, in_turn)
    trial.expect(
        answer,
        right,
        usual=(
            (
                right.T,
                "It is transposed, or θ and ψ have changed places: column 1 is what becomes of "
                "(θ, ψ) = (1, 0).",
            ),
            (
                right[::-1, ::-1],
                "θ and ψ have changed places: θ, which G moves, comes first.",
            ),
            (
                _step(*given, not in_turn),
                "This is the matrix for the other value of in_turn.",
            ),
            (
                _g_first(*given),
                "Here G moves first and D sees the new G. D moves first.",
            ),
            (_step(slope, d_rate, g_rate, gamma, in_turn), "The two rates have changed places."),
            (
                right - np.eye(2),
                "This is what a step adds. A step leads from (θ, ψ) to (θ, ψ) plus that.",
            ),
            (
                _step(-slope, g_rate, d_rate, gamma, in_turn),
                "Both players move the wrong way: D lowers ψ where θ > 0, and G raises θ where "
                "ψ > 0.",
            ),
            (
                _step(slope, g_rate, d_rate, gamma / 2, in_turn),
                "R1 is γψ²/2; its slope in ψ has no ½.",
            ),
            (_step(slope, g_rate, d_rate, 2 * gamma, in_turn), "The slope of γψ²/2 in ψ is γψ."),
            (
                _step(slope, g_rate, d_rate, -gamma, in_turn),
                "R1 pushes ψ away from 0 here. D minimises its penalty.",
            ),
            (
                _step(slope, g_rate, d_rate, gamma / d_rate, in_turn),
                "The pull of R1 has no learning rate. It is a part of D's slope.",
            ),
            (_step(slope, g_rate, d_rate, 0, in_turn), "γ is missing."),
            (_step(1.0, g_rate, d_rate, gamma, in_turn), "The argument slope is not used."),
            (_step(0.5, g_rate, d_rate, gamma, in_turn), "The argument slope is not used."),
        ),
        otherwise="The matrix is not right. Which entries does D's move change, and which G's?",
    )
