"""The tasks of exercise 08: four parts of a second broken program, and seven strangers."""

from ganlib.checks.lesson08.batches import batches
from ganlib.checks.lesson08.draw import draw
from ganlib.checks.lesson08.find import find
from ganlib.checks.lesson08.g_step import g_step
from ganlib.checks.lesson08.losses import losses
from ganlib.checks.lesson08.strangers import Stranger, strangers

__all__ = ["Stranger", "batches", "draw", "find", "g_step", "losses", "strangers"]
