"""A number that says of what it is, of how many images, and how far it can be trusted."""

from typing import Self

__all__ = ["Score"]

CAUTION = {
    "classifier Fréchet distance": "not FID",
    "classifier kernel distance": "not KID",
    "classifier score": "not the Inception score",
}


class Score(float):
    """A number that knows what it is.

    It counts as a float everywhere; printed, it says where it comes from.

    Attributes:
        name: what was measured.
        n: how many images each set has.
        network: which features.
        floor: the value to be expected of two sets of real images of these sizes, where theory
            gives it, else None.
        error: the standard error of the value, from 10 disjoint random parts of the images; None
            where there are fewer than 20 images, or where none is estimated. The parts are the same
            at every call.
    """

    def __new__(
        cls,
        value: float,
        name: str = "score",
        n: tuple[int, ...] = (),
        network: str = "",
        floor: float | None = None,
        error: float | None = None,
    ) -> Self:
        """Make the float and note what it is."""
        score = super().__new__(cls, value)
        score.name, score.n, score.network = name, n, network
        score.floor, score.error = floor, error
        return score

    def __repr__(self) -> str:
        error = "" if self.error is None else f" ± {self.error:.2g}"
        floor = "" if self.floor is None else f"; real against real: about {self.floor:.2g}"
        caution = (
            f"; {CAUTION[self.name]}, not comparable with papers" if self.name in CAUTION else ""
        )
        sizes = " and ".join(map(str, self.n))
        return f"{self.name} {float(self):.4g}{error} (n = {sizes}, {self.network}{floor}{caution})"

    __str__ = __repr__
