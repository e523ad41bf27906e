"""The game in the plane, played in compiled chunks, and pictures of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from ganlib import plots, toys
from ganlib.support.validation import whole_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Look", "PlaneGame", "plane_film"]

RATE = 1.5e-3  # the learning rate of both players
EMA = 0.99  # decay of the averaged generator's weights
SAMPLES = 2000  # how many generated points a look judges
SHOWN = 180  # how many of them it shows, and how many real ones
ARROWS = 60
PIXELS = 61  # along each side of D's surface
LINES = 25  # along each side of the latent grid
# Where the discriminator of a loss is undecided, and how steep the sigmoid is that colours it.
MIDDLE = {"least_squares": (0.5, 4.0)}


@dataclass(frozen=True)
class Look:
    """What can be seen of a game in the plane at one moment.

    Attributes:
        step: rounds played.
        surface: what D thinks of each place, float32 ``(61, 61)`` in 0 … 1, from the lower left
            corner of the picture; 1 means real.
        fake: generated points, float32 ``(2000, 2)``, always from the same latents.
        arrows: where the generator's loss pulls the first 60 of them: float32 ``(60, 2)``, minus
            the gradient of one point's own loss.
        lattice: what G makes of a grid of 25 × 25 latents, float32 ``(25, 25, 2)``. The latents are
            quantiles of the normal distribution, so every cell holds the same share of all points.
        coverage: of the generated points.
    """

    step: int
    surface: np.ndarray
    fake: np.ndarray
    arrows: np.ndarray
    lattice: np.ndarray
    coverage: toys.Coverage


class PlaneGame:
    """A ``GAN`` that plays with points: ``toys.networks``, batches of 128, Adam with β₁ = 0.5.

    Args:
        toy: the data.
        loss: a name from ``ganlib.losses.LOSSES`` but for "relativistic", whose generator needs
            real logits.
        g_rate: the generator's learning rate.
        d_rate: the discriminator's.
        d_steps: discriminator updates in a round, each on a batch of its own.
        seed: fixes starting weights, latents and batches.

    Attributes:
        gan: the ``ganlib.gan.GAN``; it keeps an average of the generator's weights.
        history: for each call of ``play`` the step it ended at, and the mean losses of D and G in
            it.
    """

    def __init__(
        self,
        toy: toys.Toy,
        loss: str = "non_saturating",
        g_rate: float = RATE,
        d_rate: float = RATE,
        d_steps: int = 1,
        seed: int = 0,
    ):
        import keras

        from ganlib.gan import GAN

        self.toy = toy
        self.gan = GAN(
            *toys.networks(seed=seed),
            latent_dim=2,
            loss=loss,
            discriminator_steps=d_steps,
            ema=EMA,
            seed=seed,
        )
        self.gan.compile(
            g_optimizer=keras.optimizers.Adam(g_rate, beta_1=0.5),
            d_optimizer=keras.optimizers.Adam(d_rate, beta_1=0.5),
        )
        self.history: list[tuple[int, float, float]] = []
        self._rates = (g_rate, d_rate)
        self._start = [variable.numpy() for variable in self.gan.state()]
        self._chunk = self._compiled_chunk(128 * d_steps)
        self._see = self._compiled_look()

    def play(self, steps: int) -> None:
        """Play so many rounds. One call for many rounds is much faster than many calls."""
        import tensorflow as tf

        steps = whole_number(steps, "steps", 1)
        self.gan.reset_metrics()
        self._chunk(tf.constant(steps, tf.int32))
        means = (float(self.gan.means[name].result()) for name in ("d_loss", "g_loss"))
        self.history.append((self.step, *means))

    @property
    def step(self) -> int:
        """Rounds played so far."""
        return int(self.gan.step.numpy())

    def set_rates(self, g_rate: float, d_rate: float) -> None:
        """Change the learning rates; the game goes on."""
        self._rates = (g_rate, d_rate)
        self.gan.g_optimizer.learning_rate = g_rate
        self.gan.d_optimizer.learning_rate = d_rate

    def reset(self) -> None:
        """Go back to the start, with the present learning rates."""
        self.gan.set_state(self._start)
        self.set_rates(*self._rates)
        self.history.clear()

    def look(self, averaged: bool = False) -> Look:
        """See where the game stands.

        Args:
            averaged: see the generator with averaged weights, not the one that is playing.

        Raises:
            ValueError: the generator makes NaN; the game has failed.
        """
        surface, fake, arrows, lattice = (part.numpy() for part in self._see(averaged))
        return Look(self.step, surface, fake, arrows, lattice, toys.coverage(self.toy, fake))

    def _compiled_chunk(self, batch_size: int) -> Callable:
        import tensorflow as tf

        gan, toy = self.gan, self.toy

        # Without AutoGraph, which would translate the Python source of Keras and the GAN first and
        # take three times as long as the rest of the compiling.
        @tf.function(input_signature=[tf.TensorSpec((), tf.int32)], autograph=False)
        def chunk(steps):
            def play_one(played):
                gan.train_step(toy.batch(batch_size, gan.seed, gan.step.value))
                return [played + 1]

            tf.while_loop(lambda played: played < steps, play_one, [tf.constant(0)])

        return chunk

    def _compiled_look(self) -> Callable:
        import tensorflow as tf

        gan = self.gan
        places = np.linspace(-1, 1, PIXELS) * frame(self.toy)
        places = np.stack(np.meshgrid(places, places), -1).reshape(-1, 2).astype(np.float32)
        latents = np.random.default_rng(0).standard_normal((SAMPLES, 2), np.float32)
        grid = latent_grid().reshape(-1, 2)
        middle, steepness = MIDDLE.get(gan.adversarial_loss.name, (0.0, 1.0))

        @tf.function(autograph=False)
        def see(averaged: bool):
            generator = gan.average if averaged else gan.generator
            fake = generator(latents)
            pulled = fake[:ARROWS]
            with tf.GradientTape() as tape:
                tape.watch(pulled)
                loss = gan.adversarial_loss.generator(None, gan.discriminator(pulled))
            # The loss is a mean over the points; each point's own loss counts ARROWS times as much.
            arrows = -ARROWS * tape.gradient(loss, pulled)
            surface = tf.sigmoid(steepness * (gan.discriminator(places) - middle))
            lattice = tf.reshape(generator(grid), (LINES, LINES, 2))
            return tf.reshape(surface, (PIXELS, PIXELS)), fake, arrows, lattice

        return see


def latent_grid() -> np.ndarray:
    """25 × 25 latents, float32 ``(25, 25, 2)``, with the same share of all latents in each cell.

    >>> latent_grid()[12, 12].tolist()
    [0.0, 0.0]
    """
    normal = NormalDist()
    places = [normal.inv_cdf((line + 0.5) / LINES) for line in range(LINES)]
    return np.stack(np.meshgrid(places, places, indexing="ij"), -1).astype(np.float32)


def frame(toy: toys.Toy) -> float:
    """Half the side of the square that the pictures show."""
    return 1.5 * float(np.abs(toy.modes).max())


def plane_film(game: PlaneGame, looks: Sequence[Look], title: str | None = None) -> "Figure":
    """Looks at one game side by side: above D's surface with the points, below G's sheet.

    Args:
        game: the game they belong to.
        looks: what ``game.look`` returned at different steps.
        title: what the figure shows.

    Returns:
        A figure with a column for each look.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        2,
        len(looks),
        figsize=(1.55 * len(looks), 3.7),
        squeeze=False,
        gridspec_kw={"left": 0.03, "right": 0.995, "bottom": 0.01, "top": 0.82},
    )
    figure.subplots_adjust(wspace=0.04, hspace=0.04)
    for (above, below), look in zip(axes.T, looks, strict=True):
        Plane(above, game.toy).show(look)
        Sheet(below, game.toy).show(look)
        judged = look.coverage
        above.set_title(
            f"round {look.step:,}\n{judged.modes_covered} of {judged.modes} modes, "
            f"{100 * judged.high_quality:.0f} %",
            fontsize=9,
        )
    axes[0, 0].set_ylabel("D, and the points")
    axes[1, 0].set_ylabel("G's sheet")
    if title:
        figure.suptitle(title, x=0.03, y=0.985, ha="left", fontsize=11)
    plt.close(figure)
    return figure


class Plane:
    """D's surface, real and generated points, and the arrows on the generated ones."""

    def __init__(self, axes: "Axes", toy: toys.Toy):
        from matplotlib.colors import LinearSegmentedColormap

        side = self.side = _set_up(axes, toy)
        colours = LinearSegmentedColormap.from_list("D", ["#F2B184", "#FFFFFF", "#86BDE0"])
        surface = np.full((PIXELS, PIXELS), 0.5)
        settings = {"extent": (-side, side, -side, side), "origin": "lower", "clim": (0, 1)}
        self.surface = axes.imshow(surface, colours, interpolation="bilinear", **settings)
        real = toy.sample(SHOWN, seed=0)
        self.real = axes.plot(*real.T, "o", color=plots.REAL, markersize=1.6)[0]
        self.fake = axes.plot([], [], "x", color=plots.FAKE, markersize=2.6, markeredgewidth=0.7)[0]
        nowhere = np.zeros((ARROWS, 2))
        self.arrows = axes.quiver(
            *nowhere.T,
            *nowhere.T,
            angles="xy",
            scale_units="xy",
            scale=1,
            width=0.005,
            color="#333333",
        )
        self.artists = [self.surface, self.real, self.fake, self.arrows]

    def show(self, look: Look) -> None:
        """Move everything to where it is in this look."""
        self.surface.set_data(look.surface)
        self.fake.set_data(*look.fake[:SHOWN].T)
        # As long as the root of the gradient, so that small ones can be seen beside large ones.
        slopes = np.maximum(np.linalg.norm(look.arrows, axis=1, keepdims=True), 1e-9)
        lengths = np.minimum(self.side * np.sqrt(slopes) / 7, self.side / 3)
        arrows = look.arrows * (lengths / slopes)
        self.arrows.set_offsets(look.fake[:ARROWS])
        self.arrows.set_UVC(*arrows.T)


class Sheet:
    """What the generator makes of a grid of latents: lines and points, and the modes' circles."""

    def __init__(self, axes: "Axes", toy: toys.Toy):
        from matplotlib.collections import EllipseCollection, LineCollection

        _set_up(axes, toy)
        axes.set_facecolor("#FAFAFA")
        self.lines = axes.add_collection(
            LineCollection([], colors=plots.GENERATOR, linewidths=0.5, alpha=0.8)
        )
        self.points = axes.plot([], [], ".", color=plots.FAKE, markersize=1.2)[0]
        around = np.full(len(toy.modes), 6 * toy.std)  # three standard deviations to each side
        circles = EllipseCollection(
            around,
            around,
            np.zeros(len(around)),
            units="x",
            offsets=toy.modes,
            offset_transform=axes.transData,
            facecolors="none",
            edgecolors=plots.REAL,
            linewidths=1.0,
        )
        self.circles = axes.add_collection(circles)
        self.artists = [self.lines, self.points, self.circles]

    def show(self, look: Look) -> None:
        """Move everything to where it is in this look."""
        self.lines.set_segments([*look.lattice, *look.lattice.swapaxes(0, 1)])
        self.points.set_data(*look.lattice.reshape(-1, 2).T)


def _set_up(axes: "Axes", toy: toys.Toy) -> float:
    """Set the limits of the square, and return half its side."""
    side = frame(toy)
    axes.set(xlim=(-side, side), ylim=(-side, side), xticks=[], yticks=[], aspect="equal")
    for spine in axes.spines.values():
        spine.set_color("0.7")
    return side
