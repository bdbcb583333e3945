"""Reads from the topic ``forgotten`` who was forgotten so far."""

from threading import Event

import msgspec

from runtime.kafka.admin import TopicClient
from runtime.kafka.offsets import OffsetClient
from runtime.kafka.topic_identity import topic_ids
from runtime.kafka.topic_reader import read_topic
from schemas.errors import FatalError
from schemas.events.forgetting import Forgetting, Forgettings, decode_forgetting
from schemas.settings.connections import KafkaSettings
from schemas.topics import FORGOTTEN, RAW_TOPICS


def read_forgettings(kafka: KafkaSettings, group: str, stop: Event) -> Forgettings:
    """Read the topic to its end; none is forgotten where there is no such topic yet.

    Args:
        kafka: Where Kafka is.
        group: A name for access lists; nothing is committed under it.
        stop: Set when the process must end.

    Raises:
        Stopped: ``stop`` was set.
        ServerUnreachableError: Kafka does not answer.
        FatalError: A record cannot be read, so that people would come back.
    """
    if FORGOTTEN not in TopicClient(kafka).partition_counts():
        return Forgettings()
    end = OffsetClient(kafka).ends([(FORGOTTEN, 0)])[FORGOTTEN, 0]
    if not end:
        return Forgettings()
    values = [message.value() for message in read_topic(kafka, group, FORGOTTEN, {0: end}, stop)]
    return Forgettings(map(_decode, values), topic_ids(kafka, RAW_TOPICS))


def _decode(value: str | bytes | None) -> Forgetting:
    try:
        return decode_forgetting(value or b"")
    except msgspec.DecodeError as error:
        raise FatalError(f"a record on {FORGOTTEN} cannot be read ({error}); the forgotten may be in it") from None
