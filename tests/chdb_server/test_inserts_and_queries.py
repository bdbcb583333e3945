import gzip
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal

import lz4.frame  # type: ignore[import-untyped]
import pytest
from backports import zstd
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from deploy.local.clickhouse import ClickHouse
from tests.chdb_server.asking import connect
from tests.kit.waiting import wait_until

pytestmark = pytest.mark.servers
COLUMNS = ["id", "at", "amount", "label", "items", "extra", "score"]
TABLE = """CREATE TABLE interactions (
    id String COMMENT 'the id', at DateTime64(3, 'UTC'), amount Decimal(38, 9), label LowCardinality(String),
    items Array(Tuple(sku String, quantity UInt32)), extra Map(String, String), score Nullable(Float64)
) ENGINE = ReplacingMergeTree ORDER BY id"""
LINE = {
    "id": "a", "at": "1997-01-01T02:00:00.123+02:00", "amount": "12.345678901", "label": "web",
    "items": [{"sku": "s", "quantity": 2}], "extra": {"colour": "blue"}, "score": None,
}  # fmt: skip
ROW = (
    "a", datetime(1997, 1, 1, 0, 0, 0, 123000), Decimal("12.345678901"), "web",  # noqa: DTZ001 -- as the client gives it
    [{"sku": "s", "quantity": 2}], {"colour": "blue"}, None,
)  # fmt: skip


def test_lines_are_taken_unparsed_into_every_type(client: Client) -> None:
    client.command(TABLE)
    client.raw_insert("interactions", COLUMNS, json.dumps(LINE).encode() + b"\n", fmt="JSONEachRow")
    assert client.query("SELECT * FROM interactions").result_rows == [ROW]


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstd.compress), ("lz4", lz4.frame.compress)],
)
def test_compressed_rows_are_taken(client: Client, encoding: str, compress: object) -> None:
    assert callable(compress)
    client.command("CREATE TABLE numbers (n UInt32) ENGINE = MergeTree ORDER BY n")
    lines = b"".join(b'{"n":%d}\n' % number for number in range(300_000))
    # Two frames, one after another, are one body.
    body = compress(lines) if encoding == "deflate" else compress(lines[:1000]) + compress(lines[1000:])
    client.raw_insert("numbers", ["n"], body, fmt="JSONEachRow", compression=encoding)
    assert client.query("SELECT count(), sum(n) FROM numbers").result_rows == [(300_000, sum(range(300_000)))]


def test_native_inserts_are_taken(client: Client) -> None:
    client.command(TABLE)
    client.insert("interactions", [ROW], column_names=COLUMNS)
    assert client.query("SELECT * FROM interactions").result_rows == [ROW]


def test_a_repeated_insert_is_one_row_under_final(client: Client) -> None:
    client.command(TABLE)
    for _ in range(2):
        client.raw_insert("interactions", COLUMNS, json.dumps(LINE), fmt="JSONEachRow")
    assert client.command("SELECT count() FROM interactions FINAL") == 1


def test_parameters_are_bound_by_the_server(client: Client) -> None:
    texts = ["it's", "a\\b", "tab\tline\n", "✓"]
    asked = client.query(
        "SELECT {t:Array(String)}, {s:String}, {n:UInt8}", parameters={"t": texts, "s": texts[2], "n": 7}
    )
    assert asked.result_rows == [(texts, texts[2], 7)]


def test_settings_hold_for_their_query_alone(client: Client) -> None:
    asked = "SELECT getSetting('max_block_size')"
    assert client.command(asked, settings={"max_block_size": 1234}) == 1234
    assert client.command(asked) != 1234


def test_a_raw_query_comes_in_its_format(client: Client) -> None:
    assert client.raw_query("SELECT 1 AS one", fmt="JSONEachRow") == b'{"one":1}\n'


def test_an_unknown_table_is_told_with_its_code(client: Client) -> None:
    with pytest.raises(DatabaseError, match="code: 60"):
        client.query("SELECT * FROM nowhere")


def test_a_bad_row_is_told_and_nothing_of_its_page_is_kept(client: Client) -> None:
    client.command("CREATE TABLE numbers (n UInt32) ENGINE = MergeTree ORDER BY n")
    with pytest.raises(DatabaseError, match="code: 27"):
        client.raw_insert("numbers", ["n"], b'{"n":1}\n{"n":"x"}\n', fmt="JSONEachRow")
    assert client.command("SELECT count() FROM numbers") == 0


def test_a_failed_query_leaves_nothing_for_the_next(client: Client) -> None:
    with pytest.raises(DatabaseError, match="code: 395"):
        client.query("SELECT throwIf(number = 100000) FROM numbers(1000000)")
    assert client.raw_query("SELECT 1") == b"1\n"


def test_two_clients_insert_and_read_at_once(client: Client, clickhouse: ClickHouse) -> None:
    client.command("CREATE TABLE numbers (n UInt32) ENGINE = ReplacingMergeTree ORDER BY n")

    def work(worker: int) -> None:
        own = connect(clickhouse, str(client.database))
        for round_number in range(10):
            first = (worker * 10 + round_number) * 1000
            own.raw_insert("numbers", ["n"], "".join(f"{first + n}\n" for n in range(1000)), fmt="CSV")
            assert own.query("SELECT count() FROM numbers").result_rows[0][0] >= 1000

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))
    assert client.command("SELECT count() FROM numbers FINAL") == 20_000


def test_a_refreshable_view_refreshes(client: Client) -> None:
    client.command("CREATE TABLE numbers (n UInt32) ENGINE = MergeTree ORDER BY n")
    client.command("CREATE TABLE totals (total UInt64) ENGINE = MergeTree ORDER BY total")
    client.command(
        "CREATE MATERIALIZED VIEW refreshed REFRESH EVERY 1 SECOND TO totals AS SELECT sum(n) AS total FROM numbers"
    )
    client.raw_insert("numbers", ["n"], "1\n2\n", fmt="CSV")
    wait_until(lambda: client.query("SELECT total FROM totals").result_rows == [(3,)])
