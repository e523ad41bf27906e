"""The tasks of exercise 03: shapes and fields, a loss from logits, a critic to order, ratios."""

from ganlib.checks.lesson03.critic import critic
from ganlib.checks.lesson03.loss_and_slope import loss_and_slope
from ganlib.checks.lesson03.plan import plan
from ganlib.checks.lesson03.real_mean import real_mean
from ganlib.checks.table import picture, points_table

__all__ = ["critic", "loss_and_slope", "picture", "plan", "real_mean", "table"]

table = points_table(plan, loss_and_slope, critic, real_mean, by_hand=4)
