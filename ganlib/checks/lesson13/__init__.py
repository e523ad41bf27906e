"""The tasks of exercise 13: one image file, augmented losses, a gap, a checkpoint."""

from ganlib.checks.lesson13.augmented_losses import augmented_losses
from ganlib.checks.lesson13.choose import choose
from ganlib.checks.lesson13.gap import gap
from ganlib.checks.lesson13.to_square import to_square
from ganlib.checks.table import picture, points_table

__all__ = ["augmented_losses", "choose", "gap", "picture", "table", "to_square"]

table = points_table(to_square, augmented_losses, gap, choose, by_hand=6)
