"""Answers to exercise 18: right ones of several kinds, and usual mistakes with their messages."""

import numpy as np

# Alarms -------------------------------------------------------------------------------------------


def alarms(tpr, fpr, prevalence, wanted):
    right, wrong = tpr * prevalence, fpr * (1 - prevalence)
    return right / (right + wrong), right * (1 - wanted) / (wanted * (1 - prevalence))


def alarms_by_odds(tpr, fpr, prevalence, wanted):
    prior = prevalence / (1 - prevalence)
    odds = prior * tpr / fpr if fpr else np.inf
    precision = 1.0 if np.isinf(odds) else odds / (1 + odds)
    return [np.float64(precision), tpr * prior * (1 / wanted - 1)]


def precision_of(formula):
    return lambda tpr, fpr, pi, wanted: (
        formula(tpr, fpr, pi),
        alarms(tpr, fpr, pi, wanted)[1],
    )


def rate_of(formula):
    return lambda tpr, fpr, pi, wanted: (
        alarms(tpr, fpr, pi, wanted)[0],
        formula(tpr, fpr, pi, wanted),
    )


def inverted_rate(tpr, fpr, pi, wanted):
    return tpr * pi / (1 - pi) * wanted / (1 - wanted + 1e-300)


# Groups -------------------------------------------------------------------------------------------


def pictures(account, picture, accounts):
    return [set(picture[account == one].tolist()) for one in range(accounts)]


def links(account, picture, accounts, shared):
    seen = pictures(account, picture, accounts)
    return [
        (one, other)
        for one in range(accounts)
        for other in range(one)
        if len(seen[one] & seen[other]) >= shared
    ]


def groups(account, picture, accounts, shared):
    parent = list(range(accounts))

    def root(node):
        while parent[node] != node:
            node = parent[node]
        return node

    for one, other in links(account, picture, accounts, shared):
        parent[root(one)] = root(other)
    return [root(node) for node in range(accounts)]


def groups_by_matrix(account, picture, accounts, shared):
    posted = np.zeros((accounts, picture.max() + 1), int)
    posted[account, picture] = 1
    linked = (posted @ posted.T >= shared) | np.eye(accounts, dtype=bool)
    for _ in range(accounts):
        linked = linked @ linked
    return linked.argmax(axis=1)


def of_direct_links(account, picture, accounts, shared):
    group = list(range(accounts))
    for one, other in links(account, picture, accounts, shared):
        group[one] = group[other]
    return group


def counting_twice(account, picture, accounts, shared):
    posts = [picture[account == one].tolist() for one in range(accounts)]
    group = np.arange(accounts)
    for one in range(accounts):
        for other in range(one):
            if sum(posts[other].count(each) for each in posts[one]) >= shared:
                group[group == group[one]] = group[other]
    return group


# The cheapest action ------------------------------------------------------------------------------


def costs(p, views, wrong, review, sensitivity, specificity):
    leave, remove = p * views, (1 - p) * wrong
    return leave, review + (1 - sensitivity) * leave + (1 - specificity) * remove, remove


def cheapest(*case):
    return np.argmin(np.stack(costs(*case)), axis=0)


def cheapest_by_where(*case):
    leave, review, remove = costs(*case)
    best = np.where(remove < leave, 2, 0)
    return np.where((review < leave) & (review <= remove), 1, best).tolist()


def cheapest_with(change):
    def answer(p, views, wrong, review, sensitivity, specificity):
        return cheapest(*change(p, views, wrong, review, sensitivity, specificity))

    return answer


def never_reviews(*case):
    leave, _, remove = costs(*case)
    return np.where(remove < leave, 2, 0)


# Waits --------------------------------------------------------------------------------------------


def waits(arrives, takes):
    free, waited = 0.0, []
    for at, time in zip(arrives, takes, strict=True):
        begin = max(at, free)
        waited.append(begin - at)
        free = begin + time
    return np.array(waited)


def waits_by_sums(arrives, takes):
    before = np.concatenate([[0], np.cumsum(takes)[:-1]]) - (arrives - arrives[0])
    return before - np.minimum.accumulate(before)


def unserved(arrives, takes):
    return np.concatenate([[0], np.cumsum(takes)[:-1]]) - (arrives - arrives[0])


def own_time(arrives, takes):
    waited = [0.0]
    for n in range(1, len(arrives)):
        waited.append(max(0.0, waited[-1] + takes[n] - arrives[n] + arrives[n - 1]))
    return waited


def only_before(arrives, takes):
    return np.concatenate([[0], np.maximum(0, takes[:-1] - np.diff(arrives))])


def cheapest_in_order(*order):
    """The first of the cheapest actions, in another order."""
    order = np.array(order)
    return lambda *case: order[np.argmin(np.stack(costs(*case))[order], axis=0)]


def cheapest_removing_ties(*case):
    leave, review, remove = costs(*case)
    best = np.where(review < leave, 1, 0)
    return np.where(remove <= np.minimum(leave, review), 2, best)


def spread_twice(account, picture, accounts, shared):
    """Two passes of labels, which a long chain outlasts."""
    group = list(range(accounts))
    for one, other in 2 * list(links(account, picture, accounts, shared)):
        group[one] = group[other] = min(group[one], group[other])
    return group


def groups_of_posters(account, picture, accounts, shared):
    group, posting = np.full(accounts, -1), np.unique(account)
    group[posting] = np.asarray(groups(account, picture, accounts, shared))[posting]
    return group


RIGHT = {
    "alarms": [alarms, alarms_by_odds, lambda *case: np.array(alarms(*case))],
    "groups": [groups, groups_by_matrix],
    "cheapest": [cheapest, cheapest_by_where],
    "waits": [waits, waits_by_sums],
}

WRONG = {
    "alarms": [
        (precision_of(lambda tpr, fpr, pi: tpr), "This is the TPR"),
        (precision_of(lambda tpr, fpr, pi: 1 - fpr), "This is 1 − FPR"),
        (precision_of(lambda tpr, fpr, pi: tpr / (tpr + fpr)), "if half of all posts"),
        (precision_of(lambda tpr, fpr, pi: tpr * pi / (tpr * pi + fpr)), "honest posts only"),
        (precision_of(lambda tpr, fpr, pi: tpr * pi + fpr * (1 - pi)), "raise an alarm."),
        (precision_of(lambda tpr, fpr, pi: tpr * pi), "Divide by all alarms"),
        (rate_of(inverted_rate), "the wrong way round"),
        (rate_of(lambda tpr, fpr, pi, w: tpr * pi / (1 - pi)), "whatever is wanted"),
        (rate_of(lambda tpr, fpr, pi, w: fpr), "the FPR that was given"),
        (lambda tpr, fpr, pi, w: alarms(tpr, fpr, pi, w)[0], "should return two numbers"),
        (precision_of(lambda tpr, fpr, pi: 0.3), "Count right alarms"),
    ],
    "groups": [
        (groups_of_posters, "no path of links"),
        (lambda account, picture, n, shared: np.arange(n), "Nobody is connected"),
        (lambda account, picture, n, shared: np.zeros(n), "All accounts are in one group"),
        (lambda account, picture, n, shared: groups(account, picture, n, 1), "one picture in"),
        (
            lambda account, picture, n, shared: groups(account, picture, n, shared + 1),
            "with exactly shared pictures",
        ),
        (of_direct_links, "When two groups meet"),
        (spread_twice, "in two groups"),
        (counting_twice, "counts twice"),
        (lambda account, picture, n, shared: groups(account, picture, n, shared)[:-1], "shape"),
    ],
    "cheapest": [
        (cheapest_removing_ties, "On a tie take the smaller number"),
        (cheapest_in_order(2, 1, 0), "On a tie take"),
        (cheapest_in_order(1, 0, 2), "tie take the smaller number"),
        (cheapest_in_order(0, 2, 1), "take the smaller number"),
        (lambda p, *rest: np.where(p > 0.5, 2, 0), "above one half"),
        (cheapest_with(lambda p, v, w, r, se, sp: (p, v, w, r, 1.0, 1.0)), "never wrong"),
        (cheapest_with(lambda p, v, w, r, se, sp: (p, v, w, 0.0, se, sp)), "cost no time"),
        (cheapest_with(lambda p, v, w, r, se, sp: (p, v, w, r, se, 1.0)), "never condemn"),
        (cheapest_with(lambda p, v, w, r, se, sp: (p, v, w, r, 1.0, sp)), "never miss"),
        (cheapest_with(lambda p, v, w, r, se, sp: (p, v, w, r, sp, se)), "changed places: a sens"),
        (cheapest_with(lambda p, v, w, r, se, sp: (p, 0 * v + 1, w, r, se, sp)), "The views are"),
        (lambda *case: 2 - cheapest(*case), "0 and 2 have changed places"),
        (never_reviews, "never send a post to a person"),
        (lambda *case: np.argmax(np.stack(costs(*case)), axis=0), "the dearest"),
        (lambda *case: cheapest(*case) + 1, "0 (leave), 1 (review) and 2 (remove) only"),
    ],
    "waits": [
        (unserved, "a team that is idle"),
        (own_time, "the one *before* it"),
        (only_before, "that one has waited too"),
        (lambda arrives, takes: waits(arrives, takes) + takes, "of the case itself"),
        (lambda arrives, takes: waits(arrives, takes) + arrives, "at which cases begin"),
        (lambda arrives, takes: takes, "times that cases take"),
        (lambda arrives, takes: 3 * waits(arrives, takes), "Do four cases by hand"),
    ],
}
