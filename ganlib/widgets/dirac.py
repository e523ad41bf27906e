"""The Dirac-GAN, a game of two numbers: the path they take, and the eigenvalues that explain it."""

from typing import TYPE_CHECKING

import numpy as np

from ganlib import plots
from ganlib.support.validation import real_number, whole_number
from ganlib.widgets.explorer import explorer
from ganlib.widgets.picture import MovingPicture

if TYPE_CHECKING:
    import ipywidgets
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["dirac_explorer", "dirac_figure", "dirac_matrix", "dirac_path"]

RULES = ("in turn", "both at once")
LOSSES = ("minimax", "non_saturating", "wasserstein")
START = (1.0, 0.0)
STEPS = 300
FAR = 100.0  # a path that is so far away does not come back; the rest of it is NaN
SIZE = (8.4, 4.0)  # inches
SHOWN = 2.2  # half the side of the square that shows the path
EVEN = 1e-9  # how near to 1 the size of an eigenvalue counts as 1


def dirac_path(
    rule: str = "in turn",
    g_rate: float = 0.2,
    d_rate: float = 0.2,
    gamma: float = 0.0,
    loss: str = "minimax",
    steps: int = STEPS,
) -> np.ndarray:
    """Play the Dirac-GAN of Mescheder et al. 2018 (arXiv 1801.04406): the path of its two numbers.

    All data are at 0. The generator draws the one number θ, the discriminator has the logit ψx.
    Each step of a player is one of gradient descent on its loss; to that of D, R1 adds γψ²/2.

    Args:
        rule: "in turn", D first and G against the new D, or "both at once".
        g_rate: the generator's learning rate, above 0.
        d_rate: the discriminator's.
        gamma: the weight of R1, 0 or more.
        loss: "minimax", "non_saturating" or "wasserstein".
        steps: how many steps each player makes.

    Returns:
        float64 ``(steps + 1, 2)``: θ and ψ, from (1, 0) on. Where the path is more than 100 away
        from the origin it ends, and NaN follow.

    Raises:
        TypeError, ValueError: an unknown rule or loss, or a number out of range.

    >>> dirac_path("both at once", loss="wasserstein", steps=1)[-1].tolist()
    [1.0, -0.2]
    """
    g_rate, d_rate, gamma = _checked(rule, g_rate, d_rate, gamma, loss)
    path = np.full((whole_number(steps, "steps", 1) + 1, 2), np.nan)
    theta, psi = path[0] = START
    for row in range(1, len(path)):
        seen = psi
        psi = psi - d_rate * (theta * _certainty(loss, psi * theta) + gamma * psi)
        if rule == "in turn":
            seen = psi
        doubt = -seen * theta if loss == "non_saturating" else seen * theta
        theta = theta + g_rate * seen * _certainty(loss, doubt)
        if np.hypot(theta, psi) > FAR:
            break
        path[row] = theta, psi
    return path


def dirac_matrix(
    rule: str = "in turn",
    g_rate: float = 0.2,
    d_rate: float = 0.2,
    gamma: float = 0.0,
    loss: str = "minimax",
) -> np.ndarray:
    """What one step of ``dirac_path`` does to (θ, ψ) near the equilibrium (0, 0), as a matrix.

    Args:
        rule: as for ``dirac_path``, like all others.
        g_rate: the generator's learning rate.
        d_rate: the discriminator's.
        gamma: the weight of R1.
        loss: what the players minimise.

    Returns:
        float64 ``(2, 2)``. A path near the equilibrium comes nearer if all eigenvalues are smaller
        than 1 in size; of a path that is far off they say nothing.

    Raises:
        TypeError, ValueError: as ``dirac_path``.

    >>> sizes = abs(np.linalg.eigvals(dirac_matrix("both at once", 0.2, 0.2)))
    >>> [round(float(size) ** 2, 6) for size in sizes]
    [1.01, 1.01]
    """
    g_rate, d_rate, gamma = _checked(rule, g_rate, d_rate, gamma, loss)
    slope = _certainty(loss, 0.0)
    d_moves = np.array([[1.0, 0.0], [-d_rate * slope, 1 - d_rate * gamma]])
    g_moves = np.array([[1.0, g_rate * slope], [0.0, 1.0]])
    return g_moves @ d_moves if rule == "in turn" else g_moves + d_moves - np.eye(2)


def dirac_figure(
    rule: str = "in turn",
    g_rate: float = 0.2,
    d_rate: float = 0.2,
    gamma: float = 0.0,
    loss: str = "minimax",
    title: str | None = None,
) -> "Figure":
    """The picture that ``dirac_explorer`` shows for one position of its controls.

    Args:
        rule: as for ``dirac_path``, like the next four.
        g_rate: the generator's learning rate.
        d_rate: the discriminator's.
        gamma: the weight of R1.
        loss: what the players minimise.
        title: what the figure shows.

    Returns:
        A figure: the path on the left, the eigenvalues and the unit circle on the right.

    Raises:
        TypeError, ValueError: as ``dirac_path``.
    """
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=SIZE, dpi=100)
    _Board(figure, top=0.83).move(rule, g_rate, d_rate, gamma, loss)
    if title:
        figure.suptitle(title, x=0.01, y=0.985, ha="left")
    plt.close(figure)
    return figure


def dirac_explorer() -> "ipywidgets.VBox":
    """Controls for the rule, the loss, both learning rates and R1; the path and the eigenvalues.

    Returns:
        An ipywidgets box: the controls, and the picture under them.
    """
    import ipywidgets
    from matplotlib.figure import Figure

    board = _Board(Figure(figsize=SIZE, dpi=100), top=0.91)
    wide = {"style": {"description_width": "90px"}, "layout": ipywidgets.Layout(width="380px")}
    names = {"loss": LOSSES, "they move": RULES}
    loss, rule = (
        ipywidgets.Dropdown(options=list(options), description=name, **wide)
        for name, options in names.items()
    )
    g_rate, d_rate = (
        ipywidgets.FloatSlider(value=0.2, min=0.02, max=1, step=0.02, description=name, **wide)
        for name in ("G's step", "D's step")
    )
    gamma = ipywidgets.FloatSlider(value=0, min=0, max=2, step=0.05, description="γ of R1", **wide)
    picture = ipywidgets.Image(format="png")

    def show(change=None) -> None:
        board.move(rule.value, g_rate.value, d_rate.value, gamma.value, loss.value)
        picture.value = board.png()

    for control in (loss, rule, g_rate, d_rate, gamma):
        control.observe(show, names="value")
    show()
    return explorer([loss, rule], [g_rate, d_rate], gamma, picture)


def _certainty(loss: str, logit: float) -> float:
    """The slope of D's loss on a generated sample in its logit: σ(l), or 1 for Wasserstein."""
    return 1.0 if loss == "wasserstein" else float(1 + np.tanh(logit / 2)) / 2


def _checked(
    rule: str, g_rate: float, d_rate: float, gamma: float, loss: str
) -> tuple[float, float, float]:
    """The three numbers as floats; refuses what cannot be played."""
    for name, value, known in (("rule", rule, RULES), ("loss", loss, LOSSES)):
        if value not in known:
            raise ValueError(f"{name} is {value!r}, but must be one of {', '.join(known)}.")
    gamma = real_number(gamma, "gamma", least=0)
    return real_number(g_rate, "g_rate", above=0), real_number(d_rate, "d_rate", above=0), gamma


class _Board:
    """The picture."""

    def __init__(self, figure: "Figure", top: float):
        plane, circle = figure.subplots(
            1, 2, gridspec_kw={"left": 0.075, "right": 0.985, "bottom": 0.13, "top": top}
        )
        self._set_up(plane, SHOWN, r"$\theta$, where $G$ draws", r"$\psi$, slope of $D$'s logit")
        self._set_up(circle, 1.5, "real part", "imaginary part")
        plane.plot(0, 0, "*", color="black", markersize=12)
        plane.plot(*START, "o", color=plots.FAKE)
        angles = np.linspace(0, 2 * np.pi, 200)
        circle.plot(np.cos(angles), np.sin(angles), color="0.7", linewidth=1)
        circle.annotate("size 1", (-0.72, 0.72), ha="right", fontsize=9, color="0.4")
        self.moving = {
            "path": plane.plot([], [], ".-", color="0.4", markersize=3, linewidth=0.8)[0],
            "eigenvalues": circle.plot([], [], "D", color=plots.GENERATOR)[0],
            "path title": plane.text(0, 1.03, "", transform=plane.transAxes, fontsize=10.5),
            "circle title": circle.text(0, 1.03, "", transform=circle.transAxes, fontsize=10.5),
        }
        self.picture = MovingPicture(figure, self.moving.values())

    def _set_up(self, axes: "Axes", side: float, xlabel: str, ylabel: str) -> None:
        axes.axhline(0, color="0.9", linewidth=0.8, zorder=0)
        axes.axvline(0, color="0.9", linewidth=0.8, zorder=0)
        axes.set(xlim=(-side, side), ylim=(-side, side), xlabel=xlabel, ylabel=ylabel)
        axes.set_aspect("equal")

    def move(self, *position) -> None:
        """Draw the path and the eigenvalues for these arguments of ``dirac_path``."""
        path = dirac_path(*position)
        eigenvalues = np.linalg.eigvals(dirac_matrix(*position)).astype(complex)
        largest = np.abs(eigenvalues).max()
        self.moving["path"].set_data(*path.T)
        self.moving["eigenvalues"].set_data(eigenvalues.real, eigenvalues.imag)
        radius = np.hypot(*path[-1])
        self.moving["path title"].set_text(
            f"after {STEPS} steps at a distance of {radius:.2g}"
            if np.isfinite(radius)
            else "out of sight"
        )
        if abs(largest - 1) < EVEN:
            says = "on the circle"
        else:
            says = "outwards" if largest > 1 else "inwards"
        self.moving["circle title"].set_text(f"size of the largest: {largest:.4f}, {says}")

    def png(self) -> bytes:
        """The picture as a PNG file."""
        return self.picture.encoded("png", compress_level=1)
