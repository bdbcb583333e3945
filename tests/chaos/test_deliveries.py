"""The checks of deliveries find what must not be delivered."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bench.chaos.checks.deliveries import Decided, check_deliveries
from bench.chaos.receiver import Delivered
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.records.alert import Alert
from tests.retention.decide.cases import action, book_of
from tests.sinks.records import NOON, alert_of_decision

AT: Final = to_ms(NOON)
BOOK: Final = book_of(
    actions={"call": action(capacity_per_day=2, cooldown_days=3.0)}, contacts={"at_most": 2, "within_days": 10.0}
).playbook


def decided(name: str, days: float = 0.0, customer: str = "c1", *, held_out: bool = False) -> Decided:
    return Decided(name, customer, AT + round(days * DAY_MS), "call", held_out)


def told(one: Decided, state: str = "raised", key: str = "", later_ms: int = 1) -> Delivered:
    moments = {"do_after": from_ms(one.decided_at), "due_by": from_ms(one.decided_at) + timedelta(days=1)}
    alert: Alert = alert_of_decision(one.decision_id, one.customer_id, action=one.action, state=state, **moments)
    return Delivered(one.decided_at + later_ms, key or f"{one.decision_id}:{state}", alert)


def broken(delivered: Sequence[Delivered], *decisions: Decided) -> list[str]:
    return [one.what for one in check_deliveries(delivered, decisions, BOOK) if one.differences]


def test_what_was_decided_and_allowed_may_be_delivered_again_under_its_key() -> None:
    one, later = decided("d1"), decided("d2", 3.0)

    assert broken([told(one), told(one), told(one, "cleared"), told(later)], one, later) == []


def test_a_delivery_to_somebody_held_out_is_found() -> None:
    one = decided("d1", held_out=True)

    assert broken([told(one)], one) == ["whatever is delivered was decided, for somebody not held out"]


def test_a_delivery_of_what_was_never_decided_is_found() -> None:
    assert broken([told(decided("d1"))]) == ["whatever is delivered was decided, for somebody not held out"]


def test_a_delivery_under_two_keys_is_found() -> None:
    one = decided("d1")

    assert broken([told(one), told(one, key="other")], one) == ["every delivery has one key, and no other has it"]


def test_a_raising_after_its_end_is_found() -> None:
    one = decided("d1")

    assert broken([told(one, "cleared"), told(one)], one) == ["nothing is raised after its end was told"]


def test_a_delivery_before_its_time_is_found() -> None:
    one = decided("d1")

    assert broken([told(one, later_ms=-1_000)], one) == ["nothing is delivered before its time"]


def test_more_than_can_be_done_in_a_day_are_found() -> None:
    three = [decided(f"d{number}", customer=f"c{number}") for number in range(3)]

    assert broken([told(one) for one in three], *three) == ["no more is delivered in a day than can be done"]


def test_a_delivery_within_a_cooldown_is_found() -> None:
    two = [decided("d1"), decided("d2", 2.9)]

    assert broken([told(one) for one in two], *two) == ["nobody is told of an action in its cooldown"]


def test_a_contact_too_many_is_found() -> None:
    three = [decided("d1"), decided("d2", 3.1), decided("d3", 9.9)]

    assert broken([told(one) for one in three], *three) == ["nobody gets more contacts than are allowed"]
