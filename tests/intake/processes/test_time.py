"""Clocks of pages on a real broker, as readers see them."""

import time
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from runtime.service.clock import wall_clock_ms
from schemas.moments import HOUR_MS
from schemas.pages.watermark import PartitionProgress
from tests.intake.messages import NOON, purchase
from tests.intake.processes.scenario import IntakeScenario
from tests.kit.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.servers


def _now_purchase(name: str) -> bytes:
    return purchase(name, occurred_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))


def _wait_for_clock(scenario: IntakeScenario, at_least: int) -> None:
    wait_until(lambda: min(scenario.reader.read().clocks) >= at_least, f"clock of every partition is at {at_least}")


def _publisher(scenario: IntakeScenario) -> Producer:
    publisher = Producer({"bootstrap.servers": scenario.bootstrap_servers, "transactional.id": scenario.application_id})
    publisher.init_transactions(PATIENCE_SECONDS)
    publisher.begin_transaction()
    publisher.produce("purchases", _now_purchase("in-transaction"), partition=0)
    publisher.flush(PATIENCE_SECONDS)
    return publisher


def _stands(scenario: IntakeScenario) -> bool:
    """Return True if no clock goes on while an event of another partition comes and goes."""
    before, name = scenario.reader.read().clocks, f"beside-{uuid4().hex}"
    scenario.publish([_now_purchase(f"held-{name}"), _now_purchase(name)], at=wall_clock_ms())
    wait_until(lambda: name in [seen for _, seen in scenario.reader.read().events], "the event beside it is seen")
    return scenario.reader.clocks == before


def test_once_live_time_goes_on_for_every_partition_without_events(scenario: IntakeScenario) -> None:
    with scenario.intake():
        scenario.publish([_now_purchase("e")], at=wall_clock_ms())
        _wait_for_clock(scenario, wall_clock_ms() + 500)


def test_history_read_to_its_end_is_idle_at_its_last_stamp(scenario: IntakeScenario) -> None:
    scenario.publish([purchase(f"e{number}") for number in range(30)])
    with scenario.intake():
        _wait_for_clock(scenario, NOON)
    _, page = scenario.reader.pages[-1]
    assert page.progress["purchases"] == [PartitionProgress(NOON, idle=True)] * 3
    assert page.progress["returns"] == [PartitionProgress(0, idle=True)] * 3


def test_a_restart_after_a_quiet_night_is_still_live(scenario: IntakeScenario) -> None:
    with scenario.intake():
        scenario.publish([_now_purchase("e")], at=wall_clock_ms())
        scenario.see_events(1)
    with scenario.intake(now_ms=lambda: wall_clock_ms() + 12 * HOUR_MS):
        _wait_for_clock(scenario, wall_clock_ms() + 12 * HOUR_MS)


def test_an_open_transaction_of_a_publisher_holds_the_clock_until_it_ends(scenario: IntakeScenario) -> None:
    with scenario.intake():
        scenario.publish([_now_purchase("e")], at=wall_clock_ms())
        _wait_for_clock(scenario, wall_clock_ms())
        publisher = _publisher(scenario)
        wait_until(lambda: _stands(scenario), "clocks stand")
        publisher.commit_transaction(PATIENCE_SECONDS)
        _wait_for_clock(scenario, wall_clock_ms())
    assert "in-transaction" in [name for _, name in scenario.reader.events]


def test_a_transaction_that_a_publisher_gave_up_does_not_hold_the_clock(scenario: IntakeScenario) -> None:
    publisher = _publisher(scenario)
    with scenario.intake():
        publisher.abort_transaction(PATIENCE_SECONDS)
        scenario.publish([_now_purchase("e")], at=wall_clock_ms())
        _wait_for_clock(scenario, wall_clock_ms())
    assert [name for _, name in scenario.reader.events] == ["e"]


def test_no_line_comes_after_a_clock_that_covers_it(scenario: IntakeScenario) -> None:
    with scenario.intake():
        for number in range(40):
            values = [_now_purchase(f"e{number}-{part}") for part in range(9)]
            scenario.publish(values, at=wall_clock_ms() - number % 3 * 20)
        scenario.see_events(360)
    assert scenario.reader.late == []


def test_without_transactions_every_event_arrives(scenario: IntakeScenario) -> None:
    scenario.publish_purchases(0, 300)
    with scenario.intake(transactions=False):
        scenario.see_events(300)
    scenario.publish_purchases(300, 300)
    with scenario.intake(transactions=False):
        scenario.see_events(600)
    assert scenario.reader.times_seen == {1: 600}
