"""What happens around training: pictures as it goes, and a stop when it fails.

All are ordinary Keras callbacks for ``GAN.fit``.
"""

import math

import keras
import numpy as np

from ganlib.data import share_outside, to_uint8
from ganlib.support.at_intervals import AtIntervals
from ganlib.support.canvas import write_gif
from ganlib.support.players import generator_inputs
from ganlib.support.validation import whole_number

__all__ = ["LivePlot", "Pictures", "SampleGrid", "StopOnFailure"]


class Pictures:
    """Samples of the same latents as bytes, at any moment of a training."""

    def __init__(self, latents, labels):
        self.latents, self.labels = latents, labels
        self.told: set[str] = set()

    def check(self, gan: keras.Model) -> None:
        """Refuse latents and labels that do not fit the GAN, before its first step."""
        generator_inputs(self.latents, self.labels, gan.latent_dim, gan.conditional, gan.classes)

    def take(self, gan: keras.Model) -> np.ndarray | None:
        """uint8 images; None where samples are NaN. Says once what was wrong with the samples."""
        samples = gan.generate(self.latents, self.labels)
        if not np.isfinite(samples).all():
            self._tell("nan", "Samples hold NaN or infinity, so there is no picture of them.")
            return None
        if outside := share_outside(samples):
            self._tell(
                "clipped",
                f"{outside:.1%} of the numbers in the samples lie outside of [-1, 1], up to "
                f"{np.abs(samples).max():.3g}; pictures show them clipped. A generator that "
                "ends in tanh has none.",
            )
        return to_uint8(samples, clip=True)

    def _tell(self, what: str, message: str) -> None:
        if what not in self.told:
            self.told.add(what)
            print(message)


class SampleGrid(AtIntervals):
    """Keeps pictures of the same latents at chosen epochs, so that one can watch them change.

    Samples beyond [-1, 1] are shown clipped; of samples that are not numbers there is no picture.

    Args:
        latents: float array ``(n, latent_dim)``; the same ones are used every time.
        labels: integers ``(n,)`` for a conditional GAN.
        every: epochs between two pictures; the last one is always kept.

    Attributes:
        epochs: the epochs (counted from 1) at which pictures were taken.
        grids: for each of them uint8 images ``(n, height, width, channels)``.
    """

    def __init__(self, latents, labels=None, every: int = 1):
        super().__init__(every)
        self._pictures = Pictures(latents, labels)
        self.epochs: list[int] = []
        self.grids: list[np.ndarray] = []

    def on_train_begin(self, logs=None):
        """Refuse latents that do not fit."""
        super().on_train_begin()
        self._pictures.check(self.model)

    def on_train_end(self, logs=None):
        """Take the last picture, also of a run that was stopped, or was over before a resume."""
        super().on_train_end()
        if not self._last and not self.grids:
            self.due(self.params["epochs"])

    def due(self, epoch: int) -> None:
        """Take a picture."""
        if (pictures := self._pictures.take(self.model)) is not None:
            self.epochs.append(epoch)
            self.grids.append(pictures)

    def save_gif(self, path, columns: int = 8, seconds: float = 0.5) -> None:
        """Write the pictures as a film, one grid after the other; the last one stays longer.

        Args:
            path: a file that ends in ``.gif``.
            columns: images side by side.
            seconds: how long each grid is shown.

        Raises:
            ValueError: there are no pictures yet, or the file's name has another ending.
            OSError: it cannot be written.
        """
        if not self.grids:
            raise ValueError("There are no pictures yet: give the grid to fit as a callback first.")
        write_gif(self.grids, path, columns, seconds)


class LivePlot(keras.callbacks.Callback):
    """One figure in a notebook that follows the training: samples, losses and mean logits.

    Drawn anew after each epoch; it stays when training ends. Use ``fit(..., verbose=0)``. Samples
    beyond [-1, 1] are shown clipped; with samples that are not numbers the last figure stays.

    Args:
        latents: float array ``(n, latent_dim)`` of the samples to show.
        labels: integers ``(n,)`` for a conditional GAN.
    """

    def __init__(self, latents, labels=None):
        super().__init__()
        self._pictures = Pictures(latents, labels)
        self._display = None
        self.logs: list[dict[str, float]] = []

    def on_train_begin(self, logs=None):
        """A figure of its own for each call; after a resume it begins with the run so far."""
        self._pictures.check(self.model)
        self._display = None
        self.logs = list(self.model.earlier_logs)
        if self.logs:
            self._draw()

    def on_epoch_end(self, epoch, logs=None):
        """Draw the figure anew."""
        self.logs.append(dict(logs))
        self._draw()

    def _draw(self) -> None:
        from IPython.display import display

        from ganlib import plots

        if (pictures := self._pictures.take(self.model)) is None:
            return
        figure = plots.progress(
            {name: [entry[name] for entry in self.logs] for name in self.logs[0]},
            pictures,
            title=f"After {len(self.logs)} of {self.params['epochs']} epochs",
        )
        if self._display is None:
            self._display = display(figure, display_id=True)
        else:
            self._display.update(figure)


class StopOnFailure(keras.callbacks.Callback):
    """Stops a run that cannot recover, and says which failure it was, when, and what usually helps.

    Two failures are recognised: a loss or logit that is not a number, and a discriminator that has
    won, so that the generator has nothing left to learn from. The second is told from the
    discriminator's loss, averaged over ``window`` steps: below the loss's ``won_below`` nearly
    every sample is told right. The Wasserstein loss has no such bound; there only the first is
    looked for.

    Args:
        window: steps between two looks.

    Attributes:
        message: what happened, or None.
    """

    def __init__(self, window: int = 50):
        super().__init__()
        self.window = whole_number(window, "window", 1)
        self.message: str | None = None

    def on_train_begin(self, logs=None):
        """Forget an earlier run."""
        self.message = None
        self._forget()

    def on_epoch_begin(self, epoch, logs=None):
        """Keras has set the running means back to 0."""
        self._before = dict.fromkeys(self.model.means, 0.0)
        self._last_batch = -1

    def on_train_batch_end(self, batch, logs=None):
        """Look at the last ``window`` steps."""
        self._steps += batch - self._last_batch  # more than 1 where Keras runs several at once
        self._last_batch = batch
        if self._steps >= self.window:
            self._look()
            self._forget()

    def on_epoch_end(self, epoch, logs=None):
        """Look for NaN; keep the sums of a window that reaches into the next epoch."""
        self._look()

    def _forget(self) -> None:
        self._steps = 0
        self._sums: dict[str, np.ndarray] = {}  # total and count of each metric

    @np.errstate(invalid="ignore")  # infinity less infinity is NaN, as it should be
    def _look(self) -> None:
        for name, metric in self.model.means.items():
            now = np.array([metric.total.numpy(), metric.count.numpy()], np.float64)
            self._sums[name] = self._sums.get(name, 0.0) + now - self._before[name]
            self._before[name] = now
        means = {name: total / count for name, (total, count) in self._sums.items() if count}
        if not means:
            return
        step = int(self.model.step.numpy())
        broken = [name for name, value in means.items() if not math.isfinite(value)]
        loss = self.model.adversarial_loss
        if broken:
            self._stop(
                f"Training stopped at step {step}: {', '.join(broken)} became NaN or infinite. "
                "What usually helps: a smaller learning rate (a tenth), data in [-1, 1], float32 "
                "instead of half precision, and networks built anew, since these weights are lost."
            )
        elif self._steps >= self.window and means["d_loss"] < (loss.won_below or -math.inf):
            self._stop(
                f"Training stopped at step {step}: the discriminator has won. Over the last steps "
                f"its loss was {means['d_loss']:.4f}, its mean logit {means['real_logits']:+.1f} "
                f"on real and {means['fake_logits']:+.1f} on generated samples, so the generator "
                "learns hardly anything more. What usually helps: a smaller learning rate for the "
                'discriminator, dropout in it, a penalty such as penalties={"r1": 0.1}, and real '
                "and generated data in the same range."
            )

    def _stop(self, message: str) -> None:
        if self.message is None:
            self.message = message
            self.model.stop_training = True
            print(message)
