"""The mark of a growth that is not finished, in the provenance beside every committed offset of the workers' group."""

import msgspec

from streams.worker.commit.provenance import GROWING, Provenance

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


def begun(provenance: Provenance) -> Growth | None:
    """The growth that an provenance is marked with.

    Raises:
        ValueError: The mark is unreadable.
    """
    return msgspec.json.decode(provenance[GROWING], type=Growth) if GROWING in provenance else None


def marked(provenance: Provenance, growth: Growth) -> Provenance:
    """An provenance that no worker goes on from."""
    return {**unmarked(provenance), GROWING: msgspec.json.encode(growth).decode()}


def unmarked(provenance: Provenance) -> Provenance:
    """The same as it was before."""
    return {name: value for name, value in provenance.items() if name != GROWING}


def finished(provenance: Provenance, growth: Growth) -> Provenance:
    """What workers go on from with the new number of partitions."""
    return {**unmarked(provenance), _PARTITIONS: str(growth.to)}
