"""A broker and a database for boards that follow both."""

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka.cimpl import NewTopic

from deploy.local.kafka import KafkaCluster
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from tests.desk.reading.tables import Tables
from tests.kit.topics import delete, make_anew
from tests.sinks.conftest import client, database, lasting_database

__all__ = ["client", "database", "lasting_database", "tables"]

TOPICS = ["decisions", "alerts", "actions_taken"]


@pytest.fixture
def tables(client: Client, database: ClickHouseSettings) -> Tables:
    """Return the tables of that database."""
    return Tables(client, database)


@pytest.fixture
def broker(kafka: KafkaCluster) -> Iterator[KafkaSettings]:
    """The broker, with the topics of the board empty."""
    make_anew(kafka.bootstrap_servers, [NewTopic(topic, 2, 1) for topic in TOPICS])
    yield KafkaSettings(bootstrap_servers=kafka.bootstrap_servers)
    delete(kafka.bootstrap_servers, TOPICS)
