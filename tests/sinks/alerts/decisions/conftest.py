"""A broker with the notifier's journal."""

from collections.abc import Iterator

import pytest
from confluent_kafka.cimpl import NewTopic

from schemas.settings.connections import KafkaSettings
from schemas.topics import deliveries_topic
from tests.kit.topics import delete, make_anew

APPLICATION = "test"


@pytest.fixture
def kafka_settings(kafka_settings: KafkaSettings) -> Iterator[KafkaSettings]:
    """The broker, with alerts and journal empty."""
    journal = deliveries_topic(APPLICATION)
    compacted = {"cleanup.policy": "compact"}
    make_anew(kafka_settings.bootstrap_servers, [NewTopic(journal, 1, 1, config=compacted)])
    yield kafka_settings
    delete(kafka_settings.bootstrap_servers, [journal])
