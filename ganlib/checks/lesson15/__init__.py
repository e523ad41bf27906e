"""The tasks of exercise 15: rates at a threshold, a new prevalence, a watermark, a signed note."""

from ganlib.checks.lesson15.alarm_rates import alarm_rates
from ganlib.checks.lesson15.at_prevalence import at_prevalence
from ganlib.checks.lesson15.mark_score import mark_score
from ganlib.checks.lesson15.verdict import verdict
from ganlib.checks.table import picture, points_table

__all__ = ["alarm_rates", "at_prevalence", "mark_score", "picture", "table", "verdict"]

table = points_table(alarm_rates, at_prevalence, mark_score, verdict, by_hand=4)
