"""How every librdkafka client of ours is set up, and how a missing broker is told."""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

from confluent_kafka import Consumer, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from runtime.kafka.security import Refusals, own_options, refused
from schemas.errors import ServerUnreachableError, UsageError
from schemas.settings import KafkaSettings

Options = dict[str, Any]

IDEMPOTENT: Final[Options] = {"enable.idempotence": True, "max.in.flight.requests.per.connection": 1}
"""An idempotent producer without transactions; with more requests under way it may lose what it says is delivered.

Where the first request for a new partition fails and the next, under way already, is taken, the broker calls the first
a duplicate when it is repeated, and librdkafka tells of a delivery (decision 18). In a transaction the broker refuses.
"""

_IDS_SECONDS: Final = 3.0
_ANSWER_SECONDS: Final = 1.0
_MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024


def client_options(settings: KafkaSettings) -> Options:
    """What all clients share."""
    # A broker that is away is told once, by us; librdkafka would repeat it with every attempt.
    return {"bootstrap.servers": settings.bootstrap_servers, "log_level": 2, **own_options(settings)}


def consumer_options(settings: KafkaSettings, group: str) -> Options:
    """A consumer that sees only what was committed and commits nothing by itself.

    Args:
        settings: Where Kafka is.
        group: Its consumer group.
    """
    session_ms = int(settings.session_timeout_seconds * 1000)
    return {
        "client.id": group,
        **client_options(settings),
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
    }


def assign(consumer: Consumer, topic: str, places: Sequence[TopicPartition]) -> None:
    """Let a new consumer, which is a member of no group, read from some places of a topic.

    One that has not met a broker yet looks for the beginning of a partition in vain at first, and again only after
    500 ms; so it is made to meet one.

    Args:
        consumer: Has read nothing yet.
        topic: Of all the places.
        places: Where it begins.
    """
    with suppress(KafkaException):  # a broker that is away is told of by whoever reads
        consumer.list_topics(topic, timeout=_ANSWER_SECONDS)
    consumer.assign(list(places))


def producer_options(settings: KafkaSettings, transactional_id: str | None) -> Options:
    """An idempotent producer; a transactional one where the broker can and an id is given.

    Args:
        settings: Where Kafka is.
        transactional_id: Unique among running processes and stable over restarts of one.
    """
    options: Options = {
        **client_options(settings),
        "enable.idempotence": True,
        "acks": "all",
        "linger.ms": 2,
        # After a commit the coordinator refuses the next transaction for some milliseconds; librdkafka then waits
        # 100 ms by default, which was measured to make back-to-back transactions take 110 ms instead of 11 ms.
        "retry.backoff.ms": 5,
        "compression.type": "lz4",
        "message.max.bytes": _MAX_MESSAGE_BYTES,
        "queue.buffering.max.messages": 1_000_000,
        "queue.buffering.max.kbytes": 256 * 1024,
    }
    if transactional_id is not None and settings.transactions:
        options["transactional.id"] = transactional_id
        options.setdefault("client.id", transactional_id)
        options["transaction.timeout.ms"] = int(settings.transaction_timeout_seconds * 1000)
    else:
        options |= IDEMPOTENT
    return options


def require_kafka(settings: KafkaSettings, timeout_seconds: float = 10.0) -> None:
    """Return once a broker has answered.

    Raises:
        ServerUnreachableError: None has within the time.
        UsageError: It refuses the user, or cannot be spoken with as the settings say.
    """
    refusals = Refusals()
    try:
        options: Options = {**client_options(settings), "error_cb": refusals.hear}
        admin = AdminClient(options)
    except KafkaException as error:
        raise UsageError(refused(settings, error.args[0].str())) from None
    deadline = time.monotonic() + timeout_seconds
    while (problem := _ask(admin)) is not None:
        admin.poll(0)
        if refusals.first is not None:
            raise UsageError(refused(settings, refusals.first))
        if time.monotonic() > deadline:
            raise ServerUnreachableError(
                f"Kafka at {settings.bootstrap_servers} does not answer ({problem}); "
                "start it, or set STAYLINE_KAFKA__BOOTSTRAP_SERVERS"
            )


def _ask(admin: AdminClient) -> str | None:
    """Why no broker answers; None where one does."""
    try:
        admin.list_topics(timeout=_ANSWER_SECONDS)
    except KafkaException as error:
        return str(error.args[0].str())
    return None


def topic_ids(settings: KafkaSettings, names: Iterable[str]) -> dict[str, str]:
    """Ids that tell topics from earlier ones of their names; none of a topic that is missing, or of a plain broker.

    Args:
        settings: Where Kafka is; a broker without transactions is taken to have no ids.
        names: Of the topics.
    """
    if not settings.transactions:
        return {}
    admin = AdminClient(client_options(settings))
    ids: dict[str, str] = {}
    for name, answer in admin.describe_topics(TopicCollection(list(names)), request_timeout=_IDS_SECONDS).items():
        with suppress(KafkaException):
            ids[name] = str(answer.result().topic_id)
    return ids
