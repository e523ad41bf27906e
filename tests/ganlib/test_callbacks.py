"""Pictures, the stop on failure, and the live figure. Checkpoints have a file of their own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import callbacks, data, keeping
from ganlib.gan import GAN


def pixels(n=8):
    return np.random.default_rng(0).integers(0, 256, (n, 4, 4, 3), np.uint8)


def small_gan(g_rate=0.01, d_rate=0.01, optimizer=keras.optimizers.SGD, classes=0, **options):
    keras.utils.set_random_seed(0)
    latents = g_inputs = g = keras.Input((2,))
    images = d_inputs = keras.Input((4, 4, 3))
    d = keras.layers.Flatten()(images)
    if classes:
        g_labels, d_labels = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
        g_inputs, d_inputs = [latents, g_labels], [images, d_labels]
        g = keras.layers.Concatenate()([g, keras.layers.Embedding(classes, 3)(g_labels)])
        d = keras.layers.Concatenate()([d, keras.layers.Embedding(classes, 3)(d_labels)])
    g = keras.layers.Reshape((4, 4, 3))(keras.layers.Dense(48, "tanh")(g))
    gan = GAN(
        keras.Model(g_inputs, g), keras.Model(d_inputs, keras.layers.Dense(1)(d)), 2, **options
    )
    gan.compile(g_optimizer=optimizer(g_rate), d_optimizer=optimizer(d_rate), run_eagerly=True)
    return gan


def fit(gan, *each, epochs=1, images=None, batch_size=4, labels=None):
    stream = data.dataset(pixels() if images is None else images, labels, batch_size=batch_size)
    return gan.fit(stream, epochs=epochs, verbose=0, callbacks=each)


# SampleGrid ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("every", "epochs", "expected"),
    [(1, 3, [1, 2, 3]), (2, 5, [2, 4, 5]), (2, 4, [2, 4]), (10, 3, [3])],
)
def test_pictures_are_taken_when_due_and_at_the_end(every, epochs, expected):
    grid = callbacks.SampleGrid(np.zeros((3, 2)), every=every)
    fit(small_gan(), grid, epochs=epochs)
    assert grid.epochs == expected and len(grid.grids) == len(expected)
    for picture in grid.grids:
        assert picture.shape == (3, 4, 4, 3) and picture.dtype == np.uint8


def test_the_last_picture_of_a_second_run_is_taken():
    grid = callbacks.SampleGrid(np.zeros((3, 2)), every=2)
    for _ in range(2):
        fit(small_gan(), grid, epochs=3)
    assert grid.epochs == [2, 3, 2, 3]


def test_a_second_run_of_one_epoch_has_its_picture():
    grid = callbacks.SampleGrid(np.zeros((3, 2)), every=2)
    for _ in range(2):
        fit(small_gan(), grid, epochs=1)
    assert grid.epochs == [1, 1]


def test_the_last_picture_and_measure_of_a_run_that_was_stopped_are_taken(tmp_path):
    class StopIn(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = int(self.model.step) >= 3  # in the second of nine epochs

    grid = callbacks.SampleGrid(np.zeros((3, 2)), every=4)
    best = keeping.KeepBest(tmp_path / "gan.keras", np.mean, n=2, every=4)
    fit(small_gan(), StopIn(), grid, best, epochs=9)
    assert grid.epochs == [2] and list(best.values) == [2] and best.best[0] == 2


def test_pictures_show_the_same_latents_and_change_with_the_weights():
    latents = np.random.default_rng(1).normal(size=(2, 2))
    gan, grid = small_gan(g_rate=0.5), callbacks.SampleGrid(latents)
    fit(gan, grid, epochs=2)
    np.testing.assert_array_equal(grid.grids[-1], data.to_uint8(gan.generate(latents)))
    assert not np.array_equal(grid.grids[0], grid.grids[1])


def test_pictures_by_label():
    grid = callbacks.SampleGrid(np.zeros((2, 2)), labels=[0, 1])
    fit(small_gan(classes=2), grid, labels=np.arange(8) % 2)
    assert not np.array_equal(grid.grids[0][0], grid.grids[0][1])


@pytest.mark.slow
def test_a_run_that_was_over_already_still_gives_a_picture(tmp_path):
    latents, stream = np.zeros((3, 2)), data.dataset(pixels(), batch_size=4)
    for _ in range(2):
        gan, grid = small_gan(ema=0.9), callbacks.SampleGrid(latents, every=2)
        gan.fit(stream, epochs=3, verbose=0, callbacks=[grid], resume=tmp_path)
    assert grid.epochs == [3]
    np.testing.assert_array_equal(grid.grids[0], data.to_uint8(gan.generate(latents)))


def test_a_picture_every_zero_epochs_is_refused():
    with pytest.raises(ValueError, match="every is 0"):
        callbacks.SampleGrid(np.zeros((3, 2)), every=0)


# StopOnFailure ------------------------------------------------------------------------------------


def test_nan_stops_the_run_and_says_when_and_what_helps(capsys):
    guard = callbacks.StopOnFailure(window=5)
    gan = small_gan(1e6, 1e6, loss="least_squares")
    fit(gan, guard, epochs=20)
    assert int(gan.step) < 40 and gan.stop_training
    assert capsys.readouterr().out.strip() == guard.message
    step = int(gan.step)
    assert f"at step {step}" in guard.message
    assert "NaN" in guard.message and "learning rate" in guard.message and "d_loss" in guard.message


def test_nan_in_the_data_is_noticed_at_the_end_of_the_epoch_at_the_latest():
    guard, gan = callbacks.StopOnFailure(window=1000), small_gan()
    images = data.to_network(pixels())
    images[5] = np.nan
    dataset = tf.data.Dataset.from_tensor_slices(images).batch(4)  # ganlib.data refuses NaN
    gan.fit(dataset, epochs=5, verbose=0, callbacks=[guard])
    assert int(gan.step) == 2 and "NaN" in guard.message


@pytest.mark.slow
def test_a_discriminator_that_has_won_stops_the_run(capsys):
    # Real images white, generated ones grey, and a generator that does not learn.
    guard = callbacks.StopOnFailure(window=10)
    gan = small_gan(g_rate=0.0, d_rate=2.0)
    fit(gan, guard, images=np.full((40, 4, 4, 3), 255, np.uint8), batch_size=1, epochs=10)
    assert guard.message is not None and capsys.readouterr().out.strip() == guard.message
    assert int(gan.step) < 400 and int(gan.step) % 10 == 0
    for word in (f"step {int(gan.step)}", "discriminator has won", "loss", "logit", "r1"):
        assert word in guard.message


@pytest.mark.slow
def test_the_window_reaches_across_short_epochs():
    # Epochs of 4 steps are shorter than the window; still a won game is told.
    guard, gan = callbacks.StopOnFailure(window=10), small_gan(g_rate=0.0, d_rate=2.0)
    fit(gan, guard, images=np.full((4, 4, 4, 3), 255, np.uint8), batch_size=1, epochs=100)
    assert guard.message is not None and int(gan.step) % 10 == 0


@pytest.mark.slow
def test_steps_that_run_together_are_counted_one_by_one():
    looks = []

    class Counting(callbacks.StopOnFailure):
        def _look(self):
            looks.append(int(self.model.step))
            super()._look()

    gan, guard = small_gan(), Counting(window=5)
    gan.compile(g_optimizer="sgd", d_optimizer="sgd", steps_per_execution=4)
    gan.fit(data.dataset(pixels(), batch_size=4), steps_per_epoch=16, verbose=0, callbacks=[guard])
    # At 8 there are 5 or more behind, at 16 again; and once at the end of the epoch.
    assert looks == [8, 16, 16]


class ScriptedMeans(keras.callbacks.Callback):
    """Writes a given course of discriminator losses into the GAN's running mean."""

    def __init__(self, values):
        super().__init__()
        self.values = iter(values)

    def on_epoch_begin(self, epoch, logs=None):
        self.total = 0.0

    def on_train_batch_end(self, batch, logs=None):
        self.total += next(self.values)
        self.model.means["d_loss"].total.assign(self.total)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "stopped"),
    [
        ([1.0] * 12, False),
        ([0.019] * 12, True),
        ([1.0] * 4 + [0.001] * 8, True),
        ([0.001, 1.0] * 6, False),  # a lucky batch is no victory
        ([1.0] * 11 + [0.0], False),  # nor is a single one left at the end
    ],
)
def test_the_discriminator_has_won_only_if_its_loss_stays_low(values, stopped):
    gan, guard = small_gan(), callbacks.StopOnFailure(window=4)
    fit(gan, ScriptedMeans(values), guard, batch_size=4, epochs=6)
    assert (guard.message is not None) == stopped


def test_the_wasserstein_loss_has_no_bound_to_fall_below():
    gan, guard = small_gan(loss="wasserstein"), callbacks.StopOnFailure(window=2)
    fit(gan, ScriptedMeans([-50.0] * 8), guard, epochs=4)
    assert guard.message is None


@pytest.mark.slow
def test_a_healthy_run_is_left_alone(capsys):
    rng = np.random.default_rng(0)
    real = rng.normal((1.0, 0.0), 0.5, (512, 2)).astype(np.float32)
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    discriminator = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(16, "leaky_relu"), keras.layers.Dense(1)]
    )
    gan, guard = GAN(generator, discriminator, 2), callbacks.StopOnFailure(window=10)
    gan.compile(
        g_optimizer=keras.optimizers.Adam(0.01, 0.5), d_optimizer=keras.optimizers.Adam(0.01, 0.5)
    )
    history = gan.fit(data.dataset(real, batch_size=32), epochs=8, verbose=0, callbacks=[guard])
    assert guard.message is None and len(history.epoch) == 8
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_a_new_run_forgets_the_message_of_the_last():
    guard = callbacks.StopOnFailure(window=2)
    fit(small_gan(1e6, 1e6, loss="least_squares"), guard, epochs=20)
    assert guard.message is not None
    fit(small_gan(), guard, epochs=2)
    assert guard.message is None


def test_a_window_of_no_steps_is_refused():
    with pytest.raises(ValueError, match="window is 0"):
        callbacks.StopOnFailure(window=0)


# LivePlot -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_live_figure_does_no_harm_outside_of_a_notebook(capsys):
    pytest.importorskip("ganlib.plots")
    live = callbacks.LivePlot(np.zeros((4, 2)))
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    history = fit(small_gan(), live, epochs=2)
    assert [entry["d_loss"] for entry in live.logs] == history.history["d_loss"]
    assert plt.get_fignums() == before  # nothing more is left open


@pytest.mark.slow
def test_the_live_figure_is_one_that_is_drawn_anew(monkeypatch):
    pytest.importorskip("ganlib.plots")
    shown, updated = [], []

    class Handle:
        def update(self, figure):
            updated.append(figure)

    def display(figure, display_id=False):
        shown.append((figure, display_id))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    fit(small_gan(), callbacks.LivePlot(np.zeros((4, 2))), epochs=3)
    assert len(shown) == 1 and shown[0][1] is True and len(updated) == 2
    figure = updated[-1]
    assert "3" in figure.get_suptitle()
    curves = [line for axes in figure.axes for line in axes.lines if len(line.get_xdata()) == 3]
    assert len(curves) >= 4  # two losses and two mean logits, over three epochs


@pytest.mark.slow
def test_the_live_figure_of_a_resumed_run_shows_the_earlier_epochs(monkeypatch, tmp_path):
    pytest.importorskip("ganlib.plots")
    monkeypatch.setattr("IPython.display.display", lambda figure, display_id=False: None)
    stream = data.dataset(pixels(), batch_size=4)
    small_gan().fit(stream, epochs=2, resume=tmp_path, verbose=0)
    live = callbacks.LivePlot(np.zeros((4, 2)))
    history = small_gan().fit(stream, epochs=3, resume=tmp_path, verbose=0, callbacks=[live])
    assert [entry["d_loss"] for entry in live.logs] == history.history["d_loss"]
    assert len(live.logs) == 3


# Samples that are no pictures ---------------------------------------------------------------------


def test_pictures_do_not_defeat_the_guard(capsys):
    grid, guard = callbacks.SampleGrid(np.ones((2, 2))), callbacks.StopOnFailure(window=50)
    live = callbacks.LivePlot(np.ones((2, 2)))
    gan = small_gan(1e6, 1e6, loss="least_squares")
    history = fit(gan, live, guard, grid, epochs=20)
    assert "NaN" in guard.message and guard.message in capsys.readouterr().out
    assert 0 < len(history.epoch) < 20 and len(grid.grids) < len(history.epoch)


def wide_gan(factor):
    """Its generator has no tanh and makes 0 everywhere but for one pixel."""
    x = latents = keras.Input((2,))
    x = keras.layers.Dense(48, kernel_initializer="zeros", use_bias=True)(x)
    generator = keras.Model(latents, keras.layers.Reshape((4, 4, 3))(x))
    gan = GAN(generator, small_gan().discriminator, 2)
    bias = np.zeros(48, np.float32)
    bias[:6] = factor
    generator.layers[1].bias.assign(bias)
    gan.compile(g_optimizer=keras.optimizers.SGD(0.0), d_optimizer=keras.optimizers.SGD(0.0))
    return gan


def test_samples_beyond_the_range_are_clipped_and_told_once(capsys):
    grid = callbacks.SampleGrid(np.ones((2, 2)))
    fit(wide_gan(3.0), grid, epochs=3)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1 and "12.5%" in said[0] and "up to 3;" in said[0] and "tanh" in said[0]
    assert len(grid.grids) == 3
    assert sorted(np.unique(grid.grids[0]).tolist()) == [128, 255]
    fit(wide_gan(1.0), callbacks.SampleGrid(np.ones((2, 2))), epochs=1)
    assert capsys.readouterr().out == ""


def test_a_film_shows_each_grid(tmp_path):
    from PIL import Image

    grid = callbacks.SampleGrid(np.random.default_rng(0).normal(size=(5, 2)))
    with pytest.raises(ValueError, match="no pictures yet"):
        grid.save_gif(tmp_path / "film.gif")
    fit(small_gan(g_rate=0.5), grid, epochs=3)
    with pytest.raises(ValueError, match=r"end in \.gif"):
        grid.save_gif(tmp_path / "film.png")
    grid.save_gif(tmp_path / "new" / "film.gif", columns=3)
    with Image.open(tmp_path / "new" / "film.gif") as film:
        assert film.n_frames == 3 and film.size == (3 * 12, 2 * 12)
        film.seek(2)
        shown = np.asarray(film.convert("RGB")).astype(int)
    # Image 4 is in the second row and column, twice as large; a GIF has 256 colours.
    assert np.abs(shown[14:22:2, 14:22:2] - grid.grids[2][4]).mean() < 8
    assert (shown[12:24, 24:36] == 255).all()  # the sixth place is empty


# KeepBest -----------------------------------------------------------------------------------------


def test_the_best_is_kept_and_a_resumed_run_knows_it(tmp_path):
    given = iter([3.0, 1.0, 2.0, 5.0, 0.5])
    sizes, kept = [], tmp_path / "best" / "gan.keras"

    def measure(drawn):
        assert drawn.dtype == np.uint8
        sizes.append(len(drawn))
        return np.float32(next(given))

    stream, weights = data.dataset(pixels(), batch_size=4), {}

    class Remember(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            weights[epoch + 1] = self.model.generator.get_weights()

    def run(epochs):
        best = keeping.KeepBest(kept, measure, n=7)
        gan = small_gan()
        gan.fit(stream, epochs, resume=tmp_path / "run", callbacks=[Remember(), best], verbose=0)
        return best

    best = run(3)
    assert best.values == {1: 3.0, 2: 1.0, 3: 2.0} and best.best == (2, 1.0)
    assert sizes == [7] * 3
    for one, other in zip(
        keras.saving.load_model(kept).generator.get_weights(), weights[2], strict=True
    ):
        np.testing.assert_array_equal(one, other)
    best = run(4)  # a worse one does not take its place
    assert best.values == {4: 5.0} and best.best == (2, 1.0)
    best = run(5)
    assert best.best == (5, 0.5)
    assert int(keras.saving.load_model(kept).step) == 10


def test_a_measure_that_is_no_number_is_never_the_best(tmp_path, capsys):
    given = iter([np.nan, 2.0, np.nan, 1.0])
    best = keeping.KeepBest(tmp_path / "gan.keras", lambda drawn: next(given), n=2)
    fit(small_gan(), best, epochs=4)
    assert best.best == (4, 1.0)
    assert capsys.readouterr().out.count("the measure is nan") == 2


def test_a_measure_is_taken_every_so_many_epochs_and_at_the_end(tmp_path):
    best = keeping.KeepBest(tmp_path / "gan.keras", np.mean, n=2, every=2)
    fit(small_gan(), best, epochs=5)
    assert sorted(best.values) == [2, 4, 5]
    with pytest.raises(ValueError, match=r"end in \.keras"):
        keeping.KeepBest(tmp_path / "gan.h5", np.mean)


def test_latents_and_labels_that_do_not_fit_are_refused_before_the_first_step(tmp_path):
    wrong = [
        callbacks.SampleGrid(np.zeros((2, 99)), every=9),
        callbacks.LivePlot(np.zeros((2, 99))),
    ]
    wrong.append(keeping.KeepBest(tmp_path / "gan.keras", np.mean, n=2, labels=[0, 1], every=9))
    for callback in wrong:
        gan = small_gan()
        with pytest.raises(ValueError, match=r"latents have shape|knows no labels"):
            fit(gan, callback, epochs=1)
        assert int(gan.step) == 0
