"""Who was forgotten so far, read from the topic of it."""

from threading import Event

import msgspec

from runtime.kafka.clients import topic_ids
from runtime.kafka.offsets import Offsets
from runtime.kafka.topic_reader import TopicReader
from schemas.errors import FatalError, UsageError
from schemas.events import RAW_TOPICS
from schemas.forgetting import TOPIC, Forgetting, Forgettings, decode_forgetting
from schemas.settings import KafkaSettings


def read_forgettings(kafka: KafkaSettings, group: str, stop: Event) -> Forgettings:
    """Read the topic to its end; nobody where there is no such topic yet.

    Args:
        kafka: Where Kafka is.
        group: A name for access lists; nothing is committed under it.
        stop: Set when the process must end.

    Raises:
        Stopped: ``stop`` was set.
        ServerUnreachableError: Kafka does not answer.
        FatalError: A record cannot be read, so that people would come back.
    """
    offsets = Offsets(kafka)
    try:
        offsets.partitions([TOPIC])
    except UsageError:
        return Forgettings()
    ends = offsets.ends([(TOPIC, 0)])
    if not ends[TOPIC, 0]:
        return Forgettings()
    reader = TopicReader(kafka, group, TOPIC, [0])
    try:
        messages = [message for some in reader.read_to({0: ends[TOPIC, 0]}, stop) for message in some]
    finally:
        reader.close()
    return Forgettings([_decode(message.value()) for message in messages], topic_ids(kafka, RAW_TOPICS))


def _decode(value: str | bytes | None) -> Forgetting:
    try:
        return decode_forgetting(value or b"")
    except msgspec.DecodeError as error:
        raise FatalError(f"a record on {TOPIC} cannot be read ({error}); the forgotten may be in it") from None
