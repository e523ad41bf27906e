"""The logs of four trainings, made for a class."""

import numpy as np

from ganlib.checks.formulas import softplus

__all__ = ["EPOCHS", "NAMES", "logs_of_class", "trainings"]


NAMES = ("healthy", "D has won", "not applied", "two sigmoids")


EPOCHS = (1, 5, 10, 15, 20)


def trainings(seed: int) -> dict[str, np.ndarray]:
    """The logs of the task ``diagnose`` for one class: they are shown, and returned.

    Returns:
        For each of "A" to "D" an array (5, 4): L_D, L_G, mean output on real and on generated
        images.
    """
    logs = {letter: log for letter, (_, log) in logs_of_class(seed).items()}
    print("    epoch     L_D     L_G    real  generated")
    for letter, log in logs.items():
        for number, row in zip(EPOCHS, log, strict=True):
            print("{:3} {:5} {:7.2f} {:7.2f} {:7.2f} {:10.2f}".format(letter, number, *row))
        print()
    return logs


def logs_of_class(seed: int) -> dict[str, tuple[str, np.ndarray]]:
    """By letter: what became of the training, and its log, rounded to what is shown."""
    rng = np.random.default_rng([6, seed])
    late = rng.uniform(0.6, 0.95, 2)[1]
    means = {
        "healthy": [(1.1, -1.8), (2.1, -2.6), (1.9, -2.0), (1.7, -1.4), (late + 0.4, -late)],
        "D has won": [(1.9, -1.6), (4.2, -4.4), (5.9, -6.8), (7.1, -8.9), (8.0, -10.6)],
        "not applied": [(rng.uniform(0.15, 0.3), rng.uniform(-0.1, 0.1))] * 5,
        "two sigmoids": [(0.62, 0.35), (0.86, 0.12), (0.93, 0.06), (0.95, 0.04), (0.97, 0.03)],
    }
    widths = {"healthy": 1.1, "D has won": 1.3, "not applied": 0.3, "two sigmoids": 0.01}
    noise = {"healthy": 0.12, "D has won": 0.3, "not applied": 0, "two sigmoids": 0.008}
    spread = np.linspace(-2.3, 2.3, 101)
    weights = np.exp(-(spread**2) / 2) / np.exp(-(spread**2) / 2).sum()
    answer = {}
    for letter, name in zip("ABCD", rng.permutation(NAMES), strict=True):
        both = np.array(means[name]) + noise[name] * rng.uniform(-1, 1, (5, 2))
        real, fake = (both[:, k, None] + widths[name] * spread for k in (0, 1))
        d_loss = (softplus(-real) + softplus(fake)) @ weights
        g_loss = softplus(-fake) @ weights
        answer[letter] = str(name), np.stack([d_loss, g_loss, *both.T], axis=1).round(2)
    return answer
