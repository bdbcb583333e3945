"""The peer: an idiomatic Faust agent, one message a purchase, doing the worker's work with the worker's own steps.

It follows Faust's documentation: a record, a table with RocksDB and a changelog, one update of the table and one sent
score a purchase. What a purchase means and how it is judged is the very code of the worker, so that only what carries
it differs. Run as ``python -m bench.engines.faust_agent JSON``.
"""

import sys
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

import faust
import msgspec

from customers.advance import advance, receive
from customers.encode import decode_customer, encode_customer
from customers.facts import PURCHASE, Fact
from customers.policy import policy_of
from customers.schedule import due_at
from customers.state import Customer
from risk.judge import RiskJudge
from risk.records import score_of
from schemas.moments import to_ms
from schemas.records import decode_model
from schemas.settings import RiskSettings, SegmentSettings


class PeerSettings(msgspec.Struct, frozen=True):
    """What the peer is told at its start.

    Attributes:
        bootstrap_servers: Brokers, host:port.
        application_id: Consumer group and changelog name.
        purchases: Topic of the purchases.
        scores: Topic of the scores.
        partitions: Of both, and of the table.
        folder: Where RocksDB lies.
        model: File with a published model.
    """

    bootstrap_servers: str
    application_id: str
    purchases: str
    scores: str
    partitions: int
    folder: str
    model: str


class Purchase(faust.Record, serializer="json"):
    """The fields of a purchase that matter here."""

    event_id: str
    customer_id: str
    occurred_at: str
    stamped_at: str
    amount: str
    units: int


class Reason(faust.Record, serializer="json"):
    """Why a risk is what it is."""

    feature: str
    effect: float
    text: str


class Score(faust.Record, serializer="json"):
    """A score, as on ``risk_scores``."""

    customer_id: str
    scored_at: datetime
    cause: str
    risk: float
    reasons: list[Reason]
    value_at_risk: float
    segment: str
    model_version: str


def create_peer(settings: PeerSettings) -> faust.App:
    """Make the peer's app."""
    app = faust.App(
        settings.application_id,
        broker=f"kafka://{settings.bootstrap_servers}",
        store="rocksdb://",
        datadir=settings.folder,
        topic_partitions=settings.partitions,
        topic_replication_factor=1,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
    )
    purchases = app.topic(settings.purchases, key_type=str, value_type=Purchase)
    scores = app.topic(settings.scores, key_type=str, value_type=Score)
    customers = app.Table("customers", key_type=str, value_type=bytes)
    risk = RiskSettings()
    policy = policy_of(risk)
    judge = RiskJudge(risk, SegmentSettings(), "USD")
    judge.take(decode_model(Path(settings.model).read_bytes()))

    @app.agent(purchases)
    async def score(stream: faust.StreamT[Purchase]) -> None:
        async for purchase in stream:
            encoded = customers.get(purchase.customer_id)
            customer = Customer() if encoded is None else decode_customer(encoded)
            fact = fact_of_purchase(purchase)
            receive(customer, fact)
            outcome = advance(customer, purchase.customer_id, fact.stamp, policy, judge)
            customers[purchase.customer_id] = encode_customer(customer, due_at(customer))
            for scored in outcome.scored:
                record = msgspec.structs.asdict(score_of(purchase.customer_id, scored))
                record["reasons"] = [Reason(*msgspec.structs.astuple(reason)) for reason in record["reasons"]]
                await scores.send(key=purchase.customer_id, value=Score(**record))

    return app


def fact_of_purchase(purchase: Purchase) -> Fact:
    """What of a purchase matters to the state, as for the worker."""
    event = int.from_bytes(blake2b(purchase.event_id.encode(), digest_size=8).digest(), "big")
    stamp = to_ms(datetime.fromisoformat(purchase.stamped_at))
    occurred = to_ms(datetime.fromisoformat(purchase.occurred_at))
    return Fact(stamp, event, PURCHASE, occurred, float(purchase.amount), purchase.units)


def main() -> None:
    """Run the peer until it is told to stop."""
    settings = msgspec.json.decode(sys.argv[1], type=PeerSettings)
    faust.Worker(create_peer(settings), loglevel="warning").execute_from_commandline()


if __name__ == "__main__":
    main()
