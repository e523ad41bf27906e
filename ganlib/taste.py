"""Personal content for simulated readers: learn a taste from answers, choose or make what fits.

A reader has a hidden taste for what can be measured in an image, and answers "this one or that
one?" with some noise. The system knows only the latents of the two images and the answer. From them
it learns a direction in latent space, by logistic regression on differences (Bradley & Terry 1952).

>>> reader = Reader(np.array([0.6, 0.8]), firmness=2.0)
>>> reader.likes(np.array([[1.0, 0.0], [0.0, 1.0]])).tolist()
[0.6, 0.8]
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ganlib import control
from ganlib.support.numeric_arrays import finite
from ganlib.support.validation import real_number, share_of, whole_number

__all__ = [
    "Catalogue",
    "Feed",
    "Reader",
    "catalogue",
    "feed",
    "interview",
    "learn",
    "readers",
    "spread",
    "steered",
]

RIDGE = 10.0  # the strength of the prior for w; between 1 and 30 it hardly matters here


@dataclass(frozen=True)
class Reader:
    """A simulated reader.

    Attributes:
        taste: how much each measure counts, ``(measures,)``; or several such interests,
            ``(interests, measures)``, of which an image need serve only one.
        firmness: how surely the reader answers; 0 means at random, like the toss of a coin.
    """

    taste: np.ndarray
    firmness: float = 2.0

    def __post_init__(self) -> None:
        finite(np.atleast_2d(self.taste), "taste", ("interests", "measures"))
        real_number(self.firmness, "firmness", least=0)

    def likes(self, facts: ArrayLike) -> np.ndarray:
        """How much the reader likes images with these facts ``(n, measures)``."""
        interests = np.atleast_2d(self.taste)
        return (finite(facts, "facts", ("n", interests.shape[1])) @ interests.T).max(axis=1)

    def prefers(self, first: ArrayLike, second: ArrayLike, rng: np.random.Generator) -> np.ndarray:
        """Answers to "A or B?": whether A, with probability σ(firmness · (likes A − likes B)).

        Args:
            first: facts of the images A, ``(n, measures)``.
            second: facts of the images B, the same shape.
            rng: draws the answers.
        """
        first = finite(first, "first", ("n", "measures"))
        second = finite(second, "second", first.shape)
        apart = self.firmness * (self.likes(first) - self.likes(second))
        return _generator(rng).random(len(apart)) < _sigmoid(apart)


def readers(n: int, measures: int, shared: float = 0.0, seed: int = 0) -> list[Reader]:
    """Readers with random tastes of length 1.

    Args:
        n: how many.
        measures: numbers in a taste.
        shared: in [0, 1]: 0 for tastes that have nothing to do with each other, 1 for one taste.
        seed: fixes the tastes.
    """
    n, measures = whole_number(n, "n", 1), whole_number(measures, "measures", 1)
    shared = real_number(shared, "shared", least=0, most=1)
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    common, own = _units(rng.standard_normal((1, measures))), rng.standard_normal((n, measures))
    tastes = np.sqrt(shared) * common + np.sqrt(1 - shared) * _units(own)
    return [Reader(taste) for taste in _units(tastes)]


class Catalogue(NamedTuple):
    """Images that can be shown, with all that is known of them.

    Attributes:
        latents: float32 ``(n, latent_dim)``.
        images: uint8 ``(n, height, width, 3)``.
        facts: ``(n, measures)``, each measure with mean 0 and standard deviation 1 in the
            catalogue.
        mean: of the measures before that, ``(measures,)``.
        deviation: their standard deviations.
    """

    latents: np.ndarray
    images: np.ndarray
    facts: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    def facts_of(self, images: np.ndarray) -> np.ndarray:
        """The facts of other images, in the units of this catalogue."""
        return (control.measure(images) - self.mean) / self.deviation


def catalogue(draw: Callable[[np.ndarray], np.ndarray], latents: np.ndarray) -> Catalogue:
    """The catalogue of what a generator makes of these latents.

    Args:
        draw: latents ``(n, latent_dim)`` to uint8 images.
        latents: float32 ``(n, latent_dim)``.

    Raises:
        TypeError, ValueError: other latents or images, or a measure that is the same for all.
    """
    latents = finite(latents, "latents", ("n", "latent_dim"), least=2).astype(np.float32)
    images = draw(latents)
    measured = control.measure(images)
    mean, deviation = measured.mean(axis=0), measured.std(axis=0)
    spread = np.ptp(measured, axis=0)  # the deviation of equal numbers may be a rounding above 0
    if not (spread > 0).all():
        name = list(control.MEASURES)[spread.argmin()]
        raise ValueError(
            f"The measure {name!r} is the same for all {len(images)} images, but must differ: "
            "facts are in units of its standard deviation. Draw more latents."
        )
    return Catalogue(latents, images, (measured - mean) / deviation, mean, deviation)


def interview(
    reader: Reader, shown: Catalogue, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A reader's answers on n random pairs.

    Returns:
        The differences of the latents, A less B, ``(n, latent_dim)``, and the answers, 1 for A and
        0 for B, ``(n,)``.
    """
    a, b = _generator(rng).integers(len(shown.latents), size=(2, whole_number(n, "n", 1)))
    answers = reader.prefers(shown.facts[a], shown.facts[b], rng)
    return shown.latents[a] - shown.latents[b], answers.astype(np.float64)


def learn(differences: ArrayLike, answers: ArrayLike, ridge: float = RIDGE) -> np.ndarray:
    """A taste as a direction in latent space, by logistic regression without an intercept.

    P(A before B) = σ(w · (z_A − z_B)). The w that makes −log P of all answers plus
    ½ · ridge · ‖w‖² smallest, by Newton's method.

    Args:
        differences: ``(n, latent_dim)``.
        answers: ``(n,)``, 1 where A was preferred, 0 where B was.
        ridge: above 0; keeps w finite where some w would explain all answers perfectly.

    Returns:
        w, float64 ``(latent_dim,)``; of zeros where there are no answers yet.

    Raises:
        TypeError, ValueError: shapes that do not fit, what is no finite number, answers other than
            0 and 1, or no ridge.
    """
    differences = finite(differences, "differences", ("n", "latent_dim"), least=0)
    answers = finite(answers, "answers", (len(differences),))
    ridge = real_number(ridge, "ridge", above=0)
    if not np.isin(answers, (0, 1)).all():
        raise ValueError("answers must be 1 (A) or 0 (B).")
    w = np.zeros(differences.shape[1])

    def value(w: np.ndarray) -> float:
        logits = differences @ w
        return np.logaddexp(0, logits).sum() - answers @ logits + 0.5 * ridge * w @ w

    for _ in range(50):
        p = _sigmoid(differences @ w)
        slope = differences.T @ (p - answers) + ridge * w
        curvature = (differences.T * (p * (1 - p))) @ differences + ridge * np.eye(len(w))
        step = np.linalg.solve(curvature, slope)
        size = 1.0
        while value(w - size * step) > value(w) - 1e-4 * size * slope @ step and size > 1e-6:
            size /= 2
        w = w - size * step
        if np.abs(size * step).max() < 1e-9:
            break
    return w


def steered(latents: ArrayLike, direction: ArrayLike, amount: float) -> np.ndarray:
    """Latents moved along a direction, then brought back to the length that they had.

    Args:
        latents: ``(n, latent_dim)``.
        direction: ``(latent_dim,)``, of any length but 0.
        amount: how far to move before.

    Returns:
        float32 ``(n, latent_dim)``.

    Raises:
        TypeError, ValueError: latents or a direction of another shape, or one of zeros; or a move
            that ends at 0, which cannot be brought back to a length.
    """
    latents = finite(latents, "latents", ("n", "latent_dim"))
    direction = finite(direction, "direction", latents.shape[1:])
    length = np.linalg.norm(direction)
    if not length > 0:
        raise ValueError("The direction is zero: nothing has been learned yet.")
    moved = latents + real_number(amount, "amount") * direction / length
    lengths = np.linalg.norm(moved, axis=1)
    if not lengths.all():
        raise ValueError(
            f"Latent {lengths.argmin()} has moved to 0, which has no length to be scaled."
        )
    scale = np.linalg.norm(latents, axis=1) / lengths
    return (moved * scale[:, None]).astype(np.float32)


def spread(facts: ArrayLike) -> float:
    """How much images differ: the root mean variance of their facts, 1 for a whole catalogue."""
    return float(np.sqrt(finite(facts, "facts", ("n", "measures")).var(axis=0).mean()))


class Feed(NamedTuple):
    """What happened in a feed, round by round.

    Attributes:
        pages: which images of the catalogue were shown, ``(rounds, size)``.
        liking: how much the reader liked them, the mean of each round.
        belief: what the system has learned at the end, ``(latent_dim,)``.
    """

    pages: np.ndarray
    liking: np.ndarray
    belief: np.ndarray


def feed(
    reader: Reader,
    shown: Catalogue,
    rounds: int,
    size: int,
    explore: float,
    candidates: int,
    rng: np.random.Generator,
    later: Reader | None = None,
) -> Feed:
    """A loop: show what is believed to be liked, ask about it, believe anew.

    Args:
        reader: who answers: in each round the images of the page are compared in pairs.
        shown: the catalogue.
        rounds: how many.
        size: images on a page, an even number.
        explore: the share of them that is drawn at random, in [0, 1].
        candidates: random images of the catalogue among which each round finds the best.
        rng: draws candidates, random images and answers.
        later: who the reader has become in the second half; None for no change.

    Raises:
        TypeError, ValueError: a number is out of range, or the size is odd.
    """
    rounds, size = whole_number(rounds, "rounds", 1), whole_number(size, "size", 2)
    candidates = whole_number(candidates, "candidates", size, len(shown.latents))
    rng = _generator(rng)
    by_chance = share_of(explore, "explore", size)
    if size % 2:
        raise ValueError(f"size is {size}, but must be even: images are compared in pairs.")
    belief, pages, liking = np.zeros(shown.latents.shape[1]), [], []
    differences, answers = [], []
    for number in range(rounds):
        if later is not None and number == rounds // 2:
            reader = later
        some = rng.choice(len(shown.latents), candidates, replace=False)
        ranked = some[np.argsort(-(shown.latents[some] @ belief), kind="stable")]
        best, others = ranked[: size - by_chance], ranked[size - by_chance :]
        page = rng.permutation(np.concatenate([best, rng.choice(others, by_chance, False)]))
        a, b = page[: size // 2], page[size // 2 :]
        answers.append(reader.prefers(shown.facts[a], shown.facts[b], rng))
        differences.append(shown.latents[a] - shown.latents[b])
        belief = learn(np.concatenate(differences), np.concatenate(answers), RIDGE)
        pages.append(page)
        liking.append(reader.likes(shown.facts[page]).mean())
    return Feed(np.array(pages), np.array(liking), belief)


def _generator(rng: np.random.Generator) -> np.random.Generator:
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng is {rng!r}, but must be a NumPy generator, such as np.random.default_rng(0)."
        )
    return rng


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))


def _units(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
