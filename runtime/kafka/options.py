"""Options of every librdkafka client: defaults, then the caller's own, then the operator's."""

from typing import Any, Final

from runtime.kafka.security import own_options
from schemas.settings.connections import KafkaSettings

Options = dict[str, Any]

IDEMPOTENT: Final[Options] = {"enable.idempotence": True, "max.in.flight.requests.per.connection": 1}
"""An idempotent producer without transactions; with more requests in flight it may lose what it reports as delivered.

Where the first request for a new partition fails and the next, in flight already, is taken, the broker calls the first
a duplicate when it is repeated, and librdkafka reports a delivery (decision 18). In a transaction the broker refuses.
"""

_MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024


def client_options(settings: KafkaSettings) -> Options:
    """Return the options that all clients share.

    Args:
        settings: Where Kafka is, and as whom; the operator's own properties are among them.
    """
    # A broker that is away is reported once, by us; librdkafka would repeat it with every attempt.
    return {"bootstrap.servers": settings.bootstrap_servers, "log_level": 2, **own_options(settings)}


def consumer_options(settings: KafkaSettings, group: str, own: Options | None = None) -> Options:
    """Return the options of a consumer that sees only what was committed, and commits nothing by itself.

    Args:
        settings: Where Kafka is.
        group: Its consumer group.
        own: What this consumer needs otherwise.
    """
    session_ms = int(settings.session_timeout_seconds * 1000)
    return {
        "client.id": group,
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed" if settings.transactions else "read_uncommitted",
        "session.timeout.ms": session_ms,
        "heartbeat.interval.ms": max(session_ms // 4, 250),
        "fetch.wait.max.ms": 50,
        "fetch.message.max.bytes": _MAX_MESSAGE_BYTES,
        "queued.max.messages.kbytes": 64 * 1024,
        "fetch.queue.backoff.ms": 10,
        **(own or {}),
        **client_options(settings),
    }


def producer_options(settings: KafkaSettings, transactional_id: str | None, own: Options | None = None) -> Options:
    """Return the options of an idempotent producer: a transactional one where the broker can and an id is given.

    Args:
        settings: Where Kafka is.
        transactional_id: Unique among running processes and stable over restarts of one.
        own: What this producer needs otherwise.
    """
    options: Options = {
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": "murmur2_random",  # as every other Kafka client places a key
        "linger.ms": 2,
        # After a commit the coordinator refuses the next transaction for some milliseconds; librdkafka then waits
        # 100 ms by default, which was measured to make back-to-back transactions take 110 ms instead of 11 ms.
        "retry.backoff.ms": 5,
        "reconnect.backoff.max.ms": 1_000,  # a broker that is back is found before its transactions time out
        "compression.type": "lz4",
        "message.max.bytes": _MAX_MESSAGE_BYTES,
        "queue.buffering.max.messages": 1_000_000,
        "queue.buffering.max.kbytes": 256 * 1024,
    }
    if transactional_id is not None and settings.transactions:
        options["transactional.id"] = transactional_id
        options["client.id"] = transactional_id
        options["transaction.timeout.ms"] = int(settings.transaction_timeout_seconds * 1000)
    else:
        options |= IDEMPOTENT
    return {**options, **(own or {}), **client_options(settings)}
