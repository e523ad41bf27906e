"""The logic under the widgets, and the widgets without a browser."""

import io

import numpy as np
import pytest

from ganlib import widgets


class Painter:
    """Stands in for a GAN: the first number of a latent vector becomes the grey of the image."""

    def generate(self, latents, labels=None):
        grey = np.tanh(latents[:, 0])[:, None, None, None]
        return np.broadcast_to(grey, (len(latents), 8, 8, 3)).astype(np.float32)


def test_between_ends_at_its_ends():
    rng = np.random.default_rng(0)
    start, end = rng.standard_normal((2, 5, 100))
    assert np.allclose(widgets.between(start, end, 0), start, atol=1e-6)
    assert np.allclose(widgets.between(start, end, 1), end, atol=1e-6)


def test_between_keeps_usual_lengths_where_a_straight_line_does_not():
    rng = np.random.default_rng(1)
    start, end = rng.standard_normal((2, 200, 100))
    middle = np.linalg.norm(widgets.between(start, end, 0.5), axis=1)
    straight = np.linalg.norm((start + end) / 2, axis=1)
    lengths = (np.linalg.norm(start, axis=1) + np.linalg.norm(end, axis=1)) / 2
    assert np.allclose(middle, lengths, rtol=1e-5)
    assert np.allclose(straight.mean() / lengths.mean(), 0.5**0.5, atol=0.02)


def test_between_moves_at_an_even_pace():
    start, end = np.array([2.0, 0.0]), np.array([0.0, 2.0])
    angles = [np.arctan2(*widgets.between(start, end, p)[::-1]) for p in np.linspace(0, 1, 5)]
    assert np.allclose(np.diff(angles), np.pi / 8, atol=1e-6)


def test_between_equal_ends_stays():
    point = np.array([[1.0, 2.0, 3.0]])
    assert np.allclose(widgets.between(point, point, 0.3), point)


@pytest.mark.parametrize(
    ("start", "end", "position", "complaint"),
    [
        ([1.0], [1.0, 2.0], 0.5, "alike"),
        ([1.0], [2.0], 1.5, "position is 1.5, but must be at least 0 and at most 1"),
        ([0.0, 0.0], [1.0, 0.0], 0.5, "zeros"),
        ([1.0, 2.0], [-2.0, -4.0], 0.5, "opposite directions"),
    ],
)
def test_between_refuses(start, end, position, complaint):
    with pytest.raises(ValueError, match=complaint):
        widgets.between(start, end, position)


def test_walk_passes_every_stop():
    stops = np.random.default_rng(2).standard_normal((4, 3, 10)).astype(np.float32)
    painter = Painter()
    for stop in range(4):
        shown = widgets.walk(painter, stops, float(stop))
        wanted = np.rint((np.tanh(stops[stop][:, 0]) + 1) * 127.5)
        assert np.abs(shown[:, 0, 0, 0] - wanted).max() <= 1


def test_png_holds_the_pixels():
    import matplotlib.image

    images = np.random.default_rng(3).integers(0, 256, (2, 4, 5, 3)).astype(np.uint8)
    read = matplotlib.image.imread(io.BytesIO(widgets.png(images, scale=3)))
    read = np.rint(read[..., :3] * 255).astype(np.uint8)
    assert np.array_equal(read, np.concatenate(list(images), 1).repeat(3, 0).repeat(3, 1))


def test_the_slider_changes_the_picture():
    stops = np.random.default_rng(4).standard_normal((3, 2, 10)).astype(np.float32)
    box = widgets.latent_slider(Painter(), stops)
    slider, picture = box.children
    assert (slider.min, slider.max) == (0, 2)
    before = picture.value
    slider.value = 1.35
    assert picture.value != before
    assert picture.value == widgets.png(widgets.walk(Painter(), stops, 1.35), 4)
    slider.value = 0
    assert picture.value == before


@pytest.mark.parametrize("shape", [(10,), (1, 10), (1, 3, 10), (2, 3, 4, 10)])
def test_the_slider_refuses_a_walk_without_a_way(shape):
    with pytest.raises(ValueError, match="at least two stops"):
        widgets.latent_slider(Painter(), np.ones(shape))


def test_an_explorer_without_a_kernel_says_what_to_do():
    """A notebook that was only opened shows the text of an output, not the widget."""
    stops = np.random.default_rng(4).standard_normal((3, 2, 10)).astype(np.float32)
    for box in (widgets.latent_slider(Painter(), stops), widgets.minimax_explorer()):
        text = box._repr_mimebundle_()["text/plain"]
        assert text.startswith("Run this cell") and text.endswith("move.")  # not shortened


def test_an_explorer_does_not_stretch_its_picture():
    stops = np.random.default_rng(4).standard_normal((3, 2, 10)).astype(np.float32)
    assert widgets.latent_slider(Painter(), stops).layout.align_items == "flex-start"


def test_sliders_move_latents_along_directions():
    from ganlib import GAN, data, networks
    from ganlib.widgets.directions import direction_sliders

    gan = GAN(
        networks.dense_generator(4, (8, 8, 3), (6,)),
        networks.dense_discriminator((8, 8, 3), (4,)),
        4,
    )
    box = direction_sliders(gan, np.ones((2, 4)), np.eye(4)[:3])
    *sliders, picture = box.children
    assert len(sliders) == 3
    before = picture.value
    sliders[1].value = 2.0
    assert picture.value != before
    moved = np.ones((2, 4), np.float32) + 2 * np.eye(4, dtype=np.float32)[1]
    assert picture.value == widgets.png(data.to_uint8(gan.generate(moved), clip=True), 5)
    sliders[1].value = 0.0
    assert picture.value == before
    with pytest.raises(ValueError, match="directions"):
        direction_sliders(gan, np.ones((2, 4)), np.eye(3))
