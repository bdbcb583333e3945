"""Servers that tests share: real ones, started once a session.

In CI (`CI` is set) a server that cannot run is a failure. On a developer's machine without Java its tests are skipped.
"""

import os
from collections.abc import Iterator

import hypothesis
import pytest
from xdist.remote import Producer

from deploy.local.clickhouse import ClickHouse
from deploy.local.kafka import KafkaCluster, kafka_available
from tests.order import ByFile, rank

# How long an example takes says how busy the machine is, not whether it holds; a test that hangs is ended as a whole.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=rank)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Say how tests are shared out among several workers."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


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
