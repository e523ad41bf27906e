"""The tasks of exercise 01: a histogram's likelihood, a generator to order, repeats, base rates."""

from ganlib.checks.lesson01.alarms import alarms, detector
from ganlib.checks.lesson01.generator import generator
from ganlib.checks.lesson01.log_likelihood import log_likelihood
from ganlib.checks.lesson01.table_size import table_size
from ganlib.checks.table import picture, points_table

__all__ = ["alarms", "detector", "generator", "log_likelihood", "picture", "table", "table_size"]

table = points_table(log_likelihood, generator, table_size, alarms, by_hand=4)
