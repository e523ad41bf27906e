"""The moderator's dashboard: what it shows is what moderate makes of the whole day."""

import io

import matplotlib.image
import numpy as np
import pytest

from ganlib.society.decisions import moderate
from ganlib.society.moderation import simulate
from ganlib.society.signals import sigmoid
from ganlib.widgets import dashboard


@pytest.fixture(scope="module")
def day():
    return simulate(60_000, prevalence=0.002, seed=2)


@pytest.fixture(scope="module")
def logits(day):
    noise = np.random.default_rng(0).standard_normal(len(day.abusive))
    return -5 + 3 * day.abusive + day.filter_score + noise


@pytest.mark.parametrize("order", dashboard.ORDERS)
@pytest.mark.parametrize(("threshold", "reviews"), [(-4.0, 3_000), (0.0, 500), (2.0, 0), (5.0, 7)])
def test_an_outcome_is_that_of_the_whole_day(day, logits, threshold, reviews, order):
    shown = dashboard._Signal(day, "", logits).outcome(threshold, reviews, order)
    urgency = logits if order == dashboard.ORDERS[0] else sigmoid(logits) * day.views
    expected = moderate(
        day.abusive,
        day.views,
        logits,
        remove_above=threshold,
        reviews=reviews,
        urgency=urgency,
    )
    for name, value in vars(expected).items():
        assert getattr(shown, name) == pytest.approx(value), name


def test_the_figure_says_what_comes_of_its_settings(day, logits):
    curve, bars = dashboard.moderation_figure(day, logits, 1.0, 300, title="A title").axes
    outcome = dashboard._Signal(day, "", logits).outcome(1.0, 300, dashboard.ORDERS[1])
    assert f"{outcome.prevented:.0%} prevented" in curve.texts[0].get_text()
    assert f"{outcome.removed_unseen:,} removed unseen, 300 reviews" in bars.texts[0].get_text()
    widths = [bar.get_width() for bar in bars.patches]
    assert sum(widths) == pytest.approx(1) and min(widths) >= 0
    assert widths[0] == pytest.approx(1 - outcome.prevented)
    x, y = curve.lines[0].get_data()
    assert (np.diff(x) <= 0).all() and (np.diff(y) <= 1e-12).all()  # a higher threshold does less


@pytest.fixture
def explorer(day, logits):
    box = dashboard.moderation_dashboard(day, {"all": logits, "detector": day.filter_score - 6})
    first, second, picture = box.children
    names = ("signal", "order", "threshold", "reviews", "picture")
    return dict(zip(names, (*first.children, *second.children, picture), strict=True))


def test_each_control_changes_the_picture_and_says_what_it_is(explorer):
    assert explorer["signal"].value == "detector"
    changes = {"signal": "all", "reviews": 200, "order": dashboard.ORDERS[0], "threshold": -1.0}
    for name, value in changes.items():
        before = explorer["picture"].value
        explorer[name].value = value
        assert explorer["picture"].value != before, name
        assert explorer[name].description


def test_at_every_end_of_the_sliders_there_is_a_picture(explorer):
    for name in ("threshold", "reviews"):
        for end in (explorer[name].min, explorer[name].max):
            explorer[name].value = end
            assert matplotlib.image.imread(io.BytesIO(explorer["picture"].value)).shape[2] == 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda day: dashboard.moderation_dashboard(day, {}), "signals is empty"),
        (lambda day: dashboard.moderation_figure(day, np.zeros(3)), "has the shape"),
        (
            lambda day: dashboard.moderation_figure(day, day.filter_score, order="luck"),
            "probability, probability × views",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(day, call, message):
    with pytest.raises(ValueError, match=message):
        call(day)


def test_each_bar_has_its_own_name(day, logits):
    bars = dashboard.moderation_figure(day, logits, 1.0, 300).axes[1]
    unseen, both = (
        dashboard._Signal(day, "", logits).outcome(1.0, reviews, dashboard.ORDERS[1]).prevented
        for reviews in (0, 300)
    )
    names = [tick.get_text() for tick in bars.get_yticklabels()]
    widths = {name: bar.get_width() for name, bar in zip(names, bars.patches, strict=True)}
    assert widths["prevented unseen"] == pytest.approx(unseen)
    assert widths["prevented by people"] == pytest.approx(both - unseen)
