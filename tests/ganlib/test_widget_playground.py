"""The game in the plane, what is seen of it, and the playground without a browser."""

import dataclasses
import io
import itertools
import time

import keras
import matplotlib.image
import numpy as np
import pytest
import tensorflow as tf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ganlib import toys
from ganlib.gan import GAN
from ganlib.widgets import PlaneGame, plane, plane_figure, plane_film, plane_playground, playground

RING = toys.ring()


@pytest.fixture(scope="module")
def shared():
    """A game that was played a little; tests leave it where they found it."""
    game = PlaneGame(RING)
    game.play(3)
    return game


@pytest.fixture
def player():
    made = playground.Player(lambda player: None)
    made.speed = 1
    yield made
    made.pause()


def weights(game):
    return [variable.numpy().copy() for variable in game.gan.state()]


def same(ours, theirs):
    return all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))


# The game -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("d_steps", [1, 2])
def test_a_chunk_is_so_many_steps_of_a_gan(d_steps):
    game = PlaneGame(RING, d_steps=d_steps, seed=3)
    game.play(3)
    gan = GAN(*toys.networks(seed=3), 2, discriminator_steps=d_steps, ema=plane.EMA, seed=3)
    gan.compile(
        g_optimizer=keras.optimizers.Adam(plane.RATE, beta_1=0.5),
        d_optimizer=keras.optimizers.Adam(plane.RATE, beta_1=0.5),
        run_eagerly=True,
    )
    for step in range(3):
        gan.train_step(RING.batch(128 * d_steps, seed=3, step=step))
    assert game.step == 3
    for ours, theirs in zip(game.gan.get_weights(), gan.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_the_size_of_the_chunks_changes_nothing():
    one, other = PlaneGame(RING), PlaneGame(RING)
    one.play(5)
    other.play(2)
    other.play(3)
    assert same(one.gan.get_weights(), other.gan.get_weights())


@pytest.mark.slow
def test_history_holds_the_mean_losses_of_each_chunk():
    one, other = PlaneGame(RING), PlaneGame(RING)
    one.play(4)
    for _ in range(4):
        other.play(1)
    assert [step for step, *_ in one.history] == [4]
    assert [step for step, *_ in other.history] == [1, 2, 3, 4]
    assert one.history[0][1:] == pytest.approx(np.mean(other.history, axis=0)[1:], rel=1e-5)


@pytest.mark.slow
def test_reset_goes_back_to_the_very_start():
    game = PlaneGame(RING)
    start = weights(game)
    game.play(4)
    after = weights(game)
    game.reset()
    assert game.step == 0 and game.history == [] and same(weights(game), start)
    game.play(4)
    assert same(weights(game), after)


@pytest.mark.slow
@pytest.mark.parametrize("player_that_rests", ["generator", "discriminator"])
def test_a_player_with_rate_zero_rests_also_after_a_reset(player_that_rests):
    game = PlaneGame(RING)
    networks = {"generator": game.gan.generator, "discriminator": game.gan.discriminator}
    rests = networks.pop(player_that_rests)
    (moves,) = networks.values()
    game.play(1)
    game.set_rates(*((0.0, 1e-3) if player_that_rests == "generator" else (1e-3, 0.0)))
    game.reset()
    before = rests.get_weights(), moves.get_weights()
    game.play(2)
    assert same(rests.get_weights(), before[0]) and not same(moves.get_weights(), before[1])


def test_play_refuses_no_steps(shared):
    with pytest.raises(ValueError, match="steps is 0, but must be"):
        shared.play(0)


# What is seen -------------------------------------------------------------------------------------


def test_the_surface_is_what_d_says_of_each_place(shared):
    surface = shared.look().surface
    corners = {
        (0, 0): (-3, -3),
        (0, -1): (3, -3),
        (-1, 0): (-3, 3),
        (-1, -1): (3, 3),
        (30, 45): (1.5, 0),
    }
    for (row, column), place in corners.items():
        logit = float(shared.gan.discriminator(np.array([place], np.float32))[0, 0])
        assert surface[row, column] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-5)


def test_a_least_squares_game_is_undecided_at_one_half():
    """Its D aims at 1 and 0, not at logits: its output 0.5 must be white."""
    game = PlaneGame(RING, loss="least_squares")
    kernel, bias = game.gan.discriminator.layers[-1].get_weights()
    game.gan.discriminator.layers[-1].set_weights([0 * kernel, bias + 0.5])
    assert np.allclose(game.look().surface, 0.5)


def test_arrows_point_where_the_loss_of_that_point_falls(shared):
    """The two losses share D's gradient; they weigh it by 1 − σ(l) and by σ(l)."""
    minimax = PlaneGame(RING, loss="minimax")
    minimax.gan.set_weights(shared.gan.get_weights())
    look = shared.look()
    points = tf.constant(look.fake[: plane.ARROWS])
    with tf.GradientTape() as tape:
        tape.watch(points)
        logits = shared.gan.discriminator(points)
    slopes = tape.gradient(logits, points).numpy()
    sure = 1 / (1 + np.exp(-logits.numpy()))
    np.testing.assert_allclose(look.arrows, (1 - sure) * slopes, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(minimax.look().arrows, sure * slopes, rtol=1e-3, atol=1e-5)


def test_each_cell_of_the_latent_grid_holds_the_same_share():
    grid = plane.latent_grid().astype(float)
    lines = grid[:, 0, 0]
    assert np.array_equal(grid[0, :, 1], lines)
    latents = np.random.default_rng(0).standard_normal((200_000, 2))
    counts, _, _ = np.histogram2d(*latents.T, bins=[lines, lines])
    assert counts.mean() / len(latents) == pytest.approx(1 / plane.LINES**2, rel=0.01)
    assert counts.std() < 1.2 * np.sqrt(counts.mean())  # no more than chance


def test_the_sheet_is_the_image_of_the_grid(shared):
    look = shared.look()
    latents = plane.latent_grid()[3, 7][None]
    point = shared.gan.generator(latents).numpy()[0]
    np.testing.assert_allclose(look.lattice[3, 7], point, rtol=1e-4, atol=1e-6)


def test_the_average_is_another_generator_and_never_the_opponent(shared):
    now, averaged = shared.look(), shared.look(averaged=True)
    assert not np.allclose(now.fake, averaged.fake)
    assert np.array_equal(now.surface, averaged.surface)


def test_a_film_has_a_column_for_each_look(shared):
    film = plane_film(shared, [shared.look(), shared.look(averaged=True)], "a title")
    assert len(film.axes) == 4 and film._suptitle.get_text() == "a title"
    assert "round 3" in film.axes[0].get_title()


def test_the_figure_has_the_losses_of_the_game(shared):
    figure = plane_figure(shared, title="a title")
    d_curve, g_curve = [line for line in figure.axes[2].lines if line.get_label()[0] != "_"]
    assert d_curve.get_ydata() == pytest.approx([shared.history[0][1]])
    assert g_curve.get_ydata() == pytest.approx([shared.history[0][2]])


@pytest.mark.parametrize("steps", [0, 1001, 10_001, 50_001])
def test_no_number_at_the_axes_is_cut_off(shared, steps):
    look = dataclasses.replace(shared.look(), step=steps)
    board = playground._Board(Figure(figsize=playground.SIZE, dpi=100), shared, top=0.9)
    board.show(look, shared.history)
    board.figure.canvas.draw()
    numbers = [text.get_window_extent() for text in board.losses.get_xticklabels()]
    assert numbers[-1].x1 < board.figure.bbox.x1
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(numbers))


# The playground -----------------------------------------------------------------------------------


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


@pytest.mark.slow
def test_frames_follow_each_other_until_the_pause(player):
    player.begin(PlaneGame(RING))
    first = player.picture
    player.play()
    until(lambda: player.game.step >= 3)
    player.pause()
    stood, shown = player.game.step, player.picture
    time.sleep(0.3)
    assert (player.game.step, player.picture) == (stood, shown)
    assert shown != first and not player.playing


@pytest.mark.slow
def test_what_is_played_in_frames_is_the_same_game(player):
    player.begin(PlaneGame(RING))
    player.play()
    until(lambda: player.game.step >= 5)
    player.pause()
    alone = PlaneGame(RING)
    alone.play(player.game.step)
    assert same(alone.gan.get_weights(), player.game.gan.get_weights())


@pytest.mark.slow
def test_pause_and_play_in_one_breath_leave_one_thread(player):
    player.begin(PlaneGame(RING))
    player.play()
    until(lambda: player.game.step >= 1)
    old = player.thread
    player.pause()
    player.play()
    until(lambda: not old.is_alive())
    stood = player.game.step
    until(lambda: player.game.step > stood)
    assert player.playing


@pytest.mark.slow
def test_a_second_playground_stops_the_first(player):
    player.begin(PlaneGame(RING))
    player.play()
    until(lambda: player.game.step >= 1)
    other = playground.Player(lambda player: None)
    assert not player.playing
    other.begin(PlaneGame(RING))
    player.play()
    assert player.playing
    other.play()
    assert other.playing and not player.playing
    other.pause()


@pytest.mark.slow
def test_it_stops_when_its_picture_is_closed():
    closed = []
    player = playground.Player(lambda player: None, gone=lambda: bool(closed))
    player.begin(PlaneGame(RING))
    player.play()
    until(lambda: player.game.step >= 1)
    closed.append(True)
    until(lambda: not player.thread.is_alive())
    assert not player.playing


def test_a_forgotten_playground_pauses_itself(player, monkeypatch):
    monkeypatch.setattr(playground, "PAUSES_AFTER", 0.0)
    player.begin(PlaneGame(RING))
    player.play()
    until(lambda: not player.thread.is_alive())
    assert not player.playing


@pytest.mark.slow
def test_a_failed_game_is_told_and_can_be_reset(player):
    player.begin(PlaneGame(RING))
    bad = player.game.gan.generator
    bad.set_weights([weight * np.nan for weight in bad.get_weights()])
    player.step()
    assert "failed" in player.status and "reset" in player.status
    player.reset()
    assert player.status.startswith("Round 0 · 0 of 8 modes")


def test_an_error_in_a_frame_is_told(player, monkeypatch):
    player.begin(PlaneGame(RING))
    monkeypatch.setattr(player.game, "play", lambda steps: 1 / 0)
    player.play()
    until(lambda: not player.thread.is_alive())
    assert "ZeroDivisionError" in player.status and not player.playing


@pytest.mark.slow
def test_the_controls_do_what_they_say():
    box = plane_playground()
    game_row, rates_row, buttons_row, status, picture = box.children
    data, loss, d_steps = game_row.children
    g_rate, d_rate, speed = rates_row.children
    play, step, reset, averaged = buttons_row.children
    player = playground.Player.current
    assert status.value.startswith("Round 0")

    speed.value = 5
    step.click()
    assert player.game.step == 5 and status.value.startswith("Round 5 ·")
    shown = picture.value
    averaged.value = True
    assert picture.value != shown and picture.value == player.picture

    g_rate.value, d_rate.value = 1.5e-2, 1.5e-4
    rates = [
        float(o.learning_rate) for o in (player.game.gan.g_optimizer, player.game.gan.d_optimizer)
    ]
    assert rates == pytest.approx([1.5e-2, 1.5e-4])
    assert player.game.step == 5

    reset.click()
    assert player.game.step == 0
    play.click()
    assert play.description == "pause"
    until(lambda: player.game.step > 0)
    play.click()
    assert play.description == "play"

    data.value, loss.value, d_steps.value = "grid", "hinge", 2
    gan = player.game.gan
    assert len(player.game.toy.modes) == 25 and player.game.step == 0
    assert (gan.adversarial_loss.name, gan.discriminator_steps) == ("hinge", 2)
    assert float(gan.g_optimizer.learning_rate) == pytest.approx(1.5e-2)


@pytest.mark.slow
def test_what_takes_long_is_announced_at_once():
    box = plane_playground()
    (data, *_), (_, step, reset, _) = box.children[0].children, box.children[2].children
    said = []
    box.children[3].observe(lambda change: said.append(change["new"]), names="value")
    data.value = "spiral"
    assert said[0].startswith("Making a new game") and " of 20 modes" in said[1]
    step.click()
    assert said[2].startswith("Compiling") and said[3].startswith("Round 20 ·")
    reset.click()
    step.click()
    assert len(said) == 6  # it was compiled before


@pytest.mark.slow
def test_running_the_cell_again_stops_the_playground_and_closing_it_too():
    first = plane_playground()
    one = playground.Player.current
    first.children[2].children[0].click()
    assert one.playing
    second = plane_playground()
    other = playground.Player.current
    assert not one.playing and other is not one
    second.children[2].children[0].click()
    until(lambda: other.game.step > 0)
    second.close()
    until(lambda: not other.thread.is_alive())


def test_the_picture_is_a_jpeg_of_its_size(player):
    player.begin(PlaneGame(RING))
    pixels = matplotlib.image.imread(io.BytesIO(player.picture), format="jpeg")
    assert pixels.shape == (360, 920, 3)


@pytest.mark.slow
def test_a_frame_takes_less_than_a_tenth_of_a_second(player):
    """Time on the processor, training included, so that other work on the machine does
    not count.
    """
    player.begin(PlaneGame(RING))
    player.speed = 20
    player.frame()
    began = time.process_time()
    for _ in range(20):
        player.frame()
    assert (time.process_time() - began) / 20 < 0.1


def test_the_plane_draws_arrows_and_surface_as_they_are():
    rng = np.random.default_rng(0)
    fake, arrows = 99 + rng.normal(size=(2000, 2)), rng.normal(size=(60, 2))
    surface = np.repeat(np.arange(61.0) > 30, 61).reshape(61, 61).astype(float)  # real above
    look = plane.Look(0, surface, fake, arrows, np.zeros((25, 25, 2)), None)
    figure = Figure(figsize=(2, 2), dpi=100)
    shown = plane.Plane(figure.add_axes((0, 0, 1, 1)), RING)
    shown.show(look)
    drawn = np.column_stack([shown.arrows.U, shown.arrows.V])
    lengths = np.linalg.norm(drawn, axis=1) * np.linalg.norm(arrows, axis=1)
    np.testing.assert_allclose((drawn * arrows).sum(axis=1) / lengths, 1)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    above, below = np.asarray(canvas.buffer_rgba()).astype(int)[[12, 188], 100]
    assert above[2] > above[0] + 30 and below[0] > below[2] + 30
