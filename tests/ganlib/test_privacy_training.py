"""Private gradients, Poisson batches, and many GANs at once."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import toys
from ganlib.society.privacy import crowd, dp_sgd
from ganlib.society.privacy.crowd import Crowd


def real_loss(logits):
    return tf.reduce_sum(tf.nn.softplus(-logits))


@pytest.fixture(scope="module")
def discriminator():
    return toys.networks(hidden=(7, 5), seed=3)[1]


@pytest.fixture(scope="module")
def points():
    return toys.ring().sample(9, seed=1)


def one_by_one(model, points):
    gradients = []
    for point in points:
        with tf.GradientTape() as tape:
            loss = real_loss(model(point[None]))
        gradients.append([each.numpy() for each in tape.gradient(loss, model.trainable_variables)])
    return [np.stack(each) for each in zip(*gradients, strict=True)]


def test_per_example_gradients_are_those_of_batches_of_one(discriminator, points):
    together = dp_sgd.per_example_gradients(discriminator, real_loss, points)
    for each, expected in zip(together, one_by_one(discriminator, points), strict=True):
        np.testing.assert_allclose(each, expected, rtol=1e-4, atol=1e-6)


def test_a_convolution_has_them_too():
    from ganlib import networks

    shape = {"image_shape": (16, 16, 3), "width": 4, "kernel_size": 4}
    model = networks.dcgan_discriminator(**shape, dropout=0.0)
    images = np.random.default_rng(0).normal(size=(5, 16, 16, 3)).astype(np.float32)
    together = dp_sgd.per_example_gradients(model, real_loss, images)
    with tf.GradientTape() as tape:
        loss = real_loss(model(images, training=True))
    for each, total in zip(together, tape.gradient(loss, model.trainable_variables), strict=True):
        np.testing.assert_allclose(tf.reduce_sum(each, axis=0), total, rtol=1e-3, atol=1e-5)


def clipped_by_hand(gradients, clip):
    norms = np.sqrt(sum((each.reshape(len(each), -1) ** 2).sum(axis=1) for each in gradients))
    scale = np.minimum(1, clip / norms)
    return [np.tensordot(scale, each, 1) for each in gradients], norms


def private(model, points, **changed):
    how = {"clip": 0.5, "noise": 0.0, "batch": 4, "seed": [0, 1]} | changed
    return dp_sgd.private_gradients(model, real_loss, points, **how)


def test_without_noise_it_is_the_clipped_sum_over_the_expected_batch(discriminator, points):
    expected, norms = clipped_by_hand(one_by_one(discriminator, points), 0.5)
    assert (norms > 0.5).any()
    for each, right in zip(private(discriminator, points), expected, strict=True):
        np.testing.assert_allclose(each, right / 4, rtol=1e-4, atol=1e-6)


def test_one_example_more_moves_the_sum_by_the_clip_at_most(discriminator, points):
    for clip in (0.01, 0.3, 100.0):
        sums = [
            np.concatenate([np.ravel(each) for each in private(discriminator, rows, clip=clip)])
            for rows in (points, points[1:])
        ]
        moved = 4 * np.linalg.norm(sums[0] - sums[1])
        assert moved <= clip * 1.0001
        if clip < 1:
            assert moved > clip * 0.999


@pytest.mark.slow
def test_the_noise_has_the_right_size_and_is_new_at_each_seed(discriminator, points):
    exact = private(discriminator, points)
    noise = {
        seed: np.concatenate(
            [
                np.ravel(noisy - each)
                for noisy, each in zip(
                    private(discriminator, points, noise=3.0, seed=[0, seed]), exact, strict=True
                )
            ]
        )
        for seed in range(20)
    }
    values = np.stack(list(noise.values()))
    assert values.std() == pytest.approx(3.0 * 0.5 / 4, rel=0.05)
    assert np.abs(np.corrcoef(values)[np.triu_indices(20, 1)]).max() < 0.6
    assert np.abs(np.corrcoef(values.T)[np.triu_indices(values.shape[1], 1)]).max() < 0.9
    again = private(discriminator, points, noise=3.0, seed=[0, 7])
    np.testing.assert_array_equal(np.ravel(again[0]), np.ravel(exact[0] + (again[0] - exact[0])))


def test_an_empty_batch_is_noise_alone(discriminator):
    none = private(discriminator, np.zeros((0, 2), np.float32))
    assert all((each.numpy() == 0).all() for each in none)
    noisy = private(discriminator, np.zeros((0, 2), np.float32), noise=1.0)
    assert all((each.numpy() != 0).any() for each in noisy)


def test_clipping_is_refused_where_it_makes_no_sense(discriminator, points):
    with pytest.raises(ValueError, match="clip is 0, but must be above 0"):
        private(discriminator, points, clip=0)


def copy_into(flock, model, number):
    """Give one discriminator of a crowd the weights of a Keras model."""
    weights = iter(model.get_weights())
    for layer in flock.discriminator:
        for variable, value in zip(layer, weights, strict=False):
            values = variable.numpy()
            values[number] = value.reshape(values[number].shape)
            variable.assign(values)


def test_the_crowd_clips_as_dp_sgd_does(discriminator, points):
    flock = Crowd(3, 2, hidden=(7, 5), seed=0)
    for number in range(3):
        copy_into(flock, toys.networks(hidden=(7, 5), seed=number)[1], number)
    present = np.ones((3, len(points)), np.float32)
    present[1, ::2] = 0
    wide = tf.constant(np.broadcast_to(points, (3, *points.shape)))
    for clip in (0.5, 1e9):
        sums = flock._clipped(wide, tf.constant(present), -1.0, tf.constant(clip))
        for number in range(3):
            model = toys.networks(hidden=(7, 5), seed=number)[1]
            rows = points[present[number] > 0]
            expected = private(model, rows, clip=clip, batch=1)
            for each, right in zip(sums, expected, strict=True):
                np.testing.assert_allclose(
                    np.reshape(each[number], right.shape), right, rtol=1e-3, atol=1e-5
                )


def test_a_crowd_says_what_its_models_say_alone(points):
    flock = Crowd(2, 2, hidden=(7, 5), seed=0)
    models = [toys.networks(hidden=(7, 5), seed=seed)[1] for seed in (4, 5)]
    for number, model in enumerate(models):
        copy_into(flock, model, number)
    expected = [model(points).numpy()[:, 0] for model in models]
    np.testing.assert_allclose(flock.logits(points), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("count", "rate"), [(200, 0.1), (50, 1.0), (3000, 0.004), (7, 0.5)])
def test_poisson_batches_draw_each_example_independently(count, rate):
    most = crowd.slots(count, rate)
    models = 4000
    rates = tf.fill((models,), tf.constant(rate, tf.float64))
    rows, drawn = crowd.poisson_rows(
        rates, tf.fill((models,), tf.constant(count, tf.int64)), most, [5, 6]
    )
    rows, drawn = rows.numpy(), drawn.numpy()
    table = np.zeros((models, count), int)
    np.add.at(table, (np.nonzero(drawn)[0], rows[drawn]), 1)
    assert table.max() == 1
    sizes = table.sum(axis=1)
    error = np.sqrt(rate * (1 - rate) / models)
    assert np.abs(table.mean(axis=0) - rate).max() <= 5 * error
    assert sizes.var() == pytest.approx(count * rate * (1 - rate), rel=0.15)
    if 0 < rate < 1:
        neighbours = (table[:, :-1] * table[:, 1:]).mean()
        assert neighbours == pytest.approx(rate**2, abs=5 * rate / np.sqrt(models * (count - 1)))


def test_models_with_few_and_many_examples_share_a_draw():
    rates, counts = np.array([1.0, 0.01]), np.array([3, 5000])
    rows, drawn = crowd.poisson_rows(tf.constant(rates), tf.constant(counts), 200, [1, 2])
    assert rows[0][drawn[0]].numpy().tolist() == [0, 1, 2]
    assert (rows[0][~drawn[0]].numpy() == 0).all()
    assert 10 < drawn[1].numpy().sum() < 120


def everyone(models, n):
    return np.ones((models, n), bool)


def trained(members, pool, steps=20, seed=0, **how):
    flock = Crowd(len(members), 2, hidden=(8,), seed=seed)
    flock.train(pool, members, steps, **how)
    return flock


@pytest.mark.slow
def test_a_model_learns_from_its_members_alone(points):
    members = everyone(2, len(points))
    members[:, 0] = False
    moved = points.copy()
    moved[0] = 100.0
    before, after = (trained(members, pool).logits(points[1:]) for pool in (points, moved))
    np.testing.assert_array_equal(before, after)
    members[1, 0] = True
    other = trained(members, moved).logits(points[1:])
    np.testing.assert_allclose(before[0], other[0], rtol=1e-5, atol=1e-6)
    assert np.abs(before[1] - other[1]).max() > 1e-3


@pytest.mark.slow
def test_training_goes_on_where_it_stopped(points):
    whole = trained(everyone(2, len(points)), points, 30, clip=0.5, noise=1.0)
    parts = trained(everyone(2, len(points)), points, 12, clip=0.5, noise=1.0)
    parts.train(points, everyone(2, len(points)), 18, clip=0.5, noise=1.0)
    np.testing.assert_allclose(whole.sample(5), parts.sample(5), rtol=1e-5, atol=1e-6)
    assert np.abs(whole.sample(5) - trained(everyone(2, 9), points, 12).sample(5)).max() > 1e-3


@pytest.mark.slow
def test_seeds_and_models_differ(points):
    members = everyone(2, len(points))
    flock = trained(members, points)
    assert np.abs(np.diff(flock.sample(5), axis=0)).max() > 1e-3
    other = trained(members, points, seed=1)
    assert np.abs(other.sample(5) - flock.sample(5)).max() > 1e-3
    np.testing.assert_array_equal(flock.sample(5), trained(members, points).sample(5))


@pytest.mark.slow
def test_a_clip_that_never_bites_changes_nothing(points):
    members = everyone(1, len(points))
    plain, wide, tight = (
        trained(members, points, clip=clip).sample(5) for clip in (None, 1e6, 1e-3)
    )
    np.testing.assert_allclose(plain, wide, rtol=1e-4, atol=1e-5)
    assert np.abs(plain - tight).max() > 1e-3


def test_each_model_may_have_its_own_noise(points):
    members = everyone(2, len(points))
    noisy = trained(members, points, clip=0.5, noise=np.array([0.0, 5.0]))
    quiet = trained(members, points, clip=0.5, noise=0.0)
    np.testing.assert_allclose(noisy.sample(5)[0], quiet.sample(5)[0], rtol=1e-5, atol=1e-6)
    assert np.abs(noisy.sample(5)[1] - quiet.sample(5)[1]).max() > 1e-3


def test_the_published_size_fixes_how_often_an_example_is_drawn():
    """With twice the size an example is drawn half as often, and sums are divided by the same."""
    pool = toys.ring().sample(400, seed=0)
    members = everyone(2, 400)
    flock = Crowd(2, 2, hidden=(8,), seed=0)
    flock.train(pool, members, 1, batch=40, size=np.array([400, 4000]))
    moved = np.abs(flock.logits(pool[:5]))
    assert np.isfinite(moved).all()
    with pytest.raises(ValueError, match="size is 0, but must be at least 1"):
        flock.train(pool, members, 1, size=0)


@pytest.mark.slow
def test_a_crowd_learns_the_ring():
    ring = toys.ring()
    pool = ring.sample(4000, seed=0)
    flock = Crowd(2, 2, seed=0)
    flock.train(pool, everyone(2, 4000), 2500, batch=128)
    for points in flock.sample(1000):
        judged = toys.coverage(ring, points)
        assert judged.modes_covered >= 6 and judged.high_quality > 0.4


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"pool": np.zeros((9, 3))}, ValueError, "pool: numbers of the shape"),
        ({"members": np.ones((2, 9))}, ValueError, "members are float64"),
        ({"members": np.zeros((2, 9), bool)}, ValueError, "Model 0 has no members"),
        ({"noise": 1.0}, ValueError, "noise was given without clip"),
        ({"noise": -1.0, "clip": 1.0}, ValueError, "noise is -1"),
        ({"steps": 0}, ValueError, "steps is 0"),
    ],
)
def test_bad_input_is_named(points, change, error, message):
    given = {"pool": points, "members": everyone(2, 9), "steps": 1} | change
    pool, members, steps = (given.pop(name) for name in ("pool", "members", "steps"))
    with pytest.raises(error, match=message):
        Crowd(2, 2).train(pool, members, steps, **given)


def test_points_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="points: numbers of the shape"):
        Crowd(2, 2).logits(np.zeros((4, 3)))


def test_the_noise_of_a_crowd_has_its_size_and_is_new_at_each_step():
    """Gradients are clipped to next to nothing, so that the noise alone moves the weights."""
    flock = Crowd(2, 2, hidden=(64,), seed=0)
    flock._optimizers = [keras.optimizers.SGD(rate) for rate in (1e-3, 1.0)]
    for optimizer, layers in zip(
        flock._optimizers, (flock.generator, flock.discriminator), strict=True
    ):
        optimizer.build([each for layer in layers for each in layer])

    def weights():
        parts = [each.numpy().reshape(2, -1) for layer in flock.discriminator for each in layer]
        return np.concatenate(parts, axis=1)

    places, how = [weights()], {"batch": 40, "size": 800, "clip": 1e-3, "noise": [2e3, 8e3]}
    for _ in range(2):
        flock.train(np.zeros((400, 2)), everyone(2, 400), 1, **how)
        places.append(weights())
    first, second = np.diff(places, axis=0)
    # σ · C on the sum, over q · size = 40
    np.testing.assert_allclose(first.std(axis=1), [2 / 40, 8 / 40], rtol=0.2)
    layers = first[0, :64], first[0, 128:192]
    for one, other in ((first[0], second[0]), (first[0], first[1]), layers):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.5
