"""Counts and order-insensitive checksums of rows up to a cut, and the names behind them."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from clickhouse_connect.driver.client import Client

FINGERPRINT: Final = "reinterpretAsUInt64(MD5({name}))"
"""64-bit hash of a name: the first eight bytes of its MD5, little-endian."""

_LISTED: Final = np.dtype([("print", "<u8"), ("settled", "u1")])


class AuditedTable(msgspec.Struct, frozen=True):
    """A table that the audit compares with Kafka.

    Attributes:
        table: Its name.
        name: Expression of a row's name.
        part: Expression of the part, a string, by which rows are counted.
        topic: The column of the raw topic.
        partition: The column of the raw partition.
        offset: The column of the raw offset.
    """

    table: str
    name: str
    part: str
    topic: str
    partition: str
    offset: str


EVENT_TABLE: Final = AuditedTable(
    "interactions",
    "event_id",
    # As Kafka's own clients place a key.
    "toString(kafkaMurmurHash(customer_id) % {partitions:UInt32})",
    "source_topic",
    "source_partition",
    "source_offset",
)
"""Events by customer partition."""

DEAD_LETTER_TABLE: Final = AuditedTable(
    "dead_letters",
    "concat(topic, '/', toString(partition), '/', toString(offset))",
    "toString(reason)",
    "topic",
    "partition",
    "offset",
)
"""Dead letters by reason."""


class StoredCut(msgspec.Struct, frozen=True):
    """The offsets up to which rows count; rows of partitions unknown to Kafka always do.

    Attributes:
        topics: Raw topics.
        width: Offsets for each of them; none has more partitions.
        until: For each partition of the first topic, then of the next, the offset before which rows count.
        partitions: Number of customer partitions.
    """

    topics: Sequence[str]
    width: int
    until: Sequence[int]
    partitions: int


def checksums(client: Client, stored: AuditedTable, cut: StoredCut) -> dict[str, tuple[int, int]]:
    """Return the count of rows and the sum of their fingerprints modulo 2⁶⁴, by part.

    Args:
        client: A connection to the database.
        stored: The table.
        cut: The offsets up to which rows count.
    """
    statement = (
        f"SELECT {stored.part} AS part, count() AS things, sumWithOverflow({_print(stored)}) AS checksum "  # noqa: S608
        f"FROM {stored.table} FINAL WHERE {_settled(stored)} GROUP BY part"
    )
    rows = client.query(statement, parameters=_parameters(cut)).result_rows
    return {part: (things, checksum) for part, things, checksum in rows}


def listed(
    client: Client, stored: AuditedTable, cut: StoredCut, part: str
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Return the fingerprints of all rows of a part, and for each if it lies below the cut; nine bytes a row.

    Args:
        client: A connection to the database.
        stored: The table.
        cut: The offsets up to which rows count.
        part: The part.
    """
    statement = (
        f"SELECT {_print(stored)} AS print, toUInt8({_settled(stored)}) AS settled "  # noqa: S608 - names of ours
        f"FROM {stored.table} FINAL WHERE {stored.part} = {{part:String}}"
    )
    answer = client.raw_query(statement, parameters={**_parameters(cut), "part": part}, fmt="RowBinary")
    rows = np.frombuffer(answer, _LISTED)
    return rows["print"].astype(np.uint64), rows["settled"] == 1


def names(client: Client, stored: AuditedTable, prints: Sequence[int]) -> dict[int, str]:
    """Return the names of rows by fingerprint.

    Args:
        client: A connection to the database.
        stored: The table.
        prints: Fingerprints, a few dozen at most.
    """
    statement = (
        f"SELECT {_print(stored)} AS print, {stored.name} AS name FROM {stored.table} FINAL "  # noqa: S608
        "WHERE has({prints:Array(UInt64)}, print)"
    )
    rows = client.query(statement, parameters={"prints": list(prints)}).result_rows
    return {row[0]: row[1] for row in rows}


def _print(stored: AuditedTable) -> str:
    return FINGERPRINT.format(name=stored.name)


def _settled(stored: AuditedTable) -> str:
    place = f"(indexOf({{topics:Array(String)}}, {stored.topic}) - 1) * {{width:UInt32}} + {stored.partition} + 1"
    return (
        f"(NOT has({{topics:Array(String)}}, {stored.topic}) OR {stored.partition} >= {{width:UInt32}} "
        f"OR {stored.offset} < {{until:Array(UInt64)}}[{place}])"
    )


def _parameters(cut: StoredCut) -> dict[str, Any]:
    return {"topics": list(cut.topics), "width": cut.width, "until": list(cut.until), "partitions": cut.partitions}
