"""The beginning of the board: what ClickHouse has, and the offsets from which Kafka goes on.

Offsets are asked for first, so that nothing lies between: the sink commits after it has inserted, so decisions and
alerts below its offsets are in the tables. Of what people did, the last hour is read again, which repeats and does not
matter.
"""

from datetime import datetime, timedelta
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from desk.board.board import Board
from desk.reading.decisions import kept_back, open_decisions
from desk.reading.handling import handled_since
from runtime.kafka.ask import unreachable
from runtime.kafka.offsets import OffsetClient, Place
from schemas.errors import ServerUnreachableError
from schemas.moments import to_ms
from schemas.settings.connections import KafkaSettings
from schemas.topics import ALERTS, DECISIONS, sink_group
from sinks.clickhouse.ask import Connection

ACTIONS: Final = "actions_taken"

_STORED: Final = (DECISIONS, ALERTS)
_READ_AGAIN: Final = timedelta(hours=1)
_HANDLED_FOR: Final = timedelta(days=14)
_ANSWER_SECONDS: Final = 10.0


def partitions_of(consumer: Consumer) -> dict[str, int]:
    """Return the number of partitions of the topics that the board follows.

    Raises:
        ServerUnreachableError: Kafka does not answer, or does not have one of them.
    """
    try:
        known = consumer.list_topics(timeout=_ANSWER_SECONDS).topics
    except KafkaException as error:
        raise unreachable(error) from None
    missing = [topic for topic in (*_STORED, ACTIONS) if topic not in known]
    if missing:
        raise ServerUnreachableError(f"Kafka does not have the topic {missing[0]}; run stayline topics")
    return {topic: len(known[topic].partitions) for topic in (*_STORED, ACTIONS)}


def start_places(
    kafka: KafkaSettings, application_id: str, consumer: Consumer, partitions: dict[str, int], now: datetime
) -> list[TopicPartition]:
    """Return where reading begins; what lies before is in ClickHouse.

    Args:
        kafka: Where Kafka is.
        application_id: Names the sink's group.
        consumer: Asks for offsets of times.
        partitions: Number of partitions of each topic.
        now: The present, UTC.

    Raises:
        ServerUnreachableError: Kafka does not answer.
    """
    offsets = OffsetClient(kafka)
    stored = [(topic, number) for topic in _STORED for number in range(partitions[topic])]
    done = [(ACTIONS, number) for number in range(partitions[ACTIONS])]
    begins = offsets.committed(sink_group(application_id), stored)
    ends = offsets.ends(done)
    offsets.close()
    since = to_ms(now - _READ_AGAIN)
    try:
        asked = [TopicPartition(*place, since) for place in done]
        found = consumer.offsets_for_times(asked, timeout=_ANSWER_SECONDS)
    except KafkaException as error:
        raise unreachable(error) from None
    begins |= {(one.topic, one.partition): _known(one, ends) for one in found}
    return [TopicPartition(*place, offset) for place, offset in begins.items()]


def lag_of(consumer: Consumer) -> int:
    """Return the number of records that a consumer has not read yet, as far as its last answers tell.

    Args:
        consumer: A consumer with partitions assigned.
    """
    places = consumer.position(consumer.assignment())
    ends = [consumer.get_watermark_offsets(place, cached=True)[1] for place in places]
    # Nothing has been read yet where the place is no offset; then the end is not known either, or all is read.
    return sum(max(0, end - place.offset) for place, end in zip(places, ends, strict=True) if place.offset >= 0)


def _known(found: TopicPartition, ends: dict[Place, int]) -> int:
    """Return the offset of a time, or the end where nothing is as late."""
    return found.offset if found.offset >= 0 else ends[found.topic, found.partition]


def load(board: Board, client: Connection, now: datetime) -> None:
    """Fill an empty board with what ClickHouse has.

    Args:
        board: Changed in place.
        client: A connection to the database.
        now: The present, UTC.
    """
    handled = handled_since(client, now - _HANDLED_FOR)
    for event in handled.events:
        board.take_event(event)
    for decision in open_decisions(client, now):
        board.take_decision(decision, now)
    board.take_kept_back(kept_back(client, now))
    board.take_finished(handled.finished)
