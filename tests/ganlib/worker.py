"""Small trainings that several replicas must do as one device does; what two tests start.

    python tests/ganlib/worker.py FILE                 two devices in this process
    TF_CONFIG=… python tests/ganlib/worker.py FILE     this worker of several

The file gets what was learned, as JSON.
"""

import contextlib
import json
import os
import sys

import keras
import numpy as np
import tensorflow as tf

from ganlib import data, networks
from ganlib.callbacks import StopOnFailure
from ganlib.gan import GAN
from ganlib.support import cpu_layers, replicas
from tools.training.watched import die_with_parent, reach_without_proxy

N, BATCH, LATENT_DIM = 43, 16, 8  # batches of 16, 16 and 11: two replicas get 8 and 8, or 5 and 6
CASES = {
    "plain": {},
    "average": {"ema": 0.9},
    "relativistic": {"loss": "relativistic", "penalties": {"r1": 0.1, "r2": 0.1}},
}


def batches(labels=False, seed=0):
    """Images, or images with their labels."""
    draw = np.random.default_rng(seed)
    images = draw.integers(0, 256, (N, 32, 32, 3), np.uint8)
    numbers = draw.integers(0, 3, N) if labels else None
    return data.dataset(images, numbers, batch_size=BATCH)


def train(case, folder, scope=None, epochs=(1, 2)):
    """A training that stops and goes on: what it ends with, as plain numbers.

    Networks without batch norm and dropout, and SGD: Adam divides a gradient's scale away, and so
    would hide a wrong one.
    """
    labels = case == "average"
    options = {"hidden": (8,), "classes": 3 if labels else 0}
    with scope or contextlib.nullcontext():
        gan = GAN(
            networks.dense_generator(LATENT_DIM, **options),
            networks.dense_discriminator(**options),
            LATENT_DIM,
            seed=3,
            **CASES[case],
        )
        gan.compile(g_optimizer=keras.optimizers.SGD(0.1), d_optimizer=keras.optimizers.SGD(0.1))
    before = gan.generator.get_weights()
    for end in epochs:
        history = gan.fit(
            batches(labels),
            epochs=end,
            verbose=0,
            resume=os.path.join(folder, case),
            callbacks=[StopOnFailure(window=2)],
        )
    pairs = zip(before, gan.generator.get_weights(), strict=True)
    return {
        "weights": [weight.tolist() for weight in gan.get_weights()],
        "logs": history.history,
        "moved": max(float(np.abs(a - b).max()) for a, b in pairs),
        "steps": int(gan.step.numpy()),
    }


def pieces(strategy):
    """What the replicas that are here get in three steps: rows of the batch, latents, dropout."""
    rows = data.dataset(np.arange(float(N))[:, None], batch_size=BATCH)
    stream = iter(replicas.cut(rows.starting_at(1), strategy))
    with strategy.scope():
        dropout = cpu_layers.Dropout(0.5, seed=1)

    @tf.function
    def step(batch):
        place = replicas.place(tf.shape(batch)[0])
        latents = place.rows_of(tf.random.stateless_normal((place.whole, 3), [0, 1]))
        return batch, latents, dropout(tf.ones((1, 64)), training=True)

    steps = [strategy.run(step, args=(next(stream),)) for _ in range(3)]
    return [
        [
            [part.numpy().tolist() for part in strategy.experimental_local_results(each)]
            for each in parts
        ]
        for parts in steps
    ]


def batch_norm(scope):
    """The running means of the first batch norm after one step: of each replica that is here."""
    with scope:
        generator = networks.dcgan_generator(LATENT_DIM, width=2)
        gan = GAN(generator, networks.dense_discriminator(hidden=(8,)), LATENT_DIM, ema=0.9)
        gan.compile()
    dense, norm = generator.layers[1], generator.layers[3]
    latents = gan.draw_latents(BATCH, 0)
    activations = (latents.numpy() @ dense.kernel.numpy()).reshape(2, -1, 8)  # a half for each
    gan.fit(batches(), steps_per_epoch=1, verbose=0)
    mine = norm.moving_mean.value
    return {
        "halves": (0.1 * activations.mean(1)).tolist(),
        "replicas": [each.numpy().tolist() for each in getattr(mine, "values", [mine])],
        "read": norm.moving_mean.numpy().tolist(),
        "drawn": gan.sample(3, seed=0).tolist(),
    }


def overflow(scope):
    """Loss scaling in two steps, in the first of which numbers overflow on the last
    replica alone.
    """
    images = np.random.default_rng(0).uniform(-1, 1, (2 * BATCH, 32, 32, 3)).astype(np.float32)
    images[BATCH - 1] = 1e5  # too large for float16
    keras.config.set_dtype_policy("mixed_float16")
    try:
        with scope:
            generator = networks.dense_generator(LATENT_DIM, hidden=(8,))
            gan = GAN(generator, networks.dense_discriminator(hidden=(8,)), LATENT_DIM)
            gan.compile()
    finally:
        keras.config.set_dtype_policy("float32")
    result = []
    for first in (0, BATCH):
        before = gan.discriminator.get_weights()
        batch = tf.data.Dataset.from_tensors(images[first : first + BATCH])
        replicas.Shared.fit(gan, batch, verbose=0)  # GAN.fit would refuse such a range
        after = gan.discriminator.get_weights()
        result.append(
            {
                "moved": max(
                    float(np.abs(a - b).max()) for a, b in zip(before, after, strict=True)
                ),
                "scale": float(gan.d_optimizer.dynamic_scale.numpy()),
            }
        )
    return result


def refused(scope, machine):
    """What fit says where a batch is too small, and where two machines hold different images."""
    with scope:
        generator = networks.dense_generator(LATENT_DIM, hidden=(8,))
        gan = GAN(generator, networks.dense_discriminator(hidden=(8,)), LATENT_DIM)
        gan.compile()
    one_left = data.dataset(np.zeros((9, 32, 32, 3), np.uint8), batch_size=4)
    calls = {"one image left": {"dataset": one_left}}
    if machine is None:
        endless = one_left.stream  # does not say how many images it has
        calls["one image left, not known"] = {"dataset": endless, "steps_per_epoch": 3}
    else:
        nowhere = os.path.join(os.devnull, "nowhere")  # nothing is read or written
        calls["different images"] = {"dataset": batches(seed=machine), "resume": nowhere}
    said = {}
    for name, arguments in calls.items():
        try:
            gan.fit(**arguments, verbose=0)
        except (ValueError, tf.errors.InvalidArgumentError) as error:
            said[name] = f"{type(error).__name__}: {error}"
    return said


def main(file):
    """Run all; write what came out."""
    machine = None
    die_with_parent()
    if "TF_CONFIG" in os.environ:
        reach_without_proxy(json.loads(os.environ["TF_CONFIG"])["cluster"]["worker"])
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        machine = strategy.cluster_resolver.task_id
    else:
        processor = tf.config.list_physical_devices("CPU")[0]
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(processor, two)
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    result = {case: train(case, file + ".runs", strategy.scope()) for case in CASES}
    result["pieces"] = pieces(strategy)
    result["batch norm"] = batch_norm(strategy.scope())
    result["overflow"] = overflow(strategy.scope())
    result["refused"] = refused(strategy.scope(), machine)
    with open(file, "w") as opened:
        json.dump(result, opened)


if __name__ == "__main__":
    main(sys.argv[1])
