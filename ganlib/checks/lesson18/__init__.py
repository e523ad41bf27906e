"""The tasks of exercise 18: alarms, groups of accounts, the cheapest action, a queue."""

from ganlib.checks.lesson18.alarms import alarms
from ganlib.checks.lesson18.cheapest import cheapest
from ganlib.checks.lesson18.groups import groups
from ganlib.checks.lesson18.waits import waits
from ganlib.checks.table import picture, points_table

__all__ = ["alarms", "cheapest", "groups", "picture", "table", "waits"]

table = points_table(alarms, groups, cheapest, waits, by_hand=4)
