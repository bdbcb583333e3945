"""Kill, pause or add intakes: afterwards every event is in the pages exactly once."""

import signal
import time

import pytest

from tests.intake.messages import NOON
from tests.intake.scenario import SOON_GIVEN_UP, Stage
from tests.kit.waiting import exit_code, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.takes(20)]


def test_killed_again_and_again_every_event_arrives_exactly_once(stage: Stage) -> None:
    stage.publish([b"bad"] * 30, at=NOON - 1_000)
    for number in range(2):
        stage.publish_purchases(number * 5_000, 5_000)
        child = stage.start(**SOON_GIVEN_UP)
        stage.see_events(number * 5_000 + 200)
        child.kill()
        child.wait()
    stage.start(**SOON_GIVEN_UP)
    stage.see_events(10_000)
    assert stage.reader.late == []
    assert stage.reader.times_seen == {1: 10_000}
    assert len(stage.reader.letters) == 30


def test_partitions_that_move_between_intakes_give_every_event_exactly_once(stage: Stage) -> None:
    first = stage.start("1")
    for number in range(30):
        stage.publish_purchases(number * 200, 200)
        if number == 5:
            stage.see_events(200)
            stage.start("2")
        if number == 20:
            wait_until(lambda: len({page.source for _, page in stage.reader.read().pages}) == 2, "both have written")
            first.terminate()
        time.sleep(0.03)
    stage.see_events(6_000)
    assert exit_code(first) == 0
    assert stage.reader.late == []
    assert stage.reader.times_seen == {1: 6_000}


def test_an_intake_that_slept_through_its_removal_adds_nothing(stage: Stage) -> None:
    sleeper = stage.start("1", **SOON_GIVEN_UP)
    stage.publish_purchases(0, 500)
    stage.see_events(300)
    sleeper.send_signal(signal.SIGSTOP)
    stage.publish_purchases(500, 500)
    stage.start("2")
    stage.see_events(1_000)
    sleeper.send_signal(signal.SIGCONT)
    stage.publish_purchases(1_000, 500)
    stage.see_events(1_500)
    time.sleep(1)
    stage.reader.read()
    assert stage.reader.late == []
    assert stage.reader.times_seen == {1: 1_500}
