"""Three of Keras's layers, with less work for a processor in a training step.

They have the names, arguments, weights and results of the Keras layers that they extend (in
bfloat16 up to its rounding), and behave exactly like them wherever there is nothing to gain.

``Conv2D`` and ``Conv2DTranspose`` take their kernel's gradient from an identity. It sums products
of the fine image and of the gradient on the coarse one over all places and all images of the batch,
so it is itself a convolution: the channels of the fine image play the batch, the images play the
channels, and the coarse gradient is the kernel, spread by the stride. A processor that multiplies
bfloat16 matrices in tiles fills them with 128 images better than with the 4 numbers in a row of a 4
× 4 image.

``Dropout`` draws one byte per activation in place of a float.
"""

import math
from typing import Any

import keras
from keras import layers, ops

from ganlib.support import seeds

__all__ = ["Conv2D", "Conv2DTranspose", "Dropout"]

SHORT_ROW = 4


@keras.saving.register_keras_serializable("ganlib")
class Conv2D(layers.Conv2D):
    """A convolution that learns faster in bfloat16 where its output is small."""

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve; on a processor in bfloat16 with the kernel's gradient of this module."""
        width = inputs.shape[2]  # None where any width will do
        if not _pays(self, inputs.shape, width and -(-width // self.strides[1])):
            return super().convolution_op(inputs, kernel)
        import tensorflow as tf

        strides = self.strides

        @tf.custom_gradient
        def convolve(fine, kernel):
            def gradients(coarse):
                to_fine = tf.nn.conv2d_transpose(coarse, kernel, tf.shape(fine), strides, "SAME")
                return to_fine, _kernel_gradient(fine, coarse, kernel.shape[:2], strides)

            return tf.nn.conv2d(fine, kernel, strides, "SAME"), gradients

        return convolve(inputs, ops.cast(kernel, self.compute_dtype))


@keras.saving.register_keras_serializable("ganlib")
class Conv2DTranspose(layers.Conv2DTranspose):
    """A transposed convolution that learns faster in bfloat16 where its input is small."""

    def call(self, inputs: Any) -> Any:
        """Convolve; on a processor in bfloat16 with the kernel's gradient of this module."""
        if not _pays(self, inputs.shape, inputs.shape[2]) or self.output_padding is not None:
            return super().call(inputs)
        import tensorflow as tf

        strides = self.strides
        size = [side * stride for side, stride in zip(inputs.shape[1:3], strides, strict=True)]

        @tf.custom_gradient
        def convolve(coarse, kernel):
            def gradients(fine):
                fine = tf.ensure_shape(fine, (None, *size, self.filters))
                to_coarse = tf.nn.conv2d(fine, kernel, strides, "SAME")
                return to_coarse, _kernel_gradient(fine, coarse, kernel.shape[:2], strides)

            shape = (tf.shape(coarse)[0], *size, self.filters)
            return tf.nn.conv2d_transpose(coarse, kernel, shape, strides, "SAME"), gradients

        outputs = convolve(inputs, ops.cast(self.kernel, self.compute_dtype))
        outputs = tf.ensure_shape(outputs, (None, *size, self.filters))
        if self.use_bias:
            outputs = outputs + ops.cast(self.bias, outputs.dtype)
        return outputs if self.activation is None else self.activation(outputs)


@keras.saving.register_keras_serializable("ganlib")
class Dropout(layers.Dropout):
    """Dropout with its rate rounded to a 256th: a random byte decides about each activation."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """In training drop activations and scale the rest, so that the mean stays."""
        shape = inputs.shape[1:]
        plain = not training or not self.rate or self.noise_shape is not None or None in shape
        if plain or keras.backend.backend() != "tensorflow":
            return super().call(inputs, training=training)
        import tensorflow as tf

        words = -(-math.prod(shape) // 4)  # of four bytes each
        seed = seeds.of_this_replica(tf.cast(self.seed_generator.next(), tf.int64))
        bits = tf.random.stateless_uniform(
            (tf.shape(inputs)[0], words), seed, minval=None, maxval=None, dtype=tf.uint32
        )
        draws = tf.reshape(tf.bitcast(bits, tf.uint8), (-1, 4 * words))[:, : math.prod(shape)]
        dropped = min(round(256 * self.rate), 255)
        stays = tf.cast(tf.reshape(draws, (-1, *shape)) >= dropped, inputs.dtype)
        return inputs * (stays * tf.cast(256 / (256 - dropped), inputs.dtype))


def _pays(layer: layers.Layer, shape: tuple[int | None, ...], coarse_width: int | None) -> bool:
    """Whether this module's gradient of the kernel is faster, and the layer a usual one."""
    usual = (
        keras.backend.backend() == "tensorflow"
        and (layer.data_format, layer.padding) == ("channels_last", "same")
        and layer.dilation_rate == (1, 1)
        and getattr(layer, "groups", 1) == 1
    )
    if not usual or None in shape[1:] or layer.compute_dtype != "bfloat16":
        return False
    import tensorflow as tf

    return coarse_width <= SHORT_ROW and not tf.config.list_logical_devices("GPU")


def _kernel_gradient(
    fine: Any, coarse: Any, kernel_size: tuple[int, int], strides: tuple[int, int]
) -> Any:
    """∂/∂kernel[a, b, i, o] = Σ fine[n, s·y + a, s·x + b, i] · coarse[n, y, x, o], convolved."""
    import tensorflow as tf

    (height, width), padding = kernel_size, [[0, 0]]
    for size, stride, side, places in zip(
        kernel_size, strides, fine.shape[1:3], coarse.shape[1:3], strict=True
    ):
        missing = max((places - 1) * stride + size - side, 0)  # what "same" adds around the image
        padding.append([missing // 2, missing - missing // 2])
    images = tf.transpose(tf.pad(fine, [*padding, [0, 0]]), (3, 1, 2, 0))
    kernel = tf.transpose(coarse, (1, 2, 0, 3))
    gradient = tf.nn.conv2d(images, kernel, 1, "VALID", dilations=strides)
    return tf.transpose(gradient[:, :height, :width], (1, 2, 0, 3))
