"""Stopped at any moment and started again, a run ends as if it had never been stopped."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest

from ganlib import callbacks, checkpoints, data, networks, spectral
from ganlib.gan import GAN
from ganlib.support import files

EPOCHS, BATCH, N = 3, 4, 7  # 2 steps an epoch, the second with 3 images
STEPS = EPOCHS * 2


class Stop(Exception):
    """Stands in for a kill in the same process."""


class StopAfter(keras.callbacks.Callback):
    """Breaks a run off after a number of steps in all."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) == self.step:
            raise Stop


def images(seed=0, n=N):
    return np.random.default_rng(seed).integers(0, 256, (n, 4, 4, 1), np.uint8)


def stream(pixels=None, **options):
    return data.dataset(images() if pixels is None else pixels, **{"batch_size": BATCH, **options})


def new_gan(rate=0.01, eagerly=True, **options):
    """As small as can be, with dropout, Adam and an average: quick enough to be run many times."""
    keras.utils.set_random_seed(1)
    generator = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(16), keras.layers.Reshape((4, 4, 1))]
    )
    pixels = keras.Input((4, 4, 1))
    x = keras.layers.Dropout(0.3, seed=4)(keras.layers.Flatten()(pixels))
    discriminator = keras.Model(pixels, keras.layers.Dense(1)(x))
    return compiled(GAN(generator, discriminator, 3, **{"ema": 0.9, **options}), rate, eagerly)


def full_gan(rate=0.01):
    """With all that has a state: batch norm, dropout, power iteration, and a penalty that draws."""
    keras.utils.set_random_seed(1)
    latents = keras.Input((3,))
    x = keras.layers.ReLU()(keras.layers.BatchNormalization()(keras.layers.Dense(16)(latents)))
    generator = keras.Model(latents, keras.layers.Reshape((4, 4, 1))(keras.ops.tanh(x)))
    pixels = keras.Input((4, 4, 1))
    x = spectral.SpectralDense(8, activation="leaky_relu")(keras.layers.Flatten()(pixels))
    x = keras.layers.Dropout(0.3, seed=4)(x)
    discriminator = keras.Model(pixels, keras.layers.Dense(1)(x))
    penalties = {"gradient_penalty": 1.0}
    return compiled(GAN(generator, discriminator, 3, penalties=penalties, ema=0.9), rate, True)


def compiled(gan, rate, eagerly, **options):
    g_optimizer, d_optimizer = (keras.optimizers.Adam(factor * rate) for factor in (1, 2))
    gan.compile(g_optimizer=g_optimizer, d_optimizer=d_optimizer, run_eagerly=eagerly, **options)
    return gan


def weights_of(gan):
    return [variable.numpy().copy() for variable in gan.state()[: len(gan.variables)]]


def assert_same_run(gan, history, other_gan, other_history):
    for one, other in zip(gan.state(), other_gan.state(), strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other), err_msg=one.path)
    assert history.epoch == other_history.epoch
    assert history.history == other_history.history


@pytest.fixture(scope="module")
def unbroken():
    gan = new_gan()
    return gan, gan.fit(stream(), epochs=EPOCHS, verbose=0)


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    """That a file has reached the disk matters when the power goes, not when a process does."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def run(
    folder, gan=None, stop_after=None, dataset=None, epochs=EPOCHS, also=(), seconds=60, **options
):
    gan = gan or new_gan()
    each = [*also, *([StopAfter(stop_after)] if stop_after else [])]
    resume = checkpoints.Checkpoint(folder, seconds)
    history = gan.fit(
        dataset or stream(), epochs=epochs, resume=resume, callbacks=each, verbose=0, **options
    )
    return gan, history


def run_often(folder, *arguments, **options):
    """A run with a checkpoint after every step, instead of every minute."""
    return run(folder, *arguments, seconds=0, **options)


# In one process: an exception stands in for the kill ----------------------------------------------


@pytest.mark.parametrize(
    "step",
    [3, *(pytest.param(step, marks=pytest.mark.slow) for step in range(1, STEPS) if step != 3)],
)
def test_broken_off_after_any_step_it_ends_the_same(step, tmp_path, unbroken):
    with pytest.raises(Stop):
        run_often(tmp_path, stop_after=step)
    assert_same_run(*run_often(tmp_path), *unbroken)


@pytest.mark.slow
def test_broken_off_after_the_last_step_of_an_epoch_and_before_its_end(tmp_path, unbroken):
    class StopAtTheEnd(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise Stop

    with pytest.raises(Stop):
        run_often(tmp_path, also=[StopAtTheEnd()])
    assert_same_run(*run_often(tmp_path), *unbroken)


@pytest.mark.slow
def test_broken_off_again_and_again_it_ends_the_same(tmp_path):
    whole = full_gan()
    history = whole.fit(stream(), epochs=EPOCHS, verbose=0)
    for step in (1, 2, 3, 5):  # 2 is the last step of an epoch
        with pytest.raises(Stop):
            run_often(tmp_path, full_gan(), stop_after=step)
    assert_same_run(*run_often(tmp_path, full_gan()), whole, history)


@pytest.mark.slow
def test_steps_after_the_last_checkpoint_are_done_again(tmp_path, unbroken):
    with pytest.raises(Stop):
        run_often(tmp_path, stop_after=2)
    with pytest.raises(Stop):
        run(tmp_path, stop_after=5, seconds=1e9)
    assert_same_run(*run(tmp_path), *unbroken)


@pytest.mark.slow
def test_without_a_checkpoint_it_begins_anew(tmp_path, unbroken):
    with pytest.raises(Stop):  # long before the first minute is over
        run(tmp_path / "new" / "folder", stop_after=2)
    assert_same_run(*run(tmp_path / "new" / "folder"), *unbroken)


@pytest.mark.slow
def test_stopped_in_the_first_minute_the_same_networks_begin_again_as_they_began(
    tmp_path, unbroken
):
    gan = new_gan()
    with pytest.raises(Stop):
        run(tmp_path, gan, stop_after=3)
    # Another GAN of the networks that were half trained, and then the same GAN.
    for again in (compiled(GAN(gan.generator, gan.discriminator, 3, ema=0.9), 0.01, True), gan):
        with pytest.raises(Stop):
            run(tmp_path, again, stop_after=3)
        assert len(list(tmp_path.iterdir())) == 1
    assert_same_run(*run(tmp_path, gan), *unbroken)


@pytest.mark.slow
def test_a_run_with_resume_shows_its_progress_as_one_without(tmp_path, capsys):
    new_gan().fit(stream(), epochs=1)
    without = capsys.readouterr().out
    new_gan().fit(stream(), epochs=1, resume=tmp_path)
    assert "2/2" in without and "2/2" in capsys.readouterr().out


@pytest.mark.slow
def test_more_epochs_equal_as_many_at_once(tmp_path, unbroken):
    run(tmp_path, epochs=1)
    gan, history = run(tmp_path, epochs=2)
    assert len(history.history["d_loss"]) == 2
    assert_same_run(*run(tmp_path), *unbroken)
    # The same with the GAN that is still in memory.
    again = tmp_path / "again"
    gan, _ = run(again, epochs=1)
    assert_same_run(*run(again, gan), *unbroken)


@pytest.mark.slow
def test_a_run_with_resume_is_the_same_as_without_and_left_alone_once_finished(tmp_path, unbroken):
    assert_same_run(*run(tmp_path), *unbroken)
    stamp = (tmp_path / "checkpoint.npz").stat().st_mtime_ns
    gan, history = run(tmp_path)
    assert_same_run(gan, history, *unbroken)
    assert (tmp_path / "checkpoint.npz").stat().st_mtime_ns == stamp
    # Fewer epochs than there were change nothing either.
    assert_same_run(*run(tmp_path, epochs=1), *unbroken)


@pytest.mark.slow
@pytest.mark.parametrize("step", [3, 4])  # 4 is the last step of an epoch
def test_a_run_that_was_stopped_can_be_taken_up(step, tmp_path, unbroken):
    class StopKindly(StopAfter):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.step) == self.step:
                self.model.stop_training = True

    gan, history = run(tmp_path, also=[StopKindly(step)])
    assert int(gan.step) == step and history.epoch == [0, 1]
    assert_same_run(*run(tmp_path, gan), *unbroken)  # the same object: its stop is forgotten
    again = tmp_path / "again"
    run(again, also=[StopKindly(step)])
    assert_same_run(*run(again), *unbroken)


def test_a_rest_of_an_epoch_that_steps_at_once_do_not_divide_is_refused(tmp_path):
    four = stream(images(n=16))  # 4 steps an epoch
    with pytest.raises(Stop):
        run_often(tmp_path, stop_after=4, dataset=four)  # the newest checkpoint is of step 3
    together = compiled(new_gan(), 0.01, False, steps_per_execution=2)
    with pytest.raises(ValueError, match="3 batches of an epoch, which is no multiple of"):
        run_often(tmp_path, together, dataset=four)
    gan, history = run_often(tmp_path, dataset=four)
    assert int(gan.step) == 4 * EPOCHS and history.epoch == [0, 1, 2]


@pytest.mark.slow
def test_a_learning_rate_schedule_goes_on(tmp_path):
    class Rates(keras.callbacks.Callback):  # Keras's own callback looks for `model.optimizer`
        def on_epoch_begin(self, epoch, logs=None):
            for optimizer in (self.model.g_optimizer, self.model.d_optimizer):
                optimizer.learning_rate = 0.01 / (1 + epoch)

    whole = run_often(tmp_path / "whole", also=[Rates()])
    with pytest.raises(Stop):
        run_often(tmp_path / "broken", also=[Rates()], stop_after=3)
    assert_same_run(*run_often(tmp_path / "broken", also=[Rates()]), *whole)


@pytest.mark.slow
def test_other_callbacks_see_one_run(tmp_path):
    class Diary(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.seen = []

        def on_train_begin(self, logs=None):
            self.seen.append("begin")

        def on_epoch_begin(self, epoch, logs=None):
            self.seen.append(epoch)

        def on_train_end(self, logs=None):
            self.seen.append("end")

    with pytest.raises(Stop):
        run_often(tmp_path, stop_after=4)
    diary, grid = Diary(), callbacks.SampleGrid(np.zeros((2, 3)), every=3)
    run_often(tmp_path, also=[diary, grid])
    assert diary.seen == ["begin", 1, 2, "end"]
    assert diary.params["epochs"] == EPOCHS
    assert grid.epochs == [3]  # no extra picture at the end of the broken epoch


@pytest.mark.slow
def test_several_steps_at_once(tmp_path):
    def gan():
        return compiled(new_gan(), 0.01, False, steps_per_execution=2)

    longer = {"steps_per_epoch": 4, "epochs": 2}
    whole = gan()
    history = whole.fit(stream(), verbose=0, **longer)
    with pytest.raises(Stop):
        run_often(tmp_path, gan(), stop_after=6, **longer)
    assert_same_run(*run_often(tmp_path, gan(), **longer), whole, history)

    odd = new_gan()
    odd.compile(steps_per_execution=3)
    with pytest.raises(ValueError, match=r"2 batches.*steps_per_execution=3.*steps_per_epoch=3"):
        run_often(tmp_path / "odd", odd)


@pytest.mark.slow
def test_another_length_of_an_epoch(tmp_path):
    whole = new_gan()
    history = whole.fit(stream(), epochs=2, steps_per_epoch=3, verbose=0)
    with pytest.raises(Stop):
        run_often(tmp_path, stop_after=5, epochs=2, steps_per_epoch=3)
    assert_same_run(*run_often(tmp_path, epochs=2, steps_per_epoch=3), whole, history)


# Files that are not whole -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory):
    """A folder with a checkpoint after step 3, in the second epoch, and one after step 2."""
    folder = tmp_path_factory.mktemp("broken")
    with pytest.raises(Stop):
        run_often(folder, stop_after=4)
    return folder


@pytest.fixture
def broken_run(broken_off, tmp_path):
    """A copy of that folder, as the two files' paths."""
    shutil.copytree(broken_off, tmp_path, dirs_exist_ok=True)
    return tmp_path / "checkpoint.npz", tmp_path / "checkpoint.previous.npz"


@pytest.mark.parametrize(
    "share", [0.5, *(pytest.param(share, marks=pytest.mark.slow) for share in (0.0, 0.999))]
)
def test_a_truncated_checkpoint_gives_way_to_the_one_before(
    share, broken_run, tmp_path, unbroken, capsys
):
    current, previous = broken_run
    good = previous.read_bytes()
    whole = current.read_bytes()
    current.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(Stop):  # at once: the good one must not be lost by the next checkpoint
        run_often(tmp_path, stop_after=3)
    assert "is not whole" in capsys.readouterr().out
    kept = {path.read_bytes() for path in (current, previous) if path.exists()}
    assert good in kept and b"" not in kept and whole[: int(share * len(whole))] not in kept
    assert_same_run(*run_often(tmp_path), *unbroken)


@pytest.mark.slow
def test_stopped_between_the_two_renames(broken_run, tmp_path, unbroken):
    current, previous = broken_run
    previous.unlink()
    current.rename(previous)
    assert_same_run(*run(tmp_path), *unbroken)


def test_when_none_is_whole_it_says_so_and_touches_nothing(broken_run, tmp_path):
    for path in broken_run:
        path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"No checkpoint in .* is whole.*Move them away"):
        run(tmp_path)
    assert [path.stat().st_size for path in broken_run] == [1000, 1000]


@pytest.mark.slow
def test_no_change_of_a_byte_goes_unnoticed(broken_run, tmp_path):
    current, previous = broken_run
    previous.unlink()
    whole = current.read_bytes()
    gan = new_gan()
    checkpoint, batches = checkpoints.Checkpoint(tmp_path), stream()
    checkpoint.restore(gan, batches)
    expected = [np.asarray(variable) for variable in gan.state()]
    rng = np.random.default_rng(0)
    refused = 0
    for place in rng.choice(len(whole), 150, replace=False):
        changed = bytearray(whole)
        changed[place] ^= 1 << int(rng.integers(8))
        current.write_bytes(changed)
        try:
            checkpoint.restore(gan, batches)
        except ValueError:
            refused += 1
            continue
        # Some bytes of a zip archive mean nothing (dates, flags): then all must be as it was.
        for variable, value in zip(gan.state(), expected, strict=True):
            np.testing.assert_array_equal(np.asarray(variable), value)
    assert refused > 50


def test_a_hostile_pickle_is_not_run(broken_run, tmp_path):
    current, previous = broken_run
    previous.unlink()

    class Hostile:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "hacked"),))

    np.savez(current, notes=np.array([Hostile()], dtype=object))
    with pytest.raises(ValueError, match="is whole"):
        run(tmp_path)
    assert not (tmp_path / "hacked").exists()


# Another precision --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("mixed_float16", "mixed_bfloat16"),
        ("mixed_bfloat16", "mixed_float16"),
        pytest.param("mixed_float16", "float32", marks=pytest.mark.slow),
        pytest.param("float32", "mixed_float16", marks=pytest.mark.slow),
    ],
)
def test_a_run_of_one_precision_goes_on_in_another(first, second, tmp_path, capsys):
    def train(policy, epochs):
        keras.config.set_dtype_policy(policy)
        try:
            gan = full_gan()
        finally:
            keras.config.set_dtype_policy("float32")
        return run(tmp_path, gan, epochs=epochs)

    before, _ = train(first, 1)
    kernel = before.generator.get_weights()[0]
    capsys.readouterr()
    gan, history = train(second, 2)
    said = capsys.readouterr().out.splitlines()
    names = [policy.removeprefix("mixed_") for policy in (first, second)]
    assert len(said) == 2 and f"in {names[0]} and goes on in {names[1]}" in said[0]
    assert int(gan.step) == 4 and len(history.history["d_loss"]) == 2
    moved = np.abs(gan.generator.get_weights()[0] - kernel).max()
    assert 0 < moved < 0.05  # it went on from there, by two steps of Adam with a rate of 0.01
    if second == "mixed_float16":
        assert float(gan.d_optimizer.dynamic_scale) == 2.0**15  # as Keras begins
    train(second, 2)
    assert "goes on in" not in capsys.readouterr().out


# Other arguments ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gan": {"seed": 5}}, "seed was 0, is now 5"),
        ({"gan": {"loss": "hinge"}}, "loss was non_saturating, is now hinge"),
        ({"gan": {"penalties": {"r1": 2.0}}}, r"penalties\.r1 was None, is now 2"),
        ({"gan": {"ema": 0.5}}, "ema was 0.9, is now 0.5"),
        ({"gan": {"ema": None}}, "ema was 0.9, is now None"),
        ({"gan": {"discriminator_steps": 2}}, "discriminator_steps was 1, is now 2"),
        ({"gan": {"rate": 0.001}}, r"optimizers\.g\.learning_rate was 0.0"),
        ({"optimizers": keras.optimizers.SGD}, r"optimizers\.g\.beta_1 was 0.9, is now None"),
        ({"data": {"batch_size": 5}}, r"data\.batch_size was 4, is now 5"),
        ({"data": {"seed": 9}}, r"data\.seed was 0, is now 9"),
        ({"data": {"pixels": images(n=8)}}, r"data\.n was 7, is now 8"),
        ({"data": {"pixels": images(seed=1)}}, r"data\.first batch was"),
        ({"fit": {"steps_per_epoch": 5}}, "steps_per_epoch was 2, is now 5"),
    ],
)  # fmt: skip
def test_a_run_with_other_arguments_is_refused(change, message, broken_off):
    gan = new_gan(**change.get("gan", {}))
    if "optimizers" in change:
        optimizer = change["optimizers"]
        gan.compile(g_optimizer=optimizer(0.01), d_optimizer=optimizer(0.01))
    before = weights_of(gan)
    with pytest.raises(ValueError, match=message) as error:
        run(broken_off, gan, dataset=stream(**change.get("data", {})), **change.get("fit", {}))
    assert "another folder" in str(error.value)
    for one, other in zip(weights_of(gan), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_other_networks_are_refused(broken_off):
    other = GAN(
        networks.dense_generator(3, (4, 4, 1), (5,)),
        networks.dense_discriminator((4, 4, 1), (5,)),
        3,
        ema=0.9,
    )
    compiled(other, 0.01, True)
    with pytest.raises(ValueError, match="other weights"):
        run(broken_off, other)


def test_networks_of_equal_shapes_and_other_settings_are_refused(tmp_path):
    def gan_with(dropout, alpha=0.2, name=None):
        keras.utils.set_random_seed(1)
        g = networks.dense_generator(3, (4, 4, 1), (5,))
        x = keras.layers.Flatten()(pixels := keras.Input((4, 4, 1)))
        x = keras.layers.LeakyReLU(alpha)(keras.layers.Dense(4, name=name)(x))
        d = keras.Model(pixels, keras.layers.Dense(1)(keras.layers.Dropout(dropout, seed=1)(x)))
        return compiled(GAN(g, d, 3), 0.01, True)

    run(tmp_path, gan_with(0.3), epochs=1)
    run(tmp_path, gan_with(0.3, name="other_name"), epochs=2)  # a name is no setting
    for other in (gan_with(0.5), gan_with(0.3, alpha=0.1)):
        with pytest.raises(ValueError, match=r"built\.discriminator was .* Set these back"):
            run(tmp_path, other)


def test_a_file_from_before_networks_were_described_is_read(tmp_path, monkeypatch):
    described = checkpoints.Checkpoint._arguments

    def as_before(self, gan):
        arguments = described(self, gan)
        return {key: arguments[key] for key in arguments if key not in ("built", "class_weight")}

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.Checkpoint, "_arguments", as_before)
        patch.setattr(checkpoints.Checkpoint, "_different", lambda *_: [])
        run(tmp_path, epochs=1)
    gan, _ = run(tmp_path, epochs=2)
    assert int(gan.step) == 4


def test_a_stream_that_cannot_start_in_the_middle_is_refused(tmp_path):
    import tensorflow as tf

    plain = tf.data.Dataset.from_tensor_slices(images()).batch(BATCH)
    with pytest.raises(ValueError, match=r"ganlib\.data\.dataset"):
        run(tmp_path, dataset=plain)


# A full disk, and weights that are lost -----------------------------------------------------------


def assert_kept_after_a_failed_write(folder, gan, good):
    """The old file is whole, nothing half-written lies about, and the run can go on from it."""
    assert (folder / "checkpoint.npz").read_bytes() == good
    there = sorted(path.name for path in folder.iterdir())
    assert there == ["checkpoint.npz", "checkpoint.previous.npz"]  # the latter from the beginning
    assert checkpoints.Checkpoint(folder).restore(gan, stream()) == 2


def written_once(folder):
    gan, _ = run(folder, epochs=1)
    good = (folder / "checkpoint.npz").read_bytes()
    checkpoint = checkpoints.Checkpoint(folder)
    checkpoint.restore(gan, stream())
    return gan, checkpoint, good


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_is_an_oserror_with_advice(tmp_path, monkeypatch):
    gan, checkpoint, good = written_once(tmp_path)
    monkeypatch.setattr(files.secrets, "token_hex", lambda size: "own")
    (tmp_path / "checkpoint.unfinished-own.npz").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"could not be written.*[Nn]o space.*Make room") as error:
        checkpoint.save()
    assert error.value.errno == 28
    assert_kept_after_a_failed_write(tmp_path, gan, good)


@pytest.mark.slow
def test_a_disk_that_fills_up_half_way_keeps_the_old_file(tmp_path):
    resource = pytest.importorskip("resource")
    gan, checkpoint, good = written_once(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(good) // 2, hard))
    try:
        with pytest.raises(OSError, match=r"could not be written.*Make room"):
            checkpoint.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_kept_after_a_failed_write(tmp_path, gan, good)
    checkpoint.save()
    assert (tmp_path / "checkpoint.previous.npz").read_bytes() == good


def test_a_folder_that_is_a_file_is_an_oserror_with_advice(tmp_path):
    (tmp_path / "runs").write_text("not a folder")
    with pytest.raises(OSError, match="another folder"):
        run(tmp_path / "runs", epochs=1)


@pytest.mark.slow
def test_lost_weights_never_replace_good_ones(tmp_path, capsys):
    gan, _ = run_often(tmp_path, epochs=1)
    good = (tmp_path / "checkpoint.npz").read_bytes()

    class Spoil(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            kernel = self.model.generator.weights[0]
            kernel.assign(np.full(kernel.shape, np.nan))

    run_often(tmp_path, gan, also=[Spoil()], epochs=2)
    assert "NaN" in capsys.readouterr().out
    assert (tmp_path / "checkpoint.npz").read_bytes() == good
    gan, _ = run_often(tmp_path, epochs=2)
    assert all(np.isfinite(weight).all() for weight in weights_of(gan))


# kill -9 ------------------------------------------------------------------------------------------

CHILD = """
    import json, os, signal, sys
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import numpy as np
    import tensorflow as tf
    from ganlib import checkpoints, data, networks
    from ganlib.gan import GAN

    folder, moment, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(0)
    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    class Killer(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if moment == "step" and int(self.model.step) == at:
                die()

        def on_epoch_end(self, epoch, logs=None):
            if moment == "epoch end" and epoch == at:
                die()

    real_replace, real_fsync, writes = os.replace, os.fsync, [0]

    def replace(source, target):
        if moment == "between renames" and "unfinished" in str(source):
            writes[0] += 1
            if writes[0] == at:
                die()
        real_replace(source, target)

    def fsync(descriptor):
        if moment == "while writing":
            writes[0] += 1
            if writes[0] == at:
                os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
                die()
        real_fsync(descriptor)

    os.replace, os.fsync = replace, fsync

    generator = networks.dcgan_generator(8, width=2, seed=1)
    discriminator = networks.dcgan_discriminator(width=4, dropout=0.3, seed=2)
    gan = GAN(generator, discriminator, 8, penalties={"r1": 0.5, "gradient_penalty": 1.0},
              ema=0.9, discriminator_steps=2, seed=3)
    gan.compile()
    images = np.random.default_rng(0).integers(0, 256, (22, 32, 32, 3), np.uint8)
    dataset = data.dataset(images, batch_size=8, seed=5)  # 3 steps an epoch, the last one smaller
    resume = checkpoints.Checkpoint(folder, seconds=0)  # as often as it can
    history = gan.fit(dataset, epochs=4, resume=resume, callbacks=[Killer()], verbose=0)
    np.savez(folder + "/end.npz", *[np.asarray(variable) for variable in gan.state()])
    with open(folder + "/history.json", "w") as file:
        json.dump([history.epoch, history.history], file)
"""


def start(folder, moment="never", at=0):
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(folder), moment, str(at)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_killed_at_many_moments_it_ends_bit_for_bit_the_same(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    unbroken_run = start(whole)
    moments = [  # (what, when): each run goes on from what the last one left
        ("step", 2),  # in the middle of the first epoch
        ("while writing", 1),  # half a file under the unfinished name
        ("between renames", 2),  # only the file before it is there
        ("epoch end", 1),  # the epoch is over, its means not yet written
        ("step", 9),  # the last step of an epoch
    ]
    for moment, at in moments:
        child = start(broken, moment, at)
        _, errors = child.communicate(timeout=900)
        assert child.returncode == -signal.SIGKILL, (moment, at, errors[-2000:])
    for child in (start(broken), unbroken_run):
        _, errors = child.communicate(timeout=900)
        assert child.returncode == 0, errors[-2000:]
    with np.load(whole / "end.npz") as one, np.load(broken / "end.npz") as other:
        assert one.files == other.files and len(one.files) > 50
        for name in one.files:
            np.testing.assert_array_equal(one[name], other[name])
    epochs, curves = json.loads((whole / "history.json").read_text())
    assert epochs == [0, 1, 2, 3] and all(len(values) == 4 for values in curves.values())
    assert json.loads((broken / "history.json").read_text()) == [epochs, curves]
