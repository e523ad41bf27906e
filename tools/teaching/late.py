"""What handing in late costs: the rule of ``class.toml``, applied to the points as they are now.

nbgrader works a penalty out once, when it runs a submission, and so without the points that a
person gives later; here it is worked out again each time.
"""

import math
from pathlib import Path
from typing import Any

from nbgrader.plugins import BasePlugin
from traitlets import Any as AnyTrait

from tools import ROOT
from tools.teaching import gradebook
from tools.teaching.class_file import NAME, ClassFile
from tools.teaching.reading import stamp

__all__ = ["Penalty", "apply", "penalty"]

DAY = 24 * 60 * 60


def penalty(rule: str | float, points: float, seconds: float) -> float:
    """What is taken off.

    Args:
        rule: "none", "zero", or the share of the points for each day that has begun.
        points: without it.
        seconds: how late it was.

    >>> penalty(0.1, 20, 1), penalty(0.1, 20, 3 * DAY), penalty(0.1, 20, 30 * DAY)
    (2.0, 6.0, 20.0)
    >>> penalty("zero", 20, 1), penalty("none", 20, 1), penalty("zero", 20, 0)
    (20.0, 0.0, 0.0)
    """
    if seconds <= 0 or rule == "none":
        return 0.0
    if rule == "zero":
        return float(points)
    return round(min(1.0, rule * math.ceil(seconds / DAY)) * points, 6)


class Penalty(BasePlugin):
    """The same rule for nbgrader's own commands."""

    rule = AnyTrait("none", help="as late in class.toml").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """What nbgrader takes off a notebook's score."""
        return penalty(self.rule, score, total_seconds_late) or None


def apply(name: str, of_class: ClassFile, root: Path = ROOT) -> None:
    """Sets an exercise's date in the gradebook, when each was handed in, and everybody's penalty
    for the points of now.

    A date that was taken out of ``class.toml`` is taken out of the gradebook; without that file
    the gradebook's own stays. A time is that of ``timestamp.txt`` as it is now.
    """
    due: dict[str, Any] = {}
    if (root / NAME).exists() or of_class.due:
        due["duedate"] = of_class.due.get(name[:2])
    with gradebook.opened(root) as opened:
        opened.update_or_create_assignment(name, **due)
        for submission in opened.assignment_submissions(name):
            folder = root / "submitted" / submission.student.id / name
            if folder.is_dir():
                submission.timestamp = stamp(folder)
            for notebook in submission.notebooks:
                seconds = submission.total_seconds_late
                notebook.late_submission_penalty = (
                    penalty(of_class.late, notebook.score, seconds) or None
                )
        opened.db.commit()
