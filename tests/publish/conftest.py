"""A broker of its own, for it is paused; topics with fixed names, to which every test adds."""

from collections.abc import Iterator

import pytest

from deploy.local.kafka import KafkaCluster
from tests.publish.scenario import Office


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """Apache Kafka with one node."""
    with KafkaCluster(1, tmp_path_factory.mktemp("publish")) as cluster:
        yield cluster


@pytest.fixture
def office(cluster: KafkaCluster) -> Iterator[Office]:
    """Whoever publishes, and looks what is there afterwards."""
    office = Office(cluster)
    yield office
    office.close()
