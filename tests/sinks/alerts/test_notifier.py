"""The notifier against a real broker and targets that fail, refuse and forget."""

import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from deploy.local.ports import reserve_port
from runtime.kafka.options import IDEMPOTENT, consumer_options
from schemas.errors import ServerUnreachableError, UsageError
from schemas.records import Alert, encode_record
from schemas.settings import KafkaSettings, NotifierSettings, ObserveSettings
from sinks.alerts.deliver import AlertmanagerTarget, LogTarget, targets_of
from sinks.alerts.notifier import run_notifier
from tests.kit.waiting import PATIENCE_SECONDS, PROMPTLY_SECONDS, wait_until
from tests.sinks.records import NOON, alert
from tests.sinks.running import PARTITIONS, Background, answer, metrics

pytestmark = pytest.mark.takes(20)

CLEARED = alert("c1", state="cleared", changed_at=NOON + timedelta(days=1), segment="let_be")


class Listener:
    """A web server that notes what it is sent, and answers with the statuses it is given, then with 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.posts: list[tuple[str, Any]] = []
        self.keys: list[str | None] = []
        self.asked: list[dict[str, list[str]]] = []
        self.holds: list[dict[str, Any]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                listener.posts.append((self.path, body))
                listener.keys.append(self.headers["Idempotency-Key"])
                self._answer(b"")

            def do_GET(self) -> None:
                listener.asked.append(parse_qs(urlsplit(self.path).query))
                self._answer(json.dumps(listener.holds).encode())

            def _answer(self, body: bytes) -> None:
                self.send_response(listener.statuses.pop(0) if listener.statuses else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A web server that takes everything."""
    listening = Listener()
    thread = Thread(target=listening.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield listening
    listening.server.shutdown()
    listening.server.server_close()
    thread.join()


def publish(kafka: KafkaSettings, *alerts: Alert | bytes) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, **IDEMPOTENT})
    for told in alerts:
        producer.produce("alerts", told if isinstance(told, bytes) else encode_record(told), partition=0)
    producer.flush(PATIENCE_SECONDS)


def notifying(kafka: KafkaSettings, settings: NotifierSettings, port: int = 0) -> Background:
    return Background(run_notifier, kafka, settings, ObserveSettings(port=port), application_id="test")


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


def test_alertmanager_is_told_who_is_at_risk_and_why(listener: Listener) -> None:
    with httpx.Client() as client:
        assert AlertmanagerTarget(f"{listener.url}/am/", client).deliver(alert("c1")) is None
    ((path, (told,)),) = listener.posts
    assert path == "/am/api/v2/alerts"
    assert told["labels"] == {
        "alertname": "CustomerAtRisk",
        "customer_id": "c1",
        "segment": "keep_at_all_costs",
        "severity": "critical",
    }
    assert told["annotations"]["summary"].startswith("Customer c1 is likely to leave: risk 80%, 100.00 at risk. Bought")
    assert (told["startsAt"], told["endsAt"]) == ("2026-03-01T12:00:00+00:00", "2027-03-02T12:00:00+00:00")


def test_alertmanager_ends_the_alert_with_the_labels_it_was_raised_with(listener: Listener) -> None:
    labels = {"alertname": "CustomerAtRisk", "customer_id": "c1", "segment": "win_back", "severity": "warning"}
    listener.holds = [{"labels": labels, "startsAt": "2026-03-01T12:00:00.000Z", "endsAt": "2027-03-02T12:00:00.000Z"}]
    with httpx.Client() as client:
        assert AlertmanagerTarget(listener.url, client).deliver(CLEARED) is None
    assert listener.asked == [{"filter": ['alertname="CustomerAtRisk"', 'customer_id="c1"']}]
    ((_, (ended,)),) = listener.posts
    assert (ended["labels"], ended["endsAt"]) == (labels, "2026-03-02T12:00:00+00:00")


def test_alertmanager_is_not_told_of_the_end_of_what_it_does_not_hold(listener: Listener) -> None:
    with httpx.Client() as client:
        assert AlertmanagerTarget(listener.url, client).deliver(CLEARED) is None
    assert listener.posts == []


def test_a_target_without_an_answer_is_unreachable() -> None:
    with httpx.Client() as client, pytest.raises(ServerUnreachableError, match="does not answer"):
        AlertmanagerTarget("http://127.0.0.1:1", client).deliver(alert())


def test_an_address_that_cannot_be_one_is_refused() -> None:
    with httpx.Client() as client, pytest.raises(UsageError, match="cannot be an address"):
        targets_of(NotifierSettings(webhook_url="http://host:port"), client)


def test_without_addresses_alerts_go_to_the_log_without_anything_personal(caplog: pytest.LogCaptureFixture) -> None:
    with httpx.Client() as client, caplog.at_level(logging.INFO):
        (target,) = targets_of(NotifierSettings(), client)
        assert isinstance(target, LogTarget)
        target.deliver(alert("c7"))
    (line,) = caplog.messages
    assert line == "alert c7-1 raised: customer c7, risk 0.800, value at risk 100.00, keep_at_all_costs"
