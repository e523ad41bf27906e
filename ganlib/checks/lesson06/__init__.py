"""The tasks of exercise 06: pixels, batches, losses, one training step, the logs of four
trainings.
"""

from ganlib.checks.lesson06.batch import batch
from ganlib.checks.lesson06.diagnose import diagnose
from ganlib.checks.lesson06.losses import losses
from ganlib.checks.lesson06.to_pixels import to_pixels
from ganlib.checks.lesson06.train_step import train_step
from ganlib.checks.lesson06.trainings import trainings
from ganlib.checks.table import picture, points_table

__all__ = [
    "batch",
    "diagnose",
    "losses",
    "picture",
    "table",
    "to_pixels",
    "train_step",
    "trainings",
]

table = points_table(to_pixels, batch, losses, train_step, diagnose, by_hand=4)
