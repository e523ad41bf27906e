"""The multiplications of a layer."""

from fractions import Fraction

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["multiplications"]


@task(
    points=2,
    hints=(
        "How many weights does the kernel have, and how often is each of them used for one image?",
        "A kernel of a convolution has s · s · m · k weights. Each is used once at every place to "
        "which the kernel slides.",
        "A convolution makes one product with the kernel for each place of its output; a "
        "transposed one stamps its kernel once for each place of its input.",
    ),
)
def multiplications(trial: Trial) -> None:
    """Multiplications of a dense, a convolutional and a transposed layer for one image."""
    m, k, height, width = (int(n) for n in trial.rng.permutation([7, 11, 13, 17, 19, 23])[:4])
    sizes = m, k, height, width
    with trial.part(1, "a dense layer and a convolution"):
        _expect_count(trial, "dense", sizes, 2)
        for stride in (2, 3, 1):
            _expect_count(trial, "convolution", sizes, stride)
    with trial.part(1, "a transposed convolution"):
        for stride in (2, 3, 1):
            _expect_count(trial, "transposed", sizes, stride)


def _expect_count(trial: Trial, kind: str, sizes: tuple, stride: int) -> None:
    """Heights and widths differ, so that no square of one passes for the places."""
    m, k, height, width = sizes
    s, places = 5, height * width
    large, small = (stride * height, stride * width, m), (height, width, k)
    given, made, size = {
        "dense": ((m,), (k,), None),
        "convolution": (large, small, s),
        "transposed": (small, large, s),
    }[kind]
    answer = trial.number(trial.call(kind, given, made, size), f"the count for {kind!r}")
    of_kernels = (
        (2, "this is multiplications and additions together. Count the multiplications."),
        (1 + Fraction(1, given[-1]), "you counted the biases: they are added."),
        (1 + Fraction(1, given[-1] * s * s), "you counted the biases: they are added."),
        (
            stride**2,
            "you counted the places of the input. The kernel makes one product for each place of "
            "what comes out."
            if kind == "convolution"
            else "you counted the places of the output. Which numbers does a transposed "
            "convolution multiply the whole kernel by?",
        ),
        (Fraction(1, places), "this is the number of weights. How often is each of them used?"),
        (Fraction(1, s), "you counted one side only of the kernel. It is s by s."),
        (Fraction(1, s * s), "the s by s weights of the kernel are missing."),
        (Fraction(1, made[-1]), "the output channels are missing. Each has its own kernel."),
        (Fraction(1, given[-1]), "the input channels are missing. A kernel sees all of them."),
        (Fraction(height, width), "you squared the height. The width is another number."),
        (Fraction(width, height), "you squared the width. The height is another number."),
    )
    of_units = (
        of_kernels[0],
        (1 + Fraction(1, m), "you counted the biases: they are added."),
        (Fraction(1, m), "you counted the units alone: each of them multiplies all m inputs."),
        (
            Fraction(1, k),
            "you counted the inputs alone: each of the k units multiplies all of them.",
        ),
    )
    wrong = of_units if size is None else of_kernels
    right = m * k * (1 if size is None else s * s * places)
    messages = [message for ratio, message in wrong if answer == right * ratio]
    if answer != right:
        if abs(4 * answer - stride**2 * right) < 4 and stride != 2:
            messages = [
                f"with stride {stride} you count as if it were 2. The shapes say how many places "
                "there are."
            ]
        rest = (
            "each of the k units multiplies all m inputs."
            if size is None
            else "take the weights of the kernel, times how often each of them is used."
        )
        said = messages[0] if messages else f"the count is not right: {rest}"
        raise Wrong(f"For the kind {kind!r}: {said}")
