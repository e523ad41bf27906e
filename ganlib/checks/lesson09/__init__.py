"""The tasks of exercise 09: the matrix of a step, logbooks, a penalty, and what seeds prove."""

from ganlib.checks.lesson09.between import between
from ganlib.checks.lesson09.chance import chance
from ganlib.checks.lesson09.diagnose import diagnose
from ganlib.checks.lesson09.logbooks import logbook
from ganlib.checks.lesson09.step_matrix import step_matrix
from ganlib.checks.table import picture, points_table

__all__ = ["between", "chance", "diagnose", "logbook", "picture", "step_matrix", "table"]

table = points_table(step_matrix, diagnose, between, chance, by_hand=4)
