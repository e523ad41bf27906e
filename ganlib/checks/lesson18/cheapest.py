"""The cheapest of three actions, post by post."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["cheapest"]


@task(
    points=4,
    hints=(
        "Write down three expected costs for one post. Leaving it costs p·v. What does removal "
        "cost, and when?",
        "A review always costs review. Besides, the reviewer misses an abusive post with the "
        "probability 1 − sensitivity, and then it costs its views; and removes an honest one with "
        "the probability 1 − specificity.",
        "np.stack puts the three costs into an array (3, n); argmin along its first axis says "
        "which is smallest.",
    ),
)
def cheapest(trial: Trial) -> None:
    """0 to leave, 1 to review, 2 to remove."""
    with trial.part(1, "leave or remove, where a review is too dear"):
        _expect(trial, wrong=300.0, review=1e9)
    with trial.part(1, "a review that is almost free and never wrong"):
        _expect(trial, wrong=300.0, review=0.001, sensitivity=1.0, specificity=1.0)
    with trial.part(1, "a review with a price, by a person who errs"):
        _expect(trial, wrong=300.0, review=20.0, sensitivity=0.9, specificity=0.98)
        _expect(trial, wrong=1000.0, review=5.0, sensitivity=0.6, specificity=0.7)
    with trial.part(1, "certain posts, and posts that nobody sees"):
        p = np.array([0.0, 1.0, 0.5, 0.0, 1.0, 1.0])
        views = np.array([1e6, 1e6, 0.0, 50.0, 400.0, 0.0])
        _expect(trial, wrong=300.0, review=20.0, p=p, views=views)
        certain = {"sensitivity": 1.0, "specificity": 1.0, "p": np.array([0.5])}
        _expect(trial, wrong=300.0, review=50.0, views=np.array([100.0]), **certain)  # 0 or 1
        _expect(trial, wrong=300.0, review=150.0, views=np.array([1000.0]), **certain)  # 1 or 2


def _expect(
    trial: Trial,
    wrong: float,
    review: float,
    sensitivity: float = 0.9,
    specificity: float = 0.98,
    p: np.ndarray | None = None,
    views: np.ndarray | None = None,
) -> None:
    n = 400
    p = trial.rng.random(n) ** 2 if p is None else p
    views = np.exp(trial.rng.normal(5, 2, n)) if views is None else views
    result = trial.call(p, views, wrong, review, sensitivity, specificity)
    answer = trial.array(result, (len(p),), "the result")
    if not np.isin(answer, (0, 1, 2)).all():
        raise Wrong("It must hold 0 (leave), 1 (review) and 2 (remove) only.")

    def actions(leave, judged, remove):
        return np.argmin(np.broadcast_arrays(leave, judged, remove), axis=0)

    leave, remove = p * views, (1 - p) * wrong
    missed, condemned = (1 - sensitivity) * leave, (1 - specificity) * remove
    judged = review + missed + condemned
    right = actions(leave, judged, remove)
    half = np.where(p > 0.5, 2, 0)
    swapped = review + (1 - specificity) * leave + (1 - sensitivity) * remove
    trial.expect(
        answer,
        right,
        usual=(
            (
                np.where(remove <= np.minimum(leave, judged), 2, right),
                "On a tie take the smaller number.",
            ),
            (2 - actions(remove, judged, leave), "On a tie take the smaller number."),
            (half, "You remove above one half. The threshold depends on both costs and the views."),
            (
                actions(p, review + (1 - sensitivity) * p + condemned, remove),
                "The views are missing: leaving an abusive post costs its views.",
            ),
            (
                actions(leave, review, remove),
                "Your reviewers are never wrong: sensitivity and specificity are missing.",
            ),
            (actions(leave, missed + condemned, remove), "Your reviews cost no time."),
            (actions(leave, review + missed, remove), "Your reviewers never condemn an honest "
             "post."),
            (actions(leave, review + condemned, remove), "Your reviewers never miss abuse."),
            (
                actions(leave, swapped, remove),
                "Sensitivity and specificity have changed places: a sensitive reviewer misses "
                "little abuse.",
            ),
            (
                actions(remove, judged, leave),
                "0 and 2 have changed places, or the two costs have: 0 is to leave.",
            ),
            (
                actions((1 - p) * views, review + missed + condemned, p * wrong),
                "p and 1 − p have changed places: p is the probability of abuse.",
            ),
            (
                np.where(leave > remove, 2, 0),
                "You never send a post to a person, where that is the cheapest.",
            ),
            (
                np.argmax([leave, judged, remove], axis=0),
                "This is the dearest action, not the cheapest.",
            ),
        ),
        otherwise="Some actions are not the cheapest. Compute the three costs for one post by "
        "hand.",
    )  # fmt: skip
