"""The ways pictures take: same size, same type, real files, and what each of them changes."""

import numpy as np
import pytest

from ganlib import shapes
from ganlib.society import sharing


@pytest.fixture(scope="module")
def images():
    return shapes.draw(6, seed=3)[0]


@pytest.mark.parametrize("name", sharing.PATHS)
def test_a_path_keeps_shape_and_type_and_is_repeatable(images, name):
    before = images.copy()
    sent = sharing.PATHS[name](images)
    assert sent.shape == images.shape and sent.dtype == np.uint8
    assert np.array_equal(images, before)
    assert np.array_equal(sent, sharing.PATHS[name](images))


def test_only_the_exact_path_keeps_every_byte(images):
    changed = {
        name: not np.array_equal(path(images), images) for name, path in sharing.PATHS.items()
    }
    assert changed.pop("exact") is False
    assert all(changed.values())


def test_a_lower_quality_and_a_wider_blur_change_more(images):
    def change(sent):
        return np.abs(sent.astype(int) - images).mean()

    assert change(sharing.jpeg(images, 95)) < change(sharing.jpeg(images, 50))
    assert change(sharing.blurred(images, 0.4)) < change(sharing.blurred(images, 1.5))
    assert change(sharing.resized(images, 0.9)) < change(sharing.resized(images, 0.4))


def test_blur_takes_away_a_chessboard_and_leaves_a_plain_ground():
    board = np.zeros((1, 16, 16, 3), np.uint8)
    board[:, ::2, ::2] = board[:, 1::2, 1::2] = 200
    assert np.ptp(sharing.blurred(board, 2.0)[0, 4:-4, 4:-4].astype(int)) < 20
    plain = np.full((1, 16, 16, 3), 90, np.uint8)
    for name, path in sharing.PATHS.items():
        assert np.abs(path(plain).astype(int) - 90).max() <= 1, name


def test_screenshots_lie_out_of_place_by_the_seed(images):
    assert not np.array_equal(
        sharing.screenshot(images, seed=0), sharing.screenshot(images, seed=1)
    )


def test_other_input_is_refused_with_advice(images):
    with pytest.raises(TypeError, match="to_uint8"):
        sharing.jpeg(images / 255.0)
    with pytest.raises(ValueError, match="batch of one"):
        sharing.png(images[0])
    with pytest.raises(ValueError, match="quality"):
        sharing.jpeg(images, 0)
    with pytest.raises(ValueError, match="sigma"):
        sharing.blurred(images, 0)
    with pytest.raises(ValueError, match="share"):
        sharing.resized(images, 1.5)
