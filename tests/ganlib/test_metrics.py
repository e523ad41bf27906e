"""The measures against closed forms, brute force and published limits."""

import os
import pickle

import numpy as np
import pytest

from ganlib import data, metrics, precision_recall
from ganlib.precision_recall import precision_recall_density_coverage

RANDOM = np.random.default_rng
BOTH = [metrics.classifier_frechet_distance, metrics.kernel_distance]


def sample(mean, covariance, n=400, seed=0):
    """Return n points whose sample mean and covariance are exactly those given."""
    x = RANDOM(seed).normal(size=(n, len(mean)))
    x -= x.mean(axis=0)
    x = np.linalg.solve(np.linalg.cholesky(np.cov(x.T).reshape(len(mean), -1)), x.T)
    return (np.linalg.cholesky(covariance) @ x).T + mean


def random_covariance(d, seed):
    a = RANDOM(seed).normal(size=(d, d))
    return a @ a.T / d + 0.1 * np.eye(d)


# Fréchet distance


def test_frechet_distance_in_one_dimension():
    # (m_a - m_b)^2 + (s_a - s_b)^2
    a, b = sample([1.0], np.array([[4.0]])), sample([3.0], np.array([[0.25]]), n=99, seed=1)
    assert metrics.classifier_frechet_distance(a, b) == pytest.approx(4 + 1.5**2)


def test_frechet_distance_of_commuting_covariances():
    # sum of (root l_a - root l_b)^2 in common axes
    turn = np.linalg.qr(RANDOM(0).normal(size=(4, 4)))[0]
    l_a, l_b = np.array([4.0, 1.0, 0.5, 2.0]), np.array([1.0, 9.0, 0.1, 2.0])
    a = sample(np.zeros(4), turn @ np.diag(l_a) @ turn.T)
    b = sample(np.arange(4.0), turn @ np.diag(l_b) @ turn.T, seed=5)
    expected = 14 + ((np.sqrt(l_a) - np.sqrt(l_b)) ** 2).sum()
    assert metrics.classifier_frechet_distance(a, b) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_frechet_distance_agrees_with_the_matrix_root(seed):
    linalg = pytest.importorskip("scipy.linalg")
    a, b = random_covariance(6, seed), random_covariance(6, seed + 50)
    mean = RANDOM(seed).normal(size=6)
    expected = mean @ mean + np.trace(a + b - 2 * np.real(linalg.sqrtm(a @ b)))
    assert metrics.frechet_distance(np.zeros(6), a, mean, b) == pytest.approx(expected)
    assert metrics.frechet_distance(mean, b, np.zeros(6), a) == pytest.approx(expected)


def test_frechet_distance_scales_with_the_square_and_ignores_turns():
    a, b = RANDOM(0).normal(size=(300, 5)), RANDOM(1).gamma(2, size=(200, 5))
    plain = metrics.classifier_frechet_distance(a, b)
    turn = np.linalg.qr(RANDOM(2).normal(size=(5, 5)))[0]
    assert metrics.classifier_frechet_distance(3 * a, 3 * b) == pytest.approx(9 * plain)
    assert metrics.classifier_frechet_distance(a @ turn, b @ turn) == pytest.approx(plain)


def test_frechet_distance_of_sets_smaller_than_their_dimension():
    a = RANDOM(0).normal(size=(10, 50))  # covariance of rank 9
    assert metrics.classifier_frechet_distance(a, a) == pytest.approx(0, abs=1e-5)
    assert metrics.classifier_frechet_distance(a, a + 2) == pytest.approx(200)


def test_frechet_floor_is_the_mean_over_samples_of_one_distribution():
    covariance = random_covariance(4, 3)
    root = np.linalg.cholesky(covariance)
    chance = RANDOM(0)
    for n_a, n_b in ((100, 100), (400, 60)):
        scores = [
            metrics.classifier_frechet_distance(
                chance.normal(size=(n_a, 4)) @ root.T, chance.normal(size=(n_b, 4)) @ root.T
            )
            for _ in range(300)
        ]
        floor = metrics.expected_frechet_distance(covariance, n_a, n_b)
        error = np.std(scores) / np.sqrt(300)
        assert abs(np.mean(scores) - floor) < 4 * error + 0.05 * floor
        assert scores[0].floor == pytest.approx(floor, rel=0.5)


def test_frechet_floor_in_one_dimension():
    # Means: 2 s^2 / n. Deviations: each has the variance s^2 / (2 n), so s^2 / n.
    assert metrics.expected_frechet_distance(np.array([[9.0]]), 50, 50) == pytest.approx(27 / 50)


@pytest.mark.parametrize("shapes", [((2,), (2, 3)), ((3,), (2, 2)), ((2, 2), (2, 2))])
def test_frechet_distance_refuses_shapes_that_do_not_fit(shapes):
    mean, covariance = (np.zeros(shape) for shape in shapes)
    with pytest.raises(ValueError, match="but must have"):
        metrics.frechet_distance(mean, covariance, mean, covariance)


# Kernel distance


def brute_force_kernel_distance(a, b):
    def k(x, y):
        return (x @ y / len(x) + 1) ** 3

    within = [
        sum(k(x[i], x[j]) for i in range(len(x)) for j in range(len(x)) if i != j)
        / (len(x) * (len(x) - 1))
        for x in (a, b)
    ]
    return sum(within) - 2 * np.mean([[k(x, y) for y in b] for x in a])


def test_kernel_distance_is_the_formula(monkeypatch):
    a, b = RANDOM(0).normal(size=(13, 3)), RANDOM(1).normal(1, 2, size=(9, 3))
    expected = brute_force_kernel_distance(a, b)
    assert metrics.kernel_distance(a, b) == pytest.approx(expected)
    monkeypatch.setattr(metrics, "_ROWS", 4)
    assert metrics.kernel_distance(a, b) == pytest.approx(expected)


def test_kernel_distance_of_two_points():
    # All of a at x, all of b at y: k(x, x) + k(y, y) - 2 k(x, y)
    a, b = np.full((5, 1), 1.0), np.full((7, 1), 2.0)
    assert metrics.kernel_distance(a, b) == pytest.approx(2**3 + 5**3 - 2 * 3**3)


def test_kernel_distance_is_unbiased_at_any_size():
    chance = RANDOM(0)
    for n in (5, 50):
        scores = [
            float(metrics.kernel_distance(chance.normal(size=(n, 3)), chance.normal(size=(n, 3))))
            for _ in range(400)
        ]
        assert abs(np.mean(scores)) < 4 * np.std(scores) / 20
        assert min(scores) < 0


@pytest.mark.parametrize(("shift", "ratio"), [(0.0, 10**0.5), (1.0, 1.0)])
def test_the_error_of_a_kernel_distance_is_the_spread_over_new_samples(shift, ratio):
    # Of equal distributions the variance goes with 1 / n², so that ten parts have ten times the
    # variance of the whole; of different ones with 1 / n.
    chance = RANDOM(0)
    scores = [
        metrics.kernel_distance(chance.normal(size=(150, 8)), chance.normal(size=(100, 8)) + shift)
        for _ in range(200)
    ]
    error = np.sqrt(np.mean([score.error**2 for score in scores]))
    assert error / np.std(scores) == pytest.approx(ratio, rel=0.2)


def test_the_error_of_a_classifier_score_is_the_spread_over_new_samples():
    chance = RANDOM(0)
    scores = [metrics.classifier_score(chance.normal(size=(400, 10))) for _ in range(200)]
    error = np.sqrt(np.mean([score.error**2 for score in scores]))
    assert error == pytest.approx(np.std(scores), rel=0.15)


def test_an_error_is_the_same_at_every_call_and_takes_twenty_images():
    a, b = RANDOM(0).normal(size=(20, 3)), RANDOM(1).normal(size=(25, 3))
    score = metrics.kernel_distance(a, b)
    assert score.error == metrics.kernel_distance(a, b).error > 0
    assert f" ± {score.error:.2g} (n = 20 and 25" in repr(score)
    assert metrics.kernel_distance(a[1:], b).error is None
    assert "±" not in repr(metrics.kernel_distance(a[1:], b))
    assert metrics.classifier_score(a[1:]).error is None
    assert metrics.classifier_score(np.tile([1.0, 2.0, 3.0], (50, 1))).error == 0
    assert metrics.classifier_frechet_distance(a, b).error is None


# Both


@pytest.mark.parametrize("distance", BOTH)
def test_distances_are_symmetric_and_grow_with_a_shift(distance):
    a, b = RANDOM(0).normal(size=(300, 6)), RANDOM(1).normal(size=(250, 6))
    assert distance(a, b) == pytest.approx(distance(b, a))
    grown = [distance(a, b + shift) for shift in (0, 0.5, 1, 2)]
    assert grown == sorted(grown)


@pytest.mark.parametrize("shift", [0.0, 1.0, 5.0])
def test_a_shift_costs_its_square(shift):
    a = RANDOM(0).normal(size=(200, 7))
    direction = np.ones(7) / np.sqrt(7)
    score = metrics.classifier_frechet_distance(a, a + shift * direction)
    assert score == pytest.approx(shift**2, abs=1e-9)


# Precision, recall, density, coverage


def brute_force_four(real, fake, k):
    def distance(x, y):
        return np.sqrt(((x - y) ** 2).sum())

    def reach(points):
        return [sorted(distance(x, y) for y in points)[k] for x in points]  # the first is itself

    real_reach, fake_reach = reach(real), reach(fake)
    distances = np.array([[distance(x, y) for y in fake] for x in real])
    in_real = distances <= np.array(real_reach)[:, None]
    in_fake = distances <= np.array(fake_reach)
    return (
        in_real.any(0).mean(),
        in_fake.any(1).mean(),
        in_real.sum(0).mean() / k,
        in_real.any(1).mean(),
    )


def four(result):
    return result.precision, result.recall, result.density, result.coverage


@pytest.mark.parametrize("k", [1, 3, 5])
def test_four_numbers_are_their_definitions(k, monkeypatch):
    real, fake = RANDOM(0).normal(size=(40, 2)), RANDOM(1).normal(0.5, 0.7, size=(30, 2))
    expected = brute_force_four(real, fake, k)
    assert four(precision_recall_density_coverage(real, fake, k)) == pytest.approx(expected)
    monkeypatch.setattr(precision_recall, "_ROWS", 7)
    assert four(precision_recall_density_coverage(real, fake, k)) == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 3, 5])
def test_real_against_real(k):
    n = 1_500
    real, more = RANDOM(0).normal(size=(n, 8)), RANDOM(1).normal(size=(n, 8))
    result = precision_recall_density_coverage(real, more, k)
    assert result.density == pytest.approx(1, abs=0.06)
    # Naeem et al. 2020, section 3.3: 1 - (n-1)...(n-k) / (2n-1)...(2n-k), which tends to 1 - 2^-k
    i = np.arange(1, k + 1)
    assert result.coverage == pytest.approx(1 - np.prod((n - i) / (2 * n - i)), abs=0.03)
    assert 1 - np.prod((n - i) / (2 * n - i)) == pytest.approx(1 - 2.0**-k, abs=0.002)


@pytest.mark.parametrize(("n_real", "n_fake"), [(200, 200), (400, 100), (90, 60)])
def test_the_coverage_to_be_expected_of_real_images(n_real, n_fake):
    chance = RANDOM(0)
    coverages = [
        precision_recall_density_coverage(
            chance.normal(size=(n_real, 3)), chance.normal(size=(n_fake, 3))
        ).coverage
        for _ in range(40)
    ]
    expected = precision_recall.expected_coverage(n_real, n_fake, k=5)
    error = np.std(coverages) / np.sqrt(40)
    assert abs(np.mean(coverages) - expected) < 4 * error
    assert expected == pytest.approx(1 - (n_real / (n_real + n_fake)) ** 5, abs=0.03)


def test_results_name_the_coverage_of_real_images_for_their_sizes():
    # 1 - (N / (N + M))^k for N = 2,000 and M = 500: measured 0.678, by theory 0.672
    result = precision_recall.PrecisionRecall(1, 1, 1, 1, (2_000, 500), 5, "")
    assert "real against real: density 1, coverage 0.673" in repr(result)
    equal = precision_recall.PrecisionRecall(1, 1, 1, 1, (5_000, 5_000), 5, "")
    assert "coverage 0.969" in repr(equal)


def test_disjoint_sets_score_nothing():
    real, fake = RANDOM(0).normal(size=(200, 3)), RANDOM(1).normal(100, 1, size=(200, 3))
    assert four(precision_recall_density_coverage(real, fake)) == (0, 0, 0, 0)


def test_a_generator_with_half_of_the_modes_is_precise_but_recalls_half():
    centres = np.array([[0, 0], [100, 0]])
    real = RANDOM(0).normal(size=(600, 2)) + centres[np.arange(600) % 2]
    fake = RANDOM(1).normal(size=(600, 2)) * 0.8
    result = precision_recall_density_coverage(real, fake)
    assert result.precision > 0.95
    assert result.recall == pytest.approx(0.5, abs=0.06)
    assert result.coverage == pytest.approx(0.5, abs=0.05)
    # And the other way round: half of what it draws is nowhere near the data.
    result = precision_recall_density_coverage(fake, real)
    assert result.precision < 0.55 and result.recall > 0.95


def test_few_points_again_and_again_have_no_recall():
    real = RANDOM(0).normal(size=(500, 16))
    fake = np.repeat(RANDOM(1).normal(size=(25, 16)), 20, axis=0)
    result = precision_recall_density_coverage(real, fake)
    assert result.recall == 0  # their balls have no extent
    assert result.coverage < 0.4
    assert result.precision > 0.5  # which does not see it


def test_copies_of_the_real_set_are_perfect():
    real = RANDOM(0).normal(size=(300, 32)).astype(np.float32)
    result = precision_recall_density_coverage(real, real.copy())
    assert (result.precision, result.recall, result.coverage) == (1, 1, 1)
    assert result.density == pytest.approx(6 / 5)  # each in its own ball and in k others on average


def test_density_counts_ties_as_inside():
    real = np.repeat(np.arange(10.0), 6)[:, None]  # each point six times: reach 0 at k = 5
    result = precision_recall_density_coverage(real, real)
    assert four(result) == (1, 1, 6 / 5, 1)


# Classifier score


def test_classifier_score_bounds():
    same = np.tile([1.0, 2.0, 3.0, 0.0], (50, 1))
    assert metrics.classifier_score(same) == pytest.approx(1)
    sure = 60.0 * np.eye(10)
    assert metrics.classifier_score(np.tile(sure, (3, 1))) == pytest.approx(10)
    assert metrics.classifier_score(sure[:4]) == pytest.approx(4)  # four of ten classes
    assert metrics.classifier_score(1_000 * sure) == pytest.approx(10)  # no overflow
    assert 1 <= metrics.classifier_score(RANDOM(0).normal(size=(100, 10))) <= 10


def test_classifier_score_of_a_coin():
    # p(y|x) is (p, 1-p) and its mirror image: KL = log 2 - H(p)
    p = 0.9
    logits = np.log([[p, 1 - p], [1 - p, p]])
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    assert metrics.classifier_score(logits) == pytest.approx(2 * np.exp(-entropy))


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
def test_probabilities_are_no_logits(kind):
    logits = RANDOM(0).normal(size=(50, 10))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    with pytest.raises(ValueError, match=r"50 rows .* sum is 1.*must be logits.*np\.log"):
        metrics.classifier_score(probabilities.astype(kind))
    score = metrics.classifier_score(np.log(probabilities + 1e-30))
    assert score == pytest.approx(metrics.classifier_score(logits))
    with pytest.raises(ValueError, match="must be logits"):
        metrics.classifier_score(np.eye(10))


# All of them


MEASURES = [
    *BOTH,
    precision_recall_density_coverage,
    lambda a, b: metrics.classifier_score(a),
]


@pytest.mark.parametrize("measure", MEASURES)
def test_order_of_rows_does_not_matter(measure):
    a, b = RANDOM(0).normal(size=(90, 10)), RANDOM(1).normal(size=(70, 10))
    mixed = measure(RANDOM(2).permutation(a), RANDOM(3).permutation(b))
    plain = measure(a, b)
    if isinstance(plain, precision_recall.PrecisionRecall):
        plain, mixed = four(plain), four(mixed)
    assert mixed == pytest.approx(plain)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (np.full((50, 4), np.nan), ValueError, "NaN or infinite numbers in 50 of 50"),
        (np.full((50, 4), np.inf), ValueError, "diverge"),
        (np.zeros((0, 4)), ValueError, "only 0"),
        (np.zeros((1, 4)), ValueError, "only 1"),
        (np.zeros((50, 4), int), TypeError, "must be uint8 images"),
        (np.zeros(50), ValueError, r"\(50,\)"),
        (np.zeros((50, 0)), ValueError, r"\(50, 0\)"),
        (np.zeros((50, 32, 32, 3)), TypeError, "to_uint8"),
        (np.zeros((50, 32, 32, 3), int), TypeError, r"astype\('uint8'\)"),
        (np.zeros((50, 28, 28), np.uint8), ValueError, r"\(50, 28, 28\)"),
        (np.zeros((0, 32, 32, 3), np.uint8), ValueError, "at least 1"),
        (np.array([["a"]]), TypeError, "must be"),
    ],
)
def test_bad_input_is_refused(measure, bad, error, words):
    with pytest.raises(error, match=words):
        measure(bad, np.zeros((50, 4)))


@pytest.mark.parametrize("measure", MEASURES[:3])
def test_different_features_are_refused(measure):
    with pytest.raises(ValueError, match=r"d = 4.*d = 5|d = 5.*d = 4"):
        measure(np.zeros((50, 4)), np.zeros((50, 5)))
    a, b = (metrics.Extracted(np.zeros((9, 4)), np.zeros((9, 2)), f"net v{i}") for i in (1, 2))
    with pytest.raises(ValueError, match="same network"):
        measure(a, b)


@pytest.mark.parametrize(
    ("k", "error"), [(0, ValueError), (-1, ValueError), (1.0, TypeError), (9, ValueError)]
)
def test_bad_neighbours_are_refused(k, error):
    points = RANDOM(0).normal(size=(9, 2))
    with pytest.raises(error, match=r"k is|only 9 given, but at least 10 are needed"):
        precision_recall_density_coverage(points, points, k=k)


# How results read


def test_results_say_what_they_are():
    a, b = RANDOM(0).normal(size=(60, 3)), RANDOM(1).normal(size=(50, 3))
    score = metrics.classifier_frechet_distance(a, b)
    for words in ("classifier Fréchet distance 0.", "n = 60 and 50", "features given, d = 3"):
        assert words in repr(score)
    assert "not FID, not comparable with papers" in str(score)
    assert f"about {score.floor:.2g}" in str(score)
    assert "not KID" in str(metrics.kernel_distance(a, b))
    assert "not the Inception score" in str(metrics.classifier_score(a))
    assert "n = 60 and 50, k = 5" in str(precision_recall_density_coverage(a, b))


def test_a_score_is_a_float():
    score = metrics.classifier_frechet_distance(np.zeros((9, 2)), np.ones((9, 2)))
    assert score == 2.0 and f"{score:.2f}" == "2.00" and isinstance(score, float)
    assert type(score + 1) is float and np.array([score]).dtype == np.float64
    again = pickle.loads(pickle.dumps(score))
    assert again == score and str(again) == str(score)


# Images


class Network:
    """Mean colours as features; the brightest channel as the class."""

    def predict_on_batch(self, images):
        assert len(images) <= 250 and images.dtype == np.uint8
        colours = images.mean(axis=(1, 2)).astype(np.float32)
        return {"features": np.concatenate([colours, colours**2], axis=1), "logits": colours}


@pytest.fixture
def network(monkeypatch):
    from ganlib import zoo

    monkeypatch.setattr(zoo, "features", lambda name="": Network())
    monkeypatch.setattr(zoo, "card", lambda name: {"version": 3, "sha256": "1a2b3c4d5e6f"})


def test_images_pass_through_the_network(network):
    images = RANDOM(0).integers(0, 256, (601, 32, 32, 3), dtype=np.uint8)
    more = RANDOM(1).integers(0, 200, (300, 32, 32, 3), dtype=np.uint8)
    extracted = metrics.extract(images)
    assert extracted.features.shape == (601, 6) and len(extracted) == 601
    assert extracted.features[:, :3] == pytest.approx(images.mean(axis=(1, 2)))
    for measure in MEASURES:
        plain, early = measure(images, more), measure(extracted, more)
        assert repr(plain) == repr(early)
        assert "network classifier-cifar10 v3 sha256 1a2b3c4d…" in repr(plain)
    by_hand = metrics.classifier_frechet_distance(
        extracted.features, metrics.extract(more).features
    )
    assert by_hand == pytest.approx(metrics.classifier_frechet_distance(images, more))
    # Features kept from an earlier pass may be compared with images.
    mixed = metrics.classifier_frechet_distance(extracted.features, more)
    assert mixed == by_hand and "classifier-cifar10" in str(mixed)


def test_features_of_your_own(network):
    def mean_colour(images):
        return images.mean(axis=(1, 2))

    images = RANDOM(0).integers(0, 250, (20, 32, 32, 3), dtype=np.uint8)
    score = metrics.classifier_frechet_distance(images, images + 2, features=mean_colour)
    assert score == pytest.approx(3 * 2**2)
    assert "features by mean_colour, d = 3" in str(score)
    with pytest.raises(ValueError, match=r"\(1, 3\) of the 20"):
        metrics.classifier_frechet_distance(images, images, features=lambda x: mean_colour(x)[:1])
    with pytest.raises(ValueError, match=r"\(20, 32, 3\) of the 20 images_a"):
        metrics.kernel_distance(images, images, features=lambda x: x.mean(axis=1))
    with pytest.raises(TypeError, match=r"features of images_a are int64"):
        metrics.kernel_distance(images, images, features=lambda x: mean_colour(x).astype(int))
    with pytest.raises(ValueError, match=r"images_b have the shape .*features=\.\.\."):
        metrics.classifier_frechet_distance(images, images[..., :1])
    with pytest.raises(TypeError, match="features is 3, but must be the name"):
        metrics.classifier_frechet_distance(images, images, features=3)


@pytest.mark.parametrize("shape", [(28, 28, 1), (64, 64, 3), (48, 64, 4), (12, 12, 12), (28, 28)])
def test_features_of_your_own_take_images_of_any_shape(shape):
    import ml_dtypes

    def mean_and_spread(images):
        flat = images.reshape(len(images), -1)
        return np.stack([flat.mean(1), flat.std(1)], axis=1)

    images = RANDOM(0).integers(0, 250, (30, *shape), dtype=np.uint8)
    for measure in (*BOTH, precision_recall_density_coverage):
        result = measure(images, list(images + 2), features=mean_and_spread)
        assert "features by mean_and_spread, d = 2" in repr(result)
    distance = metrics.classifier_frechet_distance
    assert distance(images, images + 2, features=mean_and_spread) == pytest.approx(4)
    short = lambda images: mean_and_spread(images).astype(ml_dtypes.bfloat16)  # noqa: E731
    assert distance(images, images + 2, features=short) == pytest.approx(4, abs=1)
    if shape != (28, 28):
        with pytest.raises(ValueError, match="images_a have the shape"):
            distance(images, images)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_list_with_an_image_of_another_shape_is_refused_by_name(measure, network):
    image = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(ValueError, match=r"\[3\] has the shape \(32, 32\).*grey"):
        measure([image, image, image, image[..., 0]], [image] * 9)
    with pytest.raises(ValueError, match=r"\(9, 32, 32, 4\).*transparency"):
        measure(np.zeros((9, 32, 32, 4), np.uint8), [image] * 9)
    assert measure([image, image + 1] * 5, [image + 2, image] * 5)


@pytest.mark.skipif(
    not os.environ.get("GANLIB_DATA_DIR"),
    reason="needs real CIFAR-10: set GANLIB_DATA_DIR to the folder that holds it",
)
@pytest.mark.slow
def test_the_course_classifier_ranks_damage_as_the_eye_does():
    real = metrics.extract(data.load("cifar10", n=500))
    test = data.load("cifar10", "test", n=500)
    noisy = np.clip(test + RANDOM(0).normal(0, 16, test.shape), 0, 255).astype(np.uint8)
    noise = RANDOM(1).integers(0, 256, test.shape, dtype=np.uint8)
    repeated = np.repeat(test[:25], 20, axis=0)
    sets = [metrics.extract(images) for images in (test, noisy, noise, repeated)]
    distances = [metrics.classifier_frechet_distance(real, images) for images in sets]
    assert distances[0] < 2 * distances[0].floor
    assert 3 * distances[0] < distances[1] < distances[2]
    kernel = [metrics.kernel_distance(real, images) for images in sets]
    assert abs(kernel[0]) < kernel[1] < kernel[2]
    scores = [metrics.classifier_score(images) for images in sets]
    assert scores[0] > scores[1] > scores[2] >= 1
    fours = [precision_recall_density_coverage(real, images) for images in sets]
    assert fours[0].precision > 0.85 and fours[0].recall > 0.85
    assert fours[0].coverage == pytest.approx(1 - 2**-5, abs=0.03)
    # Not by precision: one far-out image has a ball so large that much noise falls into it.
    assert fours[2].density < 0.15 and fours[2].coverage < 0.05
    assert fours[3].recall == 0 and fours[3].coverage < 0.35


def test_the_floor_is_that_of_the_real_images():
    a, b = RANDOM(0).normal(size=(300, 5)), 3 * RANDOM(1).normal(size=(200, 5))
    right = metrics.expected_frechet_distance(np.cov(a.T), 300, 200)
    assert metrics.classifier_frechet_distance(a, b).floor == pytest.approx(right)
