"""Files of events: a line that cannot be read is refused as intake would refuse it, and the rest goes on."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.dead_letter import Refusal
from schemas.events.history import UnroutableError, decode_history, read_line

GOOD = {
    "type": "judgement",
    "event_id": "e",
    "customer_id": "c",
    "occurred_at": "2026-03-01T12:00:00Z",
    "by": "ann",
}
LINE = json.dumps(GOOD).encode()


def reasons(*lines: bytes) -> list[str]:
    read = decode_history(lines, {"EUR": Decimal(1)}, 10**6)
    return [one.reason if isinstance(one, Refusal) else "taken" for one in read]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"type": "judg', "not_json"),
        (b'{"type": "judgement", "customer_id": "\\ud83d"}', "not_json"),
        (b"\xff", "not_json"),
        (b"[]", "invalid"),
        (b"{}", "invalid"),
        (b'{"type": ["judgement"]}', "invalid"),
        (b'{"type": "wish"}', "invalid"),
        (json.dumps({**GOOD, "sentiment": float("nan")}).encode(), "invalid"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(line: bytes, reason: str) -> None:
    assert reasons(LINE, line, b"", LINE) == ["taken", reason, "taken"]


@given(line=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_no_line_stops_the_file(line: bytes) -> None:
    assert reasons(line, LINE)[-1] == "taken"


@pytest.mark.parametrize("occurred_at", ["2026-03-01 08:00:00 -0400", 1_772_366_400_000, "2026-03-01T12:00Z"])
def test_the_time_of_a_line_is_read_as_intake_reads_it(occurred_at: object) -> None:
    assert read_line(json.dumps({**GOOD, "occurred_at": occurred_at}).encode()).occurred_ms == 1_772_366_400_000


def test_a_line_without_a_topic_says_which_types_there_are() -> None:
    with pytest.raises(UnroutableError, match=r"^type: must be one of purchase, return, "):
        read_line(b'{"type": "order"}')
