"""Layers whose kernel is divided by its largest singular value (Miyato et al. 2018, 1802.05957).

The logit of a critic made of them changes by at most a constant times the change of its input,
without any penalty in its loss. Keras's own ``SpectralNormalization`` is another method: it
overwrites the stored kernel and lets no gradient through σ.
"""

from typing import Any

import keras
from keras import layers, ops

from ganlib.support import cpu_layers

__all__ = ["SpectralConv2D", "SpectralDense", "SpectralEmbedding"]


class _Spectral:
    """Divides a layer's kernel by its largest singular value (Miyato et al. 2018, algorithm 1).

    The kernel is seen as a matrix with one column per output channel. One step of the power
    iteration per training call keeps estimates ``u`` and ``v`` of the singular vectors. They count
    as constants, while the gradient does pass through σ = vᵀ W u. The stored kernel itself is never
    changed. A kernel of zeros, which has no direction to normalise, is left as it is.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the layer's weights and a random start of the power iteration."""
        super().build(input_shape)
        self.u = self.add_weight(
            shape=(self._weight().shape[-1], 1),
            initializer=keras.initializers.RandomNormal(seed=0),
            dtype="float32",
            trainable=False,
            autocast=False,
            name="u",
        )

    def normalised_kernel(self, training: bool = False) -> Any:
        """The kernel over its largest singular value, in the layer's compute dtype."""
        kernel = ops.cast(self._weight(), "float32")
        matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
        constant = ops.stop_gradient(matrix)
        u = _unit(ops.cast(self.u, "float32"))
        v = _unit(ops.matmul(constant, u))
        if training:
            moved = ops.matmul(ops.transpose(constant), v)
            u = ops.where(ops.any(moved != 0), _unit(moved), u)
            self.u.assign(u)
        sigma = ops.sum(ops.stop_gradient(v) * ops.matmul(matrix, ops.stop_gradient(u)))
        return ops.cast(kernel / ops.where(sigma > 1e-12, sigma, 1.0), self.compute_dtype)

    def finished(self, outputs: Any) -> Any:
        """Add the bias and apply the activation, as the plain layer does."""
        if self.use_bias:
            outputs = outputs + ops.cast(self.bias, outputs.dtype)
        return outputs if self.activation is None else self.activation(outputs)

    def save_own_variables(self, store: Any) -> None:
        """Store ``u`` beside the kernel and the bias: the layer computes with it too."""
        super().save_own_variables(store)
        store["u"] = self.u

    def load_own_variables(self, store: Any) -> None:
        """Read what ``save_own_variables`` stored."""
        super().load_own_variables(store)
        self.u.assign(store["u"])

    def _weight(self) -> Any:
        return self.kernel


@keras.saving.register_keras_serializable("ganlib")
class SpectralConv2D(_Spectral, cpu_layers.Conv2D):
    """A convolution whose kernel, as a matrix, has the largest singular value 1."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Convolve ``inputs`` with the normalised kernel."""
        return self.finished(self.convolution_op(inputs, self.normalised_kernel(training)))


@keras.saving.register_keras_serializable("ganlib")
class SpectralDense(_Spectral, layers.Dense):
    """A dense layer whose kernel has the largest singular value 1."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Multiply ``inputs`` by the normalised kernel."""
        return self.finished(ops.matmul(inputs, self.normalised_kernel(training)))


@keras.saving.register_keras_serializable("ganlib")
class SpectralEmbedding(_Spectral, layers.Embedding):
    """An embedding whose table has the largest singular value 1 (Miyato & Koyama 2018)."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Look up the rows of the normalised table for the integers ``inputs``."""
        return ops.take(self.normalised_kernel(training), inputs, axis=0)

    def compute_output_spec(self, inputs: Any, training: bool = False) -> keras.KerasTensor:
        """The shape and dtype of what ``call`` returns, in training and out of it."""
        return super().compute_output_spec(inputs)

    def _weight(self) -> Any:
        return self.embeddings


def _unit(vector: Any) -> Any:
    return vector / (ops.sqrt(ops.sum(ops.square(vector))) + 1e-12)
