import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.simulator import shop_events
from schemas.errors import UsageError
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.records.decisions import decode_decision
from schemas.settings.risk import MoneySettings, RiskSettings
from schemas.topics import DECISIONS, OUTCOMES
from streams.backtest.run import SCORE_COLUMNS
from streams.command.history import backtest_file
from tests.kit.results import results_of_backtest
from tests.kit.suite.cases import cases

Backtest = Callable[..., Result]

_START = datetime(2024, 1, 1, tzinfo=UTC)
_EVENTS = [json.dumps(event) for event in shop_events(seed=3, customers=cases(40, usual=24), start=_START, days=250)]


@pytest.fixture
def backtest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Backtest:
    """The command, in an empty folder and environment."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(backtest_file)

    def run(*arguments: str, standard_input: str | None = None) -> Result:
        return CliRunner().invoke(app, arguments, input=standard_input)

    return run


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.ndjson"
    path.write_text("\n".join(_EVENTS) + "\n")
    return path


def _purchase(customer_id: str, occurred_at: str, event_id: str) -> dict[str, object]:
    return {
        "type": "purchase",
        "event_id": event_id,
        "customer_id": customer_id,
        "occurred_at": occurred_at,
        "order_id": event_id,
        "currency": "USD",
        "items": [{"sku": "s", "quantity": 1, "unit_price": "9.99"}],
    }


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode())))


def _wrong_use(result: Result) -> str:
    assert isinstance(result.exception, UsageError), result.output
    return str(result.exception)


def test_a_history_that_is_not_in_time_order_is_sorted(backtest: Backtest, history: Path) -> None:
    Path("newest-first.ndjson").write_text("\n".join(reversed(_EVENTS)) + "\n")

    backtest(str(history), "--horizon", "30", "--scores", "ordered.csv")
    result = backtest("newest-first.ndjson", "--horizon", "30", "--scores", "sorted.csv")

    assert Path("sorted.csv").read_bytes() == Path("ordered.csv").read_bytes()
    assert "all are sorted by time" in result.stdout


def test_standard_input_that_is_not_in_time_order_is_refused(backtest: Backtest) -> None:
    said = _wrong_use(backtest("-", "--horizon", "30", standard_input="\n".join(reversed(_EVENTS)) + "\n"))

    assert re.search(r"-, line \d+: event \S+ occurred at 2024-", said)
    assert "before an event of an earlier line" in said
    assert "sort the lines by occurred_at" in said


def test_events_that_are_late_by_less_than_the_grace_are_taken(backtest: Backtest, tmp_path: Path) -> None:
    late = [_purchase("a", f"2024-01-{day:02}T{hour:02}:00:00Z", f"{day}-{hour}") for day in (2, 3) for hour in (20, 4)]
    path = tmp_path / "late.ndjson"
    path.write_text("".join(json.dumps(event) + "\n" for event in late))

    assert backtest(str(path), "--horizon", "30").exit_code == 0


def test_scores_have_the_published_columns_and_the_report_is_one_page(backtest: Backtest, history: Path) -> None:
    result = backtest(str(history), "--horizon", "30", "--scores", "scores.csv", "--report", "report.html")

    assert result.exit_code == 0, result.exception
    assert Path("scores.csv").read_text().splitlines()[0] == (
        "customer_id,decision_time,risk,label,less,usual,more,outcome,"
        "days_early,days_expected,days_late,bought_after_days"
    )
    assert Path("report.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(("at", "length"), [("weekly", 7), ("monthly", 28)])
def test_on_a_calendar_every_moment_is_a_midnight_in_utc(
    backtest: Backtest, history: Path, at: str, length: int
) -> None:
    backtest(str(history), "--horizon", "30", "--at", at, "--scores", "scores.csv")

    times = sorted({row["decision_time"] for row in _rows(Path("scores.csv"))})
    days = [datetime.strptime(time, "%Y-%m-%dT00:00:00Z").replace(tzinfo=UTC) for time in times]
    assert all((later - earlier).days >= length for earlier, later in pairwise(days))


def test_at_purchases_every_purchase_gets_a_row(backtest: Backtest, history: Path) -> None:
    backtest(str(history), "--at", "purchases", "--scores", "scores.csv")

    purchases = [event for event in map(json.loads, _EVENTS) if event["type"] == "purchase"]
    assert [row["customer_id"] for row in _rows(Path("scores.csv"))] == [event["customer_id"] for event in purchases]


def test_labels_are_empty_exactly_where_the_history_ends_too_early(backtest: Backtest, history: Path) -> None:
    backtest(str(history), "--horizon", "30", "--at", "weekly", "--scores", "scores.csv")

    rows = _rows(Path("scores.csv"))
    last = datetime.fromisoformat(json.loads(_EVENTS[-1])["occurred_at"])
    assert {row["label"] for row in rows} == {"0", "1", ""}
    for row in rows:
        matured = (last - datetime.fromisoformat(row["decision_time"])).total_seconds() >= 30 * 86_400
        assert (row["label"] != "") == matured


def test_a_file_of_decisions_is_answered_row_by_row_in_time_order_with_its_own_times(
    backtest: Backtest, history: Path
) -> None:
    customer_id = json.loads(_EVENTS[0])["customer_id"]
    wanted = [
        (customer_id, "2024-07-01T02:00:00+02:00"),
        ("never seen", "2024-07-01T00:00:00Z"),
        (customer_id, "2020-01-01T00:00:00.5-05:00"),
        (customer_id, "2024-07-01T02:00:00+02:00"),
        (customer_id, "2024-12-01T00:00:00Z"),
    ]
    Path("wanted.csv").write_text("customer_id,decision_time\n" + "".join(f"{who},{when}\n" for who, when in wanted))

    result = backtest(str(history), "--at", "wanted.csv", "--scores", "scores.csv")

    assert result.exit_code == 0, result.exception
    rows = _rows(Path("scores.csv"))
    assert [(row["customer_id"], row["decision_time"]) for row in rows] == [wanted[index] for index in (2, 0, 1, 3, 4)]
    assert all(0.0 < float(row["risk"]) < 1.0 for row in rows)


def test_a_cut_history_gives_the_same_rows_as_the_whole_one(backtest: Backtest, history: Path) -> None:
    moment = "2024-06-15T12:00:00Z"
    cut = [line for line in _EVENTS if datetime.fromisoformat(json.loads(line)["occurred_at"]) <= _at(moment)]
    Path("cut.ndjson").write_text("\n".join(cut))
    customers = sorted({json.loads(line)["customer_id"] for line in cut})
    Path("wanted.csv").write_text("customer_id,decision_time\n" + "".join(f"{who},{moment}\n" for who in customers))

    backtest(str(history), "--horizon", "30", "--at", "wanted.csv", "--scores", "whole.csv")
    backtest("cut.ndjson", "--horizon", "30", "--at", "wanted.csv", "--scores", "cut.csv")

    whole, rows = _rows(Path("whole.csv")), _rows(Path("cut.csv"))
    assert [row["risk"] for row in rows] == [row["risk"] for row in whole]
    assert len(rows) == len(customers)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_standard_input_gives_what_the_file_gives(backtest: Backtest, history: Path) -> None:
    from_file = backtest(str(history), "--scores", "file.csv")
    from_input = backtest("-", "--scores", "input.csv", standard_input=history.read_text())

    assert Path("input.csv").read_bytes() == Path("file.csv").read_bytes()
    assert from_input.stdout == from_file.stdout


def test_refused_events_are_told_by_reason_and_are_no_reason_to_stop(backtest: Backtest) -> None:
    good, typo = (_purchase("a", "2024-01-01T00:00:00Z", name) for name in ("good", "typo"))
    typo["custommer"] = "a"
    foreign = {**_purchase("a", "2024-01-02T00:00:00Z", "foreign"), "currency": "XXX"}
    Path("h.ndjson").write_text("".join(f"{json.dumps(event)}\n\n" for event in (good, typo, foreign)))

    result = backtest("h.ndjson")

    assert result.exit_code == 0
    assert "1 events taken, 2 refused, 1 customers" in result.stdout
    assert "1 invalid (33.3%), first in line 3: " in result.stdout
    assert "1 unknown_currency (33.3%), first in line 5: " in result.stdout


def test_refusals_end_with_exit_code_1_only_where_that_is_asked_for(backtest: Backtest) -> None:
    Path("h.ndjson").write_text(f"{_EVENTS[0]}\nnot json\n")

    assert backtest("h.ndjson").exit_code == 0
    assert backtest("h.ndjson", "--strict").exit_code == 1


def test_an_id_that_is_used_again_for_something_else_is_refused_and_a_repeat_is_silent(backtest: Backtest) -> None:
    first, repeated = (_purchase("a", f"2024-01-0{day}T00:00:00Z", f"INV-{day}") for day in (1, 2))
    other = {**first, "items": [{"sku": "s", "quantity": 1, "unit_price": "70.00"}]}
    Path("h.ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in (first, other, other, repeated, repeated)))

    result = backtest("h.ndjson")

    assert "3 events taken, 2 refused, 1 customers" in result.stdout
    assert "2 id_reused (40.0%), first in line 2: event_id INV-1 was used before" in result.stdout


def test_a_line_that_is_no_event_is_told_with_its_number_and_is_no_reason_to_stop(backtest: Backtest) -> None:
    good = json.dumps(_purchase("a", "2024-01-01T00:00:00Z", "1"))
    other = json.dumps(_purchase("a", "2024-01-02T00:00:00Z", "2"))
    Path("h.ndjson").write_text(f"{good}\nnot json\n{other}\n")

    result = backtest("h.ndjson")

    assert "2 events taken, 1 refused, 1 customers" in result.stdout
    assert "1 not_json (33.3%), first in line 2: Invalid JSON" in result.stdout


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("customer,decision_time\n", "wanted.csv has no column customer_id"),
        ("", "wanted.csv has no column customer_id"),
        ("customer_id,decision_time\na,2024-01-01T00:00:00Z\na,1704067200\n", "line 3: decision_time is"),
        ("customer_id,decision_time\na,01.01.2024\n", "line 2: decision_time is '01.01.2024'"),
        ("customer_id,decision_time\na\n", "line 2: decision_time is None"),
        ("customer_id,decision_time\n,2024-01-01T00:00:00Z\n", "line 2: customer_id is empty"),
        ('customer_id,decision_time\n"a,2024\n', "is no CSV file in UTF-8"),
    ],
)
def test_a_wrong_file_of_decisions_is_refused_with_its_line(
    backtest: Backtest, history: Path, rows: str, complaint: str
) -> None:
    Path("wanted.csv").write_text(rows)

    assert complaint in _wrong_use(backtest(str(history), "--at", "wanted.csv"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--at", "daily"), "--at is daily: expected purchases, weekly, monthly or a CSV file"),
        (("--horizon", "0"), "--horizon is 0.0: Input should be greater than 0"),
        (("--horizon", "nan"), "--horizon is nan: "),
        (("--horizon", "9999"), "--horizon is 9999.0: Input should be less than or equal to 730"),
        (("--scores", "nowhere/scores.csv"), "nowhere/scores.csv cannot be written: there is no folder nowhere"),
        (("--report", "."), ". is a folder"),
    ],
)
def test_wrong_use_is_told_in_one_line(
    backtest: Backtest, history: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in _wrong_use(backtest(str(history), *arguments))


def test_a_missing_history_is_told(backtest: Backtest) -> None:
    assert _wrong_use(backtest("missing.ndjson")) == "missing.ndjson cannot be read: No such file or directory"


def test_the_horizon_may_come_from_the_settings(
    backtest: Backtest, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = backtest(str(history), "--horizon", "20", "--scores", "given.csv")
    monkeypatch.setenv("STAYLINE_RISK__HORIZON_DAYS", "20")
    from_settings = backtest(str(history), "--scores", "settings.csv")

    assert Path("given.csv").read_bytes() == Path("settings.csv").read_bytes()
    assert given.stdout == from_settings.stdout


def test_an_empty_history_is_no_failure(backtest: Backtest) -> None:
    result = backtest("-", "--scores", "scores.csv", "--report", "report.html", standard_input="")

    assert result.exit_code == 0, result.exception
    assert Path("scores.csv").read_text() == ",".join(SCORE_COLUMNS) + "\n"
    assert "0 events taken" in result.stdout


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def test_decisions_and_outcomes_are_the_records_that_workers_publish(backtest: Backtest, history: Path) -> None:
    read = decode_history(history.read_bytes().splitlines(), MoneySettings().rates, 1_000_000)
    events = [one for one in read if isinstance(one, Interaction)]
    expected = results_of_backtest(events, RiskSettings(horizon_days=30.0))

    result = backtest(str(history), "--horizon", "30", "--decisions", "d.ndjson", "--outcomes", "o.ndjson")

    assert result.exit_code == 0, result.exception
    for topic, path in ((DECISIONS, "d.ndjson"), (OUTCOMES, "o.ndjson")):
        assert _lines(Path(path))
        assert sorted(_lines(Path(path))) == sorted(
            record for (of, _), records in expected.items() if of == topic for record in records
        )


def test_decisions_are_written_in_the_order_of_their_times_and_counted(backtest: Backtest, history: Path) -> None:
    result = backtest(str(history), "--horizon", "30", "--decisions", "decisions.ndjson")

    decided = [decode_decision(line) for line in _lines(Path("decisions.ndjson"))]
    assert [one.decided_at for one in decided] == sorted(one.decided_at for one in decided)
    assert f"decided {len(decided):,} times by the playbook " in result.output
    held_out = sum(one.action == "remind" and one.held_out for one in decided)
    assert re.search(rf"^  [\d,]+ remind, {held_out} of them held out$", result.output, re.MULTILINE)


def test_deciding_changes_no_score(backtest: Backtest, history: Path) -> None:
    backtest(str(history), "--horizon", "30", "--scores", "alone.csv")

    backtest(str(history), "--horizon", "30", "--scores", "decided.csv", "--decisions", "decisions.ndjson")

    assert Path("decided.csv").read_bytes() == Path("alone.csv").read_bytes()


def test_decisions_are_not_to_be_had_where_deciding_is_switched_off(
    backtest: Backtest, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAYLINE_RETENTION__ENABLED", "false")

    assert "retention.enabled is false" in _wrong_use(backtest(str(history), "--decisions", "decisions.ndjson"))
    assert not Path("decisions.ndjson").exists()
