"""Benchmarks compute for many customers at a time exactly what the worker computes for each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bench.retention.simulated.columns import bid_columns, propensities_of
from retention.decide.choice.prices import Bid, bids_of
from retention.decide.choice.propensity import MILLION, propensities
from retention.outcomes.columns import Flags, Matrix

_money = st.floats(-10.0, 1e4) | st.sampled_from((0.0, 1.0, 2.5))


@st.composite
def _offers(draw: st.DrawFn) -> tuple[Matrix, Matrix, Flags]:
    """Gains less costs, prices, and what is allowed, of some actions and customers."""
    actions, customers = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    shape = st.lists(_money, min_size=actions * customers, max_size=actions * customers)
    allowed = st.lists(st.booleans(), min_size=actions * customers, max_size=actions * customers)
    net_of_cost = np.array(draw(shape)).reshape(actions, customers)
    prices = np.array(draw(st.lists(st.floats(0.0, 5.0), min_size=actions, max_size=actions)))[:, np.newaxis]
    return net_of_cost, net_of_cost - prices, np.array(draw(allowed)).reshape(actions, customers)


@given(_offers(), st.floats(0.0, 1e6), st.floats(0.0, 1.0))
def test_propensities_of_many_customers_are_those_of_each(
    offers: tuple[Matrix, Matrix, Flags], sharpness: float, share: float
) -> None:
    _, net, allowed = offers
    pays = allowed & (net > 0.0)
    worth = pays.any(axis=0)
    net, pays = net[:, worth], pays[:, worth]

    for place, weights in enumerate(propensities_of(net, pays, sharpness, share).T if worth.any() else ()):
        expected = propensities(net[pays[:, place], place].tolist(), sharpness, share)
        assert [*weights[:-1][pays[:, place]].tolist(), weights[-1]] == [one / MILLION for one in expected]
        assert not weights[:-1][~pays[:, place]].any()


@given(_offers())
def test_bids_of_many_customers_are_those_of_each(offers: tuple[Matrix, Matrix, Flags]) -> None:
    net_of_cost, net, allowed = offers
    bids = bid_columns(net_of_cost, net, allowed)
    columns = bids.customers.tolist(), bids.actions.tolist(), bids.amounts.tolist()
    together = [Bid(*one) for one in zip(*columns, strict=True)]

    one_by_one: list[Bid] = []
    for place in range(net.shape[1]):
        actions = np.flatnonzero(allowed[:, place]).tolist()
        gains = {action: float(net_of_cost[action, place]) for action in actions}
        one_by_one += bids_of(place, gains, {action: float(net[action, place]) for action in actions})

    assert sorted(together) == sorted(one_by_one)
