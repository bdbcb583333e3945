"""Events of people on Kafka, and what is said where Kafka is away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import msgspec
import pytest
from confluent_kafka.cimpl import NewTopic

from deploy.local.kafka import KafkaCluster
from desk.writing.entries import EntryBy
from desk.writing.publisher import EventPublisher
from runtime.kafka.topic_reader import read_topic
from schemas.errors import ServerUnreachableError
from schemas.settings.connections import KafkaSettings
from tests.kit.topics import delete, make_anew
from tests.sinks.records import NOON, decision

pytestmark = pytest.mark.servers

TOPICS = ["actions_taken", "judgements"]


@pytest.fixture
def broker(kafka: KafkaCluster) -> Iterator[KafkaSettings]:
    make_anew(kafka.bootstrap_servers, [NewTopic(topic, 2, 1) for topic in TOPICS])
    yield KafkaSettings(bootstrap_servers=kafka.bootstrap_servers)
    delete(kafka.bootstrap_servers, TOPICS)


def test_what_many_people_enter_at_once_is_on_kafka_where_it_is_said_to_be(broker: KafkaSettings) -> None:
    publisher = EventPublisher(broker)
    events = [EntryBy("ann", NOON, f"form-{n}").action(decision(f"c{n}"), "done") for n in range(20)]

    with ThreadPoolExecutor(8) as people:
        places = list(people.map(publisher.publish, events))

    ends = {part: max(one.offset for one in places if one.partition == part) + 1 for part in (0, 1)}
    found = {
        (message.partition(), message.offset()): msgspec.json.decode(message.value() or b"")
        for message in read_topic(broker, "reader", "actions_taken", ends, Event())
    }
    assert len(found) == 20
    for event, place in zip(events, places, strict=True):
        assert found[place.partition, place.offset]["event_id"] == event.event_id
    publisher.close()


def test_a_judgement_goes_to_its_own_topic(broker: KafkaSettings) -> None:
    publisher = EventPublisher(broker)

    assert publisher.publish(EntryBy("ann", NOON, "form").judgement("c1", note="happy")).topic == "judgements"


def test_a_broker_that_is_away_is_named_and_nobody_waits_for_long() -> None:
    publisher = EventPublisher(KafkaSettings(bootstrap_servers="127.0.0.1:9"), seconds=0.3)

    with pytest.raises(ServerUnreachableError, match=r"127\.0\.0\.1:9 did not take the event"):
        publisher.publish(EntryBy("ann", NOON, "form").judgement("c1", note="happy"))
