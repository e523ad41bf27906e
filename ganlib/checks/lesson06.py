"""The tasks of exercise 06: pixels, batches, losses, one training step, the logs of four trainings."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ganlib.checks.core import Trial, Wrong, softplus, task

__all__ = ["batch", "diagnose", "losses", "to_pixels", "train_step", "trainings"]


def _dtype(value: Any) -> str:
    """The name of an array's or a tensor's dtype; "" for what has none."""
    dtype = getattr(value, "dtype", "")
    return getattr(dtype, "name", None) or str(dtype)


def _scaled(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float32) / np.float32(127.5) - np.float32(1)


@task(
    points=2,
    hints=(
        "Solve x = pixel/127.5 − 1 for the pixel.",
        "astype cuts the fraction off. Round to the nearest whole number first, with np.rint.",
        "np.clip(values, 0, 255) holds values within their range. It must happen before uint8, in which "
        "a 256 cannot be told from a 0.",
    ),
)
def to_pixels(trial: Trial) -> None:
    """Images in [-1, 1] back to uint8, rounded to the nearest and clipped."""
    every = trial.rng.permutation(256).reshape(4, 8, 8)
    x = _scaled(every)
    found = _pixels(trial, trial.call(x), every.shape)
    exact = (x + np.float32(1)) * np.float32(127.5)
    trial.expect(
        found,
        every,
        within=1e-6,
        usual=(
            (np.trunc(exact), "Some pixels come back one step too dark. The fraction was cut off, not "
             "rounded."),
            (np.clip(np.rint(x * 255), 0, 255), "All that is below the middle has become black: this is "
             "the way back from [0, 1]."),
            (np.rint(x * 255).astype(int) % 256, "This is the way back from [0, 1], and what is below "
             "0 has wrapped round."),
            (np.trunc(x * 255).astype(int) % 256, "This is the way back from [0, 1], and what is below "
             "0 has wrapped round."),
            (np.clip(np.rint((x + 1) * 128), 0, 255), "Some pixels are off by one: the factor is not "
             "that of the formula in the task."),
            (np.rint((x - x.min()) / np.ptp(x) * 254), "The largest value does not become 255."),
            (255 - every, "Dark and bright have changed places."),
        ),
        otherwise="Not all 256 values come back as they were. Put −1, 0 and 1 into your formula.",
    )  # fmt: skip
    middle = trial.rng.integers(60, 200, 20)
    x = ((middle + trial.rng.uniform(-0.4, 0.4, 20)) / 127.5 - 1).astype(np.float32)
    trial.expect(
        _pixels(trial, trial.call(x), (20,)),
        middle,
        within=1e-6,
        usual=(
            (np.trunc((x + 1) * 127.5), "Values between two pixels are cut off, not rounded."),
            (np.ceil((x + 1) * 127.5), "Values between two pixels are always rounded up."),
            (
                np.rint((x - x.min()) / np.ptp(x) * 255),
                "An image without black and white was stretched to the whole range. The scale is "
                "the same for all images.",
            ),
        ),
        otherwise="Values between two pixels do not go to the nearest.",
    )
    trial.award(1, "all 256 values, and those between them")

    x = np.array([[-1.02, -1.3, 1.003], [1.02, 1.3, 0.0039]], np.float32)
    right = np.array([[0, 0, 255], [255, 255, 128]])
    found = _pixels(trial, trial.call(x), x.shape)
    wrapped = np.rint((x + 1) * 127.5).astype(int) % 256
    saturated = np.where(x < 0, wrapped, right)
    trial.expect(
        found,
        right,
        within=1e-6,
        usual=(
            (
                wrapped,
                "What lies outside of [−1, 1] has wrapped round: a value just above 1 became 0.",
            ),
            (saturated, "What lies below −1 has wrapped round, and became bright."),
            (
                np.where(x > 0, wrapped, right),
                "What lies above 1 has wrapped round, and became black.",
            ),
        ),
        otherwise="Values a little outside of [−1, 1] are not right: below −1 is black, above 1 white.",
    )
    trial.award(1, "what lies outside is black or white")


def _pixels(trial: Trial, value: Any, shape: tuple) -> np.ndarray:
    found = trial.array(value, shape, "the result")
    if _dtype(value) != "uint8":
        kind = _dtype(value) or type(value).__name__
        raise Wrong(f"The result is of type {kind}, but pixels are uint8, one byte each.")
    return found


# What images can be taken for, and what to say of it.
_WRONG_SCALES = (
    (lambda x: x, "The batch still has values of 0 to 255. They must be scaled."),
    (lambda x: x / 255, "The batch lies in [0, 1]. The generator's tanh reaches from −1 to 1."),
    (lambda x: x / 127.5, "The batch lies in [0, 2]. Something is still to be subtracted."),
    (lambda x: x / 128 - 1, "The scale is a little off: 255 does not become 1."),
    (lambda x: x / 255 - 1, "The batch lies in [−1, 0]. By what must 0 … 255 be divided?"),
    (lambda x: x / 255 - 0.5, "The batch lies in [−0.5, 0.5]. The range is to be twice as wide."),
    (lambda x: (x / 127.5 - 1) / 127.5 - 1, "The images were scaled twice: they are nearly black."),
    (lambda x: 1 - x / 127.5, "Dark and bright have changed places."),
)


def _which(found: np.ndarray, images: np.ndarray) -> np.ndarray | None:
    """For each image its number in the set; None if any is not in it."""
    distances = np.abs(found[:, None] - images[None]).reshape(len(found), len(images), -1).max(2)
    numbers = distances.argmin(axis=1)
    return numbers if (distances.min(axis=1) < 1e-3).all() else None


# Pairs of (seed, epoch) that careless ways to put the two together do not tell apart.
_PAIRS = (
    ((0, 1), (1, 0)),
    ((0, 2), (2, 0)),
    ((1, 2), (2, 1)),
    ((0, 2), (1, 1)),
    ((0, 0), (0, 2)),
    ((1, 0), (2, 0)),
    *(((0, many), (1, 0)) for many in (5, 6, 10, 29, 100, 1000)),
    *(((many, 0), (0, 1)) for many in (5, 6, 10, 29, 100, 1000)),
)


def _neighbours_stay(order: list[int], before: list[int]) -> bool:
    """Whether an order is another one rotated, turned round or read with a step."""
    places = np.argsort(before)[order]
    distances = np.diff(places) % len(before)
    return np.bincount(distances).max() > len(before) // 2


@task(
    points=4,
    hints=(
        "How many steps has an epoch, if the last batch may be smaller? divmod(step, that) gives the "
        "epoch and the place in it.",
        "A permutation of all numbers 0 … n − 1 is the order of an epoch, and a batch is a piece of it.",
        "np.random.default_rng([seed, epoch]) is a generator of random numbers that is made from the "
        "pair.",
    ),
)
def batch(trial: Trial) -> None:
    """The batch of a step: scaled, each image once an epoch, an order made from seed and epoch."""
    n, size = 29, 6
    images = trial.rng.integers(0, 256, (30, 32, 32, 3), dtype=np.uint8)
    images[0, 0, 0, :2] = 0, 255
    small = images[:, ::8, ::8].astype(np.float64)  # enough to know them by
    value = trial.call(images[:n], 0, size, 0)
    first = trial.array(value, what="the batch")
    if first.shape[1:] != (32, 32, 3):
        raise Wrong(f"The batch has shape {first.shape}, but should have (6, 32, 32, 3).")
    corner = first[:, ::8, ::8]
    if _which(corner, small / 127.5 - 1) is None:
        for scale, message in _WRONG_SCALES:
            if _which(corner, scale(small)) is not None:
                raise Wrong(message)
        raise Wrong("These are not images of the set, scaled to [−1, 1]. Look at a few values.")
    if _dtype(value) != "float32":
        raise Wrong(
            f"The batch is of type {_dtype(value) or type(value).__name__}. Networks take float32; "
            "other kinds cost memory or time."
        )

    def numbers(step: int, seed: int = 0, size: int = size, n: int = n) -> list[int]:
        found = trial.array(trial.call(images[:n], step, size, seed), what="the batch")
        if not len(found) and n % size == 0 and step == n // size:
            raise Wrong(
                f"With {n} images and batches of {size} the sixth batch is empty. Round up, do not add "
                "one."
            )
        if not len(found):
            raise Wrong(
                f"With {n} images and batches of {size} the batch of step {step} is empty. How many "
                "steps has an epoch?"
            )
        if found.shape[1:] != (32, 32, 3):
            raise Wrong(f"The batch of step {step} has shape {found.shape}.")
        which = _which(found[:, ::8, ::8], small / 127.5 - 1)
        if which is None:
            raise Wrong(f"In step {step} there are values that belong to no image, scaled once.")
        return [int(number) for number in which]

    @functools.cache
    def epoch(number: int, seed: int = 0, size: int = size, n: int = n) -> list[int]:
        steps = -(-n // size)
        return [
            each
            for place in range(steps)
            for each in numbers(number * steps + place, seed, size, n)
        ]

    if numbers(0) != _which(corner, small / 127.5 - 1).tolist() or numbers(8) != numbers(8):
        raise Wrong(
            "The same step with the same seed gives other images at the second call. Where does the "
            "randomness come from? Only seed and epoch may decide."
        )
    trial.award(1, "images of the set, scaled, as float32")

    batches = [numbers(step) for step in range(5)]
    lengths = [len(each) for each in batches]
    if lengths == [6] * 5 and len({each for before in batches[:4] for each in before}) == 24:
        raise Wrong(
            "29 images in batches of 6: the fifth batch has 6 images as well, though only 5 are left. "
            "Does the next epoch begin too early, or was something added?"
        )
    if lengths == [6] * 5:
        raise Wrong(
            "In the first epoch some images appear twice already. Is each batch drawn by itself? An "
            "epoch has one order, and its batches are pieces of it."
        )
    if lengths != [6, 6, 6, 6, 5]:
        raise Wrong(f"29 images in batches of 6 came as batches of {lengths} in the first epoch.")
    for number in (0, 1, 3):
        seen = epoch(number)
        if len(seen) != n or len(set(seen)) != n:
            raise Wrong(
                f"In epoch {number} only {len(set(seen))} of 29 images appear. Is one order used for the "
                "whole epoch, and does the next epoch begin where it should?"
            )
    for number in (0, 1):
        seen = epoch(number, n=30)
        if len(seen) != 30 or len(set(seen)) != 30:
            raise Wrong(
                f"With 30 images and batches of 6 only {len(set(seen))} of 30 images appear in epoch "
                f"{number}. How many steps has an epoch, if nothing is left over?"
            )
    trial.award(1, "every image once an epoch, the last batch smaller")

    orders = {number: epoch(number) for number in (0, 1, 2)}
    if orders[0] == sorted(orders[0]):
        raise Wrong("The images come in the order in which they are stored. Nothing is shuffled.")
    if orders[0] == orders[1]:
        raise Wrong("Epochs 0 and 1 have the same order. What does the epoch do to it?")
    sets = [
        {frozenset(order[place : place + 6]) for place in range(0, 29, 6)}
        for order in (orders[0], orders[1])
    ]
    if sets[0] & sets[1]:
        raise Wrong(
            "A batch of epoch 0 has the same images as one of epoch 1. Is the order of the images "
            "shuffled, or that of the batches?"
        )
    if any(_neighbours_stay(order, list(range(n))) for order in orders.values()):
        raise Wrong(
            "The order is the stored one, begun at another place or read in regular steps. It is not "
            "random: neighbours stay neighbours."
        )
    if any(_neighbours_stay(orders[number], orders[0]) for number in (1, 2)):
        raise Wrong(
            "The order of a later epoch is that of epoch 0, begun at another place or turned round. It "
            "is not random: neighbours stay neighbours."
        )
    trial.award(1, "another order in each epoch")

    if epoch(0, seed=1) == orders[0]:
        raise Wrong("Seeds 0 and 1 give the same order.")
    shared = [(a, b) for a, b in _PAIRS if epoch(a[1], seed=a[0]) == epoch(b[1], seed=b[0])]
    if shared:
        (seed, number), (other, later) = shared[0]
        raise Wrong(
            f"Seed {seed} in epoch {number} has the same order as seed {other} in epoch {later}. How are "
            "the two numbers put together?"
        )
    for number in (0, 1, 2):
        if epoch(number, size=10) != orders[number]:
            raise Wrong(
                f"With batches of 10 the images of epoch {number} come in another order than with "
                "batches of 6. Seed and epoch alone decide about the order: what else went into it?"
            )
    trial.award(1, "another order for each pair of seed and epoch")


def _two(trial: Trial, result: Any) -> list[float]:
    """The two losses that an answer returned."""
    if isinstance(result, dict):
        raise Wrong("It should return two numbers, not a dictionary: return d_loss, g_loss.")
    if hasattr(result, "shape") and tuple(result.shape) == (2,):
        result = list(trial.array(result))
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two numbers: return d_loss, g_loss.")
    names = ("the loss of D", "the loss of G")
    return [trial.number(each, name) for each, name in zip(result, names, strict=True)]


@task(
    points=3,
    hints=(
        "L_D has one mean over the real and one over the generated logits. L_G looks at the generated "
        "ones alone.",
        "−log σ(l) = softplus(−l) and −log(1 − σ(l)) = softplus(l).",
        "softplus is in keras.ops and in tf.nn; in NumPy it is np.logaddexp(0, l).",
    ),
)
def losses(trial: Trial) -> None:
    """L_D and the non-saturating L_G from logits (n, 1) and (m, 1)."""
    real = trial.rng.normal(1.0, 1.2, (9, 1)).astype(np.float32)
    fake = trial.rng.normal(-0.8, 1.0, (6, 1)).astype(np.float32)
    try:
        result = trial.call(real, fake)
    except Exception as problem:
        if "broadcast" in str(problem) or "ncompatible shapes" in str(problem):
            raise Wrong(
                "9 real and 6 generated logits cannot be added pair by pair; take two means."
            ) from None
        raise
    d_loss, g_loss = _two(trial, result)
    on_real, on_fake = softplus(-real).mean(), softplus(fake).mean()
    right, for_g = on_real + on_fake, softplus(-fake).mean()

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    if np.allclose([d_loss, g_loss], [for_g, right], atol=1e-4):
        raise Wrong("The two losses have changed places: D's is the first.")
    trial.expect(
        d_loss,
        right,
        usual=(
            (right / 2, "This is half of L_D: the mean of its two parts. It is their sum."),
            (-right, "The sign of L_D is turned round. A loss of this kind is never below 0."),
            (softplus(real).mean() + softplus(-fake).mean(), "D's labels are swapped: this loss falls "
             "when D takes generated images for real."),
            (on_real + softplus(-fake).mean(), "For generated images D's loss must fall when their "
             "logits fall."),
            (softplus(-real).sum() + softplus(fake).sum(), "You added up the batch. It is a mean."),
            (np.concatenate([softplus(-real), softplus(fake)]).mean(), "You took one mean over both "
             "batches together. L_D adds two means."),
            (on_real, "The part of L_D for generated images is missing."),
            (on_fake, "The part of L_D for real images is missing."),
            (softplus(-sigmoid(real)).mean() + softplus(sigmoid(fake)).mean(), "Two sigmoids: softplus "
             "takes the logit itself, its sigmoid is inside."),
            (softplus(-real.mean()) + softplus(fake.mean()), "You took the loss of the mean logit. It "
             "is the mean of the losses."),
            (right / np.log(2), "This has logarithms with base 2; the lesson has natural ones."),
        ),
        otherwise="L_D is not right. Compare its two parts with the formula, one at a time.",
    )  # fmt: skip
    trial.award(1, "the loss of D")
    trial.expect(
        g_loss,
        for_g,
        usual=(
            (-on_fake, "This is what the minimax game lets G minimise, log(1 − σ(l)). It saturates; the "
             "lesson takes the other one."),
            (on_fake, "This L_G falls when D finds G's images out. Is the sign of the logit right?"),
            (-for_g, "The sign of L_G is turned round."),
            (softplus(-real).mean(), "L_G looks at generated images, not at real ones."),
            (softplus(-real).mean() + for_g, "Real images have no part in L_G."),
            (softplus(real).mean() + for_g, "Real images have no part in L_G."),
            (-right, "This is −L_D, the loss of the minimax game. The non-saturating one is another."),
            (softplus(-fake).sum(), "You added up the batch for G. It is a mean."),
            (for_g / 2, "This is half of L_G."),
            (softplus(-sigmoid(fake)).mean(), "Two sigmoids in L_G: softplus takes the logit itself."),
            (softplus(-fake.mean()), "You took G's loss of the mean logit, not the mean of the "
             "losses."),
        ),
        otherwise="L_G is not right. It should be small where D's logits on generated images are high.",
    )  # fmt: skip
    trial.award(1, "the loss of G")
    real, fake = np.array([[200.0], [-200.0]], np.float32), np.array([[200.0]], np.float32)
    d_loss, g_loss = _two(trial, trial.call(real, fake))
    trial.expect(
        np.array([d_loss, g_loss]),
        np.array([300.0, 0.0]),
        within=1e-6,
        otherwise="With logits of ±200 the losses are not right: the true ones are large, and nothing is "
        "clipped.",
    )
    trial.award(1, "logits of ±200")


_D_RATE, _G_RATE = 0.4, 0.3


@functools.cache
def _players() -> tuple[Any, Any]:
    """Two small networks; their weights are set anew for each trial."""
    import keras
    from keras import layers

    f32 = {"dtype": "float32"}  # whatever the precision of the lesson

    class OverTheBatch(layers.Layer):
        """Batch norm without weights and averages: it minds the flag, the batch and nothing else.

        Keras's own would also mind ``trainable``, which is no mistake in the turn of G.
        """

        def call(self, inputs: Any, training: bool | None = None) -> Any:
            if not training:
                return inputs
            inputs = inputs - keras.ops.mean(inputs, axis=0)
            return inputs / keras.ops.sqrt(keras.ops.mean(inputs**2, axis=0) + 0.2)

    generator = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(8, **f32),
            layers.BatchNormalization(**f32),
            layers.LeakyReLU(0.2, **f32),
            layers.Dense(16, activation="tanh", **f32),
            layers.Reshape((4, 4, 1), **f32),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Flatten(**f32),
            layers.Dense(6, **f32),
            OverTheBatch(**f32),
            layers.LeakyReLU(0.2, **f32),
            layers.Dense(1, **f32),
        ]
    )
    return generator, discriminator


class _Game:
    """Two players with given weights and batches, and what each way to train makes of them."""

    def __init__(self, rng: np.random.Generator):
        self.players = generator, discriminator = _players()
        self.start = []
        for model, scale in ((generator, 0.8), (discriminator, 0.6)):
            model.trainable = True
            self.start.append([_drawn(rng, each, scale) for each in model.weights])
        self.moving = [list(model.trainable_variables) for model in self.players]
        self.restore()

    def restore(self) -> None:
        for model, values in zip(self.players, self.start, strict=True):
            model.trainable = True
            for variable, value in zip(model.weights, values, strict=True):
                variable.assign(value)

    def where(self, player: int) -> np.ndarray:
        """All trainable weights of a player, in a row."""
        import keras

        weights = self.moving[player]
        return np.concatenate([keras.ops.convert_to_numpy(each).ravel() for each in weights])

    def play(
        self,
        batches: list,
        d_loss: Callable | None = None,
        g_loss: Callable | None = None,
        order: str = "DG",
        d_training: bool = True,
        g_training: bool = True,
        flags: tuple[bool, bool, bool] = (True, True, True),
        joint: str = "",
    ) -> tuple[np.ndarray, np.ndarray, list[tuple[float, float]]]:
        """Train from the start by gradient descent; where D and G are then, and the losses.

        Args:
            batches: pairs of real images and latents.
            d_loss: another loss for D.
            g_loss: another loss for G.
            order: "GD" for G first, "both" for both at once.
            d_training: the flag for G in the turn of D.
            g_training: the flag for G in its own turn.
            flags: those for D: on real, on generated images, and in the turn of G.
            joint: "D", "G" or "DG": where D sees both kinds of images in one batch.
        """
        import tensorflow as tf

        generator, discriminator = self.players
        self.restore()

        def slopes(who: str, real: Any, latents: Any) -> tuple:
            training = d_training if who == "D" else g_training
            on_real, on_fake = flags[:2] if who == "D" else flags[2:] * 2
            with tf.GradientTape() as tape:
                fake = generator(latents, training=training)
                if who in joint:
                    both = discriminator(tf.concat([real, fake], 0), training=on_real)
                    real_logits, fake_logits = both[: len(real)], both[len(real) :]
                else:
                    fake_logits = discriminator(fake, training=on_fake)
                    real_logits = discriminator(real, training=on_real)
                if who == "D":
                    loss = (d_loss or _d_loss)(real_logits, fake_logits)
                else:
                    loss = (g_loss or _g_loss)(fake_logits)
            weights = self.moving["GD".index(who)]
            return loss, tape.gradient(loss, weights), weights

        said = []
        for real, latents in batches:
            found = {}
            if order == "both":
                found = {who: slopes(who, real, latents) for who in "DG"}
            for who in "DG" if order == "both" else order:
                loss, gradients, weights = found.get(who) or slopes(who, real, latents)
                found[who] = loss, gradients, weights
                for gradient, weight in zip(gradients, weights, strict=True):
                    rate = _D_RATE if who == "D" else _G_RATE
                    weight.assign(weight - rate * gradient)
            said.append((float(found["D"][0]), float(found["G"][0])))
        return self.where(1), self.where(0), said


def _drawn(rng: np.random.Generator, variable: Any, scale: float) -> np.ndarray:
    if variable.path.endswith(("gamma", "variance")):
        return rng.uniform(0.5, 2.0, variable.shape)
    return rng.normal(0, scale, variable.shape)


def _d_loss(real_logits: Any, fake_logits: Any) -> Any:
    import tensorflow as tf

    real, fake = tf.nn.softplus(-real_logits), tf.nn.softplus(fake_logits)
    return tf.reduce_mean(real) + tf.reduce_mean(fake)


def _g_loss(fake_logits: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_mean(tf.nn.softplus(-fake_logits))


@task(
    points=5,
    hints=(
        "Two tapes, one after the other. What D says must be computed inside the tape, and the images "
        "of step 3 as well.",
        "tape.gradient(loss, weights) and optimizer.apply(gradients, weights) get the same list: the "
        "trainable_variables of the player whose turn it is.",
        "Step 3 asks the D of after step 2, so it needs a new pass: generator(latents, training=True), "
        "then discriminator(…, training=True).",
    ),
)
def train_step(trial: Trial) -> None:
    """One step of D, then one of G through the new D, compared weight by weight."""
    import tensorflow as tf

    with tf.device("CPU:0"):  # some GPUs compute matrix products with fewer digits
        _compare(trial, _Game(trial.rng))


def _compare(trial: Trial, game: _Game) -> None:
    import keras
    import tensorflow as tf

    def pair(n: int) -> tuple:
        real = tf.constant(trial.rng.uniform(-1, 1, (n, 4, 4, 1)), tf.float32)
        return real, tf.constant(trial.rng.normal(0, 1, (n, 3)), tf.float32)

    one, other = pair(6), pair(6)
    optimizers = []

    def fresh() -> None:
        game.restore()
        rates = (_G_RATE, _D_RATE)
        optimizers[:] = [keras.optimizers.SGD(rate) for rate in rates]
        for optimizer, model in zip(optimizers, game.players, strict=True):
            model.trainable = True
            optimizer.build(model.trainable_variables)

    def step(real: Any, latents: Any) -> Any:
        try:
            return trial.call(*game.players, *optimizers, real, latents)
        except ValueError as problem:
            if "Unknown variable" in str(problem):
                raise Wrong(
                    "An optimizer was given weights of the other player. Each player has its own: "
                    "g_optimizer knows G's weights and d_optimizer those of D."
                ) from None
            if "No gradients provided" in str(problem):
                raise Wrong(
                    "No gradient arrived (tape.gradient gave None everywhere). Was all that leads from "
                    "these weights to the loss computed inside the tape, with TensorFlow or Keras?"
                ) from None
            raise

    fresh()
    before = game.where(1), game.where(0)
    said = _two(trial, step(*one))
    moved = [game.where(1) - before[0], game.where(0) - before[1]]
    counts = [int(optimizer.iterations.numpy()) for optimizer in reversed(optimizers)]
    if not all(each.trainable for model in game.players for each in (model, *model.layers)):
        step(*one)  # whoever freezes a network must thaw it before its turn
        further = [game.where(1) - before[0], game.where(0) - before[1]]
        if any(np.allclose(*each, rtol=0, atol=1e-7) for each in zip(moved, further, strict=True)):
            raise Wrong(
                "Afterwards a network has trainable = False. It stays so for the next step. The list of "
                "weights that an optimizer gets decides who moves; nothing need be frozen."
            )
    names = ("d_optimizer", "g_optimizer")
    for count, name, own, way in zip(counts, names, "DG", moved, strict=True):
        if count == 0 and np.abs(way).max() > 1e-7:
            raise Wrong(
                f"{own} has moved, but {name} took no step. The weights are to be moved by the two "
                "optimizers that are handed in."
            )
    if counts == [0, 0]:
        raise Wrong("Neither optimizer took a step. The gradients must be applied.")
    for count, name, own in zip(counts, names, "DG", strict=True):
        if count != 1:
            raise Wrong(
                f"{name} took {count or 'no'} step{'s' * (count > 1)} in one call. {own} is to take one, "
                "in its own turn."
            )

    def again(batch: tuple) -> list[np.ndarray]:
        fresh()
        step(*batch)
        return [game.where(1) - before[0], game.where(0) - before[1]]

    def expect(number: int, usual: Callable[[], list], otherwise: str) -> None:
        """Compare how far a player moved; the usual mistakes are computed where they are needed."""
        rate = (_D_RATE, _G_RATE)[number]
        right = (game.play([one])[number] - before[number]) / rate
        found = moved[number] / rate
        if np.allclose(found, right, rtol=0, atol=2e-4):
            return
        options = [(-right, f"{'DG'[number]} moves exactly the wrong way: its loss grows.")]
        for changes, message in usual():
            place = game.play([one], **changes)[number]
            options.append(((place - before[number]) / rate, message))
        if not any(np.allclose(found, each, rtol=0, atol=2e-4) for each, _ in options):
            known_by_its_latents(number)
        trial.expect(found, right, within=2e-4, usual=options, otherwise=otherwise)

    def known_by_its_latents(number: int) -> None:
        """The result must be a function of the latents that were given, and of no others."""
        if not np.allclose(again(one)[number], moved[number], rtol=0, atol=1e-6):
            raise Wrong(
                "The same weights and batches lead to another result at the second call. Something is "
                "drawn at random inside. The latents are given: use them in both turns."
            )
        if np.allclose(again((one[0], other[1]))[number], moved[number], rtol=0, atol=1e-6):
            raise Wrong("With other latents the result is the same. They are given to be used.")

    expect(0, _usual_of_d, "D's weights do not move as they should. Look at L_D, at its batches, and at "
           "the weights for which you take the gradient.")  # fmt: skip
    trial.award(2, "D takes its step")
    expect(1, _usual_of_g, "D moves as it should, G does not. Look at L_G, and at what G is trained "
           "through.")  # fmt: skip
    trial.award(2, "G takes its step, through the new D")

    second = pair(4)
    d_now, g_now, right = game.play([one, second])
    old_d = game.play([one], order="both")[2][0][1]
    if np.allclose(said, right[0][::-1], atol=1e-4):
        raise Wrong("The two losses that are returned have changed places: L_D is the first.")
    trial.expect(
        np.array(said),
        np.array(right[0]),
        usual=(
            ((right[0][0], old_d), "The L_G that is returned is that of the old D."),
            ((right[0][0] / 2, right[0][1]), "The L_D that is returned is only half of it."),
        ),
        otherwise="The weights are right, but not the losses that are returned. Return those whose "
        "gradients were taken.",
    )
    fresh()
    step(*one)
    said = _two(trial, step(*second))
    found = [game.where(1), game.where(0), np.array(said)]
    if not all(
        np.allclose(here, wanted, rtol=0, atol=2e-4)
        for here, wanted in zip(found, (d_now, g_now, right[1]), strict=True)
    ):
        raise Wrong(
            "The first step is right, the second is not. It had 4 images, the first one 6. Is a batch "
            "size written out, or something kept from call to call?"
        )
    trial.award(1, "the losses, and a second step with a smaller batch")


def _usual_of_d() -> list[tuple[dict, str]]:
    import tensorflow as tf

    mean, softplus = tf.reduce_mean, tf.nn.softplus
    return [
        ({"d_loss": lambda r, f: _d_loss(-r, -f)}, "D's labels are swapped: it learns to call generated "
         "images real."),
        ({"d_loss": lambda r, f: _d_loss(r, f) / 2}, "D moves half as far as it should: L_D is the sum "
         "of its two parts, not their mean."),
        ({"d_loss": lambda r, f: 6 * _d_loss(r, f)}, "D moves too far: the losses of a batch are "
         "averaged, not added up."),
        ({"d_loss": lambda r, f: mean(softplus(-r))}, "D learns from real images alone."),
        ({"d_loss": lambda r, f: mean(softplus(f))}, "D learns from generated images alone."),
        ({"d_loss": lambda r, f: mean(softplus(-r)) + mean(softplus(-f))}, "D learns to call both "
         "batches real."),
        ({"d_loss": lambda r, f: mean(softplus(-f))}, "D was moved by G's loss. Its own has two parts."),
        ({"d_loss": lambda r, f: _d_loss(tf.sigmoid(r), tf.sigmoid(f))}, "Two sigmoids: D's logits went "
         "through one before the loss."),
        ({"d_training": False}, "The generated images are others than in training. How is a network with "
         "batch norm called there?"),
        ({"joint": "D"}, "D saw real and generated images in one joint batch. With batch norm in D each "
         "kind then depends on the other: show them in two calls."),
        ({"flags": (False, False, True)}, "In D's turn D itself was not called with training=True."),
        ({"flags": (False, True, True)}, "In D's turn D was not called with training=True on the real "
         "images."),
        ({"flags": (True, False, True)}, "In D's turn D was not called with training=True on the "
         "generated images."),
        ({"flags": (False, False, True), "d_training": False}, "Neither of the two networks was called "
         "with training=True in D's turn."),
        ({"flags": (False, False, True), "joint": "D"}, "D saw real and generated images in one joint "
         "batch, and was not called with training=True."),
        ({"order": "GD"}, "D was trained on images of a G that had already moved. D's turn comes first."),
    ]  # fmt: skip


def _usual_of_g() -> list[tuple[dict, str]]:
    import tensorflow as tf

    return [
        ({"order": "both"}, "G was trained through the D of before its step. It must ask the new D, "
         "with a new pass."),
        ({"g_loss": lambda f: tf.reduce_mean(tf.nn.softplus(f))}, "G learns to be found out: in L_G the "
         "logit has the wrong sign."),
        ({"g_loss": lambda f: -tf.reduce_mean(tf.nn.softplus(f))}, "G minimises log(1 − σ), the "
         "saturating loss. Asked for is the one of task 3."),
        ({"g_loss": lambda f: -tf.reduce_mean(tf.nn.softplus(f)), "order": "both"}, "G minimises −L_D, "
         "the saturating loss, and that of the old D."),
        ({"g_loss": lambda f: _g_loss(f) / 2}, "G moves half as far as it should."),
        ({"g_loss": lambda f: 6 * _g_loss(f)}, "G moves too far: the losses of a batch are averaged, not "
         "added up."),
        ({"g_loss": lambda f: _g_loss(tf.sigmoid(f))}, "Two sigmoids in G's loss: softplus takes the "
         "logit itself."),
        ({"flags": (True, True, False)}, "In G's turn D was not called with training=True. It judges G's "
         "images otherwise than in its own turn."),
        ({"flags": (True, True, False), "g_training": False}, "Neither of the two networks was called "
         "with training=True in G's turn."),
        ({"joint": "G"}, "In G's turn D saw real and generated images in one joint batch. G's images "
         "are shown alone."),
        ({"g_training": False}, "In G's turn the images are others than in training. How is a network "
         "with batch norm called there?"),
    ]  # fmt: skip


_NAMES = ("healthy", "D has won", "not applied", "two sigmoids")
_EPOCHS = (1, 5, 10, 15, 20)


def trainings(seed: int) -> dict[str, np.ndarray]:
    """The logs of the task ``diagnose`` for one class: they are shown, and returned.

    Returns:
        For each of "A" to "D" an array (5, 4): L_D, L_G, mean output on real and on generated images.
    """
    logs = {letter: log for letter, (_, log) in _logs(seed).items()}
    print("    epoch     L_D     L_G    real  generated")
    for letter, log in logs.items():
        for number, row in zip(_EPOCHS, log, strict=True):
            print("{:3} {:5} {:7.2f} {:7.2f} {:7.2f} {:10.2f}".format(letter, number, *row))
        print()
    return logs


def _logs(seed: int) -> dict[str, tuple[str, np.ndarray]]:
    """By letter: what became of the training, and its log, rounded to what is shown."""
    rng = np.random.default_rng([6, seed])
    late = rng.uniform(0.6, 0.95, 2)[1]
    means = {
        "healthy": [(1.1, -1.8), (2.1, -2.6), (1.9, -2.0), (1.7, -1.4), (late + 0.4, -late)],
        "D has won": [(1.9, -1.6), (4.2, -4.4), (5.9, -6.8), (7.1, -8.9), (8.0, -10.6)],
        "not applied": [(rng.uniform(0.15, 0.3), rng.uniform(-0.1, 0.1))] * 5,
        "two sigmoids": [(0.62, 0.35), (0.86, 0.12), (0.93, 0.06), (0.95, 0.04), (0.97, 0.03)],
    }
    widths = {"healthy": 1.1, "D has won": 1.3, "not applied": 0.3, "two sigmoids": 0.01}
    noise = {"healthy": 0.12, "D has won": 0.3, "not applied": 0, "two sigmoids": 0.008}
    spread = np.linspace(-2.3, 2.3, 101)
    weights = np.exp(-(spread**2) / 2) / np.exp(-(spread**2) / 2).sum()
    found = {}
    for letter, name in zip("ABCD", rng.permutation(_NAMES), strict=True):
        both = np.array(means[name]) + noise[name] * rng.uniform(-1, 1, (5, 2))
        real, fake = (both[:, k, None] + widths[name] * spread for k in (0, 1))
        d_loss = (softplus(-real) + softplus(fake)) @ weights
        g_loss = softplus(-fake) @ weights
        found[letter] = str(name), np.stack([d_loss, g_loss, *both.T], axis=1).round(2)
    return found


_LOOK = {
    "healthy": "look which way the outputs move from line 2 to the last, and how far.",
    "D has won": "what becomes of L_D, and how sure is D of both kinds of images?",
    "not applied": "compare the first line with the last.",
    "two sigmoids": "look at the range of D's outputs, and whether L_D ever falls below 1.",
}


@task(
    points=4,
    hints=(
        "Look for what the table of common mistakes at the end of the lesson says about each.",
        "Logits may be any numbers. Which of the logs has none below 0 and none above 1?",
        "The probability that belongs to a logit is σ(l), and G pays softplus(−l) for it.",
    ),
)
def diagnose(trial: Trial) -> None:
    """What became of four trainings, and two numbers of the healthy one, as a dictionary."""
    logs = _logs(trial.seed)
    keys = (*"ABCD", "probability", "loss at the mean")
    answer = trial.dictionary(trial.call(), keys)
    named = {letter: str(answer[letter]).strip().lower() for letter in "ABCD"}
    known = {name.lower() for name in _NAMES}
    for letter, name in named.items():
        if name not in known:
            raise Wrong(f"{letter} is {name!r}. The names are: {', '.join(_NAMES)}.")
    if len(set(named.values())) < 4:
        raise Wrong("Two trainings have the same name, but each name occurs once.")
    wrong = []
    for letter, (name, _) in logs.items():
        if named[letter] == name.lower():
            trial.award(0.5, f"{letter}: {name}")
        else:
            wrong.append(f"{letter} is not {named[letter]!r}: {_LOOK[name]}")
    if wrong:
        raise Wrong(" ".join(wrong))

    log = next(log for name, log in logs.values() if name == "healthy")
    real, fake = log[-1, 2:]
    right = 1 / (1 + np.exp(-fake))
    found = trial.number(answer["probability"], '"probability"')
    trial.expect(
        found,
        right,
        within=0.006,
        usual=(
            *_rounded('"probability"', found, right),
            *(
                (
                    1 / (1 + np.exp(-row[3])),
                    f'"probability": this is epoch {number}; take the last line.',
                )
                for number, row in zip(_EPOCHS[1:-1], log[1:-1], strict=True)
            ),
            (1 - right, '"probability" is that of being generated.'),
            (1 / (1 + np.exp(-real)), '"probability" belongs to the logit of real images.'),
            (100 * right, '"probability" is in percent. It lies between 0 and 1.'),
            (np.exp(fake), '"probability" is the quotient of two probabilities. Use σ.'),
            (1 / (1 + np.exp(-log[0, 3])), '"probability" belongs to the first line.'),
        ),
        otherwise='"probability" is not right. What makes a probability of a logit?',
    )
    trial.award(1, "the probability at the mean logit")
    right = float(softplus(-fake))
    found = trial.number(answer["loss at the mean"], '"loss at the mean"')
    trial.expect(
        found,
        right,
        within=0.006,
        usual=(
            *_rounded('"loss at the mean"', found, right),
            (log[-1, 1], '"loss at the mean" is L_G in the log, the mean of the losses. Asked for is the '
             "loss of the mean logit."),
            (softplus(fake), '"loss at the mean" is what D pays for such an image, not G.'),
            (softplus(-real), '"loss at the mean" belongs to the logit of real images.'),
            (-right, '"loss at the mean" has the wrong sign.'),
            (right / np.log(2), '"loss at the mean" has logarithms with base 2.'),
            *(
                (
                    softplus(-row[3]),
                    f'"loss at the mean": this is epoch {number}; take the last line.',
                )
                for number, row in zip(_EPOCHS[:-1], log[:-1], strict=True)
            ),
        ),
        otherwise='"loss at the mean" is not right. What does G pay for an image with this logit?',
    )  # fmt: skip
    last = {name: each[-1, 0] for name, each in logs.values()}
    trial.award(
        1,
        "the loss at the mean logit. L_G in the log is larger, for softplus is convex. And your guess: "
        f"by the last L_D alone, 'not applied' ({last['not applied']:.2f}), 'healthy' "
        f"({last['healthy']:.2f}) and 'two sigmoids' ({last['two sigmoids']:.2f}) could be confused",
    )


def _rounded(key: str, found: float, right: float) -> list[tuple[float, str]]:
    """The usual mistake of a number with one decimal, if it is that."""
    coarse = round(float(right), 1)
    if abs(found - coarse) > 1e-6:
        return []
    return [(coarse, f"{key} is rounded too far: give two decimals or more.")]
