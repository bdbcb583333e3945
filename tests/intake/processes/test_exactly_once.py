"""Kill, pause or add intakes: afterwards every event is in the pages exactly once."""

import signal

import pytest

from tests.intake.messages import NOON
from tests.intake.processes.scenario import SOON_GIVEN_UP, IntakeScenario
from tests.kit.waiting import exit_code, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.takes(20)]


def test_killed_again_and_again_every_event_arrives_exactly_once(scenario: IntakeScenario) -> None:
    scenario.publish([b"bad"] * 30, at=NOON - 1_000)
    for number in range(2):
        scenario.publish_purchases(number * 5_000, 5_000)
        child = scenario.start(**SOON_GIVEN_UP)
        scenario.see_events(number * 5_000 + 200)
        child.kill()
        child.wait()
    scenario.start(**SOON_GIVEN_UP)
    scenario.see_events(10_000)
    assert scenario.reader.late == []
    assert scenario.reader.times_seen == {1: 10_000}
    assert len(scenario.reader.letters) == 30


def test_partitions_that_move_between_intakes_give_every_event_exactly_once(scenario: IntakeScenario) -> None:
    first = scenario.start("1")
    for number in range(30):
        scenario.publish_purchases(number * 200, 200)
        if number == 5:
            scenario.see_events(200)
            scenario.start("2")
        if number == 20:
            wait_until(lambda: len({page.source for _, page in scenario.reader.read().pages}) == 2, "both have written")
            first.terminate()
        scenario.see_events((number - 4) * 200)
    scenario.see_events(6_000)
    assert exit_code(first) == 0
    assert scenario.reader.late == []
    assert scenario.reader.times_seen == {1: 6_000}


def test_an_intake_that_slept_through_its_removal_adds_nothing(scenario: IntakeScenario) -> None:
    sleeper = scenario.start("1", **SOON_GIVEN_UP)
    scenario.publish_purchases(0, 500)
    scenario.see_events(300)
    sleeper.send_signal(signal.SIGSTOP)
    scenario.publish_purchases(500, 500)
    scenario.start("2")
    scenario.see_events(1_000)
    sleeper.send_signal(signal.SIGCONT)
    scenario.publish_purchases(1_000, 500)
    scenario.see_events(1_500)
    wait_until(lambda: sleeper.poll() is not None or scenario.members() == 2, "the sleeper has ended, or joined again")
    scenario.reader.read()
    assert scenario.reader.late == []
    assert scenario.reader.times_seen == {1: 1_500}
