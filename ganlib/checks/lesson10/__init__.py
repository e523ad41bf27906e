"""The tasks of exercise 10: two distances, coverage with its expectation, a test for copies."""

from ganlib.checks.lesson10.copies import copies
from ganlib.checks.lesson10.coverage import coverage
from ganlib.checks.lesson10.discrepancy import discrepancy
from ganlib.checks.lesson10.frechet import frechet
from ganlib.checks.table import picture, points_table

__all__ = ["copies", "coverage", "discrepancy", "frechet", "picture", "table"]

table = points_table(frechet, discrepancy, coverage, copies, by_hand=4)
