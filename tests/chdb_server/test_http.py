import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import RemoteDisconnected
from pathlib import Path
from urllib.parse import quote

import clickhouse_connect
import pytest
from backports import zstd
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from deploy.local.clickhouse import ClickHouse
from tests.chdb_server.asking import connect, get
from tests.kit.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.servers


def test_a_body_cut_short_is_refused_whole(client: Client) -> None:
    client.command("CREATE TABLE numbers (n UInt32) ENGINE = MergeTree ORDER BY n")
    body = zstd.compress(b"".join(b'{"n":%d}\n' % number for number in range(100_000)))[:-20]
    with pytest.raises(DatabaseError, match="ends within its zstd frame"):
        client.raw_insert("numbers", ["n"], body, fmt="JSONEachRow", compression="zstd")
    assert client.command("SELECT count() FROM numbers") == 0


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


LONG_QUERY = b"SELECT sleepEachRow(1) FROM numbers(170) SETTINGS max_block_size = 1"


def is_under_way(server: ClickHouse) -> bool:
    return int(get(server.url, b"SELECT countIf(query LIKE '%sleepEachRow%') FROM system.processes")) > 1


def test_others_are_answered_while_a_long_query_runs_and_stopping_does_not_wait_for_it(tmp_path: Path) -> None:
    with ClickHouse(tmp_path) as server, ThreadPoolExecutor(1) as threads:
        slow = threads.submit(get, server.url, LONG_QUERY)
        wait_until(lambda: is_under_way(server))
        assert get(f"{server.url}/ping") == b"Ok.\n"
        assert get(server.url, b"SELECT 1") == b"1\n"
        assert not slow.done()
        server.stop(PATIENCE_SECONDS)
        assert (server.exit_code, type(slow.exception())) == (0, RemoteDisconnected)


def test_data_survive_a_restart_and_a_kill(tmp_path: Path) -> None:
    with ClickHouse(tmp_path) as server:
        connect(server).command("CREATE TABLE numbers (n UInt32) ENGINE = MergeTree ORDER BY n")
        connect(server).raw_insert("numbers", ["n"], "1\n", fmt="CSV")
    with ClickHouse(tmp_path) as server:
        connect(server).raw_insert("numbers", ["n"], "2\n", fmt="CSV")
        server.kill()
        server.start()
        assert connect(server).command("SELECT sum(n) FROM numbers") == 3


def test_a_paused_server_is_silent_until_it_goes_on(clickhouse: ClickHouse) -> None:
    clickhouse.pause()
    with ThreadPoolExecutor(1) as threads:
        ping = threads.submit(get, f"{clickhouse.url}/ping")
        time.sleep(0.3)
        silent = not ping.done()
        clickhouse.resume()
        assert silent
        assert ping.result() == b"Ok.\n"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """For one user, who may send a mebibyte."""
    folder = tmp_path_factory.mktemp("narrow")
    with ClickHouse(folder, user="analyst", password="secret", body_limit_mebibytes=1) as server:
        yield server


def test_only_the_one_user_may_ask_where_there_is_one(narrow: ClickHouse) -> None:
    client = clickhouse_connect.get_client(dsn=narrow.url, username="analyst", password="secret")
    assert client.command("SELECT 1") == 1
    right = {"X-ClickHouse-User": "analyst", "X-ClickHouse-Key": "secret"}
    assert get(f"{narrow.url}/?query=SELECT%201", headers=right) == b"1\n"
    with pytest.raises(DatabaseError, match="code: 516"):
        clickhouse_connect.get_client(dsn=narrow.url, username="analyst", password="wrong")


def test_a_body_over_the_limit_is_refused_and_its_rows_are_not_kept(narrow: ClickHouse) -> None:
    client = clickhouse_connect.get_client(dsn=narrow.url, username="analyst", password="secret")
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
