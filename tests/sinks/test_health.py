"""Health of a process: alive, ready, and ended in time."""

from threading import Event

import pytest

from runtime.service.graceful_shutdown import run_bounded
from runtime.service.liveness import STUCK_SECONDS
from schemas.errors import FatalError
from sinks.health import Health
from tests.kit.waiting import PATIENCE_SECONDS


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def test_a_process_without_partitions_is_alive_and_not_ready() -> None:
    health = Health(Clock())
    assert (health.live(), health.ready()) == (None, "no partitions are assigned")
    health.assigned = 3
    assert health.ready() is None


def test_a_loop_that_stands_still_is_not_alive() -> None:
    clock = Clock()
    health = Health(clock)
    clock.now = STUCK_SECONDS + 1
    assert health.live() == "the loop stands still for 61 s"
    health.turn()
    health.move()
    assert health.live() is None


def test_a_process_that_turns_without_committing_what_lags_is_not_alive() -> None:
    clock = Clock()
    health = Health(clock)
    clock.now = STUCK_SECONDS + 1
    health.turn()
    assert health.live() == "nothing was committed for 61 s although there is lag"


def test_waiting_for_a_server_is_no_reason_to_restart_but_one_not_to_be_ready() -> None:
    clock = Clock()
    health = Health(clock)
    clock.now = STUCK_SECONDS + 1
    health.turn()
    health.away = "ClickHouse does not serve"
    assert (health.live(), health.ready()) == (None, "ClickHouse does not serve")


def test_work_that_does_not_end_in_time_is_left_behind() -> None:
    stop, released, ended = Event(), Event(), Event()

    def work() -> None:
        released.wait(PATIENCE_SECONDS)
        ended.set()

    stop.set()
    run_bounded(work, stop, "work", seconds=0.2)
    assert not ended.is_set()
    released.set()


def test_what_the_work_raises_reaches_the_caller() -> None:
    def work() -> None:
        raise FatalError("as it is")

    with pytest.raises(FatalError, match="as it is"):
        run_bounded(work, Event(), "work")
