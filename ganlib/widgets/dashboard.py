"""A moderator's dashboard: thresholds and reviewers, and what they cost and prevent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ganlib import plots
from ganlib.society.decisions import Outcome, moderate
from ganlib.society.moderation import Day
from ganlib.support.validation import real_number, whole_number
from ganlib.widgets.explorer import explorer
from ganlib.widgets.picture import MovingPicture

if TYPE_CHECKING:
    import ipywidgets
    from matplotlib.figure import Figure

__all__ = ["ORDERS", "moderation_dashboard", "moderation_figure"]

SIZE = (9.0, 3.9)  # inches
ORDERS = ("probability", "probability × views")
REVIEWS = 3_000  # as many at most
LOGITS = (-4.0, 5.0)  # where the threshold goes, in log-odds
CURVE = 40  # points of the trade-off curve
BARS = ("seen all the same", "prevented by people", "prevented unseen")


def moderation_figure(
    day: Day,
    logits: np.ndarray,
    threshold: float = 2.0,
    reviews: int = 1_000,
    order: str = ORDERS[1],
    title: str | None = None,
) -> "Figure":
    """The picture that ``moderation_dashboard`` shows for one position of its controls.

    Args:
        day: the day.
        logits: float ``(n,)``, log-odds of abuse, one for each post.
        threshold: log-odds above which a post is removed unseen, −4 or more.
        reviews: how many of the others people look at, up to 3,000.
        order: what they look at first, one of ``ORDERS``.
        title: what the figure shows.

    Returns:
        A figure: the trade-off between views prevented and honest posts removed, and the views of
        abusive posts by what became of them.

    Raises:
        TypeError, ValueError: an unknown order, logits that do not fit the day, or a number out of
            range.
    """
    import matplotlib.pyplot as plt

    threshold = real_number(threshold, "threshold", least=LOGITS[0])
    reviews = whole_number(reviews, "reviews", 0, REVIEWS)
    figure = plt.figure(figsize=SIZE, dpi=100)
    _Board(figure, day, {"": logits}, top=0.84 if title else 0.91).move(
        "", threshold, reviews, order
    )
    if title:
        figure.suptitle(title, x=0.01, y=0.98, ha="left", fontsize=11)
    plt.close(figure)
    return figure


def moderation_dashboard(day: Day, signals: Mapping[str, np.ndarray]) -> "ipywidgets.VBox":
    """Controls for what a platform does with its posts, and a picture of what comes of it.

    Args:
        day: the day.
        signals: name to log-odds of abuse, float ``(n,)``, such as those of the detector alone and
            of all signals together.

    Returns:
        An ipywidgets box: the controls, and the picture under them.

    Raises:
        ValueError: no signals, or some that do not fit the day.
    """
    import ipywidgets
    from matplotlib.figure import Figure

    board = _Board(Figure(figsize=SIZE, dpi=100), day, signals, top=0.91)
    wide = {"style": {"description_width": "170px"}, "layout": ipywidgets.Layout(width="450px")}
    names = list(signals)
    signal = ipywidgets.Dropdown(
        options=names, value=names[-1], description="the platform uses", **wide
    )
    order = ipywidgets.Dropdown(
        options=ORDERS, value=ORDERS[1], description="people look first at", **wide
    )
    threshold = ipywidgets.FloatSlider(
        value=2.0,
        min=LOGITS[0],
        max=LOGITS[1],
        step=0.25,
        description="remove above log-odds",
        **wide,
    )
    reviews = ipywidgets.IntSlider(
        value=1_000, min=0, max=REVIEWS, step=100, description="reviews a day", **wide
    )
    picture = ipywidgets.Image(format="png")

    def show(_=None) -> None:
        board.move(signal.value, threshold.value, reviews.value, order.value)
        picture.value = board.png()

    for control in (signal, order, threshold, reviews):
        control.observe(show, names="value")
    show()
    return explorer([signal, order], [threshold, reviews], picture)


class _Board:
    """The picture."""

    def __init__(self, figure: "Figure", day: Day, signals: Mapping[str, np.ndarray], top: float):
        if not signals:
            raise ValueError("signals is empty, but must hold the log-odds of one signal at least.")
        self.signals = {name: _Signal(day, name, logits) for name, logits in signals.items()}
        curve, bars = figure.subplots(
            1,
            2,
            gridspec_kw={
                "left": 0.08,
                "right": 0.985,
                "bottom": 0.15,
                "top": top,
                "width_ratios": (3, 2),
                "wspace": 0.5,
            },
        )
        for axes in (curve, bars):
            axes.spines[["top", "right"]].set_visible(False)
        curve.set(
            xlim=(1, 1e5),
            ylim=(0, 1),
            xscale="log",
            xlabel="honest posts removed",
            ylabel="share of abusive views prevented",
        )
        bars.set(xlim=(0, 1), ylim=(-0.6, 2.6), xlabel="share of abusive views")
        bars.set_yticks(range(3), BARS)
        line = {"color": plots.DISCRIMINATOR}
        self.moving = {
            "unseen": curve.plot([], [], "--", label="removed unseen alone", **line)[0],
            "curve": curve.plot([], [], "-", label="with these reviews", **line)[0],
            "here": curve.plot([], [], "o", color=plots.FAKE, markersize=9)[0],
            "curve title": curve.text(0, 1.04, "", transform=curve.transAxes, fontsize=10),
            "bars title": bars.text(-0.4, 1.04, "", transform=bars.transAxes, fontsize=10),
        }
        curve.legend(frameon=False, loc="upper left", fontsize=9)
        colours = (plots.FAKE, plots.REAL, plots.DISCRIMINATOR)
        for place, (name, colour) in enumerate(zip(BARS, colours, strict=True)):
            self.moving[name] = bars.barh(place, 0, color=colour)[0]
        self.picture = MovingPicture(figure, self.moving.values())

    def move(self, signal: str, threshold: float, reviews: int, order: str) -> None:
        """Show what comes of one position of the controls."""
        if order not in ORDERS:
            raise ValueError(f"order is {order!r}, but must be one of {', '.join(ORDERS)}.")
        used = self.signals[signal]
        for name, many in (("unseen", 0), ("curve", reviews)):
            x, y = used.curve(many, order)
            self.moving[name].set_data(np.maximum(x, 1), y)
        here = used.outcome(threshold, reviews, order)
        unseen = used.outcome(threshold, 0, order).prevented
        self.moving["here"].set_data([max(here.wrongly_removed, 1)], [here.prevented])
        shares = (1 - here.prevented, here.prevented - unseen, unseen)
        for name, share in zip(BARS, shares, strict=True):
            self.moving[name].set_width(share)
        self.moving["curve title"].set_text(
            f"{here.prevented:.0%} prevented, {here.wrongly_removed:,.0f} honest posts removed"
        )
        self.moving["bars title"].set_text(
            f"{here.removed_unseen:,} removed unseen, {here.reviewed:,} reviews"
        )

    def png(self) -> bytes:
        """The picture as a PNG file."""
        return self.picture.encoded("png", compress_level=1)


class _Signal:
    """The posts of a day that one signal could make anybody act on."""

    def __init__(self, day: Day, name: str, logits: np.ndarray):
        logits = np.asarray(logits, float)
        if logits.shape != day.views.shape:
            raise ValueError(
                f"The signal {name!r} has the shape {logits.shape}, but must have "
                f"{day.views.shape}, a number for each post."
            )
        with np.errstate(over="ignore"):
            expected = day.views / (1 + np.exp(-logits))
        # Nobody acts on the others: neither likely enough nor among the first on a list.
        most = (logits > LOGITS[0]).sum() + REVIEWS
        kept = np.unique(np.concatenate([_largest(logits, most), _largest(expected, most)]))
        self.logits, self.views, self.abusive = logits[kept], day.views[kept], day.abusive[kept]
        self.urgency = {ORDERS[0]: self.logits, ORDERS[1]: expected[kept]}
        self.share = self.views[self.abusive].sum() / day.views[day.abusive].sum()
        self._curves: dict[tuple[int, str], tuple[np.ndarray, np.ndarray]] = {}

    def outcome(self, threshold: float, reviews: int, order: str) -> Outcome:
        """What ``moderate`` makes of the day; views count as a share of all abusive ones."""
        outcome = moderate(
            self.abusive,
            self.views,
            self.logits,
            remove_above=threshold,
            reviews=reviews,
            urgency=self.urgency[order],
        )
        return Outcome(**{**vars(outcome), "prevented": outcome.prevented * self.share})

    def curve(self, reviews: int, order: str) -> tuple[np.ndarray, np.ndarray]:
        """Honest posts removed and views prevented, over all thresholds."""
        if (reviews, order) not in self._curves:
            thresholds = np.linspace(*LOGITS, CURVE)
            outcomes = [self.outcome(each, reviews, order) for each in thresholds]
            self._curves[reviews, order] = (
                np.array([outcome.wrongly_removed for outcome in outcomes]),
                np.array([outcome.prevented for outcome in outcomes]),
            )
        return self._curves[reviews, order]


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """Where the largest values are, at most so many."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.argpartition(-values, count)[:count]
