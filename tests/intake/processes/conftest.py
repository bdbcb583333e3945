"""A scenario of its own for each test, on the broker that all share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import KafkaCluster
from tests.intake.processes.scenario import IntakeScenario


@pytest.fixture
def scenario(kafka: KafkaCluster, tmp_path: Path) -> Iterator[IntakeScenario]:
    """Empty topics and a new application."""
    scenario = IntakeScenario(kafka.bootstrap_servers, tmp_path)
    yield scenario
    scenario.close()
