"""Answers to exercise 11: right ones of several kinds, and usual mistakes with their messages."""

import numpy as np


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def arc(start, end, positions):
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    u, v = start / lengths[0], end / lengths[1]
    angle = np.arccos(np.clip(u @ v, -1, 1))
    t = np.asarray(positions)[:, None]
    length = (1 - t) * lengths[0] + t * lengths[1]
    if np.sin(angle) < 1e-6:
        return ((1 - t) * u + t * v) * length
    return (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle) * length


def arc_by_where(start, end, positions):
    """It divides by 0 and takes something else there."""
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    u, v = start / lengths[0], end / lengths[1]
    angle = np.arccos(np.clip(u @ v, -1, 1))
    t = positions[:, None]
    turned = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle)
    return np.where(angle < 1e-6, u, turned) * ((1 - t) * lengths[0] + t * lengths[1])


def arc_in_a_plane(start, end, positions):
    """By a rotation in the plane of both, in a loop."""
    a, b = np.linalg.norm(start), np.linalg.norm(end)
    u = start / a
    side = end - (end @ u) * u
    size = np.linalg.norm(side)
    angle = np.arctan2(size, end @ u)
    side = side / size if size > 1e-9 * b else np.zeros_like(side)
    way = []
    for t in positions:
        turned = np.cos(t * angle) * u + np.sin(t * angle) * side
        way.append(turned * (a + t * (b - a)))
    return way


def arc_with(length=None, unit_vectors=True, divide=True, guard=True, clip=True):
    def answer(start, end, positions):
        t = positions[:, None]
        a, b = np.linalg.norm(start), np.linalg.norm(end)
        u, v = start / a, end / b
        angle = np.arccos(min(u @ v, 1.0) if clip else u @ v)
        if guard and np.sin(angle) < 1e-6:
            return arc(start, end, positions)
        if not unit_vectors:
            u, v = start, end
        made = np.sin((1 - t) * angle) * u + np.sin(t * angle) * v
        if divide:
            made = made / np.sin(angle)
        return made if length is None else made * length(t, a, b)

    return answer


def rescaled(start, end, positions):
    t = positions[:, None]
    lengths = (1 - t) * np.linalg.norm(start) + t * np.linalg.norm(end)
    return unit((1 - t) * start + t * end) * lengths


def stretched(kernel, k):
    values, vectors = np.linalg.eigh(kernel @ kernel.T)
    return vectors.T[::-1][:k], values[::-1][:k]


def stretched_by_svd(kernel, k):
    u, singular, _ = np.linalg.svd(kernel)
    return -u.T[:k], list(singular[:k] ** 2)


def rows_of_reversed_columns(kernel, k):
    values, vectors = np.linalg.eigh(kernel @ kernel.T)
    return vectors[:, ::-1][:k], values[::-1][:k]


def smallest(kernel, k):
    values, vectors = np.linalg.eigh(kernel @ kernel.T)
    return vectors.T[:k], values[:k]


def of_activations(kernel, k):
    values, vectors = np.linalg.eigh(kernel.T @ kernel)
    return vectors.T[::-1][:k], values[::-1][:k]


def rows(kernel, k):
    values, vectors = np.linalg.eigh(kernel @ kernel.T)
    return vectors[::-1][:k], values[::-1][:k]


def growing(kernel, k):
    vectors, values = stretched(kernel, k)
    return vectors[::-1], values[::-1]


def with_values(change):
    def answer(kernel, k):
        vectors, values = stretched(kernel, k)
        return vectors, change(values)

    return answer


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def taste(a, b, answers, ridge, flat=0.0):
    x = a - b
    w = np.zeros(x.shape[1])
    for _ in range(30):
        p = sigmoid(x @ w)
        slope = x.T @ (p - answers) + ridge * w
        if np.linalg.norm(slope) < flat:
            break
        curvature = (x.T * (p * (1 - p))) @ x + ridge * np.eye(len(w))
        w = w - np.linalg.solve(curvature, slope)
    return w


def taste_until_flat(*given):
    """It stops at the start where the slope is 0 there, as it should."""
    return taste(*given, flat=1e-8)


def taste_by_descent(a, b, answers, ridge):
    x = a - b
    w = np.zeros(x.shape[1])
    rate = 1 / (0.25 * np.linalg.norm(x, 2) ** 2 + ridge)
    for _ in range(2000):
        w = w - rate * (x.T @ (sigmoid(x @ w) - answers) + ridge * w)
    return w


def taste_with(differences=lambda a, b: a - b, answers=lambda y: y, ridge=lambda r, n: r):
    def answer(a, b, y, r):
        x = differences(a, b)
        return taste(x, np.zeros_like(x), answers(y), ridge(r, len(x)))

    return answer


def with_intercept(a, b, answers, ridge):
    x = np.hstack([a - b, np.ones((len(a), 1))])
    return taste(x, np.zeros_like(x), answers, ridge)[:-1]


def linear(a, b, answers, ridge):
    x = a - b
    return np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ (answers - 0.5))


def one_step(a, b, answers, ridge):
    x = a - b
    return 0.01 * x.T @ (answers - 0.5)


def steered(latents, w, amount):
    lengths = np.linalg.norm(latents, axis=1, keepdims=True)
    return unit(latents + amount * unit(w)) * lengths


def steered_in_a_loop(latents, w, amount):
    results = []
    for z in latents:
        moved = z + amount * w / np.sqrt(w @ w)
        results.append(moved * np.sqrt((z @ z) / (moved @ moved)))
    return results


def steered_with(step=lambda w: unit(w), length=None):
    def answer(latents, w, amount):
        moved = latents + amount * step(w)
        return moved if length is None else unit(moved) * length(latents)

    return answer


def lengths(latents):
    return np.linalg.norm(latents, axis=1, keepdims=True)


RIGHT = {
    "arc": [arc, arc_in_a_plane, arc_by_where],
    "stretched": [stretched, stretched_by_svd],
    "taste": [taste, taste_by_descent, taste_until_flat],
    "steered": [steered, steered_in_a_loop],
}

WRONG = {
    "arc": [
        (lambda a, b, t: (1 - t[:, None]) * a + t[:, None] * b, "straight line"),
        (rescaled, "does not turn evenly"),
        (lambda a, b, t: arc(b, a, t), "from the end to the start"),
        (arc_with(lambda t, a, b: 1), "all lengths are 1"),
        (arc_with(lambda t, a, b: a), "stays that of the start"),
        (arc_with(unit_vectors=False), "different lengths"),
        (arc_with(lambda t, a, b: (1 - t) * a + t * b, divide=False), "division by sin"),
        (arc_with(lambda t, a, b: (1 - t) * a + t * b, guard=False), "sin θ is 0"),
        (arc_with(lambda t, a, b: (1 - t) * a + t * b, clip=False), "np.clip(u @ v, -1, 1)"),
        (lambda a, b, t: arc(a, b, t)[0], "has shape"),
    ],
    "stretched": [
        (smallest, "stretched least"),
        (growing, "strongest direction comes first"),
        (of_activations, "has shape"),
        (rows, "columns of what eigh returns"),
        (rows_of_reversed_columns, "take columns, not rows"),
        (with_values(np.sqrt), "the stretches themselves"),
        (with_values(lambda v: v / v.sum()), "These are shares"),
        (with_values(lambda v: v / 6), "nothing is averaged"),
        (lambda kernel, k: stretched(kernel, k)[0], "return two things"),
        (lambda kernel, k: (2 * stretched(kernel, k)[0], stretched(kernel, k)[1]), "unit vectors"),
    ],
    "taste": [
        (taste_with(answers=lambda y: 1 - y), "sign is turned round"),
        (taste_with(ridge=lambda r, n: 2 * r), "twice as much"),
        (taste_with(ridge=lambda r, n: r / 2), "half as much"),
        (taste_with(ridge=lambda r, n: r * n), "mean over answers"),
        (taste_with(differences=lambda a, b: a), "Only the images A"),
        (linear, "linear regression"),
        (with_intercept, "intercept"),
        (lambda *given: unit(taste(*given)), "unit vector"),
        (one_step, "long enough"),
        (lambda a, b, y, r: taste(a, b, y, r)[None], "has shape"),
    ],
    "steered": [
        (steered_with(), "lengths have changed: the generator"),
        (steered_with(lambda w: w, lengths), "Make it a unit"),
        (steered_with(lambda w: w), "and the lengths of the"),
        (steered_with(lambda w: -unit(w), lengths), "against w"),
        (steered_with(length=lambda z: lengths(z).mean()), "same length now"),
        (steered_with(length=lambda z: 1.0), "the length 1"),
        (steered_with(length=lambda z: np.sqrt(z.shape[1])), "usual length"),
    ],
}  # fmt: skip
