"""The tasks of exercise 08: four parts of a second broken program, and seven strangers."""

import contextlib
import itertools
import string
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganlib.checks.core import Trial, Wrong, softplus, task

__all__ = ["Stranger", "batches", "draw", "find", "g_step", "losses", "strangers"]


@task(
    points=3,
    hints=(
        "Shapes and ranges are as they should be, so questions 1 and 2 are silent. Go on to question 3: "
        "take one image out of a batch, and compare it with the image that it came from.",
        "Ask for the same thing twice: put the same image into different batches, small ones too. Has "
        "it the same values in all?",
        "To move an axis is another thing than to cut the same numbers into other rows: compare "
        "np.moveaxis and reshape on np.arange(12). And a scale must know 0 and 255, not the batch.",
    ),
)
def batches(trial: Trial) -> None:
    """One epoch of shuffled batches, from bytes with the channels first."""
    n, size, height, width = 23, 5, 6, 4
    stored = trial.rng.integers(20, 230, (n, 3, height, width)).astype(np.uint8)
    whole = np.moveaxis(stored, 1, -1).astype(np.float64)
    shuffles = []
    for number in (1, 2):
        rng = np.random.default_rng([trial.seed, number])
        found = _batches_of(
            trial, trial.call(stored, size, rng), n // size, (size, height, width, 3)
        )
        marks = np.stack([_standard(image) for image in found])
        origin = [_origin(mark, whole) for mark in marks]
        if None in origin:
            _about_cut_images(marks, stored)
        if len(set(origin)) < len(origin):
            raise Wrong("Some images come twice in one epoch, and others not at all.")
        if origin == sorted(origin):
            raise Wrong(
                "The images come in the order in which they were stored. Shuffle them by rng."
            )
        shuffles.append(origin)
    if shuffles[0] == shuffles[1]:
        raise Wrong(
            "Two epochs have the same order. It should come from the rng that was handed in."
        )
    even = len(list(itertools.islice(trial.call(stored[:20], size, trial.rng), 6)))
    if even != 4:
        raise Wrong(f"20 images in batches of 5 make 4 batches, and it returns {even}.")
    firsts = []
    for number in range(8):
        rng = np.random.default_rng([trial.seed, 9, number])
        first = trial.array(next(iter(trial.call(stored, size, rng))), what="a batch")
        firsts.append({_origin(_standard(image), whole) for image in first})
    if all(one == other or not one & other for one, other in itertools.combinations(firsts, 2)):
        raise Wrong(
            "Over eight epochs the same images are always in a batch together. The order of *all* images "
            "comes from rng, before they are cut into batches."
        )
    trial.award(1, "every image arrives in one piece, once in an epoch, in a new order")

    scaled = whole[shuffles[-1]] / 127.5 - 1
    of_batch = whole[shuffles[-1]].reshape(-1, size, height, width, 3)
    low, high = of_batch.min((1, 2, 3, 4), keepdims=True), of_batch.max((1, 2, 3, 4), keepdims=True)
    of_image = whole[shuffles[-1]]
    least, most = of_image.min((1, 2, 3), keepdims=True), of_image.max((1, 2, 3), keepdims=True)
    trial.expect(
        found,
        scaled,
        within=1e-5,
        usual=(
            ((2 * (of_batch - low) / (high - low) - 1).reshape(scaled.shape), "The same image still "
             "has other values in another batch. On what does its scale depend?"),
            (2 * (of_image - least) / (most - least) - 1, "Each image is scaled by its own darkest and "
             "brightest value: a dark image becomes as bright as any."),
            (2 * (of_image - whole.min()) / (whole.max() - whole.min()) - 1, "The scale depends on the "
             "darkest and the brightest value of the whole array. Another part of the data would "
             "get another scale."),
            ((scaled + 1) / 2, "Values lie in [0, 1]. G draws in [-1, 1]."),
            (of_image, "Values are bytes still, 0 … 255. G draws in [-1, 1]."),
            (of_image / 128 - 1, "The byte 255 should become 1, and is a little less."),
        ),
        otherwise="The values are not right: in every batch the byte 0 should become -1, and the byte "
        "255 should become 1.",
    )  # fmt: skip
    trial.award(2, "an image has the same values in every batch, with 0 at -1 and 255 at 1")


def _batches_of(trial: Trial, result: Any, count: int, shape: tuple[int, ...]) -> np.ndarray:
    """All images of an epoch, (count · size, height, width, 3)."""
    if isinstance(result, (str, dict)) or not hasattr(result, "__iter__"):
        raise Wrong("It should return a list of batches.")
    found = list(itertools.islice(result, count + 2))
    if len(found) != count:
        wanted = f"{count} full batches of {shape[0]}, with the rest left out"
        raise Wrong(f"It returns {len(found)} batches or more where there should be {wanted}.")
    return np.concatenate([trial.array(batch, shape, "a batch") for batch in found])


def _standard(image: np.ndarray) -> np.ndarray:
    """An image without its scale, so that pictures can be compared whatever their range is."""
    return (image - image.mean()) / (image.std() + 1e-12)


def _origin(mark: np.ndarray, images: np.ndarray) -> int | None:
    apart = [np.abs(mark - _standard(image)).max() for image in images]
    return int(np.argmin(apart)) if min(apart) < 1e-3 else None


def _about_cut_images(marks: np.ndarray, stored: np.ndarray) -> None:
    n, channels, height, width = stored.shape
    cut = stored.reshape(n, height, width, channels).astype(np.float64)
    if all(_origin(mark, cut) is not None for mark in marks):
        raise Wrong(
            "The shape is right, but the images are cut up: what stood in one place of one colour stands "
            "elsewhere now. Look at one of them, before and after."
        )
    turned = np.moveaxis(stored, 1, -1)
    for other in (turned[:, ::-1], turned[:, :, ::-1], turned[..., ::-1]):
        if all(_origin(mark, other.astype(np.float64)) is not None for mark in marks):
            raise Wrong("The images are mirrored, or their colours are exchanged.")
    raise Wrong(
        "What comes out are not the images that went in, not even in another scale. Compare one of them "
        "with its origin."
    )


@task(
    points=4,
    hints=(
        "Question 6: ask for the losses where D is right, with logits 4 and -4, and where it is wrong.",
        "Question 1 inside the function: print the shape of everything that meets in the line of the "
        "cross-entropy. What does NumPy make of (n,) and (n, 1) together?",
        "For L_G compare the slope in a logit of -8 with that in lesson 02. Two losses have the same "
        "goal, and only one pulls there.",
    ),
)
def losses(trial: Trial) -> None:
    """L_D and the non-saturating L_G from logits."""
    n = 14
    real = trial.rng.normal(1, 2, (n, 1)).astype(np.float32)
    fake = trial.rng.normal(-1, 2, (n, 1)).astype(np.float32)
    given = tf.constant(real), tf.constant(fake)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(given)
        d_loss, g_loss = _two(trial.call(*given))
    right = float(softplus(-real).mean() + softplus(fake).mean())
    both, labels = np.concatenate([real, fake]), np.repeat([1.0, 0.0], n)
    pairs = float(2 * (softplus(both) - both * labels).mean())
    trial.expect(
        trial.number(d_loss, "L_D"),
        right,
        usual=(
            (pairs, "L_D is the same where D is right and where it is wrong: question 6, with logits "
             "of 4 and -4, shows it. Every logit is compared with every label."),
            (pairs / 2, "L_D is the same where D is right and where it is wrong: every logit is compared "
             "with every label. And there is a factor ½."),
            (right / 2, "Half of L_D: where D cannot tell it should be 2 log 2."),
            (right * n, "L_D adds up the samples, so it depends on the size of the batch."),
            (-right, "L_D has its sign turned round."),
            (float(softplus(real).mean() + softplus(-fake).mean()), "L_D is least where D is wrong. "
             "Are the labels exchanged?"),
        ),
        otherwise="L_D is not right. Question 6: least where D is right, 2 log 2 where it cannot tell.",
    )  # fmt: skip
    sigma = 1 / (1 + np.exp(-np.concatenate([real, fake])))
    slopes = _slopes(trial, tape, d_loss, given, "L_D")
    trial.expect(
        slopes,
        (sigma - labels[:, None]) / n,
        within=1e-5,
        otherwise="The values of L_D are right, but not its gradient.",
    )
    trial.award(2, "L_D judges each logit by its own label")

    right = float(softplus(-fake).mean())
    minimax = float(-softplus(fake).mean())
    trial.expect(
        trial.number(g_loss, "L_G"),
        right,
        usual=(
            (minimax, "L_G has the right goal, but question 4 with logits of -8 finds hardly any pull. "
             "And at 0 it is -log 2."),
            (-minimax, "L_G is small where D finds the fakes out. Whom does it serve?"),
            (-right, "L_G has its sign turned round."),
            (right + float(softplus(real).mean()), "L_G depends on real logits, for which G is not to "
             "blame."),
            (right * n, "L_G adds up the samples, so it depends on the size of the batch."),
            (right / 2, "Half of L_G: where D cannot tell it should be log 2."),
        ),
        otherwise="L_G is not right. Ask question 6: log 2 at 0, and small where the fake logit is high.",
    )  # fmt: skip
    _slopes(trial, tape, g_loss, given[1:], "L_G")
    large = tf.constant([[200.0], [-200.0]])
    for loss, expected, name in zip(_two(trial.call(large, -large)), (200, 100), "DG", strict=True):
        trial.expect(
            trial.number(loss, f"L_{name} at logits of ±200"),
            expected,
            otherwise=f"L_{name} is not right at logits of ±200. Compute it from logits.",
        )
    given = large, -large
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(given)
        d_loss, g_loss = _two(trial.call(*given))
    for loss, logits, right, name in (
        (d_loss, given, [0.0, -0.5, 0.0, 0.5], "L_D"),
        (g_loss, given[1:], [-0.5, 0.0], "L_G"),
    ):
        slopes = [tape.gradient(loss, each) for each in logits]
        found = np.concatenate([np.ravel(each) for each in slopes if each is not None])
        if not (len(found) == len(right) and np.allclose(found, right, atol=1e-4)):
            raise Wrong(
                f"{name} has the right values at logits of ±200, but its gradient there is "
                f"{found.round(2).tolist()}. tf.where computes both of its branches, and so does its "
                "gradient."
            )
    trial.award(2, "L_G pulls where D is sure, and bears large logits")


def _two(result: Any) -> tuple[Any, Any]:
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two losses: return d_loss, g_loss.")
    return tuple(result)


def _slopes(trial: Trial, tape: Any, loss: Any, logits: tuple, what: str) -> np.ndarray:
    if not tf.is_tensor(loss):
        raise Wrong(
            f"{what} is no tensor, so no gradient gets through. Stay within TensorFlow or Keras."
        )
    found = tape.gradient(loss, logits)
    if any(slope is None for slope in found):
        raise Wrong(f"No gradient gets from {what} to the logits. Where does the path end?")
    return np.concatenate([trial.array(slope, what=f"the gradient of {what}") for slope in found])


@task(
    points=3,
    hints=(
        "Question 2 with values that you know: a generator that draws only -1, 0 and 1. What should "
        "these become, and what do they become?",
        "Question 3: draw one latent alone, and then in the company of others. Is it the same image? And "
        "was the generator left as it was?",
        "Lesson 07 tells what batch norm uses when G draws. Bytes end at 255: what becomes of 256?",
    ),
)
def draw(trial: Trial) -> None:
    """Generated images as bytes, from a generator that is left as it was."""
    with _float32():
        known = keras.Sequential([keras.Input((18,)), layers.Reshape((2, 3, 3))])
    values = trial.rng.uniform(-0.95, 0.95, (4, 18)).astype(np.float32)
    values[:, :4] = -1, 1, 0, 1
    right = 127.5 * (values.reshape(4, 2, 3, 3) + 1.0)
    result = trial.call(known, values)
    found = trial.array(result, (4, 2, 3, 3), "what is drawn")
    if "uint8" not in str(getattr(result, "dtype", "")):
        raise Wrong("What is drawn are no bytes: the array should have the dtype uint8.")
    if (found[:, 0, 0, 1] < 200).all():
        raise Wrong(
            "What G draws as 1, the brightest, becomes dark. Follow this one value through."
        )
    if (found[:, 0, 0, 0] > 50).all():
        raise Wrong(
            "What G draws as -1, the darkest, becomes bright. Follow this one value through."
        )
    if np.abs(found - right).max() > 1:
        raise Wrong(
            "The bytes are not right: -1 should become 0, and 1 should become 255, evenly between them."
        )
    trial.award(1, "from -1 … 1 to the bytes 0 … 255")

    generator = _generator(trial, (3, 4, 3))
    before = [np.array(each) for each in generator.weights]
    trained = len(generator.trainable_variables)
    latents = trial.rng.normal(0, 1, (6, 5)).astype(np.float32)
    together = trial.array(trial.call(generator, latents), (6, 3, 4, 3), "what is drawn")
    if any(
        (np.array(new) != old).any() for new, old in zip(generator.weights, before, strict=True)
    ):
        raise Wrong(
            "To draw has changed the generator: compare all its weights before and after, also those "
            "that are not trained."
        )
    if len(generator.trainable_variables) != trained:
        raise Wrong(
            "G is frozen (trainable=False) after the drawing: its next step would train nothing."
        )
    alone = [trial.call(generator, latents[i : i + 1]) for i in range(3)]
    alone = np.concatenate(
        [trial.array(image, (1, 3, 4, 3), "an image drawn alone") for image in alone]
    )
    if np.abs(alone - together[:3]).max() > 1:
        raise Wrong("The same latents give another image alone than in company.")
    right = 127.5 * (np.asarray(generator(latents, training=False)) + 1.0)
    if np.abs(together - right).max() > 1:
        raise Wrong("These are not the images that this generator draws from these latents.")
    trial.award(2, "the same latents give the same image, and G is left as it was")


@contextlib.contextmanager
def _float32() -> Iterator[None]:
    """Layers made here compute in float32, whatever the notebook has chosen."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _start(trial: Trial) -> Any:
    return keras.initializers.RandomNormal(0, 0.6, seed=int(trial.rng.integers(1 << 30)))


@_float32()
def _generator(trial: Trial, shape: tuple[int, int, int]) -> keras.Model:
    """A small generator with batch norm whose running statistics are far from those of a batch."""
    generator = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(8, kernel_initializer=_start(trial)),
            layers.BatchNormalization(momentum=0.8),
            layers.LeakyReLU(),
            layers.Dense(int(np.prod(shape)), activation="tanh", kernel_initializer=_start(trial)),
            layers.Reshape(shape),
        ]
    )
    norm = generator.layers[1]
    norm.moving_mean.assign(trial.rng.normal(0, 1, 8))
    norm.moving_variance.assign(trial.rng.uniform(0.5, 3, 8))
    return generator


@task(
    points=4,
    hints=(
        "Question 3, asked of the loss: without any update, is the loss of the same latents the same in "
        "two calls? What in this function is another thing each time?",
        "Question 5, asked of all weights: generator.weights holds also those that are not trained. In a "
        "step of training, which of them should move, and do they?",
        "Look up what clone_model says of weights. To leave D as it is, it is enough whose weights the "
        "optimizer gets.",
    ),
)
def g_step(trial: Trial) -> None:
    """One update of G, judged by the D it plays against."""
    shape, rate = (4, 3, 3), 0.3
    generator = _generator(trial, shape)
    with _float32():
        hidden = layers.Dense(6, activation="leaky_relu")
        discriminator = keras.Sequential(
            [keras.Input(shape), layers.Flatten(), hidden, layers.Dense(1)]
        )
    for weight in discriminator.weights:  # not those of its initializers, which a clone has too
        weight.assign(trial.rng.normal(0, 0.6, weight.shape))
    latents = trial.rng.normal(0, 1, (9, 5)).astype(np.float32)
    before, of_d = generator.get_weights(), discriminator.get_weights()
    free = len(discriminator.trainable_variables), len(generator.trainable_variables)
    result = trial.call(generator, discriminator, keras.optimizers.SGD(rate), latents)
    if any((a != b).any() for a, b in zip(discriminator.get_weights(), of_d, strict=True)):
        raise Wrong("G's step has moved D as well. Question 5: who is updated?")
    if (len(discriminator.trainable_variables), len(generator.trainable_variables)) != free:
        raise Wrong(
            "After the step D or G is frozen (trainable=False). Its own next step would find nothing."
        )
    trained = [i for i, each in enumerate(generator.weights) if each.trainable]
    kept = [i for i, each in enumerate(generator.weights) if not each.trainable]
    now = generator.get_weights()
    generator.set_weights(before)
    options = {
        (training, kind): _after_a_step(generator, discriminator, latents, rate, training, kind)
        for training in (True, False)
        for kind in ("right", "ascent", "minimax", "sum")
    }

    def as_in(option: tuple[bool, str], which: list[int]) -> bool:
        weights = options[option][1]
        return all(np.allclose(now[i], weights[i], rtol=1e-3, atol=2e-4) for i in which)

    if all((now[i] == before[i]).all() for i in trained):
        raise Wrong("G's weights have not moved. Question 4: does a gradient arrive?")
    for kind, message in (
        ("ascent", "G moves the wrong way: the D that judged it likes the new images less."),
        ("minimax", "G goes down the minimax loss, which hardly pulls where D is sure."),
        ("sum", "The loss adds up the samples, so the step grows with the batch."),
    ):
        if any(as_in((training, kind), trained) for training in (True, False)):
            raise Wrong(message)
    ways = [training for training in (True, False) if as_in((training, "right"), trained)]
    if not ways:
        raise Wrong(
            "G moves, but not as this D and this optimizer want it. Call it for the same start twice: is "
            "the loss the same number? Which D judges, and with which weights?"
        )
    loss = trial.number(result, "the loss")
    trial.expect(
        loss,
        options[ways[0], "right"][0],
        within=2e-4,
        otherwise="G moves as it should, but what is returned is not the loss of this batch: the mean "
        "over it, before the update.",
    )
    trial.award(2, "G is judged by the D it plays against, and moves alone")

    if all((now[i] == before[i]).all() for i in kept):
        raise Wrong(
            "One fault is left. Some weights of G are not trained, and yet belong to a step of training: "
            "they stand still. Compare all of generator.weights before and after."
        )
    if not as_in((True, "right"), kept):
        raise Wrong("The running statistics of G move, but not as by one pass in training mode.")
    if ways != [True]:
        raise Wrong("The gradients come from a pass of G that is not in training mode.")
    trial.award(2, "batch norm uses the batch, and its running statistics follow")


def _after_a_step(
    generator: Any, discriminator: Any, latents: np.ndarray, rate: float, training: bool, kind: str
) -> tuple[float, list[np.ndarray]]:
    """The loss and G's weights after a step of gradient descent. G itself is put back."""
    before = generator.get_weights()
    with tf.GradientTape() as tape:
        logits = discriminator(generator(latents, training=training))
        loss = tf.reduce_mean(tf.math.softplus(-logits))
        goal = {
            "right": loss,
            "ascent": -loss,
            "minimax": -tf.reduce_mean(tf.math.softplus(logits)),
            "sum": len(latents) * loss,
        }[kind]
    weights = generator.trainable_variables
    for weight, gradient in zip(weights, tape.gradient(goal, weights), strict=True):
        weight.assign_sub(rate * gradient)
    after = generator.get_weights()
    generator.set_weights(before)
    return float(loss), after


class Stranger:
    """A small GAN for images (4, 4, 3) that you know only by asking.

    Attributes:
        generator, discriminator: Keras models; latents have 8 numbers.
        networks: both by name, for ``clinic``.

    ``batches()`` is one epoch, a list of 6 batches of 16; ``play(real)`` returns real images, generated
    ones, and both logits; ``losses(real)`` returns L_D and L_G; ``d_loss`` and ``g_loss`` take logits;
    ``update_discriminator(real)``, ``update_generator(real)`` and ``train_step(real)`` train.
    """

    @_float32()
    def __init__(self, fault: int, seed: int):
        rng = np.random.default_rng([88, seed])
        tones = rng.uniform(-0.9, 0.9, (96, 1, 1, 3))
        images = np.clip(tones + rng.normal(0, 0.3, (96, 4, 4, 3)), -1, 1).astype(np.float32)
        images[:, 0, 0], images[:, 3, 3] = 1, -1  # two corners that all images share
        size = 16

        def start() -> Any:
            return keras.initializers.GlorotNormal(seed=int(rng.integers(1 << 30)))

        wide = keras.initializers.RandomNormal(0, 1, seed=seed)
        last = {"kernel_initializer": wide} if fault == 2 else {"activation": "tanh"}
        self.generator = keras.Sequential(
            [
                keras.Input((8,)),
                layers.Dense(32, activation="leaky_relu", kernel_initializer=start()),
                layers.Dense(48, **({"kernel_initializer": start()} | last)),
                layers.Reshape((4, 4, 3)),
            ]
        )
        self.discriminator = keras.Sequential(
            [
                keras.Input((4, 4, 3)),
                layers.Flatten(),
                layers.Dense(32, activation="leaky_relu", kernel_initializer=start()),
                layers.Dense(2 if fault == 1 else 1, kernel_initializer=start()),
            ]
        )
        self.networks = {"D": self.discriminator, "G": self.generator}
        optimizers = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
        d_weights = list(self.discriminator.trainable_variables)
        g_weights = list(self.generator.trainable_variables)

        def batches() -> list[tf.Tensor]:
            order = rng.permutation(len(images))
            if fault == 3:
                order = np.repeat(order[: len(images) // size], size)
            return [tf.constant(images[each]) for each in order.reshape(-1, size)]

        def d_loss(real_logits: Any, fake_logits: Any) -> Any:
            real = tf.reduce_mean(tf.math.softplus(-real_logits))
            return (2 * real if fault == 6 else real) + tf.reduce_mean(
                tf.math.softplus(fake_logits)
            )

        def g_loss(real_logits: Any, fake_logits: Any) -> Any:
            return tf.reduce_mean(tf.math.softplus(-fake_logits))

        def play(real: Any) -> tuple:
            fake = self.generator(rng.standard_normal((len(real), 8), np.float32))
            return real, fake, self.discriminator(real), self.discriminator(fake)

        def both(real: Any) -> tuple:
            _, fake, real_logits, fake_logits = play(real)
            judged = self.discriminator(tf.stop_gradient(fake)) if fault == 4 else fake_logits
            return d_loss(real_logits, fake_logits), g_loss(real_logits, judged)

        def update(player: int, real: Any) -> Any:
            weights = g_weights if player else d_weights
            if player and fault == 5:
                weights = g_weights + d_weights
            with tf.GradientTape() as tape:
                loss = both(real)[player]
            pairs = zip(tape.gradient(loss, weights), weights, strict=True)
            pairs = [pair for pair in pairs if pair[0] is not None]
            if pairs:
                optimizers[player].apply_gradients(pairs)
            return loss

        self.batches, self.play, self.losses, self.d_loss, self.g_loss = (
            batches,
            play,
            both,
            d_loss,
            g_loss,
        )
        self.update_discriminator = lambda real: update(0, real)
        self.update_generator = lambda real: update(1, real)
        self.train_step = lambda real: (update(0, real), update(1, real))


def _faults(seed: int) -> dict[str, int]:
    """For each stranger the question that finds its fault; 0 for the sound one."""
    order = np.random.default_rng([808, seed]).permutation(7)
    return {name: int(fault) for name, fault in zip(string.ascii_uppercase, order, strict=False)}


def strangers(seed: int) -> dict[str, Stranger]:
    """The seven programs of the task ``find`` for one class, by name."""
    found = {
        name: Stranger(fault, 100 * seed + number)
        for number, (name, fault) in enumerate(_faults(seed).items())
    }
    print("programs:", *found)
    return found


@task(
    points=4,
    hints=(
        "Write one function for each question that says yes or no of a program, and go through all "
        "programs with the first, then with the second. The tables of clinic hold all that is needed.",
        "Question 3: how many different images has a batch? Question 5: give who_is_updated one update "
        "at a time. Question 6: which losses should there be at logits 0?",
        "If a question can only be answered after another has been (no gradient, so no update), the "
        "first one counts. One program is sound: it passes all.",
    ),
)
def find(trial: Trial) -> None:
    """For each stranger the first question that finds its fault."""
    right = _faults(trial.seed)
    wanted = 'It should return a dictionary: {"A": the number of a question, ...}.'
    answer = trial.dictionary(trial.call(), right, wanted)
    found = {name: trial.number(answer[name], name) for name in right}
    for name, number in found.items():
        if number not in range(8):
            raise Wrong(
                f"{name} is {number:g}, but should be the number of a question, or 0 if it is sound."
            )
    good = sum(found[name] == right[name] for name in right)
    if good > 3:
        trial.award(good - 3, f"{good} of the seven programs")
    if good == len(right):
        return
    count = f"{good} of seven are right."
    values = list(found.values())
    no_path = next(name for name, fault in right.items() if fault == 4)
    if 7 in values:
        raise Wrong(f"{count} Question 7 notices most faults, and names none. A cheaper one does.")
    if 0 not in values:
        raise Wrong(f"{count} You call none of them sound.")
    if found[no_path] == 5:
        raise Wrong(f"{count} For at least one, a cheaper question finds the fault first.")
    if values.count(0) > 1:
        raise Wrong(f"{count} You call more than one sound, but only one is.")
    if len(set(values)) < len(values):
        raise Wrong(
            f"{count} One question stands there twice, but no two programs have the same fault."
        )
    raise Wrong(f"{count} Take the questions in their order, and put each to all programs.")
