"""The small classifiers that measure: how they are built, and that they take bytes alone."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from ganlib.support import keras_settings
from ganlib.support.building import Tensor, glorot, he, seeds_from
from ganlib.support.validation import whole_number, whole_numbers

__all__ = ["PixelModel", "image_classifier"]


@keras_settings.usual()
def image_classifier(
    classes: int = 10,
    widths: Sequence[int] = (32, 64, 112, 160),
    feature_dim: int = 128,
    residual: bool = False,
    seed: int = 0,
) -> keras.Model:
    """A small classifier whose features the course's metrics compare.

    It takes pixels as they are (uint8), so nobody can feed it the wrong range. Each width after the
    first is a stage of two 3 × 3 convolutions, the first of them with stride 2.

    Args:
        classes: the number of classes.
        widths: channels of the stem and of each stage.
        feature_dim: the length of the feature vector before the last layer.
        residual: whether a stage adds its two convolutions' outputs, as a ResNet does.
        seed: fixes the starting weights; 0 or more.

    Returns:
        A model: uint8 images ``(n, 32, 32, 3)`` to a dictionary of float32 ``"features"``
        ``(n, feature_dim)``, all 0 or more, and ``"logits"`` ``(n, classes)``.

    Raises:
        TypeError, ValueError: a size is not a positive whole number.
    """
    classes, widths = whole_number(classes, "classes", 1), whole_numbers(widths, "widths", 1)
    feature_dim, seeds = whole_number(feature_dim, "feature_dim", 1), seeds_from(seed)

    def convolution(
        x: Tensor, channels: int, kernel_size: int = 3, strides: int = 1, activate: bool = True
    ) -> Tensor:
        options = {"padding": "same", "use_bias": False, "kernel_initializer": he(seeds)}
        x = layers.Conv2D(channels, kernel_size, strides, **options)(x)
        x = layers.BatchNormalization(momentum=0.95)(x)
        return layers.ReLU()(x) if activate else x

    images = keras.Input((32, 32, 3), dtype="uint8", name="pixels")
    x = convolution(layers.Rescaling(1 / 127.5, offset=-1.0)(images), widths[0])
    for channels in widths[1:]:
        x = convolution(x, channels, strides=2)
        if residual:
            x = layers.ReLU()(layers.Add()([x, convolution(x, channels, activate=False)]))
        else:
            x = convolution(x, channels)
    x = convolution(x, feature_dim, 1)
    features = layers.GlobalAveragePooling2D(dtype="float32", name="features")(x)
    options = {"dtype": "float32", "kernel_initializer": glorot(seeds), "name": "logits"}
    logits = layers.Dense(classes, **options)(features)
    return PixelModel(images, {"features": features, "logits": logits}, name="image_classifier")


@keras.saving.register_keras_serializable("ganlib")
class PixelModel(keras.Model):
    """A functional model with uint8 inputs, which refuses floats instead of cutting them to bytes.

    Keras would turn floats in [-1, 1] into the bytes 255, 0 and 1, and the model would see noise.
    """

    def __call__(self, inputs: Any, *args: Any, **options: Any) -> Any:
        """Call the model on uint8 images.

        Raises:
            TypeError: the images are floats.
        """
        dtype = getattr(inputs, "dtype", None)
        if dtype is not None and "float" in keras.backend.standardize_dtype(dtype):
            raise TypeError(
                f"{self.name} was given images of {keras.backend.standardize_dtype(dtype)}, but "
                "must be given uint8 images. Convert floats in [-1, 1], as a generator draws them, "
                "with ganlib.data.to_uint8(images), floats in 0 … 255 with "
                "images.astype('uint8')."
            )
        return super().__call__(inputs, *args, **options)
