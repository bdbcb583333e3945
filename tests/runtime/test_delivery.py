"""Kinds of failures of a producer, by what Kafka said."""

import pytest
from confluent_kafka import KafkaError

from runtime.kafka.delivery import BatchError


@pytest.mark.parametrize("code", [KafkaError._MSG_TIMED_OUT, KafkaError._TIMED_OUT])  # noqa: SLF001 - its public names
def test_a_record_that_was_not_acknowledged_in_time_may_be_sent_again(code: int) -> None:
    assert BatchError("no answer", KafkaError(code)).is_retriable


def test_without_any_answer_the_same_may_be_sent_again() -> None:
    assert BatchError("no answer").is_retriable


def test_a_record_that_is_too_large_will_be_refused_again() -> None:
    assert not BatchError("refused", KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)).is_retriable
