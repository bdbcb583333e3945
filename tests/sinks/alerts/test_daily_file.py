"""A file a day: whole lines, none twice, whatever was killed in the middle of which line."""

import csv
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ServerUnreachableError, UsageError
from schemas.moments import HOUR_MS, to_ms
from schemas.records.alert import Alert, decode_alert
from sinks.alerts.targets.daily_file import COLUMNS, FileFormat, FileTarget
from tests.sinks.records import NOON, alert, alert_of_decision

NOON_MS = to_ms(NOON)
CLEARED = alert_of_decision("d1", state="cleared", changed_at=NOON + timedelta(hours=1), ended_by="result")


def opened(folder: Path, file_format: FileFormat = "ndjson", now: int = NOON_MS, offset: int = 0) -> FileTarget:
    return FileTarget(folder, file_format, lambda: now, lambda moment: moment + offset)


def lines(folder: Path) -> list[Alert]:
    files = sorted(folder.glob("*.ndjson"))
    return [decode_alert(line) for file in files for line in file.read_bytes().splitlines()]


def test_raising_and_clearing_are_a_line_each_and_delivering_again_adds_none(tmp_path: Path) -> None:
    for _ in range(2):
        target = opened(tmp_path)
        for told in (alert_of_decision("d1"), CLEARED, alert_of_decision("d1")):
            assert target.deliver(told) is None
    assert lines(tmp_path) == [alert_of_decision("d1"), CLEARED]


def test_what_was_written_before_midnight_is_not_written_again_after_it(tmp_path: Path) -> None:
    opened(tmp_path, now=NOON_MS + 12 * HOUR_MS - 1).deliver(alert_of_decision("d1"))
    after = opened(tmp_path, now=NOON_MS + 12 * HOUR_MS)
    after.deliver(alert_of_decision("d1"))
    after.deliver(alert_of_decision("d2"))
    assert [file.name for file in sorted(tmp_path.iterdir())] == [
        "alerts-2026-03-01.ndjson",
        "alerts-2026-03-02.ndjson",
    ]
    assert [told.decision_id for told in lines(tmp_path)] == ["d1", "d2"]


@pytest.mark.parametrize("file_format", ["csv", "ndjson"])
@pytest.mark.parametrize(
    "added", ["grün\n".encode("latin-1"), b"\n\n", b"\0\n", b'"' + 200_000 * b"x" + b'"\n', b"seen;x\n"]
)
def test_what_somebody_else_writes_into_a_file_stops_nothing(
    tmp_path: Path, file_format: FileFormat, added: bytes
) -> None:
    opened(tmp_path, file_format).deliver(alert_of_decision("d1"))
    (file,) = tmp_path.iterdir()
    before = file.read_bytes() + added
    file.write_bytes(before)

    again = opened(tmp_path, file_format)
    for name in ("d1", "d2"):
        assert again.deliver(alert_of_decision(name)) is None

    written = file.read_bytes()
    assert written.startswith(before)
    assert written.count(b"d1") == before.count(b"d1")
    assert b"d2" in written


def test_a_stray_quotation_mark_takes_no_row_away_and_hides_none(tmp_path: Path) -> None:
    told = [alert_of_decision(f"d{number}", what_changed=('She said "no".', "Twice.")) for number in range(3)]
    first = opened(tmp_path, "csv")
    for one in told:
        first.deliver(one)
    (file,) = tmp_path.iterdir()
    header, row = file.read_bytes().split(b"\n", 1)
    before = header + b"\n" + b'seen by "ann\n' + row
    file.write_bytes(before)

    again = opened(tmp_path, "csv")
    for one in told:
        assert again.deliver(one) is None

    assert file.read_bytes() == before


def test_a_file_of_another_name_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "alerts-for-ann.csv").write_text("no line feed at its end")
    opened(tmp_path, "csv")

    assert (tmp_path / "alerts-for-ann.csv").read_text() == "no line feed at its end"


def test_days_are_local(tmp_path: Path) -> None:
    opened(tmp_path, offset=13 * HOUR_MS).deliver(alert_of_decision("d1"))
    assert [file.name for file in tmp_path.iterdir()] == ["alerts-2026-03-02.ndjson"]


@given(cut=st.integers(0, 2000), file_format=st.sampled_from(["csv", "ndjson"]))
def test_a_kill_in_the_middle_of_a_line_leaves_whole_lines_and_each_key_once(
    tmp_path_factory: pytest.TempPathFactory, cut: int, file_format: FileFormat
) -> None:
    folder = tmp_path_factory.mktemp("killed")
    told = [alert_of_decision(f"d{number}", what_changed=('She said "no".', "Twice; ü")) for number in range(3)]
    first = opened(folder, file_format)
    for one in told:
        first.deliver(one)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    os.truncate(file, max(0, len(whole) - cut))

    again = opened(folder, file_format)
    for one in told:
        again.deliver(one)
    assert file.read_bytes() == whole


def test_a_csv_file_has_a_header_and_texts_that_no_spreadsheet_runs(tmp_path: Path) -> None:
    opened(tmp_path, "csv").deliver(alert_of_decision("d1", "=HYPERLINK()", what_changed=("Second return.", "New.")))
    (file,) = tmp_path.iterdir()
    with file.open(encoding="utf-8", newline="") as text:
        header, row = csv.reader(text)
    found = dict(zip(header, row, strict=True))
    assert tuple(header) == COLUMNS
    assert (found["key"], found["action"], found["due_by"]) == ("d1:raised", "call", "2026-03-03T12:00:00Z")
    assert (found["customer_id"], found["what_changed"]) == ("'=HYPERLINK()", "Second return.\nNew.")


def test_the_alert_of_a_risk_has_a_line_without_an_action(tmp_path: Path) -> None:
    opened(tmp_path, "csv").deliver(alert("c1"))
    (file,) = tmp_path.iterdir()
    with file.open(encoding="utf-8", newline="") as text:
        (row,) = csv.DictReader(text)
    assert (row["key"], row["action"], row["due_by"], row["expected_gain"]) == ("c1-1:raised", "", "", "")


def test_a_folder_that_cannot_be_made_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"STAYLINE_NOTIFIER__FOLDER .* cannot be used"):
        opened(tmp_path / "file" / "folder")


def test_a_folder_that_vanishes_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    target = opened(folder)
    folder.rmdir()
    with pytest.raises(ServerUnreachableError, match="cannot be written"):
        target.deliver(alert_of_decision())
    folder.mkdir()
    assert target.deliver(alert_of_decision()) is None
