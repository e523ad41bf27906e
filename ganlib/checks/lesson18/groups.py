"""Groups of accounts that share traces."""

import numpy as np
from numpy.typing import ArrayLike

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["groups"]


@task(
    points=4,
    hints=(
        "First count for each pair of accounts how many different pictures both have posted: a "
        "dictionary from pairs to counts will do.",
        "Keep the pairs with at least shared pictures. Then connect: an account takes over the "
        "group of the one it is linked with, and so do all that were in its group.",
        "Union-find: parent = list(range(accounts)); follow parent[node] until it points to itself;"
        " for each link make one root the other's parent. At the end ask each account for its "
        "root.",
    ),
)
def groups(trial: Trial) -> None:
    """A group number for each account."""
    with trial.part(1, "accounts that share enough pictures, and one that shares too few"):
        account = [0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 4, 0]
        picture = [5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 4, 4]
        _expect(trial, account, picture, 5, 2)
    with trial.part(1, "groups that hold together through a third account"):
        _expect(trial, [0, 1, 0, 1, 1, 2, 1, 2], [1, 1, 2, 2, 3, 3, 4, 4], 4, 2)
        _expect(trial, [4, 3, 3, 2, 2, 1, 1, 0], [1, 1, 2, 2, 3, 3, 4, 4], 8, 1)
        order = trial.rng.permutation(30)  # a long chain, in no order
        _expect(trial, np.repeat(order, 2)[1:-1], np.repeat(np.arange(29), 2), 30, 1)
    with trial.part(1, "a picture that one account posts many times"):
        # Accounts 3 and 4 have one picture in common, which counts once, too.
        _expect(trial, [0, 0, 0, 1, 1, 1, 2, 3, 4], [4, 4, 4, 4, 4, 4, 9, 7, 7], 5, 2)
    with trial.part(1, "many accounts and pictures, and nothing shared"):
        account = trial.rng.integers(0, 40, 220)
        picture = trial.rng.integers(0, 60, 220)
        for shared in (1, 2, 3):
            _expect(trial, account, picture, 40, shared)
        _expect(trial, [0, 1, 2], [0, 1, 2], 3, 1)


def _expect(
    trial: Trial, account: ArrayLike, picture: ArrayLike, accounts: int, shared: int
) -> None:
    account, picture = np.asarray(account), np.asarray(picture)
    result = trial.call(account, picture, accounts, shared)
    answer = trial.array(result, (accounts,), "the result")
    seen = [set(picture[account == one].tolist()) for one in range(accounts)]
    posts = [picture[account == one].tolist() for one in range(accounts)]
    together = _partition(answer)
    right = _partition(_grouped(_links(seen, shared), accounts))
    if np.array_equal(together, right):
        return
    direct = np.eye(accounts, dtype=bool)
    for one, other in _links(seen, shared):
        direct[one, other] = direct[other, one] = True
    repeated = [
        (one, other)
        for one in range(accounts)
        for other in range(one)
        if sum(posts[other].count(each) for each in posts[one]) >= shared
    ]
    usual = (
        (np.eye(accounts, dtype=bool), "Nobody is connected with anybody."),
        (np.ones((accounts, accounts), bool), "All accounts are in one group."),
        (
            _partition(_grouped(repeated, accounts)),
            "A picture that is posted twice counts twice. Count different pictures.",
        ),
        (
            _partition(_grouped(_links(seen, 1), accounts)),
            "Accounts with one picture in common are connected. It takes shared of them.",
        ),
        (
            _partition(_grouped(_links(seen, shared + 1), accounts)),
            "Accounts with exactly shared pictures in common must be connected: at least, not "
            "more than.",
        ),
    )
    for wrong, message in usual:
        if np.array_equal(together, wrong):
            raise Wrong(message)
    if (direct & ~together).any():
        one, other = np.argwhere(direct & ~together)[0]
        raise Wrong(
            f"Accounts {one} and {other} have enough pictures in common, but are in two groups. "
            "When two groups meet, do all members of both end in one?"
        )
    if (right & ~together).any():
        one, other = np.argwhere(right & ~together)[0]
        raise Wrong(
            f"Accounts {one} and {other} are connected through others, but are in two groups."
        )
    one, other = np.argwhere(together & ~right)[0]
    raise Wrong(f"Accounts {one} and {other} are in one group, but no path of links joins them.")


def _links(seen: list[set], shared: int) -> list[tuple[int, int]]:
    return [
        (one, other)
        for one in range(len(seen))
        for other in range(one)
        if len(seen[one] & seen[other]) >= shared
    ]


def _grouped(links: list[tuple[int, int]], accounts: int) -> np.ndarray:
    group = np.arange(accounts)
    for one, other in links:
        group[group == group[one]] = group[other]
    return group


def _partition(group: np.ndarray) -> np.ndarray:
    """Who is together with whom, whatever the groups are called."""
    return group[:, None] == group
