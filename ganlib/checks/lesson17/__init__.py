"""The tasks of exercise 17: a worst case, an attack, a suspicious table, poisoned images."""

from ganlib.checks.lesson17.climb import climb
from ganlib.checks.lesson17.find import find
from ganlib.checks.lesson17.suspicious import suspicious
from ganlib.checks.lesson17.worst import worst
from ganlib.checks.table import picture, points_table

__all__ = ["climb", "find", "picture", "suspicious", "table", "worst"]

table = points_table(worst, climb, suspicious, find, by_hand=4)
