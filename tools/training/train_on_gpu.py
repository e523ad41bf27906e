"""Train a recipe on a machine with a large GPU and without TensorFlow, through Keras's JAX backend.

    python -m tools.training.pack_images build/cifar10-parts           (where CIFAR-10 is)
    python -m tools.training.train_on_gpu conditional --data build/cifar10-parts --minutes 10
    python -m tools.training.train_on_gpu relativistic-kernel-4 --data build/cifar10-parts --rates

It needs JAX and Keras (the wheels of keras, namex and optree where only JAX is there). The time
limit counts everything, compiling and scoring too. Weights, card, curve and pictures lie in
``--out`` after each scoring, so a stop loses a minute; the same command goes on from the checkpoint
beside them. The card and the weights are a network of the zoo: copy both into ganlib/zoo.

With ``--rates`` it trains nothing, and measures images per second by batch size and precision.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np

from ganlib import data, records
from ganlib.support import files
from tools.training.jax_step import initial_state, make_step, to_networks, train_chunk
from tools.training.pack_images import unpack
from tools.training.recipes import RECIPES, bare, optimizers, players, shown
from tools.training.score_gan import NETWORKS, WHAT_SCORES_ARE, scores
from tools.training.to_zoo import write_gan

PICTURES = 100
CHUNK = 200  # steps in one call of the device
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def trains(recipe):
    """Whether this script trains a recipe as it stands: scaled photographs, one update of D, from
    the start.
    """
    plain = "unscaled" not in recipe and "discriminator_steps" not in recipe["gan"]
    return recipe["data"] == "cifar10" and plain and "goes_on_from" not in recipe


class Sampler:
    """The two things that ``scores`` asks of a GAN, drawn with networks on any Keras backend."""

    def __init__(self, generator, average, latent_dim, conditional):
        self.generator, self.average = generator, average
        self.latent_dim, self.conditional = latent_dim, conditional

    def sample(self, n, seed=None, labels=None):
        """Float32 samples ``(n, ...)``, of the same latents as ``ganlib.GAN.sample`` with that
        seed.
        """
        rng = np.random.default_rng(seed)
        latents = rng.standard_normal((n, self.latent_dim), np.float32)
        inputs = latents if labels is None else [latents, np.asarray(labels, np.int32)]
        network = self.generator if self.average is None else self.average
        return np.asarray(network.predict(inputs, batch_size=500, verbose=0), np.float32)


class Training:
    """A recipe on the device: its networks, its state, and the images."""

    def __init__(self, recipe, images, labels, seed, batch_size=None):
        self.recipe, self.seed = recipe, seed
        self.batch_size = batch_size or recipe["batch_size"]
        self.latent_dim = recipe["gan"]["latent_dim"]
        classes = recipe["generator"][1].get("classes", 0)
        self.generator, self.discriminator = players(recipe, seed)
        self.average, _ = players(recipe, seed)
        self.optimizers = optimizers(recipe)
        parts = self.generator, self.discriminator, *self.optimizers
        self.state = initial_state(*parts)
        settings = {k: v for k, v in recipe["gan"].items() if k != "latent_dim"}
        self.step = make_step(*parts, **settings)
        images, labels = shown(recipe, images, labels)
        self.images = jax.device_put(images)
        self.labels = jax.device_put(labels.astype(np.int32)) if classes else None
        self.n, self.conditional = len(images), bool(classes)

    def order(self, first_step, steps):
        """Which images come: epoch e is a permutation of all, a function of the seed and e."""
        first, last = first_step * self.batch_size, (first_step + steps) * self.batch_size
        epochs = range(first // self.n, -(-last // self.n))
        rows = [np.random.default_rng([self.seed, epoch]).permutation(self.n) for epoch in epochs]
        begin = first - epochs[0] * self.n
        return np.concatenate(rows)[begin : begin + last - first].astype(np.int32)

    def train(self, steps=CHUNK):
        """So many steps more; returns the means of their logs."""
        order = self.order(int(self.state["step"]), steps)
        self.state, logs = train_chunk(
            self.step,
            self.state,
            self.images,
            self.labels,
            order,
            jax.random.key(self.seed),
            self.batch_size,
            self.latent_dim,
        )
        return {name: float(value) for name, value in logs.items()}

    def sampler(self):
        """What draws with the state as it is; batch norm's statistics are measured anew."""
        from ganlib import averages

        averaged = self.recipe["gan"].get("ema") is not None
        to_networks(self.state, self.generator, self.discriminator, averaged=False)
        if averaged:
            to_networks(self.state, self.average, self.discriminator, averaged=True)
            averages.measure_statistics(self.average, self.latent_dim)
        average = self.average if averaged else None
        return Sampler(self.generator, average, self.latent_dim, self.conditional)

    def save(self, path):
        """Write the state; what was there stays whole until the new file is."""
        arrays = {
            f"{name}/{index:03d}": np.asarray(value)
            for name, values in self.state.items()
            for index, value in enumerate(values if isinstance(values, list) else [values])
        }
        with files.replacing(path) as [unfinished]:
            np.savez(unfinished, **arrays)

    def load(self, path):
        """Go on from a state that ``save`` wrote."""
        with np.load(path, allow_pickle=False) as archive:
            for name, values in self.state.items():
                stored = [archive[key] for key in archive.files if key.startswith(f"{name}/")]
                stored = [jax.device_put(value) for value in stored]
                self.state[name] = stored if isinstance(values, list) else stored[0]


def measure_rates(recipe, images, labels, batch_sizes, seconds):
    """Images per second for each precision and batch size: the median of five stretches."""
    rows = []
    for precision, policy in PRECISIONS.items():
        keras.mixed_precision.set_global_policy(policy)
        for batch_size in batch_sizes:
            training = Training(recipe, images, labels, 0, batch_size)
            training.train()  # compiles
            rates = []
            for _ in range(5):
                steps, started = 0, time.perf_counter()
                while not steps or time.perf_counter() - started < seconds / 5:
                    training.train()
                    steps += CHUNK
                rates.append(steps * batch_size / (time.perf_counter() - started))
            rows.append(
                {
                    "precision": precision,
                    "batch_size": batch_size,
                    "images_per_second": np.median(rates),
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    return rows


def real_features(images, name):
    """What each feature network makes of the training images."""
    from ganlib import metrics

    return {network: metrics.extract(images, network) for network in NETWORKS[name]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", choices=[name for name, each in RECIPES.items() if trains(each)])
    parser.add_argument("--data", type=Path, required=True, help="folder that pack_images wrote")
    parser.add_argument("--out", type=Path, default=Path("build/gpu"))
    parser.add_argument("--minutes", type=float, default=10, help="in all, from the start")
    parser.add_argument("--score-every", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", choices=PRECISIONS, default="bfloat16")
    parser.add_argument("--name", help="of the network in the zoo; by default the recipe's")
    parser.add_argument("--rates", action="store_true", help="measure images per second instead")
    parser.add_argument("--batch-sizes", type=int, nargs="*", default=[64, 128, 256, 512, 1024])
    arguments = parser.parse_args()
    started, recipe = time.monotonic(), RECIPES[arguments.recipe]
    device = jax.devices()[0].device_kind
    images, labels = unpack(arguments.data)
    arguments.out.mkdir(parents=True, exist_ok=True)
    print(f"{arguments.recipe} on {device}: {len(images):,} images", flush=True)

    if arguments.rates:
        seconds = 60 * arguments.minutes / (3 * len(arguments.batch_sizes))
        rows = measure_rates(recipe, images, labels, arguments.batch_sizes, seconds)
        content = {"recipe": arguments.recipe, "device": device, "rates": rows}
        (arguments.out / "rates.json").write_text(json.dumps(content, indent=1) + "\n")
        return

    keras.mixed_precision.set_global_policy(PRECISIONS[arguments.precision])
    keras.utils.set_random_seed(arguments.seed)
    training = Training(recipe, images, labels, arguments.seed)
    train_and_score(training, images, arguments, device, started)


def train_and_score(training, images, arguments, device, started):
    """Train until the time is over; after each scoring write what there is."""
    recipe, out = training.recipe, arguments.out
    name = arguments.name or arguments.recipe
    checkpoint, progress = out / "checkpoint.npz", out / "progress.json"
    rows, pictures, seconds = [], [], 0.0
    this = {"recipe": arguments.recipe, "seed": arguments.seed, "precision": arguments.precision}
    if checkpoint.exists() and progress.exists():
        earlier = json.loads(progress.read_text())
        of = earlier.get("of")
        if of != this:
            raise SystemExit(f"{out} holds another training, {of}: give another --out.")
        training.load(checkpoint)
        done = int(training.state["step"]) * training.batch_size
        rows = [row for row in earlier["rows"] if row["images"] <= done]
        seconds = 60 * rows[-1]["minutes"] if rows else 0.0
        pictures = list(np.load(out / "pictures.npy"))[: len(rows)]
    real = real_features(images, recipe["data"])
    end = started + 60 * arguments.minutes
    training.train()  # compiles: not counted below
    scoring = 30.0  # seconds that a scoring may take; measured from the first on
    while True:  # once at least, so that no call ends with nothing
        begin = time.monotonic()
        until = min(begin + arguments.score_every, end - scoring)
        steps = int(training.state["step"])
        logs = training.train()
        while time.monotonic() < until:
            logs = training.train()
        spent = time.monotonic() - begin
        seconds += spent
        done = int(training.state["step"])
        rate = (done - steps) * training.batch_size / spent
        before = time.monotonic()
        sampler = training.sampler()
        rows.append(
            {
                "images": done * training.batch_size,
                "minutes": round(seconds / 60, 3),
                **scores(sampler, real),
                **logs,
            }
        )
        labels = np.arange(PICTURES) % 10 if training.conditional else None
        pictures.append(data.to_uint8(sampler.sample(PICTURES, seed=0, labels=labels)))
        shown = {k: round(v, 4) for k, v in rows[-1].items() if not isinstance(v, list)}
        print(f"{rate:,.0f} images/s", shown, flush=True)
        facts = manifest(arguments, recipe, device, rate)
        curve = {key: [row[key] for row in rows] for key in rows[0]}
        records.write(facts["name"], facts, curve, np.stack(pictures)[:, :16], out)
        with files.replacing(out / "pictures.npy") as [unfinished]:
            np.save(unfinished, np.stack(pictures))
        if rows[-1]["classifier"] <= min(row["classifier"] for row in rows):
            write_gan(
                name,
                sampler,
                bare(training.discriminator),
                facts,
                rows[-1],
                version=3,
                folder=out / "zoo",
            )
        with files.replacing(progress) as [unfinished]:
            unfinished.write_text(json.dumps({"of": this, "rows": rows, "seconds": seconds}))
        training.save(checkpoint)
        scoring = 1.5 * (time.monotonic() - before)
        if time.monotonic() + scoring > end:
            return


def manifest(arguments, recipe, device, rate):
    """How the training was made, in words and numbers."""
    return {
        "name": f"{arguments.recipe}-{arguments.seed}",
        "recipe_name": arguments.recipe,
        "recipe": recipe,
        "seed": arguments.seed,
        "data": f"{recipe['data']}, {data.SPLITS['train']:,} training images",
        "images_per_second": round(rate),
        "minutes": "time on the device, without compiling and scoring",
        "machine": device,
        "precision": keras.mixed_precision.global_policy().name,
        "versions": {"jax": jax.__version__, "keras": keras.__version__},
        "scores": WHAT_SCORES_ARE,
    }


if __name__ == "__main__":
    main()
