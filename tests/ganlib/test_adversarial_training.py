"""Training on attacked images, on linear classifiers whose worst case is known."""

import keras
import numpy as np
import pytest

from ganlib.society import adversarial_training, attacks
from ganlib.support.classifiers import PixelModel

SHAPE, EPSILON = (4, 4, 3), 16 / 255
RNG = np.random.default_rng(5)
# Each image is its own mirror image, so that mirroring at random changes nothing.
LEFT = RNG.integers(0, 256, (64, 4, 2, 3)).astype(np.uint8)
IMAGES = np.concatenate([LEFT, LEFT[:, :, ::-1]], axis=2)
LABELS = (IMAGES[:, 0].mean(axis=(1, 2)) > 127).astype(int)


def linear(seed=0):
    images = keras.Input(SHAPE, dtype="uint8")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 127.5, offset=-1.0)(images))
    weights = keras.initializers.RandomNormal(stddev=0.3, seed=seed)
    return PixelModel(images, keras.layers.Dense(2, kernel_initializer=weights)(x))


def exact_loss(classifier, epsilon):
    """The mean cross-entropy of two classes where every image is at its worst in the box."""
    kernel, bias = classifier.get_weights()
    difference = (kernel[:, 0] - kernel[:, 1]) * np.where(LABELS == 1, 1, -1)[:, None]
    x = IMAGES.reshape(len(IMAGES), -1) / 127.5 - 1
    x = np.clip(x + 2 * epsilon * np.sign(difference), -1, 1)
    lead = (x * difference).sum(axis=1) + (bias[0] - bias[1]) * np.where(LABELS == 1, 1, -1)
    return np.logaddexp(0, lead).mean()


def train(classifier, inner, steps=1, **options):
    return adversarial_training.train(
        classifier,
        IMAGES,
        LABELS,
        steps=steps,
        epsilon=EPSILON,
        inner=inner,
        batch_size=len(IMAGES),
        **options,
    )


def test_the_first_loss_is_that_of_the_exact_worst_case():
    clean, worst = exact_loss(linear(), 0.0), exact_loss(linear(), EPSILON)
    assert train(linear(), "none")[0] == pytest.approx(clean, rel=1e-5)
    assert train(linear(), "sign")[0] == pytest.approx(worst, rel=1e-5)
    begun = train(linear(), "random sign")[0]  # where a step of 1.25 ε from anywhere leads
    assert clean + 0.8 * (worst - clean) < begun < worst * (1 + 1e-5)
    assert abs(train(linear(), "noise")[0] - clean) < 0.3 * (worst - clean)


@pytest.mark.slow
def test_it_lowers_the_worst_case_where_plain_training_and_noise_do_not():
    left = {}
    for inner in adversarial_training.INNER:
        classifier = linear()
        losses = train(classifier, inner, steps=300, learning_rate=0.02)
        assert losses.shape == (300,) and losses[-1] < losses[0]
        left[inner] = exact_loss(classifier, EPSILON)
    assert max(left["sign"], left["random sign"]) < 0.8 * min(left["noise"], left["none"])


def test_the_attack_of_the_library_agrees_that_it_is_more_robust():
    plain, robust = linear(), linear()
    train(plain, "none", steps=300, learning_rate=0.02)
    train(robust, "random sign", steps=300, learning_rate=0.02)
    shares = []
    for classifier in (plain, robust):
        victim = attacks.Victim(classifier)
        attacked = attacks.fgsm(victim, IMAGES, LABELS, EPSILON)
        shares.append(attacks.right(victim, attacked, LABELS).mean())
    assert shares[1] > shares[0] + 0.05


def test_a_seed_fixes_everything():
    runs = [train(linear(), "random sign", steps=5, seed=seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).any()


def test_it_can_be_watched():
    seen = []
    train(linear(), "none", steps=7, watch=seen.append, every=3)
    assert seen == [0, 3, 6]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inner": "pgd"}, "'random sign'"),
        ({"epsilon": 8}, "at most 1"),
        ({"steps": 0}, "steps is 0"),
        ({"every": 0}, "every is 0"),
        ({"labels": LABELS[:4]}, "one class number for"),
    ],
)
def test_what_is_wrong_is_said(change, message):
    given = {"images": IMAGES, "labels": LABELS, "steps": 1, "epsilon": EPSILON} | change
    with pytest.raises((TypeError, ValueError), match=message):
        adversarial_training.train(linear(), **given)
