"""The points of an exercise at a glance, and pictures that wait for the answers they are
made from.
"""

import contextlib
from collections.abc import Callable, Iterator

from ganlib.checks.trial import is_not_done

__all__ = ["picture", "points_table"]


def points_table(*tasks: Callable, by_hand: float) -> Callable[[], None]:
    """Make the function that shows the points of an exercise.

    Args:
        *tasks: its checks, in their order.
        by_hand: the points of the open questions, which a reader gives.
    """

    def table() -> None:
        """Show the points of each task, as its check gave them last."""
        width = max(len(task.__name__) for task in tasks) + 2
        for task in tasks:
            given = "not tried" if task.earned is None else f"{task.earned:g} of {task.points:g}"
            print(f"{task.__name__:{width}}{given}")
        earned = sum(task.earned or 0 for task in tasks)
        most = sum(task.points for task in tasks)
        print(f"{'in all':{width}}{earned:g} of {most:g}, and up to {by_hand:g} by a reader")

    return table


@contextlib.contextmanager
def picture() -> Iterator[None]:
    """Around code that draws with answers: where one is not written yet, it says so and draws
    nothing.
    """
    try:
        yield
    except NotImplementedError as problem:
        if not is_not_done(problem):
            raise
        import matplotlib.pyplot as plt

        plt.close("all")  # what was begun would be shown half done
        print("No picture yet: an answer that it needs is not written.")
