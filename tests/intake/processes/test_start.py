"""Causes that stop an intake at its start, and the line that names them."""

import time
from itertools import count
from threading import Event

import httpx
import pytest

from deploy.local.kafka import KafkaCluster
from deploy.local.ports import reserve_port
from schemas.errors import ServerUnreachableError, UsageError
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import IntakeSettings, ObserveSettings
from schemas.settings.risk import MoneySettings
from streams.intake import run_intake
from streams.intake.source import require_topics
from tests.intake.messages import purchase
from tests.intake.processes.scenario import IntakeScenario, kafka_settings
from tests.kit.topics import delete
from tests.kit.waiting import PROMPTLY_SECONDS, exit_code, wait_until

pytestmark = pytest.mark.servers


def _run(kafka: KafkaSettings) -> None:
    run_intake(
        kafka=kafka,
        money=MoneySettings(),
        intake=IntakeSettings(),
        observe=ObserveSettings(port=0),
        application_id="a",
        instance="1",
        stop=Event(),
    )


def test_an_absent_broker_is_named_with_the_setting_to_change() -> None:
    with pytest.raises(ServerUnreachableError, match="STAYLINE_KAFKA__BOOTSTRAP_SERVERS"):
        _run(kafka_settings(f"127.0.0.1:{reserve_port()}"))


def test_a_broker_that_does_not_tell_its_topics_is_unreachable() -> None:
    with pytest.raises(ServerUnreachableError, match="which topics"):
        require_topics(kafka_settings(f"127.0.0.1:{reserve_port()}"))


def test_missing_topics_are_named_with_the_command_that_creates_them(scenario: IntakeScenario) -> None:
    scenario.delete_topics()
    with pytest.raises(UsageError, match=r"purchases.*dead_letters.*stayline topics"):
        _run(kafka_settings(scenario.bootstrap_servers))


def test_another_number_of_customer_partitions_stops_the_start(scenario: IntakeScenario) -> None:
    with pytest.raises(UsageError, match="has 4 partitions, but STAYLINE_KAFKA__INTERACTIONS_PARTITIONS is 12"):
        _run(KafkaSettings(bootstrap_servers=scenario.bootstrap_servers))


def test_the_partitions_of_every_raw_topic_are_found(kafka: KafkaCluster, scenario: IntakeScenario) -> None:
    assert scenario.application_id
    found = require_topics(kafka_settings(kafka.bootstrap_servers))
    assert found == {"purchases": 3, "returns": 3, "support_contacts": 3, "actions_taken": 3, "judgements": 3}


def test_raw_topics_that_an_earlier_version_did_not_have_are_named(
    kafka: KafkaCluster, scenario: IntakeScenario
) -> None:
    delete(kafka.bootstrap_servers, ["actions_taken", "judgements"])
    with pytest.raises(UsageError, match=r"^Kafka has no topic actions_taken, judgements; create .*stayline topics$"):
        _run(kafka_settings(scenario.bootstrap_servers))


def test_an_intake_started_twice_under_one_name_ends_the_first(scenario: IntakeScenario) -> None:
    first = scenario.start("1")
    scenario.publish_purchases(0, 100)
    scenario.see_events(100)
    scenario.start("1")
    published = count(1)

    def has_ended() -> bool:
        scenario.publish_purchases(next(published) * 100, 100)
        return first.poll() is not None

    wait_until(has_ended, "the first has ended")
    assert first.returncode == 1
    scenario.see_events(next(published) * 100)
    assert set(scenario.reader.times_seen) == {1}


def test_told_to_stop_it_commits_what_it_read_and_ends_cleanly(scenario: IntakeScenario) -> None:
    child = scenario.start()
    scenario.publish_purchases(0, 3_000)
    scenario.see_events(1)
    asked = time.monotonic()
    child.terminate()
    assert (exit_code(child), time.monotonic() - asked < PROMPTLY_SECONDS) == (0, True)
    wait_until(lambda: scenario.reader.read().pages, "pages are there")
    assert set(scenario.reader.times_seen) == {1}


def test_an_operator_sees_that_it_is_live_and_ready_and_what_it_did(scenario: IntakeScenario) -> None:
    port = reserve_port()
    scenario.publish([*(purchase(f"e{number}") for number in range(6)), b"bad"])
    with scenario.intake(port=port):
        scenario.see_events(6)
        answers = [httpx.get(f"http://127.0.0.1:{port}{path}").text for path in ("/live", "/ready")]
        measures = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert answers == ["ok\n", "ok\n"]
    assert 'stayline_intake_events_total{topic="purchases"} 7.0' in measures
    assert 'stayline_intake_refused_total{reason="not_json"} 1.0' in measures
    assert "stayline_intake_lines_total 6.0" in measures
