"""The tasks of exercise 16: found at a low rate, likelihood ratios, private sums, ε spent."""

from ganlib.checks.lesson16.found import found
from ganlib.checks.lesson16.private import private
from ganlib.checks.lesson16.ratio import ratio
from ganlib.checks.lesson16.spent import spent
from ganlib.checks.table import picture, points_table

__all__ = ["found", "picture", "private", "ratio", "spent", "table"]

table = points_table(found, ratio, private, spent, by_hand=4)
