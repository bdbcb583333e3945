"""The notifier against a real broker and targets that fail, refuse and forget."""

import json
import time
from datetime import timedelta

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from deploy.local.ports import reserve_port
from runtime.kafka.options import IDEMPOTENT, consumer_options
from schemas.records.alert import Alert
from schemas.records.encode import encode_record
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import NotifierSettings, ObserveSettings
from sinks.alerts.notifier import run_notifier
from tests.kit.waiting import PATIENCE_SECONDS, PROMPTLY_SECONDS, wait_until
from tests.sinks.alerts.listener import Listener
from tests.sinks.records import NOON, alert, alert_of_decision
from tests.sinks.running import PARTITIONS, Background, answer, metrics

pytestmark = pytest.mark.takes(20)

CLEARED = alert("c1", state="cleared", changed_at=NOON + timedelta(days=1), segment="let_be")


def publish(kafka: KafkaSettings, *alerts: Alert | bytes) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, **IDEMPOTENT})
    for told in alerts:
        producer.produce("alerts", told if isinstance(told, bytes) else encode_record(told), partition=0)
    producer.flush(PATIENCE_SECONDS)


def notifying(kafka: KafkaSettings, settings: NotifierSettings, port: int = 0) -> Background:
    observe = ObserveSettings(port=port)
    return Background(run_notifier, kafka, settings, observe, application_id="test", new_capacity=None)


def committed(kafka: KafkaSettings) -> int:
    consumer = Consumer(consumer_options(kafka, "test-notifier"))
    places = [TopicPartition("alerts", partition) for partition in range(PARTITIONS)]
    offset = sum(max(place.offset, 0) for place in consumer.committed(places, timeout=PATIENCE_SECONDS))
    consumer.close()
    return offset


@pytest.mark.servers
def test_a_target_that_fails_twice_gets_the_alert_at_last_and_only_then_it_is_committed(
    kafka_settings: KafkaSettings, listener: Listener
) -> None:
    listener.statuses = [503, 429]
    publish(kafka_settings, alert("c1"), CLEARED)
    with notifying(kafka_settings, NotifierSettings(webhook_url=f"{listener.url}/hook")) as background:
        wait_until(lambda: len(listener.posts) == 1)
        assert committed(kafka_settings) == 0
        wait_until(lambda: committed(kafka_settings) == 2)
    assert background.error is None
    raised = json.loads(encode_record(alert("c1")))
    assert listener.posts == [("/hook", raised)] * 3 + [("/hook", json.loads(encode_record(CLEARED)))]
    assert listener.keys == ["c1-1:raised"] * 3 + ["c1-1:cleared"]


@pytest.mark.servers
def test_an_alert_that_is_refused_for_good_is_counted_and_skipped(
    kafka_settings: KafkaSettings, listener: Listener
) -> None:
    listener.statuses = [400]
    port = reserve_port()
    publish(kafka_settings, b"not an alert", alert("c1"), alert("c2"))
    with notifying(kafka_settings, NotifierSettings(webhook_url=listener.url), port):
        wait_until(lambda: committed(kafka_settings) == 3)
        shown = metrics(port)
    assert [body["customer_id"] for _, body in listener.posts] == ["c1", "c2"]
    assert 'stayline_notifier_refused_total{target="webhook"} 1.0' in shown
    assert 'stayline_notifier_refused_total{target="decoding"} 1.0' in shown
    assert 'stayline_notifier_delivered_total{state="raised",target="webhook"} 1.0' in shown


@pytest.mark.servers
def test_where_nothing_is_decided_any_more_decisions_are_ended_and_not_begun(
    kafka_settings: KafkaSettings, listener: Listener
) -> None:
    publish(kafka_settings, alert_of_decision("d1"), alert_of_decision("d1", state="cleared"), alert("c1"))
    with notifying(kafka_settings, NotifierSettings(webhook_url=listener.url)):
        wait_until(lambda: committed(kafka_settings) == 3)
    assert listener.keys == ["d1:cleared", "c1-1:raised"]


@pytest.mark.servers
def test_alerts_that_wait_for_a_target_are_counted_until_it_has_them(
    kafka_settings: KafkaSettings, listener: Listener
) -> None:
    def waiting() -> float:
        lines = [line for line in metrics(port).splitlines() if line.startswith("stayline_notifier_lag_messages{")]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    port = reserve_port()
    listener.statuses = [503] * 6
    publish(kafka_settings, *(alert("c1", alert_id=f"c1-{number}") for number in range(3)))
    with notifying(kafka_settings, NotifierSettings(webhook_url=listener.url), port):
        wait_until(lambda: waiting() == 3)
        wait_until(lambda: committed(kafka_settings) == 3)
        wait_until(lambda: waiting() == 0)


@pytest.mark.servers
def test_told_to_stop_while_its_target_is_away_the_notifier_ends_and_the_alert_is_told_later(
    kafka_settings: KafkaSettings, listener: Listener
) -> None:
    port = reserve_port()
    publish(kafka_settings, alert("c1"))
    away = NotifierSettings(webhook_url="http://127.0.0.1:1/secret")
    with notifying(kafka_settings, away, port) as background:
        wait_until(lambda: "http://127.0.0.1:1 does not answer" in answer(port, "ready")[1])
        assert "secret" not in answer(port, "ready")[1]
        assert answer(port, "live") == (200, "ok")
        began = time.monotonic()
        background.stop.set()
        background.wait_for_end()
        assert time.monotonic() - began < PROMPTLY_SECONDS
    assert committed(kafka_settings) == 0
    with notifying(kafka_settings, NotifierSettings(webhook_url=listener.url)):
        wait_until(lambda: len(listener.posts) == 1)
