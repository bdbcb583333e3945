"""Inserts under way count as stored in their order, whatever fails meanwhile."""

from collections.abc import Iterator
from threading import Event

import pytest

from schemas.errors import FatalError, ServerUnreachableError
from sinks.load.batch import Block, Portion
from sinks.load.inflight import AT_ONCE, UnderWay
from tests.kit.waiting import PATIENCE_SECONDS


class Server:
    """Stores portions, or fails with what it is told to fail with."""

    def __init__(self) -> None:
        self.stored: list[bytes] = []
        self.fails: dict[bytes, Exception] = {}
        self.free = Event()
        self.free.set()

    def put(self, table: str, portion: Portion) -> None:
        """Store a portion once the server is free."""
        assert table == "alerts"
        assert self.free.wait(PATIENCE_SECONDS)
        (line,) = portion.lines
        if line in self.fails:
            raise self.fails[line]
        self.stored.append(line)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def under_way(server: Server) -> Iterator[UnderWay]:
    inserts = UnderWay(server.put)
    yield inserts
    inserts.close()


def block(line: bytes) -> Block:
    return Block((Portion((line,), 1, (0,)),), {})


def test_as_many_are_under_way_as_may_be(server: Server, under_way: UnderWay) -> None:
    server.free.clear()
    for number in range(AT_ONCE):
        assert not under_way.full
        under_way.begin("alerts", block(b"%d\n" % number))
    assert (under_way.full, under_way.ended) == (True, False)
    server.free.set()


def test_they_end_in_the_order_in_which_they_were_begun(under_way: UnderWay) -> None:
    for line in (b"a\n", b"b\n"):
        under_way.begin("alerts", block(line))
    assert [under_way.end_first().block for _ in range(2)] == [block(b"a\n"), block(b"b\n")]
    assert under_way.empty


def test_what_failed_stays_first_and_is_stored_when_it_is_begun_again(server: Server, under_way: UnderWay) -> None:
    server.fails[b"a\n"] = ServerUnreachableError("away")
    for line in (b"a\n", b"b\n"):
        under_way.begin("alerts", block(line))
    with pytest.raises(ServerUnreachableError):
        under_way.end_first()
    server.fails.clear()
    under_way.begin_again()
    assert [under_way.end_first().block for _ in range(2)] == [block(b"a\n"), block(b"b\n")]
    assert sorted(server.stored) == [b"a\n", b"b\n"]


def test_what_is_refused_is_told_though_it_is_to_be_begun_again(server: Server, under_way: UnderWay) -> None:
    server.fails[b"a\n"] = FatalError("refused")
    under_way.begin("alerts", block(b"a\n"))
    under_way.begin_again()
    with pytest.raises(FatalError):
        under_way.end_first()


def test_forgetting_waits_until_nothing_is_being_sent(server: Server, under_way: UnderWay) -> None:
    under_way.begin("alerts", block(b"a\n"))
    under_way.forget()
    assert (server.stored, under_way.empty) == ([b"a\n"], True)
