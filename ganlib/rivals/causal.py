"""A convolution that sees only what comes before: the layer of autoregressive networks.

Images are read like a page, row by row from the left. A usual convolution looks at a square around
each place. This one has no rows below, and in its last row the weights to the right are 0, in the
first layer also that of the place itself: a masked convolution.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["Causal"]


@keras.saving.register_keras_serializable("ganlib")
class Causal(keras.layers.Layer):
    """A convolution with stride 1 that looks back only.

    Args:
        units: channels of the output.
        reach: how many rows up and how many columns to each side it looks.
        itself: whether it sees the place itself, as all layers but the first one may ("mask B").
        seed: fixes the starting weights.
        **options: those of every Keras layer.
    """

    def __init__(self, units: int, reach: int, itself: bool, seed: int = 0, **options: Any):
        super().__init__(**options)
        self.settings = {"units": units, "reach": reach, "itself": itself, "seed": seed}
        self.reach = reach
        self.mask = np.ones((reach + 1, 2 * reach + 1, 1, 1), np.float32)
        self.mask[-1, reach + int(itself) :] = 0

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        start = keras.initializers.HeNormal(seed=self.settings["seed"])
        units = self.settings["units"]
        self.kernel = self.add_weight(
            (*self.mask.shape[:2], input_shape[-1], units), start, name="kernel"
        )
        self.bias = self.add_weight((units,), "zeros", name="bias")

    def call(self, x: Any) -> Any:
        """From ``(n, rows, columns, channels)`` to ``(n, rows, columns, units)``."""
        wide = ops.pad(x, ((0, 0), (self.reach, 0), (self.reach, self.reach), (0, 0)))
        return ops.conv(wide, self.kernel * ops.cast(self.mask, self.kernel.dtype)) + self.bias

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape with other channels."""
        return (*input_shape[:-1], self.settings["units"])

    def room(self, n: int, rows: int, columns: int) -> np.ndarray:
        """Zeros for the inputs of ``at``, with margins; they are filled place by place."""
        shape = (n, rows + self.reach, columns + 2 * self.reach, self.kernel.shape[2])
        return np.zeros(shape, np.float32)

    def at(self, room: np.ndarray, row: int, column: int) -> np.ndarray:
        """What ``call`` returns at one place, from the inputs so far: float32 ``(n, units)``."""
        kernel = ops.convert_to_numpy(self.kernel) * self.mask
        rows, columns = kernel.shape[:2]
        seen = room[:, row : row + rows, column : column + columns].reshape(len(room), -1)
        return seen @ kernel.reshape(-1, kernel.shape[-1]) + ops.convert_to_numpy(self.bias)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return super().get_config() | self.settings
