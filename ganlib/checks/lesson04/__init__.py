"""The tasks of exercise 04: the shell, the transposed convolution, its pattern, a layer, a
generator.
"""

from ganlib.checks.lesson04.build_generator import build_generator
from ganlib.checks.lesson04.constant_answer import constant_answer
from ganlib.checks.lesson04.one_layer import layer, one_layer
from ganlib.checks.lesson04.transposed_convolution import transposed_convolution
from ganlib.checks.lesson04.walk import walk
from ganlib.checks.table import picture, points_table

__all__ = [
    "build_generator",
    "constant_answer",
    "layer",
    "one_layer",
    "picture",
    "table",
    "transposed_convolution",
    "walk",
]

table = points_table(
    walk, transposed_convolution, constant_answer, one_layer, build_generator, by_hand=4
)
