"""Changes for all open pages: one listener of the board wakes them together, and each text is made once for a team."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import msgspec

from desk.people.users import User
from desk.web.data.sources import SharedBoard

_LOOK_SECONDS: Final = 2.0
"""Pages look at least so often, so that a removed user's stream ends, and all of them when the process does."""

_MOST_TEXTS: Final = 256

_encode: Final = msgspec.json.Encoder().encode


class ChangeStreams:
    """Wakes the streams of one event loop, and gives each the changes since its place as server-sent events."""

    def __init__(self, board: SharedBoard, most: int, note_refused: Callable[[], object] = lambda: None) -> None:
        """Begin without streams.

        Args:
            board: Whose changes they are.
            most: Largest number of streams.
            note_refused: Called for every further one.
        """
        self._board, self.most, self._note_refused = board, most, note_refused
        self.open = 0
        self._listening = ExitStack()
        self._woken = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._texts: dict[tuple[str, bool, tuple[str, ...]], tuple[bytes, str]] = {}
        self._texts_at = ""

    @contextmanager
    def opened(self) -> Iterator[bool]:
        """Count a stream while the block runs; False where there are too many, so that it must be refused."""
        if self.open >= self.most:
            self._note_refused()
            yield False
            return
        if not self.open:
            self._begin()
        self.open += 1
        try:
            yield True
        finally:
            self.open -= 1
            if not self.open:
                self._end()

    @property
    def woken(self) -> asyncio.Event:
        """Event that is set at the next change or look; ask for it before the changes, so that none is missed."""
        return self._woken

    def changes(self, place: str, person: User) -> tuple[bytes, str]:
        """Return the changes that a person sees since a place, empty if there are none, and the place after them.

        Args:
            place: Place in the stream of changes, as an earlier call or a page gave it.
            person: Whose teams count.
        """
        latest = self._board.place
        if place == latest:
            return b"", place
        if latest != self._texts_at or len(self._texts) >= _MOST_TEXTS:
            self._texts_at = latest
            self._texts.clear()
        key = (place, person.role == "admin", person.teams)
        if key not in self._texts:
            self._texts[key] = self._text(place, person)
        return self._texts[key]

    def _text(self, place: str, person: User) -> tuple[bytes, str]:
        news = self._board.news(place)
        if news.changes is None:
            return _event("again", b"", news.place), news.place
        seen = [{"kind": one.kind, "decision": one.decision_id} for one in news.changes if person.sees(one.team)]
        return _event("changes", _encode(seen), news.place) if seen else b"", news.place

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._wake)

        self._listening.enter_context(self._board.listening(wake))
        self._look(loop)

    def _end(self) -> None:
        self._listening.close()
        if self._timer is not None:
            self._timer.cancel()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(_LOOK_SECONDS, self._look, loop)
        self._wake()

    def _wake(self) -> None:
        woken, self._woken = self._woken, asyncio.Event()
        woken.set()


def _event(name: str, data: bytes, place: str) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (place.encode(), name.encode(), data)
