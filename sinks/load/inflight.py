"""Inserts in flight: the next block is gathered and sent while ClickHouse stores the one before.

ClickHouse takes one insert with one core for most of its time; a second one beside it took half as much again in all
(`make bench ARGS=sink`). More than two brought nothing on the machines measured.
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
"""Stores a portion in a table; called from two threads at once."""


class FinishedInsert(msgspec.Struct, frozen=True):
    """A stored block, and the seconds that each of its portions took."""

    table: str
    block: Block
    seconds: tuple[float, ...]


class _Insert(msgspec.Struct):
    table: str
    block: Block
    future: Future[tuple[float, ...]]
    failed: bool = False


class InFlightInserts:
    """Inserts in the order in which they started, which is the order in which they count as stored."""

    def __init__(self, put: Put) -> None:
        """Start with none.

        Args:
            put: Stores a portion.
        """
        self._put = put
        self._threads = ThreadPoolExecutor(AT_ONCE, "insert")
        self._inserts: deque[_Insert] = deque()

    @property
    def empty(self) -> bool:
        """True if none is in flight."""
        return not self._inserts

    @property
    def full(self) -> bool:
        """True if no further one may start."""
        return len(self._inserts) >= AT_ONCE

    @property
    def ended(self) -> bool:
        """True if the first has ended, with or without success."""
        return bool(self._inserts) and self._inserts[0].future.done()

    def start(self, table: str, block: Block) -> None:
        """Start to store a block."""
        self._inserts.append(_Insert(table, block, self._threads.submit(self._store, table, block)))

    def retry_first(self) -> None:
        """Start the first again if it has failed; storing it twice changes nothing."""
        if self._inserts and self._inserts[0].failed:
            first = self._inserts[0]
            first.failed = False
            first.future = self._threads.submit(self._store, first.table, first.block)

    def finish_first(self) -> FinishedInsert:
        """Wait for the first.

        Raises:
            ServerUnreachableError: ClickHouse is away; the insert stays, to be retried.
            FatalError: It refuses what was sent.
        """
        first = self._inserts[0]
        try:
            seconds = first.future.result()
        except ServerUnreachableError:
            first.failed = True
            raise
        self._inserts.popleft()
        return FinishedInsert(first.table, first.block, seconds)

    def drop(self) -> None:
        """Wait until nothing is being sent, and drop it all: the next owner of the partitions sends it again."""
        wait([insert.future for insert in self._inserts])
        self._inserts.clear()

    def close(self) -> None:
        """End the threads."""
        self.drop()
        self._threads.shutdown()

    def _store(self, table: str, block: Block) -> tuple[float, ...]:
        return tuple(self._timed(table, portion) for portion in block.portions)

    def _timed(self, table: str, portion: Portion) -> float:
        began = time.monotonic()
        self._put(table, portion)
        return time.monotonic() - began
