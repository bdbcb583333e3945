"""Patience lasts as long as something moves or others take the processor, but not for ever."""

import pytest

from tests.kit import waiting
from tests.kit.waiting import Patience


class Machine:
    """A clock, and the seconds in which processes waited for a processor."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.stalled = 0.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)
        monkeypatch.setattr(waiting, "stalled_seconds", lambda: self.stalled)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_patience_is_over_when_nothing_has_moved_for_its_seconds(machine: Machine) -> None:
    patience = Patience(10)
    machine.now = 10
    assert not patience.is_over()
    machine.now = 11
    assert patience.is_over()


def test_whatever_moves_begins_the_time_again(machine: Machine) -> None:
    moved: list[int] = []
    patience = Patience(10, moved=lambda: len(moved))
    machine.now = 9
    moved.append(1)
    assert not patience.is_over()
    machine.now = 18
    assert not patience.is_over()
    machine.now = 20
    assert patience.is_over()


def test_seconds_in_which_the_machine_is_busy_do_not_count(machine: Machine) -> None:
    patience = Patience(10)
    machine.now, machine.stalled = 100, 95
    assert not patience.is_over()


def test_on_a_machine_that_stays_busy_patience_ends_all_the_same(machine: Machine) -> None:
    patience = Patience(10)
    machine.now = machine.stalled = 10_000
    assert patience.is_over()
