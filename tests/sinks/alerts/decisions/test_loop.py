"""Decisions delivered from a real broker to a real web server: once, within capacity, whatever is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import sleep

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from deploy.local.ports import reserve_port
from retention.catalogue.compiled import compile_playbook
from retention.decide.telling.capacity import CapacityPlan
from runtime.kafka.options import IDEMPOTENT, consumer_options
from schemas.records.alert import Alert, decode_alert
from schemas.records.encode import encode_record
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import NotifierSettings, ObserveSettings
from sinks.alerts.notifier import run_notifier
from streams.retention_file import load_playbook
from tests.kit.waiting import PATIENCE_SECONDS, PROMPTLY_SECONDS, wait_until
from tests.sinks.alerts.listener import Listener
from tests.sinks.records import alert, alert_of_decision
from tests.sinks.running import PARTITIONS, Background, answer, metrics

pytestmark = [pytest.mark.servers, pytest.mark.takes(40)]

APPLICATION = "test"
STARTED = datetime.now(UTC)


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    """Two calls a day; it is noon, so that no test meets midnight."""
    file = tmp_path / "retention.toml"
    file.write_text(
        f"""
        [contacts]
        utc_offset_hours = {float(12 - STARTED.hour)}
        [actions.call]
        says = "Call"
        cost = 1.0
        capacity_per_day = 2
        team = "service"
        channels = ["phone"]
        cooldown_days = 1.0
        within_days = 1.0
        [[rules]]
        name = "all"
        when = "always"
        then = ["call"]
        """,
        "utf-8",
    )
    return file


def decided(name: str, customer: str = "c1", hours: float = 1.0) -> Alert:
    """The alert of a decision that may be delivered at once and for some hours."""
    now = datetime.now(UTC)
    times = {"do_after": now - timedelta(seconds=1), "due_by": now + timedelta(hours=hours), "raised_at": now}
    return alert_of_decision(name, customer, **times)


def ended(name: str, customer: str = "c1") -> Alert:
    return alert_of_decision(name, customer, state="cleared", ended_by="purchase")


def publish(kafka: KafkaSettings, *alerts: Alert | bytes, key: str = "", partition: int = 0) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, **IDEMPOTENT})
    for told in alerts:
        value = told if isinstance(told, bytes) else encode_record(told)
        producer.produce("alerts", value, key or None, partition=partition)
    producer.flush(PATIENCE_SECONDS)


def notifying(kafka: KafkaSettings, settings: NotifierSettings, playbook: Path, port: int = 0) -> Background:
    plans: Callable[[], CapacityPlan] = partial(CapacityPlan, compile_playbook(load_playbook(playbook)))
    observe = ObserveSettings(port=port)
    return Background(run_notifier, kafka, settings, observe, application_id=APPLICATION, new_capacity=plans)


def committed(kafka: KafkaSettings) -> int:
    consumer = Consumer(consumer_options(kafka, f"{APPLICATION}-notifier"))
    places = [TopicPartition("alerts", partition) for partition in range(PARTITIONS)]
    offset = sum(max(place.offset, 0) for place in consumer.committed(places, timeout=PATIENCE_SECONDS))
    consumer.close()
    return offset


def value_of(shown: str, sample: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in shown.splitlines() if line.startswith(sample))


@pytest.mark.parametrize("transactions", [True, False])
def test_a_decision_is_delivered_with_its_end_and_a_restart_delivers_neither_again(
    kafka_settings: KafkaSettings, listener: Listener, playbook: Path, transactions: bool
) -> None:
    kafka_settings = kafka_settings.model_copy(update={"transactions": transactions})
    told, settings = decided("d1"), NotifierSettings(webhook_url=listener.url)
    nothing = [alert_of_decision("d3", action="none"), alert_of_decision("d4", due_by=None)]
    with notifying(kafka_settings, settings, playbook) as background:
        publish(kafka_settings, alert("c1"), *nothing, told)
        wait_until(lambda: listener.keys == ["d1:raised"])
    assert background.error is None
    with notifying(kafka_settings, settings, playbook) as background:
        publish(kafka_settings, ended("d1"), told, b"not an alert", decided("d2"))
        wait_until(lambda: len(listener.keys) == 3)
        wait_until(lambda: committed(kafka_settings) == 8)
    assert background.error is None
    assert listener.keys == ["d1:raised", "d1:cleared", "d2:raised"]
    assert listener.bodies[0] == encode_record(told)
    cleared = decode_alert(listener.bodies[1])
    assert (cleared.team, cleared.due_by, cleared.ended_by) == ("service", told.due_by, "purchase")


def test_capacity_is_one_for_all_partitions_and_all_notifiers(
    kafka_settings: KafkaSettings, listener: Listener, playbook: Path
) -> None:
    settings, ports = NotifierSettings(webhook_url=listener.url), [reserve_port(), reserve_port()]

    def lapsed() -> float:
        return sum(value_of(metrics(port), 'stayline_notifier_decisions_lapsed_total{action="call"') for port in ports)

    with (
        notifying(kafka_settings, settings, playbook, ports[0]) as first,
        notifying(kafka_settings, settings, playbook, ports[1]) as second,
    ):
        for number in range(6):
            publish(kafka_settings, decided(f"d{number}"), partition=number % PARTITIONS)
        wait_until(lambda: committed(kafka_settings) == 6)
        wait_until(lambda: lapsed() == 4)
        first.stop.set()
        first.wait_for_end()
        delivered = set(listener.keys)
        publish(kafka_settings, *(ended(f"d{number}") for number in range(6)), decided("late"))
        wait_until(lambda: committed(kafka_settings) == 13)
        wait_until(lambda: len(set(listener.keys)) >= 2 * len(delivered))  # a commit comes before the deliveries
    assert (first.error, second.error) == (None, None)
    assert len(delivered) == 2
    assert set(listener.keys) - delivered == {str(key).replace("raised", "cleared") for key in delivered}


def test_what_ended_while_its_target_was_away_is_not_delivered_and_the_rest_comes_late(
    kafka_settings: KafkaSettings, listener: Listener, playbook: Path
) -> None:
    port = reserve_port()
    listener.statuses = [503] * 3
    publish(kafka_settings, decided("d1"), decided("d2"), ended("d2"), decided("d3"))
    with notifying(kafka_settings, NotifierSettings(webhook_url=listener.url), playbook, port):
        wait_until(lambda: "answers 503" in answer(port, "ready")[1] or len(listener.keys) == 5)
        wait_until(lambda: len(listener.keys) == 5)
        wait_until(lambda: answer(port, "ready")[0] == 200)
        assert answer(port, "live") == (200, "ok")
    assert set(listener.keys) == {"d1:raised", "d3:raised"}


def test_what_ends_while_a_slow_target_takes_others_is_not_raised(
    kafka_settings: KafkaSettings, listener: Listener, playbook: Path
) -> None:
    playbook.write_text(
        playbook.read_text("utf-8").replace("capacity_per_day = 2\n", "capacity_per_day = 20\n"), "utf-8"
    )
    listener.on_post = lambda: sleep(0.5)
    names = [f"d{number}" for number in range(10)]
    publish(kafka_settings, *map(decided, names))
    with notifying(kafka_settings, NotifierSettings(webhook_url=listener.url), playbook):
        wait_until(lambda: len(listener.keys) >= 1)
        publish(kafka_settings, ended("d9"))
        wait_until(lambda: set(listener.keys) == {"d9:cleared", *(f"{name}:raised" for name in names[:-1])})


def test_told_to_stop_while_its_target_is_away_it_ends_and_delivers_later(
    kafka_settings: KafkaSettings, listener: Listener, playbook: Path
) -> None:
    port = reserve_port()
    publish(kafka_settings, decided("d1"))
    with notifying(kafka_settings, NotifierSettings(webhook_url="http://127.0.0.1:1/secret"), playbook, port) as away:
        wait_until(lambda: "http://127.0.0.1:1 does not answer" in answer(port, "ready")[1])
        wait_until(lambda: value_of(metrics(port), "stayline_notifier_decisions_overdue") == 1)
        assert "secret" not in answer(port, "ready")[1]
        away.stop.set()
        away.wait_for_end()
    assert away.error is None
    with notifying(kafka_settings, NotifierSettings(webhook_url=listener.url), playbook):
        wait_until(lambda: listener.keys == ["d1:raised"])


def test_of_a_forgotten_customer_nobody_is_told_but_those_who_were(
    kafka_settings: KafkaSettings, listener: Listener, playbook: Path
) -> None:
    settings = NotifierSettings(webhook_url=listener.url)
    with notifying(kafka_settings, settings, playbook):
        publish(kafka_settings, decided("d1", "ann"), key="ann")
        wait_until(lambda: listener.keys == ["d1:raised"])
    publish(kafka_settings, b"", key="ann")
    publish(kafka_settings, decided("d2", "bob"), b"", decided("d3", "cid"), key="bob")
    with notifying(kafka_settings, settings, playbook):
        wait_until(lambda: len(listener.keys) == 3)
    assert listener.keys == ["d1:raised", "d1:cleared", "d3:raised"]


@contextmanager
def process(kafka: KafkaSettings, url: str, playbook: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``stayline notifier`` as it is started in production."""
    variables = {
        "KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "WORKER__APPLICATION_ID": APPLICATION,
        "RETENTION__PLAYBOOK": str(playbook),
        "NOTIFIER__WEBHOOK_URL": url,
        "NOTIFIER__FOLDER": str(folder),
        "NOTIFIER__FILE_FORMAT": "ndjson",
        "OBSERVE__PORT": "0",
    }
    environment = os.environ | {f"STAYLINE_{name}": value for name, value in variables.items()}
    command = [sys.executable, "-m", "streams.command", "notifier"]
    running = subprocess.Popen(command, env=environment)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(PATIENCE_SECONDS)


def test_a_kill_between_a_delivery_and_its_commit_repeats_it_under_its_key_and_uses_no_more_capacity(
    kafka_settings: KafkaSettings, listener: Listener, playbook: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    publish(kafka_settings, *(decided(f"d{number}") for number in range(3)))
    with process(kafka_settings, listener.url, playbook, folder) as killed:
        listener.on_post = lambda: os.kill(killed.pid, signal.SIGKILL)
        assert killed.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    listener.on_post = None
    assert listener.keys == ["d0:raised"]
    with process(kafka_settings, listener.url, playbook, folder) as again:
        wait_until(lambda: len(listener.keys) == 3)
        publish(kafka_settings, ended("d0"))
        wait_until(lambda: len(listener.keys) == 4)
        again.terminate()
        assert again.wait(PROMPTLY_SECONDS) == 0
    assert listener.keys == ["d0:raised", "d0:raised", "d1:raised", "d0:cleared"]
    (file,) = folder.iterdir()
    written = [decode_alert(line) for line in file.read_bytes().splitlines()]
    assert [(one.decision_id, one.state) for one in written] == [
        ("d0", "raised"),
        ("d1", "raised"),
        ("d0", "cleared"),
    ]
