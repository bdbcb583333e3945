"""Topics with fixed names, to which every test adds."""

from collections.abc import Iterator

import pytest

from deploy.local.kafka import KafkaCluster
from tests.kit.servers import clear_kafka
from tests.publish.scenario import PublishScenario


@pytest.fixture(scope="package")
def cluster(kafka: KafkaCluster) -> Iterator[KafkaCluster]:
    """A broker that has no other topics."""
    clear_kafka(kafka)
    yield kafka
    clear_kafka(kafka)


@pytest.fixture
def scenario(cluster: KafkaCluster) -> Iterator[PublishScenario]:
    """Whoever publishes, and looks what is there afterwards."""
    scenario = PublishScenario(cluster)
    yield scenario
    scenario.close()
