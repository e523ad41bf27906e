"""The game on a line, against closed forms, inequalities and theorems."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from ganlib import theory

X = np.linspace(-20, 20, 4001)
TWO_HILLS = theory.mixture(X, [-2.0, 2.5], [0.8, 0.6], [0.6, 0.4])
NORMALS = [(0.0, 1.0), (1.0, 1.0), (-2.0, 0.5), (0.5, 2.0), (4.0, 1.5)]
PAIRS = [(one, other) for one in NORMALS for other in NORMALS]


def normal(mean, std):
    return theory.normal(X, mean, std)


# Densities ----------------------------------------------------------------------------------------


def test_densities_are_those_of_scipy():
    np.testing.assert_allclose(normal(1.5, 0.7), stats.norm(1.5, 0.7).pdf(X), atol=1e-15)
    wanted = 0.6 * stats.norm(-2, 0.8).pdf(X) + 0.4 * stats.norm(2.5, 0.6).pdf(X)
    np.testing.assert_allclose(TWO_HILLS, wanted, atol=1e-15)
    inside = theory.uniform(X, -1, 3)
    assert inside[(X > -0.99) & (X < 2.99)] == pytest.approx(0.25)
    assert not inside[(X < -1.01) | (X > 3.01)].any()


def test_a_uniform_density_has_mass_one_wherever_it_starts():
    """Also where an end is a grid point only up to rounding."""
    for low in np.arange(-30, 30) / 10:
        mass = theory.integral(theory.uniform(X, low, low + 0.3), X)
        assert mass == pytest.approx(1, abs=1e-12), low


def test_many_densities_at_once_are_each_by_itself():
    means = np.array([[-1.0], [0.0], [2.0]])
    many = theory.normal(X, means, 1.3)
    assert many.shape == (3, len(X))
    d = theory.optimal_discriminator(TWO_HILLS, many)
    for name, results in {
        "kl": theory.kullback_leibler(many, TWO_HILLS, X),
        "jsd": theory.jensen_shannon(TWO_HILLS, many, X),
        "w": theory.wasserstein(TWO_HILLS, many, X),
        "v": theory.value(TWO_HILLS, many, d, X),
    }.items():
        for mean, result in zip(means[:, 0], results, strict=True):
            one = normal(mean, 1.3)
            alone = {
                "kl": theory.kullback_leibler(one, TWO_HILLS, X),
                "jsd": theory.jensen_shannon(TWO_HILLS, one, X),
                "w": theory.wasserstein(TWO_HILLS, one, X),
                "v": theory.value(TWO_HILLS, one, theory.optimal_discriminator(TWO_HILLS, one), X),
            }[name]
            assert result == pytest.approx(alone, rel=1e-12)


# Divergences --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_kullback_leibler_of_two_normals(one, other):
    (m, s), (n, t) = one, other
    wanted = np.log(t / s) + (s**2 + (m - n) ** 2) / (2 * t**2) - 0.5
    result = theory.kullback_leibler(normal(*one), normal(*other), X)
    assert result == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_wasserstein_of_two_normals_is_the_mean_shift_of_their_quantiles(one, other):
    (m, s), (n, t) = one, other
    wanted = (
        stats.foldnorm(abs(m - n) / abs(s - t), scale=abs(s - t)).mean() if s != t else abs(m - n)
    )
    result = theory.wasserstein(normal(*one), normal(*other), X)
    assert result == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_what_holds_for_any_two_distributions(one, other):
    p, q = normal(*one), normal(*other)
    jsd = theory.jensen_shannon(p, q, X)
    half_variation = theory.integral(np.abs(p - q), X) / 2
    assert jsd == pytest.approx(theory.jensen_shannon(q, p, X), abs=1e-12), "symmetric"
    assert -1e-12 <= jsd <= np.log(2)
    assert half_variation**2 / 2 - 1e-12 <= jsd <= half_variation * np.log(2) + 1e-12  # Lin 1991
    assert theory.kullback_leibler(p, q, X) >= 2 * half_variation**2 - 1e-12  # Pinsker
    assert theory.wasserstein(p, q, X) == pytest.approx(theory.wasserstein(q, p, X), abs=1e-12)
    assert theory.wasserstein(p, q, X) >= abs(one[0] - other[0]) - 1e-6, "no less than the means"
    if one == other:
        assert jsd == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("shift", [0.0, 0.25, 0.5, 0.99, 1.0, 1.5, 7.0])
def test_two_bars_of_length_one(shift):
    p, q = theory.uniform(X, 0, 1), theory.uniform(X, shift, shift + 1)
    jsd, distance = theory.jensen_shannon(p, q, X), theory.wasserstein(p, q, X)
    assert jsd == pytest.approx(min(shift, 1) * np.log(2), abs=1e-12)
    assert distance == pytest.approx(shift, abs=1e-9)
    for kl in (theory.kullback_leibler(p, q, X), theory.kullback_leibler(q, p, X)):
        assert kl == (np.inf if shift else 0)


def test_the_tails_of_a_narrow_normal_do_not_make_a_divergence_infinite():
    """Far out it underflows to 0 although it has no end."""
    narrow = normal(3.0, 0.5)
    assert narrow.min() == 0
    assert theory.kullback_leibler(normal(0, 1), narrow, X) == pytest.approx(
        np.log(0.5) + (1 + 9) / 0.5 - 0.5, abs=1e-8
    )


# The game -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("generator", NORMALS)
def test_the_best_value_is_the_jensen_shannon_divergence(generator):
    """Goodfellow et al. 2014, theorem 1."""
    p_g = normal(*generator)
    best = theory.value(TWO_HILLS, p_g, theory.optimal_discriminator(TWO_HILLS, p_g), X)
    assert best == pytest.approx(
        -np.log(4) + 2 * theory.jensen_shannon(TWO_HILLS, p_g, X), abs=1e-9
    )


@pytest.mark.parametrize("generator", NORMALS)
def test_no_other_discriminator_is_better(generator):
    p_g = normal(*generator)
    best = theory.optimal_discriminator(TWO_HILLS, p_g)
    highest = theory.value(TWO_HILLS, p_g, best, X)
    rng = np.random.default_rng(0)
    for _ in range(20):
        other = np.clip(best + 0.1 * np.sin(rng.normal() * X + rng.normal()), 1e-6, 1 - 1e-6)
        assert theory.value(TWO_HILLS, p_g, other, X) < highest


def test_a_discriminator_that_cannot_tell_has_the_value_minus_log_four():
    half = np.full_like(X, 0.5)
    assert theory.value(TWO_HILLS, normal(3, 1), half, X) == pytest.approx(-np.log(4), abs=1e-9)
    assert theory.optimal_discriminator(TWO_HILLS, TWO_HILLS) == pytest.approx(0.5)


def test_the_best_discriminator_in_any_number_of_dimensions():
    p, q = np.random.default_rng(1).random((2, 3, 4, 5))
    np.testing.assert_allclose(theory.optimal_discriminator(p, q), 1 / (1 + q / p))
    nothing = np.zeros(3)
    assert theory.optimal_discriminator(nothing, nothing) == pytest.approx(0.5), (
        "it does not matter"
    )


def test_a_discriminator_that_is_sure_and_wrong_pays_without_bound():
    p, q = theory.uniform(X, 0, 1), theory.uniform(X, 2, 3)
    right = (X < 1.5).astype(float)
    assert theory.value(p, q, right, X) == 0
    assert theory.value(p, q, 1 - right, X) == -np.inf


@pytest.mark.parametrize("generator", NORMALS)
def test_two_ways_to_write_what_the_non_saturating_loss_descends(generator):
    """KL(p_g ‖ p_data) − 2 JSD = 2 KL((p_data + p_g) / 2 ‖ p_data)."""
    p_g = normal(*generator)
    left = theory.kullback_leibler(p_g, TWO_HILLS, X) - 2 * theory.jensen_shannon(TWO_HILLS, p_g, X)
    right = 2 * theory.kullback_leibler((TWO_HILLS + p_g) / 2, TWO_HILLS, X)
    assert left == pytest.approx(right, abs=1e-8)


@pytest.mark.parametrize("generator", [(0.5, 1.5), (-1.0, 1.0), (2.0, 2.0)])
@pytest.mark.parametrize("moved", ["mean", "std"])
def test_slopes_of_both_losses_under_a_best_discriminator_that_is_held(generator, moved):
    """Minimax: that of 2 JSD. Non-saturating: that of KL(p_g ‖ p_data) − 2 JSD (Arjovsky 2017)."""
    h = 1e-4

    def density(step):
        mean, std = generator
        return normal(mean + step, std) if moved == "mean" else normal(mean, std + step)

    def slope(function):
        return (function(density(h)) - function(density(-h))) / (2 * h)

    held = theory.optimal_discriminator(TWO_HILLS, density(0))
    tiny = np.finfo(float).tiny
    minimax = slope(lambda p_g: theory.integral(p_g * np.log(np.maximum(1 - held, tiny)), X))
    non_saturating = slope(lambda p_g: -theory.integral(p_g * np.log(np.maximum(held, tiny)), X))
    jsd = slope(lambda p_g: theory.jensen_shannon(TWO_HILLS, p_g, X))
    kl = slope(lambda p_g: theory.kullback_leibler(p_g, TWO_HILLS, X))
    assert minimax == pytest.approx(2 * jsd, abs=1e-6)
    assert non_saturating == pytest.approx(kl - 2 * jsd, abs=1e-6)


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: theory.normal(X, 0, 0), "above 0"),
        (lambda: theory.mixture(X, [0], [1], [0.5, 0.5]), "1 means, 1 stds and 2 weights"),
        (lambda: theory.mixture(X, [0, 1], [1, 1], [0.5, 0.4]), "shares"),
        (lambda: theory.uniform(X, 1, 1), "below"),
        (lambda: theory.integral(X, X[:-1]), "last axis"),
        (lambda: theory.integral(X, X**3), "equally spaced"),
        (lambda: theory.integral(X, X[::-1]), "rising"),
        (lambda: theory.kullback_leibler(normal(0, 1), normal(19, 3), X), "integrates to 0.6"),
        (lambda: theory.wasserstein(normal(0, 1), 2 * normal(0, 1), X), "integrates to 2"),
        (lambda: theory.jensen_shannon(-normal(0, 1), normal(0, 1), X), "A density"),
        (lambda: theory.value(normal(0, 1), normal(0, 1), X, X), "sigmoid"),
        (lambda: theory.value(normal(0, 1), normal(0, 1), np.full_like(X, np.nan), X), "sigmoid"),
    ],
)
def test_refused(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()


def test_lists_will_do():
    x = [-1.0, -0.5, 0.0, 0.5]
    p = theory.uniform(x, -1, 1)
    assert p.tolist() == [0.5] * 4
    assert theory.kullback_leibler(p.tolist(), p.tolist(), x) == 0
    assert theory.wasserstein(p.tolist(), [2, 0, 0, 0], x) == pytest.approx(0.75)
    assert theory.normal(x, [[0], [1]], [[1], [2]]).shape == (2, 4)
    assert theory.integral([1, 2, 3, 4], x) == 5


def test_the_module_needs_numpy_alone():
    code = (
        "import sys; import ganlib.theory; "
        "print([m for m in ('tensorflow', 'keras', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
