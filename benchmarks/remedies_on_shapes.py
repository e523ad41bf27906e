"""What remedies do on images with 60 known modes, at equal cost: a table of lesson 09.

    python benchmarks/remedies_on_shapes.py
    python benchmarks/remedies_on_shapes.py "R1 and R2" WGAN-GP
    python benchmarks/remedies_on_shapes.py --show

The generator starts as "dcgan-shapes", which draws all 60 modes of ``ganlib.shapes``. D starts from
scratch (but for the row "D trained, too") and first learns alone, for ALONE rounds. Then both play,
with rates three and ten times as large as RATE. Each remedy changes one thing
against "nothing" (WGAN-GP two, loss and penalty) and plays as many rounds as fit into the processor
time of ROUNDS rounds with "nothing"; what a round costs is measured first, on one thread. At the
end 1,200 samples of the generator, and of the average of its weights, are judged by
"classifier-shapes". It names a mode for any image, so an image counts only if the judge gives its
mode a probability above a half.

Costs and games are kept in runs/remedies-on-shapes.json; what stands there is not played again.
Takes about six minutes of one quiet core. ``--show`` prints the table of what is there.
The games of the published table lie beside this file.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for _threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[_threads] = "1"

KEPT = Path("runs/remedies-on-shapes.json")
ROUNDS, ALONE, SEEDS, BATCH_SIZE = 150, 50, (0, 1, 2), 32
IMAGES, SAMPLES, SURE = 20_000, 1200, 0.5
RATE = 2e-4
SETTINGS = {"three times as large": 3, "ten times as large": 10}
REMEDIES = {
    "nothing": {},
    "D trained, too": {"critic": "trained"},
    "a tenth of G's rate": {"g_rate": 0.1},
    "batch of 128": {"batch": 128},
    "minibatch spread": {"critic": "spread"},
    "R1 and R2": {"penalties": {"r1": 1.0, "r2": 1.0}},
    "relativistic, R1 and R2": {"loss": "relativistic", "penalties": {"r1": 1.0, "r2": 1.0}},
    "WGAN-GP": {"loss": "wasserstein", "penalties": {"gradient_penalty": 10.0}},
    "hinge, spectral norm": {"loss": "hinge", "critic": "spectral"},
}
NOT_OF_THE_GAN = ("g_rate", "batch", "critic")


def discriminator(kind: str | None, seed: int):
    """D of the zoo's shape: plain, trained, spectral, or told how much the batch differs."""
    import keras
    from keras import layers
    from remedies import batch_spread

    from ganlib import networks, zoo
    from ganlib.spectral import SpectralConv2D, SpectralDense

    if kind == "trained":
        return zoo.load("dcgan-shapes").discriminator
    plain = networks.dcgan_discriminator(width=32, dropout=0.0, kernel_size=4, seed=seed)
    if kind is None:
        return plain

    keras.utils.set_random_seed(seed)
    if kind == "spread":
        told = batch_spread()(plain.layers[-2].output)
        return keras.Model(plain.input, layers.Dense(1, dtype="float32")(told))
    images = x = keras.Input((32, 32, 3))
    for channels in (32, 64, 128):
        x = layers.LeakyReLU(0.2)(SpectralConv2D(channels, 4, 2, "same")(x))
    return keras.Model(images, SpectralDense(1, dtype="float32")(layers.Flatten()(x)))


class Games:
    """Games with one remedy: compiled once, begun anew for each setting and seed."""

    def __init__(self, name, images):
        import keras
        import tensorflow as tf

        from ganlib import GAN, zoo

        self.options = REMEDIES[name]
        self.critic = self.options.get("critic")
        of_the_gan = {k: v for k, v in self.options.items() if k not in NOT_OF_THE_GAN}
        generator = zoo.load("dcgan-shapes").drawing_network()
        self.gan = gan = GAN(generator, discriminator(self.critic, 0), 64, ema=0.99, **of_the_gan)
        gan.compile(
            g_optimizer=keras.optimizers.Adam(RATE, beta_1=0.5, beta_2=0.99),
            d_optimizer=keras.optimizers.Adam(RATE, beta_1=0.5, beta_2=0.99),
        )
        self.start = [variable.numpy() for variable in gan.state()]
        size = self.options.get("batch", BATCH_SIZE)

        @tf.function(input_signature=[tf.TensorSpec((), tf.int32)], autograph=False)
        def play(rounds):
            def one(played):
                seed = tf.stack([tf.cast(gan.step.value, tf.int32), 5])
                rows = tf.random.stateless_uniform((size,), seed, 0, len(images), tf.int32)
                gan.train_step(tf.gather(images, rows))
                return [played + 1]

            tf.while_loop(lambda played: played < rounds, one, [tf.constant(0)])

        self.play = lambda rounds: play(tf.constant(rounds, tf.int32))

    def game(self, times: float, seed: int, rounds: int, real) -> dict:
        """What G and its average draw after a game with rates so many times as large as usual."""
        gan = self.gan
        gan.set_state(self.start)
        gan.discriminator.set_weights(discriminator(self.critic, seed).get_weights())
        gan.step.assign(seed * 1_000_000)  # other images and other latents for each seed
        gan.g_optimizer.learning_rate, gan.d_optimizer.learning_rate = 0.0, RATE
        self.play(ALONE)
        gan.g_optimizer.learning_rate = RATE * times * self.options.get("g_rate", 1)
        gan.d_optimizer.learning_rate = RATE * times
        weights = gan.generator.trainable_variables
        before = [weight.numpy() for weight in weights]
        self.play(rounds)
        result = {who: judged(getattr(gan, who), real) for who in ("generator", "average")}
        return result | {"rounds": rounds, "moved": moved(weights, before)}


def judged(generator, real) -> dict:
    """Modes covered, the share of images of which the judge is sure, and the distance."""
    import numpy as np

    from ganlib import data, features, metrics, shapes

    latents = np.random.default_rng(7).standard_normal((SAMPLES, 64), np.float32)
    drawn = np.concatenate([generator(part).numpy() for part in np.array_split(latents, 6)])
    if not np.isfinite(drawn).all():
        return {"modes": 0, "sure": 0.0, "distance": None}  # the game has failed
    seen = features.extract(data.to_uint8(drawn), "classifier-shapes")
    odds = np.exp(seen.logits - seen.logits.max(axis=1, keepdims=True))
    sure = 1 / odds.sum(axis=1) >= SURE
    counts = np.bincount(seen.logits.argmax(axis=1)[sure], minlength=shapes.MODES)
    distance = metrics.classifier_frechet_distance(real, seen.features)
    return {
        "modes": int((counts >= 0.1 * SAMPLES / shapes.MODES).sum()),
        "sure": round(float(sure.mean()), 3),
        "distance": round(float(distance), 2),
    }


def moved(weights, before) -> float:
    """How far weights have moved, as a share of their length: a G that stays loses no modes."""
    import numpy as np

    steps = [weight.numpy() - each for weight, each in zip(weights, before, strict=True)]
    squares = [sum(float((each**2).sum()) for each in arrays) for arrays in (steps, before)]
    return round(float(np.sqrt(squares[0] / squares[1])), 3)


def cost(games: Games, nothing: Games) -> float:
    """Processor time of a round relative to one of "nothing", the least of five turns each."""
    spent = {games: [], nothing: []}
    for each in spent:
        each.play(1)  # compiles
    for _ in range(5):
        for each, seconds in spent.items():
            began = time.process_time()
            each.play(6)
            seconds.append(time.process_time() - began)
    return round(min(spent[games]) / min(spent[nothing]), 2)


def table(kept: dict) -> None:
    """Print the modes of every seed, the average's in brackets, and how far G has moved."""
    print("| |", *(f"{setting} | G moved by |" for setting in SETTINGS))
    print("|---" * (2 * len(SETTINGS) + 1) + "|")
    for name in REMEDIES:
        cells = []
        for setting in SETTINGS:
            found = [kept["games"].get(f"{name}, {setting}, {seed}") for seed in SEEDS]
            plain, averaged = (
                " ".join(str(each[who]["modes"]) if each else "–" for each in found)
                for who in ("generator", "average")
            )
            way = " ".join(f"{each['moved']:.2f}" if each else "–" for each in found)
            cells.append(f"{plain} ({averaged}) | {way} |")
        print(f"| {name} |", *cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("remedies", nargs="*", help="all if none is named")
    parser.add_argument("--show", action="store_true", help="only print the table of what is there")
    arguments = parser.parse_args()
    names = arguments.remedies or list(REMEDIES)
    if unknown := set(names) - set(REMEDIES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}. Known: {', '.join(REMEDIES)}.")
    kept = {"costs": {"nothing": 1.0}, "games": {}}
    if KEPT.exists():
        kept = json.loads(KEPT.read_text(encoding="utf-8"))
    if arguments.show:
        return table(kept)

    import tensorflow as tf

    from ganlib.support import stderr

    with stderr.quiet():
        from ganlib import course, data, features

        course.start("training")
    images = tf.constant(data.load("shapes", n=IMAGES))
    real = features.extract(data.load("shapes", "test", n=SAMPLES), "classifier-shapes").features
    KEPT.parent.mkdir(exist_ok=True)
    nothing = Games("nothing", images)
    if "start" not in kept:
        kept["start"] = judged(nothing.gan.generator, real)
        print(f"before the games: {kept['start']}", flush=True)
    for name in names:
        games = nothing if name == "nothing" else Games(name, images)
        if name not in kept["costs"]:
            kept["costs"][name] = cost(games, nothing)
        rounds = int(ROUNDS / kept["costs"][name])
        for setting, times in SETTINGS.items():
            for seed in SEEDS:
                key = f"{name}, {setting}, {seed}"
                if key not in kept["games"]:
                    kept["games"][key] = games.game(times, seed, rounds, real)
                    KEPT.write_text(json.dumps(kept, indent=1), encoding="utf-8")
                    print(f"{key}: {kept['games'][key]}", flush=True)
    table(kept)


if __name__ == "__main__":
    main()
