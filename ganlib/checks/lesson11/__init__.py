"""The tasks of exercise 11: an arc between latents, the directions of a kernel, a taste from
answers, steering along it.
"""

from ganlib.checks.lesson11.arc import arc
from ganlib.checks.lesson11.steered import steered
from ganlib.checks.lesson11.stretched import stretched
from ganlib.checks.lesson11.taste import taste
from ganlib.checks.table import picture, points_table

__all__ = ["arc", "picture", "steered", "stretched", "table", "taste"]

table = points_table(arc, stretched, taste, steered, by_hand=3)
