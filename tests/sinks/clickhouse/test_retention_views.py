"""Views of what acting brought: the same rows give the numbers of ``retention``, in SQL and in Python."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from schemas.events.interaction import encode_interaction
from schemas.pages.page import encode_lines
from schemas.records.decisions import DecisionOutcome
from schemas.records.encode import encode_record
from schemas.settings.connections import ClickHouseSettings
from sinks.load.insert import insert
from tests.sinks.clickhouse import effects
from tests.sinks.clickhouse.rollups import Rows
from tests.sinks.random_outcomes import draw_outcomes
from tests.sinks.records import NOON, action, decision, outcome, purchase

pytestmark = pytest.mark.servers

SHAPES = [(1, 1, 0.0), (2, 1, 5.0), (3, 3, 0.0), (40, 12, 3.0), (3000, 700, 2.0), (3000, 900, 30.0), (3000, 400, -30.0)]
"""Decisions, customers, and what acting brings."""


def drawn(number: int, customers: int, brings: float) -> list[DecisionOutcome]:
    return draw_outcomes(Random(number), number, customers, brings)  # noqa: S311 - outcomes, no secret


def put(client: Client, database: ClickHouseSettings, outcomes: Sequence[DecisionOutcome]) -> None:
    for _ in range(2):
        if outcomes:
            insert(client, database, "outcomes", encode_lines([encode_record(one) for one in outcomes]))
    assert client.command("SELECT count() FROM outcomes FINAL") == len(outcomes)


def shown(client: Client, view: str, keys: int) -> Rows:
    found = client.query(f"SELECT * FROM {view}").result_rows  # noqa: S608 - names below
    rows = {row[0] if keys == 1 else tuple(row[:keys]): tuple(row[keys:]) for row in found}
    assert len(rows) == len(found)
    return rows


def near(rows: Rows) -> dict[Any, Any]:
    return {
        key: tuple(pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value for value in row)
        for key, row in rows.items()
    }


@pytest.mark.parametrize(("number", "customers", "brings"), SHAPES)
def test_effects_are_those_of_the_package_that_defines_them(
    client: Client, database: ClickHouseSettings, number: int, customers: int, brings: float
) -> None:
    outcomes = drawn(number, customers, brings)
    put(client, database, outcomes)
    expected = effects.retention_effects(outcomes)
    assert shown(client, "retention_effects", 4) == near(expected)


def test_all_four_verdicts_occur_where_they_are_compared() -> None:
    found = {
        row[-2]
        for number, customers, brings in SHAPES
        for row in effects.retention_effects(drawn(number, customers, brings)).values()
    }
    assert found == {"helps", "harms", "cannot_tell", "no_support"}


@pytest.mark.parametrize(("number", "customers", "brings"), SHAPES)
def test_returns_are_those_of_the_package_that_defines_them(
    client: Client, database: ClickHouseSettings, number: int, customers: int, brings: float
) -> None:
    outcomes = drawn(number, customers, brings)
    put(client, database, outcomes)
    assert shown(client, "retention_return", 1) == near(effects.retention_return(outcomes))


@pytest.mark.parametrize(("number", "customers", "brings"), SHAPES)
def test_gains_by_depth_are_those_of_the_package_that_defines_them(
    client: Client, database: ClickHouseSettings, number: int, customers: int, brings: float
) -> None:
    outcomes = drawn(number, customers, brings)
    put(client, database, outcomes)
    assert shown(client, "gain_by_depth", 3) == near(effects.gains_by_depth(outcomes))


@pytest.mark.parametrize(("number", "customers", "brings"), SHAPES)
@pytest.mark.parametrize("lost", [False, True])
def test_shares_held_out_are_those_of_the_package_that_defines_them(
    client: Client, database: ClickHouseSettings, number: int, customers: int, brings: float, *, lost: bool
) -> None:
    outcomes = [one for one in drawn(number, customers, brings) if not (lost and one.held_out)]
    put(client, database, outcomes)
    expected = effects.sample_ratios(outcomes)
    assert shown(client, "sample_ratio", 1) == near(expected)
    assert any(row[-1] for row in expected.values()) == (lost and number > 1_000)


@pytest.mark.parametrize(
    "view", ["retention_effects", "retention_return", "gain_by_depth", "sample_ratio", "contact_pressure"]
)
def test_without_decisions_a_view_has_no_rows(client: Client, view: str) -> None:
    assert shown(client, view, 1) == {}


def test_what_was_no_experiment_brings_nothing_and_costs_what_it_cost(
    client: Client, database: ClickHouseSettings
) -> None:
    put(client, database, [outcome("c1", held_out_probability=0.0, gain_score=None, cost=4.0)])
    assert shown(client, "retention_effects", 4) == {}
    row = shown(client, "retention_return", 1)["call"]
    assert (row[0], row[2], row[3], row[4]) == (1, 0, 4.0, None)


def test_contacts_within_thirty_days_are_counted_by_customer(client: Client, database: ClickHouseSettings) -> None:
    asked: list[tuple[str, int, dict[str, Any]]] = [
        ("c1", 1, {}),
        ("c1", 20, {}),
        ("c2", 2, {}),
        ("c2", 40, {}),
        ("c3", 3, {"held_out": True}),
    ]
    asked += [("c4", 5, {"action": "none"}), ("c5", -1, {})]
    decisions = [
        decision(who, decision_id=f"{who}-{days}", due_by=NOON - timedelta(days=days), **fields)
        for who, days, fields in asked
    ]
    insert(client, database, "decisions", encode_lines([encode_record(one) for one in decisions]))
    events = [encode_interaction(purchase(f"e{number}", f"c{number}")) for number in range(1, 6)]
    insert(client, database, "interactions", encode_lines(events))
    assert shown(client, "contact_pressure", 1) == {0: (3, 0.6, 2), 1: (1, 0.2, 1), 2: (1, 0.2, 0)}


def test_a_contact_is_counted_at_its_result_and_once(client: Client, database: ClickHouseSettings) -> None:
    lapses = {"due_by": NOON + timedelta(days=5)}
    decisions = [
        decision(who, decision_id=f"{who}-d", decided_at=NOON - timedelta(days=20), **fields)
        for who, fields in (("c1", lapses), ("c2", lapses), ("c3", {"due_by": NOON - timedelta(days=2)}))
    ]
    insert(client, database, "decisions", encode_lines([encode_record(one) for one in decisions]))
    done = [
        action("a1", "c1", decision_id="c1-d", occurred_at=NOON - timedelta(days=18)),
        action("a2", "c2", occurred_at=NOON - timedelta(days=18)),  # carries out the decision without its name
        action("a3", "c3", decision_id="c3-d", result="no_answer", occurred_at=NOON - timedelta(days=3)),
        action("a4", "c4", occurred_at=NOON - timedelta(days=1)),  # nobody asked for it
        action("a5", "c5", result="not_done", occurred_at=NOON - timedelta(days=1)),
        action("a6", "c6", occurred_at=NOON - timedelta(days=31)),
        action("a7", "c3", decision_id="c3-d", result="claimed", occurred_at=NOON - timedelta(days=31), until=NOON),
        action("a8", "c7", result="escalated", occurred_at=NOON - timedelta(days=1)),
        purchase("e1", "c7"),
    ]
    insert(client, database, "interactions", encode_lines([encode_interaction(one) for one in done]))
    rows = shown(client, "contact_pressure", 1)
    assert {contacts: row[0] for contacts, row in rows.items()} == {0: 3, 1: 4}
