"""Counts customers with a checksum, so that nothing can be lost, doubled or changed unnoticed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from streams.intake.partition import partition_of_key

_WRAP: Final = 2**64

PartitionOf = Callable[[bytes], int]
"""Returns the partition that a customer belongs to, by its key."""


@dataclass(frozen=True, slots=True)
class Census:
    """Number and checksum of some customers.

    Attributes:
        customers: Their number.
        checksum: Sum of 64-bit fingerprints of key and state, modulo 2⁶⁴: the same in any order.
        moving: The number of those that belong elsewhere.
        misplaced: One of these.
    """

    customers: int = 0
    checksum: int = 0
    moving: int = 0
    misplaced: bytes | None = None

    def __add__(self, other: "Census") -> "Census":
        return Census(
            self.customers + other.customers,
            (self.checksum + other.checksum) % _WRAP,
            self.moving + other.moving,
            self.misplaced or other.misplaced,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """Partitions and customers as they are, and what a growth would do.

    Attributes:
        before: Customer partitions before the growth.
        to: Customer partitions after it.
        census: Of all customers; ``moving`` are those who have to move still.
        begun: An earlier run died on its way.
        done: Nothing is left to do.
    """

    before: int
    to: int
    census: Census
    begun: bool = False
    done: bool = False


def take_census(partition: int, states: Mapping[bytes, bytes], partition_of: PartitionOf) -> Census:
    """Count the customers of a partition.

    Args:
        partition: Its number.
        states: The latest state by key.
        partition_of: Returns where each belongs.
    """
    elsewhere = misplaced(partition, states, partition_of)
    checksum = sum(_fingerprint(key, state) for key, state in states.items()) % _WRAP
    return Census(len(states), checksum, len(elsewhere), elsewhere[0] if elsewhere else None)


def misplaced(partition: int, keys: Iterable[bytes], partition_of: PartitionOf) -> list[bytes]:
    """Return those of a partition's customers that belong elsewhere."""
    return [key for key in keys if partition_of(key) != partition]


def partitioner(partitions: int) -> PartitionOf:
    """Return where customers belong, as intake has it.

    Args:
        partitions: Their number.
    """
    return lambda key: partition_of_key(key.decode(), partitions)


def _fingerprint(key: bytes, state: bytes) -> int:
    hashed = blake2b(len(key).to_bytes(2, "big") + key + state, digest_size=8)
    return int.from_bytes(hashed.digest(), "big")
