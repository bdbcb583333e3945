"""The composed services, started once for every test that asks them."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from clickhouse_connect.driver.client import Client

from deploy.local.kafka import kafka_available
from deploy.local.servers import LocalServers
from schemas.settings import ClickHouseSettings
from sinks.clickhouse.client import open_client
from tests.deploy.running import Composed, events


@pytest.fixture(scope="package")
def stack() -> Iterator[ExitStack]:
    """What is stopped at the end."""
    with ExitStack() as opened:
        yield opened


@pytest.fixture(scope="package")
def servers(stack: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> LocalServers:
    """Kafka and ClickHouse with nothing in them."""
    why_not = kafka_available()
    if why_not is not None and not os.environ.get("CI"):
        pytest.skip(why_not)
    return stack.enter_context(LocalServers(tmp_path_factory.mktemp("servers"), broker="kafka"))


@pytest.fixture(scope="package")
def composed(stack: ExitStack, servers: LocalServers, tmp_path_factory: pytest.TempPathFactory) -> Composed:
    """Every service of docker-compose.yml that runs our image, with four events published, one of them wrong."""
    running = Composed(stack, servers, tmp_path_factory.mktemp("composed"))
    running.up()
    running.publish(events())
    return running


@pytest.fixture(scope="package")
def client(stack: ExitStack, servers: LocalServers, composed: Composed) -> Client:
    """A connection to the tables."""
    del composed
    return stack.enter_context(open_client(ClickHouseSettings(url=servers.clickhouse.url)))
