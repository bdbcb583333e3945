"""Streams of what changes on the board, as server-sent events that resume where they ended."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from desk.web.data.streams import ChangeStreams
from desk.web.parts import DeskParts, parts_of

_PING: Final = b": still there\n\n"
_PING_SECONDS: Final = 15.0
_LONGEST_PLACE: Final = 64
_TRY_AGAIN_SECONDS: Final = 30


async def stream_changes(request: Request) -> Response:
    """Stream the changes of the person's teams, from where the browser was last or the page was read."""
    parts = parts_of(request)
    last = request.headers.get("last-event-id") or request.query_params.get("after", "")
    return _ChangesResponse(_changes(request, parts, last[:_LONGEST_PLACE]), parts.streams)


class _ChangesResponse(StreamingResponse):
    """Stream that counts among the open ones while it is sent; one too many is refused."""

    def __init__(self, content: AsyncIterator[bytes], streams: ChangeStreams) -> None:
        super().__init__(content, media_type="text/event-stream")
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.opened() as is_open:
            if is_open:
                await super().__call__(scope, receive, send)
                return
        refusal = PlainTextResponse(
            f"{self._streams.most:,} pages are open already, so this one is not told what changes; close some, reload "
            "it to see the latest, or raise STAYLINE_DESK__OPEN_PAGES.\n",
            503,
            {"Retry-After": str(_TRY_AGAIN_SECONDS)},
        )
        await refusal(scope, receive, send)


async def _changes(request: Request, parts: DeskParts, place: str) -> AsyncIterator[bytes]:
    person, streams, loop = request.state.person, parts.streams, asyncio.get_running_loop()
    yield b"retry: 2000\n\n"  # headers go out with it
    sent_at = loop.time()
    while not parts.stop.is_set():
        if parts.users.find(person.name) != person:
            return  # removed, or with other rights: the browser asks again as who they are now
        woken = streams.woken
        text, place = streams.changes(place, person)
        if not text and loop.time() - sent_at >= _PING_SECONDS:
            text = _PING
        if text:
            yield text
            sent_at = loop.time()
        await woken.wait()
