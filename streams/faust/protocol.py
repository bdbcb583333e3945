"""The boundary between a process that reads one topic and Faust, which decides when it does what."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.errors import StaylineError


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership of the consumer group; the broker fences commits of a membership that is over."""

    generation: int
    member_id: str


@dataclass(frozen=True, slots=True)
class FetchedRecord:
    """A record of the topic.

    Attributes:
        topic: Its topic.
        partition: Its partition.
        offset: Its offset.
        timestamp: Kafka's timestamp, ms since 1970.
        headers: Headers by name.
        value: Its bytes; empty for a tombstone.
        follows: Offset after the record fetched before this one; None where a seek came in between, so that this one
            belongs to an assignment that is over.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    headers: Mapping[str, bytes]
    value: bytes
    follows: int | None

    def __str__(self) -> str:
        """Return topic, partition and offset for a log line."""
        return f"topic {self.topic}, partition {self.partition}, offset {self.offset}"


class ChangelogRecord(Protocol):
    """A fetched record of a changelog."""

    key: bytes
    value: bytes | None
    offset: int


class Failure:
    """The first reason to end the process; later ones follow from it and are dropped."""

    def __init__(self) -> None:
        self.reason: StaylineError | None = None
        self.thread_lost = False
        """True if a thread is in a call that may never return, so that the process must not wait for it."""
        self._raised = asyncio.Event()

    def set(self, reason: StaylineError) -> None:
        """Ask the process to end. Called in the event loop."""
        if self.reason is None:
            self.reason = reason
            self._raised.set()

    @property
    def raised(self) -> bool:
        """True if the process is about to end; nothing may be folded or committed any more."""
        return self.reason is not None

    async def wait(self) -> None:
        """Return when there is a reason."""
        await self._raised.wait()


class RecordHandler(Protocol):
    """Handles the records of the assigned partitions of one topic. All methods run in the event loop."""

    failure: Failure

    async def assigned(self, partitions: set[int], membership: Membership, is_current: Callable[[], bool]) -> None:
        """Own these partitions, and no others; their changelog, if there is one, is in the local copy.

        Args:
            partitions: Their numbers.
            membership: The membership in whose name they are owned.
            is_current: Returns False once another membership has begun; another assignment follows then.
        """
        ...

    async def start_offsets(self, partitions: set[int]) -> Mapping[int, int]:
        """Return the offsets to read from, without partitions that are read from their beginning."""
        ...

    async def page(self, record: FetchedRecord) -> None:
        """Handle a record, the next of its partition, unless it is out of place. Never called concurrently."""
        ...

    async def commit(self) -> None:
        """Stop handling, and return when all that was handled is committed: partitions move, or the process stops."""
        ...

    def lost(self, why: str) -> None:
        """Drop what is not committed: the group has given our partitions away without asking."""
        ...


class ChangelogCopy(Protocol):
    """The local copy of a compacted changelog, partitioned as the topic is."""

    def offset(self, partition: int) -> int | None:
        """Return the changelog offset of the last record in the copy; None for an empty one.

        Raises:
            LocalStoreError: The copy cannot be opened.
        """
        ...

    async def ends(self, partitions: set[int]) -> Mapping[int, int]:
        """Return the ends of the changelog's partitions, open transactions included."""
        ...

    def write(self, partition: int, records: Sequence[ChangelogRecord]) -> None:
        """Apply fetched records, at least one, in their order.

        Raises:
            LocalStoreError: The copy cannot be written.
        """
        ...

    def revoked(self, partition: int) -> None:
        """Close a partition that is owned by others now."""
        ...

    def close(self) -> None:
        """Close all partitions."""
        ...
