"""The tasks of exercise 07: the work of a step, penalties, float16, a training that goes on."""

from ganlib.checks.lesson07.multiplications import multiplications
from ganlib.checks.lesson07.penalties import penalties
from ganlib.checks.lesson07.scaled_step import scaled_step
from ganlib.checks.lesson07.small_training import SmallTraining
from ganlib.checks.lesson07.step_multiplications import step_multiplications
from ganlib.checks.lesson07.train import train
from ganlib.checks.table import picture, points_table

__all__ = [
    "SmallTraining",
    "multiplications",
    "penalties",
    "picture",
    "scaled_step",
    "step_multiplications",
    "table",
    "train",
]

table = points_table(
    multiplications, step_multiplications, penalties, scaled_step, train, by_hand=4
)
