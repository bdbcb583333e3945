"""Views over a small history whose figures were worked out by hand."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from math import log
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from deploy.local.clickhouse import ClickHouse
from schemas.events.interaction import Item, encode_interaction
from schemas.pages.page import encode_lines
from schemas.records.encode import encode_record
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.load.insert import insert
from sinks.queries.customers import customer_profile, recent_interactions, top_at_risk
from sinks.queries.model_quality import quality
from sinks.queries.row_counts import counts
from tests.sinks.records import NOON, REASON, alert, alert_of_decision, contact, example, purchase, returned, score
from tests.sinks.running import new_database

pytestmark = pytest.mark.servers

DAY = timedelta(days=1)

INTERACTIONS = (
    purchase("p1", occurred_at=NOON),
    purchase("p2", occurred_at=NOON + DAY, amount=Decimal("5.5"), units=1, channel="store"),
    purchase("p3", occurred_at=NOON + DAY, amount=Decimal("4.5"), units=3, channel="store"),
    returned("r1", occurred_at=NOON + 2 * DAY),
    contact("s1", occurred_at=NOON + DAY, satisfaction=1),
    contact("s2", occurred_at=NOON + DAY, satisfaction=4, resolved=True),
    contact("s3", occurred_at=NOON + 3 * DAY, resolved=None),
    purchase("q1", "c2", currency="EUR"),
    contact("t1", "c3"),
)


@pytest.fixture(scope="module")
def client(clickhouse: ClickHouse) -> Iterator[Client]:
    """A database with everything in it twice, as after a crash between insert and commit."""
    database = new_database(clickhouse)
    with open_client(database) as opened:
        put_history(opened, database)
        yield opened


def put_history(client: Client, database: ClickHouseSettings) -> None:
    records = {
        "interactions": encode_lines([encode_interaction(interaction) for interaction in INTERACTIONS]),
        "risk_scores": encode_lines(
            [
                encode_record(score(scored_at=NOON, risk=0.2)),
                encode_record(score(scored_at=NOON + 3 * DAY, risk=0.5, value_at_risk=50.0, segment="win_back")),
                encode_record(score(scored_at=NOON + 3 * DAY + DAY / 4, risk=0.9, value_at_risk=90.0, reasons=())),
                encode_record(score("c2", scored_at=NOON + 3 * DAY, risk=0.7, value_at_risk=200.0)),
            ]
        ),
        "alerts": encode_lines(
            [
                encode_record(alert(alert_id="1")),
                encode_record(alert(alert_id="1", state="cleared", changed_at=NOON + DAY)),
                encode_record(alert("c2", alert_id="2")),
                encode_record(alert_of_decision("d1", "c1", changed_at=NOON + 2 * DAY)),
            ]
        ),
        "training_examples": encode_lines(
            [
                encode_record(example("a", left=True, risk=0.9)),
                encode_record(example("b", left=False, risk=0.1, model_version="rule-1")),
                encode_record(example("c", left=True, risk=0.1)),
                encode_record(example("d", left=False, risk=0.5, settled_at=NOON + DAY)),
            ]
        ),
    }
    for _ in range(2):
        for table, lines in records.items():
            insert(client, database, table, lines)


def rows(client: Client, statement: str) -> list[dict[str, Any]]:
    return list(client.query(statement).named_results())


def test_a_profile_sums_up_its_customer(client: Client) -> None:
    profile = customer_profile(client, "c1")
    assert profile is not None
    assert (profile.first_seen, profile.last_seen) == (NOON, NOON + 3 * DAY)
    assert profile.last_purchase_at == NOON + DAY
    assert (profile.purchases, profile.revenue, profile.units) == (3, Decimal("30.0"), 6)
    assert (profile.returns, profile.refunds) == (1, Decimal("10.0"))
    assert (profile.contacts, profile.unresolved, profile.last_satisfaction) == (3, 1, 4)
    assert (profile.scored_at, profile.risk, profile.value_at_risk) == (NOON + 3 * DAY + DAY / 4, 0.9, 90.0)
    assert (profile.segment, profile.reasons, profile.model_version) == ("keep_at_all_costs", (), "m1")
    assert (profile.alert_state, profile.alert_changed_at) == ("cleared", NOON + DAY)


def test_the_alert_of_a_decision_is_stored_with_what_is_to_be_done_and_by_when(client: Client) -> None:
    columns = "decision_id, action, team, channel, do_after, due_by, expected_gain, what_changed, template, ended_by"
    rows = client.query(f"SELECT {columns} FROM alerts FINAL ORDER BY alert_id").result_rows  # noqa: S608
    of_a_risk: tuple[object, ...] = ("", "", "", "", None, None, None, [], "", "")
    changed = ["Second return in three weeks."]
    decided = ("d1", "call", "service", "phone", NOON, NOON + 2 * DAY, 31.5, changed, "", "")
    assert rows == [of_a_risk, of_a_risk, of_a_risk, decided]


def test_a_customer_without_purchases_or_scores_has_a_profile(client: Client) -> None:
    profile = customer_profile(client, "c3")
    assert profile is not None
    assert (profile.purchases, profile.revenue, profile.last_purchase_at) == (0, Decimal(0), None)
    assert (profile.risk, profile.value_at_risk, profile.scored_at, profile.alert_state) == (None, None, None, "")


def test_nobody_has_no_profile(client: Client) -> None:
    assert customer_profile(client, "' OR 1 = 1 --") is None


def test_who_has_most_at_risk_comes_first(client: Client) -> None:
    found = top_at_risk(client)
    assert [(profile.customer_id, profile.value_at_risk) for profile in found] == [("c2", 200.0), ("c1", 90.0)]
    assert found[0].reasons == (REASON,)
    assert len(top_at_risk(client, limit=1)) == 1


def test_recent_interactions_begin_with_the_latest(client: Client) -> None:
    assert [found.event_id for found in recent_interactions(client, "c1", 3)] == ["s3", "r1", "p2"]


def test_recent_interactions_are_as_many_as_asked_for_though_copies_belong_to_others(clickhouse: ClickHouse) -> None:
    database = new_database(clickhouse)
    first = [purchase(f"e{hour}", "c1", occurred_at=NOON + hour * DAY) for hour in range(3)]
    copied = purchase("e9", "c2", occurred_at=NOON + 9 * DAY)
    again = msgspec.structs.replace(copied, customer_id="c1", stamped_at=copied.stamped_at + DAY, source_offset=999)
    with open_client(database) as client:
        for lines in (first, first, [again], [copied]):
            insert(client, database, "interactions", encode_lines([encode_interaction(line) for line in lines]))
        assert [found.event_id for found in recent_interactions(client, "c1", 2)] == ["e2", "e1"]


def test_counts_see_every_event_once(client: Client) -> None:
    found = counts(client)
    assert (found.interactions, found.distinct_events, found.customers) == (9, 9, 3)
    assert found.amount == Decimal("60.0")
    assert (found.risk_scores, found.training_examples, found.alerts, found.dead_letters) == (4, 4, 3, {})


def test_a_days_activity_is_told_by_channel_and_currency(client: Client) -> None:
    found = rows(client, "SELECT * FROM daily_activity WHERE day = '2026-03-02' ORDER BY channel")
    by_phone, in_store = found
    assert by_phone == {
        "day": date(2026, 3, 2),
        "channel": "phone",
        "currency": "",
        "purchases": 0,
        "revenue": Decimal(0),
        "units": 0,
        "returns": 0,
        "refunds": Decimal(0),
        "contacts": 2,
        "unresolved": 1,
        "mean_satisfaction": 2.5,
        "discounts": 0.0,
        "returned_units": 0,
        "return_rate": None,
    }
    assert (in_store["purchases"], in_store["revenue"], in_store["units"]) == (2, Decimal("10.0"), 4)
    assert in_store["mean_satisfaction"] is None


def test_discounts_and_returned_units_are_told_by_day_and_currency(clickhouse: ClickHouse) -> None:
    day: dict[str, Any] = {"occurred_at": NOON + 9 * DAY}
    item = Item("hat", 4, Decimal("10.00"), Decimal("40.00"), discount=Decimal("2.50"))
    euros: dict[str, Any] = {
        "currency": "EUR",
        "original_amount": Decimal("30.00"),
        "amount": Decimal("33.00"),
        "units": 4,
        **day,
    }
    lines = [
        purchase("d1", items=(item,), **euros),
        purchase("d2", channel="store", **(euros | {"amount": Decimal(0), "original_amount": Decimal(0)})),
        returned("d3", **(day | {"currency": "EUR", "units": 2})),
    ]
    database = new_database(clickhouse)
    with open_client(database) as client:
        insert(client, database, "interactions", encode_lines([encode_interaction(line) for line in lines]))
        query = "SELECT channel, discounts, returned_units, return_rate FROM daily_activity"
        found = sorted(map(tuple, client.query(query).result_rows))
    assert found == [("", 0.0, 2, 0.25), ("store", 0.0, 0, 0.25), ("web", pytest.approx(11.0), 0, 0.25)]


def test_a_days_risk_counts_each_customer_with_the_last_score_of_the_day(client: Client) -> None:
    found = rows(client, "SELECT * FROM daily_risk ORDER BY day")
    last = {
        "day": date(2026, 3, 4),
        "segment": "keep_at_all_costs",
        "band": "high",
        "customers": 2,
        "mean_risk": pytest.approx(0.8),
        "value_at_risk": 290.0,
        "moved_up": 1,
        "moved_down": 0,
    }
    assert found[1:] == [last]


def test_items_are_rows(client: Client) -> None:
    found = rows(client, "SELECT * FROM purchase_items WHERE event_id = 'p1'")
    assert [(row["sku"], row["quantity"], row["amount"]) for row in found] == [("shoe", 2, Decimal("20.0"))]


def test_views_tell_the_types_apart(client: Client) -> None:
    names = {"purchases": ["p1", "p2", "p3", "q1"], "returns": ["r1"], "support_contacts": ["s1", "s2", "s3", "t1"]}
    for view, events in names.items():
        found = rows(client, f"SELECT event_id FROM {view} ORDER BY event_id")  # noqa: S608 - names above
        assert [row["event_id"] for row in found] == events


def test_a_days_quality_is_that_of_the_questions_settled_then(client: Client) -> None:
    first, second = rows(client, "SELECT * FROM model_quality ORDER BY day")
    assert first == {
        "day": date(2026, 3, 1),
        "labels": 3,
        "base_rate": pytest.approx(2 / 3),
        "log_loss": pytest.approx(-(2 * log(0.9) + log(0.1)) / 3),
        "brier": pytest.approx((0.01 + 0.01 + 0.81) / 3),
        "calibration_error": pytest.approx((0.1 + 0.1 + 0.9) / 3),
        "prior_log_loss": pytest.approx(log(2)),
        "auc": 0.75,
        "by_rule": 1,
    }
    assert (second["labels"], second["auc"]) == (1, None)
    assert second["prior_log_loss"] == pytest.approx(-log(1 - 3 / 5))


def test_quality_over_all_days_can_leave_the_rule_out(client: Client) -> None:
    everything, learnt = quality(client), quality(client, with_rule=False)
    assert (everything.labels, everything.base_rate, everything.auc) == (4, 0.5, 0.625)
    assert everything.base_log_loss == pytest.approx(log(2))
    assert (learnt.labels, learnt.auc) == (3, 0.5)
