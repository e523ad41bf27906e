"""Checks of what losses are given: one logit per sample, as float32."""

from collections.abc import Sequence
from typing import Any

from keras import ops

__all__ = ["logits_of", "may_be_alike", "need_real"]

Tensor = Any


def logits_of(*tensors: Tensor | None) -> list[Tensor | None]:
    """Logits as float32; refuses what cannot be a batch of logits."""
    result = []
    for tensor in tensors:
        if tensor is None:
            result.append(None)
            continue
        tensor = ops.convert_to_tensor(tensor)
        shape = tuple(tensor.shape)
        if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1) or shape[0] == 0:
            raise ValueError(
                f"Logits have shape {shape}, but a loss takes one logit per sample: (n, 1) or "
                "(n,), with n ≥ 1. Look at the discriminator's last layer."
            )
        result.append(ops.cast(tensor, "float32"))
    return result


def need_real(real_logits: Tensor | None, who: str) -> None:
    """Raise ValueError where a loss that looks at real logits was given none."""
    if real_logits is None:
        raise ValueError(
            f"{who} compares real with generated logits: real_logits must not be None."
        )


def may_be_alike(shape: Sequence[int | None], other: Sequence[int | None]) -> bool:
    """Whether two shapes are the same, as far as they are known; on every Keras backend."""
    unknown_or_same = (a is None or b is None or a == b for a, b in zip(shape, other, strict=False))
    return len(shape) == len(other) and all(unknown_or_same)
