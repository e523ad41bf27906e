"""The tasks of exercise 12: a VAE's divergence, bits per dimension, a mask, a step of diffusion."""

from ganlib.checks.lesson12.bits import bits
from ganlib.checks.lesson12.divergence import divergence
from ganlib.checks.lesson12.mask import mask
from ganlib.checks.lesson12.step_back import step_back
from ganlib.checks.table import picture, points_table

__all__ = ["bits", "divergence", "mask", "picture", "step_back", "table"]

table = points_table(divergence, bits, mask, step_back, by_hand=4)
