"""The tasks of exercise 05: coverage, arrows, steps of D, a running average, games by
their tables.
"""

from ganlib.checks.lesson05.arrows import arrows
from ganlib.checks.lesson05.average import average
from ganlib.checks.lesson05.coverage import coverage
from ganlib.checks.lesson05.games import games
from ganlib.checks.lesson05.recorded import game
from ganlib.checks.lesson05.steps_of_d import steps_of_d
from ganlib.checks.table import picture, points_table

__all__ = ["arrows", "average", "coverage", "game", "games", "picture", "steps_of_d", "table"]

table = points_table(coverage, arrows, steps_of_d, average, games, by_hand=6)
