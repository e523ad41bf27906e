"""The ε that a training has spent, by Rényi's divergence of whole orders."""

import math

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["spent"]

ORDERS = range(2, 65)


@task(
    points=4,
    hints=(
        "For one order α first compute log A, the logarithm of the sum over k = 0 … α. Its terms "
        "get as large as exp(α² / (2σ²)): add them as logarithms.",
        "The logarithm of a term is log C(α, k) + (α − k) log(1 − q) + k log q + (k² − k) / (2σ²); "
        "math.comb gives C(α, k). np.logaddexp.reduce(array) adds numbers of which you have the "
        "logarithms.",
        "ρ = log A / (α − 1) is for one step; T steps have T·ρ. Convert each order to an ε, then "
        "take the smallest.",
    ),
)
def spent(trial: Trial) -> None:
    """The smallest ε over the orders."""
    with trial.part(1, "one step that uses everybody"):
        _expect(trial, 4.0, 1.0, 1, 1e-5)
    with trial.part(1, "many steps that draw a few"):
        _expect(trial, 1.1, 0.01, 2000, 1e-5)
        _expect(trial, 2.0, 0.05, 300, 1e-6)
    with trial.part(1, "little noise, where terms are huge"):
        _expect(trial, 0.5, 0.02, 100, 1e-5)
        _expect(trial, 0.3, 0.5, 10, 1e-5)
    with trial.part(1, "much noise, and a large δ"):
        _expect(trial, 20.0, 0.01, 50, 1e-3)


def _log_moment(noise: float, rate: float, order: int) -> float:
    k = np.arange(order + 1)
    logs = np.array([math.log(math.comb(order, int(i))) for i in k]) + (k * k - k) / (2 * noise**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        stay = np.where(k == order, 0.0, (order - k) * np.log1p(-rate))
    return float(np.logaddexp.reduce(logs + stay + k * math.log(rate)))


def _expect(trial: Trial, noise: float, rate: float, steps: int, delta: float) -> None:
    answer = trial.number(
        trial.call_without_warning(
            "Either an exponential was too large: add the terms as logarithms. Or log(1 − rate) "
            "met rate = 1.",
            noise,
            rate,
            steps,
            delta,
        )
    )
    orders = np.array(ORDERS, float)
    moments = np.array([_log_moment(noise, rate, order) for order in ORDERS])
    rho = moments / (orders - 1)
    tail = np.log((orders - 1) / orders) - (math.log(delta) + np.log(orders)) / (orders - 1)
    plain = -math.log(delta) / (orders - 1)
    full = orders / (2 * noise**2)
    older = steps * rho + plain
    older = float(older.min()) if older.argmin() else math.inf  # at order 2 other slips agree
    trial.expect(
        answer,
        float((steps * rho + tail).min()),
        within=1e-5,
        usual=(
            (
                float((steps * rho + tail)[:-1].min()),
                "The order 64 belongs to the orders: range(2, 65).",
            ),
            (float((rho + tail).min()), "This is the ε of one step. T steps have T·ρ."),
            (float((steps * moments + tail).min()), "log A must be divided by α − 1."),
            (
                older,
                "This is a valid bound, but the older conversion, ρ + log(1/δ) / (α − 1). The task "
                "asks for the sharper one.",
            ),
            (float((steps * rho + tail).max()), "This is the largest of the bounds. Each of them "
             "holds, so the smallest does."),
            (float((steps * (rho + tail)).min()), "Only ρ is multiplied by the steps. Convert the "
             "whole training to ε once, at the end."),
            (float((steps * full + tail).min()), "Here every example takes part in every step: the "
             "rate is missing."),
            (
                float((steps * rho - (math.log(delta) + np.log(orders)) / (orders - 1)).min()),
                "log((α − 1) / α) is missing.",
            ),
        ),
        otherwise="ε is not right. For one step with rate = 1 each ρ must be α / (2σ²): check that "
        "first.",
    )  # fmt: skip
