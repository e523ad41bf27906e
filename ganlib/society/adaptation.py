"""What happens over days: abusers who copy what survives, a classifier that is trained again."""

from dataclasses import dataclass

import numpy as np

from ganlib.support.validation import whole_number

__all__ = ["LABELS", "Contest", "contest"]

# Where the labels of the next training come from.
LABELS = ("none", "all", "removals", "audit")
FEATURES = 6  # what the platform measures of each post
HONEST, ABUSIVE = 5_000, 100  # posts a day: abuse is 2 %, so that few posts are enough
PAYLOAD = 3.0  # how far abusive posts must lie from the middle of the honest ones to be of use
COPYING = 0.4  # noise in a copy, in each feature
REMOVED = 0.04  # the share of all posts that the platform removes each day
AUDITED = 0.02  # the share of the posts left up that an audit labels
MEMORY = 5  # days of labels that a training uses


@dataclass(frozen=True)
class Contest:
    """What a contest of some days came to.

    Attributes:
        caught: float64 ``(days,)``, the share of the abusive posts that was removed.
        angle: float64 ``(days,)``, degrees between the abusers' mean and the
            direction in which they began.
        labelled: int, how many posts a person had to label.
    """

    caught: np.ndarray
    angle: np.ndarray
    labelled: int


def contest(
    days: int = 40, *, copies: bool = True, labels: str = "all", delay: int = 1, seed: int = 0
) -> Contest:
    """A platform removes each day what its classifier finds most suspicious; abusers answer.

    Honest posts are standard normal in six features. Abusive posts begin in one direction, 3 away
    from the middle; closer to it they would be of no use to those who post them. The first
    classifier was trained on a day like day 0, with the truth.

    Args:
        days: how many.
        copies: whether the abusers of the next day copy, with some noise, posts that were left up;
            if not, they post as on day 0.
        labels: what the next classifier learns from: "none", no training; "all", the truth of all
            posts; "removals", what was removed counts as abusive and the rest as honest; "audit",
            the truth of what was removed and of a random fiftieth of the rest, weighted to stand
            for the rest.
        delay: after how many days a day's labels can be used.
        seed: of NumPy's generator.

    Returns:
        A ``Contest``.

    Raises:
        TypeError, ValueError: unknown labels, or a number out of range.
    """
    if labels not in LABELS:
        raise ValueError(f"labels is {labels!r}, but must be one of {', '.join(LABELS)}.")
    days, delay = whole_number(days, "days", 1), whole_number(delay, "delay", 1)
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    home = np.zeros(FEATURES)
    home[0] = PAYLOAD
    truth = np.arange(HONEST + ABUSIVE) >= HONEST
    bad = _useful(home + rng.standard_normal((ABUSIVE, FEATURES)))
    history = [(_posts(rng, bad), truth, np.ones(len(truth)))]
    weights = _trained(history)
    caught, angle, labelled = [], [], 0
    for day in range(days):
        if not copies or day == 0:
            bad = _useful(home + rng.standard_normal((ABUSIVE, FEATURES)))
        posts = _posts(rng, bad)
        suspicion = posts @ weights
        removed = suspicion >= np.quantile(suspicion, 1 - REMOVED)
        caught.append(removed[truth].mean())
        middle = bad.mean(axis=0)
        angle.append(np.degrees(np.arccos(middle[0] / np.linalg.norm(middle))))
        history.append(_labelled(rng, labels, posts, truth, removed))
        labelled += {"all": len(posts), "audit": (history[-1][2] > 0).sum()}.get(labels, 0)
        if labels != "none" and day + 1 >= delay:
            end = len(history) - (delay - 1)
            weights = _trained(history[max(0, end - MEMORY) : end])
        left = bad[~removed[truth]]
        if copies and len(left):
            copied = left[rng.integers(0, len(left), ABUSIVE)]
            bad = _useful(copied + COPYING * rng.standard_normal(bad.shape))
    return Contest(np.array(caught), np.array(angle), int(labelled))


def _useful(bad: np.ndarray) -> np.ndarray:
    """Posts that lie too near to the middle, moved outwards until they are of use."""
    length = np.linalg.norm(bad, axis=1, keepdims=True)
    return bad * np.maximum(1, PAYLOAD / length)


def _posts(rng: np.random.Generator, bad: np.ndarray) -> np.ndarray:
    return np.concatenate([rng.standard_normal((HONEST, FEATURES)), bad])


def _labelled(
    rng: np.random.Generator,
    labels: str,
    posts: np.ndarray,
    truth: np.ndarray,
    removed: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A day's posts, what the platform believes of them, and how much each counts."""
    if labels == "removals":
        return posts, removed, np.ones(len(posts))
    if labels == "audit":
        drawn = ~removed & (rng.random(len(posts)) < AUDITED)
        return posts, truth, removed + drawn / AUDITED
    return posts, truth, np.ones(len(posts))


def _trained(history: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> np.ndarray:
    """The direction of Fisher's linear discriminant: where some days' labels see abuse."""
    posts, believed, counts = (np.concatenate(parts) for parts in zip(*history, strict=True))
    middles, scatter = [], np.zeros((FEATURES, FEATURES))
    for each in (False, True):
        rows, weights = posts[believed == each], counts[believed == each]
        middles.append(np.average(rows, axis=0, weights=weights))
        centred = rows - middles[-1]
        scatter += (centred * weights[:, None]).T @ centred
    return np.linalg.solve(scatter / counts.sum(), middles[1] - middles[0])
