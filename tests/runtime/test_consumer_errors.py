"""Errors in place of messages."""

import logging

import pytest
from confluent_kafka import KafkaError

from runtime.kafka.consumer_errors import note_consumer_error
from schemas.errors import FatalError


def test_one_that_passes_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        note_consumer_error(KafkaError(KafkaError.NETWORK_EXCEPTION, "broker away"), "sink")

    assert [record.getMessage() for record in caplog.records] == ["Kafka: broker away"]


def test_one_that_stays_ends_the_process_and_says_which_to_restart() -> None:
    with pytest.raises(FatalError, match="Kafka: fenced; restart the notifier"):
        note_consumer_error(KafkaError(KafkaError.PRODUCER_FENCED, "fenced", fatal=True), "notifier")
