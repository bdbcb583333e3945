"""A function in a process of its own: result, progress and errors arrive, and it never outlives its time."""

import os
import sys
import time
from threading import Event

import pytest

from runtime.service.child_process import Report, run_in_child
from schemas.errors import FatalError, RejectedError, UsageError
from tests.kit.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.servers


def _double(report: Report, number: int, *, more: int = 0) -> tuple[int, int]:
    report("doubles")
    return 2 * number + more, os.getpid()


def _refuse(report: Report) -> None:
    del report
    raise UsageError("capacity_per_day is -1")


def _die(report: Report) -> None:
    del report
    sys.exit(7)


def _never_end(report: Report) -> None:
    report(str(os.getpid()))
    time.sleep(PATIENCE_SECONDS)


def test_result_and_progress_come_from_another_process() -> None:
    said: list[str] = []
    result, child = run_in_child(_double, said.append, Event(), PATIENCE_SECONDS, 21, more=1)
    assert (result, said) == (43, ["doubles"])
    assert child != os.getpid()


def test_an_error_of_ours_is_raised_here() -> None:
    with pytest.raises(UsageError, match="capacity_per_day is -1"):
        run_in_child(_refuse, print, Event(), PATIENCE_SECONDS)


def test_a_child_that_dies_is_an_error() -> None:
    with pytest.raises(FatalError, match="without a result"):
        run_in_child(_die, print, Event(), PATIENCE_SECONDS)


def test_what_takes_too_long_is_killed() -> None:
    said: list[str] = []
    with pytest.raises(RejectedError, match="given up after 10 seconds"):
        run_in_child(_never_end, said.append, Event(), 10.0)
    assert [pid for pid in said if os.path.exists(f"/proc/{pid}")] == []  # noqa: PTH110


def test_it_ends_with_its_parent() -> None:
    stop = Event()
    with pytest.raises(RejectedError, match="because the process ends"):
        run_in_child(_never_end, lambda _: stop.set(), stop, PATIENCE_SECONDS)
