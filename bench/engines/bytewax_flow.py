"""The peer on Bytewax: purchases keyed by customer, a stateful map, its Kafka connectors and its recovery store.

Run by the peers' Python as ``python -m bytewax.run "bench.engines.bytewax_flow:create_flow('FILE')" -r FOLDER …``.
"""

from pathlib import Path

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow

from bench.engines.peer_work import PRODUCER, decode_settings, step_of


def create_flow(path: str) -> Dataflow:
    """Make the peer's dataflow.

    States are bytes: the copies that snapshots take of them cost nothing then, and no garbage collector walks through
    them. The connectors are used without the operators around them, which cost one more step a message each.

    Args:
        path: File with its settings.
    """
    settings = decode_settings(Path(path).read_bytes())
    brokers = [settings.bootstrap_servers]
    flow = Dataflow("customers")
    messages = op.input("purchases", flow, KafkaSource(brokers, [settings.purchases]))
    keyed = op.map("key", messages, _keyed)
    scored = op.stateful_map("score", keyed, step_of(settings))
    outputs = op.map("message", scored, _message)
    producer = {name: str(value) for name, value in PRODUCER.items()}
    op.output("scores", outputs, KafkaSink(brokers, settings.scores, producer))
    return flow


def _keyed(message: KafkaSourceMessage[bytes, bytes]) -> tuple[str, bytes]:
    return message.key.decode(), message.value


def _message(scored: tuple[str, bytes]) -> KafkaSinkMessage[bytes, bytes]:
    customer_id, score = scored
    return KafkaSinkMessage(customer_id.encode(), score)
