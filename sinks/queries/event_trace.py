"""Look up one event and its score, with the times at which their rows were stored."""

from datetime import datetime
from typing import Final

import msgspec
from clickhouse_connect.driver.client import Client


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of an event and of its score; moments in UTC, ``stored_at`` 1970 if unknown.

    Attributes:
        event_id: Upstream's name of it.
        customer_id: Whose it is.
        type: purchase, return or support_contact.
        occurred_at: When it happened.
        stamped_at: When Kafka took the raw message.
        source_topic: Raw topic.
        source_partition: Its partition there.
        source_offset: Its offset there.
        trace: Its trace id.
        stored_at: When its row was stored.
        score_stored_at: When the row of its score was stored; None where there is no such score.
    """

    event_id: str
    customer_id: str
    type: str
    occurred_at: datetime
    stamped_at: datetime
    source_topic: str
    source_partition: int
    source_offset: int
    trace: str
    stored_at: datetime
    score_stored_at: datetime | None


_EVENT: Final = (
    "event_id, customer_id, type, occurred_at, stamped_at, source_topic, source_partition, source_offset, trace, "
    "stored_at"
)


def stored_event(client: Client, event_id: str) -> StoredEvent | None:
    """Return an event, or None if ClickHouse does not have it.

    Args:
        client: A connection to the database.
        event_id: Upstream's name of it.
    """
    found = client.query(
        f"SELECT {_EVENT} FROM interactions FINAL WHERE event_id = {{event_id:String}}",  # noqa: S608 - our columns
        parameters={"event_id": event_id},
    )
    for row in found.named_results():
        scores = client.query(
            "SELECT stored_at FROM risk_scores FINAL WHERE customer_id = {customer:String} "
            "AND scored_at = fromUnixTimestamp64Milli({moment:Int64}) AND cause = 'interaction'",
            parameters={"customer": row["customer_id"], "moment": round(row["stamped_at"].timestamp() * 1000)},
        ).result_rows
        return StoredEvent(**row, score_stored_at=scores[0][0] if scores else None)
    return None
