"""Two devices with half a batch each learn what one device learns with the whole of it."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, os, tempfile
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np, tensorflow as tf
processor = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
from ganlib import data, networks
from ganlib.callbacks import StopOnFailure
from ganlib.gan import GAN

images = np.random.default_rng(0).integers(0, 256, (44, 32, 32, 3), np.uint8)

def train(scope, build_generator, **arguments):
    with scope:
        gan = GAN(build_generator(), networks.dense_discriminator(hidden=(16,)), 8, seed=3, **arguments)
        gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    batches = data.dataset(images, batch_size=16, seed=0)  # 16, 16 and 12
    folder = tempfile.mkdtemp()
    gan.fit(batches, epochs=1, verbose=0, resume=folder, callbacks=[StopOnFailure(window=2)])
    history = gan.fit(batches, epochs=2, verbose=0, resume=folder).history
    return gan, history

def dense():
    return networks.dense_generator(8, hidden=(16,))

def convolutional():
    return networks.dcgan_generator(8, width=2)

import contextlib
results = {}
for name, arguments in {
    "plain": {},
    "average": {"ema": 0.9},
    "relativistic": {"loss": "relativistic", "penalties": {"r1": 0.1, "r2": 0.1}},
}.items():
    one, history = train(contextlib.nullcontext(), dense, **arguments)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    two, mirrored = train(strategy.scope(), dense, **arguments)
    pairs = zip(one.get_weights(), two.get_weights(), strict=True)
    results[name] = {
        "weights": max(float(np.abs(a - b).max()) for a, b in pairs),
        "logs": max(abs(a - b) for key in history for a, b in zip(history[key], mirrored[key])),
        "moved": float(np.abs(two.generator.get_weights()[-2] - dense().get_weights()[-2]).max()),
        "steps": int(two.step.numpy()),
    }
gan, _ = train(strategy.scope(), convolutional, ema=0.9)
results["batch norm"] = {"finite": bool(np.isfinite(gan.sample(3)).all()), "steps": int(gan.step.numpy())}
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def results():
    """Devices can be split only before TensorFlow starts, so this takes a process of its own."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("case", ["plain", "average", "relativistic"])
def test_two_devices_learn_what_one_learns_with_the_same_batch(case, results):
    found = results[case]
    assert found["steps"] == 6 and found["moved"] > 1e-3
    assert found["weights"] < 1e-5
    assert found["logs"] < 1e-4


@pytest.mark.slow
def test_networks_with_batch_norm_train_on_two_devices(results):
    assert results["batch norm"] == {"finite": True, "steps": 6}
