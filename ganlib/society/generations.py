"""Models that learn from what earlier models drew: a bell in the plane, over many generations."""

import numpy as np

from ganlib.support.validation import share_of, whole_number

__all__ = ["DATA", "expected_spread", "generations", "modes_left"]

# What the next generation learns from.
DATA = ("replaced", "accumulated", "sampled")


def generations(
    data: str = "replaced",
    *,
    points: int = 50,
    steps: int = 200,
    runs: int = 100,
    fresh: float = 0.0,
    keep_real: bool = True,
    model: str = "bell",
    seed: int = 0,
) -> np.ndarray:
    """Fit a model to points in the plane, draw as many from it, fit the next to those, and so on.

    The real points are standard normal in both coordinates.

    Args:
        data: what a generation learns from. "replaced": what the last one drew; "accumulated":
            the real points and all that was drawn so far; "sampled": as many of those as there
            were real points, drawn at random.
        points: how many real points there are, and how many each generation draws.
        steps: how many generations.
        runs: how many independent repetitions.
        fresh: share of what each generation learns from that is real and new, in place of drawn
            points; only with "replaced".
        keep_real: whether "accumulated" and "sampled" keep the real points; if not, only the first
            model learns from them.
        model: "bell", a normal distribution with the mean and covariance of the points (divided by
            their number); or "kernel", a small bell around each point, as wide as the rule of
            Scott says.
        seed: of NumPy's generator.

    Returns:
        float64 ``(runs, steps + 1)``: half the trace of the covariance of what each model draws,
        1 for the real distribution; column 0 is that of the model of real points.

    Raises:
        TypeError, ValueError: unknown data or model, or a number out of range.
    """
    for value, name, known in ((data, "data", DATA), (model, "model", ("bell", "kernel"))):
        if value not in known:
            raise ValueError(f"{name} is {value!r}, but must be one of {', '.join(known)}.")
    points, steps = whole_number(points, "points", 3), whole_number(steps, "steps", 1)
    runs = whole_number(runs, "runs", 1)
    new = share_of(fresh, "fresh", points)
    if fresh and data != "replaced":
        raise ValueError(f"fresh is {fresh}, but must be 0 with data={data!r}: use 'replaced'.")
    if not keep_real and data == "replaced":
        raise ValueError("keep_real=False changes nothing with data='replaced', which keeps none.")
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    pool = np.zeros((runs, points * (steps + 1), 2))
    pool[:, :points] = rng.standard_normal((runs, points, 2))
    learned, spread = pool[:, :points], np.zeros((runs, steps + 1))
    start = 0 if keep_real else points
    for step in range(steps + 1):
        drawn, spread[:, step] = _draw(rng, learned, points, model)
        if step == steps:
            break
        end = (step + 2) * points
        pool[:, end - points : end] = drawn
        if data == "accumulated":
            learned = pool[:, start:end]
        elif data == "sampled":
            rows = rng.integers(start, end, (runs, points))
            learned = np.take_along_axis(pool, rows[:, :, None], axis=1)
        else:
            learned = drawn
            learned[:, :new] = rng.standard_normal((runs, new, 2))
    return spread


def _draw(
    rng: np.random.Generator, learned: np.ndarray, points: int, model: str
) -> tuple[np.ndarray, np.ndarray]:
    """Points drawn from each run's model, and half the trace of that model's covariance."""
    runs, n, _ = learned.shape
    mean = learned.mean(axis=1, keepdims=True)
    centred = learned - mean
    covariance = np.einsum("rni,rnj->rij", centred, centred) / n
    spread = np.trace(covariance, axis1=1, axis2=2) / 2
    noise = rng.standard_normal((runs, points, 2))
    values, directions = np.linalg.eigh(covariance)
    root = directions * np.sqrt(np.maximum(values, 0))[:, None, :]
    if model == "bell":
        return mean + np.einsum("rij,rnj->rni", root, noise), spread
    width = n ** (-1 / 6)  # Scott's rule in the plane, in standard deviations
    rows = rng.integers(0, n, (runs, points))
    around = np.take_along_axis(learned, rows[:, :, None], axis=1)
    return around + width * np.einsum("rij,rnj->rni", root, noise), spread * (1 + width**2)


def expected_spread(data: str, points: int, steps: int) -> np.ndarray:
    """What ``generations`` of bells returns on average, from the theory.

    With n points the fitted variance is (1 − 1/n) of the variance they come from, on average.

    Args:
        data: "replaced" or "accumulated".
        points: n.
        steps: how many generations.

    Returns:
        float64 ``(steps + 1,)``: (1 − 1/n)ᵗ⁺¹, or (1 − 1/n) times the product of 1 − 1/(n k²) over
        k from 2 to t + 1.

    >>> expected_spread("replaced", 50, 1).round(4).tolist()
    [0.98, 0.9604]
    """
    if data not in DATA[:2]:
        raise ValueError(f"data is {data!r}, but must be one of {', '.join(DATA[:2])}.")
    points, steps = whole_number(points, "points", 2), whole_number(steps, "steps", 0)
    factors = np.full(steps + 1, 1 - 1 / points)
    if data == "accumulated":
        factors[1:] = 1 - 1 / (points * np.arange(2, steps + 2) ** 2.0)
    return np.cumprod(factors)


def modes_left(
    data: str, shares: np.ndarray, points: int, steps: int, runs: int = 200, seed: int = 0
) -> np.ndarray:
    """How many kinds of picture a chain of models still draws, if each draws by the shares it saw.

    Args:
        data: "replaced" or "accumulated", as for ``generations``.
        shares: float ``(k,)``, the shares of the kinds among real pictures, with the sum 1.
        points: how many pictures each generation draws.
        steps: how many generations.
        runs: how many independent repetitions.
        seed: of NumPy's generator.

    Returns:
        int64 ``(runs, steps + 1)``: how many kinds occur among the pictures that each generation
        drew, first among the real ones.

    Raises:
        TypeError, ValueError: unknown data, shares whose sum is not 1, or a number out of range.
    """
    if data not in DATA[:2]:
        raise ValueError(f"data is {data!r}, but must be one of {', '.join(DATA[:2])}.")
    shares = np.asarray(shares, float)
    if shares.ndim != 1 or (shares < 0).any() or abs(shares.sum() - 1) > 1e-9:
        raise ValueError(f"shares are {shares}, but must be 0 or more with the sum 1.")
    points, steps = whole_number(points, "points", 1), whole_number(steps, "steps", 1)
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    seen = rng.multinomial(points, shares, whole_number(runs, "runs", 1))
    left = [(seen > 0).sum(axis=1)]
    for _ in range(steps):
        drawn = rng.multinomial(points, seen / seen.sum(axis=1, keepdims=True))
        seen = seen + drawn if data == "accumulated" else drawn
        left.append((drawn > 0).sum(axis=1))
    return np.stack(left, axis=1)
