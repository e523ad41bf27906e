"""The logistic function and its relative, for checks that trust nothing a student may
have changed.
"""

import numpy as np

__all__ = ["sigmoid", "softplus"]


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """σ(l) = 1 / (1 + e^(−l)), also for logits whose exponential overflows."""
    return (1 + np.tanh(logits / 2)) / 2


def softplus(logits: np.ndarray) -> np.ndarray:
    """log(1 + e^l), also for logits whose exponential overflows."""
    return np.logaddexp(0, logits)
