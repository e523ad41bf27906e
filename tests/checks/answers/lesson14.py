"""Answers to exercise 14: right ones of several kinds, and usual mistakes with their messages."""

import itertools

import numpy as np

# The largest piece --------------------------------------------------------------------------------

FACES = [step for step in itertools.product((-1, 0, 1), repeat=3) if np.abs(step).sum() == 1]
CORNERS = [step for step in itertools.product((-1, 0, 1), repeat=3) if any(step)]


def labelled(solid, steps=FACES, wrap=False, rounds=None):
    labels = np.arange(1, solid.size + 1).reshape(solid.shape) * solid
    while rounds is None or rounds:
        spread = labels.copy()
        for step in steps:
            padded = labels if wrap else np.pad(labels, 1)
            moved = np.roll(padded, step, (0, 1, 2))
            spread = np.maximum(spread, moved if wrap else moved[1:-1, 1:-1, 1:-1])
        spread = spread * solid
        if (spread == labels).all():
            break
        labels = spread
        rounds = None if rounds is None else rounds - 1
    return labels


def largest_piece(solid, **how):
    labels = labelled(solid, **how)
    if not solid.any():
        return solid
    return labels == np.bincount(labels[solid]).argmax()


def largest_piece_by_walking(solid):
    left, best = {tuple(place) for place in np.argwhere(solid)}, set()
    while left:
        piece, to_visit = set(), [next(iter(left))]
        while to_visit:
            x, y, z = to_visit.pop()
            if (x, y, z) in left:
                left.remove((x, y, z))
                piece.add((x, y, z))
                to_visit += [(x + a, y + b, z + c) for a, b, c in FACES]
        best = max(best, piece, key=len)
    result = np.zeros(solid.shape, int)
    for place in best:
        result[place] = 1
    return result


def most_frequent_label(solid):
    labels = labelled(solid)
    return labels == np.bincount(labels.ravel()).argmax()


def smallest_piece(solid):
    if not solid.any():
        return solid
    labels = labelled(solid)
    names, sizes = np.unique(labels[solid], return_counts=True)
    return labels == names[sizes.argmin()]


def clears_in_place(solid):
    solid &= largest_piece(solid.copy())
    return solid


# A picture with a z-buffer ------------------------------------------------------------------------


def draw(row, column, nearness, brightness, pixels):
    picture, depth = np.ones((pixels, pixels)), np.full((pixels, pixels), -np.inf)
    for r, c, near, bright in zip(row, column, nearness, brightness, strict=True):
        if near > depth[r, c]:
            depth[r, c], picture[r, c] = near, bright
    return picture


def draw_sorted(row, column, nearness, brightness, pixels):
    picture = np.ones((pixels, pixels))
    order = np.argsort(nearness)
    picture[row[order], column[order]] = brightness[order]
    return picture


def draw_from(start):
    def answer(row, column, nearness, brightness, pixels):
        picture, depth = np.ones((pixels, pixels)), np.full((pixels, pixels), start)
        for r, c, near, bright in zip(row, column, nearness, brightness, strict=True):
            if near > depth[r, c]:
                depth[r, c], picture[r, c] = near, bright
        return picture

    return answer


def last_wins(row, column, nearness, brightness, pixels):
    picture = np.ones((pixels, pixels))
    picture[row, column] = brightness
    return picture


def first_wins(row, column, nearness, brightness, pixels):
    picture, seen = np.ones((pixels, pixels)), set()
    for r, c, bright in zip(row, column, brightness, strict=True):
        if (r, c) not in seen:
            seen.add((r, c))
            picture[r, c] = bright
    return picture


def changed(change):
    return lambda r, c, near, bright, pixels: draw(*change(r, c, near, bright), pixels)


# 1-NNA --------------------------------------------------------------------------------------------


def one_nearest(likeness):
    n = len(likeness) // 2
    alike = likeness.copy()
    np.fill_diagonal(alike, -1)
    nearest = alike.argmax(axis=1)
    return np.mean((nearest < n) == (np.arange(2 * n) < n))


def one_nearest_by_loop(likeness):
    n, same = len(likeness) // 2, 0
    for one in range(2 * n):
        others = [other for other in range(2 * n) if other != one]
        best = max(others, key=lambda other: likeness[one, other])
        same += (best < n) == (one < n)
    return same / (2 * n)


def of_rows(rows):
    def answer(likeness):
        n = len(likeness) // 2
        alike = likeness.copy()
        np.fill_diagonal(alike, -1)
        right = (alike.argmax(axis=1) < n) == (np.arange(2 * n) < n)
        return right[rows(n)].mean()

    return answer


def least_alike(likeness):
    n = len(likeness) // 2
    alike = likeness.copy()
    np.fill_diagonal(alike, 9)
    return np.mean((alike.argmin(axis=1) < n) == (np.arange(2 * n) < n))


def with_itself(likeness):
    n = len(likeness) // 2
    return np.mean((likeness.argmax(axis=1) < n) == (np.arange(2 * n) < n))


# Metres and axes ----------------------------------------------------------------------------------


def to_metres(vertices, height):
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    middle = (low + high) / 2
    middle[2] = low[2]
    x, y, z = ((vertices - middle) * height / (high[2] - low[2])).T
    return np.stack([x, z, -y], axis=1)


def to_metres_by_matrix(vertices, height):
    points = vertices - vertices.min(axis=0)
    points = points - [np.ptp(points[:, 0]) / 2, np.ptp(points[:, 1]) / 2, 0]
    turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    return (points / points[:, 2].max() * height @ turn.T).tolist()


def metres(base=None, scale=None, turn=lambda x, y, z: (x, z, -y)):
    """An answer with its own pivot, scale or axes."""

    def answer(vertices, height):
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        start = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
        start = base(vertices, low, high) if base else start
        factor = scale(low, high, height) if scale else height / (high[2] - low[2])
        return np.stack(turn(*((vertices - start) * factor).T), axis=1)

    return answer


RIGHT = {
    "largest_piece": [largest_piece, largest_piece_by_walking],
    "draw": [draw, draw_sorted],
    "one_nearest": [one_nearest, one_nearest_by_loop],
    "to_metres": [to_metres, to_metres_by_matrix],
}

WRONG = {
    "largest_piece": [
        (lambda solid: solid, "Nothing was taken away"),
        (most_frequent_label, "This is the air"),
        (lambda solid: largest_piece(solid, steps=CORNERS), "must share a face"),
        (lambda solid: largest_piece(solid, wrap=True), "comes back on the other"),
        (lambda solid: largest_piece(solid, rounds=3), "until nothing changes"),
        (smallest_piece, "the smallest piece"),
        (lambda solid: solid & ~largest_piece(solid), "all but the largest"),
        (labelled, "True and False only"),
        (lambda solid: np.ones_like(solid), "where the object has none"),
        (clears_in_place, "in place"),
        (lambda solid: largest_piece(solid).sum(), "shape"),
    ],
    "draw": [
        (last_wins, "The last point in the list"),
        (first_wins, "The first point in the list"),
        (changed(lambda r, c, near, bright: (r, c, -near, bright)), "The farthest point"),
        (changed(lambda r, c, near, bright: (c, r, near, bright)), "Rows and columns"),
        (draw_from(0.0), "With what does your z-buffer begin"),
        (changed(lambda r, c, near, bright: (r, c, near, near)), "how near the points are"),
        (lambda *case: draw(*case)[::-1], "upside down"),
        (lambda *case: np.where(draw(*case) == 1, 0, draw(*case)), "must be 1"),
        (lambda *case: draw(*case) / 2, "Some pixels do not show"),
    ],
    "one_nearest": [
        (with_itself, "most alike to itself"),
        (lambda likeness: 1 - one_nearest(likeness), "of the *other* kind"),
        (least_alike, "the *least* alike"),
        (of_rows(lambda n: slice(None, n)), "the real objects alone"),
        (of_rows(lambda n: slice(n, None)), "the generated objects alone"),
        (lambda likeness: one_nearest(likeness) * len(likeness), "a count"),
        (lambda likeness: one_nearest(likeness) * 2, "real and generated"),
        (lambda likeness: 0.123, "on a line"),
    ],
    "to_metres": [
        (metres(turn=lambda x, y, z: (x, y, z)), "z still points up"),
        (metres(turn=lambda x, y, z: (x, z, y)), "a mirror image"),
        (metres(turn=lambda x, y, z: (x, -z, y)), "on its head"),
        (metres(base=lambda v, low, high: (low + high) / 2), "the middle of the object"),
        (metres(base=lambda v, low, high: low), "a corner of the object"),
        (
            metres(base=lambda v, low, high: np.array([*v[:, :2].mean(axis=0), low[2]])),
            "the mean of the vertices",
        ),
        (metres(base=lambda v, low, high: 0), "scaled and not moved"),
        (metres(scale=lambda low, high, h: 1), "the size of the voxels"),
        (
            metres(scale=lambda low, high, h: h / np.where(high > low, high - low, 1)),
            "one number for all three",
        ),
        (metres(scale=lambda low, high, h: h), "height times as large"),
        (lambda vertices, h: to_metres(vertices, 3 * h), "it should be"),
    ],
}
