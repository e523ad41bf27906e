"""The tasks of exercise 08: four parts of a second broken program, and seven strangers."""

from ganlib.checks.lesson08.batches import batches
from ganlib.checks.lesson08.draw import draw
from ganlib.checks.lesson08.find import find
from ganlib.checks.lesson08.g_step import g_step
from ganlib.checks.lesson08.losses import losses
from ganlib.checks.lesson08.strangers import Stranger, strangers
from ganlib.checks.table import picture, points_table

__all__ = [
    "Stranger",
    "batches",
    "draw",
    "find",
    "g_step",
    "losses",
    "picture",
    "strangers",
    "table",
]

table = points_table(batches, losses, draw, g_step, find, by_hand=3)
