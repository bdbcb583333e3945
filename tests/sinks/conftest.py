"""An empty database for every test, and the sink's topics with nothing in them."""

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka.cimpl import NewTopic

from deploy.local.clickhouse import ClickHouse
from deploy.local.kafka import KafkaCluster
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.topics import STORED_TOPICS
from sinks.clickhouse.client import open_client
from tests.kit.servers import empty_tables
from tests.kit.topics import delete, make_anew
from tests.sinks.running import PARTITIONS, new_database


@pytest.fixture(scope="session")
def lasting_database(clickhouse: ClickHouse) -> ClickHouseSettings:
    """One for all who leave the schema as it is: making it costs as much as a dozen of their tests."""
    return new_database(clickhouse)


@pytest.fixture
def database(
    request: pytest.FixtureRequest, clickhouse: ClickHouse, lasting_database: ClickHouseSettings
) -> ClickHouseSettings:
    """An empty database with this program's schema; one of its own for a test marked ``alters``."""
    if request.node.get_closest_marker("alters"):
        return new_database(clickhouse)
    settings = lasting_database
    with open_client(settings) as opened:
        empty_tables(opened)
    return settings


@pytest.fixture
def client(database: ClickHouseSettings) -> Iterator[Client]:
    """A connection to that database."""
    with open_client(database) as opened:
        yield opened


@pytest.fixture
def kafka_settings(kafka: KafkaCluster) -> Iterator[KafkaSettings]:
    """The broker, with the sink's topics empty."""
    make_anew(kafka.bootstrap_servers, [NewTopic(topic, PARTITIONS, 1) for topic in STORED_TOPICS])
    yield KafkaSettings(bootstrap_servers=kafka.bootstrap_servers)
    delete(kafka.bootstrap_servers, list(STORED_TOPICS))
