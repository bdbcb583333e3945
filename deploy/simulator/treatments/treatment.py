"""Treatments: the changes that an action makes in a customer's life, and their worth.

A life that an action does not change goes on event by event as it would have. One that it changes goes on, from the
moment of the action, as a new life of the same customer: won back or kept, they return to their rhythm and meet another
end later; annoyed, they are gone. Everything is drawn from streams of their own, so a shop in which nothing is done is
the same to the byte.
"""

from collections.abc import Iterator
from itertools import takewhile
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from deploy.simulator.catalogue import Catalogue
from deploy.simulator.customers.churn_cause import draw_churn
from deploy.simulator.customers.population import SimulatedCustomer
from deploy.simulator.draw import DAY, Event, money, stream
from deploy.simulator.life import Moment, customer_events
from deploy.simulator.treatments import true_effects as true

SimulatedAction: TypeAlias = Literal["call", "offer_10", "thank_you", "remind"]

OFFER_DAYS: Final = 60.0
"""Days in which an offer may be used, once."""

THANKED_DAYS: Final = 90.0
"""Thanks keep those who would leave within so many days."""


class Treatment(NamedTuple):
    """An action that was carried out.

    Attributes:
        at: Moment, Unix seconds.
        customer_id: Id of the customer.
        action: What was done.
        counted_until: End of the time in which what it brings is counted, Unix seconds; 0 if it is not counted.
    """

    at: float
    customer_id: str
    action: SimulatedAction
    counted_until: float = 0.0


class TrueGain(NamedTuple):
    """True gain of a treatment, which no experiment can see for one customer.

    Attributes:
        treatment: The treatment.
        amount: What the customer pays more because of it until ``counted_until``, less refunds.
        currency: Of the amount.
    """

    treatment: Treatment
    amount: float
    currency: str


def future(
    seed: int, catalogue: Catalogue, customer: SimulatedCustomer, treatment: Treatment, life: Iterator[Moment]
) -> tuple[SimulatedCustomer, Iterator[Moment]]:
    """Return a customer after a treatment, and the events that follow.

    Args:
        seed: Names the shop.
        catalogue: Products of the shop.
        customer: The customer, as their life was drawn.
        treatment: The treatment.
        life: The events that would have followed without it, all after it.
    """
    random = stream(seed, "treatment", treatment.customer_id, treatment.action, treatment.at)
    change = _change_by(seed, customer, treatment)
    if change is not None and random.random() < change.chance:
        if change.is_loss:
            return customer._replace(churn=customer.churn._replace(left_at=treatment.at)), iter(())
        customer, life = _new_life(seed, catalogue, customer, treatment.at)
    if treatment.action == "offer_10":
        life = _discounted(life, treatment.at + OFFER_DAYS * DAY)
    return customer, life


def is_annoyed(seed: int, customer: SimulatedCustomer) -> bool:
    """Return True for the few customers whom offers annoy."""
    return stream(seed, "annoyed", customer.number).random() < true.ANNOYED


def amount_within(life: Iterator[Moment], until: float) -> float:
    """Return what a customer pays until a moment (Unix seconds) less refunds, in the currency of their purchases."""
    return sum(_amount(event) for _, _, event in takewhile(lambda moment: moment[0] <= until, life))


class _LifeChange(NamedTuple):
    """Possible change of a life by an action: its chance, and whether it makes them leave or keeps them."""

    chance: float
    is_loss: bool = False


def _change_by(seed: int, customer: SimulatedCustomer, treatment: Treatment) -> _LifeChange | None:
    churn, at = customer.churn, treatment.at
    if not customer.first_at <= at < churn.left_at:
        return None
    if treatment.action == "remind":
        return _LifeChange(true.REMINDER_LOSES, is_loss=True)
    if treatment.action == "offer_10":
        if is_annoyed(seed, customer):
            return _LifeChange(true.OFFER_LOSES_ANNOYED, is_loss=True)
        drifts = churn.cause == "drifted_away" and at >= churn.drift_from
        return _LifeChange(true.OFFER_WINS_BACK) if drifts else None
    if treatment.action == "call":
        is_open = churn.cause == "unresolved_complaint" and at >= churn.last_purchase_at
        return _LifeChange(true.CALL_RESOLVES) if is_open else None
    is_loyal = at - customer.first_at >= true.LOYAL_ORDERS * customer.gap
    leaves_soon = churn.left_at - at <= THANKED_DAYS * DAY
    return _LifeChange(1.0 - true.THANKS_KEEP) if is_loyal and leaves_soon else None


def _new_life(
    seed: int, catalogue: Catalogue, customer: SimulatedCustomer, at: float
) -> tuple[SimulatedCustomer, Iterator[Moment]]:
    random = stream(seed, "life", customer.number, at)
    first_at = at + random.uniform(0.2, 1.0) * customer.gap
    kept = customer._replace(first_at=first_at, churn=draw_churn(random, first_at=first_at, gap=customer.gap))
    return kept, customer_events(random, catalogue, kept, prefix=f"treated{seed}-{at:.0f}")


def _discounted(life: Iterator[Moment], until: float) -> Iterator[Moment]:
    """Take the offer's discount off the first purchase, if it is made in time."""
    is_open = True
    for moment in life:
        at, name, event = moment
        if is_open and event["type"] == "purchase":
            is_open = False
            yield (at, name, _with_discount(event)) if at <= until else moment
        else:
            yield moment


def _with_discount(event: Event) -> Event:
    items = cast("list[dict[str, str | int]]", event["items"])
    return {**event, "campaign": "offer_10", "items": [{**item, "discount": _discount(item)} for item in items]}


def _discount(item: dict[str, str | int]) -> str:
    price, before = (round(100 * float(item.get(name, "0"))) for name in ("unit_price", "discount"))
    return money(min(before + round(true.OFFER_DISCOUNT * (price - before)), price))


def _amount(event: Event) -> float:
    if event["type"] not in {"purchase", "return"}:
        return 0.0
    items = cast("list[dict[str, str | int]]", event["items"])
    if event["type"] == "return":
        return -sum(int(item["quantity"]) * float(item["refund"]) for item in items)
    return sum(int(item["quantity"]) * (float(item["unit_price"]) - float(item.get("discount", "0"))) for item in items)
