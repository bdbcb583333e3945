"""Kinds of files: what an import makes of each, and of lines that are none."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from schemas.errors import UsageError
from tests.imports.made import make, make_as, write_csv

_ROWS = [
    {"customer": f"c{number % 3}", "date": f"2024-03-{number + 1:02}T10:00:00Z", "amount": f"{number}.50"}
    for number in range(10)
]


def _ids(events: list[dict[str, Any]]) -> list[str]:
    return [event["event_id"] for event in events]


@pytest.fixture
def expected(tmp_path: Path) -> list[str]:
    return _ids(make_as(write_csv(tmp_path / "expected.csv", _ROWS), "transactions").events)


def test_a_file_gives_the_same_events_in_every_order(tmp_path: Path, expected: list[str]) -> None:
    assert _ids(make_as(write_csv(tmp_path / "t.csv", _ROWS[::-1]), "transactions").events) == expected


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found_out(tmp_path: Path, expected: list[str], delimiter: str) -> None:
    path = write_csv(tmp_path / "t.csv", _ROWS, delimiter=delimiter)
    assert _ids(make_as(path, "transactions").events) == expected


def test_tabs_separate_a_tsv_file(tmp_path: Path, expected: list[str]) -> None:
    path = write_csv(tmp_path / "t.tsv", _ROWS, delimiter="\t")
    assert _ids(make_as(path, "transactions").events) == expected


def test_gzip_is_known_by_its_first_bytes(tmp_path: Path, expected: list[str]) -> None:
    plain = write_csv(tmp_path / "t.csv", _ROWS)
    packed = tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert _ids(make_as(packed, "transactions").events) == expected


def test_zstandard_is_known_by_its_first_bytes(tmp_path: Path, expected: list[str]) -> None:
    plain = write_csv(tmp_path / "t.csv", _ROWS)
    packed = tmp_path / "t.csv.zst"
    packed.write_bytes(pa.compress(plain.read_bytes(), codec="zstd", asbytes=True))
    assert _ids(make_as(packed, "transactions").events) == expected


def test_ndjson_and_arrays_of_json_are_read(tmp_path: Path, expected: list[str]) -> None:
    lines, whole = tmp_path / "t.ndjson", tmp_path / "t.json"
    lines.write_text("".join(json.dumps(row) + "\n" for row in _ROWS))
    whole.write_text(json.dumps(_ROWS, indent=2))
    assert _ids(make_as(lines, "transactions").events) == expected
    assert _ids(make_as(whole, "transactions").events) == expected


def test_fields_inside_fields_are_columns_with_a_dot(tmp_path: Path) -> None:
    path = tmp_path / "t.ndjson"
    path.write_text('{"buyer": {"ref": {"id": 7}}, "date": "2024-03-01T00:00:00Z", "amount": 3}\n')
    mapping = """
        [columns]
        who = "buyer.ref.id"
        [customers]
        id = "who"
        [purchases]
        occurred_at = "date"
        currency = "EUR"
        unit_price = "amount"
    """
    assert make(path, mapping).events[0]["customer_id"] == "7"


def test_parquet_with_types_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = pa.table({"customer": [17.0, None], "date": pa.array([0, 1], pa.timestamp("ms")), "amount": [2.25, 1.0]})
    parquet.write_table(table, path)

    made = make_as(path, "transactions")

    assert [(event["customer_id"], event["items"][0]["unit_price"]) for event in made.events] == [("17", "2.25")]
    assert made.faults() == {"customers.id is empty: a guest": 1}


def test_several_files_are_one_history(tmp_path: Path, expected: list[str]) -> None:
    first, second = write_csv(tmp_path / "1.csv", _ROWS[5:]), write_csv(tmp_path / "2.csv", _ROWS[:5])
    assert _ids(make_as([first, second], "transactions").events) == expected


def test_rows_of_the_second_file_are_counted_from_one(tmp_path: Path) -> None:
    first = write_csv(tmp_path / "1.csv", _ROWS)
    second = write_csv(tmp_path / "2.csv", [{**_ROWS[0], "amount": "much"}])
    (refused,) = make_as([first, second], "transactions").refused
    assert (refused.place, refused.value) == ("2.csv, row 1", "much")


def test_a_line_with_too_many_columns_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = ["customer,date,amount", "a,2024-03-01,1", "a,2024-03-02,1,2,3", "a,2024-03-03,1", "a", "a,2024-03-05,1"]
    path.write_text("\n".join(lines) + "\n")

    made = make_as(path, "transactions")

    assert made.faults() == {"line is no row of the file": 2}
    assert (made.refused[0].place, made.refused[0].value) == ("t.csv, line 3", "a,2024-03-02,1,2,3")
    assert len(made.events) == 3
    assert made.rows == 5


@pytest.mark.parametrize("line", ['{"customer": "b", "da', '{"customer": "\\ud83d"}', "b"])
def test_a_line_that_is_no_json_is_named_and_the_rest_goes_on(tmp_path: Path, line: str) -> None:
    path = tmp_path / "t.ndjson"
    path.write_text("".join(f"{one}\n" for one in (json.dumps(_ROWS[0]), line, json.dumps(_ROWS[1]))))

    made = make_as(path, "transactions")

    assert made.faults() == {"line is no JSON object": 1}
    assert made.refused[0].place == "t.ndjson, row 2"
    assert len(made.events) == 2


def test_letters_of_latin_1_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("customer,date,amount\nJürgen,2024-03-01,£3\n".encode("latin-1"))
    made = make_as(path, "transactions")
    assert (made.events[0]["customer_id"], made.events[0]["items"][0]["unit_price"]) == ("Jürgen", "3")


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("")
    with pytest.raises(UsageError, match="is empty"):
        make_as(tmp_path / "t.csv", "transactions")


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        make_as(tmp_path / "none.csv", "transactions")
    with pytest.raises(UsageError, match="it is a folder"):
        make_as(tmp_path, "transactions")


def test_text_with_line_breaks_stays_in_its_row(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [{**_ROWS[0], "note": "two\nlines"}] * 2, quoting=1)
    assert len(make_as(path, "transactions").events) == 2
