"""The tasks of exercise 14: the largest piece, a z-buffer, 1-NNA, metres and axes."""

from ganlib.checks.lesson14.draw import draw
from ganlib.checks.lesson14.largest_piece import largest_piece
from ganlib.checks.lesson14.one_nearest import one_nearest
from ganlib.checks.lesson14.to_metres import to_metres
from ganlib.checks.table import picture, points_table

__all__ = ["draw", "largest_piece", "one_nearest", "picture", "table", "to_metres"]

table = points_table(largest_piece, draw, one_nearest, to_metres, by_hand=4)
