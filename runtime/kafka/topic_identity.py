"""Notices a topic that was deleted and created again, whose offsets start again."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from runtime.kafka.options import client_options
from schemas.errors import FatalError
from schemas.settings.connections import KafkaSettings

_IDS_SECONDS: Final = 3.0
_ANSWER_SECONDS: Final = 5.0
_LOG: Final = logging.getLogger(__name__)


def topic_ids(settings: KafkaSettings, names: Iterable[str]) -> dict[str, str]:
    """Return ids that tell topics from earlier ones of their names; none of a topic that is missing.

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


def check_ids(before: Mapping[str, str], now: Mapping[str, str], group: str) -> None:
    """Return unless a topic is another one than it was; what is not known is not compared.

    Args:
        before: Ids by name.
        now: The same, as they are now.
        group: For the message.

    Raises:
        FatalError: One is.
    """
    for topic, topic_id in before.items():
        if now.get(topic, topic_id) != topic_id:
            raise recreated(topic, group, "has another id than when it was read")


def check_committed(
    consumer: Consumer, partitions: Sequence[TopicPartition], ids: Mapping[str, str], group: str
) -> None:
    """Return unless an offset is committed that belongs to a topic which is gone.

    Args:
        consumer: Of the group.
        partitions: Just assigned.
        ids: The topics' present ids by name; each offset is committed with the id of its time.
        group: For the message.

    Raises:
        FatalError: The topic is another one, or ends before the committed offset.
    """
    try:
        committed = consumer.committed(list(partitions), timeout=_ANSWER_SECONDS)
        for place in committed:
            if place.offset < 0:
                continue
            if place.metadata and place.metadata != ids.get(place.topic, place.metadata):
                raise recreated(place.topic, group, "has another id than when it was read")
            _, end = consumer.get_watermark_offsets(place, timeout=_ANSWER_SECONDS)
            if place.offset > end:
                how = f"ends at {end} in partition {place.partition}, before the committed offset {place.offset}"
                raise recreated(place.topic, group, how)
    except KafkaException as error:
        _LOG.info("committed offsets were not compared with their topics: %s", error.args[0].str())


def recreated(topic: str, group: str, how: str) -> FatalError:
    """Return the error to end with.

    Args:
        topic: Its name.
        group: Whose offsets are meant for the topic before.
        how: It shows.
    """
    return FatalError(
        f"topic {topic} {how}: it was deleted and recreated; delete the offsets of group "
        f"{group} for it, and it is stored from its beginning (what is in ClickHouse stays, once)"
    )
