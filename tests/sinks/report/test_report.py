"""The page of ``stayline report``: right figures, everything in one file, and words where there is nothing to draw."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import pytest
from clickhouse_connect.driver.client import Client
from typer.testing import CliRunner

from deploy.local.clickhouse import ClickHouse
from schemas.errors import UsageError
from schemas.events.interaction import encode_interaction
from schemas.pages.page import encode_lines
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.load.insert import insert
from sinks.report import business, retention
from sinks.report.page import gather, write_page
from sinks.report.period import Period, period_of
from streams.command.app import build
from tests.sinks.clickhouse.rollups import scores_until
from tests.sinks.random_records import draw_records
from tests.sinks.records import NOON, purchase
from tests.sinks.running import new_database
from tests.sinks.shop import Records, put

pytestmark = pytest.mark.servers

DAY = timedelta(days=1)
ODD = {"customer_id": "<b>&c3", "value_at_risk": 1e6, "life_cycle": "steady"}
TITLES = (
    "Whom to call first",
    "Margin at risk, by segment",
    "Mean risk of customers who are not gone",
    "Lost in the last 90 days, by what went before",
    "Segments now",
    "Stages of life",
    "Moves between segments in these 182 days",
    "Revenue and refunds a week",
    "Who comes back",
    "Bought together",
    "What customers get in touch about",
    "Predicted and observed",
    "Log-loss by month",
)


class Filled(NamedTuple):
    """A random history and the database that has it."""

    records: Records
    database: ClickHouseSettings
    client: Client
    period: Period


@pytest.fixture(scope="module")
def filled(clickhouse: ClickHouse) -> Iterator[Filled]:
    """A database with a random history; one customer has a name that is no HTML."""
    records = draw_records(Random(3))  # noqa: S311 - a history, no secret
    records.risk_scores[:] = [
        msgspec.structs.replace(one, **ODD) if one.customer_id == "c3" else one for one in records.risk_scores
    ]
    records.interactions.append(
        purchase("named", "<b>&c3", occurred_at=NOON + DAY, stamped_at=NOON + DAY, source_offset=10_000)
    )
    database = new_database(clickhouse)
    with open_client(database) as client:
        put(client, database, records)
        period = period_of(client, 180)
        assert period is not None
        yield Filled(records, database, client, period)


@pytest.fixture(scope="module")
def page(filled: Filled) -> str:
    """The page about it."""
    return write_page(gather(filled.client, 180), "EUR", 90.0, filled.period.end)


def test_a_period_is_whole_weeks_or_days_up_to_the_last_moment(filled: Filled) -> None:
    last = max(line.stamped_at for line in filled.records.interactions)
    last = max(last, *(score.scored_at for score in filled.records.risk_scores))
    assert (filled.period.end, filled.period.days, filled.period.unit) == (last, 182, "week")
    short = period_of(filled.client, 30)
    assert short is not None
    assert (short.steps, short.unit, short.begin) == (30, "day", last - 30 * DAY)


def test_activity_is_that_of_the_events_of_each_step(filled: Filled) -> None:
    period = filled.period
    shown = business.activity(filled.client, period)
    lines = [line for line in filled.records.interactions if period.begin < line.occurred_at <= period.end]
    assert len(shown) == period.steps
    revenue = sum((line.amount for line in lines if line.type == "purchase"), Decimal(0))
    assert sum(step.revenue for step in shown) == pytest.approx(float(revenue))
    ends = period.ends()
    for step, end in zip(shown, ends, strict=True):
        of_step = [line for line in lines if end - 7 * DAY < line.occurred_at <= end]
        orders = {(line.customer_id, line.order_id) for line in of_step if line.type == "purchase"}
        assert step.purchases == len(orders)
    whole = business.activity_in_all(filled.client, period)
    assert whole.buyers == len({line.customer_id for line in lines if line.type == "purchase"})
    assert whole.returned_units == sum(line.units for line in lines if line.type == "return")


@pytest.mark.parametrize("column", ["segment", "life_cycle"])
def test_customers_stand_where_their_latest_score_puts_them(filled: Filled, column: str) -> None:
    ask = retention.by_segment if column == "segment" else retention.by_stage
    shown = ask(filled.client, filled.period)
    names = {score.customer_id for score in filled.records.risk_scores}
    of_customer = [scores_until(filled.records, name, None) for name in names]
    for step, end in enumerate(filled.period.ends()):
        until = [[score for score in scores if score.scored_at <= end] for scores in of_customer]
        latest = [scores[-1] for scores in until if scores]
        for kind, standings in shown.items():
            there = [score for score in latest if getattr(score, column) == kind]
            assert standings[step].customers == len(there)
            assert standings[step].value_at_risk == pytest.approx(sum(score.value_at_risk for score in there))
            assert standings[step].risk == pytest.approx(sum(score.risk for score in there), abs=1e-9)


def test_every_part_is_there_and_drawn(page: str) -> None:
    assert [title for title in TITLES if title not in page] == []
    assert page.count("<svg") == 9


def test_everything_is_in_the_one_file(page: str) -> None:
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", page))
    assert {address.split("/")[2] for address in addresses} <= {"www.w3.org"}
    assert re.findall(r"<(?:script|link|img|iframe|object)\b|@import|url\((?!#)", page) == []


def test_a_customers_name_is_no_html(page: str) -> None:
    assert "&lt;b&gt;&amp;c3" in page
    assert "<b>&c3" not in page


def test_amounts_and_horizon_are_those_of_the_settings(page: str) -> None:
    assert "Amounts in EUR. Leaving means buying nothing for 90 days." in " ".join(page.split())


def test_a_page_made_days_after_the_end_of_the_log_says_so_first(filled: Filled, page: str) -> None:
    later = write_page(gather(filled.client, 180), "EUR", 90.0, filled.period.end + 12 * DAY)

    assert "moment in the log, which was 12 days before this page was made. Amounts" in " ".join(later.split())
    assert "before this page was made" not in page


def test_who_is_to_be_called_is_likely_to_leave_neither_gone_nor_lost_and_has_silence_beside_the_usual_gap(
    filled: Filled,
) -> None:
    called = retention.most_at_risk(filled.client, filled.period, 1_000)
    lost = {row[0] for row in filled.client.query("SELECT customer_id FROM lost_customers").result_rows}
    last_purchases = {
        one.customer_id: max(
            line.occurred_at
            for line in filled.records.interactions
            if line.customer_id == one.customer_id and line.type == "purchase"
        )
        for one in called
    }

    assert called
    assert all(one.risk >= 0.5 and one.life_cycle != "gone" and one.customer_id not in lost for one in called)
    assert [one.value_at_risk for one in called] == sorted((one.value_at_risk for one in called), reverse=True)
    for one in called:
        silent = (filled.period.end - last_purchases[one.customer_id]) / DAY
        assert one.silent_days == pytest.approx(silent, abs=0.001)


def test_the_same_database_gives_the_same_page(filled: Filled, page: str) -> None:
    assert write_page(gather(filled.client, 180), "EUR", 90.0, filled.period.end) == page


def test_an_empty_database_is_told_in_words(client: Client) -> None:
    page = write_page(gather(client, 180), "USD", 90.0, NOON)
    assert "Nothing has happened yet" in page
    assert "<svg" not in page


def test_what_is_not_known_yet_is_told_in_words(database: ClickHouseSettings, client: Client) -> None:
    insert(client, database, "interactions", encode_lines([encode_interaction(purchase("p1"))]))
    page = write_page(gather(client, 14), "USD", 90.0, NOON)
    for words in (
        "Nobody who is not gone or lost yet is known to be likelier to leave than to stay.",
        "No customer has been scored yet.",
        "Nobody was lost in the last 90 days.",
        "Nobody has moved between segments in these days.",
        "There are no two months of purchases yet.",
        "No two articles have been bought together by five customers",
        "There are no support contacts.",
        "No decision has been made yet.",
        "No answer is known yet to a risk that the model gave",
    ):
        assert words in page
    assert page.count("<svg") == 1


def run(database: ClickHouseSettings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setenv("STAYLINE_CLICKHOUSE__DATABASE", database.database)
    return CliRunner().invoke(build(), ["report", *arguments], catch_exceptions=False).output


def test_the_command_writes_the_page(filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "report.html"
    said = run(filled.database, monkeypatch, "--url", filled.database.url, "--days", "30", "--out", str(out))
    assert said == f"{out}: 30 days\n"
    assert "Moves between segments in these 30 days" in out.read_text("utf-8")


def test_a_place_that_cannot_be_written_is_told(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"/no/such/report\.html cannot be written"):
        run(filled.database, monkeypatch, "--url", filled.database.url, "--out", "/no/such/report.html")
