"""Inserts under way count as stored in their order, whatever fails meanwhile."""

from collections.abc import Iterator
from threading import Event

import pytest

from schemas.errors import FatalError, ServerUnreachableError
from sinks.load.batch import Block, Portion
from sinks.load.inflight import AT_ONCE, InFlightInserts
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
def inserts(server: Server) -> Iterator[InFlightInserts]:
    inserts = InFlightInserts(server.put)
    yield inserts
    inserts.close()


def block(line: bytes) -> Block:
    return Block((Portion((line,), 1, (0,)),), {})


def test_as_many_are_inserts_as_may_be(server: Server, inserts: InFlightInserts) -> None:
    server.free.clear()
    for number in range(AT_ONCE):
        assert not inserts.full
        inserts.start("alerts", block(b"%d\n" % number))
    assert (inserts.full, inserts.ended) == (True, False)
    server.free.set()


def test_they_end_in_the_order_in_which_they_were_begun(inserts: InFlightInserts) -> None:
    for line in (b"a\n", b"b\n"):
        inserts.start("alerts", block(line))
    assert [inserts.finish_first().block for _ in range(2)] == [block(b"a\n"), block(b"b\n")]
    assert inserts.empty


def test_what_failed_stays_first_and_is_stored_when_it_is_begun_again(server: Server, inserts: InFlightInserts) -> None:
    server.fails[b"a\n"] = ServerUnreachableError("away")
    for line in (b"a\n", b"b\n"):
        inserts.start("alerts", block(line))
    with pytest.raises(ServerUnreachableError):
        inserts.finish_first()
    server.fails.clear()
    inserts.retry_first()
    assert [inserts.finish_first().block for _ in range(2)] == [block(b"a\n"), block(b"b\n")]
    assert sorted(server.stored) == [b"a\n", b"b\n"]


def test_what_is_refused_is_told_though_it_is_to_be_begun_again(server: Server, inserts: InFlightInserts) -> None:
    server.fails[b"a\n"] = FatalError("refused")
    inserts.start("alerts", block(b"a\n"))
    inserts.retry_first()
    with pytest.raises(FatalError):
        inserts.finish_first()


def test_dropping_waits_until_nothing_is_being_sent(server: Server, inserts: InFlightInserts) -> None:
    inserts.start("alerts", block(b"a\n"))
    inserts.drop()
    assert (server.stored, inserts.empty) == ([b"a\n"], True)
