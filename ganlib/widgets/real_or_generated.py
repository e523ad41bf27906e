"""Two images, one generated: which? A test of people, and the interval that belongs to it."""

import math
from typing import TYPE_CHECKING

import numpy as np

from ganlib.support import validation
from ganlib.widgets.explorer import explorer
from ganlib.widgets.latent import png

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["image_pairs", "real_or_generated", "wilson_interval"]

Z = 1.959964  # a normal variable lies within ± this with a probability of 95 %


def wilson_interval(right: int, n: int) -> tuple[float, float]:
    """The rates of success that n answers leave possible, at 95 % (Wilson 1927).

    All rates p for which the share right / n lies within 1.96 standard deviations of p, each rate
    with its own deviation ``sqrt(p (1 - p) / n)``. So it is never empty and never leaves [0, 1],
    not even with no or all answers right.

    Args:
        right: how many were right.
        n: of how many, at least 1.

    Raises:
        TypeError, ValueError: no whole numbers, or more right ones than answers.

    >>> [round(bound, 3) for bound in wilson_interval(8, 10)]
    [0.49, 0.943]
    """
    n = validation.whole_number(n, "n", 1)
    right = validation.whole_number(right, "right", 0, n)
    share, extra = right / n, Z**2 / n
    middle = (share + extra / 2) / (1 + extra)
    half = Z * math.sqrt(share * (1 - share) / n + extra / (4 * n)) / (1 + extra)
    # Rounding may miss the ends by a last digit.
    return (middle - half if right else 0.0), (middle + half if right < n else 1.0)


def image_pairs(
    real: np.ndarray, fake: np.ndarray, n: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a real and a generated image, drawn at random, sides at random too.

    Args:
        real: uint8 images ``(n, height, width, channels)``.
        fake: likewise.
        n: how many pairs. No image comes twice while there are enough of them.
        seed: of the draw.

    Returns:
        Images ``(n, 2, height, width, channels)``, left and right; and bools ``(n,)``, whether the
        left one is generated.

    Raises:
        TypeError, ValueError: no images, or two sets that differ in shape or type.
    """
    n, seed = validation.whole_number(n, "n", 1), validation.whole_number(seed, "seed", 0)
    real, fake = validation.images(real, "real"), validation.images(fake, "fake")
    for images, name in ((real, "real"), (fake, "fake")):
        if images.dtype != np.uint8:
            raise TypeError(
                f"{name} are {images.dtype}, but must be uint8: ganlib.data.to_uint8 makes bytes."
            )
    if real.shape[1:] != fake.shape[1:]:
        raise ValueError(
            f"real are {real.shape[1:]} and fake {fake.shape[1:]}, but must have one shape."
        )
    rng = np.random.default_rng(seed)
    chosen = [images[_without_repetition(rng, len(images), n)] for images in (real, fake)]
    fake_left = rng.random(n) < 0.5
    pairs = np.stack(chosen, axis=1)
    pairs[fake_left] = pairs[fake_left][:, ::-1]
    return pairs, fake_left


def real_or_generated(
    real: np.ndarray, fake: np.ndarray, scale: int = 5, seed: int = 0
) -> "ipywidgets.VBox":
    """Pairs without end, two buttons to say which image is generated, and what the answers show.

    Args:
        real: uint8 images, as for ``image_pairs``.
        fake: likewise.
        scale: screen pixels per image pixel.
        seed: of the draw.

    Returns:
        An ipywidgets box: the pair, the buttons, and the share of right answers with its interval.

    Raises:
        TypeError, ValueError: as ``image_pairs``.
    """
    import ipywidgets

    scale = validation.whole_number(scale, "scale", 1)
    pairs, fake_left = image_pairs(real, fake, max(len(real), len(fake)), seed)
    picture = ipywidgets.Image(format="png")
    said = ipywidgets.HTML()
    left, right = (
        ipywidgets.Button(description=f"the {side} one is generated", layout={"width": "220px"})
        for side in ("left", "right")
    )
    answers: list[bool] = []

    def show() -> None:
        pair = pairs[len(answers) % len(pairs)]
        gap = np.full((pair.shape[1], 4, pair.shape[3]), 255, np.uint8)
        picture.value = png(np.concatenate([pair[0], gap, pair[1]], axis=1)[None], scale)
        said.value = _said(answers)

    def answer(says_left: bool) -> None:
        answers.append(says_left == bool(fake_left[len(answers) % len(pairs)]))
        show()

    left.on_click(lambda _: answer(True))
    right.on_click(lambda _: answer(False))
    show()
    return explorer(picture, [left, right], said)


def _said(answers: list[bool]) -> str:
    """What the answers so far show."""
    if not answers:
        return "One of the two is generated. Which?"
    low, high = wilson_interval(sum(answers), len(answers))
    return (
        f"{'Right' if answers[-1] else 'Wrong'}. {sum(answers)} of {len(answers)} right; your rate "
        f"lies between {low:.2f} and {high:.2f} (95 % interval)."
    )


def _without_repetition(rng: np.random.Generator, images: int, n: int) -> np.ndarray:
    """n places among so many images, each once before any comes twice."""
    rounds = [rng.permutation(images) for _ in range(-(-n // images))]
    return np.concatenate(rounds)[:n]
