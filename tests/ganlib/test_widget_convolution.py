"""The convolution stepper: its arithmetic against Keras and mathematics, and the widget itself."""

import itertools

import numpy as np
import pytest

from ganlib.widgets import convolution
from ganlib.widgets.convolution import convolve, output_size, sources

# (height, width), (kernel height, kernel width), stride
SIZES = [
    ((5, 5), (3, 3), 1),
    ((5, 6), (3, 2), 2),
    ((6, 4), (4, 4), 2),
    ((7, 5), (5, 5), 2),
    ((5, 5), (2, 3), 3),
    ((4, 3), (1, 1), 2),
    ((2, 3), (2, 2), 2),
]
PADDINGS = ("valid", "same")


def example(size, kernel_size, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(-4, 5, size).astype(float), rng.integers(-4, 5, kernel_size).astype(float)


@pytest.mark.parametrize(("size", "kernel_size", "stride"), SIZES)
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("transposed", [False, True])
def test_the_whole_output_is_that_of_keras(size, kernel_size, stride, padding, transposed):
    from keras import ops

    image, kernel = example(size, kernel_size)
    operation = ops.conv_transpose if transposed else ops.conv
    theirs = operation(
        image[None, :, :, None].astype(np.float32),
        kernel[:, :, None, None].astype(np.float32),
        strides=stride,
        padding=padding,
    )
    ours = convolve(image, kernel, stride, padding, transposed)
    assert np.allclose(ours, ops.convert_to_numpy(theirs)[0, :, :, 0], atol=1e-4)


@pytest.mark.parametrize("padding", PADDINGS)
def test_a_transposed_convolution_is_the_transpose_of_the_convolution(padding):
    """⟨conv(x), y⟩ = ⟨x, conv^T(y)⟩ for all x and y, where the sizes fit."""
    (x, kernel), stride = example((7, 9), (3, 3)), 2
    if padding == "same":
        x = x[:6, :8]
    down = convolve(x, kernel, stride, padding)
    y = np.random.default_rng(1).standard_normal(down.shape)
    up = convolve(y, kernel, stride, padding, transposed=True)
    assert up.shape == x.shape
    assert np.isclose((down * y).sum(), (x * up).sum())


def test_every_input_cell_meets_every_weight_once_in_a_transposed_convolution():
    for size, kernel_size, stride in itertools.product((1, 3, 4), (1, 2, 3, 5), (1, 2, 3)):
        outputs = output_size(size, kernel_size, stride, transposed=True)
        met = [
            tuple(pair)
            for position in range(outputs)
            for pair in sources(position, size, kernel_size, stride, transposed=True)
        ]
        assert sorted(met) == list(itertools.product(range(size), range(kernel_size)))


@pytest.mark.parametrize(
    ("kernel_size", "wanted"), [(4, {2}), (5, {2, 3}), (2, {1}), (3, {1, 2}), (6, {3})]
)
def test_overlaps_are_even_only_where_the_stride_divides_the_kernel(kernel_size, wanted):
    """Odena et al. 2016: away from the border stride 2 gives kernel / 2 products, or two counts."""
    counts = {
        len(sources(position, 16, kernel_size, 2, "same", transposed=True))
        for position in range(6, 26)
    }
    assert counts == wanted


def test_sizes_follow_the_formulas():
    assert [output_size(32, 5, 2, "same"), output_size(33, 5, 2, "same")] == [16, 17]
    assert [output_size(32, 5, 2), output_size(32, 5, 1)] == [14, 28]
    assert [output_size(4, 5, 2, "same", True), output_size(4, 5, 2, "valid", True)] == [8, 11]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((0, 0, 3), "size is 0"),
        ((0, 5, 3, 0), "stride is 0"),
        ((0, 5, 3, 1, "full"), "valid, same"),
        ((0, 2, 3), "does not fit"),
        ((3, 5, 3), "rows 0 to 2"),
        ((-1, 5, 3), "rows 0 to 2"),
    ],
)
def test_refuses_what_has_no_answer(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        sources(*arguments)


def test_the_figure_says_what_makes_the_cell():
    """Cell (2, 2) of a 2 × 2 input under a 3 × 3 kernel is where all four stamps overlap."""
    kernel = np.array([[1, 2, 1], [0, 1, 0], [2, 0, 1]])
    figure = convolution.convolution_figure([[1, 2], [3, 4]], kernel, 12, 2, transposed=True)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert "cell (2, 2), 4 products: 4·1 + 3·1 + 2·2 + 1·1 = 12" in words
    assert {"input 2 × 2", "kernel 3 × 3", "output 5 × 5"} <= set(words)
    assert [words.count(letter) for letter in "abcde"] == [2, 2, 2, 2, 0]
    with pytest.raises(ValueError, match="0 to 24"):
        convolution.convolution_figure([[1, 2], [3, 4]], kernel, 25, 2, transposed=True)


def test_negative_numbers_have_a_minus_and_stand_in_brackets_in_a_product():
    figure = convolution.convolution_figure([[2]], [[-3]], 0)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words[-1] == "cell (0, 0), 1 product: 2·(−3) = −6"
    assert words.count("−3") == words.count("−6") == 1


def controls(box):
    return {child.description: child for child in box.children[:-1]}, box.children[-1]


def test_every_control_changes_the_picture_and_back():
    named, picture = controls(convolution.convolution_stepper())
    begin = bytes(picture.value)
    assert begin.startswith(b"\x89PNG")
    for name, other in (
        ("operation", "transposed convolution"),
        ("kernel size", 2),
        ("stride", 1),
        ("padding", "same"),
        ("output cell", 3),
    ):
        before = named[name].value
        named[name].value = other
        assert bytes(picture.value) != begin, name
        named[name].value = before
        assert bytes(picture.value) == begin, name


@pytest.mark.slow
@pytest.mark.parametrize("transposed", [False, True])
def test_no_choice_of_the_controls_fails_and_the_last_cell_can_be_reached(transposed):
    named, _ = controls(convolution.convolution_stepper(transposed))
    name = "transposed convolution" if transposed else "convolution"
    assert named["operation"].value == name
    side = len(convolution.INPUTS[name])
    for kernel_size, stride, padding in itertools.product((1, 3, 5), (1, 2), PADDINGS):
        named["kernel size"].value, named["stride"].value = kernel_size, stride
        named["padding"].value = padding
        cells = output_size(side, kernel_size, stride, padding, transposed) ** 2
        assert named["output cell"].max == max(cells - 1, 1)
        named["output cell"].value = cells - 1
        assert named["output cell"].value == cells - 1


def test_the_smallest_output_has_nothing_to_step_through():
    named, picture = controls(convolution.convolution_stepper())
    named["kernel size"].value = 5  # a single cell
    before = picture.value
    named["output cell"].value = 1
    assert picture.value == before


def test_letters_and_marks_stand_on_the_cells_of_the_products():
    image, kernel = np.array([[1, 2], [3, 4]]), np.array([[1, 2, 1], [0, 1, 0], [2, 0, 1]])
    axes = convolution.convolution_figure(image, kernel, 12, 2, transposed=True).axes[0]
    of_kernel, factors = 0.1 + 2 + 0.95, []
    for letter in "abcd":
        (x, y), (u, v) = sorted(t.get_position() for t in axes.texts if t.get_text() == letter)
        factors.append((image[int(y), int(x - 0.1)], kernel[int(v), int(u - of_kernel)]))
    assert factors == [(4, 1), (3, 1), (2, 2), (1, 1)]
    corners = [path.vertices[0] for path in axes.collections[3].get_paths()]
    marked = {(round(y), round(x - of_kernel)) for x, y in corners}
    assert marked == {(0, 0), (0, 2), (2, 0), (2, 2)}
