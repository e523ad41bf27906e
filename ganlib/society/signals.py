"""What a platform sees besides the picture: reports, regular hours, shared traces; their sum."""

import numpy as np

from ganlib.society.moderation import Day
from ganlib.support.numeric_arrays import numbers
from ganlib.support.validation import real_number, whole_number

__all__ = [
    "Evidence",
    "components",
    "coordinated_groups",
    "fit_logistic",
    "independent_reports",
    "linked_pairs",
    "regularity",
    "sigmoid",
]


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + e^(−l)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(logits, float)))


def regularity(author: np.ndarray, hour: np.ndarray, accounts: int, least: int = 4) -> np.ndarray:
    """How regular the hours of each account's posts are: minus the burstiness of Goh and Barabási.

    With m and s for mean and standard deviation of the gaps between an account's posts it is
    (m − s) / (m + s): 1 for a clock, near 0 for posts at random moments, below 0 for bursts.

    Args:
        author: int ``(n,)``.
        hour: float ``(n,)``.
        accounts: how many accounts there are.
        least: an account with fewer posts has the value 0, which says nothing.

    Returns:
        float64 ``(accounts,)``.

    >>> regularity(np.zeros(4, int), np.array([0.0, 6.0, 12.0, 18.0]), 1)
    array([1.])
    """
    order = np.lexsort((hour, author))
    author, hour = np.asarray(author)[order], np.asarray(hour, float)[order]
    same = author[1:] == author[:-1]
    gaps, of = np.diff(hour)[same], author[1:][same]
    count = np.bincount(of, minlength=accounts)
    known = count >= least - 1
    number = np.maximum(count, 1)
    mean = np.bincount(of, gaps, accounts) / number
    spread = np.sqrt(np.bincount(of, (gaps - mean[of]) ** 2, accounts) / number)
    total = mean + spread
    return np.where(known & (total > 0), (mean - spread) / np.where(total > 0, total, 1), 0.0)


def linked_pairs(
    account: np.ndarray, trace: np.ndarray, shared: int = 3, most: int = 50
) -> np.ndarray:
    """Pairs of accounts that have several traces in common, such as a picture that both posted.

    Args:
        account: int ``(n,)``, who left a trace.
        trace: int ``(n,)``, which.
        shared: how many different traces a pair must have in common.
        most: a trace that more accounts left says nothing of any two of them and is left out.

    Returns:
        int64 ``(pairs, 2)``, the smaller number first, each pair once.

    >>> linked_pairs([0, 1, 0, 1, 2], [7, 7, 8, 8, 8], shared=2).tolist()
    [[0, 1]]
    """
    shared, most = whole_number(shared, "shared", 1), whole_number(most, "most", 2)
    account, trace = np.asarray(account, np.int64), np.asarray(trace, np.int64)
    if not len(account):
        return np.zeros((0, 2), np.int64)
    names, account = np.unique(account, return_inverse=True)
    _, trace = np.unique(trace, return_inverse=True)
    keys = np.sort(trace * len(names) + account)
    keys = keys[np.diff(keys, prepend=-1) > 0]  # the same trace twice counts once
    trace, account = np.divmod(keys, len(names))
    size = np.bincount(trace)[trace]  # how many accounts left it
    kept = (size >= 2) & (size <= most)
    trace, account = trace[kept], account[kept]
    keys = []
    for step in range(1, most):  # each account with the one so many places after it
        together = trace[step:] == trace[: len(trace) - step]
        if not together.any():
            break
        keys.append((account[:-step] * len(names) + account[step:])[together])
    if not keys:
        return np.zeros((0, 2), np.int64)
    pair, times = np.unique(np.concatenate(keys), return_counts=True)
    return names[np.stack(np.divmod(pair[times >= shared], len(names)), axis=1)]


def components(pairs: np.ndarray, accounts: int) -> np.ndarray:
    """The connected components of a graph, by union-find: follow each one's parent to the root.

    Args:
        pairs: int ``(pairs, 2)``, the edges.
        accounts: how many nodes there are.

    Returns:
        int64 ``(accounts,)``: two nodes have the same number if a path connects them.

    >>> components([[0, 3], [3, 4]], 5).tolist()
    [0, 1, 2, 0, 0]
    """
    parent = list(range(accounts))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]  # halve the path for whoever comes next
            node = parent[node]
        return node

    pairs = np.asarray(pairs, np.int64).reshape(-1, 2)
    for one, other in pairs.tolist():
        one, other = root(one), root(other)
        parent[max(one, other)] = min(one, other)
    group = np.arange(accounts)
    for node in np.unique(pairs).tolist():
        group[node] = root(node)
    return group


def coordinated_groups(
    account: np.ndarray, trace: np.ndarray, accounts: int, shared: int = 3, most: int = 50
) -> tuple[np.ndarray, np.ndarray]:
    """Groups of accounts connected by shared traces (after Pacheco et al. 2021, arXiv 2001.05658).

    Args:
        account: as for ``linked_pairs``, like ``trace``, ``shared`` and ``most``.
        trace: which trace.
        accounts: how many accounts there are.
        shared: how many traces connect two accounts.
        most: traces of more accounts are left out.

    Returns:
        The group of each account, int64 ``(accounts,)``, and the size of that group.
    """
    group = components(linked_pairs(account, trace, shared, most), accounts)
    return group, np.bincount(group, minlength=accounts)[group]


def independent_reports(day: Day, shared: int = 3, most: int = 50) -> np.ndarray:
    """Reports of each post, where all reports of one group of reporters count as one.

    Args:
        day: the day.
        shared: how many posts two accounts must both have reported to count as a group.
        most: as for ``linked_pairs``.

    Returns:
        int64 ``(n,)``.
    """
    group, _ = coordinated_groups(day.report_account, day.report_post, len(day.kind), shared, most)
    voices = np.unique(day.report_post * len(group) + group[day.report_account])
    return np.bincount(voices // len(group), minlength=len(day.abusive))


class Evidence:
    """How much each value of one signal speaks for abuse: a log-likelihood ratio from counts.

    The values are cut into bins of which each holds about as many abusive posts.

    Args:
        signal: ``(n,)``, one signal.
        abusive: bool ``(n,)``, the truth.
        bins: how many bins at most; equal values never lie in two.

    Raises:
        ValueError: shapes that do not fit, posts of one kind only, or NaN.
    """

    def __init__(self, signal: np.ndarray, abusive: np.ndarray, bins: int = 12):
        signal = numbers(signal, "signal", np.shape(signal))
        abusive = np.asarray(abusive, bool)
        if signal.shape != abusive.shape or not abusive.any() or abusive.all():
            raise ValueError(
                f"signal and abusive have the shapes {signal.shape} and {abusive.shape}, but must "
                "have the same, with some posts abusive and some not."
            )
        at = np.linspace(0, 1, whole_number(bins, "bins", 2) + 1)[:-1]
        cuts = np.quantile(signal[abusive], at, method="higher")  # values that occur
        self.cuts = np.unique(cuts[cuts > signal.min()])
        there = np.searchsorted(self.cuts, signal, side="right")
        size = len(self.cuts) + 1
        # One post more of either class, spread over the bins as all posts are, keeps out log 0.
        usual = np.bincount(there, minlength=size) / len(signal)
        bad = np.bincount(there[abusive], minlength=size) + usual
        good = np.bincount(there[~abusive], minlength=size) + usual
        self.ratio = np.log(bad / bad.sum()) - np.log(good / good.sum())

    def __call__(self, signal: np.ndarray) -> np.ndarray:
        """log p(signal | abusive) − log p(signal | honest), float64 in the signal's shape."""
        signal = numbers(signal, "signal", np.shape(signal))
        return self.ratio[np.searchsorted(self.cuts, signal, side="right")]


def fit_logistic(
    features: np.ndarray,
    labels: np.ndarray,
    ridge: float = 1e-3,
    counts: np.ndarray | None = None,
) -> tuple[float, np.ndarray]:
    """Logistic regression by Newton's method.

    Args:
        features: float ``(n, d)``.
        labels: bool ``(n,)``.
        ridge: weight of the squared size of the coefficients, above 0; the bias is free.
        counts: float ``(n,)``, how many posts each row stands for, above 0; None for one each.

    Returns:
        The bias, and the coefficients float64 ``(d,)``.

    Raises:
        ValueError: labels of one kind only or other than 0 and 1, features that are not finite, or
            shapes that do not fit.
    """
    features, labels = np.asarray(features, float), np.asarray(labels, float)
    counts = np.ones(len(labels)) if counts is None else np.asarray(counts, float)
    if features.ndim != 2 or labels.shape != features.shape[:1] or not 0 < labels.mean() < 1:
        raise ValueError(
            f"features and labels have the shapes {features.shape} and {labels.shape}, but must "
            "have (n, d) and (n,), with labels of both kinds."
        )
    if not np.isin(labels, (0, 1)).all() or not np.isfinite(features).all():
        raise ValueError("labels must be True or False (1 or 0), and features finite numbers.")
    penalty = np.full(features.shape[1] + 1, real_number(ridge, "ridge", above=0))
    penalty[0] = 0
    rows = np.concatenate([np.ones((len(features), 1)), features], axis=1)
    weights = np.zeros(rows.shape[1])
    share = np.average(labels, weights=counts)
    weights[0] = np.log(share / (1 - share))

    def loss(weights: np.ndarray) -> float:
        logits = rows @ weights
        losses = np.logaddexp(0, logits) - labels * logits
        return counts @ losses + penalty @ weights**2 / 2

    now = loss(weights)
    for _ in range(100):
        p = sigmoid(rows @ weights)
        slope = rows.T @ (counts * (p - labels)) + penalty * weights
        curvature = (rows * (counts * p * (1 - p))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
        size, moved = 1.0, now
        while size > 1e-4:  # the loss is convex: halve the step until it falls
            moved = loss(weights - size * step)
            if moved <= now:
                break
            size /= 2
        if not moved <= now:
            break
        weights = weights - size * step
        if now - moved < 1e-8 * abs(now):
            break
        now = moved
    return float(weights[0]), weights[1:]
