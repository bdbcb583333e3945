"""``stayline retention evaluate`` and ``rules`` on a real engine."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import msgspec
import pytest
from clickhouse_connect.driver.client import Client
from typer.testing import CliRunner

from deploy.local.clickhouse import ClickHouse
from schemas.errors import UsageError
from schemas.pages.page import encode_lines
from schemas.records.encode import encode_record
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.load.insert import insert
from sinks.queries.logged_decisions import logged_decisions
from streams.command.app import build
from streams.retention_file import default_text
from tests.retention.logged import Written, as_logged, write_decisions
from tests.sinks.running import new_database

pytestmark = pytest.mark.servers

CALLS = """
[[rules]]
name = "calls"
when = "segment is keep_at_all_costs"
then = ["call"]
"""


@cache
def _written() -> list[Written]:
    return write_decisions(1, 5_000)


@pytest.fixture(scope="module")
def database(clickhouse: ClickHouse) -> ClickHouseSettings:
    """A database with settled decisions."""
    return _database_of(clickhouse, _written())


def _database_of(clickhouse: ClickHouse, written: Sequence[Written]) -> ClickHouseSettings:
    settings = new_database(clickhouse)
    rows: dict[str, list[msgspec.Struct]] = {
        "decisions": [one.decision for one in written],
        "outcomes": [one.outcome for one in written],
        "risk_scores": [one.score for one in written],
    }
    with open_client(settings) as client:
        for table, records in rows.items():
            insert(client, settings, table, encode_lines([encode_record(record) for record in records]))
    return settings


@pytest.fixture
def client(database: ClickHouseSettings) -> Iterator[Client]:
    """A connection to it."""
    with open_client(database) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _in_a_folder_with_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: ClickHouseSettings) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STAYLINE_CLICKHOUSE__URL", database.url)
    monkeypatch.setenv("STAYLINE_CLICKHOUSE__DATABASE", database.database)


def _run(*words: str) -> str:
    result = CliRunner().invoke(build(["retention"]), ["retention", *words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_decisions_are_read_back_as_they_were_written(client: Client) -> None:
    written = sorted(as_logged(_written()), key=lambda one: (one.decided_at, f"{one.customer_id}-d"))

    assert logged_decisions(client) == written


def test_another_playbook_is_compared_with_what_was_decided() -> None:
    Path("other.toml").write_text(default_text().split("[[rules]]")[0] + CALLS, "utf-8")

    lines = _run("evaluate", "other.toml").splitlines()

    assert lines[0] == "other.toml: better"
    assert any(line.startswith("doubly robust ") and line.count("±") == 2 for line in lines)
    assert "From 5,000 decisions of 5,000 customers." in lines
    assert any("occasions and judgement are not recorded" in line for line in lines)


def test_the_playbook_is_judged_as_it_begins_and_once_it_has_learnt() -> None:
    Path("other.toml").write_text(default_text().split("[[rules]]")[0] + CALLS, "utf-8")

    lines = _run("evaluate", "other.toml").splitlines()

    assert lines[1] == "The same, once it has learnt from as many outcomes: better"
    assert any(line.startswith("By its guesses: +") for line in lines)
    assert any(line.startswith("Once it has learnt: +") for line in lines)


def test_from_a_handful_of_decisions_no_gain_is_shown(monkeypatch: pytest.MonkeyPatch, clickhouse: ClickHouse) -> None:
    monkeypatch.setenv("STAYLINE_CLICKHOUSE__DATABASE", _database_of(clickhouse, _written()[:60]).database)
    Path("other.toml").write_text(default_text(), "utf-8")

    told = _run("evaluate", "other.toml")

    assert told.count("cannot tell yet (") == 2
    assert "±" not in told
    assert "at all looks" not in told


def test_rules_need_decisions_that_can_be_used(monkeypatch: pytest.MonkeyPatch, clickhouse: ClickHouse) -> None:
    monkeypatch.setenv("STAYLINE_CLICKHOUSE__DATABASE", _database_of(clickhouse, _written()[:60]).database)

    with pytest.raises(UsageError, match="of 60 settled decisions, 60 can be used, and rules need at least 200"):
        _run("rules")


def test_rules_can_be_pasted_into_the_playbook_and_are_accepted() -> None:
    Path("retention.toml").write_text(default_text().split("[[rules]]")[0] + _run("rules"), "utf-8")

    assert '"learnt 1"' in Path("retention.toml").read_text("utf-8")
    assert "retention.toml: policy version" in _run("check")


def test_without_settled_decisions_one_line_says_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, clickhouse: ClickHouse
) -> None:
    monkeypatch.setenv("STAYLINE_CLICKHOUSE__DATABASE", new_database(clickhouse).database)
    Path("other.toml").write_text(default_text(), "utf-8")

    for words in (("evaluate", "other.toml"), ("rules",)):
        with pytest.raises(UsageError, match=r"no decision is settled in \w+ at http.*horizon_days") as wrong:
            _run(*words)
        assert "\n" not in str(wrong.value)


def test_a_playbook_that_is_missing_is_named() -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml cannot be read"):
        _run("evaluate", "nowhere.toml")
