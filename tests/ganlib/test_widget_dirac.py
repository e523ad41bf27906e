"""The Dirac-GAN's explorer: the game and its matrix, the picture, and its controls."""

import io
import itertools

import keras
import matplotlib.image
import numpy as np
import pytest
import tensorflow as tf

from ganlib import losses, widgets
from ganlib.widgets import dirac

POSITIONS = [
    (rule, g_rate, d_rate, gamma, loss)
    for rule, loss in itertools.product(dirac.RULES, dirac.LOSSES)
    for g_rate, d_rate, gamma in ((0.2, 0.2, 0.0), (0.05, 0.4, 0.7), (0.9, 0.1, 1.5))
]


# The game -----------------------------------------------------------------------------------------


def by_tape(rule, g_rate, d_rate, gamma, loss, steps):
    """The same game, with the slopes of the library's losses and no formula of this module."""
    loss = losses.get(loss)
    theta, psi = tf.Variable(1.0), tf.Variable(0.0)
    path = [(1.0, 0.0)]
    for _ in range(steps):

        def logits(sample):
            return tf.reshape(psi * sample, (1, 1))

        with tf.GradientTape(persistent=True) as tape:
            d_loss = loss.discriminator(logits(0.0), logits(theta)) + gamma / 2 * psi**2
            g_loss = loss.generator(None, logits(theta))
        psi_slope, theta_slope = tape.gradient(d_loss, psi), tape.gradient(g_loss, theta)
        psi.assign_sub(d_rate * psi_slope)
        if rule == "in turn":
            with tf.GradientTape() as tape:
                g_loss = loss.generator(None, logits(theta))
            theta_slope = tape.gradient(g_loss, theta)
        theta.assign_sub(g_rate * theta_slope)
        path.append((float(theta), float(psi)))
    return np.array(path)


@pytest.mark.parametrize("position", POSITIONS)
def test_the_path_is_that_of_the_librarys_losses(position):
    assert keras.backend.backend() == "tensorflow"
    path = widgets.dirac_path(*position, steps=7)
    np.testing.assert_allclose(path, by_tape(*position, steps=7), atol=1e-5)


@pytest.mark.parametrize("position", POSITIONS)
def test_the_matrix_is_the_derivative_of_a_step_at_the_equilibrium(position, monkeypatch):
    h, columns = 1e-5, []
    for start in ((h, 0.0), (0.0, h)):
        monkeypatch.setattr(dirac, "START", start)
        columns.append(widgets.dirac_path(*position, steps=1)[1] / h)
    np.testing.assert_allclose(widgets.dirac_matrix(*position), np.transpose(columns), atol=1e-6)


@pytest.mark.parametrize("loss", dirac.LOSSES)
def test_without_r1_the_game_in_turn_turns_and_the_other_one_leaves(loss):
    slope = 1 if loss == "wasserstein" else 0.5
    for g_rate, d_rate in ((0.2, 0.2), (0.05, 0.8)):
        in_turn = np.linalg.eigvals(widgets.dirac_matrix("in turn", g_rate, d_rate, 0, loss))
        at_once = np.linalg.eigvals(widgets.dirac_matrix("both at once", g_rate, d_rate, 0, loss))
        np.testing.assert_allclose(abs(in_turn), 1)
        np.testing.assert_allclose(abs(at_once) ** 2, 1 + g_rate * d_rate * slope**2)


def test_r1_brings_the_path_to_the_equilibrium_at_the_rate_of_the_largest_eigenvalue():
    position = ("in turn", 0.2, 0.2, 0.6)
    distance = np.linalg.norm(widgets.dirac_path(*position, steps=400), axis=1)
    # It turns while it shrinks: compare over a whole turn and more.
    measured = (distance[400] / distance[200]) ** (1 / 200)
    largest = abs(np.linalg.eigvals(widgets.dirac_matrix(*position))).max()
    assert distance[400] < 1e-4
    assert measured == pytest.approx(largest, abs=2e-3)


def test_steps_of_one_leave_slowly_with_the_minimax_loss_and_stay_with_the_other():
    """What lesson 09 says of 300, 1,000 and 3,000 steps; the largest distance of the last 60."""

    def largest(loss, steps):
        path = widgets.dirac_path("in turn", 1.0, 1.0, 0.0, loss, steps=steps)
        return np.linalg.norm(path, axis=1)[-60:].max()

    minimax, wasserstein = (
        [largest(loss, steps) for steps in (300, 1000, 3000)] for loss in ("minimax", "wasserstein")
    )
    assert np.round(minimax[:2], 1).tolist() == [1.3, 1.5]
    assert 3 < minimax[2] < 6  # chaotic by then: the last bit of a tanh decides
    np.testing.assert_allclose(wasserstein, np.sqrt(2), atol=0.01)


def test_a_path_that_leaves_ends_and_warns_of_nothing():
    path = widgets.dirac_path("both at once", 1.0, 1.0, 0.0, "wasserstein", steps=200)
    gone = np.isnan(path[:, 0])
    assert gone.any()
    assert (np.linalg.norm(path[~gone], axis=1) <= dirac.FAR).all()
    assert gone[np.argmax(gone) :].all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rule": "by turns"}, "in turn, both at once"),
        ({"loss": "hinge"}, "minimax, non_saturating, wasserstein"),
        ({"g_rate": 0}, "g_rate is 0, but must be above 0"),
        ({"gamma": -1}, "gamma is -1, but must be at least 0"),
    ],
)
def test_what_cannot_be_played_is_refused(changed, message):
    for function in (widgets.dirac_path, widgets.dirac_matrix, widgets.dirac_figure):
        with pytest.raises(ValueError, match=message):
            function(**changed)


def test_steps_must_be_a_whole_number():
    with pytest.raises(ValueError, match="steps"):
        widgets.dirac_path(steps=0)


# The picture --------------------------------------------------------------------------------------


def pixels(picture: bytes) -> np.ndarray:
    return matplotlib.image.imread(io.BytesIO(picture))


def test_the_plain_figure_shows_the_path_and_the_eigenvalues():
    position = ("in turn", 0.2, 0.4, 0.5, "minimax")
    plane, circle = widgets.dirac_figure(*position, title="A title").axes
    path, matrix = widgets.dirac_path(*position), widgets.dirac_matrix(*position)
    assert any(np.array_equal(line.get_xydata(), path) for line in plane.lines)
    values = np.linalg.eigvals(matrix)
    shown = np.column_stack([values.real, values.imag])
    assert any(np.array_equal(line.get_xydata(), shown) for line in circle.lines)
    assert any("inwards" in text.get_text() for text in circle.texts)


@pytest.mark.parametrize(
    ("position", "says"),
    [
        (("in turn",), "on the circle"),
        (("both at once",), "outwards"),
        (("both at once", 0.2, 0.2, 0.5), "inwards"),
    ],
)
def test_the_picture_says_where_the_path_goes(position, says):
    circle = widgets.dirac_figure(*position).axes[1]
    assert any(says in text.get_text() for text in circle.texts)


# The controls -------------------------------------------------------------------------------------


@pytest.fixture
def explorer():
    box = widgets.dirac_explorer()
    first, second, gamma, picture = box.children
    names = ("loss", "rule", "g_rate", "d_rate", "gamma", "picture")
    return dict(zip(names, (*first.children, *second.children, gamma, picture), strict=True))


def drawn(*position) -> bytes:
    from matplotlib.figure import Figure

    board = dirac._Board(Figure(figsize=dirac.SIZE, dpi=100), top=0.91)
    board.move(*position)
    return board.png()


def test_every_control_says_what_it_is(explorer):
    names = ("loss", "rule", "g_rate", "d_rate", "gamma")
    said = [explorer[name].description for name in names]
    assert said == ["loss", "they move", "G's step", "D's step", "γ of R1"]


def test_each_control_changes_the_picture(explorer):
    position = {"rule": "in turn", "g_rate": 0.2, "d_rate": 0.2, "gamma": 0.0}
    position["loss"] = "minimax"
    assert explorer["picture"].value == drawn(*position.values())
    changes = {"rule": "both at once", "g_rate": 0.4, "d_rate": 0.1, "gamma": 0.5}
    for name, value in {**changes, "loss": "wasserstein"}.items():
        before = explorer["picture"].value
        explorer[name].value = position[name] = value
        assert explorer["picture"].value == drawn(*position.values()) != before


def test_at_every_end_of_the_sliders_there_is_a_picture(explorer):
    for name in ("g_rate", "d_rate", "gamma"):
        for end in (explorer[name].min, explorer[name].max):
            explorer[name].value = end
            assert pixels(explorer["picture"].value).shape[2] == 4


def test_eigenvalues_speak_of_paths_near_the_equilibrium_alone(monkeypatch):
    """The position that lesson 09 names."""
    position = ("in turn", 0.2, 1.0, 1.9)
    assert abs(np.linalg.eigvals(widgets.dirac_matrix(*position))).max() < 0.98
    assert np.isnan(widgets.dirac_path(*position)[-1]).all()
    monkeypatch.setattr(dirac, "START", (0.1, 0.0))
    assert np.linalg.norm(widgets.dirac_path(*position)[-1]) < 1e-3
