"""The mark of a growth that is not finished, in the origin beside every committed offset of the workers' group."""

import msgspec

from streams.worker.commit.provenance import GROWING, Origin

_PARTITIONS = "interactions_partitions"


class Growth(msgspec.Struct, frozen=True):
    """What was begun.

    Attributes:
        before: Customer partitions that there were.
        to: Customer partitions that there shall be.
        customers: How many customers there were.
        checksum: Of their names and states, the same in any order and on any partition.
    """

    before: int
    to: int
    customers: int
    checksum: int


def begun(origin: Origin) -> Growth | None:
    """The growth that an origin is marked with.

    Raises:
        ValueError: The mark is unreadable.
    """
    return msgspec.json.decode(origin[GROWING], type=Growth) if GROWING in origin else None


def marked(origin: Origin, growth: Growth) -> Origin:
    """An origin that no worker goes on from."""
    return {**unmarked(origin), GROWING: msgspec.json.encode(growth).decode()}


def unmarked(origin: Origin) -> Origin:
    """The same as it was before."""
    return {name: value for name, value in origin.items() if name != GROWING}


def finished(origin: Origin, growth: Growth) -> Origin:
    """What workers go on from with the new number of partitions."""
    return {**unmarked(origin), _PARTITIONS: str(growth.to)}
