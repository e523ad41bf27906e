"""What remedies do in the plane, one change at a time, at equal cost: the table of lesson 09.

    python benchmarks/remedies.py
    python benchmarks/remedies.py "R1 and R2" "minibatch spread" --seeds 5
    python benchmarks/remedies.py --costs

Three settings (steps too large, D far ahead, a grid of many modes), every remedy in each, three
seeds: modes covered by the generator and by its average. "Nothing" plays 2,000 rounds; the others
play as many as fit into the same processor time, by the costs below. Takes about five minutes on a
quiet machine. ``--costs`` measures the costs: processor time of a round on one thread, the least of
seven turns, relative to that of "nothing".
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROUNDS = 2000
# What a remedy changes, and what a round with it costs (``--costs``, on one thread of an Intel
# Xeon).
REMEDIES = {
    "nothing": ({}, 1.0),
    "two time scales": ({"g_rate_by": 0.1}, 1.0),
    "16 latents": ({"latents": 16}, 1.05),
    "batch of 512": ({"batch": 512}, 2.1),
    "minibatch spread": ({"critic": "spread"}, 1.3),
    "smoothed labels": ({"loss": "smoothed"}, 1.0),
    "R1": ({"penalties": {"r1": 0.1}}, 1.08),
    "R1 and R2": ({"penalties": {"r1": 0.1, "r2": 0.1}}, 1.15),
    "R1 and R2, weight 1": ({"penalties": {"r1": 1.0, "r2": 1.0}}, 1.15),
    "relativistic": ({"loss": "relativistic"}, 1.08),
    "relativistic, R1 and R2": (
        {"loss": "relativistic", "penalties": {"r1": 0.1, "r2": 0.1}},
        1.33,
    ),
    "WGAN-GP": ({"loss": "wasserstein", "penalties": {"gradient_penalty": 1.0}}, 1.25),
    "gradient penalty": ({"penalties": {"gradient_penalty": 1.0}}, 1.25),
    "hinge, spectral norm": ({"loss": "hinge", "critic": "spectral"}, 1.58),
}
# Data, G's rate, D's rate.
SETTINGS = {
    "steps too large": ("ring", 1.5e-2, 1.5e-2),
    "D far ahead": ("ring", 5e-4, 1.5e-2),
    "25 modes": ("grid", 1.5e-3, 1.5e-3),
}


def batch_spread():
    """The layer that appends how much a batch differs (Karras et al. 2018, section 3)."""
    from keras import layers, ops

    class BatchSpread(layers.Layer):
        def call(self, features):
            each = ops.sqrt(ops.var(features, axis=0) + 1e-8)
            return ops.concatenate(
                [features, ops.mean(each) * ops.ones_like(features[:, :1])], axis=1
            )

    return BatchSpread()


def critic(kind: str, seed: int):
    """D of the plane with spectral layers, or with the spread of the batch before its last one."""
    import keras
    from keras import layers

    from ganlib.spectral import SpectralDense

    keras.utils.set_random_seed(seed)
    dense = SpectralDense if kind == "spectral" else layers.Dense
    hidden = [dense(64), layers.LeakyReLU(0.2), dense(64), layers.LeakyReLU(0.2)]
    last = [batch_spread()] if kind == "spread" else []
    return keras.Sequential([keras.Input((2,)), *hidden, *last, dense(1)])


class Games:
    """Games of one kind, on one toy: compiled once, begun anew for each seed."""

    def __init__(self, toy, latents=2, batch=128, critic=None, **options):
        import keras
        import tensorflow as tf

        from ganlib import GAN

        self.toy, self.latents, self.critic = toy, latents, critic
        self.gan = gan = GAN(*self.networks(0), latents, ema=0.99, **options)
        gan.compile(
            g_optimizer=keras.optimizers.Adam(beta_1=0.5),
            d_optimizer=keras.optimizers.Adam(beta_1=0.5),
        )
        self.start = [variable.numpy() for variable in gan.state()]

        @tf.function(input_signature=[tf.TensorSpec((), tf.int32)], autograph=False)
        def play(rounds):
            def one(played):
                gan.train_step(toy.batch(batch, 0, gan.step.value))
                return [played + 1]

            tf.while_loop(lambda played: played < rounds, one, [tf.constant(0)])

        self.play = play

    def networks(self, seed):
        from ganlib import toys

        generator, discriminator = toys.networks(self.latents, seed=seed)
        return generator, critic(self.critic, seed) if self.critic else discriminator

    def modes(self, seed: int, g_rate: float, d_rate: float, rounds: int) -> tuple[int, int]:
        """Modes covered by the generator and by its average, after a game from the start."""
        import numpy as np
        import tensorflow as tf

        from ganlib import toys

        gan = self.gan
        gan.set_state(self.start)
        generator, discriminator = self.networks(seed)
        for network, weights in (
            (gan.generator, generator.get_weights()),
            (gan.average, generator.get_weights()),
            (gan.discriminator, discriminator.get_weights()),
        ):
            network.set_weights(weights)
        gan.g_optimizer.learning_rate, gan.d_optimizer.learning_rate = g_rate, d_rate
        gan.step.assign(seed * 1_000_000)  # other points and other latents for each seed
        self.play(tf.constant(rounds, tf.int32))
        latents = np.random.default_rng(7).standard_normal((5000, self.latents), np.float32)
        drawn = [network(latents).numpy() for network in (gan.generator, gan.average)]
        if not all(np.isfinite(points).all() for points in drawn):
            return 0, 0  # the game has failed
        return tuple(toys.coverage(self.toy, points).modes_covered for points in drawn)


def table(names: list[str], seeds: int) -> None:
    """Print the modes of every seed, the average's in brackets."""
    from ganlib import toys

    data = {"ring": toys.ring(), "grid": toys.grid()}
    print("| |", *(f"{setting} |" for setting in SETTINGS))
    print("|---" * (len(SETTINGS) + 1) + "|")
    for name in names:
        options, cost = REMEDIES[name]
        options = dict(options)
        slower = options.pop("g_rate_by", 1.0)
        games = {toy: Games(data[toy], **options) for toy in data}
        row = []
        for toy, g_rate, d_rate in SETTINGS.values():
            rules = (slower * g_rate, d_rate, int(ROUNDS / cost))
            modes = [games[toy].modes(seed, *rules) for seed in range(seeds)]
            plain, averaged = zip(*modes, strict=True)
            row.append(f"{' '.join(map(str, plain))} ({' '.join(map(str, averaged))})")
        print(f"| {name} |", *(f"{cell} |" for cell in row), flush=True)


def costs(names: list[str]) -> None:
    """Print what a round of each remedy costs."""
    import tensorflow as tf

    from ganlib import toys

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    games, spent = {}, {}
    for name in dict.fromkeys(["nothing", *names]):
        options = {key: value for key, value in REMEDIES[name][0].items() if key != "g_rate_by"}
        games[name], spent[name] = Games(toys.ring(), **options), []
        games[name].modes(0, 1e-3, 1e-3, 5)  # compiles
    for _ in range(7):
        for name, each in games.items():
            began = time.process_time()
            each.play(tf.constant(150, tf.int32))
            spent[name].append(time.process_time() - began)
    for name in games:
        print(f"{name:>24}: {min(spent[name]) / min(spent['nothing']):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("remedies", nargs="*", help="all if none is named")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--costs", action="store_true", help="measure what a round costs")
    arguments = parser.parse_args()
    names = arguments.remedies or list(REMEDIES)
    if unknown := set(names) - set(REMEDIES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}. Known: {', '.join(REMEDIES)}.")
    from ganlib.support import stderr

    with stderr.quiet():
        import ganlib

        ganlib.start("09", precision="float32")
    costs(names) if arguments.costs else table(names, arguments.seeds)


if __name__ == "__main__":
    main()
