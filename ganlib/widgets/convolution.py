"""A convolution, or a transposed one, output cell by output cell.

All of it rests on one function: ``sources`` says, for a row (or a column) of the output, which rows
of the input meet which rows of the kernel there. Sizes and padding are those of Keras.
"""

import io
from collections.abc import Sequence
from string import ascii_lowercase
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ganlib.support.validation import whole_number
from ganlib.widgets.explorer import explorer

if TYPE_CHECKING:
    import ipywidgets
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure

__all__ = ["convolution_figure", "convolution_stepper", "convolve", "output_size", "sources"]

PADDINGS = ("valid", "same")
# What the stepper shows: small whole numbers, and no two rows or columns alike.
INPUTS = {
    "convolution": np.array(
        [[1, 0, 2, 1, 3], [2, 1, 0, 0, 1], [0, 3, 1, 2, 0], [1, 1, 0, 1, 2], [3, 0, 2, 0, 1]]
    ),
    "transposed convolution": np.array([[1, 2, 0], [3, 1, 1], [0, 2, 1]]),
}
KERNEL = np.array(
    [[1, 2, 1, 0, 1], [0, 1, 3, 1, 0], [2, 0, 1, 1, 2], [1, 0, 0, 2, 1], [0, 1, 2, 0, 1]]
)


class Source(NamedTuple):
    """One product that goes into an output cell, seen along one axis."""

    input: int
    kernel: int


def output_size(
    size: int, kernel_size: int, stride: int = 1, padding: str = "valid", transposed: bool = False
) -> int:
    """The height (or width) of the output for an input of ``size``.

    A convolution gives ⌊(size − kernel_size) / stride⌋ + 1 without padding and ⌈size / stride⌉ with
    "same"; a transposed one (size − 1) · stride + kernel_size and size · stride (where the kernel
    is smaller than the stride, Keras fills up to size · stride in both cases).

    Raises:
        TypeError, ValueError: a number below 1, an unknown padding, or a kernel that does not fit
            the input.

    >>> output_size(32, 5, stride=2, padding="same"), output_size(2, 3, stride=2, transposed=True)
    (16, 5)
    """
    for name, value in (("size", size), ("kernel_size", kernel_size), ("stride", stride)):
        whole_number(value, name, 1)
    if padding not in PADDINGS:
        raise ValueError(f"padding is {padding!r}, but must be one of {', '.join(PADDINGS)}.")
    if transposed:
        return size * stride + (max(kernel_size - stride, 0) if padding == "valid" else 0)
    if padding == "same":
        return -(-size // stride)
    if kernel_size > size:
        raise ValueError(
            f"A kernel of {kernel_size} does not fit into {size} rows without padding. "
            'Take a smaller one, or padding="same".'
        )
    return (size - kernel_size) // stride + 1


def sources(
    position: int,
    size: int,
    kernel_size: int,
    stride: int = 1,
    padding: str = "valid",
    transposed: bool = False,
) -> list[Source]:
    """Which rows of the input meet which rows of the kernel in one row of the output.

    The rule is the same for columns; a cell's products are all pairs of its row's and its column's.
    In a convolution, output row o and kernel row k meet input row i = o · stride + k − before,
    where ``before`` rows of zeros were padded on that side. A transposed convolution has the same
    rule with input and output exchanged (Dumoulin & Visin 2016, arXiv 1603.07285,
    chapter 4).

    Args:
        position: row of the output, from 0.
        size: rows of the input.
        kernel_size: rows of the kernel.
        stride: step of the kernel.
        padding: "valid" or "same".
        transposed: whether it is a transposed convolution.

    Returns:
        Pairs ``(input, kernel)``, in the order of the kernel's rows. Rows of padding are left out.

    Raises:
        TypeError, ValueError: as ``output_size``, or a position outside the output.

    >>> [tuple(pair) for pair in sources(2, size=2, kernel_size=3, stride=2, transposed=True)]
    [(1, 0), (0, 2)]
    """
    outputs = output_size(size, kernel_size, stride, padding, transposed)
    if not 0 <= position < outputs:
        raise ValueError(f"position is {position}, but must be one of rows 0 to {outputs - 1}.")
    fine, coarse = (outputs, size) if transposed else (size, outputs)
    missing = max((coarse - 1) * stride + kernel_size - fine, 0) if padding == "same" else 0
    before = missing // 2  # an odd row goes to the end
    pairs = []
    for kernel in range(kernel_size):
        if transposed:
            row, rest = divmod(position + before - kernel, stride)
        else:
            row, rest = position * stride + kernel - before, 0
        if rest == 0 and 0 <= row < size:
            pairs.append(Source(row, kernel))
    return pairs


def convolve(
    image: ArrayLike,
    kernel: ArrayLike,
    stride: int = 1,
    padding: str = "valid",
    transposed: bool = False,
) -> np.ndarray:
    """The whole output, cell by cell: each is the sum of its products.

    As in Keras the kernel is not flipped (a mathematician would call it a cross-correlation).

    Args:
        image: numbers ``(height, width)``.
        kernel: numbers ``(kernel_height, kernel_width)``.
        stride: step of the kernel.
        padding: "valid" or "same".
        transposed: whether it is a transposed convolution.

    Returns:
        float64 ``(output_height, output_width)``.

    Raises:
        TypeError, ValueError: as ``output_size``, or arrays that do not have two axes.

    >>> convolve([[1, 2], [3, 4]], [[1, 1], [1, 1]], stride=2, transposed=True)[0].tolist()
    [1.0, 1.0, 2.0, 2.0]
    """
    image, kernel = np.asarray(image, np.float64), np.asarray(kernel, np.float64)
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(
            f"image and kernel have the shapes {image.shape} and {kernel.shape}, but must have two "
            "axes: one channel."
        )
    rows, columns = (
        [
            sources(position, size, kernel_size, stride, padding, transposed)
            for position in range(output_size(size, kernel_size, stride, padding, transposed))
        ]
        for size, kernel_size in zip(image.shape, kernel.shape, strict=True)
    )
    return np.array(
        [
            [
                sum(
                    image[r.input, c.input] * kernel[r.kernel, c.kernel]
                    for r in row
                    for c in column
                )
                for column in columns
            ]
            for row in rows
        ],
        np.float64,
    )


def convolution_figure(
    image: ArrayLike,
    kernel: ArrayLike,
    position: int,
    stride: int = 1,
    padding: str = "valid",
    transposed: bool = False,
) -> "Figure":
    """Input, kernel and output side by side, with what makes one output cell marked in all three.

    In a transposed convolution, the input cell and the weight of a product carry the same letter.

    Args:
        image: numbers ``(height, width)``.
        kernel: numbers ``(kernel_height, kernel_width)``.
        position: number of the output cell, row by row from 0. Cells up to it are filled in.
        stride: step of the kernel.
        padding: "valid" or "same".
        transposed: whether it is a transposed convolution.

    Returns:
        A figure.
    """
    import matplotlib.pyplot as plt

    image, kernel = np.asarray(image), np.asarray(kernel)
    output = convolve(image, kernel, stride, padding, transposed)
    if not 0 <= position < output.size:
        raise ValueError(f"position is {position}, but must be a cell, 0 to {output.size - 1}.")
    row, column = divmod(int(position), output.shape[1])
    options = (stride, padding, transposed)
    rows = sources(row, image.shape[0], kernel.shape[0], *options)
    columns = sources(column, image.shape[1], kernel.shape[1], *options)
    pairs = [(r, c) for r in rows for c in columns]
    done = np.arange(output.size).reshape(output.shape) <= position
    grids = (
        ("input", image, {(r.input, c.input) for r, c in pairs}, np.ones(image.shape, bool)),
        ("kernel", kernel, {(r.kernel, c.kernel) for r, c in pairs}, np.ones(kernel.shape, bool)),
        ("output", output, {(row, column)}, done),
    )
    height = max(grid.shape[0] for _, grid, _, _ in grids)
    width = sum(grid.shape[1] for _, grid, _, _ in grids) + 2.0
    inches = 0.36  # the side of a cell
    figure = plt.figure(figsize=(max(width, 18) * inches, (height + 2.2) * inches), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    left = 0.1
    for name, grid, marked, known in grids:
        axes.text(left, -0.25, f"{name} {grid.shape[0]} × {grid.shape[1]}", fontsize=10)
        corners = [[(left + j, i) for j in range(grid.shape[1])] for i in range(grid.shape[0])]
        chosen = [corners[i][j] for i, j in marked]
        plain = [corner for row_ in corners for corner in row_ if corner not in chosen]
        face, edge = ("#CDB7E0", "#6A3D9A") if name == "output" else ("#F0E442", "#B58900")
        axes.add_collection(_cells(plain, "white", "0.75", 0.6))
        axes.add_collection(_cells(chosen, face, edge, 1.6))
        for (i, j), value in np.ndenumerate(grid):
            if known[i, j]:
                place = (left + j + 0.5, i + 0.53)
                axes.text(
                    *place, _with_minus(value), ha="center", va="center", fontsize=10, zorder=4
                )
        if transposed and name != "output":
            for letter, (r, c) in zip(ascii_lowercase, pairs, strict=False):
                cell = (r.input, c.input) if name == "input" else (r.kernel, c.kernel)
                axes.text(left + cell[1] + 0.08, cell[0] + 0.3, letter, fontsize=7, zorder=4)
        left += grid.shape[1] + 0.95
    axes.text(0.1, height + 0.75, _sentence(image, kernel, pairs, (row, column)), fontsize=10)
    axes.set(xlim=(0, max(width, 18)), ylim=(height + 1.2, -1.0))
    axes.set_axis_off()
    plt.close(figure)
    return figure


def convolution_stepper(transposed: bool = False) -> "ipywidgets.VBox":
    """Step through the output cells of a small example and see what makes each of them.

    Args:
        transposed: whether the example begins with a transposed convolution.

    Returns:
        An ipywidgets box: operation, kernel, stride, padding, position, and the picture under them.
    """
    import ipywidgets

    wide, label = ipywidgets.Layout(width="420px"), {"description_width": "90px"}
    names = tuple(INPUTS)
    operation = ipywidgets.Dropdown(
        options=names, value=names[transposed], description="operation", style=label, layout=wide
    )
    kernel_size = ipywidgets.IntSlider(3, 1, 5, description="kernel size", style=label, layout=wide)
    stride = ipywidgets.IntSlider(2, 1, 2, description="stride", style=label, layout=wide)
    padding = ipywidgets.Dropdown(options=PADDINGS, description="padding", style=label, layout=wide)
    position = ipywidgets.IntSlider(0, 0, 1, description="output cell", style=label, layout=wide)
    picture = ipywidgets.Image(format="png")
    shown = {}

    def show(_=None) -> None:
        is_transposed = operation.value == names[1]
        image = INPUTS[operation.value]
        kernel = KERNEL[: kernel_size.value, : kernel_size.value]
        options = (stride.value, padding.value, is_transposed)
        last = output_size(len(image), len(kernel), *options) ** 2 - 1
        if shown.get("last") != last:
            shown["last"] = last
            if position.value > last:
                position.value = 0  # which calls this function again
            position.max = max(last, 1)
        chosen = (operation.value, len(kernel), *options, min(position.value, last))
        if shown.get("chosen") != chosen:
            shown["chosen"] = chosen
            figure = convolution_figure(image, kernel, chosen[-1], *options)
            file = io.BytesIO()
            figure.savefig(file, format="png")
            picture.value = file.getvalue()

    for control in (operation, kernel_size, stride, padding, position):
        control.observe(show, names="value")
    show()
    return explorer(operation, kernel_size, stride, padding, position, picture)


def _cells(
    corners: Sequence[tuple[float, float]], face: str, edge: str, linewidth: float
) -> "PolyCollection":
    """Unit squares with these upper left corners, as one object (many patches would be slow)."""
    from matplotlib.collections import PolyCollection

    squares = [[(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)] for x, y in corners]
    return PolyCollection(squares, facecolor=face, edgecolor=edge, linewidth=linewidth)


def _sentence(
    image: np.ndarray,
    kernel: np.ndarray,
    pairs: Sequence[tuple[Source, Source]],
    cell: tuple[int, int],
) -> str:
    """The sum that makes a cell, shortened to fit on a line."""
    value = sum(image[r.input, c.input] * kernel[r.kernel, c.kernel] for r, c in pairs)
    terms = [
        f"{_factor(image[r.input, c.input])}·{_factor(kernel[r.kernel, c.kernel])}"
        for r, c in pairs
    ]
    if len(terms) > 9:
        terms = [*terms[:7], "…", terms[-1]]
    products = f"{len(pairs)} product" + ("" if len(pairs) == 1 else "s")
    total = f"{' + '.join(terms)} = {_with_minus(value)}" if terms else "nothing meets here: 0"
    return f"cell {cell}, {products}: {total}"


def _with_minus(value: float) -> str:
    """A number with a proper minus sign."""
    return f"{value:g}".replace("-", "−")


def _factor(value: float) -> str:
    """A number as it is written in a product."""
    return _with_minus(value) if value >= 0 else f"({_with_minus(value)})"
