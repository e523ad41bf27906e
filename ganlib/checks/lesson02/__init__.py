"""The tasks of exercise 02: V, the best D, the Jensen-Shannon divergence, slopes, a game
by hand.
"""

from ganlib.checks.lesson02.best_discriminator import best_discriminator
from ganlib.checks.lesson02.generator_slopes import generator_slopes
from ganlib.checks.lesson02.jensen_shannon import jensen_shannon
from ganlib.checks.lesson02.three_points import game, three_points
from ganlib.checks.lesson02.value import value
from ganlib.checks.table import picture, points_table

__all__ = [
    "best_discriminator",
    "game",
    "generator_slopes",
    "jensen_shannon",
    "picture",
    "table",
    "three_points",
    "value",
]

table = points_table(
    value, best_discriminator, jensen_shannon, generator_slopes, three_points, by_hand=4
)
