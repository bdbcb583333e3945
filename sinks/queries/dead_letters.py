"""Find dead letters by their attributes."""

from datetime import datetime
from typing import Final

import msgspec
from clickhouse_connect.driver.client import Client

from schemas.events.dead_letter import DeadLetter
from sinks.clickhouse.ask import ask

_COLUMNS: Final = ", ".join(DeadLetter.__struct_fields__)


class DeadLetterFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions on dead letters; attributes that are None do not matter.

    Attributes:
        reason: Reason of the refusal.
        topic: Topic of the original message.
        partition: Its partition there.
        offset: Its offset there.
        since: Refused at this moment or later.
        until: Refused before this moment.
        event_id: Id of the event, or of one in a page that was refused.
    """

    reason: str | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    event_id: str | None = None


_ORIGINAL: Final = "tryBase64Decode(original_base64)"
_CONDITIONS: Final = {
    "reason": "reason = {reason:String}",
    "topic": "topic = {topic:String}",
    "partition": "partition = {partition:UInt16}",
    "offset": "offset = {offset:UInt64}",
    "since": "refused_at >= {since:DateTime64(3, 'UTC')}",
    "until": "refused_at < {until:DateTime64(3, 'UTC')}",
    "event_id": (
        f"(JSONExtractString({_ORIGINAL}, 'event_id') = {{event_id:String}} "
        f"OR JSONExtractRaw({_ORIGINAL}, 'event_id') = {{event_id:String}} "
        f"OR position({_ORIGINAL}, concat('\"event_id\":', toJSONString({{event_id:String}}))) > 0)"
    ),
}


def find_dead_letters(client: Client, wanted: DeadLetterFilter, limit: int) -> list[DeadLetter]:
    """Return the dead letters that match, the latest first.

    Args:
        client: A connection to the database.
        wanted: The conditions.
        limit: Largest number of rows.
    """
    given = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
    conditions = " AND ".join(_CONDITIONS[name] for name in given) or "true"
    statement = (
        f"SELECT {_COLUMNS} FROM dead_letters FINAL WHERE {conditions} "  # noqa: S608 - names of ours, values bound
        "ORDER BY refused_at DESC, topic, partition, offset DESC LIMIT {limit:UInt64}"
    )
    return ask(client, statement, DeadLetter, **given, limit=limit)
