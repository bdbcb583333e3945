"""What an intake does while its broker takes long to answer."""

from collections.abc import Callable
from threading import Timer

import pytest
from confluent_kafka import Producer

from deploy.local.kafka import KafkaCluster
from streams.intake import outlet
from tests.intake.stage import Stage

pytestmark = pytest.mark.kafka

SILENT_SECONDS = 8.0
"""More than all of a transaction before its commit is given, less than a commit is waited for."""


def _silenced_at_commit(kafka: KafkaCluster, silenced: list[Timer]) -> Callable[..., Producer]:
    class SilencedAtCommit(Producer):
        def commit_transaction(self, *arguments: float) -> None:
            if not silenced:
                kafka.pause(1)
                silenced.append(Timer(SILENT_SECONDS, kafka.resume, (1,)))
                silenced[0].start()
            super().commit_transaction(*arguments)

    return SilencedAtCommit


def test_a_broker_that_falls_silent_during_a_commit_is_waited_for(
    stage: Stage, kafka: KafkaCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    silenced: list[Timer] = []
    monkeypatch.setattr(outlet, "Producer", _silenced_at_commit(kafka, silenced))
    stage.publish_purchases(0, 500)
    with stage.intake():
        stage.see_events(500)
        stage.publish_purchases(500, 500)
        stage.see_events(1_000)
    assert silenced
    assert stage.reader.times_seen == {1: 1_000}
