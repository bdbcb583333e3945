"""Requests of real clients: sessions, compressed answers, users and passwords."""

import gzip
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from urllib.parse import quote

import clickhouse_connect
import lz4.frame  # type: ignore[import-untyped]
import pytest
from backports import zstd
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from deploy.local.clickhouse import ClickHouse
from tests.chdb_server.asking import get
from tests.kit.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.servers
COMPRESSED = "enable_http_compression=1"
MANY = quote("SELECT number FROM numbers(10000)")


def headers_of(url: str, accept: str) -> tuple[str | None, bytes]:
    """Return the encoding of an answer and its bytes as they came."""
    asked = urllib.request.Request(url, headers={"Accept-Encoding": accept})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
        return answer.headers["Content-Encoding"], answer.read()


@pytest.mark.parametrize(
    ("name", "undo"),
    [("gzip", gzip.decompress), ("deflate", zlib.decompress), ("zstd", zstd.decompress), ("lz4", lz4.frame.decompress)],
)
def test_an_answer_is_compressed_as_the_client_accepts(
    clickhouse: ClickHouse, name: str, undo: Callable[[bytes], bytes]
) -> None:
    plain = get(f"{clickhouse.url}/?query={MANY}")
    encoding, body = headers_of(f"{clickhouse.url}/?{COMPRESSED}&query={MANY}", f"br, {name};q=0.5")
    assert (encoding, undo(body)) == (name, plain)


@pytest.mark.parametrize(("parameter", "accept"), [("", "gzip"), (COMPRESSED, ""), (COMPRESSED, "br, gzip;q=0")])
def test_an_answer_is_plain_where_it_is_not_asked_for_otherwise(
    clickhouse: ClickHouse, parameter: str, accept: str
) -> None:
    assert headers_of(f"{clickhouse.url}/?{parameter}&query=SELECT%201", accept) == (None, b"1\n")


def test_a_session_keeps_temporary_tables_and_settings(clickhouse: ClickHouse) -> None:
    session = f"{clickhouse.url}/?session_id=kept"
    get(session, b"CREATE TEMPORARY TABLE mine (n UInt8)")
    get(session, b"INSERT INTO mine FORMAT CSV\n7\n")
    get(session, b"SET max_block_size = 1234")
    assert get(session, b"SELECT n, getSetting('max_block_size') FROM mine") == b"7\t1234\n"


def test_settings_in_the_url_hold_for_one_query_of_a_session(clickhouse: ClickHouse) -> None:
    session = f"{clickhouse.url}/?session_id=alone"
    asked = b"SELECT getSetting('max_block_size') = 1234, currentDatabase()"
    assert get(f"{session}&max_block_size=1234&database=system", asked) == b"1\tsystem\n"
    assert get(session, asked) == b"0\tdefault\n"


def test_use_lasts_in_a_session(clickhouse: ClickHouse) -> None:
    session = f"{clickhouse.url}/?session_id=using"
    get(session, b"USE system")
    assert get(session, b"SELECT currentDatabase()") == b"system\n"


def test_a_temporary_table_is_unknown_outside_its_session(clickhouse: ClickHouse) -> None:
    get(f"{clickhouse.url}/?session_id=inner", b"CREATE TEMPORARY TABLE hidden (n UInt8)")
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(f"{clickhouse.url}/?session_id=other", b"SELECT * FROM hidden")
    with refused.value:
        assert refused.value.headers["X-ClickHouse-Exception-Code"] == "60"


def test_get_reads_only_in_a_session_too(clickhouse: ClickHouse) -> None:
    url = f"{clickhouse.url}/?session_id=reading&query="
    assert get(url + "SELECT%201") == b"1\n"
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(url + quote("CREATE DATABASE never"))
    with refused.value:
        assert refused.value.headers["X-ClickHouse-Exception-Code"] == "164"


def test_clickhouse_connect_keeps_its_session(clickhouse: ClickHouse) -> None:
    client: Client = clickhouse_connect.get_client(dsn=clickhouse.url, session_id="connected")
    client.command("CREATE TEMPORARY TABLE own (n UInt8)")
    client.insert("own", [[3]], column_names=["n"])
    assert client.query("SELECT n FROM own").result_rows == [(3,)]


def test_an_unknown_user_is_refused(clickhouse: ClickHouse) -> None:
    with pytest.raises(DatabaseError, match="code: 516"):
        clickhouse_connect.get_client(dsn=clickhouse.url, username="stranger")


def test_a_password_for_the_user_without_one_is_right(clickhouse: ClickHouse) -> None:
    right = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": "any"}
    assert get(f"{clickhouse.url}/?query=SELECT%20currentUser()", headers=right) == b"default\n"
