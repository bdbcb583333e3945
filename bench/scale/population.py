"""Customers as the worker keeps them: lives of the demo's shop, folded by the pure steps, under many names.

Some hundred lives give the sizes and shapes of real states; every further customer has the state of one of them under a
name of its own. So a million customers take seconds, not the hour that folding their lives would.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Final

import msgspec

from customers.advance import advance, receive
from customers.encoding.encode import encode_customer
from customers.facts import fact_of
from customers.policy import Policy, policy_of
from customers.reviews.schedule import due_at, next_review
from customers.state import Customer
from deploy.simulator import shop_events
from risk.scoring.scorer import RiskScorer
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin
from schemas.events.raw_events import TYPE_OF_TOPIC
from schemas.moments import DAY_MS, HOUR_MS, from_ms, to_ms
from schemas.settings.processes import IntakeSettings
from schemas.settings.risk import MoneySettings, RiskSettings

LIVES: Final = 250
"""Number of customer lives that are folded: more would take longer and be no more varied."""

DAYS: Final = 400
_REVIEWS_AFTER_MS: Final = HOUR_MS
"""Time for all purchases, and so short that few questions fall due before the reviews begin."""
_TOPICS: Final[Mapping[str, str]] = {kind: topic for topic, kind in TYPE_OF_TOPIC.items()}


@dataclass(frozen=True, slots=True)
class Population:
    """Customers by number; each has the state of one of the lives.

    Attributes:
        customers: How many.
        at: The states are as of this moment, ms since 1970.
        states: Encoded states of the lives.
        reviews: Next review of each life, ms since 1970: spread evenly over the day after ``reviews_begin``.
        policy: By which they were folded.
    """

    customers: int
    at: int
    states: list[bytes]
    reviews: list[int]
    policy: Policy

    @property
    def reviews_begin(self) -> int:
        """Moment of the first review; a day later every customer was due."""
        return self.at + _REVIEWS_AFTER_MS

    @property
    def mean_bytes(self) -> float:
        """Of an encoded state."""
        return sum(map(len, self.states)) / len(self.states)

    def state_of(self, customer_id: str) -> bytes:
        """The encoded state of a customer by name."""
        return self.states[int(customer_id.rpartition("-")[2]) % len(self.states)]

    def records(self) -> Iterator[tuple[str, bytes]]:
        """Every customer's name and encoded state."""
        return zip(self._names(), cycle(self.states), strict=False)

    def reviews_until(self, until: int) -> int:
        """Count the reviews of all customers that fall due until a moment, by the schedule alone.

        The day's reviews put each customer onto the grid of its own phase; for some, the next one lies in that day.
        """
        review_ms = self.policy.review_ms
        return sum(
            1 + (next_review(name, first, review_ms) <= until)
            for name, first in zip(self._names(), cycle(self.reviews), strict=False)
            if first <= until
        )

    def _names(self) -> Iterator[str]:
        return (f"customer-{number}" for number in range(self.customers))


def populate(lives: int, at: int, judge: RiskScorer, seed: int) -> Population:
    """Let lives pass in the demo's shop until a moment; each is one customer.

    Args:
        lives: How many.
        at: The moment, ms since 1970.
        judge: Judges them on their way.
        seed: Of the shop.
    """
    policy = policy_of(RiskSettings())
    folded = _live(lives, at, policy, judge, seed)
    begin = at + _REVIEWS_AFTER_MS
    reviews = [begin + number * DAY_MS // len(folded) for number in range(len(folded))]
    for customer, review in zip(folded, reviews, strict=True):
        customer.next_review = review
    states = [encode_customer(customer, due_at(customer)) for customer in folded]
    return Population(len(states), at, states, reviews, policy)


def _live(lives: int, at: int, policy: Policy, judge: RiskScorer, seed: int) -> list[Customer]:
    """The states of everybody who has bought by then."""
    start = from_ms(at) - timedelta(days=DAYS)
    customers: dict[str, Customer] = {}
    for number, event in enumerate(shop_events(seed=seed, customers=lives, start=start, days=DAYS)):
        interaction = _interaction_of(event, number)
        customer = customers.setdefault(interaction.customer_id, Customer())
        receive(customer, fact_of(interaction))
        advance(customer, interaction.customer_id, to_ms(interaction.stamped_at), policy, judge)
    for customer_id, customer in customers.items():
        advance(customer, customer_id, at, policy, judge)
    return list(customers.values())


def _interaction_of(event: dict[str, object], number: int) -> Interaction:
    stamped_at = datetime.fromisoformat(str(event["occurred_at"]))
    fields = {name: value for name, value in event.items() if name != "type"}
    origin = Origin(_TOPICS[str(event["type"])], 0, number, stamped_at)
    money, intake = MoneySettings(), IntakeSettings()
    interaction = decode(msgspec.json.encode(fields), origin, money.rates, intake.max_event_bytes)
    if not isinstance(interaction, Interaction):
        raise TypeError(f"an event of the shop is refused: {interaction.detail}")
    return interaction
