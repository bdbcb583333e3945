"""Fixtures of all tests: servers, one of each a pytest worker, and options of a run.

In CI (`CI` is set) a server that cannot run is a failure. On a developer's machine without Java its tests are skipped.
"""

import os
from collections.abc import Iterator

import hypothesis
import pytest

from deploy.local.clickhouse import ClickHouse
from deploy.local.kafka import KafkaCluster, kafka_available
from tests.kit.servers import SharedServers

pytest_plugins = ["tests.kit.suite.marks", "tests.kit.suite.order"]

# How long an example takes says how busy the machine is, not whether it holds; a test that hangs is ended as a whole.
hypothesis.settings.register_profile("usual", deadline=None, max_examples=15)
hypothesis.settings.register_profile("thorough", deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this suite."""
    parser.addoption(
        "--thorough", action="store_true", help="draw as many examples and fuzz as much as before a release"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Load the profile before any test module asks how many examples to draw."""
    hypothesis.settings.load_profile("thorough" if config.getoption("thorough") else "usual")


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """Apache Kafka with one node."""
    why_not = kafka_available()
    if why_not is not None and not os.environ.get("CI"):
        pytest.skip(why_not)
    with KafkaCluster(1, tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """ClickHouse's engine behind HTTP."""
    with ClickHouse(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server


@pytest.fixture(scope="session")
def servers(kafka: KafkaCluster, clickhouse: ClickHouse) -> SharedServers:
    """Both; whoever has topics of fixed names clears them away."""
    return SharedServers(kafka, clickhouse)
