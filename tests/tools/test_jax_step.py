"""The step in JAX is the step of ``ganlib.GAN``: same losses, gradients and averages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from jax_side import players

from ganlib import losses, records, zoo
from ganlib.gan import GAN
from tools.training import pack_images

pytest.importorskip("jax", reason="the step in JAX needs JAX, which the extra `dev` installs")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
N = 6


def case(loss, penalties=None, kind="plane", ema=0.9, **options):
    penalties = penalties or {}
    return {
        "loss": loss,
        "penalties": penalties,
        "kind": kind,
        "ema": ema,
        "options": options,
    }


CASES = {
    **{name: case(name) for name in losses.LOSSES},
    "r1": case("non_saturating", {"r1": 0.7}),
    "r1 and r2": case("relativistic", {"r1": 0.7, "r2": 0.3}),
    "gradient penalty": case("wasserstein", {"gradient_penalty": 2.0}),
    "images of classes": case("relativistic", {"r1": 0.1, "r2": 0.1}, "images", classes=3),
}


def arrays_of(number, case):
    """What both sides are given: real samples, latents, ε, labels."""
    rng = np.random.default_rng(number)
    shape = (2,) if case["kind"] == "plane" else (32, 32, 3)
    arrays = {
        "real": rng.uniform(-1, 1, (N, *shape)),
        "latents": rng.standard_normal((N, 3)),
        "epsilon": rng.uniform(0, 1, (N, *[1] * len(shape))),
    }
    arrays = {name: values.astype(np.float32) for name, values in arrays.items()}
    if case["options"].get("classes"):
        arrays["labels"] = rng.integers(0, case["options"]["classes"], N).astype(np.int32)
    return arrays


def steps_of_the_library(case, arrays, networks):
    """Two steps of GAN with those latents and that ε; its weights and its last logs."""
    generator, discriminator = networks
    settings = {"penalties": case["penalties"], "ema": case["ema"], "latent_dim": 3}
    gan = GAN(generator, discriminator, loss=case["loss"], **settings)
    gan.compile(
        g_optimizer=keras.optimizers.SGD(0.1),
        d_optimizer=keras.optimizers.SGD(0.1),
        run_eagerly=True,
    )
    batch = tf.constant(arrays["real"])
    if "labels" in arrays:
        batch = batch, tf.constant(arrays["labels"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            tf.random, "stateless_normal", lambda *_, **__: tf.constant(arrays["latents"])
        )
        patch.setattr(
            tf.random, "stateless_uniform", lambda *_, **__: tf.constant(arrays["epsilon"])
        )
        for _ in range(2):
            gan.reset_metrics()
            logs = gan.train_step(batch)
    return gan, {name: float(np.squeeze(value)) for name, value in logs.items()}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The library's GANs and logs by case, and what JAX made of the same start."""
    folder = tmp_path_factory.mktemp("jax")
    given, library = {}, {}
    for number, (name, case) in enumerate(CASES.items()):
        arrays, networks = arrays_of(number, case), players(case["kind"], case["options"])
        given |= {f"{name}/{part}": values for part, values in arrays.items()}
        for role, network in zip("gd", networks, strict=True):
            weights = network.get_weights()
            given |= {f"{name}/{role}/{index}": weight for index, weight in enumerate(weights)}
        library[name] = steps_of_the_library(case, arrays, networks)
    (folder / "cases.json").write_text(json.dumps(CASES))
    np.savez(folder / "given.npz", **given)
    files = [str(folder / name) for name in ("cases.json", "given.npz", "results.npz")]
    # A folder whose "tensorflow" cannot be imported: a machine that has none.
    (folder / "tensorflow.py").write_text("raise ImportError('there is no TensorFlow here')\n")
    variables = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
    }
    script = [sys.executable, str(Path(__file__).with_name("jax_side.py"))]
    done = subprocess.run(
        [*script, *files], env=variables, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return library, dict(np.load(files[2]))


@pytest.mark.parametrize("name", CASES)
def test_the_step_is_the_librarys(both, name):
    library, jax_results = both
    gan, logs = library[name]
    for key, value in logs.items():
        assert jax_results[f"{name}/logs/{key}"] == pytest.approx(value, rel=2e-4, abs=1e-5), key
    for part, variables in (
        ("generator", gan.generator.trainable_variables),
        ("generator_state", gan.generator.non_trainable_variables),
        ("discriminator", gan.discriminator.trainable_variables),
        (
            "average",
            [v for v in gan.average.weights if "moving" not in v.path and "seed" not in v.path],
        ),
    ):
        assert variables or part == "generator_state"
        for index, variable in enumerate(variables):
            mine = jax_results[f"{name}/{part}/{index}"]
            np.testing.assert_allclose(mine, variable.numpy(), rtol=1e-3, atol=1e-5, err_msg=part)


def test_the_step_moves_both_players(both):
    """Equal only because nothing moves would be no proof."""
    _, jax_results = both
    for name, case in CASES.items():
        start = players(case["kind"], case["options"])
        for part, network in zip(("generator", "discriminator"), start, strict=True):
            first = network.trainable_variables[0].numpy()
            assert np.abs(jax_results[f"{name}/{part}/0"] - first).max() > 1e-6, (name, part)


TINY = """
import sys
from tools.training import recipes, score_gan, train_on_gpu
recipes.RECIPES["tiny"] = {
    **recipes.RECIPES["conditional"],
    "generator": (
        "dcgan_generator",
        {"latent_dim": 4, "width": 2, "kernel_size": 4, "classes": 10},
    ),
    "discriminator": ("dcgan_discriminator", {"width": 2, "kernel_size": 4, "classes": 10}),
    "gan": {**recipes.RECIPES["conditional"]["gan"], "latent_dim": 4},
    "batch_size": 8,
    "mirrored": True,
    "augment": ("translation",),
}
assert train_on_gpu.trains(recipes.RECIPES["conditional-falling-100"])
assert not train_on_gpu.trains(recipes.RECIPES["conditional-taught"])  # it goes on from that one
score_gan.SAMPLES, train_on_gpu.CHUNK = 200, 2
score_gan.NETWORKS["cifar10"] = ("classifier-cifar10",)
train_on_gpu.main()
"""


def test_a_training_without_tensorflow_leaves_weights_that_the_zoo_loads(tmp_path):
    """Two short calls of the command, the second of which goes on; then the rates."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (300, 32, 32, 3)).astype(np.uint8)
    pack_images.pack(images, np.arange(300) % 10, tmp_path / "parts", parts=2)
    np.testing.assert_array_equal(pack_images.unpack(tmp_path / "parts")[0], images)
    (tmp_path / "tensorflow.py").write_text("raise ImportError('there is no TensorFlow here')\n")
    variables = {
        **os.environ,
        "JAX_PLATFORMS": "cpu",
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "compiled"),
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
    }
    out = tmp_path / "out"
    arguments = ["tiny", "--data", str(tmp_path / "parts"), "--out", str(out), "--minutes", "0"]

    def call(*more):
        command = [sys.executable, "-c", TINY, *arguments, *more]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        return json.loads((out / "progress.json").read_text())["rows"] if not more else None

    first = call()
    second = call()
    assert (len(first), len(second)) == (1, 2) and second[0] == first[0]
    assert second[-1]["images"] > first[-1]["images"]
    record = records.load("tiny-0", out)
    assert len(record.pictures) == len(second) and record.curve["class_agreement"].min() >= 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zoo, "FOLDER", out / "zoo")
        gan = zoo.load("tiny")
        assert gan.sample(3, seed=0, labels=1).shape == (3, 32, 32, 3)
    # A kill after the pictures and before the rest leaves a picture too many.
    np.save(out / "pictures.npy", np.load(out / "pictures.npy")[[0, 1, 1]])
    assert len(call()) == 3 and len(records.load("tiny-0", out).pictures) == 3
    other = [sys.executable, "-c", TINY, *arguments, "--seed", "1"]
    refused = subprocess.run(other, env=variables, capture_output=True, text=True, timeout=600)
    assert refused.returncode and "holds another training" in refused.stderr
    call("--rates", "--batch-sizes", "8")
    rates = json.loads((out / "rates.json").read_text())["rates"]
    assert len(rates) == 2 and all(row["images_per_second"] > 0 for row in rates)
