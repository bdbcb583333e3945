"""The boundary between the worker and the engine behind it: three small protocols and no Kafka client."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

from schemas.moments import Publication
from schemas.trace import Header

EXAMPLES_PARTITION: Final = 0
"""All examples lie on one partition, so that they have one order, and a model has one meaning."""


class PartitionStore(Protocol):
    """The customers of one partition, as a shard sees them: its own uncommitted changes first, then the store."""

    def get(self, key: bytes) -> bytes | None:
        """Return the newest value of a customer, or None when there is none."""
        ...

    def put(self, key: bytes, value: bytes) -> None:
        """Change a customer; the latest value of a batch is what its transaction writes to the changelog."""
        ...

    def delete(self, key: bytes) -> None:
        """Forget a customer; the changelog gets a tombstone."""
        ...

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over every customer of the partition as it stands, in no promised order."""
        ...


class Batch(Protocol):
    """The open transaction, as far as a shard may write to it."""

    def emit(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None = None,
        header: Header | None = None,
    ) -> None:
        """Send a record with the transaction that commits the page being folded.

        Args:
            topic: Where to.
            key: The record's key; it chooses the partition when ``partition`` is None.
            value: The record's value; None is a tombstone.
            partition: An explicit partition of the topic.
            header: Goes with the record.
        """
        ...


class Shard(Protocol):
    """The engine of one assigned partition."""

    reviews: int
    """Customers that it has reviewed."""

    @property
    def position(self) -> int:
        """First instant that may be scored yet, ms since 1970."""
        ...

    @property
    def waits(self) -> bool:
        """True if something is due that awaits a model."""
        ...

    @property
    def is_ahead(self) -> bool:
        """True if no further page lets anything be done before another model is known."""
        ...

    def process(self, value: bytes, headers: Mapping[str, bytes], batch: Batch) -> Publication | None:
        """Fold one page: read and write the partition's store, emit what follows from it.

        Where this raises, its changes are undone and a new shard tries once more; then the page is quarantined or,
        after a :class:`schemas.errors.CustomerFailedError`, that customer.

        Returns:
            Publication of the page's first event; None where it has none.
        """
        ...

    def work_off(self, batch: Batch) -> bool:
        """Do some of what is due without another page, and return True if anything was.

        A clock that jumps makes more fall due than goes with one page, and after the last page of a history there is
        no other. Called again and again, between pages; each call should take some milliseconds at most. Where this
        raises a :class:`schemas.errors.CustomerFailedError` twice, that customer is quarantined.
        """
        ...

    def progress(self) -> str:
        """Return what is committed beside the offset and given back at the next assignment (at most 4,095 bytes)."""
        ...


ShardFactory = Callable[[int, PartitionStore, str | None], Shard]
"""Makes the shard of a partition from its number, its store and the progress last committed (None: never any)."""
