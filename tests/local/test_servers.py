import urllib.request
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from deploy.local.ports import listens
from deploy.local.server import LocalServerError
from deploy.local.servers import LocalServers
from tests.kit.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.servers


def test_both_servers_answer_and_are_gone_at_the_end_with_their_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    told: list[str] = []
    with LocalServers(broker="tansu", progress=told.append) as servers:
        assert len(list(tmp_path.glob("stayline-*"))) == 1
        assert urllib.request.urlopen(f"{servers.clickhouse.url}/ping").read() == b"Ok.\n"  # noqa: S310
        admin = AdminClient({"bootstrap.servers": servers.kafka.bootstrap_servers})
        assert len(admin.list_topics(timeout=PATIENCE_SECONDS).brokers) == 1
    assert not listens(servers.clickhouse.port)
    assert list(tmp_path.glob("stayline-*")) == []
    assert sorted(told) == ["starting ClickHouse (chDB)", "starting Tansu"]


def _out_of_reach(_places: object, _repository: object) -> None:
    raise OSError("no route")


@pytest.fixture
def _no_jars(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that reaches no repository of jars and has no Maven."""
    monkeypatch.setattr("deploy.local.kafka.jars._fetch", _out_of_reach)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("_no_jars")
def test_without_kafkas_jars_the_broker_is_tansu_and_that_is_said(tmp_path: Path) -> None:
    told: list[str] = []
    servers = LocalServers(tmp_path, cache=tmp_path / "cache", progress=told.append)
    assert not servers.kafka.supports_transactions
    assert "jars cannot be fetched (no route)" in told[-1]
    assert told[-1].endswith("taking Tansu instead, which has no transactions")


@pytest.mark.usefixtures("_no_jars")
def test_without_its_jars_insisting_on_kafka_fails_with_the_reason(tmp_path: Path) -> None:
    servers = LocalServers(tmp_path, broker="kafka", cache=tmp_path / "cache")
    with pytest.raises(LocalServerError, match="jars cannot be fetched"), servers:
        pass
