"""Effects, trust, rules, groups and lists, read from the views on the real engine."""

from random import Random

import pytest
from clickhouse_connect.driver.client import Client

from desk.reading.effects import action_effects, action_returns, depth_gains, rule_uses
from desk.reading.groups import CustomerFilter, customer_groups, listed_customers
from desk.reading.trust import judgement_hits, quality_days
from schemas.records.score import ReasonInWords
from sinks.clickhouse.snapshots import refresh_snapshots
from tests.desk.reading.tables import Tables
from tests.sinks.random_outcomes import ACTIONS, draw_outcomes
from tests.sinks.records import NOON, action, decision, judgement, purchase, score

pytestmark = pytest.mark.servers


def test_effects_are_those_of_all_decisions_then_by_segment_and_by_week(client: Client, tables: Tables) -> None:
    tables.outcomes(*draw_outcomes(Random(7), 3000, 900, 30.0))  # noqa: S311 - outcomes, no secret

    effects = action_effects(client)
    assert {one.action for one in effects if one.scope == "all"} == set(ACTIONS)
    assert [one.scope for one in effects if one.action == "call"][:2] == ["all", "segment"]
    overall = next(one for one in effects if one.action == "call")
    assert (overall.verdict, overall.more) == ("helps", 0)
    assert overall.always_low is not None
    assert overall.low is not None
    assert 0 < overall.always_low < overall.low < overall.effect
    assert all((one.week is None) == (one.scope != "week") for one in effects)

    together, *by_action = action_returns(client)
    assert together.action == ""
    assert together.told == sum(one.told for one in by_action)
    depths = [one.depth for one in depth_gains(client) if (one.action, one.ranking) == ("call", "risk")]
    assert depths == sorted(depths)
    assert depths[-1] == 1


def test_nothing_was_brought_where_nothing_is_settled(client: Client, tables: Tables) -> None:
    tables.events(purchase("e1"))

    assert (action_effects(client), depth_gains(client), rule_uses(client), quality_days(client)) == ([], [], [], [])


def test_rules_are_counted_with_what_was_told_and_finished(client: Client, tables: Tables) -> None:
    tables.decisions(
        decision("c1"),
        decision("c2", held_out=True),
        decision("c3", policy_version="p2"),
        decision("c4", action="none"),
        decision("c5", rule="thanks", action="gift"),
    )
    tables.events(
        action("a1", "c1", decision_id="c1-d1"),
        action("a2", "c3", decision_id="c3-d1", result="claimed"),
        action("a3", "c5", decision_id="c5-d1", result="no_answer"),
    )

    uses = [
        (one.rule, one.action, one.decisions, one.told, one.finished, one.policy_versions) for one in rule_uses(client)
    ]
    assert uses == [("rescue", "call", 3, 2, 1, 2), ("rescue", "none", 1, 0, 0, 1), ("thanks", "gift", 1, 1, 0, 1)]


def test_people_are_compared_with_the_model(client: Client, tables: Tables) -> None:
    tables.events(judgement("e1", likely_to_leave=True), purchase("e2", "c2"))

    everybody, ann = judgement_hits(client)
    assert (everybody.by, ann.by, ann.waiting, ann.right_share, ann.verdict) == ("", "ann", 1, None, "cannot_tell")


def test_groups_have_counts_and_money_and_lists_have_most_at_risk_first(client: Client, tables: Tables) -> None:
    tables.events(*(purchase(f"e{number}", f"c{number}") for number in range(4)))
    tables.scores(
        score("c0", risk=0.5, value_at_risk=10.0, life_cycle="slipping", value_tier="high"),
        score("c1", risk=0.25, value_at_risk=30.0, life_cycle="steady", value_tier="high"),
        score("c2", risk=0.75, value_at_risk=20.0, segment="let_be", reasons=(ReasonInWords("returns", 0.5, "…"),)),
    )
    refresh_snapshots(client)

    groups = [(one.kind, one.name, one.customers, one.leavers, one.value_at_risk) for one in customer_groups(client)]
    assert groups == [
        ("segment", "keep_at_all_costs", 2, 0.75, 40.0),
        ("segment", "let_be", 1, 0.75, 20.0),
        ("life_cycle", "steady", 1, 0.25, 30.0),
        ("life_cycle", "slipping", 1, 0.5, 10.0),
        ("value_tier", "high", 2, 0.75, 40.0),
        ("reason", "recency", 2, 0.75, 40.0),
        ("reason", "returns", 1, 0.75, 20.0),
    ]
    listed = listed_customers(client, CustomerFilter(), limit=9)
    assert [one.customer_id for one in listed] == ["c1", "c2", "c0"]
    assert {one.as_of for one in listed} == {NOON}
    assert [one.customer_id for one in listed_customers(client, CustomerFilter(), limit=1, offset=1)] == ["c2"]
    wanted = CustomerFilter(segment="keep_at_all_costs", value_tier="high", reason="recency", life_cycle="steady")
    assert [one.customer_id for one in listed_customers(client, wanted, limit=9)] == ["c1"]
    assert listed_customers(client, CustomerFilter(segment="' OR 1=1 --"), limit=9) == []
