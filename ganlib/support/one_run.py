"""Two calls of Keras's ``fit`` that are one run for the callbacks."""

from typing import Any

import keras

__all__ = ["OneRun"]


class OneRun(keras.callbacks.CallbackList):
    """Two calls of Keras's ``fit``, one for the rest of an epoch that was broken off and one for
    what follows, that are one run for the callbacks: it begins once and ends once.

    Args:
        callbacks: Keras callbacks.
        model: the model that they watch.
        epochs: of the whole run, for the progress bar.
        steps: in an epoch, likewise.
        verbose: as for ``fit``; 0 for no progress bar.

    Attributes:
        is_last_leg: the caller sets it before each call of ``fit``.
    """

    def __init__(self, callbacks, model, epochs: int, steps: int, verbose: Any):
        shown = {"add_progbar": verbose != 0, "verbose": verbose, "epochs": epochs, "steps": steps}
        super().__init__(callbacks, add_history=True, model=model, **shown)
        self.begun, self.is_last_leg = False, False

    def on_train_begin(self, logs=None):
        """Tell the callbacks, at the first of the two beginnings."""
        if not self.begun:
            super().on_train_begin(logs)
        self.begun = True

    def on_train_end(self, logs=None):
        """Tell the callbacks, at the end after which nothing follows."""
        if self.is_last_leg or self.model.stop_training:
            super().on_train_end(logs)
