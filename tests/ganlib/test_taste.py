"""Simulated readers and what is learned of them: values from mathematics, loops that can fail."""

import numpy as np
import pytest

from ganlib import taste


def rng(seed=0):
    return np.random.default_rng(seed)


def world(n=1500, seed=0):
    """A catalogue whose facts are four of eight latent numbers."""
    latents = rng(seed).standard_normal((n, 8)).astype(np.float32)
    facts = latents[:, :4].astype(np.float64)
    images = np.zeros((n, 1, 1, 3), np.uint8)
    return taste.Catalogue(latents, images, facts, np.zeros(4), np.ones(4))


def test_readers_answer_with_the_probability_of_the_logistic_function():
    reader = taste.Reader(np.array([1.0, 0.0]), firmness=2.0)
    a, b = np.tile([0.5, 9.0], (20_000, 1)), np.tile([0.1, -9.0], (20_000, 1))
    share = reader.prefers(a, b, rng()).mean()
    assert share == pytest.approx(1 / (1 + np.exp(-0.8)), abs=0.01)
    coin = taste.Reader(np.array([1.0, 0.0]), firmness=0.0)
    assert coin.prefers(a, b, rng()).mean() == pytest.approx(0.5, abs=0.01)
    sure = taste.Reader(np.array([1.0, 0.0]), firmness=1e6)
    assert sure.prefers(a, b, rng()).all()


def test_a_reader_with_two_interests_likes_what_serves_either():
    reader = taste.Reader(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert reader.likes([[3.0, -1.0], [-5.0, 2.0]]).tolist() == [3.0, 2.0]


def test_tastes_have_length_one_and_share_as_much_as_asked():
    apart = np.array([r.taste for r in taste.readers(500, 4, shared=0.0, seed=1)])
    half = np.array([r.taste for r in taste.readers(500, 4, shared=0.5, seed=1)])
    one = np.array([r.taste for r in taste.readers(5, 4, shared=1.0, seed=1)])
    for tastes in (apart, half, one):
        np.testing.assert_allclose(np.linalg.norm(tastes, axis=1), 1)
    np.testing.assert_allclose(one, one[:1].repeat(5, 0))
    alike = [np.mean((tastes @ tastes.T)[~np.eye(500, dtype=bool)]) for tastes in (apart, half)]
    assert abs(alike[0]) < 0.05 < 0.3 < alike[1] < 0.7


def test_learning_makes_the_slope_of_its_loss_zero():
    differences, answers = rng().standard_normal((60, 5)), (rng(1).random(60) < 0.5).astype(float)
    w = taste.learn(differences, answers, ridge=2.0)
    p = 1 / (1 + np.exp(-differences @ w))
    np.testing.assert_allclose(differences.T @ (p - answers) + 2.0 * w, 0, atol=1e-6)


def test_learning_is_symmetric_and_finite_where_all_answers_can_be_met():
    differences = 100 * rng().standard_normal((3, 5))
    w = taste.learn(differences, np.ones(3), ridge=1e-3)
    assert np.isfinite(w).all() and (differences @ w > 0).all()
    np.testing.assert_allclose(taste.learn(-differences, np.zeros(3), ridge=1e-3), w, rtol=1e-6)
    assert not taste.learn(np.zeros((0, 5)), np.zeros(0)).any()


def test_more_answers_teach_more():
    shown, reader = world(), taste.Reader(np.array([0.6, 0.0, 0.8, 0.0]))
    truth = np.concatenate([reader.taste, np.zeros(4)])
    cosines = []
    for n in (20, 200, 2000):
        w = taste.learn(*taste.interview(reader, shown, n, rng(3)))
        cosines.append(w @ truth / np.linalg.norm(w))
    assert cosines == sorted(cosines) and cosines[-1] > 0.97


@pytest.mark.parametrize(
    "differences, answers, ridge",
    [
        (np.ones((3, 2)), np.ones(2), 1),
        (np.ones((3, 2)), [0, 1, 2], 1),
        (np.ones((3, 2)), [0] * 3, 0),
    ],
)
def test_what_cannot_be_learned_from_is_refused(differences, answers, ridge):
    with pytest.raises(ValueError, match=r"must"):
        taste.learn(differences, answers, ridge)


def test_steering_keeps_lengths_and_goes_the_way():
    latents, way = rng().standard_normal((50, 8)), np.eye(8)[0] * 3
    moved = taste.steered(latents, way, 2.0)
    np.testing.assert_allclose(
        np.linalg.norm(moved, axis=1), np.linalg.norm(latents, axis=1), rtol=1e-5
    )
    assert (moved[:, 0] - latents[:, 0]).mean() > 1
    np.testing.assert_allclose(taste.steered(latents, way, 0.0), latents, rtol=1e-5)
    far = taste.steered(latents, way, 1e6)
    np.testing.assert_allclose(far[:, 0], np.linalg.norm(latents, axis=1), rtol=1e-4)
    with pytest.raises(ValueError, match="nothing has been learned"):
        taste.steered(latents, np.zeros(8), 1.0)


def test_a_catalogue_has_standardised_facts():
    images = rng().integers(0, 256, (40, 32, 32, 3), np.uint8)
    made = taste.catalogue(lambda latents: images[: len(latents)], np.zeros((40, 8)))
    np.testing.assert_allclose(made.facts.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(made.facts.std(0), 1, atol=1e-9)
    np.testing.assert_allclose(made.facts_of(images[:5]), made.facts[:5])
    assert taste.spread(made.facts) == pytest.approx(1)


def test_a_feed_learns_and_pure_chance_does_not_please():
    shown, reader = world(), taste.Reader(np.array([1.0, 0.0, 0.0, 0.0]))
    believing, chance = (
        taste.feed(reader, shown, 25, 10, explore, 300, rng(1)) for explore in (0.0, 1.0)
    )
    assert believing.pages.shape == (25, 10) and believing.liking.shape == (25,)
    assert all(len(set(page)) == 10 for page in believing.pages)
    assert believing.liking[-5:].mean() > 1.2
    assert abs(chance.liking.mean()) < 0.3
    assert chance.belief[0] / np.linalg.norm(chance.belief) > 0.8  # it learns all the same
    np.testing.assert_allclose(believing.liking, shown.facts[believing.pages, 0].mean(axis=1))


def test_a_reader_may_change_half_way():
    shown, reader = world(), taste.Reader(np.array([1.0, 0.0, 0.0, 0.0]))
    later = taste.Reader(-reader.taste)
    changing = taste.feed(reader, shown, 20, 10, 0.0, 300, rng(1), later)
    same = taste.feed(reader, shown, 20, 10, 0.0, 300, rng(1))
    np.testing.assert_array_equal(changing.pages[:11], same.pages[:11])
    assert changing.liking[10] == -same.liking[10]


def test_pages_are_compared_in_pairs():
    with pytest.raises(ValueError, match="size is 3, but must be even"):
        taste.feed(taste.readers(1, 4)[0], world(50), 2, 3, 0.0, 20, rng())
