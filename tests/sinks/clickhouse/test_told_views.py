"""Views of what people did and thought, and of recommendations: what SQL shows is what Python computes."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from schemas.events.interaction import Interaction, encode_interaction
from schemas.pages.page import encode_lines
from schemas.records.decisions import RetentionDecision
from schemas.records.encode import encode_record
from schemas.records.score import RiskScore
from schemas.settings.connections import ClickHouseSettings
from sinks.load.insert import insert
from tests.sinks.clickhouse import told
from tests.sinks.clickhouse.test_retention_views import near, shown
from tests.sinks.random_outcomes import draw_outcomes
from tests.sinks.records import NOON, action, decision, example, hole, judgement, purchase, score

pytestmark = pytest.mark.servers

DAY = timedelta(days=1)
HORIZON = 30 * DAY
DAYS = [day for week in range(12) for day in (7 * week, 7 * week + 2)]
"""Thirty days apart among them, where horizons end."""


def put(client: Client, database: ClickHouseSettings, table: str, rows: Sequence[msgspec.Struct]) -> None:
    encode = encode_interaction if table == "interactions" else encode_record
    for _ in range(2):
        insert(client, database, table, encode_lines([encode(row) for row in rows]))


def _bought(random: Random, number: int, customers: int) -> Interaction:
    at = NOON + random.choice(DAYS) * DAY
    referred_by = random.choice(("", *(f"c{one}" for one in range(customers))))
    return purchase(
        f"p{number}",
        f"c{random.randrange(customers)}",
        occurred_at=at,
        stamped_at=at,
        source_offset=number,
        amount=Decimal(random.randrange(1_000)) / 100,
        extra={"referred_by": referred_by} if referred_by else {},
    )


def _judged(random: Random, number: int, customers: int) -> Interaction:
    stamped_at = NOON + random.choice(DAYS) * DAY
    return judgement(
        f"j{number}",
        f"c{random.randrange(customers)}",
        by=random.choice(("ann", "bob", "cid")),
        stamped_at=stamped_at,
        occurred_at=stamped_at - random.choice((0, 0, 2)) * DAY,
        source_offset=number,
        likely_to_leave=random.choice((True, False, None)),
    )


def _scored(random: Random, customers: int) -> RiskScore:
    return score(
        f"c{random.randrange(customers)}",
        scored_at=NOON + random.choice(DAYS) * DAY,
        cause=random.choice(("interaction", "review")),
        risk=random.choice((0.2, 0.5, 0.8)),
    )


def _decided(random: Random, number: int, customers: int) -> RetentionDecision:
    return decision(
        f"c{random.randrange(customers)}",
        decision_id=f"d{number}",
        decided_at=NOON + number * DAY / 3,
        action=random.choice(("ask_review", "call", "none")),
        held_out=random.random() < 0.3,
    )


@pytest.mark.parametrize(("number", "customers"), [(1, 1), (40, 4), (300, 20), (600, 40)])
def test_hits_of_judgements_are_what_python_computes(
    client: Client, database: ClickHouseSettings, number: int, customers: int
) -> None:
    random = Random(number)  # noqa: S311 - a history, no secret
    lines = [_judged(random, one, customers) for one in range(number)]
    lines += [_bought(random, one, customers) for one in range(number)]
    scores = list(
        {
            (one.customer_id, one.scored_at, one.cause): one for _ in lines for one in [_scored(random, customers)]
        }.values()
    )
    holes = [hole(starts_at=NOON + 50 * DAY, ends_at=NOON + 54 * DAY), hole(topic="returns", ends_at=NOON + 99 * DAY)]
    put(client, database, "interactions", lines)
    put(client, database, "risk_scores", scores)
    put(client, database, "holes", holes)
    put(client, database, "training_examples", [example("c0", left=True, risk=0.5, horizon_days=30.0)])

    expected = told.judgement_hits(lines, scores, holes, HORIZON)

    assert shown(client, "judgement_hits", 1) == near(expected)


def _disagreeing(person_is_right: int, model_is_right: int) -> list[Interaction]:
    """Judgements that customers leave whom the model expects to stay; some do not buy, the others do."""
    names = [f"c{number}" for number in range(person_is_right + model_is_right)]
    said = [judgement(f"j{name}", name, likely_to_leave=True, stamped_at=NOON + DAY) for name in names]
    end = purchase("end", "nobody", occurred_at=NOON + 99 * DAY, stamped_at=NOON + 99 * DAY)
    return [*said, end, *(purchase(f"p{name}", name, occurred_at=NOON + DAY) for name in names[person_is_right:])]


@pytest.mark.parametrize(
    ("person_is_right", "model_is_right", "verdict"), [(18, 2, "person"), (2, 18, "model"), (12, 8, "cannot_tell")]
)
def test_the_verdict_says_who_is_right_where_they_disagree(
    client: Client, database: ClickHouseSettings, person_is_right: int, model_is_right: int, verdict: str
) -> None:
    lines = _disagreeing(person_is_right, model_is_right)
    put(client, database, "interactions", lines)
    put(client, database, "risk_scores", [score(line.customer_id, risk=0.1) for line in lines if line.by])

    found = {row["by"]: row for row in client.query("SELECT * FROM judgement_hits").named_results()}

    assert set(found) == {"ann", ""}
    assert (found[""]["disagreements"], found[""]["person_right"]) == (20, person_is_right)
    assert (found[""]["verdict"], found["ann"]["verdict"]) == (verdict, verdict)


def test_without_a_judgement_there_is_nothing_to_hit(client: Client, database: ClickHouseSettings) -> None:
    put(client, database, "interactions", [purchase("p1"), judgement("j1", sentiment=2)])
    assert client.query("SELECT * FROM judgement_hits").result_rows == []


@pytest.mark.parametrize(("number", "customers"), [(1, 2), (40, 4), (300, 20)])
def test_referrals_are_what_python_computes(
    client: Client, database: ClickHouseSettings, number: int, customers: int
) -> None:
    random = Random(number)  # noqa: S311 - a history, no secret
    lines = [_bought(random, one, customers) for one in range(number)]
    decisions = [_decided(random, one, customers) for one in range(number // 2)]
    put(client, database, "interactions", lines)
    put(client, database, "decisions", decisions)

    assert shown(client, "referrals", 1) == near(told.referrals(lines, decisions))


@pytest.mark.parametrize(("number", "customers"), [(3, 1), (40, 12), (900, 300)])
def test_effects_on_recommendations_are_what_python_computes(
    client: Client, database: ClickHouseSettings, number: int, customers: int
) -> None:
    random = Random(number)  # noqa: S311 - a history, no secret
    lines = [_bought(random, one, customers) for one in range(number)]
    outcomes = draw_outcomes(random, number, customers)
    put(client, database, "interactions", lines)
    put(client, database, "outcomes", outcomes)

    assert shown(client, "referral_effects", 1) == near(told.referral_effects(lines, outcomes))


@pytest.mark.parametrize(
    ("view", "line"),
    [
        ("actions_taken", action("a1", decision_id="d1", by="ann", note="Glad.", extra={"team": "north"})),
        (
            "judgements",
            judgement("j1", by="ann", sentiment=-1, likely_to_leave=True, note="Furious.", extra={"x": "1"}),
        ),
    ],
)
def test_a_view_shows_what_was_told_word_for_word(
    client: Client, database: ClickHouseSettings, view: str, line: Interaction
) -> None:
    put(client, database, "interactions", [line, purchase("p1"), action("other", "c2"), judgement("another", "c2")])

    (row,) = client.query(f"SELECT * FROM {view} WHERE customer_id = 'c1'").named_results()  # noqa: S608 - names above

    told_fields: dict[str, Any] = {name: getattr(line, name) for name in row}
    assert row == told_fields
