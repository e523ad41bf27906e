"""The accountant of lesson 16 against Google's dp-accounting."""

import pytest
from dp_accounting import dp_event, pld, rdp

from ganlib.society.privacy import accountant

CASES = [
    (0.6, 0.01, 2000, 1e-5),
    (0.8, 0.0128, 4000, 1e-5),
    (1.1, 0.005, 300, 1e-6),
    (2.0, 0.0512, 1000, 1e-5),
    (7.3, 1.0, 40, 1e-5),
]


def training(noise: float, rate: float, steps: int) -> dp_event.DpEvent:
    step = dp_event.PoissonSampledDpEvent(rate, dp_event.GaussianDpEvent(noise))
    return dp_event.SelfComposedDpEvent(step, steps)


@pytest.mark.parametrize("order", [2, 5, 17, 64])
@pytest.mark.parametrize(("noise", "rate"), [(0.6, 0.01), (1.3, 0.2), (4.0, 0.0128)])
def test_divergences_of_whole_orders_agree(noise, rate, order):
    theirs = rdp.RdpAccountant(orders=[order])
    theirs.compose(training(noise, rate, 1000))
    assert 1000 * accountant.rdp(noise, rate, order) == pytest.approx(theirs._rdp[0], rel=1e-5)


@pytest.mark.parametrize(("noise", "rate", "steps", "delta"), CASES)
def test_epsilon_agrees_with_their_renyi_accountant(noise, rate, steps, delta):
    """Both are upper bounds; theirs rounds fractional orders up, ours has other orders."""
    theirs = rdp.RdpAccountant(orders=accountant.ORDERS)
    theirs.compose(training(noise, rate, steps))
    ours = accountant.epsilon(noise, rate, steps, delta)
    assert ours <= theirs.get_epsilon(delta) * (1 + 1e-6)
    assert ours == pytest.approx(theirs.get_epsilon(delta), rel=0.03)


@pytest.mark.parametrize(("noise", "rate", "steps", "delta"), CASES)
def test_epsilon_is_not_below_their_sharper_accountant(noise, rate, steps, delta):
    """Privacy loss distributions bound the same training more closely."""
    sharper = pld.PLDAccountant()
    sharper.compose(training(noise, rate, steps))
    ours = accountant.epsilon(noise, rate, steps, delta)
    assert 0.99 * sharper.get_epsilon(delta) <= ours <= 2.2 * sharper.get_epsilon(delta)
