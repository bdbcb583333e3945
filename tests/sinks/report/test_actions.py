"""The part of the report about what acting brought: the views' figures, verdicts in words, and what is missing."""

from collections.abc import Sequence
from functools import cache

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from schemas.pages.page import encode_lines
from schemas.records.encode import encode_record
from schemas.records.verdict import verdict_in_words
from schemas.settings.connections import ClickHouseSettings
from sinks.load.insert import insert
from sinks.report.actions import action_figures
from sinks.report.page import gather, write_page
from tests.retention.logged import Written, write_decisions
from tests.sinks.records import NOON

pytestmark = pytest.mark.servers

TITLES = (
    "Effect of each action",
    "Gain by depth: offer 10",
    "Margin brought, and spent",
    "Return",
    "Effect by segment",
)


@cache
def _written() -> list[Written]:
    return write_decisions(3, 3_000)


def put(client: Client, database: ClickHouseSettings, written: Sequence[Written]) -> None:
    rows: dict[str, list[msgspec.Struct]] = {
        "decisions": [one.decision for one in written],
        "outcomes": [one.outcome for one in written],
        "risk_scores": [one.score for one in written],
    }
    for table, records in rows.items():
        insert(client, database, table, encode_lines([encode_record(record) for record in records]))


def page_of(client: Client) -> str:
    return " ".join(write_page(gather(client, 180), "EUR", 90.0, NOON).split())


def test_effects_returns_and_gains_are_shown_with_their_verdicts(client: Client, database: ClickHouseSettings) -> None:
    put(client, database, _written())
    figures, page = action_figures(client), page_of(client)

    assert [title for title in TITLES if title not in page] == []
    assert [one.verdict for one in figures.effects if one.action == "call"] == ["helps"]
    assert all(verdict_in_words(one.verdict, one.more) in page for one in (*figures.effects, *figures.by_segment))
    assert figures.returns[-1].action == ""
    assert f"{figures.returns[-1].margin:,.0f}" in page
    assert "3,000 decisions, 3,000 settled" in page
    assert "Do not trust" not in page


def test_an_action_whose_holdout_is_not_the_one_that_was_set_is_not_to_be_trusted(
    client: Client, database: ClickHouseSettings
) -> None:
    put(client, database, [one for one in _written() if not (one.outcome.held_out and one.outcome.action == "call")])

    assert "Do not trust call: not as many were held out as were set" in page_of(client)


def test_before_outcomes_the_page_says_what_it_takes(client: Client, database: ClickHouseSettings) -> None:
    insert(client, database, "risk_scores", encode_record(_written()[0].score))
    assert "No decision has been made yet. Workers decide at scores while" in page_of(client)

    insert(client, database, "decisions", encode_record(_written()[0].decision))
    assert "1 decisions have been made, 0 are settled, and none yet that compares" in page_of(client)
