"""Customers of a partition: the committed ones, and over them the changes that are not committed yet."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from rocksdict import Cache

from streams.worker.store.rocksdb import keep_unused, open_copy

_BLOCK_CACHE_BYTES = 256 * 1024 * 1024

Changes = dict[bytes, bytes | None]
"""Newest value by key; None is a deletion."""


class LocalPartition(Protocol):
    """Committed customers of one partition, with their place in the changelog."""

    offset: int | None
    """Changelog offset of the last record that is in here; None when nothing is."""

    def get(self, key: bytes) -> bytes | None:
        """Return a committed value."""
        ...

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over the committed customers."""
        ...

    def write(self, changes: Mapping[bytes, bytes | None], offset: int) -> None:
        """Apply committed changes and remember ``offset``, both or neither."""
        ...

    def close(self) -> None:
        """Release files and memory."""
        ...


class MemoryPartition:
    """A partition that lives as long as the process owns it."""

    def __init__(self) -> None:
        self.offset: int | None = None
        self._values: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return a committed value."""
        return self._values.get(key)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over the committed customers."""
        return iter(self._values.items())

    def write(self, changes: Mapping[bytes, bytes | None], offset: int) -> None:
        """Apply committed changes and remember ``offset``."""
        for key, value in changes.items():
            if value is None:
                self._values.pop(key, None)
            else:
                self._values[key] = value
        self.offset = offset

    def close(self) -> None:
        """Forget everything."""
        self._values = {}


class LocalStore:
    """The partitions that this process holds."""

    def __init__(self, folder: Path | None, identity: str = "") -> None:
        """Prepare an empty set of partitions.

        Args:
            folder: Where RocksDB keeps one folder a partition; None keeps them in memory.
            identity: Of the changelog that the partitions are copies of.
        """
        self._folder = folder
        self._identity = identity
        self._cache = Cache(_BLOCK_CACHE_BYTES)  # an upper bound; nothing is taken before it is used
        self._partitions: dict[int, LocalPartition] = {}

    def partition(self, number: int) -> LocalPartition:
        """Return a partition, opened at the first call; empty where what lies on disk cannot be used.

        Raises:
            LocalStoreError: Another process holds the folder, or the disk does not take it.
        """
        if number not in self._partitions:
            self._partitions[number] = self._open(number)
        return self._partitions[number]

    def _open(self, number: int) -> LocalPartition:
        if self._folder is None:
            return MemoryPartition()
        return open_copy(self._folder / str(number), self._cache, f"{self._identity} {number}".encode())

    def discard(self, number: int, why: str = "is damaged") -> None:
        """Close a partition that cannot be relied on, and move its files away, so that the next start rebuilds it.

        Args:
            number: Of the partition; it was opened before.
            why: Goes into the log line.

        Raises:
            LocalStoreError: The disk does not take it.
        """
        self.close(number)
        if self._folder is not None:
            keep_unused(self._folder / str(number), why)

    def size(self) -> int:
        """Return the bytes that the files of all partitions take; 0 where they are in memory."""
        if self._folder is None:
            return 0
        total = 0
        for path in self._folder.rglob("*"):
            with suppress(FileNotFoundError):  # RocksDB removes what it has compacted
                total += path.stat().st_size
        return total

    def close(self, number: int) -> None:
        """Close a partition, if it is open."""
        partition = self._partitions.pop(number, None)
        if partition is not None:
            partition.close()

    def close_all(self) -> None:
        """Close every partition."""
        for number in list(self._partitions):
            self.close(number)


class PartitionView:
    """A shard's view of its customers: the open batch over the batch being committed over the local partition."""

    def __init__(self, local: LocalPartition) -> None:
        self._local = local
        self._page: Changes = {}
        self._open: Changes = {}
        self._sealed: Changes = {}

    def get(self, key: bytes) -> bytes | None:
        """Return the newest value of a customer."""
        if key in self._page:
            return self._page[key]
        if key in self._open:
            return self._open[key]
        sealed = self._sealed  # the committing thread replaces it
        if key in sealed:
            return sealed[key]
        return self._local.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Change a customer in the page being folded."""
        self._page[key] = value

    def delete(self, key: bytes) -> None:
        """Delete a customer in the page being folded."""
        self._page[key] = None

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over the customers as they stand."""
        newer = self._sealed | self._open | self._page
        for key, value in self._local.items():
            if key not in newer:
                yield key, value
        for key, changed in newer.items():
            if changed is not None:
                yield key, changed

    def keep_page(self) -> None:
        """Move the changes of a folded page into the open batch."""
        self._open.update(self._page)
        self._page = {}

    def undo_page(self) -> None:
        """Drop the changes of a page that could not be folded."""
        self._page = {}

    @property
    def changed(self) -> int:
        """Number of customers that the open batch has changed."""
        return len(self._open)

    def seal(self) -> Changes:
        """Close the open batch's changes and start the next; readers keep seeing both until :meth:`committed`."""
        self._sealed, self._open = self._open, {}
        return self._sealed

    def committed(self, offset: int | None) -> None:
        """Move the sealed changes, now committed, into the local partition.

        Args:
            offset: Changelog offset of the last of them; None when there were none.

        Raises:
            ValueError: There were changes, but no offset.
        """
        if self._sealed:
            if offset is None:
                raise ValueError("Changes were committed at no known offset.")
            self._local.write(self._sealed, offset)
        self._sealed = {}
