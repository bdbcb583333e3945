"""Bodies of requests that are long or slow: a note keeps its words, and more than that ends soon."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message

from desk.web.security.body import LONGEST_BODY, LimitedBody
from tests.desk.served import AuditList, ServedDesk, make_parts, served

_PIECE = 64 * 1024
_OWN = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true"}


def _post(desk: ServedDesk, note: str) -> httpx.Response:
    form = {"decision": "d-c-4711", "step": "no_answer", "note": note, "until": "", "key": "k1"}
    return httpx.post(f"{desk.address}/decide", data=form, headers={"Cookie": desk.cookie_of("ann"), **_OWN})


def test_a_note_of_ten_thousand_characters_is_kept_in_its_form_with_what_is_allowed(tmp_path: Path) -> None:
    audit = AuditList()
    with served(make_parts(tmp_path, audit), audit) as desk:
        answer = _post(desk, "ß" * 10_000)
    assert answer.status_code == 422
    assert "A note has 2,000 characters at most, not 10,000." in answer.text


def _megabytes() -> Iterator[bytes]:
    yield b"decision=d-c-4711&step=no_answer&key=k1&note="
    for _ in range(3 * LONGEST_BODY // _PIECE):
        yield b"x" * _PIECE


def test_megabytes_are_refused_in_a_clear_line_and_not_kept(tmp_path: Path) -> None:
    audit = AuditList()
    with served(make_parts(tmp_path, audit), audit) as desk:
        own = {"Cookie": desk.cookie_of("ann"), "Content-Type": "application/x-www-form-urlencoded", **_OWN}
        before = psutil.Process().memory_info().rss
        answers = [httpx.post(f"{desk.address}/decide", content=_megabytes(), headers=own) for _ in range(20)]
        grown = psutil.Process().memory_info().rss - before
    assert {answer.status_code for answer in answers} == {413}
    assert "One form takes a megabyte at most" in answers[0].text
    assert grown < 20 * LONGEST_BODY


def test_a_body_that_drips_ends() -> None:
    async def drip() -> Message:
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def read_all() -> None:
        body = LimitedBody(drip, seconds=0.05)
        while True:
            await body()

    with pytest.raises(HTTPException) as refused:
        asyncio.run(asyncio.wait_for(read_all(), 20))
    assert refused.value.status_code == 408
    assert refused.value.headers == {"Connection": "close"}


def test_a_stream_may_wait_for_its_end_as_long_as_it_likes() -> None:
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]

    async def receive() -> Message:
        await asyncio.sleep(0.02)
        return messages.pop(0)

    async def read_all() -> Message:
        body = LimitedBody(receive, seconds=0.03)
        await body()
        return await body()

    assert asyncio.run(read_all()) == {"type": "http.disconnect"}
