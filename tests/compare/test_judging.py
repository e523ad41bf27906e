"""How detectors and attacks are judged, spectra and counts of voxels, against libraries."""

import numpy as np
import pytest
from scipy import fft, ndimage, optimize, stats
from scipy.special import expit
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss, roc_auc_score, roc_curve
from sklearn.neighbors import NearestNeighbors

from ganlib.society import forensics, judging
from ganlib.society.privacy import attacks
from ganlib.worlds import measures

RANDOM = np.random.default_rng


@pytest.fixture(params=["all different", "many ties"])
def scores(request):
    """Scores of 300 that are to be told from 200 others; whole numbers have ties."""
    rng = RANDOM(3)
    yes, no = rng.normal(1, 1, 300), rng.normal(0, 1, 200)
    return (np.round(yes), np.round(no)) if request.param == "many ties" else (yes, no)


def test_area_under_the_curve(scores):
    yes, no = scores
    truth = np.arange(500) < 300
    expected = roc_auc_score(truth, np.concatenate(scores))
    assert judging.auc(no, yes) == pytest.approx(expected)


@pytest.mark.parametrize("fpr", [0.01, 0.05, 0.3])
def test_true_positives_at_few_false_ones(scores, fpr):
    yes, no = scores
    truth = np.arange(500) < 300
    false, true, _ = roc_curve(truth, np.concatenate(scores), drop_intermediate=False)
    expected = true[false <= fpr + 1e-9].max()
    assert judging.tpr_at(fpr, no, yes) == pytest.approx(expected)
    right, wrong = judging.rates(no, yes, judging.threshold(no, fpr))
    assert right == pytest.approx(expected) and wrong <= fpr + 1e-9


@pytest.mark.parametrize(("k", "n"), [(0, 50), (3, 50), (50, 50), (200, 1000)])
@pytest.mark.parametrize("sure", [0.9, 0.95])
def test_bounds_of_a_rate(k, n, sure):
    one_sided = stats.binomtest(k, n, alternative="less").proportion_ci(sure, method="exact")
    assert judging.rate_limit(k, n, sure) == pytest.approx(one_sided.high, abs=1e-6)
    both = stats.binomtest(k, n).proportion_ci(sure, method="exact")
    each = (1 + sure) / 2
    ours = 1 - judging.rate_limit(n - k, n, each), judging.rate_limit(k, n, each)
    assert ours == pytest.approx(tuple(both), abs=1e-6)


def test_calibration():
    rng = RANDOM(0)
    logits = rng.normal(0, 2, 1000)
    truth = rng.random(1000) < expit(0.6 * logits + 0.4)
    ours = judging.calibration(logits, truth, bins=8)
    true, said = calibration_curve(truth, expit(logits), n_bins=8)
    np.testing.assert_allclose(ours.true, true)
    np.testing.assert_allclose(ours.said, said)
    assert ours.error == pytest.approx(np.average(np.abs(true - said), weights=ours.count))
    best = optimize.minimize_scalar(lambda b: log_loss(truth, expit(logits + b)), (-1, 1)).x
    assert judging.best_shift(logits, truth) == pytest.approx(best, abs=1e-4)


def test_cosine_transform():
    images = RANDOM(1).integers(0, 256, (5, 16, 16, 3), np.uint8)
    grey = images @ np.array([0.299, 0.587, 0.114])
    expected = np.log(0.1 + np.abs(fft.dctn(grey, axes=(1, 2), norm="ortho")))
    np.testing.assert_allclose(forensics.log_dct(images), expected, atol=1e-6)


def test_nearest_distances():
    points, others = RANDOM(0).normal(size=(40, 5)), RANDOM(1).normal(size=(700, 5))
    expected = NearestNeighbors(n_neighbors=1).fit(others).kneighbors(points)[0][:, 0]
    np.testing.assert_allclose(attacks.nearest_distance(points, others), expected)


def test_pieces_of_voxels():
    objects = RANDOM(2).random((12, 16, 16, 16)) < np.linspace(0.05, 0.6, 12)[:, None, None, None]
    counted = measures.pieces(objects)
    for number, solid in enumerate(objects):
        labels, count = ndimage.label(solid)
        assert counted.count[number] == count
        sizes = np.bincount(labels.ravel())[1:]
        assert counted.largest[number] == pytest.approx(sizes.max() / solid.sum())


def test_nearest_neighbours_of_two_sets_of_objects():
    """Intersection over union is 1 less the distance of Jaccard."""
    real = RANDOM(4).random((30, 16, 16, 16)) < 0.3
    fake = RANDOM(5).random((30, 16, 16, 16)) < 0.4
    both = np.concatenate([real, fake]).reshape(60, -1)
    neighbours = NearestNeighbors(n_neighbors=1, metric="jaccard", algorithm="brute").fit(both)
    nearest = neighbours.kneighbors()[1][:, 0]
    kind = np.arange(60) < 30
    expected = (kind[nearest] == kind).mean()
    assert measures.one_nearest_neighbour(real, fake) == pytest.approx(expected)
    near = NearestNeighbors(n_neighbors=1, metric="jaccard", algorithm="brute").fit(both[:30])
    hit = near.kneighbors(both[30:])[1]
    assert measures.coverage(real, fake) == pytest.approx(len(np.unique(hit)) / 30)
