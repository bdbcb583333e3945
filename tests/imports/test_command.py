"""``stayline import``, and the same files given to a backtest."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from schemas.errors import UsageError
from streams.command.history import backtest_file
from streams.command.imports import import_files
from tests.imports.made import write_csv

Run = Callable[..., Result]
_ROWS = [
    {
        "customer": f"c{number % 7}",
        "date": f"2024-{1 + number // 28:02}-{1 + number % 28:02}T10:00:00Z",
        "amount": number,
    }
    for number in range(200)
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The commands, in an empty folder and environment."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command("import")(import_files)
    app.command("backtest")(backtest_file)
    write_csv(tmp_path / "t.csv", [*_ROWS, {**_ROWS[0], "customer": ""}])
    return lambda *arguments, **given: CliRunner().invoke(app, arguments, **given)


def _wrong_use(result: Result) -> str:
    assert isinstance(result.exception, UsageError), result.output
    return str(result.exception)


def test_events_are_written_and_findings_told(run: Run) -> None:
    result = run("import", "t.csv", "--as", "transactions", "-o", "events.ndjson")

    assert result.exit_code == 0, result.exception
    assert len(Path("events.ndjson").read_text().splitlines()) == 200
    assert "201 rows; moments read as iso" in result.stderr
    assert "1 row (0.5%) refused: customers.id is empty: a guest; the first is t.csv, row 201" in result.stderr
    assert "200 events (200 of type purchase), 7 customers" in result.stderr


def test_a_check_writes_no_events(run: Run) -> None:
    result = run("import", "t.csv", "--as", "transactions", "--check")
    assert result.stdout == ""
    assert "200 events" in result.stderr


def test_events_go_to_standard_output_where_no_file_is_named(run: Run) -> None:
    assert len(run("import", "t.csv", "--as", "transactions").stdout.splitlines()) == 200


def test_every_refused_row_is_written_where_that_is_asked_for(run: Run) -> None:
    run("import", "t.csv", "--as", "transactions", "--check", "--refused", "refused.ndjson")
    (row,) = map(json.loads, Path("refused.ndjson").read_text().splitlines())
    assert (row["place"], row["field"]) == ("t.csv, row 201", "customers.id")
    assert "customers.missing" in row["do"]


def test_refusals_end_with_exit_code_1_only_where_that_is_asked_for(run: Run) -> None:
    assert run("import", "t.csv", "--as", "transactions", "--check").exit_code == 0
    assert run("import", "t.csv", "--as", "transactions", "--check", "--strict").exit_code == 1


def test_a_backtest_of_the_file_gives_the_figures_of_its_events(run: Run) -> None:
    run("import", "t.csv", "--as", "transactions", "-o", "events.ndjson")
    of_file = run("backtest", "t.csv", "--as", "transactions", "--horizon", "20", "--scores", "file.csv")
    run("backtest", "events.ndjson", "--horizon", "20", "--scores", "events.csv")

    assert "200 events taken" in of_file.stdout
    assert Path("file.csv").read_bytes() == Path("events.csv").read_bytes()


def test_standard_input_is_imported_too(run: Run) -> None:
    piped = Path("t.csv").read_text()
    assert len(run("import", "-", "--as", "transactions", input=piped).stdout.splitlines()) == 200


def test_files_of_events_are_checked_without_a_mapping(run: Run) -> None:
    run("import", "t.csv", "--as", "transactions", "-o", "events.ndjson")
    assert "200 events" in run("import", "events.ndjson", "--check").stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--as", "amazon"), "--as amazon: expected one of transactions, order-lines"),
        (("--as", "transactions", "--map", "m.toml"), "--as and --map are both given"),
        (("--map", "none.toml"), "none.toml cannot be read"),
        (("--set", "time.zone=UTC"), "changes a mapping: say which"),
        (("--as", "transactions", "-o", "nowhere/e.ndjson"), "nowhere/e.ndjson cannot be written"),
    ],
)
def test_wrong_use_is_told_in_one_line(run: Run, arguments: tuple[str, ...], complaint: str) -> None:
    assert complaint in _wrong_use(run("import", "t.csv", *arguments))
