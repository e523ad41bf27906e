"""The directions that a first layer stretches most."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["stretched"]


@task(
    points=3,
    hints=(
        "Keras computes z @ kernel. How long is n @ kernel for a unit vector n, squared? It is a "
        "product of n, a symmetric matrix and n.",
        "np.linalg.eigh gives the eigenvalues in growing order, and the eigenvectors as columns.",
        "The kernel is (latent_dim, units), so kernel @ kernel.T is (latent_dim, latent_dim).",
    ),
)
def stretched(trial: Trial) -> None:
    """The k directions that a kernel stretches most, and by how much."""
    with trial.part(1, "a kernel that stretches along the axes"):
        kernel = np.zeros((3, 5))
        kernel[0, 4], kernel[1, 2], kernel[2, 0] = 2.0, 5.0, 3.0
        _expect(trial, kernel, 2)
    with trial.part(1, "any kernel: directions"):
        # First a square one, of which all are asked for: there rows and columns can be told apart.
        _expect(trial, trial.rng.standard_normal((7, 7)), 7)
        _expect(trial, trial.rng.standard_normal((6, 9)), 4)
    with trial.part(1, "any kernel: variances"):
        kernel = trial.rng.standard_normal((6, 9))
        right = np.linalg.svd(kernel, compute_uv=False)[:3] ** 2
        variances = trial.array(_pair(trial, kernel, 3)[1], (3,), "the variances")
        trial.expect(
            variances,
            right,
            usual=(
                (np.sqrt(right), "These are the stretches themselves; variances are their "
                 "squares."),
                (right / right.sum(), "These are shares; the variances themselves are asked for."),
                (np.sort(np.linalg.eigvalsh(kernel @ kernel.T))[:3], "These are the smallest."),
                (right[::-1], "The strongest comes first."),
                (right / 6, "Divided by the number of latents: nothing is averaged here."),
            ),
            otherwise="The variances are not right: each is ‖n @ kernel‖², the squared length "
            "of what the kernel makes of a unit vector n.",
        )  # fmt: skip


def _pair(trial: Trial, kernel: np.ndarray, k: int) -> Sequence[Any]:
    result = trial.call(kernel, k)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Wrong("It should return two things: the directions and the variances.")
    return result


def _expect(trial: Trial, kernel: np.ndarray, k: int) -> None:
    u, singular, vt = np.linalg.svd(kernel, full_matrices=False)
    vectors = trial.array(_pair(trial, kernel, k)[0], (k, len(kernel)), "the array of directions")
    lengths = np.linalg.norm(vectors, axis=1)
    if np.abs(lengths - 1).max() > 1e-4:
        raise Wrong("The directions should be unit vectors.")

    def are(columns: np.ndarray) -> bool:  # a sign means nothing
        return np.abs(np.abs(vectors @ columns) - np.eye(k)).max() < 1e-4

    if are(u[:, :k]):
        return
    if k < len(singular) and are(u[:, ::-1][:, :k]):
        raise Wrong("These are stretched least. In which order do eigenvalues come?")
    if k > 1 and are(u[:, :k][:, ::-1]):
        raise Wrong("The strongest direction comes first.")
    if k == len(kernel) and are(np.linalg.eigh(kernel @ kernel.T)[1].T[:, ::-1]):
        raise Wrong("Eigenvectors are the columns of what eigh returns, not its rows.")
    if are(np.linalg.eigh(kernel @ kernel.T)[1][:, ::-1].T[:, :k]):
        raise Wrong("Eigenvectors are the columns of what eigh returns: take columns, not rows.")
    if kernel.shape[0] == kernel.shape[1] and are(vt.T[:, :k]):
        raise Wrong(
            "These are directions of activations: eigenvectors of kernel.T @ kernel. Latents "
            "stand on the left of Keras's kernel."
        )
    gains = np.linalg.norm(vectors @ kernel, axis=1)
    if gains[0] < singular[0] - 1e-4:
        raise Wrong("There is a direction that is stretched more than your first one.")
    raise Wrong(
        "The first direction is right, the others are not: each should be at right angles to those "
        "before it, and stretched most of all such."
    )
