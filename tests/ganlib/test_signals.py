"""Signals of abuse: regular hours, shared traces, reports counted once a group, and their sum."""

import numpy as np
import pytest

from ganlib.society import signals
from ganlib.society.moderation import KINDS, simulate


@pytest.fixture(scope="module")
def day():
    return simulate(200_000, seed=4)


# Regular hours ------------------------------------------------------------------------------------


def test_a_clock_is_1_and_chance_is_near_0():
    rng = np.random.default_rng(0)
    hours = np.concatenate([np.arange(50) / 3, np.cumsum(rng.exponential(1, 50_000))])
    author = np.repeat([1, 0], [50, 50_000])
    order = rng.permutation(len(hours))
    chance, clock, nothing = signals.regularity(author[order], hours[order], 3)
    assert clock == pytest.approx(1)
    assert chance == pytest.approx(0, abs=0.02)  # exponential gaps: mean and deviation are equal
    assert nothing == 0


def test_bursts_are_below_0_and_few_posts_say_nothing():
    hours = np.array([1.0, 1.01, 1.02, 1.03, 1.04, 20.0, 1.0, 2.0, 3.0])
    bursts, few = signals.regularity(np.repeat([0, 1], [6, 3]), hours, 2)
    assert bursts < -0.2 and few == 0


def test_automata_stand_out(day):
    score = signals.regularity(day.author, day.hour, len(day.kind))
    automata, people = (score[day.kind == KINDS.index(name)] for name in ("automaton", "person"))
    assert automata.mean() > 0.85 and people.mean() < 0.2


# Shared traces ------------------------------------------------------------------------------------


def pairs_by_hand(account, trace, shared, most):
    left = {}
    for who, what in zip(account, trace, strict=True):
        left.setdefault(what, set()).add(who)
    count = {}
    for accounts in left.values():
        if len(accounts) <= most:
            for one in accounts:
                for other in accounts:
                    if one < other:
                        count[one, other] = count.get((one, other), 0) + 1
    return sorted(pair for pair, times in count.items() if times >= shared)


@pytest.mark.parametrize(("shared", "most"), [(1, 3), (2, 5), (3, 50), (1, 2)])
def test_linked_pairs_are_those_of_a_plain_loop(shared, most):
    rng = np.random.default_rng(shared)
    account, trace = rng.integers(0, 25, 300) * 7, rng.integers(-9, 60, 300)
    result = signals.linked_pairs(account, trace, shared, most)
    assert sorted(map(tuple, result.tolist())) == pairs_by_hand(account, trace, shared, most)


def test_nothing_in_common_gives_no_pairs():
    for account in (np.arange(4), np.zeros(4, int), np.zeros(0, int)):
        result = signals.linked_pairs(account, np.arange(len(account)))
        assert result.shape == (0, 2)


def test_components_are_those_of_a_search():
    rng = np.random.default_rng(2)
    pairs = rng.integers(0, 60, (40, 2))
    group = signals.components(pairs, 60)
    neighbours = {node: {node} for node in range(60)}
    for one, other in pairs.tolist():
        neighbours[one].add(other)
        neighbours[other].add(one)
    for node in range(60):
        seen, todo = set(), [node]
        while todo:
            here = todo.pop()
            if here not in seen:
                seen.add(here)
                todo.extend(neighbours[here])
        assert set(np.flatnonzero(group == group[node]).tolist()) == seen
        assert group[node] == min(seen)


def test_rings_and_clubs_are_found_and_people_are_not(day):
    _, size = signals.coordinated_groups(day.author, day.picture, len(day.kind))
    caught = {name: (size[day.kind == number] >= 4).mean() for number, name in enumerate(KINDS)}
    assert caught["club"] == 1 and caught["ring"] > 0.4
    assert caught["person"] < 1e-4 and caught["automaton"] == 0


def test_shuffled_pictures_link_nobody(day):
    picture = np.random.default_rng(0).permutation(day.picture)
    _, size = signals.coordinated_groups(day.author, picture, len(day.kind))
    assert (size >= 4).sum() == 0


def test_a_brigade_speaks_with_about_one_voice(day):
    voices = signals.independent_reports(day)
    assert (voices <= day.reports).all()
    assert day.reports[day.brigaded].mean() > 20 and voices[day.brigaded].mean() < 2
    others = ~day.brigaded
    assert voices[others].sum() == day.reports[others].sum()


# Evidence -----------------------------------------------------------------------------------------


def test_evidence_is_the_log_ratio_of_known_densities():
    rng = np.random.default_rng(5)
    abusive = rng.random(400_000) < 0.3
    signal = rng.normal(1.0 * abusive, 1.0)
    points = np.array([-1.0, 0.5, 2.0])
    ratio = signals.Evidence(signal, abusive, bins=60)(points)
    np.testing.assert_allclose(ratio, points - 0.5, atol=0.1)  # of N(1, 1) to N(0, 1)


def test_evidence_of_a_signal_of_two_values():
    abusive = np.array([True] * 40 + [False] * 960)
    signal = np.array([1] * 30 + [0] * 10 + [1] * 96 + [0] * 864)
    evidence = signals.Evidence(signal, abusive)
    np.testing.assert_allclose(
        evidence(np.array([0, 1])), np.log([0.25 / 0.9, 0.75 / 0.1]), atol=0.07
    )


def test_evidence_needs_both_kinds_and_equal_shapes():
    for abusive in (np.zeros(5, bool), np.ones(5, bool), np.array([True, False])):
        with pytest.raises(ValueError, match="signal and abusive have the shapes"):
            signals.Evidence(np.arange(5.0), abusive)


def test_sigmoid_is_exact_far_out():
    np.testing.assert_allclose(signals.sigmoid([-800, 0, 800]), [0, 0.5, 1])
    np.testing.assert_allclose(signals.sigmoid(np.log(3)), 0.75)


# Logistic regression ------------------------------------------------------------------------------


def test_a_regression_finds_the_weights_that_made_the_labels():
    rng = np.random.default_rng(6)
    features = rng.standard_normal((60_000, 3))
    p = signals.sigmoid(-3 + features @ [1.0, -0.5, 0.0])
    bias, weights = signals.fit_logistic(features, rng.random(len(p)) < p)
    np.testing.assert_allclose([bias, *weights], [-3, 1, -0.5, 0], atol=0.09)


def test_at_its_minimum_the_slope_is_0():
    rng = np.random.default_rng(7)
    features, labels = rng.standard_normal((500, 4)), rng.random(500) < 0.1
    counts = rng.uniform(0.5, 3, 500)
    bias, weights = signals.fit_logistic(features, labels, ridge=2.0, counts=counts)
    gap = counts * (signals.sigmoid(bias + features @ weights) - labels)
    assert abs(gap.sum()) < 1e-3
    np.testing.assert_allclose(features.T @ gap, -2.0 * weights, atol=1e-3)


def test_a_count_of_two_is_the_row_twice():
    rng = np.random.default_rng(8)
    features, labels = rng.standard_normal((200, 2)), rng.random(200) < 0.4
    counts = rng.integers(1, 4, 200)
    weighted = signals.fit_logistic(features, labels, counts=counts)
    repeated = signals.fit_logistic(np.repeat(features, counts, 0), np.repeat(labels, counts))
    np.testing.assert_allclose(weighted[1], repeated[1], atol=1e-5)


def test_a_perfect_separation_stays_finite():
    features = np.array([[-1.0], [-2.0], [1.0], [2.0]])
    bias, weights = signals.fit_logistic(features, np.array([False, False, True, True]))
    assert np.isfinite([bias, *weights]).all() and weights[0] > 2


def test_labels_of_one_kind_are_refused():
    with pytest.raises(ValueError, match="labels of both kinds"):
        signals.fit_logistic(np.zeros((3, 1)), np.zeros(3))


def test_evidence_and_regression_refuse_what_is_no_number_or_label():
    rng = np.random.default_rng(0)
    abusive, signal = rng.random(200) < 0.3, rng.normal(size=200)
    broken = np.where(np.arange(200) == 7, np.nan, signal)
    with pytest.raises(ValueError, match="1 of 200 values are NaN"):
        signals.Evidence(broken, abusive)
    with pytest.raises(ValueError, match="1 of 200 values are NaN"):
        signals.Evidence(signal, abusive)(broken)
    for features, labels in ((signal, 2.0 * ~abusive - 1), (broken, abusive)):
        with pytest.raises(ValueError, match="must be True or False"):
            signals.fit_logistic(features[:, None], labels)
