"""Layers whose kernel is divided by its largest singular value (Miyato et al. 2018, arXiv 1802.05957).

A critic made of them changes its logit by at most as much as its input moves, times a constant, without
any penalty in its loss. Keras's own ``SpectralNormalization`` overwrites the stored kernel and lets no
gradient through σ, which is another method.
"""

import keras
from keras import layers, ops

from ganlib.support import cpu_layers

__all__ = ["SpectralConv2D", "SpectralDense"]


class _Spectral:
    """Divides a layer's kernel by its largest singular value (Miyato et al. 2018, algorithm 1).

    The kernel is seen as a matrix with one column per output channel. One step of the power iteration
    per training call keeps estimates ``u`` and ``v`` of the singular vectors; they count as constants,
    while the gradient does pass through σ = vᵀ W u. The stored kernel itself is never changed.
    """

    def build(self, input_shape):
        """Create the layer's weights and a random start of the power iteration."""
        super().build(input_shape)
        self.u = self.add_weight(
            shape=(self.kernel.shape[-1], 1),
            initializer=keras.initializers.RandomNormal(seed=0),
            trainable=False,
            autocast=False,
            name="u",
        )

    def normalised_kernel(self, training: bool = False):
        """The kernel over its largest singular value, in the layer's compute dtype."""
        kernel = ops.cast(self.kernel, "float32")
        matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
        constant = ops.stop_gradient(matrix)
        u = _unit(ops.cast(self.u, "float32"))
        v = _unit(ops.matmul(constant, u))
        if training:
            u = _unit(ops.matmul(ops.transpose(constant), v))
            self.u.assign(u)
        sigma = ops.sum(ops.stop_gradient(v) * ops.matmul(matrix, ops.stop_gradient(u)))
        return ops.cast(kernel / ops.maximum(sigma, 1e-12), self.compute_dtype)

    def finished(self, outputs):
        """Add the bias and apply the activation, as the plain layer does."""
        if self.use_bias:
            outputs = outputs + ops.cast(self.bias, outputs.dtype)
        return outputs if self.activation is None else self.activation(outputs)

    def save_own_variables(self, store):
        """Keras's layers store only kernel and bias; ``u`` belongs to what the layer computes too."""
        super().save_own_variables(store)
        store["u"] = self.u

    def load_own_variables(self, store):
        """Read what ``save_own_variables`` stored."""
        super().load_own_variables(store)
        self.u.assign(store["u"])


@keras.saving.register_keras_serializable("ganlib")
class SpectralConv2D(_Spectral, cpu_layers.Conv2D):
    """A convolution whose kernel, as a matrix, has largest singular value 1."""

    def call(self, inputs, training=False):
        """Convolve ``inputs`` with the normalised kernel."""
        return self.finished(self.convolution_op(inputs, self.normalised_kernel(training)))


@keras.saving.register_keras_serializable("ganlib")
class SpectralDense(_Spectral, layers.Dense):
    """A dense layer whose kernel has largest singular value 1."""

    def call(self, inputs, training=False):
        """Multiply ``inputs`` with the normalised kernel."""
        return self.finished(ops.matmul(inputs, self.normalised_kernel(training)))


def _unit(vector):
    return vector / (ops.sqrt(ops.sum(ops.square(vector))) + 1e-12)
