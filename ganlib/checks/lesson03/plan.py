"""Side, weights and receptive field of a stack of convolutions."""

from collections.abc import Sequence

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["plan"]


def _sides(side: int, convolutions: Sequence[tuple], padding: str) -> int:
    for kernel, stride, _ in convolutions:
        side = -(-side // stride) if padding == "same" else (side - kernel) // stride + 1
    return side


def _weights(channels: int, convolutions: Sequence[tuple], power: int = 2, bias: int = 1) -> int:
    total = 0
    for kernel, _, filters in convolutions:
        total += kernel**power * channels * filters + bias * filters
        channels = filters
    return total


def _field(convolutions: Sequence[tuple], reach: int = 1, early: bool = False) -> int:
    field = jump = 1
    for kernel, stride, _ in convolutions:
        jump = jump * stride if early else jump
        field += (kernel - reach) * jump
        jump = jump if early else jump * stride
    return field


@task(
    points=4,
    hints=(
        "Go through the layers in a loop. Four numbers change on the way: the side, the channels "
        "that come in, the field and the jump.",
        "Side: rounded up with 'same', rounded down with 'valid' (the formulas of the lesson). "
        "−(−n // s) is n/s rounded up. A layer has a kernel for each pair of channels, and a bias "
        "for each filter.",
        "The field grows by (kernel − 1) times the jump that the layer finds; only then is the "
        "jump multiplied by the stride.",
    ),
)
def plan(trial: Trial) -> None:
    """Side of the output, weights, and receptive field of a stack of convolutions."""
    rng = trial.rng
    stack = [
        (int(kernel), int(stride), int(filters))
        for kernel, stride, filters in zip(
            rng.permutation([3, 4, 5]),
            rng.permutation([1, 2, 3]),
            rng.integers(5, 40, 3),
            strict=True,
        )
    ]
    for padding in ("same", "valid"):
        with trial.part(1, f"the side with padding {padding!r}"):
            _expect_side(trial, stack, padding)
    with trial.part(1, "the number of weights"):
        _expect_weights(trial, stack)
    with trial.part(1, "the receptive field"):
        _expect_field(trial, stack)


def _expect_side(trial: Trial, stack: list[tuple], padding: str) -> None:
    for side in (40, 41, 42, 43, 44, 45, 64):
        answer = _plan(trial, side, 3, stack, padding)[0]
        one, other = -(-side // stack[0][1]), (side - stack[0][0]) // stack[0][1] + 1
        right = _sides(side, stack, padding)
        usual = [
            (side, "The side has not changed. Which layers have strides?"),
            (
                _sides(side, stack, "valid" if padding == "same" else "same"),
                "This is the side for the other padding.",
            ),
            (
                one if padding == "same" else other,
                "This is the side after the first layer. Each layer gets what the one before it "
                "leaves.",
            ),
        ]
        rounded = side
        for _, stride, _ in stack:
            rounded //= stride
        if padding == "same":
            usual.append((rounded, "With padding 'same', an incomplete window counts: round up."))
        trial.expect(
            answer,
            right,
            within=1e-9,
            usual=usual,
            otherwise=f"For {side} rows, the layers {stack} and padding {padding!r} the side "
            f"{answer:g} is not right. Work it out layer by layer.",
        )


def _expect_weights(trial: Trial, stack: list[tuple]) -> None:
    channels = int(trial.rng.choice([2, 4, 5]))  # neither 1 nor 3, which would hide mistakes
    answer = _plan(trial, 64, channels, stack, "same")[1]
    right = _weights(channels, stack)
    trial.expect(
        answer,
        right,
        within=1e-9,
        usual=(
            (_weights(channels, stack, bias=0), "The biases are missing: one for each filter."),
            (
                _weights(channels, stack, power=1),
                "A kernel is a square: it has k² weights for each pair of channels.",
            ),
            (
                sum(k * k * f + f for k, _, f in stack),
                "Each filter looks at *all* channels that come in.",
            ),
            (
                sum(k * k * channels * f + f for k, _, f in stack),
                "Only the first layer gets the channels of the image. What comes into the second?",
            ),
            (_weights(3, stack), "The image does not always have three channels."),
            (_weights(channels, stack[:1]), "These are the weights of the first layer alone."),
            (
                right - _weights(channels, stack[:-1]),
                "These are the weights of the last layer alone.",
            ),
        ),
        otherwise="The number of weights is not right. Compare with the table of the lesson: "
        "kernels, and a bias for each filter.",
    )


def _expect_field(trial: Trial, stack: list[tuple]) -> None:
    answer = _plan(trial, 64, 3, stack, "same")[2]
    product = int(np.prod([stride for _, stride, _ in stack]))
    usual = (
        (
            1 + sum(k - 1 for k, _, _ in stack),
            "The jumps are missing: behind a stride of 2, units lie two pixels apart.",
        ),
        (
            _field(stack, early=True),
            "You changed the jump too early: a layer's own stride moves its units apart, not the "
            "pixels they see.",
        ),
        (
            _field(stack, reach=0),
            "k units side by side reach k − 1 jumps further than one does, not k.",
        ),
        (_field(stack) - 1, "One pixel is missing. How large is the field before the first layer?"),
        (product, "This is the jump after the last layer."),
        (stack[-1][0], "This is what a unit of the last layer sees of the layer before it."),
        (
            max(k for k, _, _ in stack),
            "This is the largest kernel. Fields grow from layer to layer.",
        ),
    )
    message = (
        f"For the layers {stack} the field {answer:g} is not right. Work it out layer by layer."
    )
    trial.expect(answer, _field(stack), within=1e-9, usual=usual, otherwise=message)
    for layers in ([(5, 2, 8)] * 4, [(1, 1, 2)], [(3, 1, 4)] * 3):
        answer = _plan(trial, 128, 3, layers, "valid")[2]
        message = f"For the layers {layers} the field {answer:g} is not right."
        trial.expect(answer, _field(layers), within=1e-9, otherwise=message)
    layers = [(5, 2, 8)] * 4  # they see more than the image
    answer = _plan(trial, 24, 3, layers, "same")[2]
    cut = ((24, "You cut the field off at the image's border; the formula does not."),)
    message = f"For 24 rows and the layers {layers} the field {answer:g} is not right."
    trial.expect(answer, _field(layers), within=1e-9, usual=cut, otherwise=message)


def _plan(trial: Trial, side: int, channels: int, stack: list, padding: str) -> list[float]:
    result = trial.call(side, channels, list(stack), padding)
    if isinstance(result, (str, dict)) or not hasattr(result, "__len__") or len(result) != 3:
        raise Wrong("It should return three numbers: return side, weights, field.")
    names = ("the side", "the number of weights", "the field")
    return [trial.number(each, name) for each, name in zip(result, names, strict=True)]
