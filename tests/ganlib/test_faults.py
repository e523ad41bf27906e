"""What a learner's machine does to a course: kills, full disks, bad files, no network, a read-only
home.

What belongs to one module alone is in that module's tests (test_resume.py, test_cifar.py,
test_zoo.py, test_records.py, test_callbacks.py); here is what spans modules, or is seen from a
notebook.
"""

import ast
import contextlib
import ctypes
import hashlib
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf
import test_cifar
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from ganlib import checkpoints, data, networks, records, zoo
from ganlib import course as course_module
from ganlib.gan import GAN
from ganlib.support import cifar, download
from tools.notebooks.inputs import ROOT, code_cells, plain_python, source_of
from tools.notebooks.run_lessons import PATIENT

CLIENT = {"timeout": 300, "coalesce_streams": True, **PATIENT}
UNIX = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs the processes and rights of Unix")


def small_gan(hidden=16, extra=()):
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(hidden), *extra, keras.layers.Dense(16)]
    generator = keras.Sequential([keras.Input((3,)), *layers, keras.layers.Reshape((4, 4, 1))])
    pixels = keras.Input((4, 4, 1))
    discriminator = keras.Model(pixels, keras.layers.Dense(1)(keras.layers.Flatten()(pixels)))
    gan = GAN(generator, discriminator, 3)
    gan.compile(run_eagerly=True)
    return gan


def stream():
    images = np.random.default_rng(0).integers(0, 256, (7, 4, 4, 1), np.uint8)
    return data.dataset(images, batch_size=4)


def code_of(lesson: str, name: str | None = None):
    """The code cells of a lesson by id, or one of them."""
    (path,) = (ROOT / "notebooks").glob(f"{lesson}-*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = {cell["id"]: source_of(cell) for cell in code_cells(notebook)}
    return cells[name] if name else cells


def environment(**changes) -> dict[str, str]:
    values = {k: v for k, v in os.environ.items() if not k.startswith(("GANLIB_", "MPL", "XDG_"))}
    return values | {"GANLIB_BUDGET": "smoke"} | changes


def run_in_kernel(sources, folder, values):
    """Runs cells in a real kernel and returns the outputs of each, as far as it came if it dies."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in sources])
    resources = {"metadata": {"path": str(folder)}}
    with contextlib.suppress(DeadKernelError):
        NotebookClient(notebook, **CLIENT, resources=resources).execute(env=values)
    return [cell.outputs for cell in notebook.cells]


# kill -9 ------------------------------------------------------------------------------------------

# Imports TensorFlow once and uses none of it, so that it can be forked: a new run begins within a
# second.
KILLS = """
    import json, os, random, signal, sys, time
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import numpy as np
    import tensorflow as tf
    from ganlib import checkpoints, data, spectral
    from ganlib.gan import GAN

    folder, whole, kills = sys.argv[1], sys.argv[2], int(sys.argv[3])
    steps = os.path.join(whole, "steps of this run")
    moment = random.Random(7)

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            with open(steps, "a") as file:
                file.write(".")

    def train(folder, epochs, seconds):
        tf.config.experimental.enable_op_determinism()
        keras.utils.set_random_seed(0)
        latents = keras.Input((3,))
        x = keras.layers.BatchNormalization()(keras.layers.Dense(16)(latents))
        generator = keras.Model(latents, keras.layers.Reshape((4, 4, 1))(keras.ops.tanh(x)))
        pixels = keras.Input((4, 4, 1))
        x = spectral.SpectralDense(8, activation="leaky_relu")(keras.layers.Flatten()(pixels))
        x = keras.layers.Dropout(0.3, seed=4)(x)
        discriminator = keras.Model(pixels, keras.layers.Dense(1)(x))
        gan = GAN(generator, discriminator, 3, penalties={"r1": 1.0}, ema=0.9)
        gan.compile()
        images = np.random.default_rng(0).integers(0, 256, (22, 4, 4, 1), np.uint8)
        dataset = data.dataset(images, batch_size=8, seed=5)
        resume = checkpoints.Checkpoint(folder, seconds)
        fit = {"epochs": epochs, "resume": resume, "verbose": 0, "callbacks": [Count()]}
        history = gan.fit(dataset, **fit)
        np.savez(folder + "/end.npz", *[np.asarray(variable) for variable in gan.state()])
        with open(folder + "/history.json", "w") as file:
            json.dump([history.epoch, history.history], file)

    def start(*arguments):
        child = os.fork()
        if child == 0:
            try:
                train(*arguments)
                os._exit(0)
            finally:
                os._exit(1)
        return child

    def unfinished():
        return {name for name in os.listdir(folder) if ".unfinished-" in name}

    for kill in range(kills):
        open(steps, "w").close()
        before = unfinished()
        child = start(folder, 10**9, 0.0)  # a checkpoint after every step, and no end
        enough = moment.randint(1, 12)
        while os.path.getsize(steps) < enough:
            assert os.waitpid(child, os.WNOHANG) == (0, 0), "it ended by itself"
            time.sleep(0.002)
        if kill % 5:
            time.sleep(moment.uniform(0, 0.05))  # some steps and savings more, at whatever speed
        else:  # while a checkpoint is written
            while unfinished() <= before:
                assert os.waitpid(child, os.WNOHANG) == (0, 0), "it ended by itself"
        if kill % 5 == 1:  # while none is
            while not unfinished() <= before:
                assert os.waitpid(child, os.WNOHANG) == (0, 0), "it ended by itself"
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL, "it ended by itself"
        print(json.dumps(sorted(os.listdir(folder))), flush=True)
    names = [f"{folder}/checkpoint.npz", f"{folder}/checkpoint.previous.npz"]
    with np.load(next(name for name in names if os.path.exists(name))) as file:
        epochs = len(json.loads(file["notes"].tobytes())["logs"]) + 2
    for child in (start(folder, epochs, 60.0), start(whole, epochs, 60.0)):
        assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.slow
@UNIX
def test_killed_twenty_times_at_random_it_ends_bit_for_bit_the_same(tmp_path):
    broken, whole, kills = tmp_path / "broken", tmp_path / "whole", 20
    broken.mkdir(), whole.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLS), broken, whole, str(kills)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    left = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert len(left) == kills
    # Some of the kills came while a checkpoint was written, and some did not.
    counts = [sum(".unfinished-" in name for name in names) for names in left]
    writing = sum(now > before for before, now in itertools.pairwise([0, *counts]))
    assert 0 < writing < kills, left
    assert all({"checkpoint.npz", "checkpoint.previous.npz"} & {*names} for names in left)
    with np.load(whole / "end.npz") as one, np.load(broken / "end.npz") as other:
        assert one.files == other.files and len(one.files) > 30
        for name in one.files:
            np.testing.assert_array_equal(one[name], other[name])
    epochs, curves = json.loads((whole / "history.json").read_text())
    assert len(epochs) >= 2 and json.loads((broken / "history.json").read_text()) == [
        epochs,
        curves,
    ]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_lesson_07_goes_on_after_its_kernel_died(tmp_path):
    """And all of it without CIFAR-10: the lesson says so, and goes on with shapes."""
    cells = code_of("07")
    lesson = [cells[name] for name in ("setup", "load", "dcgan", "train", "reading-check-plot")]
    death = (
        "import os, signal\nfrom ganlib import checkpoints\n"
        "fit, save = ganlib.GAN.fit, checkpoints.Checkpoint.save\n"
        "def fit_and_save_often(self, *arguments, resume, **options):\n"
        "    resume = checkpoints.Checkpoint(resume, seconds=0)\n"
        "    return fit(self, *arguments, resume=resume, **options)\n"
        "ganlib.GAN.fit = fit_and_save_often\n"
        "def save_and_die(self):\n"
        "    save(self)\n"
        "    if int(self.model.step) == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "checkpoints.Checkpoint.save = save_and_die"
    )
    (tmp_path / "empty").mkdir()
    values = environment(GANLIB_DATA_DIR=str(tmp_path / "empty"), GANLIB_PRECISION="float32")
    died = run_in_kernel([*lesson[:3], death, *lesson[3:]], tmp_path, values)
    assert died[-1] == [], "the kernel should have died in the training"
    folder = tmp_path / "runs" / "07-shapes-smoke"
    assert (folder / "checkpoint.npz").exists()

    setup, load, _, train, reading = run_in_kernel(lesson, tmp_path, values)
    assert {output.get("name") for output in setup + load} == {"stdout"}
    said = "".join(output.text for output in load).strip()
    assert "GANLIB_DATA_DIR" in said and str(tmp_path / "empty") in said and "What to do" in said
    assert said.count("\n") <= 10 and "goes on with shapes" in said.splitlines()[-1]
    text = "".join(output.get("text", "") for output in train)
    assert "Going on from " in text and "step 3." in text
    assert any("image/png" in output.get("data", {}) for output in train)
    assert any("image/png" in output.get("data", {}) for output in reading)
    assert not [o for o in train + reading if o.get("name") == "stderr" or "ename" in o]


# A full disk --------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a real disk of 384 kB (for root), or else one in which no file can be larger."""
    folder, mounted = tmp_path / "small", False
    folder.mkdir()
    if os.geteuid() == 0:
        command = ["mount", "-t", "tmpfs", "-o", "size=384k", "tmpfs", str(folder)]
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    if mounted:
        yield folder
        subprocess.run(["umount", "-l", str(folder)], check=True)
        return
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (384_000, hard))
    yield folder
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def content_of(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}


FULL = r"could not be written: (No space left on device|File too large)"


@pytest.mark.slow
@UNIX
def test_full_disk_in_training_keeps_the_checkpoint(small_disk):
    def often(name):
        return checkpoints.Checkpoint(small_disk / name, seconds=0)

    small_gan().fit(stream(), epochs=1, resume=often("run"), verbose=0)
    good = content_of(small_disk / "run")
    large = small_gan(hidden=9_000)
    with pytest.raises(OSError, match=FULL + r".*Make room"):
        large.fit(stream(), epochs=1, resume=often("other"), verbose=0)
    assert content_of(small_disk / "run") == good and content_of(small_disk / "other") == {}
    assert int(large.step) == 0 and np.isfinite(large.sample(1)).all()  # in memory nothing is lost
    gan = small_gan()
    gan.fit(stream(), epochs=2, resume=often("run"), verbose=0)
    assert int(gan.step) == 4


@UNIX
def test_full_disk_while_a_gan_is_saved_keeps_the_old_file(small_disk):
    path = small_disk / "gan.keras"
    small_gan().save(path)
    good = content_of(small_disk)
    with pytest.raises(OSError, match=FULL + r".*Make room.*it is whole"):
        small_gan(hidden=9_000).save(path)
    assert content_of(small_disk) == good
    assert isinstance(keras.saving.load_model(path), GAN)


@UNIX
def test_full_disk_while_records_and_networks_are_stored(small_disk):
    rng = np.random.default_rng(0)

    def write_record(images):
        pictures = rng.integers(0, 256, (2, images, 32, 32, 3), np.uint8)
        curve = {"images": [1, 2], "minutes": [1, 2]}
        records.write("it", {"name": "it"}, curve, pictures, small_disk / "records")

    def write_network(hidden, **facts):
        arguments = {"latent_dim": 4, "hidden": [hidden]}
        part = (networks.dense_generator(**arguments, seed=1), "dense_generator", arguments)
        zoo.write("it", {"generator": part}, facts, small_disk / "zoo")

    (small_disk / "zoo").mkdir()
    write_record(2), write_network(4)
    for folder, write in (
        ("records", lambda: write_record(100)),
        ("zoo", lambda: write_network(99)),
    ):
        good = content_of(small_disk / folder)
        assert sorted(good) == ["it.json", "it.npz"]
        with pytest.raises(OSError):
            write()
        assert content_of(small_disk / folder) == good
    # Room for the weights and not for their card: neither is replaced.
    good = content_of(small_disk / "zoo")
    with pytest.raises(OSError):
        write_network(8, notes="a very long story " * 40_000)
    assert content_of(small_disk / "zoo") == good
    assert len(records.load("it", small_disk / "records").pictures) == 2


@UNIX
def test_full_disk_while_a_download_is_kept_or_curves_are_logged(small_disk):
    said = download.keep(io.BytesIO(bytes(500_000)), small_disk / "cache" / "archive")
    assert "It has been loaded, but could not be kept" in said and str(small_disk / "cache") in said
    assert list((small_disk / "cache").iterdir()) == []
    with contextlib.suppress(OSError), open(small_disk / "photographs", "wb", 0) as file:
        while True:
            file.write(bytes(1_000))
    gan, log = small_gan(), keras.callbacks.TensorBoard(small_disk / "logs", write_graph=False)
    try:
        gan.fit(stream(), epochs=2, verbose=0, callbacks=[log])
    except tf.errors.ResourceExhaustedError as error:  # TensorFlow's word, which names the file
        assert "No space left on device" in str(error) and str(small_disk / "logs") in str(error)
    assert np.isfinite(gan.sample(1)).all()


# Bad and hostile files ----------------------------------------------------------------------------


def changed(source, target, change):
    """A .keras file with another config."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            new.writestr(name, content)


def test_a_lambda_in_a_keras_file_is_refused_and_not_run(tmp_path):
    trap = tmp_path / "it ran"
    code = f'__import__("os").makedirs({str(trap)!r}, exist_ok=True)'
    hostile = keras.layers.Lambda(eval(f"lambda x: ({code}, x)[1]"), (16,))
    original = tmp_path / "hostile.keras"
    gan = small_gan()
    layer = keras.saving.serialize_keras_object(hostile)
    gan.save(tmp_path / "good.keras")

    def put_in(config):
        config["config"]["generator"]["config"]["layers"].insert(2, layer)

    changed(tmp_path / "good.keras", original, put_in)
    with pytest.raises((ValueError, TypeError), match="Lambda"):
        keras.saving.load_model(original)
    assert not trap.exists()
    with contextlib.suppress(Exception):  # the trap does work, for those who ask for it
        keras.saving.load_model(original, safe_mode=False).sample(1)
    assert trap.exists()


@pytest.mark.slow
@pytest.mark.parametrize("where", ["generator", "g_optimizer"])
@pytest.mark.parametrize(
    "call",
    [
        {"module": "os", "class_name": "function", "config": "mkdir", "registered_name": "mkdir"},
        {"module": "subprocess", "class_name": "Popen", "config": {"args": ["mkdir", "trap"]}},
        {
            "module": "builtins",
            "class_name": "function",
            "config": "eval",
            "registered_name": "eval",
        },
    ],
)  # fmt: skip
def test_a_keras_file_that_names_other_code_is_refused(where, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small_gan().save("good.keras")

    def put_in(config):
        config["compile_config" if where == "g_optimizer" else "config"][where] = call

    changed("good.keras", "bad.keras", put_in)
    with pytest.raises(TypeError, match=r"Could not locate|could not be deserialized"):
        keras.saving.load_model("bad.keras")
    assert sorted(os.listdir()) == ["bad.keras", "good.keras"]


class Hostile:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


ADVICE = r"'it'.*Install the package again"


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A record and a network in a zoo of their own, both named "it"."""
    monkeypatch.setattr(zoo, "FOLDER", tmp_path)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 32, 3), np.uint8)
    records.write(
        "it", {"name": "it"}, {"images": [1, 2], "minutes": [1, 2]}, pictures, tmp_path / "r"
    )
    arguments = {"latent_dim": 4, "hidden": [3]}
    part = (networks.dense_generator(**arguments, seed=1), "dense_generator", arguments)
    critic = (networks.dense_discriminator(hidden=(3,)), "dense_discriminator", {"hidden": [3]})
    players = {"generator": part, "discriminator": critic}
    zoo.write("it", players, {"gan": {"latent_dim": 4}}, tmp_path)
    assert zoo.load("it").sample(1).shape == (1, 32, 32, 3)
    return tmp_path


def believe(folder):
    """Make the card fit the weights that are there."""
    card = json.loads((folder / "it.json").read_text())
    card["sha256"] = hashlib.sha256((folder / "it.npz").read_bytes()).hexdigest()
    (folder / "it.json").write_text(json.dumps(card))


def test_hostile_arrays_are_not_unpickled(stored):
    trap = stored / "it ran"
    hostile = np.array([Hostile(trap)], dtype=object)
    np.savez(stored / "it.npz", **{"generator/000": hostile})
    np.savez(stored / "r" / "it.npz", pictures=hostile)
    believe(stored), believe(stored / "r")
    with pytest.raises(OSError, match=ADVICE):
        zoo.load("it")
    with pytest.raises(OSError, match=ADVICE):
        records.load("it", stored / "r")
    assert not trap.exists()
    with np.load(stored / "it.npz", allow_pickle=True) as file, contextlib.suppress(Exception):
        file["generator/000"]
    assert trap.exists()  # the trap does work


@pytest.mark.parametrize(
    "spoil",
    [
        lambda card: "",
        lambda card: '{"name": "it", "netw',
        lambda card: "[1, 2]",
        lambda card: "\x00\x01",
        lambda card: {**card, "networks": "none"},
        lambda card: {**card, "networks": {"generator": {"builder": "GAN", "arguments": {"a": 1}}}},
        lambda card: {name: value for name, value in card.items() if name != "sha256"},
        lambda card: {name: value for name, value in card.items() if name != "gan"},
    ],
)  # fmt: skip
def test_a_damaged_card_says_what_to_do(spoil, stored):
    path = stored / "it.json"
    content = spoil(json.loads(path.read_text()))
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(OSError, match=ADVICE):
        zoo.load("it")


def test_no_damage_to_a_record_goes_unnoticed_or_is_an_odd_error(stored):
    rng = np.random.default_rng(3)
    whole = records.load("it", stored / "r")
    refused = 0
    for name in ("it.npz", "it.json"):
        path = stored / "r" / name
        good = path.read_bytes()
        for place in rng.choice(len(good), 60, replace=False):
            spoilt = bytearray(good)
            spoilt[place] ^= 1 << int(rng.integers(8))
            path.write_bytes(spoilt if rng.random() < 0.7 else good[:place])
            try:
                result = records.load("it", stored / "r")
            except OSError as error:
                assert "Install the package again" in str(error)
                refused += 1
                continue
            if name == "it.npz":  # a bit that means nothing, such as a date
                np.testing.assert_array_equal(result.pictures, whole.pictures)
        path.write_bytes(good)
    assert refused > 60


# The network, as a lesson shows it ----------------------------------------------------------------


class Handler(test_cifar.Handler):
    """Waits until two have asked."""

    def do_GET(self):
        if self.server.mode == "both":
            self.server.both.wait(60)
        super().do_GET()


@pytest.fixture
def server():
    """Stands in for the authors' page; a mode says what it does wrong."""
    server = test_cifar.Server(("127.0.0.1", 0), Handler)
    server.requests, server.stop, server.both = [], threading.Event(), threading.Barrier(2)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("none", "no connection"),
        ("silent", "the network hangs (timed out"),
        ("stalls", "the network hangs"),
        ("cut", "cut off after"),
        ("404", "the server answered 404"),
    ],
)
def test_a_lesson_without_network_goes_on_with_shapes_in_few_words(
    mode, words, server, tmp_path, monkeypatch
):
    monkeypatch.delenv("GANLIB_DATA_DIR", raising=False)
    for name in ("HOME", "USERPROFILE", "KERAS_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    port = 9 if mode == "none" else server.server_port  # at 9 nobody listens
    monkeypatch.setattr(cifar, "URL", f"http://127.0.0.1:{port}/{cifar.ARCHIVE}")
    server.mode, server.cuts = mode, 99
    monkeypatch.setattr(download, "TIMEOUT", 0.3 if mode in ("silent", "stalls") else 10)
    course = course_module.Course("03", 0, "CPU", "CPU", "float32", "smoke", {})
    out, err, names = io.StringIO(), io.StringIO(), {"course": course}
    began = time.monotonic()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        exec(code_of("03", "task"), names)
    assert time.monotonic() - began < 60
    assert course.dataset == "shapes"
    np.testing.assert_array_equal(names["photographs"], data.load("shapes", n=256))
    said = out.getvalue().strip().split("\r")[-1]  # a line that ends in \r is drawn over
    assert err.getvalue() == "" and said.count("\n") <= 12
    assert words in said and "What to do" in said and "GANLIB_DATA_DIR" in said
    assert "goes on with shapes" in said.splitlines()[-1]
    assert not (tmp_path / "ganlib").exists()  # nothing half is kept


def test_every_lesson_that_loads_photographs_can_do_without():
    loading = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for source in code_of(path.name[:2]).values():
            assert 'data.load("cifar10"' not in source, path.name  # which would stop there
            calls = [
                node
                for node in ast.walk(ast.parse(plain_python(source)))
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "course.load"
            ]
            for call in calls:
                words = {word.arg: ast.unparse(word.value) for word in call.keywords}
                assert list(map(ast.unparse, call.args)) == ["'cifar10'"], path.name
                assert words.get("otherwise") == "'shapes'", path.name
                loading.append(path.name[:2])
    assert len(loading) >= 6 and len(loading) == len(set(loading))


TWO = """
    import sys
    sys.path[:0] = {paths!r}
    import test_cifar
    from ganlib.support import cifar, download
    cifar.URL, cifar.IMAGES_A_FILE = {url!r}, test_cifar.A_FILE
    cifar.MD5, download.TIMEOUT = {sums!r}, 300  # one waits for the other to begin
    images, labels = cifar.load("train", 5 * test_cifar.A_FILE)
    print("sum", images.sum(), labels.sum())
"""


@UNIX
def test_two_notebooks_that_load_at_once_both_get_all(server, tmp_path):
    import hashlib

    server.mode = "both"
    code = textwrap.dedent(TWO).format(
        paths=[str(ROOT), str(ROOT / "tests" / "ganlib")],
        url=f"http://127.0.0.1:{server.server_port}/{cifar.ARCHIVE}",
        sums={name: hashlib.md5(value).hexdigest() for name, value in test_cifar.CONTENTS.items()},
    )
    home = {"HOME": str(tmp_path), "KERAS_HOME": str(tmp_path), "no_proxy": "*"}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=environment(**home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=600) for process in both]
    pixels = sum(int(test_cifar.pixels(number).sum()) for number in range(5))
    for process, (out, err) in zip(both, answers, strict=True):
        assert process.returncode == 0 and err == "", err
        assert f"sum {pixels} " in out and "It is kept in" in out
    assert len(server.requests) == 2
    kept = tmp_path / ".cache" / "ganlib"
    assert os.listdir(kept) == [cifar.ARCHIVE]
    assert (kept / cifar.ARCHIVE).read_bytes() == test_cifar.ARCHIVE


# A read-only home, a file where a folder should be, a clock that jumps ----------------------------


def without_override():
    """Even root may then not write where the rights of a folder forbid it (Linux's
    capabilities).
    """
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP: what is executed next has it not


IN_A_READ_ONLY_HOME = """
    import json, os
    import nbformat
    from nbclient import NotebookClient

    home = os.environ["HOME"]
    try:
        open(os.path.join(home, "new"), "w")
    except PermissionError:
        print(json.dumps("read-only"))
    cells = [nbformat.v4.new_code_cell(each) for each in {cells!r}]
    notebook = nbformat.v4.new_notebook(cells=cells)
    place = {{"metadata": {{"path": home}}}}
    NotebookClient(notebook, **{client!r}, allow_errors=True, resources=place).execute()
    print(json.dumps([[cell.outputs for cell in notebook.cells], os.listdir(home)]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="takes a right away as only Linux can")
def test_a_notebook_in_a_read_only_home(tmp_path):
    home, jupyter = tmp_path / "home", tmp_path / "jupyter"
    home.mkdir(), jupyter.mkdir()
    home.chmod(0o555)
    train = (
        "from ganlib import data, networks, plots\n"
        "images = data.load('shapes', n=8)\n"
        "gan = ganlib.GAN(networks.dense_generator(), networks.dense_discriminator(), 100)\n"
        "gan.compile()\n"
        "gan.fit(data.dataset(images, batch_size=8), resume='runs/it', verbose=0)"
    )
    grid = "ganlib.plots.image_grid(ganlib.data.load('shapes', n=4))"
    cells = [code_of("00", "setup"), grid, train, "print(int(gan.step))"]
    code = textwrap.dedent(IN_A_READ_ONLY_HOME).format(cells=cells, client=CLIENT)
    # Jupyter itself runs elsewhere, as on a server that keeps its own files.
    elsewhere = {"JUPYTER_RUNTIME_DIR": str(jupyter), "IPYTHONDIR": str(jupyter), "HOME": str(home)}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=home,
            env=environment(**elsewhere),
            preexec_fn=without_override,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    finally:
        home.chmod(0o755)
    assert done.returncode == 0, done.stderr[-2000:]
    read_only, answer = done.stdout.splitlines()
    assert json.loads(read_only) == "read-only"
    (setup, grid, fit, (step,)), left = json.loads(answer)
    assert [output["name"] for output in setup] == ["stdout"]  # no warning of Matplotlib's
    assert [list(output["data"])[-1] for output in grid] == ["image/png"]
    (error,) = [output for output in fit if output["output_type"] == "error"]
    assert "could not be written: Permission denied" in error["evalue"]
    assert "choose another folder" in error["evalue"]
    assert step["text"] == "0\n" and left == []  # it was told before the first step


@pytest.mark.slow
@pytest.mark.parametrize("place", ["runs", "runs/06"])
def test_a_file_where_a_folder_should_be_is_told_before_the_first_step(place, tmp_path):
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("not a folder")
    gan = small_gan()
    with pytest.raises(OSError, match=r"(a file has that name|Not a directory).*another folder"):
        gan.fit(stream(), epochs=1, resume=tmp_path / "runs" / "06", verbose=0)
    assert int(gan.step) == 0
    assert (tmp_path / place).read_text() == "not a folder"


@pytest.mark.slow
def test_a_clock_that_jumps_stops_neither_checkpoints_nor_downloads(server, tmp_path, monkeypatch):
    years = itertools.cycle([-20e8, 9e8])
    now = [1.8e9]

    def jump():
        now[0] += next(years)
        return now[0]

    monkeypatch.setattr(time, "time", jump)
    saved = []
    save = checkpoints.Checkpoint.save
    monkeypatch.setattr(
        checkpoints.Checkpoint,
        "save",
        lambda self: saved.append(int(self.model.step)) or save(self),
    )
    resume = checkpoints.Checkpoint(tmp_path, seconds=0)
    small_gan().fit(stream(), epochs=2, resume=resume, verbose=0)
    assert saved == [0, 1, 2, 3, 4]

    server.mode = "good"
    monkeypatch.setenv("no_proxy", "*")
    with contextlib.redirect_stdout(io.StringIO()):
        url = f"http://127.0.0.1:{server.server_port}/x"
        assert download.download(url, "it", 10**6).getvalue() == test_cifar.ARCHIVE
