"""Which partition a customer belongs to: the one that Kafka's own Java client chooses for the same key."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from aiokafka.partitioner import murmur2

REMEMBERED_CUSTOMERS: Final = 200_000

_POSITIVE: Final = 0x7FFFFFFF


def partition_of_key(key: str, partitions: int) -> int:
    """Choose a partition as Kafka's ``BuiltInPartitioner`` does for a record with a key.

    Args:
        key: A record's key, hashed as UTF-8.
        partitions: How many partitions the topic has.
    """
    unsigned: int = murmur2(key.encode())
    return (unsigned & _POSITIVE) % partitions


def remembering_partitioner(partitions: int, remembered: int = REMEMBERED_CUSTOMERS) -> Callable[[str], int]:
    """Make a partitioner that remembers the latest customers, since every line needs it and a hash costs 3 µs.

    Args:
        partitions: How many partitions the topic has.
        remembered: How many customers are kept.
    """

    @lru_cache(maxsize=remembered)
    def partition_of(customer_id: str) -> int:
        return partition_of_key(customer_id, partitions)

    return partition_of
