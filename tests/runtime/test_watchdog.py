"""A step that hangs for good ends the process; one that ends in time does not."""

import threading
import time

from runtime.service.watchdog import Watchdog
from tests.kit.waiting import PATIENCE_SECONDS


def test_a_block_that_takes_too_long_is_ended_with_its_name() -> None:
    ended: list[str] = []
    heard = threading.Event()

    def end(doing: str, _seconds: float) -> None:
        ended.append(doing)
        heard.set()

    with Watchdog(end).limit("a transaction", 0.1):
        assert heard.wait(PATIENCE_SECONDS)
    assert ended[0] == "a transaction"


def test_a_block_that_ends_in_time_is_left_alone() -> None:
    ended: list[str] = []
    watchdog = Watchdog(lambda doing, _seconds: ended.append(doing))
    with watchdog.limit("a transaction", 0.1):
        pass
    time.sleep(1.2)
    assert ended == []
