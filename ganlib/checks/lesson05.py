"""The tasks of exercise 05: coverage, arrows, steps of D, a running average, games by their tables."""

import contextlib
import functools
from typing import Any

import numpy as np

from ganlib.checks.core import Trial, Wrong, sigmoid, softplus, task

__all__ = ["arrows", "average", "coverage", "game", "games", "steps_of_d"]


@task(
    points=4,
    hints=(
        "points[:, None] - modes has shape (n, k, 2): each point minus each centre. The lengths of "
        "these differences are the distances, (n, k).",
        "argmin over the modes says to which mode a point belongs, min how far away that is. Of high "
        "quality is what lies within 3 std of its own mode.",
        "np.bincount(nearest[good], minlength=k) counts the good points of each mode, 0 included. "
        "Compare with a tenth of n / k.",
    ),
)
def coverage(trial: Trial) -> None:
    """How many modes points cover, and which share of the points is of high quality."""
    points, modes, std = _scattered(trial.rng)
    covered, share = _judged(trial, points, modes, std)
    n, k = len(points), len(modes)
    differences = points[:, None] - modes
    distances = np.linalg.norm(differences, axis=-1)
    nearest, distance = distances.argmin(axis=1), distances.min(axis=1)
    good = distance <= 3 * std
    inside = np.abs(differences[np.arange(n), nearest]) <= 3 * std
    trial.expect(
        share,
        good.mean(),
        within=1e-6,
        usual=(
            (inside.all(axis=1).mean(), "You compared the two coordinates one by one, and that is a "
             "square around each centre. Its corners are further away than 3 std."),
            ((distance <= std).mean(), "You took the points within one std. High quality is three."),
            ((distance <= 2 * std).mean(), "You took the points within two std. High quality is three."),
            ((distance**2 <= 3 * std).mean(), "You compared squared distances with 3 std. Is a root "
             "missing?"),
            ((distance <= 3 * std**2).mean(), "You took 3 std² for the radius. std is the standard "
             "deviation already, not the variance."),
            (1 - good.mean(), "This is the share of the points that are too far away."),
            (100 * good.mean(), "This is a percentage. Asked for is a share, between 0 and 1."),
            (good.sum(), "This is a number of points. Asked for is their share."),
            ((distances.min(axis=0) <= 3 * std).mean(), "You took the minimum over the points, and so "
             "you have the nearest point of each mode. Which axis is that of the modes?"),
        ),
        otherwise="The share of high quality is not right. It is the share of all points whose "
        "distance from the nearest centre is at most 3 std.",
    )  # fmt: skip
    trial.award(1, "the share of high quality")

    counts = np.bincount(nearest[good], minlength=k)
    every = np.bincount(nearest, minlength=k)
    trial.expect(
        covered,
        (counts >= 0.1 * n / k).sum(),
        within=1e-6,
        usual=(
            ((counts > 0).sum(), "You count a mode from its first good point. It needs a tenth of its "
             "fair share."),
            ((counts >= 0.1 * n).sum(), "You ask for a tenth of all points on a mode. The fair share "
             "of a mode is one k-th of them, and a tenth of that is enough."),
            ((counts >= 0.1 * n / 8).sum(), f"Your threshold is that of eight modes; there are {k}."),
            ((counts >= n / k).sum(), "You ask for the whole fair share. A tenth of it is enough."),
            ((counts >= 0.1 * good.sum() / k).sum(), "Your fair share is one k-th of the good points. "
             "It is one k-th of all points."),
            ((every >= 0.1 * n / k).sum(), "You count points that are near to no mode. Only those of "
             "high quality make a mode covered."),
            ((counts < 0.1 * n / k).sum(), "This is the number of modes that are not covered."),
        ),
        otherwise="The number of covered modes is not right. Print how many good points each mode has, "
        "and a tenth of its fair share.",
    )  # fmt: skip
    trial.award(1, "the number of covered modes")

    angles = trial.rng.uniform(0, 2 * np.pi, 60)
    side = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points = np.array([1.6, 0.0]) + 0.3 * side  # within 3 of both centres, all nearer to the first
    modes = np.array([[0.0, 0.0], [4.0, 0.0]])
    covered, share = _judged(trial, points, modes, 1.0)
    trial.expect(
        [covered, share],
        [1, 1],
        within=1e-6,
        usual=(
            ([2, 2], "Where the circles of two modes overlap you count a point twice. It belongs to "
             "the nearest mode alone."),
            ([2, 1], "Where the circles of two modes overlap you let a point cover both. It belongs to "
             "the nearest mode alone."),
        ),
        otherwise="Two modes whose circles overlap, and points within both circles, all nearer to the "
        "first centre: then the result is not right.",
    )  # fmt: skip
    here, there = points[:40], points[40:] + np.array([0.8, 0.0])  # nearer to the second
    covered, share = _judged(trial, np.concatenate([here, there]), modes, 1.0)
    trial.expect(
        [covered, share],
        [2, 1],
        within=1e-6,
        otherwise="Points within both of two circles, 40 of them nearer to the first centre and 20 "
        "nearer to the second: each belongs to the nearest one, not to the first or the last in reach.",
    )
    trial.award(1, "circles that overlap")

    modes = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1).reshape(-1, 2)
    points = modes[trial.rng.permutation(25)[:9]].repeat(3, axis=0) + 0.01
    covered, share = _judged(trial, points, modes, 0.05)
    trial.expect(
        [covered, share],
        [9, 1],
        within=1e-6,
        usual=(
            ([25, 1], "27 points for 25 modes, and you say that all modes are covered. Some have no "
             "point at all: is a tenth of the fair share rounded down to 0?"),
        ),
        otherwise="27 points for 25 modes, three on each of nine: then the result is not right. A "
        "tenth of the fair share is about 0.1 points here.",
    )  # fmt: skip
    trial.award(1, "few points for many modes")


def _scattered(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """900 points around nine modes, such that each usual mistake gives another number."""
    std = rng.uniform(0.06, 0.09)
    order = 2 * np.pi * (rng.permutation(9) + rng.uniform(0, 1)) / 9
    directions = np.stack([np.cos(order), np.sin(order)], axis=1)
    modes = rng.normal(0, 1, 2) + 3 * directions
    well = [200 + rng.integers(20), 11, 8, 2, 95, 180, 1, 92, 13]
    badly = [0, 0, 0, 100, 0, 0, 60, 0, 0]
    badly[0] = 900 - 40 - sum(well) - sum(badly)
    points = []
    for mode, direction, near, far in zip(modes, directions, well, badly, strict=True):
        for many, (least, most) in ((near, (0.2, 2.9)), (far, (3.6, 8.0))):
            # Only outwards, so that no other mode is nearer.
            angles = np.arctan2(*direction[::-1]) + rng.uniform(-1.2, 1.2, many)
            lengths = std * rng.uniform(least, most, many)
            points.append(mode + lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1))
    points.append(modes[0] + std * rng.uniform(2.3, 2.8, (40, 2)) * np.sign(directions[0]))
    points = np.concatenate(points)
    return rng.permutation(points), modes, float(std)


def _judged(trial: Trial, points: np.ndarray, modes: np.ndarray, std: float) -> tuple[float, float]:
    result = trial.call(points, modes, std)
    if getattr(result, "shape", None) == (2,):  # an array or a tensor with both
        result = tuple(np.asarray(result))
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two numbers: return covered, high_quality.")
    first, second = result
    if np.size(first) == len(modes) != 1:
        raise Wrong(
            "The first result has a value for each mode. Asked for is how many are covered."
        )
    covered = trial.number(first, "the number of covered modes")
    share = trial.number(second, "the share of high quality")
    if 0 < covered < 1 < share:
        raise Wrong("The two results have changed places: return covered, high_quality.")
    return covered, share


class _Dense:
    """A discriminator with one hidden layer of tanh, by NumPy: logits, and slopes step by step."""

    def __init__(self, weights: list[np.ndarray]):
        self.weights = [np.asarray(weight, np.float64) for weight in weights]

    def logits(self, points: np.ndarray) -> np.ndarray:
        kernel, bias, out, shift = self.weights
        return np.tanh(points @ kernel + bias) @ out + shift

    def slopes(self, points: np.ndarray, outer: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Slopes in the weights and in the points of a loss with the slopes ``outer`` in the logits."""
        kernel, bias, out, _ = self.weights
        hidden = np.tanh(points @ kernel + bias)
        back = outer @ out.T * (1 - hidden**2)
        inside = [points.T @ back, back.sum(axis=0), hidden.T @ outer, outer.sum(axis=0)]
        return inside, back @ kernel.T


@functools.cache
def _built(units: tuple[int, ...]) -> Any:
    """A small Keras network, made once: it takes longer than most answers."""
    import keras

    stages = [keras.Input((units[0],))]
    for number, count in enumerate(units[1:], start=2):
        bend = "tanh" if number < len(units) else None
        stages.append(
            keras.layers.Dense(count, activation=bend, dtype="float32", kernel_initializer="zeros")
        )
    return keras.Sequential(stages)


def _network(rng: np.random.Generator, *units: int) -> Any:
    """The network with these numbers of units, with new weights; there is one of each kind."""
    network = _built(units)
    network.trainable = True  # whatever an answer has done to it
    network.set_weights([rng.normal(0, 0.9, weight.shape) for weight in network.weights])
    return network


@contextlib.contextmanager
def _on_cpu():
    """Some GPUs compute products of matrices with fewer digits."""
    import tensorflow as tf

    with tf.device("CPU:0"):
        yield


@contextlib.contextmanager
def _gradients_explained():
    """Says in plain words what TensorFlow and Keras say of the usual mistakes with gradients."""
    try:
        yield
    except (AttributeError, TypeError, ValueError) as problem:
        said = str(problem)
        if "not tf.Tensor or tf.Variable" in said:
            raise Wrong(
                "The tape is asked to watch a NumPy array, and it can only watch a tensor. Make one of "
                "it first."
            ) from None
        if "has no attribute '_id'" in said:
            raise Wrong(
                "The tape is asked for the slope in a NumPy array. Make a tensor of it, let the tape "
                "watch that, and compute with it inside the tape."
            ) from None
        if "No gradients provided" in said:
            raise Wrong(
                "No gradient reaches the weights. What lies between them and the loss must be computed "
                "inside the tape, with tensors all the way."
            ) from None
        if "Unknown variable" in said:
            raise Wrong(
                "The optimizer was built for D's weights, and it was handed others. Whose weights does "
                "this turn change?"
            ) from None
        if "NoneType" in said:
            raise Wrong(
                "Something is None where numbers should be, most likely a gradient. A tape knows "
                "nothing of a tensor that it does not watch, nor of what was computed outside of it."
            ) from None
        raise


@task(
    points=3,
    hints=(
        "Make a tensor of the points and let the tape watch it. The logits and the loss are computed "
        "inside the tape, the slope in the points outside.",
        "The loss of one point does not depend on the other points. So the slope of the sum of all "
        "losses in one point is the slope of that point's own loss.",
        "G minimises softplus(−l), so a point moves against the slope of that.",
    ),
)
def arrows(trial: Trial) -> None:
    """Minus the slope of each point's own non-saturating loss, in the point."""
    with _on_cpu(), _gradients_explained():
        discriminator = _network(trial.rng, 2, 6, 1)
        before = discriminator.get_weights()
        dense = _Dense(before)
        for number, n in enumerate((30, 1)):
            points = trial.rng.normal(0, 1.2, (n, 2)).astype("float32")
            result = trial.call(discriminator, points)
            found = trial.array(result, what="the result")
            if found.shape == (n, 1) or found.shape == (n,):
                raise Wrong(
                    f"For {n} points the result has shape {found.shape}: one number for each. An arrow "
                    "is the slope in the two coordinates of a point."
                )
            found = trial.array(found, (n, 2), "the result")
            logits = dense.logits(points)
            _, slope = dense.slopes(points, np.ones_like(logits))
            d = sigmoid(logits)
            right = (1 - d) * slope
            many = "" if n > 1 else "For a single point: "
            trial.expect(
                found,
                right,
                usual=(
                    (-right, "All arrows point the wrong way: along the slope, where the loss rises. G "
                     "wants to lower it."),
                    (right / n, "All arrows are n times too short. That is the slope of the mean loss. "
                     "Asked for is each point's own loss, which does not change with the number of "
                     "points."),
                    (-right / n, "All arrows point the wrong way and are n times too short: along the "
                     "slope of the mean loss."),
                    (d * slope, "This is the way of the minimax loss (or up D's loss). Asked for is "
                     "the non-saturating loss."),
                    (-d * slope, "This is the way down D's loss, softplus(l): there D tells the points "
                     "more easily. Whose loss lets the points move?"),
                    (d * slope / n, "This is the way of the mean minimax loss. Asked for is each "
                     "point's own non-saturating loss."),
                    (-d * slope / n, "This is the way down the mean of D's loss, softplus(l). Asked "
                     "for is G's, and for each point its own."),
                    (slope, "This is the slope of the logit itself. The loss is a function of the "
                     "logit, and flatter where D is deceived."),
                    (-slope, "This is minus the slope of the logit itself. Where is the loss?"),
                    (d * (1 - d) * slope, "This is the slope of the probability D(x). Asked for is "
                     "that of the loss."),
                    (right / np.maximum(np.linalg.norm(right, axis=1, keepdims=True), 1e-12), "All "
                     "arrows have length 1. Their length says how strongly a point is pulled: keep it."),
                    (np.broadcast_to(right.mean(axis=0), (n, 2)), "All arrows are the same, their "
                     "mean. Each point has one of its own."),
                ),
                otherwise=f"{many}The arrows are not right. Take one point, its loss softplus(−l), and "
                "the slope of that in the two coordinates.",
            )  # fmt: skip
            if number == 0:
                trial.award(2, "the arrows of 30 points")
            _same_weights(
                discriminator, before, "D's weights have changed. Here D is only looked at."
            )
        trial.award(1, "the arrow of a single point")


def _same_weights(network: Any, before: list[np.ndarray], message: str) -> None:
    if any(
        not np.array_equal(one, other)
        for one, other in zip(before, network.get_weights(), strict=True)
    ):
        raise Wrong(message)


def _steps(
    weights: list[np.ndarray],
    real: np.ndarray,
    fake: np.ndarray,
    rate: float,
    momentum: float = 0.0,
    factor: float = 1.0,
    mean_factor: float = 1.0,
    first: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What steps of D should do: its losses before each, its losses after each, and its last weights.

    Args:
        factor: of the loss.
        mean_factor: of the step alone.
        first: take all slopes at the first weights.
    """
    dense, start = _Dense(weights), _Dense(weights)
    speed = [np.zeros_like(weight) for weight in dense.weights]
    before, after = [], []
    for real_now, fake_now in zip(real, fake, strict=True):
        n = len(real_now)
        at = start if first else dense

        def loss(at: _Dense, real_now=real_now, fake_now=fake_now) -> float:
            real_loss = softplus(-at.logits(real_now)).mean()
            return factor * (real_loss + softplus(at.logits(fake_now)).mean())

        before.append(loss(at))
        up = at.slopes(real_now, -sigmoid(-at.logits(real_now)) / n)[0]
        down = at.slopes(fake_now, sigmoid(at.logits(fake_now)) / n)[0]
        slopes = [factor * mean_factor * (a + b) for a, b in zip(up, down, strict=True)]
        speed = [momentum * old - rate * slope for old, slope in zip(speed, slopes, strict=True)]
        dense.weights = [old + step for old, step in zip(dense.weights, speed, strict=True)]
        after.append(loss(dense))
    return np.array(before), np.array(after), _flat(dense.weights)


def _flat(weights: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.ravel(weight) for weight in weights]).astype(np.float64)


@task(
    points=3,
    hints=(
        "It is D's turn of the lesson's loop, once for each batch: for real_now, latents_now in "
        "zip(real, latents).",
        "Record D's loss on a tape, take its slopes in discriminator.trainable_variables, and hand "
        "both to optimizer.apply(slopes, weights).",
        "A new tape for each batch: its slopes belong to the weights as they are then. Collect the "
        "losses in a list.",
    ),
)
def steps_of_d(trial: Trial) -> None:
    """Several updates of D, each on a batch of its own, against a G that stays as it is."""
    for k, n, momentum in ((3, 16, 0.0), (4, 5, 0.8)):
        with _on_cpu(), _gradients_explained():
            _one_turn(trial, k, n, momentum)


def _one_turn(trial: Trial, k: int, n: int, momentum: float) -> None:
    import keras

    generator, discriminator = (_network(trial.rng, 2, 5, outputs) for outputs in (2, 1))
    rate = 0.4
    optimizer = keras.optimizers.SGD(rate, momentum=momentum)
    optimizer.build(discriminator.trainable_variables)
    g_before, d_before = generator.get_weights(), discriminator.get_weights()
    middle = np.array([1.5, 0.5])
    real = (middle + trial.rng.normal(0, 0.3, (k, n, 2))).astype("float32")
    latents = trial.rng.normal(0, 1, (k, n, 2)).astype("float32")
    fake = _Dense(g_before).logits(latents.reshape(-1, 2)).reshape(k, n, 2)
    found = trial.array(trial.call(generator, discriminator, optimizer, real, latents))
    _same_weights(
        generator,
        g_before,
        "G's weights have changed. It is D's turn: G is only a source of points.",
    )
    moved = _flat(discriminator.get_weights())
    if np.allclose(moved, _flat(d_before), rtol=0, atol=1e-7):
        raise Wrong("D has not moved. Who applies the slopes to its weights?")
    if found.shape == ():
        raise Wrong(f"It returns one number. Asked for are the {k} losses, one for each batch.")
    if found.shape == (n,):
        raise Wrong(
            f"For real points of shape ({k}, {n}, 2) it returns {n} numbers. The first axis counts the "
            "batches."
        )
    found = trial.array(found, (k,))

    def run(real=real, fake=fake, rate=rate, momentum=momentum, **changes):
        return _steps(d_before, real, fake, rate, momentum, **changes)

    right, after, last = run()
    first = [each[:1].repeat(k, axis=0) for each in (real, fake)]
    at_once = [each.reshape(1, k * n, 2) for each in (real, fake)]
    variants = (
        (run(fake=first[1]), "You made generated points from the first latents only. Each batch has "
         "latents of its own."),
        (run(real=first[0]), "You took the first real batch in every step. Each has one of its own."),
        (run(*first), "You took the first batch in every step. Each step has a batch of its own."),
        (run(real[::-1], fake[::-1]), "You took the batches from the last to the first."),
        (run(first=True), "All slopes were taken at the weights that D had at the start. Each step "
         "begins where the one before it has ended: it needs a tape of its own."),
        (run(factor=0.5), "Half of D's loss: one mean over both kinds of points. L_D adds two means."),
        (run(factor=n), "You added up the points of a batch. An expectation is a mean."),
        (run(fake, real), "Real and generated points have changed places: D learns to take generated "
         "points for real."),
        (run(rate=-rate), "D goes up the slope of its loss, away from what it should learn."),
        (run(mean_factor=0.5), "The first loss is right, but D's steps are only half as long. Which loss "
         "are the slopes of?"),
        (run(momentum=0.0), "The steps are plain ones. The optimizer has a momentum: let it make the "
         "steps."),
    )  # fmt: skip
    trial.expect(
        found,
        right,
        usual=(
            (-right, "The sign is turned round: this is V, which D raises, not its loss."),
            (after, "These are the losses after each step. Asked for are those that the steps were "
             "made from."),
            *((losses, message) for (losses, _, _), message in variants),
        ),
        otherwise=_about_losses(found, right, _parts(d_before, real[0], fake[0]), optimizer),
    )  # fmt: skip
    if not momentum:
        trial.award(1, "the losses of three steps, with G as it was")
    trial.expect(
        moved,
        last,
        within=2e-5,
        usual=(
            (run(*at_once)[2], "D has made one step on all batches together. Each batch has a step of "
             "its own."),
            *((weights, message) for (_, _, weights), message in variants),
        ),
        otherwise="The losses are right, but D's last weights are not. Does the last batch have its "
        "step too, and only one?",
    )  # fmt: skip
    trial.award(1, "steps by an optimizer with momentum" if momentum else "D's weights after them")


def _parts(weights: list[np.ndarray], real: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    dense = _Dense(weights)
    return softplus(-dense.logits(real)).mean(), softplus(dense.logits(fake)).mean()


def _about_losses(
    found: np.ndarray, right: np.ndarray, parts: tuple[float, float], optimizer: Any
) -> str:
    first, (only_real, only_fake) = found[0], parts
    if abs(first - only_real) < 1e-4:
        return "The first loss has no generated points in it. L_D adds two means."
    if abs(first - only_fake) < 1e-4:
        return "The first loss has no real points in it. L_D adds two means."
    if abs(first - right[0]) > 1e-4:
        return "The first loss is not right. Compare with L_D of the lesson: two means, added."
    used = int(optimizer.iterations)
    if used == 0:
        return (
            "The first loss is right and the later ones are not, and the optimizer that was passed has "
            "made no step. Use it."
        )
    if used != len(right):
        return (
            f"The first loss is right and the later ones are not: for {len(right)} batches the "
            f"optimizer has made {used} steps."
        )
    return "The first loss is right and the later ones are not. What does the first step change?"


@task(
    points=2,
    hints=(
        "In Python, averages = generator.weights does not copy anything: it is another name for the "
        "same variables. What is γ m + (1 − γ) w if m is w?",
        "generator.get_weights() returns copies, as NumPy arrays. Begin with such copies, and change "
        "the copies after each round.",
    ),
)
def average(trial: Trial) -> None:
    """The running average of G's weights over some rounds."""
    for units, rounds, decay, what in (
        ((2, 3), 6, 0.8, "the average over six rounds"),
        ((2, 4, 1), 2, 0.55, "another network, other numbers"),
    ):
        with _on_cpu():
            _one_average(trial, units, rounds, decay)
        trial.award(1, what)


class _Rounds:
    """A game whose rounds give G weights that are known beforehand."""

    def __init__(self, rng: np.random.Generator, generator: Any, rounds: int):
        self.generator, self.rounds, self.played = generator, rounds, 0
        self.path = [generator.get_weights()]
        for _ in range(rounds):
            self.path.append(
                [rng.normal(0, 1, each.shape).astype("float32") for each in self.path[0]]
            )
        self.flat = np.stack([_flat(weights) for weights in self.path])

    def play(self) -> None:
        """One round."""
        self.look()
        if self.played == self.rounds:
            raise Wrong(f"You play more than {self.rounds} rounds, though rounds is {self.rounds}.")
        self.played += 1
        self.generator.set_weights(self.path[self.played])

    def look(self) -> None:
        """Complains if somebody else has changed G."""
        now = _flat(self.generator.get_weights())
        if not np.allclose(now, self.flat[self.played], rtol=0, atol=1e-5):
            raise Wrong(
                "G's weights are no longer what the last round has left. The average is kept beside "
                "the game, and the game does not notice."
            )


def _one_average(trial: Trial, units: tuple[int, ...], rounds: int, decay: float) -> None:
    generator = _network(trial.rng, *units)
    game = _Rounds(trial.rng, generator, rounds)
    result = trial.call(generator, game.play, rounds, decay)
    if hasattr(result, "get_weights"):
        result = result.get_weights()
    start, flat = game.path[0], game.flat
    if not isinstance(result, (list, tuple)) or len(result) != len(start):
        raise Wrong(
            "It should return a list with an array for each array of generator.get_weights()."
        )
    found = _flat(
        [
            trial.array(each, weight.shape, f"array {number} of the result")
            for number, (each, weight) in enumerate(zip(result, start, strict=True), start=1)
        ]
    )
    if game.played != rounds:
        raise Wrong(f"rounds is {rounds}, but play() was called {game.played} times.")
    game.look()
    trial.expect(
        found,
        _running(flat, decay),
        within=1e-5,
        usual=(
            (flat[-1], "This is G as it is after the last round, and no average. Do your averages and "
             "G's weights share their memory?"),
            (flat[0], "This is G as it was before the first round. Does the average change after each "
             "round, and is the changed one returned?"),
            (_running(flat, 1 - decay), "γ and 1 − γ have changed places: your average hardly "
             "remembers anything."),
            (_running(np.concatenate([0 * flat[:1], flat[1:]]), decay), "Your average begins with 0. "
             "It begins with the weights that G has before the first round."),
            (_running(flat[1:], decay), "Your average begins with the weights after the first "
             "round. Did you take them after it, or before it without a copy? generator.weights are "
             "G's own variables, and have changed since. "
             "It begins with those before it."),
            (_running(flat[:-1], decay), "Your average is one round late: it takes up the weights "
             "before a round is played, and misses the last round."),
            (flat.mean(axis=0), "This is the plain mean of all weights. A running average gives later "
             "rounds more weight."),
            (flat[1:].mean(axis=0), "This is the plain mean of the weights after the rounds. A running "
             "average gives later rounds more weight."),
            (_sum(flat, decay, 1.0), "The weights of the round are added without the factor 1 − γ, so "
             "the average grows too large."),
            (_sum(flat, 1.0, 1 - decay), "The old average is kept whole, without the factor γ."),
            (decay * flat[0] + (1 - decay) * flat[-1], "Only the last round is in it: each round you "
             "begin again with the weights before the first one."),
        ),
        otherwise="The average is not right. Write down what it is after one round and after two.",
    )  # fmt: skip


def _running(flat: np.ndarray, decay: float) -> np.ndarray:
    return _sum(flat, decay, 1 - decay)


def _sum(flat: np.ndarray, old: float, new: float) -> np.ndarray:
    found = flat[0]
    for now in flat[1:]:
        found = old * found + new * now
    return found


# Five kinds of game on the ring of eight, five seeds each: after 250, 500, 750 and 1,000 rounds the mean
# losses of D and G over the last 100, the modes covered by G, and the share of high quality in percent.
_RECORDED = {
    "equal": (
        ((1.34, 0.73, 0, 2), (1.17, 0.87, 5, 11), (1.16, 0.93, 8, 31), (1.18, 0.97, 6, 28)),
        ((1.34, 0.74, 0, 2), (1.19, 0.87, 4, 11), (1.18, 0.92, 7, 24), (1.18, 0.95, 8, 54)),
        ((1.33, 0.74, 0, 3), (1.18, 0.89, 1, 2), (1.18, 0.93, 7, 29), (1.17, 0.97, 7, 48)),
        ((1.31, 0.74, 0, 3), (1.21, 0.85, 6, 27), (1.18, 0.92, 6, 36), (1.16, 0.98, 8, 56)),
        ((1.34, 0.73, 0, 3), (1.19, 0.87, 6, 14), (1.19, 0.90, 7, 27), (1.21, 0.93, 5, 32)),
    ),
    "fast G": (
        ((1.41, 0.74, 0, 1), (1.40, 0.72, 0, 0), (1.40, 0.72, 1, 4), (1.39, 0.72, 0, 0)),
        ((1.39, 0.75, 1, 1), (1.39, 0.73, 0, 0), (1.39, 0.72, 1, 4), (1.38, 0.72, 1, 9)),
        ((1.40, 0.75, 0, 1), (1.40, 0.72, 1, 51), (1.40, 0.71, 1, 3), (1.39, 0.71, 1, 2)),
        ((1.40, 0.73, 0, 0), (1.39, 0.73, 1, 3), (1.38, 0.74, 0, 0), (1.39, 0.74, 1, 2)),
        ((1.40, 0.75, 0, 0), (1.40, 0.71, 0, 0), (1.39, 0.71, 1, 13), (1.39, 0.71, 1, 8)),
    ),
    "fast D": (
        ((0.46, 4.29, 0, 2), (0.56, 7.98, 0, 2), (0.61, 4.71, 2, 12), (0.48, 3.13, 2, 26)),
        ((0.34, 4.83, 2, 4), (0.37, 3.71, 1, 64), (0.41, 2.24, 1, 96), (0.39, 2.25, 1, 99)),
        ((0.64, 5.25, 0, 2), (0.63, 8.17, 0, 3), (0.63, 7.22, 2, 7), (0.62, 4.03, 3, 17)),
        ((0.66, 4.63, 0, 3), (0.46, 9.10, 0, 2), (0.63, 7.17, 2, 6), (0.61, 5.18, 3, 17)),
        ((0.67, 4.76, 0, 2), (0.53, 8.91, 0, 2), (0.58, 8.03, 1, 4), (0.60, 6.27, 3, 8)),
    ),
    "idle D": (
        ((6.76, 0.00, 0, 0), (8.80, 0.00, 0, 0), (9.84, 0.00, 0, 0), (10.54, 0.00, 0, 0)),
        ((5.38, 0.01, 0, 0), (7.59, 0.00, 0, 0), (8.66, 0.00, 0, 0), (9.39, 0.00, 0, 0)),
        ((6.44, 0.01, 0, 0), (8.57, 0.00, 0, 0), (9.60, 0.00, 0, 0), (10.29, 0.00, 0, 0)),
        ((6.89, 0.00, 0, 0), (8.96, 0.00, 0, 0), (9.96, 0.00, 0, 0), (10.65, 0.00, 0, 0)),
        ((6.38, 0.01, 0, 0), (8.32, 0.00, 0, 0), (9.27, 0.00, 0, 0), (9.91, 0.00, 0, 0)),
    ),
    "idle G": (
        ((0.01, 5.24, 0, 0), (0.00, 7.21, 0, 0), (0.00, 8.18, 0, 0), (0.00, 8.84, 0, 0)),
        ((0.01, 5.73, 0, 0), (0.00, 7.91, 0, 0), (0.00, 9.11, 0, 0), (0.00, 10.00, 0, 0)),
        ((0.01, 5.45, 0, 0), (0.00, 7.52, 0, 0), (0.00, 8.52, 0, 0), (0.00, 9.25, 0, 0)),
        ((0.01, 5.49, 0, 0), (0.00, 7.37, 0, 0), (0.00, 8.32, 0, 0), (0.00, 8.97, 0, 0)),
        ((0.01, 5.62, 0, 0), (0.00, 7.66, 0, 0), (0.00, 8.69, 0, 0), (0.00, 9.42, 0, 0)),
    ),
}  # fmt: skip

# What to say to somebody who takes another game for this one.
_NOT_THIS = {
    "equal": "With equal rates neither player gets far ahead, and the points spread over the ring. "
    "Look at the losses, and at the last line's modes.",
    "fast G": "A G that runs ahead of D keeps D from telling, round after round. Which L_D does a D "
    "have that cannot tell?",
    "fast D": "A D that is far ahead can tell, but G still learns a little: it reaches some modes, and "
    "L_G falls in the end. Look at both.",
    "idle D": "A D that never learns is an easy one for G: in the end all of G's points lie where it "
    "says 'real'. What does that do to L_G, and then to L_D?",
    "idle G": "If G never learns, its points stay where they are, and nothing hinders D. What does "
    "that do to L_D, and how many modes will be covered?",
}


def _of_class(seed: int) -> tuple[list[tuple[str, tuple]], int, int, float]:
    """Four games with their tables; of the fifth the modes, those drawn, and the share on bridges."""
    if not seed:
        names, record = ["fast D", "idle D", "equal", "fast G"], 0
        modes, drawn, bridges = 8, 6, 0.2
    else:
        rng = np.random.default_rng(seed)
        left_out = rng.choice(["idle D", "idle G"])
        names = [str(name) for name in rng.permutation([n for n in _RECORDED if n != left_out])]
        record = int(rng.integers(5))
        modes = int(rng.choice([6, 8, 10, 12]))
        drawn = int(rng.integers(modes // 2, modes))
        shares = [0.1, 0.15, 0.2, 0.25, 0.3]
        # With drawn = modes · (1 − bridges) the best D would say ½.
        bridges = float(
            rng.choice([each for each in shares if abs(drawn / modes + each - 1) > 0.01])
        )
    return [(name, _RECORDED[name][record]) for name in names], modes, drawn, bridges


def game(seed: int) -> tuple[dict[str, np.ndarray], int, int, float]:
    """Show four tables for a class; they, and a fifth game's modes, drawn modes and share on bridges."""
    of_class, modes, drawn, bridges = _of_class(seed)
    tables = {}
    for letter, (_, rows) in zip("ABCD", of_class, strict=True):
        print(f"Game {letter}\n  round    L_D    L_G   modes   high quality")
        tables[letter] = np.column_stack([(250, 500, 750, 1000), rows])
        for at, d_loss, g_loss, covered, quality in tables[letter]:
            print(
                f"  {at:5.0f}  {d_loss:5.2f}  {g_loss:5.2f}  {covered:.0f} of 8  {quality:8.0f} %"
            )
    print(
        f"The fifth game: {modes} modes, {drawn} drawn, {100 * bridges:.0f} % of G's points on bridges"
    )
    return tables, modes, drawn, bridges


@task(
    points=4,
    hints=(
        "The tables: which L_D has a D that cannot tell, one that can, and one that is wrong? A D that "
        "never learns can be deceived without end. A G that never learns covers nothing.",
        "The fifth game: on a drawn mode real points have the density b/k, with k modes. G's points on "
        "modes are 1 − s of all, spread over m modes. D* is the share of the real ones in both.",
        "L_D: a share m/k of the real points costs −log D*, the rest costs nothing. A share 1 − s of "
        "the generated ones costs −log(1 − D*); what do those on bridges cost, where D* = 0?",
    ),
)
def games(trial: Trial) -> None:
    """Which table belongs to which game, and what the best D does in a fifth one."""
    tables, k, m, s = _of_class(trial.seed)
    letters = "ABCD"
    wanted = 'It should return a dictionary with "A" to "D", "best D", "L_D" and "JSD".'
    answer = trial.dictionary(trial.call(), letters, wanted)
    given = {letter: " ".join(str(answer[letter]).split()).lower() for letter in letters}
    names = {name.lower(): name for name in _RECORDED}
    for letter, name in given.items():
        if name not in names:
            raise Wrong(
                f"For {letter} it says {name[:30]!r}. The games are {', '.join(_RECORDED)}."
            )
    if len(set(given.values())) < 4:
        raise Wrong("Two tables have the same game. Each game has at most one table.")
    for letter, (name, _) in zip(letters, tables, strict=True):
        claimed = names[given[letter]]
        if claimed != name:
            raise Wrong(f"Table {letter} is not that of {claimed!r}. {_NOT_THIS[claimed]}")
    trial.award(2, "the four tables")

    keys = ("best D", "L_D", "JSD")
    missing = [key for key in keys if answer.get(key) is None]
    if missing:
        raise Wrong(f"The dictionary has no value for {', '.join(missing)}.")
    found = {key: trial.number(answer[key], key) for key in keys}
    best = m / (m + k * (1 - s))
    trial.expect(
        found["best D"],
        best,
        within=0.004,
        usual=(
            (m / (m + k), "You left out the bridges: G has only 1 − s of its points on modes."),
            (1 - best, "This is 1 − D*, the probability of 'generated'."),
            (m / (m + k * s), "You put the points of the bridges on the modes. On modes are the others."),
            (1 / (2 - s), "This would be right if G drew all modes. It draws m of k, so on each of "
             "these m it has more."),
            (k / (k + m * (1 - s)), "k and m have changed places: which of the two densities is 1/k?"),
            (0.5, "½ would be right if real and generated points were equally dense there."),
        ),
        otherwise="D* on a drawn mode is not right. How dense are real points there, how dense are "
        "generated ones?",
    )  # fmt: skip
    trial.award(1, "the best D on a drawn mode")
    real, fake = -np.log(best), -np.log(1 - best)
    right = m / k * real + (1 - s) * fake
    without = m / (m + k)
    trial.expect(
        found["L_D"],
        right,
        within=0.006,
        usual=(
            (m / k * real + fake, "The points on bridges are counted as if they lay on modes. What "
             "does the best D say on a bridge, and what does that cost?"),
            (real + (1 - s) * fake, "All real points are counted as if their modes were drawn. What "
             "does the best D say on a mode that was left out?"),
            (real + fake, "Every point counts as if it lay on a drawn mode. What do the others cost?"),
            (-m / k * np.log(without) - np.log(1 - without), "This is L_D without bridges."),
            (m / k * real + s * fake, "s and 1 − s have changed places: s is the share on bridges."),
            (-right, "The sign is turned round: this is V."),
            (right / 2, "Half of L_D: it adds two means."),
            (right / np.log(2), "This has logarithms with base 2. The course has natural ones."),
            (right / np.log(10), "This has logarithms with base 10. The course has natural ones."),
            (np.log(4), "2 log 2 would be the loss if real and generated points were alike."),
        ),
        otherwise="L_D is not right. Go through the places: drawn modes, modes left out, bridges. "
        "Which share of the real and of the generated points lies there, and what does D* say?",
    )  # fmt: skip
    jsd = (np.log(4) - right) / 2
    trial.expect(
        found["JSD"],
        jsd,
        within=0.004,
        usual=(
            (2 * jsd, "This is twice the JSD."),
            (jsd / np.log(2), "The JSD is in bits here, not in nats."),
            (-jsd, "A JSD is never below 0."),
            ((np.log(2) - right) / 2, "You began with log 2. Which loss has the best D if there is "
             "nothing to tell?"),
            ((np.log(4) + right) / 2, "The sign of L_D is turned round: V is −L_D."),
        ),
        otherwise="The JSD is not right. For the best D, L_D = 2 log 2 − 2 JSD.",
    )  # fmt: skip
    trial.award(1, "its loss and the divergence")
