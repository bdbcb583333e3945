"""The page of a customer, read by key from the tables that the sink fills."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from clickhouse_connect.driver.client import Client

from desk.reading.customer import customer_page
from desk.reading.events import older_events
from desk.reading.rows import CustomerPage, CustomerTotals
from schemas.events.interaction import Item
from tests.desk.reading.tables import Tables
from tests.sinks.records import (
    NOON,
    action,
    alert,
    alert_of_decision,
    contact,
    decision,
    judgement,
    purchase,
    returned,
    score,
)

pytestmark = pytest.mark.servers

DAY = timedelta(days=1)
NOW = NOON + 10 * DAY


def page(client: Client, customer_id: str = "c1", now: datetime = NOW) -> CustomerPage:
    found = customer_page(client, customer_id, now, {"contact": "never"})
    assert found is not None
    return found


def test_nothing_is_shown_of_a_customer_who_is_not_known(client: Client, tables: Tables) -> None:
    tables.events(purchase("e1", "c2"))

    assert customer_page(client, "c1", NOW) is None


def test_sums_are_those_of_all_events_of_this_customer_alone(client: Client, tables: Tables) -> None:
    tables.events(
        purchase("e1", occurred_at=NOON),
        purchase("e2", occurred_at=NOON + 4 * DAY, amount=Decimal("7.50"), units=1),
        returned("e3", occurred_at=NOON + 5 * DAY),
        contact("e4", occurred_at=NOON + 6 * DAY, satisfaction=2),
        contact("e5", occurred_at=NOON + 7 * DAY, resolved=True),
        purchase("other", "c2"),
    )

    totals = page(client).totals
    assert totals == CustomerTotals(
        first_seen=NOON,
        last_seen=NOON + 7 * DAY,
        first_purchase_at=NOON,
        last_purchase_at=NOON + 4 * DAY,
        purchases=2,
        revenue=Decimal("27.5"),
        units=3,
        returns=1,
        refunds=Decimal(10),
        contacts=2,
        unresolved=1,
        last_satisfaction=2,
    )
    assert totals.usual_gap_days == 4


def test_a_customer_who_never_bought_has_sums_without_purchases(client: Client, tables: Tables) -> None:
    tables.events(contact("e1"))

    totals = page(client).totals
    assert (totals.purchases, totals.first_purchase_at, totals.revenue, totals.usual_gap_days) == (
        0,
        None,
        Decimal(0),
        None,
    )


def test_the_timeline_has_every_kind_of_event_with_its_own_words_latest_first(client: Client, tables: Tables) -> None:
    tables.events(
        purchase("e1"),
        returned("e2", occurred_at=NOON + DAY),
        contact("e3", occurred_at=NOON + 2 * DAY, topic="delivery", note="<b>late</b>"),
        judgement("e4", occurred_at=NOON + 3 * DAY, sentiment=-2, likely_to_leave=True, note="furious"),
        action("e5", occurred_at=NOON + 4 * DAY, decision_id="c1-d1", note="will stay"),
    )
    tables.decisions(decision(decided_at=NOON + 3 * DAY + timedelta(hours=1)))

    timeline = page(client).timeline
    assert [one.kind for one in timeline] == [
        "action_taken",
        "decision",
        "judgement",
        "support_contact",
        "return",
        "purchase",
    ]
    done, decided, judged, contacted, sent_back, bought = timeline
    assert (done.result, done.by, done.decision_id, done.note) == ("done", "ann", "c1-d1", "will stay")
    assert (decided.id, decided.action, decided.expected_gain) == ("c1-d1", "call", 12.5)
    assert (judged.sentiment, judged.likely_to_leave) == (-2, True)
    assert (contacted.topic, contacted.resolved, contacted.note) == ("delivery", False, "<b>late</b>")
    assert (sent_back.reason, sent_back.amount) == ("defective", Decimal(10))
    assert [(item.sku, item.quantity, item.amount) for item in bought.items] == [("shoe", 2, Decimal(20))]


def test_a_ghost_decision_is_nowhere_on_the_page(client: Client, tables: Tables) -> None:
    tables.events(purchase("e1"))
    tables.decisions(decision(held_out=True, due_by=NOW + DAY))

    shown = page(client)
    assert shown.decision is None
    assert [one.kind for one in shown.timeline] == ["purchase"]
    assert shown.contacts_in_30_days == 0


def test_the_decision_that_stands_is_the_one_with_time_left_that_nothing_has_ended(
    client: Client, tables: Tables
) -> None:
    tables.events(purchase("e1"))
    ended = decision(decision_id="ended", due_by=NOW + DAY)
    stands = decision(decision_id="stands", decided_at=NOON + DAY, due_by=NOW + DAY, interval=None)
    tables.decisions(ended, stands, decision(decision_id="late", decided_at=NOON + 2 * DAY, due_by=NOW))
    tables.alerts(
        alert_of_decision("ended"),
        alert_of_decision("ended", state="cleared", ended_by="purchase"),
        alert_of_decision("stands"),
    )

    assert page(client).decision == stands
    assert page(client, now=NOW + DAY).decision is None


def test_the_latest_score_is_shown_with_since_when_its_segment_holds(client: Client, tables: Tables) -> None:
    tables.events(purchase("e1"))
    tables.scores(
        score(scored_at=NOON, risk=0.2, segment="let_be"),
        score(scored_at=NOON + DAY, risk=0.6),
        score(scored_at=NOON + 2 * DAY, risk=0.7, outlook=None, next_purchase=None, life_cycle="slipping"),
    )

    shown = page(client)
    assert shown.score is not None
    assert (shown.score.risk, shown.score.life_cycle, shown.score.nothing) == (0.7, "slipping", None)
    assert shown.segment_since == NOON + DAY
    assert [point.risk for point in shown.risks] == [0.2, 0.6, 0.7]


def test_an_alert_of_the_risk_is_shown_until_it_is_cleared(client: Client, tables: Tables) -> None:
    tables.events(purchase("e1"), purchase("e2", "c2"))
    raised = alert("c1"), alert("c2")
    tables.alerts(*raised, alert("c2", state="cleared", changed_at=NOON + DAY), alert_of_decision("d1", "c2"))

    assert page(client, "c1").alert_since == NOON
    assert page(client, "c2").alert_since is None


def test_what_was_sent_back_was_not_bought(client: Client, tables: Tables) -> None:
    shoe, sock = Item("shoe", 1, Decimal(10), Decimal(10)), Item("sock", 3, Decimal(2), Decimal(6), category="feet")
    tables.events(
        purchase("e1", items=(shoe, sock)),
        returned("e2", occurred_at=NOON + DAY, items=(shoe, Item("sock", 1, Decimal(2), Decimal(2)))),
    )

    (kept,) = page(client).bought
    assert (kept.sku, kept.category, kept.units, kept.amount, kept.last_bought_at) == (
        "sock",
        "feet",
        2,
        Decimal(4),
        NOON,
    )


def test_a_complaint_is_open_until_a_later_contact_ends_well(client: Client, tables: Tables) -> None:
    tables.events(contact("e1"), contact("e2", occurred_at=NOON + DAY, resolved=None))
    complaint = page(client).open_complaint
    assert complaint is not None
    assert complaint.id == "e1"

    tables.events(contact("e3", occurred_at=NOON + 2 * DAY, resolved=True))
    assert page(client).open_complaint is None


def test_contacts_count_as_the_view_of_contact_pressure_counts_them(client: Client, tables: Tables) -> None:
    tables.events(
        purchase("e1"),
        action("e2", occurred_at=NOON + DAY, decision_id="reported"),
        action("e3", occurred_at=NOON + DAY, decision_id="lapsed", result="no_answer"),
        action("e4", occurred_at=NOON + DAY, action="gift"),
        action("e5", occurred_at=NOON + DAY, action="gift", result="not_done"),
        purchase("e6", stamped_at=NOW),
    )
    tables.decisions(
        decision(decision_id="reported", due_by=NOW + 40 * DAY),
        decision(decision_id="lapsed", due_by=NOON + 2 * DAY),
        decision(decision_id="held out", due_by=NOON + 2 * DAY, held_out=True),
    )

    assert page(client).contacts_in_30_days == 3
    assert client.query("SELECT contacts, customers FROM contact_pressure").result_rows == [(3, 1)]


def test_a_wish_and_a_judgement_say_why_nobody_is_contacted(client: Client, tables: Tables) -> None:
    tables.events(
        purchase("e1", extra={"contact": "never"}),
        judgement("e2", occurred_at=NOON + DAY, likely_to_leave=False),
        purchase("e3", "c2"),
    )

    shown = page(client)
    assert (shown.wishes_no_contact, shown.left_alone_since) == (True, NOON + DAY)
    assert (page(client, "c2").wishes_no_contact, page(client, "c2").left_alone_since) == (False, None)


def test_older_events_follow_those_of_the_page(client: Client, tables: Tables) -> None:
    tables.events(*(purchase(f"e{day}", occurred_at=NOON + day * DAY) for day in range(6)), purchase("x", "c2"))

    older = older_events(client, "c1", NOON + 4 * DAY, 3)
    assert [one.id for one in older] == ["e3", "e2", "e1"]
