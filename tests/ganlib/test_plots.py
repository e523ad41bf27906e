"""Figures: what they show must be what they were given, pixel by pixel."""

import io

import matplotlib
import numpy as np
import pytest

from ganlib import plots

matplotlib.use("Agg")

HISTORY = {
    "d_loss": [1.4, 1.2, 1.0],
    "g_loss": [0.7, 0.8, 0.9],
    "real_logits": [0.1, 0.5, 1.0],
    "fake_logits": [-0.1, -0.5, -1.0],
}


def pixels_of(figure):
    """The figure as a screen shows it, uint8 (height, width, 3)."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=figure.dpi)
    file.seek(0)
    picture = matplotlib.image.imread(file)
    return np.rint(picture[..., :3] * 255).astype(np.uint8)


def some_images(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 32, 32, 3)).astype(np.uint8)


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_a_grid_shows_every_pixel_as_a_square(scale):
    images = some_images(6)
    shown = pixels_of(plots.image_grid(images, columns=3, scale=scale))
    cell = 34 * scale
    for index, image in enumerate(images):
        row, column = divmod(index, 3)
        top, left = row * cell + scale, column * cell + scale
        square = shown[top : top + 32 * scale, left : left + 32 * scale]
        assert np.array_equal(square, image.repeat(scale, 0).repeat(scale, 1))


def test_a_title_and_captions_leave_the_pixels_alone():
    images = some_images(4)
    figure = plots.image_grid(images, columns=4, title="A title", captions=list("abcd"))
    shown = pixels_of(figure)
    assert np.array_equal(shown[28 + 2 : 28 + 66, 2:66], images[0].repeat(2, 0).repeat(2, 1))
    assert [text.get_text() for text in figure.axes[0].texts] == list("abcd")


def test_floats_and_grey_images_are_shown_alike():
    images = some_images(2)
    floats = images / np.float32(127.5) - 1
    assert np.array_equal(
        pixels_of(plots.image_grid(images)), pixels_of(plots.image_grid(floats.astype(np.float32)))
    )
    grey = images[..., :1]
    assert np.array_equal(
        pixels_of(plots.image_grid(grey)), pixels_of(plots.image_grid(grey.repeat(3, -1)))
    )


def test_an_incomplete_last_row_is_white():
    shown = pixels_of(plots.image_grid(some_images(3) // 2, columns=2, scale=1))
    assert (shown[34:, 34:] == 255).all()
    assert not (shown[35:66, 1:33] == 255).all()


def test_a_strip_has_one_row_per_caption():
    rows = [some_images(5, seed) for seed in range(3)]
    figure = plots.strip(rows, ["one", "two", "three"], scale=1)
    assert [text.get_text() for text in figure.axes[0].texts] == ["one", "two", "three"]
    assert np.array_equal(pixels_of(figure)[34 + 1 : 34 + 33, 80 + 1 : 80 + 33], rows[1][0])


@pytest.mark.parametrize(
    ("images", "complaint"),
    [
        (np.zeros((32, 32, 3), np.uint8), "must have"),
        (np.zeros((0, 32, 32, 3), np.uint8), "n of at least 1"),
        (np.zeros((2, 32, 32, 2), np.uint8), "must have"),
        (np.full((2, 32, 32, 3), np.nan, np.float32), "NaN"),
        (np.full((2, 32, 32, 3), 200.0, np.float32), r"\[-1, 1\]"),
        (np.full((2, 32, 32, 3), 200), r"int64, but must be uint8 .*astype\('uint8'\)"),
        ("cat.png", "a str was given, but must be an array"),
    ],
)
def test_what_is_no_image_is_refused(images, complaint):
    with pytest.raises((ValueError, TypeError), match=complaint):
        plots.image_grid(images)


def test_wrong_numbers_are_refused():
    with pytest.raises(ValueError, match="scale is 0, but must be"):
        plots.image_grid(some_images(1), scale=0)
    with pytest.raises(ValueError, match="columns is 0, but must be"):
        plots.image_grid(some_images(1), columns=0)
    with pytest.raises(ValueError, match="2 captions"):
        plots.image_grid(some_images(1), captions=["a", "b"])
    with pytest.raises(ValueError, match="2 captions"):
        plots.strip([some_images(1)], ["a", "b"])
    with pytest.raises(ValueError, match="0 grids"):
        plots.strip([], [])


def test_rows_of_a_strip_have_the_same_number_of_images_of_one_size():
    for other in (some_images(4), some_images(5)[:, :28, :28]):
        with pytest.raises(ValueError, match=r"grids\[1\] has the shape .*as grids\[0\] has"):
            plots.strip([some_images(5), other, some_images(5)], list("abc"))


@pytest.mark.parametrize("shape", [(64, 64, 3), (28, 28, 1), (16, 48, 3), (1, 1, 1)])
@pytest.mark.parametrize("n", [1, 5])
def test_images_of_any_size_are_shown_from_an_array_or_a_list(shape, n):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, *shape)).astype(np.uint8)
    for given in (images, list(images), images.astype(np.float64) / 127.5 - 1):
        shown = pixels_of(plots.image_grid(given, columns=3, scale=1))
        height, width, _ = shape
        assert np.array_equal(
            shown[1 : 1 + height, 1 : 1 + width], np.broadcast_to(images[0], (height, width, 3))
        )
    plots.strip([images, list(images)], ["a", "b"])
    plots.progress(HISTORY, list(images))


def test_a_list_with_an_image_of_another_shape_is_refused_by_name():
    with pytest.raises(ValueError, match=r"images\[2\] .*grey"):
        plots.image_grid([*some_images(2), some_images(1)[0, ..., 0]])
    with pytest.raises(ValueError, match="transparency"):
        plots.image_grid(np.zeros((2, 32, 32, 4), np.uint8))


def test_progress_shows_samples_outside_the_range_as_the_nearest_colour():
    images = np.zeros((4, 8, 8, 3), np.float32)
    images[0], images[1] = 1.5, -9
    shown = pixels_of(plots.progress(HISTORY, images))
    scale = 300 // 20
    assert (shown[50 + scale : 50 + 9 * scale, scale : 9 * scale] == 255).all()
    with pytest.raises(ValueError, match="clip=True"):
        plots.image_grid(images)


def test_loss_curves_are_the_history():
    figure = plots.progress(HISTORY, some_images(4))
    drawn = {line.get_label(): line for axes in figure.axes for line in axes.lines}
    for label, name in (
        ("discriminator", "d_loss"),
        ("generator", "g_loss"),
        ("on real", "real_logits"),
        ("on generated", "fake_logits"),
    ):
        assert drawn[label].get_xdata().tolist() == [1, 2, 3]
        assert list(drawn[label].get_ydata()) == HISTORY[name]
    assert drawn["on real"].get_color() == plots.REAL
    assert drawn["on generated"].get_color() == plots.FAKE


def test_a_history_without_logits_is_refused():
    with pytest.raises(TypeError, match="The history is None"):
        plots.progress(None, some_images(4))
    with pytest.raises(ValueError, match="fake_logits"):
        plots.progress({"d_loss": [1], "g_loss": [1], "real_logits": [1]}, some_images(4))


def test_progress_shows_the_samples_at_a_whole_scale():
    images = some_images(36)
    shown = pixels_of(plots.progress(HISTORY, images, title="After 3 of 3 epochs"))
    height = len(shown)
    top = 50  # the grid is pinned under the title
    assert height >= 34 * 6 + 70
    assert np.array_equal(shown[top + 1 : top + 33, 1:33], images[0])


def test_a_histogram_shows_shares():
    figure = plots.histogram(np.array([0, 0, 0, 1]), bins=[0, 1, 2], label="pixel")
    patch = figure.axes[0].patches[0]
    assert patch.get_data().values.tolist() == [0.75, 0.25]


def test_both_histograms_have_the_same_cells_and_count_all_values():
    figure = plots.histogram(np.array([0.0, 1.0, 1.0, 10.0]), np.array([0.0, 8.0]), bins=2)
    real, fake = (patch.get_data() for patch in figure.axes[0].patches)
    assert real.edges.tolist() == fake.edges.tolist() == [0, 5, 10]
    assert real.values.tolist() == [0.75, 0.25] and fake.values.tolist() == [0.5, 0.5]
    outside = plots.histogram(np.arange(10), bins=[0, 4, 8]).axes[0].patches[0]
    assert outside.get_data().values.tolist() == [0.4, 0.5]  # 4 … 8, the last edge included


def test_values_that_do_not_belong_on_one_axis_are_refused():
    with pytest.raises(TypeError, match="real is uint8 and fake is float32, but must both"):
        plots.histogram(some_images(1), np.zeros((1, 32, 32, 3), np.float32))
    with pytest.raises(TypeError, match="real holds <U1"):
        plots.histogram(["a", "b"])
    for bad in ([], [np.nan, 1.0], [np.inf]):
        with pytest.raises(ValueError, match=r"fake has \d values, of which \d are finite"):
            plots.histogram([0.5], bad)


def test_no_figure_stays_open():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    plots.image_grid(some_images(1))
    plots.progress(HISTORY, some_images(4))
    assert plt.get_fignums() == before


def test_each_caption_stands_under_its_image_or_before_its_row():
    grid = plots.image_grid(some_images(5), columns=3, scale=2, captions=list("abcde")).axes[0]
    assert grid.yaxis_inverted()
    for index, text in enumerate(grid.texts):
        (row, column), (x, y) = divmod(index, 3), text.get_position()
        assert 68 * column < x < 68 * (column + 1) and 86 * row + 68 < y < 86 * (row + 1)
    rows = plots.strip([some_images(5)] * 3, list("abc"), scale=1).axes[0]
    for index, text in enumerate(rows.texts):
        assert 34 * index < text.get_position()[1] < 34 * (index + 1)
