"""A transposed convolution, as Keras computes it."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["transposed_convolution"]


def _by_keras(image: np.ndarray, kernel: np.ndarray, stride: int, padding: str) -> np.ndarray:
    import tensorflow as tf
    from keras import ops

    with tf.device("CPU:0"):  # some GPUs compute convolutions with fewer digits
        result = ops.conv_transpose(
            tf.constant(image[None], tf.float32),
            tf.constant(kernel, tf.float32),
            strides=stride,
            padding=padding,
        )
    return ops.convert_to_numpy(result)[0].astype(np.float64)


def _stamped(
    image: np.ndarray, kernel: np.ndarray, stride: int, overwrite: bool = False
) -> np.ndarray:
    """The whole output; with ``overwrite`` a later stamp takes the place of earlier ones."""
    rows, columns, _ = image.shape
    k = len(kernel)
    whole = np.zeros(((rows - 1) * stride + k, (columns - 1) * stride + k, kernel.shape[2]))
    for i in range(rows):
        for j in range(columns):
            place = np.s_[i * stride : i * stride + k, j * stride : j * stride + k]
            whole[place] = kernel @ image[i, j] + (0 if overwrite else whole[place])
    return whole


def _image(trial: Trial, call: tuple, right: np.ndarray, note: str = "") -> np.ndarray:
    """What the answer gives, as an array of the right shape."""
    image, kernel, stride, padding = call
    with _without_layers():
        result = trial.call(*call)
    answer = trial.array(result, what="the output")
    where = f"For {len(image)} rows, kernel {len(kernel)}, stride {stride}, padding {padding!r}"
    if answer.ndim == 2:
        raise Wrong(
            f"{where} the output has shape {answer.shape}. It needs a third axis, for the channels "
            "that come out, also if there is only one."
        )
    if answer.ndim == 4:
        raise Wrong(f"The output has shape {answer.shape}, but there is no axis for a batch here.")
    if not answer.size:
        raise Wrong(
            f"{where} nothing is left: y[a:-0] is empty. Cut with y[a : a + rows * stride]."
            if len(kernel) == stride
            else f"{where} the output has shape {answer.shape}: nothing is left of it."
        )
    if answer.shape == (right.shape[0], right.shape[0], right.shape[2]) != right.shape:
        raise Wrong(
            f"{where} the output has as many columns as rows, {len(answer)}, but the image has "
            f"{image.shape[1]} columns. Where did you use the rows for the columns?"
        )
    if answer.shape != right.shape:
        raise Wrong(
            f"{where} the output has shape {answer.shape}, but should have {right.shape}. {note}"
        )
    return answer


NOTE = "How many rows do stamps reach over if their starts lie one stride apart?"


@contextlib.contextmanager
def _without_layers() -> Iterator[None]:
    """While the answer computes, what would do the whole task for it refuses."""

    def refuses(*arguments: Any, **keywords: Any) -> None:
        raise Wrong(
            "It lets Keras or TensorFlow compute the convolution. Write it yourself, in NumPy: "
            "that is the task."
        )

    with contextlib.ExitStack() as changes:
        for module, name in (
            ("keras.ops", "conv_transpose"),
            ("keras.layers", "Layer.__call__"),
            ("tensorflow.nn", "conv2d_transpose"),
            ("tensorflow.nn", "conv_transpose"),
            ("tensorflow", "GradientTape.gradient"),  # the backward pass of a convolution
        ):
            place = sys.modules.get(module.split(".")[0])
            for each in (*module.split(".")[1:], *name.split(".")[:-1]):
                place = getattr(place, each, None)
            if place is not None:
                changes.enter_context(mock.patch.object(place, name.split(".")[-1], refuses))
        yield


@task(
    points=4,
    hints=(
        "Begin with zeros of the size of the whole output. For each input cell (i, j), add its "
        "stamp to k × k cells. At which row and column does it begin?",
        "The stamp of a cell has the shape (k, k, channels_out). image[i, j] is a vector of "
        "channels_in numbers, and the last axis of the kernel is as long: kernel @ image[i, j].",
        'For "same" compute the whole output first, then keep rows · stride rows of it. (k - '
        "stride) "
        "rows go: half of them, rounded down, at the start.",
    ),
)
def transposed_convolution(trial: Trial) -> None:
    """The transposed convolution of an image with channels, as Keras computes it."""
    with trial.part(1, "one channel, stride 2, the whole output"):
        _one_channel(trial)
    with trial.part(1, "several channels, strides 3 and 1"):
        _several_channels(trial)
    with trial.part(1, "padding 'same', where the cut is the same on both sides"):
        for k, stride in ((4, 4), (4, 2), (5, 3), (3, 1)):
            _same_padding(trial, k, stride)
    with trial.part(1, "padding 'same', where the cut is uneven"):
        for k, stride in ((5, 2), (4, 1), (6, 3)):
            _same_padding(trial, k, stride)


def _one_channel(trial: Trial) -> None:
    image, kernel = trial.rng.normal(0, 1, (3, 4, 1)), trial.rng.normal(0, 1, (3, 3, 1, 1))
    call = image, kernel, 2, "valid"
    answer = _image(trial, call, np.zeros((7, 9, 1)), NOTE)  # before Keras is started
    right = _by_keras(*call)
    flipped = _stamped(image, kernel[::-1, ::-1], 2)
    trial.expect(
        answer,
        right,
        within=1e-3,
        usual=(
            (
                _stamped(image, kernel, 2, overwrite=True),
                "Where stamps overlap, the later one has replaced the earlier. They must be added.",
            ),
            (
                flipped,
                "The kernel is turned round. A convolution looks through it; a stamp is put down "
                "as it is.",
            ),
            (
                _stamped(image, kernel.transpose(1, 0, 2, 3), 2),
                "The kernel's rows and columns have changed places.",
            ),
            (
                _stamped(np.ones_like(image), kernel, 2),
                "Each stamp must be multiplied by the value of its input cell.",
            ),
        ),
        otherwise="With one channel, stride 2 and padding 'valid' some cells are not right. Try "
        "it on the numbers of Figure 4 in the lesson.",
    )


def _several_channels(trial: Trial) -> None:
    image, kernel = trial.rng.normal(0, 1, (4, 3, 3)), trial.rng.normal(0, 1, (4, 4, 3, 3))
    call = image, kernel, 3, "valid"
    right = _by_keras(*call)
    swapped = kernel.transpose(0, 1, 3, 2)
    diagonal = np.einsum("abcc->abc", kernel)
    trial.expect(
        _image(trial, call, right, NOTE),
        right,
        within=1e-3,
        usual=(
            (
                _stamped(image, swapped, 3),
                "The kernel's two axes for channels have changed places: it is (k, k, channels "
                "out, channels in).",
            ),
            (
                _stamped(image, diagonal[..., None] * np.eye(3), 3),
                "Each channel that comes out sees only one that comes in. It is a sum over all of "
                "them.",
            ),
            (
                _stamped(image, kernel, 3) / 3,
                "You took a mean over the channels that come in, but it is a sum.",
            ),
        ),
        otherwise="With three channels in and three out, kernel 4 and stride 3, it is not right. "
        "Over which axis of the kernel does the sum run?",
    )
    image, kernel = trial.rng.normal(0, 1, (2, 3, 2)), trial.rng.normal(0, 1, (3, 3, 4, 2))
    call = image, kernel, 1, "valid"
    right = _by_keras(*call)
    trial.expect(
        _image(trial, call, right, NOTE),
        right,
        within=1e-3,
        otherwise="With two channels in, four out and stride 1 it is not right.",
    )


def _same_padding(trial: Trial, k: int, stride: int) -> None:
    image = trial.rng.normal(0, 1, (3, 4, 2))
    kernel = trial.rng.normal(0, 1, (k, k, 2, 2))
    call = image, kernel, stride, "same"
    right = _by_keras(*call)
    whole, cut = _stamped(image, kernel, stride), k - stride

    def kept(start: int, first: int | None = None) -> np.ndarray:
        first = start if first is None else first
        return whole[start : start + 3 * stride, first : first + 4 * stride]

    right_cut = cut // 2
    usual = [
        *(
            (kept(right_cut, other), "The rows are cut right, the columns are not.")
            for other in (0, cut, -(-cut // 2))
        ),
        *(
            (kept(other, right_cut), "The columns are cut right, the rows are not.")
            for other in (0, cut, -(-cut // 2))
        ),
        (kept(cut), "Everything was cut off at the start."),
        (kept(0), "Everything was cut off at the end."),
        (
            kept(-(-cut // 2)),
            "The cut is uneven here, and the larger part of it goes at the end, not at the start.",
        ),
    ]
    answer = _image(trial, call, right, "With 'same' it is rows · stride; the rest is cut off.")
    trial.expect(
        answer,
        right,
        within=1e-3,
        usual=[(wrong, f"Kernel {k}, stride {stride}, 'same': {say}") for wrong, say in usual],
        otherwise=f"Kernel {k}, stride {stride}, 'same': the size is right, the values are not. "
        "Compute the whole output first, and cut it then.",
    )
