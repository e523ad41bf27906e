"""A model of images that takes bytes and nothing else."""

from typing import Any

import keras

__all__ = ["PixelModel"]


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
                "must be given uint8 images. Of floats in [-1, 1], as a generator draws them, "
                "ganlib.data.to_uint8(images) makes bytes; of floats in 0 … 255, "
                "images.astype('uint8')."
            )
        return super().__call__(inputs, *args, **options)
