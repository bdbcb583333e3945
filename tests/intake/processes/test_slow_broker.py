"""An intake whose broker takes long to answer."""

from threading import Timer

import pytest

from deploy.local.kafka import KafkaCluster
from runtime.kafka import batch_producer as kit
from tests.intake.processes.scenario import IntakeScenario
from tests.kit.silence import acting_at_commit, silence

pytestmark = pytest.mark.servers

SILENT_SECONDS = 8.0
"""More than all of a transaction before its commit is given, less than a commit is waited for."""


def test_a_broker_that_falls_silent_during_a_commit_is_waited_for(
    scenario: IntakeScenario, kafka: KafkaCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    silenced: list[Timer] = []
    producer = acting_at_commit(lambda: silenced.append(silence(kafka, SILENT_SECONDS)))
    monkeypatch.setattr(kit, "Producer", producer)
    scenario.publish_purchases(0, 500)
    with scenario.intake():
        scenario.see_events(500)
        scenario.publish_purchases(500, 500)
        scenario.see_events(1_000)
    assert silenced
    assert scenario.reader.times_seen == {1: 1_000}
