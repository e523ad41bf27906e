"""A callback that does something every so many epochs."""

import keras

from ganlib.support.validation import whole_number

__all__ = ["AtIntervals"]


class AtIntervals(keras.callbacks.Callback):
    """Calls ``due(epoch)``, which a subclass has, every so many epochs and after the last one.

    Args:
        every: epochs between two calls, counted from the first epoch of the training.
    """

    def __init__(self, every: int):
        super().__init__()
        self.every = whole_number(every, "every", 1)

    def on_train_begin(self, logs=None):
        """No epoch has been run yet."""
        self._last = self._done = 0

    def on_epoch_end(self, epoch, logs=None):
        """Act if it is time."""
        self._last = epoch + 1
        if self._last % self.every == 0:
            self._act()

    def on_train_end(self, logs=None):
        """Act after the last epoch, also of a run that was stopped."""
        if self._last != self._done:
            self._act()

    def due(self, epoch: int) -> None:
        """What there is to do after this epoch (counted from 1)."""
        raise NotImplementedError

    def _act(self) -> None:
        self._done = self._last
        self.due(self._last)
