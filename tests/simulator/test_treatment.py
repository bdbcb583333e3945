"""True effects of actions on the customers of the simulated shop."""

from collections.abc import Callable, Iterator
from itertools import islice, takewhile

from deploy.simulator.catalogue import draw_catalogue
from deploy.simulator.customers.population import CURRENCIES, SimulatedCustomer, arrivals
from deploy.simulator.draw import DAY, stream
from deploy.simulator.life import Moment, customer_events
from deploy.simulator.simulate import play
from deploy.simulator.treatments.treated_shop import TreatedShop
from deploy.simulator.treatments.treatment import SimulatedAction, Treatment, amount_within, future, is_annoyed
from tests.kit.suite.cases import cases

SEED, START = 3, 1_700_000_000.0
_CUSTOMERS = cases(1_500, usual=600)
ENDS = START + 200 * DAY


def _customers(number: int) -> Iterator[SimulatedCustomer]:
    return islice(arrivals(seed=SEED, customers=number, start=START, days=100, currencies=CURRENCIES), number)


def _events(shop: TreatedShop) -> list[Moment]:
    return list(takewhile(lambda moment: moment[0] < ENDS, shop.events()))


def _gain(customer: SimulatedCustomer, action: SimulatedAction, at: float, days: float = 365.0) -> float:
    """Return what a customer pays within some days after an action, less what they would have paid without it."""
    catalogue = draw_catalogue(SEED)

    def rest() -> Iterator[Moment]:
        life = customer_events(stream(SEED, "life", customer.number), catalogue, customer, prefix="shop")
        return (moment for moment in life if moment[0] > at)

    _, treated = future(SEED, catalogue, customer, Treatment(at, customer.customer_id, action), rest())
    return amount_within(treated, at + days * DAY) - amount_within(rest(), at + days * DAY)


def _mean_gain(
    action: SimulatedAction, moment: Callable[[SimulatedCustomer], float | None], customers: int = _CUSTOMERS
) -> float:
    moments = ((one, moment(one)) for one in _customers(customers))
    gains = [_gain(one, action, at) for one, at in moments if at is not None]
    assert len(gains) > 30
    return sum(gains) / len(gains)


def _midway(customer: SimulatedCustomer) -> float | None:
    return customer.first_at + 0.5 * (customer.churn.left_at - customer.first_at)


def _with_open_complaint(customer: SimulatedCustomer) -> float | None:
    churn = customer.churn
    is_open = churn.cause == "unresolved_complaint"
    return 0.5 * (churn.last_purchase_at + churn.left_at) if is_open else None


def _drifting(customer: SimulatedCustomer) -> float | None:
    churn = customer.churn
    is_calm = churn.cause == "drifted_away" and not is_annoyed(SEED, customer)
    return 0.5 * (churn.drift_from + churn.left_at) if is_calm else None


def test_a_shop_in_which_nothing_is_done_is_the_same_to_the_byte() -> None:
    plain = takewhile(lambda moment: moment[0] < ENDS, play(_customers(60), seed=SEED, prefix="shop"))

    assert _events(TreatedShop(_customers(60), seed=SEED, prefix="shop")) == list(plain)


def test_events_stay_in_time_order_and_before_an_action_as_they_were() -> None:
    shop, at = TreatedShop(_customers(60), seed=SEED, prefix="shop"), START + 90 * DAY
    for customer in _customers(60):
        shop.treat(Treatment(at, customer.customer_id, "offer_10"))
    untreated = _events(TreatedShop(_customers(60), seed=SEED, prefix="shop"))

    treated = _events(shop)

    assert [moment[0] for moment in treated] == sorted(moment[0] for moment in treated)
    assert [one for one in treated if one[0] <= at] == [one for one in untreated if one[0] <= at]
    assert treated != untreated
    assert len({moment[1] for moment in treated}) == len(treated)


def test_an_action_may_be_added_while_the_shop_is_played() -> None:
    shop = TreatedShop(_customers(60), seed=SEED, prefix="shop")
    events, played = shop.events(), []
    for moment in takewhile(lambda moment: moment[0] < ENDS, events):
        played.append(moment)
        if len(played) == 200:
            for customer in _customers(60):
                shop.treat(Treatment(moment[0] + 60.0, customer.customer_id, "remind"))

    assert [moment[0] for moment in played] == sorted(moment[0] for moment in played)
    assert len(played) < len(_events(TreatedShop(_customers(60), seed=SEED, prefix="shop")))


def test_a_call_helps_those_with_an_open_complaint_and_nobody_else() -> None:
    assert _mean_gain("call", _with_open_complaint) > 50.0
    assert _mean_gain("call", lambda one: None if _with_open_complaint(one) else _midway(one), 200) == 0.0


def test_an_offer_wins_back_who_drifts_and_costs_money_with_the_others() -> None:
    assert _mean_gain("offer_10", _drifting) > 20.0
    others = _mean_gain("offer_10", lambda one: None if one.churn.cause == "drifted_away" else _midway(one))
    assert others < 0.0


def test_a_reminder_does_harm() -> None:
    assert _mean_gain("remind", _midway) < -10.0


def test_thanks_keep_the_loyal_who_would_leave_soon() -> None:
    def loyal(customer: SimulatedCustomer) -> float | None:
        at = customer.churn.left_at - 20 * DAY
        return at if at - customer.first_at > 13 * customer.gap else None

    assert _mean_gain("thank_you", loyal) > 20.0


def test_nothing_helps_who_has_left() -> None:
    assert _mean_gain("offer_10", lambda one: one.churn.left_at + DAY, 100) == 0.0


def test_the_shop_knows_the_true_gain_of_each_counted_treatment() -> None:
    at, until = START + 90 * DAY, START + 180 * DAY
    shop = TreatedShop(_customers(200), seed=SEED, prefix="shop")
    for customer in _customers(200):
        shop.treat(Treatment(at, customer.customer_id, "remind", until))

    played = _events(shop)

    without = _events(TreatedShop(_customers(200), seed=SEED, prefix="shop"))
    expected = amount_within(iter(played), until) - amount_within(iter(without), until)
    assert expected < -100.0
    assert round(sum(gain.amount for gain in shop.gains), 2) == round(expected, 2)


def test_the_shop_counts_no_gain_of_a_treatment_that_is_not_to_be_counted() -> None:
    shop = TreatedShop(_customers(60), seed=SEED, prefix="shop")
    for customer in _customers(60):
        shop.treat(Treatment(START + 90 * DAY, customer.customer_id, "remind"))
    _events(shop)

    assert shop.gains == []
