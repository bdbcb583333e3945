"""A page that forgets a customer takes back what was said, in the order of the log."""

import pytest

from customers.encoding.encode import decode_customer
from retention.decide.memory.state import OpenDecision, decode_retention
from retention.decide.telling.capacity import CapacityPlan
from schemas.pages.page import Page, encode_headers
from schemas.records.alert import Alert, decode_alert
from schemas.records.decisions import DecisionOutcome, decode_outcome
from schemas.topics import ALERTS, DECISIONS, OUTCOMES, RISK_SCORES, TRAINING_EXAMPLES
from sinks.alerts.decisions.schedule import Schedule
from tests.kit.results import DEFAULT_BOOK
from tests.kit.worker_pages import Sent
from tests.worker.engine.shards import Run, bought, page


def forgetting(customer_id: str) -> Sent:
    said = Page(source="forget", lines=0, clock=0, progress={}, forgets=customer_id)
    return Sent(b"", dict(encode_headers(said)))


def test_the_state_goes_and_every_topic_is_told_after_all_that_was_said() -> None:
    run = Run().fold([page(1, bought(1)), forgetting("c")])
    assert run.customers() == {}
    topics = (RISK_SCORES, ALERTS, DECISIONS, OUTCOMES, TRAINING_EXAMPLES)
    assert run.batch.taken_back == [(topic, b"c") for topic in topics]
    assert run.counters.customers[0] == 0


def test_what_waited_for_the_watermark_is_forgotten_with_it() -> None:
    run = Run().fold([page(1, bought(5)), forgetting("c")]).finish(page(400))
    assert not run.batch.records


def test_nobody_who_was_forgotten_is_reviewed() -> None:
    run = Run().fold([page(1, bought(1)), forgetting("c")])
    said = run.told()
    assert run.finish(page(400)).told() == said


def test_others_stay_as_they_are() -> None:
    alone = Run().fold([page(1, bought(1, customer_id="d"))]).finish(page(200))
    beside = Run().fold([page(1, bought(1), bought(1, customer_id="d")), forgetting("c")]).finish(page(200))
    assert beside.store.values == alone.store.values


def test_what_comes_afterwards_begins_a_new_customer() -> None:
    new = Run().fold([page(10, bought(10))])
    again = Run().fold([page(1, bought(1)), forgetting("c"), page(10, bought(10))])
    assert again.store.values == new.store.values


def test_the_same_log_gives_the_same_states_to_a_successor() -> None:
    through = Run().fold([page(1, bought(1)), forgetting("c"), page(10, bought(10))])
    handed = Run().fold([page(1, bought(1)), forgetting("c")])
    handed.hand_over()
    assert handed.fold([page(10, bought(10))]).store.values == through.store.values


def test_somebody_unknown_can_be_forgotten() -> None:
    run = Run().fold([forgetting("nobody")])
    assert len(run.batch.taken_back) == 5
    assert run.counters.customers[0] == 0


NAMES = [f"c-{number}" for number in range(40)]


def decided() -> Run:
    """Forty customers for whom something was decided while they bought every eight days."""
    return Run().fold(
        page(day, *(bought(day, customer_id=name, amount=50 * place) for place, name in enumerate(NAMES)))
        for day in range(0, 80, 8)
    )


def standing(run: Run, *, held_out: bool) -> tuple[str, OpenDecision]:
    """Return a customer with a decision that stands, and the decision."""
    for key, value in run.customers().items():
        decision = decode_retention(decode_customer(value).retention).open
        if decision is not None and decision.held_out == held_out and decision.action != "none":
            return key.decode(), decision
    raise AssertionError("no such decision stands")


def alerts_of(run: Run, customer_id: str) -> list[Alert]:
    return [decode_alert(value) for value in run.told().get((ALERTS, customer_id.encode()), [])]


def outcomes_of(run: Run, customer_id: str) -> list[DecisionOutcome]:
    decoded = map(decode_outcome, run.batch.values(OUTCOMES))
    return [outcome for outcome in decoded if outcome.customer_id == customer_id]


def test_a_decision_that_stands_is_withdrawn_before_its_customer_is_forgotten() -> None:
    run = decided()
    name, _ = standing(run, held_out=False)
    before = alerts_of(run, name)

    run.fold([forgetting(name)])

    withdrawn = [one for one in alerts_of(run, name)[len(before) :] if one.decision_id]
    assert [(one.state, one.ended_by) for one in withdrawn] == [("cleared", "")]
    assert withdrawn[0].decision_id in {one.decision_id for one in before if one.state == "raised"}


def test_of_a_ghost_decision_nobody_learns_even_when_its_customer_is_forgotten() -> None:
    run = decided()
    name, _ = standing(run, held_out=True)
    before = [one for one in alerts_of(run, name) if one.decision_id]

    run.fold([forgetting(name)])

    assert [one for one in alerts_of(run, name) if one.decision_id] == before


def test_no_outcome_follows_a_decision_whose_customer_is_forgotten() -> None:
    run = decided()
    name, _ = standing(run, held_out=False)
    said = len(outcomes_of(run, name))

    run.fold([forgetting(name)]).finish(page(400))

    assert len(outcomes_of(run, name)) == said


def test_a_decision_whose_customer_is_forgotten_stands_no_longer() -> None:
    run = decided()
    open_before = run.counters.decisions_open[0]

    run.fold([forgetting(standing(run, held_out=False)[0])])

    assert run.counters.decisions_open[0] == open_before - 1


def test_contacts_and_cooldowns_of_the_forgotten_do_not_bind_whoever_comes_under_their_id() -> None:
    run = decided()
    name, _ = standing(run, held_out=False)

    run.fold([forgetting(name), page(90, bought(90, customer_id=name))])

    new = Run().fold([page(90, bought(90, customer_id=name))])
    assert run.customer(name).retention == new.customer(name).retention == b""


@pytest.mark.parametrize("delivered", [False, True])
def test_a_notifier_delivers_nothing_of_a_forgotten_customer_but_the_end_of_what_it_delivered(
    delivered: bool,
) -> None:
    run = decided()
    name, decision = standing(run, held_out=False)
    schedule = Schedule(CapacityPlan(DEFAULT_BOOK))
    for record in alerts_of(run, name):
        schedule.add(record, decision.decided_at)
    told = deliver(schedule, decision.do_after) if delivered else []
    before = len(alerts_of(run, name))

    run.fold([forgetting(name)])
    for record in alerts_of(run, name)[before:]:
        schedule.add(record, decision.do_after)
    schedule.forget(name, decision.do_after)

    assert told.count("raised") == delivered
    assert deliver(schedule, decision.do_after) == ["cleared"] * delivered
    assert deliver(schedule, decision.due_by - 1) == []
    assert name not in {one.alert.customer_id for one in schedule}


def deliver(schedule: Schedule, now: int) -> list[str]:
    """Deliver everything that is due, and return the states that were told."""
    told: list[str] = []
    for one in schedule.start(schedule.due(now, 1_000)):
        told.append(one.alert.state)
        schedule.succeed(one)
    return told
