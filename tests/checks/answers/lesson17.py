"""Answers to exercise 17: right ones of several kinds, and usual mistakes with their messages."""

import numpy as np

# The worst case -----------------------------------------------------------------------------------


def worst(x, y, w, epsilon):
    return np.clip(x - epsilon * y[:, None] * np.sign(w), 0, 1)


def worst_by_ends(x, y, w, epsilon):
    low, high = np.maximum(x - epsilon, 0), np.minimum(x + epsilon, 1)
    return np.where(np.outer(y, w) > 0, low, high)  # where w is 0, any place will do


def worst_by_loops(x, y, w, epsilon):
    rows = []
    for image, label in zip(x, y, strict=True):
        row = []
        for value, weight in zip(image, w, strict=True):
            moved = value - epsilon * label * (int(weight > 0) - int(weight < 0))
            row.append(min(max(moved, 0.0), 1.0))
        rows.append(row)
    return rows


# Climbing -----------------------------------------------------------------------------------------


def climb(gradient, x, epsilon, step, steps):
    point = x
    for _ in range(steps):
        point = point + step * np.sign(gradient(point))
        point = np.clip(np.clip(point, x - epsilon, x + epsilon), 0, 1)
    return point


def climb_by_change(gradient, x, epsilon, step, steps):
    low, high = np.maximum(-epsilon, -x), np.minimum(epsilon, 1 - x)
    change = np.zeros_like(x)
    for _ in range(steps):
        change = np.minimum(np.maximum(change + step * np.sign(gradient(x + change)), low), high)
    return x + change


def climbing(
    move=lambda slope, step, epsilon: step * np.sign(slope),
    walls=lambda point, last, x, epsilon: np.clip(point, x - epsilon, x + epsilon),
    edges=lambda point: np.clip(point, 0, 1),
    where=lambda point, x: point,
    end=lambda point, x, epsilon: point,
    more=0,
):
    def answer(gradient, x, epsilon, step, steps):
        point = x
        for _ in range(steps + more):
            moved = point + move(gradient(where(point, x)), step, epsilon)
            point = edges(walls(moved, point, x, epsilon))
        return end(point, x, epsilon)

    return answer


# Suspicious tables --------------------------------------------------------------------------------


def suspicious(accuracy):
    failed = set()
    most = accuracy["many steps"]
    if accuracy["one step"] < most:
        failed.add("steps")
    for name in ("noise", "transfer", "squares"):
        if accuracy[name] < most:
            failed.add(name)
    if accuracy["unbounded"] > 0:
        failed.add("unbounded")
    return failed


def suspicious_as_list(accuracy):
    pairs = {"steps": "one step", "noise": "noise", "transfer": "transfer", "squares": "squares"}
    failed = [name for name, key in pairs.items() if accuracy[key] < accuracy["many steps"]]
    return failed + ["unbounded"] * (accuracy["unbounded"] != 0)


def suspicious_with(worse, unbounded=lambda share: share > 0):
    def answer(accuracy):
        pairs = {"steps": "one step", "noise": "noise", "transfer": "transfer"}
        pairs["squares"] = "squares"
        failed = {k for k, key in pairs.items() if worse(accuracy[key], accuracy["many steps"])}
        return failed | ({"unbounded"} if unbounded(accuracy["unbounded"]) else set())

    return answer


# Poisoned images ----------------------------------------------------------------------------------


def coordinate(rows, middle=None):
    rows = rows - (rows.mean(axis=0) if middle is None else middle)
    return rows @ np.linalg.svd(rows, full_matrices=False)[2][0]


def finding(score, count=lambda share, n, total: round(share * n)):
    def answer(features, labels, share):
        flags = np.zeros(len(labels), bool)
        for label in np.unique(labels):
            rows = np.flatnonzero(labels == label)
            number = count(share, len(rows), len(labels))
            if number:
                flags[rows[np.argsort(score(features[rows], features))[-number:]]] = True
        return flags

    return answer


find = finding(lambda rows, _: coordinate(rows) ** 2)


def find_by_covariance(features, labels, share):
    flags = [False] * len(labels)
    for label in set(labels.tolist()):
        rows = [n for n, other in enumerate(labels) if other == label]
        own = features[rows] - np.mean(features[rows], axis=0)
        direction = np.linalg.eigh(own.T @ own)[1][:, -1]
        size = np.abs(own @ direction)
        highest = sorted(range(len(rows)), key=lambda n: -size[n])[: round(share * len(rows))]
        for n in highest:
            flags[rows[n]] = True
    return flags


def find_among_all(features, labels, share):
    flags = np.zeros(len(labels), bool)
    flags[np.argsort(coordinate(features) ** 2)[-round(share * len(labels)) :]] = True
    return flags


RIGHT = {
    "worst": [worst, worst_by_ends, worst_by_loops],
    "climb": [climb, climb_by_change],
    "suspicious": [suspicious, suspicious_as_list],
    "find": [find, find_by_covariance],
}

WRONG = {
    "worst": [
        (lambda x, y, w, e: x, "were not changed"),
        (lambda x, y, w, e: x - e * y[:, None] * np.sign(w), "Cut them off there"),
        (lambda x, y, w, e: worst(x, -y, w, e), "the wrong way round"),
        (lambda x, y, w, e: np.clip(x - e * np.sign(w), 0, 1), "moved the same way"),
        (lambda x, y, w, e: np.clip(x - e * y[:, None] * w, 0, 1), "in place of their signs"),
        (
            lambda x, y, w, e: np.clip(x - e * y[:, None] * w / np.linalg.norm(w), 0, 1),
            "the 2-norm",
        ),
        (lambda x, y, w, e: worst(x, y, w, e / 255), "divided by 255"),
        (lambda x, y, w, e: worst(x, y, w, 255 * e), "All numbers went to 0 or 1"),
        (lambda x, y, w, e: np.where(y[:, None] * w > 0, 0.0, 1.0), "No number may move by more"),
        (lambda x, y, w, e: worst(x, y, w, 2 * e), "A number moved by 0.2, but ε is 0.1"),
        (lambda x, y, w, e: y * (worst(x, y, w, e) @ w), "shape"),
        (lambda x, y, w, e: 2 * worst(x, y, w, e) - 1, "this is no image"),
        (lambda x, y, w, e: worst(x, y, w, e / 2), "not the smallest in the box"),
        (
            lambda x, y, w, e: np.where(w == 0, 1 - x, worst(x, y, w, e)),
            "the image left the box",
        ),
    ],
    "climb": [
        (lambda gradient, x, *rest: x, "Nothing has moved"),
        (climbing(move=lambda slope, step, e: -step * np.sign(slope)), "It goes down"),
        (climbing(move=lambda slope, step, e: step * slope), "the gradient itself"),
        (climbing(move=lambda slope, step, e: e * np.sign(slope)), "in place of step"),
        (climbing(walls=lambda point, last, x, e: point), "The box is missing"),
        (
            climbing(walls=lambda point, last, x, e: np.clip(point, last - e, last + e)),
            "The box moves along",
        ),
        (climbing(edges=lambda point: point), "Some values leave [0, 1]"),
        (climbing(where=lambda point, x: x), "always that of the start"),
        (climbing(more=1), "one step too many"),
        (climbing(more=-1), "one step too few"),
        (
            climbing(
                walls=lambda point, last, x, e: point,
                end=lambda point, x, e: np.clip(point, x - e, x + e),
            ),
            "brought back to the box only at the end",
        ),
        (
            climbing(edges=lambda point: point, end=lambda point, x, e: np.clip(point, 0, 1)),
            "cut off at 0 and 1 only at the end",
        ),
        (climbing(end=lambda point, x, e: point - x), "Follow two steps"),
        (climbing(end=lambda point, x, e: point[0]), "shape"),
    ],
    "suspicious": [
        (suspicious_with(lambda other, most: other > most), "the wrong way round"),
        (suspicious_with(lambda other, most: other <= most), "equally strong"),
        (suspicious_with(lambda other, most: other < most, lambda share: False), "ε = 1"),
        (lambda accuracy: suspicious(accuracy) - {"noise"}, "'noise' fails"),
        (lambda accuracy: suspicious(accuracy) | {"steps"}, "'steps' holds"),
        (lambda accuracy: {"one step"}, "no name of a check"),
        (lambda accuracy: "steps", "It should return a set"),
    ],
    "find": [
        (lambda features, labels, share: np.zeros(len(labels)), "No image is suspected"),
        (finding(lambda rows, _: -(coordinate(rows) ** 2)), "*least* suspicious"),
        (finding(lambda rows, _: coordinate(rows)), "square the coordinate"),
        (finding(lambda rows, _: coordinate(rows, 0.0) ** 2), "Subtract the mean of the"),
        (finding(lambda rows, all_: coordinate(rows, all_.mean(axis=0)) ** 2), "*this label's*"),
        (find_among_all, "one by one"),
        (
            finding(
                lambda rows, _: coordinate(rows) ** 2, lambda share, n, _: int(share * n + 1e-9)
            ),
            "",
        ),
        (
            finding(
                lambda rows, _: coordinate(rows) ** 2, lambda share, n, _: round(share * n) or n
            ),
            "[-0:] is everything",
        ),
        (
            finding(lambda rows, _: ((rows - rows.mean(axis=0)) ** 2).sum(axis=1)),
            "the distance from",
        ),
        (
            finding(
                lambda rows, _: coordinate(rows) ** 2,
                lambda share, n, total: min(n, round(share * total)),
            ),
            "not of all images",
        ),
        (lambda *case: np.flatnonzero(find(*case)), "shape"),
        (lambda *case: find(*case) * 2, "True or False"),
        (lambda *case: ~find(*case), "Not the right images"),
    ],
}
