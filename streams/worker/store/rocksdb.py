"""A partition's customers in a RocksDB folder.

The files are a copy of the changelog. Whatever is wrong with them (damaged, another application's, of a changelog
that is gone), it is moved away and rebuilt from there; only a disk that refuses to be written ends the process.
"""

import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

from rocksdict import AccessType, BlockBasedOptions, Cache, DBCompressionType, Options, Rdict, WriteBatch

from schemas.errors import LocalStoreError, StoreDamagedError

logger = logging.getLogger(__name__)

_OFFSET = b"offset"
_IDENTITY = b"identity"
_CUSTOMER = b":"  # goes before every key, so that no customer id can be another's key; both of those lie behind it
_CUSTOMERS_END = b";"
_WRITE_BUFFER_BYTES = 32 * 1024 * 1024
_IN_USE = ("lock hold by current process", "While lock file")
_NOT_DAMAGED = (*_IN_USE, "No space left", "File too large", "Permission denied", "Read-only", "Too many open", "quota")
"""Words of errors that a new folder would not mend."""


class RocksPartition:
    """A partition in a RocksDB folder."""

    def __init__(self, folder: Path, cache: Cache) -> None:
        """Open or create the folder.

        Args:
            folder: Of this partition alone.
            cache: Block cache shared by the partitions of the process.

        Raises:
            StoreDamagedError: What is there is no store, or not a whole one.
            LocalStoreError: Another process holds the folder, or the disk does not take it.
        """
        self._folder = folder
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            self._database = Rdict(str(folder), _options(cache), access_type=AccessType.read_write())
            stored, identity = self._database.get(_OFFSET), self._database.get(_IDENTITY)
            self.offset: int | None = None if stored is None else int(stored)
            self.identity: bytes | None = identity
            """Identity of the changelog that this is a copy of; None where nothing was written yet."""
        except Exception as error:  # RocksDB's are no more specific
            raise _told(folder, "opened", error) from error

    def identify(self, identity: bytes) -> None:
        """Note of which changelog this is a copy.

        Raises:
            LocalStoreError: The disk does not take it.
        """
        try:
            self._database.put(_IDENTITY, identity)
        except Exception as error:
            raise _told(self._folder, "written", error) from error
        self.identity = identity

    def get(self, key: bytes) -> bytes | None:
        """Return a committed value.

        Raises:
            StoreDamagedError: It cannot be read.
        """
        try:
            value: bytes | None = self._database.get(_CUSTOMER + key)
        except Exception as error:
            raise _told(self._folder, "read", error) from error
        return value

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over the committed customers.

        Raises:
            StoreDamagedError: Not all of them can be read.
        """
        entries = cast("Iterator[tuple[bytes, bytes]]", self._database.items(from_key=_CUSTOMER))
        for key, value in entries:
            if key >= _CUSTOMERS_END:
                return
            yield key[1:], value
        # RocksDB ends an iteration at a damaged block as if nothing came after it. The identity does.
        raise _told(self._folder, "read", "it ends too early")

    def write(self, changes: Mapping[bytes, bytes | None], offset: int) -> None:
        """Apply committed changes and remember ``offset``, both or neither.

        The write-ahead log is not synced: a machine that loses power has an older, consistent store, and recovery
        reads the difference from the changelog.

        Raises:
            LocalStoreError: The disk does not take it.
        """
        batch = WriteBatch(raw_mode=True)
        for key, value in changes.items():
            if value is None:
                batch.delete(_CUSTOMER + key)
            else:
                batch.put(_CUSTOMER + key, value)
        batch.put(_OFFSET, b"%d" % offset)
        try:
            self._database.write(batch)
        except Exception as error:
            raise _told(self._folder, "written", error) from error
        self.offset = offset

    def close(self) -> None:
        """Close the folder, so that another process may open it."""
        # After a write that failed, closing fails in the same way; that was told then.
        with suppress(Exception):
            self._database.close()


def _told(folder: Path, what: str, error: Exception | str) -> LocalStoreError:
    said = str(error)
    if any(words in said for words in _IN_USE):
        return LocalStoreError(f"Another process uses the local store {folder}; every worker needs one of its own.")
    if what == "written" or any(words in said for words in _NOT_DAMAGED):
        return LocalStoreError(
            f"The local store {folder} could not be {what} ({said}); make room or mend the disk, then start again: "
            "what is committed is in the changelog."
        )
    return StoreDamagedError(f"The local store {folder} is damaged ({said}); a restart rebuilds it from the changelog.")


def _options(cache: Cache) -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_write_buffer_size(_WRITE_BUFFER_BYTES)
    options.set_max_open_files(256)
    # Most customers lie in the lowest level for long: smaller there by a sixth, and never compressed while events wait.
    options.set_bottommost_compression_type(DBCompressionType.zstd())
    table = BlockBasedOptions()
    table.set_bloom_filter(10, block_based=False)
    table.set_block_cache(cache)
    options.set_block_based_table_factory(table)
    return options


def open_copy(folder: Path, cache: Cache, identity: bytes) -> RocksPartition:
    """Open a partition; an empty one where its files cannot be used.

    Args:
        folder: Of this partition alone.
        cache: Block cache shared by the partitions of the process.
        identity: Identity of the changelog that it must be a copy of.

    Raises:
        LocalStoreError: Another process holds the folder, or the disk does not take it.
    """
    try:
        partition = RocksPartition(folder, cache)
    except StoreDamagedError as error:
        keep_unused(folder, f"cannot be opened ({error.__cause__})")
        partition = RocksPartition(folder, cache)
    if partition.identity is None and partition.offset is None:
        partition.identify(identity)
    if partition.identity != identity:
        partition.close()
        keep_unused(folder, "is a copy of another changelog")
        partition = RocksPartition(folder, cache)
        partition.identify(identity)
    return partition


def keep_unused(folder: Path, why: str) -> None:
    """Move an unusable store away, in the place of the one moved before, for an operator to look at.

    Args:
        folder: Folder of a partition.
        why: Goes into the log line.

    Raises:
        LocalStoreError: The disk does not take it.
    """
    unused = folder.with_name(f"{folder.name}.unused")
    try:
        shutil.rmtree(unused, ignore_errors=True)
        folder.rename(unused)
    except OSError as error:
        raise _told(folder, "written", error) from error
    logger.warning("The local store %s %s; it is moved to %s and rebuilt from the changelog", folder, why, unused)
