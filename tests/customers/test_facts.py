"""Facts: the reduction of a line, and the order of folding."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.fact_line import decode_line
from customers.facts import (
    ACTION,
    CONTACT,
    JUDGEMENT,
    KEPT_NOTE,
    PURCHASE,
    RETURN,
    Fact,
    Told,
    fact_of,
    order_of,
)
from schemas.events.interaction import Interaction, encode_interaction
from schemas.events.raw_events import EventType
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


def _told(kind: EventType, **fields: object) -> Interaction:
    return msgspec.structs.replace(_line(kind), resolved=None, satisfaction=None, **fields)


def test_an_action_is_told_with_its_decision_result_and_note() -> None:
    line = _told("action_taken", decision_id="d-1", action="call", by="ann", result="done", note="Glad that we rang.")

    fact = fact_of(line)

    assert (fact.kind, fact.sentiment, fact.leaving) == (ACTION, None, False)
    assert fact.told == Told("call", "done", "d-1", "ann", "Glad that we rang.")


@pytest.mark.parametrize("likely_to_leave", [None, True, False])
def test_a_judgement_is_told_with_who_judged(*, likely_to_leave: bool | None) -> None:
    line = _told("judgement", by="ann", sentiment=-2, likely_to_leave=likely_to_leave, note="Furious.")

    fact = fact_of(line)

    assert (fact.kind, fact.sentiment, fact.leaving) == (JUDGEMENT, -2, likely_to_leave is True)
    assert fact.told == Told(by="ann", note="Furious.", likely_to_leave=likely_to_leave)


def test_the_note_of_a_contact_is_told() -> None:
    assert fact_of(_told("support_contact", note="Second broken cup.")).told == Told(note="Second broken cup.")


def test_only_the_beginning_of_a_note_is_kept() -> None:
    told = fact_of(_told("judgement", by="ann", note="ä" * 4_096)).told

    assert told is not None
    assert told.note == "ä" * KEPT_NOTE


@pytest.mark.parametrize("kind", ["purchase", "return", "support_contact", "action_taken", "judgement"])
@pytest.mark.parametrize(
    ("extra", "wish"),
    [
        ({}, None),
        ({"shop": "no"}, None),
        ({"consent": "no"}, True),
        ({"consent": "yes"}, None),
        ({"consent": "yes", "newsletter": "on"}, False),
        ({"consent": "yes", "newsletter": "off"}, True),
    ],
)
def test_any_event_may_say_that_the_customer_is_not_to_be_contacted(
    kind: EventType, extra: dict[str, str], *, wish: bool | None
) -> None:
    told = fact_of(_told(kind, extra=extra), {"consent": "no", "newsletter": "off"}).told

    assert (None if told is None else told.wish) == wish


@pytest.mark.parametrize("kind", ["purchase", "return", "support_contact"])
def test_an_event_without_words_tells_nothing(kind: EventType) -> None:
    assert fact_of(_told(kind, extra={"shop": "1"}), {"consent": "no"}).told is None


@pytest.mark.parametrize("kind", ["purchase", "return", "support_contact", "action_taken", "judgement"])
@given(
    extra=st.dictionaries(st.sampled_from(["consent", "shop"]), st.sampled_from(["no", "yes"])),
    note=st.text(max_size=300),
    likely_to_leave=st.none() | st.booleans(),
)
def test_a_line_gives_the_fact_of_its_interaction(
    kind: EventType, extra: Mapping[str, str], note: str, *, likely_to_leave: bool | None
) -> None:
    words = {"by": "ann", "action": "call", "result": "done", "decision_id": "d-1"} if kind == "action_taken" else {}
    line = _told(kind, extra=dict(extra), note=note, likely_to_leave=likely_to_leave, **words)

    assert fact_of(decode_line(encode_interaction(line)), {"consent": "no"}) == fact_of(line, {"consent": "no"})


def test_a_waiting_fact_stored_before_anything_was_told_is_read() -> None:
    stored = msgspec.msgpack.encode([7, 8, CONTACT, 6, 0.0, 0, True, False, False, -1, True])

    assert msgspec.msgpack.decode(stored, type=Fact) == Fact(7, 8, CONTACT, 6, harmful=True, sentiment=-1, leaving=True)


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
