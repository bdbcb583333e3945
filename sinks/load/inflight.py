"""Inserts that are under way: the next block is gathered and sent while ClickHouse stores the one before.

ClickHouse takes one insert with one core for most of its time; a second one beside it took half as much again in all
(`make bench ARGS=sink`). More than two gain nothing on the machines that were measured.
"""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

import msgspec

from schemas.errors import ServerUnreachableError
from sinks.load.batch import Block, Portion

AT_ONCE: Final = 2

Put = Callable[[str, Portion], None]
"""Stores what is in a portion in a table; may be called from two threads at once."""


class Stored(msgspec.Struct, frozen=True):
    """A block that is stored, and how long each of its portions took."""

    table: str
    block: Block
    seconds: tuple[float, ...]


class _Insert(msgspec.Struct):
    table: str
    block: Block
    future: Future[tuple[float, ...]]
    failed: bool = False


class UnderWay:
    """Inserts in the order in which they were begun, which is the order in which they count as stored."""

    def __init__(self, put: Put) -> None:
        """Begin with none.

        Args:
            put: Stores a portion.
        """
        self._put = put
        self._threads = ThreadPoolExecutor(AT_ONCE, "insert")
        self._inserts: deque[_Insert] = deque()

    @property
    def empty(self) -> bool:
        """Whether none is under way."""
        return not self._inserts

    @property
    def full(self) -> bool:
        """Whether as many are under way as may be."""
        return len(self._inserts) >= AT_ONCE

    @property
    def ended(self) -> bool:
        """Whether the one begun first has ended, well or badly."""
        return bool(self._inserts) and self._inserts[0].future.done()

    def begin(self, table: str, block: Block) -> None:
        """Begin to store a block."""
        self._inserts.append(_Insert(table, block, self._threads.submit(self._store, table, block)))

    def begin_again(self) -> None:
        """Begin the first again if it has failed; what is stored twice changes nothing."""
        if self._inserts and self._inserts[0].failed:
            first = self._inserts[0]
            first.failed = False
            first.future = self._threads.submit(self._store, first.table, first.block)

    def end_first(self) -> Stored:
        """Wait for the one begun first.

        Raises:
            ServerUnreachableError: ClickHouse is away; the insert stays, to begin again.
            FatalError: It refuses what was sent.
        """
        first = self._inserts[0]
        try:
            seconds = first.future.result()
        except ServerUnreachableError:
            first.failed = True
            raise
        self._inserts.popleft()
        return Stored(first.table, first.block, seconds)

    def forget(self) -> None:
        """Wait until nothing is being sent, and forget it all: whoever reads on sends it again."""
        wait([insert.future for insert in self._inserts])
        self._inserts.clear()

    def close(self) -> None:
        """End the threads."""
        self.forget()
        self._threads.shutdown()

    def _store(self, table: str, block: Block) -> tuple[float, ...]:
        return tuple(self._timed(table, portion) for portion in block.portions)

    def _timed(self, table: str, portion: Portion) -> float:
        began = time.monotonic()
        self._put(table, portion)
        return time.monotonic() - began
