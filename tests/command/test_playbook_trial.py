"""A changed playbook is evaluated on a real engine, in a process of its own, on the latest decisions."""

from threading import Event

import msgspec
import pytest

from deploy.local.clickhouse import ClickHouse
from schemas.errors import RejectedError, ServerUnreachableError, UsageError
from schemas.pages.page import encode_lines
from schemas.records.encode import encode_record
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.load.insert import insert
from streams.playbook_trial import PlaybookOnTrial, estimate_on
from streams.retention_file import default_text, load_playbook
from tests.desk.judge_in_memory import ONLY_CALLS
from tests.kit.waiting import PATIENCE_SECONDS
from tests.retention.logged import as_logged, write_decisions
from tests.sinks.running import new_database

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def database(clickhouse: ClickHouse) -> ClickHouseSettings:
    """A database with settled decisions."""
    settings = new_database(clickhouse)
    written = write_decisions(1, 3_000)
    rows: dict[str, list[msgspec.Struct]] = {
        "decisions": [one.decision for one in written],
        "outcomes": [one.outcome for one in written],
        "risk_scores": [one.score for one in written],
    }
    with open_client(settings) as client:
        for table, records in rows.items():
            insert(client, settings, table, encode_lines([encode_record(record) for record in records]))
    return settings


def _judge(database: ClickHouseSettings, decisions: int = 2_000, seconds: float = PATIENCE_SECONDS) -> PlaybookOnTrial:
    return PlaybookOnTrial(load_playbook(), database, decisions, seconds)


def test_the_estimate_is_that_of_the_latest_decisions(database: ClickHouseSettings) -> None:
    said: list[str] = []
    estimate = _judge(database).evaluate(ONLY_CALLS, said.append, Event())
    latest = sorted(as_logged(write_decisions(1, 3_000)), key=lambda one: (one.decided_at, one.customer_id))[-2_000:]
    assert estimate == estimate_on(latest, ONLY_CALLS, load_playbook())
    assert estimate.verdict == "better"
    assert estimate.difference.low > 0.0
    assert estimate.learnt_verdict == "better"
    assert estimate.learnt_difference is not None
    assert said == ["Reads the latest settled decisions, 2,000 at most.", "Evaluates on 2,000 settled decisions."]


def test_without_settled_decisions_it_says_what_is_needed(clickhouse: ClickHouse) -> None:
    with pytest.raises(UsageError, match="no decision is settled"):
        _judge(new_database(clickhouse)).evaluate(default_text(), print, Event())


def test_an_engine_that_is_away_is_an_error_of_its_kind() -> None:
    nowhere = ClickHouseSettings(url="http://127.0.0.1:1")
    with pytest.raises(ServerUnreachableError):
        _judge(nowhere).evaluate(default_text(), print, Event())


def test_it_is_given_up_in_time(database: ClickHouseSettings) -> None:
    with pytest.raises(RejectedError, match=r"given up after 0\.01 seconds"):
        _judge(database, seconds=0.01).evaluate(default_text(), print, Event())


def test_decisions_of_which_none_can_be_used_are_told_in_a_line() -> None:
    stale = [msgspec.structs.replace(one, yearly_margin=None) for one in as_logged(write_decisions(1, 60))]
    with pytest.raises(
        UsageError, match=r"^none of 60 settled decisions can be used: of 0 .* and 60 say nothing"
    ) as told:
        estimate_on(stale, default_text(), load_playbook())
    assert "\n" not in str(told.value)


def test_from_a_handful_of_decisions_no_gain_is_told() -> None:
    estimate = estimate_on(list(as_logged(write_decisions(1, 60))), default_text(), load_playbook())
    assert (estimate.verdict, estimate.learnt_verdict) == ("too_few", "too_few")
    assert not estimate.tells
    assert estimate.learnt_difference is None
