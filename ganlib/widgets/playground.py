"""The live playground: the game in the plane, played while you watch."""

import atexit
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ganlib import plots, toys
from ganlib.widgets.explorer import explorer
from ganlib.widgets.picture import MovingPicture
from ganlib.widgets.plane import RATE, Look, Plane, PlaneGame, Sheet

if TYPE_CHECKING:
    import ipywidgets
    from matplotlib.figure import Figure

__all__ = ["plane_figure", "plane_playground"]

LOSSES = ("non_saturating", "minimax", "least_squares", "hinge")
RATES = (1.5e-4, 5e-4, RATE, 5e-3, 1.5e-2)
STEPS_A_FRAME = (1, 5, 20, 50)  # 50 on two cores still allow ten frames a second
FRAMES_A_SECOND = 15  # at most
PAUSES_AFTER = 120.0  # seconds of play, so that a forgotten playground does not keep a machine busy
SIZE = (9.2, 3.6)  # inches
NEVER_NEGATIVE = ("non_saturating", "least_squares")  # losses of both players
# The losses of D and G where D cannot tell real from fake: σ(l) = ½ for all points.
UNDECIDED = {"non_saturating": (np.log(4), np.log(2)), "minimax": (np.log(4), -np.log(2))}


def plane_figure(game: PlaneGame, averaged: bool = False, title: str | None = None) -> "Figure":
    """The picture that ``plane_playground`` shows of a game at this moment.

    Args:
        game: a game that was played, or not yet.
        averaged: show the generator with averaged weights.
        title: what the figure shows.

    Returns:
        A figure with three panels: D's surface with the points, G's sheet, and the losses.
    """
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=SIZE, dpi=100)
    _Board(figure, game, top=0.8).show(game.look(averaged), game.history)
    if title:
        figure.suptitle(title, x=0.01, y=0.98, ha="left", fontsize=11)
    plt.close(figure)
    return figure


def plane_playground() -> "ipywidgets.VBox":
    """The game in the plane with buttons, and menus for data, loss, rates and D's steps.

    A new distribution, loss or number of D's steps begins a new game; the learning rates act on the
    game that is going on. One playground plays at a time: it stops when another one is made (also
    by running its cell again), when it is closed, and after two minutes.

    Returns:
        An ipywidgets box: the controls, and the picture under them.
    """
    import ipywidgets

    def dropdown(options, value, description):
        return ipywidgets.Dropdown(
            options=options,
            value=value,
            description=description,
            style={"description_width": "90px"},
            layout=ipywidgets.Layout(width="240px"),
        )

    rates = [(f"{rate:g}", rate) for rate in RATES]
    controls = {
        "toy": dropdown(list(toys.TOYS), "ring", "data"),
        "loss": dropdown(LOSSES, "non_saturating", "loss"),
        "d_steps": dropdown((1, 2, 5, 10), 1, "D's steps"),
        "g_rate": dropdown(rates, RATE, "G's rate"),
        "d_rate": dropdown(rates, RATE, "D's rate"),
        "speed": dropdown(STEPS_A_FRAME, 20, "steps a frame"),
    }
    averaged = ipywidgets.Checkbox(value=False, description="average of G", indent=False)
    buttons = {name: ipywidgets.Button(description=name) for name in ("play", "step", "reset")}
    for button in buttons.values():
        button.layout.width = "90px"
    status = ipywidgets.Label()
    picture = ipywidgets.Image(format="jpeg")
    box = explorer(
        [controls[name] for name in ("toy", "loss", "d_steps")],
        [controls[name] for name in ("g_rate", "d_rate", "speed")],
        [*buttons.values(), averaged],
        status,
        picture,
    )

    def present(player: Player) -> None:
        status.value = player.status
        buttons["play"].description = "pause" if player.playing else "play"
        picture.value = player.picture

    player = Player(present, gone=lambda: box.comm is None or picture.comm is None)

    def begin(_=None) -> None:
        player.tell("Making a new game …")  # takes a quarter of a second
        chosen = {name: controls[name].value for name in ("loss", "g_rate", "d_rate", "d_steps")}
        player.begin(PlaneGame(toys.TOYS[controls["toy"].value](), **chosen))

    def change(_=None) -> None:
        player.averaged, player.speed = averaged.value, controls["speed"].value
        player.set_rates(controls["g_rate"].value, controls["d_rate"].value)
        player.refresh()

    begin()
    for name in ("toy", "loss", "d_steps"):
        controls[name].observe(begin, names="value")
    for control in (controls["g_rate"], controls["d_rate"], controls["speed"], averaged):
        control.observe(change, names="value")
    buttons["play"].on_click(lambda _: player.pause() if player.playing else player.play())
    buttons["step"].on_click(lambda _: player.step())
    buttons["reset"].on_click(lambda _: player.reset())
    return box


class Player:
    """Plays a game frame by frame in a thread of its own, so that buttons work in between.

    In a thread, because on Colab a kernel's event loop does not run between cells.

    Args:
        present: is called with the player after each frame.
        gone: says whether the picture was closed.

    Attributes:
        playing: whether frames follow each other.
        status: where the game stands, in words.
        picture: a JPEG file.
        speed: steps a frame.
        averaged: whether the averaged generator is shown.
    """

    current: "Player | None" = None  # the last one made, or the one that plays

    def __init__(
        self, present: "Callable[[Player], None]", gone: Callable[[], bool] = lambda: False
    ):
        if Player.current is not None:
            Player.current.pause()
        Player.current = self
        self.present, self.gone = present, gone
        self.playing, self.speed, self.averaged = False, 20, False
        self.status, self.picture = "", b""
        self.game: PlaneGame | None = None
        self.board: _Board | None = None
        self.compiled = False  # the first frame of a game takes longer
        self.lock = threading.RLock()  # held while the game or the picture changes
        self.thread: threading.Thread | None = None

    def begin(self, game: PlaneGame) -> None:
        """Show a new game, paused."""
        from matplotlib.figure import Figure

        self.playing = False
        with self.lock:
            self.game, self.compiled = game, False
            self.board = _Board(Figure(figsize=SIZE, dpi=100), game, top=0.9)
            self.refresh()

    def tell(self, status: str) -> None:
        """Pause, and show a message at once."""
        self.playing = False
        with self.lock:
            self.status = status
            self.present(self)

    def refresh(self) -> None:
        """Draw the game as it stands."""
        with self.lock:
            try:
                look = self.game.look(self.averaged)
            except ValueError:  # no finite numbers
                self.playing = False
                self.status = (
                    f"Round {self.game.step:,}: the game has failed, G makes NaN. Press reset."
                )
            else:
                self.board.show(look, self.game.history)
                self.picture = self.board.picture()
                self.status = in_words(look)
            self.present(self)

    def frame(self) -> None:
        """Play the steps of one frame and draw."""
        with self.lock:
            if not self.compiled:
                self.status, self.compiled = "Compiling the training step …", True
                self.present(self)
            self.game.play(self.speed)
            self.refresh()

    def step(self) -> None:
        """One frame, then a pause."""
        self.playing = False
        self.frame()

    def set_rates(self, g_rate: float, d_rate: float) -> None:
        """Change the learning rates of the game that is going on."""
        with self.lock:
            self.game.set_rates(g_rate, d_rate)

    def reset(self) -> None:
        """Go back to the start of the same game, paused."""
        self.playing = False
        with self.lock:
            self.game.reset()
            self.refresh()

    def pause(self) -> None:
        """Stop; when this returns, no frame is being drawn."""
        self.playing = False
        with self.lock:
            self.present(self)

    def play(self) -> None:
        """Let frames follow each other until something stops them."""
        if Player.current not in (None, self):
            Player.current.pause()
        Player.current = self
        with self.lock:
            if self.playing:
                return
            self.playing = True
            self.present(self)
            self.thread = threading.Thread(target=self._frames, daemon=True)
            self.thread.start()

    def _frames(self) -> None:
        mine = threading.current_thread()
        end = time.monotonic() + PAUSES_AFTER
        while True:
            started = time.monotonic()
            with self.lock:
                if self.thread is not mine:
                    return
                if not self.playing or self.gone() or started > end:
                    break
                try:
                    self.frame()
                except Exception as problem:  # in a thread nobody would see it
                    self.status = f"Stopped: {type(problem).__name__}: {problem}"
                    break
            # Always leave a moment without the lock, so that buttons get their turn.
            time.sleep(max(0.01, 1 / FRAMES_A_SECOND - (time.monotonic() - started)))
        with self.lock:
            if self.thread is mine:
                self.playing = False
                if not self.gone():
                    self.present(self)


@atexit.register
def _stop() -> None:
    """Let the last frame end before Python does."""
    if Player.current is not None:
        Player.current.playing = False
        if Player.current.thread is not None:
            Player.current.thread.join(timeout=5)


def in_words(look: Look) -> str:
    """One line that says how a game stands."""
    judged = look.coverage
    return (
        f"Round {look.step:,} · {judged.modes_covered} of {judged.modes} modes covered · "
        f"{100 * judged.high_quality:.0f} % of points within 3σ · mean distance "
        f"{judged.distance:.3f}"
    )


class _Board:
    """The picture."""

    def __init__(self, figure: "Figure", game: PlaneGame, top: float):
        self.figure, self.length = figure, 0
        plane, sheet, losses = (
            figure.add_axes((left, 0.14, width, top - 0.14))
            for left, width in ((0.01, 0.3), (0.325, 0.3), (0.69, 0.28))
        )
        plane.set_title("D, and the points it judges", fontsize=10)
        sheet.set_title("What G makes of a grid", fontsize=10)
        losses.set_title("Losses", fontsize=10)
        self.plane, self.sheet = Plane(plane, game.toy), Sheet(sheet, game.toy)
        self.losses = losses
        bottom = 0.0 if game.gan.adversarial_loss.name in NEVER_NEGATIVE else -1.2
        losses.set(ylim=(bottom, 3.2), xlabel="round")
        losses.locator_params(axis="x", nbins=4)  # room for 100000
        losses.spines[["top", "right"]].set_visible(False)
        levels = UNDECIDED.get(game.gan.adversarial_loss.name, ())
        for level, colour in zip(levels, (plots.DISCRIMINATOR, plots.GENERATOR), strict=False):
            losses.axhline(level, color=colour, linewidth=0.8, linestyle=":")
        self.curves = [
            losses.plot([], [], style, color=colour, label=label, linewidth=1.2)[0]
            for style, colour, label in (
                ("-", plots.DISCRIMINATOR, "discriminator"),
                ("--", plots.GENERATOR, "generator"),
            )
        ]
        losses.legend(frameon=False, fontsize=8, loc="upper right", ncols=2)
        moving = [*self.plane.artists, *self.sheet.artists, *self.curves]
        self.moving_picture = MovingPicture(figure, moving)

    def show(self, look: Look, history: Sequence[tuple[int, float, float]]) -> None:
        """Move everything to where it is in this look."""
        self.plane.show(look)
        self.sheet.show(look)
        steps, *losses = np.array(history).T if history else np.zeros((3, 0))
        for curve, values in zip(self.curves, losses, strict=True):
            curve.set_data(steps, values)
        length = next(end for end in LENGTHS if look.step <= end)
        if length != self.length:
            self.losses.set_xlim(0, length)
            self.length = length
            self.moving_picture.forget_background()

    def picture(self) -> bytes:
        """The picture as a JPEG file, which is made faster than a PNG file and is smaller."""
        return self.moving_picture.encoded("jpeg", quality=92, subsampling=0)


# Where the axis of the losses may end.
LENGTHS = [first * 10**power for power in range(3, 10) for first in (1, 2, 5)]
