"""A stage of its own for each test, on the broker that all share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import KafkaCluster
from tests.intake.scenario import Stage


@pytest.fixture
def stage(kafka: KafkaCluster, tmp_path: Path) -> Iterator[Stage]:
    """Empty topics and a new application."""
    stage = Stage(kafka.bootstrap_servers, tmp_path)
    yield stage
    stage.close()
