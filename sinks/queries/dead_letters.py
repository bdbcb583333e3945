"""Dead letters as ClickHouse keeps them, found by what a person knows of them."""

from datetime import datetime
from typing import Final

import msgspec
from clickhouse_connect.driver.client import Client

from schemas.dead_letter import DeadLetter

_COLUMNS: Final = ", ".join(DeadLetter.__struct_fields__)


class LetterFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which letters are meant; what is not given does not matter.

    Attributes:
        reason: Why they were refused.
        topic: Where they were read.
        partition: Their partition there.
        offset: Their offset there.
        since: Refused at this moment or later.
        until: Refused before this moment.
    """

    reason: str | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    since: datetime | None = None
    until: datetime | None = None


_CONDITIONS: Final = {
    "reason": "reason = {reason:String}",
    "topic": "topic = {topic:String}",
    "partition": "partition = {partition:UInt16}",
    "offset": "offset = {offset:UInt64}",
    "since": "refused_at >= {since:DateTime64(3, 'UTC')}",
    "until": "refused_at < {until:DateTime64(3, 'UTC')}",
}


def find_letters(client: Client, wanted: LetterFilter, limit: int) -> list[DeadLetter]:
    """The letters that fit, the latest first.

    Args:
        client: A connection to the database.
        wanted: Which.
        limit: At most so many.
    """
    given = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
    conditions = " AND ".join(_CONDITIONS[name] for name in given) or "true"
    statement = (
        f"SELECT {_COLUMNS} FROM dead_letters FINAL WHERE {conditions} "  # noqa: S608 - names of ours, values bound
        "ORDER BY refused_at DESC, topic, partition, offset DESC LIMIT {limit:UInt64}"
    )
    rows = client.query(statement, parameters={**given, "limit": limit}).named_results()
    return [msgspec.convert(row, DeadLetter) for row in rows]
