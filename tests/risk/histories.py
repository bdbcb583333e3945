"""Histories for tests: by hand, of the simulated shop, of CDNOW; and states folded from facts."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Final

from customers.facts import Fact
from customers.fold import fold
from customers.policy import policy_of
from customers.state import Customer
from deploy.demo.play.cdnow import cdnow_events
from deploy.simulator import shop_events
from risk.evaluation.backtest import Backtest
from risk.evaluation.decision_schedule import DecisionSchedule
from risk.evaluation.decision_scores import DecisionScore
from schemas.events.dead_letter import Refusal
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import MoneySettings, RiskSettings, SegmentSettings
from tests.kit.suite.cases import cases

START = datetime(2024, 1, 1, tzinfo=UTC)
START_MS = to_ms(START)
POLICY = policy_of(RiskSettings())

_SHOP_CUSTOMERS: Final = cases(90, usual=50)


def drawing(seed: int) -> Random:
    """Return a random generator with a seed."""
    return Random(seed)  # noqa: S311 - repeatable, not secret


def day(number: float) -> int:
    """Return the instant a number of days after the start of 2024, ms since 1970."""
    return START_MS + round(number * DAY_MS)


def purchase(customer_id: str, on: float, amount: str = "20.00", event_id: str = "") -> Interaction:
    """Return a purchase on a day after the start of 2024."""
    return Interaction(
        event_id=event_id or f"{customer_id}-{on}",
        customer_id=customer_id,
        type="purchase",
        occurred_at=from_ms(day(on)),
        stamped_at=from_ms(day(on)),
        source_topic="purchases",
        source_partition=0,
        source_offset=0,
        amount=Decimal(amount),
        units=1,
    )


def contact(customer_id: str, on: float) -> Interaction:
    """Return a support contact on a day after the start of 2024."""
    return Interaction(
        event_id=f"contact-{customer_id}-{on}",
        customer_id=customer_id,
        type="support_contact",
        occurred_at=from_ms(day(on)),
        stamped_at=from_ms(day(on)),
        source_topic="support_contacts",
        source_partition=0,
        source_offset=0,
    )


def customer_of(facts: Iterable[Fact]) -> Customer:
    """Return a state with these facts folded."""
    customer = Customer()
    for fact in facts:
        fold(customer, fact, POLICY)
    return customer


def shop_history(*, seed: int = 5, customers: int = _SHOP_CUSTOMERS, days: float = 300) -> list[Interaction]:
    """Return purchases, returns and contacts of the simulated shop."""
    return list(_decoded(shop_events(seed=seed, customers=customers, start=START, days=days)))


def cdnow_history(first_customers: int) -> list[Interaction]:
    """Return the purchases of CDNOW's first customers."""
    return list(_decoded(event for event in cdnow_events() if int(str(event["customer_id"])) <= first_customers))


def play(
    interactions: Iterable[Interaction], schedule: DecisionSchedule, risk: RiskSettings
) -> tuple[Backtest, list[DecisionScore]]:
    """Run a history to its end; return the backtest and its scores."""
    backtest = Backtest(risk, LearnerSettings(), SegmentSettings(), MoneySettings())
    return backtest, list(backtest.run(interactions, schedule))


def _decoded(events: Iterable[object]) -> Iterator[Interaction]:
    lines = (json.dumps(event).encode() for event in events)
    for read in decode_history(lines, MoneySettings().rates, 128 * 1024):
        assert not isinstance(read, Refusal), read
        yield read
