"""Chooses a customer's partition: the one that Kafka's own Java client chooses for the same key."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from aiokafka.partitioner import murmur2

from schemas.events.raw_events import customer_id_of

CACHED_CUSTOMERS: Final = 200_000

_POSITIVE: Final = 0x7FFFFFFF


def partition_of_key(key: str, partitions: int) -> int:
    """Return the partition that a record with a key gets, by Kafka's ``BuiltInPartitioner``.

    Args:
        key: A record's key, hashed as UTF-8.
        partitions: How many partitions the topic has.
    """
    unsigned: int = murmur2(key.encode())
    return (unsigned & _POSITIVE) % partitions


def caching_partitioner(partitions: int, cached: int = CACHED_CUSTOMERS) -> Callable[[str], int]:
    """Return a partitioner that remembers the latest customers, since every line needs it and a hash costs 3 µs.

    Args:
        partitions: How many partitions the topic has.
        cached: How many customers are kept.
    """

    @lru_cache(maxsize=cached)
    def partition_of(customer_id: str) -> int:
        return partition_of_key(customer_id, partitions)

    return partition_of


def split_by_customer(page: bytes, partitions: int) -> Iterable[tuple[int, bytes]]:
    """Cut a page into one for each partition that its customers belong to; there may have been fewer when it was made.

    Args:
        page: Lines, each with its customer.
        partitions: How many partitions the topic has.

    Raises:
        msgspec.DecodeError: A line is none.
    """
    pages: dict[int, list[bytes]] = defaultdict(list)
    for line in page.splitlines(keepends=True):
        pages[partition_of_key(customer_id_of(line), partitions)].append(line)
    return [(partition, b"".join(lines)) for partition, lines in pages.items()]
