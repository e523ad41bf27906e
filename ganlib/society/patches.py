"""A classifier that is trained in seconds: it reads an image as 8 × 8 patches."""

import keras
from keras import layers

from ganlib.support import keras_settings
from ganlib.support.building import glorot, he, seeds_from
from ganlib.support.classifiers import PixelModel
from ganlib.support.validation import whole_number

__all__ = ["patch_classifier"]


@keras_settings.usual()
def patch_classifier(classes: int = 10, width: int = 48, seed: int = 0) -> keras.Model:
    """A small classifier of bytes without batch norm, for experiments that train several.

    A convolution turns each 4 × 4 pixels into ``width`` numbers; a second one with stride 2, and a
    dense layer, make 64 features of them.

    Args:
        classes: the number of classes.
        width: channels of the first convolution; the second has twice as many.
        seed: fixes the starting weights; 0 or more.

    Returns:
        A model: uint8 images ``(n, 32, 32, 3)`` to a dictionary of float32 ``"features"``
        ``(n, 64)``, all 0 or more, and ``"logits"`` ``(n, classes)``.

    Raises:
        TypeError, ValueError: a size is not a positive whole number.
    """
    classes, width = whole_number(classes, "classes", 1), whole_number(width, "width", 1)
    seeds = seeds_from(seed)
    images = keras.Input((32, 32, 3), dtype="uint8", name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(images)
    x = layers.Conv2D(width, 4, 4, activation="relu", kernel_initializer=he(seeds))(x)
    x = layers.Conv2D(2 * width, 3, 2, "same", activation="relu", kernel_initializer=he(seeds))(x)
    x = layers.Flatten()(x)
    x = layers.Dense(64, activation="relu", kernel_initializer=he(seeds), dtype="float32")(x)
    options = {"dtype": "float32", "kernel_initializer": glorot(seeds), "name": "logits"}
    logits = layers.Dense(classes, **options)(x)
    return PixelModel(images, {"features": x, "logits": logits}, name="patch_classifier")
