"""Facts: the reduction of a line, and the order of folding."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from customers.facts import CONTACT, PURCHASE, RETURN, Fact, fact_of, order_of
from schemas.events import EventType
from schemas.interaction import Interaction
from schemas.moments import to_ms
from tests.customers.lives import facts

STAMPED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _line(kind: EventType, occurred_at: datetime = STAMPED_AT, event_id: str = "e-1") -> Interaction:
    return Interaction(
        event_id=event_id,
        customer_id="c-1",
        type=kind,
        occurred_at=occurred_at,
        stamped_at=STAMPED_AT,
        source_topic="purchases",
        source_partition=0,
        source_offset=0,
        amount=Decimal("12.5"),
        units=3,
        reason="defective" if kind == "return" else "",
        resolved=False if kind == "support_contact" else None,
        satisfaction=2 if kind == "support_contact" else None,
        sentiment=-1 if kind == "support_contact" else None,
        likely_to_leave=True if kind == "support_contact" else None,
    )


def test_a_purchase_is_its_amount_and_units() -> None:
    fact = fact_of(_line("purchase"))

    assert (fact.kind, fact.amount, fact.units) == (PURCHASE, 12.5, 3)


def test_a_return_of_something_defective_is_harmful() -> None:
    fact = fact_of(_line("return"))

    assert (fact.kind, fact.amount, fact.harmful) == (RETURN, 12.5, True)


def test_a_contact_keeps_its_result_and_the_agents_judgement() -> None:
    fact = fact_of(_line("support_contact"))

    assert (fact.kind, fact.harmful, fact.settled, fact.unhappy) == (CONTACT, True, False, True)
    assert (fact.sentiment, fact.leaving) == (-1, True)


def test_a_time_after_the_timestamp_is_moved_back_to_it() -> None:
    fact = fact_of(_line("purchase", STAMPED_AT + timedelta(minutes=4)))

    assert fact.stamp == fact.occurred


def test_a_time_before_the_timestamp_is_kept() -> None:
    earlier = STAMPED_AT - timedelta(days=40)

    assert to_ms(earlier) == fact_of(_line("purchase", earlier)).occurred


def test_nothing_happened_before_1970() -> None:
    assert fact_of(_line("purchase", datetime(1969, 7, 20, tzinfo=UTC))).occurred == 1


def test_different_events_have_different_names() -> None:
    names = {fact_of(_line("purchase", event_id=f"e-{number}")).event for number in range(1_000)}

    assert len(names) == 1_000


@given(one=facts(st.integers(0, 1)), other=facts(st.integers(0, 1)))
def test_only_facts_that_say_the_same_have_no_order(one: Fact, other: Fact) -> None:
    assert (order_of(one) == order_of(other)) == (one == other)
