"""The game on a line: move and widen p_g, and watch the best D, V and the divergences change."""

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ganlib import plots, theory
from ganlib.widgets.explorer import explorer
from ganlib.widgets.picture import MovingPicture

if TYPE_CHECKING:
    import ipywidgets
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

__all__ = ["TARGETS", "Game", "minimax_explorer", "minimax_figure", "minimax_game"]

# What the data may look like: means, standard deviations and weights of the parts of a mixture.
TARGETS = {
    "two hills": ((-2.0, 2.5), (0.8, 0.6), (0.6, 0.4)),
    "one hill": ((0.0,), (1.0,), (1.0,)),
}
X = np.linspace(-20.0, 20.0, 801)
SHOWN = (-8.0, 8.0)  # the part of X that the figure shows
MEANS = np.linspace(-5.0, 5.0, 51)  # where the slider goes
STDS = (0.5, 3.0)
SIZE = (9.0, 5.4)  # inches
# Each divergence, in the colour of the density that it takes a mean over: blue p_data, orange p_g.
DIVERGENCES = {
    "forward_kl": ("KL(p_data‖p_g)", plots.REAL, ":"),
    "reverse_kl": ("KL(p_g‖p_data)", plots.FAKE, "--"),
    "wasserstein": ("Wasserstein", "#7B4FA3", "-."),
    "jensen_shannon": ("JSD", "#009E73", "-"),
}


@dataclass(frozen=True)
class Game:
    """Where the game stands.

    Attributes:
        p_data: density of the data on the grid ``X``.
        p_g: density of the generated samples.
        d: the discriminator's probabilities.
        value: V(D, G) of this discriminator.
        best_value: V(D, G) of the best discriminator.
        forward_kl: KL(p_data ‖ p_g) in nats.
        reverse_kl: KL(p_g ‖ p_data) in nats.
        jensen_shannon: in nats.
        wasserstein: in the unit of x.
    """

    p_data: np.ndarray
    p_g: np.ndarray
    d: np.ndarray
    value: float | np.ndarray
    best_value: float | np.ndarray
    forward_kl: float | np.ndarray
    reverse_kl: float | np.ndarray
    jensen_shannon: float | np.ndarray
    wasserstein: float | np.ndarray


def minimax_game(
    target: str,
    mean: float | np.ndarray,
    std: float,
    held: tuple[float, float] | None = None,
) -> Game:
    """The game between data and a normal p_g.

    Args:
        target: what the data look like, a key of ``TARGETS``.
        mean: of p_g, a number; or numbers ``(k, 1)`` for k games at once.
        std: standard deviation of p_g.
        held: None for the best discriminator of this p_g; the mean and std of another p_g for the
            one that was best against that.

    Returns:
        The ``Game``.

    Raises:
        ValueError: unknown target.

    >>> equal = minimax_game("one hill", mean=0, std=1)
    >>> bool(np.allclose(equal.d, 0.5)), round(float(equal.value), 4)
    (True, -1.3863)
    """
    if target not in TARGETS:
        raise ValueError(f"There is no target {target!r}. Known: {', '.join(TARGETS)}.")
    p_data = theory.mixture(X, *TARGETS[target])
    p_g = theory.normal(X, mean, std)
    best = theory.optimal_discriminator(p_data, p_g)
    if held is None:
        d = best
    else:
        d = theory.optimal_discriminator(p_data, theory.normal(X, *held))
    return Game(
        p_data,
        p_g,
        d,
        value=theory.value(p_data, p_g, d, X),
        best_value=theory.value(p_data, p_g, best, X),
        forward_kl=theory.kullback_leibler(p_data, p_g, X),
        reverse_kl=theory.kullback_leibler(p_g, p_data, X),
        jensen_shannon=theory.jensen_shannon(p_data, p_g, X),
        wasserstein=theory.wasserstein(p_data, p_g, X),
    )


@functools.lru_cache(maxsize=64)
def _sweep(target: str, std: float, held: tuple[float, float] | None) -> Game:
    """The games for all means on the slider, at once."""
    return minimax_game(target, MEANS[:, None], std, held)


def minimax_figure(
    target: str = "two hills",
    mean: float = 0.5,
    std: float = 1.5,
    held: tuple[float, float] | None = None,
    title: str | None = None,
) -> "Figure":
    """The picture that ``minimax_explorer`` shows for one position of its sliders.

    Args:
        target: as for ``minimax_game``.
        mean: of p_g, a number.
        std: of p_g.
        held: as for ``minimax_game``.
        title: what the figure shows.

    Returns:
        A figure: the densities, D, V over the mean of p_g, and the divergences over that mean.

    Raises:
        ValueError: unknown target.
    """
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=SIZE, dpi=100)
    _Board(figure, top=0.86).move(target, mean, std, held)
    if title:
        figure.suptitle(title, x=0.01, y=0.985, ha="left")
    plt.close(figure)
    return figure


def minimax_explorer() -> "ipywidgets.VBox":
    """Sliders that move and widen p_g, and a picture of D, V and the divergences.

    Returns:
        An ipywidgets box: the controls, and the picture under them. The box "hold D" keeps the
        present discriminator while p_g goes on.
    """
    import ipywidgets
    from matplotlib.figure import Figure

    board = _Board(Figure(figsize=SIZE, dpi=100), top=0.94)
    wide = {"style": {"description_width": "90px"}, "layout": ipywidgets.Layout(width="430px")}
    target = ipywidgets.Dropdown(options=list(TARGETS), description="data", **wide)
    mean = ipywidgets.FloatSlider(
        value=0.5, min=MEANS[0], max=MEANS[-1], step=0.1, description="mean of p_g", **wide
    )
    std = ipywidgets.FloatSlider(
        value=1.5, min=STDS[0], max=STDS[1], step=0.1, description="std of p_g", **wide
    )
    hold = ipywidgets.Checkbox(value=False, description="hold D", indent=False)
    picture = ipywidgets.Image(format="png")
    held: tuple[float, float] | None = None

    def show(change=None) -> None:
        nonlocal held
        if change is not None and change["owner"] is target:
            hold.value = False  # the D that was held belongs to other data
        if not hold.value:
            held = None
        elif held is None:
            held = (mean.value, std.value)
        board.move(target.value, mean.value, std.value, held)
        picture.value = board.png()

    for control in (target, mean, std, hold):
        control.observe(show, names="value")
    show()
    return explorer([target, hold], mean, std, picture)


class _Board:
    """The picture."""

    def __init__(self, figure: "Figure", top: float):
        self.figure = figure
        (density, value), (answer, divergence) = figure.subplots(
            2,
            2,
            gridspec_kw={
                "left": 0.068,
                "right": 0.985,
                "bottom": 0.09,
                "top": top,
                "wspace": 0.19,
                "hspace": 0.48,
            },
        )
        self.moving = {}  # name: artist
        self._left(density, answer)
        self._right(value, divergence)
        self.picture = MovingPicture(figure, self.moving.values())

    def _left(self, density: "Axes", answer: "Axes") -> None:
        for axes in (density, answer):
            axes.set(xlim=SHOWN)
        _set_up(density, "The two densities", ylim=(0, 0.85), ylabel="density", xlabel="x")
        _set_up(answer, "", ylim=(-0.03, 1.03), ylabel="D(x)", xlabel="x")
        _level(answer, 0.5, "½")
        flat = np.zeros_like(X)
        self.moving |= {
            "p_data": density.plot(X, flat, color=plots.REAL, label=r"$p_{data}$, real")[0],
            "p_g": density.plot(X, flat, "--", color=plots.FAKE, label=r"$p_g$, generated")[0],
            "d": answer.plot(X, flat, color=plots.DISCRIMINATOR)[0],
            "d title": _heading(answer),
        }
        density.legend(frameon=False, loc="upper right", fontsize=9)

    def _right(self, value: "Axes", divergence: "Axes") -> None:
        for axes in (value, divergence):
            axes.set(xlim=(MEANS[0], MEANS[-1]))
        _set_up(value, "", ylim=(-2.4, 0.1), ylabel="V (nats)")
        _set_up(divergence, "", ylim=(0, 3), ylabel="nats, unit of x", xlabel="mean of p_g")
        _level(value, -np.log(4), "−log 4")
        _level(divergence, np.log(2), "log 2")
        flat = np.zeros_like(MEANS)
        black = plots.DISCRIMINATOR
        self.moving |= {
            "best": value.plot(MEANS, flat, color=black)[0],
            "held": value.plot(MEANS, flat, "--", color=black)[0],
            "value here": value.plot([0], [0], "o", color=plots.GENERATOR)[0],
            "value title": _heading(value),
        }
        for name, (label, colour, style) in DIVERGENCES.items():
            self.moving[name] = divergence.plot(MEANS, flat, style, color=colour, label=label)[0]
            self.moving[f"{name} here"] = divergence.plot([0], [0], "o", color=colour)[0]
        self.moving["legend"] = divergence.legend(
            loc="lower left",
            bbox_to_anchor=(-0.03, 0.98),
            ncols=2,
            fontsize=9,
            frameon=False,
            columnspacing=1.5,
        )

    def move(self, target: str, mean: float, std: float, held: tuple[float, float] | None) -> None:
        """Put everything that moves in its place."""
        now, sweep = (
            minimax_game(target, mean, std, held),
            _sweep(target, round(float(std), 6), held),
        )
        moving = self.moving
        for name in ("p_data", "p_g", "d"):
            moving[name].set_ydata(getattr(now, name))
        moving["best"].set_ydata(sweep.best_value)
        moving["held"].set_ydata(sweep.value if held else np.full_like(MEANS, np.nan))
        moving["value here"].set_data([mean], [now.value])
        for name, text in zip(DIVERGENCES, moving["legend"].get_texts(), strict=True):
            here = getattr(now, name)
            moving[name].set_ydata(getattr(sweep, name))
            moving[f"{name} here"].set_data([mean], [here])
            text.set_text(f"{DIVERGENCES[name][0]} = {_short(here)}")
        if held:
            moving["d title"].set_text(
                f"D, held: the best against N({held[0]:.1f}, {held[1]:.1f}²)"
            )
            moving["value title"].set_text(
                f"V = {_short(now.value)}, with the best D {_short(now.best_value)} (solid)"
            )
        else:
            moving["d title"].set_text("The best D for this p_g")
            moving["value title"].set_text(f"V = {_short(now.value)} with the best D")

    def png(self) -> bytes:
        """The picture as a PNG file."""
        return self.picture.encoded("png", compress_level=1)


def _set_up(axes: "Axes", title: str, **settings) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.set(**settings)
    _heading(axes).set_text(title)


def _heading(axes: "Axes") -> "Text":
    return axes.text(0, 1.04, "", transform=axes.transAxes, fontsize=10.5)


def _level(axes: "Axes", height: float, name: str) -> None:
    """Draw a grey line with its name."""
    axes.axhline(height, color="0.75", linewidth=0.8, zorder=0)
    axes.annotate(
        name,
        (MEANS[-1], height),
        (-2, 2),
        textcoords="offset points",
        ha="right",
        fontsize=8,
        color="0.4",
    )


def _short(number: float) -> str:
    """A number in few digits: 0.218, −1.386, 38.2, below −100."""
    if number < -100:
        return "below −100"
    digits = 3 if abs(number) < 10 else 1
    return f"{number:.{digits}f}".replace("-", "−")
