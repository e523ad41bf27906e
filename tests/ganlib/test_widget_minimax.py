"""The minimax explorer: the logic under it, its picture, and its controls without a browser."""

import io

import matplotlib.image
import numpy as np
import pytest

from ganlib import theory, widgets
from ganlib.widgets import minimax

LOG4 = np.log(4)


def pixels(picture: bytes) -> np.ndarray:
    return matplotlib.image.imread(io.BytesIO(picture))


# The logic ----------------------------------------------------------------------------------------


def test_equal_distributions_are_the_equilibrium():
    now = widgets.minimax_game("one hill", mean=0.0, std=1.0)
    assert now.d == pytest.approx(0.5)
    assert now.value == pytest.approx(-LOG4, abs=1e-9)
    for name in minimax.DIVERGENCES:
        assert getattr(now, name) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("target", list(minimax.TARGETS))
@pytest.mark.parametrize("mean", [minimax.MEANS[0], 0.3, minimax.MEANS[-1]])
@pytest.mark.parametrize("std", [*minimax.STDS, 1.2])
def test_at_every_end_of_the_sliders_the_numbers_are_finite_and_agree(target, mean, std):
    now = widgets.minimax_game(target, mean, std)
    assert now.value == now.best_value == pytest.approx(-LOG4 + 2 * now.jensen_shannon, abs=1e-6)
    assert np.isfinite([now.forward_kl, now.reverse_kl, now.wasserstein]).all()
    assert theory.integral(now.p_g, minimax.X) == pytest.approx(1, abs=1e-6)


def test_divergences_from_one_hill_are_those_of_two_normals():
    now = widgets.minimax_game("one hill", mean=2.0, std=0.5)
    assert now.forward_kl == pytest.approx(np.log(0.5) + (1 + 4) / 0.5 - 0.5, abs=1e-7)
    assert now.reverse_kl == pytest.approx(np.log(2) + (0.25 + 4) / 2 - 0.5, abs=1e-7)
    shifted = widgets.minimax_game("one hill", mean=-3.0, std=1.0)
    assert shifted.wasserstein == pytest.approx(3, abs=1e-3)


def test_a_held_discriminator_touches_the_best_value_from_below():
    """V with a fixed D is at most the maximum over D, with equal value and slope where D is the
    best.
    """
    held = (0.5, 1.5)
    means = np.linspace(-3, 3, 25)[:, None]
    games = widgets.minimax_game("two hills", means, 1.5, held)
    assert (games.value <= games.best_value + 1e-9).all()
    assert (games.value[means[:, 0] != 0.5] < games.best_value[means[:, 0] != 0.5]).all()
    h = 1e-3
    left, middle, right = (
        widgets.minimax_game("two hills", mean, 1.5, held) for mean in (0.5 - h, 0.5, 0.5 + h)
    )
    assert middle.value == middle.best_value
    slope = (right.value - left.value) / (2 * h)
    assert slope == pytest.approx((right.best_value - left.best_value) / (2 * h), abs=1e-5)


def test_a_held_discriminator_is_that_of_the_other_p_g():
    now = widgets.minimax_game("two hills", -1.0, 0.8, held=(0.5, 1.5))
    other = widgets.minimax_game("two hills", 0.5, 1.5)
    assert np.array_equal(now.d, other.d)
    assert now.value == pytest.approx(theory.value(now.p_data, now.p_g, other.d, minimax.X))


def test_unknown_data_are_refused():
    with pytest.raises(ValueError, match="two hills, one hill"):
        widgets.minimax_game("three hills", 0.0, 1.0)


# The picture --------------------------------------------------------------------------------------


def test_the_plain_figure_shows_the_curves_of_the_game():
    figure = widgets.minimax_figure("two hills", 0.5, 1.5, title="A title")
    now = widgets.minimax_game("two hills", 0.5, 1.5)
    density, value, answer, divergence = figure.axes
    np.testing.assert_allclose(density.lines[0].get_ydata(), now.p_data)
    np.testing.assert_allclose(density.lines[1].get_ydata(), now.p_g)
    assert any(np.array_equal(line.get_ydata(), now.d) for line in answer.lines)
    assert any(np.array_equal(line.get_ydata(), [now.value]) for line in value.lines)
    legend = " ".join(text.get_text() for text in divergence.get_legend().get_texts())
    for number in (now.forward_kl, now.reverse_kl, now.wasserstein, now.jensen_shannon):
        assert f"= {number:.3f}" in legend
    assert figure.get_suptitle() == "A title"


def test_the_plain_figure_and_the_explorer_draw_the_same_curves():
    """What moves is drawn on a saved background in one and with the rest in the other."""
    from matplotlib.figure import Figure

    board = minimax._Board(Figure(figsize=minimax.SIZE, dpi=100), top=0.94)
    board.move("two hills", 0.5, 1.5, (-1.0, 1.0))
    file = io.BytesIO()
    board.figure.savefig(file, format="png", dpi=100)
    quick, whole = pixels(board.png()), pixels(file.getvalue())
    assert quick.shape == whole.shape
    assert (np.abs(quick - whole).max(axis=-1) > 0.2).mean() < 0.005


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0.21847, "0.218"), (-1.3863, "−1.386"), (38.25, "38.2"), (-np.inf, "below −100")],
)
def test_numbers_on_the_board_are_short(number, shown):
    assert minimax._short(number) == shown


# The controls -------------------------------------------------------------------------------------


@pytest.fixture
def explorer():
    box = widgets.minimax_explorer()
    first, mean, std, picture = box.children
    target, hold = first.children
    return {"target": target, "hold": hold, "mean": mean, "std": std, "picture": picture}


def drawn(*position, held=None) -> bytes:
    from matplotlib.figure import Figure

    board = minimax._Board(Figure(figsize=minimax.SIZE, dpi=100), top=0.94)
    board.move(*position, held)
    return board.png()


def test_every_control_says_what_it_is(explorer):
    names = [explorer[name].description for name in ("target", "hold", "mean", "std")]
    assert names == ["data", "hold D", "mean of p_g", "std of p_g"]
    assert (explorer["mean"].min, explorer["mean"].max) == (minimax.MEANS[0], minimax.MEANS[-1])


@pytest.mark.slow
def test_sliders_and_data_change_the_picture(explorer):
    assert explorer["picture"].value == drawn("two hills", 0.5, 1.5)
    explorer["mean"].value = -1.0
    explorer["std"].value = 0.8
    assert explorer["picture"].value == drawn("two hills", -1.0, 0.8)
    explorer["target"].value = "one hill"
    assert explorer["picture"].value == drawn("one hill", -1.0, 0.8)


@pytest.mark.slow
def test_holding_keeps_the_discriminator_of_that_moment(explorer):
    explorer["mean"].value = 1.0
    explorer["hold"].value = True
    explorer["mean"].value = 2.0
    explorer["std"].value = 1.0
    assert explorer["picture"].value == drawn("two hills", 2.0, 1.0, held=(1.0, 1.5))
    explorer["hold"].value = False
    assert explorer["picture"].value == drawn("two hills", 2.0, 1.0)
    explorer["hold"].value = True
    explorer["mean"].value = 0.0
    assert explorer["picture"].value == drawn("two hills", 0.0, 1.0, held=(2.0, 1.0))


@pytest.mark.slow
def test_other_data_let_the_discriminator_go(explorer):
    explorer["hold"].value = True
    explorer["mean"].value = 2.0
    explorer["target"].value = "one hill"
    assert explorer["hold"].value is False
    assert explorer["picture"].value == drawn("one hill", 2.0, 1.5)


@pytest.mark.slow
def test_a_move_takes_less_than_a_tenth_of_a_second(explorer):
    import time

    explorer["mean"].value = 1.0  # the background is drawn
    start = time.process_time()
    for step in range(8):
        explorer["mean"].value = -2 + 0.1 * step
        explorer["std"].value = 1 + 0.1 * step
    assert (time.process_time() - start) / 16 < 0.1


def test_each_divergence_stands_beside_its_own_name():
    now = widgets.minimax_game("two hills", 0.5, 1.5)
    divergence = widgets.minimax_figure("two hills", 0.5, 1.5).axes[3]
    assert [text.get_text() for text in divergence.get_legend().get_texts()] == [
        f"KL(p_data‖p_g) = {now.forward_kl:.3f}",
        f"KL(p_g‖p_data) = {now.reverse_kl:.3f}",
        f"Wasserstein = {now.wasserstein:.3f}",
        f"JSD = {now.jensen_shannon:.3f}",
    ]
