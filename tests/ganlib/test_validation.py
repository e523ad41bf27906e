"""Arguments are checked once, and a refusal says what was given, what must be and what to do."""

import numpy as np
import pytest
import tensorflow as tf

from ganlib.support import validation

RGB = np.zeros((32, 32, 3), np.uint8)


@pytest.mark.parametrize(
    "value",
    [
        [RGB, RGB + 1],
        (RGB, RGB + 1),
        np.stack([RGB, RGB + 1]),
        tf.stack([RGB, RGB + 1]),
        [tf.constant(RGB), RGB + 1],
        [RGB.tolist(), (RGB + 1).tolist()],
    ],
)
def test_a_list_of_images_is_stacked(value):
    array = validation.images(value, "images")
    assert isinstance(array, np.ndarray) and array.shape == (2, 32, 32, 3)
    assert (array[1] == 1).all()


def boxed(*items):
    array = np.empty(len(items), object)
    array[:] = items
    return array


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            [RGB, RGB, RGB[..., 0]],
            r"images\[2\] has the shape \(32, 32\), but must have \(32, 32, 3",
        ),
        ([RGB[..., 0], RGB, RGB], r"images\[0\] .*grey: np.stack\(\[image\] \* 3"),
        ([RGB, RGB[..., :1], RGB], r"images\[1\] .*np.stack\(\[image\[..., 0\]\] \* 3"),
        ([RGB, RGB, np.zeros((32, 32, 4))], r"images\[2\] .*transparency.*image\[..., :3\]"),
        ([RGB, RGB, np.zeros((40, 32, 3))], r"images\[2\] .*\(40, 32, 3\).*resize"),
        (boxed(RGB, RGB, RGB[:28, :28]), r"images\[2\] .*\(28, 28, 3\)"),
        ([RGB, RGB, 3], r"images\[2\] has the shape \(\), but must have"),
    ],
)
def test_the_image_of_another_shape_is_named(value, words):
    with pytest.raises((TypeError, ValueError), match=words):
        validation.images(value, "images")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (RGB, r"\(32, 32, 3\), but must have .*image\[None\]"),
        (np.zeros((5, 28, 28)), r"images\[..., None\]"),
        ([np.zeros((28, 28))], r"images\[..., None\]"),
        (np.zeros((2, 32, 32, 4)), r"images\[..., :3\]"),
        (np.zeros((2, 3, 32, 32)), r"moveaxis"),
        (np.zeros((2, 32, 32, 2)), r"n of at least 1\.$"),
        (np.zeros((0, 32, 32, 3)), r"n of at least 1\.$"),
        ([], r"\(0,\)"),
        (None, "images: None was given, but must be an array"),
        ("images", "images: a str was given, but must be an array"),
    ],
)
def test_what_has_not_the_shape_of_images_is_refused(value, words):
    with pytest.raises((TypeError, ValueError), match=words):
        validation.images(value, "images")


def test_bytes_and_floats_are_not_mixed():
    with pytest.raises(TypeError, match=r"images\[1\] holds float64 and images\[0\] holds uint8"):
        validation.stacked([RGB, RGB / 255], "images")


def test_whole_numbers_and_floats_are_mixed():
    points = validation.stacked([[0, 1.5], [1, 2], np.float32([3, 4])], "points")
    assert points.tolist() == [[0, 1.5], [1, 2], [3, 4]]
    assert validation.stacked([1, 2.5, True], "values").tolist() == [1, 2.5, 1]


def test_grey_images_and_other_sizes_are_images():
    for shape in ((1, 28, 28, 1), (2, 64, 48, 3), (3, 1, 1, 1)):
        assert validation.images(np.zeros(shape), "images").shape == shape
