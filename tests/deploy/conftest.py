"""The composed services, started once for every test that asks them."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from clickhouse_connect.driver.client import Client

from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from tests.deploy.running import Composed, events
from tests.kit.servers import SharedServers


@pytest.fixture(scope="package")
def stack() -> Iterator[ExitStack]:
    """Stack of everything that is stopped at the end."""
    with ExitStack() as opened:
        yield opened


@pytest.fixture(scope="package")
def composed(stack: ExitStack, servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Composed:
    """Every service of docker-compose.yml that runs our image, with four events published, one of them wrong."""
    stack.enter_context(servers.cleared())
    running = Composed(stack, servers, tmp_path_factory.mktemp("composed"))
    running.up()
    running.publish(events())
    return running


@pytest.fixture(scope="package")
def client(stack: ExitStack, servers: SharedServers, composed: Composed) -> Client:
    """A connection to the tables."""
    del composed
    return stack.enter_context(open_client(ClickHouseSettings(url=servers.clickhouse.url)))
