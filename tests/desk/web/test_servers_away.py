"""Servers that go away under a page: every page says so, whatever the fault, and is there again with the server."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Final, NoReturn

import httpx
import pytest

from deploy.local.clickhouse import ClickHouse
from desk.assemble import clickhouse_sources
from desk.reading.connected import SharedConnection
from desk.web.data.sources import DeskSources
from schemas.errors import FatalError, ServerUnreachableError, StaylineError, UsageError
from tests.desk.served import FACTS, AuditList, ServedDesk, make_parts, served
from tests.kit.waiting import wait_until
from tests.sinks.running import new_database

PAGES: Final = (
    "/customer?id=c-4711",
    "/find?q=c-47",
    "/effects",
    "/rules",
    "/segments",
    "/segments?segment=win_back",
    "/segments.csv?segment=win_back",
)
"""Those that read ClickHouse; the queue is in memory."""

FAULTS: Final = (
    ServerUnreachableError("ClickHouse at http://c:8123 does not serve"),
    FatalError("reading for the desk: database stayline is not complete; run stayline migrate"),
    UsageError("ClickHouse at http://c:8123 refuses user desk"),
)


class Faulty:
    """Sources that raise what a test says."""

    fault: StaylineError = FAULTS[0]

    def sources(self) -> DeskSources:
        """The sources."""
        return DeskSources(**{field.name: self._raise for field in fields(DeskSources)})

    def _raise(self, *_: object) -> NoReturn:
        raise self.fault


@pytest.fixture(scope="module")
def faulty() -> Faulty:
    """The error that every read raises."""
    return Faulty()


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, faulty: Faulty) -> Iterator[ServedDesk]:
    """A desk whose every read fails."""
    audit = AuditList()
    with served(make_parts(tmp_path_factory.mktemp("broken"), audit, sources=faulty.sources()), audit) as one:
        yield one


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("path", PAGES)
def test_every_fault_of_a_server_is_told_on_a_page(
    broken: ServedDesk, faulty: Faulty, path: str, fault: StaylineError
) -> None:
    faulty.fault = fault
    answer = httpx.get(f"{broken.address}{path}", headers={"Cookie": broken.cookie_of("leo")})
    assert (answer.status_code, "A server is away" in answer.text) == (503, True)
    assert str(fault) in answer.text


@pytest.mark.servers
@pytest.mark.takes(40)
def test_an_engine_may_end_and_come_back_under_every_page(tmp_path: Path) -> None:
    audit, engine = AuditList(), ClickHouse(tmp_path)
    with engine:
        connection = SharedConnection(new_database(engine))
        parts = make_parts(tmp_path, audit, sources=clickhouse_sources(connection, FACTS))
        with served(parts, audit) as desk:
            ask = _asker(desk)
            assert set(_statuses(ask)) <= {200, 404}  # nobody is known yet
            seen = _while_asking(ask, engine.stop)
            assert set(seen) <= {200, 404, 503}
            assert _statuses(ask) == Counter({503: len(PAGES)})
            engine.start()
            wait_until(lambda: set(_statuses(ask)) <= {200, 404})
            seen = _while_asking(ask, engine.kill)
            assert set(seen) <= {200, 404, 503}
            assert _statuses(ask) == Counter({503: len(PAGES)})
        connection.close()


def _asker(desk: ServedDesk) -> Callable[[str], int]:
    headers = {"Cookie": desk.cookie_of("leo")}
    return lambda path: httpx.get(f"{desk.address}{path}", headers=headers, timeout=60.0).status_code


def _statuses(ask: Callable[[str], int]) -> Counter[int]:
    return Counter(ask(path) for path in PAGES)


def _while_asking(ask: Callable[[str], int], end: Callable[[], None]) -> Counter[int]:
    """Return the statuses of all pages, asked for again and again while the engine ends."""
    with ThreadPoolExecutor(4) as pool:
        before = [pool.submit(ask, path) for path in PAGES]
        ending = pool.submit(end)
        seen = Counter(one.result() for one in before)
        while not ending.done():
            seen += Counter(pool.map(ask, PAGES))
        ending.result()
    return seen
