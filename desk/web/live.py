"""Streams of what changes on the board, as server-sent events that resume where they ended."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from desk.web.parts import DeskParts, parts_of

_LOOK_SECONDS: Final = 2.0
_PING_SECONDS: Final = 15
_LONGEST_PLACE: Final = 64


async def stream_changes(request: Request) -> Response:
    """Stream the changes of the person's teams, from where the browser was last or the page was read."""
    last = request.headers.get("last-event-id") or request.query_params.get("after", "")
    return EventSourceResponse(_changes(request, parts_of(request), last[:_LONGEST_PLACE]), ping=_PING_SECONDS)


async def _changes(request: Request, parts: DeskParts, place: str) -> AsyncIterator[ServerSentEvent]:
    loop, moved = asyncio.get_running_loop(), asyncio.Event()
    person = request.state.person

    def wake() -> None:
        loop.call_soon_threadsafe(moved.set)

    with parts.board.listening(wake):
        while not parts.stop.is_set():
            if parts.users.find(person.name) != person:
                return  # removed, or with other rights: the browser asks again as who they are now
            moved.clear()
            news = parts.board.news(place)
            if news.changes is None:
                yield ServerSentEvent(event="again", data="", id=news.place)
            elif news.place != place:
                seen = [
                    {"kind": one.kind, "decision": one.decision_id} for one in news.changes if person.sees(one.team)
                ]
                if seen:
                    yield ServerSentEvent(event="changes", data=json.dumps(seen), id=news.place)
            place = news.place
            try:
                await asyncio.wait_for(moved.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue
