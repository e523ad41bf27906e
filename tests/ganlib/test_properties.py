"""What holds for any input: losses, measures, divergences, toys and images, tried on drawn
examples.

Hypothesis draws the examples, from a fixed seed, and looks for the smallest one where a property
fails.
"""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import stats

from ganlib import data, losses, metrics, penalties, shapes, theory, toys
from ganlib.precision_recall import precision_recall_density_coverage

MANY = settings(derandomize=True, deadline=None, max_examples=40)
FEW = settings(MANY, max_examples=8)  # where each example compiles a stream or draws images
SEEDS = st.integers(0, 2**31)


# Losses -------------------------------------------------------------------------------------------

EVERY_LOSS = pytest.mark.parametrize("name", sorted(losses.LOSSES))
LOGITS = st.floats(-1e4, 1e4, width=32)


def batches(*elements):
    """One batch of logits for each of these elements, all of the same size, 1 to 6."""
    return st.integers(1, 6).flatmap(
        lambda n: st.tuples(*(arrays(np.float32, (n, 1), elements=each) for each in elements))
    )


PAIRS = batches(LOGITS, LOGITS)


def softplus(x):
    return np.logaddexp(0.0, x)


FORMULAS = {  # name: what each real logit, each generated one and, for G, each pair of them costs
    "minimax": (lambda r: softplus(-r), softplus, lambda r, f: -softplus(f)),
    "non_saturating": (lambda r: softplus(-r), softplus, lambda r, f: softplus(-f)),
    "least_squares": (
        lambda r: (r - 1) ** 2 / 2,
        lambda f: f**2 / 2,
        lambda r, f: (f - 1) ** 2 / 2,
    ),
    "wasserstein": (lambda r: -r, lambda f: f, lambda r, f: -f),
    "hinge": (
        lambda r: np.maximum(0, 1 - r),
        lambda f: np.maximum(0, 1 + f),
        lambda r, f: -f,
    ),
    "relativistic": (None, None, lambda r, f: softplus(r - f)),
}


def both(name, real, fake):
    loss = losses.get(name)
    return loss.discriminator(real, fake), loss.generator(real, fake)


def near(value, scale):
    """A float32 result of terms of this size."""
    return pytest.approx(value, rel=1e-5, abs=1e-5 * max(1.0, float(np.max(np.abs(scale)))))


@EVERY_LOSS
@given(PAIRS)
@MANY
def test_losses_are_their_formulas_in_double_precision(name, pair):
    real, fake = (each.astype(np.float64) for each in pair)
    on_real, on_fake, generator = FORMULAS[name]
    wanted = softplus(fake - real).mean() if on_real is None else None
    if on_real is not None:
        wanted = on_real(real).mean() + on_fake(fake).mean()
    for value, exact in zip(both(name, *pair), (wanted, generator(real, fake).mean()), strict=True):
        assert value.dtype == tf.float32 and value.shape == ()
        assert float(value) == near(exact, pair)


@EVERY_LOSS
@given(PAIRS)
@MANY
def test_losses_stay_within_their_bounds(name, pair):
    discriminator, generator = (float(value) for value in both(name, *pair))
    if name != "wasserstein":
        assert discriminator >= 0
    if name == "minimax":
        assert generator <= 0
    elif name not in ("wasserstein", "hinge"):
        assert generator >= 0


@pytest.mark.slow
@EVERY_LOSS
@given(PAIRS)
@MANY
def test_gradients_are_finite_and_push_each_logit_to_its_side(name, pair):
    real, fake = (tf.constant(each) for each in pair)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        discriminator, generator = both(name, real, fake)
    for loss, logits, side in (
        (discriminator, real, 1),  # D lifts real logits,
        (discriminator, fake, 0 if name == "least_squares" else -1),  # lowers generated ones,
        (generator, fake, 1),  # and G lifts those
    ):
        slope = tf.convert_to_tensor(tape.gradient(loss, logits)).numpy() * len(logits)
        assert np.isfinite(slope).all()
        if name == "least_squares":  # towards its target, as hard as it is far away
            np.testing.assert_allclose(slope, logits.numpy() - side, rtol=1e-5, atol=1e-6)
        else:
            assert (-side * slope >= 0).all()
            assert np.abs(slope).max() <= 1 + 1e-5, "no sample pulls harder than 1"


@pytest.mark.slow
@EVERY_LOSS
@given(PAIRS, SEEDS)
@MANY
def test_the_order_of_pairs_does_not_matter(name, pair, seed):
    order = np.random.default_rng(seed).permutation(len(pair[0]))
    for mixed, plain in zip(both(name, *(x[order] for x in pair)), both(name, *pair), strict=True):
        assert float(mixed) == near(float(plain), plain)


@given(PAIRS)
@MANY
def test_the_two_losses_of_goodfellow_differ_by_the_mean_logit(pair):
    """−log σ(l) + log(1 − σ(l)) = −l, which is the Wasserstein and the hinge generator's loss."""
    minimax, non_saturating, wasserstein, hinge = (
        float(losses.get(name).generator(None, pair[1]))
        for name in ("minimax", "non_saturating", "wasserstein", "hinge")
    )
    assert non_saturating + minimax == near(wasserstein, pair[1])
    assert hinge == wasserstein


@given(PAIRS, st.floats(-1e3, 1e3, width=32))
@MANY
def test_relativistic_losses_see_differences_alone(pair, shift):
    real, fake = pair
    discriminator, generator = (float(value) for value in both("relativistic", real, fake))
    moved = both("relativistic", real + shift, fake + shift)
    assert [float(value) for value in moved] == near([discriminator, generator], pair)
    assert float(losses.get("relativistic").discriminator(fake, real)) == generator
    assert discriminator - generator == near((fake - real).mean(), pair)


@given(PAIRS)
@MANY
def test_the_hinge_loss_does_not_see_beyond_its_margin(pair):
    real, fake = pair
    discriminator = losses.get("hinge").discriminator
    clipped = discriminator(np.minimum(real, 1), np.maximum(fake, -1))
    assert float(discriminator(real, fake)) == float(clipped)
    assert float(discriminator(1 + np.abs(real), -1 - np.abs(fake))) == 0


@given(
    batches(*[st.floats(-100, 100, width=32)] * 4),
    st.floats(-4, 4, width=16),
    st.floats(-4, 4, width=16),
)
@MANY
def test_the_wasserstein_loss_is_linear(logits, a, b):
    real, fake, more_real, more_fake = logits
    value, other = both("wasserstein", real, fake), both("wasserstein", more_real, more_fake)
    together = both("wasserstein", a * real + b * more_real, a * fake + b * more_fake)
    for one, two, sum_ in zip(value, other, together, strict=True):
        assert float(sum_) == near(a * float(one) + b * float(two), 800.0)


@pytest.mark.slow
@given(
    arrays(np.float32, (3, 3), elements=st.floats(-3, 3, width=16)),
    arrays(np.float32, (3,), elements=st.floats(-3, 3, width=16)),
    arrays(np.float32, (5, 3), elements=st.floats(-3, 3, width=16)),
    SEEDS,
)
@MANY
def test_penalties_of_any_quadratic_critic(matrix, slope, points, seed):
    """critic(x) = xᵀAx / 2 + b·x has the gradient (A + Aᵀ) x / 2 + b."""

    def critic(x, training):
        return tf.reduce_sum(x * (x @ matrix), axis=1, keepdims=True) / 2 + x @ slope[:, None]

    norms = np.linalg.norm(points @ (matrix + matrix.T) / 2 + slope, axis=1).astype(np.float64)
    squares = (norms**2).mean() / 2
    assert float(penalties.r1(critic, points)) == near(squares, squares)
    assert float(penalties.r2(critic, None, points)) == near(squares, squares)
    between = float(penalties.gradient_penalty(critic, points, points, seed=seed))
    assert between == pytest.approx(((norms - 1) ** 2).mean(), rel=1e-4, abs=1e-4)


# Measures -----------------------------------------------------------------------------------------


def point_sets(number=2, least=3, most=9, d=None):
    """Sets of points of one dimension: eighths, so that many are equal and many as far apart."""
    eighths = st.integers(-40, 40).map(lambda number: number / 8)
    return (st.just(d) if d else st.integers(1, 4)).flatmap(
        lambda d: st.tuples(
            *(
                st.integers(least, most).flatmap(
                    lambda n: arrays(np.float64, (n, d), elements=eighths)
                )
                for _ in range(number)
            )
        )
    )


def turn(d, seed):
    """A random rotation, perhaps with a reflection."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]


frechet = metrics.classifier_frechet_distance


@given(point_sets(), SEEDS, st.floats(-20, 20), st.sampled_from([0.25, 1.0, 3.0]))
@MANY
def test_frechet_distance_of_any_two_sets(sets, seed, shift, scale):
    a, b = sets
    result = frechet(a, b)
    spread = a.var(axis=0, ddof=1).sum() + b.var(axis=0, ddof=1).sum()
    apart = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    rounding = 1e-6 * (1 + spread)
    assert 0 <= result and apart <= result + rounding
    assert result <= apart + spread + rounding, "no worse than two sets that have nothing in common"
    assert result == pytest.approx(frechet(b, a), abs=rounding)
    assert frechet(a, a[::-1]) == pytest.approx(0, abs=rounding)
    turned = turn(a.shape[1], seed)
    moved = frechet(scale * (a @ turned + shift), scale * (b @ turned + shift))
    assert moved == pytest.approx(scale**2 * result, rel=1e-6, abs=10 * rounding)


@given(point_sets(number=3))
@MANY
def test_the_root_of_the_frechet_distance_keeps_the_triangle_inequality(sets):
    a, b, c = sets
    assert frechet(a, c) ** 0.5 <= frechet(a, b) ** 0.5 + frechet(b, c) ** 0.5 + 1e-3


VARIANCES = arrays(np.float64, 4, elements=st.floats(0, 100))


@given(VARIANCES, VARIANCES, arrays(np.float64, 4, elements=st.floats(-100, 100)), SEEDS)
@MANY
def test_frechet_distance_of_normals_with_common_axes(one, other, mean, seed):
    axes = turn(4, seed)
    result = metrics.frechet_distance(
        np.zeros(4), axes @ np.diag(one) @ axes.T, axes @ mean, axes @ np.diag(other) @ axes.T
    )
    wanted = (mean**2).sum() + ((np.sqrt(one) - np.sqrt(other)) ** 2).sum()
    assert result == pytest.approx(wanted, rel=1e-6, abs=1e-4)


@given(point_sets(), SEEDS)
@MANY
def test_kernel_distance_of_any_two_sets(sets, seed):
    a, b = sets
    result, turned = metrics.kernel_distance(a, b), turn(a.shape[1], seed)
    rounding = 1e-9 * metrics.kernel_distance(10 * np.ones((2, 1)), np.zeros((2, 1)))
    assert result == pytest.approx(metrics.kernel_distance(b, a), abs=rounding)
    assert result == pytest.approx(metrics.kernel_distance(a @ turned, b @ turned), abs=rounding)


@given(point_sets(least=4, most=5), st.integers(2, 4), st.integers(2, 4))
@FEW
def test_kernel_distance_of_small_samples_is_on_average_that_of_the_whole(sets, n_a, n_b):
    """Over all samples of these sizes: no bias, whatever the sizes are."""
    every = [
        metrics.kernel_distance(sets[0][list(rows_a)], sets[1][list(rows_b)])
        for rows_a in itertools.combinations(range(len(sets[0])), n_a)
        for rows_b in itertools.combinations(range(len(sets[1])), n_b)
    ]
    whole = metrics.kernel_distance(*sets)
    assert np.mean(every) == pytest.approx(whole, rel=1e-6, abs=1e-9 * np.abs(every).max() + 1e-9)


@given(point_sets(least=5), st.integers(1, 3), SEEDS)
@MANY
def test_precision_and_recall_of_any_two_sets(sets, k, seed):
    a, b = sets
    one = precision_recall_density_coverage(a, b, k)
    other = precision_recall_density_coverage(b, a, k)
    assert (one.precision, one.recall) == (other.recall, other.precision)
    for share in (one.precision, one.recall, one.coverage):
        assert 0 <= share <= 1
    assert one.precision <= k * one.density <= len(a)
    assert (one.precision == 0) == (one.density == 0) == (one.coverage == 0)
    mixed = np.random.default_rng(seed).permutation
    again = precision_recall_density_coverage(mixed(4 * a), mixed(4 * b), k)
    for name in ("precision", "recall", "density", "coverage"):
        assert getattr(again, name) == pytest.approx(getattr(one, name)), name
    wider = precision_recall_density_coverage(a, b, k + 1)
    assert wider.precision >= one.precision, "the balls of more neighbours are larger"
    assert wider.recall >= one.recall and wider.coverage >= one.coverage
    # A ball that reaches to the farthest neighbour holds the whole set.
    whole = precision_recall_density_coverage(a, a[::-1], len(a) - 1)
    assert (whole.precision, whole.recall, whole.coverage) == (1, 1, 1)
    assert whole.density == pytest.approx(len(a) / (len(a) - 1))


@given(point_sets(number=1), SEEDS, st.integers(2, 4))
@MANY
def test_classifier_score_of_any_logits(sets, seed, copies):
    (logits,) = sets
    rng = np.random.default_rng(seed)
    score = metrics.classifier_score(logits)
    assert 1 - 1e-9 <= score <= min(logits.shape) + 1e-9
    shifted = logits + 1e4 * rng.normal(size=(len(logits), 1))  # the same probabilities
    renamed = logits[:, rng.permutation(logits.shape[1])]
    for same in (shifted, renamed, np.tile(logits, (copies, 1))):
        assert metrics.classifier_score(same) == pytest.approx(score)


@given(
    point_sets(least=6),
    st.sampled_from([np.nan, np.inf, -np.inf]),
    st.integers(0, 1),
    SEEDS,
    st.sampled_from([frechet, metrics.kernel_distance, precision_recall_density_coverage]),
)
@MANY
def test_one_number_that_is_none_is_refused_wherever_it_hides(sets, bad, which, seed, measure):
    sets[which].flat[seed % sets[which].size] = bad
    with pytest.raises(ValueError, match=rf"NaN or infinite numbers in 1 of {len(sets[which])}"):
        measure(*sets)


# Theory -------------------------------------------------------------------------------------------

X = np.linspace(-3, 4.5, 16)  # 0.5 apart
DENSITIES = arrays(np.float64, 16, elements=st.integers(0, 20).map(float)).filter(np.any)
DENSITIES = DENSITIES.map(lambda heights: heights / theory.integral(heights, X))


@given(DENSITIES, DENSITIES, arrays(np.float64, 16, elements=st.floats(0, 1)))
@MANY
def test_the_game_of_any_two_histograms(p, q, d):
    best = theory.optimal_discriminator(p, q)
    highest = theory.value(p, q, best, X)
    jsd = theory.jensen_shannon(p, q, X)
    assert highest == pytest.approx(2 * jsd - np.log(4), abs=1e-9)
    assert theory.value(p, q, d, X) <= highest + 1e-9, "no discriminator does better"
    assert theory.value(p, q, (best + d) / 2, X) <= highest + 1e-9
    np.testing.assert_allclose(best + theory.optimal_discriminator(q, p), 1)


@given(DENSITIES, DENSITIES, DENSITIES)
@MANY
def test_divergences_of_any_histograms(p, q, r):
    kl, jsd = theory.kullback_leibler(p, q, X), theory.jensen_shannon(p, q, X)
    assert kl >= -1e-12 and theory.kullback_leibler(p, p, X) == 0
    assert np.isinf(kl) == bool(((p > 0) & (q == 0)).any())
    assert jsd == pytest.approx(theory.jensen_shannon(q, p, X), abs=1e-12)
    assert -1e-12 <= jsd <= np.log(2) + 1e-12
    assert (jsd < 1e-12) == np.allclose(p, q, rtol=1e-9)
    assert kl == pytest.approx(stats.entropy(p, q), abs=1e-9), "SciPy's"
    # Its root is a distance (Endres & Schindelin 2003).
    way = [max(theory.jensen_shannon(*pair, X), 0) ** 0.5 for pair in ((p, r), (r, q))]
    assert max(jsd, 0) ** 0.5 <= sum(way) + 1e-6


@given(DENSITIES, DENSITIES)
@MANY
def test_what_is_made_coarser_is_harder_to_tell_apart(p, q):
    """Each pair of neighbours becomes one cell: no processing of data adds to a divergence."""
    coarse = [each.reshape(8, 2).mean(axis=1) for each in (p, q)]
    for divergence in (theory.kullback_leibler, theory.jensen_shannon):
        assert divergence(*coarse, X[::2]) <= divergence(p, q, X) + 1e-9


@given(DENSITIES, DENSITIES, DENSITIES, st.integers(0, 10), st.sampled_from([0.5, 2.0, 10.0]))
@MANY
def test_wasserstein_distance_of_any_histograms(p, q, r, steps, unit):
    def distance(one, other, x=X):
        return theory.wasserstein(one, other, x)

    result = distance(p, q)
    assert result == pytest.approx(stats.wasserstein_distance(X, X, p, q), abs=1e-9), "SciPy's"
    assert result == pytest.approx(distance(q, p), abs=1e-12) and distance(p, p) == 0
    assert result <= distance(p, r) + distance(r, q) + 1e-9
    assert result >= abs(theory.integral((p - q) * X, X)) - 1e-9, "no less than the means"
    assert distance(p / unit, q / unit, unit * X) == pytest.approx(unit * result, abs=1e-9)
    # On a grid with room on the right: what moves by some steps has gone just that far.
    room = np.linspace(-3, 9.5, 26)
    at = [np.pad(p, (steps, 10 - steps)), np.pad(q, (steps, 10 - steps)), np.pad(p, (0, 10))]
    assert distance(at[0], at[2], room) == pytest.approx(0.5 * steps, abs=1e-9)
    assert distance(at[0], at[1], room) == pytest.approx(result, abs=1e-9)


# Toys ---------------------------------------------------------------------------------------------

POINTS = arrays(
    np.float64, st.tuples(st.integers(1, 8), st.just(2)), elements=st.floats(-50, 50, width=16)
)
TOYS = st.builds(toys.Toy, st.just("any"), POINTS, st.floats(0.01, 5))


@given(TOYS, POINTS, SEEDS)
@MANY
def test_coverage_of_any_samples(toy, points, seed):
    result, k = toys.coverage(toy, points), len(toy.modes)
    assert 0 <= result.modes_covered <= (result.shares > 0).sum() <= k == result.modes
    assert 0 <= result.high_quality <= 1
    assert result.shares.sum() == pytest.approx(result.high_quality)
    assert (result.high_quality == 1) or result.distance * len(points) > 3 * toy.std
    shuffled = np.random.default_rng(seed).permutation(points)
    assert toys.coverage(toy, shuffled).distance == pytest.approx(result.distance)
    assert np.array_equal(toys.coverage(toy, shuffled).shares, result.shares)
    larger = toys.Toy("larger", 4 * toy.modes, 4 * toy.std)
    assert np.array_equal(toys.coverage(larger, 4 * points).shares, result.shares)
    centres = toys.coverage(toy, toy.modes)
    assert (centres.high_quality, centres.distance) == (1, 0)
    if len(np.unique(toy.modes, axis=0)) == k:
        assert centres.modes_covered == k


@given(TOYS, POINTS, st.floats(-20, 20, width=16))
@MANY
def test_density_of_any_toy(toy, points, shift):
    peak = 1 / (2 * np.pi * toy.std**2)
    density = toy.density(points)
    assert density.shape == (len(points),) and (density >= 0).all()
    assert (density <= peak * (1 + 1e-9)).all()
    assert (toy.density(toy.modes) >= peak / len(toy.modes) * (1 - 1e-9)).all()
    moved = toys.Toy("moved", toy.modes + shift, toy.std).density(points + shift)
    np.testing.assert_allclose(moved, density, rtol=1e-6, atol=1e-9 * peak)


@given(TOYS, st.integers(1, 50), st.integers(0, 10_000), st.integers(0, 10**9))
@FEW
def test_points_of_any_toy_are_a_function_of_seed_and_step(toy, n, seed, step):
    drawn = toy.batch(n, seed, step).numpy()
    assert drawn.shape == (n, 2) and drawn.dtype == np.float32 and np.isfinite(drawn).all()
    assert np.array_equal(drawn, toy.batch(n, seed, tf.constant(step)))
    assert not np.array_equal(drawn, toy.batch(n, seed, step + 1))
    assert not np.array_equal(drawn, toy.batch(n, seed + 1, step))
    # Farther than 7 standard deviations from every mode: 2e-11 of all points.
    assert np.abs(drawn[:, None] - toy.modes).max(axis=2).min(axis=1).max() < 7 * toy.std + 1e-4


# Images -------------------------------------------------------------------------------------------


@pytest.mark.slow
@given(arrays(np.uint8, array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)))
@MANY
def test_bytes_come_back_from_network_space_as_they_were(images):
    floats = data.to_network(images)
    assert floats.dtype == np.float32 and floats.shape == images.shape
    assert (np.abs(floats) <= 1).all()
    assert np.array_equal(data.to_uint8(floats), images)
    assert np.array_equal(data.to_network(tf.constant(images)), floats)


@given(arrays(np.float32, st.integers(0, 20), elements=st.floats(-1, 1, width=32)))
@MANY
def test_any_picture_in_network_space_moves_by_half_a_grey_level_at_most(floats):
    there = data.to_uint8(floats)
    assert there.dtype == np.uint8 and there.shape == floats.shape
    assert (np.abs(data.to_network(there) - floats) <= 1 / 255 + 1e-6).all()
    assert np.array_equal(data.to_uint8(np.sort(floats)), np.sort(there)), "brighter stays brighter"


@given(st.floats(0, 4, width=32), st.booleans())
@MANY
def test_what_leaves_the_range_is_clipped_within_a_grey_level_and_refused_beyond(levels, below):
    assume(abs(levels - 1) > 1e-3)
    value = np.array([(1 + levels / 127.5) * (-1 if below else 1), 0.0])
    if levels < 1:
        assert data.to_uint8(value).tolist() == [0 if below else 255, 128]
    else:
        with pytest.raises(ValueError, match=r"must be given floats in \[-1, 1\]"):
            data.to_uint8(value)


@pytest.mark.slow
@given(st.integers(1, 40), st.integers(1, 50), st.integers(0, 2**63 - 1), st.integers(0, 90))
@FEW
def test_any_stream_shows_each_image_once_an_epoch_from_wherever_it_starts(n, size, seed, start):
    rows = np.arange(n, dtype=np.uint8)[:, None]
    batches = data.dataset(rows, 3 * rows[:, 0], batch_size=size, seed=seed)
    steps = batches.steps_per_epoch
    seen = list(batches.stream.take(start % (2 * steps) + 2 * steps).as_numpy_iterator())
    for epoch in range(2):
        shown = seen[epoch * steps : (epoch + 1) * steps]
        assert all(len(images) == size for images, _ in shown[:-1])
        assert sorted(np.concatenate([images[:, 0] for images, _ in shown])) == list(range(n))
    for images, labels in seen:
        assert np.array_equal(labels, 3 * images[:, 0])
    start %= 2 * steps
    late = list(batches.starting_at(start).stream.take(2 * steps).as_numpy_iterator())
    for before, after in zip(seen[start:], late, strict=True):
        assert np.array_equal(before[0], after[0])


@given(st.integers(1, 30), st.integers(1, 30), SEEDS, st.sets(st.integers(0, 59), min_size=1))
@FEW
def test_any_drawing_starts_with_the_shorter_one_and_keeps_to_its_modes(m, n, seed, wanted):
    weights = np.isin(np.arange(60), list(wanted)).astype(float)
    images, factors = shapes.draw(m + n, seed, weights)
    first, first_factors = shapes.draw(m, seed, weights)
    assert images.dtype == np.uint8 and images.shape == (m + n, 32, 32, 3)
    assert np.array_equal(images[:m], first) and np.array_equal(factors[:m], first_factors)
    assert set(shapes.modes(factors)) <= wanted
