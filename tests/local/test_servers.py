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


def test_without_java_the_broker_is_tansu_and_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told: list[str] = []
    assert not LocalServers(tmp_path, progress=told.append).kafka.supports_transactions
    (said,) = told
    assert said.endswith("no `java` is on the PATH: taking Tansu instead, which has no transactions")


def test_without_java_insisting_on_kafka_fails_with_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalServerError, match="no `java` is on the PATH"), LocalServers(tmp_path, broker="kafka"):
        pass
