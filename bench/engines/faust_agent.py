"""The peer on Faust: an idiomatic agent, one message a purchase, after Faust's documentation.

A record, a table on RocksDB with a changelog, one update of the table and one sent score a purchase. Run as
``python -m bench.engines.faust_agent JSON``.
"""

import sys
from datetime import datetime
from hashlib import blake2b

import faust
import msgspec

from bench.engines.peer_work import PeerSettings, decode_settings, freeze, step_of, thaw
from customers.facts import PURCHASE, Fact
from schemas.moments import to_ms


class PurchaseRecord(faust.Record, serializer="json"):
    """The fields of a purchase that matter here."""

    event_id: str
    customer_id: str
    occurred_at: str
    stamped_at: str
    amount: str
    units: int


class ScoreRecord(faust.Record, serializer="json"):
    """A score without reasons."""

    customer_id: str
    scored_at: datetime
    risk: float
    model_version: str


def create_peer(settings: PeerSettings) -> faust.App:
    """Make the peer's app."""
    app = faust.App(
        settings.name,
        broker=f"kafka://{settings.bootstrap_servers}",
        store="rocksdb://",
        datadir=settings.folder,
        topic_partitions=settings.partitions,
        topic_replication_factor=1,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
    )
    purchases = app.topic(settings.purchases, key_type=str, value_type=PurchaseRecord)
    scores = app.topic(settings.scores, key_type=str, value_type=ScoreRecord)
    customers = app.Table("customers", key_type=str, value_type=bytes)
    work = step_of(settings)

    @app.agent(purchases)
    async def score(stream: faust.StreamT[PurchaseRecord]) -> None:
        async for purchase in stream:
            customer = thaw(customers.get(purchase.customer_id))
            scored = work.score(purchase.customer_id, customer, fact_of_purchase(purchase))
            customers[purchase.customer_id] = freeze(customer)
            await scores.send(key=purchase.customer_id, value=ScoreRecord(**msgspec.structs.asdict(scored)))

    return app


def fact_of_purchase(purchase: PurchaseRecord) -> Fact:
    """Return the part of a purchase that the state needs, as the worker does."""
    event = int.from_bytes(blake2b(purchase.event_id.encode(), digest_size=8).digest(), "big")
    stamp = to_ms(datetime.fromisoformat(purchase.stamped_at))
    occurred = to_ms(datetime.fromisoformat(purchase.occurred_at))
    return Fact(stamp, event, PURCHASE, occurred, float(purchase.amount), purchase.units)


def main() -> None:
    """Run the peer until it is told to stop."""
    faust.Worker(create_peer(decode_settings(sys.argv[1])), loglevel="warning").execute_from_commandline()


if __name__ == "__main__":
    main()
