"""Files of events: packed, as arrays, and in any order."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from streams.imports.history import open_history


def _event(number: int, day: int) -> dict[str, Any]:
    at = f"2024-01-{day:02}T00:00:00Z"
    return {
        "type": "support_contact",
        "event_id": f"{number}",
        "customer_id": "a",
        "occurred_at": at,
        "channel": "email",
    }


_EVENTS = [_event(number, day) for number, day in enumerate((3, 1, 9, 2, 9))]


def _read(path: Path, grace_days: float = 1.0) -> tuple[list[str], list[str]]:
    with open_history([str(path)], None, grace_days) as history:
        ids = [json.loads(line)["event_id"] for line in history.lines()]
        assert [json.loads(line)["event_id"] for line in history.lines()] == ids
        return ids, [history.place(position + 1) for position in range(len(ids))]


def _lines(events: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def test_lines_are_sorted_by_time_and_keep_their_places(tmp_path: Path) -> None:
    path = tmp_path / "h.ndjson"
    path.write_text(_lines(_EVENTS))
    assert _read(path) == (["1", "3", "0", "2", "4"], ["line 2", "line 4", "line 1", "line 3", "line 5"])


def test_events_that_are_late_by_less_than_the_grace_stay_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "h.ndjson"
    path.write_text(_lines(_EVENTS))
    assert _read(path, grace_days=10.0)[0] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("packed", ["gzip", "zstd", "array"])
def test_packed_files_and_arrays_are_read(tmp_path: Path, packed: str) -> None:
    path = tmp_path / "h.ndjson"
    if packed == "array":
        path.write_text(json.dumps(_EVENTS, indent=1))
    else:
        lines = _lines(_EVENTS).encode()
        path.write_bytes(gzip.compress(lines) if packed == "gzip" else pa.compress(lines, codec=packed, asbytes=True))
    assert _read(path)[0] == ["1", "3", "0", "2", "4"]


def test_several_files_are_one_history(tmp_path: Path) -> None:
    first, second = tmp_path / "1.ndjson", tmp_path / "2.ndjson"
    first.write_text(_lines(_EVENTS[:3]))
    second.write_text(_lines(_EVENTS[3:]))
    with open_history([str(second), str(first)], None, 1.0) as history:
        assert [json.loads(line)["event_id"] for line in history.lines()] == ["1", "3", "0", "4", "2"]
