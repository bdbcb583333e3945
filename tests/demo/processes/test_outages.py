"""Outages of a kept demo's servers are told in a line; a server that ended is started again on its data."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from deploy.demo.processes.outages import ServerKeeper
from deploy.local.clickhouse import ClickHouse
from deploy.local.ports import answers
from deploy.local.server import LocalServerError
from tests.kit.waiting import becomes_true

pytestmark = pytest.mark.servers


class Kept:
    """A server with its keeper, and what is reported of it."""

    def __init__(self, server: ClickHouse) -> None:
        self.server = server
        self.reported: list[str] = []
        ask = partial(answers, f"{server.url}/ping", 2.0)
        self.keeper = ServerKeeper("ClickHouse", ask, "rows wait", self.reported.append, server, again_seconds=0.2)

    def wait_for_reports(self, number: int) -> None:
        """Return once so many lines were reported."""
        assert becomes_true(lambda: len(self.reported) >= number), self.reported


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with ClickHouse(tmp_path) as server:
        one = Kept(server)
        one.keeper.start()
        yield one
        one.keeper.stop()


def test_a_killed_server_is_told_and_started_again(kept: Kept) -> None:
    kept.server.kill()
    kept.wait_for_reports(2)
    first, second = kept.reported
    assert first.startswith("ClickHouse was killed by signal 9 (log: ")
    assert first.endswith("it is started again in 0 s. Meanwhile rows wait")
    assert second.startswith("ClickHouse answers again after ")
    assert not kept.keeper.away


def test_a_paused_server_is_told_and_so_is_its_return(kept: Kept) -> None:
    kept.server.pause()
    kept.wait_for_reports(1)
    assert kept.reported == ["ClickHouse does not answer. Meanwhile rows wait"]
    assert kept.keeper.away
    kept.server.resume()
    kept.wait_for_reports(2)
    assert not kept.keeper.away


def test_a_server_that_cannot_be_started_again_is_told_to_who_asks(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise LocalServerError("no room")

    monkeypatch.setattr(kept.server, "start", fail)
    kept.server.kill()
    assert becomes_true(lambda: kept.keeper.failure is not None)
    assert str(kept.keeper.failure) == "no room"
