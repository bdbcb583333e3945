"""Streams of changes over HTTP: what reaches open pages, and how many there may be."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import psutil
import pytest

from desk.people.users import User
from desk.web.data.streams import ChangeStreams
from tests.desk.memory_board import MemoryBoard
from tests.desk.people_of_a_shop import decision_for
from tests.desk.served import AuditList, ServedDesk, make_parts, served
from tests.kit.waiting import wait_until

_PAGES = 1_000
_BYTES_A_PAGE = 200_000
_ANN = User(name="ann", role="agent", teams=("care",))
_NEW = b'[{"kind":"arrived","decision":"d-c-new"}]'


@contextmanager
def _stream(desk: ServedDesk) -> Iterator[BinaryIO]:
    """The bytes of a stream, its status line first."""
    address = urlsplit(desk.address)
    lines = [
        f"GET /events?after={desk.parts.board.place} HTTP/1.1",
        "Host: desk",
        f"Cookie: {desk.cookie_of('ann')}",
        "Connection: close",
    ]
    with socket.create_connection((address.hostname, address.port or 80), 30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        with connection.makefile("rb") as answer:
            yield answer


def _begun(answer: BinaryIO) -> BinaryIO:
    """The same stream, once it is among the open ones."""
    _read_until(answer, b"retry: ")
    return answer


def _read_until(answer: BinaryIO, words: bytes) -> None:
    assert any(words in line for line in answer), words


def test_a_thousand_open_pages_see_an_arrival_in_bounded_memory_and_one_more_is_told_why_not(tmp_path: Path) -> None:
    audit, board = AuditList(), MemoryBoard()
    with served(make_parts(tmp_path, audit, board=board, open_pages=_PAGES), audit) as desk, ExitStack() as pages:
        before = psutil.Process().memory_info().rss
        streams = [_begun(pages.enter_context(_stream(desk))) for _ in range(_PAGES)]
        with _stream(desk) as late:
            refusal = late.read()
        board.arrive(decision_for("c-new"))
        for stream in streams:
            _read_until(stream, _NEW)
        grown = psutil.Process().memory_info().rss - before
    assert refusal.startswith(b"HTTP/1.1 503 ")
    assert b"1,000 pages are open already" in refusal
    assert grown < _PAGES * _BYTES_A_PAGE


def test_a_page_that_is_closed_makes_room_for_another(tmp_path: Path) -> None:
    audit = AuditList()
    with served(make_parts(tmp_path, audit, open_pages=1), audit) as desk:
        for _ in range(2):
            with _stream(desk) as stream:
                _begun(stream)
            wait_until(lambda: desk.parts.streams.open == 0)


def test_the_same_changes_are_made_into_text_once() -> None:
    board = MemoryBoard()
    streams, place = ChangeStreams(board, 10), board.place
    board.arrive(decision_for("c-new"))
    first, after = streams.changes(place, _ANN)
    assert streams.changes(place, _ANN)[0] is first
    assert _NEW in first
    assert streams.changes(after, _ANN) == (b"", after)


@pytest.mark.parametrize("place", ["", "elsewhere-7", "run-x"])
def test_a_place_that_is_not_known_makes_the_page_read_everything_again(place: str) -> None:
    text, after = ChangeStreams(MemoryBoard(), 10).changes(place, _ANN)
    assert b"event: again\n" in text
    assert after.encode() in text
