import gzip
import json
import time
import urllib.error
import urllib.request
import uuid
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import clickhouse_connect
import lz4.frame  # type: ignore[import-untyped]
import pytest
from backports import zstd
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from deploy.local.clickhouse import ClickHouse

pytestmark = pytest.mark.clickhouse
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


def connect(server: ClickHouse, database: str | None = None) -> Client:
    return clickhouse_connect.get_client(dsn=server.url, database=database or "__default__")


def get(url: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
    asked = urllib.request.Request(url, data, headers or {})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body


@pytest.fixture
def client(clickhouse: ClickHouse) -> Iterator[Client]:
    """Give a client whose database is new and empty."""
    database = f"test_{uuid.uuid4().hex}"
    connect(clickhouse).command(f"CREATE DATABASE {database}")
    yield connect(clickhouse, database)
    connect(clickhouse).command(f"DROP DATABASE {database}")


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


def test_a_body_cut_short_is_refused_whole(client: Client) -> None:
    client.command("CREATE TABLE numbers (n UInt32) ENGINE = MergeTree ORDER BY n")
    body = zstd.compress(b"".join(b'{"n":%d}\n' % number for number in range(100_000)))[:-20]
    with pytest.raises(DatabaseError, match="ends within its zstd frame"):
        client.raw_insert("numbers", ["n"], body, fmt="JSONEachRow", compression="zstd")
    assert client.command("SELECT count() FROM numbers") == 0


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


def test_several_statements_are_refused_as_by_the_real_server(client: Client) -> None:
    with pytest.raises(DatabaseError, match="Multi-statements are not allowed"):
        client.command("SELECT 1; SELECT 2")


def test_curl_is_answered(clickhouse: ClickHouse) -> None:
    assert get(f"{clickhouse.url}/ping") == b"Ok.\n"
    assert get(f"{clickhouse.url}/") == b"Ok.\n"
    assert get(f"{clickhouse.url}/?query=SELECT%201") == b"1\n"
    assert get(clickhouse.url, b"SELECT 2", {"X-ClickHouse-Format": "JSONEachRow"}) == b'{"2":2}\n'
    assert get(f"{clickhouse.url}/?database=system&default_format=CSV", b"SELECT currentDatabase()") == b'"system"\n'
    assert get(f"{clickhouse.url}/?param_x=5&query={quote('SELECT {x:UInt8} + 1')}") == b"6\n"


def test_get_reads_only(clickhouse: ClickHouse) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(f"{clickhouse.url}/?query=CREATE%20DATABASE%20never")
    with refused.value:
        assert (refused.value.status, refused.value.headers["X-ClickHouse-Exception-Code"]) == (403, "164")
        assert b"readonly mode" in refused.value.read()


def test_rows_may_follow_a_query_in_the_url(client: Client, clickhouse: ClickHouse) -> None:
    client.command("CREATE TABLE numbers (n UInt32) ENGINE = MergeTree ORDER BY n")
    url = f"{clickhouse.url}/?database={client.database}"
    get(f"{url}&query={quote('INSERT INTO numbers FORMAT CSV')}", b"1\n2\n")
    get(url, b"INSERT INTO numbers VALUES (3), (4)")
    get(url, b"INSERT INTO numbers SETTINGS max_threads = 1 FORMAT CSV\n5\n")
    assert client.command("SELECT sum(n) FROM numbers") == 15


def test_a_ping_and_a_query_are_answered_while_another_runs(clickhouse: ClickHouse) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(
            get, clickhouse.url, b"SELECT sleepEachRow(0.5) FROM numbers(4) SETTINGS max_block_size = 1"
        )
        time.sleep(0.2)
        began = time.monotonic()
        assert get(f"{clickhouse.url}/ping") == b"Ok.\n"
        assert get(clickhouse.url, b"SELECT 1") == b"1\n"
        assert time.monotonic() - began < 1
        assert not slow.done()
        assert slow.result() == b"0\n" * 4


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
    deadline = time.monotonic() + 10
    while client.query("SELECT total FROM totals").result_rows != [(3,)]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_data_survive_a_restart_and_a_kill(tmp_path: Path) -> None:
    with ClickHouse(tmp_path) as server:
        connect(server).command("CREATE TABLE numbers (n UInt32) ENGINE = MergeTree ORDER BY n")
        connect(server).raw_insert("numbers", ["n"], "1\n", fmt="CSV")
    with ClickHouse(tmp_path) as server:
        connect(server).raw_insert("numbers", ["n"], "2\n", fmt="CSV")
        server.kill()
        server.start()
        assert connect(server).command("SELECT sum(n) FROM numbers") == 3


def test_stopping_does_not_wait_for_a_long_query(tmp_path: Path) -> None:
    with ClickHouse(tmp_path) as server, ThreadPoolExecutor(1) as threads:
        slow = threads.submit(get, server.url, b"SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1")
        time.sleep(0.3)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 5
        assert isinstance(slow.exception(), OSError)


def test_only_the_one_user_may_ask_where_there_is_one(tmp_path: Path) -> None:
    with ClickHouse(tmp_path, user="analyst", password="secret") as server:  # noqa: S106
        client = clickhouse_connect.get_client(dsn=server.url, username="analyst", password="secret")  # noqa: S106
        assert client.command("SELECT 1") == 1
        right = {"X-ClickHouse-User": "analyst", "X-ClickHouse-Key": "secret"}
        assert get(f"{server.url}/?query=SELECT%201", headers=right) == b"1\n"
        with pytest.raises(DatabaseError, match="code: 516"):
            clickhouse_connect.get_client(dsn=server.url, username="analyst", password="wrong")  # noqa: S106


def test_a_body_over_the_limit_is_refused_and_its_rows_are_not_kept(tmp_path: Path) -> None:
    with ClickHouse(tmp_path, body_limit_mebibytes=1) as server:
        client = connect(server)
        client.command("CREATE TABLE numbers (n UInt32) ENGINE = MergeTree ORDER BY n")
        with pytest.raises(DatabaseError, match="code: 307"):
            client.raw_insert("numbers", ["n"], zstd.compress(b"12345\n" * 300_000), fmt="CSV", compression="zstd")
        assert client.command("SELECT count() FROM numbers") == 0


def test_a_query_may_come_as_a_form(clickhouse: ClickHouse) -> None:
    client = clickhouse_connect.get_client(dsn=clickhouse.url, form_encode_query_params=True)
    assert client.query("SELECT {n:UInt8} + 1", parameters={"n": 1}).result_rows == [(2,)]


def test_an_answer_without_rows_still_names_its_format(client: Client) -> None:
    client.command("CREATE TABLE numbers (n UInt32) ENGINE = MergeTree ORDER BY n")
    assert client.command("SELECT n FROM numbers") == ""
    assert client.query("SELECT n FROM numbers").result_rows == []
