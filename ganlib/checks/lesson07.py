"""The tasks of exercise 07: the work of a step, penalties, float16, a training that goes on."""

import builtins
import contextlib
import copy
import io
import os
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import tensorflow as tf

from ganlib.checks.core import Trial, Wrong, task

__all__ = [
    "SmallTraining",
    "multiplications",
    "penalties",
    "scaled_step",
    "step_multiplications",
    "train",
]


@task(
    points=2,
    hints=(
        "How many weights does the kernel have, and how often is each of them used for one image?",
        "A kernel of a convolution has s · s · m · k weights. Each is used once at every place to "
        "which the kernel slides.",
        "A convolution makes one product with the kernel for each place of its output; a transposed "
        "one stamps its kernel once for each place of its input.",
    ),
)
def multiplications(trial: Trial) -> None:
    """Multiplications of a dense, a convolutional and a transposed layer for one image."""
    m, k, height, width = (int(n) for n in trial.rng.permutation([7, 11, 13, 17, 19, 23])[:4])
    s, places = 5, height * width  # heights and widths differ, so that no square of one passes
    large, small = (2 * height, 2 * width, m), (height, width, k)
    for kind, given, made, size in (
        ("dense", (m,), (k,), None),
        ("convolution", large, small, s),
        ("transposed", small, large, s),
    ):
        found = trial.number(trial.call(kind, given, made, size), f"the count for {kind!r}")
        wrong = (
            (2, "this is multiplications and additions together. Count the multiplications."),
            (1 + Fraction(1, given[-1]), "you counted the biases: they are added."),
            (1 + Fraction(1, given[-1] * s * s), "you counted the biases: they are added."),
            (
                4,
                "you counted the places of the input. The kernel makes one product for each place "
                "of what comes out."
                if kind == "convolution"
                else "you counted the places of the output. Which numbers does a transposed "
                "convolution multiply the whole kernel by?",
            ),
            (Fraction(1, places), "this is the number of weights. How often is each of them used?"),
            (Fraction(1, s), "the kernel has one side only. It is s by s."),
            (Fraction(1, s * s), "the s by s weights of the kernel are missing."),
            (Fraction(1, made[-1]), "the output channels are missing. Each has its own kernel."),
            (Fraction(1, given[-1]), "the input channels are missing. A kernel sees all of them."),
            (Fraction(height, width), "you squared the height. The width is another number."),
            (Fraction(width, height), "you squared the width. The height is another number."),
        )
        right = m * k * (1 if size is None else s * s * places)
        messages = [message for ratio, message in wrong if found == right * ratio]
        if found != right:
            rest = (
                "each of the k units multiplies all m inputs."
                if size is None
                else "take the weights of the kernel, times how often each of them is used."
            )
            said = messages[0] if messages else f"the count is not right: {rest}"
            raise Wrong(f"For the kind {kind!r}: {said}")
        if kind == "convolution":
            trial.award(1, "a dense layer and a convolution")
    trial.award(1, "a transposed convolution")


@task(
    points=2,
    hints=(
        "Write the lesson's table again in two parts: what happens in each of D's updates, and what "
        "happens once, in G's update.",
        "In each of D's updates G draws once; D looks at two images and goes back for both, its first "
        "layer for the weights alone. All this happens d_steps times.",
        "G's update draws nothing: D goes forward once and back to the image once, G goes back "
        "twice, less its first layer once.",
    ),
)
def step_multiplications(trial: Trial) -> None:
    """Multiplications of a step in which D is updated several times, for one image."""
    for k in (1, int(trial.rng.integers(3, 7))):
        g, d = trial.rng.integers(400, 9000, 4), trial.rng.integers(400, 9000, 3)
        found = trial.number(trial.call(g, d, k), "the count")
        right = (k + 2) * g.sum() + (6 * k + 2) * d.sum() - g[0] - 2 * k * d[0]
        if found != right:
            # Layers so different that the sum shows how often each was counted.
            unit = 1000
            count = trial.number(
                trial.call(np.array([1, unit]), np.array([unit**2, unit**3]), k), "the count"
            )
            digits = [int(count) // unit**n % unit for n in range(4)]
            raise Wrong(_about_step(k, digits))
        what = "several updates of D" if k > 1 else "a single update of D, as in the lesson"
        trial.award(1, what)
    print(
        "  In the lesson's networks, five updates of D take 1,061 million multiplications in place of "
        "300 million: 3.5 times as many, not 5."
    )


def _about_step(k: int, digits: list[int]) -> str:
    """What is wrong, from how often G's first layer, its rest, D's first and its rest were counted."""
    passes_g, passes_d = digits[1], digits[3]
    spared_g, spared_d = passes_g - digits[0], passes_d - digits[2]
    of_g = {
        3 * k: "G is updated only once in a step, so it does not go back each time.",
        3: "Each of D's updates has new generated images: G draws every time.",
        k + 3: "You drew images once more for G's update. It takes those of D's last update.",
        k: "G goes back as well, in its own update.",
        k + 1: "G goes back once for its weights and once for what lies between its layers.",
    }
    of_d = {
        8 * k: "D looks at images for G's update only once in a step.",
        8: "D is updated d_steps times.",
        6 * k + 3: "In G's update nobody needs the gradients of D's weights.",
        6 * k: "In G's update the new D looks at the image, and then goes back to it.",
        6 * k + 1: "In G's update the new D looks at the image, and then goes back to it.",
        3 * k + 2: "D is updated on two images, a real and a generated one.",
    }
    if (passes_g, passes_d) == (3, 8) and k > 1:
        return "This is the step with a single update of D: d_steps changes nothing."
    if (passes_g, passes_d) == (3 * k, 8 * k) and k > 1:
        return "You repeated the whole step d_steps times. G is updated only once."
    if passes_g != k + 2:
        more = of_g.get(passes_g, "Which of them draw, and which go back?")
        return f"With d_steps={k} you go {passes_g} times through G. {more}"
    if passes_d != 6 * k + 2:
        more = of_d.get(passes_d, "Which look at an image, and which go back?")
        return f"With d_steps={k} you go {passes_d} times through D. {more}"
    if (spared_g, spared_d) == (0, 0):
        return "Both first layers go all the way back. Who asks for the gradients behind them?"
    if spared_g != 1:
        return (
            "The passes are right, but not what G's first layer spares: nobody asks for the gradient "
            "with respect to the latents, and G goes back once in a step."
        )
    if spared_d == 2 * k:
        return (
            "The count is right for some networks and not for others. Does it use all of g and d?"
        )
    more = {
        0: "in D's updates nobody asks for the gradient with respect to the images.",
        2: "it spares work in each of D's updates.",
        k: "it spares work for the real and for the generated image.",
        2 * k + 1: "in G's update it goes all the way back, or G would learn nothing.",
    }
    what = more.get(spared_d, "when does somebody ask for the gradient with respect to an image?")
    return f"The passes are right, but not what D's first layer spares: {what}"


class _Critic:
    """Logits x · (a x / 2 + w): the gradient in the image is a x + w, known without any tape."""

    def __init__(self, a: np.ndarray, w: np.ndarray):
        self.a, self.w = (tf.Variable(each, dtype=tf.float32) for each in (a, w))
        self.trainable_variables = [self.a, self.w]

    def __call__(self, images: Any, training: bool | None = None) -> Any:
        logits = tf.reduce_sum(images * (self.a * images / 2 + self.w), axis=(1, 2, 3))
        return logits[:, None]


NAMES = "R1", "the penalty on the norm"


def _penalties(trial: Trial, critic: _Critic, images: np.ndarray) -> tuple[list, list]:
    """What the answer returns, and what an outer tape makes of it: both gradients in w."""
    watch, watched = tf.GradientTape.watch, []

    def watching(tape: tf.GradientTape, tensor: Any) -> None:
        watched.append(tensor)
        watch(tape, tensor)

    with tf.GradientTape(persistent=True) as tape:
        tf.GradientTape.watch = watching
        try:
            result = trial.call(critic, tf.constant(images, tf.float32))
        except (AttributeError, TypeError, ValueError) as problem:
            if "None" not in str(problem):
                raise
            if watched:
                raise Wrong(
                    "tape.gradient gave None: all between the images that you watch and the logits "
                    "must be computed inside the tape."
                ) from None
            raise Wrong(
                "tape.gradient gave None: a tape follows variables by itself, a tensor only after "
                "tape.watch(images)."
            ) from None
        finally:
            tf.GradientTape.watch = watch
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two numbers: return r1, one_norm.")
    values = [trial.number(each, name) for each, name in zip(result, NAMES, strict=True)]
    # A plain number is no part of what the tape has seen.
    slopes = [tape.gradient(each, critic.w) if tf.is_tensor(each) else None for each in result]
    return values, slopes


@task(
    points=4,
    hints=(
        "tape.watch(images), then the logits inside the tape; tape.gradient(logits, images) has the "
        "shape of the images. It adds up the logits of the batch, which does no harm: no logit "
        "depends on another image.",
        "Square, then add up over the axes 1, 2 and 3: one number for each image. R1 is the mean of "
        "these numbers. The norms are their roots.",
        "The root has an infinite slope at 0, and infinity times 0 is NaN. Let the root never see a 0: "
        "before it, add something far smaller than 1, or put it in the place of 0.",
    ),
)
def penalties(trial: Trial) -> None:
    """R1 and the penalty on norms other than 1, as tensors from which D can learn."""
    shape, axes = (4, 3, 2), (1, 2, 3)
    sizes = np.linspace(0.2, 2.5, 6)[:, None, None, None]  # so that some norms are below 1
    images = (sizes * trial.rng.normal(0, 1, (6, *shape))).astype(np.float32)
    a, w = trial.rng.normal(0, 0.2, shape), trial.rng.normal(0, 0.1, shape)
    gradient = a * images + w
    squares, pixels = (gradient**2).sum(axes), (gradient**2).sum(-1)
    norms = np.sqrt(squares)
    logits = (images * (a * images / 2 + w)).sum(axes)
    of_sigmoid = squares / (2 + np.exp(logits) + np.exp(-logits)) ** 2
    r1, one_norm = squares.mean(), ((norms - 1) ** 2).mean()
    values, slopes = _penalties(trial, _Critic(a, w), images)
    trial.expect(
        values[0],
        r1,
        usual=(
            (norms.mean(), "R1 has a root too many: it is the mean of the squared norms."),
            (r1 / 36, "R1 is too small by n²: you took the mean of the logits before the gradient."),
            (r1 / 2, "This is half of R1. The ½ of some papers belongs to its weight in the loss."),
            (squares.sum(), "R1 is a mean over the images; you added them up."),
            (norms.mean() ** 2, "R1 is the mean of the squares; you squared the mean."),
            ((gradient**2).mean(), "R1 takes a mean over all pixels. A norm adds them up."),
            (pixels.mean(), "R1's norm goes over the channels alone, not over all of an image."),
            (np.sqrt(squares.sum()), "R1 takes one norm of the whole batch. Each image has its own."),
            ((gradient.mean(0) ** 2).sum(), "R1 takes the mean over the batch before the square, so "
             "that the gradients of different images cancel."),
            (of_sigmoid.mean(), "R1 takes the gradient of a probability. Take that of the logit."),
            (one_norm, "The two penalties have changed places."),
        ),
        otherwise="R1 is not right: the gradient of the logits with respect to the images; its squares "
        "added up for each image; the mean over the images.",
    )  # fmt: skip
    trial.award(1, "the value of R1")

    trial.expect(
        values[1],
        one_norm,
        usual=(
            ((norms.mean() - 1) ** 2, "The penalty takes the mean of the norms too early: first "
             "(norm − 1)² of each image, then the mean."),
            (((squares - 1) ** 2).mean(), "The penalty compares the squared norm with 1."),
            ((norms - 1).mean(), "The penalty is not squared: norms above and below 1 cancel."),
            (np.abs(norms - 1).mean(), "The penalty is the distance from 1, not its square."),
            ((np.maximum(norms - 1, 0) ** 2).mean(), "The penalty is 0 for all norms below 1."),
            (one_norm * 6, "The penalty is a mean over the images; you added them up."),
            ((np.sqrt(squares.sum()) - 1) ** 2, "The penalty takes one norm of the whole batch."),
            (((np.sqrt(pixels) - 1) ** 2).mean(), "The penalty's norm goes over the channels alone."),
            (r1, "The penalty on the norm is R1 once more."),
        ),
        otherwise="The penalty on the norm is not right: the norm of each image's gradient, less 1, "
        "squared; the mean over the images.",
    )  # fmt: skip
    trial.award(1, "the value of the penalty on the norm")

    towards_one = (2 * (norms - 1) / norms)[:, None, None, None] * gradient
    wanted = 2 * gradient.mean(0), towards_one.mean(0)
    for name, slope, right in zip(NAMES, slopes, wanted, strict=True):
        cut = (
            f"The value of {name} is right, but its gradient with respect to D's weights is {{}}. "
            "Keep all of it in tensors: NumPy, float(...) and stop_gradient cut the connection."
        )
        if slope is None:
            raise Wrong(cut.format("missing, so that D cannot learn from it"))
        slope = trial.array(slope, right.shape, f"the gradient of {name} in D's weights")
        trial.expect(slope, right, within=1e-3, otherwise=cut.format("not right"))
    trial.award(1, "D's weights can learn from both")

    flat, one_flat = np.zeros(shape), images.copy()
    one_flat[2] = 0  # with w = 0 the gradient of this image alone is 0
    norms = np.sqrt(((a * one_flat) ** 2).sum(axes))
    for critic, seen, right, where in (
        (_Critic(flat, flat), images, (0.0, 1.0), "where the critic is flat"),
        (_Critic(a, flat), one_flat, ((norms**2).mean(), ((norms - 1) ** 2).mean()),
         "where the gradient of one image alone is 0"),
    ):  # fmt: skip
        values, slopes = _penalties(trial, critic, seen)
        for name, value, slope, wanted in zip(NAMES, values, slopes, right, strict=True):
            trial.expect(
                value,
                wanted,
                within=3e-3,
                usual=((0.0, f"{name} {where} is 0, but a norm of 0 is 1 away from 1."),),
                otherwise=f"{name} {where} is not right. A norm of 0 is 1 away from 1; if you add "
                "something under the root, it must be far smaller.",
            )
            if slope is None or not np.isfinite(slope.numpy()).all():
                raise Wrong(
                    f"The value of {name} {where} is right, but its gradient in D's weights is NaN "
                    "or infinite: after one step all weights are. What is the slope of the root at 0?"
                )
    trial.award(1, "value and gradient stay finite where the critic is flat")


@task(
    points=3,
    hints=(
        "Of which dtype is gradients / scale? Print it, and print what becomes of 3e-4 there.",
        "Turn the gradients into float32 first; then divide, and then look at them.",
        "np.isfinite is False for inf, for -inf and for NaN. If one value is not finite, the weights "
        "go back as they came.",
    ),
)
def scaled_step(trial: Trial) -> None:
    """One step of gradient descent from float16 gradients of a scaled loss."""
    n, scale, rate = 12, 2.0**10, 0.1
    weights = trial.rng.normal(0, 1, n).astype(np.float32)
    gradients = (scale * trial.rng.normal(0, 0.5, n)).astype(np.float16)
    true = gradients.astype(np.float64) / scale
    half = np.float16(rate) * (gradients / np.float16(scale))
    new, after = _step(trial, weights, gradients, scale, rate)
    dtype = getattr(new, "dtype", None)  # a list has none
    trial.expect(
        trial.array(new, (n,), "the new weights"),
        weights - rate * true,
        within=1e-6,
        usual=(
            (weights - rate * true * scale, "The gradients still carry the scale."),
            (weights - rate * true * scale**2, "You multiplied by the scale; it is in them already."),
            (weights + rate * true, "This step climbs: descent subtracts."),
            (weights - true, "The learning rate is missing."),
            (weights, "The weights do not move, though all gradients are finite."),
            (weights - half, "The update was computed in float16: of 1e-8, 2e-8 and 3e-8 there remain "
             "0, 0 and 6e-8."),
            ((weights - rate * true).astype(np.float16), "The new weights are rounded to float16."),
            (weights.astype(np.float16) - half, "The weights are float16 here. Keep them float32."),
        ),
        otherwise="The new weights of an ordinary step are not right: gradients divided by the scale, "
        "times the learning rate, subtracted.",
    )  # fmt: skip
    kept = (
        (scale / 2, "The scale was halved though nothing overflowed."),
        (scale * 2, "The scale was doubled. The task asks for no growth."),
    )
    trial.expect(after, scale, usual=kept, otherwise="Without overflow the scale should stay.")

    for scale in (2.0**15, 2.0**16):
        tiny = trial.rng.uniform(0.5e-8, 2e-8, n)
        gradients = (scale * tiny).astype(np.float16)
        new, _ = _step(trial, np.zeros(n, np.float32), gradients, scale, 1.0)
        lost = (
            f"Gradients near 1e-8, scaled by {scale:.0f}, arrive well in float16, and your step loses "
            "them again: the weights do not move. In which dtype do you divide?"
        )
        trial.expect(
            -trial.array(new, (n,), "the new weights") / 1e-8,  # in units that can be compared
            gradients.astype(np.float64) / scale / 1e-8,
            usual=((np.zeros(n), lost),),
            otherwise="With gradients near 1e-8 the step is inexact. Of which dtype is each value?",
        )
    trial.award(1, "small gradients arrive in the weights")

    scale, scales = 2.0**15, []
    for bad in (np.inf, -np.inf, np.nan):
        gradients = (scale * trial.rng.normal(0, 0.5, n)).astype(np.float16)
        gradients[int(trial.rng.integers(n))] = bad
        new, after = _step(trial, weights, gradients, scale, rate)
        scales.append((bad, after))
        new = np.asarray(new.numpy() if hasattr(new, "numpy") else new, np.float64)
        if new.shape == (n,) and not np.isfinite(new).all():
            raise Wrong(
                f"One gradient is {bad}, and now one weight is inf or NaN, for ever. Which gradients "
                "does your test find, and what happens to the weights then?"
            )
        moved = weights - rate * gradients.astype(np.float64) / scale
        filled = weights - rate * np.nan_to_num(gradients).astype(np.float64) / scale
        trial.expect(
            trial.array(new, (n,), "the new weights"),
            weights,
            within=1e-6,
            usual=(
                (np.where(np.isfinite(moved), moved, weights), f"One gradient is {bad}, and you left "
                 "out that one alone. Others may have gone wrong with it: skip the whole step."),
                (filled, f"You put another number in the place of {bad}. Nobody knows the right one: "
                 "skip the whole step."),
            ),
            otherwise=f"One gradient is {bad}: the weights should come back as they were.",
        )  # fmt: skip
    trial.award(1, "a step that overflowed is skipped as a whole")
    for bad, after in scales:
        trial.expect(
            after,
            scale / 2,
            usual=(
                (
                    scale,
                    f"One gradient is {bad}, and the scale stays: the next step overflows again.",
                ),
                (2 * scale, "After an overflow the scale should fall, not grow."),
                (1.0, "The scale falls to 1 at once, and small gradients vanish from then on."),
                (scale / 4, "After one overflow the scale is halved twice."),
            ),
            otherwise=f"One gradient is {bad}: the scale should be halved.",
        )
    gradients = np.array([4e4, 4e4, 20], np.float16)
    new, after = _step(trial, weights[:3], gradients, scale, rate)
    moved = weights[:3] - rate * gradients.astype(np.float64) / scale
    own = "All gradients were finite; your test overflowed itself."
    trial.expect(
        trial.array(new, (3,), "the new weights"),
        moved,
        within=1e-6,
        usual=((weights[:3], own),),
        otherwise="With the gradients 40,000, 40,000 and 20 the new weights are not right. Is something "
        "too large for float16 on the way?",
    )
    trial.expect(
        after, scale, usual=((scale / 2, own),), otherwise="Without overflow it should stay."
    )
    if dtype is not None and not str(getattr(dtype, "name", dtype)).endswith("float32"):
        raise Wrong(
            f"The values are right, but the new weights are {getattr(dtype, 'name', dtype)}. Asked for "
            "is float32, as they came; a network's weights do not change their dtype on the way."
        )
    trial.award(1, "the scale is halved then, and only then")


def _step(trial: Trial, *arguments: Any) -> tuple[Any, float]:
    result = trial.call(*arguments)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two things: return weights, scale.")
    if result[0] is None or isinstance(result[0], str):
        raise Wrong("The first thing it returns should be the new weights.")
    return result[0], trial.number(result[1], "the scale")


class SmallTraining:
    """Two players so small that a step takes no time: G learns to draw where the data lie."""

    def __init__(self, seed: int = 0):
        self.rng = np.random.default_rng(seed)
        self.step = 0
        self.weights = [self.rng.standard_normal(2), np.zeros(2)]  # of G, of D
        self.momentum = [np.zeros(2), np.zeros(2)]
        self.average = self.weights[0].copy()

    def move(self) -> None:
        """One step of both players, on data and latents drawn anew."""
        real, latents = self.rng.standard_normal((2, 8, 2))
        g, d = self.weights
        fake = latents + g
        on_real, on_fake = (1 / (1 + np.exp(-(x @ d))) for x in (real, fake))
        slopes = (1 - on_fake).mean() * d, ((1 - on_real) @ real - on_fake @ fake) / 8
        for weights, momentum, slope in zip(self.weights, self.momentum, slopes, strict=True):
            momentum *= 0.5
            momentum += slope
            weights += 0.1 * momentum
        self.average += 0.1 * (g - self.average)
        self.step += 1


@task(
    points=4,
    hints=(
        "First: if there is a file at path, read it and put all that it holds into training. Then a "
        "loop that moves while training.step < until, and writes when training.step % every is 0.",
        "What does move() read and change? All of it belongs into the file. pickle writes whole "
        "dictionaries, random generators too, and vars(training) is a dictionary of all attributes.",
        "Write to path + '.new' inside a with block. After the block, when the file is closed, call "
        "os.replace(path + '.new', path).",
    ),
)
def train(trial: Trial) -> None:
    """Train up to a step with checkpoints, so that a broken training equals an unbroken one."""
    seed = int(trial.rng.integers(10_000))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        run = _Run(trial, seed, folder, "unbroken")
        result, moves = run.until(30)
        if isinstance(result, SmallTraining) and not moves:
            raise Wrong("It makes no step: call training.move() until training.step is until.")
        run.expect_at(result, 30)
        run.expect_checkpoints(moves)
        trial.award(1, "an unbroken training, with a checkpoint every ten steps")

        run = _Run(trial, seed, folder, "broken off")
        with contextlib.suppress(_Gone):
            run.until(30, gone_at=27)
        run.goes_on("A training was broken off after step 27.", 20)
        result, moves = run.until(30)
        if moves:
            raise Wrong("Called again with until=30 after 30 steps, it trains on. It has arrived.")
        run.expect_at(result, 30)
        trial.award(2, "a training that was broken off equals the unbroken one")

        run = _Run(trial, seed, folder, "full disk")
        run.until(10)
        half = os.path.getsize(run.path) // 2
        with _full_disk(run.folder, half), contextlib.suppress(Exception):
            run.until(20)
        run.goes_on("The disk was full when half of a new checkpoint was written.", 10, True)

        run = _Run(trial, seed, folder, "other name")
        run.until(10)
        link, before = os.path.join(folder, "link"), _content(run.path)
        with contextlib.suppress(OSError):  # some file systems have no links
            os.link(run.path, link)  # what is renamed over the first name leaves the second alone
        with _watched_renames(run.path) as renamed, contextlib.suppress(_Gone):
            run.until(20)
        if os.path.exists(link) and _content(link) != before:
            raise Wrong(
                "It writes over the old checkpoint: if the machine goes while it writes, neither the "
                "old nor the new one is whole. Write under another name, then rename."
            )
        whole = _content(run.path)
        run.goes_on("The machine went after the old file was removed, before the rename.", 10, True)
        for number, held in enumerate(dict.fromkeys(renamed)):
            if held in (before, whole):
                continue
            if whole.startswith(held):
                rest = "what you wrote was" if not held else "part of what you wrote was"
                raise Wrong(
                    f"You renamed the file before it was closed: {rest} still in memory, and path "
                    f"held {len(held)} bytes."
                )
            run.copy(f"renamed {number}", held).goes_on(
                "The machine went right after a rename.", 20, True
            )
        trial.award(1, "at every moment there is one whole checkpoint")


class _Gone(BaseException):
    """The machine is taken away; not an Exception, so that no answer handles it."""


class _Run:
    """Calls of an answer with one checkpoint, in a folder of its own."""

    def __init__(self, trial: Trial, seed: int, folder: str, name: str):
        self.trial, self.seed, self.name = trial, seed, name
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        self.path = os.path.join(self.folder, "checkpoint")
        training, self.reference = SmallTraining(seed), []
        for _ in range(50):
            self.reference.append(copy.deepcopy(vars(training)))
            training.move()

    def copy(self, name: str, content: bytes) -> "_Run":
        """Another folder, with nothing in it but a checkpoint with this content."""
        run = _Run(self.trial, self.seed, os.path.dirname(self.folder), name)
        with open(run.path, "wb") as file:
            file.write(content)
        return run

    def until(self, step: int, gone_at: int | None = None) -> tuple[Any, list[dict]]:
        """What the answer returns for a training built anew, and state and file before each move."""
        moves: list[dict] = []
        move = SmallTraining.move

        def watched(training: SmallTraining) -> None:
            if training.step == gone_at:
                raise _Gone
            if len(moves) > 100:
                raise Wrong("It makes more than 100 steps where 30 would do. When does it end?")
            moves.append({**copy.deepcopy(vars(training)), "file": _content(self.path)})
            move(training)

        SmallTraining.move = watched
        try:
            return self.trial.call(SmallTraining(self.seed), self.path, step, 10), moves
        finally:
            SmallTraining.move = move

    def difference(self, state: dict) -> str | None:
        """What is not as it was after as many steps of an unbroken training, in words."""
        if state.get("step") not in range(50):
            return f"step is {state.get('step')!r}"
        right = self.reference[state["step"]]
        for name, words in (
            ("weights", "the weights are not as they were then"),
            ("momentum", "the momentum, the optimizer's state, is not as it was then"),
            ("average", "the average of the weights is not as it was then"),
        ):
            try:
                found = np.asarray(state.get(name), np.float64)
                same = np.allclose(found, right[name], rtol=0, atol=1e-9)
            except (TypeError, ValueError):
                same = False
            if not same:
                return words
        rng, first = state.get("rng"), self.reference[0]["rng"].bit_generator.state
        found = rng.bit_generator.state if isinstance(rng, np.random.Generator) else None
        if found != right["rng"].bit_generator.state:
            anew = ": it begins anew, so that the same latents come twice" if found == first else ""
            return f"the random generator is not in the state it had then{anew}"
        return None

    def expect_at(self, result: Any, step: int) -> None:
        if not isinstance(result, SmallTraining):
            raise Wrong("It should return the training: return training.")
        if result.step != step:
            raise Wrong(
                f"Called with until={step}, it returns a training after {result.step} steps. until is "
                "the step at which to stop, however many were made before."
            )
        words = self.difference(vars(result))
        if words:
            raise Wrong(f"It returns a training of {step} steps, but {words}.")

    def expect_checkpoints(self, moves: list[dict]) -> None:
        """After 30 steps: a file at path, written after the steps 10, 20 and 30."""
        files = sorted(os.listdir(self.folder))
        if "checkpoint" not in files:
            near = f" There is {files[0]!r}; np.savez adds an ending of its own." if files else ""
            raise Wrong(f"After 30 steps there is no file at path.{near}")
        contents = [None, *(move["file"] for move in moves), _content(self.path)]
        steps = [*(move["step"] for move in moves), 30]
        pairs = zip(steps, contents, contents[1:], strict=False)
        written = sorted({step for step, before, after in pairs if after != before} - {0})
        if written == [30]:
            raise Wrong(
                "It writes at the end alone. A training that is broken off before has nothing to go "
                "on from."
            )
        if written != [10, 20, 30]:
            shown = ", ".join(map(str, written[:4])) + (" and more" if len(written) > 4 else "")
            raise Wrong(
                f"With every=10 and until=30 it writes after the steps {shown}. It should do so after "
                "10, 20 and 30."
            )

    def goes_on(self, what: str, step: int, other_name: bool = False) -> None:
        """As _goes_on; other files may lie in the folder, but the one at path must be enough."""
        content, files = _content(self.path), sorted(os.listdir(self.folder))
        self._goes_on(what, step, other_name)
        if content is None:
            raise Wrong(
                f"{what} No file is at path then, whatever lies beside it. The old checkpoint must "
                "stay there until the new one takes its place."
            )
        if files == ["checkpoint"]:
            return
        try:
            self.copy(f"{self.name}, alone", content)._goes_on(what, step, other_name)
        except Exception:
            raise Wrong(
                f"The folder holds {len(files)} files, and the one at path alone is not enough to go "
                "on from. All that belongs together should be in it: of two files one may be older."
            ) from None

    def _goes_on(self, what: str, step: int, other_name: bool) -> None:
        """Built anew and called again, it begins at a checkpoint, whole, and ends as if unbroken."""
        rule = " The old checkpoint must stay whole until the new one is." if other_name else ""
        try:
            result, moves = self.until(30)
        except Exception as problem:
            if not other_name:
                raise
            raise Wrong(
                f"{what} Called again, it cannot read the file ({type(problem).__name__}).{rule}"
            ) from None
        if not moves or moves[0].get("step") == 0:
            look = rule or " Does it read the file before it trains?"
            raise Wrong(f"{what} Built anew and called again, it begins at step 0.{look}")
        words, began = self.difference(moves[0]), moves[0].get("step")
        if words:
            raise Wrong(
                f"{what} Called again, it goes on at step {began}, but {words}. What does move() "
                "read and change?"
            )
        if began < step:
            raise Wrong(f"{what} Called again, it goes on at step {began}, not {step}.")
        self.expect_at(result, 30)


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


class _Limited:
    """A file to which no more gets through than fits on the disk."""

    def __init__(self, file: Any, left: list[int]):
        self._file, self._left, self._broken = file, left, False

    def write(self, data: Any) -> int:
        data = data if isinstance(data, str) else bytes(data)
        if self._broken:  # one complaint is enough: what closes files may write once more
            return len(data)
        self._file.write(data[: self._left[0]])
        self._broken = len(data) > self._left[0]
        self._left[0] -= min(len(data), self._left[0])
        if self._broken:
            raise OSError(28, "No space left on device")
        return len(data)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_Limited":
        return self

    def __exit__(self, *problem: Any) -> None:
        self._file.close()


@contextlib.contextmanager
def _full_disk(folder: str, size: int) -> Iterator[None]:
    """So many bytes can be written to files in this folder, then writing fails."""
    left, real = [size], io.open

    def limited(file: Any, mode: str = "r", *arguments: Any, **keywords: Any) -> Any:
        handle = real(file, mode, *arguments, **keywords)
        here = not isinstance(file, int) and os.path.abspath(os.fsdecode(file)).startswith(folder)
        return _Limited(handle, left) if here and set(mode) & set("wax+") else handle

    builtins.open = io.open = limited
    try:
        yield
    finally:
        builtins.open = io.open = real


@contextlib.contextmanager
def _watched_renames(path: str) -> Iterator[list[bytes]]:
    """What is at path right after each rename; the machine goes as soon as nothing is there."""
    real = {name: getattr(os, name) for name in ("remove", "unlink", "rename", "replace")}
    contents: list[bytes] = []

    def watched(function: Any) -> Any:
        def call(*arguments: Any, **keywords: Any) -> None:
            function(*arguments, **keywords)
            content = _content(path)
            if content is None:
                raise _Gone
            contents.append(content)

        return call

    try:
        for name, function in real.items():
            setattr(os, name, watched(function))
        yield contents
    finally:
        for name, function in real.items():
            setattr(os, name, function)
