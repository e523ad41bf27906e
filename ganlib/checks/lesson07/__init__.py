"""The tasks of exercise 07: the work of a step, penalties, float16, a training that goes on."""

from ganlib.checks.lesson07.multiplications import multiplications
from ganlib.checks.lesson07.penalties import penalties
from ganlib.checks.lesson07.scaled_step import scaled_step
from ganlib.checks.lesson07.small_training import SmallTraining
from ganlib.checks.lesson07.step_multiplications import step_multiplications
from ganlib.checks.lesson07.train import train

__all__ = [
    "SmallTraining",
    "multiplications",
    "penalties",
    "scaled_step",
    "step_multiplications",
    "train",
]
